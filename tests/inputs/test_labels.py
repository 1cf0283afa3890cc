"""Labelled numbers lie side by side by label, whatever their order, and what has no label is refused."""

import datetime
import math
import re
import time
from collections import Counter, OrderedDict
from fractions import Fraction

import numpy as np
import pandas
import polars
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from kullback.distributions import Counts, LogProbabilities, Probabilities, counts
from kullback.divergences import js, kl
from kullback.exact.labels import align, labelled, placed, relabel
from tests.close import assert_close
from tests.test_import import imported

LINEAR = {"p": 0.0, "q": 0.0}
nan = math.nan


def both(p, q, missing=LINEAR):
    return align({"p": p, "q": q}, missing)


def test_what_is_labelled():
    for x in ({"a": 1}, Counter("aab"), OrderedDict(a=1), pandas.Series([1.0], ["a"]), pandas.Series([1.0], [7]), {}):
        assert labelled(x)
    assert labelled(pandas.Series([1.0, 2.0, 3.0])[1:])
    for x in ([1.0], np.ones(3), polars.Series([1.0]), pandas.Series([1.0, 2.0]), pandas.Index([1.0]), 1.0, "ab"):
        assert not labelled(x)
    assert not labelled(pandas.DataFrame({"x": [0.5, 0.1], "y": [0.5, 0.9]}))
    assert not labelled(polars.DataFrame({"x": [0.5, 0.1], "y": [0.5, 0.9]}))


def test_the_union_of_the_labels_in_the_order_of_p():
    aligned = both({"b": 1, "a": 2}, {"c": 3.5, "a": 4.0, "d": 5.0})
    assert aligned.labels == ["b", "a", "c", "d"]
    assert aligned.arrays["p"].tolist() == [1, 2, 0, 0]
    assert aligned.arrays["q"].tolist() == [0.0, 4.0, 3.5, 5.0]
    assert aligned.arrays["p"].dtype.kind == "i"
    logs = both({"b": -1, "a": -2}, {"c": -0.5}, {"p": -math.inf, "q": -math.inf})
    assert logs.arrays["p"].tolist() == [-1.0, -2.0, -math.inf]
    assert logs.arrays["q"].tolist() == [-math.inf, -math.inf, -0.5]
    alone = align({"p": Counter("abracadabra")}, {"p": 0.0})
    assert alone.labels == ["a", "b", "r", "c", "d"]
    assert alone.arrays["p"].tolist() == [5, 2, 2, 1, 1]
    assert both({}, {"a": 1.0}).arrays["p"].tolist() == [0.0]
    assert both({}, {}).labels == []


def divergence(of, p, q):
    aligned = both(p, q)
    return of(counts(aligned.arrays["p"]), counts(aligned.arrays["q"]))


weights = st.dictionaries(
    st.one_of(st.integers(0, 9), st.text(max_size=2), st.none(), st.tuples(st.integers(0, 2), st.text(max_size=1))),
    st.integers(1, 1000),
    min_size=1,
    max_size=12,
)


@given(weights, weights, st.randoms())
def test_order_never_matters(p, q, random):
    q = {**q, next(iter(p)): 3}
    expected = divergence(js, p, q)
    truth = 0.0
    n, m = sum(p.values()), sum(q.values())
    for label in {**p, **q}:
        a, b = Fraction(p.get(label, 0), n), Fraction(q.get(label, 0), m)
        for x in (a, b):
            truth += float(x) * math.log(2 * x / (a + b)) / 2 if x else 0.0
    assert_close(expected, truth, 1e-12, 1e-15)
    shuffled = list(q.items())
    random.shuffle(shuffled)
    assert_close(divergence(js, p, dict(shuffled)), expected, 1e-14, 1e-300)
    assert_close(divergence(js, dict(reversed(p.items())), q), expected, 1e-14, 1e-300)


def test_series_as_mappings():
    p, q = {"b": 0.25, "a": 0.75}, {"a": 0.5, "c": 0.25, "b": 0.25}
    expected = divergence(kl, p, q)
    assert divergence(kl, pandas.Series(p), pandas.Series(q)) == expected
    assert divergence(kl, p, pandas.Series(q)) == divergence(kl, pandas.Series(p), q) == expected
    assert math.isinf(divergence(kl, pandas.Series(q), pandas.Series(p)))
    # Series of one index type that differ in how they store it.
    for index in (pandas.Index(["b", "a"], dtype=object), pandas.CategoricalIndex(["b", "a"], ["a", "b", "c"])):
        assert divergence(kl, pandas.Series([0.25, 0.75], index), q) == expected
    days = pandas.date_range("2024-01-01", periods=3)
    aligned = both(pandas.Series([1, 2, 3], days), pandas.Series([5, 6], [days[2], days[0]]))
    assert aligned.arrays["q"].tolist() == [6, 0, 5]
    numbers = both(pandas.Series([1, 2], np.array([3, 1])), {1.0: 5, np.int64(3): 7})
    assert numbers.arrays["q"].tolist() == [7, 5]


def test_a_series_that_only_counts_its_rows_has_the_labels_of_its_rows_beside_labelled_ones():
    plain, shuffled = pandas.Series([0.1, 0.2, 0.7]), pandas.Series([0.7, 0.1, 0.2], [2, 0, 1])
    assert both(plain, shuffled).arrays["q"].tolist() == [0.1, 0.2, 0.7]
    assert both(shuffled, plain).arrays["q"].tolist() == [0.7, 0.1, 0.2]


def test_several_levels():
    index = pandas.MultiIndex.from_product([["x", "y"], [1, 2]], names=["letter", "number"])
    p = pandas.Series([0.1, 0.2, 0.3, 0.4], index)
    aligned = both(p, {("y", 2): 0.5, ("x", 1): 0.25, ("z", 9): 0.25})
    assert aligned.labels == [*index, ("z", 9)]
    assert aligned.arrays["q"].tolist() == [0.25, 0.0, 0.0, 0.5, 0.25]
    terms = relabel(aligned.arrays["q"], aligned.labels, p)
    assert terms.index.names == ["letter", "number"]
    assert terms[("z", 9)] == 0.25
    holed = pandas.MultiIndex.from_tuples([("x", nan), ("x", 1.0)])
    assert both(pandas.Series([1, 2], holed), {("x", 1.0): 5, ("x", float("nan")): 7}).arrays["q"].tolist() == [7, 5]


def test_dtypes_are_kept():
    p = pandas.Series(np.array([0.5, 0.5], np.float32), ["a", "b"])
    assert both(p, {"b": np.float32(1.0)}).arrays["q"].dtype == np.float32
    assert both(p, p).arrays["p"].dtype == np.float32
    assert both({"a": np.int8(1)}, {"b": 2}).arrays["p"].dtype == np.int8
    for dtype in ("Float64", "Int64", "float64[pyarrow]", "int32[pyarrow]"):
        held = both(pandas.Series([1, 2], ["a", "b"], dtype=dtype), {"b": 1})
        assert_close(held.arrays["p"], [1.0, 2.0], 0.0)
    absent = both(pandas.Series([1, None], ["a", "b"], dtype="Int64"), {"b": 1}).arrays["p"]
    assert absent[0] == 1.0 and math.isnan(absent[1])  # which the core refuses, or answers with NaN
    assert_close(both({"a": 10**30, "b": Fraction(1, 4)}, {"a": 1}).arrays["p"], [1e30, 0.25], 0.0)


def test_nan_is_one_label():
    p = pandas.Series([1, 2, 3], ["a", None, nan], dtype=float)
    missing = pandas.Series(["a", "b", None, None]).value_counts(dropna=False)
    assert both(missing, {float("nan"): 7, "a": 1}).arrays["q"].tolist() == [7, 1, 0]
    aligned = both({nan: 1.0, 1.0: 2.0}, {np.float32("nan"): 5.0})
    assert aligned.arrays["q"].tolist() == [5.0, 0.0]
    nat = both(pandas.Series([1, 2], [pandas.Timestamp("2024-01-01"), pandas.NaT]), {pandas.NaT: 3})
    assert nat.arrays["q"].tolist() == [0, 3]
    assert both({pandas.NA: 1, "x": 2}, {pandas.NA: 3}).arrays["q"].tolist() == [3, 0]
    with pytest.raises(ValueError, match="label nan more than once"):
        both({float("nan"): 1, float("nan"): 2}, {nan: 1})
    with pytest.raises(ValueError, match="label nan more than once"):
        both(pandas.Series([1, 2], [nan, nan]), {nan: 1})
    # A label for what is missing says nothing of the type of the others.
    assert both({None: 1, nan: 1}, {"a": 1}).labels[0] is None
    assert len(p) == 3


def test_terms_in_the_form_of_p():
    aligned = both({"b": 1.0, "a": 2.0}, {"c": 1.0})
    assert relabel(np.array([0.5, 0.25, 0.0]), aligned.labels, {"b": 1.0}) == {"b": 0.5, "a": 0.25, "c": 0.0}
    p = pandas.Series([1.0, 2.0], pandas.Index(["b", "a"], name="letter"))
    found = relabel(np.array([0.5, 0.25, 0.0], np.float32), aligned.labels, p)
    expected = pandas.Series([0.5, 0.25, 0.0], pandas.Index(["b", "a", "c"], name="letter"), dtype=np.float32)
    pandas.testing.assert_series_equal(found, expected)
    days = pandas.date_range("2024-01-01", periods=2, freq="D", tz="UTC", name="day")
    p = pandas.Series([0.5, 0.5], days)
    assert relabel(np.ones(2), both(p, p).labels, p).index.equals(days)
    more = both(p, {days[0]: 0.5, days[1] + pandas.Timedelta(days=1): 0.5})
    assert relabel(np.ones(3), more.labels, p).index.dtype == days.dtype


def test_weights_and_masks_name_every_outcome():
    missing = {"p": 0.0, "q": 0.0, "weights": None, "where": None}
    p, q, w = {"a": 1.0, "b": 2.0}, {"c": 1.0}, {"c": 0.5, "z": 9.0, "b": 2.0, "a": 1.0}
    aligned = align({"p": p, "q": q, "weights": w, "where": dict.fromkeys("abc", True)}, missing)
    assert aligned.arrays["weights"].tolist() == [1.0, 2.0, 0.5]
    assert aligned.arrays["where"].tolist() == [True] * 3
    with pytest.raises(ValueError, match="weights has no entry for the label 'b': every outcome needs one"):
        align({"p": p, "q": q, "weights": {"a": 1.0, "c": 2.0}}, missing)
    with pytest.raises(TypeError, match="weights \\(list\\) has no labels"):
        align({"p": p, "q": q, "weights": [1.0, 2.0, 3.0]}, missing)


def test_the_arguments_of_a_call():
    known = {"p": Counts({"a": 3, "b": 1}, 0.5), "q": LogProbabilities({"c": math.log(0.5), "a": math.log(0.5)})}
    found = placed(known, dict.fromkeys("abc", True), pandas.Series([1.0, 2.0, 3.0], ["c", "b", "a"]))
    assert found.labels == ["a", "b", "c"]
    assert found.known["p"].values.tolist() == [3, 1, 0]
    assert found.known["p"].add == 0.5
    assert found.known["q"].values.tolist() == [math.log(0.5), -math.inf, math.log(0.5)]
    assert found.weights.tolist() == [3.0, 2.0, 1.0]
    assert found.where.tolist() == [True, True, True]
    # The pseudo-count is everywhere, and a mask or weights may be left out.
    found = placed({"p": Counts({"a": 3, "b": 1}, 0.5), "q": Counts({"a": 1, "c": 2}, 0.5)}, None, None)
    assert kl(found.known["p"], found.known["q"]) == kl(counts([3, 1, 0], 0.5), counts([1, 0, 2], 0.5))
    assert found.where is found.weights is None
    # Arrays stay as they are; what pandas holds without labels is an array.
    array, weights = np.array([0.5, 0.5]), [1.0, 1.0]
    known = {"p": Probabilities(array), "q": Probabilities(pandas.Series([0.25, 0.75]))}
    found = placed(known, None, weights)
    assert found.known["p"].values is array
    assert found.known["q"].values.tolist() == [0.25, 0.75]
    assert found.weights is weights
    found = placed({"p": Probabilities(polars.Series([0.5, 0.5])), "q": Probabilities(array)}, None, None)
    assert type(found.known["p"].values) is np.ndarray
    assert found.labels is None
    with pytest.raises(TypeError, match=r"q \(csr_array\) has no labels"):
        placed({"p": Counts({"a": 1}), "q": Counts(scipy.sparse.csr_array([[1.0]]))}, None, None)
    with pytest.raises(TypeError, match="p has dtype object"):
        placed({"p": Probabilities(pandas.DataFrame({"x": [1.0], "y": ["a"], "z": [2]}))}, None, None)


def test_what_is_refused():
    def fails(error, message, p, q):
        with pytest.raises(error, match=re.escape(message)):
            both(p, q)

    good = {"a": 0.5, "b": 0.5}
    fails(TypeError, "p is labelled (dict) and q (ndarray) has no labels", good, np.array([0.5, 0.5]))
    fails(TypeError, "q is labelled (Counter) and p (list) has no labels", [0.5, 0.5], Counter("ab"))
    fails(TypeError, "q (Series) has no labels", good, polars.Series([0.5, 0.5]))
    fails(TypeError, "pass a mapping {label: number} or a pandas Series for q too", good, [0.5, 0.5])
    twice = pandas.Series([0.25, 0.5, 0.25], ["a", "b", "b"])
    fails(ValueError, "p has the label 'b' more than once", twice, good)
    fails(ValueError, "q.groupby(level=0).sum()", good, twice)
    deep = pandas.Series([1, 2], pandas.MultiIndex.from_tuples([("a", 1), ("a", 1)]))
    fails(ValueError, "q has the label ('a', 1) more than once: add up", good, deep)
    fails(ValueError, "q.groupby(level=[0, 1]).sum()", good, deep)
    fails(TypeError, "p holds '0.5' (str) at label 'b': a number is needed", {"a": 0.5, "b": "0.5"}, good)
    fails(TypeError, "q holds None (NoneType) at label 'a'", good, {"a": None, "b": 1.0})
    fails(TypeError, "q holds [0.5, 0.5] (list) at label 'a'", good, {"a": [0.5, 0.5]})
    fails(TypeError, "q holds [1, 2] (list) at label 'b'", good, {"a": 1.0, "b": [1, 2]})
    fails(TypeError, "q holds 1j (complex) at label 'a'", good, {"a": 1j})
    fails(TypeError, "q holds True (bool) at label 'a'", good, {"a": True})
    fails(TypeError, "q holds 'x' (str) at label 'a'", good, pandas.Series(["x", "y"], ["a", "b"]))
    fails(TypeError, "q holds None (NoneType) at label 'b'", good, pandas.Series([1, None], ["a", "b"], dtype=object))
    fails(ValueError, "q holds a number above 1.8e308 at label 'a'", good, {"a": 10**400})
    fails(
        TypeError,
        "p and q have no label in common, and their labels are of different types: a number such as 1 and str such as "
        "'1'. Give both the same type.",
        {1: 0.5, 2: 0.5},
        {"1": 0.5, "2": 0.5},
    )
    fails(TypeError, "date such as", {datetime.date(2024, 1, 1): 1}, {pandas.Timestamp("2024-01-01"): 1})
    # No label in common is an answer like any other where the labels are of one type.
    assert math.isinf(divergence(kl, {"a": 1.0}, {"b": 1.0}))
    assert math.isinf(divergence(kl, {1: 1.0}, {2.5: 1.0}))


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_frame_of_labels_and_weights(library):
    frame = library.DataFrame({"city": ["Rome", "Oslo"], "share": [0.25, 0.75]})
    assert labelled(frame)
    with pytest.raises(TypeError, match=r"pass dict\(zip\(p\['city'\], p\['share'\], strict=True\)\)"):
        align({"p": frame}, {"p": 0.0})
    p = frame
    assert both(dict(zip(p["city"], p["share"], strict=True)), {"Oslo": 1.0}).arrays["p"].tolist() == [0.25, 0.75]


def test_a_million_labels_in_seconds():
    n = 10**6
    p = {f"k{i}": i for i in range(n)}
    q = {f"k{i}": i for i in range(n + 5, 10, -1)}
    start = time.process_time()
    aligned = both(p, q)
    assert time.process_time() - start < 30.0
    assert len(aligned.labels) == n + 6
    assert aligned.arrays["q"][:12].tolist() == [0] * 11 + [11]
    assert np.array_equal(aligned.arrays["p"][11:n], aligned.arrays["q"][11:n])


def test_neither_pandas_nor_polars_is_imported():
    modules = imported("from kullback.exact.labels import align; align({'p': {'a': 1}}, {'p': 0.0})")
    assert "kullback.exact.labels" in modules
    assert modules & {"pandas", "polars"} == set()


def test_a_list_beside_labels_is_called_a_list():
    with pytest.raises(TypeError, match=r"p is labelled \(dict\) and q \(a list\) has no labels"):
        kl({"a": 0.5, "b": 0.5}, [0.5, 0.5])
