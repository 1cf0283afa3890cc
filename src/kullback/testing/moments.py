"""Differences of means and of covariances, in all directions at once and each on its own scale."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.geometry import Points, points
from kullback.testing.permutation import Pooled, Statistic
from kullback.testing.quadratic_form import from_features, from_kernel

_FARTHEST = 5.0
"""Of the quartiles' widths: what lies farther counts as lying there, so that single rows do not hide all others."""
_MOST_PRODUCTS = 1000
_CATEGORIES = 20
"""Of a column, the most frequent: each is a column of 0 and 1."""


def moments(pooled: Pooled, rng: np.random.Generator) -> dict[str, Statistic]:
    """Return how far apart the means are, and the means of all products of two columns, after the columns were turned
    and scaled to covariance I, by name.

    The first is Hotelling's T² with the covariance of the pooled rows, which no choice of side changes: a small shift
    along a direction in which the rows hardly vary counts as much as a large one along others, which distances between
    rows do not see. The second does the same for the covariance matrix. Both see categories as columns of 0 and 1.

    Source: Hotelling, Ann. Math. Statist. 2 (1931), 360-378; as the regularised maximum mean discrepancies of linear
        and quadratic kernels, Harchaoui, Bach and Moulines, NIPS 20 (2008), equation 4.
    """
    turned = _turned(_columns(pooled))
    count = turned.shape[1]
    if not count:
        return {}
    first, second = np.triu_indices(count)
    if len(first) <= _MOST_PRODUCTS:
        products = turned[:, first] * turned[:, second]
        products[:, first != second] *= np.sqrt(2.0)
        of_products = from_features(pooled, products)
    else:
        among = Points(turned, np.empty((len(turned), 0), np.int64), np.empty(0))
        of_products = from_kernel(pooled, among, _squared_product, rng)
    return {"means": from_features(pooled, turned), "covariances": of_products}


def _squared_product(a: Points, b: Points) -> FloatArray:
    return np.square(a.numbers @ b.numbers.T)


def _columns(pooled: Pooled) -> FloatArray:
    parts = [np.clip(points(pooled.rows).numbers, -_FARTHEST, _FARTHEST)]
    for codes in pooled.rows.codes.T:
        frequent = np.argsort(-np.bincount(codes), kind="stable")[:_CATEGORIES]
        parts.append((codes[:, None] == frequent).astype(np.float64))
    return np.concatenate(parts, axis=1)


def _turned(columns: FloatArray) -> FloatArray:
    """The columns turned and scaled to covariance I, less so the directions that many columns and few rows do not let
    one know."""
    if not columns.shape[1]:
        return columns
    centred = columns - columns.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    ridge = values.mean() * min(1.0, columns.shape[1] / len(columns))
    kept = values > 1e-10 * values[-1]
    return centred @ (vectors[:, kept] / np.sqrt(values[kept] + ridge))
