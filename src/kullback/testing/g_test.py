"""The G test that two sets of counts come from one distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.intervals.design_effects import design_effects
from kullback.intervals.sampling import Independent, Sampling
from kullback.numerics import log1pmx
from kullback.special import beta_cdf, chi_square_sf


@dataclass(frozen=True, slots=True)
class Significance:
    """What a test found.

    Attributes
    ----------
    statistic : of the test, after division by the design effect where there is one.
    degrees : of freedom of the χ² law it has if both sides are the same.
    p_value : the probability of a statistic at least as large if both sides are the same.
    """

    statistic: float
    degrees: float
    p_value: float


def g_test(p: Sampling, q: Sampling) -> Significance:
    """Test whether two sets of counts over the same cells come from one distribution.

    G = 2(n + m)·JS_π(P, Q) with π = n/(n + m): the likelihood ratio statistic (Wilks, 1938), χ² with k − 1 degrees of
    freedom for independent rows, k the cells that are not empty on both sides. It is divided by Williams's factor
    (1976) for cells that hold few rows, 1 + ((n + m)²/(nm) − 1)(Σ 1/r − 1)/(6(n + m)(k − 1)), r the pooled shares. For
    weighted rows and blocks it is corrected to the second order (Rao and Scott, 1981, 1987): G·Σδ/Σδ² with (Σδ)²/Σδ²
    degrees, and for blocks the F law allows for their number (Thomas and Rao, 1987). Merge cells expected to hold
    fewer than 5 rows first (`kullback.estimators.thin_cells`).

    Arguments
    ---------
    p, q : the two sides, as `Independent`, `Weighted` or `Blocks`, over the same cells.

    Returns
    -------
    Statistic, degrees and p-value; identical shares give exactly 0 and 1.

    Raises
    ------
    ValueError : if the sides have different numbers of cells.

    >>> result = g_test(Independent([30, 70]), Independent([50, 50]))
    >>> round(result.statistic, 4), result.degrees, round(result.p_value, 5)
    (8.3364, 1.0, 0.00389)
    """
    if p.shares.shape != q.shares.shape:
        raise ValueError(f"P has {len(p.shares)} cells and Q {len(q.shares)}; they must be the same cells")
    n, m = p.effective_rows, q.effective_rows
    statistic = 2.0 * (
        n * _to_pooled(p.shares, q.shares, m / (n + m)) + m * _to_pooled(q.shares, p.shares, n / (n + m))
    )
    pooled = (n * p.shares + m * q.shares) / (n + m)
    pooled = pooled[pooled > 0.0]
    cells = len(pooled)
    if cells > 1:
        rows = (n + m) ** 2 / (n * m) - 1.0
        statistic /= 1.0 + rows * (float(np.sum(1.0 / pooled)) - 1.0) / (6.0 * (n + m) * (cells - 1.0))
    if isinstance(p, Independent) and isinstance(q, Independent):
        degrees = cells - 1.0
        return Significance(statistic, degrees, chi_square_sf(statistic, degrees) if statistic > 0.0 else 1.0)
    effects = design_effects(p, q)
    statistic, degrees = statistic / effects.scale, effects.degrees
    if statistic <= 0.0 or degrees <= 0.0:
        return Significance(0.0, degrees, 1.0)
    if math.isinf(effects.denominator):
        return Significance(statistic, degrees, chi_square_sf(statistic, degrees))
    # P(F > f) = I_{d₂/(d₂ + d₁ f)}(d₂/2, d₁/2) with d₁ f = the statistic.
    second = degrees * effects.denominator
    p_value = beta_cdf(second / (second + statistic), 0.5 * second, 0.5 * degrees)
    return Significance(statistic, degrees, p_value)


def _to_pooled(p: np.ndarray, q: np.ndarray, share: float) -> float:
    """KL(p ‖ p + share·(q − p)), as a sum of terms ≥ 0 that vanish exactly where p = q."""
    move = share * (q - p)
    u = np.divide(move, p, out=np.zeros_like(p), where=p > 0.0)
    # The mass that the pooled distribution has where p has none completes Σ move = 0.
    return float(p @ -log1pmx(u) + move[p == 0.0].sum())
