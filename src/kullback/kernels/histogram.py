"""Counting values between edges, faster than a search for each value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GRID = 1 << 14
_WORTHWHILE = 4_096
"""Below this many values a search for each is faster than the set-up of a grid."""
_SPREAD = 1 << 16
_CHUNK = 1 << 15
"""Values at a time, so that what is computed of them stays in the processor's cache."""


def count_between_naive(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many finite values lie in (−∞, e₀], (e₀, e₁], … (e_k, ∞): the truth of `count_between`."""
    return np.bincount(np.searchsorted(edges, values, "left"), minlength=len(edges) + 1)


def count_between(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many finite values lie in each right-closed cell between increasing edges, and outside them.

    The values are counted on a uniform grid, which takes a multiplication instead of a search per value. The grid index
    is a monotone function of the value, so a grid cell without an edge inside lies in one cell wholly; the values of
    the few others are searched.
    """
    if len(values) < _WORTHWHILE or len(edges) < 3:
        return count_between_naive(values, edges)
    low, high = _grid_range(edges)
    with np.errstate(over="ignore"):
        scale = (_GRID - 2) / (high - low) if high > low else np.inf
    if not 0.0 < scale < np.inf:
        return count_between_naive(values, edges)

    ends = _grid_index(edges, low, scale, np.empty(len(edges)), np.empty(len(edges), np.intp))
    mixed = np.zeros(_GRID, bool)
    mixed[ends] = True
    on_grid = np.zeros(_GRID, np.int64)
    searched: list[NDArray[np.float64]] = []
    scaled, index = np.empty(_CHUNK), np.empty(_CHUNK, np.intp)
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK]
        found = _grid_index(chunk, low, scale, scaled[: len(chunk)], index[: len(chunk)])
        on_grid += np.bincount(found, minlength=_GRID)
        searched.append(chunk[mixed[found]])
    on_grid[mixed] = 0
    # A pure grid cell lies wholly above the edges whose grid index is below its own.
    cell_of = np.searchsorted(ends, np.arange(_GRID), "left")
    counts = np.bincount(cell_of, weights=on_grid, minlength=len(edges) + 1).astype(np.int64)
    return counts + count_between_naive(np.concatenate(searched), edges)


def count_whole(values: NDArray[np.integer], low: int, high: int) -> NDArray[np.int64] | None:
    """Return how often each whole number from ``low`` to ``high`` occurs; None if there are too many of them."""
    if high - low >= _SPREAD:
        return None
    # In the width of the result: of an int8, 100 − (−100) is −56.
    return np.bincount(np.subtract(values, low, dtype=np.intp), minlength=high - low + 1)


def _grid_range(edges: NDArray[np.float64]) -> tuple[float, float]:
    """Return the range of the grid that leaves the fewest values to search, if every cell holds as many.

    To be searched are the values outside the range, which ends k edges before the outermost, and those that share a
    grid cell with an edge. The outermost edges may be outliers: a grid up to them would be too coarse elsewhere.
    """
    gaps = np.diff(edges)
    best, chosen = np.inf, 0
    for trim in (0, 1, 2, 4, 8, 16, 32):
        if 2 * trim + 2 >= len(edges):
            break
        inner = gaps[trim : len(gaps) - trim]
        with np.errstate(over="ignore", divide="ignore"):
            width = (edges[-1 - trim] - edges[trim]) / _GRID
            searched = 2.0 * trim + np.minimum(1.0, width / inner).sum()
        if searched < best:
            best, chosen = searched, trim
    return float(edges[chosen]), float(edges[-1 - chosen])


def _grid_index(
    values: NDArray[np.float64], low: float, scale: float, scaled: NDArray[np.float64], index: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Write the grid cell of each value into ``index``, by way of ``scaled``: a monotone function of the value."""
    with np.errstate(over="ignore"):  # what overflows lies outside the grid all the same
        np.subtract(values, low, out=scaled)
        np.multiply(scaled, scale, out=scaled)
    np.add(scaled, 1.0, out=scaled)
    np.maximum(scaled, 0.0, out=scaled)
    np.minimum(scaled, _GRID - 1.0, out=scaled)
    index[:] = scaled
    return index
