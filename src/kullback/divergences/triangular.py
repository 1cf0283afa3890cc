"""Triangular discrimination, also called the Vincze-Le Cam divergence.

Le Cam, Asymptotic Methods in Statistical Decision Theory (1986), p. 47; Topsøe, "Some inequalities for information
divergence and related measures of discrimination", IEEE Trans. Inf. Theory 46 (2000), 1602-1609, eq. (2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Gradient, Law


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    return mp.fsum((a - b) ** 2 / (a + b) for a, b in zip(p, q, strict=True) if a + b > 0)


def _share(deviation: Deviation) -> Array:
    """Return (q − p)/(p + q), 0 where neither has mass."""
    xp = deviation.xp
    both = deviation.p + deviation.q
    return deviation.difference / xp.where(both > 0.0, both, 1.0)


def _cost(deviation: Deviation) -> Array:
    return deviation.difference * _share(deviation)


def _gradient(deviation: Deviation, value: Array) -> Gradient:
    share = _share(deviation)
    return Gradient(-deviation.p * share * (2.0 + share), deviation.q * share * (2.0 - share), -3.0, -3.0)


def _slopes(p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    both = p + q
    share = (q - p) / both
    second = 8.0 / both
    return -share * (2.0 + share), share * (2.0 - share), second * (q / both) ** 2, second * (p / both) ** 2


triangular = Divergence(
    name="triangular",
    symbol="Δ",
    title="triangular discrimination",
    formula="Σ (p − q)²/(p + q)",
    range=(0.0, 2.0),
    laws=frozenset({Law.ZERO_IFF_EQUAL, Law.SYMMETRIC, Law.BOUNDED, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}),
    textbook=_textbook,
    cost=_cost,
    slopes=_slopes,
    gradient=_gradient,
    unit="",
)
