"""Summary: the counts of every column of a table. No raw rows; mergeable; saved as versioned JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kullback.records import from_plain
from kullback.summaries.categories import Categories, CategoryCut, SavedCategories
from kullback.summaries.histogram import Histogram, HistogramCut, SavedHistogram
from kullback.summaries.plan import Plan


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows a table has, and the counts of its columns under a `Plan`: a commutative monoid."""

    rows: int
    columns: Mapping[str, Histogram | Categories]

    @classmethod
    def zero(cls, plan: Plan) -> Summary:
        """Return the summary of no rows."""
        return cls(0, {column.name: column.zero() for column in plan.columns})

    def merge(self, other: Summary) -> Summary:
        """Return the summary of the rows of both; they must have been counted under the same plan."""
        if self.columns.keys() != other.columns.keys():
            raise ValueError(f"different columns: {sorted(self.columns.keys() ^ other.columns.keys())}")
        merged: dict[str, Histogram | Categories] = {}
        for name, mine in self.columns.items():
            merged[name] = _merged(name, mine, other.columns[name])
        return Summary(self.rows + other.rows, merged)

    def to_plain(self) -> dict[str, object]:
        """Return what JSON needs."""
        return {"rows": self.rows, "columns": {name: column.to_plain() for name, column in self.columns.items()}}


@dataclass(frozen=True, slots=True)
class SavedSummary:
    """A summary as it is saved."""

    rows: int
    columns: Mapping[str, object]

    def restore(self, plan: Plan) -> Summary:
        """Return the summary that was saved with ``plan``; ``ValueError`` if the two do not fit."""
        restored: dict[str, Histogram | Categories] = {}
        for column in plan.columns:
            if column.name not in self.columns:
                raise ValueError(f"the plan has the column {column.name!r}, the counts do not")
            saved = self.columns[column.name]
            if column.histogram is not None:
                restored[column.name] = _restore_histogram(saved, column.histogram)
            else:
                restored[column.name] = from_plain(SavedCategories, saved).restore(column.categories or CategoryCut())
        return Summary(self.rows, restored)


def _merged(name: str, mine: Histogram | Categories, theirs: Histogram | Categories) -> Histogram | Categories:
    if isinstance(mine, Histogram) and isinstance(theirs, Histogram):
        return mine.merge(theirs)
    if isinstance(mine, Categories) and isinstance(theirs, Categories):
        return mine.merge(theirs)
    raise ValueError(f"{name} was counted in two ways: make both summaries with the same Plan")


def _restore_histogram(saved: object, cut: HistogramCut) -> Histogram:
    return from_plain(SavedHistogram, saved).restore(cut)
