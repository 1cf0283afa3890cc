"""Summaries: mergeable counts that stand for data. One kind of summary per file."""

from kullback.summaries.categories import Categories, CategoryCut, TooManyCategories
from kullback.summaries.columns import Column, Kind
from kullback.summaries.counts import Counts, Rows
from kullback.summaries.histogram import Histogram, HistogramCut
from kullback.summaries.moments import Moments
from kullback.summaries.pairs import Pairs
from kullback.summaries.plan import ColumnPlan, Plan
from kullback.summaries.table import Summary

__all__ = [
    "Categories",
    "CategoryCut",
    "Column",
    "ColumnPlan",
    "Counts",
    "Histogram",
    "HistogramCut",
    "Kind",
    "Moments",
    "Pairs",
    "Plan",
    "Rows",
    "Summary",
    "TooManyCategories",
]
