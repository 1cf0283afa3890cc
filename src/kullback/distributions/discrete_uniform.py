"""Discrete uniform distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import checked, readable, together
from kullback.distributions.whole_numbers import where_whole
from kullback.functions.saddle_point import log_of_ratio
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers, beyond
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class DiscreteUniform(Density):
    """Discrete uniform distribution: equal masses on low, low + 1, …, high.

    Attributes:
        low: the least outcome, a whole number.
        high: the greatest, ≥ low.
    """

    low: Any
    high: Any

    name: ClassVar[str] = "discrete_uniform"
    log_concave: ClassVar[bool] = True

    @property
    def count(self) -> Any:
        """How many outcomes there are."""
        return self.high - self.low + 1.0

    @property
    def support(self) -> Integers:
        """{low, …, high}."""
        return Integers(self.low, self.high)

    def log_prob(self, x: Any) -> Any:
        """Return −ln(high − low + 1)."""
        xp = namespace(self.low, self.high)
        return where_whole(x, self.low, self.high, lambda k: 0.0 * k - xp.log(self.count), self.low, self.high)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """There are none."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return outcomes at equal distances, the ends among them."""
        low, high = np.asarray(self.low, dtype=float)[..., None], np.asarray(self.high, dtype=float)[..., None]
        return np.round(low + (high - low) * np.linspace(0.0, 1.0, 7)) + 0.0

    def entropy(self) -> Any:
        """Return ln(high − low + 1)."""
        return namespace(self.low, self.high).log(self.count)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        mean = 0.5 * (self.low + self.high)
        variance = (self.count - 1.0) * (self.count + 1.0) / 12.0
        xp = namespace(mean)
        match statistic:
            case One():
                return xp.ones_like(mean)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else variance + mean * mean
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return variance + (mean - center) ** 2
            case Exponential(rate, center):
                # The geometric series from the end where its terms are greatest.
                rate = rate + 0.0 * mean
                end = xp.where(rate > 0.0, self.high, self.low)
                step = -xp.abs(rate)
                flat = step == 0.0
                safe = xp.where(flat, -1.0, step)
                series = xp.where(flat, 1.0, xp.expm1(safe * self.count) / xp.expm1(safe) / self.count)
                return series * xp.exp(rate * (end - center))
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −ln(high − low + 1)."""
        return ((-namespace(self.low, self.high).log(self.count), One()),)

    def _shared(self, other: Self) -> Any:
        """Return how many outcomes both have."""
        xp = namespace(self.low, self.high, other.low, other.high)
        low = xp.where(self.low > other.low, self.low, other.low)
        high = xp.where(self.high < other.high, self.high, other.high)
        return xp.where(high >= low, high - low + 1.0, 0.0)

    @closed_form("kl", formula="ln(n_Q/n_P), ∞ where P reaches beyond Q", source="the definition")
    def relative_entropy(self, other: Self) -> Any:
        """Return the logarithm of the ratio of the numbers of outcomes."""
        xp = namespace(self.low, self.high, other.low, other.high)
        return xp.where(beyond(self.support, other.support), math.inf, self._log_ratio_of_counts(other))

    def _log_ratio_of_counts(self, other: Self) -> Any:
        """Return ln(n_Q/n_P)."""
        xp = namespace(self.low, self.high, other.low, other.high)
        difference = (other.high - self.high) + (self.low - other.low)
        return log_of_ratio(xp, self.count, other.count, difference)

    @closed_form(
        "renyi",
        formula="ln(m n_P^−α n_Q^(α−1))/(α − 1), m the number of shared outcomes",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), table 2, with counts for lengths",
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence, ∞ where P reaches beyond Q and the order is above 1."""
        xp = namespace(self.low, self.high, other.low, other.high)
        m = self._shared(other)
        inside = self._log_ratio_of_counts(other)
        reach = beyond(self.support, other.support)
        if order > 1.0:
            return xp.where(reach, math.inf, inside)
        lost = xp.log(self.count) - xp.log(m)
        return xp.where(reach, inside + lost / (1.0 - order), inside)

    @closed_form("tv", formula="1 − m/max(n_P, n_Q), m the number of shared outcomes", source="the definition")
    def total_variation(self, other: Self) -> Any:
        """Return the part of the longer range that is not shared."""
        xp = namespace(self.low, self.high, other.low, other.high)
        longer = xp.where(self.count > other.count, self.count, other.count)
        return (longer - self._shared(other)) / longer

    def cdf(self, x: Any) -> Any:
        """Return the share of the outcomes up to x."""
        return np.clip((np.floor(x) - self.low + 1.0) / self.count, 0.0, 1.0)

    def survival(self, x: Any) -> Any:
        """Return the share of the outcomes above x."""
        return np.clip((self.high - np.floor(x)) / self.count, 0.0, 1.0)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        k = self.low + np.maximum(np.ceil(np.asarray(u) * self.count) - 1.0, 0.0)
        return np.where((k > self.low) & (self.cdf(k - 1.0) >= u), k - 1.0, k)


def discrete_uniform(low: object, high: object) -> DiscreteUniform:
    """Return the uniform distribution on the whole numbers low, low + 1, …, high, both included.

    SciPy's `randint(low, high)` leaves its `high` out.

    Args:
        low: the least outcome.
        high: the greatest outcome, ≥ low.

    Returns:
        `DiscreteUniform`: one distribution, or a batch of them.

    Raises:
        ValueError: an end that is not whole, high < low.

    Example:
        >>> import kullback as kb
        >>> die, coin = kb.distributions.discrete_uniform(1, 6), kb.distributions.discrete_uniform(1, 2)
        >>> kb.kl(coin, die).round(6)
        np.float64(1.098612)
    """

    def end(x: object, name: str) -> Any:
        return checked(
            x, name, "discrete_uniform", "a whole number", lambda a: np.isfinite(a) & (np.asarray(a) == np.floor(a))
        )

    first, last = together(end(low, "low"), end(high, "high"))
    if readable(first) and readable(last):
        checked(last - first + 1.0, "high − low + 1", "discrete_uniform", "a number ≥ 1", lambda a: a >= 1.0)
    return DiscreteUniform(first, last)
