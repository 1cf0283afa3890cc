"""Hypergeometric distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.parameters import checked, readable, together, whole
from kullback.distributions.whole_numbers import points_of_counts, where_whole
from kullback.functions.saddle_point import log_binomial_mass
from kullback.statistic import Difference, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Hypergeometric(Density):
    """Hypergeometric distribution: masses C(K, k) C(M − K, n − k)/C(M, n): successes among n draws without replacement.

    Attributes:
        population: M, how many there are.
        successes: K of them.
        draws: n, how many are drawn.
    """

    population: Any
    successes: Any
    draws: Any

    name: ClassVar[str] = "hypergeometric"
    log_concave: ClassVar[bool] = True

    @property
    def support(self) -> Integers:
        """{max(0, n + K − M), …, min(n, K)}."""
        xp = namespace(self.population, self.successes, self.draws)
        least = self.draws + self.successes - self.population
        return Integers(
            xp.where(least > 0.0, least, 0.0), xp.where(self.draws < self.successes, self.draws, self.successes)
        )

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x): binomial counts of both kinds, given their sum; any common chance will do, n/M suits best."""
        m, s, n = self.population, self.successes, self.draws
        xp = namespace(m, s, n)
        some = m > 0.0
        whole_population = xp.where(some, m, 1.0)
        chance, rest = n / whole_population, xp.where(some, m - n, 1.0) / whole_population
        logs = xp.log(chance), xp.log(rest)

        def log_mass(k: Any) -> Any:
            first = log_binomial_mass(k, s - k, chance, rest, *logs)
            second = log_binomial_mass(n - k, (m - s) - (n - k), chance, rest, *logs)
            return first + second - log_binomial_mass(n, m - n, chance, rest, *logs)

        ends = self.support
        return where_whole(x, ends.low, ends.high, log_mass)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """There are none."""
        return Tail(), Tail()

    def _moments(self) -> tuple[Any, Any]:
        m, s, n = self.population, self.successes, self.draws
        xp = namespace(m, s, n)
        share = s / xp.where(m > 0.0, m, 1.0)
        mean = n * share
        return mean, mean * (1.0 - share) * (m - n) / xp.where(m > 1.0, m - 1.0, 1.0)

    def landmarks(self) -> Any:
        """Return counts around the mean."""
        mean, variance = self._moments()
        ends = self.support
        return points_of_counts(mean, np.sqrt(variance), ends.low, ends.high)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        mean, variance = self._moments()
        match statistic:
            case One():
                return namespace(mean).ones_like(mean)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else variance + mean * mean
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return variance + (mean - center) ** 2
            case _:
                return None

    def cdf(self, x: Any) -> Any:
        """Return the sum of the masses up to x."""
        from scipy.stats import hypergeom

        return hypergeom.cdf(np.floor(x), self.population, self.successes, self.draws)

    def survival(self, x: Any) -> Any:
        """Return the sum of the masses above x."""
        from scipy.stats import hypergeom

        return hypergeom.sf(np.floor(x), self.population, self.successes, self.draws)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import hypergeom

        return hypergeom.ppf(u, self.population, self.successes, self.draws)


def hypergeometric(population: object, successes: object, draws: object) -> Hypergeometric:
    """Return the hypergeometric distribution with masses C(K, k) C(M − K, n − k)/C(M, n).

    k is the number of successes among n things drawn without replacement from M, of which K are successes.

    Args:
        population: M (SciPy's `M`), a whole number ≥ 0.
        successes: K ≤ M (SciPy's `n`).
        draws: n ≤ M (SciPy's `N`).

    Returns:
        `Hypergeometric`: one distribution, or a batch of them.

    Raises:
        ValueError: a number that is not whole, or greater than the population.

    Example:
        >>> import kullback as kb
        >>> float(kb.distributions.hypergeometric(20, 7, 12).log_prob(4)).__round__(6)
        -1.028382
    """
    m, s, n = together(
        whole(population, "population", "hypergeometric"),
        whole(successes, "successes", "hypergeometric"),
        whole(draws, "draws", "hypergeometric"),
    )
    for number, name in ((s, "successes"), (n, "draws")):
        if readable(m) and readable(number):
            checked(m - number, f"population − {name}", "hypergeometric", "a number ≥ 0", lambda a: a >= 0.0)
    return Hypergeometric(m, s, n)
