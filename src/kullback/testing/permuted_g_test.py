"""The G test of categories, with its p-value by permutation: exact however few rows a category has."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray, IntArray
from kullback.testing.permutation import Labels, Pooled, Statistic


def permuted_g(pooled: Pooled) -> dict[str, Statistic]:
    """Return G of each column of categories, and of all columns together where there are several, by name.

    G = 2(n + m) JS_π(P, Q) with π = n/(n + m), of the shares of the categories: the likelihood ratio statistic of
    `kullback.testing.g_test`, here without its χ² law.

    Raises:
        ValueError: there is no column of categories.
    """
    codes = pooled.rows.codes
    if not codes.shape[1]:
        raise ValueError("the G test needs a column of categories; name some with categorical=")
    names = pooled.rows.names[pooled.rows.dimension :]
    found = {f"G of {name}": g_statistic(pooled, column) for name, column in zip(names, codes.T, strict=True)}
    if codes.shape[1] > 1:
        found["G of all columns together"] = g_statistic(pooled, np.unique(codes, axis=0, return_inverse=True)[1])
    return found


def g_statistic(pooled: Pooled, column: IntArray) -> Statistic:
    """Return G of one column of codes, shape (n + m,)."""
    order = np.argsort(column, kind="stable")
    ordered = column[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    weights = pooled.weights[order]
    all_rows = np.diff(np.cumsum(weights)[last], prepend=0.0)
    pooled_term = float((all_rows * np.log(all_rows / weights.sum())).sum())

    def statistic(labels: Labels) -> FloatArray:
        chosen = pooled.of_rows(labels)[:, order]
        below = np.cumsum(chosen, axis=1, dtype=np.int32) if pooled.equal else np.cumsum(chosen * weights, axis=1)
        of_x = np.diff(below[:, last].astype(np.float64), axis=1, prepend=0.0)
        x_total, y_total = pooled.totals(labels)
        terms = _term(of_x, x_total) + _term(all_rows - of_x, y_total)
        return 2.0 * (terms.sum(axis=1) - pooled_term)

    return statistic


def _term(rows: FloatArray, total: FloatArray) -> FloatArray:
    rows = np.maximum(rows, 0.0)
    return rows * np.log(np.where(rows > 0.0, rows, 1.0) / total[:, None]) * (rows > 0.0)
