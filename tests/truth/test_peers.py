"""What other libraries get wrong, each with its measured wrong output and the truth."""

import math

import numpy as np
import pytest

from kullback.distributions import logits
from kullback.divergences import hellinger, js, kl, renyi
from tests.close import assert_close
from tests.truth.exact import truth


def test_1_js_of_near_equal_pairs_is_never_nan():
    # scipy.spatial.distance.jensenshannon: NaN for 46 % of these pairs.
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(5), 2000)
    q = p * (1.0 + 1e-9 * rng.standard_normal(p.shape))
    q /= q.sum(-1, keepdims=True)
    distance = np.sqrt(js(p, q))
    assert np.all(distance > 0.0) and np.all(distance < 1e-8)
    assert_close(distance[:20], [math.sqrt(truth(js, a, b)) for a, b in zip(p[:20], q[:20], strict=True)])


def test_2_and_4_float32_pairs_are_neither_nan_nor_negative():
    # The same in float32: NaN for 43 %; scipy.stats.entropy(p, q): negative for 40 %.
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(50), 2000).astype(np.float32)
    q = (p * (1.0 + 1e-4 * rng.standard_normal(p.shape))).astype(np.float32)
    assert np.all(js(p, q) > 0.0) and np.all(kl(p, q) > 0.0)
    assert_close(kl(p[:20], q[:20]), [truth(kl, a, b) for a, b in zip(p[:20], q[:20], strict=True)], relative=1e-7)


def test_3_no_infinity_from_the_smallest_number():
    # jensenshannon([0, 1], [5e-324, 1]): inf.
    assert 0.0 <= js([0.0, 1.0], [5e-324, 1.0]) < 1e-323
    assert_close(
        hellinger([0.0, 1.0], [5e-324, 1.0]),
        math.sqrt(5e-324 / 2) if 5e-324 / 2 else math.sqrt(0.5) * math.sqrt(5e-324),
    )


def test_5_a_trillionth_apart():
    # entropy / rel_entr().sum(): -2.8e-17.
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.2 + 1e-12, 0.3 - 1e-12, 0.5])
    assert_close(kl(p, q), truth(kl, p, q))
    assert_close(kl(p, q), 4.1666e-24, relative=1e-4)


def test_6_terms_a_billionth_apart():
    # scipy.special.kl_div(0.5, 0.5 + 1e-9): 0.0.
    assert_close(kl.terms([0.5, 0.5], [0.5 + 1e-9, 0.5 - 1e-9]), [1e-18, 1e-18], relative=1e-6)


def test_7_a_vocabulary_of_logits():
    # F.kl_div(log_target=True) in float32: 2.13e-7, where the truth was 6.76e-9.
    rng = np.random.default_rng(0)
    a = rng.normal(0.0, 3.0, 10_000)
    b = a + 1e-4 * rng.standard_normal(a.size)
    assert_close(kl(logits(a), logits(b)), truth(kl, logits(a), logits(b), digits=40))


@pytest.mark.parametrize(("gap", "expected"), [(-200.0, 99.30685281944005), (-800.0, 399.30685281944005)])
def test_10_no_infinity_from_underflow(gap, expected):
    # torch Categorical: inf, inf.
    assert_close(kl(logits([0.0, 0.0]), logits([0.0, gap])), expected, relative=1e-15)


def test_12_bernoulli_of_large_logits():
    # torch Bernoulli: -2.69e-18.
    assert_close(kl(logits([0.0, 40.0]), logits([0.0, 41.0])), 1.5629e-18, relative=1e-4)


def test_14_both_masked():
    # F.kl_div(log_target=True): nan.
    masked = logits([0.0, 0.0, -math.inf])
    assert kl(masked, masked) == 0.0
    assert kl.terms(masked, logits([0.0, 1.0, -math.inf]))[2] == 0.0


def test_29_far_tails():
    # TFP and Distrax Categorical: -1.4e-86.
    assert_close(kl(logits([0.0, -200.0]), logits([0.0, -190.0])), 3.0468e-83, relative=1e-3)


def test_33_and_39_a_missing_outcome_is_infinite():
    # Keras: 7.3659 for both; philentropy's rule: 5.06.
    assert kl([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert_close(kl([0.5, 0.5], [1.0, 1e-12]), 13.1224, relative=1e-5)


def test_34_and_35_disjoint_is_infinite():
    # infomeasure: -0.693 and 0.0; dictances: -0.3466.
    assert kl([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert kl([1.0, 0.0], [0.0, 1.0]) == math.inf
    assert renyi(0.5)([1.0, 0.0], [0.0, 1.0]) == math.inf


def test_36_finite_where_q_misses_an_outcome():
    # divergence 1.8: inf; ValueError.
    assert_close(renyi(0.5)([0.5, 0.5], [1.0, 0.0]), math.log(2.0))
    assert_close(2.0 * hellinger([0.5, 0.5], [1.0, 0.0]) ** 2, 0.585786437626905)


def test_37_a_billionth_apart():
    # dit, pyitlib, QuTiP, fastjsd: 0.0.
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.2 + 1e-9, 0.3 - 1e-9, 0.5])
    assert_close(kl(p, q), 4.1667e-18, relative=1e-4)
    assert_close(np.sqrt(js(p, q)), math.sqrt(truth(js, p, q)))


def test_38_small_is_not_zero():
    # QuTiP entropy_relative: inf.
    assert_close(kl([0.5, 0.5], [1.0 - 1e-13, 1e-13]), 14.273, relative=1e-4)
