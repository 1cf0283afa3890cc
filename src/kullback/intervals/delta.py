"""The expansion of an additive divergence in the sampled shares: its bias and its delta-method variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kullback.divergence import Deviation, Divergence
from kullback.intervals.sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

_STEP = 1e-3  # of the differences that give third and fourth derivatives


@dataclass(frozen=True, slots=True)
class Expansion:
    """What the plug-in sum Σ f(p̂, q̂) is, is too large by, and varies by.

    Attributes
    ----------
    total : Σ f(p̂, q̂), before `finish`; ``inf`` where a term is.
    bias : ½ Σ (f_pp Var p̂ + f_qq Var q̂), each term times its correction for thin cells.
    variance_p, variance_q : gᵀVg of the two sides.
    """

    total: float
    bias: float
    variance_p: float
    variance_q: float

    @property
    def variance(self) -> float:
        """The delta-method variance, zero to first order where P = Q."""
        return self.variance_p + self.variance_q


def expand(
    divergence: Divergence, p: Sampling, q: Sampling, *, shares: tuple[Vector, Vector] | None = None
) -> Expansion:
    """Return the expansion of ``divergence`` in the shares of ``p`` and ``q``.

    The derivatives of most divergences are infinite at a share of 0. A cell that is empty on one side is given half a
    row there for the gradient, and the variance of half a row: its share is not known better than that. The bias takes
    the shares and their variances as counted, so that disjoint supports have none.

    In a cell expected to hold few rows the second order is not enough: with g(a, b) the term of shares πa and πb over
    π, what is left at P = Q, to order 1/π, is −(1/π) [(g_aaa/3 + g_aaaa/8)/n² + (g_bbb/3 + g_bbbb/8)/m² + g_aabb/(4nm)]
    (Poisson moments to the fourth). The bias of each cell is multiplied by one plus its ratio to the second order. For
    the Jensen–Shannon divergence this is Williams's correction (1976) of the G statistic.

    Arguments
    ---------
    divergence : one with `derivatives`.
    p, q : the two sides, over the same k cells.
    shares : two (k,) arrays at which to expand instead of the observed shares.

    Raises
    ------
    TypeError : if the divergence is not a sum over outcomes.
    """
    if divergence.slopes is None:
        raise TypeError(f"{divergence!r} is not a sum over outcomes: no bias and no interval follow from the counts")
    at_p, at_q = (p.shares, q.shares) if shares is None else shares
    n, m = p.effective_rows, q.effective_rows
    only_p, only_q = (at_q == 0.0) & (at_p > 0.0), (at_p == 0.0) & (at_q > 0.0)
    seen = (at_p > 0.0) | (at_q > 0.0)
    with np.errstate(all="ignore"):
        terms = divergence.cost(_deviation(at_p, at_q))
        slopes = divergence.slopes(np.where(only_q, 0.5 / n, at_p), np.where(only_p, 0.5 / m, at_q))
        fp, fq, fpp, fqq = slopes if seen.all() else (np.where(seen, slope, 0.0) for slope in slopes)
        variance_p, variance_q = p.diagonal(), q.diagonal()
        if only_p.any() or only_q.any():
            _, _, fpp, fqq = divergence.slopes(at_p, at_q)
            fpp, fqq = np.where(variance_p > 0.0, fpp, 0.0), np.where(variance_q > 0.0, fqq, 0.0)
    bias = 0.5 * (fpp * variance_p + fqq * variance_q)
    pooled = (n * p.shares + m * q.shares) / (n + m)
    correction = 1.0 + np.divide(_thinness(divergence, n, m), pooled, out=np.zeros_like(pooled), where=pooled > 0.0)
    # Beyond a half the series says no more than that the cell is too thin for it.
    return Expansion(
        float(terms.sum()),
        float(bias @ np.clip(correction, 0.5, 1.5)),
        p.variance(fp) + _of_half_rows(fp, only_q, at_p, 0.5 / n),
        q.variance(fq) + _of_half_rows(fq, only_p, at_q, 0.5 / m),
    )


def _deviation(p: Vector, q: Vector) -> Deviation:
    # Shares of counts that are in the same proportion are the same floats, so their difference is exactly 0.
    difference = q - p
    relative = difference / p
    log_ratio = np.where(np.abs(relative) < 0.5, np.log1p(relative), np.log(q) - np.log(p))
    log_ratio = np.where((p == 0.0) & (q == 0.0), 0.0, log_ratio)
    return Deviation(p, q, difference, log_ratio, lambda: (np.log(p), np.log(q)))


def _thinness(divergence: Divergence, n: float, m: float) -> float:
    """The bias left by the second order in a cell, over that of the second order, times the share of the cell."""
    if divergence.slopes is None:
        return 0.0
    h = _STEP
    a = np.array([1.0, 1.0 + h, 1.0 - h, 1.0, 1.0])
    b = np.array([1.0, 1.0, 1.0, 1.0 + h, 1.0 - h])
    _, _, g_aa, g_bb = divergence.slopes(a, b)
    g_aaa, g_aaaa = (g_aa[1] - g_aa[2]) / (2.0 * h), (g_aa[1] - 2.0 * g_aa[0] + g_aa[2]) / (h * h)
    g_bbb, g_bbbb = (g_bb[3] - g_bb[4]) / (2.0 * h), (g_bb[3] - 2.0 * g_bb[0] + g_bb[4]) / (h * h)
    g_aabb = (g_aa[3] - 2.0 * g_aa[0] + g_aa[4]) / (h * h)
    left = (g_aaa / 3.0 + g_aaaa / 8.0) / n**2 + (g_bbb / 3.0 + g_bbbb / 8.0) / m**2 + g_aabb / (4.0 * n * m)
    second = 0.5 * (g_aa[0] / n + g_bb[0] / m)
    return -float(left / second) if second > 0.0 else 0.0


def _of_half_rows(gradient: Vector, empty: NDArray[np.bool_], shares: Vector, half: float) -> float:
    if not empty.any():
        return 0.0
    deviation = gradient[empty] - float(shares @ gradient)
    return 2.0 * half * half * float(deviation @ deviation)
