"""Pairs: counts of every pair of columns on a few cells each, taken on a sample of rows: a commutative monoid."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kullback.summaries.counts import IntArray


@dataclass(frozen=True, slots=True)
class Pairs:
    """Counts of pairs of columns.

    Attributes
    ----------
    rows : sampled rows counted.
    sizes : column → its number of cells.
    tables : (first, second) → (cells of first, cells of second) counts; first stands before second in ``sizes``.
    """

    rows: int
    sizes: Mapping[str, int]
    tables: Mapping[tuple[str, str], IntArray]

    @classmethod
    def count(cls, codes: Mapping[str, IntArray], sizes: Mapping[str, int]) -> Pairs:
        """Count all pairs from the cell of each sampled row in each column."""
        rows = len(next(iter(codes.values()))) if codes else 0
        tables: dict[tuple[str, str], IntArray] = {}
        for first, second in itertools.combinations(codes, 2):
            joint = codes[first] * sizes[second] + codes[second]
            table = np.bincount(joint, minlength=sizes[first] * sizes[second])
            tables[first, second] = table.reshape(sizes[first], sizes[second])
        return cls(rows, dict(sizes), tables)

    def merge(self, other: Pairs) -> Pairs:
        """Return the counts of the rows of both."""
        if self.sizes != other.sizes:
            raise ValueError("counts of pairs on different cells cannot be merged")
        return Pairs(
            self.rows + other.rows, self.sizes, {pair: self.tables[pair] + other.tables[pair] for pair in self.tables}
        )

    def only(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the pairs among ``names``."""
        kept = set(names)
        return (pair for pair in self.tables if kept.issuperset(pair))

    def saved(self) -> SavedPairs:
        """Return what JSON needs."""
        return SavedPairs(
            self.rows,
            self.sizes,
            tuple((first, second, tuple(t.ravel().tolist())) for (first, second), t in self.tables.items()),
        )


@dataclass(frozen=True, slots=True)
class SavedPairs:
    """Counts of pairs as they are saved."""

    rows: int
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    tables: tuple[tuple[str, str, tuple[int, ...]], ...] = ()

    def restore(self) -> Pairs:
        """Return the counts that were saved; ``ValueError`` if they do not fit the sizes."""
        for first, second, table in self.tables:
            if len(table) != self.sizes.get(first, 0) * self.sizes.get(second, 0) or min(table, default=0) < 0:
                raise ValueError(f"the counts of the pair {first!r}, {second!r} do not fit the cells of its columns")
        return Pairs(
            self.rows,
            self.sizes,
            {(a, b): np.array(t, np.int64).reshape(self.sizes[a], self.sizes[b]) for a, b, t in self.tables},
        )
