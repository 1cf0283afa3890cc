"""Exp-inverse-gamma distribution: the logarithm of an inverse gamma variable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.inverse_gamma import InverseGamma
from kullback.distributions.parameters import positive, together
from kullback.functions import digamma, log_gamma, log_gamma_difference, trigamma
from kullback.functions.stirling import gamma_entropy, log_gamma_excess
from kullback.natural import Natural
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class ExpInverseGamma(Density):
    """Exp-inverse-gamma distribution: density scale^a exp(−a x − scale·e⁻ˣ) / Γ(a), a = concentration, x real.

    Attributes:
        concentration: the shape a, > 0.
        scale: that of eˣ, > 0.
    """

    concentration: Any
    scale: Any

    name: ClassVar[str] = "exp_inverse_gamma"

    @property
    def _exponential(self) -> InverseGamma:
        return InverseGamma(self.concentration, self.scale)

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), about the mean of e⁻ˣ, where nothing is lost for large shapes."""
        a = self.concentration
        xp = namespace(x, a, self.scale)
        u = xp.log(self.scale) - xp.log(a) - x
        return a * (u - xp.expm1(u)) - log_gamma_excess(a)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of eˣ."""
        xp = namespace(x, self.concentration, self.scale)
        return self._exponential.log_ratio(other._exponential, xp.exp(x))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A double exponential towards −∞, an exponential towards ∞."""
        a = self.concentration
        one = Tail(powers=((1.0, a),))
        other = Tail(powers=((1.0, -a),), double=1.0 + 0.0 * a, exact=False)
        return other, one

    def landmarks(self) -> Any:
        """Return points on both sides of the mean, by the standard deviation."""
        a = np.asarray(self.concentration, dtype=float)
        middle = np.asarray(self.expectation(Difference(0.0)))[..., None]
        spread = np.sqrt(np.asarray(trigamma(a)))[..., None]
        steps = np.asarray([-2.5, -1.5, -0.7, 0.0, 1.0, 3.0, 6.0, 12.0])
        return middle + spread * steps

    def entropy(self) -> Any:
        """Return ln Γ(a) − a ψ(a) + a."""
        return gamma_entropy(self.concentration) + 0.0 * self.scale

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        a = self.concentration
        xp = namespace(a, self.scale)
        mean = -(digamma(a) - xp.log(self.scale))
        match statistic:
            case One():
                return xp.ones_like(mean)
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return trigamma(a) + (mean - center) ** 2
            case Exponential(rate, center):
                h = -rate + 0.0 * mean
                converges = a + h > 0.0
                h = xp.where(converges, h, 0.0)
                value = xp.exp(log_gamma_difference(a + 0.0 * h, h) - h * (xp.log(self.scale) - center))
                return xp.where(converges, value, math.inf)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else trigamma(a) + mean**2
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ±a (x − c) − exp(±(x − c)) − ln Γ(a), c the location that belongs to the scale."""
        a = self.concentration
        xp = namespace(a, self.scale)
        center = xp.log(self.scale)
        one = xp.ones_like(center)
        return (-log_gamma(a), One()), (-a, Difference(center)), (-one, Exponential(-one, center))

    def natural(self, other: Any) -> Natural:
        """Return the gamma distributions that belong to both."""
        return self._exponential.natural(other._exponential)

    @closed_form(
        "kl",
        formula="ln Γ(b) − ln Γ(a) + (a − b) ψ(a) + b ln(β_P/β_Q) + a (β_Q/β_P − 1)",
        source="that of the gamma distributions of e⁻ˣ",
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of the gamma distributions."""
        return self._exponential.relative_entropy(other._exponential)

    def image_of(self) -> tuple[str, InverseGamma]:
        """Return the logarithm of an inverse gamma variable."""
        return "log", self._exponential

    @np.errstate(all="ignore")
    def cdf(self, x: Any) -> Any:
        """Return the distribution function of eˣ."""
        return self._exponential.cdf(np.exp(x))

    @np.errstate(all="ignore")
    def survival(self, x: Any) -> Any:
        """Return its complement."""
        return self._exponential.survival(np.exp(x))

    def quantile(self, u: Any) -> Any:
        """Return the logarithm of the quantile of eˣ."""
        return np.log(self._exponential.quantile(u))


def exp_inverse_gamma(concentration: object, scale: object = 1.0) -> ExpInverseGamma:
    """Return the exp-inverse-gamma distribution with density scale^a exp(−a x − scale·e⁻ˣ) / Γ(a), x real.

    That of ln Y, Y of an inverse gamma distribution with the same parameters.

    Args:
        concentration: the shape a, > 0.
        scale: that of Y, > 0.

    Returns:
        `ExpInverseGamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.exp_inverse_gamma(2, 1), kb.distributions.exp_inverse_gamma(3, 1)).round(6)
        np.float64(0.270363)
    """
    a = positive(concentration, "concentration", "exp_inverse_gamma")
    return ExpInverseGamma(*together(a, positive(scale, "scale", "exp_inverse_gamma")))
