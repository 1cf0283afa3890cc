"""Pairs on the unit interval without a closed form, against quadrature of many digits in a better variable."""

import mpmath
import pytest

import kullback as kb
from tests.close import assert_close

D = kb.distributions
PAIRS = ((1.0, 0.2, 1.0, 5.0), (0.5, 0.5, 2.0, 5.0), (1.3, 2.2, 0.8, 1.4), (0.1, 3.0, 2.0, 0.5), (40.0, 0.3, 3.0, 9.0))


def mean_log_complement(mp, a, b, c):
    """Return E ln(1 − X^c) of Kumaraswamy(a, b): −∫ (1 − (1 − e^−t)^(a/c))^b dt, t > 0, X^c = 1 − e^−t."""

    def f(t):
        return (-mp.expm1(a / c * mp.log(-mp.expm1(-t)))) ** b if t > 0 else mp.mpf(1)

    return -mp.quad(f, [0, mp.mpf(10) ** -6, 0.1, 1, 5, 20, 60, 200, 700])


def entropy(mp, a, b):
    return (1 - 1 / a) * mp.harmonic(b) + 1 - 1 / b - mp.log(a * b)


@pytest.mark.parametrize(("a", "b", "c", "d"), PAIRS)
def test_kumaraswamy_and_beta(a, b, c, d):
    mp = mpmath.mp.clone()
    mp.dps = 50
    a_, b_, c_, d_ = map(mp.mpf, (a, b, c, d))
    log_beta = mp.log(mp.beta(c_, d_))
    logs = -mp.harmonic(b_) / a_
    wanted = -entropy(mp, a_, b_) + log_beta - (c_ - 1) * logs - (d_ - 1) * mean_log_complement(mp, a_, b_, 1)
    assert_close(kb.kl(D.kumaraswamy(a, b), D.beta(c, d)), float(wanted), 1e-11)


@pytest.mark.parametrize(("a", "b", "c", "d"), PAIRS)
def test_kumaraswamy_of_different_first_shapes(a, b, c, d):
    if a == c:
        pytest.skip("closed")
    mp = mpmath.mp.clone()
    mp.dps = 50
    a_, b_, c_, d_ = map(mp.mpf, (a, b, c, d))
    logs = -mp.harmonic(b_) / a_
    complement = mean_log_complement(mp, a_, b_, c_)
    wanted = -entropy(mp, a_, b_) - mp.log(c_ * d_) - (c_ - 1) * logs - (d_ - 1) * complement
    assert_close(kb.kl(D.kumaraswamy(a, b), D.kumaraswamy(c, d)), float(wanted), 1e-11)


def test_nearly_equal_first_shapes():
    # KL(a, b ‖ a + h, b) = ½ I(a) h² + O(h³), I the Fisher information of the first shape.
    mp = mpmath.mp.clone()
    mp.dps = 40
    a, b, h = mp.mpf("1.3"), mp.mpf("2.2"), mp.mpf("1e-7")

    def squared_score(x):
        y = x**a
        score = 1 / a + mp.log(x) - (b - 1) * y * mp.log(x) / (1 - y)
        return a * b * x ** (a - 1) * (1 - y) ** (b - 1) * score**2

    information = mp.quad(squared_score, [0, 0.01, 0.5, 1 - mp.mpf(10) ** -8, 1 - mp.mpf(10) ** -20])
    found = kb.kl(D.kumaraswamy(1.3, 2.2), D.kumaraswamy(1.3 + 1e-7, 2.2))
    assert_close(found, float(information * h * h / 2), 1e-6)


def test_values_that_others_get_wrong():
    for (a, b, c, d), digits in zip(PAIRS[:3], (20.78, 4.08, 0.0712), strict=True):
        assert abs(float(kb.kl(D.kumaraswamy(a, b), D.beta(c, d))) / digits - 1) < 1e-3
    p, q = (D.continuous_bernoulli(logits=x) for x in (-500.0, 20.0))
    assert abs(float(kb.kl(p, q)) - 22.179) < 1e-3


def test_arcsine_is_a_beta_distribution():
    assert_close(kb.kl(D.arcsine(), D.beta(2, 3)), kb.kl(D.beta(0.5, 0.5), D.beta(2, 3)), 1e-15)
    assert_close(kb.kl(D.power(2.5), D.beta(2, 3)), kb.kl(D.beta(2.5, 1), D.beta(2, 3)), 1e-14)
