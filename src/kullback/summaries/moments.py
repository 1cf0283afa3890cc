"""Moments: number, mean, spread and range of the finite values of a column, merged without loss (Chan et al. 1979)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.summaries.counts import FloatArray


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of rows (or total weight), mean, sum of squared deviations, minimum and maximum: a commutative monoid.

    Source: Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances".

    >>> Moments.of(np.array([1.0, 2.0])).merge(Moments.of(np.array([6.0]))).mean
    3.0
    """

    total: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf

    @classmethod
    def of(cls, values: FloatArray, weights: FloatArray | None = None) -> Moments:
        """Return the moments of finite ``values``, each counted once or with its weight; a weight of 0 is no row."""
        if weights is not None:
            values, weights = values[weights > 0.0], weights[weights > 0.0]
        if not len(values):
            return cls()
        low, high = float(values.min()), float(values.max())
        with np.errstate(over="ignore", invalid="ignore"):  # squares beyond 1e308 are infinite, and so is the deviation
            if weights is None:
                total = float(len(values))
                mean = float(values.mean())
            else:
                total = float(weights.sum())
                mean = float(weights @ values) / total
            if not math.isfinite(mean):  # the sum of the values is beyond the floats, their mean is not
                mean = float((values * ((1.0 if weights is None else weights) / total)).sum())
            deviation = values - mean
            np.square(deviation, out=deviation)  # not a dot product: BLAS would wake all its threads for it
            squares = float(deviation.sum() if weights is None else weights @ deviation)
        return cls(total, mean, squares, low, high)

    def merge(self, other: Moments) -> Moments:
        """Return the moments of the values of both."""
        if not other.total:
            return self
        if not self.total:
            return other
        total = self.total + other.total
        mine, theirs = self.total / total, other.total / total
        shift = other.mean - self.mean
        mean = self.mean + shift * theirs if math.isfinite(shift) else self.mean * mine + other.mean * theirs
        return Moments(
            total,
            mean,
            self.squares + other.squares + shift * shift * (self.total * theirs),
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
        )

    @property
    def deviation(self) -> float:
        """The standard deviation (with the number of rows, not one less, in the denominator)."""
        return math.sqrt(self.squares / self.total) if self.total else math.nan
