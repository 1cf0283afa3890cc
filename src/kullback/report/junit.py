"""A comparison as JUnit XML: one test case per column and gate, for the test view of a CI system."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from kullback.comparison import GateResult, Verdict
from kullback.report import numbers, words
from kullback.report.safe import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kullback.comparison import Comparison, Difference


def render(comparison: Comparison) -> str:
    """Return the comparison as JUnit XML.

    A column that fails a gate is a failure with the numbers; an UNSURE column is skipped. Without gates the margin
    is the gate: DRIFT is a failure. Each segment is a suite of its own.
    """
    root = ElementTree.Element("testsuites", name="kullback")
    _suite(root, comparison, f"{comparison.reference.name} ‖ {comparison.current.name}")
    for name, segment in comparison.segments.items():
        by = f"{comparison.segmented_by} = " if comparison.segmented_by else ""
        _suite(root, segment, f"{by}{name}")
    for count in ("tests", "failures", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, comparison: Comparison, name: str) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=printable(name), errors="0")
    if comparison.created:
        suite.set("timestamp", printable(comparison.created))
    known = {difference.name: difference for difference in comparison.ranked()}
    for gate in comparison.gates or (_margin_gate(comparison),):
        reasons = _reasons(gate)
        for difference in known.values():
            _case(suite, gate, difference.name, difference, reasons)
        # A gate may fail for what is no column: the schema, all columns together.
        for other in gate.failed:
            if other not in known:
                _case(suite, gate, other, None, reasons)
        if not known and gate.passed:
            _case(suite, gate, "all columns", None, reasons)
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))


def _case(
    suite: ElementTree.Element,
    gate: GateResult,
    name: str,
    difference: Difference | None,
    reasons: Mapping[str, str],
) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=printable(gate.expression), name=printable(name))
    facts = "" if difference is None else _facts(difference)
    if name in gate.failed:
        why = printable(reasons.get(name, "")) or f"fails {printable(gate.expression)}"
        failure = ElementTree.SubElement(case, "failure", type="drift", message=why)
        failure.text = facts or why
    elif difference is not None and difference.verdict is Verdict.UNSURE:
        message = f"UNSURE: {words.reason(difference)} {facts.splitlines()[0]}"
        ElementTree.SubElement(case, "skipped", message=message)
    elif facts:
        ElementTree.SubElement(case, "system-out").text = facts


def _margin_gate(comparison: Comparison) -> GateResult:
    drifting = [difference for difference in comparison.ranked() if difference.verdict is Verdict.DRIFT]
    return GateResult(
        f"{words.primary(comparison)} above the margin {words.margin(comparison)}",
        tuple(difference.name for difference in drifting),
        tuple(f"{difference.name}: {_facts(difference).splitlines()[0]}" for difference in drifting),
    )


def _reasons(gate: GateResult) -> dict[str, str]:
    if len(gate.reasons) == len(gate.failed):
        return dict(zip(gate.failed, gate.reasons, strict=True))
    return dict.fromkeys(gate.failed, "; ".join(gate.reasons))


def _facts(difference: Difference) -> str:
    def line(name: str) -> str:
        estimate = difference.measures[name]
        value = numbers.with_unit(estimate.value, estimate.unit)
        return f"{estimate.name} = {value} {numbers.interval(estimate)} at {numbers.level(estimate.level)}"

    others = [name for name in difference.measures if name != difference.of]
    return "\n".join(
        [
            f"{line(difference.of)}; margin {numbers.with_unit(difference.margin, difference.estimate.unit)}",
            *map(line, others),
            f"q = {numbers.probability(difference.q_value)}",
        ]
    )
