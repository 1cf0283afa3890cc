"""Inverse gamma distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.distributions.gamma import Gamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma, difference_of_products


@dataclass(frozen=True, eq=False)
class InverseGamma(PowerOfGamma):
    """Inverse gamma distribution: density scale^a x^(−a−1) exp(−scale/x) / Γ(a), a = concentration, x > 0.

    Attributes:
        concentration: the shape a, > 0.
        scale: that of X, and the rate of 1/X, > 0.
    """

    concentration: Any
    scale: Any

    name: ClassVar[str] = "inverse_gamma"
    reciprocal: ClassVar[bool] = True
    fixed_power: ClassVar[float | None] = -1.0

    @property
    def gamma_shape(self) -> Any:
        """a."""
        return self.concentration

    @property
    def gamma_scale(self) -> Any:
        """The scale."""
        return self.scale

    def mean_gap(self, other: Any, apart: Apart) -> tuple[Any, Any]:
        """Return the mean of 1/X under P divided by that under Q, less 1, and undiminished."""
        a, b, rate, new = self.concentration, other.concentration, self.scale, other.scale
        return difference_of_products(a, new, b, rate) / (b * rate), (a / b) * (new / rate)

    def image_of(self) -> tuple[str, Gamma]:
        """Return the reciprocal of a gamma variable."""
        return "reciprocal", Gamma(self.concentration, self.scale)


def inverse_gamma(concentration: object, rate: object = None, *, scale: object = None) -> InverseGamma:
    """Return the inverse gamma distribution with density b^a x^(−a−1) exp(−b/x) / Γ(a), x > 0.

    Args:
        concentration: the shape a, > 0.
        rate: b, the rate of 1/X, > 0, as PyTorch calls it; 1 if neither is given.
        scale: b as well, the scale of X, as SciPy's `invgamma` calls it: the same number.

    Returns:
        `InverseGamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive; both rate and scale.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.inverse_gamma(2, 1), kb.distributions.inverse_gamma(3, 1)).round(6)
        np.float64(0.270363)
    """
    if rate is not None and scale is not None:
        raise ValueError(
            "inverse_gamma: rate and scale are both given, and are two names of one number, the rate of 1/X and the "
            "scale of X: give one."
        )
    a = positive(concentration, "concentration", "inverse_gamma")
    if scale is not None:
        return InverseGamma(*together(a, positive(scale, "scale", "inverse_gamma")))
    return InverseGamma(*together(a, positive(1.0 if rate is None else rate, "rate", "inverse_gamma")))
