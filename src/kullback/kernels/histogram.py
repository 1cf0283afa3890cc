"""Counting values between edges, faster than a search for each value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GRID = 1 << 14
_WORTHWHILE = 4_096
"""Below this many values a search for each is faster than the set-up of a grid."""
_CHUNK = 1 << 15
"""Values at a time, so that what is computed of them stays in the processor's cache."""
_SPREAD = 1 << 16


def count_between_naive(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many finite values lie in (−∞, e₀], (e₀, e₁], … (e_k, ∞): the truth of `CountBetween`."""
    return np.bincount(np.searchsorted(edges, values, "left"), minlength=len(edges) + 1)


class CountBetween:
    """Counts finite values in right-closed cells between increasing ``edges``, and outside them.

    The values are counted on a uniform grid, which takes a multiplication instead of a search per value. The grid index
    is a monotone function of the value, so a grid cell without an edge inside lies in one cell wholly; the values of
    the few others are searched.

    >>> CountBetween(np.array([0.0, 1.0]))(np.array([-1.0, 0.0, 0.5, 2.0]))
    array([2, 1, 1])
    """

    def __init__(self, edges: NDArray[np.float64]) -> None:
        self._edges = edges
        self._ready = False
        if len(edges) < 3:
            return
        low, high = _grid_range(edges)
        with np.errstate(over="ignore"):
            self._scale = (_GRID - 2) / (high - low) if high > low else np.inf
        if not 0.0 < self._scale < np.inf:
            return
        self._low, self._ready = low, True
        self._scaled, self._index = np.empty(_CHUNK), np.empty(_CHUNK, np.intp)
        ends = np.concatenate([self._grid_cells(edges[i : i + _CHUNK]).copy() for i in range(0, len(edges), _CHUNK)])
        self._mixed = np.zeros(_GRID, bool)
        self._mixed[ends] = True
        # A pure grid cell lies wholly above the edges whose grid index is below its own.
        self._cell_of = np.searchsorted(ends, np.arange(_GRID), "left")

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the (len(edges) + 1) counts of ``values``."""
        if not self._ready or len(values) < _WORTHWHILE:
            return count_between_naive(values, self._edges)
        on_grid = np.zeros(_GRID, np.int64)
        searched: list[NDArray[np.float64]] = []
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            found = self._grid_cells(chunk)
            on_grid += np.bincount(found, minlength=_GRID)
            searched.append(chunk[np.flatnonzero(self._mixed.take(found))])
        on_grid[self._mixed] = 0
        counts = np.bincount(self._cell_of, weights=on_grid, minlength=len(self._edges) + 1).astype(np.int64)
        return counts + count_between_naive(np.concatenate(searched), self._edges)

    def _grid_cells(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the grid cell of each value (in memory that the next call uses again): a monotone function of it."""
        scaled, index = self._scaled[: len(values)], self._index[: len(values)]
        with np.errstate(over="ignore"):  # what overflows lies beyond the grid, and is clipped to its ends
            np.subtract(values, self._low, out=scaled)
            np.multiply(scaled, self._scale, out=scaled)
        np.add(scaled, 1.0, out=scaled)
        np.clip(scaled, 0.0, _GRID - 1.0, out=scaled)
        index[:] = scaled
        return index


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
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        gaps = np.diff(edges)
        best, chosen = np.inf, 0
        for trim in (0, 1, 2, 4, 8, 16, 32):
            if 2 * trim + 2 >= len(edges):
                break
            inner = gaps[trim : len(gaps) - trim]
            width = (edges[-1 - trim] - edges[trim]) / _GRID
            searched = 2.0 * trim + np.minimum(1.0, width / inner).sum()
            if searched < best:
                best, chosen = searched, trim
    return float(edges[chosen]), float(edges[-1 - chosen])
