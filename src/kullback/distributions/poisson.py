"""Poisson distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import device_of, namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import non_negative
from kullback.distributions.whole_numbers import points_of_counts, unknown, where_whole
from kullback.functions.saddle_point import deviance, log_of_ratio, log_poisson_mass
from kullback.natural import Natural
from kullback.numerics import expm1mx, times
from kullback.statistic import Difference, Exponential, LogFactorial, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)


@dataclass(frozen=True, eq=False)
class Poisson(Density):
    """Poisson distribution: masses rate^k e^−rate / k! on k = 0, 1, ….

    Attributes:
        rate: the mean, ≥ 0; 0 has all mass at 0.
    """

    rate: Any

    name: ClassVar[str] = "poisson"
    log_concave: ClassVar[bool] = True

    @property
    def support(self) -> Integers:
        """The whole numbers from 0 on, or 0 alone where the rate is 0."""
        xp = namespace(self.rate)
        return Integers(np.float64(0.0), xp.where(self.rate > 0.0, math.inf, 0.0 * self.rate))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        return where_whole(x, 0.0, math.inf, lambda k: log_poisson_mass(k, self.rate), self.rate)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) = (x − rate_P) ln(rate_Q/rate_P) − what is left of the rates."""
        xp = namespace(x, self.rate, other.rate)
        d = other.rate - self.rate
        step = log_of_ratio(xp, self.rate, other.rate, d)
        return times(x - self.rate, step) - deviance(self.rate, other.rate)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None below; above, x ln x − x (1 + ln rate) + ½ ln x."""
        xp = namespace(self.rate)
        return Tail(), Tail(factorial=1.0, powers=((1.0, -1.0 - xp.log(self.rate)),), linear=0.5)

    def landmarks(self) -> Any:
        """Return counts around the mean."""
        rate = np.asarray(self.rate, dtype=float)
        return points_of_counts(rate, np.sqrt(rate), 0.0, np.where(rate > 0.0, math.inf, 0.0))

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        rate = self.rate
        xp = namespace(rate)
        match statistic:
            case One():
                return xp.ones_like(rate)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return rate if exponent == 1 else rate + rate * rate
            case Difference(center):
                return rate - center
            case SquaredDeviation(center):
                return rate + (rate - center) ** 2
            case Exponential(by, center):
                return xp.exp(rate * xp.expm1(by + 0.0 * rate) - by * center)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −rate + x ln rate − ln x!."""
        xp = namespace(self.rate)
        return (-self.rate, One()), (xp.log(self.rate), Power(1)), (-xp.ones_like(self.rate), LogFactorial(0.0))

    def natural(self, other: Self) -> Natural:
        """Return θ = ln rate, T = x, counted from P's: A(θ) = rate_P e^θ."""
        xp = namespace(self.rate, other.rate)
        step = log_of_ratio(xp, self.rate, other.rate, other.rate - self.rate)
        # e^θ − 1 − θ about either end, from the end where it does not overflow before the rate is multiplied.
        return Natural(
            theta=(xp.log(self.rate) + 0.0 * step,),
            step=(step,),
            remainder=lambda theta, by: xp.exp(theta[0]) * expm1mx(by[0]),
            inside=lambda theta: xp.isfinite(theta[0]),
            formula="A(θ) = e^θ",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the Poisson",
        )

    @closed_form(
        "kl",
        formula="rate_P ln(rate_P/rate_Q) − rate_P + rate_Q",
        source="Kullback, Information Theory and Statistics (1959), ch. 4, example 2.2",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) from the relative difference of the rates."""
        return deviance(self.rate, other.rate)

    @closed_form(
        "renyi",
        formula="(rate_P^α rate_Q^(1−α) − α rate_P − (1 − α) rate_Q)/(α − 1)",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions (2013), with sums for integrals",
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence from the difference of the logarithms of the rates."""
        p, q, e, factor = self.rate, other.rate, 1.0 - order, 1.0
        if order < 0.5:
            # The other way round, at an order that 1 − (1 − order) would round.
            p, q, e, order, factor = q, p, order, 1.0 - order, order / (1.0 - order)
        xp = namespace(p, q)
        step = log_of_ratio(xp, p, q, q - p)
        none = (p == 0.0) | (q == 0.0)
        inner = xp.where(none, 0.0, step)
        # α + (1 − α) e^s − e^((1−α) s) of the share of P: remainders of the exponential, which nearly cancel nowhere.
        far = xp.abs(e * inner) > 1.0
        s = xp.where(far, 0.0, inner)
        # rate_P (e^s − 1 − s), which does not overflow before it is multiplied.
        wide = xp.abs(s) > 1.0
        first = xp.where(wide, (q - p) - p * s, p * expm1mx(xp.where(wide, 0.0, s)))
        near = e * first - p * expm1mx(e * s)
        mixed = xp.exp(order * xp.log(xp.where(none, 1.0, p)) + e * xp.log(xp.where(none, 1.0, q)))
        apart = (order * p + e * q) - xp.where(none, math.inf if order > 1.0 else 0.0, mixed)
        apart = xp.where((p == q) & none, 0.0, xp.where(none & (p == 0.0), order * p + e * q, apart))
        return factor * xp.where(far | none, apart, near) / e

    @closed_form(
        "tv",
        formula="∫ t^K e^−t/K! dt between the rates, K = ⌊(rate_Q − rate_P)/ln(rate_Q/rate_P)⌋",
        source="Adell and Jodrá, Exact Kolmogorov and total variation distances between some familiar discrete "
        "distributions (2006), Theorem 2.1",
        everywhere=False,
    )
    def total_variation(self, other: Self) -> Any:
        """Return the difference of the distribution functions at the last count that is likelier under the lower rate.

        By Gauss's rule, where the rates are within a few standard deviations; NaN beyond.
        """
        xp = namespace(self.rate, other.rate)
        p, q = self.rate, other.rate
        d = q - p
        step = log_of_ratio(xp, p, q, d)
        same = d == 0.0
        quotient = xp.where(same, p, d / xp.where(same, 1.0, step))
        k = xp.floor(quotient)
        half = 0.5 * xp.abs(d)
        nodes = xp.asarray(_NODES, dtype=half.dtype, device=device_of(half))
        weights = xp.asarray(_WEIGHTS, dtype=half.dtype, device=device_of(half))
        close = xp.abs(d) <= 6.0 * xp.sqrt(k + 1.0)
        points = 0.5 * (p + q)[..., None] + xp.where(close, 0.5 * d, 0.0)[..., None] * nodes
        values = xp.exp(log_poisson_mass(k[..., None], points))
        return xp.where(close, half * xp.sum(weights * values, axis=-1), math.nan)

    @closed_form(
        "fisher_rao",
        formula="2 |√rate_Q − √rate_P|",
        source="Atkinson and Mitchell, Rao's distance measure (1981), table 1",
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return twice the difference of the roots."""
        xp = namespace(self.rate, other.rate)
        whole = xp.sqrt(self.rate) + xp.sqrt(other.rate)
        safe = xp.where(whole > 0.0, whole, 1.0)
        return 2.0 * xp.abs(other.rate - self.rate) / safe

    @closed_form(
        "wasserstein",
        formula="|rate_Q − rate_P|, order 1",
        source="the smaller rate's count is the other's without some of its events: ordered quantiles",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: Any) -> Any:
        """Return the difference of the means, for order 1."""
        xp = namespace(self.rate, other.rate)
        gap = xp.abs(other.rate - self.rate)
        return gap if order == 1 else unknown(gap)

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete gamma function Q(⌊x⌋ + 1, rate)."""
        from scipy.special import gammaincc

        k = np.floor(x)
        return np.where(k < 0.0, 0.0, gammaincc(np.maximum(k, 0.0) + 1.0, self.rate))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.special import gammainc

        k = np.floor(x)
        return np.where(k < 0.0, 1.0, gammainc(np.maximum(k, 0.0) + 1.0, self.rate))

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import poisson as scipy_poisson

        return scipy_poisson.ppf(u, self.rate)


def poisson(rate: object) -> Poisson:
    """Return the Poisson distribution with masses rate^k e^−rate / k! on k = 0, 1, ….

    Args:
        rate: the mean, ≥ 0 (SciPy's `mu`); 0 has all mass at 0.

    Returns:
        `Poisson`: one distribution, or a batch of them.

    Raises:
        ValueError: a negative rate.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.poisson(1e8), kb.distributions.poisson(1e8 + 100))
        np.float64(4.999996666669167e-05)
    """
    return Poisson(non_negative(rate, "rate", "poisson"))
