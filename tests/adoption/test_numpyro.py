"""NumPyro: every class with a counterpart, at ordinary parameters."""

import numpy as np
import pytest

from kullback.distribution import Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.numpyro import READERS
from kullback.distributions.adopt.unknown import Unknown
from tests.adoption.agree import known, masses, same_density
from tests.adoption.on_jax import (
    COUNT,
    COVARIANCE,
    FACTOR,
    MEAN,
    POSITIVE,
    REAL,
    ROWS,
    SHARE,
    SMALL,
    VECTOR,
    a,
    imported,
    jax,
)
from tests.close import assert_close

nd = imported("numpyro.distributions")
nt = nd.transforms


@pytest.fixture(autouse=True)
def wide():
    with jax.enable_x64(True):
        yield


CASES = {
    "AsymmetricLaplace": [(lambda: nd.AsymmetricLaplace(a(0.5), a(1.7), a(1.3)), REAL)],
    "AsymmetricLaplaceQuantile": [(lambda: nd.AsymmetricLaplaceQuantile(a(0.5), a(1.7), a(0.3)), REAL)],
    "BernoulliLogits": [(lambda: nd.BernoulliLogits(a(-2.0)), [0.0, 1.0])],
    "BernoulliProbs": [(lambda: nd.BernoulliProbs(a(0.3)), [0.0, 1.0])],
    "Beta": [(lambda: nd.Beta(a(2.3), a(1.4)), SHARE), (lambda: nd.BetaProportion(a(0.3), a(4.0)), SHARE)],
    "BetaBinomial": [(lambda: nd.BetaBinomial(a(2.3), a(1.4), 6), COUNT)],
    "BinomialLogits": [(lambda: nd.BinomialLogits(a(-2.0), 6), COUNT)],
    "BinomialProbs": [(lambda: nd.BinomialProbs(a(0.3), 6), COUNT)],
    "Cauchy": [(lambda: nd.Cauchy(a(0.5), a(1.7)), REAL)],
    "Chi2": [(lambda: nd.Chi2(a(3.5)), POSITIVE)],
    "Dirichlet": [(lambda: nd.Dirichlet(a(0.8, 2.0, 3.0)), VECTOR)],
    "DirichletMultinomial": [(lambda: nd.DirichletMultinomial(a(0.8, 2.0, 3.0), 6), [1.0, 2.0, 3.0])],
    "DiscreteUniform": [(lambda: nd.DiscreteUniform(0, 5), COUNT)],
    "ExpandedDistribution": [(lambda: nd.Gamma(a(2.3), a(1.7)).expand((2, 3)), POSITIVE)],
    "Exponential": [(lambda: nd.Exponential(a(1.7)), POSITIVE)],
    "FoldedDistribution": [(lambda: nd.FoldedDistribution(nd.Normal(0.0, 1.7)), POSITIVE)],
    "Gamma": [(lambda: nd.Gamma(a(2.3), a(1.7)), POSITIVE)],
    "GammaPoisson": [
        (lambda: nd.GammaPoisson(a(2.3), a(1.7)), COUNT),
        (lambda: nd.NegativeBinomial2(a(2.3), a(1.7)), COUNT),
    ],
    "GaussianRandomWalk": [(lambda: nd.GaussianRandomWalk(a(1.7), 3), VECTOR)],
    "GeometricLogits": [(lambda: nd.GeometricLogits(a(-1.0)), COUNT)],
    "GeometricProbs": [(lambda: nd.GeometricProbs(a(0.3)), COUNT)],
    "Gompertz": [(lambda: nd.Gompertz(a(0.8), a(1.7)), SHARE)],
    "Gumbel": [(lambda: nd.Gumbel(a(0.5), a(1.7)), REAL)],
    "HalfCauchy": [(lambda: nd.HalfCauchy(a(1.7)), POSITIVE)],
    "HalfNormal": [(lambda: nd.HalfNormal(a(1.7)), POSITIVE)],
    "Independent": [(lambda: nd.Normal(a(*MEAN), a(1.7)).to_event(1), VECTOR)],
    "InverseGamma": [(lambda: nd.InverseGamma(a(2.3), a(1.7)), POSITIVE)],
    "InverseWishart": [
        (lambda: nd.InverseWishart(a(5.5), scale_matrix=a(*COVARIANCE)), COVARIANCE + np.eye(3)),
        (lambda: nd.InverseWishart(a(5.5), scale_tril=a(*FACTOR)), COVARIANCE + np.eye(3)),
    ],
    "Kumaraswamy": [(lambda: nd.Kumaraswamy(a(2.3), a(1.4)), SHARE)],
    "Laplace": [(lambda: nd.Laplace(a(0.5), a(1.7)), REAL)],
    "LeftTruncatedDistribution": [
        (lambda: nd.LeftTruncatedDistribution(nd.Normal(a(0.5), a(1.7)), a(-2.0)), REAL),
        (lambda: nd.LeftTruncatedDistribution(nd.StudentT(a(4.5), a(0.5), a(1.7)), a(-2.0)), REAL),
    ],
    "LeftTruncatedGamma": [(lambda: nd.LeftTruncatedGamma(nd.Gamma(a(2.3), a(1.7)), a(0.2)), POSITIVE)],
    "Levy": [(lambda: nd.Levy(a(0.1), a(1.7)), POSITIVE)],
    "Logistic": [(lambda: nd.Logistic(a(0.5), a(1.7)), REAL)],
    "LogNormal": [(lambda: nd.LogNormal(a(0.5), a(0.7)), POSITIVE)],
    "LogUniform": [(lambda: nd.LogUniform(a(0.2), a(5.0)), POSITIVE)],
    "LowerTruncatedPowerLaw": [(lambda: nd.LowerTruncatedPowerLaw(a(-2.3), a(0.2)), POSITIVE)],
    "LowRankMultivariateNormal": [
        (lambda: nd.LowRankMultivariateNormal(a(*MEAN), a([1.0], [0.5], [-2.0]), a(0.5, 0.7, 1.0)), VECTOR)
    ],
    "MatrixNormal": [
        (
            lambda: nd.MatrixNormal(jax.numpy.zeros((3, 2)), a(*FACTOR), a(*np.linalg.cholesky(SMALL))),
            np.full((3, 2), 0.3),
        )
    ],
    "MixtureGeneral": [
        (lambda: nd.MixtureGeneral(nd.Categorical(a(0.3, 0.7)), [nd.Normal(0.0, 1.0), nd.Normal(2.0, 0.5)]), REAL)
    ],
    "MixtureSameFamily": [
        (lambda: nd.MixtureSameFamily(nd.Categorical(a(0.3, 0.7)), nd.Normal(a(0.0, 2.0), a(1.0, 0.5))), REAL),
        (
            lambda: nd.MixtureSameFamily(nd.Categorical(logits=a(0.3, 0.7)), nd.Gamma(a(1.0, 2.0), a(1.0, 0.5))),
            POSITIVE,
        ),
    ],
    "MultinomialLogits": [(lambda: nd.MultinomialLogits(a(0.2, 0.3, 0.5), 6), [1.0, 2.0, 3.0])],
    "MultinomialProbs": [(lambda: nd.MultinomialProbs(a(0.2, 0.3, 0.5), 6), [1.0, 2.0, 3.0])],
    "MultivariateNormal": [
        (lambda: nd.MultivariateNormal(a(*MEAN), a(*COVARIANCE)), VECTOR),
        (lambda: nd.MultivariateNormal(a(*MEAN), scale_tril=a(*FACTOR)), VECTOR),
        (lambda: nd.MultivariateNormal(a(*MEAN), precision_matrix=a(*COVARIANCE)), VECTOR),
    ],
    "MultivariateStudentT": [(lambda: nd.MultivariateStudentT(a(4.5), a(*MEAN), a(*FACTOR)), VECTOR)],
    "NegativeBinomialLogits": [(lambda: nd.NegativeBinomialLogits(a(5.5), a(-1.0)), COUNT)],
    "NegativeBinomialProbs": [(lambda: nd.NegativeBinomialProbs(a(5.5), a(0.3)), COUNT)],
    "Normal": [(lambda: nd.Normal(a(0.5), a(1.7)), REAL)],
    "Pareto": [(lambda: nd.Pareto(a(0.2), a(2.3)), POSITIVE)],
    "Poisson": [(lambda: nd.Poisson(a(3.2)), COUNT)],
    "RightTruncatedDistribution": [(lambda: nd.RightTruncatedDistribution(nd.Normal(a(0.5), a(1.7)), a(3.0)), REAL)],
    "RightTruncatedGamma": [(lambda: nd.RightTruncatedGamma(nd.Gamma(a(2.3), a(1.7)), a(5.0)), POSITIVE)],
    "StudentT": [(lambda: nd.StudentT(a(4.5), a(0.5), a(1.7)), REAL)],
    "TransformedDistribution": [
        (lambda: nd.TransformedDistribution(nd.Normal(a(0.5), a(0.7)), nt.ExpTransform()), POSITIVE),
        (lambda: nd.TransformedDistribution(nd.Normal(a(0.5), a(0.7)), nt.SigmoidTransform()), SHARE),
        (lambda: nd.TransformedDistribution(nd.Normal(a(0.5), a(0.7)), nt.SigmoidTransform().inv.inv), SHARE),
        (lambda: nd.TransformedDistribution(nd.Gamma(a(2.5), a(0.7)), nt.ExpTransform().inv), REAL),
        (lambda: nd.TransformedDistribution(nd.Gamma(a(2.5), a(0.7)), nt.PowerTransform(a(-1.0))), POSITIVE),
        (lambda: nd.TransformedDistribution(nd.Gumbel(a(0.5), a(0.7)), nt.AffineTransform(a(0.3), a(2.0))), REAL),
        (
            lambda: nd.TransformedDistribution(
                nd.Normal(jax.numpy.zeros(3), 1.0).to_event(1), nt.LowerCholeskyAffine(a(*MEAN), a(*FACTOR))
            ),
            VECTOR,
        ),
        (lambda: nd.RelaxedBernoulli(a(0.7), logits=a(0.4)), SHARE),
    ],
    "TwoSidedTruncatedDistribution": [
        (lambda: nd.TruncatedNormal(a(0.5), a(1.7), low=a(-2.0), high=a(3.0)), REAL),
        (lambda: nd.TruncatedCauchy(a(0.5), a(1.7), low=a(-2.0), high=a(3.0)), REAL),
    ],
    "TwoSidedTruncatedGamma": [(lambda: nd.TwoSidedTruncatedGamma(nd.Gamma(a(2.3), a(1.7)), a(0.2), a(5.0)), POSITIVE)],
    "Uniform": [(lambda: nd.Uniform(a(-2.0), a(3.0)), REAL)],
    "VonMises": [(lambda: nd.VonMises(a(0.5), a(2.5)), REAL)],
    "Weibull": [(lambda: nd.Weibull(a(1.7), a(2.3)), POSITIVE)],
    "Wishart": [
        (lambda: nd.Wishart(a(5.5), scale_matrix=a(*COVARIANCE)), COVARIANCE + np.eye(3)),
        (lambda: nd.Wishart(a(5.5), rate_matrix=a(*COVARIANCE)), COVARIANCE + np.eye(3)),
        (lambda: nd.Wishart(a(5.5), scale_tril=a(*FACTOR)), COVARIANCE + np.eye(3)),
    ],
    "ZeroInflatedLogits": [(lambda: nd.ZeroInflatedDistribution(nd.Poisson(a(3.2)), gate_logits=a(0.4)), COUNT)],
    "ZeroInflatedProbs": [(lambda: nd.ZeroInflatedPoisson(a(0.3), a(3.2)), COUNT)],
}
CATEGORICAL = {"CategoricalLogits", "CategoricalProbs", "OrderedLogistic"}
# On factors instead of matrices, points, and what is refused.
APART = {
    "HurdleLogits",
    "HurdleProbs",
    "LKJ",
    "LKJCholesky",
    "WishartCholesky",
    "InverseWishartCholesky",
    "Delta",
    "MaskedDistribution",
}
FLAT = [(name, k) for name, cases in CASES.items() for k in range(len(cases))]


def test_every_reader_has_a_case():
    assert set(CASES) | CATEGORICAL | APART == set(READERS)


@pytest.mark.parametrize(("name", "k"), FLAT, ids=[f"{name}-{k}" for name, k in FLAT])
def test_families(name, k):
    make, x = CASES[name][k]
    d, x = make(), np.asarray(x)
    expected = d.log_prob(x if len(d.event_shape) or not d.support.is_discrete else x.astype(int))
    found = known(d)
    same_density(found, x, expected)
    assert found.batch_shape == tuple(d.batch_shape)


def test_categoricals():
    for d in (nd.CategoricalLogits(a(*ROWS)), nd.CategoricalProbs(a(*ROWS))):
        found = known(d)
        assert isinstance(found, Finite)
        assert_close(masses(found), np.stack([np.asarray(d.log_prob(k)) for k in range(3)], axis=-1), 1e-12)


def test_ordered_categories():
    d = nd.OrderedLogistic(a(0.3), a(-1.0, 0.5, 40.0))
    assert_close(masses(known(d))[:3], np.asarray([d.log_prob(k) for k in range(3)]), 1e-12)
    # Where the difference of two chances of almost 1 has no digits left, the logarithm has: ln σ(0.3 − 40).
    assert_close(masses(known(d))[3], -39.7, 1e-12)


def test_lkj_points_and_what_is_refused():
    assert known(nd.LKJ(3, a(1.7))).name == known(nd.LKJCholesky(3, a(1.7))).name == "lkj"
    assert known(nd.WishartCholesky(a(5.5), scale_tril=a(*FACTOR))).name == "wishart"
    assert known(nd.InverseWishartCholesky(a(5.5), scale_matrix=a(*COVARIANCE))).name == "inverse_wishart"
    assert known(nd.Delta(a(1.5))).name == "delta"
    with pytest.raises(TypeError, match="is no distribution where the mask is False"):
        adopt(nd.Normal(0.0, 1.0).mask(False))
    with pytest.raises(TypeError, match="has a mass at 0 and a density elsewhere"):
        adopt(nd.HurdleGamma(0.3, 2.0, 1.0))


def test_what_has_no_counterpart_is_known_by_its_density():
    d = nd.SoftLaplace(a(0.5), a(1.7))
    found = adopt(d)
    assert isinstance(found, Unknown)
    same_density(found, np.asarray(REAL), d.log_prob(np.asarray(REAL)))
    assert len(found.landmarks()) >= 3
    d = nd.Dagum(a(1.3), a(2.0), a(1.7))
    found = adopt(d)
    assert isinstance(found, Unknown)
    assert float(found.support.low) == 0.0
    same_density(found, np.asarray(POSITIVE), d.log_prob(np.asarray(POSITIVE)))


def test_gradients_reach_the_original_parameters():
    def ours(v):
        return known(nd.Gamma(v[0], v[1])).log_prob(0.7)

    def theirs(v):
        return nd.Gamma(v[0], v[1]).log_prob(0.7)

    at = a(2.3, 1.7)
    assert_close(jax.grad(ours)(at), jax.grad(theirs)(at), 1e-9)
    assert_close(jax.jit(ours)(at), theirs(at), 1e-12)


def test_float32_stays():
    with jax.enable_x64(False):
        d = nd.Normal(jax.numpy.zeros(3), jax.numpy.ones(3))
        found = known(d)
        assert all(leaf.dtype == np.float32 for leaf, _ in found.leaves())
        same_density(found, jax.numpy.ones(3), d.log_prob(jax.numpy.ones(3)), 1e-6)
