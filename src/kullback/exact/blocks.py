"""Blocks: a batch of rows taken a few at a time, so that what is needed on the way stays small.

For NumPy and PyTorch arrays alike. Rows are numbered through the batch that the arguments broadcast to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.arrays import AnyArray


@dataclass(frozen=True)
class Blocks:
    """A batch cut into ranges of rows.

    Attributes:
        batch: the shape that the arguments broadcast to, without the outcomes.
        size: how many outcomes a row has.
        step: how many rows are taken at a time.
    """

    batch: tuple[int, ...]
    size: int
    step: int

    @classmethod
    def of(cls, arrays: list[Any], most: int) -> Blocks:
        """Cut the rows that arrays broadcast to into blocks of at most so many outcomes, a row at least."""
        *batch, size = np.broadcast_shapes(*(tuple(x.shape) for x in arrays if x is not None))
        return cls(tuple(batch), size, max(1, most // size))

    def __iter__(self) -> Iterator[slice]:
        many = math.prod(self.batch)
        return (slice(start, min(start + self.step, many)) for start in range(0, many, self.step))

    def of_rows(self, numbers: AnyArray) -> Iterator[AnyArray]:
        """Cut some rows, by their numbers, into blocks."""
        return (numbers[start : start + self.step] for start in range(0, len(numbers), self.step))

    def take(self, x: Any, rows: slice | AnyArray) -> Any:
        """Return some rows of an argument, or its only row, which broadcasts."""
        if x is None:
            return None
        flat = x.reshape(-1, self.size)
        if flat.shape[0] == 1:
            return flat
        own = tuple(x.shape[:-1])
        return flat[rows] if own == self.batch else flat[self._index(own)[rows]]

    def add(self, into: Any, rows: slice, change: Any) -> None:
        """Add an array with an entry per row of the batch to one with the rows of an argument, contiguous."""
        flat = into.reshape(-1, self.size)
        own = tuple(into.shape[:-1])
        if flat.shape[0] == 1:
            flat[0] += change.sum(0)
        elif own == self.batch:
            flat[rows] += change
        elif isinstance(flat, np.ndarray):
            np.add.at(flat, self._index(own)[rows], change)
        else:
            flat.index_put_((flat.new_tensor(self._index(own)[rows]).long(),), change, accumulate=True)

    def _index(self, own: tuple[int, ...]) -> AnyArray:
        """Return which row of an argument each row of the batch is."""
        number = np.arange(math.prod(own)).reshape((1,) * (len(self.batch) - len(own)) + own)
        return np.broadcast_to(number, self.batch).reshape(-1)
