"""Histograms in one line of block glyphs, for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kullback.report.figures.slots import lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kullback.comparison import Bar

_GLYPHS = " ▁▂▃▄▅▆▇█"


def blocks(bars: Sequence[Bar], width: int) -> tuple[str, str]:
    """Return the reference and the current data as at most ``width`` glyphs each, on one common scale.

    A blank is a share of zero; anything more shows at least the lowest glyph.

    >>> from kullback.comparison import Bar
    >>> blocks([Bar("a", 0.8, 0.1), Bar("b", 0.2, 0.9), Bar("c", 0.0, 0.0)], 10)
    ('▇▂ ', '▁█ ')
    """
    slots = lay_out(bars).items
    if not slots or width < 1:
        return "", ""
    cells = min(width, len(slots))
    sides: list[list[float]] = [[], []]
    for cell in range(cells):
        left, right = cell / cells, (cell + 1) / cells
        overlaps = [(max(0.0, min(right, slot.right) - max(left, slot.left)) * cells, slot) for slot in slots]
        sides[0].append(sum(part * slot.reference for part, slot in overlaps))
        sides[1].append(sum(part * slot.current for part, slot in overlaps))
    top = max(max(sides[0]), max(sides[1])) or 1.0
    reference, current = ("".join(_glyph(height / top) for height in side) for side in sides)
    return reference, current


def _glyph(height: float) -> str:
    # Rounding dust of the overlaps is not a share.
    return " " if height < 1e-9 else _GLYPHS[max(1, min(8, round(8 * height)))]
