"""Fisher's F distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.distribution import Density
from kullback.distributions.beta_prime import BetaPrime
from kullback.distributions.parameters import positive, together
from kullback.statistic import Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class FisherF(Density):
    """Fisher's F distribution: density √((df1 x)^df1 df2^df2 / (df1 x + df2)^(df1 + df2)) / (x B(df1/2, df2/2)), x > 0.

    Attributes:
        df1: the degrees of freedom of the numerator, > 0.
        df2: those of the denominator, > 0.
    """

    df1: Any
    df2: Any

    name: ClassVar[str] = "fisher_f"

    @property
    def _beta_prime(self) -> BetaPrime:
        return BetaPrime(0.5 * self.df1, 0.5 * self.df2, self.df2 / self.df1)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return self._beta_prime.support

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        return self._beta_prime.log_prob(x)

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x)."""
        return self._beta_prime.log_ratio(other._beta_prime, x)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers of x."""
        return self._beta_prime.tails

    def landmarks(self) -> Any:
        """Return points on both sides of the mean of ln X."""
        return self._beta_prime.landmarks()

    def entropy(self) -> Any:
        """Return that of the beta prime distribution that it is."""
        return self._beta_prime.entropy()

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        return self._beta_prime.expectation(statistic)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return those of the beta prime distribution that it is."""
        return self._beta_prime.log_density_terms()

    def forms(self) -> tuple[BetaPrime, ...]:
        """Return it as a beta prime distribution of scale df2/df1."""
        return (self._beta_prime,)

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete beta function of df1 x/(df1 x + df2)."""
        return self._beta_prime.cdf(x)

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        return self._beta_prime.survival(x)

    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        return self._beta_prime.quantile(u)


def fisher_f(df1: object, df2: object) -> FisherF:
    """Return Fisher's F distribution: that of (U/df1)/(V/df2), U and V chi-square with df1 and df2 degrees of freedom.

    Density √((df1 x)^df1 df2^df2 / (df1 x + df2)^(df1 + df2)) / (x B(df1/2, df2/2)), x > 0.

    Args:
        df1: the degrees of freedom of the numerator, > 0 (SciPy's `dfn`).
        df2: those of the denominator, > 0 (SciPy's `dfd`).

    Returns:
        `FisherF`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.fisher_f(4, 6), kb.distributions.fisher_f(2, 3)).round(6)
        np.float64(0.121108)
    """
    return FisherF(*together(positive(df1, "df1", "fisher_f"), positive(df2, "df2", "fisher_f")))
