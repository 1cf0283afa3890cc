"""Jeffreys divergence: KL in both directions.

Jeffreys, "An invariant form for the prior probability in estimation problems", Proc. R. Soc. A 186 (1946), 453-461,
eq. (1). Between binned populations it is the population stability index (PSI) of credit scoring.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Law
from kullback.numerics import times


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    if any((a > 0) != (b > 0) for a, b in zip(p, q, strict=True)):
        return mp.inf
    both = [(a, b) for a, b in zip(p, q, strict=True) if a > 0]
    return mp.fsum(a * mp.log(a / b) for a, b in both) + mp.fsum(b * mp.log(b / a) for a, b in both)


def _cost(deviation: Deviation) -> Array:
    return times(deviation.difference, deviation.log_ratio)


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
)

psi = jeffreys
