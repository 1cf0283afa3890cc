"""Beta distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import partly, positive, together
from kullback.functions import (
    digamma,
    digamma_difference,
    log_beta,
    log_beta_remainder,
    log_beta_remainder_to,
    log_gamma_difference,
    trigamma,
)
from kullback.natural import Natural
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
class Beta(Density):
    """Beta distribution: density x^(a−1) (1−x)^(b−1) / B(a, b), 0 < x < 1.

    Attributes:
        a: the first shape, > 0: the exponent at 0.
        b: the second shape, > 0: the exponent at 1.
    """

    a: Any
    b: Any

    name: ClassVar[str] = "beta"

    @property
    def support(self) -> Interval:
        """The unit interval."""
        return Interval(np.float64(0.0), np.float64(1.0))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside (0, 1)."""
        xp = namespace(x, self.a, self.b)
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        value = (self.a - 1.0) * xp.log(safe) + (self.b - 1.0) * xp.log1p(-safe) - log_beta(self.a, self.b)
        return xp.where(x > 0.0, xp.where(x < 1.0, value, -math.inf), -math.inf)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(1 − distance)."""
        return Beta(self.b, self.a).log_prob(distance)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.a, self.b, other.a, other.b)
        first, second = other.a - self.a, other.b - self.b
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        # About the means of the two logarithms: what is left of the normaliser is its remainder.
        logs = first * (xp.log(safe) + digamma_difference(self.a, self.b))
        complements = second * (xp.log1p(-safe) + digamma_difference(self.b, self.a))
        return logs + complements - log_beta_remainder_to(self.a, self.b, other.a, other.b)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers of the distance at both ends."""
        return Tail(linear=self.a - 1.0), Tail(linear=self.b - 1.0)

    def landmarks(self) -> Any:
        """Return points about the mean of the log-odds, in steps of their standard deviation."""
        a, b = np.asarray(self.a, dtype=float), np.asarray(self.b, dtype=float)
        middle = np.asarray(digamma(a) - digamma(b))[..., None]
        spread = np.sqrt(np.asarray(trigamma(a) + trigamma(b)))[..., None]
        odds = np.clip(middle + spread * np.asarray([-6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0]), -690.0, 36.0)
        return 1.0 / (1.0 + np.exp(-odds))

    def entropy(self) -> Any:
        """Return ln B(a, b) − (a − 1) E ln x − (b − 1) E ln(1 − x)."""
        logs, complements = digamma_difference(self.a, self.b), digamma_difference(self.b, self.a)
        return log_beta(self.a, self.b) + (self.a - 1.0) * logs + (self.b - 1.0) * complements

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.a, self.b)
        a, b = self.a, self.b
        total = a + b
        match statistic:
            case One():
                return xp.ones_like(total)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return a / total if exponent == 1 else (a / total) * ((a + 1.0) / (total + 1.0))
            case Power(exponent):
                converges = a + exponent > 0.0
                k = xp.where(converges, exponent + 0.0 * a, 0.0)
                return xp.where(
                    converges, xp.exp(log_gamma_difference(a, k) - log_gamma_difference(total, k)), math.inf
                )
            case Log():
                return -digamma_difference(a, b)
            case LogComplement():
                return -digamma_difference(b, a)
            case LogComplementPower(exponent):
                return partly(exponent == 1.0 + 0.0 * a, -digamma_difference(b, a))
            case LogSquared(center):
                return trigamma(a) - trigamma(total) + (digamma_difference(a, b) + center) ** 2
            case Difference(center):
                return a / total - center
            case SquaredDeviation(center):
                return (a / total) * (b / total) / (total + 1.0) + (a / total - center) ** 2
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return (a − 1) ln x + (b − 1) ln(1 − x) − ln B(a, b)."""
        return (-log_beta(self.a, self.b), One()), (self.a - 1.0, Log()), (self.b - 1.0, LogComplement())

    def natural(self, other: Self) -> Natural:
        """Return P and Q by their shapes: θ = (a, b), T = (ln x, ln(1 − x))."""
        return Natural(
            theta=(self.a, self.b),
            step=(other.a - self.a, other.b - self.b),
            remainder=lambda theta, step: log_beta_remainder(theta[0], theta[1], step[0], step[1]),
            inside=lambda theta: (theta[0] > 0.0) & (theta[1] > 0.0),
            formula="A(θ) = ln B(θ₁, θ₂)",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the beta",
        )

    @closed_form(
        "kl",
        formula="ln B(a', b') − ln B(a, b) − (a' − a) E ln x − (b' − b) E ln(1 − x), Q with shapes a', b'",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, order 1",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q), as the remainder of ln B beyond its tangent."""
        return log_beta_remainder_to(self.a, self.b, other.a, other.b)

    @closed_form(
        "renyi",
        formula="[α R(m; P) + (1−α) R(m; Q)]/(1−α), m = αθ_P + (1−α)θ_Q, R what ln B has beyond its tangent at m",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2",
        everywhere=False,
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where a shape of P is more than twice that of Q or less than half of it.

        Steps between the shapes would lose the smaller; where both shapes are near, the rounding of m would count, and
        the natural parameters are for that.
        """
        xp = namespace(self.a, self.b, other.a, other.b)
        near = (self.a < 2.0 * other.a) & (other.a < 2.0 * self.a) & (self.b < 2.0 * other.b) & (other.b < 2.0 * self.b)
        a, b = order * self.a + (1.0 - order) * other.a, order * self.b + (1.0 - order) * other.b
        inside = (a > 0.0) & (b > 0.0)
        a, b = xp.where(inside, a, 1.0), xp.where(inside, b, 1.0)
        if order < 1.0:
            first = log_beta_remainder_to(a, b, self.a, self.b)
            value = order / (1.0 - order) * first + log_beta_remainder_to(a, b, other.a, other.b)
        else:
            whole = log_beta_remainder_to(self.a, self.b, other.a, other.b)
            value = log_beta_remainder_to(self.a, self.b, a, b) / (order - 1.0) + whole
        return xp.where(near, math.nan, xp.where(inside, value, math.inf))

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete beta function."""
        from scipy.special import betainc

        return betainc(self.a, self.b, np.clip(x, 0.0, 1.0))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.special import betaincc

        return betaincc(self.a, self.b, np.clip(x, 0.0, 1.0))

    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        from scipy.special import betaincinv

        return betaincinv(self.a, self.b, u)


def beta(a: object, b: object) -> Beta:
    """Return the beta distribution with density x^(a−1) (1−x)^(b−1) / B(a, b), 0 < x < 1.

    Args:
        a: the first shape, > 0 (PyTorch's `concentration1`).
        b: the second shape, > 0 (PyTorch's `concentration0`); broadcasts with `a`.

    Returns:
        `Beta`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.distributions.beta(2, 2).log_prob(0.5).round(6)
        np.float64(0.405465)
    """
    return Beta(*together(positive(a, "a", "beta"), positive(b, "b", "beta")))


def arcsine() -> Beta:
    """Return the arcsine distribution with density 1/(π √(x(1−x))), 0 < x < 1: the beta distribution of ½ and ½.

    Returns:
        `Beta`.

    Example:
        >>> import kullback as kb
        >>> kb.distributions.arcsine().log_prob(0.5).round(6)
        np.float64(-0.451583)
    """
    return beta(0.5, 0.5)
