"""Chi-square distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.gamma import Gamma
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma


@dataclass(frozen=True, eq=False)
class ChiSquare(PowerOfGamma):
    """Chi-square distribution: density x^(df/2−1) exp(−x/2) / (2^(df/2) Γ(df/2)), x > 0.

    Attributes:
        df: the degrees of freedom, any number > 0.
    """

    df: Any

    name: ClassVar[str] = "chi2"
    fixed_power: ClassVar[float | None] = 1.0

    @property
    def gamma_shape(self) -> Any:
        """df/2."""
        return 0.5 * self.df

    @property
    def gamma_scale(self) -> Any:
        """2."""
        return 2.0 * namespace(self.df).ones_like(self.df)

    def log_scales(self, other: Any) -> Any:
        """Return 0."""
        return namespace(self.df, other.df).zeros_like(self.df + other.df)

    def mean_gap(self, other: Any, apart: Apart) -> tuple[Any, Any]:
        """Return df_P/df_Q − 1, and df_P/df_Q."""
        return (self.df - other.df) / other.df, self.df / other.df

    def forms(self) -> tuple[Density, ...]:
        """Return it as a gamma and a generalised gamma distribution."""
        zero = 0.0 * self.df
        return Gamma(0.5 * self.df, zero + 0.5), GeneralisedGamma(zero + 2.0, 0.5 * self.df, zero + 1.0)


def chi2(df: object) -> ChiSquare:
    """Return the chi-square distribution with density x^(df/2−1) exp(−x/2) / (2^(df/2) Γ(df/2)), x > 0.

    That of the squared length of a standard normal vector with `df` components.

    Args:
        df: the degrees of freedom, any number > 0.

    Returns:
        `ChiSquare`: one distribution, or a batch of them.

    Raises:
        ValueError: degrees of freedom that are not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.chi2(4), kb.distributions.chi2(6)).round(6)
        np.float64(0.270363)
    """
    return ChiSquare(*together(positive(df, "df", "chi2")))
