"""Shifted counts: whole numbers moved by a whole number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import checked, readable, together
from kullback.statistic import Difference, Exponential, One, SquaredDeviation, Statistic
from kullback.support import Integers


@dataclass(frozen=True, eq=False)
class Shifted(Density):
    """Shifted counts: the distribution of K + shift, K whole.

    Attributes:
        base: the distribution of K.
        shift: a whole number.
    """

    base: Density
    shift: Any

    name: ClassVar[str] = "shifted"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameters of the base, and the shift."""
        return (*self.base.leaves(), (self.shift, 0))

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with other arrays."""
        return type(self)(self.base.with_leaves(arrays[:-1]), arrays[-1])

    @property
    def support(self) -> Integers:
        """That of the base, moved."""
        support = self.base.support
        assert isinstance(support, Integers)
        return Integers(support.low + self.shift, support.high + self.shift)

    def log_prob(self, x: Any) -> Any:
        """Return ln P(K = x − shift)."""
        return self.base.log_prob(x - self.shift)

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of the bases where both are moved by the same."""
        if type(self.base) is type(other.base) and _equal(self.shift, other.shift):
            return self.base.log_ratio(other.base, x - self.shift)
        return other.log_prob(x) - self.log_prob(x)

    def landmarks(self) -> Any:
        """Return those of the base, moved."""
        return np.asarray(self.base.landmarks()) + np.asarray(self.shift)[..., None]

    def entropy(self) -> Any | None:
        """Return that of the base."""
        entropy = self.base.entropy()
        return None if entropy is None else entropy + 0.0 * self.shift

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic, from one of the base."""
        match statistic:
            case One():
                return self.base.expectation(statistic)
            case Difference(center):
                return self.base.expectation(Difference(center - self.shift))
            case SquaredDeviation(center):
                return self.base.expectation(SquaredDeviation(center - self.shift))
            case Exponential(rate, center):
                return self.base.expectation(Exponential(rate, center - self.shift))
            case _:
                return None

    def image_of(self) -> tuple[object, Density] | None:
        """Return the shift and the base, where all are moved by one number that can be seen."""
        if not readable(self.shift):
            return None
        shifts = np.unique(to_numpy(self.shift))
        return (("shift", float(shifts[0])), self.base) if len(shifts) == 1 else None

    def cdf(self, x: Any) -> Any | None:
        """Return P(K ≤ x − shift)."""
        return self.base.cdf(x - self.shift)

    def survival(self, x: Any) -> Any | None:
        """Return P(K > x − shift)."""
        return self.base.survival(x - self.shift)

    def quantile(self, u: Any) -> Any | None:
        """Return that of the base, moved."""
        found = self.base.quantile(u)
        return None if found is None else found + self.shift


def _equal(a: Any, b: Any) -> bool:
    return a is b or (readable(a) and readable(b) and bool(np.all(to_numpy(a) == to_numpy(b))))


def shifted(distribution: Density, shift: object) -> Shifted:
    """Return the distribution of K + shift with masses P(K = x − shift), K whole.

    Args:
        distribution: that of K, whole numbers.
        shift: a whole number, positive or negative (SciPy's `loc` of its discrete distributions).

    Returns:
        `Shifted`: one distribution, or a batch of them.

    Raises:
        ValueError: a shift that is not whole.
        TypeError: a distribution of anything but whole numbers; `affine` moves those with a density.

    Example:
        >>> import kullback as kb
        >>> P, Q = (kb.distributions.shifted(kb.distributions.geometric(p), 1) for p in (0.5, 0.25))
        >>> kb.kl(P, Q).round(6)
        np.float64(0.287682)
    """
    if not isinstance(distribution, Density) or not isinstance(distribution.support, Integers):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"shifted: whole numbers are needed, and {type(distribution).__name__} has none.")
    by = checked(shift, "shift", "shifted", "a whole number", lambda a: np.isfinite(a) & (a == np.floor(a)))
    arrays = together(*(x for x, _ in distribution.leaves()), by)
    return Shifted(distribution.with_leaves(arrays[:-1]), arrays[-1])
