"""How: by which rule a divergence of two distributions is found, with its formula, its source and its error."""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.arrays import library, to_numpy
from kullback.callable_module import make_callable
from kullback.distribution import Distribution
from kullback.distributions.parameters import readable
from kullback.divergence import Divergence
from kullback.exact import formulas, resolution
from kullback.exact.answer import Answer
from kullback.exact.pair import densities

_ROUNDING = 1e-13


@dataclass(frozen=True)
class Step:
    """One rule, and the pairs that it answered for.

    Attributes:
        rule: its name: "support", "same family", "exponential family", "expectations", "structure",
            "certified quadrature", "estimated quadrature", ….
        formula: what was computed.
        source: paper and equation, or "".
        error: what is known of the error of the value, in words.
        note: what else is to be said.
        pairs: how many pairs of the batch it answered for.
    """

    rule: str
    formula: str
    source: str
    error: str
    note: str
    pairs: int


@dataclass(frozen=True, eq=False)
class How:
    """The value of a divergence and how it was found; it prints as a few lines.

    Attributes:
        label: what was computed, such as "KL(normal‖gamma)".
        value: in `unit`.
        unit: "nats" or "".
        steps: the rules that took part.
    """

    label: str
    value: Any
    unit: str
    steps: tuple[Step, ...]

    @property
    def rule(self) -> str:
        """The rule, or the rules of a batch that needed several."""
        return ", ".join(step.rule for step in self.steps)

    def __str__(self) -> str:
        lines = [f"{self.label} = {_shown(self.value)}{f' {self.unit}' if self.unit else ''}"]
        for step in self.steps:
            share = "" if len(self.steps) == 1 else f"  ({step.pairs} of {int(np.size(self.value))} pairs)"
            lines.append(f"  rule     {step.rule}{share}")
            lines.append(f"  formula  {step.formula}")
            lines.extend(f"  {name:<7}  {text}" for name, text in _further(step) if text)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def how(divergence: Divergence, p: object, q: object) -> How:
    """Return by which rule D(P‖Q) of two distributions is found: the formula, its source and its error bound.

    Args:
        divergence: any divergence, such as `kb.kl`.
        p: the truth, a distribution of kullback, SciPy, PyTorch, NumPyro, TensorFlow Probability or Distrax.
        q: what is compared with it.

    Returns:
        `How`, which prints as a few lines.

    Raises:
        NotExact: there is no rule for the pair.
        TypeError: one of them is no distribution known by a formula.

    Example:
        >>> import kullback as kb
        >>> print(kb.how(kb.kl, kb.normal(0, 1), kb.normal(1, 2)))
        KL(normal‖normal) = 0.443147 nats
          rule     same family
          formula  ½(u − ln(1 + u) + z²), u = σ_P²/σ_Q² − 1, z = (μ_P − μ_Q)/σ_Q
          source   Kullback, Information Theory and Statistics (1959), ch. 9, eq. (1.2)
          error    a closed form: rounding only, at most 1e-13 of the value
    """
    _check(divergence)
    pair = formulas.known_by_formula(formulas.adopted(p), formulas.adopted(q), f"how({divergence!r}, p, q)")
    if pair is None:
        raise TypeError(
            f"how({divergence!r}, p, q) is for distributions known by formulas. Of arrays of outcomes every divergence "
            "is the sum in its formula: kb.explain(p, q) says what each outcome contributes."
        )
    both = densities(*pair)
    if not all(readable(x) or library(x) == "torch" for one in both.members for x, _ in one.leaves()):
        raise TypeError(
            "how: the parameters are traced by JAX, and have no values yet: call it outside of jit and grad."
        )
    found = resolution.resolved(divergence, *both.members)
    steps = tuple(_step(answer, np.asarray(to_numpy(mask))) for answer, mask in found.parts if np.any(to_numpy(mask)))
    names = [getattr(one, "label", "") or one.name or type(one).__name__ for one in pair]
    return How(divergence.label(*names), both.returned(found.value), divergence.unit, steps)


def _check(divergence: object) -> None:
    """Raise unless it is a divergence; a family of them, a distance or a companion is told apart."""
    if isinstance(divergence, Divergence):
        return
    if isinstance(divergence, (Distribution, str)) or not callable(divergence):
        raise TypeError(
            f"how: the divergence comes first, as in kb.how(kb.kl, p, q), and not {reprlib.repr(divergence)}."
        )
    name = getattr(divergence, "__name__", type(divergence).__name__)
    raise TypeError(
        f"how is for divergences, and {name} is none by itself. One of a family? With its parameter, as in "
        "kb.how(kb.renyi(2), p, q)."
    )


def _step(answer: Answer, mask: Any) -> Step:
    value = np.broadcast_to(np.asarray(to_numpy(answer.value)), mask.shape)[mask]
    error = "" if np.all(np.isinf(value)) else _error(answer)
    return Step(answer.rule, answer.formula, answer.source, error, answer.note, int(mask.sum()))


def _error(answer: Answer) -> str:
    if answer.bound is None:
        if answer.rule == "support":
            return ""
        return f"a closed form: rounding only, at most {_ROUNDING:g} of the value"
    bound = float(np.max(np.asarray(to_numpy(answer.bound))))
    kind = "proved" if answer.certified else "estimated, not proved"
    return f"at most {bound:.1e} ({kind})"


def _further(step: Step) -> tuple[tuple[str, str], ...]:
    return ("source", step.source), ("error", step.error), ("note", step.note)


def _shown(value: Any) -> str:
    array = np.asarray(to_numpy(value))
    if array.ndim:
        return np.array2string(array, precision=6, threshold=8)
    return "∞" if math.isinf(float(array)) else f"{float(array):.6g}"


make_callable(__name__, how)
