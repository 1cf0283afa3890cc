"""For a given plan, every engine counts the same integers and sees the same values."""

import datetime
import functools

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from kullback.engines import open_source
from kullback.engines.arrow import TableSource
from kullback.engines.source import BlockKey, Request
from kullback.summaries import Histogram
from tests.engines.columns import (
    NO_DUCKDB,
    REQUEST,
    ROWS,
    SKIPPED,
    assert_same_moments,
    assert_same_reading,
    chunked,
    counts_of,
    everything,
    plans,
)

NAMES = tuple(plans())
NO_POLARS = ("decimal256", "decimal_negative_scale", "decimal32", "decimal64")
CSV = ("int8", "int16", "int32", "int64", "uint32", "uint64", "float64", "float64_plain", "tiny", "bool", "date32",
       "timestamp_s", "timestamp_us", "time_us", "dictionary", "block", "text", "constant", "hour")  # fmt: skip
JSON = ("int8", "int64", "uint64", "float64_plain", "tiny", "bool", "date32", "timestamp_us", "dictionary", "string",
        "text", "block", "constant")  # fmt: skip


def parquet(folder, table, name="t.parquet", **options):
    path = folder / name
    pq.write_table(table, path, **options)
    return path


def parquet_rows(rows):
    return lambda table, folder: parquet(folder, table, row_group_size=rows)


def plain_parquet(table, folder):
    return parquet(folder, table, row_group_size=1_000, use_dictionary=False, compression="none")


def several_parquet_files(table, folder):
    for i, start in enumerate(range(0, len(table), 2_500)):
        parquet(folder, table.slice(start, 2_500), f"part-{i}.parquet")
    return f"{folder}/part-*.parquet"


def arrow_file(table, folder):
    path = folder / "t.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=999)
    return path


class Stream:
    """Something that is nothing but an Arrow stream."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


def relation(table, folder):
    connection = duckdb.connect()
    connection.register("given", table)
    return connection.sql("SELECT * FROM given")


def database(table, folder):
    path = folder / "rows.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE kept AS SELECT * FROM given")
    return open_source("SELECT * FROM kept;", database=path)


def csv(table, folder):
    path = folder / "t.csv"
    pa.csv.write_csv(table, path)
    return path


def json_lines(table, folder):
    path = folder / "t.jsonl"
    with duckdb.connect() as connection:
        connection.register("given", table)
        connection.execute(f"COPY given TO '{path}' (FORMAT json)")
    return path


ENGINES = {
    "arrow chunks": lambda table, folder: chunked(table),
    "arrow batch": lambda table, folder: table.combine_chunks().to_batches()[0],
    "arrow reader, read once": lambda table, folder: chunked(table).to_reader(),
    "arrow stream": lambda table, folder: Stream(chunked(table)),
    "arrow file": arrow_file,
    "parquet, 97 rows a group": parquet_rows(97),
    "parquet, 1000 rows a group": parquet_rows(1_000),
    "parquet, one group": parquet_rows(ROWS),
    "parquet, plain": plain_parquet,
    "pandas": lambda table, folder: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda table, folder: pl.from_arrow(table),
    "polars, lazy": lambda table, folder: pl.from_arrow(table).lazy(),
    "duckdb relation": relation,
    "duckdb, database": database,
    "several parquet files": several_parquet_files,
    "csv": csv,
    "json lines": json_lines,
}
NO_PARQUET = ("decimal_negative_scale",)
UNABLE = {
    "arrow reader, read once": NO_PARQUET,
    "arrow stream": NO_PARQUET,
    **{name: (*NO_PARQUET, "dictionary_null") for name in ENGINES if name.startswith("parquet")},
    # Parquet itself has no durations: only Arrow finds in the file what the whole numbers were.
    "several parquet files": (*NO_DUCKDB, "dictionary_null", "duration_s", "duration_ms", "duration_us"),
    "polars": NO_POLARS,
    "polars, lazy": NO_POLARS,
    "duckdb relation": NO_DUCKDB,
    "duckdb, database": NO_DUCKDB,
    "csv": tuple(name for name in NAMES if name not in CSV),
    "json lines": tuple(name for name in NAMES if name not in JSON),
}


@functools.cache
def truth(name, request="plain"):
    return TableSource("all", everything()).read(name, plans()[name], REQUESTS[request])


REQUESTS = {
    "plain": REQUEST,
    "weights": Request(weights="weight"),
    "one key": Request(blocks=(BlockKey("block"),)),
    "days": Request(blocks=(BlockKey("hour", "day"),)),
    "weeks": Request(blocks=(BlockKey("hour", "week"),)),
    "several keys": Request(blocks=(BlockKey("block"), BlockKey("hour", "day"), BlockKey("bool"))),
    "blocks and weights": Request(weights="weight", blocks=(BlockKey("block"), BlockKey("bool"))),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_counts_the_same(engine, tmp_path):
    names = [name for name in NAMES if name not in UNABLE.get(engine, ())]
    assert len(names) >= 12
    with open_source(ENGINES[engine](everything().select(names), tmp_path)) as source:
        assert source.rows == ROWS
        assert list(source.columns) == names
        for name in names:
            assert_same_reading(source.read(name, plans()[name], REQUEST), truth(name), f"{engine}: {name}")


DESIGN_NAMES = ["float64", "int16", "text", "string", "bool", "timestamp_ns", "decimal_38_10", "dictionary_null",
                "all_null", "weight", "block", "hour", "int8"]  # fmt: skip


@pytest.mark.parametrize("engine", [e for e in ENGINES if e not in ("csv", "json lines", "arrow batch")])
def test_every_engine_counts_the_same_in_blocks_and_with_weights(engine, tmp_path):
    names = [name for name in DESIGN_NAMES if name not in UNABLE.get(engine, ())]
    with open_source(ENGINES[engine](everything().select(names), tmp_path)) as source:
        for kind, request in REQUESTS.items():
            for name in names[:-4]:
                found = source.read(name, plans()[name], request).counts
                expected = truth(name, kind).counts
                where = f"{engine}, {kind}: {name}"
                if request.weights is None:
                    assert counts_of(found) == counts_of(expected), where
                else:
                    assert_same_weights(found, expected, where)


def assert_same_weights(found, expected, where):
    pairs = [(found.counts, expected.counts)]
    if isinstance(expected, Histogram):
        pairs += [(found.blocks, expected.blocks)] if expected.blocks is not None else []
    else:
        assert set(found.labels) == set(expected.labels), where
        pairs = [(found.aligned(expected.labels), expected.counts)]
    for mine, other in pairs:
        assert np.abs(mine.cells - other.cells).max() <= 1e-11 * other.cells.sum(), where
        assert np.abs(mine.squares - other.squares).max() <= 1e-11 * other.squares.sum(), where
        assert (mine.blocks or {}).keys() == (other.blocks or {}).keys(), where
        for name, cells in (other.blocks or {}).items():
            assert np.abs(mine.blocks[name] - cells).max() <= 1e-11 * other.cells.sum(), where
    if isinstance(expected, Histogram) and expected.moments.total:
        assert found.moments.total == pytest.approx(expected.moments.total, rel=1e-12), where
        assert found.moments.mean == pytest.approx(expected.moments.mean, rel=1e-9, abs=1e-9), where
        assert found.moments.squares == pytest.approx(expected.moments.squares, rel=1e-9), where
        assert (found.moments.minimum, found.moments.maximum) == (expected.moments.minimum, expected.moments.maximum)


def test_blocks_of_a_null_key_are_counted():
    request = REQUESTS["days"]
    for data in (everything(), relation(everything().select(DESIGN_NAMES), None)):
        with open_source(data) as source:
            blocks = source.read("float64", plans()["float64"], request).counts.blocks.blocks
        assert blocks["null"].sum() == everything()["hour"].null_count
        days = {str((h - datetime.datetime(1970, 1, 1)) // datetime.timedelta(days=1))
                for h in everything()["hour"].to_pylist() if h}  # fmt: skip
        assert blocks.keys() == days | {"null"}
        assert any(day.startswith("-") for day in days)


def test_block_names_keep_slashes_and_empty_names_apart():
    table = pa.table({"x": [1, 2, 3, 4, 5, 6], "a": ["/k", "k", "", "", "/k", "k"], "b": ["z", "z", "z", "", "z", "/"]})
    plan = plans()["int8"]
    found = []
    for data in (table, relation(table, None)):
        with open_source(data) as source:
            request = Request(blocks=(BlockKey("a"), BlockKey("b")))
            blocks = source.read("x", plan, request).counts.blocks.blocks
            single = source.read("x", plan, Request(blocks=(BlockKey("a"),))).counts.blocks.blocks
        found.append({name: cells.tolist() for name, cells in blocks.items()})
        assert set(single) == {"/k", "k", ""}
    assert found[0] == found[1]
    assert len(found[0]) == 5


@pytest.mark.parametrize(
    "engine", ["duckdb relation", "pandas", "polars", "parquet, 97 rows a group", "several parquet files"]
)
def test_skipped_columns_give_the_reason(engine, tmp_path):
    with open_source(ENGINES[engine](everything().select([*SKIPPED, "int8"]), tmp_path)) as source:
        for name in SKIPPED:
            column = source.columns[name]
            assert column.kind == "skipped", name
            assert column.reason.startswith("values of type "), name
            assert column.reason.endswith(" are not compared"), name
        assert source.columns["int8"].kind == "numeric"


@pytest.mark.parametrize("engine", ["duckdb relation", "polars", "polars, lazy", "parquet, one group", "arrow file"])
def test_kinds_are_the_same(engine, tmp_path):
    names = [n for n in NAMES if n not in UNABLE.get(engine, ()) and not n.startswith("dictionary_int")]
    with open_source(ENGINES[engine](everything().select(names), tmp_path)) as source:
        expected = open_source(everything()).columns
        found = {name: column.kind for name, column in source.columns.items()}
        # DuckDB and Polars know no type of nulls only or have another name for it.
        assert {n: k for n, k in found.items() if n != "all_null"} == {
            n: expected[n].kind for n in names if n != "all_null"
        }


def test_pandas_of_numpy_makes_no_difference_between_nan_and_null():
    names = ["float64", "float32", "float64_plain", "int8", "bool", "string", "timestamp_ns", "text", "block"]
    table = everything().select(names)
    source = open_source(table.to_pandas())
    for name in names:
        plan = plans()[name]
        found, expected = source.read(name, plan, REQUEST).counts, truth(name).counts
        if isinstance(expected, Histogram):
            cells = expected.counts.cells.copy()
            cells[-1] += cells[-2]
            cells[-2] = 0
            assert found.counts.cells.tolist() == cells.tolist(), name
            assert_same_moments(found.moments, expected.moments, name)
        else:
            assert counts_of(found) == counts_of(expected), name


def test_a_query_is_run_once_and_may_be_in_random_order():
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT i, i * 2 AS j FROM range(5000) r(i)")
    with open_source(connection.sql("SELECT i, j FROM t ORDER BY random()")) as source:
        wanted = Request(positions=np.arange(0, 5_000, 7), head=100)
        first = source.read("i", plans()["int32"], wanted)
        second = source.read("j", plans()["int32"], wanted)
        assert np.array_equal(first.sampled.numbers * 2, second.sampled.numbers)
        assert np.array_equal(first.head.numbers * 2, second.head.numbers)
        assert first.counts.counts.cells.sum() == 5_000


def test_two_engines_make_the_same_plan(tmp_path):
    from kullback.tables.profile import make_profile
    from kullback.tables.settings import Settings

    rng = np.random.default_rng(3)
    rows = 200_000
    table = pa.table({
        "x": rng.normal(size=rows), "n": rng.integers(0, 50, rows), "s": rng.choice(["a", "b", "c"], rows),
        "t": pa.array(rng.integers(0, 10**15, rows), pa.timestamp("us")),
        "text": [f"{i:x}" * (1 + i % 3) for i in range(rows)], "u": rng.integers(0, 1 << 40, rows),
    })  # fmt: skip
    made = []
    for data in (table, parquet(tmp_path, table), relation(table, None)):
        with open_source(data) as source:
            made.append(make_profile(source, Settings(), pairs=False).plan)
    assert made[0] == made[1]
    assert made[0] == made[2]


def test_the_plan_does_not_depend_on_the_batches(tmp_path):
    from kullback.tables.profile import make_profile
    from kullback.tables.settings import Settings

    rows = 150_000
    table = pa.table({"x": pa.array(np.repeat(np.arange(rows // 50) * 3_600, 50), pa.timestamp("s"))})
    made = []
    for data in (
        table,
        pa.concat_tables([table.slice(i, 7_001) for i in range(0, rows, 7_001)]),
        parquet(tmp_path, table, row_group_size=1_000),
        parquet(tmp_path, table, "one.parquet"),
        pl.from_arrow(table),
        relation(table, None),
    ):
        with open_source(data) as source:
            made.append(make_profile(source, Settings(), pairs=False).plan["x"].histogram)
    assert all(cut == made[0] for cut in made)


def test_a_large_file_is_sampled_in_some_groups_as_densely(tmp_path, monkeypatch):
    from kullback.engines import parquet as parquet_engine

    rows = 1_000_000
    values = np.random.default_rng(0).permutation(rows)
    path = parquet(tmp_path, pa.table({"x": values, "text": [f"{v}" for v in values]}), row_group_size=20_000)
    monkeypatch.setattr(parquet_engine, "KEPT_BYTES", 1 << 20)
    with open_source(path) as source:
        numbers = source.sample("x", 10_000).numbers
        assert 10_000 <= len(numbers) <= 11_000  # not a few hundred from 8 of 50 groups
        assert abs(np.median(numbers) / rows - 0.5) < 0.03
        strings = source.sample("text", 10_000).strings
        assert 10_000 <= len(strings) <= 11_000
        monkeypatch.setattr(parquet_engine, "BATCH", 5_000)  # of text only the first rows of each group
        strings = source.sample("text", 10_000).strings
        assert 10_000 <= len(strings) <= 11_000
