"""Entropies and means of the gamma, log-normal and log-logistic kin against quadrature, and what follows from them."""

import math

import mpmath
import numpy as np
import pytest

import kullback as kb
from kullback.exact import resolution
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogOnePlus,
    LogSquared,
    PositiveDeviation,
    Power,
    PowerDeviation,
    SquaredDeviation,
)
from tests.close import assert_close
from tests.families.spec import all_specs, exact

D = kb.distributions
NAMES = (
    "gamma",
    "exponential",
    "weibull",
    "generalised_gamma",
    "rayleigh",
    "maxwell",
    "nakagami",
    "chi",
    "chi2",
    "inverse_gamma",
    "frechet",
    "levy",
    "exp_gamma",
    "exp_inverse_gamma",
    "log_normal",
    "inverse_gaussian",
    "beta_prime",
    "fisher_f",
    "log_logistic",
    "gompertz",
)
SPECS = {spec.name: spec for spec in all_specs() if spec.name in NAMES}
MEMBERS = [pytest.param(name, i, id=f"{name}-{i}") for name in NAMES for i in range(3)]

# Each with the function that it is.
POSITIVE = (
    (Log(), lambda x: np.log(x)),
    (LogSquared(0.3), lambda x: (np.log(x) - 0.3) ** 2),
    (Power(1), lambda x: x),
    (Power(-1), lambda x: 1 / x),
    (Power(np.asarray(0.5)), lambda x: np.sqrt(x)),
    (LogDeviation(0.0), lambda x: np.log(x)),
    (PowerDeviation(0.0, -1.0), lambda x: 1 / x),
)
REAL = (
    (Difference(0.7), lambda x: x - 0.7),
    (SquaredDeviation(0.7), lambda x: (x - 0.7) ** 2),
    (Exponential(np.asarray(0.25), 0.7), lambda x: np.exp((x - 0.7) / 4)),
    (Exponential(np.asarray(-0.5), 0.2), lambda x: np.exp(-(x - 0.2) / 2)),
    (Exponential(np.asarray(0.5), 0.2), lambda x: np.exp((x - 0.2) / 2)),
    (AbsoluteDeviation(0.7), lambda x: abs(x - 0.7)),
    (PositiveDeviation(0.7), lambda x: np.maximum(x - 0.7, 0.0)),
    (LogOnePlus(np.asarray(1.0), 1), lambda x: np.log1p(x)),
    (LogOnePlus(np.asarray(3.0), 1), lambda x: np.log1p(x / 3)),
)


def grid():
    """Return Gauss–Legendre nodes and weights on panels of [−340, 340], short in the middle."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    far = np.geomspace(6.0, 340.0, 100)
    edges = np.concatenate([-far[::-1], np.linspace(-6.0, 6.0, 240)[1:-1], far])
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


NODES, WEIGHTS = grid()


def mean(one, function):
    """Return the mean of a function, over t = ln x where outcomes are positive."""
    positive = np.isfinite(one.support.low)
    t = NODES
    x = np.exp(t) if positive else t
    x = x + one.support.low if one.name == "levy" else x
    with np.errstate(all="ignore"):
        logs = one.log_prob(x) + (t if positive else 0.0)
        mass = np.where(logs > -700.0, np.exp(logs), 0.0)
        terms = np.where(mass > 0.0, mass * function(x), 0.0)
    return float(np.sum(WEIGHTS * terms))


@pytest.mark.parametrize(("name", "i"), MEMBERS)
def test_entropy(name, i):
    one = SPECS[name].make(**SPECS[name].members[i])
    assert_close(one.entropy(), mean(one, lambda x: -one.log_prob(x)), 1e-12, 1e-13)


@pytest.mark.parametrize(("name", "i"), MEMBERS)
def test_means(name, i):
    one = SPECS[name].make(**SPECS[name].members[i])
    statistics = REAL if name.startswith("exp_") else POSITIVE + REAL
    known = 0
    for statistic, function in statistics:
        found = one.expectation(statistic)
        if found is None or np.isnan(found):
            continue
        known += 1
        if np.isfinite(found):
            # Kinks and slowly falling tails cost the quadrature digits.
            slow = isinstance(statistic, (AbsoluteDeviation, PositiveDeviation))
            assert_close(found, mean(one, function), 1e-4 if slow else 1e-11, 1e-12)
    assert known >= 2


# By hand: a mean that is infinite is infinite.
@pytest.mark.parametrize(
    ("one", "statistic"),
    [
        (D.gamma(0.7, 1.0), Power(-1)),
        (D.gamma(2.0, 1.0), Exponential(np.asarray(1.0), 0.0)),
        (D.inverse_gamma(0.9, 1.0), Power(1)),
        (D.inverse_gamma(1.9, 1.0), SquaredDeviation(0.0)),
        (D.frechet(2.0, 1.0), SquaredDeviation(1.0)),
        (D.levy(0.0, 1.0), Power(1)),
        (D.log_logistic(1.0, 1.0), Power(1)),
        (D.log_normal(0.0, 1.0), Exponential(np.asarray(1e-3), 0.0)),
        (D.beta_prime(1.0, 2.0), Power(2)),
        (D.inverse_gaussian(1.0, 1.0), Exponential(np.asarray(0.51), 0.0)),
    ],
    ids=lambda x: getattr(x, "name", None) or type(x).__name__,
)
def test_infinite_means(one, statistic):
    assert one.expectation(statistic) == math.inf


@pytest.mark.parametrize("shape", [1e10, 1e-12, 40.0])
def test_gamma_where_the_means_agree(shape):
    # w = mean of P/mean of Q − 1 is 0: what is left is the shape's part alone.
    mp = mpmath.mp.clone()
    mp.dps = 80
    p, q = {"concentration": shape, "rate": 1.0}, {"concentration": shape * 1.25, "rate": 1.25}
    wanted = SPECS["gamma"].kl(mp, exact(mp, p), exact(mp, q))
    assert_close(kb.kl(D.gamma(**p), D.gamma(**q)), float(wanted), 1e-13)


def test_generalised_gammas_that_are_nearly_normal():
    # Shape and power move so that ln X keeps its variance: all but the skewness cancels.
    mp = mpmath.mp.clone()
    mp.dps = 120
    p = {"scale": 1.0, "shape": 1e8, "power": 1.0}
    q = {"scale": 1.0, "shape": 1e8 / (1 + 2**-10), "power": 1 + 2**-10}
    one, other = D.generalised_gamma(**p), D.generalised_gamma(**q)
    both = one.apart(other)
    assert abs(float(both.variance_step)) < 1e-9
    wanted = SPECS["generalised_gamma"].kl(mp, exact(mp, p), exact(mp, q))
    assert_close(kb.kl(one, other), float(wanted), 1e-13)


def test_members_of_one_kin_are_the_same_distribution():
    x = np.asarray([0.1, 0.7, 2.0, 9.0])
    for one, other in (
        (D.exponential(0.7), D.gamma(1.0, 0.7)),
        (D.chi2(5.0), D.gamma(2.5, 0.5)),
        (D.rayleigh(1.3), D.weibull(2.0, 1.3 * math.sqrt(2.0))),
        (D.maxwell(1.3), D.generalised_gamma(1.3 * math.sqrt(2.0), 3.0, 2.0)),
        (D.chi(5.0), D.nakagami(2.5, 5.0)),
        (D.levy(0.0, 1.4), D.inverse_gamma(0.5, 0.7)),
        (D.fisher_f(4.0, 6.0), D.beta_prime(2.0, 3.0, 1.5)),
    ):
        assert_close(one.log_prob(x), other.log_prob(x), 1e-13, 1e-14)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (D.exponential(0.7), D.weibull(1.4, 0.9)),
        (D.gamma(2.0, 3.0), D.exponential(0.7)),
        (D.chi2(5.0), D.gamma(3.0, 1.0)),
        (D.gamma(3.0, 1.0), D.chi2(5.0)),
        (D.weibull(1.4, 0.9), D.gamma(2.0, 3.0)),
        (D.gamma(2.0, 3.0), D.weibull(1.4, 0.9)),
        (D.rayleigh(1.2), D.maxwell(0.8)),
        (D.maxwell(0.8), D.chi(4.0)),
        (D.gamma(2.0, 3.0), D.log_normal(0.1, 0.9)),
        (D.log_normal(0.1, 0.9), D.gamma(2.0, 3.0)),
        (D.log_normal(0.1, 0.9), D.weibull(1.4, 0.9)),
        (D.log_normal(0.1, 0.9), D.inverse_gaussian(1.2, 2.0)),
        (D.gamma(2.0, 3.0), D.inverse_gamma(2.0, 1.0)),
        (D.inverse_gamma(2.0, 1.0), D.gamma(2.0, 3.0)),
        (D.inverse_gaussian(1.2, 2.0), D.gamma(2.0, 3.0)),
        (D.inverse_gamma(3.0, 1.0), D.inverse_gaussian(1.2, 2.0)),
        (D.generalised_gamma(1.2, 2.5, 1.6), D.log_normal(0.1, 0.9)),
        (D.log_logistic(3.0, 1.2), D.log_normal(0.1, 0.9)),
        (D.log_logistic(3.0, 1.2), D.gamma(2.0, 3.0)),
        (D.beta_prime(2.0, 3.0), D.gamma(2.0, 3.0)),
        (D.beta_prime(2.0, 3.0), D.log_normal(0.1, 0.9)),
        (D.inverse_gamma(2.0, 1.0), D.levy(0.0, 1.4)),
        (D.levy(0.0, 1.4), D.inverse_gamma(2.0, 1.0)),
        (D.weibull(2.0, 1.0), D.frechet(1.5, 0.4)),
        (D.frechet(2.5, 0.4), D.weibull(2.0, 1.0)),
        (D.gompertz(1.5, 2.0), D.exponential(0.7)),
        (D.exponential(1.7), D.gompertz(1.5, 2.0)),
        (D.exponential(1.7), D.lomax(2.0, 1.5)),
        (D.exponential(1.7), D.normal(0.5, 1.0)),
        (D.gamma(2.0, 3.0), D.normal(0.5, 1.0)),
        (D.exponential(1.7), D.gumbel(0.5, 1.0)),
        (D.gamma(2.0, 3.0), D.gumbel(0.5, 1.0)),
        (D.exponential(1.7), D.laplace(0.5, 1.0)),
        (D.exp_gamma(2.0, 3.0), D.normal(0.5, 1.0)),
        (D.exp_gamma(2.0, 3.0), D.gumbel(0.5, 1.0)),
    ],
    ids=lambda x: x.name,
)
def test_pairs_of_different_families(p, q):
    wanted = mean(p, lambda x: p.log_prob(x) - q.log_prob(x))
    found = resolution.resolved(kb.kl, p, q)
    rules = {part.rule for part, answered in found.parts if np.any(answered)}
    assert rules <= {"closed form", "same family", "exponential family", "expectations", "structure"}, rules
    # The kink of the Laplace density costs the quadrature digits.
    assert_close(found.value, wanted, 1e-6 if q.name == "laplace" else 1e-11)
