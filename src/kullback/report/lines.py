"""Lines of a terminal: styled parts, cut and wrapped to a width in cells, with an ASCII form."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

# A line is a sequence of (text, style) pairs; a style is a rich style, "" for none.
Line: TypeAlias = tuple[tuple[str, str], ...]

NARROWEST: Final = 40
PLAIN: Final = (
    {"▲": "!", "◐": "?", "●": "o", "✓": "+", "✗": "x", "∞": "inf", "−": "-", "≥": ">=", "≤": "<=", "…": "~", "–": "-"}
    | {"·": "-", "→": "->", "‖": "|", "×": "x", "½": "1/2", "²": "^2", "≈": "~", "√": "sqrt", "Σ": "sum ", "∅": "-"}
    | {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "θ": "theta", "λ": "lambda", "μ": "mu"}
    | {"σ": "sigma", "χ": "chi", "⁻": "^-", "ⁿ": "^n", "ø": "o"}
    | dict(zip("▁▂▃▄▅▆▇█", ".:-=+*%#", strict=True))
)
"""What a terminal without Unicode shows instead; letters lose their accents, and anything else becomes "?"."""


def ascii_text(text: str) -> str:
    """Return text in ASCII.

    >>> ascii_text("χ²(P‖Q) ≤ ½, Rényi, 水")
    'chi2(P|Q) <= 1/2, Renyi, ?'
    """
    plain = text.replace("χ²", "chi2")
    return "".join(one if one.isascii() else PLAIN.get(one) or _bare(one) for one in plain)


def _bare(character: str) -> str:
    bare = unicodedata.normalize("NFKD", character)[0]
    return bare if bare.isascii() else "?"


def is_unicode(encoding: str) -> bool:
    """Return whether a terminal of this encoding shows all characters."""
    return encoding.lower().replace("-", "").startswith("utf")


def print_lines(lines: Sequence[Line], console: Console) -> None:
    """Print lines on ``console``, as wide as it is, in colour if it shows colours."""
    from rich.text import Text

    unicode = is_unicode(console.encoding)
    for line in lines:
        text = Text(no_wrap=True, overflow="crop", end="")
        for part, style in line:
            text.append(part if unicode else ascii_text(part), style)
        text.rstrip()
        text.truncate(max(console.width, NARROWEST), overflow="crop")
        console.print(text, soft_wrap=True, highlight=False)


def cells(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int, *, right: bool = False, end: bool = False) -> str:
    """Return ``text`` in exactly ``width`` cells: padded, or shortened in the middle (at the end if ``end``)."""
    size = cells(text)
    if size > width:
        from rich.cells import set_cell_size

        tail = 0 if end else (width - 1) // 2
        head = set_cell_size(text, width - 1 - tail)
        back = set_cell_size(text[::-1], tail)[::-1] if tail else ""
        return f"{head}…{back}"
    padding = " " * (width - size)
    return padding + text if right else text + padding


def spaced(parts: Sequence[tuple[str, str]]) -> Line:
    """Return one line with two spaces between the parts."""
    line: list[tuple[str, str]] = []
    for part in parts:
        line += [("  ", ""), part] if line else [part]
    return tuple(line)


def wrapped(text: str, width: int, style: str = "") -> list[Line]:
    """Return ``text`` broken at spaces, the following lines indented by two more; too long a word is shortened."""
    body = text.lstrip(" ")
    indent = text[: len(text) - len(body)]
    lines: list[str] = []
    line, is_empty = indent, True
    for word in body.split(" "):
        joined = line + word if is_empty else f"{line} {word}"
        if cells(joined) > width and not is_empty:
            lines.append(line)
            joined = f"{indent}  {word}"
        line, is_empty = joined if cells(joined) <= width else fit(joined, width), False
    return [((part, style),) for part in [*lines, line]]
