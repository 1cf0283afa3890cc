"""Logarithmic distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import device_of, namespace
from kullback.distribution import closed_form
from kullback.distributions.chance import Chance, Compared, OfChance
from kullback.distributions.parameters import open_probability
from kullback.distributions.whole_numbers import where_whole
from kullback.natural import Natural
from kullback.numerics import log1pmx
from kullback.statistic import Difference, Log, One, Power, SquaredDeviation, Statistic
from kullback.support import Integers
from kullback.tail import Tail

_GAUSS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = 0.5 * (_GAUSS[0] + 1.0), 0.5 * _GAUSS[1]


@dataclass(frozen=True, eq=False)
class Logarithmic(OfChance):
    """Logarithmic (log-series) distribution: masses −p^k/(k ln(1 − p)), k = 1, 2, ….

    Attributes:
        chance: p, in (0, 1).
    """

    chance: Chance

    name: ClassVar[str] = "logarithmic"

    @property
    def probs(self) -> Any:
        """p."""
        return self.chance.probs

    @property
    def support(self) -> Integers:
        """The whole numbers from 1 on."""
        return Integers(np.float64(1.0), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return (k − 1) ln p − ln k − ln(−ln(1 − p)/p)."""
        xp = namespace(x, self.chance.value)
        log_p, rest = self.chance.log_probs, _log_excess(self.chance.value)
        return where_whole(x, 1.0, math.inf, lambda k: (k - 1.0) * log_p - xp.log(k) - rest, self.chance.value)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x), about the mean."""
        both = self.chance.compared(other.chance)
        return (x - _mean(self.chance.value)) * both.log_ratio - _remainder_of(both)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None below; above, an exponential over x."""
        return Tail(), Tail(powers=((1.0, -self.chance.log_probs),), linear=1.0)

    def landmarks(self) -> Any:
        """Return outcomes at equal ratios, up to far in the tail."""
        reach = 1.0 - 10.0 / np.asarray(self.chance.log_probs)[..., None]
        return np.round(reach ** np.asarray([0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 1.0]))

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        p, c = self.chance.probs, self.chance.complement
        mean = _mean(p)
        match statistic:
            case One():
                return namespace(p).ones_like(p)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else mean / c
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return _variance(p, c) + (mean - center) ** 2
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return x ln p − ln x − ln(−ln(1 − p))."""
        xp = namespace(self.chance.value)
        log_p = self.chance.log_probs
        one = xp.ones_like(log_p)
        return (-(_log_excess(self.chance.value) + log_p), One()), (log_p, Power(1)), (-one, Log())

    def natural(self, other: Self) -> Natural:
        """Return θ = ln p, T = x."""
        both = self.chance.compared(other.chance)
        return Natural(
            theta=(self.chance.log_probs,),
            step=(both.log_ratio,),
            remainder=lambda theta, step: _remainder(theta[0], step[0]),
            inside=lambda theta: theta[0] < 0.0,
            formula="A(θ) = ln(−ln(1 − e^θ))",
            source="Johnson, Kemp and Kotz, Univariate Discrete Distributions (2005), ch. 7: a power series law",
        )

    @closed_form(
        "kl",
        formula="μ ln(p/q) + ln(ln(1 − q)/ln(1 − p)), μ = −p/((1 − p) ln(1 − p))",
        source="Johnson, Kemp and Kotz, Univariate Discrete Distributions (2005), ch. 7: the Bregman divergence of "
        "ln(−ln(1 − e^θ))",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        return _remainder_of(self.chance.compared(other.chance))

    @closed_form(
        "renyi",
        formula="[α KL(m‖p) + (1−α) KL(m‖q)]/(1−α), m = p^α q^(1−α); ∞ where m ≥ 1",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences (2011), eq. (9)",
    )
    @np.errstate(all="ignore")
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence as two KL divergences, which are never negative; ∞ where the series diverges."""
        both = self.chance.compared(other.chance)
        xp = namespace(both.difference)
        step, e = both.log_ratio, 1.0 - order
        log_p, log_q = self.chance.log_probs, other.chance.log_probs
        mixed = order * log_p + e * log_q
        converges = mixed < 0.0
        m = xp.where(converges, mixed, -1.0)
        first = log_p, self.chance.probs, self.chance.complement
        last = log_q, other.chance.probs, other.chance.complement
        between = m, xp.exp(m), -xp.expm1(m)
        if order < 1.0:
            value = order / e * _from_to(between, first, -e * step) + _from_to(between, last, order * step)
        else:
            value = _from_to(first, between, e * step) / -e + _from_to(first, last, step)
        return xp.where(converges, value, math.inf)

    def cdf(self, x: Any) -> Any:
        """Return 1 + B(p; k + 1, 0)/ln(1 − p), k = ⌊x⌋, as a sum of the masses."""
        from scipy.stats import logser

        return logser.cdf(np.floor(x), self.chance.probs)

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.stats import logser

        return logser.sf(np.floor(x), self.chance.probs)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        from scipy.stats import logser

        return logser.ppf(u, self.chance.probs)


def _log_excess(p: Any) -> Any:
    """Return ln(−ln(1 − p)/p)."""
    return _log_excess_of(p, 1.0 - p)


def _log_excess_of(p: Any, c: Any) -> Any:
    xp = namespace(p, c)
    small = p < 0.5
    inner = xp.where(small, p, 0.25)
    near = xp.log1p(-log1pmx(-inner) / inner)
    return xp.where(small, near, xp.log(-xp.log(xp.where(small, 0.5, c)) / p))


def _mean(p: Any) -> Any:
    """Return p/((1 − p) L), L = −ln(1 − p)."""
    xp = namespace(p)
    return p / ((1.0 - p) * -xp.log1p(-p))


def _variance(p: Any, c: Any) -> Any:
    """Return p (L − p)/((1 − p) L)²."""
    xp = namespace(p, c)
    small = p < 0.5
    inner = xp.where(small, p, 0.25)
    series = xp.where(small, -xp.log1p(-inner), -xp.log(xp.where(small, 0.5, c)))
    excess = xp.where(small, -log1pmx(-inner), series - p)
    return p * excess / (c * series) ** 2


def _near(both: Compared) -> Any:
    xp = namespace(both.difference)
    return (xp.abs(both.log_ratio) < 0.3) & (xp.abs(both.log_ratio_of_complements) < 0.3)


def _remainder_of(both: Compared) -> Any:
    """Return KL of two logarithmic distributions."""
    xp = namespace(both.difference)
    p, q = both.p.probs, both.q.probs
    return _remainder_from(
        xp, p, both.p.complement, q, both.q.complement, both.log_ratio, _near(both), both.p.log_probs
    )


@np.errstate(all="ignore")
def _remainder(theta: Any, step: Any) -> Any:
    xp = namespace(theta, step)
    end = theta + step
    return _from_to((theta, xp.exp(theta), -xp.expm1(theta)), (end, xp.exp(end), -xp.expm1(end)), step)


def _from_to(one: tuple[Any, Any, Any], other: tuple[Any, Any, Any], step: Any) -> Any:
    """Return KL of members given by ln p, p and 1 − p, and by how much ln p of the second is greater."""
    theta, p, c = one
    _, q, d = other
    xp = namespace(theta, q, step)
    near = (xp.abs(step) < 0.3) & (xp.abs(xp.log(d / c)) < 0.3)
    return _remainder_from(xp, p, c, q, d, step, near, theta)


def _remainder_from(xp: Any, p: Any, c: Any, q: Any, other: Any, step: Any, near: Any, theta: Any) -> Any:
    # Near, by Taylor's formula: step² ∫ (1 − t) variance(θ + t·step) dt, by Gauss's rule.
    small = xp.where(near, step, 0.0)
    nodes = xp.asarray(_NODES, dtype=small.dtype, device=device_of(small))
    weights = xp.asarray(_WEIGHTS * (1.0 - _NODES), dtype=small.dtype, device=device_of(small))
    path = theta[..., None] + small[..., None] * nodes
    mean_variance = xp.sum(weights * _variance(xp.exp(path), -xp.expm1(path)), axis=-1)
    close = step * step * mean_variance
    # Far: (μ − 1) ln(p/q) and the logarithms of L(p)/p and L(q)/q, 0 as p and q vanish.
    tiny = p < 0.5
    inner = xp.where(tiny, p, 0.25)
    series = -xp.log1p(-inner)
    small_mean = (log1pmx(-inner) - inner * xp.log1p(-inner)) / ((1.0 - inner) * series)
    rest = xp.where(tiny, 0.5, c)
    large = -xp.log(rest)
    above_one = xp.where(tiny, small_mean, p / (rest * large) - 1.0)
    far = _log_excess_of(q, other) - _log_excess_of(p, c) - above_one * step
    return xp.where(near, close, far)


def logarithmic(probs: object) -> Logarithmic:
    """Return the logarithmic (log-series) distribution with masses −p^k/(k ln(1 − p)), k = 1, 2, ….

    Args:
        probs: p, in (0, 1) (SciPy's `p` of `logser`).

    Returns:
        `Logarithmic`: one distribution, or a batch of them.

    Raises:
        ValueError: a number outside (0, 1).

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.logarithmic(0.5), kb.distributions.logarithmic(0.8)).round(6)
        np.float64(0.164326)
    """
    return Logarithmic(Chance(open_probability(probs, "probs", "logarithmic"), "probs"))
