"""Moyal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import (
    log_mixed_exponential,
    log_quotient,
    quadratic_wasserstein,
    relative_difference,
    scale_cost,
)
from kullback.distributions.parameters import positive, real, together
from kullback.functions import log_gamma_difference, log_gamma_remainder
from kullback.numerics import expm1mx
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail

_MEAN = 0.5772156649015329 + math.log(2.0)
_VARIANCE = 0.5 * math.pi**2
_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class Moyal(BothWays, Density):
    """Moyal distribution: density exp(−(z + e⁻ᶻ)/2)/(√(2π) scale), z = (x − loc)/scale; e⁻ᶻ is a χ² variable.

    Attributes:
        loc: the mode.
        scale: > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "moyal"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        z = (x - self.loc) / self.scale
        return -0.5 * (z + xp.exp(-z)) - (xp.log(self.scale) + _HALF_LOG_TAU)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.loc, self.scale, other.loc, other.scale)
        z = (x - self.loc) / self.scale
        change = z * relative_difference(self.scale, other.scale) + (self.loc - other.loc) / other.scale
        return log_quotient(self.scale, other.scale) - 0.5 * (change + xp.exp(-z) * xp.expm1(-change))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A double exponential below, an exponential above."""
        rate = 1.0 / self.scale
        # Below, −ln p = ½ e^(loc/scale) e^(|x|/scale): the factor is not in the growth, so that it is not exact.
        return Tail(double=rate, powers=((1.0, -0.5 * rate),), exact=False), Tail(powers=((1.0, 0.5 * rate),))

    def landmarks(self) -> Any:
        """Return points from where the mass begins to 40 scales beyond the mode."""
        steps = np.asarray([-3.5, -2.0, -1.0, 0.0, 1.0, 4.0, 12.0, 40.0])
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return ½(γ + ln 2 + 1) + ln(√(2π) scale)."""
        return namespace(self.loc, self.scale).log(self.scale) + (0.5 * (_MEAN + 1.0) + _HALF_LOG_TAU) + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        loc, scale = self.loc, self.scale
        xp = namespace(loc, scale)
        match statistic:
            case One():
                return xp.ones_like(loc + scale)
            case Difference(center):
                return (loc - center) + _MEAN * scale
            case SquaredDeviation(center):
                return _VARIANCE * scale * scale + ((loc - center) + _MEAN * scale) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                mean = loc + _MEAN * scale
                return mean if exponent == 1 else _VARIANCE * scale * scale + mean * mean
            case Exponential(rate, center):
                by = rate * scale
                converges = by < 0.5
                safe = xp.where(converges, by, 0.0)
                logs = log_gamma_difference(0.5 + 0.0 * safe, -safe) - safe * math.log(2.0)
                return xp.where(converges, xp.exp(rate * (loc - center) + logs), math.inf)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −½(z + e⁻ᶻ) − ln(√(2π) scale)."""
        xp = namespace(self.loc, self.scale)
        rate = -1.0 / self.scale
        return (
            (-(xp.log(self.scale) + _HALF_LOG_TAU), One()),
            (0.5 * rate, Difference(self.loc)),
            (-0.5 * xp.ones_like(self.scale), Exponential(rate, self.loc)),
        )

    @closed_form(
        "kl",
        formula="½(e^g − 1 − g) + ½R(r) + (r − 1 − ln r), r = scale_P/scale_Q, "
        "g = (loc_Q − loc_P)/scale_Q + r ln 2 + ln(Γ(½ + r)/Γ(½)), R(r) = ln Γ(½ + r) − ln Γ(3/2) − (r − 1) ψ(3/2)",
        source="E e^(−rz) of the logarithm of a χ² variable; equal scales: TensorFlow Probability, moyal.py",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as a sum of three terms that are never negative."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        r = relative_difference(self.scale, other.scale)
        start = 1.5 + 0.0 * r
        end = 0.5 + self.scale / other.scale
        growth = r * math.log(2.0) + log_gamma_difference(start, r)
        gap = (other.loc - self.loc) / other.scale + growth
        return (
            0.5 * expm1mx(gap)
            + 0.5 * log_gamma_remainder(start, r, end)
            + scale_cost(self.scale, other.scale)
            + xp.zeros_like(gap)
        )

    @closed_form(
        "renyi",
        formula="½ ln((α + (1 − α) e^δ) e^(−(1 − α) δ))/(1 − α), δ = (loc_Q − loc_P)/scale, of equal scales",
        source="the exponential family of χ² variables of one degree of freedom, scaled",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of equal scales, NaN elsewhere."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        gap = log_mixed_exponential(order, (self.loc - other.loc) / other.scale)
        exists = gap > -math.inf
        value = xp.where(exists, 0.5 * xp.where(exists, gap, 0.0) / (1.0 - order) + 0.0, math.inf)
        return xp.where(held_equal(self.scale, other.scale), value, math.nan)

    @closed_form(
        "wasserstein",
        formula="√((Δloc + (γ + ln 2) Δscale)² + π²/2 (Δscale)²), of order 2",
        source="quantile functions: √E(Δloc + Δscale·Z)² of a standard Moyal Z",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 2."""
        shift, stretch = self.loc - other.loc, self.scale - other.scale
        if order == 2:
            return quadratic_wasserstein(shift, stretch, _MEAN, _VARIANCE)
        return namespace(shift, stretch).full_like(shift + stretch, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return erfc(e^(−z/2)/√2)."""
        from scipy.special import erfc

        with np.errstate(over="ignore"):
            return erfc(np.exp(-0.5 * (x - self.loc) / self.scale) * math.sqrt(0.5))

    def survival(self, x: Any) -> Any:
        """Return erf(e^(−z/2)/√2)."""
        from scipy.special import erf

        with np.errstate(over="ignore"):
            return erf(np.exp(-0.5 * (x - self.loc) / self.scale) * math.sqrt(0.5))

    def quantile(self, u: Any) -> Any:
        """Return loc − 2 scale ln(√2 erfc⁻¹(u))."""
        from scipy.special import erfcinv

        with np.errstate(divide="ignore"):
            return self.loc - 2.0 * self.scale * np.log(math.sqrt(2.0) * erfcinv(u))


def moyal(loc: object = 0.0, scale: object = 1.0) -> Moyal:
    """Return the Moyal distribution with density exp(−(z + e⁻ᶻ)/2)/(√(2π) scale), z = (x − loc)/scale.

    Args:
        loc: the mode, any real numbers.
        scale: > 0; broadcasts with `loc`. As in SciPy.

    Returns:
        `Moyal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.moyal(0, 1), kb.distributions.moyal(1, 1)).round(12)
        np.float64(0.35914091423)
    """
    return Moyal(*together(real(loc, "loc", "moyal"), positive(scale, "scale", "moyal")))
