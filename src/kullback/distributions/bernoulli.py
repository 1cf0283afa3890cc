"""Bernoulli distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.chance import Chance, OfChance, certain_renyi, log_odds_remainder, read_chance
from kullback.functions.saddle_point import excess
from kullback.natural import Natural
from kullback.numerics import log1pmx, times
from kullback.statistic import (
    Difference,
    Exponential,
    LogBinomial,
    LogFactorial,
    One,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Bernoulli(OfChance):
    """Bernoulli distribution: 1 with probability p, 0 with probability 1 − p.

    Attributes:
        chance: p, as probabilities or log-odds.
    """

    chance: Chance

    name: ClassVar[str] = "bernoulli"
    log_concave: ClassVar[bool] = True

    @property
    def probs(self) -> Any:
        """The probability of 1."""
        return self.chance.probs

    @property
    def logits(self) -> Any:
        """Its log-odds."""
        return self.chance.logits

    @property
    def support(self) -> Integers:
        """{0, 1}, or one of them where it is certain."""
        xp = namespace(self.chance.value)
        none = xp.zeros_like(self.chance.value)
        return Integers(xp.where(self.chance.certain(1), 1.0, none), xp.where(self.chance.certain(0), none, none + 1.0))

    def log_prob(self, x: Any) -> Any:
        """Return ln p at 1, ln(1 − p) at 0."""
        xp = namespace(x, self.chance.value)
        outside = xp.where(x == 0.0, self.chance.log_complement, -math.inf)
        return xp.where(x == 1.0, self.chance.log_probs, outside)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x)."""
        compared = self.chance.compared(other.chance)
        xp = namespace(x, compared.difference)
        return xp.where(x == 1.0, compared.log_ratio, compared.log_ratio_of_complements)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """There are none."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return 0 and 1, or the one that is certain, twice."""
        ends = self.support
        return np.stack([np.asarray(ends.low, dtype=float), np.asarray(ends.high, dtype=float)], axis=-1)

    def entropy(self) -> Any:
        """Return −p ln p − (1 − p) ln(1 − p)."""
        p, c = self.chance.probs, self.chance.complement
        return 0.0 - times(p, self.chance.log_probs) - times(c, self.chance.log_complement)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: of two numbers."""
        p, c = self.chance.probs, self.chance.complement
        xp = namespace(p)
        match statistic:
            case One():
                return xp.ones_like(p)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent > 0:
                return p
            case Difference(center):
                return p - center
            case SquaredDeviation(center):
                return p * c + (p - center) ** 2
            case Exponential(rate, center):
                return c * xp.exp(-rate * center) + p * xp.exp(rate * (1.0 - center))
            case LogFactorial(shift):
                from kullback.functions import log_gamma

                return log_gamma(shift + (1.0 + 0.0 * p)) + p * xp.log1p(shift + 0.0 * p)
            case LogBinomial(total):
                return p * xp.log(total + 0.0 * p)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return x ln(p/(1 − p)) + ln(1 − p)."""
        return (self.chance.log_complement, One()), (self.chance.logits, Power(1))

    def natural(self, other: Self) -> Natural:
        """Return θ = ln(p/(1 − p)), T = x."""
        return Natural(
            theta=(self.chance.logits,),
            step=(self.chance.compared(other.chance).step,),
            remainder=lambda theta, step: log_odds_remainder(theta[0], step[0]),
            inside=lambda theta: namespace(theta[0]).isfinite(theta[0]),
            formula="A(θ) = ln(1 + e^θ)",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the Bernoulli",
        )

    def forms(self) -> tuple[Density, ...]:
        """Return the binomial distribution of one trial."""
        from kullback.distributions.binomial import Binomial

        return (Binomial(namespace(self.chance.value).ones_like(self.chance.value), self.chance),)

    @closed_form(
        "kl",
        formula="p ln(p/q) + (1 − p) ln((1 − p)/(1 − q))",
        source="Kullback and Leibler, On information and sufficiency (1951), eq. (2.4), for two outcomes",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as two terms that are never negative."""
        return self.chance.compared(other.chance).relative_entropy()

    @closed_form(
        "renyi",
        formula="−ln q(k) where P is certain of k, α/(1 − α) (−ln p(k)) where Q is",
        source="the definition, where one of the masses is 0",
        everywhere=False,
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence where P or Q is certain; NaN elsewhere, where an exponential family does."""
        return certain_renyi(self.chance.compared(other.chance), order)

    @closed_form("tv", formula="|p − q|", source="half the sum of the absolute differences of the masses")
    def total_variation(self, other: Self) -> Any:
        """Return |p − q|."""
        d = self.chance.compared(other.chance).difference
        return namespace(d).abs(d)

    @closed_form("wasserstein", formula="|p − q|^(1/order)", source="one unit of distance for the mass that moves")
    def wasserstein(self, other: Self, order: Any) -> Any:
        """Return |p − q|^(1/order)."""
        return self.total_variation(other) ** (1.0 / order)

    @closed_form(
        "fisher_rao",
        formula="2 |arcsin √q − arcsin √p|",
        source="Atkinson and Mitchell, Rao's distance measure (1981), table 1",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the length of the arc between (√p, √(1 − p)) and (√q, √(1 − q)), doubled."""
        return arc(self.chance, other.chance)

    @closed_form(
        "kl",
        against="poisson",
        formula="rate − p − p ln(rate/p) + p + (1 − p) ln(1 − p)",
        source="the definition: the factorials of 0 and 1 are 1",
    )
    def against_poisson(self, other: Any) -> Any:
        """Return KL(P‖Q) of a Poisson Q, as two terms that are never negative."""
        p = self.chance.probs
        xp = namespace(p, other.rate)
        rate = other.rate
        log_ratio = xp.log(xp.where(p > 0.0, rate, 1.0)) - xp.where(p > 0.0, self.chance.log_probs, 0.0)
        return excess(xp, p, rate, rate - p, log_ratio) + self._lost()

    @closed_form(
        "kl",
        against="geometric",
        formula="p ln(p/f) + (1 − p) ln(1 − p) − ln(1 − f), f the chance of failure of Q",
        source="the definition",
    )
    def against_geometric(self, other: Any) -> Any:
        """Return KL(P‖Q) of a geometric Q, as three terms that are never negative."""
        p, f = self.chance.probs, other.chance.complement
        xp = namespace(p, f)
        log_ratio = xp.where(p > 0.0, other.chance.log_complement, 0.0) - xp.where(p > 0.0, self.chance.log_probs, 0.0)
        return (
            excess(xp, p, f, f - p, log_ratio)
            + self._lost()
            - xp.where(f < 0.5, log1pmx(-f), other.chance.log_probs + f)
        )

    def _lost(self) -> Any:
        """Return p + (1 − p) ln(1 − p) = ∫₀ᵖ −ln(1 − t) dt."""
        p, c = self.chance.probs, self.chance.complement
        xp = namespace(p)
        small = p < 0.5
        inner = xp.where(small, p, 0.25)
        near = log1pmx(-inner) - inner * xp.log1p(-inner)
        return xp.where(small, near, p + times(c, xp.where(small, 0.0, self.chance.log_complement)))


def arc(p: Chance, q: Chance) -> Any:
    """Return 2 |arcsin √q − arcsin √p|, also where they are nearly equal."""
    xp = namespace(p.value, q.value)
    # sin of the difference of the angles is √(q(1 − p)) − √(p(1 − q)) = (q − p)/(√(q(1 − p)) + √(p(1 − q))).
    cross, other = xp.sqrt(q.probs * p.complement), xp.sqrt(p.probs * q.complement)
    level = xp.sqrt(p.probs * q.probs) + xp.sqrt(p.complement * q.complement)
    whole = cross + other
    d = p.compared(q).difference
    apart = xp.where(whole > 0.0, xp.abs(d), 0.0) / xp.where(whole > 0.0, whole, 1.0)
    return 2.0 * xp.atan2(apart, level)


def bernoulli(probs: object = None, *, logits: object = None) -> Bernoulli:
    """Return the Bernoulli distribution: 1 with probability p, 0 with probability 1 − p.

    Args:
        probs: p, in [0, 1] (SciPy's `p`).
        logits: ln(p/(1 − p)) in its place: chances next to 1 keep their digits.

    Returns:
        `Bernoulli`: one distribution, or a batch of them.

    Raises:
        ValueError: a probability outside [0, 1]; both or neither given.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.bernoulli(0.5), kb.distributions.bernoulli(0.25)).round(6)
        np.float64(0.143841)
    """
    value, scale = read_chance(probs, logits, "bernoulli")
    return Bernoulli(Chance(value, scale))
