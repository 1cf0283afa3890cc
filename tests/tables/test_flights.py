"""The flights from New York, counted a second time by SQL and plain Python."""

import bisect
import dataclasses
import math
from collections import Counter

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import kullback as kb
from kullback.comparison import Difference
from kullback.engines import open_source
from tests.close import assert_close

COLUMNS = ("year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
           "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute",
           "time_hour")  # fmt: skip


@pytest.fixture(scope="module")
def compared(flights):
    return kb.compare(*flights)


@pytest.fixture(scope="module")
def profile(flights):
    return kb.tables.profile(flights[0])


def counted(path, column):
    """value → rows, by SQL; None for null."""
    text = "CAST({0} AS VARCHAR)" if column in ("carrier", "origin", "dest", "tailnum") else "CAST({0} AS DOUBLE)"
    if column == "time_hour":
        text = "CAST(epoch_us({0}) AS DOUBLE)"
    query = f"SELECT {text.format(column)} AS x, count(*) FROM read_parquet('{path}') GROUP BY x"
    with duckdb.connect() as connection:
        return dict(connection.execute(query).fetchall())


def js_of(first, second):
    n, m = math.fsum(first), math.fsum(second)
    parts = []
    for a, b in zip(first, second, strict=True):
        p, q = a / n, b / m
        parts += [x / 2 * math.log(2 * x / (p + q)) for x in (p, q) if x]
    return math.fsum(parts)


def merged_counts(difference: Difference):
    return [cell.reference for cell in difference.cells], [cell.current for cell in difference.cells]


@pytest.mark.parametrize("column", ["carrier", "origin"])
def test_categories_are_those_of_sql(flights, compared, column):
    first, second = (counted(path, column) for path in flights)
    difference = compared[column]
    assert {cell.label: (cell.reference, cell.current) for cell in difference.cells} == {
        value: (first.get(value, 0), second.get(value, 0)) for value in first.keys() | second.keys()
    }
    values = sorted(first.keys() | second.keys())
    exact = js_of([first.get(v, 0) for v in values], [second.get(v, 0) for v in values])
    assert_close(difference.measures["js"].diagnostics["plug-in"], exact, 1e-11)


def test_rare_destinations_are_merged_and_nothing_is_lost(flights, compared, profile):
    first, second = (counted(path, "dest") for path in flights)
    difference = compared["dest"]
    assert profile.summary.columns["dest"].as_dict() == first
    assert sum(cell.reference for cell in difference.cells) == sum(first.values())
    assert sum(cell.current for cell in difference.cells) == sum(second.values())
    named = {cell.label: cell for cell in difference.cells if cell.label in first}
    assert len(named) >= 25
    for value, cell in named.items():
        assert (cell.reference, cell.current) == (first[value], second.get(value, 0))
    # The destinations that are expected to have fewer than 5 rows on the smaller side are one cell.
    n, m = sum(first.values()), sum(second.values())
    pooled = {v: min(n, m) * (first.get(v, 0) + second.get(v, 0)) / (n + m) for v in first.keys() | second.keys()}
    rare = [v for v in pooled if pooled[v] < 5]
    kept = [v for v in pooled if pooled[v] >= 5]
    p, q = ([side.get(v, 0) for v in kept] for side in (first, second))
    if sum(pooled[v] for v in rare) < 5:
        smallest = kept.index(min(kept, key=pooled.get))
        p[smallest] += sum(first.get(v, 0) for v in rare)
        q[smallest] += sum(second.get(v, 0) for v in rare)
    else:
        p.append(sum(first.get(v, 0) for v in rare))
        q.append(sum(second.get(v, 0) for v in rare))
    assert_close(difference.measures["js"].diagnostics["plug-in"], js_of(p, q), 1e-11)


@pytest.mark.parametrize("column", ["air_time", "dep_delay", "time_hour", "distance", "minute"])
def test_ordered_columns_are_those_of_sql(flights, compared, profile, column):
    cut = profile.plan[column].histogram
    sides = []
    for path in flights:
        cells = [0] * (cut.fine + 1)
        for value, rows in counted(path, column).items():
            cells[-1 if value is None else bisect.bisect_left(cut.edges, value)] += rows
        sides.append(cells)
    # To the integer on the fine cells.
    counts = profile.summary.columns[column].counts.cells.tolist()
    assert counts[: cut.fine] == sides[0][:-1]
    assert counts[cut.fine :] == [0, 0, 0, sides[0][-1]]
    with open_source(flights[1]) as source:
        from kullback.engines.source import Request

        second = source.read(column, profile.plan[column], Request()).counts.counts.cells.tolist()
    assert second == [*sides[1][:-1], 0, 0, 0, sides[1][-1]]
    # The coarse cells, neighbours with fewer than 5 expected rows merged.
    coarse = [[sum(cells[i] for i in range(cut.fine) if cut.groups[i] == g) for g in range(cut.coarse)] + [cells[-1]]
              for cells in sides]  # fmt: skip
    occupied = [i for i in range(cut.coarse + 1) if coarse[0][i] or coarse[1][i]]
    n, m = sum(sides[0]), sum(sides[1])
    p, q, held = [0.0], [0.0], 0.0
    for i in occupied:
        if held >= 5:
            p, q, held = [*p, 0.0], [*q, 0.0], 0.0
        p[-1] += coarse[0][i]
        q[-1] += coarse[1][i]
        held += min(n, m) * (coarse[0][i] + coarse[1][i]) / (n + m)
    if held < 5:
        a, b = p.pop(), q.pop()
        p[-1], q[-1] = p[-1] + a, q[-1] + b
    difference = compared[column]
    assert merged_counts(difference) == (p, q)
    assert_close(difference.measures["js"].diagnostics["plug-in"], js_of(p, q), 1e-11)


def test_the_edges_of_the_plan_make_cells_of_equal_mass(flights, profile):
    cells = profile.summary.columns["air_time"].coarse.cells
    inner = cells[1:-5]
    assert 15 <= len(inner) <= 22
    assert inner.max() < 2 * inner.sum() / 20
    assert cells[0] == 0


def test_the_known_answers(compared):
    assert_close(compared["month"].measures["js"].diagnostics["plug-in"], math.log(2), 1e-14)
    assert_close(compared["time_hour"].measures["js"].diagnostics["plug-in"], math.log(2), 1e-14)
    year = compared["year"]
    assert {name: year.measures[name].value for name in ("js", "kl", "tv", "hellinger", "jeffreys")} == dict.fromkeys(
        ("js", "kl", "tv", "hellinger", "jeffreys"), 0.0
    )
    assert year.measures["js"].diagnostics["plug-in"] == 0.0
    assert year.p_value == 1.0
    # Measured before kullback was written, on cells of another cut.
    assert compared["carrier"].measures["js"].diagnostics["plug-in"] == pytest.approx(2.39e-4, rel=2e-3)
    assert compared["air_time"].measures["js"].diagnostics["plug-in"] == pytest.approx(0.00197, rel=0.1)
    assert compared["tailnum"].measures["js"].diagnostics["plug-in"] == pytest.approx(0.0329, rel=0.1)


def test_all_columns_are_compared(compared):
    assert sorted(difference.name for difference in compared) == sorted(COLUMNS)
    assert (compared.reference.rows, compared.current.rows) == (166_158, 170_618)
    assert not compared.schema
    assert not compared.schema.skipped
    kinds = Counter(difference.kind for difference in compared)
    assert kinds == {"numeric": 14, "categorical": 4, "datetime": 1}


@pytest.mark.parametrize("of", ["js", "kl_reverse", "jeffreys", "tv", "chi2"])
def test_contributions_sum_to_the_value(flights, compared, of):
    chosen = ["carrier", "dest", "arr_time"]
    found = compared if of == "js" else kb.compare(*flights, of=of, joint="none", columns=chosen)
    for difference in found:
        plug_in = difference.measures[of].diagnostics["plug-in"]
        total = math.fsum(cell.contribution for cell in difference.cells)
        assert all(cell.contribution >= 0 for cell in difference.cells)
        assert_close(total, plug_in, 1e-11, 1e-15)
        assert sum(cell.reference for cell in difference.cells) == found.reference.rows
        assert sum(cell.current for cell in difference.cells) == found.current.rows


def same(comparison):
    """A comparison without its date and the names of its sides; values to the last but few bits."""
    return dataclasses.replace(
        comparison, created="",
        reference=dataclasses.replace(comparison.reference, name=""),
        current=dataclasses.replace(comparison.current, name=""),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars", "lazy", "duckdb"])
def test_every_kind_of_table_gives_the_same_comparison(flights, compared, kind):
    tables = [pq.read_table(path) for path in flights]
    if kind == "arrow":
        data = tables
    elif kind == "pandas":
        data = [table.to_pandas(types_mapper=pd.ArrowDtype) for table in tables]
    elif kind == "polars":
        data = [pl.from_arrow(table) for table in tables]
    elif kind == "lazy":
        data = [pl.scan_parquet(path) for path in flights]
    else:
        connection = duckdb.connect()
        data = [connection.read_parquet(str(path)) for path in flights]
    found, expected = same(kb.compare(*data)), same(compared)
    assert [d.name for d in found] == [d.name for d in expected]
    for mine, other in zip(found, expected, strict=True):
        assert mine.cells == other.cells, mine.name
        assert mine.p_value == other.p_value, mine.name
        assert {n: e for n, e in mine.measures.items() if n not in ("wasserstein",)} == {
            n: e for n, e in other.measures.items() if n not in ("wasserstein",)
        }, mine.name
        for one, two in zip(mine.facts, other.facts, strict=True):
            for a, b in ((one.reference, two.reference), (one.current, two.current)):
                assert a == b if isinstance(a, str) or a is None else a == pytest.approx(b, rel=1e-11), one.name
        assert mine.verdict == other.verdict
    assert found.joint == expected.joint
    assert found.notes == expected.notes


def test_the_same_twice_is_the_same_to_the_bit(flights, compared):
    again = kb.compare(*flights)
    assert same(again) == same(compared)
    assert same(again).to_json() == same(compared).to_json()


def test_a_table_against_itself_is_exactly_zero(flights):
    found = kb.compare(flights[0], flights[0])
    for difference in found:
        for name in ("js", "kl", "kl_reverse", "jeffreys", "hellinger", "tv", "chi2"):
            assert difference.measures[name].diagnostics["plug-in"] == 0.0, (difference.name, name)
            assert difference.measures[name].value == 0.0, (difference.name, name)
            assert difference.measures[name].low == 0.0
        assert difference.p_value == 1.0
        assert all(cell.contribution == 0.0 for cell in difference.cells)
        assert all(cell.reference == cell.current for cell in difference.cells)
