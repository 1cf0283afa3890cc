"""Sparse rows give what the dense arrays give, and are never made dense.

What the core computes of a block is what it computes of any dense array: `by` hands the blocks to the divergences.
"""

import math
import re
import tracemalloc

import numpy as np
import pytest
import scipy.sparse

from kullback.distributions import Counts, Probabilities, counts, log_probs, logits
from kullback.divergences import catalogue, chi2, js, kl, renyi, tv
from kullback.exact import sparse
from kullback.exact.companions import cross_entropy, entropy
from kullback.exact.sparse import is_sparse, pairwise, rowwise, terms
from tests.close import assert_close
from tests.truth.exact import truth

members = pytest.mark.parametrize("divergence", catalogue, ids=repr)


def by(measure):
    return lambda finites, weights: measure(*finites, weights=weights, check=False)


def pair(p, q):
    return {"p": p, "q": q}


def counted(dense, add=0.0):
    return Counts(scipy.sparse.csr_array(dense), add)


def close(divergence, actual, expected):
    # These end in the logarithm of a sum, which magnifies the rounding of the sum where that is near 1.
    logarithm = divergence.name in ("renyi", "bhattacharyya", "chernoff")
    assert_close(actual, expected, relative=5e-14 if logarithm else 4e-15)


def ragged(n, size, seed):
    """Rows with 1 to all outcomes, of counts from 1 to 99."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((n, size))
    for i in range(n):
        stored = rng.integers(1, size + 1) if i % 3 else rng.integers(1, 4)
        rows[i, rng.choice(size, stored, replace=False)] = rng.integers(1, 100, stored)
    return rows


P, Q = ragged(30, 40, 1), ragged(30, 40, 2)
Q[3] = P[3]  # identical
Q[4] = 3.0 * P[4]  # identical once normalised
P[5], Q[5] = np.arange(40) < 20, 2.0 * (np.arange(40) >= 20)  # nothing in common
P[6], Q[6] = np.eye(40)[7], np.eye(40)[7]  # one outcome
P[7], Q[7] = np.eye(40)[7], np.eye(40)[8]
WEIGHTS = np.random.default_rng(3).choice([0.0, 0.25, 1.0, 3.0], 40)
WEIGHTS[7:9] = 1.0


@members
def test_rows_as_dense(divergence):
    close(divergence, rowwise(pair(counted(P), counted(Q)), by(divergence)), divergence(counts(P), counts(Q)))
    p, q = (x / x.sum(-1, keepdims=True) for x in (P, Q))
    both = (Probabilities(scipy.sparse.csr_array(x)) for x in (p, q))
    close(divergence, rowwise(pair(*both), by(divergence)), divergence(p, q))


@members
def test_pairs_as_dense(divergence):
    expected = divergence.pairwise(counts(P), counts(Q))
    close(divergence, pairwise({"rows": counted(P), "others": counted(Q)}, by(divergence)), expected)
    close(divergence, pairwise({"rows": counted(P), "others": counts(Q)}, by(divergence)), expected)
    close(divergence, pairwise({"rows": counts(P), "others": counted(Q)}, by(divergence)), expected)
    few = pairwise({"rows": counted(P[:3]), "others": counted(Q)}, by(divergence))
    close(divergence, few, expected[:3])


@members
def test_one_against_many_as_dense(divergence):
    for one in (Q[0], Q[0, None]):
        expected = divergence(counts(P), counts(Q[0])), divergence(counts(Q[0]), counts(P))
        for kind in (counted, counts):
            close(divergence, rowwise(pair(counted(P), kind(one)), by(divergence)), expected[0])
            close(divergence, rowwise(pair(kind(one), counted(P)), by(divergence)), expected[1])


@members
def test_logarithms_beside_sparse_rows(divergence):
    a = np.random.default_rng(4).normal(0.0, 3.0, (30, 40))
    a[:, 5] = -math.inf
    a[1] += 1e6
    for b in (a, a[0]):
        expected = divergence(counts(P), logits(b)), divergence(logits(b), counts(P))
        assert_close(rowwise(pair(counted(P), logits(b)), by(divergence)), expected[0], relative=1e-13)
        assert_close(rowwise(pair(logits(b), counted(P)), by(divergence)), expected[1], relative=1e-13)
    found = pairwise({"rows": counted(P), "others": logits(a)}, by(divergence))
    assert_close(found, divergence.pairwise(counts(P), logits(a)), relative=1e-13)


@members
@pytest.mark.parametrize("add", [(0.5, 0.5), (0.0, 0.25), (2.0, 0.0), (0.5, 1.5)])
def test_pseudo_counts_of_outcomes_that_are_not_stored(divergence, add):
    p, q = counts(P, add[0]), counts(Q, add[1])
    sparse_p, sparse_q = counted(P, add[0]), counted(Q, add[1])
    close(divergence, rowwise(pair(sparse_p, sparse_q), by(divergence)), divergence(p, q))
    close(
        divergence, rowwise(pair(sparse_p, counts(Q[0], add[1])), by(divergence)), divergence(p, counts(Q[0], add[1]))
    )
    close(divergence, pairwise({"rows": sparse_p, "others": sparse_q}, by(divergence)), divergence.pairwise(p, q))


@members
def test_weights_as_dense(divergence):
    p, q = (np.where(WEIGHTS > 0.0, x, 0.0) + np.eye(40)[7] for x in (P, Q))
    for add in (0.0, 0.5):
        expected = divergence(counts(p, add), counts(q, add), weights=WEIGHTS)
        found = rowwise(pair(counted(p, add), counted(q, add)), by(divergence), weights=WEIGHTS)
        close(divergence, found, expected)
        found = pairwise({"rows": counted(p, add), "others": counted(q, add)}, by(divergence), weights=WEIGHTS)
        close(divergence, found, divergence.pairwise(counts(p, add), counts(q, add), weights=WEIGHTS))
        close(divergence, np.diag(found), expected)


@members
def test_blocks_and_chunks_change_nothing(divergence, monkeypatch):
    known = pair(counted(P), counted(Q))
    whole = rowwise(known, by(divergence)), pairwise(known, by(divergence))
    # The order of a sum depends on the width of its block, by as much as any other order of adding up.
    monkeypatch.setattr(sparse, "_ENTRIES", 50)
    monkeypatch.setattr(sparse, "_BLOCK", 64)
    close(divergence, rowwise(known, by(divergence)), whole[0])
    close(divergence, pairwise(known, by(divergence)), whole[1])


NEAR = [
    ([3.0, 5.0, 0.0, 1e9, 0.0], [3.0, 5.0, 0.0, 1e9 + 1.0, 0.0]),
    ([1.0, 2.0, 0.0, 3.0, 0.0], [1.0, 2.0 + 1e-12, 0.0, 3.0, 0.0]),
    ([1.0, 2.0, 0.0, 3.0, 0.0], [7.0, 14.0, 0.0, 21.0 * (1.0 + 1e-14), 0.0]),
    # What only one row stores is next to nothing beside what is shared: a difference of sums would lose it.
    ([1.0, 2.0, 1e-20, 3.0, 0.0], [1.0, 2.0, 0.0, 3.0, 0.0]),
    ([1.0, 2.0, 1e-20, 3.0, 0.0], [1.0, 2.0, 0.0, 3.0, 1e-25]),
    ([1.0, 2.0, 1e-20, 3.0, 3e-20], [2.0, 4.0, 0.0, 6.0, 0.0]),
    ([1.0, 2.0, 1e-300, 3.0, 0.0], [1.0, 2.0, 0.0, 3.0, 1e-290]),
]


@members
@pytest.mark.parametrize("which", range(len(NEAR)))
def test_small_divergences_are_true(divergence, which):
    p, q = (np.array(x) for x in NEAR[which])
    expected = truth(divergence, counts(p), counts(q), 800)
    floor = 2.0**-1040 if abs(expected) < 1e-300 else 0.0
    many = np.stack([p, p + 1.0, p])
    assert_close(rowwise(pair(counted(p[None]), counted(q[None])), by(divergence)), [expected], 1e-13, floor)
    # One against many, which keeps what is shared and merges the rest, both ways round, sparse and dense.
    for one in (counted(q[None]), counts(q)):
        assert_close(rowwise(pair(counted(many), one), by(divergence))[::2], [expected] * 2, 1e-13, floor)
    many = np.stack([q, q + 1.0, q])
    for one in (counted(p[None]), counts(p)):
        assert_close(rowwise(pair(one, counted(many)), by(divergence))[::2], [expected] * 2, 1e-13, floor)


@members
def test_neighbours_are_true(divergence):
    rng = np.random.default_rng(5)
    for apart in (1e-1, 1e-6, 1e-12):
        p = np.where(rng.random((4, 30)) < 0.3, rng.random((4, 30)), 0.0) + np.eye(30)[0]
        q = p * (1.0 + apart * rng.standard_normal(30))
        expected = [truth(divergence, counts(a), counts(b)) for a, b in zip(p, np.abs(q), strict=True)]
        known = pair(counted(p), counted(np.abs(q)))
        assert_close(rowwise(known, by(divergence)), expected, 1e-13)
        assert_close(np.diag(pairwise(known, by(divergence))), expected, 1e-13)


def test_nothing_is_left_where_everything_is_shared():
    # Totals that are not exact in binary: what is left is known to be nothing because nothing is left to count.
    p = np.array([[0.1, 0.2, 0.3, 0.0], [0.7, 0.0, 0.1, 0.1]])
    for divergence in (kl, kl.reverse, chi2, renyi(math.inf), tv):
        assert_close(np.diag(pairwise(pair(counted(p), counted(p)), by(divergence))), [0.0, 0.0], 0.0)
        assert_close(np.diag(pairwise(pair(counted(p), counted(4.0 * p)), by(divergence))), [0.0, 0.0], 0.0)
        assert rowwise(pair(counted(p), counts(p[0])), by(divergence))[0] == 0.0


def test_weight_of_what_is_not_stored_is_not_a_difference_of_sums():
    # All but the last outcome is stored. Its weight is lost in a sum of weights, but not beside its pseudo-count.
    p, q = np.array([[1.0, 2.0, 3.0, 0.0]]), np.array([[2.0, 2.0, 2.0, 0.0]])
    weights = np.array([0.1, 0.7, 1.3, 1e-40])
    for divergence in (kl, tv, js):
        for a, b in ((1e40, 0.5), (0.0, 1e40), (1e40, 3e40)):
            found = rowwise(pair(counted(p, a), counted(q, b)), by(divergence), weights=weights)
            assert_close(found, divergence(counts(p, a), counts(q, b), weights=weights), 1e-13)


def test_ten_million_outcomes_take_no_memory():
    size, n, stored = 10**7, 200, 60
    rng = np.random.default_rng(6)

    def matrix():
        columns, values = rng.integers(0, size, n * stored), rng.integers(1, 9, n * stored).astype(np.float64)
        return scipy.sparse.coo_array((values, (np.repeat(np.arange(n), stored), columns)), shape=(n, size)).tocsr()

    p, q = matrix(), matrix()
    q = scipy.sparse.vstack([q[:5], 2.0 * p[5:6], q[6:]], format="csr")
    tracemalloc.start()
    try:
        rows = rowwise(pair(Counts(p), Counts(q)), by(js))
        smoothed = rowwise(pair(Counts(p, 1e-3), Counts(q, 1e-3)), by(kl))
        matrix_of_pairs = pairwise(pair(Counts(p), Counts(q)), by(js))
        contributions = terms(pair(Counts(p), Counts(q)), by(js.terms))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # One dense row is 80 MB.
    assert peak < 60e6, f"{peak / 1e6:.0f} MB"
    assert_close(rows[5], 0.0)
    assert_close(np.diag(matrix_of_pairs), rows, 4e-15)
    assert_close(contributions.sum(axis=1), rows, 1e-14)
    # The rows as they are without the outcomes that neither stores, which the pseudo-counts add as equal ones.
    for i in (0, 1, 5):
        columns = np.union1d(p.indices[p.indptr[i] : p.indptr[i + 1]], q.indices[q.indptr[i] : q.indptr[i + 1]])
        a, b = (x[[i]][:, columns].toarray()[0] for x in (p, q))
        assert_close(rows[i], truth(js, counts(a), counts(b)), 1e-13)
        others = (size - len(columns)) * 1e-3
        a, b = np.append(a + 1e-3, others), np.append(b + 1e-3, others)
        assert_close(smoothed[i], kl(counts(a), counts(b)), 1e-13)


def test_many_pairs_take_bounded_memory():
    rng = np.random.default_rng(7)
    n, stored, size = 600, 50, 5000
    values, columns = rng.integers(1, 9, n * stored).astype(np.float64), rng.integers(0, size, n * stored)
    p = scipy.sparse.coo_array((values, (np.repeat(np.arange(n), stored), columns)), shape=(n, size)).tocsr()
    tracemalloc.start()
    try:
        found = pairwise({"rows": Counts(p), "others": Counts(p)}, by(js))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # As dense blocks of unions these pairs would be 36 million outcomes; what takes part at a time is bounded.
    assert peak < 160e6, f"{peak / 1e6:.0f} MB"
    assert_close(np.diag(found), np.zeros(n), 0.0)
    assert_close(found, found.T, 1e-14)
    some = p[:20].toarray()
    assert_close(found[:20, :20], js.pairwise(counts(some)), 4e-15)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("suffix", ["array", "matrix"])
def test_every_format(form, suffix):
    make = getattr(scipy.sparse, f"{form}_{suffix}")
    p, q = make(P), make(Q)
    assert is_sparse(p)
    assert not is_sparse(P)
    assert_close(rowwise(pair(Counts(p), Counts(q)), by(js)), js(counts(P), counts(Q)), 4e-15)
    assert isinstance(terms(pair(Counts(p), Counts(q)), by(js.terms)), getattr(scipy.sparse, f"csr_{suffix}"))


def test_stored_zeros_duplicates_and_disorder():
    rows, columns = np.array([0, 1, 0, 0, 1, 1]), np.array([3, 2, 1, 3, 0, 2])
    values = np.array([200, 7, 5, 100, 0, 3], np.uint8)
    dense = np.array([[0, 5, 0, 300], [0, 0, 10, 0]])
    coo = scipy.sparse.coo_array((values, (rows, columns)), shape=(2, 4))
    q = np.array([[1.0, 2.0, 0.0, 4.0], [1.0, 2.0, 3.0, 4.0]])
    expected = kl(counts(dense), counts(q))
    found = rowwise(pair(Counts(coo), counted(q)), by(kl))
    assert_close(found, expected, 4e-15)
    assert found.dtype == np.float64
    # A CSR array with unsorted columns and a duplicate, which is left as it is.
    csr = scipy.sparse.csr_array((np.array([9.0, 5.0, 1.0, 10.0]), np.array([3, 1, 3, 2]), np.array([0, 3, 4])))
    kept = csr.indices.copy()
    dense = np.array([[0.0, 5.0, 0.0, 10.0], [0.0, 0.0, 10.0, 0.0]])
    assert_close(rowwise(pair(Counts(csr), counted(q)), by(kl)), kl(counts(dense), counts(q)), 4e-15)
    assert np.array_equal(csr.indices, kept)
    stored_zero = scipy.sparse.csr_array((np.array([0.0, 1.0]), np.array([0, 1]), np.array([0, 2])), shape=(1, 3))
    found = terms(pair(Counts(stored_zero), Counts(stored_zero)), by(kl.terms))
    assert found.nnz == 1


def test_dtypes():
    p, q = (x.astype(np.float32) for x in (P, Q))
    found = rowwise(pair(counted(p), counted(q)), by(kl))
    assert found.dtype == np.float32
    assert_close(found, kl(counts(p), counts(q)), 1e-7)
    probabilities = (p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True))
    a, b = (Probabilities(scipy.sparse.csr_array(x)) for x in probabilities)
    assert_close(rowwise(pair(a, b), by(js)), js(*probabilities), 1e-7)
    one = Probabilities(probabilities[1][0])
    assert pairwise(pair(a, Probabilities(probabilities[1])), by(js)).dtype == np.float32
    assert_close(rowwise(pair(a, one), by(js)), js(probabilities[0], probabilities[1][0]), 1e-7)
    assert rowwise(pair(counted(p), counted(Q)), by(kl)).dtype == np.float64
    assert rowwise(pair(counted(P.astype(np.int16)), counted(q)), by(kl)).dtype == np.float64
    assert pairwise(pair(counted(p[:0]), counted(q)), by(kl)).shape == (0, 30)
    assert rowwise(pair(counted(p[:0]), counted(q[:0])), by(kl)).dtype == np.float32


def test_shapes():
    p, q = scipy.sparse.coo_array(P[1]), scipy.sparse.coo_array(Q[1])
    found = rowwise(pair(Counts(p), Counts(q)), by(kl))
    assert found.shape == ()
    assert type(found) is np.float64
    assert_close(found, kl(counts(P[1]), counts(Q[1])), 4e-15)
    assert_close(rowwise(pair(Counts(p), counts(Q[1])), by(kl)), found, 4e-15)
    assert_close(rowwise(pair(Counts(p), counted(Q)), by(js)), js(counts(P[1]), counts(Q)), 4e-15)
    assert rowwise(pair(counted(P[:1]), counted(Q[:1])), by(kl)).shape == (1,)
    flat = terms(pair(Counts(p), Counts(q)), by(js.terms))
    assert flat.shape == (40,)
    assert_close(flat.toarray(), js.terms(counts(P[1]), counts(Q[1])), 4e-15)


@pytest.mark.parametrize("divergence", [kl, kl.reverse, js, tv, chi2, renyi(2.0)], ids=repr)
def test_terms_as_dense(divergence):
    found = terms(pair(counted(P), counted(Q)), by(divergence.terms))
    assert_close(found.toarray(), divergence.terms(counts(P), counts(Q)), 4e-15)
    assert found.nnz == np.count_nonzero((P > 0) | (Q > 0))
    assert found.has_canonical_format
    weighted = terms(pair(counted(P + WEIGHTS), counted(Q + WEIGHTS)), by(divergence.terms), weights=WEIGHTS)
    expected = divergence.terms(counts(P + WEIGHTS), counts(Q + WEIGHTS), weights=WEIGHTS)
    assert_close(weighted.toarray(), expected, 4e-15)
    one = terms(pair(counted(P), counts(Q[0])), by(divergence.terms))
    assert_close(one.toarray(), divergence.terms(counts(P), counts(Q[0])), 4e-15)


def test_companions():
    for add in (0.0, 0.5):
        found = rowwise({"p": counted(P, add)}, by(entropy))
        assert_close(found, entropy(counts(P, add)), 1e-14)
        found = rowwise({"p": counted(P + WEIGHTS, add)}, by(entropy), weights=WEIGHTS)
        assert_close(found, entropy(counts(P + WEIGHTS, add), weights=WEIGHTS), 1e-14, 1e-15)
        known = pair(counted(P, add), counted(Q, 0.5))
        assert_close(rowwise(known, by(cross_entropy)), cross_entropy(counts(P, add), counts(Q, 0.5)), 1e-14)
    expected = cross_entropy(counts(P), counts(Q[0]))
    assert_close(rowwise(pair(counted(P), counted(Q[:1])), by(cross_entropy)), expected, 1e-14)
    assert_close(rowwise(pair(counted(P), counts(Q[0])), by(cross_entropy)), expected, 1e-14)


BAD = {
    "total": [[0.5, 0.0, 0.5], [0.0, 0.25, 0.5]],
    "empty": [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]],
    "nan": [[0.5, 0.0, 0.5], [0.0, 0.5, math.nan]],
    "negative": [[0.5, 0.0, 0.5], [0.0, 1.5, -0.5]],
    "infinite": [[0.5, 0.0, 0.5], [0.0, 0.5, math.inf]],
}
GOOD = np.array([[0.25, 0.0, 0.75], [0.0, 0.5, 0.5]])


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("kind", [Probabilities, Counts])
def test_the_messages_are_those_of_dense_arrays(fault, kind):
    bad = np.array(BAD[fault])
    if fault == "total" and kind is Counts:
        bad = 0.0 * bad
    for weights in (None, [1.0, 1.0, 1.0]):
        for name in ("p", "q"):
            dense, thin = pair(Probabilities(GOOD), Probabilities(GOOD)), pair(Probabilities(GOOD), Probabilities(GOOD))
            dense[name], thin[name] = kind(bad), kind(scipy.sparse.csr_array(bad))
            with pytest.raises(ValueError, match="so it is not") as expected:
                kl(dense["p"], dense["q"], weights=weights)
            with pytest.raises(ValueError, match=re.escape(str(expected.value))):
                rowwise(thin, by(kl), weights=weights)
    row = scipy.sparse.coo_array(bad[1])
    with pytest.raises(ValueError, match="so it is not") as expected:
        kl(kind(bad[1]), GOOD[0])
    with pytest.raises(ValueError, match=re.escape(str(expected.value))):
        rowwise(pair(kind(row), Probabilities(GOOD[0])), by(kl))


def test_bad_dense_arrays_beside_sparse_rows():
    thin = Probabilities(scipy.sparse.csr_array(GOOD))
    for bad in (log_probs(np.log([0.5, 0.25, 0.5])), logits([-math.inf] * 3), logits([0.0, math.nan, 1.0])):
        with pytest.raises(ValueError, match="so it is not") as expected:
            kl(GOOD[0], bad)
        with pytest.raises(ValueError, match=re.escape(str(expected.value))):
            rowwise(pair(thin, bad), by(kl))


@members
def test_without_checks_bad_rows_are_nan(divergence):
    rows = np.array([[0.5, 0.5, 0.0], [3.0, 4.0, 0.0], [math.nan, 1.0, 0.0], [1.2, -0.2, 0.0], [math.inf, 0.0, 0.0]])
    rows = np.append(rows, np.zeros((1, 3)), axis=0)
    thin, good = Probabilities(scipy.sparse.csr_array(rows)), np.array([[0.25, 0.5, 0.25]])
    expected = divergence(rows[0], good[0])
    for one in (Probabilities(good), Probabilities(scipy.sparse.csr_array(good))):
        found = rowwise(pair(thin, one), by(divergence), check=False)
        close(divergence, found[:1], [expected])
        assert np.isnan(found[1:]).all()
    found = pairwise(pair(thin, thin), by(divergence), check=False)
    assert np.isnan(found[1:]).all()
    assert np.isnan(found[:, 1:]).all()
    assert found[0, 0] == 0.0
    same = rowwise(pair(thin, thin), by(divergence), check=False)
    assert same[0] == 0.0
    assert np.isnan(same[1:]).all()


def test_what_is_refused():
    thin, dense = counted(P), counts(Q)

    def fails(error, message, known, **options):
        with pytest.raises(error, match=re.escape(message)):
            rowwise(known, by(kl), **options)

    for kind in (logits, log_probs):
        known = pair(type(kind([0.0]))(thin.values), dense)
        fails(TypeError, "p is sparse, and what it does not store is 0, which as a logarithm is the mass 1", known)
    fails(ValueError, "select the columns first", pair(thin, dense), where=np.ones(40, np.bool_))
    fails(ValueError, "axis is 0, and the outcomes of sparse rows lie on the last axis", pair(thin, dense), axis=0)
    assert rowwise(pair(thin, thin), by(kl), axis=1).shape == (30,)
    fails(ValueError, "the outcomes do not match: p has 40 and q has 39 along axis -1", pair(thin, counted(Q[:, 1:])))
    fails(
        ValueError,
        "do not broadcast outside the outcome axes (1,): p: (30, 40), q: (2, 40)",
        pair(thin, counted(Q[:2])),
    )
    fails(ValueError, "q has shape (2, 2, 40)", pair(thin, counts(np.ones((2, 2, 40)))))
    fails(ValueError, "p is empty along axis -1", pair(counted(P[:, :0]), counted(Q[:, :0])))
    fails(ValueError, "weights has shape (3,)", pair(thin, dense), weights=[1, 1, 1])
    fails(
        ValueError, "weights holds -1.0 at index (1,)", pair(thin, dense), weights=np.where(np.arange(40) == 1, -1, 1)
    )
    fails(TypeError, "p has dtype complex128", pair(Counts(thin.values.astype(complex)), dense))
    fails(TypeError, "p has dtype bool", pair(Counts(thin.values.astype(bool)), dense))
    with pytest.raises(ValueError, match="with it no term is zero"):
        terms(pair(counted(P, 0.5), thin), by(kl.terms))
    with pytest.raises(ValueError, match="one distribution per row"):
        pairwise({"rows": thin, "others": counts(Q[0])}, by(kl))
