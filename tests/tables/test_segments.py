"""Comparisons within each value of a column are those of the filtered tables."""

import dataclasses
import datetime

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import kullback as kb
from kullback.engines import open_source
from kullback.engines.source import Request
from kullback.summaries.plan import plan_categories


def table(seed=0, rows=4_000, cities=("Aachen", "Bonn", "Köln", None, "it's")):
    rng = np.random.default_rng(seed)
    city = rng.integers(0, len(cities), rows)
    return pa.table({
        "x": rng.normal(city * seed, 1), "s": rng.choice(["a", "b", "c"], rows),
        "city": pa.array([cities[i] for i in city]), "n": rng.integers(0, 3, rows), "flag": rng.random(rows) < 0.5,
        "day": pa.array(rng.integers(0, 4, rows).astype(np.int32), pa.date32()),
    })  # fmt: skip


def bare(comparison):
    side = dataclasses.replace(comparison.reference, name="")
    other = dataclasses.replace(comparison.current, name="")
    return dataclasses.replace(comparison, created="", reference=side, current=other)


def relation(data):
    connection = duckdb.connect()
    connection.register("given", data)
    return connection.sql("SELECT * FROM given")


def filtered(data, by, value):
    column = data[by]
    kept = pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, pa.scalar(value, column.type)), False)
    return data.filter(kept).drop_columns(by)


@pytest.mark.parametrize("engine", [lambda t: t, pl.from_arrow, relation], ids=["arrow", "polars", "duckdb"])
@pytest.mark.parametrize(
    ("by", "values"),
    [
        ("city", {"Aachen": "Aachen", "Bonn": "Bonn", "Köln": "Köln", "null": None, "it's": "it's"}),
        ("n", {"0": 0, "1": 1, "2": 2}),
        ("flag", {"false": False, "true": True}),
        ("day", {f"1970-01-0{i + 1}": datetime.date(1970, 1, i + 1) for i in range(4)}),
    ],
)
def test_segments_are_the_filtered_tables(engine, by, values):
    before, after = table(0), table(1)
    found = kb.compare(engine(before), engine(after), by=by, joint="none")
    assert found.segmented_by == by
    assert found.segments.keys() == values.keys()
    for label, value in values.items():
        direct = kb.compare(filtered(before, by, value), filtered(after, by, value), joint="none")
        segment = found.segments[label]
        assert segment.reference.rows == direct.reference.rows > 0
        assert segment.current.rows == direct.current.rows > 0
        assert [d.name for d in segment] == [d.name for d in direct]
        for mine, other in zip(segment, direct, strict=True):
            assert mine.cells == other.cells, (label, mine.name)
            assert mine.measures["js"] == other.measures["js"], (label, mine.name)
            assert mine.p_value == other.p_value
            assert mine.verdict == other.verdict
    assert sum(segment.reference.rows for segment in found.segments.values()) == 4_000


def test_the_whole_is_compared_as_without_segments():
    before, after = table(0), table(1)
    found, plain = kb.compare(before, after, by="city"), kb.compare(before, after)
    assert bare(dataclasses.replace(found, segments={}, segmented_by=None, notes=plain.notes)) == bare(plain)


def test_parquet_segments_are_those_of_the_table(tmp_path):
    before, after = table(0), table(1)
    paths = []
    for i, data in enumerate((before, after)):
        paths.append(tmp_path / f"{i}.parquet")
        pq.write_table(data, paths[-1], row_group_size=333)
    found, expected = kb.compare(*paths, by="city", joint="none"), kb.compare(before, after, by="city", joint="none")
    for name in expected.segments:
        for mine, other in zip(found.segments[name], expected.segments[name], strict=True):
            # Means round as the batches fall.
            assert dataclasses.replace(mine, facts=()) == dataclasses.replace(other, facts=())


def test_the_most_frequent_come_first_and_the_column_itself_is_left_out():
    cities = ("rare", "often", "often", "often", "middle", "middle")
    found = kb.compare(table(0, cities=cities), table(1, cities=cities), by="city", joint="none")
    assert list(found.segments) == ["often", "middle", "rare"]
    for segment in found.segments.values():
        assert "city" not in {difference.name for difference in segment}
        assert segment.joint is None


def test_new_and_lost_values_are_noted():
    before = table(0, cities=("a", "b", "old"))
    after = table(1, cities=("a", "b", "new"))
    found = kb.compare(before, after, by="city", joint="none")
    assert sorted(found.segments) == ["a", "b"]
    assert "only the reference has city = old" in found.notes
    assert "only the current data has city = new" in found.notes


def test_of_many_values_the_most_frequent_are_compared():
    cities = [f"city {i:02}" for i in range(30) for _ in range(30 - i)]
    found = kb.compare(table(0, 9_000, cities), table(1, 9_000, cities), by="city", columns=["x", "city"], joint="none")
    assert len(found.segments) == 20
    assert "city 00" in found.segments
    assert "city 29" not in found.segments
    assert any("30 values of city are on both sides; the 20 most frequent were compared" in n for n in found.notes)


@pytest.mark.parametrize("engine", [lambda t: t, relation], ids=["arrow", "duckdb"])
def test_too_many_values_are_refused(engine):
    data = table(0, 3_000).append_column("id", pa.array([f"id {i % 1_001}" for i in range(3_000)]))
    with pytest.raises(ValueError, match=r"id has more than 1,000 values in .*; segments need fewer"):
        kb.compare(engine(data), engine(data), by="id", joint="none")
    fits = table(0, 3_000).append_column("id", pa.array([f"id {i % 1_000}" for i in range(3_000)]))
    found = kb.compare(engine(fits), engine(fits), by="id", columns=["n", "id"], joint="none")
    assert len(found.segments) == 20


def test_segments_need_a_column():
    data = table(0).append_column("list", pa.array([[1]] * 4_000))
    with pytest.raises(ValueError, match="no column 'nothing'"):
        kb.compare(data, data, by="nothing", joint="none")
    with pytest.raises(ValueError, match="list cannot make segments: values of type list"):
        kb.compare(data, data, by="list", joint="none")


def test_a_renamed_column_makes_segments():
    before, after = table(0), table(1).rename_columns({"city": "town"})
    found = kb.compare(before, after, by="city", rename={"city": "town"}, joint="none")
    expected = kb.compare(before, table(1), by="city", joint="none")
    assert found.segments.keys() == expected.segments.keys()
    for name, segment in expected.segments.items():
        assert [d.measures["js"] for d in found.segments[name]] == [d.measures["js"] for d in segment]


def test_segments_are_counted_in_blocks_and_with_weights():
    before, after = (
        table(seed).append_column("w", pa.array(np.linspace(0.5, 2.0, 4_000))) for seed in (0, 1)
    )  # fmt: skip
    found = kb.compare(before, after, by="n", blocks="day", weights="w", columns=["x", "s"], joint="none")
    for label, value in (("0", 0), ("2", 2)):
        direct = kb.compare(
            filtered(before, "n", value), filtered(after, "n", value), blocks="day", weights="w", columns=["x", "s"],
            joint="none",
        )  # fmt: skip
        for mine, other in zip(found.segments[label], direct, strict=True):
            assert mine.measures["js"] == other.measures["js"]


@pytest.mark.parametrize("engine", [lambda t: t, relation], ids=["arrow", "duckdb"])
def test_the_rows_of_a_segment_can_be_read_again_and_again(engine):
    with open_source(engine(table(0))) as source:
        part = source.where("city", "Bonn")
        assert part.rows == table(0)["city"].to_pylist().count("Bonn")
        plan = plan_categories(part.columns["s"], 10)
        request = Request(positions=np.arange(0, part.rows, 3), head=5)
        first, second = part.read("s", plan, request), part.read("s", plan, request)
        assert first.counts.as_dict() == second.counts.as_dict()
        pairs = zip(table(0)["s"].to_pylist(), table(0)["city"].to_pylist(), strict=True)
        expected = [s for s, city in pairs if city == "Bonn"]
        assert first.sampled.strings == expected[::3]
        assert first.head.strings == expected[:5]
        assert sum(first.counts.as_dict().values()) == part.rows
        assert source.where("city", "nowhere").rows == 0
