"""The Arrow engine against counting value by value in plain Python."""

import bisect
import datetime
import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

from kullback.engines import open_source
from kullback.summaries import Histogram
from tests.engines.columns import REQUEST, ROWS, SKIPPED, WORDS, chunked, everything, plans

EPOCH = datetime.datetime(1970, 1, 1)


def as_float(scalar, kind):
    """The number a value is counted as, computed from the scalar without the engine."""
    if kind == "text":
        return float(len(scalar.as_py()))
    type_ = scalar.type
    if pa.types.is_decimal(type_):
        value = scalar.as_py()
        return float(Fraction(value)) if isinstance(value, Decimal) else float(value)
    if pa.types.is_date32(type_):
        return float(scalar.value * 86_400 * 10**6)
    if pa.types.is_date64(type_):
        return float(scalar.value * 10**3)
    if pa.types.is_temporal(type_):
        per = {"s": Fraction(10**6), "ms": Fraction(10**3), "us": Fraction(1), "ns": Fraction(1, 10**3)}
        return float(math.floor(scalar.value * per[type_.unit]))
    return float(scalar.as_py())


def naive_cells(values, cut, kind):
    cells = [0] * (cut.fine + 4)
    for scalar in values:
        if not scalar.is_valid:
            cells[cut.fine + 3] += 1
            continue
        x = as_float(scalar, kind)
        if math.isnan(x):
            cells[cut.fine + 2] += 1
        elif math.isinf(x):
            cells[cut.fine + (x > 0)] += 1
        else:
            cells[bisect.bisect_left(cut.edges, x)] += 1
    return cells


def label(value):
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", [n for n in everything().column_names if n not in SKIPPED])
def test_counts_are_those_of_plain_python(name):
    table = everything()
    plan = plans()[name]
    column = table.column(name)
    for variant in (table, chunked(table)):
        reading = open_source(variant).read(name, plan, REQUEST)
        if isinstance(reading.counts, Histogram):
            expected = naive_cells(list(column), plan.histogram, plan.kind)
            assert reading.counts.counts.cells.tolist() == expected
            finite = [x for s in column if s.is_valid and math.isfinite(x := as_float(s, plan.kind))]
            assert reading.counts.moments.total == len(finite)
            if finite:
                mean = float(sum(map(Fraction, finite)) / len(finite))
                assert abs(reading.counts.moments.mean - mean) <= 1e-12 * max(map(abs, finite))
        else:
            values = column.to_pylist()
            expected = Counter(label(value) for value in values if value is not None)
            assert reading.counts.as_dict() == expected
            assert reading.counts.nulls == values.count(None)
            wanted = [values[i] for i in REQUEST.positions]
            assert reading.sampled.strings == [None if v is None else label(v) for v in wanted]


def test_the_kinds_of_all_types():
    found = {name: column.kind for name, column in open_source(everything()).columns.items()}
    assert {n for n, kind in found.items() if kind == "skipped"} == set(SKIPPED)
    for prefix, kind in (("int", "numeric"), ("uint", "numeric"), ("float", "numeric"), ("decimal", "decimal"),
                         ("bool", "boolean"), ("date", "datetime"), ("timestamp", "datetime"), ("time_", "time"),
                         ("duration", "duration"), ("dictionary", "categorical"),
                         ("string", "categorical")):  # fmt: skip
        matching = [n for n in found if n.startswith(prefix)]
        assert matching
        assert {found[n] for n in matching} == {kind}, prefix
    assert found["all_null"] == "null"
    assert plans()["text"].kind == plans()["large_text"].kind == plans()["text_view"].kind == "text"


def test_skipped_columns_say_why():
    columns = open_source(everything()).columns
    assert [columns[name].reason for name in SKIPPED] == [
        "values of type list<item: int64> are not compared",
        "values of type struct<a: int64> are not compared",
        "values of type binary are not compared",
    ]


def test_lengths_are_counted_in_code_points():
    text = pa.array([word * 3 for word in WORDS] * 50)
    plan = plans()["text"]
    counts = open_source(pa.table({"text": text})).read("text", plan, REQUEST_OF_ALL).counts
    assert counts.moments.maximum == 3 * max(len(word) for word in WORDS)
    assert counts.moments.mean == pytest.approx(sum(3 * len(word) for word in WORDS) / len(WORDS), rel=1e-12)


def test_no_rows_count_nothing():
    table = everything()
    empty = open_source(table.slice(0, 0))
    assert empty.rows == 0
    for name, plan in plans().items():
        reading = empty.read(name, plan, REQUEST_OF_ALL)
        assert reading.counts.counts.cells.sum() == 0
        assert len(reading.head.nulls) == 0


def test_every_kth_value_and_both_ends_are_sampled():
    rows = 300_000
    values = list(range(rows))
    values[7], values[8] = -5_000_000, 9_000_000  # not at a multiple of the stride
    for type_ in (pa.int64(), pa.duration("ns"), pa.timestamp("ns"), pa.float64(), pa.decimal128(12, 3)):
        whole = pa.array(values)
        array = whole.cast(pa.decimal128(19)).cast(type_) if pa.types.is_decimal(type_) else whole.cast(type_)
        source = open_source(pa.table({"x": array}))
        sample = source.sample("x", 1_000)
        numbers = sample.numbers
        scale = 1_000 if type_ in (pa.duration("ns"), pa.timestamp("ns")) else 1
        assert numbers.min() == -5_000_000 // scale
        assert numbers.max() == 9_000_000 // scale
        assert {(float(v // scale)) for v in values[::300]} <= set(numbers.tolist())
        assert len(numbers) < 1_100


def test_infinite_values_do_not_hide_the_range_of_the_others():
    values = [0.5] * 150_000
    values[1], values[2], values[3], values[5], values[7] = math.inf, -math.inf, 1e6, -1e6, math.nan
    numbers = open_source(pa.table({"x": values})).sample("x", 1_000).numbers
    assert {1e6, -1e6} <= set(numbers.tolist())


REQUEST_OF_ALL = type(REQUEST)(head=ROWS)
