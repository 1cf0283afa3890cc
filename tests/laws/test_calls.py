"""How a divergence is called: axes, masks, weights, bases, dtypes, broadcasting."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergences import catalogue, hellinger, js, kl, renyi, tv
from kullback.exact.companions import cross_entropy, entropy
from tests.close import assert_close

RNG = np.random.default_rng(0)
P = RNG.dirichlet(np.ones(6), (4, 3))
Q = RNG.dirichlet(np.ones(6), (4, 3))
members = pytest.mark.parametrize("divergence", catalogue, ids=repr)
summed = pytest.mark.parametrize("divergence", catalogue[:10], ids=repr)


@members
def test_axes_and_broadcasting(divergence):
    rows = np.array([[divergence(P[i, j], Q[i, j]) for j in range(3)] for i in range(4)])
    assert_close(divergence(P, Q), rows, relative=1e-14)
    assert_close(divergence(np.moveaxis(P, -1, 0), np.moveaxis(Q, -1, 0), axis=0), rows, relative=1e-14)
    assert_close(divergence(np.moveaxis(P, -1, 1), np.moveaxis(Q, -1, 1), axis=1), rows, relative=1e-14)
    assert_close(divergence(P.reshape(4, 3, 2, 3), Q.reshape(4, 3, 2, 3), axis=(-2, -1)), rows, relative=1e-14)
    assert_close(divergence(P, Q[0, 0]), [[divergence(a, Q[0, 0]) for a in row] for row in P], relative=1e-14)
    assert_close(divergence(P[0, 0], Q), [[divergence(P[0, 0], b) for b in row] for row in Q], relative=1e-14)
    assert_close(divergence(P, Q, keepdims=True), rows[..., None], relative=1e-14)
    assert divergence(P.T, Q.T, axis=0, keepdims=True).shape == (1, 3, 4)


@members
def test_pairwise(divergence):
    rows, others = P[:, 0], Q[:, 1]
    assert_close(divergence.pairwise(rows, others), [[divergence(a, b) for b in others] for a in rows], relative=1e-14)
    assert_close(np.diag(divergence.pairwise(rows)), np.zeros(4))
    assert_close(
        divergence.pairwise(counts(rows * 7.0), logits(np.log(others))), divergence.pairwise(rows, others), 1e-9
    )


def test_pairwise_in_blocks(monkeypatch):
    from kullback.exact import on_numpy

    whole = kl.pairwise(P[:, 0], Q[:, 1])
    monkeypatch.setattr(on_numpy, "_BLOCK", 1)
    assert_close(kl.pairwise(P[:, 0], Q[:, 1]), whole, relative=0.0)


@members
def test_read_only_input_stays_as_it_is(divergence):
    p, q = P.copy(), Q.copy()
    p.flags.writeable = q.flags.writeable = False
    divergence(p, q), divergence(counts(p), counts(q)), divergence(logits(p), logits(q))
    assert np.array_equal(p, P) and np.array_equal(q, Q)


@members
def test_where_restricts(divergence):
    keep = np.array([True, True, False, True, False, True])
    p, q = np.full((4, 3, 6), np.nan), np.full((4, 3, 6), 0.3)
    p[..., keep], q[..., keep] = (
        P[..., :4] / P[..., :4].sum(-1, keepdims=True),
        Q[..., :4] / Q[..., :4].sum(-1, keepdims=True),
    )
    expected = divergence(p[..., keep], q[..., keep])
    assert_close(divergence(p, q, where=keep), expected, relative=1e-13)
    assert_close(divergence(np.moveaxis(p, -1, 0), np.moveaxis(q, -1, 0), axis=0, where=keep), expected, relative=1e-13)
    assert_close(divergence(logits(np.log(p)), logits(np.log(q)), where=keep), expected, relative=1e-9)
    each = np.broadcast_to(keep, p.shape)
    assert_close(divergence(p, q, where=each), expected, relative=1e-13)


@members
def test_weights_are_a_base_measure(divergence):
    weights = np.array([0.5, 2.0, 1.0, 3.0, 0.0, 0.25])
    p, q = P / (P * weights).sum(-1, keepdims=True), Q / (Q * weights).sum(-1, keepdims=True)
    expected = divergence(counts(p * weights), counts(q * weights))
    assert_close(divergence(p, q, weights=weights), expected, relative=1e-12)
    assert_close(divergence(logits(np.log(p)), logits(np.log(q)), weights=weights), expected, relative=1e-12)
    assert_close(divergence(counts(P), counts(P * (1 + 0e0)), weights=weights), np.zeros((4, 3)))
    near = p * (1.0 + 1e-9 * np.arange(6))
    near = near / (near * weights).sum(-1, keepdims=True)
    # Weights are powers of two times small integers here, so that the products are exact up to one rounding.
    assert_close(divergence(p, near, weights=weights) >= 0.0, np.ones((4, 3)))


def test_weights_are_exact():
    weights = np.array([0.1, 0.7, 1.3])
    p = np.array([1.0, 2.0, 3.0])
    assert kl(counts(p), counts(4.0 * p), weights=weights) == 0.0
    value = kl(counts(p), counts(p * np.array([1.0, 1.0 + 1e-12, 1.0])), weights=weights)
    share = 1.4 / (0.1 + 1.4 + 3.9)
    assert_close(value, 0.5 * share * (1 - share) * (1.0 + 1e-12 - 1.0) ** 2, relative=1e-11)


def test_bases():
    assert_close(kl([0.5, 0.5], [0.9, 0.1], base=2), kl([0.5, 0.5], [0.9, 0.1]) / math.log(2.0))
    assert_close(js([1, 0], [0, 1], base=2), 1.0)
    assert_close(kl.terms([0.5, 0.5], [0.9, 0.1], base=2).sum(), kl([0.5, 0.5], [0.9, 0.1], base=2))
    for divergence in (tv, hellinger):
        with pytest.raises(ValueError, match="no unit"):
            divergence([0.5, 0.5], [0.9, 0.1], base=2)
    with pytest.raises(ValueError, match="no unit"):
        renyi(2).terms([0.5, 0.5], [0.9, 0.1], base=2)
    for base in (0.0, 1.0, -2.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="base"):
            kl([0.5, 0.5], [0.9, 0.1], base=base)


@members
def test_dtypes(divergence):
    p, q = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    assert type(divergence(p, q)) is np.float64
    assert type(divergence(p.astype("f4"), q.astype("f4"))) is np.float32
    assert type(divergence(p.astype("f2"), q.astype("f2"))) is np.float32
    assert type(divergence(p.astype("f4"), q)) is np.float64
    assert type(divergence([1, 0], [1, 0])) is np.float64
    assert type(divergence(counts(np.array([1, 2], np.uint8)), counts([1, 2]))) is np.float64
    assert divergence(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)
    assert divergence([1.0], [1.0]) == 0.0


@summed
def test_terms_keep_the_layout(divergence):
    terms = divergence.terms(np.moveaxis(P, -1, 0), np.moveaxis(Q, -1, 0), axis=0)
    assert terms.shape == (6, 4, 3)
    assert_close(np.moveaxis(terms, 0, -1), divergence.terms(P, Q), relative=1e-14)
    folded = divergence.terms(P.reshape(4, 3, 2, 3), Q.reshape(4, 3, 2, 3), axis=(2, 3))
    assert_close(folded.reshape(P.shape), divergence.terms(P, Q), relative=1e-14)
    assert divergence.terms(P, Q[0, 0]).shape == P.shape


def test_renyi_of_order_infinity_has_no_terms():
    with pytest.raises(TypeError, match="not a sum"):
        renyi(math.inf).terms([0.5, 0.5], [0.1, 0.9])


def test_smoothing_is_an_argument():
    assert_close(
        kl(counts([3, 0], add=0.5), counts([1, 1], add=0.5)), kl([3.5 / 4, 0.5 / 4], [0.5, 0.5]), relative=1e-14
    )


def test_companions():
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.3, 0.1])
    assert_close(entropy(p), -np.sum(p * np.log(p)), relative=1e-14)
    assert_close(cross_entropy(p, q), entropy(p) + kl(p, q), relative=1e-14)
    assert_close(cross_entropy(p, p), entropy(p), relative=1e-14)
    assert_close(entropy(np.full(1024, 1 / 1024), base=2), 10.0)
    assert_close(entropy([1.0, 0.0]), 0.0)
    assert_close(entropy([1.0, 1e-20]), 1e-20 * (1.0 + 20.0 * math.log(10.0)))
    assert_close(entropy(logits([0.0, -46.0])), math.exp(-46.0) * 47.0)
    assert_close(entropy(counts([3, 3])), math.log(2.0))
    assert cross_entropy([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0.0
    assert_close(cross_entropy(logits([0.0, 0.0]), logits([0.0, -800.0])), 400.0)
    assert_close(entropy(P, keepdims=True)[..., 0], entropy(P))
    assert_close(entropy(np.moveaxis(P, -1, 0), axis=0), entropy(P), relative=1e-14)
    # The uniform density on [0, 4], as four cells of width 1 and as two of width 2.
    assert_close(entropy([0.25] * 4, weights=[1.0] * 4), math.log(4.0))
    assert_close(entropy([0.25] * 2, weights=[2.0] * 2), math.log(4.0))
    assert_close(entropy(probs([0.5, 0.5, 7.0]), where=[True, True, False]), math.log(2.0))
    assert_close(cross_entropy(log_probs(np.log(p)), q), cross_entropy(p, q), relative=1e-14)
