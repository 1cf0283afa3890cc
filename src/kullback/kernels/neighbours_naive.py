"""Nearest neighbours in plain NumPy: the truth that the compiled search is held to, and what runs where there is none.

The distance of q and p is √((q₁ − p₁)² + (q₂ − p₂)² + …), added up in this order, in float64. What a tree of SciPy's
finds is computed once more in this way, and rows of which it leaves a tie open are searched wholly.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from kullback.arrays import Array, Mask

Indices = npt.NDArray[np.int64]

_BLOCK = 1 << 20  # distances held at a time
_MOST_DIMENSIONS = 15  # above it, a tree looks at everything
_SLACK = 1e-9  # of a distance of SciPy's, more than its rounding
_MORE = 4  # neighbours asked of SciPy beyond those wanted, to see ties


def nearest(points: Array, queries: Array, k: int, codes: tuple[Indices, Indices]) -> tuple[Array, Indices]:
    """Return the k nearest points whose code is not the query's: distances and indices, ties by the lower index."""
    distances = np.empty((len(queries), k))
    indices = np.empty((len(queries), k), np.int64)
    rows = np.arange(len(queries))
    if points.shape[1] <= _MOST_DIMENSIONS and len(points) > 64:
        rows = _by_tree(points, queries, codes, distances, indices)
    step = max(1, _BLOCK // len(points))
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        found = _distances(points[None, :, :], queries[block, None, :])
        found[codes[0][None, :] == codes[1][block, None]] = np.inf
        # A stable sort keeps the order of the indices where distances are equal.
        order = np.argsort(found, axis=1, kind="stable")[:, :k]
        indices[block], distances[block] = order, np.take_along_axis(found, order, 1)
    return distances, indices


def within(
    points: Array,
    queries: Array,
    radii: Array,
    codes: tuple[Indices, Indices],
    query_values: Array | None,
    point_values: Array | None,
) -> tuple[Indices, Array | None, Array | None]:
    """Return how many points lie in each closed ball, the sum of their values, and the pull on each point."""
    counts = np.zeros(len(queries), np.int64)
    sums = None if point_values is None else np.zeros(len(queries))
    pulled = None if query_values is None else np.zeros(len(points))
    step = max(1, _BLOCK // len(points))
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        inside: Mask = _distances(points[None, :, :], queries[block, None, :]) <= radii[block, None]
        inside &= codes[0][None, :] != codes[1][block, None]
        counts[block] = np.count_nonzero(inside, axis=1)
        if sums is not None and point_values is not None:
            sums[block] = np.sum(np.where(inside, point_values, 0.0), axis=1)
        if pulled is not None and query_values is not None:
            pulled += np.sum(np.where(inside, query_values[block, None], 0.0), axis=0)
    return counts, sums, pulled


def _distances(points: Array, queries: Array) -> Array:
    """Return the distances of rows that broadcast against one another, the same bits whatever the shape."""
    if points.shape[-1] == 1:
        return np.abs(queries[..., 0] - points[..., 0])
    scale = exponent(points, queries)
    total: Array = np.zeros(np.broadcast_shapes(points.shape[:-1], queries.shape[:-1]))
    for column in range(points.shape[-1]):
        apart = np.ldexp(queries[..., column], scale) - np.ldexp(points[..., column], scale)
        total += apart * apart
    return np.ldexp(np.sqrt(total), -scale)


def exponent(points: Array, queries: Array) -> int:
    """Return the power of two that brings the largest coordinate to 2^500, where squares keep their digits."""
    largest = max(np.max(np.abs(points), initial=0.0), np.max(np.abs(queries), initial=0.0))
    return 500 - int(np.frexp(largest)[1]) if largest else 0


def _by_tree(
    points: Array, queries: Array, codes: tuple[Indices, Indices], distances: Array, indices: Array | Indices
) -> Indices:
    """Fill in what SciPy's tree decides, and return the rows that it leaves open."""
    spatial: Any = importlib.import_module("scipy.spatial")

    k = distances.shape[1]
    asked = min(k + _MORE, len(points))
    scale = 1 - int(np.frexp(max(np.max(np.abs(points)), np.max(np.abs(queries))))[1])
    tree: Any = spatial.cKDTree(np.ldexp(points, scale), compact_nodes=False, balanced_tree=len(points) < 1000)
    open_rows: list[Indices] = []
    step = max(1, _BLOCK // (asked * points.shape[1]))
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        rough, candidates = tree.query(np.ldexp(queries[block], scale), k=asked, workers=1)
        candidates = candidates.astype(np.int64)
        exact = _distances(points[candidates], queries[block, None, :])
        exact[codes[0][candidates] == codes[1][block, None]] = np.inf
        order = np.lexsort((candidates, exact), axis=-1)[:, :k]
        distances[block] = np.take_along_axis(exact, order, 1)
        indices[block] = np.take_along_axis(candidates, order, 1)
        if asked < len(points):
            reach = np.ldexp(rough[:, -1] * (1.0 - _SLACK), -scale)
            # Squares of what is so small against the largest coordinate have lost digits in SciPy's tree.
            sure = (distances[block, -1] < reach) & (rough[:, -1] > 1e-100)
            open_rows.append(start + np.flatnonzero(~sure))
    return np.concatenate(open_rows) if open_rows else np.zeros(0, np.int64)
