"""Columns: the difference of one column, from the counts of both sides alone."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kullback.comparison import Cell, Difference, Fact, Verdict
from kullback.divergence import Divergence
from kullback.divergences import chi2, hellinger, jeffreys, js, kl, tv
from kullback.estimate import Estimate
from kullback.estimators import plug_in, rows_to_settle, thin_cells
from kullback.intervals import binomial
from kullback.intervals.sampling import Sampling
from kullback.summaries import Categories, ColumnPlan, Counts, Histogram
from kullback.summaries.categories import is_bucket
from kullback.tables.cells import (
    FEWEST_BLOCKS,
    Cells,
    cells_of,
    label_text,
    number_of_blocks,
    number_text,
    sampling,
)
from kullback.tables.distances import distances_of
from kullback.tables.picture import bars_of, quantile
from kullback.tables.settings import Settings
from kullback.testing import g_test

DIVERGENCES: dict[str, Divergence] = {
    "js": js,
    "kl": kl,
    "kl_reverse": kl.reverse,
    "jeffreys": jeffreys,
    "hellinger": hellinger,
    "tv": tv,
    "chi2": chi2,
}
_RANGES: dict[str, tuple[float, float]] = {
    **{name: divergence.range for name, divergence in DIVERGENCES.items()},
    "ks": (0.0, 1.0),
    "wasserstein": (0.0, math.inf),
}
OPEN_ENDED = frozenset({"kl", "kl_reverse", "jeffreys", "chi2"})
"""Measures that are infinite where a side has an empty cell. For them the outermost cells of an ordered column are
open-ended, as is the custom for PSI: a few rows beyond the reference's range do not make them infinite."""
SHOWN_CELLS = 30
"""Cells that a result keeps one by one; the others are added up in one."""
SHOWN_VALUES = 10


def column_difference(
    name: str,
    plan: ColumnPlan,
    reference: Histogram | Categories,
    current: Histogram | Categories,
    sizes: tuple[int, int],
    settings: Settings,
) -> Difference:
    """Return how a column differs, from its counts under the same plan on both sides.

    Arguments
    ---------
    sizes : rows of both sides.
    """
    raw = cells_of(plan, reference, current)
    sides = sampling(raw.reference, sizes[0]), sampling(raw.current, sizes[1])
    closed = _thick(raw, sizes)
    opened = closed
    if isinstance(reference, Histogram):
        opened = _thick(cells_of(plan, reference, current, open_ended=True), sizes)
    cells, p, q = closed
    notes = [note for letter, side in (("P", raw.reference), ("Q", raw.current)) for note in _lone_block(letter, side)]
    measures = {
        key: plug_in(divergence, *(opened if key in OPEN_ENDED else closed)[1:], level=settings.level)
        for key, divergence in DIVERGENCES.items()
    }
    # In monitoring, the Jeffreys divergence of two histograms is known by this name.
    measures["jeffreys"] = dataclasses.replace(measures["jeffreys"], divergence="PSI")
    if isinstance(reference, Histogram) and isinstance(current, Histogram):
        measures |= distances_of(reference, current, sizes, plan.kind, settings.level)
    elif settings.of in ("ks", "wasserstein"):
        raise ValueError(f"{name} has no order, so {settings.of} does not apply: leave it out with ignore={name}")
    measures |= new_and_vanished(reference, current, sides, settings.level)
    if len(cells.labels) < len(raw.labels):
        notes.append(_merging_note(len(raw.labels), len(cells.labels)))
    if len(cells.labels) == 1 < len(raw.labels):
        measures |= {key: _untold(measures[key], _RANGES[key]) for key in DIVERGENCES}
    elif len(raw.labels) == 1:
        measures |= {key: _unseen(key, measures[key], p, q) for key in _RANGES if key in measures}
    if min(p.effective_rows, q.effective_rows) < 5.0:
        measures |= {key: _untold(measures[key], _RANGES[key]) for key in ("ks", "wasserstein") if key in measures}
    blocks = min(number_of_blocks(raw.reference), number_of_blocks(raw.current))
    if blocks < FEWEST_BLOCKS:
        measures |= {key: _untold(measures[key], _RANGES[key]) for key in _RANGES if key in measures}
        notes.append(f"{blocks} blocks on one side: how they vary needs {FEWEST_BLOCKS} at least, and better 20")
    shares = [side.shares for side in sides]
    notes += _plan_notes(plan, reference, current, shares, measures["js"].diagnostics["plug-in"])
    test = g_test(p, q)
    estimate = measures[settings.of]
    margin = settings.margin_of(name)
    verdict = judge(estimate, margin)
    divergence = DIVERGENCES.get(settings.of, js)
    appeared, vanished = one_sided(reference, current)
    return Difference(
        name=name,
        kind=plan.kind if plan.kind != "null" else "all null",
        of=settings.of,
        measures=measures,
        verdict=verdict,
        margin=margin,
        p_value=test.p_value if blocks >= FEWEST_BLOCKS else 1.0,
        rows_to_settle=rows_to_settle(estimate, margin) if verdict is Verdict.UNSURE else None,
        cells=shown_cells(*(opened if settings.of in OPEN_ENDED else closed), divergence),
        bars=bars_of(reference, current, plan.kind),
        facts=facts_of(reference, current, plan.kind, sizes),
        appeared=appeared,
        vanished=vanished,
        notes=tuple(notes),
    )


class _Thick(NamedTuple):
    cells: Cells
    p: Sampling
    q: Sampling


def _thick(raw: Cells, sizes: tuple[int, int]) -> _Thick:
    """Return cells that hold enough rows, and how both sides were drawn."""
    sides = sampling(raw.reference, sizes[0]), sampling(raw.current, sizes[1])
    groups = thin_cells(*sides, ordered=raw.ordered)
    return _Thick(raw.merge(groups), sides[0].merge(groups), sides[1].merge(groups))


def judge(estimate: Estimate, margin: float) -> Verdict:
    """Return what an interval says about a margin."""
    if estimate.low > margin:
        return Verdict.DRIFT
    return Verdict.STABLE if estimate.high <= margin else Verdict.UNSURE


def shown_cells(cells: Cells, p: Sampling, q: Sampling, divergence: Divergence) -> tuple[Cell, ...]:
    """Return the cells with what each adds to the plug-in value (before the root, for Hellinger)."""
    terms = np.asarray(divergence.terms(p.shares, q.shares), float)
    order: Sequence[int] = range(len(terms))
    kept = set(order)
    if len(terms) > SHOWN_CELLS:
        kept = set(np.argsort(-terms, kind="stable")[: SHOWN_CELLS - 1].tolist())
    shown = [Cell(cells.labels[i], float(p.counts[i]), float(q.counts[i]), float(terms[i])) for i in order if i in kept]
    rest = [i for i in order if i not in kept]
    if rest:
        sums = [float(array[rest].sum()) for array in (p.counts, q.counts, terms)]
        shown.append(Cell(f"{len(rest):,} other cells", *sums))
    return tuple(shown)


def new_and_vanished(
    reference: Histogram | Categories,
    current: Histogram | Categories,
    sides: tuple[Sampling, Sampling],
    level: float,
) -> dict[str, Estimate]:
    """Return the mass of the current data where the reference has no rows, and the other way round.

    For an ordered column: outside the range of the reference. The interval is Clopper and Pearson's.
    """
    notes: tuple[str, ...] = ()
    if isinstance(reference, Histogram) and isinstance(current, Histogram):
        new, vanished = _out_of_range(reference, current), None
        notes = ("outside the range of the reference",)
    elif isinstance(reference, Categories) and isinstance(current, Categories):
        first, second = reference.as_dict(), current.as_dict()
        total_first, total_second = reference.counts.cells.sum() or 1, current.counts.cells.sum() or 1
        new = sum(n for label, n in second.items() if n and not first.get(label)) / total_second
        vanished = sum(n for label, n in first.items() if n and not second.get(label)) / total_first
        once = sum(n == 1 for n in first.values())
        if once and reference.counts.squares is None:
            expected = once / total_first
            notes = (f"about {100 * expected:.3g} % of new values are to be expected without any change (Good–Turing)",)
    else:
        return {}
    found = {"new_mass": _share("new mass", new, sides[1], level, notes)}
    if vanished is not None:
        found["vanished_mass"] = _share("vanished mass", vanished, sides[0], level, ())
    return found


def one_sided(
    reference: Histogram | Categories, current: Histogram | Categories
) -> tuple[tuple[tuple[str, float], ...], tuple[tuple[str, float], ...]]:
    """Return the most frequent values that only the current data has, and those that only the reference has."""
    if not isinstance(reference, Categories) or not isinstance(current, Categories):
        return (), ()
    first, second = reference.as_dict(), current.as_dict()

    def only(mine: dict[str, float], other: dict[str, float]) -> tuple[tuple[str, float], ...]:
        found = [(label, n) for label, n in mine.items() if n and not other.get(label) and not is_bucket(label)]
        return tuple((label_text(label), n) for label, n in sorted(found, key=lambda pair: (-pair[1], pair[0])))[
            :SHOWN_VALUES
        ]

    return only(second, first), only(first, second)


def facts_of(
    reference: Histogram | Categories, current: Histogram | Categories, kind: str, sizes: tuple[int, int]
) -> tuple[Fact, ...]:
    """Return plain statistics of both sides: nulls, and mean, spread, range and quantiles or the number of values."""
    sides = (reference, current)
    facts = [Fact("rows", float(sizes[0]), float(sizes[1])), Fact("null share", *(_null_share(side) for side in sides))]
    if isinstance(reference, Histogram) and isinstance(current, Histogram):
        histograms = (reference, current)
        timed = kind == "datetime"

        def shown(value: float) -> float | str | None:
            if math.isnan(value) or math.isinf(value):
                return None
            return number_text(value, kind) if kind in ("datetime", "time", "duration") else value

        facts.append(Fact("mean", *(shown(h.moments.mean if h.moments.total else math.nan) for h in histograms)))
        if not timed:
            facts.append(Fact("standard deviation", *(shown(h.moments.deviation) for h in histograms)))
        facts.append(Fact("minimum", *(shown(h.moments.minimum) for h in histograms)))
        for title, share in (("5 % quantile", 0.05), ("lower quartile", 0.25), ("median", 0.5),
                             ("upper quartile", 0.75), ("95 % quantile", 0.95)):  # fmt: skip
            facts.append(Fact(title, *(shown(quantile(h, share)) for h in histograms)))
        facts.append(Fact("maximum", *(shown(h.moments.maximum) for h in histograms)))
    elif isinstance(reference, Categories) and isinstance(current, Categories):
        seen = (float(np.count_nonzero(side.counts.cells[1:])) for side in (reference, current))
        facts.append(Fact("distinct values", *seen))
    return tuple(facts)


def _null_share(side: Histogram | Categories) -> float:
    cells = side.counts.cells
    total = float(cells.sum())
    return float(cells[-1] if isinstance(side, Histogram) else cells[0]) / total if total else 0.0


def _out_of_range(reference: Histogram, current: Histogram) -> float:
    """Return the share of the current data beyond the reference's least and greatest finite value, by whole cells."""
    cells, seen = current.counts.cells[: current.cut.fine], reference.counts.cells[: reference.cut.fine]
    occupied = np.flatnonzero(seen)
    total = float(current.counts.cells.sum())
    if not len(occupied) or not total:
        return 0.0
    return float(cells[: occupied[0]].sum() + cells[occupied[-1] + 1 :].sum()) / total


def _share(symbol: str, share: float, side: Sampling, level: float, notes: tuple[str, ...]) -> Estimate:
    rows = side.effective_rows
    low, high = binomial.interval(min(share * rows, rows), rows, level=level)
    return Estimate(
        float(share), low, high, level=level, divergence=symbol, direction="", unit="",
        method="Clopper–Pearson", sizes=(round(side.rows),), notes=notes,
    )  # fmt: skip


def _lone_block(letter: str, counts: Counts) -> list[str]:
    if counts.blocks is None or sum(block.sum() > 0 for block in counts.blocks.values()) > 1:
        return []
    return [f"{letter} lies in one block, which does not tell how blocks vary: its rows are counted as independent"]


def _untold(estimate: Estimate, ends: tuple[float, float]) -> Estimate:
    """Return an estimate of which too few rows tell nothing: the interval is the whole range."""
    low, high = (float(end) for end in ends)
    return dataclasses.replace(estimate, low=low, high=high, notes=(*estimate.notes, "too few rows to tell"))


def _unseen(key: str, estimate: Estimate, p: Sampling, q: Sampling) -> Estimate:
    """Return an estimate from rows that all have the same value: what no row shows may have a share all the same.

    0 of n rows hold for every share up to 1 − a^(1/n) at confidence 1 − a (Clopper and Pearson); the divergence is
    largest if each side has a value of its own there. One that is then infinite is left as it is, with fewer than 5
    rows untold.
    """
    if not math.isfinite(_RANGES[key][1]):
        return _untold(estimate, _RANGES[key]) if min(p.effective_rows, q.effective_rows) < 5.0 else estimate
    tail = 0.5 * (1.0 - estimate.level)
    first, second = (-math.expm1(math.log(tail) / side.effective_rows) for side in (p, q))
    # The distribution functions differ at most by the total variation.
    divergence = DIVERGENCES.get(key, tv)
    high = float(divergence([1.0 - first, first, 0.0], [1.0 - second, 0.0, second]))
    return dataclasses.replace(estimate, high=max(high, estimate.high))


def _merging_note(before: int, after: int) -> str:
    return f"{before:,} cells merged into {after:,}, so that each is expected to hold at least 5 rows on both sides"


def _plan_notes(
    plan: ColumnPlan,
    reference: Histogram | Categories,
    current: Histogram | Categories,
    shares: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]],
    plug_in_value: float,
) -> list[str]:
    """Notes on how a column was cut; ``shares`` of both sides before thin cells were merged, and the JS after."""
    notes: list[str] = []
    if plan.kind == "text":
        notes.append("mostly distinct text: compared by its length in characters")
    if isinstance(reference, Categories) and isinstance(current, Categories) and reference.cut.named is not None:
        others = [
            sum(n for label, n in side.as_dict().items() if is_bucket(label)) / (float(side.counts.cells.sum()) or 1)
            for side in (reference, current)
        ]
        # Within a hash cell at most ln 2 times its mean mass is lost, and by merging thin cells what they told before.
        missing = 0.5 * sum(others) * math.log(2) + float(js(*shares)) - plug_in_value
        missing = math.ceil(missing * 1e4) / 1e4
        notes.append(
            f"too many distinct values to keep all by name: {len(reference.cut.named):,} are, the others share "
            f"{reference.cut.buckets:,} cells by a hash; the JS on all values can be larger by at most "
            f"{missing:g} nats"
        )
    return notes
