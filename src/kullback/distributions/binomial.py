"""Binomial distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.bernoulli import arc
from kullback.distributions.chance import Chance, OfChance, certain_renyi, log_odds_remainder, read_chance
from kullback.distributions.parameters import together, whole
from kullback.distributions.whole_numbers import points_of_counts, unknown, where_equal, where_whole
from kullback.functions.saddle_point import log_binomial_mass
from kullback.natural import Natural
from kullback.numerics import times
from kullback.statistic import Difference, Exponential, LogBinomial, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Binomial(OfChance):
    """Binomial distribution: masses C(n, k) p^k (1 − p)^(n−k), k = 0, …, n = total_count.

    Attributes:
        total_count: the number of trials, a whole number ≥ 0.
        chance: p, as probabilities or log-odds.
    """

    total_count: Any
    chance: Chance

    name: ClassVar[str] = "binomial"
    log_concave: ClassVar[bool] = True

    @property
    def probs(self) -> Any:
        """The chance of success."""
        return self.chance.probs

    @property
    def logits(self) -> Any:
        """Its log-odds."""
        return self.chance.logits

    @property
    def support(self) -> Integers:
        """{0, …, n}, or one end of it where success or failure is certain."""
        xp = namespace(self.total_count, self.chance.value)
        n = self.total_count
        return Integers(xp.where(self.chance.certain(1), n, 0.0 * n), xp.where(self.chance.certain(0), 0.0 * n, n))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        n, one = self.total_count, self.chance

        def log_mass(k: Any) -> Any:
            return log_binomial_mass(k, n - k, one.probs, one.complement, one.log_probs, one.log_complement)

        return where_whole(x, 0.0, n, log_mass, n, one.value)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), from the ratio of the chances where the trials are as many."""
        both = self.chance.compared(other.chance)
        n = self.total_count
        xp = namespace(x, n, other.total_count, both.difference)
        same = times(x, both.log_ratio) + times(n - x, both.log_ratio_of_complements)
        return xp.where(n == other.total_count, same, other.log_prob(x) - self.log_prob(x))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """There are none."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return counts around the mean."""
        p, n, ends = self.chance.probs, self.total_count, self.support
        return points_of_counts(n * p, np.sqrt(n * p * self.chance.complement), ends.low, ends.high)

    def entropy(self) -> Any | None:
        """There is no closed form."""
        return None

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        p, c, n = self.chance.probs, self.chance.complement, self.total_count
        xp = namespace(p, n)
        match statistic:
            case One():
                return xp.ones_like(n * p)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return n * p if exponent == 1 else n * p * c + (n * p) ** 2
            case Difference(center):
                return n * p - center
            case SquaredDeviation(center):
                return n * p * c + (n * p - center) ** 2
            case Exponential(rate, center):
                return xp.exp(n * xp.log1p(p * xp.expm1(rate + 0.0 * p)) - rate * center)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln C(n, x) + x ln(p/(1 − p)) + n ln(1 − p)."""
        n = self.total_count
        one = namespace(n).ones_like(n)
        return (n * self.chance.log_complement, One()), (self.chance.logits, Power(1)), (one, LogBinomial(n))

    def natural(self, other: Self) -> Natural:
        """Return θ = ln(p/(1 − p)), T = x, where the trials are as many; NaN where not."""
        xp = namespace(self.total_count, other.total_count, self.chance.value, other.chance.value)
        n, m = self.total_count, other.total_count
        return Natural(
            theta=(self.chance.logits,),
            step=(self.chance.compared(other.chance).step,),
            remainder=lambda theta, step: where_equal(n, m, n * log_odds_remainder(theta[0], step[0])),
            inside=lambda theta: xp.isfinite(theta[0]),
            everywhere=False,
            formula="A(θ) = n ln(1 + e^θ), n the same",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the binomial",
        )

    @closed_form(
        "kl",
        formula="n (p ln(p/q) + (1 − p) ln((1 − p)/(1 − q))), n the same",
        source="Kullback, Information Theory and Statistics (1959), ch. 4, example 2.1",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): n times that of one trial; NaN where the trials are not as many."""
        n, m = self.total_count, other.total_count
        return where_equal(n, m, times(n, self.chance.compared(other.chance).relative_entropy()))

    @closed_form(
        "renyi",
        formula="n times that of one trial, where P or Q is certain of its outcome; n the same",
        source="the trials are independent",
        everywhere=False,
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence where P or Q is certain, or n is 0; NaN elsewhere."""
        n, m = self.total_count, other.total_count
        return where_equal(n, m, times(n, certain_renyi(self.chance.compared(other.chance), order)))

    @closed_form(
        "fisher_rao",
        formula="2 √n |arcsin √q − arcsin √p|, n the same",
        source="Atkinson and Mitchell, Rao's distance measure (1981), table 1",
        everywhere=False,
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return √n times the distance of one trial; NaN where the trials are not as many."""
        n, m = self.total_count, other.total_count
        return where_equal(n, m, namespace(n).sqrt(n) * arc(self.chance, other.chance))

    @closed_form(
        "wasserstein",
        formula="n |p − q|, order 1, n the same",
        source="the smaller chance's successes are some of the other's: ordered quantiles",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: Any) -> Any:
        """Return the difference of the means, for order 1; NaN where the trials are not as many."""
        n, m = self.total_count, other.total_count
        d = self.chance.compared(other.chance).difference
        gap = n * namespace(d).abs(d)
        return where_equal(n, m, gap if order == 1 else unknown(gap))

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete beta function I_(1−p)(n − k, k + 1), k = ⌊x⌋."""
        from scipy.special import betainc

        k = np.floor(x)
        inner = np.clip(k, 0.0, np.maximum(self.total_count - 1.0, 0.0))
        found = betainc(np.maximum(self.total_count - inner, 1.0), inner + 1.0, self.chance.complement)
        return np.where(k < 0.0, 0.0, np.where(k >= self.total_count, 1.0, found))

    def survival(self, x: Any) -> Any:
        """Return I_p(k + 1, n − k), k = ⌊x⌋."""
        from scipy.special import betainc

        k = np.floor(x)
        inner = np.clip(k, 0.0, np.maximum(self.total_count - 1.0, 0.0))
        found = betainc(inner + 1.0, np.maximum(self.total_count - inner, 1.0), self.chance.probs)
        return np.where(k < 0.0, 1.0, np.where(k >= self.total_count, 0.0, found))

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import binom

        return binom.ppf(u, self.total_count, self.chance.probs)


def binomial(total_count: object, probs: object = None, *, logits: object = None) -> Binomial:
    """Return the binomial distribution with masses C(n, k) p^k (1 − p)^(n−k), k = 0, …, n = total_count.

    Args:
        total_count: n, the number of trials: a whole number ≥ 0 (SciPy's `n`).
        probs: p, in [0, 1] (SciPy's `p`).
        logits: ln(p/(1 − p)) in its place.

    Returns:
        `Binomial`: one distribution, or a batch of them.

    Raises:
        ValueError: a number of trials that is not whole, a probability outside [0, 1]; both or neither given.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.binomial(10, 0.5), kb.distributions.binomial(10, 0.25)).round(6)
        np.float64(1.43841)
    """
    value, scale = read_chance(probs, logits, "binomial")
    n, value = together(whole(total_count, "total_count", "binomial"), value)
    return Binomial(n, Chance(value, scale))
