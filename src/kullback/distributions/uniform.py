"""Uniform distribution on an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.legendre import mean_over
from kullback.distributions.location_scale import log_quotient, quadratic_wasserstein
from kullback.distributions.parameters import ordered, real, together
from kullback.numerics import times, xlogy
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Cosine,
    Difference,
    Exponential,
    Log,
    LogComplement,
    LogDeviation,
    LogQuadratic,
    LogSquared,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Uniform(BothWays, Density):
    """Uniform distribution: density 1/(high − low) between them.

    Attributes:
        low: the lower end.
        high: the upper end, > low.
    """

    low: Any
    high: Any

    name: ClassVar[str] = "uniform"

    @property
    def support(self) -> Interval:
        """The interval."""
        return Interval(self.low, self.high)

    @property
    def _width(self) -> Any:
        return self.high - self.low

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.low, self.high)
        value = 0.0 * x - xp.log(self.high - self.low)
        return xp.where(x < self.low, -math.inf, xp.where(x > self.high, -math.inf, value))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x): of the widths, where both have mass."""
        xp = namespace(x, self.low, self.high, other.low, other.high)
        inside = other._less(0.0 * x + log_quotient(self._width, other._width), x)
        return xp.where(x < self.low, math.inf, xp.where(x > self.high, math.inf, inside))

    def _less(self, value: Any, x: Any) -> Any:
        xp = namespace(value, x, self.low, self.high)
        return xp.where(x < self.low, -math.inf, xp.where(x > self.high, -math.inf, value))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Positive at both ends."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return points inside the interval."""
        low, high = np.asarray(self.low)[..., None], np.asarray(self.high)[..., None]
        return low + (high - low) * np.asarray([0.125, 0.5, 0.875])

    def entropy(self) -> Any:
        """Return ln(high − low)."""
        return namespace(self.low, self.high).log(self._width)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic over the interval."""
        low, high = self.low, self.high
        xp = namespace(low, high)
        width = self._width
        match statistic:
            case One():
                return xp.ones_like(width)
            case Difference(center):
                return 0.5 * ((low - center) + (high - center))
            case SquaredDeviation(center):
                return width * width / 12.0 + (0.5 * ((low - center) + (high - center))) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return 0.5 * (low + high) if exponent == 1 else width * width / 12.0 + (0.5 * (low + high)) ** 2
            case Power(exponent):
                return xp.where(low >= 0.0, _mean_power(low, high, exponent), math.nan)
            case AbsolutePower(center, exponent):
                return _mean_absolute_power(low - center, high - center, exponent)
            case AbsoluteDeviation(center):
                a, b = center - low, high - center
                inside = (a > 0.0) & (b > 0.0)
                middle = 0.5 * xp.abs(b - a)
                return xp.where(inside, 0.5 * (a * (a / width) + b * (b / width)), middle)
            case PositiveDeviation(center):
                a, b = low - center, high - center
                beyond = xp.where(b > 0.0, b, 0.0)
                return xp.where(a > 0.0, 0.5 * (a + b), 0.5 * beyond * (beyond / width))
            case Exponential(rate, center):
                return _mean_exponential(rate, low - center, high - center, width)
            case Log():
                return _mean_log(low, high)
            case LogDeviation(end):
                return _mean_log(low - end, high - end)
            case LogComplement():
                return _mean_log(1.0 - high, 1.0 - low)
            case LogSquared(center):
                return _mean_log_squared(low, high, center)
            case LogQuadratic(center, scale):
                return _mean_log_quadratic((low - center) / scale, (high - center) / scale)
            case Cosine(center):
                half = 0.5 * width
                return xp.cos(0.5 * ((low - center) + (high - center))) * xp.sin(half) / half
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −ln(high − low)."""
        return ((-self.entropy(), One()),)

    def _sides(self, other: Self) -> tuple[Any, Any, Any]:
        """Return how much of P lies outside Q, how much of Q outside P, and their overlap, in length."""
        xp = namespace(self.low, self.high, other.low, other.high)

        def positive(x: Any) -> Any:
            return xp.where(x > 0.0, x, 0.0 * x)

        start, end = (
            xp.where(self.low > other.low, self.low, other.low),
            xp.where(self.high < other.high, self.high, other.high),
        )
        overlap = positive(end - start)
        met = overlap > 0.0
        p_only = positive(other.low - self.low) + positive(self.high - other.high)
        q_only = positive(self.low - other.low) + positive(other.high - self.high)
        return xp.where(met, p_only, self._width), xp.where(met, q_only, other._width), overlap

    @closed_form(
        "kl",
        formula="ln((high_Q − low_Q)/(high_P − low_P)) where Q covers P, else ∞",
        source="Nawa and Nadarajah, Exact expressions for Kullback–Leibler divergence for univariate "
        "distributions (2024)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) from how far Q reaches beyond P."""
        xp = namespace(self.low, self.high, other.low, other.high)
        p_only, q_only, _ = self._sides(other)
        return xp.where(p_only > 0.0, math.inf, xp.log1p(q_only / self._width))

    @closed_form(
        "renyi",
        formula="(α ln(w_P/o) + (1 − α) ln(w_Q/o))/(1 − α), w the widths, o that of the overlap; for α ≥ 1 ∞ unless Q "
        "covers P",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), table 2",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence."""
        xp = namespace(self.low, self.high, other.low, other.high)
        p_only, q_only, overlap = self._sides(other)
        met = overlap > 0.0
        length = xp.where(met, overlap, 1.0)
        p_log, q_log = xp.log1p(p_only / length), xp.log1p(q_only / length)
        if order >= 1.0:
            return xp.where(p_only > 0.0, math.inf, q_log)
        return xp.where(met, order / (1.0 - order) * p_log + q_log, math.inf)

    @closed_form(
        "tv",
        formula="1 − o/max(w_P, w_Q), w the widths, o that of the overlap",
        source="the wider one has the smaller density wherever the other has any",
    )
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance."""
        xp = namespace(self.low, self.high, other.low, other.high)
        p_only, q_only, _ = self._sides(other)
        wider = self._width > other._width
        return xp.where(wider, p_only / self._width, q_only / other._width)

    @closed_form(
        "js",
        formula="½ Σ over P and Q of (1 − o/w) ln 2 + (o/w) ln(2/(1 + w/v)), o the overlap, w the width, v the other",
        source="both densities are constant on each of at most three pieces",
    )
    def jensen_shannon(self, other: Self) -> Any:
        """Return the Jensen–Shannon divergence."""
        xp = namespace(self.low, self.high, other.low, other.high)
        p_only, q_only, overlap = self._sides(other)
        w, v = self._width, other._width
        own = (p_only / w + q_only / v) * math.log(2.0)
        gap = 0.5 * (w - v)
        shared = overlap / w * xp.log1p(gap / v) + overlap / v * xp.log1p(-gap / w)
        return 0.5 * (own - shared)

    @closed_form(
        "wasserstein",
        formula="order 2: √(a² + ab + b²)/√3 with a, b the distances of the lower and of the upper ends (signed); "
        "order 1: the mean of |a + (b − a) u| over u in [0, 1]",
        source="quantile functions, which are straight lines",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 1 or 2."""
        xp = namespace(self.low, self.high, other.low, other.high)
        a, b = self.low - other.low, self.high - other.high
        if order == 2:
            return quadratic_wasserstein(0.5 * (a + b), b - a, 0.0, 1.0 / 12.0)
        if order == 1:
            crossing = a * b < 0.0
            size = xp.abs(a) + xp.abs(b)
            return 0.5 * xp.where(crossing, (a * a + b * b) / xp.where(crossing, size, 1.0), size)
        return xp.full_like(a + b, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return (x − low)/(high − low)."""
        return np.clip((x - self.low) / self._width, 0.0, 1.0)

    def survival(self, x: Any) -> Any:
        """Return (high − x)/(high − low)."""
        return np.clip((self.high - x) / self._width, 0.0, 1.0)

    def quantile(self, u: Any) -> Any:
        """Return low + u (high − low)."""
        return np.minimum(self.low + u * self._width, self.high)


def _narrow(low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Return where a positive interval is short beside its distance from 0, its middle and half its width there."""
    xp = namespace(low, high)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    narrow = half < 0.5 * middle
    return narrow, xp.where(narrow, middle, 1.0), xp.where(narrow, half, 0.25)


def _mean_log(low: Any, high: Any) -> Any:
    """Return the mean of ln x over (low, high), 0 ≤ low; NaN below."""
    xp = namespace(low, high)
    narrow, middle, half = _narrow(low, high)
    close = mean_over(xp.log, middle, half)
    valid = (low >= 0.0) & ~narrow
    a, b = xp.where(valid, low, 0.0), xp.where(valid, high, 1.0)
    far = (xlogy(b, b) - times(a, xp.log(xp.where(a > 0.0, a, 1.0)))) / (b - a) - 1.0
    return xp.where(narrow, close, xp.where(valid, far, math.nan))


def _mean_log_squared(low: Any, high: Any, center: Any) -> Any:
    """Return the mean of (ln x − c)² over (low, high), 0 ≤ low; NaN below."""
    xp = namespace(low, high, center)
    spread = 0.0 * center
    narrow, middle, half = _narrow(low + spread, high + spread)
    c = (center + 0.0 * low)[..., None]
    close = mean_over(lambda x: (xp.log(x) - c) ** 2, middle, half)
    valid = (low >= 0.0) & ~narrow
    a, b = xp.where(valid, low, 0.0), xp.where(valid, high, 1.0)

    def primitive(x: Any) -> Any:
        log = xp.log(xp.where(x > 0.0, x, 1.0)) - center
        return x * (log * (log - 2.0) + 2.0)

    far = (primitive(b) - primitive(a)) / (b - a)
    return xp.where(narrow, close, xp.where(valid, far, math.nan))


def _mean_power(low: Any, high: Any, exponent: Any) -> Any:
    """Return the mean of x^k over (low, high), 0 ≤ low."""
    xp = namespace(low, high, exponent)
    k = exponent + 0.0 * (low + high)
    narrow, middle, half = _narrow(low + 0.0 * k, high + 0.0 * k)
    gentle = narrow & (xp.abs(k) < 20.0)
    power = k[..., None]
    close = mean_over(lambda x: xp.exp(power * xp.log(x)), middle, half)
    valid = (low >= 0.0) & ~gentle
    a, b = xp.where(valid, low, 0.0) + 0.0 * k, xp.where(valid, high, 1.0) + 0.0 * k
    zero = a == 0.0
    diverges = zero & (k <= -1.0)
    n = xp.where(diverges, 0.0 * k, k) + 1.0
    # (b^n − a^n)/(n (b − a)) = bⁿ (1 − e^(−n L))/n/(b − a), L = ln(b/a); L where n = 0.
    length = xp.where(zero, 1.0, xp.log(xp.where(zero, 1.0, b)) - xp.log(xp.where(zero, 1.0, a)))
    flat = n == 0.0
    safe = xp.where(flat, 1.0, n)
    share = xp.where(flat, length, xp.where(zero, 1.0, -xp.expm1(-safe * length)) / safe)
    far = xp.exp(n * xp.log(b)) * share / (b - a)
    return xp.where(gentle, close, xp.where(diverges, math.inf, far))


def _mean_absolute_power(low: Any, high: Any, exponent: Any) -> Any:
    """Return the mean of |x|^k over (low, high)."""
    xp = namespace(low, high, exponent)
    inside = (low < 0.0) & (high > 0.0)
    # On one side of 0: a power; on both: two of them.
    near = xp.where(low >= 0.0, low, -high)
    far = xp.where(low >= 0.0, high, -low)
    one_side = _mean_power(xp.where(inside, 0.0, near), xp.where(inside, 1.0, far), exponent)
    below, above = xp.where(inside, -low, 1.0), xp.where(inside, high, 1.0)
    left, right = (_mean_power(0.0 * side, side, exponent) for side in (below, above))
    width = below + above
    return xp.where(inside, below / width * left + above / width * right, one_side)


def _mean_exponential(rate: Any, low: Any, high: Any, width: Any) -> Any:
    """Return the mean of e^(rate·x) over (low, high): e^(its greater end) (1 − e^(−|rate|·width))/(|rate|·width)."""
    xp = namespace(rate, low, high)
    steps = xp.abs(rate * width)
    flat = steps == 0.0
    safe = xp.where(flat, 1.0, steps)
    share = xp.where(flat, 1.0 - 0.5 * steps, -xp.expm1(-safe) / safe)
    top = xp.where(rate * width > 0.0, rate * high, rate * low)
    return xp.exp(top) * share


def _mean_log_quadratic(a: Any, b: Any) -> Any:
    """Return the mean of ln(1 + z²) over (a, b)."""
    xp = namespace(a, b)
    middle, half = 0.5 * (a + b), 0.5 * (b - a)
    narrow = half < 0.25 * (1.0 + xp.abs(middle))
    close = mean_over(lambda z: xp.log1p(z * z), xp.where(narrow, middle, 0.0), xp.where(narrow, half, 0.25))

    def primitive(z: Any) -> Any:
        return z * xp.log1p(z * z) + 2.0 * xp.atan(z)

    left, right = xp.where(narrow, 0.0, a), xp.where(narrow, 1.0, b)
    far = (primitive(right) - primitive(left)) / (right - left) - 2.0
    return xp.where(narrow, close, far)


def uniform(low: object = 0.0, high: object = 1.0) -> Uniform:
    """Return the uniform distribution with density 1/(high − low) between `low` and `high`.

    Args:
        low: the lower end (SciPy's `loc`), any real numbers.
        high: the upper end (SciPy's `loc + scale`), > low; broadcasts with it. As in PyTorch.

    Returns:
        `Uniform`: one distribution, or a batch of them.

    Raises:
        ValueError: low that is not below high, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.uniform(0, 1), kb.distributions.uniform(-1, 2)).round(12)
        np.float64(1.098612288668)
    """
    a, b = together(real(low, "low", "uniform"), real(high, "high", "uniform"))
    ordered(a, b, "low", "high", "uniform")
    return Uniform(a, b)
