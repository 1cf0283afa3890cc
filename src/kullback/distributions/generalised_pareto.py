"""Generalised Pareto distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace, nowhere
from kullback.distribution import Density, closed_form
from kullback.distributions.held_equal import held_equal
from kullback.distributions.parameters import positive, real, together
from kullback.distributions.rates import rates_kl, rates_renyi
from kullback.statistic import Difference, One, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class GeneralisedPareto(Density):
    """Generalised Pareto distribution: density (1 + shape·z)^−(1/shape + 1)/scale, z = (x − loc)/scale > 0.

    For shape < 0 it ends at loc − scale/shape; for shape = 0 it is exponential.

    Attributes:
        loc: where it begins.
        scale: the scale, > 0.
        shape: the index of the tail.
    """

    loc: Any
    scale: Any
    shape: Any

    name: ClassVar[str] = "generalised_pareto"

    @property
    def support(self) -> Interval:
        """From loc on, to loc − scale/shape where the shape is negative."""
        xp = namespace(self.loc, self.scale, self.shape)
        ends = self.shape < 0.0
        safe = xp.where(ends, self.shape, -1.0)
        return Interval(self.loc + 0.0 * safe, xp.where(ends, self.loc - self.scale / safe, math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside the support."""
        xp = namespace(x, self.loc, self.scale, self.shape)
        z = (x - self.loc) / self.scale
        grown = self.shape * z
        within = xp.where(z < 0.0, -math.inf, xp.where(grown > -1.0, 0.0, -math.inf))
        safe = xp.where(z < 0.0, 0.0, xp.where(grown > -1.0, z, 0.0))
        return within - self._exponent(safe) - xp.log(self.scale)

    def _exponent(self, z: Any) -> Any:
        """Return (1 + shape) Y with Y = ln(1 + shape·z)/shape, standard exponential."""
        xp = namespace(z, self.scale, self.shape)
        straight = self.shape == 0.0
        shape = xp.where(straight, 1.0, self.shape)
        curved = (1.0 + 1.0 / shape) * xp.log1p(shape * z)
        return curved if nowhere(straight) else xp.where(straight, z, curved)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(high − distance) where the shape is negative."""
        xp = namespace(distance, self.loc, self.scale, self.shape)
        ends = self.shape < 0.0
        shape = xp.where(ends, self.shape, -1.0)
        # 1 + shape·z = −shape·distance/scale
        left = -shape * distance / self.scale
        safe = xp.where(left > 0.0, xp.where(left < 1.0, left, 0.5), 0.5)
        value = -(1.0 + 1.0 / shape) * xp.log(safe) - xp.log(self.scale)
        inside = xp.where(left > 0.0, xp.where(left < 1.0, value, -math.inf), -math.inf)
        return xp.where(ends, inside, -math.inf)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """It begins at a positive value; a power, an exponential or an end above, by the sign of the shape."""
        xp = namespace(self.loc, self.scale, self.shape)
        straight = self.shape == 0.0
        shape = xp.where(straight, 1.0, self.shape)
        # For shape < 0, −ln p = (1 + 1/shape) ln(distance), and the distance to the end is e^−t.
        linear = xp.where(straight, 0.0, xp.where(shape > 0.0, 1.0 + 1.0 / shape, -(1.0 + 1.0 / shape)))
        rate = xp.where(straight, 1.0 / self.scale, 0.0 * self.scale)
        return Tail(), Tail(linear=linear, powers=((1.0, rate),))

    def landmarks(self) -> Any:
        """Return quantiles."""
        one = np.asarray([1.0])
        loc, scale, shape = (np.asarray(x, dtype=float)[..., None] * one for x in (self.loc, self.scale, self.shape))
        steps = np.asarray([1e-3, 0.1, 0.7, 2.0, 5.0, 12.0])
        found = GeneralisedPareto(loc, scale, shape)._from_exponential(steps)
        low = np.nextafter(loc, math.inf)
        safe = np.where(shape < 0.0, shape, -1.0)
        high = np.where(shape < 0.0, np.nextafter(loc - scale / safe, -math.inf), 1e300)
        return np.clip(found, low, high)

    def _from_exponential(self, y: Any) -> Any:
        straight = np.asarray(self.shape) == 0.0
        shape = np.where(straight, 1.0, self.shape)
        with np.errstate(over="ignore"):
            z = np.where(straight, y, np.expm1(np.minimum(shape * y, 680.0)) / shape)
        return self.loc + self.scale * z

    def entropy(self) -> Any:
        """Return ln scale + shape + 1."""
        return namespace(self.loc, self.scale, self.shape).log(self.scale) + self.shape + 1.0 + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.loc, self.scale, self.shape)
        match statistic:
            case One():
                return xp.ones_like(self.loc + self.scale + self.shape)
            case Difference(center):
                return self._mean_above_loc() + (self.loc - center)
            case SquaredDeviation(center):
                converges = self.shape < 0.5
                k = xp.where(converges, self.shape, 0.0)
                mean = self.scale / (1.0 - k)
                off = mean + (self.loc - center)
                return xp.where(converges, mean * mean / (1.0 - 2.0 * k) + off * off, math.inf)
            case _:
                return None

    def _mean_above_loc(self) -> Any:
        xp = namespace(self.loc, self.scale, self.shape)
        converges = self.shape < 1.0
        return xp.where(converges, self.scale / (1.0 - xp.where(converges, self.shape, 0.0)), math.inf)

    @closed_form(
        "kl",
        formula="σ/τ − 1 − ln(σ/τ) where both begin at one place and shape/scale is the same; "
        "ln(τ/σ) − 1 − ξ + [σ/(1−ξ) + loc_P − loc_Q]/τ where Q is exponential; scales σ, τ, P of shape ξ",
        source="expectations of the standard exponential ln(1 + shape·z)/shape",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) where ln q is linear in the exponential variable of P, or in x."""
        xp = namespace(self.loc, self.scale, self.shape, other.loc, other.scale, other.shape)
        same = self._same_curve(other)
        common = rates_kl(other.scale, self.scale)
        straight = (other.shape == 0.0) & (self.loc >= other.loc) & ~same
        converges = self.shape < 1.0
        k = xp.where(converges, self.shape, 0.0)
        mean = self.scale / (1.0 - k) + (self.loc - other.loc)
        logs = xp.log(other.scale) - xp.log(self.scale)
        to_exponential = xp.where(converges, logs - 1.0 - k + mean / other.scale, math.inf)
        # Where the terms cancel, nothing is promised.
        size = xp.abs(logs) + 1.0 + xp.abs(k)
        kept = straight & (to_exponential > 0.01 * size)
        return xp.where(same, common, xp.where(kept, to_exponential, math.nan))

    @closed_form(
        "renyi",
        formula="as of exponentials with rates 1/σ, 1/τ where both begin at one place and shape/scale is the same",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, of the exponential",
        everywhere=False,
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where 1 + shape·z is the same."""
        xp = namespace(self.loc, self.scale, self.shape, other.loc, other.scale, other.shape)
        return xp.where(self._same_curve(other), rates_renyi(other.scale, self.scale, order), math.nan)

    def _same_curve(self, other: Self) -> Any:
        return held_equal(self.loc, other.loc) & held_equal(self.shape * other.scale, other.shape * self.scale)

    def _exponential(self, x: Any) -> Any:
        z = np.maximum((np.asarray(x) - self.loc) / self.scale, 0.0)
        straight = np.asarray(self.shape) == 0.0
        shape = np.where(straight, 1.0, self.shape)
        with np.errstate(divide="ignore"):
            return np.where(straight, z, np.log1p(np.maximum(shape * z, -1.0)) / shape)

    def cdf(self, x: Any) -> Any:
        """Return 1 − (1 + shape·z)^(−1/shape)."""
        return -np.expm1(-self._exponential(x))

    def survival(self, x: Any) -> Any:
        """Return (1 + shape·z)^(−1/shape)."""
        return np.exp(-self._exponential(x))

    def quantile(self, u: Any) -> Any:
        """Return loc + scale ((1 − u)^(−shape) − 1)/shape."""
        return self._from_exponential(-np.log1p(-np.asarray(u)))


def generalised_pareto(loc: object = 0.0, scale: object = 1.0, shape: object = 0.0) -> GeneralisedPareto:
    """Return the generalised Pareto distribution with density (1 + shape·z)^−(1/shape + 1)/scale, z = (x − loc)/scale.

    Args:
        loc: where it begins, any real number.
        scale: the scale, > 0.
        shape: the index of the tail, any real number (SciPy's `c`); 0 is the exponential distribution, and a negative
            one ends at loc − scale/shape.

    Returns:
        `GeneralisedPareto`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.distributions.generalised_pareto(0, 1, 0.5).survival(2.0)
        np.float64(0.25)
    """
    family = "generalised_pareto"
    return GeneralisedPareto(
        *together(real(loc, "loc", family), positive(scale, "scale", family), real(shape, "shape", family))
    )
