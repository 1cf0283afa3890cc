"""Zeta distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import above
from kullback.distributions.whole_numbers import where_whole
from kullback.functions import log_zeta, log_zeta_remainder, zeta_slope
from kullback.natural import Natural
from kullback.statistic import Difference, Exponential, Log, One, Power, Statistic
from kullback.support import Integers
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Zeta(Density):
    """Zeta distribution, Zipf's law without an end: masses k^−s/ζ(s), k = 1, 2, ….

    Attributes:
        exponent: s > 1.
    """

    exponent: Any

    name: ClassVar[str] = "zeta"

    @property
    def support(self) -> Integers:
        """The whole numbers from 1 on."""
        return Integers(np.float64(1.0), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return −s ln k − ln ζ(s)."""
        xp = namespace(x, self.exponent)
        normaliser = log_zeta(self.exponent)
        return where_whole(x, 1.0, math.inf, lambda k: -self.exponent * xp.log(k) - normaliser, self.exponent)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), about the mean of ln x."""
        xp = namespace(x, self.exponent, other.exponent)
        d = other.exponent - self.exponent
        return -d * (xp.log(x) + zeta_slope(self.exponent)) - log_zeta_remainder(self.exponent, d)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None below, a power above."""
        return Tail(), Tail(linear=self.exponent)

    def landmarks(self) -> Any:
        """Return outcomes at equal ratios, up to where about a thousandth of the mass is left."""
        reach = np.exp(np.minimum(7.0 / (np.asarray(self.exponent, dtype=float)[..., None] - 1.0), 30.0))
        return np.maximum(1.0, np.round(reach ** np.asarray([0.0, 0.1, 0.2, 0.4, 0.7, 1.0])))

    def entropy(self) -> Any:
        """Return s E ln X + ln ζ(s), E ln X = −ζ'(s)/ζ(s)."""
        return log_zeta(self.exponent) - self.exponent * zeta_slope(self.exponent)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        s = self.exponent
        xp = namespace(s)
        match statistic:
            case One():
                return xp.ones_like(s)
            case Log():
                return -zeta_slope(s)
            case Power(exponent):
                left = s - exponent
                converges = left > 1.0
                safe = xp.where(converges, left, 2.0)
                return xp.where(converges, xp.exp(log_zeta(safe) - log_zeta(s)), math.inf)
            case Difference(center):
                converges = s > 2.0
                safe = xp.where(converges, s, 3.0)
                return xp.where(converges, xp.exp(log_zeta(safe - 1.0) - log_zeta(safe)), math.inf) - center
            case Exponential(rate, center) if _all_positive(rate):
                return math.inf + 0.0 * (s + rate + center)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −s ln x − ln ζ(s)."""
        return (-log_zeta(self.exponent), One()), (-self.exponent, Log())

    def natural(self, other: Self) -> Natural:
        """Return θ = s, T = −ln x."""
        return Natural(
            theta=(self.exponent,),
            step=(other.exponent - self.exponent,),
            remainder=lambda theta, step: log_zeta_remainder(theta[0], step[0]),
            inside=lambda theta: theta[0] > 1.0,
            formula="A(s) = ln ζ(s)",
            source="Johnson, Kemp and Kotz, Univariate Discrete Distributions (2005), section 11.2.20",
        )

    @closed_form(
        "kl",
        formula="ln(ζ(s_Q)/ζ(s_P)) − (s_Q − s_P) ζ'(s_P)/ζ(s_P)",
        source="the Bregman divergence of ln ζ; Johnson, Kemp and Kotz, Univariate Discrete Distributions (2005), "
        "section 11.2.20",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        return log_zeta_remainder(self.exponent, other.exponent - self.exponent, other.exponent)

    @closed_form(
        "renyi",
        formula="[α KL(m‖s_P) + (1−α) KL(m‖s_Q)]/(1−α), m = α s_P + (1−α) s_Q; ∞ where m ≤ 1",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences (2011), eq. (9)",
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence as two KL divergences, which are never negative; ∞ where the series diverges."""
        p, q = self.exponent, other.exponent
        xp = namespace(p, q)
        step, e = q - p, 1.0 - order
        # From 1, where the sum begins to diverge.
        mixed = order * (p - 1.0) + e * (q - 1.0)
        converges = mixed > 0.0
        m = 1.0 + xp.where(converges, mixed, 1.0)
        if order < 1.0:
            value = order / e * log_zeta_remainder(m, -e * step, p) + log_zeta_remainder(m, order * step, q)
        else:
            value = log_zeta_remainder(p, e * step, m) / -e + log_zeta_remainder(p, step, q)
        return xp.where(converges, value, math.inf)

    def cdf(self, x: Any) -> Any:
        """Return 1 − ζ(s, k + 1)/ζ(s), k = ⌊x⌋."""
        return 1.0 - self.survival(x)

    def survival(self, x: Any) -> Any:
        """Return ζ(s, k + 1)/ζ(s), k = ⌊x⌋, with Hurwitz's ζ."""
        from scipy.special import zeta as hurwitz

        k = np.maximum(np.floor(x), 0.0)
        return np.minimum(hurwitz(self.exponent, k + 1.0) / hurwitz(self.exponent, 1.0), 1.0)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u, up to 2⁵³."""
        u = np.asarray(u, dtype=float)
        low, high = np.zeros(np.broadcast_shapes(u.shape, np.shape(self.exponent))), 2.0**53
        high = high + low
        for _ in range(54):
            middle = np.floor(0.5 * (low + high))
            enough = self.survival(middle) <= 1.0 - u
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high


def _all_positive(rate: Any) -> bool:
    return isinstance(rate, (int, float)) and rate > 0.0


def zeta(exponent: object) -> Zeta:
    """Return the zeta distribution with masses k^−s/ζ(s), k = 1, 2, …: Zipf's law without an end.

    SciPy calls it `zipf`; with an end, SciPy's `zipfian`, it is `zipf` here.

    Args:
        exponent: s > 1 (SciPy's `a`).

    Returns:
        `Zeta`: one distribution, or a batch of them.

    Raises:
        ValueError: an exponent that is not greater than 1.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.zeta(2.5), kb.distributions.zeta(3.5)).round(6)
        np.float64(0.114285)
    """
    return Zeta(above(1.0, exponent, "exponent", "zeta"))
