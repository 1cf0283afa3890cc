"""Triangular distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace, to_numpy
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import SometimesBothWays
from kullback.distributions.legendre import mean_over
from kullback.distributions.parameters import ordered, readable, real, together
from kullback.functions.gamma import log_excess
from kullback.numerics import log1pmx
from kullback.statistic import AbsoluteDeviation, Difference, One, PositiveDeviation, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Triangular(SometimesBothWays, Density):
    """Triangular distribution: a density that rises linearly from `low` to `peak` and falls linearly to `high`.

    Attributes:
        low: the lower end.
        peak: the mode, low ≤ peak ≤ high.
        high: the upper end, > low.
    """

    low: Any
    peak: Any
    high: Any

    name: ClassVar[str] = "triangular"

    @property
    def support(self) -> Interval:
        """The interval."""
        xp = namespace(self.low, self.peak, self.high)
        none = xp.zeros_like(self.peak)
        return Interval(self.low + none, self.high + none)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.low, self.peak, self.high)
        rise, fall = self.peak - self.low, self.high - self.peak
        # With the peak at an end there is one side only.
        rise, fall = xp.where(rise > 0.0, rise, 1.0), xp.where(fall > 0.0, fall, 1.0)
        inside = xp.where(x < self.low, 0.0, xp.where(x > self.high, 0.0, 1.0))
        up, down = (x - self.low) / rise, (self.high - x) / fall
        below = xp.where(x < self.peak, 1.0, 0.0)
        share = xp.where(below > 0.0, up, xp.where(x > self.peak, down, 1.0))
        share = xp.where(inside > 0.0, share, 1.0)
        value = xp.log(share) + (math.log(2.0) - xp.log(self.high - self.low))
        return xp.where(inside > 0.0, value, -math.inf)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(high − distance), accurate next to the upper end."""
        xp = namespace(distance, self.low, self.peak, self.high)
        width, fall = self.high - self.low, self.high - self.peak
        falling = xp.where(distance < fall, 1.0, 0.0)
        rise = xp.where(self.peak > self.low, self.peak - self.low, 1.0)
        down, up = distance / xp.where(fall > 0.0, fall, 1.0), (width - distance) / rise
        inside = xp.where(distance < width, xp.where(distance > 0.0, 1.0, 0.0), 0.0)
        share = xp.where(inside > 0.0, xp.where(falling > 0.0, down, up), 1.0)
        return xp.where(inside > 0.0, xp.log(share) + (math.log(2.0) - xp.log(width)), -math.inf)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Proportional to the distance from each end, where the peak is not there."""
        xp = namespace(self.low, self.peak, self.high)
        ones = xp.ones_like(self.peak)
        lower, upper = xp.where(self.peak > self.low, ones, 0.0), xp.where(self.peak < self.high, ones, 0.0)
        return Tail(linear=lower), Tail(linear=upper)

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The peak."""
        return (self.peak,)

    def landmarks(self) -> Any:
        """Return points on both sides of the peak."""
        low, peak, high = (np.asarray(x, dtype=float)[..., None] for x in (self.low, self.peak, self.high))
        steps = np.asarray([0.1, 0.4, 0.8])
        below, above = low + (peak - low) * steps, peak + (high - peak) * (1.0 - steps[::-1])
        below, above = np.broadcast_arrays(below, above)
        return np.sort(np.concatenate([below, 0.5 * (low + high) + 0.0 * below[..., :1], above], axis=-1), axis=-1)

    def entropy(self) -> Any:
        """Return ½ + ln((high − low)/2)."""
        return namespace(self.low, self.high).log(0.5 * (self.high - self.low)) + 0.5 + 0.0 * self.peak

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        low, peak, high = self.low, self.peak, self.high
        xp = namespace(low, peak, high)
        rise, fall = peak - low, high - peak
        variance = (rise * rise + rise * fall + fall * fall) / 18.0
        match statistic:
            case One():
                return xp.ones_like(low + peak + high)
            case Difference(center):
                return ((low - center) + (peak - center) + (high - center)) / 3.0
            case SquaredDeviation(center):
                return variance + (((low - center) + (peak - center) + (high - center)) / 3.0) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                mean = (low + peak + high) / 3.0
                return mean if exponent == 1 else variance + mean * mean
            case PositiveDeviation(center):
                return self._above(center)
            case AbsoluteDeviation(center):
                # Both sides: what lies above, and the same of the distribution turned round.
                return self._above(center) + Triangular(-high, -peak, -low)._above(-center)
            case _:
                return None

    def _above(self, center: Any) -> Any:
        """Return E max(X − c, 0)."""
        xp = namespace(self.low, self.peak, self.high, center)
        low, peak, high = self.low, self.peak, self.high
        width = high - low
        rise, fall = peak - low, high - peak
        d = high - center
        # c above the peak: a cubic; below it, the difference and a cubic of what lies below.
        falls = fall > 0.0
        share = xp.where(falls, d, 0.0) / xp.where(falls, fall, 1.0)
        upper = d * (d / width) * share / 3.0
        e = center - low
        rises = rise > 0.0
        share = xp.where(rises, e, 0.0) / xp.where(rises, rise, 1.0)
        mean = ((low - center) + (peak - center) + (high - center)) / 3.0
        lower = mean + xp.where(e > 0.0, e * (e / width) * share / 3.0, 0.0)
        return xp.where(center >= high, 0.0 * (d + peak), xp.where(center >= peak, upper, lower))

    def log_density_terms(self) -> None:
        """Return None: its logarithm has two branches."""
        return None

    @closed_form(
        "kl",
        formula="of equal ends 0 and 1 with peaks a ≤ b: a ln(b/a) + (1 − b)²/(1 − a) ln((1 − b)/(1 − a)) "
        "+ ∫ 2(1 − x)/(1 − a) ln(b(1 − x)/((1 − a)x)) from a to b, elementary; turned round for a > b",
        source="Nawa and Nadarajah, Exact expressions for Kullback–Leibler divergence for univariate "
        "distributions (2024)",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) of equal ends, NaN elsewhere: of p f(q/p − 1), f(u) = u − ln(1 + u)."""
        xp = namespace(self.low, self.peak, self.high, other.low, other.peak, other.high)
        width = self.high - self.low
        same = (self.low == other.low) & (self.high == other.high)
        # Elsewhere that of P itself, which spoils no gradient.
        peak = xp.where(same, other.peak, self.peak)
        # Turned round where Q's peak is the lower one, so that a ≤ b.
        turned = self.peak > peak
        a = xp.where(turned, self.high - self.peak, self.peak - self.low) / width
        b = xp.where(turned, self.high - peak, peak - self.low) / width
        above_a = xp.where(turned, self.peak - self.low, self.high - self.peak) / width
        above_b = xp.where(turned, peak - self.low, self.high - peak) / width
        step = xp.where(turned, self.peak - peak, peak - self.peak) / width
        moved = step > 0.0
        # Below both: q/p = a/b on mass a. Above both: (1 − a)/(1 − b) on mass (1 − b)²/(1 − a).
        below, top = moved & (a > 0.0), moved & (above_b > 0.0)
        c, d = xp.where(below, a, 1.0), xp.where(below, b, 1.0)
        first = xp.where(below, -a * log_excess(xp.where(below, -step / d, 0.0), c / d), 0.0)
        c, d = xp.where(top, above_a, 1.0), xp.where(top, above_b, 1.0)
        last = xp.where(top, -above_b * (d / c) * log_excess(xp.where(top, step / d, 0.0), c / d), 0.0)
        between = _between(xp, a, above_a, b, above_b, step)
        value = xp.where(moved, first + last + between, 0.0 * (a + b))
        return xp.where(same, value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return the mass below x."""
        below, above = self._masses(x)
        return np.where(x < self.peak, below, 1.0 - above)

    def survival(self, x: Any) -> Any:
        """Return the mass above x."""
        below, above = self._masses(x)
        return np.where(x < self.peak, 1.0 - below, above)

    def _masses(self, x: Any) -> tuple[Any, Any]:
        width = self.high - self.low
        with np.errstate(all="ignore"):
            up, down = np.clip(x - self.low, 0.0, width), np.clip(self.high - x, 0.0, width)
            below = np.where(self.peak > self.low, up / width * (up / (self.peak - self.low)), 0.0)
            above = np.where(self.peak < self.high, down / width * (down / (self.high - self.peak)), 0.0)
        return below, above

    def quantile(self, u: Any) -> Any:
        """Return the x below which the mass u lies."""
        width, rise = self.high - self.low, self.peak - self.low
        below = self.low + np.sqrt(np.maximum(u * width * rise, 0.0))
        above = self.high - np.sqrt(np.maximum((1.0 - u) * width * (self.high - self.peak), 0.0))
        return np.where(u * width < rise, below, above)


def _between(xp: Any, a: Any, above_a: Any, b: Any, above_b: Any, step: Any) -> Any:
    """Return the integral of p f(q/p − 1) from peak a of P to peak b of Q, p = 2(1 − x)/(1 − a) and q = 2x/b."""
    # Both logarithms are analytic about the interval unless it reaches close to an end.
    short = (step < 0.5 * b) & (step < 0.5 * above_a) & (step > 0.0)
    half = 0.5 * xp.where(short, step, 0.0)
    safe_b, safe_above = xp.where(short, b, 1.0)[..., None], xp.where(short, above_a, 1.0)[..., None]

    def integrand(t: Any) -> Any:
        # x = a + h(1 + t), h = half: x/b = 1 − h(1 − t)/b, (1 − x)/(1 − a) = 1 − h(1 + t)/(1 − a).
        down = half[..., None] * (1.0 - t) / safe_b
        up = half[..., None] * (1.0 + t) / safe_above
        return 2.0 * (1.0 - up) * -log1pmx((up - down) / (1.0 - up))

    close = 2.0 * half * mean_over(integrand, xp.zeros_like(step), xp.ones_like(step), 24)
    # q − p − p ln(q/p), the logarithm in two: of x/b, and of (1 − a)/(1 − x).
    long = ~short & (step > 0.0)
    whole_b, whole_above = xp.where(long, b, 1.0), xp.where(long, above_a, 1.0)
    f, rho = xp.where(long, step, 1.0) / whole_b, xp.where(long, a, 0.0) / whole_b
    e, eta = xp.where(long, step, 1.0) / whole_above, xp.where(long, above_b, 0.0) / whole_above
    masses = whole_b * f * (1.0 + rho) - whole_above * e * (1.0 + eta)
    of_q = 2.0 * whole_b / whole_above * (0.5 * whole_b * _bend(xp, f, rho) - f * f - rho * _excess(xp, f, rho))
    of_p = whole_above * _bend(xp, e, eta)
    return xp.where(short, close, xp.where(long, masses - of_q - of_p, 0.0 * step))


def _excess(xp: Any, f: Any, rho: Any) -> Any:
    """Return ln ρ + f, ρ = 1 − f; 0 for ρ = 0."""
    near = f < 0.5
    positive = rho > 0.0
    far = xp.log(xp.where(near | ~positive, 1.0, rho)) + f
    return xp.where(near, log1pmx(-xp.where(near, f, 0.0)), xp.where(positive, far, 0.0))


def _bend(xp: Any, f: Any, rho: Any) -> Any:
    """Return ½(1 − ρ²) + ρ² ln ρ, ρ = 1 − f."""
    return f * f * (1.5 - f) + rho * rho * _excess(xp, f, rho)


def triangular(low: object, peak: object, high: object) -> Triangular:
    """Return the triangular distribution, whose density rises linearly from low to peak and falls linearly to high.

    p(x) = 2(x − low)/((high − low)(peak − low)) below the peak, 2(high − x)/((high − low)(high − peak)) above.

    Args:
        low: the lower end (SciPy's `loc`), any real numbers.
        peak: the mode, low ≤ peak ≤ high (SciPy's `loc + c·scale`).
        high: the upper end (SciPy's `loc + scale`), > low. All broadcast.

    Returns:
        `Triangular`: one distribution, or a batch of them.

    Raises:
        ValueError: ends that are not in order, a peak beyond them, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.triangular(0, 1, 4), kb.distributions.triangular(0, 2, 4)).round(12)
        np.float64(0.102284273147)
    """
    family = "triangular"
    a, c, b = together(real(low, "low", family), real(peak, "peak", family), real(high, "high", family))
    ordered(a, b, "low", "high", family)
    if readable(a) and readable(b) and readable(c):
        start, top, end = np.broadcast_arrays(to_numpy(a), to_numpy(c), to_numpy(b))
        bad = ~((start <= top) & (top <= end))
        if bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            where = f" at index {index}" if index else ""
            raise ValueError(
                f"triangular: peak is {top[index]:g}{where}, and low ≤ peak ≤ high is needed: "
                f"low is {start[index]:g} and high {end[index]:g}."
            )
    return Triangular(a, c, b)
