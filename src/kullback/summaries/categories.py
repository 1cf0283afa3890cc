"""Categories: exact counts of the values of a column that has no order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kullback.summaries.counts import EVERY_ROW_ONCE, CountArray, Counts, IntArray, Rows, SavedCounts

LIMIT = 1_000_000
"""More distinct values than this are not all kept by name."""
LIMIT_IN_BLOCKS = 10_000
"""The same where every block has counts of its own."""
BUCKETS = 4_096
"""Cells for the values that are not kept by name: which one is decided by a hash, so by the value alone."""


class TooManyCategories(ValueError):
    """Raised when a column has more distinct values than its plan keeps by name."""


@dataclass(frozen=True, slots=True)
class CategoryCut:
    """Which values of a column are counted by name.

    Attributes
    ----------
    limit : with ``named=None`` every value is counted by name, and more than this many raise `TooManyCategories`.
    named : the values counted by name; all others fall into ``buckets`` cells by a hash of the value, so what is
        counted does not depend on the order of the rows. Merging values never increases a divergence: what is
        computed is a lower bound, and the mass outside ``named`` bounds what may be missing.
    buckets : the number of cells for all others.
    """

    limit: int = LIMIT
    named: tuple[str, ...] | None = None
    buckets: int = BUCKETS

    def cell_of(self, label: str) -> str:
        """Return the cell of a value that is not named."""
        return bucket_name(bucket(label, self.buckets))


def bucket(label: str, buckets: int) -> int:
    """Return the hash cell of a value: the first 8 bytes of its MD5, little endian, modulo ``buckets``."""
    digest = hashlib.md5(label.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little") % buckets


def bucket_name(index: int) -> str:
    """Return the label of a hash cell. It starts with a control character, which no sane category does."""
    return f"\x1fother {index}"


def is_bucket(label: str) -> bool:
    """Return whether a label is a hash cell."""
    return label.startswith("\x1fother ")


class Categories:
    """Exact counts by value, null first: a commutative monoid."""

    def __init__(self, cut: CategoryCut, rows: Rows = EVERY_ROW_ONCE) -> None:
        self.cut = cut
        self.counts = Counts.zero(1, rows)
        self._index: dict[str, int] = {}
        self._named = None if cut.named is None else frozenset(cut.named)
        self._batch: Sequence[str] = ()
        self._batch_cells = np.empty(0, np.int64)

    @property
    def labels(self) -> tuple[str, ...]:
        """The values, in the order of the cells after the first, which counts the nulls."""
        return tuple(self._index)

    @property
    def nulls(self) -> float:
        """How many rows are null."""
        return float(self.counts.cells[0])

    def update(self, labels: Sequence[str], counts: CountArray, nulls: float = 0) -> None:
        """Count a batch given as distinct values with their number of rows; a value that no row has is not counted.

        The same list of labels again (the dictionary that batches of a file share) is not looked up again.
        """
        if labels is not self._batch:
            self._batch, self._batch_cells = labels, np.full(len(labels), -1)
        seen = np.flatnonzero(counts)
        new = seen[self._batch_cells[seen] < 0]
        if len(new):
            fresh: list[str] = [str(labels[i]) for i in new.tolist()]
            self._batch_cells[new] = self._cells(fresh)
        batch = np.zeros(len(self.counts.cells), self.counts.cells.dtype)
        np.add.at(batch, self._batch_cells[seen], counts[seen])
        batch[0] += nulls
        self.counts.cells = self.counts.cells + batch

    def update_rows(self, labels: Sequence[str], codes: IntArray, rows: Rows) -> None:
        """Count a batch of weighted rows or rows in blocks; ``codes`` index ``labels``, −1 is null."""
        cells = np.append(self._cells(labels), 0)  # the code −1 reads the last entry: the cell of nulls
        self.counts.add(cells[codes], rows)

    def add_cells(self, labels: Sequence[str], other: Counts) -> None:
        """Add counts whose first cell counts nulls and whose other cells are ``labels``."""
        cells = np.concatenate([[0], self._cells(labels)])
        self.counts = self.counts.merge(other.group(cells, len(self.counts.cells)))

    def merge(self, other: Categories) -> Categories:
        """Return the counts of the rows of both."""
        if self.cut != other.cut:
            raise ValueError("counts of categories with different plans cannot be merged")
        merged = Categories(self.cut)
        merged.counts = self.counts.merge(Counts.zero(len(self.counts.cells)))
        merged._index = dict(self._index)
        merged.add_cells(other.labels, other.counts)
        return merged

    def recut(self, cut: CategoryCut) -> Categories:
        """Return the same rows counted under a cut that names fewer values."""
        coarser = Categories(cut)
        coarser.counts = Counts(
            np.zeros(1, self.counts.cells.dtype),
            None if self.counts.squares is None else np.zeros(1),
            None if self.counts.blocks is None else {},
        )
        coarser.add_cells(self.labels, self.counts)
        return coarser

    def name_cells(self, labels: Sequence[str]) -> None:
        """Say what the cells after the first count: for counts that were saved."""
        self._index = {label: i + 1 for i, label in enumerate(labels)}

    def aligned(self, labels: Sequence[str]) -> Counts:
        """Return the counts on the cells null, then ``labels`` in that order; labels not seen have none."""
        size = len(labels) + 1
        position = {label: i + 1 for i, label in enumerate(labels)}
        groups = np.array([0, *(position[label] for label in self._index)])
        return self.counts.group(groups, size)

    def as_dict(self) -> dict[str, float]:
        """Return the counts by value, without the nulls."""
        return dict(zip(self._index, self.counts.cells[1:].tolist(), strict=True))

    def to_plain(self) -> dict[str, object]:
        """Return what JSON needs."""
        return {"counts": {**self.counts.to_plain(), "labels": list(self._index)}}

    def _cells(self, labels: Sequence[str]) -> IntArray:
        """Return the cell of each label, adding cells for new ones."""
        index, named = self._index, self._named
        if named is not None:
            labels = [label if label in named or is_bucket(label) else self.cut.cell_of(label) for label in labels]
        cells = list(map(index.get, labels))  # most labels are known: look them up without a loop in Python
        for position in [i for i, cell in enumerate(cells) if cell is None]:
            cells[position] = index.setdefault(labels[position], len(index) + 1)
        if named is None and len(index) > self.cut.limit:
            raise TooManyCategories(f"more than {self.cut.limit:,} distinct values")
        self.counts.grow(len(index) + 1)
        return np.array(cells, np.int64)


@dataclass(frozen=True, slots=True)
class SavedCategories:
    """Counts of categories as they are saved."""

    counts: SavedCounts

    def restore(self, cut: CategoryCut) -> Categories:
        """Return the counts that were saved."""
        categories = Categories(cut)
        categories.counts = self.counts.restore()
        if len(categories.counts.cells) != len(self.counts.labels) + 1:
            raise ValueError(f"{len(self.counts.labels)} labels for {len(categories.counts.cells) - 1} counts")
        categories.name_cells(self.counts.labels)
        return categories
