"""Pareto distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.location_scale import log_quotient
from kullback.distributions.parameters import partly, positive, together
from kullback.distributions.rates import rates_kl, rates_renyi
from kullback.functions import digamma
from kullback.functions.gamma import log_ratio
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogDeviation,
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


@dataclass(frozen=True, eq=False)
class Pareto(Density):
    """Pareto distribution: density alpha scale^alpha / x^(alpha + 1), x > scale.

    Attributes:
        alpha: the exponent of the tail, > 0.
        scale: where it begins, > 0.
    """

    alpha: Any
    scale: Any

    name: ClassVar[str] = "pareto"

    @property
    def support(self) -> Interval:
        """The numbers above the scale."""
        return Interval(self.scale, np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ below the scale."""
        xp = namespace(x, self.alpha, self.scale)
        safe = xp.where(x < self.scale, self.scale, x)
        # x − scale is exact where x is near it, and there a large exponent feels every digit.
        value = xp.log(self.alpha / self.scale) - (self.alpha + 1.0) * xp.log1p((safe - self.scale) / self.scale)
        return xp.where(x < self.scale, -math.inf, value)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.alpha, self.scale, other.alpha, other.scale)
        d = other.alpha - self.alpha
        first = log_ratio(d / self.alpha, other.alpha / self.alpha)
        safe = xp.where(x < self.scale, self.scale, x)
        value = (
            first
            - other.alpha * _log_quotient(self.scale, other.scale)
            - d * xp.log1p((safe - self.scale) / self.scale)
        )
        return xp.where(x < other.scale, -math.inf, value)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """It begins at a positive value and falls like a power."""
        return Tail(), Tail(linear=self.alpha + 1.0)

    def landmarks(self) -> Any:
        """Return quantiles."""
        alpha, scale = np.asarray(self.alpha, dtype=float)[..., None], np.asarray(self.scale, dtype=float)[..., None]
        steps = np.asarray([1e-3, 0.1, 0.7, 2.0, 5.0, 12.0])
        grown = scale * np.exp(np.minimum(steps / alpha, 600.0 - np.log(scale)))
        return np.maximum(grown, np.nextafter(scale, math.inf))

    def entropy(self) -> Any:
        """Return ln(scale/alpha) + 1 + 1/alpha."""
        xp = namespace(self.alpha, self.scale)
        return xp.log(self.scale / self.alpha) + 1.0 + 1.0 / self.alpha

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.alpha, self.scale)
        alpha, scale = self.alpha, self.scale
        match statistic:
            case One():
                return xp.ones_like(alpha * scale)
            case Power(exponent):
                k = exponent + 0.0 * alpha
                converges = k < alpha
                k = xp.where(converges, k, 0.0)
                return xp.where(converges, alpha * scale**k / (alpha - k), math.inf)
            case Log():
                return xp.log(scale) + 1.0 / alpha
            case LogSquared(center):
                return 1.0 / (alpha * alpha) + (xp.log(scale) + 1.0 / alpha - center) ** 2
            case Difference(center):
                return self._mean() - center
            case SquaredDeviation(center):
                converges = alpha > 2.0
                a = xp.where(converges, alpha, 3.0)
                off = scale * a / (a - 1.0) - center
                return xp.where(converges, a * (scale / (a - 1.0)) ** 2 / (a - 2.0) + off * off, math.inf)
            case PositiveDeviation(center):
                return self._excess(center)
            case AbsoluteDeviation(center):
                converges = alpha > 1.0
                a = xp.where(converges, alpha, 2.0)
                inner = Pareto(a, scale)
                return xp.where(converges, 2.0 * inner._excess(center) - (inner._mean() - center), math.inf)
            case LogDeviation(low):
                # ln(X − scale) is that of Lomax; in between it is a hypergeometric function.
                at_scale = xp.log(scale) - _EULER - digamma(alpha)
                value = xp.where(low == scale, at_scale, xp.log(scale) + 1.0 / alpha)
                return partly((low == scale) | (low == 0.0 * scale), value)
            case Exponential(rate, center):
                unit = xp.ones_like(alpha * scale * rate * center)
                return partly(rate >= 0.0 * unit, xp.where(rate > 0.0, math.inf * unit, unit))
            case _:
                return None

    def _mean(self) -> Any:
        xp = namespace(self.alpha, self.scale)
        converges = self.alpha > 1.0
        a = xp.where(converges, self.alpha, 2.0)
        return xp.where(converges, self.scale * a / (a - 1.0), math.inf)

    def _excess(self, center: Any) -> Any:
        """Return E max(X − center, 0)."""
        xp = namespace(self.alpha, self.scale, center)
        converges = self.alpha > 1.0
        a = xp.where(converges, self.alpha, 2.0)
        above = center > self.scale
        c = xp.where(above, center + 0.0 * self.scale, self.scale)
        beyond = self.scale * xp.exp((1.0 - a) * xp.log(c / self.scale)) / (a - 1.0)
        found = xp.where(above, beyond, self.scale * a / (a - 1.0) - center)
        return xp.where(converges, found, math.inf)

    @np.errstate(all="ignore")
    def log_power_mean(self, exponent: Any) -> Any:
        """Return j ln scale − ln(1 − j/alpha), +∞ for j ≥ alpha."""
        xp = namespace(self.alpha, self.scale, exponent)
        share = exponent / self.alpha + 0.0 * self.scale
        converges = share < 1.0
        found = exponent * xp.log(self.scale) - xp.log1p(-xp.where(converges, share, 0.0))
        return xp.where(converges, found, math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln alpha + alpha ln scale − (alpha + 1) ln x."""
        xp = namespace(self.alpha, self.scale)
        return (xp.log(self.alpha) + self.alpha * xp.log(self.scale), One()), (-(self.alpha + 1.0), Log())

    @closed_form(
        "kl",
        formula="β/α − 1 − ln(β/α) + β ln(s/t), ∞ unless t ≤ s; P with exponent α from s on, Q with β from t on",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, order 1",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        xp = namespace(self.alpha, self.scale, other.alpha, other.scale)
        inside = other.scale <= self.scale
        begin = xp.where(inside, other.scale, self.scale)
        value = rates_kl(self.alpha, other.alpha) + other.alpha * _log_quotient(self.scale, begin)
        return xp.where(inside, value, math.inf)

    @closed_form(
        "renyi",
        formula="[ln(αa + (1−α)b) − α ln a − (1−α) ln b]/(1−α) + [αa ln(m/s) + (1−α)b ln(m/t)]/(1−α), m = max(s, t)",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2",
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of an order."""
        xp = namespace(self.alpha, self.scale, other.alpha, other.scale)
        inside = other.scale <= self.scale
        gap = rates_renyi(self.alpha, other.alpha, order)
        # One of the two distances to where both have mass is 0.
        below = _log_quotient(self.scale, xp.where(inside, other.scale, self.scale))
        above = _log_quotient(other.scale, xp.where(inside, other.scale, self.scale))
        nested = gap + other.alpha * below
        if order > 1.0:
            return xp.where(inside, nested, math.inf)
        return xp.where(inside, nested, gap + order / (1.0 - order) * self.alpha * above)

    @closed_form(
        "wasserstein",
        formula="W₁ = |s α/(α−1) − t β/(β−1)| where the quantile functions do not cross",
        source="Vallender, Calculation of the Wasserstein distance between distributions on the line (1974)",
        everywhere=False,
    )
    def transport_distance(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 1 where one distribution is stochastically larger."""
        xp = namespace(self.alpha, self.scale, other.alpha, other.scale)
        first, second = self._mean(), other._mean()
        larger = (self.scale >= other.scale) & (self.alpha <= other.alpha)
        smaller = (self.scale <= other.scale) & (self.alpha >= other.alpha)
        finite = xp.isfinite(first) & xp.isfinite(second)
        gap = xp.abs(xp.where(finite, first, 0.0) - xp.where(finite, second, 0.0))
        value = xp.where(finite & (larger | smaller), gap, math.nan)
        return value if order == 1 else math.nan * value

    @closed_form(
        "fisher_rao",
        formula="|ln(alpha_P/alpha_Q)|, for equal scales",
        source="the information 1/alpha², integrated; where the scale moves, the information is infinite",
        everywhere=False,
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance of equal scales, NaN of others."""
        xp = namespace(self.alpha, self.scale, other.alpha, other.scale)
        return xp.where(self.scale == other.scale, xp.abs(log_quotient(self.alpha, other.alpha)), math.nan)

    def cdf(self, x: Any) -> Any:
        """Return 1 − (scale/x)^alpha."""
        grown = np.maximum(x - self.scale, 0.0) / self.scale
        return -np.expm1(-self.alpha * np.log1p(grown))

    def survival(self, x: Any) -> Any:
        """Return (scale/x)^alpha."""
        return np.exp(-self.alpha * np.log1p(np.maximum(x - self.scale, 0.0) / self.scale))

    def quantile(self, u: Any) -> Any:
        """Return scale (1 − u)^(−1/alpha)."""
        return self.scale * np.exp(-np.log1p(-np.asarray(u)) / self.alpha)


def _log_quotient(s: Any, t: Any) -> Any:
    """Return ln(s/t)."""
    return log_ratio((s - t) / t, s / t)


def pareto(alpha: object, scale: object = 1.0) -> Pareto:
    """Return the Pareto distribution with density alpha scale^alpha / x^(alpha + 1), x > scale.

    Args:
        alpha: the exponent of the tail, > 0 (SciPy's `b`).
        scale: where it begins, > 0; broadcasts with `alpha`.

    Returns:
        `Pareto`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> P, Q = kb.distributions.pareto(2, 1), kb.distributions.pareto(1, 1)
        >>> P.relative_entropy(Q).round(6)
        np.float64(0.193147)
    """
    return Pareto(*together(positive(alpha, "alpha", "pareto"), positive(scale, "scale", "pareto")))
