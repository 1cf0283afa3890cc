"""Total variation in closed form where the densities cross: to the last digits, nearly equal and far apart."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch

import kullback as kb
from kullback import distributions as d
from tests.close import assert_close


def _crossed(first, second, points):
    """Return half the variation of F − G over the intervals between points."""
    values = [mp.mpf(0), *(first(x) - second(x) for x in sorted(points)), mp.mpf(0)]
    return sum(abs(b - a) for a, b in itertools.pairwise(values)) / 2


def _normal(a, s, b, t):
    square, line = 1 / s**2 - 1 / t**2, -2 * (a / s**2 - b / t**2)
    constant = (a / s) ** 2 - (b / t) ** 2 + 2 * mp.log(s / t)
    if square == 0 and line == 0:
        return mp.mpf(0)
    if square == 0:
        points = [-constant / line]
    else:
        root = mp.sqrt(line**2 - 4 * square * constant)
        points = [(-line - root) / (2 * square), (-line + root) / (2 * square)]
    return _crossed(lambda x: mp.ncdf((x - a) / s), lambda x: mp.ncdf((x - b) / t), points)


def _laplace(a, s, b, t):
    def cdf(m, scale):
        return lambda x: mp.exp((x - m) / scale) / 2 if x < m else 1 - mp.exp(-(x - m) / scale) / 2

    points = [a, b]
    for i in (1, -1):
        for j in (1, -1):
            slope = i / s - j / t
            if slope != 0:
                x = (mp.log(t / s) + i * a / s - j * b / t) / slope
                points += [x] if i * (x - a) >= 0 and j * (x - b) >= 0 else []
    return _crossed(cdf(a, s), cdf(b, t), points)


def _exponential(p, q):
    if p == q:
        return mp.mpf(0)
    x = mp.log(p / q) / (p - q)
    return abs(mp.exp(-p * x) - mp.exp(-q * x))


def _uniform(a, b, c, e):
    return 1 - max(mp.mpf(0), min(b, e) - max(a, c)) / max(b - a, e - c)


def _cauchy(a, s, b, t):
    return 2 / mp.pi * mp.atan(mp.sqrt(((s - t) ** 2 + (a - b) ** 2) / (4 * s * t)))


def _poisson(p, q):
    if p == q:
        return mp.mpf(0)
    if p == 0 or q == 0:
        return -mp.expm1(-max(p, q))
    k, low, high = int(mp.floor((q - p) / mp.log(q / p))), min(p, q), max(p, q)
    if high < 2000:
        return mp.gammainc(k + 1, low, high, regularized=True)
    width = mp.sqrt(k + 1)
    start, end = max(low, k - 25 * width), min(high, k + 25 * width)
    log_factorial = mp.loggamma(k + 1)
    cuts = mp.linspace(start, end, max(2, min(int((end - start) / width) + 2, 20)))
    return mp.quad(lambda t: mp.exp(k * mp.log(t) - t - log_factorial), cuts)


TRUTH = {
    "normal": _normal,
    "laplace": _laplace,
    "exponential": _exponential,
    "uniform": _uniform,
    "cauchy": _cauchy,
    "poisson": _poisson,
}


def _pairs(name, rng):
    def near(x):
        return x * (1.0 + rng.choice([0.0, 1e-3, 1e-6, 1e-9, 1e-12]))

    if name == "exponential":
        rate = 10.0 ** rng.uniform(-12, 10)
        return rate, near(rate) if rng.random() < 0.6 else rate * 10.0 ** rng.uniform(-6, 6)
    if name == "poisson":
        rate = 10.0 ** rng.uniform(-6, 3 if rng.random() < 0.9 else 9)
        return rate, near(rate) if rng.random() < 0.6 else rate * 10.0 ** rng.uniform(-2, 2)
    if name == "uniform":
        a = rng.choice([0.0, 1.0, rng.normal()])
        width = 10.0 ** rng.uniform(-3, 3)
        step = rng.choice([0.0, 1.0, -1.0]) * 10.0 ** rng.uniform(-12, -0.1)
        return (
            a,
            a + width,
            a + width * step,
            a + width + width * rng.choice([0.0, 1.0]) * 10.0 ** rng.uniform(-12, 0.5),
        )
    s = 10.0 ** rng.uniform(-12, 10)
    t = near(s) if rng.random() < 0.6 else s * 10.0 ** rng.uniform(-3, 3)
    a = s * rng.choice([0.0, 1.0, rng.normal()])
    return a, s, a + s * rng.choice([0.0, 1.0, -1.0]) * 10.0 ** rng.uniform(-12, 2), t


@pytest.mark.parametrize("name", TRUTH)
def test_the_last_digits(name):
    rng = np.random.default_rng(11)
    rows = [tuple(map(float, _pairs(name, rng))) for _ in range(60 if name == "poisson" else 150)]
    columns = np.array(rows).T
    half = len(columns) // 2
    make = getattr(d, name)
    found = kb.tv(make(*columns[:half]), make(*columns[half:]))
    with mp.workdps(60):
        expected = [float(TRUTH[name](*map(mp.mpf, row))) for row in rows]
    assert_close(found, expected, 1e-14)


def test_the_values_that_are_known():
    # (2/√(2π)) δ/2 for a shift by δ.
    assert_close(kb.tv(kb.normal(0.0, 1.0), kb.normal(1e-12, 1.0)), 1e-12 / math.sqrt(2.0 * math.pi), 1e-14)
    # 1 − 2 Φ(−δ/2), which is 1 in double precision.
    assert kb.tv(kb.normal(0.0, 1.0), kb.normal(40.0, 1.0)) == 1.0
    assert kb.tv(d.uniform(0.0, 1.0), d.uniform(2.0, 3.0)) == 1.0
    assert kb.tv(d.poisson(0.0), d.poisson(0.0)) == 0.0


@pytest.mark.parametrize("name", TRUTH)
def test_they_are_closed_forms_with_slopes(name):
    rng = np.random.default_rng(12)
    make = getattr(d, name)
    rows = [(0.3, 1.1, 0.2, 1.9), (0.3, 1.1, 0.4, 1.1), (-2.0, 0.5, 3.0, 4.0)]
    if name in ("exponential", "poisson"):
        rows = [(2.5, 3.5), (4.0, 1.0), (3.0, 3.2)]
    elif name == "uniform":
        rows = [(0.0, 1.0, 0.5, 3.0), (0.0, 1.0, -0.5, 0.7), (0.1, 0.9, 0.0, 1.5)]
    assert kb.how(kb.tv, make(*rows[0][: len(rows[0]) // 2]), make(*rows[0][len(rows[0]) // 2 :])).rule == "same family"
    for row in [*rows, tuple(x * (1.0 + 0.01 * rng.random()) for x in rows[0])]:
        at = tuple(torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in row)
        half = len(at) // 2
        assert torch.autograd.gradcheck(lambda *x, h=half: kb.tv(make(*x[:h]), make(*x[h:])), at)
