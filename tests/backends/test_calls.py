"""Axes, masks, weights, bases, pairs: each library answers what NumPy answers for the same numbers."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergences import catalogue, hellinger, js, kl, renyi, tv
from kullback.exact.companions import cross_entropy, entropy
from tests.backends.libraries import LIBRARIES, OTHERS
from tests.close import assert_close

members = pytest.mark.parametrize("divergence", catalogue, ids=repr)
some = pytest.mark.parametrize("divergence", [kl, kl.reverse, js, tv, hellinger, renyi(0.3), renyi(2.0)], ids=repr)

RNG = np.random.default_rng(0)
P = RNG.dirichlet(np.ones(6), (4, 3))
Q = RNG.dirichlet(np.ones(6), (4, 3))
Q[1, 2] = P[1, 2] * (1.0 + 1e-9 * RNG.standard_normal(6))
Q[1, 2] /= Q[1, 2].sum()
P[0, 0, 2] = 0.0
P[0, 0] /= P[0, 0].sum()
with np.errstate(divide="ignore"):
    FORMS = {
        "probs": (probs, P, Q),
        "log_probs": (log_probs, np.log(P), np.log(Q)),
        "logits": (logits, np.log(P) + 5.0, np.log(Q) - 2.0),
        "counts": (counts, np.round(1e6 * P), np.round(3e8 * Q)),
    }


@pytest.fixture(params=OTHERS, ids=repr)
def library(request):
    with request.param.setting():
        yield request.param


def pairs(library, kind="probs", dtype=None):
    """Return P and Q in NumPy and in the library: the same numbers in the same dtype."""
    wrap, p, q = FORMS[kind]
    dtype = dtype or library.wide
    ours = [library.make(x, dtype) for x in (p, q)]
    numbers = [library.back(x).astype(dtype) for x in ours]
    return [wrap(x) for x in numbers], [wrap(x) for x in ours]


def same(library, value, expected, dtype=None):
    """Hold a value to NumPy's, and its type and dtype to what is promised."""
    dtype = library.answers_in(dtype or library.wide)
    assert library.is_own(value), type(value)
    assert library.dtype_of(value) == dtype
    assert tuple(value.shape) == np.shape(expected)
    tiny = float(np.finfo(dtype).tiny)
    assert_close(library.back(value), np.float64(expected), 1e-13 if dtype == "float64" else 1e-6, absolute=8 * tiny)


@members
@pytest.mark.parametrize("kind", FORMS)
def test_values_and_reverse(library, divergence, kind):
    numbers, ours = pairs(library, kind)
    same(library, divergence(*ours), divergence(*numbers))
    same(library, divergence.reverse(*ours), divergence.reverse(*numbers))


@some
def test_axes_broadcasting_and_keepdims(library, divergence):
    (p, q), (ours_p, ours_q) = pairs(library)
    for shape, axis in (((4, 3, 6), 0), ((4, 3, 6), (1, 2)), ((4, 3, 2, 3), (-2, -1)), ((4, 3, 2, 3), (3, 1))):
        a, b = (np.ascontiguousarray(x.values.reshape(shape)) for x in (p, q))
        outcomes = axis if isinstance(axis, tuple) else (axis,)
        a, b = (x / x.sum(outcomes, keepdims=True) for x in (a, b))
        x, y = library.make(a, library.wide), library.make(b, library.wide)
        for keepdims in (False, True):
            value = divergence(counts(x), counts(y), axis=axis, keepdims=keepdims)
            same(library, value, divergence(counts(a), counts(b), axis=axis, keepdims=keepdims))
    same(library, divergence(ours_p, ours_q, keepdims=True), divergence(p, q, keepdims=True))
    row, own = q.values[1, 1, :], ours_q.values[1, 1, :]
    same(library, divergence(ours_p, own), divergence(p, row))
    same(library, divergence(own, ours_p), divergence(row, p))
    same(
        library,
        divergence(ours_p.values[:, :1, :], ours_q.values[:1, :, :]),
        divergence(p.values[:, :1, :], q.values[:1, :, :]),
    )


@members
def test_terms(library, divergence):
    if divergence in (renyi(math.inf),):
        pytest.skip("has no terms")
    for kind in ("probs", "logits"):
        (p, q), (ours_p, ours_q) = pairs(library, kind)
        try:
            expected = divergence.terms(p, q)
        except TypeError:
            with pytest.raises(TypeError):
                divergence.terms(ours_p, ours_q)
            continue
        value = divergence.terms(ours_p, ours_q)
        same(library, value, expected)
        assert np.all(library.back(value) >= 0.0)


@members
def test_pairwise(library, divergence):
    for first, second in (("probs", "probs"), ("counts", "logits")):
        rows, others = (pairs(library, kind) for kind in (first, second))
        numbers = [FORMS[first][0](rows[0][0].values[:, 0, :]), FORMS[second][0](others[0][1].values[:3, 1, :])]
        ours = [FORMS[first][0](rows[1][0].values[:, 0, :]), FORMS[second][0](others[1][1].values[:3, 1, :])]
        same(library, divergence.pairwise(*ours), divergence.pairwise(*numbers))
    (p, _), (ours_p, _) = pairs(library)
    same(library, divergence.pairwise(ours_p.values[:, 0, :]), divergence.pairwise(p.values[:, 0, :]))


@some
def test_where(library, divergence):
    keep = np.array([True, True, False, True, False, True])
    for kind in ("counts", "logits"):
        (p, q), (ours_p, ours_q) = pairs(library, kind)
        for mask in (keep, np.broadcast_to(keep, P.shape)):
            own = library.make(mask, "bool")
            same(library, divergence(ours_p, ours_q, where=own), divergence(p, q, where=mask))
        same(library, divergence(ours_p, ours_q, where=keep), divergence(p, q, where=keep))
        same(library, divergence(ours_p, ours_q, where=keep.tolist()), divergence(p, q, where=keep))


@some
def test_weights(library, divergence):
    weights = np.array([0.5, 2.0, 1.0, 3.0, 0.0, 0.25])
    for kind in ("counts", "logits"):
        (p, q), (ours_p, ours_q) = pairs(library, kind)
        for own in (library.make(weights, library.wide), weights.tolist()):
            same(library, divergence(ours_p, ours_q, weights=own), divergence(p, q, weights=weights))


@some
def test_bases(library, divergence):
    (p, q), ours = pairs(library)
    if divergence.unit:
        same(library, divergence(*ours, base=2), divergence(p, q, base=2))
    else:
        with pytest.raises(ValueError, match="no unit"):
            divergence(*ours, base=2)


@some
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_narrow_floats_give_float32(library, divergence, dtype):
    if dtype not in library.dtypes:
        pytest.skip(f"{library} has no {dtype}")
    for kind in ("probs", "logits"):
        wrap, p, q = FORMS[kind]
        ours = [wrap(library.make(x, dtype)) for x in (p, q)]
        numbers = [library.back(x.values).astype(np.float64) for x in ours]
        # As counts, because float64 numbers are not let off with totals that are right in the narrow dtype.
        expected = divergence(*((counts if kind == "probs" else logits)(x) for x in numbers))
        same(library, divergence(*ours), expected, dtype)


@some
def test_integers_are_counts_and_give_the_widest(library, divergence):
    n, m = np.array([[1, 2, 3], [10**9, 1, 5]]), np.array([[3, 2, 1], [999_999_999, 2, 5]])
    ours = [counts(library.make(x, library.integer)) for x in (n, m)]
    same(library, divergence(*ours), divergence(counts(n), counts(m)), library.wide)
    same(library, divergence(ours[0], counts(m.tolist())), divergence(counts(n), counts(m)), library.wide)
    small = [counts(library.make(x[0], "uint8")) for x in (n, m)]
    same(library, divergence(*small), divergence(counts(n[0]), counts(m[0])), library.wide)


def test_plain_lists_and_numbers_follow(library):
    (p, _), (ours_p, _) = pairs(library)
    for kind in ("probs", "logits", "counts"):
        wrap, a, b = FORMS[kind]
        first, second = a[1, 1], b[1, 1]
        expected = kl(wrap(first), wrap(second))
        same(library, kl(wrap(library.make(first, library.wide)), wrap(second.tolist())), expected)
        same(library, kl(wrap(first.tolist()), wrap(library.make(second, library.wide))), expected)
    same(library, kl(ours_p, [1.0 / 6] * 6), kl(p, [1.0 / 6] * 6))
    narrow = library.make(np.array([0.25, 0.75]), "float32")
    same(library, kl(narrow, [0.5, 0.5]), np.float32(kl([0.25, 0.75], [0.5, 0.5])), "float32")


def test_smoothing(library):
    n, m = np.array([3, 0]), np.array([1, 1])
    value = kl(counts(library.make(n, library.integer), add=0.5), counts(library.make(m, library.integer), add=0.5))
    same(library, value, kl(counts(n, add=0.5), counts(m, add=0.5)))


@pytest.mark.parametrize("kind", FORMS)
def test_companions(library, kind):
    (p, q), (ours_p, ours_q) = pairs(library, kind)
    # Cross-entropies are infinite nowhere here: where q is 0, p is.
    same(library, entropy(ours_p), entropy(p))
    same(library, entropy(ours_p, base=2, keepdims=True), entropy(p, base=2, keepdims=True))
    same(library, cross_entropy(ours_p, ours_q), cross_entropy(p, q))
    keep = np.array([True, True, False, True, False, True])
    if kind in ("counts", "logits"):
        same(library, cross_entropy(ours_p, ours_q, where=keep), cross_entropy(p, q, where=keep))
        same(library, entropy(ours_p, where=library.make(keep, "bool")), entropy(p, where=keep))


def test_inputs_stay_as_they_are(library):
    (p, q), (ours_p, ours_q) = pairs(library, "counts")
    kl(ours_p, ours_q), js.pairwise(ours_p.values[:, 1, :] / 1e6, check=False)
    assert np.array_equal(library.back(ours_p.values), p.values)
    assert np.array_equal(library.back(ours_q.values), q.values)


def test_there_is_something_to_compare():
    assert len(LIBRARIES) > 1, "no array library but NumPy is installed"
