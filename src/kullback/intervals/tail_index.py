"""The tail index of the ratio p/q at the rows of Q: below 2 it has no variance, and no root-m interval exists."""

from __future__ import annotations

import math

import numpy as np

from kullback.sample import FloatArray

_LEAST = 40
"""Rows of Q below which nothing is said of the tail."""


def tail_index(log_ratio: FloatArray, errors: float = 1.0) -> float | None:
    """Return the α of P(e^f > t) ~ t^−α, the largest within some standard errors; infinity where no power is seen.

    With M₁, M₂ the moments of the excesses of the k largest f over the next, k = m^(2/3)/2:
    1/α = M₁ + 1 − ½/(1 − M₁²/M₂), with a standard error of √((1 + 1/α²)/k).

    Args:
        log_ratio: f = ln(p/q) at rows from Q, shape (m,).
        errors: standard errors in favour of a light tail.

    Returns:
        The index, or None where fewer than 40 rows are given.

    Source:
        Dekkers, Einmahl and de Haan, "A moment estimator for the index of an extreme-value distribution", Ann. Statist.
        17 (1989), 1833-1855, eq. (1.7) and corollary 3.1.

    Example:
        >>> import numpy as np
        >>> quantiles = (np.arange(5000) + 0.5) / 5000
        >>> round(tail_index(-np.log1p(-quantiles) / 1.5, errors=0.0), 1)
        1.5
    """
    rows = len(log_ratio)
    if rows < _LEAST:
        return None
    count = max(10, round(0.5 * rows ** (2.0 / 3.0)))
    top = np.sort(log_ratio)[-count - 1 :]
    excess = top[1:] - top[0]
    first, second = float(excess.mean()), float(np.square(excess).mean())
    if not second > 0.0 or first * first >= second * (1.0 - 1e-12):
        return math.inf
    inverse = first + 1.0 - 0.5 / (1.0 - first * first / second)
    inverse -= errors * math.sqrt((1.0 + max(inverse, 0.0) ** 2) / count)
    return 1.0 / inverse if inverse > 1e-6 else math.inf
