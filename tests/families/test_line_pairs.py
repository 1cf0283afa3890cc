"""Pairs of different families on the line, and what only some families state: against mpmath."""

import math

import mpmath
import numpy as np
import pytest

import kullback as kb
from tests.close import assert_close

D = kb.distributions


@pytest.mark.parametrize(
    ("p", "q", "wanted"),
    [
        (D.student_t(5, 0, 0.8), kb.normal(0.3, 1.4), 0.1461196759365838007),
        (D.logistic(0, 1), D.logistic(1.3, 1), 0.27403935333982558783),
        (D.wrapped_cauchy(0.4, 0.5), D.wrapped_cauchy(-1.1, 0.7), 1.0314701394225426186),
        (D.generalised_normal(0, 1.1, 1.5), D.generalised_normal(0, 0.8, 2.4), 0.81087362920444094994),
        (D.truncated_normal(0.3, 1.2, -1, 2), D.truncated_normal(-0.5, 0.9, -1, 2), 0.28845055448877969962),
        (D.half_normal(1.3), kb.normal(0, 1.3), math.log(2)),
        (D.uniform(0, 1), kb.normal(0, 1), 1 / 6 + math.log(2 * math.pi) / 2),
        (D.student_t(2, 0, 1), kb.normal(0, 1), math.inf),
        (D.cauchy(0, 1), kb.normal(0, 1), math.inf),
    ],
)
def test_known_values(p, q, wanted):
    assert_close(kb.kl(p, q), wanted, 1e-13)


def test_jensen_shannon_of_cauchys():
    assert_close(kb.js(D.cauchy(0, 1.2), D.cauchy(1.4, 2.3)), 0.061115410721459, 1e-13)


@pytest.mark.parametrize("df", [2.0 + 1e-9, 3.0, 15.9, 16.1, 1e3, 1e8])
def test_student_to_the_normal_of_its_moments(df):
    scale = 1.0 if df < 2.5 else math.sqrt((df - 2.0) / df)
    mp = mpmath.mp.clone()
    mp.dps = 60
    n, s = mp.mpf(df), mp.mpf(scale)
    w = s * s * n / (n - 2)
    steps = mp.psi(0, (n + 1) / 2) - mp.psi(0, n / 2)
    peak = mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2) - mp.log(n / 2) / 2
    wanted = (w - 1 - mp.log(s * s)) / 2 + mp.mpf(1) / 2 - (n + 1) / 2 * steps + peak
    assert_close(kb.kl(D.student_t(df, 0.0, scale), kb.normal(0.0, 1.0)), float(wanted), 1e-13)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ((0.0, 1.0), (1e-9, 1.0)),
        ((0.0, 1.0), (0.0, 1.0 + 1e-9)),
        ((0.0, 1.0), (0.3, 1.2)),
        ((0.0, 1.0), (2.0, 5.0)),
        ((0.0, 1e-20), (1.0, 1.0)),
        ((7.0, 2.0), (-7.0, 2.0)),
    ],
)
def test_total_variation_of_normals(p, q):
    mp = mpmath.mp.clone()
    mp.dps = 80
    (m, s), (n, t) = sorted([tuple(map(mp.mpf, one)) for one in (p, q)], key=lambda one: one[1])
    if s == t:
        wanted = mp.erf(abs(m - n) / s / mp.sqrt(8))
    else:
        d, k = abs(m - n) / s, t / s
        a, b, c = 1 - 1 / k**2, 2 * d / k**2, -(d * d / k**2 + 2 * mp.log(k))
        root = mp.sqrt(b * b - 4 * a * c)
        low, high = (-b - root) / (2 * a), (-b + root) / (2 * a)
        wanted = (mp.ncdf(high) - mp.ncdf(low)) - (mp.ncdf((high - d) / k) - mp.ncdf((low - d) / k))
    assert_close(kb.tv(kb.normal(*p), kb.normal(*q)), float(wanted), 1e-13)


def test_log_ratio_of_students_keeps_its_digits():
    mp = mpmath.mp.clone()
    mp.dps = 60

    def log_density(x, df):
        peak = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
        return peak - (df + 1) / 2 * mp.log(1 + x * x / df)

    for df in (0.5, 8.0, 1e8):
        other = df * (1 + 1e-9)
        for x in (0.1, 2.0, 40.0):
            wanted = log_density(mp.mpf(x), mp.mpf(other)) - log_density(mp.mpf(x), mp.mpf(df))
            found = D.student_t(df).log_ratio(D.student_t(other), np.float64(x))
            assert_close(found, float(wanted), 1e-12)
