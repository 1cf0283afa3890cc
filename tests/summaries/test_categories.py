"""More values than are kept by name: heavy hitters and hash cells, whatever the order, with a sure bound."""

import importlib
import math
import re
from collections import Counter

import duckdb
import hypothesis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

import kullback as kb
from kullback.engines import open_source
from kullback.engines.source import Request
from kullback.summaries import Categories, CategoryCut, TooManyCategories
from kullback.summaries.categories import bucket, bucket_name, is_bucket
from kullback.summaries.plan import heaviest, plan_categories

profiles = importlib.import_module("kullback.tables.profile")  # in its package the function of that name hides it


def exact_js(first, second):
    """The JS of two lists of values, all by name, in plain Python."""
    p, q = Counter(first), Counter(second)
    n, m = len(first), len(second)
    parts = []
    for value in p.keys() | q.keys():
        a, b = p[value] / n, q[value] / m
        parts += [x * math.log(2 * x / (a + b)) / 2 for x in (a, b) if x]
    return math.fsum(parts)


@pytest.fixture
def few(monkeypatch):
    """Keep at most 20 values by name, and name 6 where there are more."""
    monkeypatch.setattr(profiles, "LIMIT", 20)
    monkeypatch.setattr(profiles, "NAMED", 6)


def engines(table):
    connection = duckdb.connect()
    connection.register("given", table)
    return {"arrow": table, "duckdb": connection.sql("SELECT * FROM given")}


def bound_in(difference):
    (note,) = [note for note in difference.notes if "by a hash" in note]
    return float(re.search(r"at most (\S+) nats", note)[1])


def test_the_limit_is_the_number_of_distinct_values():
    for engine in engines(pa.table({"x": [f"v{i % 21}" for i in range(100)]})).values():
        with open_source(engine) as source:
            plan = plan_categories(source.columns["x"], 21)
            assert len(source.read("x", plan, Request()).counts.labels) == 21
            with pytest.raises(TooManyCategories, match="20"):
                source.read("x", plan_categories(source.columns["x"], 20), Request())


def test_the_hash_cell_of_a_value_never_changes():
    # Profiles are kept for years: these numbers are part of their format.
    # MD5 of nothing begins with d4 1d, that of "a" with 0c c1.
    assert (bucket("", 4_096), bucket("a", 4_096)) == (0xDD4, 0x10C)
    assert bucket_name(7) == "\x1fother 7"
    assert is_bucket(bucket_name(0))
    assert not is_bucket("other 0")


@hypothesis.settings(max_examples=50)
@hypothesis.given(
    counted=st.dictionaries(st.text(max_size=2), st.integers(1, 9), max_size=40),
    named=st.lists(st.text(max_size=2), max_size=10).map(tuple),
    buckets=st.integers(1, 8),
)
def test_named_values_are_exact_and_the_others_add_up(counted, named, buckets):
    hypothesis.assume(not any(is_bucket(label) for label in counted))
    everything = Categories(CategoryCut())
    everything.update(list(counted), np.array(list(counted.values()), np.int64), 3)
    cut = CategoryCut(named=named, buckets=buckets)
    direct = Categories(cut)
    direct.update(list(counted), np.array(list(counted.values()), np.int64), 3)
    expected = Counter()
    for label, number in counted.items():
        expected[label if label in named else bucket_name(bucket(label, buckets))] += number
    for found in (direct, everything.recut(cut)):
        assert found.as_dict() == expected
        assert found.nulls == 3
        assert found.cut == cut
    assert everything.as_dict() == counted


def test_the_heaviest_are_the_most_frequent_ties_by_value():
    found = Categories(CategoryCut())
    found.update(["b", "z", "a", "c"], np.array([2, 9, 2, 1]))
    assert heaviest(found, 3) == ("z", "a", "b")


def test_a_reference_over_the_limit_names_its_heaviest(few):
    rng = np.random.default_rng(0)
    heavy = [f"heavy {i}" for i in range(6) for _ in range(50 + i)]
    rare = [f"rare {i}" for i in range(100)]
    values = np.array(heavy + rare + [None] * 4, object)
    found = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(values))
        for data in engines(pa.table({"x": values[order].tolist(), "n": rng.random(len(values))})).values():
            profile = kb.tables.profile(data, columns=["x"])
            cut = profile.plan["x"].categories
            assert set(cut.named) == {f"heavy {i}" for i in range(6)}
            found.append((cut, profile.summary.columns["x"].as_dict(), profile.summary.columns["x"].nulls))
    assert all(one == found[0] for one in found)
    counted = found[0][1]
    assert counted["heavy 3"] == 53
    assert sum(n for label, n in counted.items() if is_bucket(label)) == 100
    assert found[0][2] == 4


def test_current_data_over_the_limit_is_cut_like_the_reference(few):
    before = pa.table({"x": [f"v{i % 20}" for i in range(400)]})
    after = pa.table({"x": [f"v{i % 60}" for i in range(600)]})
    first = [kb.compare(before, data, joint="none", rng=0)["x"] for data in engines(after).values()]
    assert first[0] == first[1]
    assert bound_in(first[0]) > 0
    value = first[0].measures["js"].diagnostics["plug-in"]
    exact = exact_js(before["x"].to_pylist(), after["x"].to_pylist())
    assert value <= exact + 1e-12
    assert exact <= value + bound_in(first[0])


words = st.lists(st.integers(0, 80).map(lambda i: f"v{i * i % 71}"), min_size=30, max_size=200)


@hypothesis.settings(max_examples=20, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(first=words, second=words, disjoint=st.booleans(), seed=st.integers(0, 99))
def test_the_bound_is_sure_and_both_engines_agree(few, first, second, disjoint, seed):
    if disjoint:
        second = [f"new {word}" for word in second]
    shuffled = np.random.default_rng(seed).permutation(np.array(second, object)).tolist()
    before = pa.table({"x": first})
    found = [kb.compare(before, data, joint="none")["x"] for data in (
        *engines(pa.table({"x": second})).values(), pa.table({"x": shuffled}))]  # fmt: skip
    exact = exact_js(first, second)
    for difference in found:
        assert difference.cells == found[0].cells
        assert difference.measures == found[0].measures
        value = difference.measures["js"].diagnostics["plug-in"]
        assert value <= exact * (1 + 1e-12) + 1e-15
        if len(set(first)) > 20 or len(set(second)) > 20:
            assert exact <= value + bound_in(difference)
        else:
            assert not any("by a hash" in note for note in difference.notes)


def test_the_bound_is_reached_where_all_unnamed_values_are_new(few):
    # Values of their own on each side in one hash cell: the cell shows nothing, the values everything.
    wanted = [label for label in (f"w{i}" for i in range(400_000)) if bucket(label, 4_096) == 5]
    before = pa.table({"x": wanted[:30] * 20})
    after = pa.table({"x": wanted[30:60] * 20})
    profile = kb.tables.profile(before)
    assert len(profile.plan["x"].categories.named) == 6
    found = kb.compare(profile, after, joint="none")["x"]
    exact = exact_js(before["x"].to_pylist(), after["x"].to_pylist())
    assert exact == pytest.approx(math.log(2))
    value = found.measures["js"].diagnostics["plug-in"]
    assert value < exact - 0.5
    assert exact <= value + bound_in(found) <= exact + 0.1


def test_a_profile_with_hash_cells_is_saved_exactly(few):
    values = [f"v{i % 50}" for i in range(500)]
    profile = kb.tables.profile(pa.table({"x": values}))
    restored = kb.tables.Profile.from_json(profile.to_json())
    assert restored.plan == profile.plan
    assert restored.summary.columns["x"].as_dict() == profile.summary.columns["x"].as_dict()
    other = pa.table({"x": values[::-1] + ["new"] * 20})
    assert kb.compare(restored, other)["x"] == kb.compare(profile, other)["x"]
