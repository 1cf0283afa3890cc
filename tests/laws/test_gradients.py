"""Gradients of every member, with respect to masses with any total and to logits, against mpmath's differentiation."""

import math

import numpy as np
import pytest
from mpmath import mp

from kullback.distributions import counts, logits
from kullback.divergences import catalogue, f_divergence, hellinger, hockey_stick, kl, renyi, tv
from kullback.divergences.f_divergence import excess_over_thrice
from kullback.exact.core import gradients
from kullback.exact.rows import Rows
from tests.close import assert_close

members = pytest.mark.parametrize("divergence", [d for d in catalogue if d.gradient is not None], ids=repr)


def ours(divergence, p, q, kind=counts):
    """Return the derivatives of the value with respect to the numbers in p and in q."""
    rows = [Rows(np.asarray(x, dtype=np.float64), kind(np.asarray(x)), 0.0) for x in (p, q)]
    with np.errstate(all="ignore"):
        return gradients(divergence, *rows, None)[1:]


def derivative(divergence, masses, side, index):
    """Return the derivative of the textbook value with respect to the logarithm of one number of p (0) or q (1)."""

    def value(x):
        moved = [list(masses[0]), list(masses[1])]
        moved[side][index] = moved[side][index] * mp.exp(x)
        return divergence.textbook(*([a / mp.fsum(row) for a in row] for row in moved), mp)

    return mp.diff(value, 0)


def expected(divergence, p, q, side):
    """Return the derivatives with respect to the numbers of one side, NaN where they cannot be told."""
    masses = [[mp.mpf(float(x)) for x in row] for row in (p, q)]
    found = []
    for index, x in enumerate(masses[side]):
        if x > 0:
            found.append(float(derivative(divergence, masses, side, index) / x))
        elif masses[1 - side][index] == 0:
            found.append(0.0)
        else:
            slopes = []
            for tiny in (mp.mpf(10) ** -40, mp.mpf(10) ** -80):
                near = [list(row) for row in masses]
                near[side][index] = tiny
                slopes.append(derivative(divergence, near, side, index) / tiny)
            if abs(slopes[0] - slopes[1]) < 1e-13 * max(1, abs(slopes[1])):
                found.append(float(slopes[1]))
            elif "1.000001" in repr(divergence) or slopes[1] >= 1.5 * slopes[0]:
                found.append(math.nan)
            else:
                found.append(-math.inf)
    return np.array(found)


def hold(actual, truth):
    told = ~np.isnan(truth)
    assert not np.isnan(actual).any(), actual
    assert np.array_equal(np.isinf(actual[told]), np.isinf(truth[told])), (actual, truth)
    finite = told & np.isfinite(truth)
    assert np.array_equal(actual[told & ~finite], truth[told & ~finite])
    error = np.max(np.abs(actual[finite] - truth[finite]), initial=0.0)
    assert error <= 1e-11 * np.max(np.abs(truth[finite]), initial=0.0), (actual, truth)


def pairs_apart(apart):
    rng = np.random.default_rng(round(-math.log10(apart)))
    p = 10.0 * rng.dirichlet(np.ones(4))
    return p, p * (1.0 + apart * rng.standard_normal(4)) * 3.0


ZEROS = [
    ([0.5, 0.3, 0.2, 0.0], [0.25, 0.2, 0.15, 0.4]),
    ([0.25, 0.15, 0.2, 0.4], [0.6, 0.2, 0.2, 0.0]),
    ([0.5, 0.3, 0.2, 0.0], [0.6, 0.35, 0.05, 0.0]),
    ([0.5, 0.5, 0.0], [0.0, 0.4, 0.6]),
    ([1.0, 3.0, 1e-200], [2.0, 1.0, 1e-190]),
]


@members
@pytest.mark.parametrize("apart", [0.9, 1e-1, 1e-6, 1e-10])
def test_of_masses_and_of_their_logarithms(divergence, apart):
    p, q = pairs_apart(apart)
    a, b = np.log(p), np.log(q)
    with mp.workdps(120):
        for side, found in enumerate(ours(divergence, p, q)):
            hold(found, expected(divergence, p, q, side))
        masses = [[mp.exp(mp.mpf(float(x))) for x in row] for row in (a, b)]
        for side, found in enumerate(ours(divergence, a, b, logits)):
            truth = [float(derivative(divergence, masses, side, index)) for index in range(4)]
            hold(found, np.array(truth))


@members
@pytest.mark.parametrize("pair", ZEROS, ids=str)
def test_zeros_in_either(divergence, pair):
    p, q = (np.array(x) for x in pair)
    with mp.workdps(60):
        infinite = mp.isinf(divergence.textbook([mp.mpf(x) for x in p], [mp.mpf(x) for x in q], mp))
    for side, found in enumerate(ours(divergence, p, q)):
        if infinite:
            assert np.all(found == 0.0)
            continue
        with mp.workdps(260):
            hold(found, expected(divergence, p, q, side))


@members
def test_zero_where_equal(divergence):
    p = np.array([0.1, 0.2, 0.7, 0.0])
    for kind, values in ((counts, p), (logits, [0.3, -1.0, 5.0, -math.inf])):
        for found in ours(divergence, values, values, kind):
            assert np.array_equal(found, np.zeros(4))


@members
def test_underflow(divergence):
    for found in ours(divergence, [0.0, 0.0], [0.0, -800.0], logits) + ours(
        divergence, [0.0, -800.0], [0.0, 0.0], logits
    ):
        assert not np.isnan(found).any()
    a, b = [0.0, 0.0, -800.0], [0.0, -1.5, -801.0]
    for found in ours(divergence, a, b, logits):
        assert np.all(np.isfinite(found)) and np.any(found != 0.0) == (divergence(logits(a), logits(b)) > 0.0)


def test_kl_of_logits_is_the_difference():
    assert_close(ours(kl, [0.0, 0.0], [0.0, -800.0], logits)[1], [0.5, -0.5], relative=1e-15)


def test_a_high_order_does_not_overflow():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.0, 4.0, (2, 10_000))
    first, second = ours(renyi(70), a, b, logits)
    # The weights p^α q^(1−α)/Σ, from their logarithms.
    a, b = a - np.logaddexp.reduce(a), b - np.logaddexp.reduce(b)
    log = 70.0 * a - 69.0 * b
    weights = np.exp(log - np.logaddexp.reduce(log))
    assert_close(first, 70.0 / 69.0 * (weights - np.exp(a)), absolute=1e-12)
    assert_close(second, np.exp(b) - weights, absolute=1e-12)


def test_kinks_have_slope_zero():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.5, 0.125, 0.375])
    for divergence in (tv, hockey_stick(1)):
        assert_close(ours(divergence, p, q)[0], [0.0, 0.5, -0.5])
    assert_close(ours(hockey_stick(2), p, q)[0], np.zeros(3))
    assert_close(ours(renyi(math.inf), [0.4, 0.4, 0.2], [0.2, 0.2, 0.6])[0], np.zeros(3))
    assert_close(ours(hellinger, p, p)[1], np.zeros(3))


def test_without_a_derivative_there_is_none():
    assert f_divergence(excess_over_thrice).gradient is None
