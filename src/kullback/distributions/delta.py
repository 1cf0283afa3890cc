"""Point masses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.parameters import real
from kullback.support import Points


@dataclass(frozen=True, eq=False)
class Delta(Density):
    """Point mass: one value has all the mass.

    Attributes:
        value: the point.
    """

    value: Any

    name: ClassVar[str] = "delta"

    @property
    def support(self) -> Points:
        """The point."""
        return Points(self.value[..., None])

    @property
    def masses(self) -> Any:
        """The mass of the point: 1, along a last axis."""
        return namespace(self.value).ones_like(self.value)[..., None]

    def log_prob(self, x: Any) -> Any:
        """Return ln P(X = x): 0 at the point, −∞ elsewhere."""
        xp = namespace(x, self.value)
        return xp.where(x == self.value, 0.0 * self.value, -math.inf)

    def landmarks(self) -> Any:
        """Return the point."""
        return np.asarray(self.value)[..., None]

    def moved(self, loc: Any, scale: Any) -> Delta:
        """Return the point mass at loc + scale·value."""
        return Delta(loc + scale * self.value)

    def cdf(self, x: Any) -> Any:
        """Return 1 from the point on."""
        return np.where(np.asarray(x) >= self.value, 1.0, 0.0)

    def survival(self, x: Any) -> Any:
        """Return 1 below the point."""
        return np.where(np.asarray(x) < self.value, 1.0, 0.0)

    def quantile(self, u: Any) -> Any:
        """Return the point."""
        return self.value + 0.0 * np.asarray(u)


def delta(value: object) -> Delta:
    """Return the point mass: P(X = value) = 1.

    Args:
        value: the point, any real number.

    Returns:
        `Delta`: one distribution, or a batch of them.

    Raises:
        ValueError: a value that is not finite.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.delta(1.0), kb.distributions.delta(1.0))
        np.float64(0.0)
    """
    return Delta(real(value, "value", "delta"))
