"""Chi distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.arrays import namespace
from kullback.distributions.gamma import Gamma
from kullback.distributions.generalised_gamma import GeneralisedGamma
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import Apart, PowerOfGamma


@dataclass(frozen=True, eq=False)
class Chi(PowerOfGamma):
    """Chi distribution: density x^(df−1) exp(−x²/2) / (2^(df/2−1) Γ(df/2)), x > 0.

    Attributes:
        df: the degrees of freedom, any number > 0.
    """

    df: Any

    name: ClassVar[str] = "chi"
    fixed_power: ClassVar[float | None] = 2.0

    @property
    def gamma_shape(self) -> Any:
        """df/2."""
        return 0.5 * self.df

    @property
    def gamma_scale(self) -> Any:
        """√2."""
        return math.sqrt(2.0) * namespace(self.df).ones_like(self.df)

    def log_scales(self, other: Any) -> Any:
        """Return 0."""
        return namespace(self.df, other.df).zeros_like(self.df + other.df)

    def mean_gap(self, other: Any, apart: Apart) -> tuple[Any, Any]:
        """Return df_P/df_Q − 1, and df_P/df_Q."""
        return (self.df - other.df) / other.df, self.df / other.df

    def forms(self) -> tuple[GeneralisedGamma, ...]:
        """Return it as a generalised gamma with d = df, p = 2."""
        return (GeneralisedGamma(self.gamma_scale, self.df, self.gamma_power),)

    def image_of(self) -> tuple[str, Gamma]:
        """Return the square root of a chi-square variable."""
        return "square root", Gamma(0.5 * self.df, 0.5 * namespace(self.df).ones_like(self.df))


def chi(df: object) -> Chi:
    """Return the chi distribution with density x^(df−1) exp(−x²/2) / (2^(df/2−1) Γ(df/2)), x > 0.

    That of the length of a standard normal vector with `df` components.

    Args:
        df: the degrees of freedom, any number > 0.

    Returns:
        `Chi`: one distribution, or a batch of them.

    Raises:
        ValueError: degrees of freedom that are not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.chi(4), kb.distributions.chi(6)).round(6)
        np.float64(0.270363)
    """
    return Chi(*together(positive(df, "df", "chi")))
