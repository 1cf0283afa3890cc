"""Normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.crossing import total_variation_of_normals
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import (
    hyperbolic_distance,
    log_mixed_exponential,
    log_quotient,
    quadratic_wasserstein,
    scale_cost,
)
from kullback.distributions.parameters import positive, real, together
from kullback.natural import Natural, Vector
from kullback.numerics import log1pmx
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Cosine,
    Difference,
    Exponential,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_LOG_ROOT_TAU = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class Normal(BothWays, Density):
    """Normal distribution: density exp(−(x − loc)²/(2 scale²)) / (scale √(2π)).

    Attributes:
        loc: the mean.
        scale: the standard deviation, > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "normal"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        z = (x - self.loc) / self.scale
        return -0.5 * z * z - (xp.log(self.scale) + _LOG_ROOT_TAU)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) in P's standard coordinate, without cancellation."""
        r, shift = _compared(self, other)
        z = (x - self.loc) / self.scale
        return log_quotient(self.scale, other.scale) - 0.5 * (
            z * z * r * (2.0 + r) + 2.0 * z * (1.0 + r) * shift + shift * shift
        )

    def _leaves(self, other: Self) -> tuple[Any, ...]:
        return self.loc, self.scale, other.loc, other.scale

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall like a Gaussian."""
        inverse = 1.0 / (self.scale * self.scale)
        first = self.loc * inverse
        return Tail(powers=((2.0, 0.5 * inverse), (1.0, first))), Tail(powers=((2.0, 0.5 * inverse), (1.0, -first)))

    def landmarks(self) -> Any:
        """Return points up to eight standard deviations from the mean."""
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * np.asarray(
            [-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0]
        )

    def entropy(self) -> Any:
        """Return ½ ln(2πe scale²)."""
        return namespace(self.loc, self.scale).log(self.scale) + (0.5 + _LOG_ROOT_TAU) + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.loc, self.scale)
        match statistic:
            case One():
                return xp.ones_like(self.loc)
            case Difference(center):
                return self.loc - center
            case SquaredDeviation(center):
                return self.scale * self.scale + (self.loc - center) ** 2
            case AbsoluteDeviation(center):
                from kullback.functions import erf

                d = (self.loc - center) / self.scale
                return self.scale * (math.sqrt(2.0 / math.pi) * xp.exp(-0.5 * d * d) + d * erf(d * math.sqrt(0.5)))
            case PositiveDeviation(center):
                from kullback.functions import inverse_mills, ndtr

                # φ(d) + d Φ(d) = Φ(d) (d + φ(d)/Φ(d)), of which the tail far below cancels to 1/d² of its terms.
                d = (self.loc - center) / self.scale
                return self.scale * ndtr(d) * (d + inverse_mills(d))
            case AbsolutePower(center, exponent):
                return self._absolute_power(center, exponent)
            case Cosine(center):
                return xp.exp(-0.5 * self.scale * self.scale) * xp.cos(self.loc - center)
            case Exponential(rate, center):
                return xp.exp(rate * (self.loc - center) + 0.5 * (rate * self.scale) ** 2)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return self.loc if exponent == 1 else self.loc**2 + self.scale**2
            case _:
                return None

    def _absolute_power(self, center: Any, exponent: Any) -> Any:
        """Return scale^k 2^(k/2) Γ((k + 1)/2)/√π about the mean, k > −1; NaN about other points, but for k = 2."""
        from kullback.functions import log_gamma_difference

        xp = namespace(self.loc, self.scale, center, exponent)
        k = exponent + 0.0 * (self.loc + self.scale - center)
        exists = k > -1.0
        half = 0.5 * xp.where(exists, k, 0.0)
        logs = log_gamma_difference(0.5 + 0.0 * half, half) + half * math.log(2.0) + 2.0 * half * xp.log(self.scale)
        central = xp.where(self.loc == center, xp.exp(logs), math.nan)
        square = self.scale * self.scale + (self.loc - center) ** 2
        return xp.where(exists, xp.where((k == 2.0) & held_equal(exponent, 2.0), square, central), math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −(x − loc)²/(2 scale²) − ln(scale √(2π))."""
        xp = namespace(self.loc, self.scale)
        return (
            (-(xp.log(self.scale) + _LOG_ROOT_TAU), One()),
            (-0.5 / (self.scale * self.scale), SquaredDeviation(self.loc)),
        )

    def natural(self, other: Self) -> Natural:
        """Return P as the standard normal and Q beside it: θ = (mean/variance, −1/(2 variance))."""
        xp = namespace(*self._leaves(other))
        r, shift = _compared(self, other)
        zero = xp.zeros_like(r + shift)
        return Natural(
            theta=(zero, zero - 0.5),
            step=(-shift * (1.0 + r), -0.5 * r * (2.0 + r)),
            remainder=_remainder,
            inside=lambda theta: theta[1] < 0.0,
            formula="A(θ) = −θ₁²/(4θ₂) − ½ ln(−2θ₂)",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the normal",
        )

    def forms(self) -> tuple[Density, ...]:
        """Return it as a generalised normal and as a truncated normal distribution without ends."""
        from kullback.distributions.generalised_normal import GeneralisedNormal
        from kullback.distributions.truncated_normal import TruncatedNormal

        xp = namespace(self.loc, self.scale)
        end = xp.full_like(self.scale, math.inf)
        return (
            GeneralisedNormal(self.loc, math.sqrt(2.0) * self.scale, xp.full_like(self.scale, 2.0)),
            TruncatedNormal(self.loc, self.scale, -end, end),
        )

    @closed_form(
        "kl",
        formula="½(u − ln(1 + u) + z²), u = σ_P²/σ_Q² − 1, z = (μ_P − μ_Q)/σ_Q",
        source="Kullback, Information Theory and Statistics (1959), ch. 9, eq. (1.2)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) from the relative difference of the scales."""
        xp = namespace(*self._leaves(other))
        r, z = _compared(self, other)
        near = xp.abs(r) < 0.5
        small = xp.where(near, r, 0.0)
        # u − ln(1 + u) = r² + 2 (r − ln(1 + r)), u = r (2 + r).
        far = 0.5 * r * r + scale_cost(self.scale, other.scale)
        spread = xp.where(near, -0.5 * log1pmx(small * (2.0 + small)), far)
        return spread + 0.5 * z * z

    @closed_form(
        "renyi",
        formula="½ ln(α (σ_Q/σ_P)^(2 − 2α) + (1 − α) (σ_Q/σ_P)^(−2α))/(1 − α) + α (Δμ)²/(2 (α σ_Q² + (1 − α) σ_P²)); "
        "∞ where that mixture is not positive",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), table 2",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence; the scales enter by their logarithm, so that they may differ by any factor."""
        xp = namespace(*self._leaves(other))
        gap = log_mixed_exponential(order, 2.0 * log_quotient(other.scale, self.scale))
        larger = xp.where(self.scale > other.scale, self.scale, other.scale)
        p, q, shift = self.scale / larger, other.scale / larger, (self.loc - other.loc) / larger
        if order < 1.0:
            variance = order * q * q + (1.0 - order) * p * p
        else:
            # The same, by the difference of the scales.
            variance = q * q + (1.0 - order) * ((self.scale - other.scale) / larger) * (p + q)
        exists = (variance > 0.0) & (gap > -math.inf)
        moved = 0.5 * order * shift * (shift / xp.where(exists, variance, 1.0))
        value = 0.5 * xp.where(exists, gap, 0.0) / (1.0 - order) + moved + 0.0
        return xp.where(exists, value, math.inf)

    @closed_form(
        "tv",
        formula="|P(A) − Q(A)|, A between the points where the densities cross: Φ of both",
        source="the logarithm of the ratio is quadratic, and has two roots or one",
    )
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance: what the narrower one has more between the crossings."""
        return total_variation_of_normals(self.loc, self.scale, other.loc, other.scale)

    @closed_form(
        "wasserstein",
        formula="order 2: √((Δloc)² + (Δscale)²); order 1: E|Δloc + Δscale·Z| of a standard normal Z",
        source="Dowson and Landau, The Fréchet distance between multivariate normal distributions (1982)",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the Wasserstein distance of order 1 or 2."""
        from kullback.functions import erf

        xp = namespace(*self._leaves(other))
        shift, stretch = self.loc - other.loc, self.scale - other.scale
        if order == 2:
            return quadratic_wasserstein(shift, stretch, 0.0, 1.0)
        if order == 1:
            moved = stretch != 0.0
            size = xp.abs(xp.where(moved, stretch, 1.0))
            d = xp.abs(shift) / size
            value = size * (math.sqrt(2.0 / math.pi) * xp.exp(-0.5 * d * d) + d * erf(d * math.sqrt(0.5)))
            return xp.where(moved, value, xp.abs(shift))
        return xp.full_like(shift + stretch, math.nan)

    @closed_form(
        "fisher_rao",
        formula="2√2 arsinh(½ √(((Δloc)²/2 + (Δscale)²)/(scale_P scale_Q)))",
        source="Costa, Santos and Strapasson, Fisher information distance: a geometrical reading (2015), eq. (8)",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance."""
        shift = math.sqrt(0.5) * (self.loc - other.loc)
        return math.sqrt(2.0) * hyperbolic_distance(shift, self.scale, other.scale)

    def cdf(self, x: Any) -> Any:
        """Return Φ((x − loc)/scale)."""
        from scipy.special import ndtr

        return ndtr((x - self.loc) / self.scale)

    def survival(self, x: Any) -> Any:
        """Return Φ((loc − x)/scale)."""
        from scipy.special import ndtr

        return ndtr((self.loc - x) / self.scale)

    def quantile(self, u: Any) -> Any:
        """Return loc + scale Φ⁻¹(u)."""
        from scipy.special import ndtri

        return self.loc + self.scale * ndtri(u)


def _compared(p: Normal, q: Normal) -> tuple[Any, Any]:
    """Return σ_P/σ_Q − 1 and (μ_P − μ_Q)/σ_Q."""
    return (p.scale - q.scale) / q.scale, (p.loc - q.loc) / q.scale


def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the normals with natural parameters θ and θ + step."""
    precision, other = -2.0 * theta[1], -2.0 * (theta[1] + step[1])
    mean = theta[0] / precision
    apart = (step[0] + 2.0 * mean * step[1]) / other
    return 0.5 * (-log1pmx(-2.0 * step[1] / precision) + other * apart * apart)


def normal(loc: object = 0.0, scale: object = 1.0) -> Normal:
    """Return the normal distribution with density exp(−(x − loc)²/(2 scale²)) / (scale √(2π)).

    Args:
        loc: the mean, any real numbers.
        scale: the standard deviation, > 0; broadcasts with `loc`.

    Returns:
        `Normal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.normal(0, 1), kb.normal(1, 2))
        np.float64(0.4431471805599453)
    """
    return Normal(*together(real(loc, "loc", "normal"), positive(scale, "scale", "normal")))
