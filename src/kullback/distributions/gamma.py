"""Gamma distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma, difference_of_products
from kullback.functions.gamma import log_ratio
from kullback.statistic import Exponential, Statistic


@dataclass(frozen=True, eq=False)
class Gamma(PowerOfGamma):
    """Gamma distribution: density rate^a x^(a−1) exp(−rate·x) / Γ(a), a = concentration, x > 0.

    Attributes:
        concentration: the shape a, > 0.
        rate: the inverse scale, > 0.
    """

    concentration: Any
    rate: Any

    name: ClassVar[str] = "gamma"
    fixed_power: ClassVar[float | None] = 1.0

    @property
    def gamma_shape(self) -> Any:
        """a."""
        return self.concentration

    @property
    def gamma_scale(self) -> Any:
        """1/rate."""
        return 1.0 / self.rate

    def log_scales(self, other: Any) -> Any:
        """Return ln(rate of Q/rate of P)."""
        return log_ratio((other.rate - self.rate) / self.rate, other.rate / self.rate)

    def mean_gap(self, other: Any, apart: Apart) -> tuple[Any, Any]:
        """Return the mean of P divided by that of Q, less 1, and undiminished: exact products."""
        a, b, rate, new = self.concentration, other.concentration, self.rate, other.rate
        return difference_of_products(a, new, b, rate) / (b * rate), (a / b) * (new / rate)

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        if not isinstance(statistic, Exponential):
            return super().expectation(statistic)
        # E e^(t(X − c)) = (1 − t/rate)^(−a) e^(−tc), for t < rate.
        by, center, rate = statistic.rate, statistic.center, self.rate
        xp = namespace(self.concentration, rate, by)
        converges = by < rate
        share = xp.where(converges, by + 0.0 * rate, 0.0 * rate) / rate
        return xp.where(converges, xp.exp(-self.concentration * xp.log1p(-share) - by * center), math.inf)

    def forms(self) -> tuple[GeneralisedGamma, ...]:
        """Return it as a generalised gamma of power 1."""
        zero = 0.0 * self.rate * self.concentration
        return (GeneralisedGamma(1.0 / self.rate, self.concentration + zero, zero + 1.0),)


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
    a = positive(concentration, "concentration", "gamma")
    return Gamma(*together(a, as_rate(rate, scale, "gamma")))


def as_rate(rate: object, scale: object, family: str) -> Any:
    """Return a rate that is given as itself or as its inverse, the scale; 1 if neither is."""
    if rate is not None and scale is not None:
        raise ValueError(f"{family}: rate and scale are both given, and one is the inverse of the other: give one.")
    if scale is not None:
        return 1.0 / positive(scale, "scale", family)
    return positive(1.0 if rate is None else rate, "rate", family)
