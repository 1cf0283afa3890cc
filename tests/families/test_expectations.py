"""Means that a family states in closed form, against quadrature and sums of the densities in mpmath."""

import math

import mpmath
import numpy as np
import pytest

from kullback import statistic as s
from tests.families.spec import all_specs, exact
from tests.families.test_densities import mean

SPECS = [spec for spec in all_specs() if spec.univariate]

STATISTICS = {
    "x": (s.Power(1), lambda mp, x: x),
    "x²": (s.Power(2), lambda mp, x: x * x),
    "√x": (s.Power(0.5), lambda mp, x: mp.sqrt(x)),
    "x^1.7": (s.Power(1.7), lambda mp, x: x ** mp.mpf(1.7)),
    "1/x": (s.Power(-1.0), lambda mp, x: 1 / x),
    "ln x": (s.Log(), lambda mp, x: mp.log(x)),
    "(ln x − 0.3)²": (s.LogSquared(np.float64(0.3)), lambda mp, x: (mp.log(x) - mp.mpf(0.3)) ** 2),
    "ln(1 − x)": (s.LogComplement(), lambda mp, x: mp.log(1 - x)),
    "x − 0.7": (s.Difference(np.float64(0.7)), lambda mp, x: x - mp.mpf(0.7)),
    "(x − 0.7)²": (s.SquaredDeviation(np.float64(0.7)), lambda mp, x: (x - mp.mpf(0.7)) ** 2),
    "|x − 0.7|": (s.AbsoluteDeviation(np.float64(0.7)), lambda mp, x: abs(x - mp.mpf(0.7))),
    "exp(0.2 (x − 0.1))": (
        s.Exponential(np.float64(0.2), np.float64(0.1)),
        lambda mp, x: mp.exp(mp.mpf(0.2) * (x - mp.mpf(0.1))),
    ),
    "exp(−0.9 (x − 0.1))": (
        s.Exponential(np.float64(-0.9), np.float64(0.1)),
        lambda mp, x: mp.exp(-mp.mpf(0.9) * (x - mp.mpf(0.1))),
    ),
    "ln(1 + ((x − 0.2)/1.3)²)": (
        s.LogQuadratic(np.float64(0.2), np.float64(1.3)),
        lambda mp, x: mp.log1p(((x - mp.mpf(0.2)) / mp.mpf(1.3)) ** 2),
    ),
}
POSITIVE_ONLY = {"√x", "x^1.7", "1/x", "ln x", "(ln x − 0.3)²"}


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_stated_means(spec, name):
    density = spec.make(**spec.members[0])
    support = density.support
    if name in POSITIVE_ONLY and float(support.low) < 0.0:
        return
    if name == "ln(1 − x)" and not (float(support.low) >= 0.0 and float(support.high) <= 1.0):
        return
    statistic, of = STATISTICS[name]
    with np.errstate(all="ignore"):
        stated = density.expectation(statistic)
    if stated is None or math.isnan(float(stated)):
        return  # it makes no promise
    mp = mpmath.mp.clone()
    mp.dps = 20
    given = exact(mp, spec.members[0])

    def f(x):
        return mp.exp(spec.log_density(mp, x, **given)) * of(mp, x)

    if math.isinf(float(stated)):
        # The part within ever wider ranges grows past any number; here only that it keeps growing is seen.
        return
    wanted = mean(mp, density, f)
    assert abs(float(stated) - wanted) <= 1e-7 * (1 + abs(wanted)), (float(stated), wanted)
