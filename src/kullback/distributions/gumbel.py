"""Gumbel distribution."""

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
    gumbel_distance,
    log_mixed_exponential,
    log_quotient,
    quadratic_wasserstein,
    relative_difference,
)
from kullback.distributions.parameters import positive, real, together
from kullback.functions import log_gamma, log_gamma_difference, log_gamma_remainder
from kullback.numerics import expm1mx
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail

EULER = 0.5772156649015329
"""γ, the mean of the standard Gumbel distribution."""


@dataclass(frozen=True, eq=False)
class Gumbel(BothWays, Density):
    """Gumbel distribution of maxima: density exp(−z − e⁻ᶻ)/scale, z = (x − loc)/scale.

    Attributes:
        loc: the mode.
        scale: > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "gumbel"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        z = (x - self.loc) / self.scale
        return -z - xp.exp(-z) - xp.log(self.scale)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.loc, self.scale, other.loc, other.scale)
        z = (x - self.loc) / self.scale
        change = z * relative_difference(self.scale, other.scale) + (self.loc - other.loc) / other.scale
        return log_quotient(self.scale, other.scale) - change - xp.exp(-z) * xp.expm1(-change)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A double exponential below, an exponential above."""
        rate = 1.0 / self.scale
        # Below, −ln p = e^(loc/scale) e^(|x|/scale): the factor is not in the growth, so that it is not exact.
        return Tail(double=rate, powers=((1.0, -rate),), exact=False), Tail(powers=((1.0, rate),))

    def landmarks(self) -> Any:
        """Return points from where the mass begins to 20 scales beyond the mode."""
        steps = np.asarray([-3.3, -2.0, -1.0, 0.0, 1.0, 3.0, 8.0, 20.0])
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return ln scale + γ + 1."""
        return namespace(self.loc, self.scale).log(self.scale) + (1.0 + EULER) + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        loc, scale = self.loc, self.scale
        xp = namespace(loc, scale)
        match statistic:
            case One():
                return xp.ones_like(loc + scale)
            case Difference(center):
                return (loc - center) + EULER * scale
            case SquaredDeviation(center):
                return (math.pi**2 / 6.0) * scale * scale + ((loc - center) + EULER * scale) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                mean = loc + EULER * scale
                return mean if exponent == 1 else (math.pi**2 / 6.0) * scale * scale + mean * mean
            case Exponential(rate, center):
                shape = 1.0 - rate * scale
                converges = shape > 0.0
                safe = xp.where(converges, shape, 1.0)
                return xp.where(converges, xp.exp(rate * (loc - center) + log_gamma(safe)), math.inf)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −z − e⁻ᶻ − ln scale."""
        xp = namespace(self.loc, self.scale)
        rate = -1.0 / self.scale
        return (
            (-xp.log(self.scale), One()),
            (rate, Difference(self.loc)),
            (-xp.ones_like(self.scale), Exponential(rate, self.loc)),
        )

    def forms(self) -> tuple[Density, ...]:
        """Return it as a generalised extreme value distribution of shape 0."""
        from kullback.distributions.generalised_extreme_value import GeneralisedExtremeValue

        return (GeneralisedExtremeValue(self.loc, self.scale, namespace(self.loc, self.scale).zeros_like(self.scale)),)

    @closed_form(
        "kl",
        formula="(e^g − 1 − g) + (ln Γ(r) + γ(r − 1)), g = (loc_Q − loc_P)/scale_Q + ln Γ(1 + r), r = scale_P/scale_Q",
        source="Bauckhage, Computing the Kullback–Leibler divergence between two generalized gamma distributions "
        "(2014), of exp(−x); Nawa and Nadarajah (2024)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as a sum of two terms that are never negative."""
        return relative_entropy(self.loc, self.scale, other.loc, other.scale)

    @closed_form(
        "renyi",
        formula="ln((α + (1 − α) e^δ) e^(−(1 − α) δ))/(1 − α), δ = (loc_Q − loc_P)/scale, of equal scales",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), table 2",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of equal scales, NaN elsewhere."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        gap = log_mixed_exponential(order, (self.loc - other.loc) / other.scale)
        exists = gap > -math.inf
        value = xp.where(exists, xp.where(exists, gap, 0.0) / (1.0 - order) + 0.0, math.inf)
        return xp.where(held_equal(self.scale, other.scale), value, math.nan)

    @closed_form(
        "wasserstein",
        formula="√((Δloc + γ Δscale)² + π²/6 (Δscale)²), of order 2",
        source="quantile functions: √E(Δloc + Δscale·Z)² of a standard Gumbel Z",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 2."""
        shift, stretch = self.loc - other.loc, self.scale - other.scale
        if order == 2:
            return quadratic_wasserstein(shift, stretch, EULER, math.pi**2 / 6.0)
        return namespace(shift, stretch).full_like(shift + stretch, math.nan)

    @closed_form(
        "fisher_rao",
        formula="2c arsinh(½ √(((Δloc − (1 − γ) Δscale)²/c² + (Δscale)²)/(scale_P scale_Q))), c = π/√6",
        source="information ((1, γ − 1), (γ − 1, π²/6 + (1 − γ)²))/scale²: the half-plane after a shear",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance."""
        return gumbel_distance(self.loc - other.loc, self.scale, other.scale)

    def cdf(self, x: Any) -> Any:
        """Return exp(−e⁻ᶻ)."""
        with np.errstate(over="ignore"):
            return np.exp(-np.exp(-(x - self.loc) / self.scale))

    def survival(self, x: Any) -> Any:
        """Return 1 − exp(−e⁻ᶻ)."""
        with np.errstate(over="ignore"):
            return -np.expm1(-np.exp(-(x - self.loc) / self.scale))

    def quantile(self, u: Any) -> Any:
        """Return loc − scale ln(−ln u)."""
        u = np.asarray(u, dtype=float)
        with np.errstate(divide="ignore"):
            return self.loc - self.scale * np.log(-np.log(u))


def relative_entropy(loc: Any, scale: Any, other_loc: Any, other_scale: Any) -> Any:
    """Return the KL between Gumbel distributions: (e^g − 1 − g) + (ln Γ(r) + γ(r − 1))."""
    xp = namespace(loc, scale, other_loc, other_scale)
    r = relative_difference(scale, other_scale)
    ratio = scale / other_scale
    near = r > -0.5
    gap = (other_loc - loc) / other_scale + log_gamma_difference(2.0 + 0.0 * r, r)
    small = xp.where(near, r, 0.0)
    close = log_gamma_remainder(xp.ones_like(small), small)
    far = log_gamma(1.0 + ratio) - log_quotient(scale, other_scale) + EULER * r
    return expm1mx(gap) + xp.where(near, close, far)


def gumbel(loc: object = 0.0, scale: object = 1.0) -> Gumbel:
    """Return the Gumbel distribution of maxima with density exp(−z − e⁻ᶻ)/scale, z = (x − loc)/scale.

    Args:
        loc: the mode, any real numbers.
        scale: > 0; broadcasts with `loc`. As in PyTorch; SciPy's `gumbel_r`.

    Returns:
        `Gumbel`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.gumbel(0, 1), kb.distributions.gumbel(1, 1)).round(12)
        np.float64(0.718281828459)
    """
    return Gumbel(*together(real(loc, "loc", "gumbel"), positive(scale, "scale", "gumbel")))
