"""Bhattacharyya distance.

Bhattacharyya, "On a measure of divergence between two statistical populations defined by their probability
distributions", Bull. Calcutta Math. Soc. 35 (1943), 99-109; Kailath, "The divergence and Bhattacharyya distance
measures in signal selection", IEEE Trans. Commun. Technol. 15 (1967), 52-60, eq. (5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kullback.arrays import Array, namespace, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law, PowerForm, itself, root_difference
from kullback.divergences.tsallis import log_weights, surplus
from kullback.numerics import logsumexp


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    affinity = mp.fsum(mp.sqrt(a * b) for a, b in zip(p, q, strict=True))
    return -mp.log(affinity) if affinity > 0 else mp.inf


def _cost(deviation: Deviation) -> Array:
    return 0.5 * root_difference(deviation) ** 2


def _finish(cost: Array) -> Array:
    return -namespace(cost).log1p(-cost)


def _combine(deviation: Deviation) -> Array:
    xp = deviation.xp
    cost = xp.sum(_cost(deviation), axis=-1)
    # Σ √(pq) is 1 − cost. Where that cancels to little it is summed directly, in logarithms.
    apart = ~(cost < 0.99)
    if nowhere(apart):
        return _finish(cost)
    direct = -logsumexp(log_weights(0.5, deviation))
    return xp.where(apart, direct, _finish(xp.where(apart, 0.0, cost)))


def _gradient(deviation: Deviation, value: Array) -> Gradient:
    from_p, from_q = surplus(0.5, deviation, value)
    return Gradient(-0.5 * from_p, -0.5 * from_q, -math.inf, -math.inf)


bhattacharyya = Divergence(
    name="bhattacharyya",
    symbol="B",
    title="Bhattacharyya distance",
    formula="−ln Σ √(p q)",
    range=(0.0, math.inf),
    laws=frozenset(
        {Law.ZERO_IFF_EQUAL, Law.SYMMETRIC, Law.JOINTLY_CONVEX, Law.ADDITIVE_OVER_PRODUCTS, Law.DATA_PROCESSING}
    ),
    textbook=_textbook,
    cost=_cost,
    finish=_finish,
    combine=_combine,
    gradient=_gradient,
    powers=PowerForm("gap", 0.5, itself),
)
