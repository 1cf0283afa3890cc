"""Inverse Gaussian distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.location_scale import hyperbolic_distance
from kullback.distributions.parameters import positive, together
from kullback.functions.exponential_integral import scaled_exponential_integral
from kullback.functions.gamma import log_excess
from kullback.natural import Natural, Vector
from kullback.statistic import Difference, Exponential, Log, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class InverseGaussian(Density):
    """Inverse Gaussian distribution: density √(λ/(2π x³)) exp(−λ (x − loc)²/(2 loc² x)), λ = concentration, x > 0.

    Attributes:
        loc: the mean, > 0.
        concentration: λ, > 0; the variance is loc³/λ.
    """

    loc: Any
    concentration: Any

    name: ClassVar[str] = "inverse_gaussian"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.concentration)
        inside = x > 0.0
        x = xp.where(inside, x, 1.0)
        z = (x - self.loc) / self.loc
        value = 0.5 * (xp.log(self.concentration) - 3.0 * xp.log(x)) - 0.5 * math.log(2.0 * math.pi)
        return xp.where(inside, value - 0.5 * self.concentration * z * (z / x), -math.inf)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.loc, self.concentration, other.loc, other.concentration)
        x = xp.where(x > 0.0, x, 1.0)
        r = (other.concentration - self.concentration) / self.concentration
        # (x/ν − 1)² − (x/μ − 1)² = (x/ν − x/μ) (x/ν + x/μ − 2)
        step = (self.loc - other.loc) / other.loc
        here, there = (x - self.loc) / self.loc, (x - other.loc) / other.loc
        moved = self.concentration * r * there * (there / x) + self.concentration * step / self.loc * (here + there)
        return 0.5 * (xp.log1p(r) - moved)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """The exponential of a reciprocal at 0, an exponential at ∞."""
        low, high = 0.5 * self.concentration, 0.5 * self.concentration / (self.loc * self.loc)
        return Tail(powers=((1.0, low),), linear=-1.5), Tail(powers=((1.0, high),), linear=1.5)

    @np.errstate(all="ignore")
    def landmarks(self) -> Any:
        """Return where (x − loc)²/(loc² x) is that of a few standard deviations, on both sides."""
        mean = np.asarray(self.loc, dtype=float)[..., None]
        z = np.asarray([6.0, 3.0, 1.0, 0.0]) * np.sqrt(mean / np.asarray(self.concentration, dtype=float)[..., None])
        # x/loc = 1 + z²/2 ± z √(1 + z²/4), the product of the two roots is 1
        up = 1.0 + 0.5 * z * z + z * np.sqrt(1.0 + 0.25 * z * z)
        found = np.concatenate([1.0 / up, up[..., -2::-1]], axis=-1)
        return np.clip(mean * found, 1e-300, 1e300)

    def _mean_log(self) -> Any:
        """Return E ln X = ln loc − eᶻ E₁(z), z = 2 λ/loc."""
        xp = namespace(self.loc, self.concentration)
        return xp.log(self.loc) - scaled_exponential_integral(2.0 * self.concentration / self.loc)

    def entropy(self) -> Any:
        """Return ½ (1 + ln(2π/λ)) + 3/2 E ln X."""
        xp = namespace(self.loc, self.concentration)
        return 0.5 * (1.0 + math.log(2.0 * math.pi) - xp.log(self.concentration)) + 1.5 * self._mean_log()

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        m, c = self.loc, self.concentration
        xp = namespace(m, c)
        match statistic:
            case One():
                return xp.ones_like(m + c)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (-2, -1, 1, 2):
                # E X^(−j) = E X^(j+1)/loc^(2j+1)
                if exponent == 1:
                    return m + 0.0 * c
                if exponent == 2:
                    return m * m * (1.0 + m / c)
                return 1.0 / m + 1.0 / c if exponent == -1 else (1.0 / m + 3.0 / c) / m + 3.0 / (c * c)
            case Log():
                return self._mean_log()
            case Difference(center):
                return (m - center) + 0.0 * c
            case SquaredDeviation(center):
                return m * m * (m / c) + (m - center) ** 2
            case Exponential(rate, center):
                # exp((λ/μ) (1 − √(1 − 2 μ² t/λ)) − t c), for t ≤ λ/(2μ²)
                z = 2.0 * rate * m * (m / c)
                converges = z <= 1.0
                z = xp.where(converges, z, 0.0)
                return xp.where(converges, xp.exp((c / m) * (z / (1.0 + xp.sqrt(1.0 - z))) - rate * center), math.inf)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ½ ln(λ/2π) + λ/loc − 3/2 ln x − λ x/(2 loc²) − λ/(2x)."""
        m, c = self.loc, self.concentration
        xp = namespace(m, c)
        return (
            (0.5 * xp.log(c / (2.0 * math.pi)) + c / m, One()),
            (-1.5 * xp.ones_like(c), Log()),
            (-0.5 * (c / m) / m, Power(1)),
            (-0.5 * c, Power(-1)),
        )

    def natural(self, other: Any) -> Natural:
        """Return both in natural parameters, P with mean 1 and λ = 1 times λ/loc.

        They are l = λ and m = λ/loc² relative to P's, where T = (−1/(2x), −x/2): alike, l and m − l, of which a step
        is known to its last digit; more than half apart, u times P's plus v times Q's, u from 1 to 0, v from 0 to 1.
        """
        xp = namespace(self.loc, self.concentration, other.loc, other.concentration)
        r = (other.concentration - self.concentration) / self.concentration
        w = (self.loc - other.loc) / other.loc
        zero = 0.0 * (r + w)
        ratio, means = other.concentration / self.concentration, self.loc / other.loc
        near = (xp.abs(r) < 0.5) & (xp.abs(w) < 0.2)
        far = xp.where(near, 0.0, 1.0 + zero)
        return Natural(
            theta=(
                1.0 - far,
                zero,
                far,
                zero,
                ratio + zero,
                ratio * means * means + zero,
                self.concentration / self.loc + zero,
            ),
            step=(
                xp.where(near, r, 0.0),
                xp.where(near, (1.0 + r) * w * (2.0 + w), 0.0),
                -far,
                far,
                zero,
                zero,
                zero,
            ),
            remainder=_remainder,
            inside=_inside,
            formula="A(θ) = −½ ln(−2θ₂) − 2 √(θ₁θ₂)",
            source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2",
        )

    @closed_form(
        "kl",
        formula="½ (λ_Q/λ_P − 1 − ln(λ_Q/λ_P)) + λ_Q (μ_P − μ_Q)²/(2 μ_P μ_Q²)",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), the limit of order 1",
    )
    @np.errstate(all="ignore")
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q), as two terms that are never negative."""
        r = (other.concentration - self.concentration) / self.concentration
        w = (self.loc - other.loc) / other.loc
        return 0.5 * (
            (other.concentration / self.loc) * w * w - log_excess(r, other.concentration / self.concentration)
        )

    @closed_form(
        "fisher_rao",
        formula="2√2 arsinh(½ √((2 (loc_P^−½ − loc_Q^−½)² + (λ_P^−½ − λ_Q^−½)²) √(λ_P λ_Q)))",
        source="information λ/loc³ in loc, 1/(2λ²) in λ: the half-plane of (√(2/loc), 1/√λ), times √2",
    )
    @np.errstate(all="ignore")
    def fisher_rao(self, other: Any) -> Any:
        """Return the Fisher–Rao distance, with the coordinates in units of 1/√(λ_P λ_Q)."""
        xp = namespace(self.loc, self.concentration, other.loc, other.concentration)
        a, b = xp.sqrt(self.loc), xp.sqrt(other.loc)
        c, d = xp.sqrt(self.concentration), xp.sqrt(other.concentration)
        shift = (other.loc - self.loc) / (a * b * (a + b)) * (c * d)
        height = (other.concentration - self.concentration) / (c + d)
        return math.sqrt(2.0) * hyperbolic_distance(math.sqrt(2.0) * shift, d, c, height)

    @np.errstate(all="ignore")
    def cdf(self, x: Any) -> Any:
        """Return Φ(√(λ/x) (x/loc − 1)) + e^(2λ/loc) Φ(−√(λ/x) (x/loc + 1))."""
        from scipy.special import log_ndtr, ndtr

        x = np.maximum(x, 0.0)
        root = np.sqrt(self.concentration / np.where(x > 0.0, x, 1.0))
        z = (x - self.loc) / self.loc
        value = ndtr(root * z) + np.exp(2.0 * self.concentration / self.loc + log_ndtr(-root * (2.0 + z)))
        return np.where(x > 0.0, value, 0.0)

    @np.errstate(all="ignore")
    def survival(self, x: Any) -> Any:
        """Return Φ(−√(λ/x) (x/loc − 1)) − e^(2λ/loc) Φ(−√(λ/x) (x/loc + 1))."""
        from scipy.special import erfcx, ndtr

        x = np.maximum(x, 0.0)
        root = np.sqrt(self.concentration / np.where(x > 0.0, x, 1.0))
        z = (x - self.loc) / self.loc
        a, b = root * z, root * (2.0 + z)
        # Both are exp(−a²/2) times scaled complements, for b² = a² + 4 λ/loc.
        above = a > 0.0
        scaled = erfcx(np.where(above, a, 1.0) * math.sqrt(0.5)) - erfcx(b * math.sqrt(0.5))
        tail = 0.5 * np.exp(-0.5 * a * a) * scaled
        body = ndtr(-a) - 0.5 * np.exp(-0.5 * a * a) * erfcx(b * math.sqrt(0.5))
        return np.where(x > 0.0, np.where(above, tail, body), 1.0)


def _both(theta: Vector) -> tuple[Any, Any]:
    """Return λ and λ/loc², relative to P's."""
    low, gap, u, v, ratio, other, _ = theta
    return low + (u + v * ratio), (low + gap) + (u + v * other)


def _inside(theta: Vector) -> Any:
    c, m = _both(theta)
    return (c > 0.0) & (m > 0.0)


@np.errstate(all="ignore")
def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the inverse Gaussians with natural parameters θ and θ + step."""
    xp = namespace(*theta, *step)
    c, m = _both(theta)
    new, other = _both(tuple(a + d for a, d in zip(theta, step, strict=True)))
    far = (step[2] != 0.0) | (step[3] != 0.0)
    dc = step[0] + (step[2] + step[3] * theta[4])
    dm = (step[0] + step[1]) + (step[2] + step[3] * theta[5])
    # With s = m/c = 1/loc², s' − s = (m' c − m c')/(c c').
    small = (xp.abs(dc) < 0.5 * c) & (xp.abs(dm) < 0.5 * m)
    cross = xp.where(
        far, xp.where(small, dm * c - m * dc, other * c - m * new), step[1] * theta[0] - theta[1] * step[0]
    )
    change = cross / (m * new)  # of s, relative to it
    root = xp.sqrt(xp.where(other > 0.0, (other / m) * (c / new), 0.0))
    mean = change / (1.0 + root)  # loc/loc' − 1
    return 0.5 * (theta[6] * new * xp.sqrt(m / c) * mean * mean - log_excess(dc / c, new / c))


def inverse_gaussian(loc: object, concentration: object = 1.0) -> InverseGaussian:
    """Return the inverse Gaussian (Wald) distribution with density √(λ/(2π x³)) exp(−λ (x − loc)²/(2 loc² x)), x > 0.

    Args:
        loc: the mean, > 0.
        concentration: λ, > 0; the variance is loc³/λ. (SciPy's `invgauss` has mu = loc/λ and scale = λ.)

    Returns:
        `InverseGaussian`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> P, Q = kb.distributions.inverse_gaussian(1.5, 2), kb.distributions.inverse_gaussian(0.7, 3)
        >>> kb.kl(P, Q).round(12)
        np.float64(1.353389894926)
    """
    name = "inverse_gaussian"
    return InverseGaussian(*together(positive(loc, "loc", name), positive(concentration, "concentration", name)))
