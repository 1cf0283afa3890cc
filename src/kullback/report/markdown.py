"""A comparison as Markdown, for a comment on a pull request: what is not stable, and a count of the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kullback.comparison import Verdict
from kullback.report import numbers, words
from kullback.report.moved import moved
from kullback.report.safe import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kullback.comparison import Comparison, Difference, GateResult

# A comment holds 65,536 characters; what does not fit is counted.
_MOST_COLUMNS: Final = 100
_MOST_NAMES: Final = 60
_PLAIN: Final = re.compile(r"[\w .,:;+/=-]+", re.ASCII)


def render(comparison: Comparison) -> str:
    """Return the comparison as GitHub-flavoured Markdown."""
    badge = f"{words.GLYPHS[comparison.verdict]} {comparison.verdict.value}: " if len(comparison) else ""
    parts = [f"### {badge}{words.verdict_line(comparison)}", _about(comparison)]
    parts += [_gate(gate) for gate in comparison.gates]
    ranked = comparison.ranked()
    open_ones = [difference for difference in ranked if difference.verdict is not Verdict.STABLE]
    stable = [difference for difference in ranked if difference.verdict is Verdict.STABLE]
    if open_ones:
        parts.append(_table(open_ones))
    if stable:
        names = [code(difference.name) for difference in stable]
        parts.append(_folded(f"{words.columns(len(stable))} stable", _listed(names)))
    parts += [*_schema(comparison), *_joint(comparison), *_segments(comparison)]
    parts += [f"- {escaped(note)}" for note in comparison.notes]
    if comparison.rules:
        parts.append(_folded("How this was measured", "; ".join(escaped(rule) for rule in comparison.rules)))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Return ``text`` so that Markdown shows it as it is, also inside a table, and notifies nobody.

    >>> escaped("a|b `c` <i>")
    'a&#124;b &#96;c&#96; &#60;i&#62;'
    """
    return re.sub(r"[|`<>&*_~\[\]\\@#!$]", lambda match: f"&#{ord(match[0])};", printable(text))


def code(text: str, length: int = 80) -> str:
    """Return a name set as code; Markdown inside it has no effect."""
    text = shorten(printable(text), length)
    if _PLAIN.fullmatch(text) and text.strip() == text:
        return f"`{text}`"
    return f"<code>{escaped(text)}</code>"


def _about(comparison: Comparison) -> str:
    reference, current = comparison.reference, comparison.current
    facts = [
        f"reference P {code(reference.name)} ({numbers.rows(reference.rows)})",
        f"current Q {code(current.name)} ({numbers.rows(current.rows)})",
        f"{words.primary(comparison)}, margin {words.margin(comparison)}",
        f"intervals at {numbers.level(comparison.level)}",
        escaped(words.created(comparison)),
    ]
    return " · ".join(fact for fact in facts if fact)


def _gate(gate: GateResult) -> str:
    if gate.passed:
        return f"✅ gate {code(gate.expression)} passed"
    reasons = "".join(f"\n- {escaped(why)}" for why in gate.reasons[:10])
    return (
        f"❌ gate {code(gate.expression)} failed by {_listed([code(name) for name in gate.failed])}\n{reasons}".rstrip()
    )


def _table(differences: Sequence[Difference]) -> str:
    lines = ["| | column | kind | measure | interval | q | moved most |", "|---|---|---|--:|---|--:|---|"]
    for d in differences[:_MOST_COLUMNS]:
        estimate = d.estimate
        cells = [
            f"{words.GLYPHS[d.verdict]} {d.verdict.value}",
            code(d.name) + (f" → {code(d.current_name)}" if d.current_name and d.current_name != d.name else ""),
            escaped(d.kind),
            f"{estimate.name} = {numbers.with_unit(estimate.value, estimate.unit)}",
            numbers.interval(estimate),
            numbers.probability(d.q_value).replace("<", "&lt;"),
            ", ".join(f"{code(cell.label, 40)} {numbers.change(cell.change)}" for cell in moved(d)[:2]) or "–",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if len(differences) > _MOST_COLUMNS:
        lines.append(f"\nand {words.columns(len(differences) - _MOST_COLUMNS)} more that are not listed here")
    return "\n".join(lines)


def _schema(comparison: Comparison) -> Iterable[str]:
    schema = comparison.schema
    lines: list[str] = []
    if schema.added:
        lines.append(f"- only in the current data: {_listed([code(name) for name in schema.added])}")
    if schema.removed:
        lines.append(f"- only in the reference: {_listed([code(name) for name in schema.removed])}")
    for retyped in schema.retyped:
        how = f"compared as {escaped(retyped.compared)}" if retyped.compared else "not compared"
        lines.append(
            f"- type changed: {code(retyped.name)}, {code(retyped.reference)} → {code(retyped.current)}, {how}"
        )
    lines += [f"- not compared: {code(name)}: {escaped(why)}" for name, why in schema.skipped.items()]
    return ["\n".join(["**Schema**\n", *lines[:_MOST_NAMES]])] if lines else []


def _joint(comparison: Comparison) -> Iterable[str]:
    joint = comparison.joint
    if joint is None:
        return []
    bound = joint.bound
    text = (
        f"**All columns together:** joint {bound.name} ≥ {numbers.with_unit(bound.low, bound.unit)} "
        f"at {numbers.level(bound.level)}, reached by {escaped(joint.source)}"
    )
    for pair in joint.pairs[:1]:
        text += (
            f"; strongest pair: {code(pair.first)} × {code(pair.second)}, "
            f"interaction {numbers.with_unit(pair.interaction, bound.unit)}"
        )
    return [text]


def _segments(comparison: Comparison) -> Iterable[str]:
    if not comparison.segments:
        return []
    order = list(Verdict)
    ranked = sorted(comparison.segments.items(), key=lambda item: (order.index(item[1].verdict), item[0]))
    lines = ["| | segment | rows P | rows Q | largest |", "|---|---|--:|--:|---|"]
    for name, segment in ranked[:_MOST_NAMES]:
        worst = ", ".join(
            f"{code(d.name, 40)} {numbers.with_unit(d.estimate.value, d.estimate.unit)}" for d in segment.worst(3)
        )
        badge = f"{words.GLYPHS[segment.verdict]} {segment.verdict.value}"
        counts = f"{segment.reference.rows:,} | {segment.current.rows:,}"
        lines.append(f"| {badge} | {code(name)} | {counts} | {worst or '–'} |")
    if len(ranked) > _MOST_NAMES:
        lines.append(f"\nand {len(ranked) - _MOST_NAMES} more segments")
    by = f" by {escaped(comparison.segmented_by)}" if comparison.segmented_by else ""
    drifting = sum(segment.verdict is Verdict.DRIFT for segment in comparison.segments.values())
    return [_folded(f"Segments{by}: {drifting} of {len(ranked)} show drift", "\n".join(lines))]


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
