"""Distrax: every class with a counterpart, at ordinary parameters."""

import numpy as np
import pytest

from kullback.distribution import Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.distrax import READERS
from kullback.distributions.adopt.unknown import Unknown
from tests.adoption.agree import known, masses, same_density
from tests.adoption.on_jax import (
    COVARIANCE,
    FACTOR,
    MEAN,
    POSITIVE,
    REAL,
    ROWS,
    SHARE,
    VECTOR,
    a,
    imported,
    jax,
)
from tests.close import assert_close

dx = imported("distrax")
tfb = imported("tensorflow_probability.substrates.jax").bijectors
jnp = jax.numpy


@pytest.fixture(autouse=True)
def wide():
    with jax.enable_x64(True):
        yield


CASES = {
    "Bernoulli": [(lambda: dx.Bernoulli(a(-2.0)), [0.0, 1.0]), (lambda: dx.Bernoulli(probs=a(0.3)), [0.0, 1.0])],
    "Beta": [(lambda: dx.Beta(a(2.3), a(1.4)), SHARE)],
    "CategoricalUniform": [
        (
            lambda: dx.CategoricalUniform(low=a(-2.0), high=a(3.0), logits=a(0.3, 0.7, 1.3)),
            REAL,
        )
    ],
    "Dirichlet": [(lambda: dx.Dirichlet(a(0.8, 2.0, 3.0)), VECTOR)],
    "Gamma": [(lambda: dx.Gamma(a(2.3), a(1.7)), POSITIVE)],
    "Gumbel": [(lambda: dx.Gumbel(a(0.5), a(1.7)), REAL)],
    "Independent": [(lambda: dx.Independent(dx.Normal(a(*MEAN), a(1.0, 1.2, 0.7)), 1), VECTOR)],
    "Laplace": [(lambda: dx.Laplace(a(0.5), a(1.7)), REAL)],
    "Logistic": [(lambda: dx.Logistic(a(0.5), a(1.7)), REAL)],
    "MixtureOfTwo": [(lambda: dx.MixtureOfTwo(a(0.3), dx.Normal(a(0.0), a(1.0)), dx.Normal(a(2.0), a(0.5))), REAL)],
    "MixtureSameFamily": [
        (
            lambda: dx.MixtureSameFamily(dx.Categorical(probs=a(0.3, 0.7)), dx.Normal(a(0.0, 2.0), a(1.0, 0.5))),
            REAL,
        )
    ],
    "Multinomial": [(lambda: dx.Multinomial(6, probs=a(0.2, 0.3, 0.5)), [1.0, 2.0, 3.0])],
    "MultivariateNormalDiag": [(lambda: dx.MultivariateNormalDiag(a(*MEAN), a(0.5, 0.7, 1.0)), VECTOR)],
    "MultivariateNormalFullCovariance": [
        (lambda: dx.MultivariateNormalFullCovariance(a(*MEAN), a(*COVARIANCE)), VECTOR)
    ],
    "MultivariateNormalFromBijector": [
        (
            lambda: dx.MultivariateNormalDiagPlusLowRank(a(*MEAN), a(0.5, 0.7, 1.0), a([1.0], [0.5], [-2.0])),
            VECTOR,
        )
    ],
    "MultivariateNormalTri": [
        (lambda: dx.MultivariateNormalTri(a(*MEAN), a(*FACTOR)), VECTOR),
        (lambda: dx.MultivariateNormalTri(a(*MEAN), a(*FACTOR.T), is_lower=False), VECTOR),
    ],
    "Normal": [(lambda: dx.Normal(a(0.5), a(1.7)), REAL), (lambda: dx.LogStddevNormal(a(0.5), a(0.3)), REAL)],
    "Transformed": [
        (lambda: dx.Transformed(dx.Normal(a(0.5), a(0.7)), dx.Sigmoid()), SHARE),
        (lambda: dx.Transformed(dx.Normal(a(0.5), a(0.7)), dx.Tanh()), SHARE),
        (lambda: dx.Transformed(dx.Gumbel(a(0.5), a(0.7)), dx.ScalarAffine(a(0.3), a(2.0))), REAL),
        (lambda: dx.Transformed(dx.Gumbel(a(0.5), a(0.7)), dx.Inverse(dx.ScalarAffine(a(0.3), a(2.0)))), REAL),
        (
            lambda: dx.Transformed(
                dx.Normal(a(0.5), a(0.7)), dx.Chain([dx.Sigmoid(), dx.ScalarAffine(a(0.3), a(2.0))])
            ),
            SHARE,
        ),
        (lambda: dx.Transformed(dx.Normal(a(0.5), a(0.7)), tfb.Exp()), POSITIVE),
        (lambda: dx.Transformed(dx.Normal(a(0.5), a(0.7)), dx.Lambda(jnp.exp, jnp.log)), POSITIVE),
    ],
    "Uniform": [(lambda: dx.Uniform(a(-2.0), a(3.0)), REAL)],
    "VonMises": [(lambda: dx.VonMises(a(0.5), a(2.5)), REAL)],
}
DIGITS = {"VonMises": 1e-9}
CATEGORICAL = {"Categorical", "OneHotCategorical"}
APART = {"Deterministic", "Joint"}
FLAT = [(name, k) for name, cases in CASES.items() for k in range(len(cases))]


def test_every_reader_has_a_case():
    assert set(CASES) | CATEGORICAL | APART == set(READERS)


@pytest.mark.parametrize(("name", "k"), FLAT, ids=[f"{name}-{k}" for name, k in FLAT])
def test_families(name, k):
    make, x = CASES[name][k]
    d, x = make(), a(*x)
    found = known(d)
    relative = DIGITS.get(name, 1e-12)
    same_density(found, x, d.log_prob(x), relative, relative)
    assert found.batch_shape == tuple(d.batch_shape)


def test_categoricals():
    for d in (dx.Categorical(a(*ROWS)), dx.Categorical(probs=a(*ROWS)), dx.Softmax(a(*ROWS), 2.0)):
        found = known(d)
        assert isinstance(found, Finite)
        assert_close(masses(found), d.logits - jax.nn.logsumexp(d.logits, axis=-1, keepdims=True), 1e-12)
    assert_close(masses(known(dx.OneHotCategorical(probs=a(*ROWS)))), np.log(ROWS), 1e-12)


def test_points_and_products():
    assert known(dx.Deterministic(a(1.5))).name == "delta"
    parts = [dx.Normal(a(0.5), a(1.7)), dx.Laplace(a(-0.5), a(0.7))]
    expected = parts[0].log_prob(a(0.3)) + parts[1].log_prob(a(1.2))
    same_density(known(dx.Joint(parts)), a(0.3, 1.2), expected)


def test_what_has_no_counterpart_is_refused_or_unknown():
    with pytest.raises(TypeError, match="does not say where it has mass"):
        adopt(dx.ClippedNormal(a(0.0), a(1.0), a(-1.0), a(1.0)))
    d = dx.Transformed(dx.Independent(dx.Normal(a(*MEAN), a(1.0, 1.0, 1.0)), 1), dx.DiagLinear(a(1.0, 2.0, 3.0)))
    with pytest.raises(TypeError, match="does not say where it has mass"):
        adopt(d)
    assert not isinstance(adopt(dx.Normal(a(0.0), a(1.0))), Unknown)


def test_gradients_reach_the_original_parameters():
    def ours(v):
        return known(dx.Gamma(v[0], v[1])).log_prob(0.7)

    def theirs(v):
        return dx.Gamma(v[0], v[1]).log_prob(0.7)

    at = a(2.3, 1.7)
    assert_close(jax.grad(ours)(at), jax.grad(theirs)(at), 1e-9)
