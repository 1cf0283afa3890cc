"""Rayleigh distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import PowerOfGamma, exponentials_tv
from kullback.distributions.weibull import Weibull
from kullback.functions.gamma import log_ratio


@dataclass(frozen=True, eq=False)
class Rayleigh(PowerOfGamma):
    """Rayleigh distribution: density (x/scale²) exp(−x²/(2 scale²)), x > 0.

    Attributes:
        scale: > 0.
    """

    scale: Any

    name: ClassVar[str] = "rayleigh"
    fixed_power: ClassVar[float | None] = 2.0

    @property
    def gamma_shape(self) -> Any:
        """1: the square is exponential."""
        return namespace(self.scale).ones_like(self.scale)

    @property
    def gamma_scale(self) -> Any:
        """scale √2."""
        return self.scale * math.sqrt(2.0)

    def log_scales(self, other: Any) -> Any:
        """Return ln(scale of P/scale of Q)."""
        return log_ratio((self.scale - other.scale) / other.scale, self.scale / other.scale)

    @closed_form(
        "tv",
        formula="(1 − 1/ρ) exp(−ln ρ/(ρ − 1)), ρ = (greater scale/smaller)²",
        source="the crossing point of the exponential densities of X²",
    )
    def total_variation(self, other: Any) -> Any:
        """Return TV."""
        return exponentials_tv(2.0 * self.log_scales(other))

    @closed_form("fisher_rao", formula="2 |ln(σ_Q/σ_P)|", source="the information 4/σ², integrated")
    def fisher_rao(self, other: Any) -> Any:
        """Return the Fisher–Rao distance."""
        found = 2.0 * self.log_scales(other)
        return namespace(found).abs(found)

    def forms(self) -> tuple[Density, ...]:
        """Return it as a Weibull and a generalised gamma distribution."""
        two = self.gamma_power
        return Weibull(two, self.gamma_scale), GeneralisedGamma(self.gamma_scale, two, two)

    def cdf(self, x: Any) -> Any:
        """Return 1 − exp(−x²/(2 scale²))."""
        return -np.expm1(-0.5 * (np.maximum(x, 0.0) / self.scale) ** 2)

    def survival(self, x: Any) -> Any:
        """Return exp(−x²/(2 scale²))."""
        return np.exp(-0.5 * (np.maximum(x, 0.0) / self.scale) ** 2)

    def quantile(self, u: Any) -> Any:
        """Return scale √(−2 ln(1 − u))."""
        return self.scale * np.sqrt(-2.0 * np.log1p(-np.asarray(u)))


def rayleigh(scale: object = 1.0) -> Rayleigh:
    """Return the Rayleigh distribution with density (x/scale²) exp(−x²/(2 scale²)), x > 0.

    Args:
        scale: that of the two normal components whose length this is, > 0.

    Returns:
        `Rayleigh`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.rayleigh(1.3), kb.distributions.rayleigh(0.8)).round(12)
        np.float64(0.669609368437)
    """
    return Rayleigh(*together(positive(scale, "scale", "rayleigh")))
