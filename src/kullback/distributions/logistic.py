"""Logistic distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import SometimesBothWays
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import (
    log_quotient,
    logistic_distance,
    quadratic_wasserstein,
    relative_difference,
)
from kullback.distributions.parameters import positive, real, together
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    One,
    PositiveDeviation,
    Power,
    SoftPlus,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_VARIANCE = math.pi**2 / 3.0

# δ coth(δ/2) − 2 = Σ 2 B_2n δ^2n/(2n)! = Σ (−1)^(n+1) 4 ζ(2n) (δ/2π)^2n: (DLMF 4.19.6, 25.6.2).
_COTH = [
    (-1.0) ** (n + 1) * 4.0 * sum(1.0 / k ** (2 * n) for k in range(60, 0, -1)) if n > 4 else value
    for n, value in enumerate(
        [0.0, 4 * math.pi**2 / 6, -4 * math.pi**4 / 90, 4 * math.pi**6 / 945, -4 * math.pi**8 / 9450, *([0.0] * 18)]
    )
][1:]


@dataclass(frozen=True, eq=False)
class Logistic(SometimesBothWays, Density):
    """Logistic distribution: density e⁻ᶻ/(scale (1 + e⁻ᶻ)²), z = (x − loc)/scale.

    Attributes:
        loc: the mean and median.
        scale: > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "logistic"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        z = (x - self.loc) / self.scale
        # Even in z, and each of both expressions is the whole function: only their overflow differs.
        t = xp.where(z > 0.0, z, -z)
        return -t - 2.0 * xp.log1p(xp.exp(-t)) - xp.log(self.scale)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x): of ln cosh(z/2), from the difference of the arguments."""
        xp = namespace(x, self.loc, self.scale, other.loc, other.scale)
        z = (x - self.loc) / self.scale
        change = z * relative_difference(self.scale, other.scale) + (self.loc - other.loc) / other.scale
        t = xp.where(z > 0.0, z, -z)
        step = xp.where(z > 0.0, change, -change)
        # −|·| of the arguments less 2 ln((1 + e^(−t − step))/(1 + e^(−t))).
        weight = 1.0 / (1.0 + xp.exp(t))
        near = xp.where(step > -1.0, xp.where(step < 1.0, step, 0.0), 0.0)
        close = -near - 2.0 * xp.log1p(weight * xp.expm1(-near))
        direct = (other.log_prob(x) + xp.log(other.scale)) - (self.log_prob(x) + xp.log(self.scale))
        change = xp.where(step > -1.0, xp.where(step < 1.0, close, direct), direct)
        return log_quotient(self.scale, other.scale) + change

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall exponentially."""
        tail = Tail(powers=((1.0, 1.0 / self.scale),))
        return tail, tail

    def landmarks(self) -> Any:
        """Return points up to 20 scales from the mean."""
        steps = np.asarray([-20.0, -7.0, -3.0, 0.0, 3.0, 7.0, 20.0])
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return ln scale + 2."""
        return namespace(self.loc, self.scale).log(self.scale) + 2.0 + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        loc, scale = self.loc, self.scale
        xp = namespace(loc, scale)
        match statistic:
            case One():
                return xp.ones_like(loc + scale)
            case Difference(center):
                return loc - center + 0.0 * scale
            case SquaredDeviation(center):
                return _VARIANCE * scale * scale + (loc - center) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return loc + 0.0 * scale if exponent == 1 else loc**2 + _VARIANCE * scale * scale
            case AbsoluteDeviation(center):
                d = xp.abs(loc - center)
                return d + 2.0 * scale * xp.log1p(xp.exp(-d / scale))
            case PositiveDeviation(center):
                d = loc - center
                return xp.where(d > 0.0, d, 0.0) + scale * xp.log1p(xp.exp(-xp.abs(d) / scale))
            case Exponential(rate, center):
                by = xp.abs(rate * scale)
                converges = by < 1.0
                flat = by == 0.0
                safe = xp.where(converges & ~flat, by, 0.5)
                # π y/sin(π y), by the distance to the nearer zero of the sine.
                angle = math.pi * xp.where(safe > 0.5, 1.0 - safe, safe)
                value = xp.exp(rate * (loc - center)) * xp.where(flat, 1.0, math.pi * safe / xp.sin(angle))
                return xp.where(converges, value, math.inf)
            case SoftPlus(center, width):
                # Of an equal scale: d/(e^d − 1), d = (loc − center)/scale.
                d = (loc - center) / scale
                flat = d == 0.0
                positive = xp.abs(xp.where(flat, 1.0, d))
                upper = positive * xp.exp(-positive) / -xp.expm1(-positive)
                value = xp.where(flat, 1.0 - 0.5 * d, upper + xp.where(d < 0.0, -d, 0.0))
                return xp.where(held_equal(scale, width), value, math.nan)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −z − 2 ln(1 + e⁻ᶻ) − ln scale."""
        xp = namespace(self.loc, self.scale)
        return (
            (-xp.log(self.scale), One()),
            (-1.0 / self.scale, Difference(self.loc)),
            (-2.0 * xp.ones_like(self.scale), SoftPlus(self.loc, self.scale)),
        )

    @closed_form(
        "kl",
        formula="δ coth(δ/2) − 2, δ = (loc_P − loc_Q)/scale, of equal scales",
        source="E ln(1 + e⁻ᶻ) of a shifted logistic variable; series DLMF 4.19.6",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) of equal scales, NaN elsewhere."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        d = xp.abs(self.loc - other.loc) / self.scale
        near = d < 2.5
        small = xp.where(near, d, 0.0) / (2.0 * math.pi)
        square = small * small
        series = xp.full_like(square, _COTH[-1])
        for coefficient in _COTH[-2::-1]:
            series = series * square + coefficient
        large = xp.where(near, 3.0, d)
        decay = xp.exp(-large)
        far = (large - 2.0) + 2.0 * large * decay / -xp.expm1(-large)
        value = xp.where(near, series * square, far)
        # The last term is 0, with the derivative that KL has in the scales: KL + 1 − (δ/2)²/sinh²(δ/2).
        apart = d > 0.0
        safe = xp.where(apart, d, 1.0)
        share = xp.where(apart, safe * safe * xp.exp(-safe) / xp.expm1(-safe) ** 2, 1.0)
        step = (value + 1.0 - share) * ((self.scale - other.scale) / self.scale)
        return xp.where(self.scale == other.scale, value + step, math.nan)

    @closed_form(
        "tv",
        formula="tanh(|Δloc|/(4 scale)), of equal scales",
        source="the densities cross at the mean of the locations",
        everywhere=False,
    )
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance of equal scales, NaN elsewhere."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        value = xp.tanh(0.25 * xp.abs(self.loc - other.loc) / self.scale)
        return xp.where(held_equal(self.scale, other.scale), value, math.nan)

    @closed_form(
        "wasserstein",
        formula="order 2: √((Δloc)² + π²/3 (Δscale)²); order 1: E|Δloc + Δscale·Z| of a standard logistic Z",
        source="quantile functions",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 1 or 2."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        shift, stretch = xp.abs(self.loc - other.loc), xp.abs(self.scale - other.scale)
        if order == 2:
            return quadratic_wasserstein(shift, stretch, 0.0, _VARIANCE)
        if order == 1:
            moved = stretch > 0.0
            decay = xp.exp(-shift / xp.where(moved, stretch, 1.0))
            return shift + xp.where(moved, 2.0 * stretch * xp.log1p(decay), 0.0)
        return xp.full_like(shift + stretch, math.nan)

    @closed_form(
        "fisher_rao",
        formula="2c arsinh(½ √((3 (Δloc)²/(3 + π²) + (Δscale)²)/(scale_P scale_Q))), c = √(3 + π²)/3",
        source="information 1/(3 scale²) in loc, (3 + π²)/(9 scale²) in scale: the hyperbolic half-plane",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance."""
        return logistic_distance(self.loc - other.loc, self.scale, other.scale)

    def cdf(self, x: Any) -> Any:
        """Return 1/(1 + e⁻ᶻ)."""
        from scipy.special import expit

        return expit((x - self.loc) / self.scale)

    def survival(self, x: Any) -> Any:
        """Return 1/(1 + eᶻ)."""
        from scipy.special import expit

        return expit((self.loc - x) / self.scale)

    def quantile(self, u: Any) -> Any:
        """Return loc + scale ln(u/(1 − u))."""
        from scipy.special import logit

        return self.loc + self.scale * logit(u)


def logistic(loc: object = 0.0, scale: object = 1.0) -> Logistic:
    """Return the logistic distribution with density e⁻ᶻ/(scale (1 + e⁻ᶻ)²), z = (x − loc)/scale.

    Args:
        loc: the mean and median, any real numbers.
        scale: > 0; broadcasts with `loc`. As in SciPy; the standard deviation is scale·π/√3.

    Returns:
        `Logistic`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.logistic(0, 1), kb.distributions.logistic(1.3, 1)).round(12)
        np.float64(0.27403935334)
    """
    return Logistic(*together(real(loc, "loc", "logistic"), positive(scale, "scale", "logistic")))
