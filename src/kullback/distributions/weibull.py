"""Weibull distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import gumbel_distance, log_quotient
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import PowerOfGamma, exponentials_tv


@dataclass(frozen=True, eq=False)
class Weibull(PowerOfGamma):
    """Weibull distribution: density (k/scale) (x/scale)^(k−1) exp(−(x/scale)^k), k = concentration, x > 0.

    Attributes:
        concentration: the shape k, > 0.
        scale: > 0.
    """

    concentration: Any
    scale: Any

    name: ClassVar[str] = "weibull"

    @property
    def gamma_shape(self) -> Any:
        """1: (X/scale)^k is exponential."""
        return namespace(self.concentration).ones_like(self.concentration)

    @property
    def gamma_power(self) -> Any:
        """k."""
        return self.concentration

    @property
    def gamma_scale(self) -> Any:
        """The scale."""
        return self.scale

    @closed_form(
        "tv",
        formula="(1 − 1/ρ) exp(−ln ρ/(ρ − 1)), ρ = (greater scale/smaller)^k, for equal shapes k",
        source="the crossing point of the exponential densities of X^k",
        everywhere=False,
    )
    def total_variation(self, other: Any) -> Any:
        """Return TV of equal shapes, NaN of others."""
        xp = namespace(self.concentration, self.scale, other.concentration, other.scale)
        value = exponentials_tv(self.apart(other).log_scale)
        return xp.where(held_equal(self.concentration, other.concentration), value, math.nan)

    @closed_form(
        "fisher_rao",
        formula="2c arsinh(½ √((a²/c² + (k_P − k_Q)²)/(k_P k_Q))), a = k_P k_Q ln(scale_P/scale_Q) + (1 − γ)"
        "(k_Q − k_P), c = π/√6",
        source="that of the Gumbel distributions of −ln X, whose scales are 1/k",
    )
    def fisher_rao(self, other: Any) -> Any:
        """Return the Fisher–Rao distance, with the scales 1/k in units of 1/(k_P k_Q)."""
        k, new = self.concentration, other.concentration
        return gumbel_distance(log_quotient(other.scale, self.scale) * k * new, new, k)

    def forms(self) -> tuple[GeneralisedGamma, ...]:
        """Return it as a generalised gamma with d = p = k."""
        return (GeneralisedGamma(self.scale, self.concentration, self.concentration),)

    def cdf(self, x: Any) -> Any:
        """Return 1 − exp(−(x/scale)^k)."""
        return -np.expm1(-((np.maximum(x, 0.0) / self.scale) ** self.concentration))

    def survival(self, x: Any) -> Any:
        """Return exp(−(x/scale)^k)."""
        return np.exp(-((np.maximum(x, 0.0) / self.scale) ** self.concentration))

    def quantile(self, u: Any) -> Any:
        """Return scale (−ln(1 − u))^(1/k)."""
        return self.scale * (-np.log1p(-np.asarray(u))) ** (1.0 / self.concentration)


def weibull(concentration: object, scale: object = 1.0) -> Weibull:
    """Return the Weibull distribution with density (k/scale) (x/scale)^(k−1) exp(−(x/scale)^k), x > 0.

    Args:
        concentration: the shape k, > 0 (SciPy's `c` of `weibull_min`).
        scale: > 0.

    Returns:
        `Weibull`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.weibull(1.7, 1.3), kb.distributions.weibull(2.2, 0.8)).round(12)
        np.float64(1.226902543693)
    """
    return Weibull(*together(positive(concentration, "concentration", "weibull"), positive(scale, "scale", "weibull")))
