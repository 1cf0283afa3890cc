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
