"""Pairs that were once wrong: orders next to 0 and 1, members far apart, terms out of the range of the numbers."""

import math

import mpmath
import numpy as np
import pytest

import kullback as kb
from tests.families.spec import all_specs, exact

d = kb.distributions
SPECS = {spec.name: spec for spec in all_specs() if "logits" not in spec.members[0]}


def textbook(name, p, q, order=None):
    spec = SPECS[name]
    mp = mpmath.mp.clone()
    mp.dps = 120
    one, other = exact(mp, p), exact(mp, q)
    return spec.kl(mp, one, other) if order is None else spec.renyi(mp, mp.mpf(order), one, other)


def assert_near(found, wanted, within=1e-13):
    error = abs(mpmath.mpf(float(found)) - wanted)
    assert error <= within * wanted, f"{float(found)!r} is not {mpmath.nstr(wanted, 17)}"


@pytest.mark.parametrize("order", [1e-6, 0.3, 0.999999, 1.000001, 1.01])
@pytest.mark.parametrize(
    ("name", "p", "q"),
    [
        ("normal", {"loc": 0.0, "scale": 0.0015}, {"loc": 0.0, "scale": 4.9e-5}),
        ("normal", {"loc": -17.0, "scale": 0.0017}, {"loc": 0.1, "scale": 20.0}),
        ("log_normal", {"loc": 0.0, "scale": 2e-6}, {"loc": 0.0, "scale": 186.4}),
        ("half_normal", {"scale": 0.31}, {"scale": 0.67}),
        ("laplace", {"loc": -0.006, "scale": 20.5}, {"loc": 0.0, "scale": 3.9}),
        ("logarithmic", {"probs": 0.9}, {"probs": 0.83}),
        ("logarithmic", {"probs": 0.65}, {"probs": 0.24}),
        ("poisson", {"rate": 78584.8}, {"rate": 670.9}),
        ("poisson", {"rate": 0.057}, {"rate": 0.46}),
        ("geometric", {"probs": 0.34}, {"probs": 1.3e-6}),
        ("von_mises", {"loc": -0.7, "concentration": 0.0043}, {"loc": -0.7, "concentration": 48.1}),
        ("von_mises", {"loc": -2.9, "concentration": 23.3}, {"loc": -2.9, "concentration": 57.4}),
        ("zeta", {"exponent": 783.6}, {"exponent": 1.0026}),
        ("zipf", {"exponent": 22.3, "size": 200.0}, {"exponent": 53.7, "size": 200.0}),
        ("lkj", {"dimension": 3, "concentration": 690133.0}, {"dimension": 3, "concentration": 0.588}),
    ],
)
def test_renyi_next_to_orders_0_and_1_and_far_apart(name, p, q, order):
    make = SPECS[name].make
    found = kb.renyi(order)(make(**p), make(**q))
    wanted = textbook(name, p, q, order)
    assert_near(found, wanted) if not mpmath.isinf(wanted) else np.testing.assert_equal(float(found), math.inf)


@pytest.mark.parametrize(
    ("name", "p", "q"),
    [
        ("zeta", {"exponent": 783.6}, {"exponent": 1.0026}),
        ("zipf", {"exponent": 53.7, "size": 200.0}, {"exponent": 22.3, "size": 200.0}),
        ("lkj", {"dimension": 3, "concentration": 690133.0}, {"dimension": 3, "concentration": 0.588}),
    ],
)
def test_kl_of_members_far_apart(name, p, q):
    make = SPECS[name].make
    assert_near(kb.kl(make(**p), make(**q)), textbook(name, p, q))


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (d.maxwell(3.36e-5), d.frechet(173231.3, 9.3e-6)),
        (d.exponential(0.06), d.frechet(111.6, 1.17e-5)),
        (d.weibull(0.26, 16.7), d.frechet(344.8, 0.0436)),
        (d.lomax(0.0092, 1339.5), d.weibull(1352.9, 1412.0)),
        (d.fisher_f(4.8e-5, 92.9), d.weibull(1352.9, 1412.1)),
        (d.pareto(4.45, 0.518), d.weibull(2916.0, 2.05)),
    ],
)
def test_a_mean_that_diverges_is_not_lost_with_a_coefficient_that_underflows(p, q):
    assert float(kb.kl(p, q)) == math.inf


def test_a_mean_beyond_the_numbers_times_a_small_coefficient_is_finite():
    # KL = −H(P) − ln(k/s) − (k − 1)(m − ln s) + s^−k E X^k of P log-normal, Q Weibull.
    mp = mpmath.mp.clone()
    mp.dps = 60
    m, v, k, s = map(mp.mpf, (-1.1309846925283802, 0.3366329712200467, 136.07704861263858, 210.7830419561616))
    entropy = m + mp.log(2 * mp.pi * mp.e * v * v) / 2
    wanted = -entropy - mp.log(k / s) - (k - 1) * (m - mp.log(s)) + mp.exp(k * m + k * k * v * v / 2) / s**k
    found = kb.kl(d.log_normal(float(m), float(v)), d.weibull(float(k), float(s)))
    # An exponential of a number whose own terms are near 1000.
    assert_near(found, wanted, 1e-12)


def test_entropy_of_beta_prime_with_large_shapes():
    mp = mpmath.mp.clone()
    mp.dps = 60
    for a, b, s in ((931298.1, 92.4, 3.4e-4), (174.8, 9.5e-6, 3.6e-5), (10252.9, 19002.1, 69.9)):
        x, y = mp.mpf(a), mp.mpf(b)
        wanted = mp.log(mp.mpf(s) * mp.beta(x, y)) - (x - 1) * (mp.psi(0, x) - mp.psi(0, y))
        wanted += (x + y) * (mp.psi(0, x + y) - mp.psi(0, y))
        found = float(d.beta_prime(a, b, s).entropy())
        assert abs(found - wanted) <= 1e-14 * (abs(wanted) + abs(mp.log(s)) + 1)


@pytest.mark.parametrize(("df", "finite"), [(0.16, False), (0.4, True)])
def test_a_power_about_another_point_diverges_where_its_mean_does(df, finite):
    # E |X|^0.1586 is finite for df/2 above 0.1586 alone; what the location adds are lower powers.
    found = kb.kl(d.fisher_f(3.07, df), d.generalised_normal(1.26, 0.9, 0.1586))
    assert math.isfinite(float(found)) == finite
