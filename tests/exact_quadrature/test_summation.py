"""Sums over whole numbers: right to their own bounds."""

import math

import mpmath as mp
import numpy as np
import pytest

import kullback.divergences as divergences
from kullback.distributions.binomial import binomial
from kullback.distributions.geometric import geometric
from kullback.distributions.poisson import poisson
from kullback.distributions.zeta import zeta
from kullback.exact.pair import in_numpy
from kullback.exact.rules.summation import _sum_rule, add_up
from tests.exact_quadrature import truth


def held(name, p, q, expected, *, certified=True, relative=1e-10):
    """Assert that a value is within its bound of the truth, and the bound within the promise."""
    divergence = getattr(divergences, name) if isinstance(name, str) else name
    found = add_up(divergence, in_numpy(p), in_numpy(q))
    assert found.certified == certified, found.note
    assert abs(mp.mpf(found.value) - expected) <= found.bound, (found, expected)
    assert found.bound <= relative * abs(found.value)


def _poisson(rate):
    return lambda k: mp.exp(k * mp.log(mp.mpf(rate)) - mp.mpf(rate) - mp.loggamma(k + 1))


def _geometric(chance):
    return lambda k: mp.mpf(chance) * (1 - mp.mpf(chance)) ** k


def _binomial(n, chance):
    return lambda k: mp.binomial(n, k) * mp.mpf(chance) ** k * (1 - mp.mpf(chance)) ** (n - k) if k <= n else mp.mpf(0)


PAIRS = {
    "poisson, geometric": (poisson(3.0), geometric(0.25), _poisson(3), _geometric(0.25), 400),
    "poisson, poisson": (poisson(20.0), poisson(35.0), _poisson(20), _poisson(35), 300),
    "binomial, binomial": (binomial(20, 0.25), binomial(20, 0.375), _binomial(20, 0.25), _binomial(20, 0.375), 20),
    "binomial, poisson": (binomial(30, 0.25), poisson(8.0), _binomial(30, 0.25), _poisson(8), 200),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", ["kl", "js", "tv", "hellinger", "triangular", "bhattacharyya", "chi2"])
def test_sums_are_within_their_bounds_of_the_truth(pair, name):
    p, q, mass_p, mass_q, last = PAIRS[pair]
    held(name, p, q, truth.series(name, mass_p, mass_q, 0, last))


def test_bulks_that_are_wide():
    rate, other = mp.mpf(1e10), mp.mpf(1.1e10)
    held("kl", poisson(1e10), poisson(1.1e10), other - rate - rate * mp.log(other / rate), certified=False)
    with mp.workdps(40):
        gap = (mp.sqrt(rate) - mp.sqrt(other)) ** 2 / 2
        held("bhattacharyya", poisson(1e10), poisson(1.1e10), gap, certified=False)


def test_heavy_tails():
    with mp.workdps(30):
        for s, t in ((1.5, 2.5), (3.0, 2.25), (1.0625, 1.125)):
            first, second = mp.mpf(s), mp.mpf(t)
            mean_log = -mp.zeta(first, derivative=1) / mp.zeta(first)
            expected = (second - first) * mean_log + mp.log(mp.zeta(second) / mp.zeta(first))
            held("kl", zeta(s), zeta(t), expected, certified=False)


def test_infinite_values_say_why():
    found = add_up(divergences.kl, in_numpy(zeta(1.5)), in_numpy(poisson(2.0)))
    assert found.value == math.inf
    assert "∞" in found.note
    assert add_up(divergences.kl, in_numpy(poisson(2.0)), in_numpy(binomial(5, 0.5))).value == math.inf


@pytest.mark.parametrize("count", [513, 4000, 10**9])
def test_the_sum_of_a_polynomial_is_exact(count):
    places, weights, _ = _sum_rule(count)
    assert np.all(np.diff(places) > 0)
    for degree in range(4):
        n = mp.mpf(count)
        expected = [n, n * (n - 1) / 2, n * (n - 1) * (2 * n - 1) / 6, (n * (n - 1) / 2) ** 2][degree]
        found = mp.fsum(mp.mpf(float(w)) * mp.mpf(float(k)) ** degree for k, w in zip(places, weights, strict=True))
        assert abs(found / expected - 1) < 1e-13
