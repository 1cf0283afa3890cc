"""Geometric distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.chance import Chance, Compared, OfChance, read_chance
from kullback.distributions.whole_numbers import unknown, where_whole
from kullback.functions.saddle_point import excess
from kullback.natural import Natural
from kullback.numerics import expm1mx, log1pmx, times
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Geometric(OfChance):
    """Geometric distribution: masses (1 − p)^k p, k = 0, 1, … failures before the first success.

    Attributes:
        chance: p, in (0, 1], as probabilities or log-odds.
    """

    chance: Chance

    name: ClassVar[str] = "geometric"
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
        """The whole numbers from 0 on, or 0 alone where success is certain."""
        xp = namespace(self.chance.value)
        value = self.chance.value
        return Integers(np.float64(0.0), xp.where(self.chance.certain(1), xp.zeros_like(value), math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return k ln(1 − p) + ln p."""
        return where_whole(
            x,
            0.0,
            math.inf,
            lambda k: times(k, self.chance.log_complement) + self.chance.log_probs,
            self.chance.value,
        )

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x)."""
        both = self.chance.compared(other.chance)
        return times(x, both.log_ratio_of_complements) + both.log_ratio

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None below, an exponential above."""
        return Tail(), Tail(powers=((1.0, -self.chance.log_complement),))

    def landmarks(self) -> Any:
        """Return quantiles."""
        rate = -np.asarray(self.chance.log_complement)[..., None]
        safe = np.where(rate > 0.0, rate, 1.0)
        return np.floor(np.asarray([0.0, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0]) / safe)

    def entropy(self) -> Any:
        """Return (−p ln p − (1 − p) ln(1 − p))/p."""
        p, c = self.chance.probs, self.chance.complement
        return 0.0 - self.chance.log_probs - times(c, self.chance.log_complement) / p

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        p, c = self.chance.probs, self.chance.complement
        xp = namespace(p)
        mean = c / p
        match statistic:
            case One():
                return xp.ones_like(p)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else mean / p + mean * mean
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return mean / p + (mean - center) ** 2
            case Exponential(rate, center):
                growth = c * xp.exp(rate + 0.0 * p)
                converges = growth < 1.0
                return xp.where(
                    converges, p * xp.exp(-rate * center) / (1.0 - xp.where(converges, growth, 0.0)), math.inf
                )
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln p + x ln(1 − p)."""
        return (self.chance.log_probs, One()), (self.chance.log_complement, Power(1))

    def natural(self, other: Self) -> Natural:
        """Return θ = ln(1 − p), T = x."""
        both = self.chance.compared(other.chance)
        theta = self.chance.log_complement
        return Natural(
            theta=(theta,),
            step=(both.log_ratio_of_complements,),
            remainder=lambda theta, step: waiting_remainder(theta[0], step[0]),
            inside=lambda theta: theta[0] < 0.0,
            formula="A(θ) = −ln(1 − e^θ)",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), of the negative binomial",
        )

    @closed_form(
        "kl",
        formula="ln(p/q) + (1 − p)/p ln((1 − p)/(1 − q))",
        source="Kullback, Information Theory and Statistics (1959), ch. 4, example 2.1: KL of one trial, over p",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): that of one trial times the mean number of trials."""
        return self.chance.compared(other.chance).relative_entropy() / self.chance.probs

    @closed_form(
        "renyi",
        formula="(α ln p + (1 − α) ln q − ln(1 − (1 − p)^α (1 − q)^(1−α)))/(α − 1)",
        source="the geometric series Σ p^α q^(1−α) ((1 − p)^α (1 − q)^(1−α))^k",
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence, ∞ where the series diverges."""
        return waiting_renyi(self.chance.compared(other.chance), other.chance.compared(self.chance), order)

    @closed_form(
        "tv",
        formula="|(1 − p)^K − (1 − q)^K|, K = 1 + ⌊ln(q/p)/ln((1 − p)/(1 − q))⌋",
        source="the masses cross once: the difference of the distribution functions there",
    )
    def total_variation(self, other: Self) -> Any:
        """Return the difference of the survival functions where the masses cross."""
        both = self.chance.compared(other.chance)
        xp = namespace(both.difference)
        fall = both.log_ratio_of_complements
        usual = (fall != 0.0) & (xp.abs(fall) < math.inf)
        crossing = -both.log_ratio / xp.where(usual, fall, 1.0)
        k = 1.0 + xp.where(usual, xp.floor(crossing), 0.0)
        # e^(kθ) from the higher of the two, times what is lost on the way to the lower.
        higher = xp.where(fall > 0.0, other.chance.log_complement, self.chance.log_complement)
        safe = xp.where(higher > -math.inf, higher, 0.0)
        lost = -xp.expm1(-k * xp.abs(fall))
        return xp.where(higher > -math.inf, xp.exp(k * safe) * lost, 0.0)

    @closed_form(
        "fisher_rao",
        formula="2 |artanh √(1 − p) − artanh √(1 − q)|",
        source="the integral of √(1/(p² (1 − p))), the root of the Fisher information",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the distance along the family."""
        return waiting_distance(self.chance.compared(other.chance))

    @closed_form(
        "wasserstein",
        formula="|1/p − 1/q|, order 1",
        source="ordered quantiles: the difference of the means",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: Any) -> Any:
        """Return the difference of the means, for order 1."""
        xp = namespace(self.chance.value, other.chance.value)
        p, q = self.chance.probs, other.chance.probs
        gap = xp.abs(self.chance.compared(other.chance).difference) / p / q
        return gap if order == 1 else unknown(gap)

    def forms(self) -> tuple[Density, ...]:
        """Return the negative binomial distribution with one success, whose trials fail where these succeed."""
        from kullback.distributions.negative_binomial import NegativeBinomial

        return (NegativeBinomial(namespace(self.chance.value).ones_like(self.chance.value), self.chance.turned()),)

    def cdf(self, x: Any) -> Any:
        """Return 1 − (1 − p)^(⌊x⌋ + 1)."""
        return np.where(np.floor(x) < 0.0, 0.0, -np.expm1((np.floor(x) + 1.0) * self.chance.log_complement))

    def survival(self, x: Any) -> Any:
        """Return (1 − p)^(⌊x⌋ + 1)."""
        return np.where(np.floor(x) < 0.0, 1.0, np.exp((np.floor(x) + 1.0) * self.chance.log_complement))

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        u = np.asarray(u, dtype=float)
        k = np.maximum(np.ceil(np.log1p(-u) / self.chance.log_complement) - 1.0, 0.0)
        # The quotient may be rounded across a whole number.
        k = np.where((k > 0.0) & (self.cdf(k - 1.0) >= u), k - 1.0, k)
        return np.where(self.cdf(k) < u, k + 1.0, k)


@np.errstate(all="ignore")
def waiting_remainder(theta: Any, step: Any) -> Any:
    """Return A(θ + step) − A(θ) − step·A'(θ) of A(θ) = −ln(1 − e^θ), θ < 0: KL of geometric distributions."""
    xp = namespace(theta, step)
    c, p = xp.exp(theta), -xp.expm1(theta)
    d = c * xp.expm1(step)  # of the chance of failure
    q = -xp.expm1(theta + step)
    near = xp.abs(d) < 0.5 * p
    log_ratio = xp.where(near, xp.log1p(-xp.where(near, d, 0.0) / p), xp.log(q) - xp.log(p))
    return (excess(xp, c, c * xp.exp(step), d, step) + excess(xp, p, q, -d, log_ratio)) / p


@np.errstate(all="ignore")
def waiting_renyi(both: Compared, swapped: Compared, order: Any) -> Any:
    """Return the Rényi divergence of geometric distributions, from the chances of P and Q, and of Q and P."""
    # e is the order of the other way round, which 1 − (1 − order) would round.
    e = 1.0 - order
    factor = 1.0
    if order < 0.5:
        both, e, factor = swapped, order, order / (1.0 - order)
    p, c = both.p.probs, both.p.complement
    rise, fall = both.log_ratio, both.log_ratio_of_complements
    xp = namespace(rise)
    odds = c / p
    # Σ p^α q^(1−α) (…)^k = e^(e·rise)/(1 + y), y = −odds (e^(e·fall) − 1), a series that diverges for y ≤ −1.
    finite = xp.abs(fall) < math.inf
    y = -times(odds, xp.expm1(e * fall))
    converges = y > -1.0
    safe = xp.where(converges, y, 0.0)
    # ln(1 + y) − e rise, with y and rise each beyond its linear part: as accurate as KL for orders next to 1.
    usable = finite & converges & (xp.abs(e * fall) < 500.0)
    inner = xp.where(usable, fall, 0.0)
    lost = log1pmx(xp.where(usable, y, 0.0)) - odds * expm1mx(e * inner)
    linear = e * xp.where(usable, both.relative_entropy() / p, 0.0)
    close = lost + linear
    near = usable & ((xp.abs(rise) < 0.5) | (xp.abs(close) > 0.5 * xp.abs(linear)))
    far = xp.log1p(safe) - e * rise
    return xp.where(converges, factor * (xp.where(near, close, far) / e), math.inf)


@np.errstate(all="ignore")
def waiting_distance(both: Compared) -> Any:
    """Return the Fisher–Rao distance of geometric distributions."""
    xp = namespace(both.difference)
    a, b = xp.sqrt(both.p.complement), xp.sqrt(both.q.complement)
    whole = a + b
    gap = both.difference / xp.where(whole > 0.0, whole, 1.0)  # a − b
    return 2.0 * xp.abs(xp.log1p(gap / (1.0 + b)) + 0.5 * both.log_ratio)


def geometric(probs: object = None, *, logits: object = None) -> Geometric:
    """Return the geometric distribution with masses (1 − p)^k p: k = 0, 1, … failures before the first success.

    PyTorch counts so too; SciPy's `geom` counts the trials, one more, which changes no divergence.

    Args:
        probs: p, in (0, 1].
        logits: ln(p/(1 − p)) in its place.

    Returns:
        `Geometric`: one distribution, or a batch of them.

    Raises:
        ValueError: a probability outside (0, 1]; both or neither given.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.geometric(1e-6), kb.distributions.geometric(2e-6)).round(6)
        np.float64(0.306853)
    """
    value, scale = read_chance(probs, logits, "geometric", least=False)
    return Geometric(Chance(value, scale))
