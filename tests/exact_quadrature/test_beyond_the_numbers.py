"""Mass beyond 1e±300, and values beyond the range of the numbers: stated errors that hold, or infinity."""

import math

import mpmath as mp
import pytest

import kullback as kb
from kullback.exact.rules.quadrature import integrate

D = kb.distributions
CUTS = [-(10 ** mp.mpf(k)) for k in ("6", "5", "4.6", "4.3", "4", "3.7", "3.4", "3", "2.7", "2.4", "2", "1", "0", "-6")]


def _kumaraswamy(a, b):
    return lambda t: mp.log(a * b) + a * t + (b - 1) * mp.log(-mp.expm1(a * t))


def _beta(a, b):
    return lambda t: a * t + (b - 1) * mp.log(-mp.expm1(t)) - mp.log(mp.beta(a, b))


def _weibull(k):
    return lambda t: mp.log(k) + k * t - mp.exp(k * t)


def _half_cauchy():
    return lambda t: mp.log(2 / mp.pi) + t - mp.log1p(mp.exp(2 * t))


def _log_logistic(k):
    return lambda t: mp.log(k) + k * t - 2 * mp.log1p(mp.exp(k * t))


def _lomax():
    return lambda t: t - 2 * mp.log1p(mp.exp(t))


HUNDREDTH, HALF = mp.mpf("0.01"), mp.mpf("0.5")
BELOW_ONE = [*CUTS, mp.mpf("-1e-12"), mp.mpf("-1e-24")]
BOTH_WAYS = [*CUTS, 0, *(-x for x in CUTS[::-1])]
UP_TO_550 = [*CUTS, 0, 1, 4, 16, 64, 128, 200, 250, 300, 330, 350, 370, 390, 420, 450, 500, 550]


def _truth(name, p, q, cuts):
    """Return a divergence of densities of ln x, given by their logarithms."""

    def cost(t):
        a, b = p(t), q(t)
        if name == "kl":
            return mp.exp(a) * (a - b)
        if name == "hellinger":
            return (mp.exp(a / 2) - mp.exp(b / 2)) ** 2 / 2
        middle = mp.log((mp.exp(a) + mp.exp(b)) / 2)
        return (mp.exp(a) * (a - middle) + mp.exp(b) * (b - middle)) / 2

    with mp.workdps(30):
        total = mp.quad(cost, cuts)
        return mp.sqrt(total) if name == "hellinger" else total


@pytest.mark.parametrize("name", ["kl", "js", "hellinger"])
@pytest.mark.parametrize(
    ("p", "q", "log_p", "log_q", "cuts"),
    [
        (D.kumaraswamy(0.01, 3.0), D.beta(2.0, 0.5), _kumaraswamy(HUNDREDTH, 3), _beta(2, HALF), BELOW_ONE),
        (
            D.beta(0.003, 2.0),
            D.kumaraswamy(1.5, 0.5),
            _beta(mp.mpf("0.003"), 2),
            _kumaraswamy(1 + HALF, HALF),
            BELOW_ONE,
        ),
        (D.weibull(0.01, 1.0), D.half_cauchy(1.0), _weibull(HUNDREDTH), _half_cauchy(), UP_TO_550),
        (D.log_logistic(0.01, 1.0), D.lomax(1.0, 1.0), _log_logistic(HUNDREDTH), _lomax(), BOTH_WAYS),
    ],
    ids=["kumaraswamy", "beta", "weibull", "log_logistic"],
)
def test_stated_errors_hold_where_mass_lies_beyond_the_numbers(name, p, q, log_p, log_q, cuts):
    found = integrate(getattr(kb, name), p, q)
    error = abs(found.value - _truth(name, log_p, log_q, cuts))
    assert error <= found.bound
    assert error <= 1e-7 * abs(found.value)
    # Only what follows its declared power to rounding is called proved.
    assert found.certified == (p.name == "beta")


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (D.truncated_normal(0.0, 1.0, -50.0, 50.0), D.normal(100.0, 1.0)),
        (D.normal(0.0, 1.0), D.logistic(0.0, 1e-3)),
        (D.half_normal(1.0), D.gamma(1.5, 1e3)),
    ],
)
def test_a_value_beyond_the_numbers_is_infinite(p, q):
    assert kb.chi2(p, q) == math.inf
    # Its logarithm is a number.
    assert 1e3 < kb.renyi(2.0)(p, q) < 1e7


@pytest.mark.parametrize("rate", [10.0, 1000.0])
def test_order_two_of_a_half_normal_beside_an_exponential(rate):
    # Written as generalised gammas of two powers they are no exponential family, and nothing is infinite.
    with mp.workdps(30):
        cuts = [0, 1, 3, rate / 2 - 10, rate / 2, rate / 2 + 10, rate]
        truth = mp.log(
            mp.quad(lambda x: 2 / mp.pi * mp.exp(-x * x + rate * x) / rate, sorted(c for c in cuts if c >= 0))
        )
    assert abs(kb.renyi(2.0)(D.half_normal(1.0), D.exponential(rate)) - truth) <= 1e-11 * truth


def test_a_normaliser_that_is_rounded_counts_as_an_error():
    # The terms of ln p are 1e8 in size, and all of ln p is off by some 1e-8.
    a, b = 1e8, 2e8
    found = integrate(kb.kl, D.fisher_f(a, b), D.generalised_normal(0.0, 1.1, 1.5))
    with mp.workdps(40):
        x, y = mp.mpf(a) / 2, mp.mpf(b) / 2
        normaliser = x * mp.log(x / y) - mp.log(mp.beta(x, y))
        log_q = mp.log(mp.mpf("1.5") / (2 * mp.mpf(1.1) * mp.gamma(2 / mp.mpf(3))))

        def cost(z):
            log_p = normaliser + (x - 1) * mp.log(z) - (x + y) * mp.log1p(x / y * z)
            return mp.exp(log_p) * (log_p - log_q + (z / mp.mpf(1.1)) ** mp.mpf("1.5"))

        width = mp.sqrt(1 / x + 1 / y)
        truth = mp.quad(cost, [1 + k * width for k in range(-14, 15, 2)])
    assert abs(found.value - truth) <= found.bound <= 1e-6


@pytest.mark.parametrize("name", ["kl", "js", "tv", "hellinger"])
def test_mass_that_no_node_can_see_is_no_number(name):
    # The median of P is exp(10¹⁰).
    with pytest.raises(kb.NotExact, match="of the mass of P"):
        integrate(getattr(kb, name), D.log_normal(1e10, 1e-12), D.generalised_pareto(0.0, 1.0, 0.5))
