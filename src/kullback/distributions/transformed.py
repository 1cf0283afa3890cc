"""Monotone images of distributions: exponentials, logarithms, reciprocals, squares, …"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import readable
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogComplement,
    LogSquared,
    One,
    Power,
    SoftPlus,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True)
class Map:
    """A monotone map x = f(y) of an interval.

    Attributes:
        forward: f, of arrays of any library.
        back: the inverse, likewise and of enclosures.
        log_slope: ln |dy/dx| at x, likewise.
        domain: where y may lie.
        image: where x lies then: the images of the two ends, in their order.
        tail: what becomes of a tail of Y at an end of the domain: `tail(tail, upper)` at the lower or the upper end.
    """

    forward: Callable[[Any], Any]
    back: Callable[[Any], Any]
    log_slope: Callable[[Any], Any]
    domain: tuple[float, float]
    image: tuple[float, float]
    tail: Callable[[Tail, bool], Tail | None]

    @property
    def rising(self) -> bool:
        """Whether f increases."""
        return self.image[0] < self.image[1]


@dataclass(frozen=True, eq=False)
class Transformed(Density):
    """Image under a monotone map: the distribution of f(Y).

    Attributes:
        base: the distribution of Y.
        map: the name of f: one of `MAPS`.
    """

    base: Density
    map: str

    name: ClassVar[str] = "transformed"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameters of the base."""
        return self.base.leaves()

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with other arrays."""
        return type(self)(self.base.with_leaves(arrays), self.map)

    @property
    def _map(self) -> Map:
        return MAPS[self.map]

    def _image_of_end(self, end: Any, which: int) -> Any:
        """Return where an end of the support of the base goes."""
        f = self._map
        if not readable(end):
            return f.forward(end)
        numbers = np.asarray(to_numpy(end), dtype=float)
        with np.errstate(all="ignore"):
            found = np.where(numbers == f.domain[which], f.image[which], f.forward(numbers))
        return found[()]

    @property
    def support(self) -> Interval:
        """The image of that of the base."""
        support = self.base.support
        if not isinstance(support, Interval):
            raise TypeError(f"transformed: the outcomes of {self.base.name} are not numbers with a density.")
        low, high = self._image_of_end(support.low, 0), self._image_of_end(support.high, 1)
        return Interval(low, high) if self._map.rising else Interval(high, low)

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p_Y(f⁻¹(x)) + ln |dy/dx|, −∞ outside the image."""
        f = self._map
        xp = namespace(x)
        low, high = sorted(f.image)
        middle = 0.5 * (low + high) if math.isfinite(low + high) else 1.0
        safe = x
        if math.isfinite(low):
            safe = xp.where(x > low, safe, middle)
        if math.isfinite(high):
            safe = xp.where(x < high, safe, middle)
        value = self._of_base(safe) + f.log_slope(safe)
        if math.isfinite(low):
            value = xp.where(x > low, value, -math.inf)
        return xp.where(x < high, value, -math.inf) if math.isfinite(high) else value

    def _of_base(self, x: Any) -> Any:
        """Return ln p_Y(f⁻¹(x)), where Y is near 1 by how far it is from there."""
        plain = self.base.log_prob(self._map.back(x))
        if self.map not in ("logit", "log complement"):
            return plain
        xp = namespace(x)
        complement = xp.exp(-x) if self.map == "log complement" else _expit(-x)
        support = self.base.support
        reaches = isinstance(support, Interval) and readable(support.high) and np.all(to_numpy(support.high) == 1.0)
        near = self.base.log_prob_from_top(complement) if reaches else None
        return plain if near is None else xp.where(complement < 0.5, near, plain)

    def log_prob_from_top(self, distance: Any) -> Any | None:
        """Return ln p(high − distance) for a logistic or a negative image."""
        xp = namespace(distance)
        if self.map == "logistic":
            safe = xp.where(distance > 0.0, xp.where(distance < 1.0, distance, 0.5), 0.5)
            near, far = xp.log(safe), xp.log1p(-safe)
            value = self.base.log_prob(far - near) - near - far
            return xp.where(distance > 0.0, xp.where(distance < 1.0, value, -math.inf), -math.inf)
        support = self.base.support
        if self.map == "negative" and isinstance(support, Interval):
            finite = readable(support.low) and np.all(np.isfinite(to_numpy(support.low)))
            return self.base.log_prob(support.low + distance) if finite else None
        return None

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of the bases under equal maps."""
        if self.map == other.map and type(self.base) is type(other.base):
            return self.base.log_ratio(other.base, self._map.back(x))
        return other.log_prob(x) - self.log_prob(x)

    @property
    def tails(self) -> tuple[Tail, Tail] | None:
        """What the map makes of those of the base."""
        tails, support, f = self.base.tails, self.base.support, self._map
        if tails is None or not isinstance(support, Interval):
            return None
        found: list[Tail] = []
        for which, end in enumerate((support.low, support.high)):
            if not readable(end):
                return None
            numbers = np.asarray(to_numpy(end))
            if np.all(numbers == f.domain[which]):
                tail = f.tail(tails[which], bool(which))
            elif np.all((numbers != f.domain[which]) & np.isfinite(numbers)):
                # An ordinary point: distances are multiplied by a constant.
                of_powers = bool(tails[which].powers) or np.any(np.asarray(tails[which].quadratic))
                tail = replace(tails[which], exact=tails[which].exact and not of_powers)
            else:
                return None
            if tail is None:
                return None
            found.append(tail)
        return (found[0], found[1]) if f.rising else (found[1], found[0])

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The images of those of the base."""
        return tuple(self._map.forward(np.asarray(to_numpy(kink))) for kink in self.base.kinks if readable(kink))

    def landmarks(self) -> Any:
        """Return the images of those of the base."""
        f = self._map
        with np.errstate(over="ignore", divide="ignore"):
            found = np.sort(np.asarray(f.forward(np.asarray(self.base.landmarks(), dtype=float))), axis=-1)
        low, high = sorted(f.image)
        least = np.nextafter(low, math.inf) if low else 1e-300
        most = np.nextafter(high, -math.inf)
        return np.clip(found, max(least, -1e300), min(most, 1e300))

    def image_of(self) -> tuple[object, Density]:
        """The image of the base."""
        return self.map, self.base

    def entropy(self) -> Any | None:
        """Return that of the base, and the mean of ln |dx/dy|."""
        entropy = self.base.entropy()
        if entropy is None:
            return None
        total = entropy
        for coefficient, statistic in _LOG_STRETCH[self.map]:
            mean = coefficient if isinstance(statistic, One) else self.base.expectation(statistic)
            if mean is None:
                return None
            total = total + (mean if isinstance(statistic, One) else coefficient * mean)
        return total

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic of f(Y), as one of Y."""
        terms = _pulled_back(self.map, statistic)
        if terms is None:
            return None
        total: Any = 0.0
        for coefficient, inner in terms:
            mean = self.base.expectation(inner)
            if mean is None:
                return None
            total = total + coefficient * mean
        if isinstance(statistic, SquaredDeviation) and self.map in ("exp", "square"):
            first = self.expectation(Difference(0.0))
            second = self.expectation(Power(2))
            if first is None or second is None:
                return None
            xp = namespace(first)
            finite = xp.isfinite(second)
            return xp.where(finite, (second - first * first) + (first - statistic.center) ** 2, second)
        return total

    def cdf(self, x: Any) -> Any | None:
        """Return P(f(Y) ≤ x)."""
        return self._probability(x, below=self._map.rising)

    def survival(self, x: Any) -> Any | None:
        """Return P(f(Y) > x)."""
        return self._probability(x, below=not self._map.rising)

    def _probability(self, x: Any, *, below: bool) -> Any | None:
        f = self._map
        low, high = sorted(f.image)
        inside = np.clip(np.asarray(x, dtype=float), low, high)
        with np.errstate(all="ignore"):
            y = np.where(inside == f.image[0], f.domain[0], np.where(inside == f.image[1], f.domain[1], f.back(inside)))
        return self.base.cdf(y) if below else self.base.survival(y)

    def quantile(self, u: Any) -> Any | None:
        """Return the image of the quantile of the base."""
        found = self.base.quantile(u if self._map.rising else 1.0 - np.asarray(u))
        return None if found is None else self._map.forward(found)


# The maps. Tails: with t = ln |y| or minus the logarithm of the distance to an end, before and after.


def _plus(tail: Tail, linear: float) -> Tail:
    return replace(tail, linear=tail.linear + linear)


def _power(tail: Tail, exponent: float) -> Any:
    for power, coefficient in tail.powers:
        if power == exponent:
            return coefficient
    return 0.0


def _flattened(tail: Tail, jacobian: float) -> Tail | None:
    """Return the tail in t = |y| of one in ln |y|: what was linear and quadratic in y, with `jacobian` more in t."""
    if any(power not in (1.0, 2.0) for power, _ in tail.powers) or np.any(np.asarray(tail.factorial)):
        return None
    double = np.asarray(tail.double)
    powers = ((float(double), 1.0),) if np.any(double) else ()
    kept = not np.any(np.asarray(tail.linear)) and not np.any(np.asarray(tail.quadratic)) and not powers
    return Tail(_power(tail, 1.0) + jacobian, _power(tail, 2.0), powers, exact=tail.exact and kept)


def _steepened(tail: Tail, jacobian: float) -> Tail | None:
    """Return the tail in t = ln s of one in s: linear becomes a power."""
    if np.any(np.asarray(tail.double)) or np.any(np.asarray(tail.factorial)):
        return None
    quick = [(k, c) for k, c in tail.powers if np.any(np.asarray(c))]
    powers = ((2.0, tail.quadratic), (1.0, tail.linear + jacobian))
    if not quick:
        return Tail(powers=powers, exact=tail.exact)
    power, coefficient = quick[0]
    shift = np.log(np.abs(np.asarray(coefficient)))
    exact = tail.exact and bool(np.all(shift == 0.0)) and len(quick) == 1
    return Tail(powers=powers, double=power, exact=exact) if np.all(np.asarray(coefficient) > 0.0) else None


def _stretched(tail: Tail, factor: float, jacobian: float) -> Tail | None:
    """Return the tail in t of one in factor·t."""
    if np.any(np.asarray(tail.double)) or np.any(np.asarray(tail.factorial)):
        return None
    powers = tuple((k * factor, c) for k, c in tail.powers)
    return Tail(tail.linear * factor + jacobian, tail.quadratic * factor**2, powers, exact=tail.exact)


def _exp(x: Any) -> Any:
    return namespace(x).exp(x)


def _log(x: Any) -> Any:
    return namespace(x).log(x)


def _expit(x: Any) -> Any:
    """Return 1/(1 + e^−x) with a small relative error, of enclosures too."""
    xp = namespace(x)
    return xp.exp(-xp.logaddexp(0.0 * x, -x))


def _log_odds(x: Any) -> Any:
    xp = namespace(x)
    return xp.log(x) - xp.log1p(-x)


MAPS: dict[str, Map] = {
    "exp": Map(
        _exp,
        _log,
        lambda x: -_log(x),
        (-math.inf, math.inf),
        (0.0, math.inf),
        lambda tail, upper: _flattened(tail, 1.0 if upper else -1.0),
    ),
    "log": Map(
        _log,
        _exp,
        lambda x: 1.0 * x,
        (0.0, math.inf),
        (-math.inf, math.inf),
        lambda tail, upper: _steepened(tail, -1.0 if upper else 1.0),
    ),
    "reciprocal": Map(
        lambda y: 1.0 / y,
        lambda x: 1.0 / x,
        lambda x: -2.0 * _log(x),
        (0.0, math.inf),
        (math.inf, 0.0),
        lambda tail, upper: _plus(tail, -2.0 if upper else 2.0),
    ),
    "square": Map(
        lambda y: y * y,
        lambda x: namespace(x).sqrt(x),
        lambda x: -0.5 * _log(x) - math.log(2.0),
        (0.0, math.inf),
        (0.0, math.inf),
        lambda tail, upper: _stretched(tail, 0.5, 0.5 if upper else -0.5),
    ),
    "square root": Map(
        lambda y: namespace(y).sqrt(y),
        lambda x: x * x,
        lambda x: _log(x) + math.log(2.0),
        (0.0, math.inf),
        (0.0, math.inf),
        lambda tail, upper: _stretched(tail, 2.0, -1.0 if upper else 1.0),
    ),
    "logistic": Map(
        _expit,
        _log_odds,
        lambda x: -_log(x) - namespace(x).log1p(-x),
        (-math.inf, math.inf),
        (0.0, 1.0),
        lambda tail, upper: _flattened(tail, -1.0),
    ),
    "logit": Map(
        _log_odds,
        _expit,
        lambda x: -2.0 * namespace(x).logaddexp(0.5 * x, -0.5 * x),
        (0.0, 1.0),
        (-math.inf, math.inf),
        lambda tail, upper: _steepened(tail, 1.0),
    ),
    "negative": Map(
        lambda y: -y,
        lambda x: -x,
        lambda x: 0.0 * x,
        (-math.inf, math.inf),
        (math.inf, -math.inf),
        lambda tail, upper: tail,
    ),
    "log complement": Map(
        lambda y: -namespace(y).log1p(-y),
        lambda x: -namespace(x).expm1(-x),
        lambda x: -x,
        (0.0, 1.0),
        (0.0, math.inf),
        lambda tail, upper: _steepened(tail, 1.0) if upper else tail,
    ),
}
"""By name: "exp" is X = e^Y, "log complement" X = −ln(1 − Y), "logistic" X = 1/(1 + e^−Y), "logit" its inverse."""

_LOG_STRETCH: dict[str, tuple[tuple[float, Statistic], ...]] = {
    "exp": ((1.0, Difference(0.0)),),
    "log": ((-1.0, Log()),),
    "reciprocal": ((-2.0, Log()),),
    "square": ((math.log(2.0), One()), (1.0, Log())),
    "square root": ((-math.log(2.0), One()), (-0.5, Log())),
    "logistic": ((-1.0, Difference(0.0)), (-2.0, SoftPlus(0.0, 1.0))),
    "logit": ((-1.0, Log()), (-1.0, LogComplement())),
    "negative": (),
    "log complement": ((-1.0, LogComplement()),),
}
"""ln |dx/dy| as statistics of Y."""


def _pulled_back(name: str, statistic: Statistic) -> tuple[tuple[Any, Statistic], ...] | None:
    """Return T(f(y)) as a combination of statistics of y, or None."""
    match name, statistic:
        case _, One():
            return ((1.0, One()),)
        case "exp", Power(k):
            return ((1.0, Exponential(k, 0.0)),)
        case "exp", Log():
            return ((1.0, Difference(0.0)),)
        case "exp", LogSquared(center):
            return ((1.0, SquaredDeviation(center)),)
        case "exp" | "square", SquaredDeviation():
            return ()
        case "exp", Difference(center):
            return (1.0, Exponential(1.0, 0.0)), (-center, One())
        case "log", Difference(center):
            return (1.0, Log()), (-center, One())
        case "log", SquaredDeviation(center):
            return ((1.0, LogSquared(center)),)
        case "log", Exponential(rate, center):
            return ((namespace(rate, center).exp(-rate * center), Power(rate)),)
        case "reciprocal" | "square" | "square root", Power(k):
            return ((1.0, Power(_EXPONENT[name] * k)),)
        case "reciprocal" | "square" | "square root", Log():
            return ((_EXPONENT[name], Log()),)
        case "reciprocal" | "square" | "square root", LogSquared(center):
            by = _EXPONENT[name]
            return ((by * by, LogSquared(center / by)),)
        case "reciprocal" | "square" | "square root", Difference(center):
            return (1.0, Power(_EXPONENT[name])), (-center, One())
        case "negative", Difference(center):
            return ((-1.0, Difference(-center)),)
        case "negative", SquaredDeviation(center):
            return ((1.0, SquaredDeviation(-center)),)
        case "negative", Power(k) if isinstance(k, (int, float)) and k in (1, 2):
            return ((-1.0, Difference(0.0)),) if k == 1 else ((1.0, SquaredDeviation(0.0)),)
        case "negative", AbsoluteDeviation(center):
            return ((1.0, AbsoluteDeviation(-center)),)
        case "negative", Exponential(rate, center):
            return ((1.0, Exponential(-rate, -center)),)
        case "logistic", Log():
            return ((-1.0, SoftPlus(0.0, 1.0)),)
        case "logistic", LogComplement():
            return (-1.0, Difference(0.0)), (-1.0, SoftPlus(0.0, 1.0))
        case "logit", Difference(center):
            return (1.0, Log()), (-1.0, LogComplement()), (-center, One())
        case "log complement", Difference(center):
            return (-1.0, LogComplement()), (-center, One())
        case _:
            return None


_EXPONENT = {"reciprocal": -1.0, "square": 2.0, "square root": 0.5}


def transformed(distribution: Density, map: str) -> Transformed:
    """Return the distribution of f(Y) with density p_Y(f⁻¹(x)) |dy/dx|, f monotone.

    Args:
        distribution: that of Y, numbers with a density, in the domain of f.
        map: the name of f: "exp", "log", "reciprocal", "square", "square root", "logistic" (1/(1 + e^−y)), "logit",
            "negative", "log complement" (−ln(1 − y)).

    Returns:
        `Transformed`: one distribution, or a batch of them. Its divergences from an image under the same map are
        those of the distributions mapped.

    Raises:
        ValueError: a map of another name; a distribution that reaches beyond the domain of the map.
        TypeError: a distribution of vectors or whole numbers.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.transformed(kb.normal(0, 1), "exp")
        >>> P.log_prob(1.0).round(6)
        np.float64(-0.918939)
    """
    if map not in MAPS:
        raise ValueError(f"transformed: there is no map {map!r}: one of {', '.join(repr(name) for name in MAPS)}.")
    if not isinstance(distribution, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"transformed: a {type(distribution).__name__} is given, and a distribution is needed.")
    support = distribution.support
    if not isinstance(support, Interval):
        raise TypeError(f"transformed: the outcomes of {distribution.name} ({support}) are not numbers with a density.")
    low, high = MAPS[map].domain
    if (readable(support.low) and np.any(to_numpy(support.low) < low)) or (
        readable(support.high) and np.any(to_numpy(support.high) > high)
    ):
        raise ValueError(
            f"transformed: {distribution.name} has outcomes in {support}, and {map!r} is monotone "
            f"on ({low:g}, {high:g})."
        )
    return Transformed(distribution, map)
