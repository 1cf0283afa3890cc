"""What cannot be read raises one error that says what is wrong, where, and what to type."""

import datetime as dt
import decimal
import math
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

import kullback as kb
from kullback.infer.reading import read_sample, read_samples

N = 12
RNG = np.random.default_rng(0)
V, W = RNG.normal(size=N), RNG.normal(size=N)
PAIR = np.column_stack([V, W])
HOLE = np.where(np.arange(N) == 3, math.nan, V)
LETTERS = list("ab" * 6)
TABLE = {"a": W, "b": LETTERS}


def frame(**columns):
    return pd.DataFrame(columns)


CASES = {
    # missing and infinite values: where they are
    "NaN": (
        ValueError,
        "x is NaN at row 3. Nothing is dropped in silence: drop such rows, as in x[np.isfinite(x)]",
        HOLE,
        W,
    ),
    "NaN in y": (ValueError, "y is NaN at row 3, column 1", PAIR, np.column_stack([V, HOLE])),
    "many NaN": (ValueError, "(and NaN or infinite in 10 further rows)", np.where(np.arange(N) > 0, math.nan, V), W),
    "infinite": (ValueError, "x is infinite at row 0", np.where(np.arange(N) < 1, math.inf, V), W),
    "minus infinite": (ValueError, "y is minus infinite at row 0", V, np.where(np.arange(N) < 1, -math.inf, V)),
    "too large for float64": (ValueError, "x is infinite at row 0", np.full(N, np.longdouble("1e400")), W),
    "NaN by column": (ValueError, "x: column 'a' is NaN at row 3", {"a": HOLE}, {"a": W}),
    "the advice": (ValueError, "as in x[np.isfinite(x['a'])], or fill them", {"a": HOLE}, {"a": W}),
    "null in pandas": (ValueError, "x: column 'a' has 1 missing value (the first in row 3)", frame(a=HOLE), frame(a=W)),
    "null in Polars": (ValueError, "y: column 'a' has 6 missing", frame(a=V), pl.DataFrame({"a": [1, None] * 6})),
    "null in Arrow": (ValueError, "x: column 'a' has 6 missing", pa.table({"a": [None, 1.0] * 6}), frame(a=W)),
    "null among text": (ValueError, "x.dropna() of pandas", frame(a=["u", None] * 6), frame(a=LETTERS)),
    "None in a list": (ValueError, "x has 6 missing values (the first in row 1)", ["u", None] * 6, LETTERS),
    "NaN among text": (ValueError, "x has 6 missing values", ["u", math.nan] * 6, LETTERS),
    "not a time": (ValueError, "x has 12 missing", np.full(N, np.datetime64("NaT", "s")), np.arange(N).astype("M8[s]")),
    "masked": (ValueError, "x has 1 missing value", np.ma.masked_array(V, np.arange(N) == 2), W),
    # sizes and shapes
    "few rows": (ValueError, "x has 7 rows, and at least 10 are needed", V[:7], W),
    "one row": (ValueError, "x has 1 row,", V[:1], W),
    "no rows": (ValueError, "y is empty: its shape is (0,)", V, W[:0]),
    "an empty list": (ValueError, "x is empty", [], W),
    "no columns": (ValueError, "x is empty: its shape is (12, 0)", np.empty((N, 0)), PAIR),
    "an empty frame": (ValueError, "x has no columns", pd.DataFrame(), frame(a=W)),
    "one number": (TypeError, "x is a float, and rows are needed", 3.0, W),
    "a scalar array": (ValueError, "x is a single value", np.array(3.0), W),
    "images": (ValueError, "x.reshape(len(x), -1) flattens it", np.zeros((N, 2, 2)), np.zeros((N, 2, 2))),
    "ragged": (ValueError, "x is no table: its rows have different lengths", [[1, 2], [3]] * 6, PAIR),
    "columns of other lengths": (ValueError, "'a' has 12, 'b' has 11", {"a": V, "b": W[1:]}, {"a": V, "b": W}),
    "dimensions": (ValueError, "x has 1 column and y has 2", V, PAIR),
    # columns that do not match
    "names": (
        ValueError,
        "x has no column 'c' and y has no column 'b'. Only the columns that both have? columns = ['a'];",
        frame(a=V, b=V),
        frame(a=W, c=W),
    ),
    "no name in common": (ValueError, "no name is in both", frame(a=V), frame(b=W)),
    "names on one side": (TypeError, "x has named columns ('a', 'b') and y has none", frame(a=V, b=V), PAIR),
    "twice": (ValueError, "x has two columns named 'a'", pd.concat([frame(a=V), frame(a=V)], axis=1), frame(a=W)),
    "numbers and text": (TypeError, "column 'a': x has numbers and y has text", frame(a=V), frame(a=LETTERS)),
    "numbers and text, arrays": (TypeError, "x has numbers and y has text", V, LETTERS),
    "numbers and booleans": (TypeError, "give both as booleans, or both as", {"a": V}, {"a": [True, False] * 6}),
    "numbers and times": (TypeError, "x has numbers and y has datetimes", V, np.arange(N).astype("M8[s]")),
    "times and durations": (TypeError, "x has durations", np.arange(N).astype("m8[s]"), np.arange(N).astype("M8[s]")),
    "time zones": (
        TypeError,
        "give both the same time zone, or none",
        [dt.datetime(2020, 1, i + 1, tzinfo=dt.UTC) for i in range(N)],
        [dt.datetime(2020, 1, i + 1) for i in range(N)],
    ),
    # types that are none
    "objects": (TypeError, "x: column 'a' holds Python objects of type dict", frame(a=[{}] * N), frame(a=W)),
    "decimals": (TypeError, "Decimal: make them numbers with .astype(float)", frame(a=[decimal.Decimal(1)] * N), W[:0]),
    "mixed objects": (TypeError, "of type int and str", np.array([1, "a"] * 6, dtype=object), W),
    "a mixed list": (TypeError, "of type int and str", [1, "a"] * 6, W),
    "rows of several types": (TypeError, "give a dict of columns", [(1, "a")] * N, PAIR),
    "lists in a column": (TypeError, "is of type List(Int64)", pl.DataFrame({"a": [[1]] * N}), frame(a=W)),
    "months as durations": (TypeError, "no fixed number of seconds", np.arange(N).astype("m8[M]"), V),
    "bytes": (TypeError, "x is of dtype", np.zeros(N, "V3"), W),
    "complex": (TypeError, "np.column_stack([x.real, x.imag])", V * 1j, W),
    "sparse": (TypeError, "give x.toarray()", scipy.sparse.eye(N), PAIR),
    "long whole numbers": (ValueError, "beyond 2⁵³", np.arange(N) + 2**60, np.arange(N) + 2**60 + 1),
    "a path": (TypeError, "x is 'a.npy', and rows are needed: np.load", "a.npy", W),
    "records": (TypeError, "as in pandas.DataFrame(x)", [{"a": 1}] * N, W),
    "None": (TypeError, "x is a NoneType", None, W),
    "a set": (TypeError, "x is a set", {1, 2}, W),
    "a generator": (TypeError, "x is a generator", (i for i in range(N)), W),
    "probabilities": (TypeError, "kb.kl(p, q) computes", kb.probs([0.5, 0.5]), W),
    "a distribution": (TypeError, "x is a distribution known by its formula", kb.normal(0, 1), W),
    "weights by outcome": (TypeError, "kb.counts({…}) on both sides", {"a": 3}, {"a": 2}),
    # samples that are none
    "the same object": (ValueError, "x and y are the same object", V, V),
    "the same rows": (ValueError, "x and y hold the same rows", PAIR, PAIR.copy()),
    "the same rows, shuffled": (ValueError, "x and y hold the same rows", PAIR, PAIR[::-1].copy()),
    "one row many times": (ValueError, "x is one row, 12 times over", np.ones(N), W),
    "every row twice": (ValueError, "every row of y occurs exactly 2 times", V, np.repeat(W, 2)),
    "every row thrice": (ValueError, "every row of x occurs exactly 3 times", np.tile(PAIR, (3, 1)), PAIR),
    # numbers too unlike in size
    "a stand-in": (
        ValueError,
        "column 0 holds 1e+300, and half of its numbers lie within",
        np.r_[V, 1e300],
        W,
    ),
    "one huge number in a table": (ValueError, "a holds -1e+200", {"a": np.r_[V, -1e200], "b": [*LETTERS, "a"]}, TABLE),
    # counts
    "counts and rows": (TypeError, "one of the two is kb.counts and y is a ndarray", kb.counts([5, 5]), W),
    "fractions counted": (ValueError, "x counts 5.5 at index 1", kb.counts([5, 5.5]), kb.counts([5, 6])),
    "pseudo-counts": (ValueError, "method=kb.estimators.add_constant", kb.counts([5, 5], add=0.5), kb.counts([5, 6])),
    "other outcomes": (ValueError, "x counts 2 outcomes and y 3", kb.counts([5, 5]), kb.counts([5, 5, 6])),
    "few counts": (ValueError, "x counts 7 draws", kb.counts([5, 2]), kb.counts([5, 5])),
    "too many counts": (ValueError, "x counts 5e+09 draws", kb.counts([5e9, 2]), kb.counts([5, 5])),
    "negative counts": (ValueError, "x counts -1 at index 1", kb.counts([15, -1]), kb.counts([5, 5])),
    "a matrix of counts": (ValueError, "one vector of counts", kb.counts([[5, 6], [7, 8]]), kb.counts([5, 5])),
}


@pytest.mark.parametrize(("error", "message", "x", "y"), CASES.values(), ids=CASES.keys())
def test_what_is_no_sample(error, message, x, y):
    with pytest.raises(error, match=re.escape(message)) as raised:
        read_samples(x, y)
    assert "\n" not in str(raised.value)


TABLE_X, TABLE_Y = {"a": V, "w": W**2, "t": LETTERS}, {"a": W, "w": V**2, "t": LETTERS}
OPTIONS = {
    "negative": (
        ValueError,
        "weights of x must be finite and not negative: that of row 1 is -0.13",
        {"weights": (V, None)},
    ),
    "NaN": (ValueError, "the weights of y must be finite", {"weights": (None, HOLE**2)}),
    "zero": (ValueError, "the weights of x: all are 0", {"weights": (np.zeros(N), None)}),
    "few": (ValueError, "only 2 are above 0", {"weights": (np.arange(N) // 10, None)}),
    "one row outweighs": (
        ValueError,
        "the weights of x leave 1 effective rows of 12 ((Σ w)² / Σ w²): that of row 3 outweighs the others",
        {"weights": (np.where(np.arange(N) == 3, 1e300, 1.0), None)},
    ),
    "lengths": (ValueError, "the weights of x: there are 5, and x has 12 rows", {"weights": (V[:5], None)}),
    "one vector": (TypeError, "weights is of two samples", {"weights": V}),
    "text": (TypeError, "the weights of x are text", {"weights": (LETTERS, None)}),
    "a matrix": (ValueError, "the weights of x have 2 columns", {"weights": (PAIR, None)}),
    "no such column": (ValueError, "x has no such column; it has 'a', 'w', 't'", {"weights": "weight"}),
    "nearly": (ValueError, "did you mean 'w'?", {"weights": "ww"}),
    "groups": (ValueError, "the groups of y: there are 11 labels", {"groups": (None, LETTERS[1:])}),
    "one group": (ValueError, "all rows are one group", {"groups": (["u"] * N, None)}),
    "groups by text": (ValueError, "groups='day': x has no such column", {"groups": "day"}),
    "categorical": (ValueError, "categorical names 'b', and there is no such column", {"categorical": "b"}),
    "position": (ValueError, "categorical is position 3, and the columns are 0 to 2", {"categorical": 3}),
    "kind of name": (TypeError, "categorical holds 1.5", {"categorical": [1.5]}),
    "a number": (TypeError, "categorical is 1.5", {"categorical": 1.5}),
}


@pytest.mark.parametrize(("error", "message", "options"), OPTIONS.values(), ids=OPTIONS.keys())
def test_options(error, message, options):
    with pytest.raises(error, match=re.escape(message)):
        read_samples(TABLE_X, TABLE_Y, **options)


def test_options_of_arrays_have_no_names():
    with pytest.raises(ValueError, match="whose columns have no names: give weights="):
        read_samples(V, W, weights="w")
    with pytest.raises(TypeError, match="arrays have no names"):
        read_samples(V, W, categorical="a")
    with pytest.raises(ValueError, match="the only column"):
        read_samples({"w": V**2}, {"w": W**2}, weights="w")
    with pytest.raises(ValueError, match="counts have none: leave it out"):
        read_samples(kb.counts([5, 9]), kb.counts([9, 5]), weights=(V, W))


def test_one_sample():
    with pytest.raises(ValueError, match="x has 3 rows"):
        read_sample(V[:3])
    with pytest.raises(ValueError, match="rows is one row, 12 times over"):
        read_sample(np.ones(N), who="rows")


def test_repeated_rows_that_are_draws_are_no_error():
    # Each value as often as every other, but few values: a balanced design, which happens.
    assert read_samples(np.repeat(np.arange(4.0), 3), W)[0].rows == N
    # Categories that are the same in the same order: nothing is measured, and equal draws are likely.
    assert read_samples(LETTERS, list(LETTERS))[0].rows == N
    assert read_samples(kb.counts([5, 9]), kb.counts([5, 9]))[0].rows == 14


def test_extremes_beside_a_model_whose_unit_is_given():
    for scale in (1e300, 1e-300):
        with pytest.raises(
            ValueError, match=re.escape("squares of such numbers are beyond float64: give x, and normal(")
        ):
            kb.estimate(V * scale, kb.normal(0, 1))


def test_settings():
    for level, error in (("95", TypeError), (math.nan, ValueError), (95, ValueError)):
        with pytest.raises(error, match="level is"):
            kb.estimate(V, W, level=level)
        with pytest.raises(error, match="level is"):
            kb.mutual_information_estimate(V, W, level=level)
        with pytest.raises(error, match="level is"):
            kb.entropy_estimate(V, level=level)
    with pytest.raises(ValueError, match=re.escape("has columns of names (text or booleans) too")):
        kb.estimate(V > 0, kb.distributions.bernoulli(0.5))


def test_names_of_distributions_fill_one_line():
    law = kb.distributions.multivariate_normal(np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match="the sample has 3 columns") as raised:
        kb.estimate(np.column_stack([PAIR, V]), law)
    assert "\n" not in str(raised.value)
