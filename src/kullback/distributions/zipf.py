"""Zipf distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import device_of, namespace, to_numpy
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import non_negative, readable, together, whole
from kullback.distributions.whole_numbers import unknown, where_whole
from kullback.functions.exponential import log_expm1_over
from kullback.functions.gamma import BERNOULLI
from kullback.numerics import expm1mx
from kullback.statistic import One, Statistic
from kullback.support import Integers
from kullback.tail import Tail

_FIRST = 64
_LONGEST = 2_000_000
"""Up to how many outcomes closed forms add up: longer sums are left to the rule for sums."""


@dataclass(frozen=True, eq=False)
class Zipf(Density):
    """Zipf distribution: masses k^−s/(1 + 2^−s + … + n^−s), k = 1, …, n.

    Attributes:
        exponent: s ≥ 0.
        size: n, a whole number ≥ 1.
    """

    exponent: Any
    size: Any

    name: ClassVar[str] = "zipf"

    @property
    def support(self) -> Integers:
        """{1, …, n}."""
        return Integers(np.float64(1.0), self.size)

    def log_prob(self, x: Any) -> Any:
        """Return −s ln k − ln(1 + 2^−s + … + n^−s)."""
        xp = namespace(x, self.exponent, self.size)
        normaliser = log_harmonic(self.exponent, self.size)
        return where_whole(
            x, 1.0, self.size, lambda k: -self.exponent * xp.log(k) - normaliser, self.exponent, self.size
        )

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """There are none."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return outcomes at equal ratios."""
        size = np.asarray(self.size, dtype=float)[..., None]
        return np.minimum(np.round(size ** np.asarray([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])), size)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        match statistic:
            case One():
                return namespace(self.exponent, self.size).ones_like(self.exponent + self.size)
            case _:
                return None

    def _outcomes(self, other: Self) -> tuple[Any, Any] | None:
        """Return the logarithms of 1, 2, … up to the greatest size, and where both have that outcome; None if too long.

        Sizes that differ, and those that cannot be read, are not for a closed form.
        """
        if not (readable(self.size) and readable(other.size)):
            return None
        sizes = np.asarray(to_numpy(self.size)), np.asarray(to_numpy(other.size))
        longest = int(max(x.max() for x in sizes)) if sizes[0].size and sizes[1].size else 1
        shape = np.broadcast_shapes(np.shape(self.exponent), np.shape(other.exponent), *(x.shape for x in sizes))
        if longest * max(1, math.prod(shape)) > _LONGEST:
            return None
        xp = namespace(self.exponent, self.size, other.exponent, other.size)
        counted = np.arange(1, longest + 1, dtype=float)
        logs = xp.asarray(np.log(counted), dtype=self.exponent.dtype, device=device_of(self.exponent))
        numbers = xp.asarray(counted, dtype=self.exponent.dtype, device=device_of(self.exponent))
        size = xp.where(self.size == other.size, self.size, math.nan)
        return logs, numbers <= size[..., None]

    def _cumulant(self, other: Self, by: Any) -> tuple[Any, Any] | None:
        """Return ln E_P e^(by (D − E_P D)) and E_P D for D = ln q − ln p up to a constant; NaN where sizes differ."""
        found = self._outcomes(other)
        if found is None:
            return None
        logs, inside = found
        xp = namespace(logs, inside)
        s = self.exponent[..., None]
        masses = xp.where(inside, xp.exp(-s * logs), 0.0)
        total = xp.sum(masses, axis=-1)
        same = total > 0.0
        masses = masses / xp.where(same, total, 1.0)[..., None]
        step = -(other.exponent - self.exponent)[..., None] * logs
        mean = xp.sum(masses * step, axis=-1)
        centred = by * (step - mean[..., None])
        # The logarithms of the masses are known also where these vanish beside what they are multiplied by.
        log_masses = -s * logs - xp.log(xp.where(same, total, 1.0))[..., None]
        terms = xp.where(inside, centred + log_masses, -math.inf)
        small = xp.max(terms, axis=-1) < 600.0
        usable = inside & small[..., None]
        high = usable & (centred > 30.0)
        grown = xp.exp(xp.where(high, terms, 0.0)) - masses * (1.0 + centred)
        near = masses * expm1mx(xp.where(usable & ~high, centred, 0.0))
        close = xp.log1p(xp.sum(xp.where(high, grown, near), axis=-1))
        top = xp.max(terms, axis=-1, keepdims=True)
        top = xp.where(xp.isfinite(top), top, 0.0)
        far = xp.log(xp.sum(xp.exp(terms - top), axis=-1)) + top[..., 0]
        return xp.where(same, xp.where(small, close, far), math.nan), mean

    @closed_form(
        "kl",
        formula="ln E_P exp(D − E_P D), D = −(s_Q − s_P) ln k, n the same",
        source="the definition: ln q − ln p is D and a constant",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as one sum over the outcomes; NaN where the sizes differ or the sum is long."""
        found = self._cumulant(other, 1.0)
        return unknown(self.exponent + other.exponent + self.size + other.size) if found is None else found[0]

    @closed_form(
        "renyi",
        formula="K(1) − K(1 − α)/(1 − α), K(t) = ln E_P exp(t (D − E_P D)), D = −(s_Q − s_P) ln k, n the same",
        source="the definition: ln q − ln p is D and a constant",
        everywhere=False,
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return the Rényi divergence as sums over the outcomes; NaN where the sizes differ or the sums are long."""
        one, another, e, factor = self, other, 1.0 - order, 1.0
        if order < 0.5:
            # The other way round, at an order that 1 − (1 − order) would round.
            one, another, e, factor = other, self, order, order / (1.0 - order)
        whole_step, part = one._cumulant(another, 1.0), one._cumulant(another, e)
        if whole_step is None or part is None:
            return unknown(self.exponent + other.exponent + self.size + other.size)
        return factor * (whole_step[0] - part[0] / e)

    def cdf(self, x: Any) -> Any:
        """Return the ratio of the sums up to x and up to n."""
        k = np.clip(np.floor(x), 0.0, self.size)
        ratio = log_harmonic(self.exponent, np.maximum(k, 1.0)) - log_harmonic(self.exponent, self.size)
        return np.where(k < 1.0, 0.0, np.exp(np.minimum(ratio, 0.0)))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        return 1.0 - self.cdf(x)

    def quantile(self, u: Any) -> Any:
        """Return the least k with P(X ≤ k) ≥ u."""
        u = np.asarray(u, dtype=float)
        shape = np.broadcast_shapes(u.shape, np.shape(self.exponent), np.shape(self.size))
        low, high = np.zeros(shape), np.broadcast_to(np.asarray(self.size, dtype=float), shape)
        while np.any(high - low > 1.0):
            middle = np.floor(0.5 * (low + high))
            enough = self.cdf(middle) >= u
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high


@np.errstate(all="ignore")
def log_harmonic(s: Any, n: Any) -> Any:
    """Return ln(1 + 2^−s + … + n^−s) for s ≥ 0: term by term to 64, by Euler and Maclaurin's formula from there.

    Source:
        DLMF 2.10.1.
    """
    xp = namespace(s, n)
    shape_of = 0.0 * (s + n)
    s, n = s + shape_of, n + shape_of
    long = n > _FIRST
    head = 1.0 + shape_of
    for k in range(2, _FIRST):
        head = head + xp.where(k <= n, xp.exp(-s * math.log(k)), 0.0)
    # The sum from 64 to n is the integral, half of both ends and corrections by derivatives at the ends.
    first = xp.exp(-s * math.log(_FIRST))
    end = xp.where(long, n, 2.0 * _FIRST)
    span = xp.log(end / _FIRST)
    last = xp.exp(-s * xp.log(end))
    integral = first * _FIRST * span * xp.exp(log_expm1_over((1.0 - s) * span))
    rest = integral + 0.5 * (first + last)
    rising = s
    for j in range(1, 9):
        order = 2 * j - 1
        coefficient = BERNOULLI[j - 1] / math.factorial(2 * j)
        rest = rest + coefficient * rising * (first * float(_FIRST) ** -order - last * end ** (-float(order)))
        rising = rising * (s + order) * (s + (order + 1.0))
    exactly = xp.where(n >= _FIRST, first, 0.0)
    return xp.log(head + xp.where(long, rest, exactly))


def zipf(exponent: object, size: object) -> Zipf:
    """Return the Zipf distribution with masses k^−s/(1 + 2^−s + … + n^−s), k = 1, …, n.

    SciPy calls it `zipfian`; without an end, SciPy's `zipf`, it is `zeta` here.

    Args:
        exponent: s ≥ 0 (SciPy's `a`).
        size: n ≥ 1, whole (SciPy's `n`).

    Returns:
        `Zipf`: one distribution, or a batch of them.

    Raises:
        ValueError: a negative exponent, a size that is not a whole number ≥ 1.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.zipf(1.1, 1000), kb.distributions.zipf(1.2, 1000)).round(6)
        np.float64(0.021575)
    """
    return Zipf(*together(non_negative(exponent, "exponent", "zipf"), whole(size, "size", "zipf", least=1)))
