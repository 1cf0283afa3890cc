"""Counts: how many rows, or how much weight, fell into each of k cells, with what the intervals need of the design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
CountArray: TypeAlias = NDArray[Any]
"""int64 where every row counts once, float64 where rows are weighted."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of a batch of rows besides the column itself: their weights and their blocks.

    Attributes
    ----------
    weights : (n,) weight of each row, or None where every row counts once.
    blocks : (n,) index into ``block_names`` of each row, or None.
    block_names : the names of the blocks.
    """

    weights: FloatArray | None = None
    blocks: IntArray | None = None
    block_names: tuple[str, ...] = ()

    def take(self, kept: NDArray[np.bool_] | IntArray) -> Rows:
        """Return the same for the rows that ``kept`` selects."""
        return Rows(
            None if self.weights is None else self.weights[kept],
            None if self.blocks is None else self.blocks[kept],
            self.block_names,
        )

    @property
    def plain(self) -> bool:
        """Whether every row counts once and there are no blocks."""
        return self.weights is None and self.blocks is None


EVERY_ROW_ONCE = Rows()


@dataclass(slots=True)
class Counts:
    """Counts of k cells: a commutative monoid (zero, `add`, `merge`).

    Attributes
    ----------
    cells : (k,) rows in each cell, whole numbers unless rows are weighted.
    squares : (k,) sum of the squared weights in each cell, None without weights.
    blocks : name of a block → (k,) its cells, None without blocks.
    """

    cells: CountArray
    squares: CountArray | None = None
    blocks: dict[str, CountArray] | None = None

    @classmethod
    def zero(cls, size: int, rows: Rows = EVERY_ROW_ONCE) -> Counts:
        """Return the counts of no rows in ``size`` cells, of the kind that ``rows`` asks for."""
        return cls(
            np.zeros(size, np.int64 if rows.weights is None else np.float64),
            None if rows.weights is None else np.zeros(size),
            None if rows.blocks is None else {},
        )

    def grow(self, size: int) -> None:
        """Add empty cells at the end until there are ``size``."""
        if len(self.cells) == size:
            return
        self.cells = _padded(self.cells, size)
        if self.squares is not None:
            self.squares = _padded(self.squares, size)
        if self.blocks is not None:
            self.blocks = {name: _padded(block, size) for name, block in self.blocks.items()}

    def add(self, codes: IntArray, rows: Rows) -> None:
        """Count rows by the index of their cell."""
        size = len(self.cells)
        self.cells = self.cells + np.bincount(codes, rows.weights, minlength=size)
        if rows.weights is not None and self.squares is not None:
            self.squares = self.squares + np.bincount(codes, rows.weights**2, minlength=size)
        if rows.blocks is not None and self.blocks is not None:
            # Only the blocks of this batch: a sorted file has few of many in each.
            present, block = np.unique(rows.blocks, return_inverse=True)
            table = np.bincount(block * size + codes, rows.weights, minlength=size * len(present))
            for index, cells in zip(present.tolist(), table.reshape(len(present), size), strict=True):
                self.add_block(rows.block_names[index], cells)

    def add_block(self, name: str, cells: CountArray) -> None:
        """Add the cells of one block to that block."""
        if self.blocks is None:
            self.blocks = {}
        self.blocks[name] = self.blocks[name] + cells if name in self.blocks else cells.copy()

    def merge(self, other: Counts) -> Counts:
        """Return the counts of the rows of both, over the same cells; a row without a weight has the weight 1."""
        weighted = self.squares is not None or other.squares is not None
        merged = Counts(self.cells + other.cells, self.squared() + other.squared() if weighted else None)
        if self.blocks is not None or other.blocks is not None:
            for side in (self, other):
                if side.blocks is None and side.cells.any():
                    raise ValueError("rows counted in blocks cannot be merged with rows counted without")
            merged.blocks = dict(self.blocks or {})
            for name, cells in (other.blocks or {}).items():
                merged.add_block(name, cells)
        return merged

    def squared(self) -> CountArray:
        """Return the sum of the squared weights in each cell, also where every row counts once."""
        return self.cells if self.squares is None else self.squares

    def group(self, groups: IntArray, size: int) -> Counts:
        """Return the counts of ``size`` larger cells; ``groups[i]`` is where cell i goes."""

        def fold(cells: CountArray) -> CountArray:
            folded = np.zeros(size, cells.dtype)
            np.add.at(folded, groups, cells)
            return folded

        return Counts(
            fold(self.cells),
            None if self.squares is None else fold(self.squares),
            None if self.blocks is None else {name: fold(cells) for name, cells in self.blocks.items()},
        )

    def to_plain(self) -> dict[str, object]:
        """Return what JSON needs."""
        plain: dict[str, object] = {"cells": _to_list(self.cells)}
        if self.squares is not None:
            plain["squares"] = _to_list(self.squares)
        if self.blocks is not None:
            plain["blocks"] = {name: _to_list(cells) for name, cells in sorted(self.blocks.items())}
        return plain


@dataclass(frozen=True, slots=True)
class SavedCounts:
    """Counts as they are saved: plain lists."""

    cells: tuple[float, ...]
    squares: tuple[float, ...] | None = None
    blocks: Mapping[str, tuple[float, ...]] | None = None
    labels: tuple[str, ...] = field(default=())

    def restore(self) -> Counts:
        """Return the counts that were saved."""

        def array(cells: tuple[float, ...]) -> CountArray:
            found = np.array(cells, np.float64)
            most = 2.0**62 if self.squares is None else np.finfo(np.float64).max
            if len(found) != len(self.cells) or not ((found >= 0) & (found <= most)).all():
                raise ValueError(f"counts must be {len(self.cells)} finite numbers of at least 0")
            return found if self.squares is not None else found.astype(np.int64)

        return Counts(
            array(self.cells),
            None if self.squares is None else array(self.squares),
            None if self.blocks is None else {name: array(cells) for name, cells in self.blocks.items()},
        )


def _padded(cells: CountArray, size: int) -> CountArray:
    if len(cells) == size:
        return cells
    grown = np.zeros(size, cells.dtype)
    grown[: len(cells)] = cells
    return grown


def _to_list(cells: CountArray) -> list[float]:
    return [int(value) if float(value).is_integer() else float(value) for value in cells.tolist()]
