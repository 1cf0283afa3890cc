"""Rows that come in blocks, rows with weights, and rows that look like their neighbours."""

import itertools

import numpy as np
import pyarrow as pa
import pytest

import kullback as kb
from kullback.engines.source import Values
from kullback.tables.dependence import neighbour_correlation


def days(seed, count=20, rows=300, effect=1.0):
    """Rows of which those of a day share a common shift."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(count), rows)
    shift = rng.normal(0, effect, count)[day]
    colour = rng.random(len(day)) < 1 / (1 + np.exp(-3 * shift))
    return pa.table({
        "x": shift + rng.normal(size=len(day)), "c": np.where(colour, "red", "blue"),
        "day": day, "when": pa.array(day * 86_400 + rng.integers(0, 86_400, len(day)), pa.timestamp("s")),
        "half": day % 2,
    })  # fmt: skip


@pytest.mark.parametrize("column", ["x", "c"])
@pytest.mark.parametrize("blocks", ["day", "when:day", "day,half"])
def test_blocks_make_intervals_wider_and_tests_more_careful(column, blocks):
    before, after = days(0), days(1)
    by_row = kb.compare(before, after, joint="none", columns=[column])[column]
    by_block = kb.compare(before, after, joint="none", columns=[column], blocks=blocks)[column]
    assert by_row.cells == by_block.cells
    for name in ("js", "hellinger", "tv"):
        one, other = by_row.measures[name], by_block.measures[name]
        assert one.diagnostics["plug-in"] == pytest.approx(other.diagnostics["plug-in"], rel=1e-12)
        assert other.high - other.low > (1.1 if name == "tv" else 1.5) * (one.high - one.low), name
    # Rows alone cry drift between days drawn alike, blocks do not.
    assert by_row.p_value < 1e-6
    assert by_block.p_value > 0.001
    assert by_block.p_value > by_row.p_value


def test_the_same_blocks_by_column_and_by_date():
    before, after = days(0), days(1)
    one = kb.compare(before, after, joint="none", columns=["x"], blocks="day")["x"]
    other = kb.compare(before, after, joint="none", columns=["x"], blocks=["when:day"])["x"]
    for name in one.measures:
        assert one.measures[name].low == pytest.approx(other.measures[name].low, rel=1e-9), name
        assert one.measures[name].high == pytest.approx(other.measures[name].high, rel=1e-9), name
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)


def test_blocks_of_single_rows_are_nearly_rows():
    rng = np.random.default_rng(0)
    before, after = (pa.table({"x": rng.normal(shift, 1, 1_500), "row": np.arange(1_500)}) for shift in (0.0, 0.2))
    one = kb.compare(before, after, joint="none", columns=["x"])["x"]
    other = kb.compare(before, after, joint="none", columns=["x"], blocks="row")["x"]
    for name in ("js", "tv"):
        width = one.measures[name].high - one.measures[name].low
        assert other.measures[name].high - other.measures[name].low == pytest.approx(width, rel=0.1)
    assert np.log(other.p_value) == pytest.approx(np.log(one.p_value), rel=0.2)


def test_an_effect_of_nothing_makes_blocks_harmless():
    one = kb.compare(days(2, effect=0.0), days(3, effect=0.0), joint="none", columns=["x"])["x"]
    other = kb.compare(days(2, effect=0.0), days(3, effect=0.0), joint="none", columns=["x"], blocks="day")["x"]
    assert one.p_value > 0.01
    assert other.p_value > 0.01
    assert other.estimate.high < 2 * one.estimate.high


def test_the_order_of_blocks_does_not_matter():
    before, after = days(0), days(1)
    shuffled = before.take(np.random.default_rng(0).permutation(len(before)))
    one = kb.compare(before, after, joint="none", columns=["x", "c"], blocks="day")
    other = kb.compare(shuffled, after, joint="none", columns=["x", "c"], blocks="day")
    for name in ("x", "c"):
        assert one[name].measures["js"] == other[name].measures["js"]
        assert one[name].p_value == other[name].p_value


def test_a_single_block_is_said_to_be_one():
    before = days(0)
    after = days(1, count=1, rows=2_000)
    found = kb.compare(before, after, joint="none", columns=["x"], blocks="day")
    assert any("block" in note and "Q" in note for note in found["x"].notes)
    both = kb.compare(before, days(1), joint="none", columns=["x"], blocks="day")
    assert not any("one block" in note for note in both["x"].notes)


def dependent(comparison):
    return [note for note in comparison.notes if "neighbouring rows" in note]


def test_dependent_neighbours_are_noted_and_shuffled_ones_are_not():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=4_000))
    sorted_names = np.sort(rng.choice(["a", "b", "c"], 4_000))
    noise = rng.normal(size=4_000)
    table = pa.table({"walk": walk, "name": sorted_names, "noise": noise, "constant": [1] * 4_000})
    found = kb.compare(table, table, joint="none")
    (note,) = dependent(found)
    assert "walk" in note
    assert "name" in note
    assert "noise" not in note
    assert "constant" not in note
    shuffled = table.take(rng.permutation(4_000))
    assert not dependent(kb.compare(shuffled, shuffled, joint="none"))
    # One side is enough, and blocks are the remedy.
    assert dependent(kb.compare(shuffled, table, joint="none"))
    assert dependent(kb.compare(table, shuffled, joint="none"))
    blocks = table.append_column("block", pa.array(np.arange(4_000) // 100))
    assert not dependent(kb.compare(blocks, blocks, joint="none", blocks="block"))


def values(column):
    column = list(column)
    nulls = np.array([value is None for value in column])
    if any(isinstance(value, str) for value in column):
        return Values(None, column, nulls)
    return Values(np.array([np.nan if value is None else value for value in column], float), None, nulls)


def test_neighbours_are_compared_by_rank():
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(size=2_000))
    ranks = np.argsort(np.argsort(walk)).astype(float)
    expected = np.corrcoef(ranks[1:], ranks[:-1])[0, 1]
    assert neighbour_correlation(values(walk)) == pytest.approx(expected, abs=2e-3)
    assert neighbour_correlation(values(np.exp(walk))) == neighbour_correlation(values(walk))
    assert neighbour_correlation(values(rng.normal(size=2_000))) == 0.0
    names = ["a", "a", "b", "b"] * 500
    agreement, expected = np.mean([x == y for x, y in itertools.pairwise(names)]), 0.5
    assert neighbour_correlation(values(["a"] * 1_000 + ["b"] * 1_000)) == pytest.approx(0.999, abs=1e-3)
    assert neighbour_correlation(values(names)) == 0.0
    assert agreement == pytest.approx(expected, abs=1e-3)
    for nothing in ([], [1.0], [1.0, 2.0], [None] * 50, ["a"], ["a"] * 50, [3.0] * 50):
        assert neighbour_correlation(values(nothing)) == 0.0


def test_one_very_long_text_takes_no_memory_for_the_others():
    column = ["x" * 3_000_000] + ["a", "b"] * 2_000
    table = pa.table({"s": column})
    assert kb.compare(table, table, joint="none")["s"].estimate.value == 0.0


def weighted(rows=2_000, seed=0, shift=0.0, **weights):
    rng = np.random.default_rng(seed)
    table = {
        "x": rng.normal(shift, 1, rows), "n": rng.integers(0, 9, rows), "s": rng.choice(["a", "b", "c", None], rows),
        "t": pa.array(rng.integers(0, 10**9, rows), pa.timestamp("s")),
    }  # fmt: skip
    return pa.table(table | {name: np.broadcast_to(weight, rows).copy() for name, weight in weights.items()})


@pytest.mark.parametrize("weight", [1.0, 3.0, 1 / 7, 1e-6, 1e9])
def test_equal_weights_change_nothing_but_rounding(weight):
    before, after = weighted(w=weight), weighted(seed=1, shift=0.1, w=weight)
    plain = kb.compare(before.drop_columns("w"), after.drop_columns("w"), joint="none")
    found = kb.compare(before, after, joint="none", weights="w")
    assert [d.name for d in found] == [d.name for d in plain]
    for mine, other in zip(found, plain, strict=True):
        for name in ("js", "kl", "kl_reverse", "jeffreys", "hellinger", "tv", "chi2", "ks", "wasserstein"):
            if name not in other.measures:
                continue
            one, two = mine.measures[name], other.measures[name]
            for part in ("value", "low", "high"):
                assert getattr(one, part) == pytest.approx(getattr(two, part), rel=1e-7, abs=1e-9), (mine.name, name)
        assert mine.p_value == pytest.approx(other.p_value, rel=1e-6)
        assert mine.verdict == other.verdict
        for cell, plain_cell in zip(mine.cells, other.cells, strict=True):
            assert cell.reference == pytest.approx(weight * plain_cell.reference, rel=1e-9)
            assert cell.contribution == pytest.approx(plain_cell.contribution, rel=1e-9, abs=1e-15)


def test_a_weight_of_two_is_two_rows_in_the_value():
    before, after = weighted(), weighted(seed=1, shift=0.3)
    twice = np.arange(len(after)) % 3 == 0
    weights = np.where(twice, 2.0, 1.0)
    repeated = pa.concat_tables([after, after.filter(pa.array(twice))])
    plain = kb.compare(before, repeated, joint="none")
    found = kb.compare(before.append_column("w", pa.array(np.ones(len(before)))),
                       after.append_column("w", pa.array(weights)), joint="none", weights="w")  # fmt: skip
    for name in ("x", "n", "s", "t"):
        assert [c.current for c in found[name].cells] == [c.current for c in plain[name].cells]
        one, two = found[name].measures["js"], plain[name].measures["js"]
        assert one.diagnostics["plug-in"] == pytest.approx(two.diagnostics["plug-in"], rel=1e-12)
        # But not in the certainty: a row twice is no second row.
        assert found[name].p_value > plain[name].p_value


@pytest.mark.parametrize("engine", ["arrow", "duckdb"])
def test_weights_of_zero_drop_rows(engine):
    import duckdb

    rng = np.random.default_rng(5)
    before, after = weighted(w=1.0), weighted(seed=1, w=1.0)
    spoilt = weighted(rows=500, seed=2, shift=50.0, w=0.0)
    spoilt = spoilt.set_column(2, "s", pa.array(["spoilt"] * 500))
    mixed = pa.concat_tables([after, spoilt]).take(rng.permutation(len(after) + 500))
    if engine == "duckdb":
        connection = duckdb.connect()
        connection.register("mixed", mixed)
        connection.register("after", after)
        mixed, after = connection.sql("SELECT * FROM mixed"), connection.sql("SELECT * FROM after")
    found = kb.compare(before, mixed, joint="none", weights="w")
    expected = kb.compare(before, after, joint="none", weights="w")
    for name in ("x", "n", "s", "t"):
        assert found[name].cells == expected[name].cells
        assert found[name].appeared == ()
        for measure, one in found[name].measures.items():
            two = expected[name].measures[measure]
            for part in ("value", "low", "high"):
                assert getattr(one, part) == pytest.approx(getattr(two, part), rel=1e-9, abs=1e-12), (name, measure)
        facts = {fact.name: fact.current for fact in found[name].facts}
        for fact in expected[name].facts:
            if fact.name != "rows":
                same = isinstance(fact.current, str) or fact.current is None
                assert facts[fact.name] == (fact.current if same else pytest.approx(fact.current, rel=1e-9)), fact.name


@pytest.mark.parametrize(
    ("weight", "words"),
    [(-1.0, "weights"), (np.nan, "weights"), (np.inf, "weights"), (None, "nulls"), ("heavy", "not numbers")],
)
@pytest.mark.parametrize("engine", ["arrow", "duckdb", "polars"])
def test_bad_weights_are_refused(weight, words, engine):
    import duckdb
    import polars as pl

    good = weighted(w=1.0)
    column = [weight if i == 77 or isinstance(weight, str) else 1.0 for i in range(len(good))]
    bad = good.drop_columns("w").append_column("w", pa.array(column))
    if engine == "duckdb":
        connection = duckdb.connect()
        connection.register("bad", bad)
        bad = connection.sql("SELECT * FROM bad")
    elif engine == "polars":
        bad = pl.from_arrow(bad)
    with pytest.raises(ValueError, match=words):
        kb.compare(good, bad, joint="none", weights="w")
    with pytest.raises(ValueError, match=words):
        kb.compare(bad, good, joint="none", weights="w")


def test_weights_of_nothing_but_zero_are_refused():
    with pytest.raises(ValueError, match="0"):
        kb.compare(weighted(w=1.0), weighted(w=0.0), joint="none", weights="w")


def test_missing_columns_of_the_design_are_named():
    table = weighted(w=1.0)
    with pytest.raises(ValueError, match="no column 'nothing'"):
        kb.compare(table, table, weights="nothing")
    with pytest.raises(ValueError, match="no column 'nothing'"):
        kb.compare(table, table, blocks="nothing")
    with pytest.raises(ValueError, match="datetime"):
        kb.compare(table, table, blocks="x:day", joint="none")
    with pytest.raises(ValueError, match="no column 'w'"):
        kb.compare(table, table.drop_columns("w"), weights="w")


def test_columns_without_a_value_can_be_weighted_and_in_blocks():
    table = days(0, count=10, rows=50).append_column("empty", pa.nulls(500)).append_column("w", pa.array([2.0] * 500))
    for design in ({"weights": "w"}, {"blocks": "day"}, {"weights": "w", "blocks": "day"}):
        found = kb.compare(table, table, joint="none", **design)
        assert found["empty"].measures["js"].diagnostics["plug-in"] == 0.0


def test_the_column_of_weights_is_not_compared():
    table = weighted(w=1.0)
    found = kb.compare(table, table, joint="none", weights="w")
    assert "w" not in {difference.name for difference in found}
    assert any("weighted by w" in note for note in getattr(found, "rules", found.notes))
