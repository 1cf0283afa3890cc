"""Cauchy distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions import moebius
from kullback.distributions.both_ways import BothWays
from kullback.distributions.location_scale import (
    hyperbolic_distance,
    log_one_plus_square,
    log_quotient,
    relative_difference,
)
from kullback.distributions.parameters import positive, real, together
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Exponential,
    LogQuadratic,
    One,
    PositiveDeviation,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_NIELSEN_OKAMURA = "Nielsen and Okamura, On f-divergences between Cauchy distributions (2022)"
_INVARIANT = "u = ((Δscale)² + (Δloc)²)/(4 scale_P scale_Q)"


@dataclass(frozen=True, eq=False)
class Cauchy(BothWays, Density):
    """Cauchy distribution: density 1/(π scale (1 + z²)), z = (x − loc)/scale.

    Attributes:
        loc: the median.
        scale: half the distance of the quartiles, > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "cauchy"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale)
        z = (x - self.loc) / self.scale
        return -log_one_plus_square(z, xp.ones_like(self.scale)) - xp.log(math.pi * self.scale)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), the logarithm of a ratio of quadratics near 1."""
        xp = namespace(x, self.loc, self.scale, other.loc, other.scale)
        r, shift = relative_difference(self.scale, other.scale), (self.loc - other.loc) / other.scale
        z = (x - self.loc) / self.scale
        # 1 + w² beside 1 + z², w = (1 + r) z + shift: w² − z² = (w − z)(w + z).
        far = xp.where(z > 1.0, z, xp.where(z < -1.0, z, 1.0))
        part = r + shift / far
        outside = part * (2.0 + part) / (1.0 + 1.0 / (far * far))
        near = xp.where(z > 1.0, 1.0, xp.where(z < -1.0, -1.0, z))
        change = near * r + shift
        inside = change * (2.0 * near + change) / (1.0 + near * near)
        excess = xp.where(z > 1.0, outside, xp.where(z < -1.0, outside, inside))
        return log_quotient(self.scale, other.scale) - xp.log1p(excess)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall as |x|⁻²."""
        tail = Tail(linear=2.0 + 0.0 * self.scale)
        return tail, tail

    def landmarks(self) -> Any:
        """Return points on both sides, up to 10⁴ scales away."""
        steps = np.asarray([-1e4, -100.0, -8.0, -1.0, 0.0, 1.0, 8.0, 100.0, 1e4])
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return ln(4π scale)."""
        return namespace(self.loc, self.scale).log(4.0 * math.pi * self.scale) + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: of ln(1 + z²), and +∞ of what grows as fast as |x|."""
        xp = namespace(self.loc, self.scale)
        ones = xp.ones_like(self.loc + self.scale)
        match statistic:
            case One():
                return ones
            case LogQuadratic(center, width):
                return log_quadratic_mean(self.loc - center, self.scale, width)
            case SquaredDeviation() | AbsoluteDeviation() | PositiveDeviation():
                return ones * math.inf
            case AbsolutePower(center, exponent):
                return _absolute_power(self.loc - center, self.scale, exponent)
            case Exponential(rate):
                return xp.where(rate == 0.0, ones, math.inf)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −ln(1 + z²) − ln(π scale)."""
        xp = namespace(self.loc, self.scale)
        return (-xp.log(math.pi * self.scale), One()), (
            -xp.ones_like(self.scale),
            LogQuadratic(self.loc, self.scale),
        )

    def forms(self) -> tuple[Density, ...]:
        """Return it as Student's t with one degree of freedom."""
        from kullback.distributions.student_t import StudentT

        return (StudentT(namespace(self.loc, self.scale).ones_like(self.scale), self.loc, self.scale),)

    def _invariant(self, other: Self) -> Any:
        return invariant(self.loc - other.loc, self.scale, other.scale)

    @closed_form(
        "kl",
        formula="ln(((scale_P + scale_Q)² + (Δloc)²)/(4 scale_P scale_Q))",
        source="Chyzak and Nielsen, A closed-form formula for the Kullback–Leibler divergence between Cauchy "
        "distributions (2019), theorem 1",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) = ln(1 + u)."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        u = self._invariant(other)
        large = u > 1e10
        gap = xp.where(large, self.loc - other.loc, 1.0)
        logs = 2.0 * xp.log(xp.hypot(self.scale + other.scale, gap))
        far = logs - xp.log(2.0 * self.scale) - xp.log(2.0 * other.scale)
        return xp.where(large, far, moebius.kl(xp.where(large, 0.0, u)))

    @closed_form("js", formula=f"ln(2w/(1 + w)), w = √(1 + u), {_INVARIANT}", source=_NIELSEN_OKAMURA)
    def jensen_shannon(self, other: Self) -> Any:
        """Return the Jensen–Shannon divergence."""
        return moebius.jensen_shannon(self._invariant(other))

    @closed_form("tv", formula=f"(2/π) arctan √u, {_INVARIANT}", source=_NIELSEN_OKAMURA)
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance."""
        return moebius.total_variation(self._invariant(other))

    @closed_form(
        "hellinger", formula=f"√(1 − 1/AGM(1, √(1 + u))), {_INVARIANT}", source=_NIELSEN_OKAMURA + "; DLMF 19.8.5"
    )
    def hellinger(self, other: Self) -> Any:
        """Return the Hellinger distance."""
        return moebius.hellinger(self._invariant(other))

    @closed_form(
        "renyi",
        formula=f"ln P_(α−1)(1 + 2u)/(α − 1), P a Legendre polynomial, α = 2, 3, …; 2 ln AGM(1, √(1 + u)) for α = ½; "
        f"{_INVARIANT}",
        source="Laplace's integral of P over the circle, DLMF 14.12.7",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of order ½ or a whole order."""
        return moebius.renyi(self._invariant(other), self.relative_entropy(other), order)

    @closed_form(
        "fisher_rao",
        formula="√2 arsinh √u, " + _INVARIANT,
        source="information 1/(2 scale²) in loc and scale: the hyperbolic half-plane",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the Fisher–Rao distance."""
        return math.sqrt(0.5) * hyperbolic_distance(self.loc - other.loc, self.scale, other.scale)

    def cdf(self, x: Any) -> Any:
        """Return ½ + arctan(z)/π, without cancellation below the median."""
        return _upper_tail(-(x - self.loc) / self.scale)

    def survival(self, x: Any) -> Any:
        """Return ½ − arctan(z)/π, without cancellation above the median."""
        return _upper_tail((x - self.loc) / self.scale)

    def quantile(self, u: Any) -> Any:
        """Return loc − scale cot(πu)."""
        u = np.asarray(u, dtype=float)
        low = u < 0.5
        side = np.where(low, u, 1.0 - u)
        with np.errstate(divide="ignore"):
            distance = np.where(side == 0.5, 0.0, 1.0 / np.tan(np.pi * side))
        return self.loc + self.scale * np.where(low, -distance, distance)


def invariant(shift: Any, a: Any, b: Any) -> Any:
    """Return ((a − b)² + shift²)/(4 a b)."""
    gap = a - b
    return 0.25 * ((gap / a) * (gap / b) + (shift / a) * (shift / b))


def log_quadratic_mean(shift: Any, scale: Any, width: Any) -> Any:
    """Return E ln(1 + ((X − c)/width)²) of a Cauchy X, shift = loc − c: ln(((scale + width)² + shift²)/width²)."""
    xp = namespace(shift, scale, width)
    a, d = scale / width, shift / width
    small = (a < 1.0) & (xp.abs(d) < 1.0)
    a_small, d_small = xp.where(small, a, 0.0), xp.where(small, d, 0.0)
    close = xp.log1p(a_small * (2.0 + a_small) + d_small * d_small)
    far = 2.0 * (xp.log(xp.hypot(scale + width, shift + 0.0 * a)) - xp.log(width))
    return xp.where(small, close, far)


def _absolute_power(shift: Any, scale: Any, exponent: Any) -> Any:
    """Return E|X − c|^k = (scale² + shift²)^(k/2) cos(k (arctan(shift/scale) … ))/cos(πk/2), |k| < 1."""
    xp = namespace(shift, scale, exponent)
    k = exponent + 0.0 * (shift + scale)
    exists = (k < 1.0) & (k > -1.0)
    safe = xp.where(exists, k, 0.0)
    # |Im (i·scale + shift)^k| averaged over both half-planes: r^k cos(k (π/2 − φ))/cos(πk/2), φ the argument.
    turn = xp.atan(xp.abs(shift) / scale)
    value = xp.exp(safe * xp.log(xp.hypot(scale + 0.0 * k, shift + 0.0 * k))) * xp.cos(safe * turn)
    return xp.where(exists, value / xp.cos(0.5 * math.pi * safe), math.inf)


def _upper_tail(z: Any) -> Any:
    z = np.asarray(z, dtype=float)
    return np.where(
        z > 0.0, np.arctan2(1.0, np.where(z > 0.0, z, 1.0)) / np.pi, 0.5 - np.arctan(np.minimum(z, 0.0)) / np.pi
    )


def cauchy(loc: object = 0.0, scale: object = 1.0) -> Cauchy:
    """Return the Cauchy distribution with density 1/(π scale (1 + z²)), z = (x − loc)/scale.

    Args:
        loc: the median, any real numbers.
        scale: half the distance of the quartiles, > 0; broadcasts with `loc`. As in SciPy and PyTorch.

    Returns:
        `Cauchy`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.js(kb.distributions.cauchy(0, 1.2), kb.distributions.cauchy(1.4, 2.3)).round(12)
        np.float64(0.061115410721)
    """
    return Cauchy(*together(real(loc, "loc", "cauchy"), positive(scale, "scale", "cauchy")))
