"""Schemas: what was added, removed, renamed or retyped is said; what cannot be compared is named with its reason."""

import datetime

import pyarrow as pa
import pytest

import kullback as kb

ROWS = 200


def column(type_):
    values = {
        "bool": [True, False],
        "text": ["a", "b"],
        "time": [datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 2)],
    }.get(type_, [1, 2])
    arrow = {"bool": pa.bool_(), "text": pa.string(), "time": pa.timestamp("us")}.get(type_, type_)
    return pa.array(values * (ROWS // 2), arrow)


def test_added_and_removed():
    before = pa.table({"same": column("text"), "gone": column("text"), "left": column("text")})
    after = pa.table({"new": column("text"), "same": column("text"), "left": column("text")})
    result = kb.compare(before, after, ignore=["left"])
    assert (result.schema.added, result.schema.removed) == (("new",), ("gone",))
    assert [d.name for d in result] == ["same"]
    assert bool(result.schema)
    printed = str(result)
    assert "Only in the current data: new" in printed
    assert "Only in the reference: gone" in printed
    assert not bool(kb.compare(before, before).schema)


def test_a_schema_gate():
    before, after = pa.table({"a": column("text"), "b": column("text")}), pa.table({"a": column("text")})
    assert not kb.compare(before, after, fail_on="schema").passed
    assert kb.compare(before, after, fail_on="schema", ignore=["b"]).passed
    assert kb.compare(before, after, fail_on="a:schema").passed
    assert not kb.compare(before, after, fail_on="b:schema").passed


def test_what_is_ignored_is_not_said_to_be_added():
    before, after = pa.table({"a": column("text")}), pa.table({"a": column("text"), "b": column("text")})
    assert kb.compare(before, after, ignore=["b"]).schema.added == ()
    assert kb.compare(before, after, columns=["a"]).schema.added == ()
    assert kb.compare(before, after).schema.added == ("b",)


def test_renamed():
    before, after = pa.table({"old": column("text"), "k": column("text")}), pa.table({"new": column("text")})
    result = kb.compare(before, after, rename={"old": "new"})
    assert result["old"].current_name == "new"
    assert (result.schema.added, result.schema.removed) == ((), ("k",))
    assert "old → new" in str(result)


def test_names_can_be_swapped():
    before = pa.table({"a": pa.array(["x"] * ROWS), "b": pa.array(["y"] * ROWS)})
    after = pa.table({"a": pa.array(["y"] * ROWS), "b": pa.array(["x"] * ROWS)})
    swapped = kb.compare(before, after, rename={"a": "b", "b": "a"})
    assert [d.estimate.value for d in swapped] == [0.0, 0.0]
    assert kb.compare(before, after)["a"].estimate.value > 0.6


@pytest.mark.parametrize(
    ("before", "after", "compared"),
    [
        (pa.int64(), pa.int32(), "numeric"),
        (pa.int64(), pa.uint8(), "numeric"),
        (pa.int64(), pa.float64(), "numeric"),
        (pa.float32(), pa.float64(), "numeric"),
        (pa.decimal128(10, 2), pa.float64(), "decimal"),
        ("bool", pa.int64(), None),
        ("text", pa.int64(), None),
        ("time", pa.int64(), None),
        ("time", "text", None),
        ("bool", "text", None),
    ],
)
def test_retyped(before, after, compared):
    table = pa.table({"x": column(before), "anchor": column("text")})
    other = pa.table({"x": column(after), "anchor": column("text")})
    for first, second in ((table, other), (other, table)):
        schema = kb.compare(first, second).schema
        assert [retyped.name for retyped in schema.retyped] == ["x"]
        if compared is None:
            assert schema.retyped[0].compared is None
            assert "cast one of them" in schema.skipped["x"]
        else:
            assert schema.retyped[0].compared is not None
            assert schema.skipped == {}


def test_strings_are_strings_however_they_are_stored():
    plain = pa.table({"x": column("text")})
    for other in (pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.string_view()):
        result = kb.compare(plain, pa.table({"x": column("text").cast(other)}))
        assert result["x"].estimate.value == 0.0
        assert result.schema.retyped == ()


def test_the_order_of_columns_does_not_matter():
    table = pa.table({"a": column("text"), "b": column(pa.int64())})
    result = kb.compare(table, table.select(["b", "a"]))
    assert not bool(result.schema)
    assert {d.estimate.value for d in result} == {0.0}


def test_upper_and_lower_case_are_two_names():
    result = kb.compare(
        pa.table({"a": column("text"), "k": column("text")}), pa.table({"A": column("text"), "k": column("text")})
    )
    assert (result.schema.added, result.schema.removed) == (("A",), ("a",))
