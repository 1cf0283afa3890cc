"""A comparison in a terminal: one line per column, as many facts as the width allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kullback.comparison import Verdict
from kullback.report import numbers, words
from kullback.report.figures.blocks import blocks
from kullback.report.lines import NARROWEST, Line, cells, fit, print_lines, spaced, wrapped
from kullback.report.moved import moved
from kullback.report.safe import printable

if TYPE_CHECKING:
    from rich.console import Console

    from kullback.comparison import Comparison, Difference

_STYLES: Final = {Verdict.DRIFT: "bold red", Verdict.UNSURE: "yellow", Verdict.STABLE: "green"}
_REFERENCE, _CURRENT, _DIM, _HEAD = "blue", "dark_orange", "dim", "bold"


def render(comparison: Comparison, width: int) -> str:
    """Return the comparison as plain text, no line wider than ``width`` (40 at least)."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in _lines(comparison, width))


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the comparison on ``console``, as wide as it is, in colour if it shows colours."""
    print_lines(_lines(comparison, console.width), console)


def _lines(comparison: Comparison, width: int) -> list[Line]:
    width = max(width, NARROWEST)
    lines = _summary(comparison, width)
    for section in (_table, _joint, _schema, _gates, _segments, _notes):
        if content := section(comparison, width):
            lines += [(), *content]
    return lines


def _summary(comparison: Comparison, width: int) -> list[Line]:
    verdict, sentence = comparison.verdict, words.verdict_line(comparison)
    style = _STYLES[verdict] if len(comparison) else _HEAD
    badge = f"{words.GLYPHS[verdict]} {verdict.value}  " if len(comparison) else ""
    lines = wrapped(badge + sentence, width, style)
    lines += wrapped(
        f"reference P: {_name(comparison.reference.name, width - 30)}, {numbers.rows(comparison.reference.rows)}", width
    )
    lines += wrapped(
        f"current Q:   {_name(comparison.current.name, width - 30)}, {numbers.rows(comparison.current.rows)}", width
    )
    facts = [
        f"{words.primary(comparison)}, margin {words.margin(comparison)}",
        f"intervals at {numbers.level(comparison.level)}",
        words.created(comparison),
    ]
    return lines + wrapped(" · ".join(fact for fact in facts if fact), width, _DIM)


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
    longest = max(cells(_full_name(difference)) for difference in ranked)
    fields = _fields(comparison, bars=20 if width >= 120 else 12 if width >= 100 else 8)
    while True:
        columns = [[field.cell(difference) for difference in ranked] for field in fields]
        widths = [max(cells(field.title), *map(cells, column)) for field, column in zip(fields, columns, strict=True)]
        others = sum(widths) - widths[1] + 2 * (len(fields) - 1)
        least = max(cells("column"), min(longest, 14))
        if width - others >= least or max(field.rank for field in fields) <= 1:
            break
        dropped = max(field.rank for field in fields)
        fields = [field for field in fields if field.rank < dropped]
    widths[1] = max(min(widths[1], width - others), 6)
    head = [(fit(field.title, w, right=field.right), _DIM) for field, w in zip(fields, widths, strict=True)]
    lines: list[Line] = [spaced(head)]
    for difference, *texts in zip(ranked, *columns, strict=True):
        lines.append(
            spaced(
                [
                    (fit(cell, w, right=field.right), field.style(difference))
                    for field, cell, w in zip(fields, texts, widths, strict=True)
                ]
            )
        )
    if len({d.of for d in ranked}) > 1:
        lines += wrapped("Columns are ranked within a verdict by their own primary measure.", width, _DIM)
    return lines


def _joint(comparison: Comparison, width: int) -> list[Line]:
    joint = comparison.joint
    if joint is None:
        return []
    bound = joint.bound
    lines = wrapped(
        f"All columns together: joint {bound.name} ≥ {numbers.with_unit(bound.low, bound.unit)} "
        f"at {numbers.level(bound.level)}, reached by {printable(joint.source)}",
        width,
        _HEAD,
    )
    if joint.tree is not None:
        lines += wrapped(
            f"  tree over the pairs: {numbers.with_unit(joint.tree, bound.unit)} (an approximation, not a bound)", width
        )
    if joint.classifier is not None:
        estimate = joint.classifier
        lines += wrapped(
            f"  classifier: {numbers.with_unit(estimate.value, estimate.unit)}  {numbers.interval(estimate)}", width
        )
    if joint.shares:
        ranked = sorted(joint.shares.items(), key=lambda item: -item[1])[:5]
        shares = ", ".join(f"{_name(name, 24)} {numbers.number(share)}" for name, share in ranked)
        lines += wrapped(f"    of which {shares}", width)
    for pair in joint.pairs[:3]:
        half = (width - 40) // 2
        name = f"{_name(pair.first, half)} × {_name(pair.second, half)}"
        lines += wrapped(f"  {name}: interaction {numbers.with_unit(pair.interaction, bound.unit)}", width)
    return [*lines, *(line for note in joint.notes[:2] for line in wrapped(f"  {printable(note)}", width, _DIM))]


def _schema(comparison: Comparison, width: int) -> list[Line]:
    schema = comparison.schema
    lines: list[Line] = []
    if schema.added:
        lines += wrapped(f"Only in the current data: {_names(schema.added)}", width)
    if schema.removed:
        lines += wrapped(f"Only in the reference: {_names(schema.removed)}", width)
    for retyped in schema.retyped:
        how = f"compared as {printable(retyped.compared)}" if retyped.compared else "not compared"
        types = f"{printable(retyped.reference)} → {printable(retyped.current)}"
        lines += wrapped(f"Type changed: {_name(retyped.name, 40)}, {types}, {how}", width)
    for name, why in schema.skipped.items():
        lines += wrapped(f"Not compared: {_name(name, 40)}: {printable(why)}", width)
    return lines


def _gates(comparison: Comparison, width: int) -> list[Line]:
    lines: list[Line] = []
    for gate in comparison.gates:
        if gate.passed:
            lines += wrapped(f"✓ gate {printable(gate.expression)} passed", width, _STYLES[Verdict.STABLE])
            continue
        failed = f"✗ gate {printable(gate.expression)} failed by {_names(gate.failed)}"
        lines += wrapped(failed, width, _STYLES[Verdict.DRIFT])
        for why in gate.reasons[:5]:
            lines += wrapped(f"  {printable(why)}", width)
    return lines


def _segments(comparison: Comparison, width: int) -> list[Line]:
    if not comparison.segments:
        return []
    by = f" by {_name(comparison.segmented_by, 40)}" if comparison.segmented_by else ""
    lines = wrapped(f"Segments{by}", width, _HEAD)
    order = list(Verdict)
    ranked = sorted(comparison.segments.items(), key=lambda item: (order.index(item[1].verdict), item[0]))
    longest = min(max(cells(printable(name)) for name, _ in ranked), max(10, width // 4))
    for name, segment in ranked[:20]:
        worst = ", ".join(
            f"{_name(d.name, 24)} {numbers.number(d.estimate.value)}" for d in segment.worst(3) if len(segment)
        )
        counts = f"P {segment.reference.rows:,}  Q {segment.current.rows:,}"
        badge = f"{words.GLYPHS[segment.verdict]} {segment.verdict.value}"
        parts = [(fit(badge, 8), _STYLES[segment.verdict]), (fit(printable(name), longest), "")]
        parts.append((fit(f"{counts}  {worst}", width - longest - 12, end=True), ""))
        lines.append(spaced(parts))
    if len(ranked) > 20:
        lines += wrapped(f"… and {len(ranked) - 20} more segments", width, _DIM)
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
    return [line for note in notes for line in wrapped(f"· {note}", width, _DIM)]


def _names(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(_name(name, 32) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _name(text: str, width: int) -> str:
    text = printable(text)
    return text if cells(text) <= width else fit(text, max(width, 6)).rstrip()
