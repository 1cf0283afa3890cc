"""Half-normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.location_scale import log_mixed_exponential, log_quotient, relative_difference, scale_cost
from kullback.distributions.parameters import positive
from kullback.functions import erf, inverse_mills, log_gamma_difference, ndtr
from kullback.numerics import log1pmx
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Difference,
    Exponential,
    Log,
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
_MEAN = math.sqrt(2.0 / math.pi)
_LOG_PEAK = 0.5 * math.log(2.0 / math.pi)
_GIL = (
    "Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous distributions (2013), "
    "table 2"
)


@dataclass(frozen=True, eq=False)
class HalfNormal(BothWays, Density):
    """Half-normal distribution: density √(2/π)/scale exp(−x²/(2 scale²)), x > 0.

    Attributes:
        scale: the standard deviation of the normal distribution whose absolute value it is, > 0.
    """

    scale: Any

    name: ClassVar[str] = "half_normal"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.scale)
        z = x / self.scale
        return xp.where(x < 0.0, -math.inf, _LOG_PEAK - xp.log(self.scale) - 0.5 * z * z)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the relative difference of the scales."""
        r = relative_difference(self.scale, other.scale)
        z = x / self.scale
        return log_quotient(self.scale, other.scale) - 0.5 * z * z * r * (2.0 + r)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Positive at 0; falls like a Gaussian."""
        return Tail(), Tail(powers=((2.0, 0.5 / (self.scale * self.scale)),))

    def landmarks(self) -> Any:
        """Return points up to eight scales."""
        return np.asarray(self.scale)[..., None] * np.asarray([0.01, 0.3, 0.7, 1.5, 3.0, 5.0, 8.0])

    def entropy(self) -> Any:
        """Return ½ ln(πe scale²/2)."""
        return namespace(self.scale).log(self.scale) + (0.5 - _LOG_PEAK)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        scale = self.scale
        xp = namespace(scale)
        match statistic:
            case One():
                return xp.ones_like(scale)
            case Power(exponent):
                return self._power(exponent)
            case Log():
                return xp.log(scale) - 0.5 * (_EULER + math.log(2.0))
            case LogSquared(center):
                return math.pi**2 / 8.0 + (xp.log(scale) - 0.5 * (_EULER + math.log(2.0)) - center) ** 2
            case Difference(center):
                return _MEAN * scale - center
            case SquaredDeviation(center):
                return (1.0 - 2.0 / math.pi) * scale * scale + (_MEAN * scale - center) ** 2
            case PositiveDeviation(center):
                return self._positive(center)
            case AbsoluteDeviation(center):
                # 2 E max(X − c, 0) − (E X − c), which for c > 0 gathers to what is not negative.
                inside = xp.where(center > 0.0, center + 0.0 * scale, 0.0)
                z = inside / scale
                peak = 2.0 * _MEAN * scale * xp.exp(-0.5 * z * z) - _MEAN * scale
                return xp.where(
                    center > 0.0, peak + inside * (2.0 * erf(z * math.sqrt(0.5)) - 1.0), _MEAN * scale - center
                )
            case AbsolutePower(center, exponent):
                return xp.where(center + 0.0 * scale == 0.0, self._power(exponent), math.nan)
            case Exponential(rate, center):
                by = rate * scale
                # 2 e^(y²/2) Φ(y): below 0 it is the reciprocal of the inverse Mills ratio.
                below = xp.where(by < 0.0, by, 0.0)
                above = xp.where(by < 0.0, 0.0, by)
                low = _MEAN / inverse_mills(below)
                value = xp.where(by < 0.0, low, 2.0 * xp.exp(0.5 * above * above) * ndtr(above))
                return value * xp.exp(-rate * center)
            case _:
                return None

    def _power(self, exponent: Any) -> Any:
        """Return scale^k 2^(k/2) Γ((k + 1)/2)/√π, k > −1."""
        xp = namespace(self.scale)
        k = exponent + 0.0 * self.scale
        exists = k > -1.0
        half = 0.5 * xp.where(exists, k, 0.0)
        logs = log_gamma_difference(0.5 + 0.0 * half, half) + half * math.log(2.0) + 2.0 * half * xp.log(self.scale)
        return xp.where(exists, xp.exp(logs), math.inf)

    def _positive(self, center: Any) -> Any:
        """Return E max(X − c, 0) = 2 (φ(z) − z Φ(−z)) scale, z = c/scale > 0; the difference below 0."""
        xp = namespace(self.scale, center)
        z = center / self.scale
        inside = xp.where(z > 0.0, z, 0.0)
        middle = self.scale * (_MEAN * xp.exp(-0.5 * inside * inside) - 2.0 * inside * ndtr(-inside))
        return xp.where(z > 0.0, middle, _MEAN * self.scale - center)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −x²/(2 scale²) + ln(√(2/π)/scale)."""
        return (
            (_LOG_PEAK - namespace(self.scale).log(self.scale), One()),
            (-0.5 / (self.scale * self.scale), Power(2)),
        )

    def forms(self) -> tuple[Density, ...]:
        """Return it as a generalised gamma and as a truncated normal distribution."""
        from kullback.distributions.generalised_gamma import GeneralisedGamma
        from kullback.distributions.truncated_normal import TruncatedNormal

        xp = namespace(self.scale)
        one, zero = xp.ones_like(self.scale), xp.zeros_like(self.scale)
        return (
            GeneralisedGamma(math.sqrt(2.0) * self.scale, one, 2.0 * one),
            TruncatedNormal(zero, self.scale, zero, zero + math.inf),
        )

    @closed_form(
        "kl",
        formula="½(u − ln(1 + u)), u = scale_P²/scale_Q² − 1",
        source=_GIL,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q), that of the normal distributions."""
        return relative_entropy_of_scales(self.scale, other.scale)

    @closed_form(
        "kl",
        against="normal",
        formula="ln 2 + ½(u − ln(1 + u) + (loc/scale_Q)²) − √(2/π) scale_P loc/scale_Q²",
        source="E X and E X² of the half-normal distribution",
    )
    def relative_entropy_to_normal(self, other: Any) -> Any:
        """Return KL(P‖Q), Q normal."""
        gap, ratio = other.loc / other.scale, self.scale / other.scale
        shifted = 0.5 * gap * gap - _MEAN * ratio * gap
        return relative_entropy_of_scales(self.scale, other.scale) + shifted + math.log(2.0)

    @closed_form(
        "renyi",
        formula="½ ln(α (s_Q/s_P)^(2 − 2α) + (1 − α) (s_Q/s_P)^(−2α))/(1 − α); ∞ where that sum is not positive",
        source=_GIL,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence, that of the normal distributions."""
        return renyi_of_scales(self.scale, other.scale, order)

    @closed_form("wasserstein", formula="|scale_P − scale_Q| (E|Z|^order)^(1/order)", source="proportional quantiles")
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance."""
        xp = namespace(self.scale, other.scale)
        moment = math.exp(math.lgamma(0.5 * order + 0.5) - 0.5 * math.log(math.pi)) * 2.0 ** (0.5 * order)
        return xp.abs(self.scale - other.scale) * moment ** (1.0 / order)

    @closed_form("fisher_rao", formula="√2 |ln(scale_P/scale_Q)|", source="information 2/scale²")
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance."""
        return math.sqrt(2.0) * namespace(self.scale, other.scale).abs(log_quotient(self.scale, other.scale))

    def cdf(self, x: Any) -> Any:
        """Return erf(x/(scale √2))."""
        from scipy.special import erf as error_function

        return error_function(np.maximum(x, 0.0) / self.scale * math.sqrt(0.5))

    def survival(self, x: Any) -> Any:
        """Return erfc(x/(scale √2))."""
        from scipy.special import erfc

        return erfc(np.maximum(x, 0.0) / self.scale * math.sqrt(0.5))

    def quantile(self, u: Any) -> Any:
        """Return scale √2 erf⁻¹(u)."""
        from scipy.special import erfinv

        return self.scale * math.sqrt(2.0) * erfinv(u)


def relative_entropy_of_scales(scale: Any, other: Any) -> Any:
    """Return ½(u − ln(1 + u)), u = scale²/other² − 1: KL between centred normal distributions."""
    xp = namespace(scale, other)
    r = relative_difference(scale, other)
    near = xp.abs(r) < 0.5
    small = xp.where(near, r, 0.0)
    # u − ln(1 + u) = r² + 2 (r − ln(1 + r)).
    far = 0.5 * r * r + scale_cost(scale, other)
    return xp.where(near, -0.5 * log1pmx(small * (2.0 + small)), far)


def renyi_of_scales(scale: Any, other: Any, order: float) -> Any:
    """Return the Rényi divergence between centred normal distributions."""
    xp = namespace(scale, other)
    gap = log_mixed_exponential(order, 2.0 * log_quotient(other, scale))
    exists = gap > -math.inf
    return xp.where(exists, 0.5 * xp.where(exists, gap, 0.0) / (1.0 - order) + 0.0, math.inf)


def half_normal(scale: object = 1.0) -> HalfNormal:
    """Return the half-normal distribution with density √(2/π)/scale exp(−x²/(2 scale²)), x > 0.

    Args:
        scale: the standard deviation of the normal distribution whose absolute value it is, > 0. As in SciPy
            (`halfnorm`) and PyTorch.

    Returns:
        `HalfNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.half_normal(1), kb.distributions.half_normal(2)).round(12)
        np.float64(0.31814718056)
    """
    return HalfNormal(positive(scale, "scale", "half_normal"))
