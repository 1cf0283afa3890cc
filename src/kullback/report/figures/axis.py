"""What stands below a histogram: the ends of ranges where they lie, or the names of categories."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from kullback.report.figures.slots import Slot, lay_out
from kullback.report.numbers import quantity
from kullback.report.safe import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kullback.comparison import Bar

_LONGEST, _LONGEST_DOWN = 40, 20
_MOST_ACROSS = 6
"""More categories than this are written downwards."""


def axis(bars: Sequence[Bar], kind: str) -> str:
    """Return the axis of ``bars``; numbers are written as numbers, other ranges by their labels."""
    slots = lay_out(bars)
    if slots.continuous:
        return _ticks(slots.continuous, slots.alone, kind)
    across = len(slots.alone) <= _MOST_ACROSS
    names = "".join(
        f"<span>{escape(_label(slot, _LONGEST if across else _LONGEST_DOWN))}</span>" for slot in slots.alone
    )
    return f'<div class="cats{" across" if across else ""}" aria-hidden="true">{names}</div>'


def _ticks(ranges: Sequence[Slot], alone: Sequence[Slot], kind: str) -> str:
    quarters = (1, 2, 3) if kind == "numeric" else (2,)
    inner = [ranges[len(ranges) * quarter // 4] for quarter in quarters] if len(ranges) >= 8 else []
    ticks = [_tick(ranges[0], kind, "start"), *(_tick(slot, kind, "middle") for slot in inner)]
    ticks.append(_tick(ranges[-1], kind, "end"))
    if alone:
        ticks.append((1.0, ", ".join(_label(slot) for slot in alone[:2]), "end"))
    texts = "".join(_text(at, text, anchor) for at, text, anchor in ticks if text)
    return f'<svg class="a" aria-hidden="true"><title>axis</title>{texts}</svg>'


def _tick(slot: Slot, kind: str, anchor: str) -> tuple[float, str, str]:
    """Return where a tick stands and what it says: the lower end of the range, the upper end for the last."""
    is_last = anchor == "end"
    at = slot.right if is_last else slot.left
    first, dots, last = slot.bar.label.partition(" … ")
    if dots:
        text = last if is_last else first
    elif kind == "numeric" and not _is_number(first):
        text = _end(slot.bar.high if is_last else slot.bar.low)
    else:
        # One value, not a range: it belongs to the middle of its bar.
        text, at = first, (slot.left + slot.right) / 2
        anchor = "middle" if kind == "numeric" else anchor
    if kind == "datetime":
        text = text.partition(" ")[0] or text
    return at, shorten(printable(text), _LONGEST), anchor


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").replace("−", "-"))
    except ValueError:
        return False
    return True


def _text(at: float, text: str, anchor: str) -> str:
    kind = "" if anchor == "middle" else f' class="{anchor}"'
    return f'<text x="{round(100 * at, 1):g}%"{kind}>{escape(text)}</text>'


def _end(value: float | None) -> str:
    return "" if value is None or math.isinf(value) else quantity(value)


def _label(slot: Slot, longest: int = _LONGEST) -> str:
    return shorten(printable(slot.bar.label), longest)
