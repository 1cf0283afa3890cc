"""Beta-binomial distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import device_of, namespace, to_numpy
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import positive, readable, together, whole
from kullback.distributions.whole_numbers import where_whole
from kullback.functions.gamma import log_excess
from kullback.functions.saddle_point import log_binomial_mass
from kullback.statistic import Difference, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail

_LONGEST = 2_000_000
"""How many terms a closed form adds up at most, over the batch: longer sums are left to the rule for sums."""


@dataclass(frozen=True, eq=False)
class BetaBinomial(Density):
    """Beta-binomial distribution: masses C(n, k) B(k + a, n − k + b)/B(a, b), k = 0, …, n.

    Attributes:
        total_count: n, the number of trials, whole.
        a: that of the beta distribution of the chance, > 0.
        b: likewise.
    """

    total_count: Any
    a: Any
    b: Any

    name: ClassVar[str] = "beta_binomial"

    @property
    def support(self) -> Integers:
        """{0, …, n}."""
        return Integers(np.float64(0.0), self.total_count)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        n = self.total_count
        return where_whole(x, 0.0, n, lambda k: log_beta_binomial_mass(k, n, self.a, self.b), n, self.a, self.b)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """There are none."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return outcomes at equal distances, the ends among them."""
        n = np.asarray(self.total_count, dtype=float)[..., None]
        shape = 0.0 * (np.asarray(self.a) + np.asarray(self.b))[..., None]
        return np.round(n * np.linspace(0.0, 1.0, 9) + shape)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        n, a, b = self.total_count, self.a, self.b
        share = a / (a + b)
        mean = n * share
        variance = mean * (b / (a + b)) * ((a + b + n) / (a + b + 1.0))
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

    @closed_form(
        "kl",
        formula="Σᵢ f(d/(A + i)) − P(K > i) f(dₐ/(a + i)) − P(n − K > i) f(d_b/(b + i)), f(t) = ln(1 + t) − t, i < n",
        source="the definition; what is linear in the differences has mean 0, as a score has",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as sums over i < n; NaN where the numbers of trials differ or are not known."""
        n = self.total_count
        found = trials(n, other.total_count, self.a + self.b + other.a + other.b)
        if found is None:
            return math.nan * (n + other.total_count + self.a + self.b + other.a + other.b)
        steps, shared = found
        parts = ((self.a, other.a, self.b), (self.b, other.b, self.a))
        total = -rising_remainder(self.a + self.b, other.a + other.b, _whole_step(self, other), steps, shared)
        for own, new, rest in parts:
            total = total + expected_remainder(n, own, new, rest, steps, shared)
        xp = namespace(total)
        total = xp.where(total > 0.0, total, 0.0)
        return xp.where(n == other.total_count, total, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return the sum of the masses up to x."""
        from scipy.stats import betabinom

        return betabinom.cdf(np.floor(x), self.total_count, self.a, self.b)

    def survival(self, x: Any) -> Any:
        """Return the sum of the masses above x."""
        from scipy.stats import betabinom

        return betabinom.sf(np.floor(x), self.total_count, self.a, self.b)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import betabinom

        return betabinom.ppf(u, self.total_count, self.a, self.b)


@np.errstate(all="ignore")
def log_beta_binomial_mass(k: Any, n: Any, a: Any, b: Any) -> Any:
    """Return ln C(n, k) B(k + a, n − k + b)/B(a, b): two negative binomial counts with the sum n, given it.

    Any chance will do for those, and n/(n + a + b), under which n is the mean of the sum, suits best.
    """
    xp = namespace(k, n, a, b)
    whole_weight = a + b
    chance, rest = n / (n + whole_weight), whole_weight / (n + whole_weight)
    logs = xp.log(chance), -xp.log1p(n / whole_weight)

    def count(j: Any, r: Any) -> Any:
        return log_binomial_mass(j, r, chance, rest, *logs) - xp.log1p(j / r)

    return count(k, a) + count(n - k, b) - count(n, whole_weight)


def trials(n: Any, other: Any, batch: Any) -> tuple[Any, Any] | None:
    """Return i = 0, 1, … below the greatest n, and where i < n; None where n cannot be read or the sums are long."""
    if not (readable(n) and readable(other)):
        return None
    counts = np.asarray(to_numpy(n))
    longest = int(counts.max()) if counts.size else 0
    shape = np.broadcast_shapes(tuple(counts.shape), tuple(batch.shape))
    if (longest + 1) * max(1, math.prod(shape)) > _LONGEST:
        return None
    xp = namespace(n, batch)
    steps = xp.asarray(np.arange(longest, dtype=float), dtype=batch.dtype, device=device_of(batch))
    return steps, steps < n[..., None]


def rising_remainder(own: Any, new: Any, step: Any, steps: Any, shared: Any) -> Any:
    """Return −Σ over i of f(step/(own + i)), f(t) = ln(1 + t) − t: of ln Γ(own + n)/Γ(own) beyond its tangent."""
    xp = namespace(own, new, steps)
    low = own[..., None] + steps
    terms = log_excess(step[..., None] / low, (new[..., None] + steps) / low)
    return -xp.sum(xp.where(shared, terms, 0.0), axis=-1)


def expected_remainder(n: Any, own: Any, new: Any, rest: Any, steps: Any, shared: Any) -> Any:
    """Return −Σ over i of P(K > i) f((new − own)/(own + i)) of a beta-binomial K with parameters own and rest."""
    xp = namespace(own, new, rest, steps)
    low = own[..., None] + steps
    terms = log_excess((new - own)[..., None] / low, (new[..., None] + steps) / low)
    outcomes = xp.where(shared, steps + 1.0, 0.0)
    masses = xp.exp(log_beta_binomial_mass(outcomes, n[..., None], own[..., None], rest[..., None]))
    masses = xp.where(shared, masses, 0.0)
    above = xp.flip(xp.cumulative_sum(xp.flip(masses, axis=-1), axis=-1), axis=-1)
    return -xp.sum(xp.where(shared, above * terms, 0.0), axis=-1)


def _whole_step(p: BetaBinomial, q: BetaBinomial) -> Any:
    return (q.a - p.a) + (q.b - p.b)


def beta_binomial(total_count: object, a: object, b: object) -> BetaBinomial:
    """Return the beta-binomial distribution with masses C(n, k) B(k + a, n − k + b)/B(a, b), k = 0, …, n.

    The binomial distribution of n = total_count trials whose chance has a beta distribution.

    Args:
        total_count: n, a whole number ≥ 0 (SciPy's `n`).
        a: > 0.
        b: > 0.

    Returns:
        `BetaBinomial`: one distribution, or a batch of them.

    Raises:
        ValueError: a number of trials that is not whole, a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> p, q = (kb.distributions.beta_binomial(10, a, 3) for a in (2, 2.5))
        >>> kb.kl(p, q).round(6)
        np.float64(0.030193)
    """
    return BetaBinomial(
        *together(
            whole(total_count, "total_count", "beta_binomial"),
            positive(a, "a", "beta_binomial"),
            positive(b, "b", "beta_binomial"),
        )
    )
