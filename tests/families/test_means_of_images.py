"""Means that images and histograms state, against quadrature of their own densities."""

import mpmath
import numpy as np
import pytest

import kullback as kb
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogSquared,
    Power,
    SquaredDeviation,
)

D = kb.distributions
MP = mpmath.mp.clone()
MP.dps = 15

DIFFERENCE = (Difference(0.3), lambda x: x - 0.3)
SQUARE = (SquaredDeviation(0.3), lambda x: (x - 0.3) ** 2)
EXPONENTIAL = (Exponential(0.1, 0.2), lambda x: MP.exp((x - 0.2) / 10))
ABSOLUTE = (AbsoluteDeviation(0.7), lambda x: abs(x - MP.mpf(0.7)))
LOG = (Log(), MP.log)
LOG_SQUARE = (LogSquared(0.5), lambda x: (MP.log(x) - 0.5) ** 2)
POWER = (Power(1.3), lambda x: x**1.3)
ABOVE = (0.0, 1e-3, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0)
LINE = (-60.0, -5.0, -2.0, 0.0, 0.7, 2.0, 5.0, 15.0, 60.0)
CASES = [
    (D.affine(D.gamma(2.0, 1.0), 0.5, 3.0), (0.5, 0.6, 0.7, 2.0, 10.0, 50.0, 200.0), (DIFFERENCE, SQUARE, EXPONENTIAL)),
    (
        D.affine(D.gamma(2.0, 1.0), 0.5, 3.0),
        (0.5, 0.6, 2.0, 50.0, 200.0),
        ((LogDeviation(0.5), lambda x: MP.log(x - 0.5)),),
    ),
    (D.affine(kb.normal(0.1, 1.0), 0.5, -3.0), LINE, (DIFFERENCE, SQUARE, ABSOLUTE, EXPONENTIAL)),
    (D.transformed(kb.normal(0.1, 0.4), "exp"), ABOVE, (LOG, LOG_SQUARE, POWER, DIFFERENCE, SQUARE)),
    (D.transformed(D.gamma(9.0, 2.0), "reciprocal"), ABOVE, (LOG, LOG_SQUARE, POWER, DIFFERENCE)),
    (D.transformed(D.gamma(2.0, 6.0), "square"), ABOVE, (LOG, LOG_SQUARE, POWER, DIFFERENCE, SQUARE)),
    (D.transformed(D.gamma(2.0, 3.0), "square root"), ABOVE, (LOG, LOG_SQUARE, POWER, DIFFERENCE)),
    (D.transformed(D.gamma(2.0, 3.0), "log"), LINE, (DIFFERENCE, SQUARE, EXPONENTIAL)),
    (D.transformed(kb.normal(0.1, 1.0), "negative"), LINE, (DIFFERENCE, SQUARE, ABSOLUTE, EXPONENTIAL)),
    (
        D.histogram([0.2, 0.5, 1.5, 4.0], [0.2, 0.5, 0.3]),
        (0.2, 0.5, 0.7, 1.5, 4.0),
        (DIFFERENCE, SQUARE, ABSOLUTE, EXPONENTIAL, LOG),
    ),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_means(case):
    distribution, cuts, statistics = CASES[case]

    def density(x):
        with np.errstate(all="ignore"):
            return MP.mpf(float(np.exp(distribution.log_prob(np.float64(x)))))

    for statistic, function in statistics:
        found = distribution.expectation(statistic)
        assert found is not None, statistic
        wanted = MP.quad(lambda x, f=function: density(x) * f(x), cuts)
        assert abs(float(found) - wanted) < 1e-8 * (1 + abs(wanted)), statistic


def test_mixture_means_are_weighted():
    mixture = D.mixture([0.3, 0.7], [kb.normal(-1, 0.1), kb.normal(1, 0.5)])
    found = float(mixture.expectation(SquaredDeviation(0.5)))
    assert abs(found - (0.3 * (0.01 + 2.25) + 0.7 * (0.25 + 0.25))) < 1e-15
