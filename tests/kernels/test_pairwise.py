"""Matrices of pairs, at every level of this processor: held to 60 digits, and to the row-wise kernels."""

import os
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from kullback.divergences import js, kl, renyi, tv
from kullback.kernels import native, pairwise, probabilities
from tests.kernels.test_probabilities import TOLERANCE, TYPES, levels, truth

MEMBERS = (kl, kl.reverse, js)
BOUND = {np.float64: 1e-13, np.float32: 1e-6}


@pytest.fixture(params=[name for name in levels() if name != "numpy"])
def level(request, monkeypatch):
    monkeypatch.setenv("KULLBACK_KERNELS", request.param)
    caches = (native.native, probabilities.lookup, pairwise.lookup)
    for cached in caches:
        cached.cache_clear()
    assert request.param == native.LEVEL
    yield request.param
    for cached in caches:
        cached.cache_clear()


def rows(dtype):
    """Return rows far apart, close, very close, equal, with zeros, concentrated, and with totals slightly off."""
    rng = np.random.default_rng(9)
    base = rng.dirichlet(np.ones(23))
    made = [*rng.dirichlet(np.ones(23), 2), rng.dirichlet(np.full(23, 0.05)), base, base]
    made += [base * np.exp(apart * rng.standard_normal(23)) for apart in (1e-1, 1e-2, 1e-3, 1e-5)]
    zeros = np.where(np.arange(23) % 3 == 0, 0.0, base)
    made += [zeros, np.roll(zeros, 1), np.eye(23)[4]]
    made = np.array([row / row.sum() for row in made])
    made[-2] *= 1.0 + (1e-9 if dtype is np.float64 else 5e-5)
    return made.astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_every_pair_is_promised_and_right(level, member, dtype):
    given = rows(dtype)
    found = pairwise.lookup(member)(given, given, TOLERANCE[dtype])
    assert found.dtype == np.float64
    assert not np.isnan(found).any()
    for i, p in enumerate(given):
        for j, q in enumerate(given):
            expected = truth(member, p, q)
            if mpmath.isinf(expected):
                assert found[i, j] == np.inf, (i, j)
            else:
                error = abs(mpmath.mpf(float(found[i, j])) - expected)
                assert error <= BOUND[dtype] * expected, (i, j, found[i, j], expected)
    assert np.all(np.diag(found) == 0.0)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
@pytest.mark.parametrize("size", [1, 2, 100, 1500])
def test_many_rows_agree_with_the_rows_one_by_one(level, member, dtype, size):
    rng = np.random.default_rng(size)
    first = rng.dirichlet(np.full(size, 0.5), 61)
    second = np.concatenate([rng.dirichlet(np.full(size, 2.0), 40), first[:9] * (1.0 + 1e-3 * rng.random((9, size)))])
    second /= second.sum(-1, keepdims=True)
    first, second = first.astype(dtype), second.astype(dtype)
    expected = probabilities.lookup(member)(first[:, None, :], second[None, :, :], TOLERANCE[dtype])
    assert not np.isnan(expected).any()
    kernel = pairwise.lookup(member)
    wide = np.repeat(first, 2, axis=-1)[:, ::2]
    for found in (
        kernel(first, second, TOLERANCE[dtype]),
        kernel(np.asfortranarray(first), np.asfortranarray(second), TOLERANCE[dtype]),
        kernel(wide, second, TOLERANCE[dtype]),
    ):
        finite = np.isfinite(expected)
        assert np.array_equal(found[~finite], expected[~finite])
        assert np.all(np.abs(found - expected)[finite] <= BOUND[dtype] * expected[finite])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_bad_rows_are_not_promised_and_spoil_no_other(level, member, dtype):
    good = np.random.default_rng(2).dirichlet(np.ones(8), 9).astype(dtype)
    bad = good.copy()
    bad[1, 3] = np.nan
    bad[2, 3] = np.inf
    bad[3, 3] += dtype(2 * bad[3, 5])
    bad[3, 5] *= -1
    bad[4] *= dtype(1.01)
    bad[5] = 0.0
    kernel = pairwise.lookup(member)
    expected = kernel(good, good, TOLERANCE[dtype])
    wrong = np.zeros(9, np.bool_)
    wrong[1:6] = True
    for found, where in (
        (kernel(bad, good, TOLERANCE[dtype]), np.broadcast_to(wrong[:, None], (9, 9))),
        (kernel(good, bad, TOLERANCE[dtype]), np.broadcast_to(wrong[None, :], (9, 9))),
        (kernel(bad, bad, TOLERANCE[dtype]), wrong[:, None] | wrong[None, :]),
    ):
        assert np.isnan(found[where]).all()
        assert np.all(np.abs(found - expected)[~where] <= BOUND[dtype] * expected[~where])


def test_empty_matrices(level):
    some, none = np.full((3, 4), 0.25), np.empty((0, 4))
    for member in MEMBERS:
        kernel = pairwise.lookup(member)
        assert kernel(none, some, 1e-8).shape == (0, 3)
        assert kernel(some, none, 1e-8).shape == (3, 0)
        assert np.isnan(kernel(np.empty((2, 0)), np.empty((3, 0)), 1e-8)).all()


def test_a_divergence_has_one_kernel(level):
    assert pairwise.lookup(kl) is pairwise.lookup(kl)
    assert pairwise.lookup(tv) is None
    assert pairwise.lookup(renyi(2.0)) is None


THREADS = """
import hashlib, numpy as np
from kullback.divergences import js
from kullback.kernels import pairwise
rows = np.random.default_rng(0).dirichlet(np.ones(300), 1100)
print(hashlib.sha1(pairwise.lookup(js)(rows[:20], rows, 1e-8).tobytes()).hexdigest())
"""


def test_threads_do_not_change_a_bit():
    found = {
        subprocess.run(
            [sys.executable, "-c", THREADS],
            env={**os.environ, "KULLBACK_THREADS": count},
            capture_output=True,
            check=True,
        ).stdout
        for count in ("1", "2", "5")
    }
    assert len(found) == 1
    assert len(found.pop()) == 41
