"""The kernels of families: what they promise is the truth, and what they do not is answered by the formulas."""

import mpmath
import numpy as np
import pytest

import kullback as kb
from kullback.kernels import families
from kullback.kernels.native import native
from tests.close import assert_close
from tests.kernels.test_probabilities import levels

mp = mpmath.mp.clone()
mp.dps = 50


@pytest.fixture(params=[name for name in levels() if name != "numpy"], autouse=True)
def level(request, monkeypatch):
    monkeypatch.setenv("KULLBACK_KERNELS", request.param)
    native.cache_clear()
    assert native().level == request.param
    yield request.param
    native.cache_clear()


def log_beta(a):
    return mp.fsum(mp.loggamma(x) for x in a) - mp.loggamma(mp.fsum(a))


def true_normal(p, q):
    return mp.log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / (2 * q[1] ** 2) - mp.mpf(1) / 2


def true_gamma(p, q):
    (a, b), (c, d) = p, q
    return (a - c) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(c) + c * mp.log(b / d) + a * (d - b) / b


def true_dirichlet(p, q):
    mean = mp.digamma(mp.fsum(p))
    return log_beta(q) - log_beta(p) + mp.fsum((a - b) * (mp.digamma(a) - mean) for a, b in zip(p, q, strict=True))


TRUTHS = {"normal": true_normal, "gamma": true_gamma, "beta": true_dirichlet, "dirichlet": true_dirichlet}


def pairs(seed, count=400, size=2):
    """Far apart, near, and nearly equal parameters over ten decades."""
    rng = np.random.default_rng(seed)
    p = 10.0 ** rng.uniform(-4.0, 6.0, (count, size))
    near = p * (1.0 + 10.0 ** rng.uniform(-9.0, -0.5, (count, 1)) * rng.uniform(-1.0, 1.0, (count, size)))
    return p, np.where(rng.random((count, 1)) < 0.5, near, 10.0 ** rng.uniform(-4.0, 6.0, (count, size)))


def arguments(name, p, q):
    return (p, q) if name == "dirichlet" else (*p.T, *q.T)


@pytest.mark.parametrize("name", TRUTHS)
def test_what_a_kernel_promises_is_the_truth(name):
    kernel = families.lookup(name)
    p, q = pairs(1, size=5 if name == "dirichlet" else 2)
    found = kernel(*arguments(name, p, q))
    promised = ~np.isnan(found)
    assert promised.mean() > 0.3
    for value, one, other in zip(found[promised], p[promised], q[promised], strict=True):
        truth = TRUTHS[name]([mp.mpf(x) for x in one], [mp.mpf(x) for x in other])
        assert abs(mp.mpf(value) - truth) <= 1e-13 * truth, (name, one, other)


@pytest.mark.parametrize("name", TRUTHS)
def test_a_batch_is_what_its_pairs_are(name):
    p, q = pairs(2, count=150, size=3 if name == "dirichlet" else 2)
    make = getattr(kb.distributions, name)
    columns = [(x,) if name == "dirichlet" else tuple(x.T) for x in (p, q)]
    batch = kb.kl(make(*columns[0]), make(*columns[1]))
    single = [
        kb.kl(make(*((a,) if name == "dirichlet" else a)), make(*((b,) if name == "dirichlet" else b)))
        for a, b in zip(p, q, strict=True)
    ]
    assert_close(batch, np.asarray(single), 2e-13)


def test_equal_pairs_are_zero_apart_and_strides_are_followed():
    kernel = families.lookup("gamma")
    table = np.random.default_rng(3).uniform(0.5, 5.0, (1000, 4))
    columns = table.T
    assert np.all(kernel(columns[0], columns[1], columns[0], columns[1]) == 0.0)
    wanted = kernel(*(np.ascontiguousarray(x) for x in columns))
    assert np.array_equal(kernel(*columns), wanted, equal_nan=True)
    assert np.array_equal(kernel(*columns[:, ::-3]), wanted[::-3], equal_nan=True)
    assert np.isnan(kernel(np.float64(np.nan), 1.0, 1.0, 1.0))
    one = kb.distributions.dirichlet(np.ones((70, 700)))
    assert np.all(kb.kl(one, one) == 0.0)
    large = np.random.default_rng(4).uniform(0.5, 5.0, (2, 80, 1300))
    found = families.lookup("dirichlet")(*large)
    again = families.lookup("dirichlet")(*(x[:, ::-1] for x in large))
    assert_close(found, again, 1e-13)
