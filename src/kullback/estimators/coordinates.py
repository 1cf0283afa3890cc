"""Coordinates: columns of numbers and of names as one array, in which distances mean something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.estimators.logistic import Columns, Frame, centres_and_metric
from kullback.sample import FloatArray, IntArray, Sample

_MOST_CODES = 40
"""Categories of a column that have a coordinate of their own; the rare ones share one."""

_APART = 2.0
"""How far a category is from none, in standard deviations of the numbers."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Where rows lie: numbers less their mean, in the metric of their covariance within both samples, and for every
    category a coordinate.

    Attributes:
        numbers: from rows to the coordinates of their numbers.
        merged: for every column of names, which coordinate a code has.
    """

    numbers: Columns
    merged: tuple[IntArray, ...]

    @classmethod
    def of(cls, x: Sample, y: Sample) -> Coordinates:
        """Return those in which both samples are described best, learned from them."""
        frame = Frame.of(x, y)
        # Columns that are the same in all rows are left out, and may be all there are.
        root = centres_and_metric(frame)[1] if frame.x.shape[1] else np.empty((0, 0))

        def numbers(rows: Sample) -> FloatArray:
            return frame.scaled(rows) @ root

        return cls(numbers, tuple(_merged(x, y, column) for column in range(x.codes.shape[1])))

    def __call__(self, rows: Sample) -> FloatArray:
        """Return the coordinates of rows, shape (rows, k)."""
        parts = [self.numbers(rows)]
        for column, codes in enumerate(self.merged):
            named = codes[rows.codes[:, column]][:, None] == np.arange(int(codes.max()) + 1)
            parts.append(_APART * named)
        return np.concatenate(parts, axis=1)


def _merged(x: Sample, y: Sample, column: int) -> IntArray:
    size = x.alphabet[column]
    counts = sum(np.bincount(side.codes[:, column], side.shares, size) for side in (x, y))
    order = np.argsort(-np.asarray(counts), kind="stable")
    merged = np.empty(size, np.int64)
    merged[order] = np.minimum(np.arange(size), _MOST_CODES)
    return merged


def squared_distances(rows: FloatArray, centres: FloatArray) -> FloatArray:
    """Return the squared distances of rows from centres, shape (rows, centres), never below 0."""
    products = rows @ centres.T
    lengths = np.square(rows).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    return np.maximum(lengths - 2.0 * products, 0.0)
