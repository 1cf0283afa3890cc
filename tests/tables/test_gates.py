"""Gates: what they say, and that they fail only where the data leave no doubt."""

import dataclasses

import pytest

from kullback.comparison import (
    Comparison,
    Difference,
    JointDifference,
    Retyped,
    SchemaDifference,
    Side,
    Verdict,
)
from kullback.estimate import Estimate
from kullback.tables.compare import apply_gates
from kullback.tables.gates import MEASURES, Gate, parse_gates
from kullback.tables.settings import Settings


def estimate(value, low, high, **others):
    return Estimate(value, low, high, level=0.95, divergence="JS", direction="P‖Q", unit="nats", **others)


def difference(name, value, low, high, verdict=Verdict.UNSURE, **others):
    measures = {"js": estimate(value, low, high), "tv": estimate(0.2, 0.1, 0.3)}
    return Difference(name, "numeric", "js", measures, verdict, 0.01, **others)


@pytest.fixture
def comparison():
    return Comparison(
        Side("before", 100),
        Side("after", 100),
        "js",
        0.01,
        0.95,
        (
            difference("a", 0.06, 0.04, 0.08, Verdict.DRIFT, p_value=1e-6, q_value=1e-5),
            difference("b", 0.03, 0.0, 0.06, p_value=0.04, q_value=0.04),
            difference("c", 0.001, 0.0, 0.002, Verdict.STABLE, p_value=0.5, q_value=0.5),
        ),
        schema=SchemaDifference(
            added=("new",), removed=("old",), retyped=(Retyped("c", "int64", "float64", "numeric"),),
            skipped={"nested": "values of type list are not compared"},
        ),
        joint=JointDifference(estimate(0.09, 0.07, 0.69), "pair a × b"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("js>0.05", Gate("js>0.05", "js", 0.05)),
        (" JS >= 5e-2 ", Gate("JS >= 5e-2", "js", 0.05)),
        ("psi>0.1", Gate("psi>0.1", "jeffreys", 0.1)),
        ("carrier:tv>0.1", Gate("carrier:tv>0.1", "tv", 0.1, "carrier")),
        ("carrier.tv > 0.1", Gate("carrier.tv > 0.1", "tv", 0.1, "carrier")),
        ("a:b:c:js>0", Gate("a:b:c:js>0", "js", 0.0, "a:b:c")),
        ("js:js>1", Gate("js:js>1", "js", 1.0, "js")),
        ("column with spaces: js>1", Gate("column with spaces: js>1", "js", 1.0, "column with spaces")),
        ("q_value<0.01", Gate("q_value<0.01", "q_value", 0.01)),
        ("joint>0.1", Gate("joint>0.1", "joint", 0.1)),
        ("drift", Gate("drift", "drift")),
        ("UNSURE", Gate("UNSURE", "unsure")),
        ("carrier:drift", Gate("carrier:drift", "drift", 0.0, "carrier")),
        ("schema", Gate("schema", "schema")),
    ],
)
def test_parse(text, gate):
    assert Gate.parse(text) == gate


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_be_a_gate(measure):
    assert Gate.parse(f"{measure}>0.5").measure == measure
    assert Gate.parse(f"x:{measure}>0.5").column == "x"


def test_several_in_one_text():
    assert [gate.expression for gate in parse_gates(["js>0.1, tv>0.2", "drift"])] == ["js>0.1", "tv>0.2", "drift"]
    assert parse_gates([]) == ()


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("js>0.03", ("a",)),
        ("js>0.039999", ("a",)),
        ("js>0.04", ()),  # the value .06 lies above, its lower end .04 does not
        ("js>0.05", ()),
        ("js>0", ("a",)),  # the interval of b reaches 0
        ("b:js>0.02", ()),  # its value .03 lies above, its interval reaches 0
        ("a:js>0.03", ("a",)),
        ("tv>0.05", ("a", "b", "c")),
        ("drift", ("a",)),
        ("unsure", ("b",)),
        ("b:drift", ()),
        ("a:drift", ("a",)),
        ("p_value<0.05", ("a", "b")),
        ("q_value<0.01", ("a",)),
        ("c:q_value<0.01", ()),
        ("joint>0.05", ("all columns together",)),
        ("joint>0.08", ()),  # the value .09 lies above, the bound .07 does not
        ("schema", ("new", "old", "c")),
        ("c:schema", ("c",)),
        ("a:schema", ()),
    ],
)
def test_apply(comparison, text, failed):
    result = Gate.parse(text).apply(comparison)
    assert result.failed == failed
    assert result.passed is not bool(failed)
    assert len(result.reasons) == len(failed)
    assert result.expression == text


def test_reasons_give_the_numbers(comparison):
    reason = Gate.parse("js>0.03").apply(comparison).reasons[0]
    assert reason == "a: JS(P‖Q) = 0.06 nats  [0.04, 0.08] at 95 %"
    assert Gate.parse("q_value<0.01").apply(comparison).reasons == ("a has q_value 1e-05",)
    assert Gate.parse("schema").apply(comparison).reasons[2] == "c changed from int64 to float64"


def test_the_better_of_the_joint_bounds_counts(comparison):
    joint = dataclasses.replace(comparison.joint, classifier=estimate(0.2, 0.15, 0.69))
    with_classifier = dataclasses.replace(comparison, joint=joint)
    assert not Gate.parse("joint>0.1").apply(with_classifier).passed
    assert Gate.parse("joint>0.16").apply(with_classifier).passed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nope:js>0.1", "is about 'nope', which was not compared: leave the gate out"),
        ("nested:js>0.1", "is about 'nested', which was not compared: values of type list are not compared"),
        ("ks>0.1", "can never fail: a, b, c has no ks"),
        ("a:wasserstein>0.1", "can never fail: a has no wasserstein"),
    ],
)
def test_gates_that_could_never_fail_are_refused(comparison, text, says):
    with pytest.raises(ValueError, match=says):
        Gate.parse(text).apply(comparison)


def test_joint_without_a_joint_bound(comparison):
    with pytest.raises(ValueError, match="needs the joint bound"):
        Gate.parse("joint>0.1").apply(dataclasses.replace(comparison, joint=None))


def test_segments_fail_the_whole(comparison):
    calm = dataclasses.replace(comparison, differences=comparison.differences[2:], joint=None)
    parent = dataclasses.replace(calm, segments={"x": dataclasses.replace(comparison, joint=None)}, segmented_by="s")
    gated = apply_gates(parent, Settings(gates=parse_gates(["js>0.03"])))
    assert gated.gates[0].passed
    assert not gated.segments["x"].gates[0].passed
    assert not gated.passed
    assert apply_gates(parent, Settings(gates=parse_gates(["js>0.5"]))).passed


def test_gates_about_the_whole_are_not_asked_of_segments(comparison):
    """Within a segment pairs are not counted, and the column that makes segments has one value."""
    segment = dataclasses.replace(comparison, joint=None, differences=comparison.differences[1:])
    parent = dataclasses.replace(comparison, segments={"x": segment}, segmented_by="a")
    gated = apply_gates(parent, Settings(gates=parse_gates(["joint>0.05", "a:js>0.01", "b:js>0.5"])))
    assert [gate.passed for gate in gated.gates] == [False, False, True]
    assert [gate.expression for gate in gated.segments["x"].gates] == ["b:js>0.5"]
