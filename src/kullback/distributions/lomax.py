"""Lomax distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.generalised_pareto import GeneralisedPareto
from kullback.distributions.held_equal import held_equal
from kullback.distributions.parameters import partly, positive, together
from kullback.distributions.rates import rates_kl, rates_renyi
from kullback.functions import digamma, log_gamma, log_gamma_difference, trigamma
from kullback.functions.gamma import log_ratio
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Log,
    LogDeviation,
    LogOnePlus,
    LogSquared,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_EULER = 0.5772156649015329
_ZETA_2 = math.pi**2 / 6.0


@dataclass(frozen=True, eq=False)
class Lomax(Density):
    """Lomax (Pareto II) distribution: density (alpha/scale) (1 + x/scale)^−(alpha + 1), x > 0.

    Attributes:
        alpha: the exponent of the tail, > 0.
        scale: the scale, > 0.
    """

    alpha: Any
    scale: Any

    name: ClassVar[str] = "lomax"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ below 0."""
        xp = namespace(x, self.alpha, self.scale)
        safe = xp.where(x < 0.0, 0.0, x)
        value = xp.log(self.alpha / self.scale) - (self.alpha + 1.0) * xp.log1p(safe / self.scale)
        return xp.where(x < 0.0, -math.inf, value)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.alpha, self.scale, other.alpha, other.scale)
        d, e = other.alpha - self.alpha, other.scale - self.scale
        safe = xp.where(x < 0.0, 0.0, x)
        first = log_ratio(d / self.alpha, other.alpha / self.alpha)
        scales = log_ratio(e / self.scale, other.scale / self.scale)
        # ln(1 + x/t) − ln(1 + x/s) = ln((t + x)/(s + x)) − ln(t/s)
        shifted = xp.log1p(e / (self.scale + safe))
        return first + other.alpha * scales - d * xp.log1p(safe / self.scale) - (other.alpha + 1.0) * shifted

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """It begins at a positive value and falls like a power."""
        return Tail(), Tail(linear=self.alpha + 1.0)

    def landmarks(self) -> Any:
        """Return quantiles."""
        alpha, scale = np.asarray(self.alpha, dtype=float)[..., None], np.asarray(self.scale, dtype=float)[..., None]
        steps = np.asarray([1e-3, 0.1, 0.7, 2.0, 5.0, 12.0])
        return np.maximum(scale * np.expm1(np.minimum(steps / alpha, 600.0 - np.log(scale))), 1e-300)

    def entropy(self) -> Any:
        """Return ln(scale/alpha) + 1 + 1/alpha."""
        return namespace(self.alpha, self.scale).log(self.scale / self.alpha) + 1.0 + 1.0 / self.alpha

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.alpha, self.scale)
        alpha, scale = self.alpha, self.scale
        match statistic:
            case One():
                return xp.ones_like(alpha * scale)
            case Power(exponent):
                k = exponent + 0.0 * alpha
                converges = (k < alpha) & (k > -1.0)
                k = xp.where(converges, k, 0.0)
                value = log_gamma(1.0 + k) + log_gamma_difference(alpha, -k) + k * xp.log(scale)
                return xp.where(converges, xp.exp(value), math.inf)
            case Log():
                return xp.log(scale) - _EULER - digamma(alpha)
            case LogSquared(center):
                return _ZETA_2 + trigamma(alpha) + (xp.log(scale) - _EULER - digamma(alpha) - center) ** 2
            case LogOnePlus(other, exponent):
                same = held_equal(other, scale) & held_equal(exponent + 0.0 * other, 1.0)
                return partly(same, 1.0 / alpha)
            case LogDeviation(low):
                at_zero = xp.log(scale) - _EULER - digamma(alpha)
                below = xp.log(scale) + 1.0 / alpha
                return partly((low == 0.0 * scale) | held_equal(low, -scale), xp.where(low == 0.0, at_zero, below))
            case Difference(center):
                return self._mean() - center
            case SquaredDeviation(center):
                converges = alpha > 2.0
                a = xp.where(converges, alpha, 3.0)
                off = scale / (a - 1.0) - center
                return xp.where(converges, a * (scale / (a - 1.0)) ** 2 / (a - 2.0) + off * off, math.inf)
            case PositiveDeviation(center):
                return self._excess(center)
            case AbsoluteDeviation(center):
                converges = alpha > 1.0
                inner = Lomax(xp.where(converges, alpha, 2.0), scale)
                return xp.where(converges, 2.0 * inner._excess(center) - (inner._mean() - center), math.inf)
            case _:
                return None

    def _mean(self) -> Any:
        xp = namespace(self.alpha, self.scale)
        converges = self.alpha > 1.0
        return xp.where(converges, self.scale / (xp.where(converges, self.alpha, 2.0) - 1.0), math.inf)

    def _excess(self, center: Any) -> Any:
        """Return E max(X − center, 0)."""
        xp = namespace(self.alpha, self.scale, center)
        converges = self.alpha > 1.0
        a = xp.where(converges, self.alpha, 2.0)
        c = xp.where(center > 0.0, center + 0.0 * self.scale, 0.0)
        beyond = self.scale / (a - 1.0) * xp.exp((1.0 - a) * xp.log1p(c / self.scale))
        return xp.where(converges, beyond + (c - center), math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln(alpha/scale) − (alpha + 1) ln(1 + x/scale)."""
        xp = namespace(self.alpha, self.scale)
        return (xp.log(self.alpha / self.scale), One()), (-(self.alpha + 1.0), LogOnePlus(self.scale, 1.0))

    def forms(self) -> tuple[Density, ...]:
        """The generalised Pareto distribution with shape 1/alpha and scale scale/alpha, from 0 on."""
        xp = namespace(self.alpha, self.scale)
        return (GeneralisedPareto(xp.zeros_like(self.scale), self.scale / self.alpha, 1.0 / self.alpha),)

    @closed_form(
        "kl",
        formula="β/α − 1 − ln(β/α) where the scales are equal: then ln(1 + x/scale) is exponential with rates α and β",
        source="Nawa and Nadarajah, Exact expressions for Kullback–Leibler divergence, Entropy 26 (2024), 959",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) where both have the same scale."""
        xp = namespace(self.alpha, self.scale, other.alpha, other.scale)
        return xp.where(held_equal(self.scale, other.scale), rates_kl(self.alpha, other.alpha), math.nan)

    @closed_form(
        "renyi",
        formula="[ln(αa + (1−α)b) − α ln a − (1−α) ln b]/(1−α) where the scales are equal",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, of the exponential",
        everywhere=False,
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where both have the same scale."""
        xp = namespace(self.alpha, self.scale, other.alpha, other.scale)
        return xp.where(held_equal(self.scale, other.scale), rates_renyi(self.alpha, other.alpha, order), math.nan)

    def cdf(self, x: Any) -> Any:
        """Return 1 − (1 + x/scale)^−alpha."""
        return -np.expm1(-self.alpha * np.log1p(np.maximum(x, 0.0) / self.scale))

    def survival(self, x: Any) -> Any:
        """Return (1 + x/scale)^−alpha."""
        return np.exp(-self.alpha * np.log1p(np.maximum(x, 0.0) / self.scale))

    def quantile(self, u: Any) -> Any:
        """Return scale ((1 − u)^(−1/alpha) − 1)."""
        return self.scale * np.expm1(-np.log1p(-np.asarray(u)) / self.alpha)


def lomax(alpha: object, scale: object = 1.0) -> Lomax:
    """Return the Lomax (Pareto II) distribution with density (alpha/scale) (1 + x/scale)^−(alpha + 1), x > 0.

    Args:
        alpha: the exponent of the tail, > 0 (SciPy's `c`).
        scale: the scale, > 0; broadcasts with `alpha`.

    Returns:
        `Lomax`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> float(kb.distributions.lomax(2).survival(1.0))
        0.25
    """
    return Lomax(*together(positive(alpha, "alpha", "lomax"), positive(scale, "scale", "lomax")))
