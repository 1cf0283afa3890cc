"""Affine images: loc + scale·X."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import first_index, namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import as_parameter, partly, readable, real, together
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogQuadratic,
    One,
    PositiveDeviation,
    Power,
    SoftPlus,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_LOCATION_SCALE = frozenset(
    {"normal", "laplace", "cauchy", "logistic", "gumbel", "student_t", "t", "generalised_normal", "asymmetric_laplace"}
)
"""Families with `loc` and `scale` that contain all increasing affine images of their members."""


@dataclass(frozen=True, eq=False)
class Affine(Density):
    """Affine image: the distribution of loc + scale·X, X with a density of its own on numbers.

    Attributes:
        base: the distribution of X.
        loc: the shift.
        scale: the factor, > 0.
    """

    base: Density
    loc: Any
    scale: Any

    name: ClassVar[str] = "affine"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameters of the base, the shift and the factor."""
        return (*self.base.leaves(), (self.loc, 0), (self.scale, 0))

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with other arrays."""
        return type(self)(self.base.with_leaves(arrays[:-2]), arrays[-2], arrays[-1])

    @property
    def support(self) -> Interval:
        """The image of that of the base."""
        low, high = _ends(self.base)
        return Interval(self.loc + self.scale * low, self.loc + self.scale * high)

    def _back(self, x: Any) -> Any:
        return (x - self.loc) / self.scale

    def log_prob(self, x: Any) -> Any:
        """Return ln p_X((x − loc)/scale) − ln scale."""
        return self.base.log_prob(self._back(x)) - namespace(self.scale).log(self.scale)

    def log_prob_from_top(self, distance: Any) -> Any | None:
        """Return ln p(high − distance)."""
        found = self.base.log_prob_from_top(distance / self.scale)
        return None if found is None else found - namespace(self.scale).log(self.scale)

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of the bases under equal maps."""
        if type(self.base) is type(other.base) and _equal(self.loc, other.loc) and _equal(self.scale, other.scale):
            return self.base.log_ratio(other.base, self._back(x))
        return other.log_prob(x) - self.log_prob(x)

    @property
    def tails(self) -> tuple[Tail, Tail] | None:
        """Those of the base, in the scale of the image."""
        tails = self.base.tails
        if tails is None:
            return None
        ends = _ends(self.base)
        return self._tail(tails[0], ends[0]), self._tail(tails[1], ends[1])

    def _tail(self, tail: Tail, end: Any) -> Tail:
        xp = namespace(self.loc, self.scale)
        shift = xp.log(self.scale)
        if not readable(end) or np.any(np.isfinite(to_numpy(end))):
            # A distance is `scale` times that of the base: t becomes t + ln scale.
            powers = tuple((k, c * self.scale**k) for k, c in tail.powers)
            linear = tail.linear + 2.0 * tail.quadratic * shift
            plain = not np.any(np.asarray(tail.double)) and not np.any(np.asarray(tail.factorial))
            return Tail(linear, tail.quadratic, powers, tail.double * self.scale, tail.exact and plain, tail.factorial)
        powers = tuple((k, c * self.scale**-k) for k, c in tail.powers)
        linear = tail.linear - 2.0 * tail.quadratic * shift
        # |x| − |loc| in place of |x|: powers above 1 have lower ones beside them.
        exact = tail.exact and _equal(self.loc, np.zeros(()))
        if powers and all(k in (1.0, 2.0) for k, _ in powers) and readable(end):
            by = dict(powers)
            square = by.get(2.0, 0.0)
            first = by.get(1.0, 0.0) - 2.0 * square * np.sign(to_numpy(end)) * self.loc
            powers, exact = ((2.0, square), (1.0, first)), tail.exact and not np.any(np.asarray(tail.factorial))
        elif all(k <= 1.0 for k, _ in powers) and not np.any(np.asarray(tail.double)):
            exact = tail.exact and not np.any(np.asarray(tail.factorial))
        return Tail(linear, tail.quadratic, powers, tail.double / self.scale, exact, tail.factorial / self.scale)

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The images of those of the base."""
        return tuple(self.loc + self.scale * kink for kink in self.base.kinks)

    def landmarks(self) -> Any:
        """Return the images of those of the base."""
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * np.asarray(self.base.landmarks())

    def entropy(self) -> Any | None:
        """Return that of the base, and ln scale."""
        entropy = self.base.entropy()
        return None if entropy is None else entropy + namespace(self.scale).log(self.scale)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic, from one of the base."""
        scale, mean = self.scale, self.base.expectation
        xp = namespace(self.loc, scale)

        def times(factor: Any, inner: Statistic, plus: Any = 0.0) -> Any | None:
            found = mean(inner)
            return None if found is None else factor * found + plus

        match statistic:
            case One():
                return xp.ones_like(self.loc + scale)
            case Difference(center):
                return times(scale, Difference(self._back(center)))
            case SquaredDeviation(center):
                return times(scale * scale, SquaredDeviation(self._back(center)))
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                zero = self._back(0.0)
                return times(scale, Difference(zero)) if exponent == 1 else times(scale**2, SquaredDeviation(zero))
            case AbsoluteDeviation(center):
                return times(scale, AbsoluteDeviation(self._back(center)))
            case PositiveDeviation(center):
                return times(scale, PositiveDeviation(self._back(center)))
            case AbsolutePower(center, exponent):
                return times(xp.exp(exponent * xp.log(scale)), AbsolutePower(self._back(center), exponent))
            case Exponential(rate, center):
                return times(1.0, Exponential(rate * scale, self._back(center)))
            case SoftPlus(center, width):
                return times(1.0, SoftPlus(self._back(center), width / scale))
            case LogQuadratic(center, width):
                return times(1.0, LogQuadratic(self._back(center), width / scale))
            case LogDeviation(low):
                return times(1.0, LogDeviation(self._back(low)), xp.log(scale))
            case Log():
                found = times(1.0, LogDeviation(self._back(0.0)), xp.log(scale))
                plain = times(1.0, Log(), xp.log(scale))
                if plain is None:
                    return found
                return partly(self.loc == 0.0, plain) if found is None else xp.where(self.loc == 0.0, plain, found)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...] | None:
        """Return the terms of the base at (x − loc)/scale, and −ln scale."""
        terms = self.base.log_density_terms()
        if terms is None:
            return None
        loc, scale = self.loc, self.scale
        xp = namespace(loc, scale)
        log_scale = xp.log(scale)
        found: list[tuple[Any, Statistic]] = [(-log_scale, One())]
        for c, statistic in terms:
            match statistic:
                case One():
                    found.append((c, One()))
                case Difference(center):
                    found.append((c / scale, Difference(loc + scale * center)))
                case SquaredDeviation(center):
                    found.append((c / (scale * scale), SquaredDeviation(loc + scale * center)))
                case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                    found.append(
                        (c / scale, Difference(loc)) if exponent == 1 else (c / scale**2, SquaredDeviation(loc))
                    )
                case AbsoluteDeviation(center):
                    found.append((c / scale, AbsoluteDeviation(loc + scale * center)))
                case PositiveDeviation(center):
                    found.append((c / scale, PositiveDeviation(loc + scale * center)))
                case Exponential(rate, center):
                    found.append((c, Exponential(rate / scale, loc + scale * center)))
                case SoftPlus(center, width):
                    found.append((c, SoftPlus(loc + scale * center, width * scale)))
                case LogQuadratic(center, width):
                    found.append((c, LogQuadratic(loc + scale * center, width * scale)))
                case Log():
                    found.extend(((c, LogDeviation(loc)), (-c * log_scale, One())))
                case LogDeviation(low):
                    found.extend(((c, LogDeviation(loc + scale * low)), (-c * log_scale, One())))
                case _:
                    return None
        return tuple(found)

    def forms(self) -> tuple[Density, ...]:
        """The member of a location-scale family that it is."""
        base = self.base
        if base.name not in _LOCATION_SCALE or not hasattr(base, "loc") or not hasattr(base, "scale"):
            return ()
        names = [f.name for f in fields(base)]
        arrays = [x for x, _ in base.leaves()]
        if len(arrays) != len(names):
            return ()
        inner_loc, inner_scale = names.index("loc"), names.index("scale")
        arrays[inner_loc] = self.loc + self.scale * arrays[inner_loc]
        arrays[inner_scale] = self.scale * arrays[inner_scale]
        return (base.with_leaves(arrays),)

    def cdf(self, x: Any) -> Any | None:
        """Return that of the base at (x − loc)/scale."""
        return self.base.cdf(self._back(x))

    def survival(self, x: Any) -> Any | None:
        """Return that of the base at (x − loc)/scale."""
        return self.base.survival(self._back(x))

    def quantile(self, u: Any) -> Any | None:
        """Return the image of that of the base."""
        found = self.base.quantile(u)
        return None if found is None else self.loc + self.scale * found


def _ends(base: Density) -> tuple[Any, Any]:
    support = base.support
    if not isinstance(support, Interval):
        raise TypeError(f"affine: the outcomes of {base.name} ({support}) are not numbers with a density.")
    return support.low, support.high


def _equal(a: Any, b: Any) -> bool:
    """Return whether two parameters are known to be equal everywhere."""
    return a is b or (readable(a) and readable(b) and bool(np.all(to_numpy(a) == to_numpy(b))))


def affine(distribution: Density, loc: object = 0.0, scale: object = 1.0) -> Density:
    """Return the distribution of loc + scale·X with density p_X((x − loc)/scale)/|scale|.

    Args:
        distribution: that of X, numbers with a density, or finitely many points.
        loc: the shift, any real number.
        scale: the factor, not 0; where it is negative, it is so for the whole batch.

    Returns:
        `Affine`; of a `Delta`, an `Empirical` or a `Histogram` the same with moved points.

    Raises:
        ValueError: a scale that is 0 or not finite, or of both signs.
        TypeError: a distribution of vectors or whole numbers.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.affine(kb.distributions.gamma(2, 1), 1.0, 3.0)
        >>> P.log_prob(4.0).round(6)
        np.float64(-2.098612)
    """
    shift, factor = real(loc, "loc", "affine"), as_parameter(scale, "scale", "affine")
    if not isinstance(distribution, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"affine: a {type(distribution).__name__} is given, and a distribution is needed.")
    moved = getattr(distribution, "moved", None)
    if moved is None:
        _ends(distribution)
    if readable(factor):
        numbers = np.asarray(to_numpy(factor))
        bad = ~(np.isfinite(numbers) & (numbers != 0.0))
        if bad.any():
            raise ValueError(f"affine: scale is {numbers[first_index(bad)]:g}, and a number other than 0 is needed.")
        if moved is None and (numbers < 0.0).any():
            if not (numbers < 0.0).all():
                raise ValueError("affine: scale has both signs in one batch: make two distributions.")
            from kullback.distributions.transformed import transformed

            distribution, factor = transformed(distribution, "negative"), -factor
    if moved is not None:
        return moved(shift, factor)
    arrays = together(*(x for x, _ in distribution.leaves()), shift, factor)
    return Affine(distribution.with_leaves(arrays[:-2]), arrays[-2], arrays[-1])
