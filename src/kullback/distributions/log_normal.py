"""Log-normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.normal import Normal
from kullback.distributions.parameters import positive, real, together
from kullback.natural import Natural
from kullback.statistic import (
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogSquared,
    One,
    Power,
    PowerDeviation,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_LOG_ROOT_TAU = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class LogNormal(Density):
    """Log-normal distribution: density exp(−(ln x − loc)²/(2 scale²)) / (x scale √(2π)), x > 0.

    Attributes:
        loc: the mean of ln X.
        scale: the standard deviation of ln X, > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "log_normal"

    @property
    def _normal(self) -> Normal:
        return Normal(self.loc, self.scale)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        inside = x > 0.0
        logs = xp.log(xp.where(inside, x, 1.0))
        return xp.where(inside, self._normal.log_prob(logs) - logs, -math.inf)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of the normal distributions of ln X."""
        xp = namespace(x, self.loc, self.scale, other.loc, other.scale)
        return self._normal.log_ratio(other._normal, xp.log(xp.where(x > 0.0, x, 1.0)))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall with the square of ln x."""
        inverse = 1.0 / (self.scale * self.scale)
        first = self.loc * inverse
        return Tail(quadratic=0.5 * inverse, linear=first - 1.0), Tail(quadratic=0.5 * inverse, linear=1.0 - first)

    @np.errstate(all="ignore")
    def landmarks(self) -> Any:
        """Return the exponentials of points up to eight standard deviations from the mean of ln X."""
        return np.exp(np.clip(self._normal.landmarks(), -690.0, 690.0))

    def entropy(self) -> Any:
        """Return loc + ½ ln(2πe scale²)."""
        return self._normal.entropy() + self.loc

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.loc, self.scale)
        variance = self.scale * self.scale
        match statistic:
            case One():
                return xp.ones_like(self.loc + self.scale)
            case Power(exponent):
                return xp.exp(exponent * (self.loc + 0.5 * exponent * variance))
            case Log():
                return self.loc + 0.0 * self.scale
            case LogSquared(center):
                return variance + (self.loc - center) ** 2
            case Difference(center):
                return xp.exp(self.loc + 0.5 * variance) - center
            case SquaredDeviation(center):
                mean = xp.exp(self.loc + 0.5 * variance)
                return mean * mean * xp.expm1(variance) + (mean - center) ** 2
            case LogDeviation(low):
                return xp.where(low == 0.0, self.loc + 0.0 * self.scale, math.nan)
            case PowerDeviation(low, exponent):
                return xp.where(low == 0.0, xp.exp(exponent * (self.loc + 0.5 * exponent * variance)), math.nan)
            case Exponential(rate, _):
                return xp.where(rate > 0.0, math.inf, math.nan) + 0.0 * variance
            case _:
                return None

    def log_power_mean(self, exponent: Any) -> Any:
        """Return exponent (loc + ½ exponent scale²)."""
        return exponent * (self.loc + 0.5 * exponent * self.scale * self.scale)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −(ln x − loc)²/(2 scale²) − ln x − ln(scale √(2π))."""
        xp = namespace(self.loc, self.scale)
        return (
            (-(xp.log(self.scale) + _LOG_ROOT_TAU), One()),
            (-xp.ones_like(self.scale), Log()),
            (-0.5 / (self.scale * self.scale), LogSquared(self.loc)),
        )

    def natural(self, other: Any) -> Natural:
        """Return the normal distributions of ln X."""
        return self._normal.natural(other._normal)

    @closed_form(
        "kl",
        formula="½(u − ln(1 + u) + z²), u = σ_P²/σ_Q² − 1, z = (μ_P − μ_Q)/σ_Q",
        source="that of the normal distributions of ln X: Kullback, Information Theory and Statistics (1959), ch. 9, "
        "eq. (1.2)",
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of the normal distributions of ln X."""
        return self._normal.relative_entropy(other._normal)

    @closed_form(
        "renyi",
        formula="that of the normal distributions of ln X",
        source="invariance; Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate "
        "continuous distributions (2013), table 2",
    )
    def renyi(self, other: Any, order: float) -> Any:
        """Return the Rényi divergence of the normal distributions of ln X, whose scales may differ by any factor."""
        return self._normal.renyi(other._normal, order)

    def image_of(self) -> tuple[str, Normal]:
        """Return the exponential of a normal variable."""
        return "exp", self._normal

    @np.errstate(all="ignore")
    def cdf(self, x: Any) -> Any:
        """Return Φ((ln x − loc)/scale)."""
        return self._normal.cdf(np.log(np.maximum(x, 0.0)))

    @np.errstate(all="ignore")
    def survival(self, x: Any) -> Any:
        """Return Φ((loc − ln x)/scale)."""
        return self._normal.survival(np.log(np.maximum(x, 0.0)))

    def quantile(self, u: Any) -> Any:
        """Return exp(loc + scale Φ⁻¹(u))."""
        return np.exp(self._normal.quantile(u))


def log_normal(loc: object = 0.0, scale: object = 1.0) -> LogNormal:
    """Return the log-normal distribution with density exp(−(ln x − loc)²/(2 scale²)) / (x scale √(2π)), x > 0.

    Args:
        loc: the mean of ln X, any real numbers (the logarithm of SciPy's `scale`).
        scale: the standard deviation of ln X, > 0 (SciPy's `s`).

    Returns:
        `LogNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.log_normal(0, 1), kb.distributions.log_normal(1, 2))
        np.float64(0.4431471805599453)
    """
    return LogNormal(*together(real(loc, "loc", "log_normal"), positive(scale, "scale", "log_normal")))
