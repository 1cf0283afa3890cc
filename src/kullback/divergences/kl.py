"""Kullback-Leibler divergence (relative entropy).

Kullback and Leibler, "On information and sufficiency", Ann. Math. Statist. 22 (1951), 79-86, eq. (2.4). The
non-negative terms are those of the Bregman divergence of x log x.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Law, PowerForm, itself, relative_entropy_cost
from kullback.divergences.tsallis import relative_entropy_gradient


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return mp.inf
    return mp.fsum(a * mp.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def _cost(deviation: Deviation) -> Array:
    return relative_entropy_cost(deviation.p, deviation.difference, deviation.log_ratio)


def _slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    ratio = p / q
    return np.log(p) - np.log(q) + 1.0, -ratio, 1.0 / p, ratio / q


kl = Divergence(
    name="kl",
    symbol="KL",
    title="Kullback–Leibler divergence",
    formula="Σ p ln(p/q)",
    range=(0.0, math.inf),
    laws=frozenset(
        {Law.ZERO_IFF_EQUAL, Law.JOINTLY_CONVEX, Law.ADDITIVE_OVER_PRODUCTS, Law.CHAIN_RULE, Law.DATA_PROCESSING}
    ),
    textbook=_textbook,
    cost=_cost,
    slopes=_slopes,
    gradient=relative_entropy_gradient,
    powers=PowerForm("kl", 1.0, itself),
)
