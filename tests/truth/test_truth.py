"""Every member against its textbook in mpmath, for the numbers as stored."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, log_probs, logits
from kullback.divergences import catalogue, js, kl, tv
from tests.close import assert_close
from tests.truth.exact import truth

NORMAL = np.finfo(np.float64).tiny
members = pytest.mark.parametrize("divergence", catalogue, ids=repr)


def hold(divergence, p, q, relative=1e-13, digits=80):
    expected = truth(divergence, p, q, digits)
    # Below the normal numbers the last bits are gone, for the truth as well.
    assert_close(divergence(p, q), expected, relative, absolute=2.0**-1040 if abs(expected) < 8 * NORMAL else 0.0)


def neighbours(size, apart, seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(size))
    q = np.abs(p * (1.0 + apart * rng.standard_normal(size)))
    return p, q / q.sum()


@members
@pytest.mark.parametrize("apart", [1.0, 1e-1, 1e-3, 1e-6, 1e-9, 1e-12, 1e-14])
def test_probabilities_counts_and_logits(divergence, apart):
    rng = np.random.default_rng(round(-math.log10(apart)))
    for size in (2, 7):
        p, q = neighbours(size, apart, size)
        hold(divergence, p, q)
        hold(divergence, counts(p * 1e9), counts(q * 1.2345e12))
        a, shift = rng.normal(0.0, 3.0, size), apart * rng.standard_normal(size)
        hold(divergence, logits(a), logits(a + shift))
        hold(divergence, logits(a + 1e6), logits(a + shift - 1e6))


@members
def test_counts_of_one_and_a_billion_with_unequal_totals(divergence):
    n = np.array([10**9, 1, 1, 50, 3])
    m = np.array([10**12, 1000, 999, 50001, 1])
    hold(divergence, counts(n), counts(m))
    hold(divergence, counts(m), counts(n))
    hold(divergence, counts(n), counts(1000 * n + np.array([1, 0, 0, 0, 0])))
    hold(divergence, counts(n, add=0.5), counts(m, add=0.5))


@members
def test_zeros_in_either(divergence):
    for p, q in (
        ([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]),
        ([0.25, 0.25, 0.5], [0.5, 0.5, 0.0]),
        ([0.5, 0.5, 0.0], [0.5, 0.0, 0.5]),
        ([1.0, 0.0], [0.0, 1.0]),
        ([0.0, 0.3, 0.7], [0.0, 0.4, 0.6]),
        ([1.0, 0.0], [1.0, 1e-20]),
        ([1.0, 1e-20], [1.0, 0.0]),
    ):
        hold(divergence, np.array(p), np.array(q))
        with np.errstate(divide="ignore"):
            hold(divergence, logits(np.log(p)), logits(np.log(q)))


@members
def test_tiny_masses(divergence):
    for p, q in (
        ([1e-310, 0.4, 0.6], [1e-5, 0.4, 0.6 - 1e-5]),
        ([1e-5, 0.4, 0.6 - 1e-5], [1e-310, 0.4, 0.6]),
        ([1e-310, 0.4, 0.6], [3e-310, 0.5, 0.5]),
        ([1.0, 1e-200], [1.0, 3e-200]),
        ([1.0, 2e-306], [1.0, 5e-306]),
        ([1.0, 1e-200, 1e-290], [1.0, 1e-200 * (1.0 + 1e-9), 1e-250]),
        ([1e-300, 1.0, 1e-17], [1e-100, 1.0, 1e-17]),
    ):
        hold(divergence, counts(p), counts(q), digits=800)


@members
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([0.0, 0.0], [0.0, -200.0]),
        ([0.0, 0.0], [0.0, -800.0]),
        ([0.0, -200.0], [0.0, -190.0]),
        ([0.0, 40.0], [0.0, 41.0]),
        ([0.0, -40.0], [0.0, -41.0]),
        ([1000.0, 0.0, -1000.0], [-1000.0, 0.0, 1000.0]),
        ([0.0, 1000.0, 999.0], [0.0, 1000.0, 999.5]),
        ([0.0, -900.0, 1.0], [0.0, -500.0, 1.0 + 1e-10]),
        ([0.0, -500.0, 1.0], [0.0, -900.0, 1.0 + 1e-10]),
    ],
)
def test_wide_logits(divergence, a, b):
    # Where exp() itself is asked for e^±500, the rounding of its argument is 1e-13 of the term.
    hold(divergence, logits(np.array(a)), logits(np.array(b)), relative=4e-13, digits=2500)


@members
def test_masked_logits(divergence):
    hold(divergence, logits([0.0, 1.0, -np.inf]), logits([0.0, 1.5, -np.inf]))
    hold(divergence, logits([0.0, 1.0, -np.inf]), logits([0.0, 1.0, 0.5]))
    hold(divergence, logits([0.0, 1.0, 0.5]), logits([0.0, 1.0, -np.inf]))


@members
def test_mixed_kinds(divergence):
    # Through logarithms, each of which is right to half a unit: an absolute error of about 1e-16 in ln(q/p).
    p, q = neighbours(5, 0.3, 1)
    for first in (p, counts(1000 * p), logits(3.0 + np.log(p)), log_probs(np.log(p))):
        for second in (q, counts(1e6 * q), logits(np.log(q) - 2.0), log_probs(np.log(q))):
            hold(divergence, first, second, relative=1e-12)


@pytest.mark.parametrize("divergence", [kl, js, tv], ids=repr)
@pytest.mark.parametrize("apart", [1e-1, 1e-14])
def test_many_outcomes(divergence, apart):
    p, q = neighbours(5_000, apart, 4)
    hold(divergence, p, q, digits=50)
    a = np.log(p) + 2.0
    hold(divergence, logits(a), logits(a + apart * np.sin(np.arange(a.size))), digits=50)


@members
def test_along_any_axis_sums_as_accurately(divergence):
    p, q = neighbours(200, 1e-3, 9)
    columns_p, columns_q = np.stack([p, p, q], axis=1), np.stack([q, p, p], axis=1)
    expected = [truth(divergence, p, q), 0.0, truth(divergence, q, p)]
    assert_close(divergence(columns_p, columns_q, axis=0), expected)


@members
def test_narrow_floats_are_read_as_stored_and_summed_in_double(divergence):
    p, q = neighbours(50, 1e-3, 3)
    for narrow, relative in ((np.float32, 1e-7), (np.float16, 1e-7)):
        a, b = p.astype(narrow), q.astype(narrow)
        value = divergence(a, b)
        assert value.dtype == np.float32
        assert_close(value, truth(divergence, a, b), relative)


@pytest.mark.parametrize(
    "alpha", [0.0, 1e-9, 1e-3, 0.25, 0.5, 0.75, 1 - 1e-9, 1 - 2**-53, 1.0, 1 + 2**-52, 1 + 1e-9, 3, 50, 1e6]
)
def test_renyi_is_continuous_in_its_order(alpha):
    from kullback.divergences import renyi

    for apart in (1.0, 1e-3, 1e-8):
        p, q = neighbours(6, apart, 2)
        hold(renyi(alpha), p, q, digits=90)
        hold(renyi(alpha), logits(np.log(p)), logits(np.log(q)), digits=90)
    hold(renyi(alpha), np.array([0.5, 0.5, 0.0]), np.array([0.1, 0.2, 0.7]), digits=90)
    assert renyi(1e15)(p, q) == pytest.approx(float(renyi(math.inf)(p, q)), rel=1e-6)
