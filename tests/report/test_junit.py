"""JUnit XML: a test case per column and gate, with the numbers where one fails."""

from __future__ import annotations

from xml.etree import ElementTree

from kullback.report import junit
from tests.report import samples


def test_one_case_per_column_and_gate() -> None:
    comparison = samples.comparison(20)
    root = ElementTree.fromstring(junit.render(comparison))
    [suite] = root
    assert suite.get("tests") == root.get("tests") == "40"
    assert suite.get("failures") == "2"
    assert suite.get("skipped") == "2"
    failed = [case for case in suite if case.find("failure") is not None]
    assert [(case.get("classname"), case.get("name")) for case in failed] == [
        ("js>0.05", "time_hour"),
        ("js>0.05", "dep_delay"),
    ]
    failure = failed[1].find("failure")
    assert failure is not None
    assert failure.get("message") == "dep_delay: 0.0871 > 0.05"
    assert "JS(P‖Q) = 0.0885 nats [0.0775, 0.0996] at 95 %; margin 0.01 nats" in (failure.text or "")
    assert "KL(Q‖P) = " in (failure.text or "")


def test_unsure_is_skipped_with_the_reason() -> None:
    root = ElementTree.fromstring(junit.render(samples.comparison(20)))
    skipped = [case for case in root.iter("testcase") if case.find("skipped") is not None]
    assert {case.get("name") for case in skipped} == {"arr_delay"}
    reason = skipped[0].find("skipped")
    assert reason is not None
    assert "About 3.2 times the rows would settle it." in (reason.get("message") or "")
    assert "[0.00792, 0.011]" in (reason.get("message") or "")


def test_without_gates_the_margin_is_the_gate() -> None:
    root = ElementTree.fromstring(junit.render(samples.infinite()))
    failure = root.find("./testsuite/testcase/failure")
    assert failure is not None
    assert "KL(P‖Q) = ∞ nats" in (failure.text or "")


def test_a_gate_on_something_that_is_no_column() -> None:
    import dataclasses

    from kullback.comparison import GateResult

    gate = GateResult("schema", ("runway",), ("runway was removed",))
    root = ElementTree.fromstring(junit.render(dataclasses.replace(samples.stable(), gates=(gate,))))
    failure = root.find("./testsuite/testcase[@name='runway']/failure")
    assert failure is not None
    assert failure.get("message") == "runway was removed"


def test_segments_are_suites() -> None:
    root = ElementTree.fromstring(junit.render(samples.segmented()))
    assert [suite.get("name") for suite in root][1:] == ["origin = EWR", "origin = JFK", "origin = LGA"]


def test_hostile_names_are_valid_xml() -> None:
    root = ElementTree.fromstring(junit.render(samples.hostile()))
    assert any(case.get("name") == "<script>alert('x')</script>" for case in root.iter("testcase"))


def test_nothing_compared() -> None:
    root = ElementTree.fromstring(junit.render(samples.empty()))
    assert root.get("failures") == "0"
    assert root.get("tests") == "1"
