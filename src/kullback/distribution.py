"""Distribution: what is known of P or of Q."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Literal, Self

import numpy as np

from kullback.arrays import namespace
from kullback.natural import Natural
from kullback.statistic import Statistic
from kullback.support import Support
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Distribution:
    """What is known of a probability distribution. A divergence takes two, of the same kind or not."""


@dataclass(frozen=True, eq=False)
class Finite(Distribution):
    """A distribution known outcome by outcome, as an array.

    Attributes:
        values: one number per outcome, along the axis that the call names; the other axes are a batch. An array of
            any library; or labelled numbers, or sparse rows.
        scale: whether the values are proportional to the masses ("linear") or their logarithms are ("log").
        normalised: whether the masses are promised to sum to 1, and are checked.
        noun: what the values are called in messages.
        advice: what else the user may have meant; {name} stands for the argument.
        below_zero: the same, of masses that are negative.
    """

    values: Any

    scale: ClassVar[Literal["linear", "log"]]
    normalised: ClassVar[bool]
    noun: ClassVar[str]
    advice: ClassVar[str]
    below_zero: ClassVar[str] = "Log-probabilities? kb.log_probs({name}). Logits? kb.logits({name})."

    def of(self, values: Any) -> Self:
        """Return other numbers of the same kind."""
        return replace(self, values=values)


@dataclass(frozen=True)
class ClosedForm:
    """A formula for a divergence (or a distance) between members of two families, and where it is from.

    Attributes:
        of: the name of what it gives: "kl", "js", "tv", "renyi", "wasserstein", "fisher_rao", …
        against: the name of the family of Q; None for that of P.
        formula: in plain text.
        source: paper and equation.
        compute: the method: `compute(p, q)`, for Rényi `compute(p, q, order)`.
        everywhere: whether it holds for all parameters; if not, `compute` gives NaN where it promises nothing.
    """

    of: str
    against: str | None
    formula: str
    source: str
    compute: Callable[..., Any] = field(repr=False)
    everywhere: bool = True


def closed_form(
    of: str, *, formula: str, source: str, against: str | None = None, everywhere: bool = True
) -> Callable[[Any], Any]:
    """Say that a method of a family gives a divergence in closed form; see `ClosedForm`."""

    def mark(method: Any) -> Any:
        method.closed_form = ClosedForm(of, against, formula, source, method, everywhere)
        return method

    return mark


@dataclass(frozen=True, eq=False)
class Density(Distribution):
    """A distribution known by a formula: a density, or masses on whole numbers or points.

    Its fields are its parameters: arrays of any library that broadcast with one another; what is left over after the
    axes of one parameter is a batch of distributions. What it cannot say in closed form it leaves as `None`.
    """

    name: ClassVar[str] = ""
    """How it is called in Python, `kb.distributions.<name>`."""

    parameter_dimensions: ClassVar[Mapping[str, int]] = {}
    """How many trailing axes one value of a parameter has: {"covariance": 2}; 0 where it is not said."""

    event_dimensions: ClassVar[int] = 0
    """How many axes one outcome has: 0 for numbers, 1 for vectors, 2 for matrices."""

    def __init_subclass__(cls) -> None:
        # A dataclass would otherwise print the arrays as they are held.
        if "__repr__" not in vars(cls):
            cls.__repr__ = Density.__repr__

    def __post_init__(self) -> None:
        shapes = {tuple(x.shape)[: len(x.shape) - own] for x, own in self.leaves()} - {()}
        if len(shapes) > 1:
            self._check_batches()

    def _check_batches(self) -> None:
        try:
            _ = self.batch_shape
        except ValueError:
            names = {id(getattr(self, f.name)): f.name for f in fields(self)}
            each = [(names.get(id(x), "a parameter"), tuple(x.shape), own) for x, own in self.leaves()]
            told = ", ".join(f"{name} has shape {shape[: len(shape) - own]}" for name, shape, own in each)
            raise ValueError(
                f"{self.name}: the batches of its parameters do not broadcast: {told}. One more axis, as in x[:, None]?"
            ) from None

    def __repr__(self) -> str:
        arguments = ", ".join(_written(f.name, getattr(self, f.name)) for f in fields(self))
        return f"{self.name or type(self).__name__}({arguments})"

    # What it is made of.

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameter arrays, each with the number of its trailing axes that are not batch."""
        return tuple((getattr(self, f.name), self.parameter_dimensions.get(f.name, 0)) for f in fields(self))

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same family with other arrays, in the order of `leaves`; nothing is checked again."""
        new = object.__new__(type(self))
        for f, array in zip(fields(self), arrays, strict=True):
            object.__setattr__(new, f.name, array)
        return new

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch."""
        shapes = [tuple(x.shape)[: len(x.shape) - own] for x, own in self.leaves()]
        return np.broadcast_shapes(*shapes)

    def at(self, index: tuple[int, ...]) -> Self:
        """Return one of the batch."""
        shape = self.batch_shape
        picked: list[Any] = []
        for x, own in self.leaves():
            tail = tuple(x.shape)[x.ndim - own :]
            picked.append(namespace(x).broadcast_to(x, shape + tail)[index])
        return self.with_leaves(picked)

    # What it knows.

    @property
    def support(self) -> Support:
        """Where it has mass."""
        raise NotImplementedError

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside the support; x broadcasts with the batch.

        Written with array API functions only, so that x may be an array of the library of the parameters, a NumPy
        array, or an enclosure in the complex plane (`kullback.exact.rules.quadrature` bounds its errors that way).
        """
        raise NotImplementedError

    def log_prob_from_top(self, distance: Any) -> Any | None:
        """Return ln p(high − distance) where the support ends at `high` and p may be unbounded there, else None."""
        return None

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) for Q of the same family, accurate also where P and Q are nearly equal."""
        return other.log_prob(x) - self.log_prob(x)

    @property
    def tails(self) -> tuple[Tail, Tail] | None:
        """How the density falls towards the lower and the upper end; None where it is not known."""
        return None

    @property
    def kinks(self) -> tuple[Any, ...]:
        """Points inside the support where the density is not analytic."""
        return ()

    def landmarks(self) -> Any:
        """Return a few outcomes that span the bulk of the mass, along a new last axis: where a quadrature starts."""
        raise NotImplementedError

    def entropy(self) -> Any | None:
        """Return −E ln p, or None where there is no closed form."""
        return None

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic, ±∞ where it diverges, or None where it is not known."""
        return None

    def log_power_mean(self, exponent: Any) -> Any | None:
        """Return ln E X^exponent, X > 0, also where the mean is beyond the numbers; +∞ where it diverges."""
        return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...] | None:
        """Return pairs (coefficient, statistic) whose sum is ln p on the support, or None."""
        return None

    def natural(self, other: Any) -> Natural | None:
        """Return P and Q in natural parameters, where the family is an exponential one."""
        return None

    def forms(self) -> tuple[Density, ...]:
        """Return other ways to write the same distribution, such as gamma for an exponential one."""
        return ()

    def image_of(self) -> tuple[object, Density] | None:
        """Return a one-to-one map and the distribution whose image under it this is: ("exp", normal) for log-normal.

        Two distributions under equal maps differ as much as those that they are images of.
        """
        return None

    def cdf(self, x: Any) -> Any | None:
        """Return P(X ≤ x), in NumPy; None where there is no formula."""
        return None

    def survival(self, x: Any) -> Any | None:
        """Return P(X > x) with a small relative error, in NumPy; None where there is no formula."""
        return None

    def quantile(self, u: Any) -> Any | None:
        """Return the x with P(X ≤ x) = u, in NumPy; None where there is no formula."""
        return None

    @classmethod
    def closed_forms(cls) -> tuple[ClosedForm, ...]:
        """Return the closed forms that the family has."""
        return _closed_forms(cls)


def _written(name: str, value: Any) -> str:
    """Return how an argument is written in a call of the constructor."""
    if isinstance(value, Density):
        return repr(value)
    if hasattr(value, "value") and hasattr(value, "scale"):  # a chance, or a rate: named by the form that was given
        return f"{value.scale}={_numbers(value.value)}"
    if hasattr(value, "trailing"):  # a covariance, named by the way in which it is known
        arrays = [_numbers(x) for x, _ in value.leaves()]
        way = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(value).__name__).lower()
        inside = arrays[0] if len(arrays) == 1 else f"({', '.join(arrays)})"
        return f"{name if way == 'full' else way}={inside}"
    return f"{name}={_numbers(value)}"


def _numbers(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return str(value.item()) if not value.ndim else np.array2string(value, threshold=6, separator=", ")
    return str(value)


@cache
def _closed_forms(family: type[Density]) -> tuple[ClosedForm, ...]:
    marked = (getattr(getattr(family, name, None), "closed_form", None) for name in dir(family))
    return tuple(form for form in marked if isinstance(form, ClosedForm))
