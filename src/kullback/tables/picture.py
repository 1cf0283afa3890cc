"""Picture: the bars of the overlaid histograms of a column, from its counts alone."""

from __future__ import annotations

import math

import numpy as np

from kullback.comparison import Bar
from kullback.summaries import Categories, Histogram
from kullback.summaries.counts import FloatArray
from kullback.summaries.histogram import SPECIALS
from kullback.tables.cells import label_text, number_text

BARS = 24
CATEGORIES = 12
_TAIL = 0.005
"""The share of both sides together that each end of a histogram leaves out, so that outliers do not squeeze it."""


def bars_of(reference: Histogram | Categories, current: Histogram | Categories, kind: str) -> tuple[Bar, ...]:
    """Return the bars of a column."""
    if isinstance(reference, Histogram) and isinstance(current, Histogram):
        return _ordered(reference, current, kind)
    if isinstance(reference, Categories) and isinstance(current, Categories):
        return _categories(reference, current)
    return ()


def cumulative(histogram: Histogram, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Return points and the share of the finite values at or below each: the ends, and the edges between them."""
    cells = histogram.counts.cells[: histogram.cut.fine]
    total = float(cells.sum()) or 1.0
    points = np.concatenate([[low], np.clip(np.array(histogram.cut.edges), low, high), [high]])
    return points, np.concatenate([[0.0], np.cumsum(cells) / total])


def quantile(histogram: Histogram, share: float) -> float:
    """Return the value below which ``share`` of the finite values lie, interpolated within a cell; NaN for none."""
    moments = histogram.moments
    if not moments.total:
        return math.nan
    points, below = cumulative(histogram, moments.minimum, moments.maximum)
    index = int(np.searchsorted(below, share, "left"))
    if index == 0:
        return float(points[0])
    index = min(index, len(points) - 1)
    low, high = float(points[index - 1]), float(points[index])
    mass = float(below[index] - below[index - 1])
    part = (share - float(below[index - 1])) / mass if mass > 0 else 1.0
    return low + (high - low) * part if math.isfinite(high - low) else low * (1.0 - part) + high * part


def _ordered(reference: Histogram, current: Histogram, kind: str) -> tuple[Bar, ...]:
    sides = [side for side in (reference, current) if side.moments.total]
    bars: list[Bar] = []
    if sides:
        low = min(min(quantile(side, _TAIL), quantile(side, 1 - _TAIL)) for side in sides)
        high = max(quantile(side, 1 - _TAIL) for side in sides)
        ends = _bar_ends(low, high, reference, kind)
        shares = [_shares_between(side, ends) for side in (reference, current)]
        for i in range(len(ends) - 1):
            label = _bar_label(float(ends[i]), float(ends[i + 1]), reference, kind)
            bars.append(Bar(label, shares[0][i], shares[1][i], float(ends[i]), float(ends[i + 1])))
    for offset, name in enumerate(SPECIALS):
        first, second = (_share(side, reference.cut.fine + offset) for side in (reference, current))
        if first or second:
            bars.append(Bar(name, first, second))
    return tuple(bars)


def _whole(histogram: Histogram) -> bool:
    return all(edge == math.floor(edge) for edge in histogram.cut.edges)


def _bar_ends(low: float, high: float, reference: Histogram, kind: str) -> FloatArray:
    if _whole(reference) and kind != "datetime":
        # Right-closed bars that begin below a whole number and hold the same number of whole numbers.
        first = math.ceil(low) - 1
        width = max(1, math.ceil((math.ceil(high) - first) / BARS))
        return first + width * np.arange(math.ceil((math.ceil(high) - first) / width) + 1.0)
    if high <= low:
        spread = abs(low) * 0.05 or 0.5
        low, high = low - spread, high + spread
    return 2.0 * np.linspace(0.5 * low, 0.5 * high, BARS + 1)  # the range itself may be beyond the floats


def _bar_label(low: float, high: float, reference: Histogram, kind: str) -> str:
    if _whole(reference) and kind != "datetime":
        first, last = number_text(low + 1, kind), number_text(high, kind)
        return first if low + 1 == high else f"{first} … {last}"
    return f"{number_text(low, kind)} … {number_text(high, kind)}"


def _shares_between(side: Histogram, ends: FloatArray) -> list[float]:
    moments = side.moments
    if not moments.total:
        return [0.0] * (len(ends) - 1)
    points, below = cumulative(side, min(moments.minimum, float(ends[0])), max(moments.maximum, float(ends[-1])))
    inside = np.interp(ends, points, below)
    inside[0], inside[-1] = (0.0 if ends[0] <= moments.minimum else inside[0]), inside[-1]
    total = float(side.counts.cells.sum()) or 1.0
    finite = float(side.counts.cells[: side.cut.fine].sum()) / total
    return [float(share) for share in np.maximum(np.diff(inside), 0.0) * finite]


def _share(side: Histogram, cell: int) -> float:
    total = float(side.counts.cells.sum())
    return float(side.counts.cells[cell]) / total if total else 0.0


def _categories(reference: Categories, current: Categories) -> tuple[Bar, ...]:
    first, second = reference.as_dict(), current.as_dict()
    totals = [float(side.counts.cells.sum()) or 1.0 for side in (reference, current)]
    shares = {
        label: (first.get(label, 0.0) / totals[0], second.get(label, 0.0) / totals[1]) for label in (*first, *second)
    }
    ranked = sorted(sorted(shares), key=lambda label: -sum(shares[label]))
    if set(ranked) <= {"true", "false"}:
        ranked = sorted(ranked)
    bars = [Bar(label_text(label), *shares[label]) for label in ranked[:CATEGORIES]]
    rest = ranked[CATEGORIES:]
    if rest:
        others = [sum(shares[label][side] for label in rest) for side in (0, 1)]
        bars.append(Bar(f"{len(rest):,} other values", others[0], others[1]))
    nulls = [side.nulls / total for side, total in zip((reference, current), totals, strict=True)]
    if any(nulls):
        bars.append(Bar("null", nulls[0], nulls[1]))
    return tuple(bars)
