"""The two χ² divergences, Pearson's (divided by q) and Neyman's (divided by p).

Pearson, Phil. Mag. 50 (1900), 157-175; Neyman, Proc. Berkeley Symp. (1949), 239-273; as f-divergences in Liese and
Vajda, IEEE Trans. Inf. Theory 52 (2006), 4394-4412, eq. (7). No factor n and no degrees of freedom here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from kullback.arrays import Array, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law, PowerForm, PowerSum, root_difference
from kullback.divergences.tsallis import power_gradient
from kullback.numerics import tiny


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mp.inf
    return mp.fsum((a - b) ** 2 / b for a, b in zip(p, q, strict=True) if b > 0)


def _neyman_textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    return _textbook(q, p, mp)


def _cost(deviation: Deviation) -> Array:
    xp = deviation.xp
    root_q = xp.sqrt(deviation.q)
    # (difference/√q)², not difference²/q: neither the square nor the quotient may under- or overflow on the way.
    cost = (deviation.difference / xp.where(root_q > 0.0, root_q, 1.0)) ** 2
    small = xp.minimum(deviation.p, deviation.q) < tiny(deviation.p)
    if nowhere(small):
        return cost
    # One mass has underflowed or is zero, but its logarithm has not: (√q−√p)(1+√(p/q)), and p²/q where p ≫ q.
    log_ratio = deviation.log_ratio
    rooted = (root_difference(deviation) * (1.0 + xp.exp(-0.5 * log_ratio))) ** 2
    far = log_ratio < -60.0
    tail = xp.where(log_ratio == -math.inf, math.inf, xp.exp(xp.where(far, deviation.log_p - log_ratio, 0.0)))
    return xp.where(small, xp.where(far, tail, rooted), cost)


def _neyman_cost(deviation: Deviation) -> Array:
    return _cost(deviation.swapped())


def _neyman_gradient(deviation: Deviation, value: Array) -> Gradient:
    return _gradient(deviation.swapped(), value).swapped()


def _slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    ratio = p / q
    return 2.0 * (p - q) / q, (q - p) / q * (1.0 + ratio), 2.0 / q, 2.0 * ratio * ratio / q


def _neyman_slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    first_q, first_p, second_q, second_p = _slopes(q, p)
    return first_p, first_q, second_p, second_q


# χ² is the Tsallis divergence of order 2.
_gradient = partial(power_gradient, 2.0)

_LAWS = frozenset({Law.ZERO_IFF_EQUAL, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING})

chi2 = Divergence(
    name="chi2",
    symbol="χ²",
    title="Pearson χ² divergence",
    formula="Σ (p − q)²/q",
    range=(0.0, math.inf),
    laws=_LAWS,
    textbook=_textbook,
    cost=_cost,
    slopes=_slopes,
    gradient=_gradient,
    powers=PowerForm("gap", 2.0, PowerSum(1.0)),
    unit="",
)

neyman_chi2 = Divergence(
    name="neyman_chi2",
    symbol="Neyman χ²",
    title="Neyman χ² divergence",
    formula="Σ (p − q)²/p",
    range=(0.0, math.inf),
    laws=_LAWS,
    textbook=_neyman_textbook,
    cost=_neyman_cost,
    slopes=_neyman_slopes,
    gradient=_neyman_gradient,
    powers=PowerForm("gap", -1.0, PowerSum(1.0)),
    unit="",
)
