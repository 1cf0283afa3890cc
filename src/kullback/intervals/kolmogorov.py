"""The interval for the Kolmogorov–Smirnov distance."""

from __future__ import annotations

import math

import numpy as np

from kullback.intervals.sampling import Sampling


def quantile(level: float) -> float:
    """Return K with P(sup |Brownian bridge| ≤ K) = ``level``, to 1e-12.

    1 − level = 2 Σ (−1)^(j−1) exp(−2 j² K²) (Kolmogorov, 1933). Raises ``ValueError`` unless 0.5 ≤ level < 1.

    >>> round(quantile(0.95), 6)
    1.358099
    """
    if not 0.5 <= level < 1.0:
        raise ValueError(f"level is {level}; it must be at least 0.5 and below 1")
    # The first term alone is within 1 % here; the others are corrected for by iteration.
    target = 0.5 * (1.0 - level)
    x = math.sqrt(-0.5 * math.log(target))
    for _ in range(50):
        rest = sum((-1) ** (j - 1) * math.exp(-2.0 * j * j * x * x) for j in range(2, 8))
        x, before = math.sqrt(-0.5 * math.log(target - rest)), x
        if abs(x - before) < 1e-14:
            break
    return x


def half_width(p: Sampling, q: Sampling, *, level: float = 0.95) -> float:
    """Return the half-width of the band around F̂ − Ĝ that holds F − G everywhere with probability ``level``.

    K √(1/n + 1/m) for independent rows; for weighted rows and blocks n and m are the rows over the design effect of the
    cumulative shares. |D̂ − D| is at most this wide, so D̂ ± it covers D: exactly at P = Q for continuous data,
    generously where P and Q differ or the cells are few.

    Arguments
    ---------
    p, q : the two sides, over the same cells in their order.

    >>> from kullback.intervals.sampling import Independent
    >>> round(half_width(Independent([50, 50]), Independent([40, 60])), 4)
    0.1921
    """
    return quantile(level) * math.sqrt(_variance_of_bridge(p) + _variance_of_bridge(q))


def _variance_of_bridge(side: Sampling) -> float:
    """1/n times the design effect of the cumulative shares, averaged as their variances are."""
    v = side.covariance()
    factor = np.cumsum(v.factor, axis=0)
    variance = float((np.cumsum(v.diagonal) + np.sum((factor @ v.core) * factor, axis=1)).sum())
    cumulative = np.cumsum(side.shares)
    independent = float((cumulative * (1.0 - cumulative)).sum())
    return variance / independent if independent > 1e-12 else 1.0 / side.effective_rows
