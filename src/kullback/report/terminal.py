"""A comparison in a terminal: one line per column, as many facts as the width allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from kullback.comparison import Verdict
from kullback.report import numbers, words
from kullback.report.figures.blocks import blocks
from kullback.report.moved import moved
from kullback.report.safe import printable

if TYPE_CHECKING:
    from rich.console import Console

    from kullback.comparison import Comparison, Difference

# A line is a sequence of (text, style) pairs; a style is a rich style, "" for none.
Line: TypeAlias = tuple[tuple[str, str], ...]

_STYLES: Final = {Verdict.DRIFT: "bold red", Verdict.UNSURE: "yellow", Verdict.STABLE: "green"}
_REFERENCE, _CURRENT, _DIM, _HEAD = "blue", "dark_orange", "dim", "bold"
_NARROWEST = 40
# What a terminal without Unicode shows instead; anything else becomes "?".
_PLAIN: Final = str.maketrans(
    {"▲": "!", "◐": "?", "●": "o", "✓": "+", "✗": "x", "∞": "inf", "−": "-", "≥": ">=", "…": "~", "–": "-"}
    | {"·": "-", "→": "->", "‖": "|", "×": "x"}
    | dict(zip("▁▂▃▄▅▆▇█", ".:-=+*%#", strict=True))
)


def render(comparison: Comparison, width: int) -> str:
    """Return the comparison as plain text, no line wider than ``width`` (40 at least)."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in _lines(comparison, width))


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the comparison on ``console``, as wide as it is, in colour if it shows colours."""
    from rich.text import Text

    unicode = console.encoding.lower().replace("-", "").startswith("utf")
    for line in _lines(comparison, console.width):
        text = Text(no_wrap=True, overflow="crop", end="")
        for part, style in line:
            text.append(part if unicode else part.translate(_PLAIN).encode("ascii", "replace").decode("ascii"), style)
        text.rstrip()
        text.truncate(max(console.width, _NARROWEST), overflow="crop")
        console.print(text, soft_wrap=True, highlight=False)


def _lines(comparison: Comparison, width: int) -> list[Line]:
    width = max(width, _NARROWEST)
    lines = _summary(comparison, width)
    for section in (_table, _joint, _schema, _gates, _segments, _notes):
        if content := section(comparison, width):
            lines += [(), *content]
    return lines


def _summary(comparison: Comparison, width: int) -> list[Line]:
    verdict, sentence = comparison.verdict, words.verdict_line(comparison)
    style = _STYLES[verdict] if len(comparison) else _HEAD
    badge = f"{words.GLYPHS[verdict]} {verdict.value}  " if len(comparison) else ""
    lines = _wrapped(badge + sentence, width, style)
    lines += _wrapped(
        f"reference P: {_name(comparison.reference.name, width - 30)}, {numbers.rows(comparison.reference.rows)}", width
    )
    lines += _wrapped(
        f"current Q:   {_name(comparison.current.name, width - 30)}, {numbers.rows(comparison.current.rows)}", width
    )
    facts = [
        f"{words.primary(comparison)}, margin {words.margin(comparison)}",
        f"intervals at {numbers.level(comparison.level)}",
        words.created(comparison),
    ]
    return lines + _wrapped(" · ".join(fact for fact in facts if fact), width, _DIM)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of the printed table: a higher ``rank`` is dropped earlier on a narrow terminal."""

    title: str
    rank: int
    cell: Callable[[Difference], str]
    style: Callable[[Difference], str] = lambda difference: ""
    right: bool = False


def _fields(comparison: Comparison, bars: int) -> list[_Field]:
    unit = words.primary_unit(comparison)
    title = f"{words.primary(comparison)} {unit}".rstrip()
    drawn = {d.name: blocks(d.bars, bars) for d in comparison.differences}
    return [
        _Field("", 0, lambda d: f"{words.GLYPHS[d.verdict]} {d.verdict.value}", lambda d: _STYLES[d.verdict]),
        _Field("column", 0, lambda d: _full_name(d)),
        _Field("kind", 4, lambda d: printable(d.kind), lambda d: _DIM),
        _Field("reference P" if bars > 8 else "P", 3, lambda d: drawn[d.name][0], lambda d: _REFERENCE),
        _Field("current Q" if bars > 8 else "Q", 3, lambda d: drawn[d.name][1], lambda d: _CURRENT),
        _Field(title, 1, _value, lambda d: _STYLES[d.verdict], right=True),
        _Field("interval", 2, lambda d: numbers.interval(d.estimate)),
        _Field("q", 5, lambda d: numbers.probability(d.q_value), lambda d: _DIM, right=True),
        _Field("moved most", 6, _moved_most, lambda d: _DIM),
    ]


def _value(difference: Difference) -> str:
    # The unit stands in the title.
    return numbers.number(difference.estimate.value)


def _full_name(difference: Difference) -> str:
    name = printable(difference.name)
    other = difference.current_name
    return name if other is None or other == difference.name else f"{name} → {printable(other)}"


def _moved_most(difference: Difference) -> str:
    if difference.verdict is Verdict.STABLE:
        return ""
    for cell in moved(difference)[:1]:
        return f"{_name(cell.label, 24)} {numbers.change(cell.change)}"
    return ""


def _table(comparison: Comparison, width: int) -> list[Line]:
    ranked = comparison.ranked()
    if not ranked:
        return []
    longest = max(_cells(_full_name(difference)) for difference in ranked)
    fields = _fields(comparison, bars=20 if width >= 120 else 12 if width >= 100 else 8)
    while True:
        columns = [[field.cell(difference) for difference in ranked] for field in fields]
        widths = [max(_cells(field.title), *map(_cells, column)) for field, column in zip(fields, columns, strict=True)]
        others = sum(widths) - widths[1] + 2 * (len(fields) - 1)
        least = max(_cells("column"), min(longest, 14))
        if width - others >= least or max(field.rank for field in fields) <= 1:
            break
        dropped = max(field.rank for field in fields)
        fields = [field for field in fields if field.rank < dropped]
    widths[1] = max(min(widths[1], width - others), 6)
    head = [(_fit(field.title, w, right=field.right), _DIM) for field, w in zip(fields, widths, strict=True)]
    lines: list[Line] = [_spaced(head)]
    for difference, *cells in zip(ranked, *columns, strict=True):
        lines.append(
            _spaced(
                [
                    (_fit(cell, w, right=field.right), field.style(difference))
                    for field, cell, w in zip(fields, cells, widths, strict=True)
                ]
            )
        )
    if len({d.of for d in ranked}) > 1:
        lines += _wrapped("Columns are ranked within a verdict by their own primary measure.", width, _DIM)
    return lines


def _joint(comparison: Comparison, width: int) -> list[Line]:
    joint = comparison.joint
    if joint is None:
        return []
    bound = joint.bound
    lines = _wrapped(
        f"All columns together: joint {bound.name} ≥ {numbers.with_unit(bound.low, bound.unit)} "
        f"at {numbers.level(bound.level)}, reached by {printable(joint.source)}",
        width,
        _HEAD,
    )
    if joint.tree is not None:
        lines += _wrapped(
            f"  tree over the pairs: {numbers.with_unit(joint.tree, bound.unit)} (an approximation, not a bound)", width
        )
    if joint.classifier is not None:
        estimate = joint.classifier
        lines += _wrapped(
            f"  classifier: {numbers.with_unit(estimate.value, estimate.unit)}  {numbers.interval(estimate)}", width
        )
    if joint.shares:
        ranked = sorted(joint.shares.items(), key=lambda item: -item[1])[:5]
        shares = ", ".join(f"{_name(name, 24)} {numbers.number(share)}" for name, share in ranked)
        lines += _wrapped(f"    of which {shares}", width)
    for pair in joint.pairs[:3]:
        half = (width - 40) // 2
        name = f"{_name(pair.first, half)} × {_name(pair.second, half)}"
        lines += _wrapped(f"  {name}: interaction {numbers.with_unit(pair.interaction, bound.unit)}", width)
    return [*lines, *(line for note in joint.notes[:2] for line in _wrapped(f"  {printable(note)}", width, _DIM))]


def _schema(comparison: Comparison, width: int) -> list[Line]:
    schema = comparison.schema
    lines: list[Line] = []
    if schema.added:
        lines += _wrapped(f"Only in the current data: {_names(schema.added)}", width)
    if schema.removed:
        lines += _wrapped(f"Only in the reference: {_names(schema.removed)}", width)
    for retyped in schema.retyped:
        how = f"compared as {printable(retyped.compared)}" if retyped.compared else "not compared"
        types = f"{printable(retyped.reference)} → {printable(retyped.current)}"
        lines += _wrapped(f"Type changed: {_name(retyped.name, 40)}, {types}, {how}", width)
    for name, why in schema.skipped.items():
        lines += _wrapped(f"Not compared: {_name(name, 40)}: {printable(why)}", width)
    return lines


def _gates(comparison: Comparison, width: int) -> list[Line]:
    lines: list[Line] = []
    for gate in comparison.gates:
        if gate.passed:
            lines += _wrapped(f"✓ gate {printable(gate.expression)} passed", width, _STYLES[Verdict.STABLE])
            continue
        failed = f"✗ gate {printable(gate.expression)} failed by {_names(gate.failed)}"
        lines += _wrapped(failed, width, _STYLES[Verdict.DRIFT])
        for why in gate.reasons[:5]:
            lines += _wrapped(f"  {printable(why)}", width)
    return lines


def _segments(comparison: Comparison, width: int) -> list[Line]:
    if not comparison.segments:
        return []
    by = f" by {_name(comparison.segmented_by, 40)}" if comparison.segmented_by else ""
    lines = _wrapped(f"Segments{by}", width, _HEAD)
    order = list(Verdict)
    ranked = sorted(comparison.segments.items(), key=lambda item: (order.index(item[1].verdict), item[0]))
    longest = min(max(_cells(printable(name)) for name, _ in ranked), max(10, width // 4))
    for name, segment in ranked[:20]:
        worst = ", ".join(
            f"{_name(d.name, 24)} {numbers.number(d.estimate.value)}" for d in segment.worst(3) if len(segment)
        )
        counts = f"P {segment.reference.rows:,}  Q {segment.current.rows:,}"
        badge = f"{words.GLYPHS[segment.verdict]} {segment.verdict.value}"
        parts = [(_fit(badge, 8), _STYLES[segment.verdict]), (_fit(printable(name), longest), "")]
        parts.append((_fit(f"{counts}  {worst}", width - longest - 12, end=True), ""))
        lines.append(_spaced(parts))
    if len(ranked) > 20:
        lines += _wrapped(f"… and {len(ranked) - 20} more segments", width, _DIM)
    return lines


def _notes(comparison: Comparison, width: int) -> list[Line]:
    notes = [printable(note) for note in comparison.notes]
    notes += [
        f"{printable(d.name)}: {words.settle(d)[0].lower()}{words.settle(d)[1:]}"
        for d in comparison.ranked()
        if words.settle(d)
    ][:5]
    notes += [f"{printable(d.name)}: {printable(note)}" for d in comparison.ranked()[:5] for note in d.notes[:1]]
    notes += [printable(rule) for rule in comparison.rules]
    return [line for note in notes for line in _wrapped(f"· {note}", width, _DIM)]


def _names(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(_name(name, 32) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _name(text: str, width: int) -> str:
    text = printable(text)
    return text if _cells(text) <= width else _fit(text, max(width, 6)).rstrip()


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _fit(text: str, width: int, *, right: bool = False, end: bool = False) -> str:
    """Return ``text`` in exactly ``width`` cells: padded, or shortened in the middle (at the end if ``end``)."""
    size = _cells(text)
    if size > width:
        from rich.cells import set_cell_size

        tail = 0 if end else (width - 1) // 2
        head = set_cell_size(text, width - 1 - tail)
        back = set_cell_size(text[::-1], tail)[::-1] if tail else ""
        return f"{head}…{back}"
    padding = " " * (width - size)
    return padding + text if right else text + padding


def _spaced(parts: Sequence[tuple[str, str]]) -> Line:
    line: list[tuple[str, str]] = []
    for part in parts:
        line += [("  ", ""), part] if line else [part]
    return tuple(line)


def _wrapped(text: str, width: int, style: str = "") -> list[Line]:
    """Return ``text`` broken at spaces, the following lines indented by two more; too long a word is shortened."""
    body = text.lstrip(" ")
    indent = text[: len(text) - len(body)]
    lines: list[str] = []
    line, is_empty = indent, True
    for word in body.split(" "):
        joined = line + word if is_empty else f"{line} {word}"
        if _cells(joined) > width and not is_empty:
            lines.append(line)
            joined = f"{indent}  {word}"
        line, is_empty = joined if _cells(joined) <= width else _fit(joined, width), False
    return [((part, style),) for part in [*lines, line]]
