"""Every member against its textbook in mpmath, for the numbers as stored."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, logits
from kullback.divergences import catalogue, renyi
from tests.close import assert_close
from tests.truth import large
from tests.truth.exact import truth, truth_of
from tests.truth.grid import MIXTURES, PAIRS, in_domain

# What is promised is 1e-5; what is measured is in docs/accuracy.md.
NARROW = 1e-6
NORMAL = np.finfo(np.float64).tiny
members = pytest.mark.parametrize("divergence", catalogue, ids=repr)


def groups(pairs):
    return pytest.mark.parametrize("group", sorted({pair.group for pair in pairs}))


def close(value, expected, relative=1e-13):
    # Below the normal numbers the last bits are gone, for the truth as well.
    assert_close(value, expected, relative, absolute=2.0**-1040 if abs(expected) < 8 * NORMAL else 0.0)


def hold(divergence, pairs):
    __tracebackhide__ = True
    assert pairs
    for pair in pairs:
        if not in_domain(divergence, pair):
            continue
        try:
            close(divergence(*large.known(pair)), truth_of(divergence, pair))
        except AssertionError as error:
            raise AssertionError(f"{divergence!r} of {pair.name}: {error}") from None


@members
@groups(PAIRS)
def test_float64(divergence, group):
    hold(divergence, [pair for pair in PAIRS if pair.group == group])


@members
def test_mixed_kinds(divergence):
    hold(divergence, MIXTURES)


@members
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_narrow_floats_are_read_as_stored_and_summed_wider(divergence, dtype):
    pairs = [pair for pair in (pair.rounded(dtype) for pair in PAIRS[::3]) if pair is not None]
    assert len(pairs) > 20
    for pair in pairs:
        if not in_domain(divergence, pair):
            continue
        value = divergence(*large.known(pair))
        assert value.dtype == np.float32
        expected = truth_of(divergence, pair)
        with np.errstate(over="ignore", under="ignore"):
            expected = float(np.float32(expected))
        tiny = float(np.finfo(np.float32).tiny)
        assert_close(value, expected, NARROW, absolute=2.0**-149 if expected < tiny else 0.0)


@members
def test_smoothed_counts(divergence):
    n = np.array([10**9, 1, 1, 50, 3])
    m = np.array([10**12, 1000, 999, 50001, 0])
    p, q = counts(n, add=0.5), counts(m, add=0.5)
    close(divergence(p, q), truth(divergence, p, q))


@members
def test_along_any_axis_sums_as_accurately(divergence):
    rng = np.random.default_rng(9)
    p = rng.dirichlet(np.ones(200))
    q = p * (1.0 + 1e-3 * rng.standard_normal(200))
    q = q / q.sum()
    columns_p, columns_q = np.stack([p, p, q], axis=1), np.stack([q, p, p], axis=1)
    expected = [truth(divergence, p, q), 0.0, truth(divergence, q, p)]
    assert_close(divergence(columns_p, columns_q, axis=0), expected)


@pytest.mark.parametrize(
    "alpha", [0.0, 1e-9, 1e-3, 0.25, 0.5, 0.75, 1 - 1e-9, 1 - 2**-53, 1.0, 1 + 2**-52, 1 + 1e-9, 3, 50, 1e6]
)
def test_renyi_is_continuous_in_its_order(alpha):
    for apart in (1.0, 1e-3, 1e-8):
        rng = np.random.default_rng(2)
        p = rng.dirichlet(np.ones(6))
        q = np.abs(p * (1.0 + apart * rng.standard_normal(6)))
        q = q / q.sum()
        for pair in ((p, q), (logits(np.log(p)), logits(np.log(q)))):
            close(renyi(alpha)(*pair), truth(renyi(alpha), *pair, digits=90))
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.1, 0.2, 0.7])
    close(renyi(alpha)(p, q), truth(renyi(alpha), p, q, digits=90))
    assert renyi(1e15)(p, q) == pytest.approx(float(renyi(math.inf)(p, q)), rel=1e-6)


def test_a_users_function_that_overflows_has_its_limit():
    p, q = counts([1e-5, 0.4, 0.6 - 1e-5]), counts([1e-310, 0.4, 0.6])
    (divergence,) = (one for one in catalogue if repr(one) == "f_divergence(f=skewed_le_cam)")
    close(divergence(p, q), truth(divergence, p, q, digits=800))
