"""Hellinger distance.

Hellinger, J. reine angew. Math. 136 (1909), 210-271; normalised to [0, 1] as in Le Cam, Asymptotic Methods in
Statistical Decision Theory (1986), ch. 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.arrays import Array, namespace
from kullback.divergence import Deviation, Divergence, Gradient, Law, PowerForm, root_difference
from kullback.divergences.tsallis import surplus
from kullback.numerics import root_sum_of_squares


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    return mp.sqrt(mp.fsum((mp.sqrt(a) - mp.sqrt(b)) ** 2 for a, b in zip(p, q, strict=True)) / 2)


def _cost(deviation: Deviation) -> Array:
    return 0.5 * root_difference(deviation) ** 2


def _combine(deviation: Deviation) -> Array:
    # The distance may be an ordinary number (1e-162) where its square is not one (1e-324).
    return math.sqrt(0.5) * root_sum_of_squares(root_difference(deviation))


def _finish(cost: Array) -> Array:
    return namespace(cost).sqrt(cost)


def _gradient(deviation: Deviation, value: Array) -> Gradient:
    xp = deviation.xp
    from_p, from_q = surplus(0.5, deviation, xp.zeros_like(value))
    # The square of the distance is 1 − Σ √(pq). At P = Q the root has a kink: slope 0.
    scale = xp.where(value > 0.0, 0.25 / xp.where(value > 0.0, value, 1.0), 0.0)
    edge = xp.where(value > 0.0, -math.inf, xp.zeros_like(value))
    return Gradient(-from_p * scale, -from_q * scale, edge, edge)


def _slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    root = np.sqrt(q / p)
    reciprocal = np.sqrt(p / q)
    return 0.5 * (1.0 - root), 0.5 * (1.0 - reciprocal), 0.25 * root / p, 0.25 * reciprocal / q


def _of_gap(gap: Array) -> Array:
    xp = namespace(gap)
    share = -xp.expm1(-gap)
    positive = share > 0.0  # the root has no slope at 0
    return xp.where(positive, xp.sqrt(xp.where(positive, share, 1.0)), 0.0 * share)


hellinger = Divergence(
    name="hellinger",
    symbol="H",
    title="Hellinger distance",
    formula="√(½ Σ (√p − √q)²)",
    range=(0.0, 1.0),
    laws=frozenset({Law.ZERO_IFF_EQUAL, Law.SYMMETRIC, Law.BOUNDED, Law.DATA_PROCESSING, Law.METRIC}),
    textbook=_textbook,
    cost=_cost,
    finish=_finish,
    combine=_combine,
    slopes=_slopes,
    gradient=_gradient,
    powers=PowerForm("gap", 0.5, _of_gap),
    unit="",
)
