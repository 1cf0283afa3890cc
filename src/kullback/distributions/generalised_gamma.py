"""Generalised gamma distribution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma, difference_of_products


@dataclass(frozen=True, eq=False)
class GeneralisedGamma(PowerOfGamma):
    """Generalised gamma distribution: density p x^(d−1) exp(−(x/a)^p) / (a^d Γ(d/p)), x > 0.

    Attributes:
        scale: a, > 0.
        shape: d, > 0: the density goes as x^(d−1) at 0.
        power: p, > 0.
    """

    scale: Any
    shape: Any
    power: Any

    name: ClassVar[str] = "generalised_gamma"

    @property
    def gamma_shape(self) -> Any:
        """d/p."""
        return self.shape / self.power

    @property
    def gamma_power(self) -> Any:
        """p."""
        return self.power

    @property
    def gamma_scale(self) -> Any:
        """a."""
        return self.scale

    def shape_step(self, other: Any) -> Any:
        """Return d_Q/p_Q − d_P/p_P."""
        return difference_of_products(other.shape, self.power, self.shape, other.power) / (self.power * other.power)

    def apart(self, other: Any) -> Apart:
        """Return how another member of the family differs from this one."""
        d, p, e, q = self.shape, self.power, other.shape, other.power
        return replace(
            super().apart(other),
            exponent_step=(e - d) / d,
            variance_step=difference_of_products(e, q, d, p) / (d * p),
        )


def generalised_gamma(scale: object, shape: object, power: object) -> GeneralisedGamma:
    """Return the generalised gamma distribution with density p x^(d−1) exp(−(x/a)^p) / (a^d Γ(d/p)), x > 0.

    SciPy's `gengamma(a=shape/power, c=power, scale=scale)`. The parameters are a, d, p as Bauckhage has them;
    (X/scale)^power has a gamma distribution of shape d/p.

    Args:
        scale: a, > 0.
        shape: d, > 0.
        power: p, > 0.

    Returns:
        `GeneralisedGamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> P, Q = kb.distributions.generalised_gamma(1.2, 2.5, 1.6), kb.distributions.generalised_gamma(0.9, 1.8, 2.1)
        >>> kb.kl(P, Q).round(12)
        np.float64(1.581650670698)
    """
    name = "generalised_gamma"
    return GeneralisedGamma(
        *together(positive(scale, "scale", name), positive(shape, "shape", name), positive(power, "power", name))
    )
