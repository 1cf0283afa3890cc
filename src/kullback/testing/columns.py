"""Differences of single columns: a smooth test on the ranks of each, of which the largest counts."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.permutation import Labels, Pooled, Statistic

_ORDERS = 16
PARTS = ("columns, place and spread", "columns, shape", "columns, fine")
_MOST_FEATURES = 2000
"""Of many columns fewer orders each are looked at."""


def columns(pooled: Pooled) -> Statistic:
    """Return the largest difference of any column of numbers between x and y in the means of cosines of its ranks.

    It is found as the three `PARTS`: over the first two cosines (the place and spread of a column), over up to 16, each
    counting less than the one before, and over up to 16 alike.

    A difference of one among many columns is small in the distances between rows, and large here.

    Source: Neyman, Skand. Aktuarietidskr. 20 (1937), 149-199, with cosines; for two samples, Janic-Wróblewska and
        Ledwina, Scand. J. Statist. 27 (2000), 281-297.
    """
    numbers = pooled.rows.numbers
    count = numbers.shape[1]
    orders = max(2, min(_ORDERS, _MOST_FEATURES // count))
    features = np.empty((len(numbers), count, orders), np.float32)
    for column, values in enumerate(numbers.T):
        waves = np.cos(np.pi * np.arange(1, orders + 1) * _ranks(values)[:, None])
        waves -= pooled.weights @ waves / pooled.weights.sum()
        size = np.sqrt(np.square(waves).mean(axis=0))
        features[:, column] = waves / np.where(size > 1e-6, size, np.inf)
    features *= pooled.weights[:, None, None].astype(np.float32)
    sums = pooled.sums(features.reshape(len(numbers), -1))
    order = np.arange(1, orders + 1)
    counted = np.stack([np.where(order <= 2, 1.0, 0.0), 1.0 / order, np.ones(orders)], axis=1)

    def statistic(labels: Labels) -> FloatArray:
        moved = (labels.astype(np.float32) @ sums).astype(np.float64).reshape(len(labels), count, orders)
        of_x, of_y = pooled.totals(labels)
        return (np.square(moved) @ counted).max(axis=1) * np.square(1.0 / of_x + 1.0 / of_y)[:, None]

    return statistic


def _ranks(values: FloatArray) -> FloatArray:
    """The middle of the ranks of equal values, from 0 to 1."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return 0.5 * below / len(values)
