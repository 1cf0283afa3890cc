"""Where each bar of an overlaid histogram stands and how high it is, whatever it is drawn with."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kullback.comparison import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

# Bars whose widths differ more than this are drawn in equal slots: to scale, the narrow ones would be lines.
_WIDEST = 6.0
_GAP = 0.4
_MOST = 40
# A category this many times as high as any other hides them: it is cut, and drawn broken.
_TOWERING, _CUT, _FEWEST = 3.0, 1.4, 6


@dataclass(frozen=True, slots=True)
class Slot:
    """One bar between ``left`` and ``right`` (0 … 1 over the picture), with both heights (0 … 1, one scale)."""

    bar: Bar
    left: float
    right: float
    reference: float
    current: float
    continuous: bool
    """Whether the bar is a range of values, drawn as part of an area; else it stands alone."""
    is_cut: bool = False
    """Whether the bar is higher than drawn."""


@dataclass(frozen=True, slots=True)
class Slots:
    """All bars of one picture; ``to_scale`` says whether widths follow the ranges of values."""

    items: tuple[Slot, ...]
    to_scale: bool

    @property
    def continuous(self) -> tuple[Slot, ...]:
        """The bars that are ranges of values, in their order."""
        return tuple(slot for slot in self.items if slot.continuous)

    @property
    def alone(self) -> tuple[Slot, ...]:
        """The bars that are categories, or nulls beside ranges of values."""
        return tuple(slot for slot in self.items if not slot.continuous)


def lay_out(bars: Sequence[Bar]) -> Slots:
    """Return the slots of ``bars``: ranges by their widths (heights are densities) or, if they differ much, equal.

    An open range (``-inf`` … 0) is as wide as the middle one. What is no range follows on the right, set apart.
    One category that towers over at least five others is cut. At most forty of each are drawn: neighbouring ranges
    are merged, the rest of the categories becomes one bar.
    """
    ranges = _merged([bar for bar in bars if bar.low is not None and bar.high is not None])
    others = _folded([bar for bar in bars if bar.low is None or bar.high is None])
    widths = [_width(bar) for bar in ranges]
    closed = [width for width in widths if width > 0.0 and math.isfinite(width)]
    to_scale = bool(closed) and max(closed) <= _WIDEST * min(closed)
    middle = statistics.median(closed) if to_scale else 1.0
    relative = [width / middle if to_scale and 0.0 < width < math.inf else 1.0 for width in widths]
    single = max(1.0, sum(relative) / 24.0)
    gap = _GAP * single if ranges and others else 0.0
    total = sum(relative) + gap + single * len(others) or 1.0

    placed: list[tuple[Bar, float, float, bool]] = []
    at = 0.0
    for bar, width in zip(ranges, relative, strict=True):
        placed.append((bar, at, at + width, True))
        at += width
    at += gap
    for bar in others:
        placed.append((bar, at, at + single, False))
        at += single

    def height(value: float, left: float, right: float, *, continuous: bool) -> float:
        density = max(value, 0.0) / (right - left if continuous else 1.0)
        return density if math.isfinite(density) else 0.0

    heights = [
        (height(bar.reference, left, right, continuous=c), height(bar.current, left, right, continuous=c))
        for bar, left, right, c in placed
    ]
    tall, limit = _towering([max(pair) for pair in heights]) if not ranges else (-1, 1.0)
    if tall >= 0:
        shrink = limit / max(heights[tall])
        heights[tall] = (heights[tall][0] * shrink, heights[tall][1] * shrink)
    top = max((max(pair) for pair in heights), default=0.0) or 1.0
    items = tuple(
        Slot(bar, left / total, right / total, reference / top, current / top, continuous, index == tall)
        for index, ((bar, left, right, continuous), (reference, current)) in enumerate(
            zip(placed, heights, strict=True)
        )
    )
    return Slots(items, to_scale)


def _towering(heights: list[float]) -> tuple[int, float]:
    """Return which bar towers over all others and how high to draw it; -1 for none."""
    if len(heights) < _FEWEST:
        return -1, 1.0
    highest, second = sorted(heights, reverse=True)[:2]
    if not 0.0 < _TOWERING * second < highest:
        return -1, 1.0
    return heights.index(highest), _CUT * second


def _width(bar: Bar) -> float:
    return bar.high - bar.low if bar.low is not None and bar.high is not None else 0.0


def _merged(ranges: list[Bar]) -> list[Bar]:
    if len(ranges) <= _MOST:
        return ranges
    each = math.ceil(len(ranges) / _MOST)
    groups = [ranges[start : start + each] for start in range(0, len(ranges), each)]
    return [
        Bar(
            group[0].label if len(group) == 1 else f"{group[0].label} … {group[-1].label}",
            sum(bar.reference for bar in group),
            sum(bar.current for bar in group),
            group[0].low,
            group[-1].high,
        )
        for group in groups
    ]


def _folded(others: list[Bar]) -> list[Bar]:
    if len(others) <= _MOST:
        return others
    rest = others[_MOST - 1 :]
    reference, current = sum(bar.reference for bar in rest), sum(bar.current for bar in rest)
    return [*others[: _MOST - 1], Bar(f"{len(rest)} others", reference, current)]
