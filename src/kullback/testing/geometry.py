"""How far apart rows are, whatever they are made of: numbers on one scale, and categories that differ or do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.sample import FloatArray, IntArray, Sample

_RAREST = 0.25
"""A category column counts as if two rows differed in at least this share of the pairs: one odd row is no outlier."""
_FARTHEST = 1e4
"""Of the quartiles' widths: beside what is farther, the distances of all other rows would be lost to rounding."""
_NORMAL_QUARTILES = 1.3489795003921634


@dataclass(frozen=True, eq=False)
class Points:
    """Rows as points: |a − b|² = Σ over columns of numbers (aᵢ − bᵢ)² + Σ over columns of codes gap² [aᵢ ≠ bᵢ].

    Attributes:
        numbers: shape (n, d), on one scale.
        codes: shape (n, c).
        gaps: the squared distance between two categories, shape (c,).
    """

    numbers: FloatArray
    codes: IntArray
    gaps: FloatArray

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: IntArray) -> Points:
        """Return some of the points."""
        return Points(self.numbers[rows], self.codes[rows], self.gaps)

    def squared_distances(self, others: Points) -> FloatArray:
        """Return |a − b|² for every point here and there, shape (n, m)."""
        found = np.zeros((len(self), len(others)))
        if self.numbers.shape[1]:
            # |a|² + |b|² − 2ab loses digits where a and b are close and far from 0: the points are about the median.
            found += np.square(self.numbers).sum(axis=1)[:, None]
            found += np.square(others.numbers).sum(axis=1)
            found -= 2.0 * (self.numbers @ others.numbers.T)
            np.maximum(found, 0.0, out=found)
        for column, gap in enumerate(self.gaps):
            found += gap * (self.codes[:, column][:, None] != others.codes[:, column])
        return found


def points(rows: Sample) -> Points:
    """Return pooled rows as points: each column of numbers less its median, over its quartiles' width (as wide as that
    of a normal distribution of variance 1); the gap between two categories is such that the mean squared distance in
    the column is that of a column of numbers with variance 1.

    Which side a row belongs to is not looked at, so that permutation tests on the points are exact. Columns that are
    constant are left out.
    """
    with np.errstate(over="ignore"):
        centred = np.nan_to_num(rows.numbers - np.median(rows.numbers, axis=0))
    scales = spread(centred)
    kept = scales > 0.0
    gaps = np.empty(rows.codes.shape[1])
    for column, codes in enumerate(rows.codes.T):
        shares = np.bincount(codes) / len(codes)
        gaps[column] = 2.0 / max(_RAREST, 1.0 - float(shares @ shares))
    with np.errstate(over="ignore"):
        scaled = np.clip(centred[:, kept] / scales[kept], -_FARTHEST, _FARTHEST)
    return Points(scaled, rows.codes, gaps)


def spread(numbers: FloatArray) -> FloatArray:
    """Return the width of the quartiles of each column over that of a normal distribution of variance 1, or, where the
    quartiles are equal, the standard deviation; 0 for a constant column."""
    low, high = np.quantile(numbers, [0.25, 0.75], axis=0)
    with np.errstate(over="ignore"):
        found = np.minimum(high - low, np.finfo(np.float64).max) / _NORMAL_QUARTILES
    # The deviation on a scale on which its squares are numbers.
    largest = np.abs(numbers).max(axis=0, initial=0.0)
    unit = np.where(largest > 0.0, largest, 1.0)
    deviations = (numbers / unit).std(axis=0) * unit
    constant = numbers.max(axis=0, initial=-np.inf) == numbers.min(axis=0, initial=np.inf)
    return np.where(constant, 0.0, np.where(found > 0.0, found, deviations))
