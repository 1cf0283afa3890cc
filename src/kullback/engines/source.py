"""Source: data that is somewhere, read one column at a time. What every engine offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from kullback.summaries import Categories, Column, ColumnPlan, Histogram, Kind
from kullback.summaries.counts import FloatArray, IntArray

Strings: TypeAlias = "list[str | None]"
# pyarrow carries no types; these names say at least what is meant.
ArrowArray: TypeAlias = Any
ArrowType: TypeAlias = Any
ArrowSchema: TypeAlias = Any
ArrowTable: TypeAlias = Any

PLAN_SAMPLE = 1 << 16
"""Rows from which the edges of a column are taken."""
HEAD = 10_000
"""Neighbouring rows at the start that are looked at for dependence."""


@dataclass(frozen=True, slots=True)
class BlockKey:
    """A column whose values name blocks of rows; ``unit`` (``day``, ``hour`` ...) cuts a datetime column into them."""

    column: str
    unit: str | None = None


def no_progress(rows: int) -> None:
    """Take note of ``rows`` more rows read, and do nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to read besides the counts.

    Attributes
    ----------
    weights : column with the weight of each row.
    blocks : columns whose values together name the block of each row.
    positions : increasing row numbers whose values are wanted.
    head : how many values from the start are wanted.
    advance : called with the number of rows read.
    """

    weights: str | None = None
    blocks: tuple[BlockKey, ...] = ()
    positions: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    head: int = 0
    advance: Callable[[int], None] = no_progress

    @property
    def plain(self) -> bool:
        """Whether every row counts once and there are no blocks."""
        return self.weights is None and not self.blocks


class Values(NamedTuple):
    """Values of some rows of a column: ``numbers`` of an ordered column (NaN where null) or ``strings`` (None)."""

    numbers: FloatArray | None
    strings: Strings | None
    nulls: np.ndarray[tuple[int], np.dtype[np.bool_]]


class Reading(NamedTuple):
    """What was read of a column: its counts, the values at the wanted positions, and those at the start."""

    counts: Histogram | Categories
    sampled: Values
    head: Values


class Source(ABC):
    """A table read one column at a time, as often as needed, always with the same rows in the same order."""

    name: str
    rows: int
    columns: Mapping[str, Column]

    @abstractmethod
    def sample(self, column: str, size: int = PLAN_SAMPLE, *, kind: Kind | None = None) -> Values:
        """Return about ``size`` values from all over a column, read as ``kind`` (its own), to make a plan from."""

    @abstractmethod
    def distinct(self, column: str) -> tuple[int, int]:
        """Return how many distinct strings a sample of a string column has, and the rows of the sample."""

    @abstractmethod
    def read(self, column: str, plan: ColumnPlan, request: Request) -> Reading:
        """Count a column under a plan; `TooManyCategories` if the plan cannot hold its values."""

    @abstractmethod
    def where(self, column: str, value: str) -> Source:
        """Return the rows whose ``column``, as text, is ``value``."""

    def close(self) -> None:  # noqa: B027 (most sources have nothing to close)
        """Let go of files and memory."""

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_names(names: Sequence[Any], where: str) -> None:
    """Raise ``ValueError`` if two columns have the same name, or if there are none."""
    if not names:
        raise ValueError(f"{where} has no columns")
    seen: set[str] = set()
    for name in map(str, names):
        if name in seen:
            raise ValueError(f"{where} has two columns named {name!r}; rename one of them")
        seen.add(name)
