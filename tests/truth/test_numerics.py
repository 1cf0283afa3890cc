"""The primitives against mpmath."""

import numpy as np
import pytest
from mpmath import mp

from kullback import numerics
from tests.close import assert_close

POINTS = np.array([s * 10.0**e for e in np.arange(-300.0, 0.1, 0.37) for s in (1, -1) if e < -0.4 or s > 0])
WIDE = np.concatenate([POINTS, np.linspace(-0.999, 0.999, 101), [1.0, 1.5, 30.0, 600.0]])


def values(function, points, digits=700):
    with mp.workdps(digits):
        return [float(function(mp.mpf(float(x)))) for x in points]


def test_expm1mx():
    points = np.concatenate([WIDE, -WIDE])
    points = points[np.abs(points) > 1e-150]
    assert_close(numerics.expm1mx(points), values(lambda x: mp.expm1(x) - x, points), relative=2e-15)
    assert numerics.expm1mx(np.zeros(1))[0] == 0.0


def test_log1pmx():
    points = WIDE[np.abs(WIDE) > 1e-150]
    assert_close(numerics.log1pmx(points), values(lambda x: mp.log1p(x) - x, points), relative=2e-15)
    assert numerics.log1pmx(np.zeros(1))[0] == 0.0


@pytest.mark.parametrize("operation", ["sum", "difference", "product"])
def test_pairs_are_exact(operation):
    rng = np.random.default_rng(0)
    a = rng.standard_normal(500) * 2.0 ** rng.integers(-200, 200, 500)
    b = rng.standard_normal(500) * 2.0 ** rng.integers(-200, 200, 500)
    high, low = getattr(numerics, f"two_{operation}")(a, b)
    with mp.workdps(400):
        for x, y, h, e in zip(a, b, high, low, strict=True):
            x, y = mp.mpf(float(x)), mp.mpf(float(y))
            exact = {"sum": x + y, "difference": x - y, "product": x * y}[operation]
            assert mp.mpf(float(h)) + mp.mpf(float(e)) == exact


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1001])
def test_total_has_twice_the_bits(size):
    x = np.random.default_rng(size).random((2, size)) * 10.0 ** np.arange(-1, 1)[:, None]
    high, low = numerics.total(x)
    assert high.shape == low.shape == (2, 1)
    with mp.workdps(60):
        for row, h, e in zip(x, high[:, 0], low[:, 0], strict=True):
            exact = mp.fsum(mp.mpf(float(v)) for v in row)
            assert abs(mp.mpf(float(h)) + mp.mpf(float(e)) - exact) <= exact * mp.mpf(2) ** -98


def test_zero_times_anything_is_zero():
    x = np.array([0.0, 0.0, 2.0])
    with np.errstate(all="ignore"):
        assert_close(numerics.times(x, np.array([np.inf, -np.inf, 3.0])), [0.0, 0.0, 6.0])
        assert_close(numerics.xlogy(x, np.array([0.0, np.inf, 1.0])), [0.0, 0.0, 0.0])


def test_logsumexp():
    x = np.array([[-1000.0, -1000.0], [1000.0, 0.0], [-np.inf, 3.0], [-np.inf, -np.inf], [np.inf, 0.0]])
    with np.errstate(all="ignore"):
        assert_close(numerics.logsumexp(x), [-1000.0 + np.log(2.0), 1000.0, 3.0, -np.inf, np.inf], relative=1e-15)


def test_expm1_difference():
    log_ratio = np.array([1e-300, -1e-9, 0.5, -800.0, np.inf, -np.inf])
    p, q = np.array([0.5, 0.5, 0.5, 0.5, 0.0, 0.5]), np.array([0.5, 0.5, 0.5 * np.exp(0.5), 0.0, 0.25, 0.0])
    with np.errstate(all="ignore"):
        found = numerics.expm1_difference(p, q, log_ratio)
    assert_close(found, [5e-301, 0.5 * np.expm1(-1e-9), 0.5 * np.expm1(0.5), -0.5, 0.25, -0.5], relative=4e-16)


def test_root_sum_of_squares():
    x = np.array([[3e-200, 4e-200], [3e200, 4e200], [0.0, 0.0]])
    assert_close(numerics.root_sum_of_squares(x), [5e-200, 5e200, 0.0], relative=4e-16)


def test_exp_and_log_pairs_have_twice_the_bits():
    rng = np.random.default_rng(3)
    high = np.concatenate([-rng.random(300), -700.0 * rng.random(300), [0.0, -1e-300, -1e-17]])
    low = 1e-17 * rng.standard_normal(high.size) * np.abs(high)
    found, error = numerics.exp_pair(high, low)
    mantissa, exponent = np.frexp(found)
    log, log_error = numerics.log_pair(mantissa, exponent)
    with mp.workdps(60):
        for x, y, e, f, g, h in zip(high, low, found, error, log, log_error, strict=True):
            exact = mp.exp(mp.mpf(float(x)) + mp.mpf(float(y)))
            tiny = mp.mpf(2) ** -1070
            assert abs(mp.mpf(float(e)) + mp.mpf(float(f)) - exact) <= exact * mp.mpf(2) ** -93 + tiny
            logarithm = mp.log(mp.mpf(float(e)))
            assert abs(mp.mpf(float(g)) + mp.mpf(float(h)) - logarithm) <= mp.mpf(2) ** -96 * max(1, abs(logarithm))
    assert numerics.exp_pair(np.array([-5000.0]), np.zeros(1))[0][0] == 0.0
