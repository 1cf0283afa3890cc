"""Means that a family states in closed form, against integrals and sums of the densities in mpmath."""

import math

import numpy as np
import pytest

from kullback import statistic as s
from tests.families.nodes import MP, mean, nodes
from tests.families.spec import all_specs

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
    "exp(−0.4 (x − 0.1))": (
        s.Exponential(np.float64(-0.4), np.float64(0.1)),
        lambda mp, x: mp.exp(-mp.mpf(0.4) * (x - mp.mpf(0.1))),
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
    if math.isinf(float(stated)):
        # Nearer and nearer to the end it only grows.
        assert grows(spec, lambda x: of(MP, x))
        return
    wanted = mean(spec, 0, lambda x, log: of(MP, x))
    assert abs(float(stated) - wanted) <= 1e-10 * (1 + abs(wanted)), (float(stated), wanted)


def grows(spec, of):
    """Return whether the terms of a mean do not fall towards an end."""
    terms = [(x, abs(weight) * MP.exp(log) * abs(of(x))) for x, weight, log in nodes(spec, 0)]
    ends = min(terms)[0], max(terms)[0]
    largest = max(term for _, term in terms)
    return any(term > 1e-3 * largest for x, term in terms if x in ends or abs(x) > 1e30)
