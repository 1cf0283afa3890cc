"""Beta-binomial distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import device_of, namespace, to_numpy
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import positive, readable, together, whole
from kullback.distributions.whole_numbers import unknown, where_whole
from kullback.functions.gamma import log_ratio
from kullback.functions.saddle_point import log_binomial_mass
from kullback.numerics import expm1mx
from kullback.statistic import Difference, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail

LONGEST = 2_000_000
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
        formula="Σ p(k) (eˣ − 1 − x), x = ln q(k) − ln p(k) = Σ ln((a' + i)/(a + i)) + Σ ln((b' + j)/(b + j)) − "
        "Σ ln((A' + l)/(A + l)), i < k, j < n − k, l < n, n the same",
        source="the definition, with Γ(a + k)/Γ(a) as a product",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as one sum over the outcomes; NaN where n differs, cannot be read or is large."""
        n = self.total_count
        shape_of = 0.0 * (n + other.total_count + self.a + self.b + other.a + other.b)
        found = outcomes(n, other.total_count, shape_of)
        if found is None:
            return unknown(shape_of)
        k, inside = found
        a, b, new_a, new_b = ((y + shape_of)[..., None] for y in (self.a, self.b, other.a, other.b))
        count = (n + shape_of)[..., None]
        found = summed_excess(k, inside, count, (a, b), (new_a, new_b))
        return namespace(found).where(n == other.total_count, found, math.nan)

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
    # Without trials k is 0, and the chance has no part in its mass.
    logs = -xp.log1p(whole_weight / xp.where(n > 0.0, n, 1.0)), -xp.log1p(n / whole_weight)

    def count(j: Any, r: Any) -> Any:
        return log_binomial_mass(j, r, chance, rest, *logs) - xp.log1p(j / r)

    return count(k, a) + count(n - k, b) - count(n, whole_weight)


def outcomes(n: Any, other: Any, batch: Any) -> tuple[Any, Any] | None:
    """Return 0, 1, … up to the greatest n, and where they are at most n; None where n cannot be read or is large."""
    if not (readable(n) and readable(other)):
        return None
    counts = np.asarray(to_numpy(n))
    longest = int(counts.max()) if counts.size else 0
    if (longest + 1) * max(1, math.prod(batch.shape)) > LONGEST:
        return None
    xp = namespace(batch)
    k = xp.asarray(np.arange(longest + 1, dtype=float), dtype=batch.dtype, device=device_of(batch))
    inside = k <= (n + batch)[..., None]
    return k + batch[..., None], inside


@np.errstate(all="ignore")
def summed_excess(k: Any, inside: Any, n: Any, p: tuple[Any, Any], q: tuple[Any, Any]) -> Any:
    """Return KL of beta-binomial distributions of n trials as a sum of q − p − p ln(q/p) ≥ 0 along the last axis."""
    xp = namespace(k, n, *p, *q)
    k = xp.where(inside, k, 0.0)
    x = log_ratio_of_beta_binomials(k, inside, n, p, q)
    near = xp.abs(x) < 1.0
    mass, other = xp.exp(log_beta_binomial_mass(k, n, *p)), xp.exp(log_beta_binomial_mass(k, n, *q))
    terms = xp.where(near, mass * expm1mx(xp.where(near, x, 0.0)), other - mass - mass * x)
    return xp.sum(xp.where(inside, terms, 0.0), axis=-1)


@np.errstate(all="ignore")
def log_ratio_of_beta_binomials(k: Any, inside: Any, n: Any, p: tuple[Any, Any], q: tuple[Any, Any]) -> Any:
    """Return ln q(k) − ln p(k) for k = 0, 1, … along the last axis, up to n.

    Of Γ(a + k)/Γ(a) = a (a + 1) … (a + k − 1) the ratio of Q's to P's is (a'/a)^k ∏ (1 + i/a')/(1 + i/a). The first
    factors, over those of a + b, are the ratios of the shares a/(a + b); both parts are small where P ≈ Q, and the
    first is 0 where only a + b differs.
    """
    xp = namespace(k, n, *p, *q)
    (a, b), (new_a, new_b) = p, q
    d_a, d_b = new_a - a, new_b - b
    total, new_total = a + b, new_a + new_b
    close = (xp.abs(d_a) < 0.5 * a) & (xp.abs(d_b) < 0.5 * b)
    apart = xp.where(close, d_a * b - a * d_b, new_a * b - a * new_b)
    share = log_ratio(apart / (a * new_total), (new_a / a) * (total / new_total))
    share_of_rest = log_ratio(-apart / (b * new_total), (new_b / b) * (total / new_total))

    def factor(i: Any, old: Any, new: Any, d: Any) -> Any:
        return log_ratio(-i * d / (new * (old + i)), (new + i) / (old + i) * (old / new))

    # Up to k − 1 from below for a, from n − 1 down to n − k for b: what is left of b's is all of them but those.
    below = xp.where(inside & (k > 0.0), k - 1.0, 0.0)
    last = xp.where(inside & (k > 0.0), n - k, 0.0)
    rising = xp.cumulative_sum(factor(below, a, new_a, d_a) - factor(last, b, new_b, d_b), axis=-1)
    every = xp.sum(
        xp.where(inside, factor(last, b, new_b, d_b) - factor(last, total, new_total, d_a + d_b), 0.0),
        axis=-1,
        keepdims=True,
    )
    return k * share + (n - k) * share_of_rest + (rising + every)


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
        np.float64(0.027298)
    """
    return BetaBinomial(
        *together(
            whole(total_count, "total_count", "beta_binomial"),
            positive(a, "a", "beta_binomial"),
            positive(b, "b", "beta_binomial"),
        )
    )
