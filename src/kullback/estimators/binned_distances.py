"""Estimates of the Kolmogorov–Smirnov and Wasserstein-1 distances from the counts of ordered cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kullback.distances.kolmogorov_smirnov import kolmogorov_smirnov
from kullback.distances.wasserstein import wasserstein
from kullback.estimate import Estimate
from kullback.intervals import folded_normal, kolmogorov
from kullback.intervals.sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def binned_kolmogorov_smirnov(
    p: Sampling, q: Sampling, *, atoms: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Return the Kolmogorov–Smirnov distance sup |F − G|, with what the cells hide and the sampling error.

    The interval is that of `kullback.distances.kolmogorov_smirnov`, which certainly holds the distance between the two
    samples, widened on both sides by `kullback.intervals.kolmogorov.half_width`.

    Arguments
    ---------
    p, q : the two sides, over the same k ordered cells.
    atoms : (k,) whether all rows of a cell have the same value.
    level : the coverage, at least 0.5.

    >>> from kullback.intervals import Independent
    >>> print(binned_kolmogorov_smirnov(Independent([50, 50, 50]), Independent([20, 50, 80]), atoms=[1, 1, 1]))
    KS(P‖Q) = 0.2  [0.0432, 0.357] at 95 %  cells, n=150, m=150
    """
    bounds = kolmogorov_smirnov(p.counts, q.counts, atoms=atoms)
    width = kolmogorov.half_width(p, q, level=level)
    return Estimate(
        bounds.value,
        max(0.0, bounds.low - width),
        min(1.0, bounds.high + width),
        level=level,
        divergence="KS",
        unit="",
        method="cells",
        sizes=(round(p.rows), round(q.rows)),
        diagnostics={"plug-in": bounds.value, "certified low": bounds.low, "certified high": bounds.high},
    )


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
    W1(P‖Q) = 0.2  [0, 1.33] at 95 %  cells, n=100, m=100
    """
    bounds = wasserstein(p.counts, q.counts, edges, p_range=p_range, q_range=q_range, atoms=atoms)
    ends = min(p_range[0], q_range[0]), max(p_range[1], q_range[1])
    points = np.clip(np.concatenate([[ends[0]], np.asarray(edges, float), [ends[1]]]), *ends)
    widths = np.diff(points)
    # Each F − G at an edge stands for half of the two cells beside it; the last cell ends where both are 1.
    found = folded_normal.interval(p, q, np.append(0.5 * (widths[:-1] + widths[1:]), 0.0), cumulative=True, level=level)
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
