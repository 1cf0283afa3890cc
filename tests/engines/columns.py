"""One table with a column of every Arrow type, and what every engine must count of it."""

import datetime
import decimal
import functools
import itertools

import numpy as np
import pyarrow as pa

from kullback.engines.arrow import TableSource
from kullback.engines.source import Reading, Request
from kullback.summaries import Categories, ColumnPlan, Histogram
from kullback.tables.profile import make_profile
from kullback.tables.settings import Settings

ROWS = 6_000
SKIPPED = ("list", "struct", "binary")
NO_DUCKDB = ("float16", "decimal256", "decimal_negative_scale", "duration_ns")
"""Types that DuckDB cannot take from Arrow. (Of durations it drops the nanoseconds, towards 0.)"""
WORDS = ("", "a", "A", "ä", "a\u0308", "é", "e\u0301", "\U0001f600", "\U0001f469\u200d\U0001f680", "中文", "null",
         "NaN", "true", " space ", "tab\t", 'quote"', "comma,", "line\nbreak", "back\\slash", "'", "%", "/", "\u200b",
         "\ufeff", "İ", "ß", "nul\x00inside")  # fmt: skip


def with_nulls(values, rng, share=0.05):
    values = list(values)
    for i in np.flatnonzero(rng.random(len(values)) < share):
        values[i] = None
    return values


def floats(rng, rows):
    values = rng.standard_t(2, rows)
    values[rng.random(rows) < 0.1] = 0.0
    values[rng.random(rows) < 0.03] = -0.0
    values[rng.random(rows) < 0.02] = np.nan
    values[rng.random(rows) < 0.01] = np.inf
    values[rng.random(rows) < 0.01] = -np.inf
    return values


def integers(rng, low, high, rows):
    """Whole numbers over the whole range, with both ends and many near 0."""
    values = [int(x) for x in rng.integers(low, high, rows, dtype=np.int64 if low < 0 else np.uint64, endpoint=True)]
    values[0], values[1] = low, high
    for i in np.flatnonzero(rng.random(rows) < 0.5):
        values[i] = max(low, values[i] % 7 - 3)
    return values


def decimals(rng, precision, scale, rows):
    limit = 10**precision
    whole = [int(rng.integers(-(10**9), 10**9)) * 10**9 + int(rng.integers(0, 10**9)) for _ in range(rows)]
    whole = [w * (10 ** max(0, precision - 19)) + w % 97 for w in whole]
    whole = [(abs(w) % limit) * (1 if w >= 0 else -1) for w in whole]
    whole[0], whole[1] = limit - 1, 1 - limit
    context = decimal.Context(prec=80)
    return [decimal.Decimal(w).scaleb(-scale, context) for w in whole]


@functools.cache
def everything(rows: int = ROWS) -> pa.Table:
    """A column of every type, most with nulls; times from before 1970 on."""
    rng = np.random.default_rng(7)
    columns: dict[str, pa.Array] = {}
    for bits in (8, 16, 32, 64):
        columns[f"int{bits}"] = pa.array(
            with_nulls(integers(rng, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, rows), rng), getattr(pa, f"int{bits}")()
        )
        columns[f"uint{bits}"] = pa.array(
            with_nulls(integers(rng, 0, 2**bits - 1, rows), rng), getattr(pa, f"uint{bits}")()
        )
    columns["int64_beyond_floats"] = pa.array([2**53 + int(x) for x in rng.integers(0, 50, rows)])
    columns["float16"] = pa.array(with_nulls(floats(rng, rows).astype(np.float16), rng), pa.float16())
    columns["float32"] = pa.array(with_nulls(floats(rng, rows).astype(np.float32), rng), pa.float32())
    columns["float64"] = pa.array(with_nulls(floats(rng, rows).tolist(), rng), pa.float64())
    columns["float64_plain"] = pa.array(rng.normal(size=rows))
    columns["tiny"] = pa.array(rng.choice([5e-324, 1e-310, 2.2250738585072014e-308, 0.0, -5e-324, 1.0], rows))
    columns["huge"] = pa.array(rng.choice([1e308, -1e308, 1.7976931348623157e308, 1e300, 1.0], rows))
    for precision, scale in ((5, 2), (15, 0), (18, 6), (20, 20), (38, 10), (38, 38)):
        values = with_nulls(decimals(rng, precision, scale, rows), rng)
        columns[f"decimal_{precision}_{scale}"] = pa.array(values, pa.decimal128(precision, scale))
    columns["decimal32"] = pa.array(with_nulls(decimals(rng, 7, 3, rows), rng), pa.decimal32(7, 3))
    columns["decimal64"] = pa.array(with_nulls(decimals(rng, 16, 5, rows), rng), pa.decimal64(16, 5))
    columns["decimal256"] = pa.array(with_nulls(decimals(rng, 50, 12, rows), rng), pa.decimal256(50, 12))
    columns["decimal_negative_scale"] = pa.array(
        [None if w is None else w * 100 for w in with_nulls(decimals(rng, 5, 0, rows), rng)], pa.decimal128(5, -2)
    )
    columns["bool"] = pa.array(with_nulls((rng.random(rows) < 0.3).tolist(), rng), pa.bool_())
    days = [int(x) for x in rng.integers(-40_000, 40_000, rows)]
    columns["date32"] = pa.array(with_nulls(days, rng), pa.int32()).cast(pa.date32())
    columns["date64"] = pa.array(with_nulls([d * 86_400_000 for d in days], rng), pa.int64()).cast(pa.date64())
    for unit, per_second in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        seconds = rng.integers(-2_000_000_000, 2_000_000_000, rows)
        ticks = [
            int(s) * per_second + int(r) % per_second
            for s, r in zip(seconds, rng.integers(0, 10**9, rows), strict=False)
        ]
        columns[f"timestamp_{unit}"] = pa.array(with_nulls(ticks, rng), pa.timestamp(unit))
        columns[f"timestamp_{unit}_zone"] = pa.array(with_nulls(ticks, rng), pa.timestamp(unit, "Europe/Berlin"))
        clock = [t % (86_400 * per_second) for t in ticks]
        time = pa.time32 if unit in ("s", "ms") else pa.time64
        columns[f"time_{unit}"] = pa.array(with_nulls(clock, rng), time(unit))
        columns[f"duration_{unit}"] = pa.array(with_nulls(ticks, rng), pa.duration(unit))
    words = with_nulls(rng.choice(np.array(WORDS, object), rows).tolist(), rng)
    words[5] = "x" * 100_000
    columns["string"] = pa.array(words, pa.string())
    columns["large_string"] = pa.array(words, pa.large_string())
    columns["string_view"] = pa.array(words, pa.string_view())
    columns["dictionary"] = pa.DictionaryArray.from_arrays(
        pa.array(with_nulls([int(i) for i in rng.integers(0, 3, rows)], rng), pa.int8()),
        pa.array(["one", "two", "three", "unused"]),
    )
    columns["dictionary_null"] = pa.DictionaryArray.from_arrays(
        pa.array(with_nulls([int(i) for i in rng.integers(0, 3, rows)], rng), pa.int32()), pa.array(["b", None, "a"])
    )
    columns["dictionary_int"] = pa.array(
        with_nulls([int(i) for i in rng.integers(0, 5, rows)], rng), pa.int64()
    ).dictionary_encode()
    text = [str(int(x)) + WORDS[i % 12] * (i % 5) for i, x in enumerate(rng.integers(0, 10**12, rows))]
    columns["text"] = pa.array(with_nulls(text, rng), pa.string())
    columns["large_text"] = pa.array(with_nulls(text, rng), pa.large_string())
    columns["text_view"] = pa.array(with_nulls(text, rng), pa.string_view())
    columns["constant"] = pa.array([3] * rows, pa.int32())
    columns["all_null"] = pa.nulls(rows)
    columns["null_floats"] = pa.nulls(rows, pa.float64())
    columns["null_strings"] = pa.nulls(rows, pa.string())
    columns["list"] = pa.array([[1, 2]] * rows)
    columns["struct"] = pa.array([{"a": 1}] * rows)
    columns["binary"] = pa.array([b"\x00\xff"] * rows)
    columns["weight"] = pa.array(rng.choice([0.0, 0.5, 1.0, 2.25, 1 / 3], rows))
    columns["block"] = pa.array(with_nulls([f"b{i}" for i in rng.integers(0, 12, rows)], rng))
    hours = [datetime.datetime(1969, 12, 25) + datetime.timedelta(hours=int(h)) for h in rng.integers(0, 400, rows)]
    columns["hour"] = pa.array(with_nulls(hours, rng), pa.timestamp("us"))
    return pa.table(columns)


def chunked(table: pa.Table) -> pa.Table:
    """The same rows in chunks of uneven size, some of them empty."""
    ends = [0, 0, 1, 700, 700, 701, 4_900, len(table), len(table)]
    return pa.concat_tables([table.slice(a, b - a) for a, b in itertools.pairwise(ends)])


@functools.cache
def plans(rows: int = ROWS) -> dict[str, ColumnPlan]:
    """The plan of every column of `everything` that is not skipped."""
    profile = make_profile(TableSource("all", everything(rows)), Settings(), pairs=False)
    return {plan.name: plan for plan in profile.plan.columns}


REQUEST = Request(positions=np.array([0, 3, 5, 6, 699, 700, 701, 2_048, 4_899, 4_900, ROWS - 1]), head=37)


def counts_of(counts: Histogram | Categories) -> object:
    """The counts in a form in which equal is equal: the order in which categories were met is left out."""
    blocks = counts.blocks if isinstance(counts, Histogram) else counts.counts
    named = {} if blocks is None else blocks.blocks or {}
    if isinstance(counts, Histogram):
        return (
            counts.counts.cells.tolist(),
            None if counts.blocks is None else counts.blocks.cells.tolist(),
            {name: cells.tolist() for name, cells in named.items()},
        )
    labels = ["\0null", *counts.labels]
    return (
        {label: n for label, n in zip(labels, counts.counts.cells.tolist(), strict=True) if n},
        {
            name: {label: n for label, n in zip(labels, cells.tolist(), strict=True) if n}
            for name, cells in named.items()
        },
    )


def assert_same_values(found, expected, where):
    assert found.nulls.tolist() == expected.nulls.tolist(), where
    if expected.numbers is None:
        assert found.strings == expected.strings, where
    else:
        assert np.array_equal(found.numbers, expected.numbers, equal_nan=True), where


def assert_same_reading(found: Reading, expected: Reading, where: str) -> None:
    """Equal counts, to the integer; equal values; moments to rounding."""
    assert counts_of(found.counts) == counts_of(expected.counts), where
    assert_same_values(found.sampled, expected.sampled, f"{where}: sampled")
    assert_same_values(found.head, expected.head, f"{where}: head")
    if isinstance(expected.counts, Histogram):
        assert_same_moments(found.counts.moments, expected.counts.moments, where)


def assert_same_moments(found, expected, where="", relative=1e-9):
    assert found.total == expected.total, where
    assert (found.minimum, found.maximum) == (expected.minimum, expected.maximum), where
    if not expected.total:
        return
    spread = max(abs(expected.minimum), abs(expected.maximum))
    assert abs(found.mean - expected.mean) <= 1e-12 * spread, f"{where}: mean {found.mean}, expected {expected.mean}"
    if np.isinf(expected.squares):
        assert np.isinf(found.squares), where
        return
    least = expected.total * (1e-14 * spread) * spread
    error = abs(found.squares - expected.squares)
    assert error <= relative * expected.squares + least, f"{where}: {found.squares}, expected {expected.squares}"
