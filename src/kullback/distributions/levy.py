"""Lévy distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.held_equal import held_equal, known_where
from kullback.distributions.inverse_gamma import InverseGamma
from kullback.distributions.parameters import positive, real, together
from kullback.natural import Natural
from kullback.statistic import (
    Exponential,
    Log,
    LogDeviation,
    LogSquared,
    One,
    Power,
    PowerDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Levy(Density):
    """Lévy distribution: density √(scale/2π) (x − loc)^(−3/2) exp(−scale/(2 (x − loc))), x > loc.

    Attributes:
        loc: where it begins.
        scale: > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "levy"

    @property
    def _centred(self) -> InverseGamma:
        """Return X − loc: 1/(X − loc) has a gamma distribution of shape 1/2 and rate scale/2."""
        half = 0.5 * namespace(self.loc, self.scale).ones_like(self.loc + self.scale)
        return InverseGamma(half, 0.5 * self.scale)

    @property
    def support(self) -> Interval:
        """The numbers above loc."""
        return Interval(self.loc, np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        return self._centred.log_prob(x - self.loc)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """The exponential of a reciprocal at loc, a power at ∞."""
        return self._centred.tails

    def landmarks(self) -> Any:
        """Return quantiles."""
        return np.asarray(self.loc)[..., None] + self._centred.landmarks()

    def entropy(self) -> Any:
        """Return ½ (1 + 3γ + ln(16π scale²))."""
        return self._centred.entropy()

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.loc, self.scale)
        match statistic:
            case One():
                return xp.ones_like(self.loc + self.scale)
            case LogDeviation(low):
                return xp.where(low == self.loc, self._centred.expectation(Log()), math.nan)
            case PowerDeviation(low, exponent):
                return xp.where(low == self.loc, self._centred.expectation(Power(exponent)), math.nan)
            case Log() | LogSquared():
                return xp.where(self.loc == 0.0, self._centred.expectation(statistic), math.nan)
            case Power(exponent):
                # From 1/2 on it diverges wherever the distribution begins, if powers of those numbers are real.
                centred = self._centred.expectation(Power(exponent))
                known = (self.loc == 0.0) | ((self.loc > 0.0) & (exponent >= 0.5))
                return xp.where(known, centred, math.nan)
            case Exponential(rate, _):
                return xp.where(rate > 0.0, math.inf, math.nan) + 0.0 * self.scale
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ½ ln(scale/2π) − 3/2 ln(x − loc) − scale/(2 (x − loc))."""
        xp = namespace(self.loc, self.scale)
        return (
            (0.5 * xp.log(self.scale / (2.0 * math.pi)), One()),
            (-1.5 * xp.ones_like(self.scale), LogDeviation(self.loc)),
            (-0.5 * self.scale, PowerDeviation(self.loc, -1.0)),
        )

    def natural(self, other: Any) -> Natural:
        """Return the gamma distributions of 1/(X − loc), NaN where the locations differ."""
        return known_where(held_equal(self.loc, other.loc), self._centred.natural(other._centred))

    @closed_form(
        "kl",
        formula="½ (c_Q/c_P − 1 − ln(c_Q/c_P)), for equal locations",
        source="that of the gamma distributions of 1/(X − loc)",
        everywhere=False,
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of equal locations, NaN of others."""
        xp = namespace(self.loc, self.scale, other.loc, other.scale)
        return xp.where(self.loc == other.loc, self._centred.relative_entropy(other._centred), math.nan)

    def cdf(self, x: Any) -> Any:
        """Return erfc(√(scale/(2 (x − loc))))."""
        return self._centred.cdf(x - self.loc)

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        return self._centred.survival(x - self.loc)

    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        return self.loc + self._centred.quantile(u)


def levy(loc: object = 0.0, scale: object = 1.0) -> Levy:
    """Return the Lévy distribution with density √(scale/2π) (x − loc)^(−3/2) exp(−scale/(2 (x − loc))), x > loc.

    Args:
        loc: where it begins, any real numbers.
        scale: > 0; broadcasts with `loc`.

    Returns:
        `Levy`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, NaN.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.levy(0, 1), kb.distributions.levy(0, 2)).round(12)
        np.float64(0.15342640972)
    """
    return Levy(*together(real(loc, "loc", "levy"), positive(scale, "scale", "levy")))
