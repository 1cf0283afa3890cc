"""Logit-normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.normal import Normal
from kullback.distributions.parameters import positive, real, together
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class LogitNormal(Density):
    """Logit-normal distribution: X = 1/(1 + e^−Y) of a normal Y.

    Attributes:
        loc: the mean of Y.
        scale: the standard deviation of Y, > 0.
    """

    loc: Any
    scale: Any

    name: ClassVar[str] = "logit_normal"

    @property
    def support(self) -> Interval:
        """The unit interval."""
        return Interval(np.float64(0.0), np.float64(1.0))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside (0, 1)."""
        xp = namespace(x, self.loc, self.scale)
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        log, complement = xp.log(safe), xp.log1p(-safe)
        value = self._normal.log_prob(log - complement) - log - complement
        return xp.where(x > 0.0, xp.where(x < 1.0, value, -math.inf), -math.inf)

    @property
    def _normal(self) -> Normal:
        return Normal(self.loc, self.scale)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(1 − distance)."""
        return LogitNormal(-self.loc, self.scale).log_prob(distance)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), that of the normal distributions."""
        xp = namespace(x, self.loc, self.scale)
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        return self._normal.log_ratio(other._normal, xp.log(safe) - xp.log1p(-safe))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Like a log-normal at both ends."""
        inverse = 1.0 / (self.scale * self.scale)
        first = self.loc * inverse
        return Tail(quadratic=0.5 * inverse, linear=first - 1.0), Tail(quadratic=0.5 * inverse, linear=-first - 1.0)

    def landmarks(self) -> Any:
        """Return the images of points up to eight standard deviations from the mean."""
        return 1.0 / (1.0 + np.exp(-np.clip(self._normal.landmarks(), -690.0, 36.0)))

    def image_of(self) -> tuple[object, Density]:
        """The image of a normal distribution under x = 1/(1 + e^−y)."""
        return "logistic", self._normal

    def cdf(self, x: Any) -> Any:
        """Return Φ((ln(x/(1−x)) − loc)/scale)."""
        return self._normal.cdf(_log_odds(x))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        return self._normal.survival(_log_odds(x))

    def quantile(self, u: Any) -> Any:
        """Return 1/(1 + exp(−loc − scale Φ⁻¹(u)))."""
        from scipy.special import expit

        return expit(self._normal.quantile(u))


def _log_odds(x: Any) -> Any:
    clipped = np.clip(x, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        return np.log(clipped) - np.log1p(-clipped)


def logit_normal(loc: object = 0.0, scale: object = 1.0) -> LogitNormal:
    """Return the logit-normal distribution: that of 1/(1 + e^−y) with normal y.

    Args:
        loc: the mean of y, any real numbers.
        scale: the standard deviation of y, > 0.

    Returns:
        `LogitNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive.

    Example:
        >>> import kullback as kb
        >>> float(kb.distributions.logit_normal(0, 1).cdf(0.5))
        0.5
    """
    return LogitNormal(*together(real(loc, "loc", "logit_normal"), positive(scale, "scale", "logit_normal")))
