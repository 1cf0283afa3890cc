"""Asymmetric Laplace distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.location_scale import log_quotient
from kullback.distributions.parameters import positive, real, together
from kullback.distributions.powers_of_gamma import difference_of_products
from kullback.functions import softplus_remainder
from kullback.functions.gamma import log_excess
from kullback.numerics import expm1mx
from kullback.statistic import (
    AbsoluteDeviation,
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


@dataclass(frozen=True, eq=False)
class AsymmetricLaplace(BothWays, Density):
    """Asymmetric Laplace distribution: density exp(−zκ) above loc, exp(z/κ) below, divided by scale (κ + 1/κ).

    Attributes:
        loc: the mode.
        scale: > 0; z = (x − loc)/scale.
        asymmetry: κ > 0; above 1 the lower tail is the longer one.
    """

    loc: Any
    scale: Any
    asymmetry: Any

    name: ClassVar[str] = "asymmetric_laplace"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    @property
    def _upper(self) -> Any:
        """The mean distance from loc above it: 1/rate."""
        return self.scale / self.asymmetry

    @property
    def _lower(self) -> Any:
        """The mean distance below."""
        return self.scale * self.asymmetry

    @property
    def _log_peak(self) -> Any:
        return -namespace(self.scale, self.asymmetry).log(self._upper + self._lower)

    @property
    def _share(self) -> Any:
        """The mass above loc."""
        return 1.0 / (1.0 + self.asymmetry * self.asymmetry)

    @property
    def _rest(self) -> Any:
        """The mass below loc."""
        inverse = 1.0 / self.asymmetry
        return 1.0 / (1.0 + inverse * inverse)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale, self.asymmetry)
        d = x - self.loc
        return self._log_peak - xp.where(d > 0.0, d / self._upper, -d / self._lower)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall exponentially."""
        return Tail(powers=((1.0, 1.0 / self._lower),)), Tail(powers=((1.0, 1.0 / self._upper),))

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The peak."""
        return (self.loc,)

    def landmarks(self) -> Any:
        """Return points up to 20 mean distances on each side."""
        below = np.asarray(self._lower)[..., None] * np.asarray([-20.0, -7.0, -2.0, -0.5])
        above = np.asarray(self._upper)[..., None] * np.asarray([0.5, 2.0, 7.0, 20.0])
        below, above = np.broadcast_arrays(below, above)
        return np.asarray(self.loc)[..., None] + np.concatenate([below, above], axis=-1)

    def entropy(self) -> Any:
        """Return 1 + ln(scale (κ + 1/κ))."""
        return 1.0 - self._log_peak + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        loc, upper, lower = self.loc, self._upper, self._lower
        xp = namespace(loc, upper, lower)
        mean = upper - lower
        match statistic:
            case One():
                return xp.ones_like(loc + mean)
            case Difference(center):
                return (loc - center) + mean
            case SquaredDeviation(center):
                return upper * upper + lower * lower + ((loc - center) + mean) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return loc + mean if exponent == 1 else upper * upper + lower * lower + (loc + mean) ** 2
            case PositiveDeviation(center):
                d = loc - center
                above, below = self._excesses(d)
                return xp.where(d > 0.0, d + mean + below, above)
            case AbsoluteDeviation(center):
                d = loc - center
                above, below = self._excesses(d)
                return xp.where(d > 0.0, d + mean + 2.0 * below, 2.0 * above - (d + mean))
            case Exponential(rate, center):
                up, down = rate * upper, -rate * lower
                converges = (up < 1.0) & (down < 1.0)
                safe = (1.0 - xp.where(converges, up, 0.0)) * (1.0 - xp.where(converges, down, 0.0))
                return xp.where(converges, xp.exp(rate * (loc - center)) / safe, math.inf)
            case _:
                return None

    def _excesses(self, d: Any) -> tuple[Any, Any]:
        """Return E max(X − c, 0) for d = loc − c ≤ 0 and E max(c − X, 0) for d ≥ 0."""
        xp = namespace(d, self.scale, self.asymmetry)
        above = self._share * self._upper * xp.exp(xp.where(d < 0.0, d, 0.0) / self._upper)
        below = self._rest * self._lower * xp.exp(-xp.where(d > 0.0, d, 0.0) / self._lower)
        return above, below

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −(a + b)/2 |x − loc| − (a − b)/2 (x − loc) and the logarithm of the peak, a, b the rates."""
        up, down = 1.0 / self._upper, 1.0 / self._lower
        return (
            (self._log_peak, One()),
            (-0.5 * (up + down), AbsoluteDeviation(self.loc)),
            (-0.5 * (up - down), Difference(self.loc)),
        )

    @closed_form(
        "kl",
        formula="d(w_P‖w_Q) + w_P f(a_P/a_Q) + (1 − w_P) f(b_P/b_Q) + what the shift of loc adds; w the mass above "
        "loc, a, b the mean distances above and below, d the KL of two chances, f(r) = r − 1 − ln r",
        source="Nawa and Nadarajah, Exact expressions for Kullback–Leibler divergence for univariate distributions "
        "(2024), by the chain rule",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): which side, where on it, and the shift of the mode.

        The shift's first-order term changes its sign with it, but the whole is a sum of squares to second order, of
        which no more than about half cancels.
        """
        xp = namespace(self.loc, self.scale, self.asymmetry, other.loc, other.scale, other.asymmetry)
        k, m = self.asymmetry, other.asymmetry
        which = softplus_remainder(-2.0 * xp.log(k), 2.0 * log_quotient(k, m))
        # The mean distances of P beside those of Q, less 1: from products that are not rounded.
        s, t = self.scale, other.scale
        above = -log_excess(difference_of_products(s, m, t, k) / (t * k), s / t * (m / k))
        below = -log_excess(difference_of_products(s, k, t, m) / (t * m), s / t * (k / m))
        sides = self._share * above + self._rest * below
        rates = 1.0 / other._upper + 1.0 / other._lower
        d = other.loc - self.loc
        up = d > 0.0
        size = xp.where(up, d, -d)  # |d|, with the derivative of one side where it is 0
        share, side = xp.where(up, self._share, self._rest), xp.where(up, self._upper, self._lower)
        gained = (k - m) * (k + m) * self._share * other._share  # w_Q − w_P
        t = size / side
        near = t < 1.0
        close = size * xp.where(up, gained, -gained) + share * side * expm1mx(-xp.where(near, t, 0.0))
        far = size * xp.where(up, other._share, other._rest) + share * side * xp.expm1(-t)
        value = which + sides + rates * xp.where(near, close, far)
        # Moved beyond both sides of P: the definition, where its terms are as large as the value.
        rest, back = xp.where(up, self._rest, self._share), xp.where(up, self._lower, self._upper)
        ahead = share * side * xp.exp(-t)
        behind = rest * back + (size + share * side * xp.expm1(-t))
        ahead_scale = xp.where(up, other._upper, other._lower)
        behind_scale = xp.where(up, other._lower, other._upper)
        peaks = log_quotient(other._upper + other._lower, self._upper + self._lower)
        direct = (peaks - 1.0) + ahead / ahead_scale + behind / behind_scale
        return xp.where((size > self._upper) & (size > self._lower), direct, value)

    def cdf(self, x: Any) -> Any:
        """Return the mass below x."""
        d = x - self.loc
        with np.errstate(over="ignore"):
            below = self._rest * np.exp(np.minimum(d, 0.0) / self._lower)
        return np.where(d < 0.0, below, 1.0 - self._share * np.exp(-np.maximum(d, 0.0) / self._upper))

    def survival(self, x: Any) -> Any:
        """Return the mass above x."""
        d = x - self.loc
        above = self._share * np.exp(-np.maximum(d, 0.0) / self._upper)
        return np.where(d > 0.0, above, 1.0 - self._rest * np.exp(np.minimum(d, 0.0) / self._lower))

    def quantile(self, u: Any) -> Any:
        """Return the x below which the mass u lies."""
        u = np.asarray(u, dtype=float)
        with np.errstate(divide="ignore"):
            below = self._lower * np.log(np.minimum(u / self._rest, 1.0))
            above = self._upper * -np.log(np.minimum((1.0 - u) / self._share, 1.0))
        return self.loc + np.where(u < self._rest, below, above)


def asymmetric_laplace(loc: object, scale: object, asymmetry: object) -> AsymmetricLaplace:
    """Return the asymmetric Laplace distribution: exp(−zκ) above loc, exp(z/κ) below, divided by scale (κ + 1/κ).

    Args:
        loc: the mode, any real numbers.
        scale: > 0; z = (x − loc)/scale.
        asymmetry: κ > 0, SciPy's `kappa`; 1 is the Laplace distribution. All broadcast.

    Returns:
        `AsymmetricLaplace`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale or asymmetry that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> P, Q = kb.distributions.asymmetric_laplace(0, 1, 2), kb.distributions.asymmetric_laplace(0, 1, 1)
        >>> kb.kl(P, Q).round(12)
        np.float64(0.476856448686)
    """
    family = "asymmetric_laplace"
    return AsymmetricLaplace(
        *together(real(loc, "loc", family), positive(scale, "scale", family), positive(asymmetry, "asymmetry", family))
    )
