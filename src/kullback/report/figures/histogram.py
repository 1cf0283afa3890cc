"""Overlaid histograms as SVG: the reference filled, the current data outlined and hatched."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kullback.report.figures.slots import Slot, lay_out
from kullback.report.numbers import share
from kullback.report.safe import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kullback.comparison import Bar

_WIDTH, _HEIGHT = 400, 80
_LONGEST_RANGE, _LONGEST_NAME = 44, 30
_BREAK = 24
"""Where a bar that is cut shows a gap."""


def histogram(bars: Sequence[Bar], identifier: str, title: str) -> str:
    """Return the small picture: two paths in a group named ``identifier``, which `histogram_detail` uses again."""
    slots = lay_out(bars)
    reference = _area(slots.continuous, "reference") + _pillars(slots.alone, "reference")
    current = _area(slots.continuous, "current") + _pillars(slots.alone, "current")
    return (
        f'<svg class="h" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img">'
        f"<title>{escape(title)}</title>"
        f'<g id="{escape(identifier)}"><path class="P" d="{reference}"/><path class="Q" d="{current}"/></g></svg>'
    )


def histogram_detail(bars: Sequence[Bar], identifier: str, title: str) -> str:
    """Return the large picture: the paths of ``identifier`` with one tooltip per bar."""
    hits = "".join(
        f'<rect x="{_x(slot.left)}" width="{max(_x(slot.right) - _x(slot.left), 1)}">'
        f"<title>{escape(_tip(slot.bar))}</title></rect>"
        for slot in lay_out(bars).items
    )
    return (
        f'<svg class="H" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img">'
        f'<title>{escape(title)}</title><use href="#{escape(identifier)}"/><g class="x">{hits}</g></svg>'
    )


def _tip(bar: Bar) -> str:
    label = shorten(printable(bar.label), _LONGEST_NAME if bar.low is None else _LONGEST_RANGE)
    return f"{label}: {share(bar.reference)} → {share(bar.current)}"


def _area(slots: Sequence[Slot], side: str) -> str:
    """One outline over all ranges of values."""
    if not slots:
        return ""
    path = f"M{_x(slots[0].left)} {_HEIGHT}"
    for slot in slots:
        path += f"V{_y(slot, side)}H{_x(slot.right)}"
    return f"{path}V{_HEIGHT}"


def _pillars(slots: Sequence[Slot], side: str) -> str:
    """One bar per category, the reference on the left half of its slot, the current data on the right."""
    path = ""
    for slot in slots:
        width = slot.right - slot.left
        left = slot.left + width * (0.1 if side == "reference" else 0.52)
        # A share of zero has no bar at all: an outline would look like a sliver of mass.
        if (top := _y(slot, side)) < _HEIGHT:
            right, foot = _x(left + width * 0.38), _HEIGHT
            if slot.is_cut and top < _BREAK - 6:
                path += f"M{_x(left)} {foot}V{_BREAK + 3}H{right}V{foot}"
                foot = _BREAK - 3
            path += f"M{_x(left)} {foot}V{top}H{right}V{foot}"
    return path


def _x(position: float) -> int:
    return round(position * _WIDTH)


def _y(slot: Slot, side: str) -> int:
    height = slot.reference if side == "reference" else slot.current
    # Anything above zero shows as a line at least.
    return _HEIGHT - (max(1, round(height * (_HEIGHT - 4))) if height > 0.0 else 0)
