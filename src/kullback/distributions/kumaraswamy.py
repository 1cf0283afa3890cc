"""Kumaraswamy distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.held_equal import held_equal
from kullback.distributions.parameters import partly, positive, together
from kullback.distributions.rates import rates_kl, rates_renyi
from kullback.functions import digamma_gap, log_beta, trigamma
from kullback.functions.gamma import log_ratio
from kullback.statistic import (
    Difference,
    Log,
    LogComplement,
    LogComplementPower,
    LogSquared,
    One,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Kumaraswamy(Density):
    """Kumaraswamy distribution: density a b x^(a−1) (1 − x^a)^(b−1), 0 < x < 1.

    Attributes:
        a: the first shape, > 0: the exponent at 0.
        b: the second shape, > 0: the exponent at 1.
    """

    a: Any
    b: Any

    name: ClassVar[str] = "kumaraswamy"

    @property
    def support(self) -> Interval:
        """The unit interval."""
        return Interval(np.float64(0.0), np.float64(1.0))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside (0, 1)."""
        xp = namespace(x, self.a, self.b)
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        return xp.where(x > 0.0, xp.where(x < 1.0, self._of_log(xp.log(safe)), -math.inf), -math.inf)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(1 − distance)."""
        xp = namespace(distance, self.a, self.b)
        safe = xp.where(distance > 0.0, xp.where(distance < 1.0, distance, 0.5), 0.5)
        value = self._of_log(xp.log1p(-safe))
        return xp.where(distance > 0.0, xp.where(distance < 1.0, value, -math.inf), -math.inf)

    def _of_log(self, log: Any) -> Any:
        xp = namespace(log, self.a, self.b)
        normaliser = xp.log(self.a) + xp.log(self.b)
        return normaliser + (self.a - 1.0) * log + (self.b - 1.0) * xp.log(-xp.expm1(self.a * log))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.a, self.b, other.a, other.b)
        d, e = other.a - self.a, other.b - self.b
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        log = xp.log(safe)
        rest = -xp.expm1(self.a * log)  # 1 − x^a
        # ln(1 − x^a') − ln(1 − x^a): x^a − x^a' from the lesser power, of which 1 − x^a may keep nothing.
        lesser, sign = xp.where(d < 0.0, other.a, self.a), xp.where(d < 0.0, 1.0, -1.0)
        step = xp.log1p(sign * xp.exp(lesser * log) * xp.expm1(xp.abs(d) * log) / rest)
        first = log_ratio(d / self.a, other.a / self.a) + log_ratio(e / self.b, other.b / self.b)
        return first + d * log + e * xp.log(rest) + (other.b - 1.0) * step

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers of the distance at both ends."""
        return Tail(linear=self.a - 1.0), Tail(linear=self.b - 1.0)

    def landmarks(self) -> Any:
        """Return quantiles."""
        found = np.asarray(self.quantile_at(np.asarray([1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-6])))
        return np.clip(found, 1e-300, 1.0 - 2.0**-53)

    def quantile_at(self, u: Any) -> Any:
        """Return quantiles along a new last axis."""
        a, b = np.asarray(self.a, dtype=float)[..., None], np.asarray(self.b, dtype=float)[..., None]
        return Kumaraswamy(a, b).quantile(u)

    def entropy(self) -> Any:
        """Return −ln(a b) + (a − 1)/a (ψ(b + 1) − ψ(1)) + (b − 1)/b."""
        xp = namespace(self.a, self.b)
        harmonic = digamma_gap(xp.ones_like(self.b), self.b)
        return (1.0 - 1.0 / self.a) * harmonic + (1.0 - 1.0 / self.b) - xp.log(self.a) - xp.log(self.b)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: X^a follows Beta(1, b)."""
        xp = namespace(self.a, self.b)
        a, b = self.a, self.b
        one = xp.ones_like(a * b)
        match statistic:
            case One():
                return one
            case Power(exponent):
                return self._power(exponent)
            case Log():
                return -digamma_gap(one, b * one) / a
            case LogComplement():
                # The mean of ln(1 − x) has no closed form unless a = 1.
                return partly(held_equal(a, 1.0), -1.0 / b)
            case LogComplementPower(exponent):
                return partly(held_equal(a, exponent + 0.0 * a), -1.0 / b)
            case LogSquared(center):
                variance = (trigamma(one) - trigamma(b + 1.0)) / (a * a)
                return variance + (digamma_gap(one, b * one) / a + center) ** 2
            case Difference(center):
                return self._power(1.0) - center
            case SquaredDeviation(center):
                mean = self._power(1.0)
                return self._power(2.0) - mean * mean + (mean - center) ** 2
            case _:
                return None

    def _power(self, exponent: Any) -> Any:
        """Return E x^k = b B(1 + k/a, b)."""
        xp = namespace(self.a, self.b)
        shape = 1.0 + exponent / self.a
        converges = shape > 0.0
        safe = xp.where(converges, shape, 1.0)
        return xp.where(converges, xp.exp(xp.log(self.b) + log_beta(safe, self.b)), math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln(a b) + (a − 1) ln x + (b − 1) ln(1 − x^a)."""
        xp = namespace(self.a, self.b)
        constant = xp.log(self.a) + xp.log(self.b)
        return (constant, One()), (self.a - 1.0, Log()), (self.b - 1.0, LogComplementPower(self.a))

    @closed_form(
        "kl",
        formula="b'/b − 1 − ln(b'/b) where a' = a: then −ln(1 − x^a) is exponential with rates b and b'",
        source="Nawa and Nadarajah, Exact expressions for Kullback–Leibler divergence, Entropy 26 (2024), 959",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) where both have the same first shape."""
        xp = namespace(self.a, self.b, other.a, other.b)
        return xp.where(held_equal(self.a, other.a), rates_kl(self.b, other.b), math.nan)

    @closed_form(
        "renyi",
        formula="[ln(αb + (1−α)b') − α ln b − (1−α) ln b']/(1−α) where a' = a",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, of the exponential",
        everywhere=False,
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where both have the same first shape."""
        xp = namespace(self.a, self.b, other.a, other.b)
        return xp.where(held_equal(self.a, other.a), rates_renyi(self.b, other.b, order), math.nan)

    def cdf(self, x: Any) -> Any:
        """Return 1 − (1 − x^a)^b."""
        with np.errstate(divide="ignore"):
            rest = np.log1p(-(np.clip(x, 0.0, 1.0) ** self.a))
        return -np.expm1(self.b * rest)

    def survival(self, x: Any) -> Any:
        """Return (1 − x^a)^b."""
        with np.errstate(divide="ignore"):
            return (-np.expm1(self.a * np.log(np.clip(x, 0.0, 1.0)))) ** self.b

    def quantile(self, u: Any) -> Any:
        """Return (1 − (1 − u)^(1/b))^(1/a)."""
        with np.errstate(divide="ignore"):
            return (-np.expm1(np.log1p(-np.asarray(u)) / self.b)) ** (1.0 / self.a)


def kumaraswamy(a: object, b: object) -> Kumaraswamy:
    """Return the Kumaraswamy distribution with density a b x^(a−1) (1 − x^a)^(b−1), 0 < x < 1.

    Args:
        a: the first shape, > 0 (PyTorch's `concentration1`).
        b: the second shape, > 0 (PyTorch's `concentration0`); broadcasts with `a`.

    Returns:
        `Kumaraswamy`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.distributions.kumaraswamy(2, 3).cdf(0.5).round(6)
        np.float64(0.578125)
    """
    return Kumaraswamy(*together(positive(a, "a", "kumaraswamy"), positive(b, "b", "kumaraswamy")))
