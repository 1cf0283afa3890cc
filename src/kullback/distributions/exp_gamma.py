"""Exp-gamma distribution: the logarithm of a gamma variable."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.gamma import Gamma, as_rate
from kullback.distributions.parameters import positive, together
from kullback.functions import digamma, log_gamma, log_gamma_difference, trigamma
from kullback.functions.stirling import gamma_entropy, log_gamma_excess
from kullback.natural import Natural
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class ExpGamma(Density):
    """Exp-gamma distribution: density rate^a exp(a x − rate·eˣ) / Γ(a), a = concentration, x real.

    Attributes:
        concentration: the shape a, > 0.
        rate: that of eˣ, > 0.
    """

    concentration: Any
    rate: Any

    name: ClassVar[str] = "exp_gamma"

    @property
    def _exponential(self) -> Gamma:
        return Gamma(self.concentration, self.rate)

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), about the mean of eˣ, where nothing is lost for large shapes."""
        a = self.concentration
        xp = namespace(x, a, self.rate)
        u = xp.log(self.rate) - xp.log(a) + x
        return a * (u - xp.expm1(u)) - log_gamma_excess(a)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of eˣ."""
        xp = namespace(x, self.concentration, self.rate)
        return self._exponential.log_ratio(other._exponential, xp.exp(x))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """An exponential towards −∞, a double one towards ∞."""
        a = self.concentration
        one = Tail(powers=((1.0, a),))
        other = Tail(powers=((1.0, -a),), double=1.0 + 0.0 * a, exact=False)
        return one, other

    def landmarks(self) -> Any:
        """Return points on both sides of the mean, by the standard deviation."""
        a = np.asarray(self.concentration, dtype=float)
        middle = np.asarray(self.expectation(Difference(0.0)))[..., None]
        spread = np.sqrt(np.asarray(trigamma(a)))[..., None]
        steps = np.asarray([-12.0, -6.0, -3.0, -1.0, 0.0, 0.7, 1.5, 2.5])
        return middle + spread * steps

    def entropy(self) -> Any:
        """Return ln Γ(a) − a ψ(a) + a."""
        return gamma_entropy(self.concentration) + 0.0 * self.rate

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        a = self.concentration
        xp = namespace(a, self.rate)
        mean = digamma(a) - xp.log(self.rate)
        match statistic:
            case One():
                return xp.ones_like(mean)
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return trigamma(a) + (mean - center) ** 2
            case Exponential(rate, center):
                h = rate + 0.0 * mean
                converges = a + h > 0.0
                h = xp.where(converges, h, 0.0)
                value = xp.exp(log_gamma_difference(a + 0.0 * h, h) - h * (xp.log(self.rate) + center))
                return xp.where(converges, value, math.inf)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else trigamma(a) + mean**2
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ±a (x − c) − exp(±(x − c)) − ln Γ(a), c the location that belongs to the rate."""
        a = self.concentration
        xp = namespace(a, self.rate)
        center = -xp.log(self.rate)
        one = xp.ones_like(center)
        return (-log_gamma(a), One()), (a, Difference(center)), (-one, Exponential(one, center))

    def natural(self, other: Any) -> Natural:
        """Return the gamma distributions that belong to both."""
        return self._exponential.natural(other._exponential)

    @closed_form(
        "kl",
        formula="ln Γ(b) − ln Γ(a) + (a − b) ψ(a) + b ln(β_P/β_Q) + a (β_Q/β_P − 1)",
        source="that of the gamma distributions of eˣ",
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of the gamma distributions."""
        return self._exponential.relative_entropy(other._exponential)

    def image_of(self) -> tuple[str, Gamma]:
        """Return the logarithm of a gamma variable."""
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


def exp_gamma(concentration: object, rate: object = None, *, scale: object = None) -> ExpGamma:
    """Return the exp-gamma distribution with density rate^a exp(a x − rate·eˣ) / Γ(a), x real.

    That of ln Y, Y of a gamma distribution with the same parameters.

    Args:
        concentration: the shape a, > 0.
        rate: that of Y, > 0; 1 if neither is given.
        scale: 1/rate, in its place.

    Returns:
        `ExpGamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive; both rate and scale.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.exp_gamma(2, 1), kb.distributions.exp_gamma(3, 1)).round(6)
        np.float64(0.270363)
    """
    a = positive(concentration, "concentration", "exp_gamma")
    return ExpGamma(*together(a, as_rate(rate, scale, "exp_gamma")))
