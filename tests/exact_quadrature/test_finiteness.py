"""Finiteness: what the declared tails say of convergence."""

import math

import pytest

from kullback.distributions.beta import beta
from kullback.distributions.cauchy import cauchy
from kullback.distributions.exponential import exponential
from kullback.distributions.gamma import gamma
from kullback.distributions.geometric import geometric
from kullback.distributions.laplace import laplace
from kullback.distributions.normal import normal
from kullback.distributions.pareto import pareto
from kullback.distributions.poisson import poisson
from kullback.distributions.zeta import zeta
from kullback.divergences import chi2, hellinger, js, kl, neyman_chi2, renyi, tv
from kullback.exact.pair import in_numpy
from kullback.exact.rules.finiteness import finite

FINITE = [
    (kl, normal(0, 1), laplace(0.0, 1.0)),
    (kl, laplace(0.0, 1.0), normal(0, 1)),
    (kl, cauchy(0.0, 1.0), cauchy(3.0, 0.1)),
    (kl, pareto(2.5, 1.0), exponential(1.0)),
    (chi2, normal(0, 1), normal(0, 0.75)),
    (renyi(2.0), gamma(0.3, 1.0), gamma(0.5, 1.0)),
    (renyi(math.inf), normal(0, 1), normal(0, 2)),
    (renyi(math.inf), gamma(2, 1), gamma(2, 0.5)),
    (kl, poisson(3.0), geometric(0.1)),
    (kl, geometric(0.1), poisson(3.0)),
    (kl, zeta(3.0), poisson(2.0)),
    (chi2, poisson(30.0), poisson(1.0)),
    (js, normal(0, 1), gamma(1, 1)),
    (tv, normal(0, 1), beta(2, 2)),
    (hellinger, cauchy(0.0, 1.0), normal(0, 1)),
]
INFINITE = [
    (kl, cauchy(0.0, 1.0), normal(0, 1)),
    (kl, cauchy(0.0, 1.0), laplace(0.0, 1.0)),
    (kl, normal(0, 1), gamma(1, 1)),
    (chi2, normal(0, 1), normal(0, 0.7)),
    (chi2, laplace(0.0, 1.0), normal(0, 1)),
    (neyman_chi2, normal(0, 1), laplace(0.0, 1.0)),
    (renyi(2.0), gamma(0.3, 1.0), gamma(0.7, 1.0)),
    (renyi(2.0), beta(0.4, 1.0), normal(0, 1)),
    (renyi(math.inf), normal(0, 1), normal(1, 1)),
    (chi2, geometric(0.1), geometric(0.3)),
    (kl, zeta(1.5), poisson(2.0)),
    (kl, zeta(2.0), geometric(0.5)),
]


@pytest.mark.parametrize(("divergence", "p", "q"), FINITE)
def test_finite(divergence, p, q):
    assert finite(divergence, in_numpy(p), in_numpy(q)).verdict == "finite"


@pytest.mark.parametrize(("divergence", "p", "q"), INFINITE)
def test_infinite(divergence, p, q):
    told = finite(divergence, in_numpy(p), in_numpy(q))
    assert told.verdict == "infinite"
    assert told.reason
