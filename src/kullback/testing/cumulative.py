"""The difference of two empirical distribution functions under many labels at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.permutation import Labels, Pooled


def cumulative(pooled: Pooled, column: FloatArray) -> tuple[Callable[[Labels], FloatArray], FloatArray]:
    """Return how F − G is found at the distinct values of a column, labels → (assignments, values), and the values."""
    order = np.argsort(column, kind="stable")
    ordered = column[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    if pooled.equal:
        below = last + 1.0

        def equal(labels: Labels) -> FloatArray:
            # Whole numbers, so that equal differences are equal.
            of_x = np.cumsum(labels[:, order], axis=1, dtype=np.int32)[:, last]
            x_units, y_units = pooled.x_units, pooled.units - pooled.x_units
            return of_x * (1.0 / x_units + 1.0 / y_units) - below / y_units

        return equal, ordered[last]
    weights = pooled.weights[order]
    all_below = np.cumsum(weights)[last]

    def weighted(labels: Labels) -> FloatArray:
        of_x = np.cumsum(pooled.of_rows(labels)[:, order] * weights, axis=1)[:, last]
        x_total, y_total = pooled.totals(labels)
        return of_x * (1.0 / x_total + 1.0 / y_total)[:, None] - all_below / y_total[:, None]

    return weighted, ordered[last]
