"""Profile: a reference reduced to its plan and counts. Saved, it replaces the data; it holds no raw rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kullback.atomic import write
from kullback.engines import open_source
from kullback.engines.source import HEAD, BlockKey, Reading, Request, Source, Values
from kullback.records import from_plain, load_plain, save_text, to_plain
from kullback.summaries import Categories, Column, ColumnPlan, Histogram, HistogramCut, Pairs, Plan, Summary
from kullback.summaries.categories import LIMIT, LIMIT_IN_BLOCKS, TooManyCategories
from kullback.summaries.columns import ORDERED
from kullback.summaries.counts import IntArray
from kullback.summaries.pairs import SavedPairs
from kullback.summaries.plan import heaviest, is_text, plan_categories, plan_ordered
from kullback.summaries.table import SavedSummary
from kullback.tables.dependence import neighbour_correlation
from kullback.tables.pair_cells import PairCells, pair_cells
from kullback.tables.settings import Settings, make_settings

FORMAT = "kullback.profile/1"
SAMPLED_ROWS = 20_000
"""Rows of each side from which pairs of columns are counted and the classifier learns."""
NAMED = 10_000
"""Values kept by name where a column has more than can all be kept."""


class Progress(Protocol):
    """What long work reports to."""

    def __call__(self, rows: int, column: str, total: int) -> None:
        """Take note that ``rows`` more values of ``column`` were read, of ``total`` in all columns and both sides."""
        ...


def silent(rows: int, column: str, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is kept of a reference.

    Attributes
    ----------
    name, rows : what it is called, and its rows.
    columns : all its columns by name, the skipped ones too.
    plan, summary : how its columns are cut, and their counts.
    pairs : counts of pairs of columns on a sample of rows.
    dependence : column → correlation of neighbouring rows, where notable.
    blocks, weights : how rows were counted.
    sampled : the values of the sampled rows, while the profile is in memory; never saved.
    """

    name: str
    rows: int
    columns: Mapping[str, Column]
    plan: Plan
    summary: Summary
    pairs: Pairs | None = None
    dependence: Mapping[str, float] = field(default_factory=dict[str, float])
    blocks: tuple[BlockKey, ...] = ()
    weights: str | None = None
    sampled: Mapping[str, Values] = field(default_factory=dict[str, Values])

    def pair_cells(self) -> PairCells:
        """Return the cells in which pairs of columns are counted."""
        return pair_cells(self.plan, self.summary.columns)

    def to_json(self) -> str:
        """Return the profile as versioned JSON without raw rows."""
        saved = SavedProfile(
            self.name,
            self.rows,
            tuple(self.columns.values()),
            self.plan,
            self.pairs.saved() if self.pairs else None,
            self.dependence,
            self.blocks,
            self.weights,
        )
        return save_text(FORMAT, {**to_plain(saved), "summary": self.summary.to_plain()})

    def save(self, path: str | Path) -> Path:
        """Write the profile to ``path``, whole or not at all, and return the path."""
        return write(Path(path), self.to_json())

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Return the profile that `to_json` wrote; ``ValueError`` says what is wrong with any other text."""
        content = load_plain(FORMAT, text, "profile")
        summary = from_plain(SavedSummary, content.pop("summary", None))
        saved = from_plain(SavedProfile, content)
        return cls(
            saved.name,
            saved.rows,
            {column.name: column for column in saved.columns},
            saved.plan,
            summary.restore(saved.plan),
            saved.pairs.restore() if saved.pairs else None,
            saved.dependence,
            saved.blocks,
            saved.weights,
        )


@dataclass(frozen=True, slots=True)
class SavedProfile:
    """A profile as it is saved, without its counts."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    plan: Plan
    pairs: SavedPairs | None = None
    dependence: Mapping[str, float] = field(default_factory=dict[str, float])
    blocks: tuple[BlockKey, ...] = ()
    weights: str | None = None


def load_profile(path: str | Path) -> Profile | None:
    """Return the profile saved at ``path``, None if the file is something else."""
    path = Path(path)
    if path.suffix != ".json" or not path.is_file():
        return None
    with path.open("rb") as file:
        if FORMAT.split("/")[0].encode() not in file.read(100):
            return None
    try:
        return Profile.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a readable profile: {error}") from None


def profile(
    data: Any,
    *,
    columns: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    blocks: str | Sequence[str] | None = None,
    weights: str | None = None,
    database: str | Path | None = None,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> Profile:
    """Reduce a reference to its plan and counts, against which `compare` then needs to read the current data only.

    Arguments
    ---------
    data : a path, a URL, an SQL query, a DataFrame, an Arrow table or stream, or a DuckDB relation.
    columns, ignore : which columns to keep.
    blocks, weights : as for `compare`; a comparison against the profile counts in the same way.
    database : a DuckDB file for SQL queries.
    rng : picks the rows on which pairs of columns are counted.
    progress : called as ``progress(rows, column, total)`` while reading: values just read, where, and how many in all.

    Returns
    -------
    A `Profile`; ``profile.save("a.json")`` writes it.

    >>> import pyarrow as pa
    >>> profile(pa.table({"x": [1, 2, 3]})).rows
    3
    """
    settings = make_settings({}, columns=columns, ignore=ignore, blocks=blocks, weights=weights)
    with open_source(data, "reference", database=database) as source:
        for name in (*(settings.columns or ()), *settings.ignore):
            if name not in source.columns:
                raise ValueError(f"{source.name} has no column {name!r}; it has {', '.join(source.columns)}")
        return make_profile(source, settings, rng=rng, progress=progress)


def make_profile(
    source: Source,
    settings: Settings,
    *,
    pairs: bool = True,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
    wanted: Callable[[str], bool] | None = None,
    more: int = 0,
) -> Profile:
    """Count every wanted column of a reference, each under a plan made from its own values.

    ``more`` is what ``progress`` will have to read elsewhere.
    """
    if not source.rows:
        raise ValueError(f"{source.name} has no rows")
    check_design(source, settings)
    plans: list[ColumnPlan] = []
    counts: dict[str, Histogram | Categories] = {}
    sampled: dict[str, Values] = {}
    dependence: dict[str, float] = {}
    positions = sample_positions(source.rows, rng) if pairs else np.empty(0, np.int64)
    names = [
        name
        for name, column in source.columns.items()
        if column.kind != "skipped" and settings.wants(name) and (wanted is None or wanted(name))
    ]
    total = more + len(names) * source.rows
    for name in names:
        column = source.columns[name]
        request = request_of(settings, positions, lambda rows, name=name: progress(rows, name, total))
        plan, reading = _count_column(source, column, settings, request)
        plans.append(plan)
        counts[name] = reading.counts
        sampled[name] = reading.sampled
        correlation = neighbour_correlation(reading.head)
        if correlation:
            dependence[name] = correlation
    plan, summary = Plan(tuple(plans)), Summary(source.rows, counts)
    profile = Profile(
        source.name, source.rows, dict(source.columns), plan, summary, None, dependence,
        settings.blocks, settings.weights, sampled,
    )  # fmt: skip
    return with_pairs(profile) if pairs else profile


def with_pairs(profile: Profile) -> Profile:
    """Return the profile with the counts of pairs of its sampled rows."""
    return dataclasses.replace(profile, pairs=profile.pair_cells().count(profile.sampled))


def request_of(settings: Settings, positions: IntArray, advance: Callable[[int], None]) -> Request:
    """Return what to read of every column."""
    return Request(settings.weights, settings.blocks, positions, HEAD, advance)


def sample_positions(rows: int, rng: np.random.Generator | int, size: int = SAMPLED_ROWS) -> IntArray:
    """Return increasing numbers of ``size`` random rows, or of all rows if there are fewer."""
    if rows <= size:
        return np.arange(rows)
    generator = np.random.default_rng(rng)
    return np.sort(generator.choice(rows, size, replace=False, shuffle=False))


def check_design(source: Source, settings: Settings, names: Mapping[str, str] | None = None) -> None:
    """Raise ``ValueError`` if the columns with weights or blocks are missing or of the wrong kind."""
    for name in (*(key.column for key in settings.blocks), *([settings.weights] if settings.weights else [])):
        if name not in source.columns:
            raise ValueError(f"{source.name} has no column {name!r}; it has {', '.join(source.columns)}")
    if settings.weights and source.columns[settings.weights].kind not in ("numeric", "decimal"):
        raise ValueError(
            f"the weights in {settings.weights!r} are {source.columns[settings.weights].type}, not numbers"
        )


def _count_column(source: Source, column: Column, settings: Settings, request: Request) -> tuple[ColumnPlan, Reading]:
    limit = LIMIT_IN_BLOCKS if settings.blocks else LIMIT
    if column.kind == "null":
        plan = ColumnPlan(column.name, "null", column.type, histogram=HistogramCut())
    elif column.kind in ORDERED:
        plan = plan_ordered(column, numbers_of(source.sample(column.name)))
    elif column.kind == "categorical" and is_text(*source.distinct(column.name)):
        text = Column(column.name, "text", column.type)
        plan = plan_ordered(text, numbers_of(source.sample(column.name, kind="text")))
    else:
        plan = plan_categories(column, limit)
    try:
        return plan, source.read(column.name, plan, request)
    except TooManyCategories:
        plan = plan_categories(column, limit, _frequent(source, column, limit))
        return plan, source.read(column.name, plan, request)


def numbers_of(values: Values) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the numbers of a sample that are not null."""
    return np.empty(0) if values.numbers is None else values.numbers[~values.nulls]


def _frequent(source: Source, column: Column, limit: int) -> tuple[str, ...]:
    """Return the most frequent values of a sample: the plan's names for a column with too many values."""
    sample = source.sample(column.name, 200_000)
    counted = plan_categories(column, max(limit, 200_001)).zero()
    assert isinstance(counted, Categories)
    strings = [string for string in sample.strings or () if string is not None]
    labels, repeats = np.unique(np.array(strings, object), return_counts=True)
    counted.update(labels.tolist(), repeats)
    return heaviest(counted, NAMED)
