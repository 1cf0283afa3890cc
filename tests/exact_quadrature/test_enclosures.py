"""Enclosures contain what functions do on discs."""

import cmath
import math

import numpy as np
import pytest

from kullback.exact.rules.enclosures import constant, discs, functions

CASES = {
    "polynomial": (lambda x, xp: 3.0 - x * x * (x - 2.0), lambda z: 3 - z * z * (z - 2)),
    "quotient": (lambda x, xp: (x - 1.0) / (x + 4.0), lambda z: (z - 1) / (z + 4)),
    "exp": (lambda x, xp: xp.exp(-x) + xp.expm1(0.5 * x), lambda z: cmath.exp(-z) + cmath.exp(z / 2) - 1),
    "log": (lambda x, xp: xp.log(x + 4.0), lambda z: cmath.log(z + 4)),
    "log1p": (lambda x, xp: xp.log1p(0.1 * x * x), lambda z: cmath.log(1 + 0.1 * z * z)),
    "sqrt": (lambda x, xp: xp.sqrt(x + 3.5), lambda z: cmath.sqrt(z + 3.5)),
    "power": (lambda x, xp: (x + 4.0) ** -1.7 + (x + 4.0) ** 3, lambda z: (z + 4) ** -1.7 + (z + 4) ** 3),
    "sine": (lambda x, xp: xp.sin(x) + xp.cos(2.0 * x), lambda z: cmath.sin(z) + cmath.cos(2 * z)),
    "sinh": (lambda x, xp: xp.sinh(x) - xp.cosh(0.5 * x), lambda z: cmath.sinh(z) - cmath.cosh(z / 2)),
    "tanh": (lambda x, xp: xp.tanh(0.3 * x), lambda z: cmath.tanh(0.3 * z)),
    "atan": (lambda x, xp: xp.atan(0.2 * x), lambda z: cmath.atan(0.2 * z)),
    "logaddexp": (lambda x, xp: xp.logaddexp(x, -x), lambda z: cmath.log(cmath.exp(z) + cmath.exp(-z))),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("radius", [1e-6, 0.1, 0.7])
def test_the_values_on_a_disc_are_inside(name, radius):
    ours, plain = CASES[name]
    middles = np.linspace(-2.0, 2.0, 9)
    x = discs(middles, np.full(9, radius), np.full(9, 0.5 * radius))
    with np.errstate(all="ignore"):
        found = ours(x, functions)
        centre, spread = np.broadcast_to(found.middle, 9), np.broadcast_to(found.radius, 9)
    for i, middle in enumerate(middles):
        for angle in np.linspace(0.0, 2.0 * math.pi, 17):
            value = plain(middle + radius * cmath.exp(1j * angle))
            assert abs(value - centre[i]) <= spread[i] * (1.0 + 1e-12) + 4e-16, (name, middle, angle)
        assert spread[i] == math.inf or spread[i] < 1e3 * radius + 1e-12


def test_what_cancels_to_first_order_stays_small():
    x = discs(np.asarray([1000.0]), np.asarray([0.5]), np.asarray([0.4]))
    gap = 0.5 * (x - 2000.0) * (x - 2000.0) - 0.5 * x * x + 2000.0 * x
    assert gap.radius[0] < 1.0


def test_a_logarithm_on_its_cut_is_unbounded():
    x = discs(np.asarray([1.0]), np.asarray([1.5]), np.asarray([1.0]))
    with np.errstate(all="ignore"):
        assert functions.log(x).radius[0] == math.inf
        assert functions.sqrt(x).radius[0] == math.inf
        assert (1.0 / x).radius[0] == math.inf


def test_abs_and_where_mean_the_branch_of_the_panel():
    x = discs(np.asarray([2.0, 0.1]), np.asarray([3.0, 3.0]), np.asarray([1.0, 1.0]))
    bent = abs(x)
    assert bent.radius[0] == 3.0
    assert bent.radius[1] == math.inf
    chosen = functions.where(x > 0.5, x, constant(7.0, x))
    assert chosen.radius[0] == 3.0
    assert chosen.radius[1] >= 6.9
    outside = functions.where(x > 0.5, x, -math.inf)
    assert outside.radius[0] == 3.0
    assert outside.radius[1] == math.inf


def test_what_has_no_enclosure_says_so():
    x = discs(np.asarray([2.0]), np.asarray([1.0]), np.asarray([0.5]))
    with pytest.raises(TypeError, match="floor has no enclosure"):
        functions.floor(x)
