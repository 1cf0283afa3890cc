"""Total variation distance: the greatest difference in the probability of any event.

Le Cam, Asymptotic Methods in Statistical Decision Theory (1986), ch. 4; Levin, Peres and Wilmer, Markov Chains and
Mixing Times, 2nd ed. (2017), Proposition 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Gradient, Law


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    return mp.fsum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def _cost(deviation: Deviation) -> Array:
    return 0.5 * deviation.xp.abs(deviation.difference)


def _gradient(deviation: Deviation, value: Array) -> Gradient:
    half = 0.5 * deviation.xp.sign(deviation.difference)
    return Gradient(-deviation.p * half, deviation.q * half, -0.5, -0.5)


def _slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    slope = 0.5 * np.sign(p - q)
    flat = np.zeros_like(slope)
    return slope, -slope, flat, flat


tv = Divergence(
    name="tv",
    symbol="TV",
    title="total variation distance",
    formula="½ Σ |p − q|",
    range=(0.0, 1.0),
    laws=frozenset(
        {Law.ZERO_IFF_EQUAL, Law.SYMMETRIC, Law.BOUNDED, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING, Law.METRIC}
    ),
    textbook=_textbook,
    cost=_cost,
    slopes=_slopes,
    gradient=_gradient,
    unit="",
)
