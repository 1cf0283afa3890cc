"""Gamma distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.parameters import positive, together
from kullback.functions import digamma, log_gamma, log_gamma_difference, log_gamma_remainder, trigamma
from kullback.natural import Natural, Vector
from kullback.numerics import log1pmx
from kullback.statistic import Difference, Exponential, Log, LogSquared, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Gamma(Density):
    """Gamma distribution: density rate^a x^(a−1) exp(−rate·x) / Γ(a), a = concentration, x > 0.

    Attributes:
        concentration: the shape a, > 0.
        rate: the inverse scale, > 0.
    """

    concentration: Any
    rate: Any

    name: ClassVar[str] = "gamma"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.concentration, self.rate)
        scaled = self.rate * x
        return (self.concentration - 1.0) * xp.log(scaled) - scaled + (xp.log(self.rate) - log_gamma(self.concentration))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.concentration, self.rate, other.concentration, other.rate)
        d, r = other.concentration - self.concentration, (other.rate - self.rate) / self.rate
        scaled = self.rate * x
        # About the mean of ln(rate·x): what is left of the normaliser is its remainder.
        mean = digamma(self.concentration)
        centred = d * (xp.log(scaled) - mean) - r * (scaled - self.concentration)
        return centred + d * xp.log1p(r) + self.concentration * log1pmx(r) - log_gamma_remainder(self.concentration, d)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A power of x at 0, an exponential at ∞."""
        power = self.concentration - 1.0
        return Tail(linear=power), Tail(powers=((1.0, self.rate),), linear=-power)

    def landmarks(self) -> Any:
        """Return points on both sides of the mean, by the factors by which ln X spreads."""
        a = np.asarray(self.concentration, dtype=float)
        middle = np.asarray(digamma(a))[..., None] - np.log(self.rate)[..., None]
        spread = np.sqrt(np.asarray(trigamma(a)))[..., None]
        return np.exp(np.clip(middle + spread * np.asarray([-6.0, -3.0, -1.0, 0.0, 0.7, 1.5, 2.5]), -700.0, 700.0))

    def entropy(self) -> Any:
        """Return a − ln rate + ln Γ(a) + (1 − a) ψ(a)."""
        xp = namespace(self.concentration, self.rate)
        a = self.concentration
        return a - xp.log(self.rate) + log_gamma(a) + (1.0 - a) * digamma(a)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.concentration, self.rate)
        a, rate = self.concentration, self.rate
        match statistic:
            case One():
                return xp.ones_like(a * rate)
            case Power(exponent):
                converges = a + exponent > 0.0
                k = xp.where(converges, exponent + 0.0 * a, 0.0 * a)
                return xp.where(converges, xp.exp(log_gamma_difference(a, k) - k * xp.log(rate)), math.inf)
            case Log():
                return digamma(a) - xp.log(rate)
            case LogSquared(center):
                return trigamma(a) + (digamma(a) - xp.log(rate) - center) ** 2
            case Difference(center):
                return a / rate - center
            case SquaredDeviation(center):
                return a / (rate * rate) + (a / rate - center) ** 2
            case Exponential(by, center):
                converges = by < rate
                share = xp.where(converges, by + 0.0 * rate, 0.0 * rate) / rate
                return xp.where(converges, xp.exp(-a * xp.log1p(-share) - by * center), math.inf)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return (a − 1) ln x − rate·x + a ln rate − ln Γ(a)."""
        xp = namespace(self.concentration, self.rate)
        a = self.concentration
        return (a * xp.log(self.rate) - log_gamma(a), One()), (a - 1.0, Log()), (-self.rate, Power(1))

    def natural(self, other: Self) -> Natural:
        """Return P with unit rate and Q beside it: θ = (a, −rate), T = (ln x, x)."""
        a = self.concentration
        r = (other.rate - self.rate) / self.rate
        return Natural(
            theta=(a, -1.0 + 0.0 * r),
            step=(other.concentration - a, -r),
            remainder=_remainder,
            inside=lambda theta: (theta[0] > 0.0) & (theta[1] < 0.0),
            formula="A(θ) = ln Γ(θ₁) − θ₁ ln(−θ₂)",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the gamma",
        )

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete gamma function."""
        from scipy.special import gammainc

        return gammainc(self.concentration, self.rate * np.maximum(x, 0.0))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.special import gammaincc

        return gammaincc(self.concentration, self.rate * np.maximum(x, 0.0))

    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        from scipy.special import gammaincinv

        return gammaincinv(self.concentration, u) / self.rate


def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the gamma distributions with natural parameters θ and θ + step.

    With x = step of the rate relative to it, A splits into the remainder of ln Γ, that of −ln (times a), and d ln(1 + x)
    d·x, which are gathered so that none is lost when the others cancel.
    """
    xp = namespace(*theta, *step)
    a, rate = theta[0], -theta[1]
    d, r = step[0], -step[1] / rate
    return log_gamma_remainder(a, d) - d * xp.log1p(r) - a * log1pmx(r)


def gamma(concentration: object, rate: object = None, *, scale: object = None) -> Gamma:
    """Return the gamma distribution with density rate^a x^(a−1) exp(−rate·x)/Γ(a), a = concentration, x > 0.

    Args:
        concentration: the shape a, > 0 (SciPy's `a`).
        rate: the inverse scale, > 0; 1 if neither is given.
        scale: 1/rate, in its place.

    Returns:
        `Gamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive; both rate and scale.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.gamma(2, 1), kb.distributions.gamma(3, 1)).round(6)
        np.float64(0.270363)
    """
    if rate is not None and scale is not None:
        raise ValueError("gamma: rate and scale are both given, and one is the inverse of the other: give one.")
    a = positive(concentration, "concentration", "gamma")
    inverse = positive(1.0 if rate is None else rate, "rate", "gamma") if scale is None else None
    return Gamma(*together(a, 1.0 / positive(scale, "scale", "gamma") if inverse is None else inverse))
