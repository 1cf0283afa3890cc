"""Matrices of divergences: every pair of rows, at the price of a matrix product (KL) or one logarithm per cell (JS).

A kernel is called as `kernel(rows, others, tolerance)` with float64 or float32 arrays of shapes (n, K) and (m, K). It
returns the (n, m) matrix of D in nats, float64, with NaN where it does not promise a value: see
`kullback.kernels.probabilities`. The promise: a relative error of at most 1e-13 (1e-6 for float32).

With r the mean of all rows,

    KL(p‖q) = Σ p ln(p/r) − Σ p ln(q/r)                          a matrix product
    JS(p, q) = ½ Σ p ln(p/r) + ½ Σ q ln(q/r) − Σ m ln(m/r)       m = (p + q)/2

cancel the less, the closer the rows are to one another: what is summed is about as large as the divergences from r, not
as the entropies. Pairs too close even for that are redone by the row-wise kernel, term by term. How close follows from
Σ p |ln(p/q)| ≤ D + √(2 D), with D = KL(p‖q), which bounds what is summed, and so its rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from kullback.arrays import AnyArray, Array
from kullback.divergence import Divergence
from kullback.kernels.native import native

PairwiseKernel = Callable[[AnyArray, AnyArray, float], Array]

_BOUND = {np.dtype(np.float64): 1e-13, np.dtype(np.float32): 1e-6}
_UNIT = 2.0**-53
_LEAST = 1e-290  # of r: below it no logarithm is taken


@cache
def lookup(divergence: Divergence) -> PairwiseKernel | None:
    """Return the kernel of all pairs, or None if there is none; the same object at every call."""
    if not native().functions or divergence.parameters:
        return None
    if divergence.name == "kl":
        return _kl_reverse if divergence.reversed else _kl
    return _jensen_shannon if divergence.name == "js" else None


def _kl(rows: AnyArray, others: AnyArray, tolerance: float) -> Array:
    functions = native().functions
    given, reference = _prepared(rows, others)
    (rows, others), (p, q) = given
    with np.errstate(all="ignore"):
        # From the rows as given, so that those that are no distributions become NaN here.
        own: Array = functions["kl"](rows, reference, tolerance)
        sums: Array = p @ functions["log_ratios"](q, reference).T
        _mark(sums, rows, others, tolerance)
    least = _least_value(own, rows.shape[-1], rows.dtype)
    return functions["kl_pairs"](
        rows[:, None, :], others[None, :, :], sums, own[:, None], least[:, None], tolerance, out=sums
    )


def _kl_reverse(rows: AnyArray, others: AnyArray, tolerance: float) -> Array:
    return np.ascontiguousarray(_kl(others, rows, tolerance).T)


def _jensen_shannon(rows: AnyArray, others: AnyArray, tolerance: float) -> Array:
    functions = native().functions
    given, reference = _prepared(rows, others)
    (rows, others), (p, q) = given
    own_p: Array = functions["kl"](rows, reference, tolerance)
    own_q: Array = own_p if rows is others else functions["kl"](others, reference, tolerance)
    # Σ m |ln(m/r)| ≤ KL(m‖r) + √(2 KL(m‖r)), and KL(m‖r) is no greater than the mean of the two others.
    bound = _BOUND[rows.dtype]
    least = _rounding(min(rows.shape[-1], 512)) * 2.0 / bound
    return functions["jensen_shannon_pairs"](
        *(rows[:, None, :], others[None, :, :], p[:, None, :], q[None, :, :], reference),
        *(own_p[:, None], own_q[None, :], least, 4.0 * _UNIT / bound, tolerance),
    )


def _prepared(rows: AnyArray, others: AnyArray) -> tuple[tuple[tuple[AnyArray, AnyArray], tuple[Array, Array]], Array]:
    """Return the rows in one dtype, the rows normalised in float64, and the mean of all of them."""
    same = rows is others
    if rows.dtype != others.dtype or rows.dtype not in _BOUND:
        rows, others = rows.astype(np.float64), others.astype(np.float64)
    p = _normalised(rows)
    if same:
        others, q = rows, p
    else:
        q = _normalised(others)
    with np.errstate(all="ignore"):
        good_p, good_q = _mean(p), _mean(q)
    return ((rows, others), (p, q)), np.maximum(0.5 * (good_p + good_q), _LEAST)


def _normalised(rows: AnyArray) -> Array:
    values: Array = rows.astype(np.float64, order="C", copy=False)
    with np.errstate(all="ignore"):
        return values / np.sum(values, axis=-1, keepdims=True)


def _mean(rows: Array) -> Array:
    """Return the mean of the rows; rows with values that are no masses do not count."""
    if len(rows):
        mean: Array = np.mean(rows, axis=0)
        if np.isfinite(mean).all():
            return mean
        rows = rows[np.isfinite(rows).all(axis=-1)]
    return np.mean(rows, axis=0) if len(rows) else np.full(rows.shape[-1], 1.0 / max(1, rows.shape[-1]))


def _mark(sums: Array, rows: AnyArray, others: AnyArray, tolerance: float) -> None:
    """Write into Σ p ln(q/r), where q = 0 counted as nothing, what zeros and bad rows make of it."""
    totals = np.sum(others, axis=-1, dtype=np.float64)
    least = np.min(others, axis=-1, initial=1.0)
    if np.any(least <= 0.0):
        columns = np.flatnonzero(np.any(others == 0.0, axis=0))
        p_positive, q_zero = rows[:, columns] > 0.0, others[:, columns] == 0.0
        sums[(p_positive.astype(np.float32) @ q_zero.T.astype(np.float32)) > 0.0] = -np.inf
    sums[:, ~(np.abs(totals - 1.0) <= tolerance) | ~(least >= 0.0)] = np.nan


def _rounding(terms: int) -> float:
    """Return how far a sum of so many terms is off, relative to the sum of their sizes: four standard deviations."""
    return _UNIT * (4.0 + 1.2 * math.sqrt(terms))


def _least_value(own: Array, terms: int, dtype: np.dtype[np.float64]) -> Array:
    """Return the least D, by row, of which the rounding of the sums is a small enough part.

    The condition bound·D ≥ rounding·(S + D + √(2 D)) + 4 units, with S = own + √(2 own), is a quadratic one in √D. The
    4 units are the rounding of the rows when they are normalised.
    """
    rounding = _rounding(terms)
    slack = _BOUND[dtype] - rounding
    if slack <= 0.0:
        return np.full_like(own, np.inf)
    absolute = rounding * (own + np.sqrt(2.0 * own)) + 4.0 * _UNIT
    root = (math.sqrt(2.0) * rounding + np.sqrt(2.0 * rounding**2 + 4.0 * slack * absolute)) / (2.0 * slack)
    return np.where(np.isfinite(own), root * root, 0.0)
