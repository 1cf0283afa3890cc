"""The sampling error of the Kolmogorov–Smirnov distance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kullback.intervals.sampling import Sampling
from kullback.special import normal_cdf, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


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


def interval(p: Sampling, q: Sampling, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of max |F − G| over the upper edges of the cells.

    High: D̂ + z·σ. At the edge i where the true maximum D lies, D̂ ≥ |F̂_i − Ĝ_i|, so D > D̂ + zσ_i needs a normal error
    beyond z; σ is the greatest of the edges that may be that one.

    Low: the greater of two. D̂ − K √(1/n + 1/m), Kolmogorov's band, n and m the rows over the design effect of the
    cumulative shares; and max (|F̂_i − Ĝ_i| − uσ_i) over the edges that may be the maximum, u such that a normal process
    with their correlations stays below it: P ≤ Φ(−u) + L exp(−u²/2)/2π for each sign, L = Σ arccos ρ_(i,i+1) (Efron,
    1997, "The length heuristic"; the bound of Hotelling, 1939). The first rules near P = Q, the second far away.
    An edge may be the maximum if it is within twice Kolmogorov's band of D̂.

    Arguments
    ---------
    p, q : the two sides, over the same cells in their order.
    level : the coverage, at least 0.5.

    Returns
    -------
    (low, high), 0 ≤ low ≤ D̂ ≤ high ≤ 1.

    >>> from kullback.intervals.sampling import Independent
    >>> [round(end, 3) for end in interval(Independent([500, 500]), Independent([300, 700]))]
    [0.158, 0.242]
    """
    tail = 0.5 * (1.0 - level)
    difference = np.cumsum(p.shares - q.shares)[:-1]
    if not len(difference):
        return 0.0, 0.0
    (first, along_first, bridge_first), (second, along_second, bridge_second) = _noise(p), _noise(q)
    sd = np.sqrt(np.maximum(first + second, 0.0))[:-1]
    scale = math.sqrt(bridge_first + bridge_second)
    size = np.abs(difference)
    top = float(size.max())
    near = size >= top - 2.0 * quantile(level) * scale
    high = top + normal_quantile(1.0 - tail) * float(sd[near].max())
    band = top - quantile(1.0 - tail) * scale
    # Edges that hardly vary cannot be the maximum by chance, and would make the studentised path long.
    used = near & (sd > 0.3 * sd[near].max())
    correlation = (along_first + along_second)[: len(sd) - 1] / np.maximum(sd[:-1] * sd[1:], 1e-300)
    steps = np.arccos(np.clip(correlation, -1.0, 1.0))
    positions = np.concatenate([[0.0], np.cumsum(steps)])
    u = _boundary([positions[used & (difference >= 0.0)], positions[used & (difference <= 0.0)]], tail)
    low = max(0.0, band, float((size[used] - u * sd[used]).max(initial=0.0)))
    return min(low, top), min(1.0, high)


def _boundary(paths: list[Vector], tail: float) -> float:
    """The u that a normal process on these paths exceeds with probability at most ``tail``."""
    paths = [path for path in paths if len(path)]
    length = sum(float(path[-1] - path[0]) for path in paths)
    count = sum(len(path) for path in paths)
    if not count:
        return 0.0
    u = normal_quantile(1.0 - tail)
    for _ in range(50):
        # The union bound is the smaller one for a few edges far apart.
        probability = min(
            len(paths) * normal_cdf(-u) + length * math.exp(-0.5 * u * u) / (2.0 * math.pi), count * normal_cdf(-u)
        )
        if probability <= tail * (1.0 + 1e-9):
            break
        u += math.log(probability / tail) / (u + 1.0 / u)
    return u


def _noise(side: Sampling) -> tuple[Vector, Vector, float]:
    """Variances of the cumulative shares, covariances of neighbours, and 1/n times the mean design effect."""
    v = side.covariance()
    factor = np.cumsum(v.factor, axis=0)
    diagonal = np.cumsum(v.diagonal)
    weighted = factor @ v.core
    variance = diagonal + np.sum(weighted * factor, axis=1)
    neighbours = diagonal[:-1] + np.sum(weighted[:-1] * factor[1:], axis=1)
    cumulative = np.cumsum(side.shares)
    independent = float((cumulative * (1.0 - cumulative)).sum())
    bridge = float(variance.sum()) / independent if independent > 1e-12 else 1.0 / side.effective_rows
    return variance, neighbours, bridge
