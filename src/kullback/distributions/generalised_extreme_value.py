"""Generalised extreme value distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import SometimesBothWays
from kullback.distributions.gumbel import EULER
from kullback.distributions.gumbel import relative_entropy as gumbel_relative_entropy
from kullback.distributions.location_scale import log_quotient, relative_difference
from kullback.distributions.parameters import positive, real, together
from kullback.functions import log_gamma_difference, log_gamma_remainder
from kullback.numerics import two_product
from kullback.statistic import Difference, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class GeneralisedExtremeValue(SometimesBothWays, Density):
    """Generalised extreme value distribution: density exp(−(1 + ξ)w − e⁻ʷ)/scale, w = ln(1 + ξ(x − loc)/scale)/ξ.

    Attributes:
        loc: any real number.
        scale: > 0.
        shape: ξ: > 0 Fréchet, 0 Gumbel (w = z), < 0 reversed Weibull.
    """

    loc: Any
    scale: Any
    shape: Any

    name: ClassVar[str] = "generalised_extreme_value"

    @property
    def _end(self) -> Any:
        """Where 1 + ξz = 0; loc for ξ = 0."""
        flat = self.shape == 0.0
        xp = namespace(self.loc, self.scale, self.shape)
        return xp.where(flat, self.loc + 0.0 * self.scale, self.loc - self.scale / xp.where(flat, 1.0, self.shape))

    @property
    def support(self) -> Interval:
        """From loc − scale/ξ for ξ > 0, up to it for ξ < 0, the real line for ξ = 0."""
        xp = namespace(self.loc, self.scale, self.shape)
        end = self._end
        return Interval(xp.where(self.shape > 0.0, end, -math.inf), xp.where(self.shape < 0.0, end, math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale, self.shape)
        z = (x - self.loc) / self.scale
        inside = self.shape * z > -1.0
        return xp.where(inside, self._from_standard(self._standard(xp.where(inside, z, 0.0))), -math.inf)

    def _standard(self, z: Any) -> Any:
        """Return w, a standard Gumbel variable."""
        xp = namespace(z, self.shape)
        flat = self.shape == 0.0
        shape = xp.where(flat, 1.0, self.shape)
        return xp.where(flat, z, xp.log1p(self.shape * z) / shape)

    def _from_standard(self, w: Any) -> Any:
        xp = namespace(w, self.scale, self.shape)
        return -(1.0 + self.shape) * w - xp.exp(-w) - xp.log(self.scale)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(end − distance) for ξ < 0, where 1 + ξz = −ξ·distance/scale; NaN elsewhere."""
        xp = namespace(distance, self.scale, self.shape)
        bounded = self.shape < 0.0
        shape = xp.where(bounded, self.shape, -1.0)
        w = xp.log(-shape * distance / self.scale) / shape
        return xp.where(bounded, self._from_standard(w), math.nan)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x); of equal shapes from the difference of the arguments."""
        xp = namespace(x, self.loc, self.scale, self.shape, other.loc, other.scale, other.shape)
        plain = other.log_prob(x) - self.log_prob(x)
        r, shift = relative_difference(self.scale, other.scale), (self.loc - other.loc) / other.scale
        z = (x - self.loc) / self.scale
        inside = xp.where(self.shape * z > -1.0, xp.where(other.shape * (x - other.loc) > -other.scale, 1.0, 0.0), 0.0)
        known = xp.where(self.shape == other.shape, inside, 0.0)
        z = xp.where(known > 0.0, z, 0.0)
        step = xp.where(known > 0.0, z * r + shift, 0.0)
        flat = self.shape == 0.0
        shape = xp.where(flat, 1.0, self.shape)
        change = xp.where(flat, step, xp.log1p(self.shape * step / (1.0 + self.shape * z)) / shape)
        w = self._standard(z)
        close = -(1.0 + self.shape) * change - xp.exp(-w) * xp.expm1(-change) + log_quotient(self.scale, other.scale)
        return xp.where(known > 0.0, close, plain)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Towards each end, a power of the distance, or an exponential of one."""
        xp = namespace(self.loc, self.scale, self.shape)
        shape, scale = self.shape, self.scale
        flat = shape == 0.0
        safe = xp.where(flat, 1.0, shape)
        slope = xp.where(flat, 0.0, (1.0 + shape) / xp.abs(safe))
        rate = 1.0 / scale
        size = xp.abs(safe)
        strength = xp.where(flat, 0.0, xp.exp(-xp.log(size / scale) / safe))
        # Below: e⁻ʷ is a power of the distance; of its end (ξ > 0) or of x (ξ < 0, up to lower powers).
        lower = Tail(
            linear=-slope,
            powers=((xp.where(flat, 1.0, 1.0 / size), xp.where(flat, -rate, strength)),),
            double=xp.where(flat, rate, 0.0),
            exact=False,
        )
        upper = Tail(linear=slope, powers=((1.0, xp.where(flat, rate, 0.0)),))
        return lower, upper

    def landmarks(self) -> Any:
        """Return quantiles."""
        w = np.asarray([-3.3, -2.0, -1.0, 0.0, 1.0, 3.0, 8.0, 20.0])
        loc, scale, shape = (np.asarray(x, dtype=float)[..., None] for x in (self.loc, self.scale, self.shape))
        flat = np.abs(shape) < 1e-300
        return loc + scale * np.where(flat, w, np.expm1(np.minimum(shape * w, 600.0)) / np.where(flat, 1.0, shape))

    def entropy(self) -> Any:
        """Return ln scale + γ(1 + ξ) + 1."""
        xp = namespace(self.loc, self.scale, self.shape)
        return xp.log(self.scale) + EULER * (1.0 + self.shape) + 1.0 + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: the mean exists for ξ < 1, the variance for ξ < ½."""
        xp = namespace(self.loc, self.scale, self.shape)
        ones = xp.ones_like(self.loc + self.scale + self.shape)
        match statistic:
            case One():
                return ones
            case Difference(center):
                return (self.loc - center) + self.scale * self._mean
            case SquaredDeviation(center):
                return self._square(self.loc - center)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return self.loc + self.scale * self._mean if exponent == 1 else self._square(self.loc)
            case _:
                return None

    @property
    def _mean(self) -> Any:
        """(Γ(1 − ξ) − 1)/ξ, γ for ξ = 0."""
        xp = namespace(self.shape)
        flat = self.shape == 0.0
        exists = self.shape < 1.0
        safe = xp.where(flat | ~exists, 0.5, self.shape)
        value = xp.expm1(log_gamma_difference(xp.ones_like(safe), -safe)) / safe
        return xp.where(exists, xp.where(flat, EULER, value), math.inf)

    def _square(self, d: Any) -> Any:
        xp = namespace(self.loc, self.scale, self.shape, d)
        exists = self.shape < 0.5
        # (Γ(1 − 2ξ) − Γ(1 − ξ)²)/ξ², π²/6 for ξ = 0; the linear terms of ln Γ cancel.
        flat = xp.abs(self.shape) < 1e-20
        safe = xp.where(flat | ~exists, -0.5, self.shape)
        one = xp.ones_like(safe)
        spread = log_gamma_remainder(one, -2.0 * safe) - 2.0 * log_gamma_remainder(one, -safe)
        twice = xp.exp(2.0 * log_gamma_difference(one, -safe))
        variance = xp.where(flat, math.pi**2 / 6.0, twice * (xp.expm1(spread) / safe) / safe)
        mean = d + self.scale * xp.where(exists, self._mean, 0.0)
        return xp.where(exists, self.scale * self.scale * variance + mean * mean, math.inf)

    @closed_form(
        "kl",
        formula="that of the Gumbel distributions at 0 with scales |ξ_P|, |ξ_Q| for one end; of Gumbel "
        "distributions for ξ = 0",
        source="x ↦ ln(1 + ξz)/ξ is one-to-one: Nawa and Nadarajah (2024) for the Gumbel distribution",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) of members with the same end, or with ξ = 0; NaN elsewhere.

        ln|x − end| = ln(scale/|ξ|) + ξw: a Gumbel variable w, turned round for ξ < 0.
        """
        xp = namespace(self.loc, self.scale, self.shape, other.loc, other.scale, other.shape)
        a, b = self.shape, other.shape
        both_flat = (a == 0.0) & (b == 0.0)
        alike = a * b > 0.0
        # One end: equal loc and equal scale/ξ, to the last digit.
        high, low = two_product(self.scale + 0.0 * b, b + 0.0 * self.scale)
        high_q, low_q = two_product(other.scale + 0.0 * a, a + 0.0 * other.scale)
        same_end = (self.loc == other.loc) & (high == high_q) & (low == low_q)
        # With one end, w_Q = (ξ_P/ξ_Q) w_P: Gumbel distributions at 0 with scales |ξ|.
        p_scale = xp.where(both_flat, self.scale, xp.where(alike, xp.abs(a), 1.0))
        q_scale = xp.where(both_flat, other.scale, xp.where(alike, xp.abs(b), 1.0))
        p_loc, q_loc = xp.where(both_flat, self.loc, 0.0), xp.where(both_flat, other.loc, 0.0)
        value = gumbel_relative_entropy(p_loc, p_scale, q_loc, q_scale)
        known = both_flat | (alike & same_end)
        return xp.where(known, value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return exp(−e⁻ʷ)."""
        with np.errstate(all="ignore"):
            return np.exp(-self._rate(x))

    def survival(self, x: Any) -> Any:
        """Return 1 − exp(−e⁻ʷ)."""
        with np.errstate(all="ignore"):
            return -np.expm1(-self._rate(x))

    def _rate(self, x: Any) -> Any:
        """Return e⁻ʷ: ∞ below the support, 0 above."""
        z = (np.asarray(x, dtype=float) - self.loc) / self.scale
        inside = self.shape * z > -1.0
        w = self._standard(np.where(inside, z, 0.0))
        return np.where(inside, np.exp(-w), np.where(np.asarray(self.shape) > 0.0, math.inf, 0.0))

    def quantile(self, u: Any) -> Any:
        """Return loc + scale ((−ln u)^(−ξ) − 1)/ξ."""
        with np.errstate(all="ignore"):
            w = -np.log(-np.log(np.asarray(u, dtype=float)))
            shape = np.asarray(self.shape, dtype=float)
            flat = shape == 0.0
            return self.loc + self.scale * np.where(flat, w, np.expm1(shape * w) / np.where(flat, 1.0, shape))


def generalised_extreme_value(loc: object, scale: object, shape: object) -> GeneralisedExtremeValue:
    """Return the generalised extreme value distribution: exp(−(1 + ξ)w − e⁻ʷ)/scale, w = ln(1 + ξ(x − loc)/scale)/ξ.

    Args:
        loc: any real numbers.
        scale: > 0.
        shape: ξ, any real numbers: > 0 Fréchet (heavy upper tail), 0 Gumbel, < 0 reversed Weibull (bounded above).
            SciPy's `genextreme` has the opposite sign: c = −ξ. All broadcast.

    Returns:
        `GeneralisedExtremeValue`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> P, Q = (kb.distributions.generalised_extreme_value(0, s, s / 2) for s in (1.0, 2.0))
        >>> kb.kl(P, Q).round(12)
        np.float64(0.290766273562)
    """
    family = "generalised_extreme_value"
    return GeneralisedExtremeValue(
        *together(real(loc, "loc", family), positive(scale, "scale", family), real(shape, "shape", family))
    )
