"""Laplace distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import (
    hyperbolic_distance,
    log_mixed_exponential,
    log_quotient,
    quadratic_wasserstein,
    relative_difference,
    scale_cost,
)
from kullback.distributions.parameters import positive, real, together
from kullback.functions import digamma_difference, log_gamma
from kullback.numerics import expm1mx
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Difference,
    Exponential,
    One,
    PositiveDeviation,
    Power,
    SoftPlus,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Laplace(BothWays, Density):
    """Laplace distribution: density exp(−|x − loc|/scale) / (2 scale).

    Attributes:
        loc: the mean and median.
        scale: the mean absolute deviation, > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "laplace"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        return -xp.abs((x - self.loc) / self.scale) - xp.log(2.0 * self.scale)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.loc, self.scale, other.loc, other.scale)
        z = x - self.loc
        shift = self.loc - other.loc
        # |z + shift| − |z|, which is ±shift unless the sign changes in between.
        change = xp.where(z * (z + shift) > 0.0, xp.where(z > 0.0, shift, -shift), xp.abs(z + shift) - xp.abs(z))
        r = relative_difference(self.scale, other.scale)
        return log_quotient(self.scale, other.scale) - r * xp.abs(z / self.scale) - change / other.scale

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall exponentially."""
        tail = Tail(powers=((1.0, 1.0 / self.scale),))
        return tail, tail

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The peak."""
        return (self.loc,)

    def landmarks(self) -> Any:
        """Return points up to 20 scales from the peak."""
        steps = np.asarray([-20.0, -7.0, -2.0, 0.0, 2.0, 7.0, 20.0])
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return 1 + ln(2 scale)."""
        return namespace(self.loc, self.scale).log(2.0 * self.scale) + 1.0 + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        loc, scale = self.loc, self.scale
        xp = namespace(loc, scale)
        match statistic:
            case One():
                return xp.ones_like(loc + scale)
            case Difference(center):
                return loc - center + 0.0 * scale
            case SquaredDeviation(center):
                return 2.0 * scale * scale + (loc - center) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return loc + 0.0 * scale if exponent == 1 else loc**2 + 2.0 * scale * scale
            case AbsoluteDeviation(center):
                d = xp.abs(loc - center)
                return d + scale * xp.exp(-d / scale)
            case PositiveDeviation(center):
                d = loc - center
                return xp.where(d > 0.0, d, 0.0) + 0.5 * scale * xp.exp(-xp.abs(d) / scale)
            case AbsolutePower(center, exponent):
                return self._absolute_power(center, exponent)
            case Exponential(rate, center):
                by = rate * scale
                converges = xp.abs(by) < 1.0
                safe = xp.where(converges, by, 0.0)
                value = xp.exp(rate * (loc - center)) / ((1.0 - safe) * (1.0 + safe))
                return xp.where(converges, value, math.inf)
            case SoftPlus(center, width):
                # About its own location: half of E|x|, and an alternating series that sums to digamma functions.
                half = 0.5 * width / scale
                value = 0.5 * scale / width + math.log(2.0) - 0.5 * digamma_difference(half + 0.5, 0.5 + 0.0 * half)
                return xp.where(loc == center, value, math.nan)
            case _:
                return None

    def _absolute_power(self, center: Any, exponent: Any) -> Any:
        xp = namespace(self.loc, self.scale, center, exponent)
        k = exponent + 0.0 * (self.loc - center)
        exists = k > -1.0
        log_mean = log_gamma(1.0 + xp.where(exists, k, 0.0)) + k * xp.log(self.scale)
        central = xp.where(exists, xp.exp(log_mean), math.inf)
        square = self.expectation(SquaredDeviation(center))
        return xp.where((k == 2.0) & held_equal(exponent, 2.0), square, xp.where(self.loc == center, central, math.nan))

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −|x − loc|/scale − ln(2 scale)."""
        xp = namespace(self.loc, self.scale)
        return (-xp.log(2.0 * self.scale), One()), (-1.0 / self.scale, AbsoluteDeviation(self.loc))

    def forms(self) -> tuple[Density, ...]:
        """Return it as an asymmetric and as a generalised normal one."""
        from kullback.distributions.asymmetric_laplace import AsymmetricLaplace
        from kullback.distributions.generalised_normal import GeneralisedNormal

        one = namespace(self.loc, self.scale).ones_like(self.scale)
        return AsymmetricLaplace(self.loc, self.scale, one), GeneralisedNormal(self.loc, self.scale, one)

    @closed_form(
        "kl",
        formula="s − 1 − ln s + s (e⁻ᵗ − 1 + t), s = scale_P/scale_Q, t = |loc_P − loc_Q|/scale_P",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), table 2",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as a sum of two terms that are never negative."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        d = xp.abs(self.loc - other.loc)
        t = d / self.scale
        near = t < 1.0
        close = self.scale * expm1mx(-xp.where(near, t, 0.0))
        moved = xp.where(near, close, d + self.scale * xp.expm1(-t))
        return scale_cost(self.scale, other.scale) + moved / other.scale

    @closed_form(
        "renyi",
        formula="−ln J/(1 − α), J = (a e^(−bd) − b e^(−ad)) / ((a² − b²) s^α t^(1−α)), "
        "a = α/s, b = (1 − α)/t, d = |loc_P − loc_Q|, s, t the scales of P and Q",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), table 2",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence: that of equal locations, and what the locations add."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        d = xp.abs(self.loc - other.loc)
        x, y = order * d / self.scale, (1.0 - order) * d / other.scale
        # J = 1/(sum of exponentials) for d = 0; it exists where a + b > 0.
        exists = order / self.scale + (1.0 - order) / other.scale > 0.0
        same = log_mixed_exponential(order, log_quotient(other.scale, self.scale))
        larger, smaller = xp.where(exists, xp.where(x > y, x, y), 0.0), xp.where(exists, xp.where(x > y, y, x), 0.0)
        gap = xp.where(exists, same, 0.0) - _log_overlap(larger, smaller)
        return xp.where(exists, gap / (1.0 - order) + 0.0, math.inf)

    @closed_form(
        "tv",
        formula="P(A) − Q(A), A the interval where the density of the narrower one is the greater",
        source="the densities cross at most twice; both ends in closed form",
    )
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance: what each end of the interval contributes is never negative."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        d = xp.abs(self.loc - other.loc)
        first = self.scale <= other.scale
        s, t = xp.where(first, self.scale, other.scale), xp.where(first, other.scale, self.scale)
        # The narrower at 0 with scale 1, the wider one at δ ≥ 0 with scale 1 + e.
        delta, e = d / s, relative_difference(t, s)
        log_scale = log_quotient(t, s)
        wide = e > 0.0
        safe = xp.where(wide, e, 1.0)
        # p(l) at the crossing l < 0: −l = (δ + (1 + e) ln(1 + e))/e.
        below = (delta + (1.0 + e) * log_scale) / safe
        left = xp.where(wide, 0.5 * e * xp.exp(-below), 0.0)
        beyond = xp.where(wide, ((1.0 + e) * log_scale - delta) / safe, 0.0)
        within = (delta + (1.0 + e) * log_scale) / (2.0 + e)
        inner = -xp.expm1(xp.log1p(0.5 * e) - within)
        right = xp.where(within >= delta, 0.5 * e * xp.exp(-beyond), inner)
        return left + right

    @closed_form(
        "wasserstein",
        formula="order 2: √((Δloc)² + 2 (Δscale)²); order 1: |Δloc| + |Δscale| exp(−|Δloc/Δscale|)",
        source="quantile functions: E|Δloc + Δscale·Z|^order of a standard Laplace Z",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 1 or 2."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        shift, stretch = self.loc - other.loc, self.scale - other.scale
        if order == 2:
            return quadratic_wasserstein(shift, stretch, 0.0, 2.0)
        if order == 1:
            moved = stretch != 0.0
            decay = xp.exp(-xp.abs(shift / xp.where(moved, stretch, 1.0)))
            return xp.abs(shift) + xp.where(moved, xp.abs(stretch) * decay, 0.0)
        return xp.full_like(shift + stretch, math.nan)

    @closed_form(
        "fisher_rao",
        formula="2 arsinh(½ √(((Δloc)² + (Δscale)²)/(scale_P scale_Q)))",
        source="information 1/scale² in loc and scale: the hyperbolic half-plane",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance."""
        return hyperbolic_distance(self.loc - other.loc, self.scale, other.scale)

    def cdf(self, x: Any) -> Any:
        """Return ½ exp(z) below loc, 1 − ½ exp(−z) above, z = (x − loc)/scale."""
        z = (x - self.loc) / self.scale
        half = 0.5 * np.exp(-np.abs(z))
        return np.where(z < 0.0, half, 1.0 - half)

    def survival(self, x: Any) -> Any:
        """Return ½ exp(−z) above loc, 1 − ½ exp(z) below."""
        z = (x - self.loc) / self.scale
        half = 0.5 * np.exp(-np.abs(z))
        return np.where(z > 0.0, half, 1.0 - half)

    def quantile(self, u: Any) -> Any:
        """Return loc + scale ln(2u) below the median, loc − scale ln(2(1 − u)) above."""
        u = np.asarray(u, dtype=float)
        with np.errstate(divide="ignore"):
            return self.loc + self.scale * np.where(u < 0.5, np.log(2.0 * u), -np.log(2.0 - 2.0 * u))


def _log_overlap(x: Any, y: Any) -> Any:
    """Return ln((x e⁻ʸ − y e⁻ˣ)/(x − y)) for x ≥ y, x + y > 0: ≤ 0 where y ≥ 0."""
    xp = namespace(x, y)
    product = x * y * _slope(x, y)
    small = xp.abs(product) < 0.5
    close = xp.log1p(-xp.where(small, product, 0.0))
    return xp.where(small, close, -y + xp.log1p(y * _decay(x - y)))


def _decay(x: Any) -> Any:
    """Return (1 − e⁻ˣ)/x."""
    xp = namespace(x)
    zero = x == 0.0
    safe = xp.where(zero, 1.0, x)
    return xp.where(zero, 1.0 - 0.5 * x, -xp.expm1(-safe) / safe)


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)


def _slope(x: Any, y: Any) -> Any:
    """Return (φ(y) − φ(x))/(x − y) with φ(x) = (1 − e⁻ˣ)/x, for x ≥ y.

    Where both are small it is ∫ u e^(−um) sinh(uh)/(uh) du over u in [0, 1], m their mean and h half their difference.
    """
    xp = namespace(x, y)
    small = (xp.abs(x) < 8.0) & (xp.abs(y) < 8.0)
    apart = x - y > 4.0
    m, h = xp.where(small, 0.5 * (x + y), 0.0), xp.where(small, 0.5 * (x - y), 0.0)
    integral = 0.0 * m
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        u = 0.5 * (1.0 + float(node))
        # e^(−um) sinh(uh)/(uh) = e^(−u(m − h)) φ(2uh)
        integral = integral + 0.5 * float(weight) * u * xp.exp(-u * (m - h)) * _decay(2.0 * u * h)
    far = xp.where(apart, (_decay(y) - _decay(x)) / xp.where(apart, x - y, 1.0), 0.0)
    product = xp.where(small | apart, 1.0, x * y)
    between = (1.0 - xp.exp(-y) * (1.0 + y * _decay(x - y))) / product
    return xp.where(small, integral, xp.where(apart, far, between))


def laplace(loc: object = 0.0, scale: object = 1.0) -> Laplace:
    """Return the Laplace distribution with density exp(−|x − loc|/scale)/(2 scale).

    Args:
        loc: the mean and median, any real numbers.
        scale: the mean absolute deviation, > 0; broadcasts with `loc`. As in SciPy and PyTorch.

    Returns:
        `Laplace`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.laplace(0, 1), kb.distributions.laplace(1, 2)).round(12)
        np.float64(0.377086901146)
    """
    return Laplace(*together(real(loc, "loc", "laplace"), positive(scale, "scale", "laplace")))
