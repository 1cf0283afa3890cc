"""Normal-inverse-gamma distribution: a mean and a variance together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.normal_gamma import NormalGamma, parameters_of
from kullback.functions import digamma
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class NormalInverseGamma(Density):
    """Normal-inverse-gamma distribution of (x, v): v has an inverse gamma distribution, x given v variance v/λ.

    Attributes:
        loc: the mean of x.
        precision_factor: λ > 0.
        concentration: the shape of the inverse gamma distribution, > 0.
        scale: its scale, > 0.
    """

    loc: Any
    precision_factor: Any
    concentration: Any
    scale: Any

    name: ClassVar[str] = "normal_inverse_gamma"
    event_dimensions: ClassVar[int] = 1

    @property
    def support(self) -> Space:
        """A real number and a positive one."""
        return Space("real × positive numbers", (2,))

    def with_precision(self) -> NormalGamma:
        """Return the distribution of (x, 1/v)."""
        return NormalGamma(self.loc, self.precision_factor, self.concentration, self.scale)

    def image_of(self) -> tuple[object, Density]:
        """Return it as a normal-gamma distribution with the second component inverted."""
        return "reciprocal of the second", self.with_precision()

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x, v) of pairs along the last axis, −∞ for v ≤ 0."""
        xp = namespace(x, self.loc)
        inside = x[..., 1] > 0.0
        v = xp.where(inside, x[..., 1], 1.0)
        density = self.with_precision().log_prob(xp.stack([x[..., 0], 1.0 / v], axis=-1))
        return xp.where(inside, density - 2.0 * xp.log(v), -math.inf)

    def entropy(self) -> Any:
        """Return that with the precision, and E ln v² for the change of variable."""
        xp = namespace(self.loc, self.scale)
        return self.with_precision().entropy() + 2.0 * (xp.log(self.scale) - digamma(self.concentration))

    @closed_form("kl", formula="that of the normal-gamma distributions of (x, 1/v)", source="invariance")
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        return self.with_precision().relative_entropy(other.with_precision())

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form("renyi", formula="that of the normal-gamma distributions of (x, 1/v)", source="invariance")
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence."""
        return self.with_precision().renyi(other.with_precision(), order)


def normal_inverse_gamma(
    loc: object, precision_factor: object, concentration: object, scale: object
) -> NormalInverseGamma:
    """Return the distribution of (x, v): v inverse gamma with shape a and scale b, x given v normal of variance v/λ.

    Args:
        loc: the mean of x, any real numbers (SciPy's `mu`).
        precision_factor: λ > 0 (SciPy's `lmbda`).
        concentration: a > 0 (SciPy's `a`).
        scale: b > 0 (SciPy's `b`).

    Returns:
        `NormalInverseGamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.normal_inverse_gamma(0.0, 1.0, 2.0, 1.0)
        >>> kb.kl(p, kb.distributions.normal_inverse_gamma(1.0, 2.0, 2.0, 1.0)).round(6)
        np.float64(2.153426)
    """
    return NormalInverseGamma(
        *parameters_of("normal_inverse_gamma", loc, precision_factor, concentration, scale, "scale")
    )
