"""What users have becomes the same `Sample`, whichever library it is in."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kullback as kb
from kullback.infer.reading import read_sample, read_samples
from tests.close import assert_close

N = 12
START = dt.datetime(2020, 1, 1)


def columns(seed, shift=0):
    rng = np.random.default_rng(seed)
    return {
        "size": rng.normal(size=N).tolist(),
        "parts": rng.integers(0, 50, N).tolist(),
        "new": (rng.random(N) < 0.5).tolist(),
        "sold": [START + dt.timedelta(hours=i + shift) for i in range(N)],
        "day": [(START + dt.timedelta(days=i)).date() for i in range(N)],
        "took": [dt.timedelta(seconds=i, milliseconds=500) for i in range(N)],
        "kind": rng.choice(["a", "b", "zz"], N).tolist(),
    }


FORMS = {
    "dict": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars, lazy": lambda content: pl.DataFrame(content).lazy(),
    "arrow": pa.table,
    "pandas with nullable types": lambda content: pd.DataFrame(content).convert_dtypes(),
    "pandas of arrow": lambda content: pd.DataFrame(content).convert_dtypes(dtype_backend="pyarrow"),
    "pandas with objects": lambda content: pd.DataFrame(content).astype({"kind": object, "sold": object}),
    "polars with enums": lambda content: pl.DataFrame(content).with_columns(pl.col("kind").cast(pl.Categorical)),
    "series": lambda content: {name: pd.Series(values) for name, values in content.items()},
}


def assert_same(found, expected):
    assert np.array_equal(found.numbers, expected.numbers)
    assert np.array_equal(found.codes, expected.codes)
    assert (found.alphabet, found.names, found.labels) == (expected.alphabet, expected.names, expected.labels)


@pytest.mark.parametrize("form", FORMS)
def test_every_frame_is_the_same_sample(form):
    x, y = columns(0), columns(1, shift=5)
    backwards = dict(reversed(y.items()))
    found = read_samples(FORMS[form](x), FORMS[form](backwards))
    for one, expected in zip(found, read_samples(x, y), strict=True):
        assert_same(one, expected)


def test_what_becomes_of_each_type():
    x, y = read_samples(columns(0), columns(1, shift=5))
    assert x.names == ("size", "parts", "sold", "day", "took", "new", "kind")
    assert x.labels == (("False", "True"), ("a", "b", "zz"))
    assert x.alphabet == (2, 3)
    assert (x.numbers.dtype, x.codes.dtype) == (np.float64, np.int64)
    assert x.numbers.flags.c_contiguous
    assert x.numbers[:, 2].tolist() == [3600.0 * i for i in range(N)]  # seconds since the first hour of both
    assert y.numbers[0, 2] == 5 * 3600.0
    assert x.numbers[:, 4].tolist() == [i + 0.5 for i in range(N)]
    assert [x.labels[1][code] for code in x.codes[:, 1]] == columns(0)["kind"]


ARRAYS = {
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(a.tolist()),
    "list of arrays": list,
    "float64": lambda a: a,
    "float32": lambda a: a.astype(np.float32),
    "int64": lambda a: a.astype(np.int64),
    "uint8": lambda a: (a + 100).astype(np.uint8),
    "Fortran": np.asfortranarray,
    "read only": lambda a: _read_only(a),
    "float16": lambda a: a.astype(np.float16),
    "torch": lambda a: pytest.importorskip("torch").tensor(a, requires_grad=True),
    "torch bfloat16": lambda a: pytest.importorskip("torch").tensor(a).bfloat16(),
    "jax": lambda a: pytest.importorskip("jax").numpy.asarray(a),
    "samples": kb.samples,
    "matrix": np.matrix,
    "masked, nothing hidden": np.ma.masked_array,
}


def _read_only(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("form", ARRAYS)
def test_every_array_is_the_same_sample(form):
    rng = np.random.default_rng(0)
    x, y = (rng.integers(-50, 50, (N, 3)).astype(np.float64) for _ in range(2))
    shift = 100.0 if form == "uint8" else 0.0
    first, second = read_samples(ARRAYS[form](x), y)
    assert np.array_equal(first.numbers, x + shift)
    assert np.array_equal(second.numbers, y)
    assert first.codes.shape == (N, 0)
    assert first.names == ("column 0", "column 1", "column 2")


@pytest.mark.parametrize("make", [np.asarray, list, pd.Series, pl.Series, lambda a: a[:, None], lambda a: pa.array(a)])
def test_one_variable(make):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=N), rng.normal(size=N + 3)
    first, second = read_samples(make(x), y)
    assert np.array_equal(first.numbers[:, 0], x)
    assert (first.rows, second.rows, first.dimension) == (N, N + 3, 1)


@pytest.mark.parametrize("make", [list, np.asarray, pd.Series, pl.Series])
def test_categories_of_one_variable(make):
    first, second = read_samples(make(list("abcabcabcabc")), make(list("zbcabcabcabd")))
    assert first.labels == (("a", "b", "c", "d", "z"),)
    assert first.codes[:, 0].tolist() == [0, 1, 2] * 4
    assert second.codes[[0, -1], 0].tolist() == [4, 3]


def test_categorical_by_name_and_position():
    rng = np.random.default_rng(0)
    x, y = (np.column_stack([rng.normal(size=N), rng.integers(3, 6, N)]) for _ in range(2))
    frames = [pd.DataFrame(a, columns=["size", "kind"]) for a in (x, y)]
    by_position = read_samples(x, y, categorical=1)
    for categorical in (1, -1, (1,), [np.int64(1)], {1}):
        for one, expected in zip(read_samples(x, y, categorical=categorical), by_position, strict=True):
            assert_same(one, expected)
    by_name = read_samples(*frames, categorical="kind")
    assert np.array_equal(by_name[0].codes, by_position[0].codes)
    assert by_name[0].names == ("size", "kind")
    assert by_name[0].labels == (("3.0", "4.0", "5.0"),)
    everything = read_samples(x[:, 1:].astype(int), y[:, 1:].astype(int), categorical=True)
    assert everything[0].labels == (("3", "4", "5"),)
    assert everything[0].dimension == 0


def test_whole_numbers_beyond_floats_are_kept_apart_as_categories():
    x = np.array([2**60 + i % 3 for i in range(N)])
    first, _ = read_samples(x, x[::-1].copy(), categorical=True)
    assert first.alphabet == (3,)


def test_times_keep_their_nanoseconds():
    at = np.datetime64("2024-05-01T00:00:00", "ns") + np.arange(N).astype("timedelta64[ns]")
    first, second = read_samples(at, np.append(at[::-1], at[:1]))
    assert_close(first.numbers[:, 0], np.arange(N) * 1e-9, relative=1e-12)
    assert len(np.unique(second.numbers)) == N
    days, moments = np.arange(N).astype("datetime64[D]"), np.arange(N).astype("datetime64[h]")
    first, second = read_samples(days, moments)
    assert first.numbers[:, 0].tolist() == [86_400.0 * i for i in range(N)]
    assert second.numbers[:, 0].tolist() == [3_600.0 * i for i in range(N)]


def test_time_zones_are_the_same_moments():
    berlin = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=N, freq="h", tz="Europe/Berlin")})
    utc = pl.DataFrame({"t": berlin["t"].dt.tz_convert("UTC").to_list()})
    first, second = read_samples(berlin, pl.concat([utc.reverse(), utc.head(1)]))
    assert np.array_equal(first.numbers, second.numbers[-2::-1])


def test_decimals_and_times_of_day():
    table = {"price": [decimal.Decimal(i) / 4 for i in range(N)], "at": [dt.time(i, 30) for i in range(N)]}
    x = read_sample(pl.DataFrame(table))
    assert x.numbers[:, 0].tolist() == [i / 4 for i in range(N)]
    assert x.numbers[:, 1].tolist() == [3_600.0 * i + 1_800 for i in range(N)]


def test_weights_and_groups():
    rng = np.random.default_rng(0)
    x, y = ({"v": rng.normal(size=N), "w": np.arange(N) + 1.0, "day": list("aabbccddeeff")} for _ in range(2))
    by_name = read_samples(x, y, weights="w", groups="day")
    given = tuple({"v": table["v"]} for table in (x, y))
    by_pair = read_samples(*given, weights=(x["w"], y["w"].tolist()), groups=(x["day"], pd.Series(y["day"])))
    for one, other in zip(by_name, by_pair, strict=True):
        assert one.names == ("v",)
        assert_close(one.weights, (np.arange(N) + 1.0) / 6.5, relative=1e-15)
        assert np.array_equal(one.weights, other.weights)
        assert one.groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5] == other.groups.tolist()
    first, second = read_samples(*given, weights=(None, y["w"]), groups=(x["day"], None))
    assert first.weights is None
    assert second.groups is None
    assert second.weights is not None
    assert read_sample(x["v"], weights=x["w"], groups=x["day"]).effective_rows < N
    assert read_sample(x, weights="w").names == ("v", "day")


def test_counts_are_rows():
    x, y = read_samples(kb.counts([5, 3, 4, 0]), kb.counts([1, 20, 0, 0]))
    assert np.bincount(x.codes[:, 0], minlength=4).tolist() == [5, 3, 4, 0]
    assert (y.rows, y.dimension, y.alphabet) == (21, 0, (4,))  # the outcome that nobody saw is possible
    x, y = read_samples(kb.counts({"a": 5, "b": 9}), kb.counts({"c": 20, "a": 1}))
    assert x.labels == (("a", "b", "c"),)
    assert np.bincount(y.codes[:, 0], minlength=3).tolist() == [1, 0, 20]
    assert read_sample(kb.counts([5, 9])).rows == 14


def test_a_column_with_one_value_stays():
    rng = np.random.default_rng(0)
    x, y = (np.column_stack([rng.normal(size=N), np.ones(N)]) for _ in range(2))
    assert read_samples(x, y)[0].dimension == 2


def test_more_columns_than_rows_and_many_rows():
    rng = np.random.default_rng(0)
    assert read_samples(rng.normal(size=(N, 40)), rng.normal(size=(N, 40)))[0].dimension == 40
    # Values on a grid are draws, however often each occurs.
    grid = read_samples(rng.integers(0, 9, 100_000), rng.integers(0, 9, 100_000))
    assert grid[0].rows == 100_000


def test_names_that_are_no_text():
    x = pd.DataFrame({1: np.arange(N) * 1.5, ("a", 2): np.arange(N) ** 2})
    assert read_sample(x).names == ("1", "('a', 2)")


def test_units_near_the_ends_of_floats_are_exchanged_without_losing_a_digit():
    rng = np.random.default_rng(0)
    x, y = (np.column_stack([rng.normal(size=N)] * 3) for _ in range(2))
    scale = np.array([1e-300, 1.0, 1e300])
    first, second = read_samples(x * scale, y * scale)
    for found, given in ((first, x), (second, y)):
        assert np.array_equal(found.numbers[:, 1], given[:, 1])
        for column in (0, 2):
            ratio = found.numbers[:, column] / (given * scale)[:, column]
            assert len(set(ratio)) == 1
            assert np.frexp(ratio[0])[0] == 0.5  # a power of 2
    assert np.abs(first.numbers).max() < 10
    assert first.numbers[0, 0] / second.numbers[0, 0] == (x * scale)[0, 0] / (y * scale)[0, 0]
    # One sample stands against a density, which knows the unit.
    assert read_sample(x * 1e-300).numbers[0, 0] == x[0, 0] * 1e-300
