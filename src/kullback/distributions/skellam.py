"""Skellam distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.parameters import positive, together
from kullback.distributions.whole_numbers import points_of_counts, where_whole
from kullback.functions.bessel import debye_correction, log_vonmises_normaliser
from kullback.functions.saddle_point import excess
from kullback.numerics import two_difference
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Skellam(Density):
    """Skellam distribution: the difference of two independent Poisson counts.

    Masses e^−(λ₁ + λ₂) (λ₁/λ₂)^(k/2) I_|k|(2√(λ₁λ₂)) on all whole numbers k.

    Attributes:
        rate1: λ₁ > 0, of what is counted up.
        rate2: λ₂ > 0, of what is counted down.
    """

    rate1: Any
    rate2: Any

    name: ClassVar[str] = "skellam"
    log_concave: ClassVar[bool] = True

    @property
    def support(self) -> Integers:
        """All whole numbers."""
        return Integers(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.rate1, self.rate2)

        def log_mass(k: Any) -> Any:
            up = k >= 0.0
            order = xp.abs(k)
            more, less = xp.where(up, self.rate1, self.rate2), xp.where(up, self.rate2, self.rate1)
            return log_skellam_mass(order, more, less)

        return where_whole(x, -math.inf, math.inf, log_mass, self.rate1, self.rate2)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Each is that of a Poisson count."""
        xp = namespace(self.rate1, self.rate2)
        low, high = (
            Tail(factorial=1.0, powers=((1.0, -1.0 - xp.log(rate)),), linear=0.5) for rate in (self.rate2, self.rate1)
        )
        return low, high

    def landmarks(self) -> Any:
        """Return counts around the mean."""
        mean, spread = self.rate1 - self.rate2, np.sqrt(self.rate1 + self.rate2)
        return points_of_counts(mean, spread, -math.inf, math.inf)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        mean, variance = self.rate1 - self.rate2, self.rate1 + self.rate2
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
                up, down = xp.expm1(rate + 0.0 * mean), xp.expm1(-rate + 0.0 * mean)
                return xp.exp(self.rate1 * up + self.rate2 * down - rate * center)
            case _:
                return None

    def cdf(self, x: Any) -> Any:
        """Return P(X ≤ x) by the noncentral χ² distribution."""
        from scipy.stats import skellam as scipy_skellam

        return scipy_skellam.cdf(np.floor(x), self.rate1, self.rate2)

    def survival(self, x: Any) -> Any:
        """Return P(X > x), as that of the opposite difference below."""
        from scipy.stats import skellam as scipy_skellam

        return scipy_skellam.cdf(-np.floor(x) - 1.0, self.rate2, self.rate1)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import skellam as scipy_skellam

        return scipy_skellam.ppf(u, self.rate1, self.rate2)


@np.errstate(all="ignore")
def log_skellam_mass(k: Any, more: Any, less: Any) -> Any:
    """Return ln of the mass of k ≥ 0, where `more` counts up and `less` counts down.

    With w = √(k² + 4λ₁λ₂), u = (w + k)/2 counted up and v = (w − k)/2 counted down are the likeliest counts with the
    difference k, and Debye's expansion of I_k makes the mass that of their deviances from the rates, times 1/√(2πw) and
    a small correction.
    """
    xp = namespace(k, more, less)
    product = 4.0 * more * less
    w = xp.sqrt(k * k + product)
    large = w >= 40.0
    wide = xp.where(large, w, 40.0)
    mean, lost = two_difference(more, less)
    apart = (k - mean) - lost
    half = 0.5 * apart / (wide + (more + less))
    u, v = 0.5 * (wide + k), 0.5 * product / (wide + k)
    up = excess(xp, u, more + 0.0 * u, -half * (wide + k + 2.0 * more))
    down = excess(xp, v, less + 0.0 * v, half * (product / (wide + k) + 2.0 * less))
    correction = debye_correction(xp.where(large, k, 0.0), wide)
    saddle = correction - up - down - 0.5 * xp.log(2.0 * math.pi * wide)
    # Small orders and arguments: I_k is (x/2)^k/k! times a power series that starts with 1.
    few, x = xp.where(large, 0.0, k), xp.where(large, 0.0, xp.sqrt(product))
    rates = xp.where(large, 1.0, more), xp.where(large, 1.0, less)
    plain = few * (xp.log(rates[0]) + math.log(2.0)) + log_vonmises_normaliser(few, x) - rates[0] - rates[1]
    return xp.where(large, saddle, plain)


def skellam(rate1: object, rate2: object) -> Skellam:
    """Return the Skellam distribution: that of X − Y, Poisson counts with rates rate1 and rate2.

    Its masses are e^−(λ₁ + λ₂) (λ₁/λ₂)^(k/2) I_|k|(2√(λ₁λ₂)).

    Args:
        rate1: λ₁ > 0 (SciPy's `mu1`).
        rate2: λ₂ > 0 (SciPy's `mu2`).

    Returns:
        `Skellam`: one distribution, or a batch of them.

    Raises:
        ValueError: a rate that is not positive.

    Example:
        >>> import kullback as kb
        >>> float(kb.distributions.skellam(3, 2).log_prob(0)).__round__(6)
        -1.785448
    """
    return Skellam(*together(positive(rate1, "rate1", "skellam"), positive(rate2, "rate2", "skellam")))
