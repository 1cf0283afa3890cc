"""Estimates of the Kolmogorov–Smirnov and Wasserstein-1 distances from the counts of ordered cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kullback.distances.kolmogorov_smirnov import kolmogorov_smirnov
from kullback.distances.wasserstein import wasserstein
from kullback.estimate import Estimate
from kullback.intervals import folded_normal, kolmogorov
from kullback.intervals.few_blocks import student_level
from kullback.intervals.sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def binned_kolmogorov_smirnov(
    p: Sampling, q: Sampling, *, atoms: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Return the Kolmogorov–Smirnov distance sup |F − G|, with what the cells hide and the sampling error.

    The bounds of `kullback.distances.kolmogorov_smirnov` certainly hold the distance between the two samples; the
    sampling error of `kullback.intervals.kolmogorov` widens them.

    Arguments
    ---------
    p, q : the two sides, over the same k ordered cells.
    atoms : (k,) whether all rows of a cell have the same value.
    level : the coverage, at least 0.5.

    >>> from kullback.intervals import Independent
    >>> print(binned_kolmogorov_smirnov(Independent([50, 50, 50]), Independent([20, 50, 80]), atoms=[1, 1, 1]))
    KS(P‖Q) = 0.2  [0.0936, 0.31] at 95 %  cells, n=150, m=150
    """
    bounds = kolmogorov_smirnov(p.counts, q.counts, atoms=atoms)
    low, high = kolmogorov.interval(p, q, level=_adjusted(level, p, q))
    return Estimate(
        bounds.value,
        low,
        min(1.0, bounds.high + (high - bounds.low)),
        level=level,
        divergence="KS",
        unit="",
        method="cells",
        sizes=(round(p.rows), round(q.rows)),
        diagnostics={"plug-in": bounds.value, "certified low": bounds.low, "certified high": bounds.high},
    )


def _adjusted(level: float, p: Sampling, q: Sampling) -> float:
    return student_level(level, 1.0 / p.effective_rows, 1.0 / q.effective_rows, p, q)


def binned_wasserstein(
    p: Sampling,
    q: Sampling,
    edges: ArrayLike,
    *,
    p_range: tuple[float, float],
    q_range: tuple[float, float],
    atoms: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return the Wasserstein-1 distance ∫ |F − G| dx, with what the cells hide and the sampling error.

    The interval is that of `kullback.distances.wasserstein`, which certainly holds the distance between the two
    samples, widened at each end by the sampling error of Σ width × |F − G| (`kullback.intervals.folded_normal`).

    Arguments
    ---------
    p, q : the two sides, over the same k ordered cells.
    edges, p_range, q_range, atoms : as for `kullback.distances.wasserstein`.
    level : the coverage.

    >>> from kullback.intervals import Independent
    >>> sides = Independent([50, 50]), Independent([30, 70])
    >>> print(binned_wasserstein(*sides, [0.0], p_range=(-1.0, 1.0), q_range=(-1.0, 1.0)))
    W1(P‖Q) = 0.2  [0, 1.34] at 95 %  cells, n=100, m=100
    """
    bounds = wasserstein(p.counts, q.counts, edges, p_range=p_range, q_range=q_range, atoms=atoms)
    ends = min(p_range[0], q_range[0]), max(p_range[1], q_range[1])
    points = np.clip(np.concatenate([[ends[0]], np.asarray(edges, float), [ends[1]]]), *ends)
    widths = np.diff(points)
    # Each F − G at an edge stands for half of the two cells beside it, and for all of the one above if that rises only
    # at its upper edge. The last cell ends where both are 1.
    single = np.zeros(len(widths), bool) if atoms is None else np.asarray(atoms, bool)
    weights = np.where(single, 0.0, 0.5 * widths)
    weights[:-1] += np.where(single, widths, 0.5 * widths)[1:]
    found = folded_normal.interval(p, q, weights, cumulative=True, level=_adjusted(level, p, q))
    low = max(0.0, bounds.low - (found.plug_in - found.low)) if found.low > 0.0 else 0.0
    high = bounds.high + max(0.0, found.high - found.plug_in)
    value = min(max(bounds.value - (found.plug_in - found.value), low), high)
    return Estimate(
        value,
        low,
        high,
        level=level,
        divergence="W1",
        unit="",
        method="cells",
        sizes=(round(p.rows), round(q.rows)),
        diagnostics={"plug-in": bounds.value, "certified low": bounds.low, "certified high": bounds.high},
    )
