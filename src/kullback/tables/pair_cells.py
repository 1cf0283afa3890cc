"""Pair cells: the few cells per column on which pairs of columns are counted, taken from the reference alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kullback.engines.source import Values
from kullback.summaries import Categories, ColumnPlan, Histogram, Pairs, Plan
from kullback.summaries.categories import is_bucket
from kullback.summaries.counts import FloatArray, IntArray
from kullback.summaries.histogram import pair_groups
from kullback.summaries.plan import heaviest

GROUPS = 8
"""Cells of about equal mass, or most frequent values, of a column; two more hold what is left and the nulls."""
COLUMNS = 40
"""Columns whose pairs are counted: their number grows as the square, and 780 pairs cost as much as the rest."""


@dataclass(frozen=True)
class OrderedCells:
    """Cells of an ordered column: between ``edges``, then NaN and the infinities, then the nulls."""

    edges: FloatArray

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.edges) + 3

    def codes(self, values: Values) -> IntArray:
        """Return the cell of each value."""
        numbers = values.numbers
        if numbers is None:
            raise ValueError("an ordered column was sampled as strings")
        codes = np.searchsorted(self.edges, numbers, "left")
        infinite = ~np.isfinite(numbers)
        if infinite.any():
            codes[infinite] = self.size - 2
            codes[values.nulls] = self.size - 1
        return codes


@dataclass(frozen=True)
class NamedCells:
    """Cells of a column without order: one per value in ``names``, then all other values, then the nulls."""

    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.names) + 2

    @cached_property
    def _index(self) -> dict[str | None, int]:
        index: dict[str | None, int] = {name: i for i, name in enumerate(self.names)}
        index[None] = self.size - 1
        return index

    def codes(self, values: Values) -> IntArray:
        """Return the cell of each value."""
        strings = values.strings
        if strings is None:
            raise ValueError("a column without order was sampled as numbers")
        found = map(self._index.get, strings, itertools.repeat(len(self.names)))
        return np.fromiter(found, np.int64, len(strings))


@dataclass(frozen=True)
class PairCells:
    """The cells of every column whose pairs are counted.

    Attributes
    ----------
    columns : column → its cells, in the table's order, at most `COLUMNS`.
    considered : how many columns could have been taken.
    """

    columns: Mapping[str, OrderedCells | NamedCells] = field(default_factory=dict[str, OrderedCells | NamedCells])
    considered: int = 0

    @property
    def sizes(self) -> Mapping[str, int]:
        """Column → its number of cells."""
        return {name: cells.size for name, cells in self.columns.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        if self.considered <= len(self.columns):
            return ()
        return (f"pairs among the first {len(self.columns)} of {self.considered} columns",)

    def codes(self, name: str, values: Values) -> IntArray:
        """Return the cell of each sampled value of a column."""
        return self.columns[name].codes(values)

    def count(self, sampled: Mapping[str, Values], names: Sequence[str] | None = None) -> Pairs:
        """Return the counts of all pairs of the columns in ``names`` that were sampled; None for all."""
        wanted = [name for name in self.columns if name in sampled and (names is None or name in names)]
        codes = {name: self.columns[name].codes(sampled[name]) for name in wanted}
        return Pairs.count(codes, {name: self.columns[name].size for name in wanted})


def pair_cells(
    plan: Plan,
    counts: Mapping[str, Histogram | Categories],
    names: Sequence[str] | None = None,
    *,
    most: int = COLUMNS,
) -> PairCells:
    """Return the cells for the pairs of a table.

    Ordered columns are cut at edges of the plan into about 8 cells of equal mass; of others the 8 most frequent values
    keep their names. Only the reference decides, so the cells are the same whatever they are compared with, and merging
    values never increases a divergence.

    Arguments
    ---------
    plan : how the columns of the reference were cut.
    counts : the reference's counts by column.
    names : the columns in question, in the table's order; None for all of the plan. Those of which the reference fills
        fewer than two cells are left out: alone they cannot interact with anything.
    most : how many columns are taken.
    """
    wanted = None if names is None else set(names)
    found: dict[str, OrderedCells | NamedCells] = {}
    considered = 0
    for column in plan.columns:
        counted = counts.get(column.name)
        if counted is None or column.kind == "skipped" or (wanted is not None and column.name not in wanted):
            continue
        cells, filled = _cells(column, counted)
        if filled < 2:
            continue
        considered += 1
        if len(found) < most:
            found[column.name] = cells
    return PairCells(found, considered)


def _cells(column: ColumnPlan, counted: Histogram | Categories) -> tuple[OrderedCells | NamedCells, int]:
    """The cells of one column, and how many of them the reference fills."""
    if isinstance(counted, Histogram):
        groups = pair_groups(counted, GROUPS)
        masses = np.bincount(groups, counted.counts.cells)
        fine = groups[: counted.cut.fine]
        ends = np.flatnonzero(fine[1:] != fine[:-1])
        return OrderedCells(np.array(counted.cut.edges, np.float64)[ends]), int(np.count_nonzero(masses))
    if column.histogram is not None:
        raise ValueError(f"{column.name} was planned with an order and counted without")
    by_value = counted.as_dict()
    # A hash cell holds several values, which cannot be told from the sampled value without its plan.
    names = tuple(name for name in heaviest(counted, GROUPS + 1) if not is_bucket(name))[:GROUPS]
    named = sum(by_value[name] for name in names)
    filled = sum(by_value[name] > 0 for name in names)
    return NamedCells(names), int(filled + (sum(by_value.values()) > named) + (counted.nulls > 0))
