"""Squared distances between the mean of some features over x and that over y, under many labels at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kullback.sample import FloatArray
from kullback.testing.geometry import Points
from kullback.testing.permutation import Labels, Pooled, Statistic

SingleArray: TypeAlias = NDArray[np.float32]

Kernel: TypeAlias = Callable[[Points, Points], FloatArray]
"""From two sets of points, n and m, to a positive semi-definite k(a, b), shape (n, m)."""

WHOLE = 1200
"""Up to so many rows the whole matrix of a kernel is used; above, its projection on that of some of the rows."""
_LANDMARKS = 500
_CELLS = 3e7
"""Of the features of one kernel: the more rows, the fewer landmarks, at least a tenth of `_LANDMARKS`."""
_SMALLEST = 1e-7
"""Eigenvalues of the landmarks' matrix, relative to the largest: below them lies rounding."""


def from_features(pooled: Pooled, features: FloatArray | SingleArray) -> Statistic:
    """Return the statistic |mean over x of the features − mean over y|², rows counted by their weights.

    Args:
        pooled: the rows.
        features: shape (n + m, k), found without looking at which rows are of x.
    """
    centred = features - (pooled.weights @ features) / pooled.weights.sum()
    sums = pooled.sums(pooled.weights[:, None] * centred).astype(np.float32)

    def statistic(labels: Labels) -> FloatArray:
        # The centred features sum to 0 over all rows: mean over x − mean over y = (1/W_x + 1/W_y) Σ over x.
        moved = (labels.astype(np.float32) @ sums).astype(np.float64)
        return _scale(pooled, labels) * np.square(moved).sum(axis=1)

    return statistic


def from_matrix(pooled: Pooled, matrix: FloatArray) -> Statistic:
    """Return the same statistic where the features are known by their inner products, shape (n + m, n + m)."""
    weights = pooled.weights
    share = weights / weights.sum()
    # Double centring: what is left is small where the difference is, so that little is lost to rounding.
    towards = matrix @ share
    centred = matrix - towards[:, None] - towards + share @ towards
    centred *= weights[:, None] * weights
    summed = pooled.sums(pooled.sums(centred).T).astype(np.float32)

    def statistic(labels: Labels) -> FloatArray:
        chosen = labels.astype(np.float32)
        moved = np.einsum("bu,bu->b", chosen @ summed, chosen, dtype=np.float64)
        return _scale(pooled, labels) * moved

    return statistic


def _scale(pooled: Pooled, labels: Labels) -> FloatArray:
    of_x, of_y = pooled.totals(labels)
    return np.square(1.0 / of_x + 1.0 / of_y)


def from_kernel(pooled: Pooled, points: Points, kernel: Kernel, rng: np.random.Generator) -> Statistic:
    """Return the squared distance of the two sides' means in the kernel's space, the squared maximum mean discrepancy.

    Of more than `WHOLE` rows, the distance within the span of some of the rows, drawn without looking at which side
    they belong to: another statistic, less by what is at right angles to them, and as exact a test.

    Source: Gretton, Borgwardt, Rasch, Schölkopf and Smola, JMLR 13 (2012), 723-773, equation 5; for the span, Williams
        and Seeger, NIPS 13 (2001), equation 12.
    """
    rows = len(points)
    if rows <= WHOLE:
        return from_matrix(pooled, kernel(points, points))
    return from_features(pooled, landmark_features(points, kernel, rng))


def landmark_features(points: Points, kernel: Kernel, rng: np.random.Generator) -> SingleArray:
    """Return features whose inner products are those of the kernel in the span of some of the points, shape (n, k)."""
    rows = len(points)
    count = int(min(rows, _LANDMARKS, max(_LANDMARKS // 10, _CELLS / rows)))
    landmarks = points.take(rng.choice(rows, count, replace=False))
    values, vectors = np.linalg.eigh(kernel(landmarks, landmarks))
    kept = values > _SMALLEST * values[-1]
    to_features = vectors[:, kept] / np.sqrt(values[kept])
    features = np.empty((rows, int(kept.sum())), np.float32)
    at_once = max(1, (1 << 23) // count)
    for start in range(0, rows, at_once):
        some = points.take(np.arange(start, min(rows, start + at_once)))
        features[start : start + at_once] = kernel(some, landmarks) @ to_features
    return features
