"""Mixtures: their divergences, and the bounds that hold for certain."""

import math

import mpmath
import numpy as np
import pytest
import torch

import kullback as kb
from kullback.exact.rules.mixtures import log_product_integral, mixture_bounds, variational_approximation
from tests.close import assert_close

D = kb.distributions
PARTS = [kb.normal(-1, 0.1), kb.normal(1, 0.5)]
P, Q = D.mixture([0.3, 0.7], PARTS), D.mixture([0.1, 0.9], PARTS)


def drawn(seed, kind=kb.normal):
    rng = np.random.default_rng(seed)
    k, m = rng.integers(1, 5, 2)
    return tuple(
        D.mixture(rng.dirichlet(np.ones(n)), kind(2.0 * rng.normal(size=n), 10.0 ** rng.uniform(-0.7, 0.6, n)))
        for n in (k, m)
    )


def truth(p, q):
    mp = mpmath.mp.clone()
    mp.dps = 30

    def density(mixture):
        rows = [
            (mp.mpf(float(w)), mp.mpf(float(one.loc)), mp.mpf(float(one.scale)))
            for w, one in zip(mixture.weights, mixture.components, strict=True)
        ]
        return lambda x: mp.fsum(w / s * mp.exp(-(((x - m) / s) ** 2) / 2) for w, m, s in rows)

    one, other = density(p), density(q)
    marks = sorted({float(x) for x in np.ravel(p.landmarks())})
    whole = mp.quad(lambda x: one(x) * mp.log(one(x) / other(x)), marks, maxdegree=10)
    return float(whole / mp.sqrt(2 * mp.pi))


def test_the_pair_that_users_asked_for():
    assert_close(kb.kl(P, Q), 0.153212258698013, 1e-14)


@pytest.mark.parametrize("seed", range(6))
def test_against_quadrature_of_thirty_digits(seed):
    p, q = drawn(seed)
    # The landmarks reach to 8 standard deviations: beyond is 1e-15 of P.
    assert_close(kb.kl(p, q), truth(p, q), 1e-11)


def test_nearly_equal_weights():
    near = D.mixture([0.3 + 1e-9, 0.7 - 1e-9], PARTS)
    # The components hardly overlap: those of the weights, but for terms of the overlap.
    wanted = float(kb.kl([0.3, 0.7], [0.3 + 1e-9, 0.7 - 1e-9]))
    assert abs(float(kb.kl(P, near)) - wanted) < 1e-2 * wanted
    assert float(kb.kl(P, P)) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_every_bound_holds(seed):
    p, q = drawn(100 + seed)
    value, bounds = float(kb.kl(p, q)), mixture_bounds(p, q)
    for one in bounds.each:
        assert one.low <= value <= one.high, (one, value)
    low, high = bounds
    assert high - low < 5e-3 * (1 + value)
    assert f"{bounds.low:.6g} ≤ KL(P‖Q)" in str(bounds)


@pytest.mark.parametrize("seed", range(5))
def test_bounds_of_other_components(seed):
    p, q = drawn(200 + seed, kind=lambda loc, scale: D.gamma(np.exp(0.3 * loc), scale))
    value, bounds = float(kb.kl(p, q)), mixture_bounds(p, q)
    for one in bounds.each:
        assert one.low <= value <= one.high, (one, value)


def test_bounds_in_the_plane_hold_for_what_is_known():
    # Components far from one another: KL of the weights and of the components.
    make = D.multivariate_normal
    eye = np.eye(2)
    p = D.mixture([0.4, 0.6], [make([0.0, 0.0], eye), make([60.0, 0.0], eye)])
    q = D.mixture([0.5, 0.5], [make([1.0, 0.0], eye), make([60.0, 1.0], 2 * eye)])
    each = [float(kb.kl(a, b)) for a, b in zip(p.components, q.components, strict=True)]
    value = float(kb.kl([0.4, 0.6], [0.5, 0.5])) + 0.4 * each[0] + 0.6 * each[1]
    low, high = mixture_bounds(p, q)
    assert low <= value * (1 + 1e-12)
    assert value <= high * (1 + 1e-12)
    assert_close(high, value, 1e-9)
    assert_close(variational_approximation(p, q), value, 1e-9)


def test_product_integral_of_normals():
    mp = mpmath.mp.clone()
    mp.dps = 30
    one, other = kb.normal(0.3, 1.2), kb.normal(-1.0, 0.4)
    whole = mp.quad(
        lambda x: mp.npdf(x, mp.mpf(0.3), mp.mpf(1.2)) * mp.npdf(x, mp.mpf(-1), mp.mpf(0.4)), [-5, -1, 0, 3]
    )
    assert_close(log_product_integral(one, other), float(mp.log(whole)), 1e-6)


def test_one_distribution_with_a_component_axis():
    stacked = D.mixture([0.3, 0.7], kb.normal([-1, 1], [0.1, 0.5]))
    x = np.linspace(-2.0, 3.0, 11)
    assert_close(stacked.log_prob(x), P.log_prob(x), 1e-15)
    batch = D.mixture([[0.3, 0.7], [0.1, 0.9]], kb.normal([-1, 1], [0.1, 0.5]))
    assert batch.batch_shape == (2,)
    assert_close(kb.kl(P, batch), [0.0, 0.153212258698013], 1e-14, 1e-300)


def test_weights_of_other_kinds():
    x = np.linspace(-2.0, 3.0, 11)
    for weights in (kb.logits(np.log([0.6, 1.4])), kb.log_probs(np.log([0.3, 0.7])), kb.counts([3, 7])):
        assert_close(D.mixture(weights, PARTS).log_prob(x), P.log_prob(x), 1e-14)


def test_gradient_of_the_weights():
    w = torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(kb.kl(D.mixture(w, PARTS), Q), w)
    h = 1e-6
    change = [float(kb.kl(D.mixture([0.3 + s * h, 0.7 - s * h], PARTS), Q)) / (2 * h) * s for s in (1, -1)]
    assert abs(sum(change) - float(slope[0] - slope[1])) < 1e-6


def test_laws_of_the_distribution_function():
    u = np.asarray([1e-6, 0.1, 0.3, 0.30001, 0.9, 1 - 1e-6])
    assert_close(P.cdf(P.quantile(u)), u, 1e-9)
    x = np.linspace(-2, 3, 7)
    assert_close(P.cdf(x) + P.survival(x), np.ones(7), 1e-15)


def test_zero_inflated_counts():
    p = D.mixture([0.2, 0.8], [D.delta(0.0), D.poisson(2.0)])
    q = D.poisson(2.0)
    k = np.arange(0, 60.0)
    masses = 0.8 * np.exp(q.log_prob(k)) + np.where(k == 0, 0.2, 0.0)
    wanted = math.fsum(masses * (np.log(masses) - q.log_prob(k)))
    assert_close(kb.kl(p, q), wanted, 1e-12)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: D.mixture([0.5, 0.6], PARTS), "sum to 1.1"),
        (lambda: D.mixture([1.0], PARTS), "1 weights for 2 components"),
        (lambda: D.mixture([1.0], kb.normal(0, 1)), "no batch axis"),
        (lambda: D.mixture([], []), "no component"),
        (lambda: mixture_bounds(kb.normal([0, 1], 1), P), "batch"),
    ],
)
def test_what_is_wrong_is_said(make, said):
    with pytest.raises(ValueError, match=said):
        make()
