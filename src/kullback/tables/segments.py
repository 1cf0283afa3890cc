"""Segments: the same comparison within each value of a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.comparison import Comparison
from kullback.engines.source import Request, Source
from kullback.summaries import Categories, TooManyCategories
from kullback.summaries.plan import plan_categories
from kullback.tables.settings import Settings

LIMIT = 1_000
SHOWN = 20


def compare_segments(
    by: str,
    reference: Source,
    current: Source,
    settings: Settings,
    compare_sides: Callable[..., Comparison],
    rng: np.random.Generator | int,
) -> tuple[dict[str, Comparison], tuple[str, ...]]:
    """Return one comparison per value of ``by`` that both sides have, the most frequent first, and notes."""
    import dataclasses

    first, second = _values(by, reference), _values(settings.rename.get(by, by), current)
    both = sorted((value for value in first if second.get(value)), key=lambda v: (-first[v] - second[v], v))
    notes: list[str] = []
    if len(both) > SHOWN:
        notes.append(f"{len(both)} values of {by} are on both sides; the {SHOWN} most frequent were compared")
    for side, mine, other in (("reference", first, second), ("current data", second, first)):
        alone = [value for value in mine if not other.get(value)]
        if alone:
            shown = ", ".join(sorted(alone)[:5])
            notes.append(f"only the {side} has {by} = {shown}{' …' if len(alone) > 5 else ''}")
    inner = dataclasses.replace(settings, ignore=(*settings.ignore, by))
    segments: dict[str, Comparison] = {}
    for value in both[:SHOWN]:
        before, after = reference.where(by, value), current.where(settings.rename.get(by, by), value)
        segments[value] = compare_sides(before, after, inner, joint="none", rng=rng)
    return segments, tuple(notes)


def _values(by: str, source: Source) -> dict[str, float]:
    if by not in source.columns:
        raise ValueError(f"{source.name} has no column {by!r}; it has {', '.join(source.columns)}")
    column = source.columns[by]
    if column.kind == "skipped":
        raise ValueError(f"{by} cannot make segments: {column.reason}")
    counts: Any
    try:
        counts = source.read(by, plan_categories(column, LIMIT), Request()).counts
    except TooManyCategories:
        raise ValueError(f"{by} has more than {LIMIT:,} values in {source.name}; segments need fewer") from None
    assert isinstance(counts, Categories)
    found = counts.as_dict()
    if counts.nulls:
        found["null"] = found.get("null", 0.0) + counts.nulls
    return found
