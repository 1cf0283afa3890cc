"""Nakagami distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.arrays import namespace
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma
from kullback.functions.gamma import log_ratio


@dataclass(frozen=True, eq=False)
class Nakagami(PowerOfGamma):
    """Nakagami distribution: density 2 m^m x^(2m−1) exp(−m x²/Ω) / (Γ(m) Ω^m), m = concentration, Ω = spread, x > 0.

    Attributes:
        concentration: m, > 0.
        spread: Ω, the mean of X², > 0.
    """

    concentration: Any
    spread: Any

    name: ClassVar[str] = "nakagami"
    fixed_power: ClassVar[float | None] = 2.0

    @property
    def gamma_shape(self) -> Any:
        """m."""
        return self.concentration

    @property
    def gamma_scale(self) -> Any:
        """√(Ω/m)."""
        return namespace(self.spread, self.concentration).sqrt(self.spread / self.concentration)

    def log_scales(self, other: Any) -> Any:
        """Return ½ ln(Ω_P/Ω_Q) + ½ ln(m_Q/m_P)."""
        m, n = self.concentration, other.concentration
        return 0.5 * (log_ratio(*self.mean_gap(other, None)) + log_ratio((n - m) / m, n / m))

    def mean_gap(self, other: Any, apart: Apart | None) -> tuple[Any, Any]:
        """Return Ω_P/Ω_Q − 1, and Ω_P/Ω_Q: the means of X²."""
        return (self.spread - other.spread) / other.spread, self.spread / other.spread

    def forms(self) -> tuple[GeneralisedGamma, ...]:
        """Return it as a generalised gamma with d = 2m, p = 2."""
        zero = 0.0 * self.concentration * self.spread
        return (GeneralisedGamma(self.gamma_scale, 2.0 * self.concentration + zero, zero + 2.0),)


def nakagami(concentration: object, spread: object = 1.0) -> Nakagami:
    """Return the Nakagami distribution with density 2 m^m x^(2m−1) exp(−m x²/Ω) / (Γ(m) Ω^m), x > 0.

    Args:
        concentration: m, > 0 (SciPy's `nu`).
        spread: Ω, the mean of X², > 0 (the square of SciPy's `scale`).

    Returns:
        `Nakagami`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.nakagami(2, 1), kb.distributions.nakagami(3, 1)).round(6)
        np.float64(0.053968)
    """
    name = "nakagami"
    return Nakagami(*together(positive(concentration, "concentration", name), positive(spread, "spread", name)))
