"""Quadrature between densities: right to its own bound, and the bound is small."""

import math

import mpmath as mp
import numpy as np
import pytest

import kullback.divergences as divergences
from kullback.distributions.beta import beta
from kullback.distributions.cauchy import cauchy
from kullback.distributions.gamma import gamma
from kullback.distributions.laplace import laplace
from kullback.distributions.mixture import mixture
from kullback.distributions.normal import normal
from kullback.distributions.pareto import pareto
from kullback.distributions.student_t import student_t
from kullback.distributions.uniform import uniform
from kullback.exact.pair import in_numpy
from kullback.exact.rules.integrands import CROSS_ENTROPY, ENTROPY
from kullback.exact.rules.quadrature import integrate, integrate_companion
from tests.exact_quadrature import truth

INF = mp.inf


def held(name, p, q, expected, relative=1e-10):
    """Assert that a value is within its bound of the truth, and the bound within the promise."""
    divergence = getattr(divergences, name) if isinstance(name, str) else name
    found = integrate(divergence, in_numpy(p), in_numpy(q))
    assert found.certified, found.note
    assert abs(mp.mpf(found.value) - expected) <= found.bound, (found, expected)
    assert found.bound <= relative * abs(found.value)
    return found


# P, Q, their densities in mpmath, and where mpmath cuts the line.
PAIRS = {
    "normal, normal": (
        *(normal(0, 1), normal(1, 2)),
        *(truth.normal(0, 1), truth.normal(1, 2)),
        [-80, -12, "-4.0757", -2, 0, "0.742397", 3, 10, 80],
    ),
    "laplace, normal": (
        *(laplace(0.0, 1.0), normal(0, 1)),
        *(truth.laplace(0, 1), truth.normal(0, 1)),
        [-160, -30, -10, -5, -2, 0, 2, 5, 10, 30, 160],
    ),
    "student, normal": (
        *(student_t(5.0), student_t(2.5)),
        *(truth.student(5), truth.student(mp.mpf("2.5"))),
        [-INF, -100, -10, -2, 0, 2, 10, 100, INF],
    ),
    "gamma, gamma": (
        *(gamma(2, 1), gamma(3.5, 0.5)),
        *(truth.gamma(2, 1), truth.gamma(mp.mpf("3.5"), mp.mpf("0.5"))),
        [0, 0.5, 2, 4, 8, 20, 60, 200],
    ),
    "mixture, normal": (
        mixture([0.25, 0.75], [normal(-2, 0.5), normal(1, 1)]),
        normal(0, 2),
        truth.mixed([mp.mpf("0.25"), mp.mpf("0.75")], [truth.normal(-2, mp.mpf("0.5")), truth.normal(1, 1)]),
        truth.normal(0, 2),
        [-70, -12, -6, -4, -3, -2, -1, 0, 1, 2, 4, 6, 12, 70],
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", ["kl", "js", "hellinger", "triangular", "bhattacharyya"])
def test_smooth_members_are_within_their_bounds_of_the_truth(pair, name):
    p, q, density_p, density_q, points = PAIRS[pair]
    expected, _ = truth.integral(name, density_p, density_q, points)
    held(name, p, q, expected)


def test_kinks_are_found():
    # |p − q| of normals: closed form by the two crossings.
    with mp.workdps(30):
        a, b, c = mp.mpf(3) / 8, mp.mpf(1) / 4, -mp.mpf(1) / 8 - mp.log(2)
        low, high = ((-b + s * mp.sqrt(b * b - 4 * a * c)) / (2 * a) for s in (-1, 1))
        inside = (mp.ncdf(high) - mp.ncdf(low)) - (mp.ncdf((high - 1) / 2) - mp.ncdf((low - 1) / 2))
        held("tv", normal(0, 1), normal(1, 2), inside)


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-12])
def test_nearly_equal_pairs_keep_a_small_relative_error(step):
    scale = mp.mpf(1.0 + step)
    with mp.workdps(60):
        expected = (1 / scale**2 - 1) / 2 + mp.log(scale)
        held("kl", normal(0, 1), normal(0, 1.0 + step), expected)


@pytest.mark.parametrize(("loc", "scale"), [(30.0, 1.0), (1e6, 1.0), (0.0, 1e10), (0.0, 1e-5), (1e4, 1e3)])
def test_pairs_far_apart(loc, scale):
    p, q = normal(0, 1), normal(loc, scale)
    with mp.workdps(40):
        m, s = mp.mpf(loc), mp.mpf(scale)
        held("kl", p, q, (1 + m * m) / (2 * s * s) - mp.mpf(1) / 2 + mp.log(s))
        both = 1 + s * s
        held("bhattacharyya", p, q, m * m / (4 * both) + mp.log(both / (2 * s)) / 2)
        held(divergences.renyi(0.3), p, q, _renyi("0.3", m, s), relative=1e-9)


def _renyi(order, loc, scale):
    a = mp.mpf(float(order))
    mixed = a * scale**2 + (1 - a)
    return a * loc**2 / (2 * mixed) - mp.log(mixed / scale ** (2 * a)) / (2 * (a - 1))


@pytest.mark.parametrize(("first", "second"), [(0.01, 0.02), (0.1, 3.0), (1.0, 1.0 + 1e-9)])
def test_heavy_tails(first, second):
    r = mp.mpf(second) / mp.mpf(first)
    held("kl", pareto(first, 1.0), pareto(second, 1.0), r - 1 - mp.log(r))


def test_densities_that_are_infinite_at_an_end():
    with mp.workdps(40):
        a, b = mp.mpf(0.02), mp.mpf(0.05)
        expected = (a - b) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(b)
        held("kl", gamma(0.02, 1.0), gamma(0.05, 1.0), expected)

        def log_beta(x, y):
            return mp.loggamma(x) + mp.loggamma(y) - mp.loggamma(x + y)

        half, other = mp.mpf(0.5), mp.mpf(0.03125)
        mean = (half - other) * (mp.digamma(other) - mp.digamma(half + other))
        held(
            "kl",
            beta(0.5, 0.03125),
            beta(0.5, 0.5),
            log_beta(half, half) - log_beta(half, other) - mean,
        )


@pytest.mark.parametrize("name", ["js", "tv", "hellinger", "triangular"])
def test_supports_that_overlap_in_part(name):
    expected, _ = truth.integral(name, truth.uniform(0, 2), truth.uniform(1, 4), [0, 1, 2, 4])
    held(name, uniform(0.0, 2.0), uniform(1.0, 4.0), expected)
    assert integrate(divergences.kl, in_numpy(uniform(0.0, 2.0)), in_numpy(uniform(1.0, 4.0))).value == math.inf


def test_every_member_of_the_catalogue_is_what_its_nodes_say():
    p, q = in_numpy(normal(0, 1)), in_numpy(normal(0.5, 1.1))
    for divergence in divergences.catalogue:
        first, second = (q, p) if divergence.reversed else (p, q)
        found = integrate(divergence.reverse if divergence.reversed else divergence, first, second)
        assert math.isfinite(found.value)
        assert found.bound <= 1e-10 * max(found.value, 1e-4), (divergence, found)
        if found.nodes.size > 1:
            weights = found.weights
            masses = [weights * np.exp(one.log_prob(found.nodes)) for one in (p, q)]
            assert abs(masses[0].sum() - 1.0) < 1e-13
            own = float(divergence(*masses, check=False))
            assert abs(own - found.value) <= 1e-9 * found.value + 1e-12, (divergence, own, found.value)


def test_orders_of_renyi_have_their_closed_form():
    for order in ("0.5", "0.99", "1.5", "2", "10"):
        with mp.workdps(40):
            held(divergences.renyi(float(order)), normal(0, 1), normal(1, 2), _renyi(order, mp.mpf(1), mp.mpf(2)))


def test_chernoff_of_shifted_normals():
    held("chernoff", normal(0, 1), normal(3, 1), mp.mpf(9) / 8)
    held("chernoff", normal(0, 1), normal(1e6, 1), mp.mpf(10) ** 12 / 8)


def test_order_infinity_finds_the_greatest_ratio():
    found = integrate(divergences.renyi(math.inf), in_numpy(normal(0, 1)), in_numpy(normal(1, 2)))
    with mp.workdps(30):
        # −x²/2 + (x − 1)²/8 + ln 2 is greatest at x = −1/3.
        assert abs(mp.mpf(found.value) - (mp.log(2) + mp.mpf(1) / 6)) <= found.bound
    assert not found.certified


@pytest.mark.parametrize(
    ("p", "q"),
    [(cauchy(0.0, 1.0), normal(0, 1)), (normal(0, 2), gamma(1, 1)), (pareto(0.5, 1.0), gamma(1, 1))],
)
def test_infinite_values_say_why(p, q):
    found = integrate(divergences.kl, in_numpy(p), in_numpy(q))
    assert found.value == math.inf
    assert found.certified
    assert "∞" in found.note or "outside" in found.note


def test_equal_densities_give_nothing():
    p = in_numpy(student_t(3.0))
    for name in ("kl", "js", "tv", "chi2"):
        assert integrate(getattr(divergences, name), p, p).value == 0.0


class _Measure:
    """A companion: its cost, and nothing else."""

    finish = combine = gradient = None
    range = (-math.inf, math.inf)

    def __init__(self, of):
        self.cost = lambda d: -np.where(d.p > 0.0, d.p * ((d.log_p if of == "p" else d.log_q) - d.log_weights), 0.0)


def test_entropy_and_cross_entropy():
    p, q = in_numpy(gamma(2.5, 0.5)), in_numpy(gamma(1.5, 2.0))
    with mp.workdps(30):
        a, log_rate = mp.mpf("2.5"), mp.log(mp.mpf("0.5"))
        entropy = a - log_rate + mp.loggamma(a) + (1 - a) * mp.digamma(a)
        log_mean, mean = mp.digamma(a) - log_rate, a / mp.mpf("0.5")
        cross = mp.loggamma(mp.mpf("1.5")) - mp.mpf("1.5") * mp.log(2) - log_mean / 2 + 2 * mean
        for of, kind, expected in (("p", ENTROPY, entropy), ("q", CROSS_ENTROPY, cross)):
            found = integrate_companion(_Measure(of), kind, p, q)
            assert found.certified
            assert abs(mp.mpf(found.value) - expected) <= found.bound
            assert found.bound < 1e-10 * found.value


def test_huge_parameters_say_how_far_the_densities_are_right():
    # ln p is a difference of numbers of the size of 1e11: the bound knows what that costs.
    p, q = in_numpy(gamma(1e10, 1.0)), in_numpy(gamma(1.00001e10, 1.0))
    a, b = mp.mpf(1e10), mp.mpf(1.00001e10)
    expected = (a - b) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(b)
    found = integrate(divergences.kl, p, q)
    assert abs(mp.mpf(found.value) - expected) <= found.bound
