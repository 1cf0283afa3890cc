"""Generalised normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import SometimesBothWays
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import log_mixed_exponential, log_quotient
from kullback.distributions.parameters import positive, real, together
from kullback.functions import log_gamma, log_gamma_difference
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Difference,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class GeneralisedNormal(SometimesBothWays, Density):
    """Generalised normal distribution: density shape/(2 scale Γ(1/shape)) exp(−(|x − loc|/scale)^shape).

    Attributes:
        loc: the mean and median.
        scale: α, > 0.
        shape: β, > 0: 1 is Laplace, 2 normal with standard deviation scale/√2.
    """

    loc: Any
    scale: Any
    shape: Any

    name: ClassVar[str] = "generalised_normal"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.loc, self.scale, self.shape)
        z = xp.abs((x - self.loc) / self.scale)
        # At 0 the power has no logarithm, which its derivative with respect to the shape is made of.
        power = xp.where(z > 0.0, xp.where(z > 0.0, z, 1.0) ** self.shape, 0.0)
        return -power - self._log_normaliser

    @property
    def _log_normaliser(self) -> Any:
        """ln(2 scale Γ(1 + 1/shape))."""
        return namespace(self.scale, self.shape).log(2.0 * self.scale) + log_gamma(1.0 + 1.0 / self.shape)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall as exp(−|x/scale|^shape)."""
        rate = self.scale**-self.shape
        # About loc = 0 only: elsewhere lower powers follow.
        exact = bool(np.all(np.asarray(self.loc) == 0.0)) if isinstance(self.loc, (np.ndarray, np.generic)) else False
        tail = Tail(powers=((self.shape, rate),), exact=exact)
        return tail, tail

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The middle."""
        return (self.loc,)

    def landmarks(self) -> Any:
        """Return points on both sides, where (|x − loc|/scale)^shape takes given values."""
        side = np.asarray([0.03, 0.5, 3.0, 12.0, 40.0]) ** (1.0 / np.asarray(self.shape, dtype=float)[..., None])
        steps = np.concatenate([-side[..., ::-1], side], axis=-1)
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return 1/shape + ln(2 scale Γ(1 + 1/shape))."""
        return 1.0 / self.shape + self._log_normaliser + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        loc, scale, shape = self.loc, self.scale, self.shape
        xp = namespace(loc, scale, shape)
        zero = 0.0 * (loc + scale + shape)
        match statistic:
            case One():
                return zero + 1.0
            case Difference(center):
                return loc - center + zero
            case SquaredDeviation(center):
                return self._moment(2.0 + zero) + (loc - center) ** 2
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return loc + zero if exponent == 1 else self._moment(2.0 + zero) + loc**2
            case AbsoluteDeviation(center):
                return xp.where(loc == center, self._moment(1.0 + zero), math.nan)
            case PositiveDeviation(center):
                return xp.where(loc == center, 0.5 * self._moment(1.0 + zero), math.nan)
            case AbsolutePower(center, exponent):
                k = exponent + zero
                about = xp.where(loc == center, self._moment(k), math.nan)
                square = self._moment(2.0 + zero) + (loc - center) ** 2
                return xp.where((k == 2.0) & held_equal(exponent, 2.0), square, about)
            case _:
                return None

    def _moment(self, k: Any) -> Any:
        """Return E|X − loc|^k = scale^k Γ((k + 1)/shape)/Γ(1/shape), k > −1."""
        xp = namespace(self.scale, self.shape, k)
        exists = k > -1.0
        safe = xp.where(exists, k, 0.0)
        inverse = 1.0 / self.shape
        logs = safe * xp.log(self.scale) + log_gamma_difference(inverse + 0.0 * safe, safe * inverse)
        return xp.where(exists, xp.exp(logs), math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −(|x − loc|/scale)^shape − ln(2 scale Γ(1 + 1/shape))."""
        return (-self._log_normaliser, One()), (-(self.scale**-self.shape), AbsolutePower(self.loc, self.shape))

    def _distance(self) -> GeneralisedGamma:
        """Return the distribution of |X − loc|."""
        one = namespace(self.scale, self.shape).ones_like(self.scale)
        return GeneralisedGamma(self.scale, one, self.shape)

    @closed_form(
        "kl",
        formula="ln(β_P α_Q Γ(1/β_Q)/(β_Q α_P Γ(1/β_P))) + (α_P/α_Q)^β_Q Γ((β_Q + 1)/β_P)/Γ(1/β_P) − 1/β_P, "
        "α the scales, β the shapes, of equal loc",
        source="Do and Vetterli, Wavelet-based texture retrieval using generalized Gaussian density and "
        "Kullback–Leibler distance (2002), eq. (12)",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) of equal locations, that of the distances from it; NaN elsewhere."""
        xp = namespace(self.loc, self.scale, self.shape, other.loc, other.scale, other.shape)
        value = self._distance().relative_entropy(other._distance())
        return xp.where(self.loc == other.loc, value, math.nan)

    @closed_form(
        "renyi",
        formula="(1/β) ln(α r^(1 − α) + (1 − α) r^(−α))/(1 − α), r = (scale_Q/scale_P)^β, of equal loc and shape β",
        source="the exponential family of |x − loc|^β: Nielsen and Nock, On Rényi and Tsallis entropies and "
        "divergences for exponential families (2011)",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of equal locations and shapes, NaN elsewhere."""
        xp = namespace(self.loc, self.scale, self.shape, other.loc, other.scale, other.shape)
        gap = log_mixed_exponential(order, self.shape * log_quotient(other.scale, self.scale))
        exists = gap > -math.inf
        value = xp.where(exists, xp.where(exists, gap, 0.0) / (self.shape * (1.0 - order)) + 0.0, math.inf)
        return xp.where((self.loc == other.loc) & held_equal(self.shape, other.shape), value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return the mass below x."""
        return self._below((x - self.loc) / self.scale)

    def survival(self, x: Any) -> Any:
        """Return the mass above x."""
        return self._below((self.loc - x) / self.scale)

    def _below(self, z: Any) -> Any:
        from scipy.special import gammaincc

        half = 0.5 * gammaincc(1.0 / self.shape, np.abs(z) ** self.shape)
        return np.where(z < 0.0, half, 1.0 - half)

    def quantile(self, u: Any) -> Any:
        """Return the x below which the mass u lies."""
        from scipy.special import gammainccinv

        u = np.asarray(u, dtype=float)
        distance = gammainccinv(1.0 / self.shape, 2.0 * np.minimum(u, 1.0 - u)) ** (1.0 / self.shape)
        return self.loc + self.scale * np.where(u < 0.5, -distance, distance)


def generalised_normal(loc: object, scale: object, shape: object) -> GeneralisedNormal:
    """Return the generalised normal distribution with density shape/(2 scale Γ(1/shape)) exp(−(|x − loc|/scale)^shape).

    Args:
        loc: the mean and median, any real numbers.
        scale: α, > 0.
        shape: β, > 0 (SciPy's `gennorm` calls it `beta`): 1 is Laplace, 2 normal with standard deviation scale/√2.
            All broadcast.

    Returns:
        `GeneralisedNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale or shape that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> P, Q = kb.distributions.generalised_normal(0, 1.1, 1.5), kb.distributions.generalised_normal(0, 0.8, 2.4)
        >>> kb.kl(P, Q).round(12)
        np.float64(0.810873629204)
    """
    family = "generalised_normal"
    return GeneralisedNormal(
        *together(real(loc, "loc", family), positive(scale, "scale", family), positive(shape, "shape", family))
    )
