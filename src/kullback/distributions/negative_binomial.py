"""Negative binomial distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.chance import Chance, Compared, OfChance, read_chance
from kullback.distributions.geometric import waiting_distance, waiting_remainder, waiting_renyi
from kullback.distributions.held_equal import held_equal
from kullback.distributions.parameters import positive, together
from kullback.distributions.whole_numbers import points_of_counts, unknown, where_whole
from kullback.functions.saddle_point import log_binomial_mass
from kullback.natural import Natural
from kullback.numerics import times
from kullback.statistic import Difference, Exponential, LogFactorial, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class NegativeBinomial(OfChance):
    """Negative binomial distribution: masses Γ(r + k)/(k! Γ(r)) p^k (1 − p)^r, k = 0, 1, …, r = total_count.

    Attributes:
        total_count: r, the number of failures at which counting stops, > 0, whole or not.
        chance: p, that of success, in [0, 1), as probabilities or log-odds.
    """

    total_count: Any
    chance: Chance

    name: ClassVar[str] = "negative_binomial"

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
        """The whole numbers from 0 on, or 0 alone where failure is certain."""
        value = self.chance.value
        xp = namespace(value)
        return Integers(np.float64(0.0), xp.where(self.chance.certain(0), xp.zeros_like(value), math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x): of r failures among r + x trials the last is one, a share r/(r + x) of all orders."""
        r, one = self.total_count, self.chance

        def log_mass(k: Any) -> Any:
            return log_negative_binomial_mass(k, r, one)

        return where_whole(x, 0.0, math.inf, log_mass, r, one.value)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), from the ratio of the chances where the numbers of failures are equal."""
        both = self.chance.compared(other.chance)
        r = self.total_count
        xp = namespace(x, r, other.total_count, both.difference)
        same = times(x, both.log_ratio) + r * both.log_ratio_of_complements
        return xp.where(r == other.total_count, same, other.log_prob(x) - self.log_prob(x))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None below, an exponential times a power above."""
        return Tail(), Tail(powers=((1.0, -self.chance.log_probs),), linear=1.0 - self.total_count)

    def landmarks(self) -> Any:
        """Return counts around the mean, and far above it."""
        p, c, r = self.chance.probs, self.chance.complement, self.total_count
        mean = r * p / c
        return points_of_counts(mean, np.sqrt(mean / c), 0.0, self.support.high)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        p, c, r = self.chance.probs, self.chance.complement, self.total_count
        xp = namespace(p, r)
        mean = r * p / c
        match statistic:
            case One():
                return xp.ones_like(mean)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else mean / c + mean * mean
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return mean / c + (mean - center) ** 2
            case Exponential(rate, center):
                growth = p * xp.exp(rate + 0.0 * p)
                converges = growth < 1.0
                log_mean = r * (self.chance.log_complement - xp.log1p(-xp.where(converges, growth, 0.0)))
                return xp.where(converges, xp.exp(log_mean - rate * center), math.inf)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln Γ(x + r) − ln x! + x ln p + r ln(1 − p) − ln Γ(r)."""
        from kullback.functions import log_gamma

        r = self.total_count
        one = namespace(r).ones_like(r)
        return (
            (r * self.chance.log_complement - log_gamma(r), One()),
            (self.chance.log_probs, Power(1)),
            (one, LogFactorial(r - 1.0)),
            (-one, LogFactorial(0.0)),
        )

    def natural(self, other: Self) -> Natural:
        """Return θ = ln p, T = x, where the numbers of failures are equal; NaN where not."""
        both = self.chance.compared(other.chance)
        r = self.total_count
        return Natural(
            theta=(self.chance.log_probs,),
            step=(both.log_ratio,),
            remainder=lambda theta, step: self._shared(other, r * waiting_remainder(theta[0], step[0])),
            inside=lambda theta: theta[0] < 0.0,
            everywhere=False,
            formula="A(θ) = −r ln(1 − e^θ), r the same",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), of the negative binomial",
        )

    def _shared(self, other: Self, value: Any) -> Any:
        """Return a value where r is the same, NaN elsewhere."""
        return namespace(value).where(held_equal(self.total_count, other.total_count), value, math.nan)

    @closed_form(
        "kl",
        formula="r (ln((1 − p)/(1 − q)) + p/(1 − p) ln(p/q)), r the same",
        source="Kullback, Information Theory and Statistics (1959), ch. 4: KL of one trial times their mean number",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): that of one trial times the mean number of trials; NaN where r differs."""
        trial = self.chance.compared(other.chance).relative_entropy()
        return self._shared(other, self.total_count * trial / self.chance.complement)

    @closed_form(
        "renyi",
        formula="r (α ln(1 − p) + (1 − α) ln(1 − q) − ln(1 − p^α q^(1−α)))/(α − 1), r the same",
        source="the binomial series with p^α q^(1−α) for p",
        everywhere=False,
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return r times that of the geometric distribution, ∞ where the series diverges; NaN where r differs."""
        one = waiting_renyi(_waiting(self, other), _waiting(other, self), order)
        return self._shared(other, self.total_count * one)

    @closed_form(
        "fisher_rao",
        formula="2 √r |artanh √p − artanh √q|, r the same",
        source="the integral of √(r/(p (1 − p)²)), the root of the Fisher information",
        everywhere=False,
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return √r times the distance of the geometric distribution; NaN where r differs."""
        r = self.total_count
        return self._shared(other, namespace(r).sqrt(r) * waiting_distance(_waiting(self, other)))

    @closed_form(
        "wasserstein",
        formula="r |p/(1 − p) − q/(1 − q)|, order 1, r the same",
        source="ordered quantiles: the difference of the means",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: Any) -> Any:
        """Return the difference of the means, for order 1; NaN where r differs."""
        both = self.chance.compared(other.chance)
        gap = namespace(both.difference).abs(both.difference) / both.p.complement / both.q.complement
        return self._shared(other, self.total_count * (gap if order == 1 else unknown(gap)))

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete beta function I_(1−p)(r, k + 1), k = ⌊x⌋."""
        from scipy.special import betainc

        k = np.floor(x)
        found = betainc(self.total_count, np.maximum(k, 0.0) + 1.0, self.chance.complement)
        return np.where(k < 0.0, 0.0, found)

    def survival(self, x: Any) -> Any:
        """Return I_p(k + 1, r), k = ⌊x⌋."""
        from scipy.special import betainc

        k = np.floor(x)
        found = betainc(np.maximum(k, 0.0) + 1.0, self.total_count, self.chance.probs)
        return np.where(k < 0.0, 1.0, found)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import nbinom

        return nbinom.ppf(u, self.total_count, self.chance.complement)


def _waiting(p: NegativeBinomial, q: NegativeBinomial) -> Compared:
    """Return the chances of failure compared, which end the wait."""
    both = p.chance.compared(q.chance)
    return both.turned()


def log_negative_binomial_mass(k: Any, r: Any, chance: Chance) -> Any:
    """Return ln Γ(r + k)/(k! Γ(r)) + k ln p + r ln(1 − p)."""
    xp = namespace(k, r, chance.value)
    orders = log_binomial_mass(k, r, chance.probs, chance.complement, chance.log_probs, chance.log_complement)
    return orders - xp.log1p(k / r)


def negative_binomial(total_count: object, probs: object = None, *, logits: object = None) -> NegativeBinomial:
    """Return the negative binomial distribution with masses Γ(r + k)/(k! Γ(r)) p^k (1 − p)^r, k = 0, 1, ….

    k successes before r = total_count failures, p the chance of success, as in PyTorch. SciPy's `nbinom(n, p)` counts
    failures before n successes: n = total_count, and its p is 1 − probs.

    Args:
        total_count: r > 0, whole or not.
        probs: p, in [0, 1).
        logits: ln(p/(1 − p)) in its place.

    Returns:
        `NegativeBinomial`: one distribution, or a batch of them.

    Raises:
        ValueError: a total count that is not positive, a probability outside [0, 1); both or neither given.

    Example:
        >>> import kullback as kb
        >>> p, q = (kb.distributions.negative_binomial(5, c) for c in (0.5, 0.6))
        >>> kb.kl(p, q).round(6)
        np.float64(0.20411)
    """
    value, scale = read_chance(probs, logits, "negative_binomial", most=False)
    r, value = together(positive(total_count, "total_count", "negative_binomial"), value)
    return NegativeBinomial(r, Chance(value, scale))
