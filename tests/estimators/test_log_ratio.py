"""Every divergence from the true log-ratio at quadrature nodes is the divergence; from others it is never above it."""

import math

import numpy as np
import pytest
from tests.close import assert_close

import kullback as kb
from kullback.divergences import catalogue
from kullback.estimators.log_ratio import LogRatio
from kullback.sample import Sample

P = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
Q = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
SAYS_NOTHING = {"renyi(alpha=0.0)", "renyi(alpha=inf)", "tsallis(alpha=0.0)"}
MEMBERS = [member for member in catalogue if repr(member) not in SAYS_NOTHING]


def whole(shares):
    """A sample that is its distribution: one row per outcome, weighted by its probability."""
    rows = len(shares)
    return Sample(np.arange(rows, dtype=float)[:, None], np.empty((rows, 0), np.int64), (), ("outcome",), shares * rows)


def fitted(log_ratio, **settings):
    return LogRatio(whole(P), whole(Q), log_ratio, log_ratio, **settings)


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_the_true_log_ratio_gives_the_divergence(member):
    found, exact = fitted(np.log(P / Q)), float(member(P, Q))
    assert_close(found.value(member).value, exact, 1e-6, 1e-9)
    assert_close(found.lower(member).value, exact, 1e-6, 1e-9)


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_influences_are_the_derivatives_of_the_exact_value(member):
    if member.name == "hockey_stick" or (member.name == "f_divergence" and member.slopes is None):
        tolerance = 1e-4
    else:
        tolerance = 1e-5
    found = fitted(np.log(P / Q)).value(member)
    step = 1e-6
    for outcome in range(len(P)):
        unit = np.eye(len(P))[outcome]
        for side, influence in ((0, found.influence_x), (1, found.influence_y)):
            pairs = []
            for sign in (1.0, -1.0):
                moved = [P, Q]
                moved[side] = moved[side] + sign * step * (unit - moved[side])
                pairs.append(float(member(*(part / part.sum() for part in moved))))
            slope = (pairs[0] - pairs[1]) / (2.0 * step)
            assert_close(influence[outcome], slope, 10.0 * tolerance, 10.0 * tolerance)


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
@pytest.mark.parametrize("seed", range(4))
def test_other_log_ratios_give_no_more(member, seed):
    wrong = np.log(P / Q) + np.random.default_rng(seed).normal(0.0, 0.4, len(P))
    assert fitted(wrong).lower(member).value <= float(member(P, Q)) + 1e-7


@pytest.mark.parametrize("name", sorted(SAYS_NOTHING))
def test_what_no_log_ratio_says_is_refused(name):
    member = next(member for member in catalogue if repr(member) == name)
    with pytest.raises(NotImplementedError, match="can be estimated"):
        fitted(np.log(P / Q)).value(member)


def test_what_was_not_held_out_is_no_bound():
    assert fitted(np.log(P / Q), held_out=False).lower(kb.kl) is None


def test_the_best_constant_is_added_for_kl():
    found = fitted(np.log(P / Q) + 3.0)
    assert_close(found.lower(kb.kl).value, float(kb.kl(P, Q)), 1e-13)
    assert_close(found.lower(kb.kl.reverse).value, float(kb.kl(Q, P)), 1e-13)


def test_a_bound_claims_no_more_than_the_rows_can_show():
    found = fitted(np.array([0.0, 0.0, 0.0, 0.0, 600.0]))
    assert found.lower(kb.kl).value <= float(kb.kl(P, Q))
    assert math.isfinite(found.lower(kb.renyi(3)).value)
