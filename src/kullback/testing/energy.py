"""The energy distance: how much further rows are from those of the other side than from their own."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.cumulative import cumulative
from kullback.testing.geometry import Points, points
from kullback.testing.permutation import Labels, Pooled, Statistic
from kullback.testing.quadratic_form import from_kernel

_HUGE = 1e100
"""Numbers whose distances may be none any more are brought to the scale of `points` first."""


def energy(pooled: Pooled, rng: np.random.Generator) -> Statistic:
    """Return the energy distance 2 E|X − Y| − E|X − X′| − E|Y − Y′|, each mean over all pairs of rows.

    In one column of numbers it is 2 ∫ (F − G)² dx, found by sorting, in the column's unit; otherwise of the rows as
    `kullback.testing.geometry.points` has them. It is 0 only where both distributions are equal.

    Source: Székely and Rizzo, J. Statist. Plann. Inference 143 (2013), 1249-1272, equation 5 and, for one column,
        theorem 4.
    """
    numbers = pooled.rows.numbers
    if numbers.shape[1] == 1 and not pooled.rows.codes.shape[1] and float(np.abs(numbers).max()) < _HUGE:
        return line_energy(pooled, numbers[:, 0])
    among = points(pooled.rows)
    return from_kernel(pooled, among, distance_kernel, rng)


def distance_kernel(a: Points, b: Points) -> FloatArray:
    """Return |a| + |b| − |a − b|: positive semi-definite, with MMD² the energy distance; |·| the distance from the
    medians.

    Source: Sejdinovic, Sriperumbudur, Gretton and Fukumizu, Ann. Statist. 41 (2013), 2263-2291, lemma 12.
    """
    middle = Points(np.zeros((1, a.numbers.shape[1])), np.zeros((1, a.codes.shape[1]), np.int64), a.gaps)
    from_a, from_b = (np.sqrt(side.squared_distances(middle)[:, 0]) for side in (a, b))
    return from_a[:, None] + from_b - np.sqrt(a.squared_distances(b))


def line_energy(pooled: Pooled, column: FloatArray) -> Statistic:
    """Return 2 ∫ (F − G)² dx of one column, shape (n + m,)."""
    differences, at = cumulative(pooled, column)
    gaps = 2.0 * np.diff(at)

    def statistic(labels: Labels) -> FloatArray:
        return np.square(differences(labels)[:, :-1]) @ gaps

    return statistic
