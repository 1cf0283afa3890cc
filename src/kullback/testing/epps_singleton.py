"""Differences of single columns in their characteristic functions at two points, the largest of which counts."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.geometry import points
from kullback.testing.permutation import Labels, Pooled, Statistic

_AT = np.array([0.4, 0.8])
_SEMI_QUARTILE = 0.6744897501960817
"""Half the distance of the quartiles of a standard normal, in which Epps and Singleton measure."""


def epps_singleton(pooled: Pooled) -> Statistic:
    """Return the largest difference of any varying column between x and y in the means of cos(tz) and sin(tz), t = 0.4
    and 0.8, turned and scaled to covariance I; z the column over half its quartiles' distance.

    It sees shapes (tails, humps) that distances between distribution functions see late.

    Source: Epps and Singleton, J. Statist. Comput. Simul. 26 (1986), 177-203, equations 1 to 3, with the covariance of
        the pooled rows.
    """
    scaled = points(pooled.rows).numbers / _SEMI_QUARTILE
    parts: list[FloatArray] = []
    for values in scaled.T:
        turns = values[:, None] * _AT
        waves = np.concatenate([np.cos(turns), np.sin(turns)], axis=1)
        waves -= pooled.weights @ waves / pooled.weights.sum()
        sizes, vectors = np.linalg.eigh(waves.T @ waves / len(waves))
        # A column of few distinct values has fewer directions.
        parts.append(waves @ (vectors / np.sqrt(np.where(sizes > 1e-9 * sizes[-1], sizes, np.inf))))
    features = np.concatenate(parts, axis=1)
    sums = pooled.sums(pooled.weights[:, None] * features).astype(np.float32)

    def statistic(labels: Labels) -> FloatArray:
        moved = np.square((labels.astype(np.float32) @ sums).astype(np.float64))
        of_x, of_y = pooled.totals(labels)
        found = moved.reshape(len(labels), len(parts), 2 * len(_AT)).sum(axis=2).max(axis=1)
        return found * np.square(1.0 / of_x + 1.0 / of_y)

    return statistic
