"""Beta prime distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.beta import Beta
from kullback.distributions.held_equal import held_equal, known_where
from kullback.distributions.parameters import positive, together
from kullback.functions import (
    digamma,
    digamma_difference,
    log_beta,
    log_gamma_difference,
    log_gamma_remainder,
    trigamma,
)
from kullback.functions.stirling import gamma_entropy
from kullback.natural import Natural
from kullback.statistic import (
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogOnePlus,
    LogSquared,
    One,
    Power,
    PowerDeviation,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class BetaPrime(Density):
    """Beta prime distribution: density z^(a−1) (1 + z)^(−a−b) / (scale B(a, b)), z = x/scale, x > 0.

    Attributes:
        a: the first shape, > 0: the density goes as x^(a−1) at 0.
        b: the second, > 0: it falls as x^(−b−1).
        scale: > 0.
    """

    a: Any
    b: Any
    scale: Any

    name: ClassVar[str] = "beta_prime"

    @property
    def _odds_of(self) -> Beta:
        return Beta(self.a, self.b)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.a, self.b, self.scale)
        inside = x > 0.0
        z = xp.where(inside, x, 1.0) / self.scale
        # ln z and ln(1 + z) nearly agree far out: a power of x is left of them.
        outer = z > 1.0
        low, high = xp.where(z > 4.0, 1.0, z), xp.where(z > 0.25, z, 1.0)
        far = -(self.b + 1.0) * xp.log(high) - (self.a + self.b) * xp.log1p(1.0 / high)
        value = xp.where(outer, far, (self.a - 1.0) * xp.log(low) - (self.a + self.b) * xp.log1p(low))
        return xp.where(inside, value - log_beta(self.a, self.b) - xp.log(self.scale), -math.inf)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.a, self.b, self.scale, other.a, other.b, other.scale)
        z = xp.where(x > 0.0, x, 1.0) / self.scale
        a, b = self.a, self.b
        da, db = other.a - a, other.b - b
        up = xp.log1p(1.0 / z)
        shapes = -da * up - db * (xp.log(z) + up)
        # About its mean under P: what is left of ln B is its remainder.
        mean = -da * digamma_difference(a, b) - db * digamma_difference(b, a)
        step = (self.scale - other.scale) / other.scale
        moved = xp.log1p(step)
        stretched = other.a * moved - (other.a + other.b) * xp.log1p(step / (1.0 + 1.0 / z))
        return (shapes - mean) - self._odds_of.relative_entropy(other._odds_of) + stretched

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers of x."""
        return Tail(linear=self.a - 1.0), Tail(linear=self.b + 1.0)

    @np.errstate(all="ignore")
    def landmarks(self) -> Any:
        """Return points on both sides of the mean of ln X, by the factors by which it spreads."""
        a, b = np.asarray(self.a, dtype=float), np.asarray(self.b, dtype=float)
        middle = np.asarray(self.expectation(Log()))[..., None]
        low, high = (np.sqrt(np.asarray(trigamma(k)))[..., None] for k in (a, b))
        both = np.hypot(low, high)
        below = middle - low * np.asarray([6.0, 2.0]) - both
        above = middle + high * np.asarray([2.0, 6.0]) + both
        found = np.concatenate([below, middle - both, middle, middle + both, above], axis=-1)
        return np.exp(np.clip(found, -690.0, 690.0))

    def entropy(self) -> Any:
        """Return ln(scale B(a, b)) − (a − 1)(ψ(a) − ψ(b)) + (a + b)(ψ(a + b) − ψ(b))."""
        a, b = self.a, self.b
        xp = namespace(a, b, self.scale)
        # k ψ(k) is left out of ln Γ(k) of all three, so that large ones do not cancel.
        level = gamma_entropy(a) + gamma_entropy(b) - gamma_entropy(a + b)
        return xp.log(self.scale) + level + (digamma(a) - digamma(b))

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        a, b, s = self.a, self.b, self.scale
        xp = namespace(a, b, s)
        match statistic:
            case One():
                return xp.ones_like(a + b + s)
            case Power(exponent):
                return self._raised(exponent)
            case Log():
                return digamma(a) - digamma(b) + xp.log(s)
            case LogSquared(center):
                return trigamma(a) + trigamma(b) + (digamma(a) - digamma(b) + xp.log(s) - center) ** 2
            case LogOnePlus(scale, exponent):
                known = held_equal(scale, s) & held_equal(exponent + 0.0 * scale, 1.0)
                return xp.where(known, digamma_difference(b, a), math.nan)
            case Difference(center):
                return self._raised(1.0) - center
            case SquaredDeviation(center):
                # mean² (E X²/mean² − 1), where Γ(a + 2) Γ(a)/Γ(a + 1)² and the same of b − 1 are near 1
                converges = b > 2.0
                c = xp.where(converges, b, 3.0) - 1.0
                one = xp.ones_like(a)
                spread = (
                    log_gamma_remainder(a + 1.0, one)
                    + log_gamma_remainder(a + 1.0, -one, a)
                    + log_gamma_remainder(c, xp.ones_like(c))
                    + log_gamma_remainder(c, -xp.ones_like(c))
                )
                mean = xp.where(converges, self._raised(1.0), 1.0)
                return xp.where(converges, mean * mean * xp.expm1(spread) + (mean - center) ** 2, math.inf)
            case LogDeviation(low):
                return xp.where(low == 0.0, digamma(a) - digamma(b) + xp.log(s), math.nan)
            case PowerDeviation(low, exponent):
                return xp.where(low == 0.0, self._raised(exponent), math.nan)
            case Exponential(rate, _):
                return xp.where(rate > 0.0, math.inf, math.nan) + 0.0 * (a + b)
            case _:
                return None

    def _raised(self, exponent: Any) -> Any:
        """Return E X^j = scale^j Γ(a + j) Γ(b − j)/(Γ(a) Γ(b)), +∞ unless −a < j < b."""
        a, b, s = self.a, self.b, self.scale
        xp = namespace(a, b, s)
        j = exponent + 0.0 * (a + b + s)
        converges = (a + j > 0.0) & (b - j > 0.0)
        j = xp.where(converges, j, 0.0)
        value = s**j * xp.exp(log_gamma_difference(a + 0.0 * j, j) + log_gamma_difference(b + 0.0 * j, -j))
        return xp.where(converges, value, math.inf)

    @np.errstate(all="ignore")
    def log_power_mean(self, exponent: Any) -> Any:
        """Return j ln scale + ln Γ(a + j)/Γ(a) + ln Γ(b − j)/Γ(b), +∞ unless −a < j < b."""
        a, b, s = self.a, self.b, self.scale
        xp = namespace(a, b, s, exponent)
        j = exponent + 0.0 * (a + b + s)
        converges = (a + j > 0.0) & (b - j > 0.0)
        safe = xp.where(converges, j, 0.0)
        found = j * xp.log(s) + log_gamma_difference(a + 0.0 * j, safe) + log_gamma_difference(b + 0.0 * j, -safe)
        return xp.where(converges, found, math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return (a − 1) ln x − (a + b) ln(1 + x/scale) − a ln scale − ln B(a, b)."""
        a, b, s = self.a, self.b, self.scale
        xp = namespace(a, b, s)
        return (
            (-log_beta(a, b) - a * xp.log(s), One()),
            (a - 1.0, Log()),
            (-(a + b), LogOnePlus(s, 1)),
        )

    def natural(self, other: Any) -> Natural:
        """Return the beta distributions of x/(x + scale), NaN where the scales differ."""
        return known_where(held_equal(self.scale, other.scale), self._odds_of.natural(other._odds_of))

    @closed_form(
        "kl",
        formula="ln B(a_Q, b_Q) − ln B(a_P, b_P) − Δa ∂ₐ ln B − Δb ∂_b ln B, of equal scales",
        source="that of the beta distributions of x/(x + scale)",
        everywhere=False,
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of equal scales, NaN of others."""
        xp = namespace(self.a, self.scale, other.a, other.scale)
        # The last term is 0, with the derivative that KL has in the scales: (a_Q b_P − a_P b_Q)/(a_P + b_P).
        slope = (other.a * self.b - self.a * other.b) / (self.a + self.b)
        apart = slope * ((other.scale - self.scale) / self.scale)
        return xp.where(self.scale == other.scale, self._odds_of.relative_entropy(other._odds_of) + apart, math.nan)

    @closed_form(
        "renyi",
        formula="that of the beta distributions of x/(x + scale), of equal scales",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2",
        everywhere=False,
    )
    def renyi_divergence(self, other: Any, order: float) -> Any:
        """Return the Rényi divergence of equal scales where the beta distributions state it, NaN elsewhere."""
        xp = namespace(self.a, self.scale, other.a, other.scale)
        value = self._odds_of.renyi_divergence(other._odds_of, order)
        return xp.where(held_equal(self.scale, other.scale), value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete beta function of x/(x + scale)."""
        from scipy.special import betainc, betaincc

        z = np.maximum(x, 0.0) / self.scale
        # Far out 1/(1 + z) is known better than its complement.
        return np.where(z < 1.0, betainc(self.a, self.b, z / (1.0 + z)), betaincc(self.b, self.a, 1.0 / (1.0 + z)))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.special import betainc, betaincc

        z = np.maximum(x, 0.0) / self.scale
        return np.where(z < 1.0, betaincc(self.a, self.b, z / (1.0 + z)), betainc(self.b, self.a, 1.0 / (1.0 + z)))

    @np.errstate(all="ignore")
    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        from scipy.special import betainccinv, betaincinv

        y, rest = betaincinv(self.a, self.b, u), betainccinv(self.b, self.a, u)
        return self.scale * np.where(y < 0.5, y / (1.0 - y), (1.0 - rest) / rest)


def beta_prime(a: object, b: object, scale: object = 1.0) -> BetaPrime:
    """Return the beta prime distribution with density z^(a−1) (1 + z)^(−a−b) / (scale B(a, b)), z = x/scale, x > 0.

    The odds y/(1 − y) of a beta variable y, times the scale.

    Args:
        a: the first shape, > 0.
        b: the second shape, > 0: moments of order b and more are infinite.
        scale: > 0.

    Returns:
        `BetaPrime`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.beta_prime(2, 3), kb.distributions.beta_prime(3, 3)).round(6)
        np.float64(0.167043)
    """
    name = "beta_prime"
    return BetaPrime(*together(positive(a, "a", name), positive(b, "b", name), positive(scale, "scale", name)))
