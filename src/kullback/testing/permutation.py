"""Permutations of the labels of two samples, and exact p-values from them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from kullback.sample import FloatArray, IntArray, Sample

Float = TypeVar("Float", np.float32, np.float64)

Labels: TypeAlias = NDArray[np.bool_]
"""Which units are said to belong to x, one assignment per row: shape (assignments, units)."""

Statistic: TypeAlias = Callable[[Labels], FloatArray]
"""From labels to one number per assignment, or a few, large where the two sides differ: shape (assignments,) or
(assignments, k)."""

_CELLS_AT_ONCE = 1 << 23
_ROUNDING = 1e-6
"""Relative: statistics that are equal but for the rounding of single precision count as ties."""


@dataclass(frozen=True, eq=False)
class Pooled:
    """The rows of two samples in one, those of x first, as the units that a permutation moves: rows, or whole groups.

    If both samples come from one distribution, every assignment of as many units to x as there are is as likely as the
    one that was seen. Weights stay with their rows.

    Attributes:
        rows: all rows, shape (n + m, ...).
        x_rows: n.
        unit: the unit of every row, shape (n + m,); None where each row is one.
        units, x_units: how many there are in all, and in x.
    """

    rows: Sample
    x_rows: int
    unit: IntArray | None
    units: int
    x_units: int

    @cached_property
    def weights(self) -> FloatArray:
        """How much each row counts, shape (n + m,)."""
        return np.ones(self.rows.rows) if self.rows.weights is None else self.rows.weights

    @cached_property
    def unit_weights(self) -> FloatArray:
        """How much each unit counts, shape (units,)."""
        return self.sums(self.weights[:, None])[:, 0]

    @property
    def equal(self) -> bool:
        """Whether all units count the same, so that the two sides are as large under every assignment."""
        return self.unit is None and self.rows.weights is None

    def sums(self, values: NDArray[Float]) -> NDArray[Float]:
        """Return the sums over the rows of each unit, (n + m, k) → (units, k), in the precision of the values."""
        if self.unit is None:
            return values
        order = np.argsort(self.unit, kind="stable")
        starts = np.searchsorted(self.unit[order], np.arange(self.units))
        return np.add.reduceat(values[order], starts, axis=0)

    def of_rows(self, labels: Labels) -> Labels:
        """Return the labels of the rows, where those of the units are given."""
        return labels if self.unit is None else labels[:, self.unit]

    def totals(self, labels: Labels) -> tuple[FloatArray, FloatArray]:
        """Return how much each side counts under every assignment, shapes (assignments,)."""
        if self.equal:
            shape = len(labels)
            return np.full(shape, float(self.x_units)), np.full(shape, float(self.units - self.x_units))
        of_x = labels @ self.unit_weights
        return of_x, self.unit_weights.sum() - of_x


def pool(x: Sample, y: Sample) -> Pooled:
    """Return the rows of both samples in one, and what a permutation moves.

    Raises:
        ValueError: columns that differ, or weights or groups on one side only.
    """
    if x.dimension != y.dimension or x.codes.shape[1] != y.codes.shape[1]:
        raise ValueError(
            f"x has {x.dimension} columns of numbers and {x.codes.shape[1]} of categories, y {y.dimension} and "
            f"{y.codes.shape[1]}; they must be the same columns"
        )
    for what, of_x, of_y in (("weights", x.weights, y.weights), ("groups", x.groups, y.groups)):
        if (of_x is None) != (of_y is None):
            have, lack = ("x", "y") if of_y is None else ("y", "x")
            raise ValueError(
                f"{have} has {what} and {lack} has none, so that their rows cannot change places; give {what} for both"
            )
    alphabet = tuple(max(a, b) for a, b in zip(x.alphabet, y.alphabet, strict=True))
    weights = None if x.weights is None or y.weights is None else np.concatenate([x.weights, y.weights])
    numbers, codes = np.concatenate([x.numbers, y.numbers]), np.concatenate([x.codes, y.codes])
    rows = Sample(numbers, codes, alphabet, x.names, weights)
    if x.groups is None or y.groups is None:
        return Pooled(rows, x.rows, None, rows.rows, x.rows)
    of_x, of_y = (np.unique(groups, return_inverse=True)[1] for groups in (x.groups, y.groups))
    x_units = int(of_x.max()) + 1
    unit = np.concatenate([of_x, of_y + x_units])
    return Pooled(rows, x.rows, unit, int(unit.max()) + 1, x_units)


@dataclass(frozen=True, eq=False)
class Assignments:
    """The labels under which a statistic is found, the first of them those that were seen.

    All assignments where there are no more than `permutations` besides the one seen, else that many drawn at random.

    Attributes:
        pooled: what is permuted.
        permutations: how many assignments besides the one that was seen.
        exhaustive: whether these are all there are.
        seed: of the draws; the same gives the same labels.
    """

    pooled: Pooled
    permutations: int
    exhaustive: bool
    seed: int

    def blocks(self) -> Iterator[Labels]:
        """Yield the labels, some assignments at a time."""
        units, x_units = self.pooled.units, self.pooled.x_units
        seen = np.arange(units) < x_units
        if self.exhaustive:
            chosen = np.array(list(itertools.combinations(range(units), x_units)))
            labels = np.zeros((len(chosen), units), bool)
            np.put_along_axis(labels, chosen, values=True, axis=1)
            # The first combination is the one that was seen.
            yield labels
            return
        rng = np.random.default_rng(self.seed)
        left = self.permutations + 1
        at_once = max(1, _CELLS_AT_ONCE // max(units, self.pooled.rows.rows))
        first = True
        while left:
            labels = np.tile(seen, (min(left, at_once), 1))
            rng.permuted(labels[1:] if first else labels, axis=1, out=labels[1:] if first else labels)
            first = False
            left -= len(labels)
            yield labels

    def statistics(self, statistics: Sequence[Statistic]) -> FloatArray:
        """Return every statistic under every assignment, shape (1 + permutations, statistics), in their order."""
        parts = [np.column_stack([statistic(labels) for statistic in statistics]) for labels in self.blocks()]
        return np.concatenate(parts)


def assignments(pooled: Pooled, permutations: int, rng: np.random.Generator) -> Assignments:
    """Return the assignments of a test: `permutations` at random besides the one seen, or all if these are no more."""
    seed = int(rng.integers(2**63))
    if _ways(pooled.units, pooled.x_units, permutations + 1) <= permutations + 1:
        return Assignments(pooled, math.comb(pooled.units, pooled.x_units) - 1, exhaustive=True, seed=seed)
    return Assignments(pooled, permutations, exhaustive=False, seed=seed)


def _ways(units: int, x_units: int, enough: int) -> int:
    """The binomial coefficient, or something above `enough`: of many units it has thousands of digits."""
    ways = 1
    for i in range(min(x_units, units - x_units)):
        ways = ways * (units - i) // (i + 1)
        if ways > enough:
            break
    return ways


def p_values(values: FloatArray) -> FloatArray:
    """Return the p-value of each statistic: the share of the assignments in which it is at least as large as seen.

    (1 + #{b: T_b ≥ T})/(1 + B), the assignment seen being one of the 1 + B: exact for any B, since all are alike if
    both samples come from one distribution; ties, up to rounding, count against a difference.

    Args:
        values: shape (1 + B, statistics), the first row under the labels that were seen.

    Source: Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010), article 39; Hemerik and Goeman, TEST 27 (2018),
        811-825, theorem 2.

    Example:
        >>> p_values(np.array([[3.0], [1.0], [3.0], [2.0]])).tolist()
        [0.5]
    """
    slack = _ROUNDING * np.abs(values[0])
    return (values >= values[0] - slack).mean(axis=0)


def randomised_p_value(values: FloatArray, rng: np.random.Generator) -> float:
    """Return the p-value of one statistic with ties split at random, uniform on (0, 1) if there is no difference.

    Args:
        values: shape (1 + B,), the first under the labels that were seen.
    """
    slack = _ROUNDING * abs(float(values[0]))
    above = int((values > values[0] + slack).sum())
    level = int((values >= values[0] - slack).sum()) - above
    # Not 0 nor 1, where the normal quantile is infinite.
    part = min(max(float(rng.random()), 1e-12), 1.0 - 1e-12)
    return (above + level * part) / len(values)


def on_one_scale(values: FloatArray, level: float) -> FloatArray:
    """Return several statistics under each assignment so that they can be compared, shape (1 + B, statistics).

    Each has the median 0 over all assignments and its upper quantile at half the level at 1. What is scaled by is the
    same whichever assignment was seen, so that the p-value of the largest of them is exact; it rejects where one of the
    statistics is far out in its own distribution.

    Source: the minimum of p-values of Westfall and Young, Resampling-Based Multiple Testing (1993), in which the scaled
        statistics stand for the p-values, as these tie.
    """
    middle = np.median(values, axis=0)
    upper = np.quantile(values, 1.0 - 0.5 * level, axis=0, method="higher")
    # A statistic that hardly moves says nothing, and is left at 0.
    moves = upper - middle > _ROUNDING * np.maximum(np.abs(middle), np.abs(upper))
    return np.where(moves, values - middle, 0.0) / np.where(moves, upper - middle, 1.0)
