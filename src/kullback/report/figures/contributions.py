"""What the outcomes contribute to a divergence, as horizontal bars: an SVG picture that stands alone."""

from __future__ import annotations

import math
import unicodedata
from html import escape
from typing import TYPE_CHECKING, Final

from kullback.report.numbers import number, share
from kullback.report.safe import printable

if TYPE_CHECKING:
    from kullback.explain import Contribution, Explanation

_WIDTH, _ROW, _TOP, _BOTTOM = 760, 28, 92, 16
_LABEL, _MASSES, _BAR, _LONGEST_BAR = 20, 318, 334, 280
_LONGEST_LABEL = 22  # cells, a wide character taking two
_LIGHT: Final = "--bg:#fff;--ink:#1c2024;--soft:#5d656e;--line:#e2e3df;--over:#c8541a;--under:#4f7fb5"
_DARK: Final = "--bg:#1b1f23;--ink:#e8eaec;--soft:#9aa3ac;--line:#2e343a;--over:#ff9d5c;--under:#6f9fd8"
_STYLE: Final = (
    f".kb-c{{{_LIGHT};font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "font-variant-numeric:tabular-nums;max-width:100%;height:auto}"
    f"@media (prefers-color-scheme:dark){{.kb-c{{{_DARK}}}}}"
    ".kb-c .bg{fill:var(--bg);stroke:var(--line)}.kb-c text{fill:var(--ink)}.kb-c .s{fill:var(--soft)}"
    ".kb-c .t{font-size:15px;font-weight:650}.kb-c .over{fill:var(--over)}.kb-c .under{fill:var(--under)}"
    ".kb-c .e{text-anchor:end}.kb-c .ax{stroke:var(--line)}"
)


def contributions(explanation: Explanation) -> str:
    """Return the picture: a bar per shown outcome, coloured by what Q makes of it; all others together as a number.

    Of a vocabulary the others are most of the value: a bar for them would leave none to be seen for the outcomes.
    """
    shown = [*explanation.contributions, *([explanation.others] if explanation.others is not None else [])]
    height = _TOP + _ROW * len(shown) + _BOTTOM
    finite = [one.value for one in explanation.contributions if math.isfinite(one.value)]
    top = max(finite, default=0.0) or 1.0
    title = f"KL(P‖Q) = {number(explanation.value)} {explanation.unit}, by outcome"
    rows = "".join(_row(one, _TOP + _ROW * i, top, explanation.unit) for i, one in enumerate(shown))
    foot = height - _BOTTOM + 4
    return (
        f'<svg class="kb-c" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" role="img"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f'<defs><pattern id="kb-endless" width="8" height="8" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="8" class="under"/></pattern></defs>'
        f'<rect class="bg" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="10"/>'
        f'<text class="t" x="{_LABEL}" y="32">{escape(title)}</text>{_legend(explanation)}'
        f'<g class="s"><text class="s" x="{_LABEL}" y="{_TOP - 12}">outcome</text>'
        f'<text class="s e" x="{_MASSES}" y="{_TOP - 12}">P → Q</text>'
        f'<text class="s" x="{_BAR}" y="{_TOP - 12}">contribution, {escape(explanation.unit)}</text></g>'
        f'<path class="ax" d="M{_BAR} {_TOP - 4}V{foot}"/>{rows}</svg>'
    )


def _legend(explanation: Explanation) -> str:
    present = {one.direction for one in explanation.contributions}
    x, parts = _LABEL, ""
    for kind, words in (("over", "over-represented in Q"), ("under", "under-represented in Q")):
        if kind in present:
            parts += f'<rect class="{kind}" x="{x}" y="45" width="11" height="11" rx="2"/>'
            parts += f'<text class="s" x="{x + 17}" y="55">{words}</text>'
            x += 180
    return parts


def _row(one: Contribution, y: int, top: float, unit: str) -> str:
    middle = y + _ROW // 2 + 4
    masses = f"{share(one.p)} → {share(one.q)}"
    is_endless = math.isinf(one.value)
    value = 0.0 if one.direction == "equal" else one.value
    length = 0.0
    if one.direction and value > 0.0:  # anything above zero shows as a line at least
        length = max(_LONGEST_BAR * (1.0 if is_endless else value / top), 1.0)
    paint = ' fill="url(#kb-endless)"' if is_endless else f' class="{one.direction}"'
    said = number(value) + (
        "" if math.isnan(one.share) or value == 0.0 else f'<tspan class="s" dx="9">{_percent(one.share)}</tspan>'
    )
    tip = f"{printable(one.label)}: {masses}, {number(value)} {unit}"
    if one.direction in ("over", "under"):
        tip += f", {one.direction}-represented in Q"
    return (
        f"<g><title>{escape(tip)}</title>"
        f'<text class="{"s" if one.count > 1 else ""}" x="{_LABEL}" y="{middle}">{escape(_short(one.label))}</text>'
        f'<text class="s e" x="{_MASSES}" y="{middle}">{masses}</text>'
        f'<rect{paint} x="{_BAR}" y="{y + 5}" width="{length:.4g}" height="{_ROW - 10}" rx="2"/>'
        f'<text x="{_BAR + length + 7:.4g}" y="{middle}">{said}</text></g>'
    )


def _percent(part: float) -> str:
    return "&lt; 0.01 %" if 0.0 < part < 1e-4 else share(part)


def _short(label: str) -> str:
    """Return a label that fits its column, its middle left out."""
    label = printable(label)
    if _size(label) <= _LONGEST_LABEL:
        return label
    head, tail = label, label
    while _size(head) > _LONGEST_LABEL // 2:
        head = head[:-1]
    while _size(tail) > _LONGEST_LABEL // 2 - 1:
        tail = tail[1:]
    return f"{head}…{tail}"


def _size(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
