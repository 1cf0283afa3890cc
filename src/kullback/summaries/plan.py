"""Plan: how every column is cut into cells. Frozen and taken from the reference, so both sides are counted alike."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.summaries.categories import Categories, CategoryCut
from kullback.summaries.columns import ORDERED, Column, Kind
from kullback.summaries.counts import EVERY_ROW_ONCE, FloatArray, Rows
from kullback.summaries.histogram import Histogram, HistogramCut, cut_histogram

MOSTLY_DISTINCT = 0.5
"""A string column with more distinct values per row than this is text, not categories."""
FEW = 1_000
"""A string column with at most this many distinct values is categories whatever its length."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """How one column is cut: by ``histogram`` edges if it is ordered, else by ``categories``."""

    name: str
    kind: Kind
    type: str
    histogram: HistogramCut | None = None
    categories: CategoryCut | None = None

    def zero(self, rows: Rows = EVERY_ROW_ONCE) -> Histogram | Categories:
        """Return the counts of no rows under this plan."""
        if self.histogram is not None:
            return Histogram.zero(self.histogram, rows)
        return Categories(self.categories or CategoryCut(), rows)


@dataclass(frozen=True, slots=True)
class Plan:
    """The cuts of all columns of a table."""

    columns: tuple[ColumnPlan, ...]

    def __getitem__(self, name: str) -> ColumnPlan:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def plan_ordered(column: Column, sample: FloatArray) -> ColumnPlan:
    """Return the plan of an ordered column from the values of a sample (microseconds for times, length for text)."""
    if column.kind not in ORDERED:
        raise ValueError(f"{column.name} is {column.kind}: it has no order")
    whole = column.kind in ("datetime", "time", "duration", "text") or column.type.startswith(("int", "uint"))
    # From 2**53 on, the float below a whole number is more than 1 away.
    finite = sample[np.isfinite(sample)]
    whole = whole and (not len(finite) or float(np.abs(finite).max()) < 2**53)
    return ColumnPlan(column.name, column.kind, column.type, histogram=cut_histogram(sample, integers=whole))


def plan_categories(column: Column, limit: int, named: tuple[str, ...] | None = None) -> ColumnPlan:
    """Return the plan of a column counted by value."""
    return ColumnPlan(column.name, column.kind, column.type, categories=CategoryCut(limit, named))


def is_text(distinct: int, rows: int) -> bool:
    """Return whether a string column with ``distinct`` values among ``rows`` sampled ones is text, not categories."""
    return distinct > FEW and distinct > MOSTLY_DISTINCT * rows


def heaviest(categories: Categories, count: int) -> tuple[str, ...]:
    """Return the most frequent values, ties by value."""
    counted = categories.as_dict()
    return tuple(sorted(sorted(counted), key=lambda label: -counted[label])[:count])


def microseconds_to_text(value: float) -> str:
    """Return a time in microseconds since 1970 (UTC) as ISO text, to the second, or to the day at midnight.

    >>> microseconds_to_text(0.0), microseconds_to_text(3_600_000_000.0)
    ('1970-01-01', '1970-01-01 01:00:00')
    """
    if not math.isfinite(value):
        return str(value)
    try:
        text = str(np.datetime64(math.floor(value), "us").astype("datetime64[s]")).replace("T", " ")
    except (OverflowError, ValueError):
        return f"{value:g} µs"
    return text.removesuffix(" 00:00:00")
