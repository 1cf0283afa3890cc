"""Jeffreys divergence: KL in both directions.

Jeffreys, "An invariant form for the prior probability in estimation problems", Proc. R. Soc. A 186 (1946), 453-461,
eq. (1). Between binned populations it is the population stability index (PSI) of credit scoring.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.arrays import Array, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law
from kullback.numerics import times


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    if any((a > 0) != (b > 0) for a, b in zip(p, q, strict=True)):
        return mp.inf
    both = [(a, b) for a, b in zip(p, q, strict=True) if a > 0]
    return mp.fsum(a * mp.log(a / b) for a, b in both) + mp.fsum(b * mp.log(b / a) for a, b in both)


def _cost(deviation: Deviation) -> Array:
    xp = deviation.xp
    cost = times(deviation.difference, deviation.log_ratio)
    # Also a mass that underflows is infinitely far from none.
    lost = xp.abs(deviation.log_ratio) == math.inf
    return cost if nowhere(lost) else xp.where(lost, math.inf, cost)


def _gradient(deviation: Deviation, value: Array) -> Gradient:
    p, q, difference, log_ratio = deviation.p, deviation.q, deviation.difference, deviation.log_ratio
    return Gradient(-times(p, log_ratio) - difference, times(q, log_ratio) + difference, -math.inf, -math.inf)


def _slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    log = np.log(p) - np.log(q)
    return log + 1.0 - q / p, 1.0 - log - p / q, 1.0 / p + q / p / p, 1.0 / q + p / q / q


jeffreys = Divergence(
    name="jeffreys",
    symbol="J",
    title="Jeffreys divergence (population stability index)",
    formula="Σ (p − q) ln(p/q)",
    range=(0.0, math.inf),
    laws=frozenset(
        {Law.ZERO_IFF_EQUAL, Law.SYMMETRIC, Law.JOINTLY_CONVEX, Law.ADDITIVE_OVER_PRODUCTS, Law.DATA_PROCESSING}
    ),
    textbook=_textbook,
    cost=_cost,
    slopes=_slopes,
    gradient=_gradient,
)

psi = jeffreys
