"""Distributions known by a formula as the arguments of a call: kullback's own, and those of other libraries."""

from __future__ import annotations

import inspect
import numbers
import reprlib
from typing import Any, NoReturn

from kullback.arrays import library
from kullback.distribution import Density, Distribution, Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.samples import Samples


def adopted(x: object) -> object:
    """Return a distribution object of another library as ours; anything else as it is."""
    return x if isinstance(x, Distribution) else (adopt(x) or x)


def known_by_formula(p: object, q: object, of: str) -> tuple[Density, Density] | None:
    """Return both where they are known by formulas, None where neither is.

    Raises:
        TypeError: one is, and the other is known outcome by outcome.
    """
    if isinstance(p, Density) and isinstance(q, Density):
        return p, q
    if not isinstance(p, Density) and not isinstance(q, Density):
        return None
    one: Any
    one, name, other = (p, "p", q) if isinstance(p, Density) else (q, "q", p)
    rest = "q" if name == "p" else "p"
    raise TypeError(f"{of}: {name} is the distribution {one.name or type(one).__name__}, and {rest} is {_what(other)}")


def _what(other: Any) -> str:
    """Return what else a user may have given in place of a distribution, and what to give instead."""
    kind = type(other).__name__
    if other is None:
        return "None: give a distribution such as kb.normal(0, 1)."
    if isinstance(other, str):
        return f"the text {reprlib.repr(other)}: give a distribution such as kb.normal(0, 1)."
    if isinstance(other, Samples):
        return "samples: kb.estimate(p, q)."
    if isinstance(other, Finite):
        return (
            f"a {kind}, masses of outcomes without numbers. Of the outcomes 0, 1, 2, …: "
            "kb.distributions.empirical(range(len(masses)), weights=masses)."
        )
    if isinstance(other, type):
        return f"the class {kind if kind != 'type' else other.__name__}: make one of it, with its parameters."
    if callable(other) and not hasattr(other, "__array__"):
        named = getattr(other, "__name__", kind)
        if inspect.getmodule(other) is not None and getattr(other, "__module__", "").startswith("kullback"):
            return f"the function {named}: call it with parameters, {named}(…)."
        return f"the function {named}. Its log-density? kb.distributions.from_log_prob({named}, support=(low, high))."
    if isinstance(other, (list, tuple)) and any(isinstance(adopted(x), Density) for x in other):  # pyright: ignore[reportUnknownVariableType]
        return (
            f"a {kind} of distributions: one with a batch of parameters, such as kb.normal([0, 1], 1), or a call for "
            "each of them. A mixture of them? kb.distributions.mixture(weights, components)."
        )
    if isinstance(other, (list, tuple, numbers.Real)) or hasattr(other, "__array__") or library(other):
        flat = isinstance(other, numbers.Real) or getattr(other, "shape", None) == ()
        what = f"a {kind}" if isinstance(other, (list, tuple)) else "a number" if flat else "an array"
        return (
            f"{what}. Samples? kb.estimate(p, q). Masses of the outcomes 0, 1, 2, …? "
            "kb.distributions.empirical(range(len(masses)), weights=masses)."
        )
    return (
        f"a {kind}, which has no density: none of log_prob, logpdf, logpmf. Do you know its log-density? "
        "kb.distributions.from_log_prob(log_prob, support=(low, high))."
    )


def only_for_arrays(of: str, **given: Any) -> None:
    """Raise if an option was given that means nothing for distributions known by formulas."""
    defaults = {"axis": -1, "where": None, "weights": None, "keepdims": False}
    for name, value in given.items():
        default = defaults[name]
        if value is not default and not (name == "axis" and value == -1):
            raise TypeError(
                f"{of}: {name} belongs to arrays of outcomes, and p and q are distributions known by formulas, "
                f"whose batch axes are those of their parameters: leave {name} out."
            )


def no_terms(divergence: object, what: str) -> NoReturn:
    """Raise for what only distributions over listed outcomes have."""
    raise TypeError(
        f"{divergence!r}.{what} is for distributions known outcome by outcome; these are known by formulas. "
        + (
            "Every pair of a batch: let their parameters broadcast, as in kb.normal(mu[:, None], 1), kb.normal(mu, 1)."
            if what == "pairwise"
            else "How their value is found: kb.how(kb.kl, p, q)."
        )
    )
