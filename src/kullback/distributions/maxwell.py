"""Maxwell distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import PowerOfGamma
from kullback.functions.gamma import log_ratio


@dataclass(frozen=True, eq=False)
class Maxwell(PowerOfGamma):
    """Maxwell distribution: density √(2/π) x² exp(−x²/(2 scale²)) / scale³, x > 0.

    Attributes:
        scale: > 0.
    """

    scale: Any

    name: ClassVar[str] = "maxwell"
    fixed_power: ClassVar[float | None] = 2.0

    @property
    def gamma_shape(self) -> Any:
        """3/2."""
        return 1.5 * namespace(self.scale).ones_like(self.scale)

    @property
    def gamma_scale(self) -> Any:
        """scale √2."""
        return self.scale * math.sqrt(2.0)

    def log_scales(self, other: Any) -> Any:
        """Return ln(scale of P/scale of Q)."""
        return log_ratio((self.scale - other.scale) / other.scale, self.scale / other.scale)

    @closed_form("fisher_rao", formula="√6 |ln(σ_Q/σ_P)|", source="the information 6/σ², integrated")
    def fisher_rao(self, other: Any) -> Any:
        """Return the Fisher–Rao distance."""
        found = math.sqrt(6.0) * self.log_scales(other)
        return namespace(found).abs(found)

    def forms(self) -> tuple[GeneralisedGamma, ...]:
        """Return it as a generalised gamma with d = 3, p = 2."""
        two = self.gamma_power
        return (GeneralisedGamma(self.gamma_scale, two + 1.0, two),)


def maxwell(scale: object = 1.0) -> Maxwell:
    """Return the Maxwell distribution with density √(2/π) x² exp(−x²/(2 scale²)) / scale³, x > 0.

    Args:
        scale: that of the three normal components whose length this is, > 0.

    Returns:
        `Maxwell`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.maxwell(1), kb.distributions.maxwell(2)).round(12)
        np.float64(0.95444154168)
    """
    return Maxwell(*together(positive(scale, "scale", "maxwell")))
