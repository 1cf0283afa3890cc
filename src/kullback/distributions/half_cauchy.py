"""Half-Cauchy distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions import moebius
from kullback.distributions.both_ways import BothWays
from kullback.distributions.cauchy import Cauchy, invariant, log_quadratic_mean
from kullback.distributions.location_scale import log_one_plus_square, log_quotient, relative_difference
from kullback.distributions.parameters import positive
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogQuadratic,
    LogSquared,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_SOURCE = (
    "the absolute value of a Cauchy distribution at 0: Nielsen and Okamura, On f-divergences between Cauchy "
    "distributions (2022)"
)
_INVARIANT = "u = (Δscale)²/(4 scale_P scale_Q)"


@dataclass(frozen=True, eq=False)
class HalfCauchy(BothWays, Density):
    """Half-Cauchy distribution: density 2/(π scale (1 + (x/scale)²)), x > 0.

    Attributes:
        scale: the median, > 0.
    """

    scale: Any

    name: ClassVar[str] = "half_cauchy"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.scale)
        value = -log_one_plus_square(x / self.scale, xp.ones_like(self.scale)) - xp.log(0.5 * math.pi * self.scale)
        return xp.where(x < 0.0, -math.inf, value)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), the logarithm of a ratio of quadratics near 1."""
        xp = namespace(x, self.scale, other.scale)
        r = relative_difference(self.scale, other.scale)
        z = x / self.scale
        near = xp.where(z > 1.0, 1.0, z)
        far = 1.0 / xp.where(z > 1.0, z, 1.0)
        share = xp.where(z > 1.0, 1.0 / (1.0 + far * far), near * near / (1.0 + near * near))
        return log_quotient(self.scale, other.scale) - xp.log1p(share * r * (2.0 + r))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Positive at 0; falls as x⁻²."""
        return Tail(), Tail(linear=2.0 + 0.0 * self.scale)

    def landmarks(self) -> Any:
        """Return points up to 10⁴ scales."""
        return np.asarray(self.scale)[..., None] * np.asarray([1e-4, 0.01, 0.3, 1.0, 3.0, 20.0, 300.0, 1e4])

    def entropy(self) -> Any:
        """Return ln(2π scale)."""
        return namespace(self.scale).log(2.0 * math.pi * self.scale)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.scale)
        ones = xp.ones_like(self.scale)
        match statistic:
            case One():
                return ones
            case Log():
                return xp.log(self.scale)
            case LogSquared(center):
                return 0.25 * math.pi**2 + (xp.log(self.scale) - center) ** 2
            case Power(exponent):
                k = exponent * ones
                exists = (k < 1.0) & (k > -1.0)
                safe = xp.where(exists, k, 0.0)
                return xp.where(exists, xp.exp(safe * xp.log(self.scale)) / xp.cos(0.5 * math.pi * safe), math.inf)
            case LogQuadratic(center, width):
                value = log_quadratic_mean(0.0 * self.scale, self.scale, width)
                return xp.where(center == 0.0 * ones, value, math.nan)
            case Difference() | SquaredDeviation() | AbsoluteDeviation() | PositiveDeviation():
                return ones * math.inf
            case Exponential(rate) if isinstance(rate, (int, float)) and rate == 0.0:
                return ones
            case Exponential(rate):
                return xp.where(rate * ones > 0.0, math.inf, math.nan)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −ln(1 + (x/scale)²) − ln(π scale/2)."""
        xp = namespace(self.scale)
        return (-xp.log(0.5 * math.pi * self.scale), One()), (
            -xp.ones_like(self.scale),
            LogQuadratic(xp.zeros_like(self.scale), self.scale),
        )

    def _invariant(self, other: Self) -> Any:
        return invariant(0.0 * self.scale, self.scale, other.scale)

    @closed_form("kl", formula="ln((scale_P + scale_Q)²/(4 scale_P scale_Q))", source=_SOURCE)
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q), that of the Cauchy distributions of these scales at 0."""
        return self._whole().relative_entropy(other._whole())

    def _whole(self) -> Cauchy:
        return Cauchy(namespace(self.scale).zeros_like(self.scale), self.scale)

    @closed_form("js", formula=f"ln(2w/(1 + w)), w = √(1 + u), {_INVARIANT}", source=_SOURCE)
    def jensen_shannon(self, other: Self) -> Any:
        """Return the Jensen–Shannon divergence."""
        return moebius.jensen_shannon(self._invariant(other))

    @closed_form("tv", formula=f"(2/π) arctan √u, {_INVARIANT}", source=_SOURCE)
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance."""
        return moebius.total_variation(self._invariant(other))

    @closed_form("hellinger", formula=f"√(1 − 1/AGM(1, √(1 + u))), {_INVARIANT}", source=_SOURCE)
    def hellinger(self, other: Self) -> Any:
        """Return the Hellinger distance."""
        return moebius.hellinger(self._invariant(other))

    @closed_form(
        "renyi",
        formula="ln P_(α−1)(1 + 2u)/(α − 1), P a Legendre polynomial, α = 2, 3, …; 2 ln AGM(1, √(1 + u)) for α = ½; "
        + _INVARIANT,
        source=_SOURCE,
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of order ½ or a whole order."""
        return moebius.renyi(self._invariant(other), self.relative_entropy(other), order)

    def cdf(self, x: Any) -> Any:
        """Return (2/π) arctan(x/scale)."""
        return 2.0 / np.pi * np.arctan(np.maximum(x, 0.0) / self.scale)

    def survival(self, x: Any) -> Any:
        """Return (2/π) arctan(scale/x)."""
        return 2.0 / np.pi * np.arctan2(self.scale, np.maximum(x, 0.0))

    def quantile(self, u: Any) -> Any:
        """Return scale tan(πu/2)."""
        u = np.asarray(u, dtype=float)
        low = u <= 0.5
        with np.errstate(divide="ignore"):
            upper = 1.0 / np.tan(0.5 * np.pi * np.where(low, 0.5, 1.0 - u))
        return self.scale * np.where(low, np.tan(0.5 * np.pi * np.where(low, u, 0.5)), upper)


def half_cauchy(scale: object = 1.0) -> HalfCauchy:
    """Return the half-Cauchy distribution with density 2/(π scale (1 + (x/scale)²)), x > 0.

    Args:
        scale: the median, > 0. As in SciPy (`halfcauchy`) and PyTorch.

    Returns:
        `HalfCauchy`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.half_cauchy(1), kb.distributions.half_cauchy(3)).round(12)
        np.float64(0.287682072452)
    """
    return HalfCauchy(positive(scale, "scale", "half_cauchy"))
