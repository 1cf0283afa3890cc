"""Exponential distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.gamma import Gamma, as_rate
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma, exponentials_tv
from kullback.distributions.weibull import Weibull
from kullback.functions.exponential_integral import scaled_exponential_integral
from kullback.functions.gamma import log_ratio
from kullback.statistic import AbsoluteDeviation, LogOnePlus, One, PositiveDeviation, Power, Statistic
from kullback.statistic import Exponential as ExponentialOf


@dataclass(frozen=True, eq=False)
class Exponential(PowerOfGamma):
    """Exponential distribution: density rate·exp(−rate·x), x > 0.

    Attributes:
        rate: the inverse of the mean, > 0.
    """

    rate: Any

    name: ClassVar[str] = "exponential"
    fixed_power: ClassVar[float | None] = 1.0

    @property
    def gamma_shape(self) -> Any:
        """1."""
        return namespace(self.rate).ones_like(self.rate)

    @property
    def gamma_scale(self) -> Any:
        """1/rate."""
        return 1.0 / self.rate

    def log_scales(self, other: Any) -> Any:
        """Return ln(rate of Q/rate of P)."""
        return log_ratio((other.rate - self.rate) / self.rate, other.rate / self.rate)

    def mean_gap(self, other: Any, apart: Apart) -> tuple[Any, Any]:
        """Return the mean of P divided by that of Q, less 1, and undiminished."""
        return (other.rate - self.rate) / self.rate, other.rate / self.rate

    @closed_form(
        "tv",
        formula="(1 − 1/ρ) exp(−ln ρ/(ρ − 1)), ρ = the greater rate/the smaller",
        source="the densities cross once, at ln(λ_P/λ_Q)/(λ_P − λ_Q)",
    )
    def total_variation(self, other: Any) -> Any:
        """Return TV."""
        return exponentials_tv(self.log_scales(other))

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        rate = self.rate
        xp = namespace(rate)
        match statistic:
            case ExponentialOf():
                return Gamma(self.gamma_shape, rate).expectation(statistic)
            case AbsoluteDeviation(center):
                # E|X − c| = c − 1/λ + 2 e^(−λc)/λ for c > 0, 1/λ − c below.
                inside = center > 0.0
                z = rate * xp.where(inside, center + 0.0 * rate, 0.0)
                return xp.where(inside, (z + 1.0 + 2.0 * xp.expm1(-z)) / rate, 1.0 / rate - center)
            case PositiveDeviation(center):
                above = xp.where(center > 0.0, center + 0.0 * rate, 0.0 * rate)
                return xp.where(center > 0.0, xp.exp(-rate * above) / rate, 1.0 / rate - center)
            case LogOnePlus(scale, exponent):
                # E ln(1 + X/s) = e^z E₁(z), z = rate·s
                value = scaled_exponential_integral(rate * scale)
                return (
                    xp.where(exponent == 1.0, value, math.nan)
                    if hasattr(exponent, "shape")
                    else (value if exponent == 1 else None)
                )
            case _:
                return super().expectation(statistic)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln rate − rate·x."""
        return (namespace(self.rate).log(self.rate), One()), (-self.rate, Power(1))

    def forms(self) -> tuple[Density, ...]:
        """Return it as a gamma, a Weibull and a generalised gamma distribution."""
        one = self.gamma_shape
        return (
            Gamma(one, self.rate),
            Weibull(one, self.gamma_scale),
            GeneralisedGamma(self.gamma_scale, one, one),
        )

    @closed_form("fisher_rao", formula="|ln(λ_Q/λ_P)|", source="the information 1/λ², integrated")
    def fisher_rao(self, other: Any) -> Any:
        """Return the Fisher–Rao distance."""
        found = self.log_scales(other)
        return namespace(found).abs(found)

    def cdf(self, x: Any) -> Any:
        """Return 1 − exp(−rate·x)."""
        return -np.expm1(-self.rate * np.maximum(x, 0.0))

    def survival(self, x: Any) -> Any:
        """Return exp(−rate·x)."""
        return np.exp(-self.rate * np.maximum(x, 0.0))

    def quantile(self, u: Any) -> Any:
        """Return −ln(1 − u)/rate."""
        return -np.log1p(-np.asarray(u)) / self.rate


def exponential(rate: object = None, *, scale: object = None) -> Exponential:
    """Return the exponential distribution with density rate·exp(−rate·x), x > 0.

    Args:
        rate: the inverse of the mean, > 0; 1 if neither is given.
        scale: the mean, 1/rate, in its place.

    Returns:
        `Exponential`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive; both rate and scale.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.exponential(1), kb.distributions.exponential(2)).round(12)
        np.float64(0.30685281944)
    """
    return Exponential(*together(as_rate(rate, scale, "exponential")))
