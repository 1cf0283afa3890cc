"""The Kolmogorov–Smirnov test, with its p-value by permutation: exact with ties, weights and several columns."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.cumulative import cumulative
from kullback.testing.permutation import Labels, Pooled, Statistic


def kolmogorov_smirnov(pooled: Pooled) -> Statistic:
    """Return sup |F − G|; of several columns of numbers, the largest of any.

    Raises:
        ValueError: there is no column of numbers.
    """
    if not pooled.rows.dimension:
        raise ValueError("the Kolmogorov–Smirnov test needs a column of numbers; method='g' compares categories")
    columns = [cumulative(pooled, column)[0] for column in pooled.rows.numbers.T]

    def statistic(labels: Labels) -> FloatArray:
        found = np.zeros(len(labels))
        for differences in columns:
            np.maximum(found, np.abs(differences(labels)).max(axis=1), out=found)
        return found

    return statistic
