"""Pairs at which the answers were once wrong: found by fuzzing against mpmath, as small as they could be made."""

import math

import numpy as np
import pytest

import kullback as kb
from tests.close import assert_close
from tests.truth.exact import truth


def _counts(*numbers):
    return kb.counts(np.array(numbers, np.float64))


def _logits(*numbers):
    return kb.logits(np.array(numbers, np.float64))


def _probs(*numbers):
    return kb.probs(np.array(numbers, np.float64))


@pytest.mark.parametrize("divergence", [kb.kl, kb.jeffreys, kb.renyi(0.999), kb.renyi(2.0)], ids=repr)
@pytest.mark.parametrize("least", [1e-30, 1e-15, 1e-5])
def test_counts_whose_quotient_by_the_total_underflows(divergence, least):
    p, q = _counts(1.0, 2.0), _counts(1e300, least)
    for first, second in ((p, q), (q, p)):
        assert_close(divergence(first, second), truth(divergence, first, second, digits=700))


@pytest.mark.parametrize("small", [1e-100, 1e-130, 1e-145, 1e-150, 1e-160, 1e-200])
def test_hellinger_distance_where_the_product_of_two_masses_underflows(small):
    p, q = np.array([1.0, small]), np.array([1.0, 0.999 * small])
    assert_close(kb.hellinger(p, q), truth(kb.hellinger, p, q, digits=500))
    assert_close(kb.hellinger([p, q], [q, q]), [truth(kb.hellinger, p, q, digits=500), 0.0])


@pytest.mark.parametrize("divergence", [kb.tv, kb.renyi(math.inf), kb.hockey_stick(1.0), kb.kl], ids=repr)
@pytest.mark.parametrize("small", [-40.0, -106.0, -690.0])
def test_a_dominant_outcome_among_mixed_kinds(divergence, small):
    p, q = _probs(1.0, 0.3 * math.exp(small)), _logits(0.0, small)
    for first, second in ((p, q), (q, p)):
        assert_close(divergence(first, second), truth(divergence, first, second, digits=700), absolute=1e-313)


@pytest.mark.parametrize("offset", [1e-15, 1e-12, -1e-12, 1e-9, 1e-6])
def test_orders_next_to_their_limits(offset):
    pairs = (([0.5, 0.5, 0.0], [0.5, 0.25, 0.25]), ([0.3, 0.2, 0.5], [0.0, 0.5, 0.5]), ([1.0, 1e-300], [1e-300, 1.0]))
    near = [*(kb.cressie_read(limit + offset) for limit in (-1.0, 0.0)), *(kb.amari(x + offset) for x in (-1.0, 1.0))]
    near += [kb.tsallis(1.0 + offset), kb.renyi(1.0 + offset)]
    for divergence in near:
        for p, q in pairs:
            for d in (divergence, divergence.reverse):
                assert_close(d(p, q), truth(d, np.array(p), np.array(q), digits=700))


@pytest.mark.parametrize("least", [1e-3, 1e-9, 1e-15])
def test_jensen_shannon_with_nearly_all_weight_on_one_side(least):
    for weights in ((least, 1.0 - least), (1.0 - least, least)):
        divergence = kb.jensen_shannon(weights=weights)
        for p, q in (([1.0, 0.0], [0.0, 1.0]), ([0.5, 0.5], [1e-300, 1.0])):
            assert_close(divergence(p, q), truth(divergence, np.array(p), np.array(q), digits=400), relative=1e-12)


def test_chernoff_information_where_the_steepness_underflows():
    p, q = _logits(0.0, -0.4, -1455.7), _logits(0.0, -0.4, -455.7)
    for first, second in ((p, q), (q, p)):
        assert_close(kb.chernoff(first, second), truth(kb.chernoff, first, second, digits=1500))
    assert kb.chernoff(p, p) == 0.0


def test_an_order_near_one_beside_a_dominant_outcome():
    p, q = _logits(0.0, -700.0), _logits(0.0, -699.0)
    for divergence in (kb.renyi(1.0 + 1e-12), kb.tsallis(1.0 + 1e-12), kb.amari(1.0 + 1e-12), kb.cressie_read(1e-12)):
        assert_close(divergence(p, q), truth(divergence, p, q, digits=700))


@pytest.mark.parametrize("scale", [1e-305, 1e-300, 1e-20, 1e20, 1e300, 1e307])
@pytest.mark.parametrize(
    "divergence", [kb.kl, kb.tv, kb.tsallis(0.3), kb.hockey_stick(1.25), kb.renyi(math.inf)], ids=repr
)
def test_weights_of_any_scale(divergence, scale):
    weights = np.full(3, scale)
    for p, q in ((_logits(3.0, 1.0, 0.0), _logits(0.0, -5.0, 9.0)), (_counts(3.0, 1.0, 7.0), _counts(5.0, 2.0, 9.0))):
        assert_close(divergence(p, q, weights=weights), divergence(p, q))
    p, q = np.array([0.25, 0.25, 0.5]), np.array([0.5, 0.25, 0.25])
    assert_close(divergence(p / scale, q / scale, weights=weights), divergence(p, q))


def test_cross_entropy_is_infinite_where_a_mass_that_underflows_cannot_be():
    p, q = _logits(0.0, -1e4), _logits(0.0, -math.inf)
    assert kb.cross_entropy(p, q) == math.inf == kb.kl(p, q) == kb.perplexity(p, q)
    assert kb.cross_entropy(q, p) == 0.0


@pytest.mark.parametrize("least", [5e-324, 1e-310, 1e-300])
def test_jensen_shannon_of_many_where_the_mixture_underflows(least):
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.5, least])
    assert_close(kb.js.many([p, q]), kb.js(p, q), absolute=1e-313)
    assert_close(kb.js.many([p, q, p], weights=[0.1, 0.3, 0.6]), 0.0, absolute=4.0 * least)


def test_logits_whose_difference_lies_in_masses_that_underflow():
    masked = -math.inf
    for p, q in (
        (_logits(masked, masked, -2.25, 0.0), _logits(masked, masked, 1589.5, 410.5)),
        (_logits(49.0, -14.0), _logits(1049.0, -14.0)),
    ):
        for divergence in (kb.kl, kb.kl.reverse, kb.renyi(0.3)):
            assert_close(divergence(p, q), truth(divergence, p, q, digits=700))


def test_pairs_with_subnormal_masses():
    p, q = np.array([[1.0, 5e-324, 0.0], [1.0, 1e-310, 1e-5]]), np.array([[0.25, 0.25, 0.5], [0.5, 0.5, 0.0]])
    p[1, 0] -= 1e-5
    for divergence in (kb.kl, kb.kl.reverse, kb.js):
        rows = [[truth(divergence, a, b, digits=700) for b in q] for a in p]
        assert_close(divergence.pairwise(p, q), rows)
