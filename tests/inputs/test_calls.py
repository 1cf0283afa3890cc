"""Sparse rows and labelled numbers through the public calls."""

import math

import numpy as np
import pandas
import pytest
import scipy.sparse

from kullback.distributions import counts, logits, probs
from kullback.divergences import catalogue, js, kl, tv
from kullback.exact.companions import cross_entropy, entropy, perplexity
from tests.close import assert_close

RNG = np.random.default_rng(8)
P, Q = (np.where(RNG.random((6, 50)) < 0.2, RNG.integers(1, 50, (6, 50)), 0) + np.eye(6, 50) for _ in range(2))
members = pytest.mark.parametrize("divergence", catalogue, ids=repr)


def sparse(x, add=0.0):
    return counts(scipy.sparse.csr_array(x), add)


@members
def test_sparse_rows(divergence):
    base = 2 if divergence.unit else None
    expected = divergence(counts(P), counts(Q), base=base)
    assert_close(divergence(sparse(P), sparse(Q), base=base), expected, 5e-14)
    assert_close(divergence(sparse(P), sparse(Q), base=base, keepdims=True), expected[:, None], 5e-14)
    assert_close(divergence(sparse(P, 0.5), sparse(Q, 0.5)), divergence(counts(P, 0.5), counts(Q, 0.5)), 5e-14)
    assert_close(divergence.pairwise(sparse(P), sparse(Q)), divergence.pairwise(counts(P), counts(Q)), 1e-13)
    assert_close(np.diag(divergence.pairwise(sparse(P))), np.zeros(6), 0.0)


@members
def test_labelled_numbers(divergence):
    p, q = P[0] / P[0].sum(), Q[0] / Q[0].sum()
    first = {f"k{i}": x for i, x in enumerate(p) if x}
    second = {f"k{i}": x for i, x in reversed(list(enumerate(q))) if x}
    expected = divergence(p, q)
    for one in (first, pandas.Series(first)):
        for other in (second, pandas.Series(second)):
            assert_close(divergence(one, other), expected, 5e-14)
    assert_close(divergence(counts(first, 0.5), counts(second, 0.5)), divergence(*_union(first, second)), 5e-14)


def _union(first, second):
    labels = list({**first, **second})
    return tuple(counts([x.get(label, 0.0) for label in labels], 0.5) for x in (first, second))


def test_dtypes_terms_and_companions():
    p, q = P.astype(np.float32), Q.astype(np.float32)
    assert kl(sparse(p), sparse(q)).dtype == np.float32
    assert js.pairwise(sparse(p)).dtype == np.float32
    assert js.terms(sparse(p), sparse(q)).dtype == np.float32
    assert type(js(counts(scipy.sparse.coo_array(p[0])), counts(p[1]))) is np.float32
    terms = js.terms(sparse(P), sparse(Q), base=2)
    assert_close(terms.toarray(), js.terms(counts(P), counts(Q), base=2), 4e-15)
    assert_close(entropy(sparse(P), base=2), entropy(counts(P), base=2), 1e-14)
    assert_close(perplexity(sparse(P)), perplexity(counts(P)), 1e-13)
    assert_close(cross_entropy(sparse(P), sparse(Q, 1.0)), cross_entropy(counts(P), counts(Q, 1.0)), 1e-14)
    assert_close(entropy({"a": 0.5, "b": 0.5}, base=2), 1.0)
    assert js.terms({"a": 0.5, "b": 0.5}, {"b": 0.5, "c": 0.5}, base=2) == {"a": 0.25, "b": 0.0, "c": 0.25}
    series = tv.terms(pandas.Series([0.5, 0.5], ["a", "b"]), {"b": 1.0})
    pandas.testing.assert_series_equal(series, pandas.Series([0.25, 0.25], ["a", "b"]))
    found = kl(logits({"a": 0.0, "b": 1.0}), logits({"b": 1.0, "a": 0.0, "c": -math.inf}))
    assert found == 0.0


def test_what_comes_from_pandas_or_polars_without_labels_is_an_array():
    import polars

    frame = pandas.DataFrame([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    expected = js.pairwise(frame.to_numpy())
    assert_close(js.pairwise(frame), expected, 0.0)
    assert_close(js.pairwise(polars.DataFrame(frame.to_numpy())), expected, 0.0)
    assert_close(js(frame, frame.iloc[0].to_numpy()), expected[0], 1e-15)
    assert kl(polars.Series([0.5, 0.5]), pandas.Series([0.5, 0.5])) == 0.0


def test_what_is_refused():
    with pytest.raises(TypeError, match=r"pass dict\(zip\(p\['city'\], p\['share'\], strict=True\)\)"):
        kl(pandas.DataFrame({"city": ["Rome"], "share": [1.0]}), {"Rome": 1.0})
    with pytest.raises(ValueError, match="pairwise takes one distribution per row"):
        kl.pairwise({"a": 1.0})
    with pytest.raises(ValueError, match=r"sums to 0\.75"):
        kl({"a": 0.5, "b": 0.25}, {"a": 1.0})
    with pytest.raises(ValueError, match=r"p is 0 throughout along axis -1 at \(2,\)"):
        kl(sparse(P * (np.arange(6) != 2)[:, None]), probs(np.full(50, 0.02)))
