"""TensorFlow Probability on JAX: every class with a counterpart, at ordinary parameters."""

import numpy as np
import pytest
from scipy import stats

from kullback.distribution import Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.unknown import Unknown
from tests.adoption.agree import known, masses, same_density
from tests.adoption.on_jax import (
    COUNT,
    COVARIANCE,
    FACTOR,
    MEAN,
    POINT,
    POSITIVE,
    REAL,
    ROWS,
    SHARE,
    SMALL,
    UNIT,
    VECTOR,
    a,
    imported,
    jax,
)
from tests.close import assert_close

tfp = imported("tensorflow_probability.substrates.jax")
tfd, tfb = tfp.distributions, tfp.bijectors
READERS = imported("kullback.distributions.adopt.tensorflow_probability").READERS
linear = tfp.tf2jax.linalg
jnp = jax.numpy


@pytest.fixture(autouse=True)
def wide():
    with jax.enable_x64(True):
        yield


def lower(matrix):
    return linear.LinearOperatorLowerTriangular(a(*matrix))


def transformed(base, bijector):
    return tfd.TransformedDistribution(base, bijector)


CASES = {
    "BatchBroadcast": [(lambda: tfd.BatchBroadcast(tfd.Gamma(a(2.3, 1.0), a(1.7)), (3, 2)), 0.7)],
    "BatchReshape": [
        (lambda: tfd.BatchReshape(tfd.Gamma(a(2.3, 1.0, 1.5, 0.7), a(1.7)), (2, 2)), [[0.7, 0.4], [1.2, 3.0]])
    ],
    "Bernoulli": [(lambda: tfd.Bernoulli(a(-2.0)), [0.0, 1.0]), (lambda: tfd.Bernoulli(probs=a(0.3)), [0.0, 1.0])],
    "Beta": [(lambda: tfd.Beta(a(2.3), a(1.4)), SHARE)],
    "BetaBinomial": [(lambda: tfd.BetaBinomial(a(6.0), a(2.3), a(1.4)), COUNT)],
    "Binomial": [
        (lambda: tfd.Binomial(a(6.0), a(-2.0)), COUNT),
        (lambda: tfd.Binomial(a(6.0), probs=a(0.3)), COUNT),
    ],
    "Cauchy": [(lambda: tfd.Cauchy(a(0.5), a(1.7)), REAL)],
    "Chi": [(lambda: tfd.Chi(a(3.5)), POSITIVE)],
    "Chi2": [(lambda: tfd.Chi2(a(3.5)), POSITIVE)],
    "ContinuousBernoulli": [
        (lambda: tfd.ContinuousBernoulli(a(2.0)), SHARE),
        (lambda: tfd.ContinuousBernoulli(probs=a(0.3)), SHARE),
    ],
    "Dirichlet": [(lambda: tfd.Dirichlet(a(0.8, 2.0, 3.0)), VECTOR)],
    "DirichletMultinomial": [(lambda: tfd.DirichletMultinomial(a(6.0), a(0.8, 2.0, 3.0)), [1.0, 2.0, 3.0])],
    "ExpGamma": [
        (lambda: tfd.ExpGamma(a(2.3), a(1.7)), REAL),
        (lambda: tfd.ExpGamma(a(2.3), log_rate=a(0.7)), REAL),
    ],
    "ExpInverseGamma": [
        (lambda: tfd.ExpInverseGamma(a(2.3), a(1.7)), REAL),
        (lambda: tfd.ExpInverseGamma(a(2.3), log_scale=a(0.7)), REAL),
    ],
    "Exponential": [(lambda: tfd.Exponential(a(1.7)), POSITIVE)],
    "Gamma": [
        (lambda: tfd.Gamma(a(2.3), a(1.7)), POSITIVE),
        (lambda: tfd.Gamma(a(2.3), log_rate=a(0.7)), POSITIVE),
    ],
    "GammaGamma": [(lambda: tfd.GammaGamma(a(2.3), a(1.7), a(0.6)), POSITIVE)],
    "GaussianProcess": [
        (
            lambda: tfd.GaussianProcess(
                tfp.math.psd_kernels.ExponentiatedQuadratic(a(1.3)), a([0.0], [1.0], [2.5]), jitter=1e-3
            ),
            VECTOR,
        )
    ],
    "GeneralizedExtremeValue": [(lambda: tfd.GeneralizedExtremeValue(a(0.5), a(1.7), a(0.2)), REAL)],
    "GeneralizedNormal": [(lambda: tfd.GeneralizedNormal(a(0.5), a(1.7), a(1.5)), REAL)],
    "GeneralizedPareto": [(lambda: tfd.GeneralizedPareto(a(0.1), a(1.7), a(0.3)), POSITIVE)],
    "Geometric": [(lambda: tfd.Geometric(a(-1.0)), COUNT), (lambda: tfd.Geometric(probs=a(0.3)), COUNT)],
    "Gumbel": [(lambda: tfd.Gumbel(a(0.5), a(1.7)), REAL)],
    "HalfCauchy": [(lambda: tfd.HalfCauchy(a(0.1), a(1.7)), POSITIVE)],
    "HalfNormal": [(lambda: tfd.HalfNormal(a(1.7)), POSITIVE)],
    "HalfStudentT": [(lambda: tfd.HalfStudentT(a(4.5), a(0.1), a(1.7)), POSITIVE)],
    "Independent": [(lambda: tfd.Independent(tfd.Normal(a(*MEAN), a(1.7)), 1), VECTOR)],
    "InverseGamma": [(lambda: tfd.InverseGamma(a(2.3), a(1.7)), POSITIVE)],
    "InverseGaussian": [(lambda: tfd.InverseGaussian(a(0.8), a(1.7)), POSITIVE)],
    "Kumaraswamy": [(lambda: tfd.Kumaraswamy(a(2.3), a(1.4)), SHARE)],
    "Laplace": [(lambda: tfd.Laplace(a(0.5), a(1.7)), REAL)],
    "Logistic": [(lambda: tfd.Logistic(a(0.5), a(1.7)), REAL)],
    "LogitNormal": [(lambda: tfd.LogitNormal(a(0.5), a(0.7)), SHARE)],
    "LogLogistic": [(lambda: tfd.LogLogistic(a(0.5), a(0.7)), POSITIVE)],
    "LogNormal": [(lambda: tfd.LogNormal(a(0.5), a(0.7)), POSITIVE)],
    "MatrixNormalLinearOperator": [
        (
            lambda: tfd.MatrixNormalLinearOperator(jnp.zeros((3, 2)), lower(FACTOR), lower(np.linalg.cholesky(SMALL))),
            np.full((3, 2), 0.3),
        )
    ],
    "Mixture": [
        (
            lambda: tfd.Mixture(
                tfd.Categorical(probs=a(0.3, 0.7)), [tfd.Normal(a(0.0), a(1.0)), tfd.Laplace(a(2.0), a(0.5))]
            ),
            REAL,
        )
    ],
    "MixtureSameFamily": [
        (
            lambda: tfd.MixtureSameFamily(tfd.Categorical(probs=a(0.3, 0.7)), tfd.Normal(a(0.0, 2.0), a(1.0, 0.5))),
            REAL,
        ),
        (
            lambda: tfd.MixtureSameFamily(tfd.Categorical(a(0.3, 0.7)), tfd.Gamma(a(1.0, 2.0), a(1.0, 0.5))),
            POSITIVE,
        ),
    ],
    "Moyal": [(lambda: tfd.Moyal(a(0.5), a(1.7)), REAL)],
    "Multinomial": [
        (lambda: tfd.Multinomial(a(6.0), a(0.2, 0.3, 0.5)), [1.0, 2.0, 3.0]),
        (lambda: tfd.Multinomial(a(6.0), probs=a(0.2, 0.3, 0.5)), [1.0, 2.0, 3.0]),
    ],
    "MultivariateNormalDiagPlusLowRankCovariance": [
        (
            lambda: tfd.MultivariateNormalDiagPlusLowRankCovariance(
                a(*MEAN), a(0.5, 0.7, 1.0), a([1.0], [0.5], [-2.0])
            ),
            VECTOR,
        )
    ],
    "MultivariateNormalLinearOperator": [
        (lambda: tfd.MultivariateNormalLinearOperator(a(*MEAN), lower(FACTOR)), VECTOR),
        (lambda: tfd.MultivariateNormalTriL(a(*MEAN), a(*FACTOR)), VECTOR),
        (lambda: tfd.MultivariateNormalDiag(a(*MEAN), a(0.5, 0.7, 1.0)), VECTOR),
        (lambda: tfd.MultivariateNormalFullCovariance(a(*MEAN), a(*COVARIANCE)), VECTOR),
        (
            lambda: tfd.MultivariateNormalDiagPlusLowRank(a(*MEAN), a(0.5, 0.7, 1.0), a([1.0], [0.5], [-2.0])),
            VECTOR,
        ),
    ],
    "MultivariateStudentTLinearOperator": [
        (lambda: tfd.MultivariateStudentTLinearOperator(a(4.5), a(*MEAN), lower(FACTOR)), VECTOR)
    ],
    "NegativeBinomial": [
        (lambda: tfd.NegativeBinomial(a(5.0), a(-1.0)), COUNT),
        (lambda: tfd.NegativeBinomial(a(5.0), probs=a(0.3)), COUNT),
    ],
    "Normal": [(lambda: tfd.Normal(a(0.5), a(1.7)), REAL)],
    "Pareto": [(lambda: tfd.Pareto(a(2.3), a(0.2)), POSITIVE)],
    "PERT": [(lambda: tfd.PERT(a(-2.0), a(0.3), a(3.0)), REAL)],
    "Poisson": [(lambda: tfd.Poisson(a(3.2)), COUNT), (lambda: tfd.Poisson(log_rate=a(0.7)), COUNT)],
    "PowerSpherical": [(lambda: tfd.PowerSpherical(a(*UNIT), a(3.0)), POINT)],
    "ProbitBernoulli": [
        (lambda: tfd.ProbitBernoulli(a(-1.3)), [0.0, 1.0]),
        (lambda: tfd.ProbitBernoulli(probs=a(0.3)), [0.0, 1.0]),
    ],
    "RelaxedBernoulli": [
        (lambda: tfd.RelaxedBernoulli(a(0.7), a(0.4)), SHARE),
        (lambda: tfd.RelaxedBernoulli(a(0.7), probs=a(0.4)), SHARE),
    ],
    "SigmoidBeta": [(lambda: tfd.SigmoidBeta(a(2.3), a(1.4)), REAL)],
    "Skellam": [(lambda: tfd.Skellam(a(3.0), a(2.0)), COUNT)],
    "SphericalUniform": [(lambda: tfd.SphericalUniform(3, dtype=jnp.float64), POINT)],
    "StudentT": [(lambda: tfd.StudentT(a(4.5), a(0.5), a(1.7)), REAL)],
    "TransformedDistribution": [
        (lambda: transformed(tfd.Normal(a(0.5), a(0.7)), tfb.Exp()), POSITIVE),
        (lambda: transformed(tfd.Normal(a(0.5), a(0.7)), tfb.Sigmoid()), SHARE),
        (lambda: transformed(tfd.Normal(a(0.5), a(0.7)), tfb.Sigmoid(a(-2.0), a(3.0))), REAL),
        (lambda: transformed(tfd.Normal(a(0.5), a(0.7)), tfb.Tanh()), SHARE),
        (lambda: transformed(tfd.Gamma(a(2.5), a(0.7)), tfb.Reciprocal()), POSITIVE),
        (lambda: transformed(tfd.Gamma(a(2.5), a(0.7)), tfb.Invert(tfb.Exp())), REAL),
        (lambda: transformed(tfd.Gamma(a(2.5), a(0.7)), tfb.Power(a(3.0))), POSITIVE),
        (lambda: transformed(tfd.Gumbel(a(0.5), a(0.7)), tfb.Shift(a(0.3))(tfb.Scale(a(2.0)))), REAL),
        (lambda: transformed(tfd.Gumbel(a(0.5), a(0.7)), tfb.Scale(log_scale=a(0.4))), REAL),
        (lambda: transformed(tfd.Independent(tfd.Normal(a(*MEAN), a(0.7)), 1), tfb.Exp()), VECTOR),
    ],
    "Triangular": [(lambda: tfd.Triangular(a(-2.0), a(3.0), a(0.3)), REAL)],
    "TruncatedCauchy": [(lambda: tfd.TruncatedCauchy(a(0.5), a(1.7), a(-2.0), a(3.0)), REAL)],
    "TruncatedNormal": [(lambda: tfd.TruncatedNormal(a(0.5), a(1.7), a(-2.0), a(3.0)), REAL)],
    "Uniform": [(lambda: tfd.Uniform(a(-2.0), a(3.0)), REAL)],
    "VonMises": [(lambda: tfd.VonMises(a(0.5), a(2.5)), REAL)],
    "VonMisesFisher": [(lambda: tfd.VonMisesFisher(a(*UNIT), a(3.0)), POINT)],
    "Weibull": [(lambda: tfd.Weibull(a(2.3), a(1.7)), POSITIVE)],
    "WishartLinearOperator": [
        (lambda: tfd.WishartLinearOperator(a(5.5), lower(FACTOR)), COVARIANCE + np.eye(3)),
        (lambda: tfd.WishartTriL(a(5.5), a(*FACTOR)), COVARIANCE + np.eye(3)),
    ],
    "Zipf": [(lambda: tfd.Zipf(a(2.5)), [1.0, 2.0, 7.0])],
}
# Where TensorFlow Probability's own log-density has fewer digits: the digits that it has, or what it is held to.
DIGITS = {"GaussianProcess": 1e-9, "VonMises": 1e-9, "Zipf": 1e-9, "Moyal": 1e-9}
CATEGORICAL = {"Categorical", "OneHotCategorical", "OrderedLogistic", "StoppingRatioLogistic"}
APART = {
    *("Blockwise", "Deterministic", "VectorDeterministic", "Empirical", "FiniteDiscrete", "Sample", "StudentTProcess"),
    *("JointDistributionNamed", "JointDistributionSequential", "LKJ", "CholeskyLKJ"),
}
FLAT = [(name, k) for name, cases in CASES.items() for k in range(len(cases))]


def test_every_reader_has_a_case():
    assert set(CASES) | CATEGORICAL | APART == set(READERS)


@pytest.mark.parametrize(("name", "k"), FLAT, ids=[f"{name}-{k}" for name, k in FLAT])
def test_families(name, k):
    make, x = CASES[name][k]
    d, x = make(), a(x) if np.ndim(x) == 0 else a(*np.asarray(x))
    found = known(d)
    relative = DIGITS.get(name, 1e-12)
    same_density(found, x, d.log_prob(x), relative, relative)
    assert found.batch_shape == tuple(d.batch_shape)


def test_categoricals():
    for d in (tfd.Categorical(a(*ROWS)), tfd.Categorical(probs=a(*ROWS))):
        found = known(d)
        assert isinstance(found, Finite)
        assert_close(masses(found), np.stack([np.asarray(d.log_prob(k)) for k in range(3)], axis=-1), 1e-12)
    assert_close(masses(known(tfd.OneHotCategorical(probs=a(*ROWS)))), np.log(ROWS), 1e-12)


def test_ordered_categories():
    cuts = a(-1.0, 0.5, 4.0)
    for d in (tfd.OrderedLogistic(cuts, a(0.3)), tfd.StoppingRatioLogistic(cuts, a(0.3))):
        assert_close(masses(known(d)), d.categorical_log_probs(), 1e-12)


def test_products():
    parts = [tfd.Normal(a(0.5), a(1.7)), tfd.Laplace(a(-0.5), a(0.7))]
    expected = parts[0].log_prob(a(0.3)) + parts[1].log_prob(a(1.2))
    for d in (
        tfd.Blockwise(parts),
        tfd.JointDistributionSequential(parts),
        tfd.JointDistributionNamed({"a": parts[0], "b": parts[1]}),
    ):
        assert known(d).name == "independent"
        same_density(known(d), a(0.3, 1.2), expected)
    with pytest.raises(TypeError, match="parts that depend on one another"):
        adopt(tfd.JointDistributionSequential([parts[0], lambda x: tfd.Normal(x, a(1.0))]))


def test_samples_of_one_distribution():
    d = tfd.Sample(tfd.Gamma(a(2.3, 1.5), a(1.7)), 3)
    found = known(d)
    assert found.batch_shape == (2,)
    same_density(found, a(*POSITIVE), d.log_prob(a(*POSITIVE)))


def test_points():
    assert known(tfd.Deterministic(a(1.5))).name == "delta"
    assert known(tfd.VectorDeterministic(a(*MEAN))).batch_shape == ()
    d = tfd.FiniteDiscrete(a(1.0, 2.0, 5.0), probs=a(0.2, 0.5, 0.3))
    same_density(known(d), a(1.0, 2.0, 5.0), d.log_prob(a(1.0, 2.0, 5.0)))
    d = tfd.FiniteDiscrete(a(1.0, 2.0, 5.0), logits=a(0.2, 0.5, 0.3))
    same_density(known(d), a(1.0, 2.0, 5.0), d.log_prob(a(1.0, 2.0, 5.0)))
    d = tfd.Empirical(a(1.0, 2.0, 5.0, 2.0))
    same_density(known(d), a(1.0, 2.0, 5.0), d.log_prob(a(1.0, 2.0, 5.0)))


def test_processes_and_correlations():
    kernel = tfp.math.psd_kernels.ExponentiatedQuadratic(a(1.3))
    assert known(tfd.StudentTProcess(a(4.5), kernel, a([0.0], [1.0]), jitter=1e-3)).name == "multivariate_t"
    assert known(tfd.LKJ(3, a(1.7))).name == known(tfd.CholeskyLKJ(3, a(1.7))).name == "lkj"


def test_what_has_no_counterpart_is_known_by_its_density():
    for d, x in (
        (tfd.JohnsonSU(a(0.3), a(1.2), a(0.5), a(1.7)), REAL),
        (tfd.TwoPieceNormal(a(0.5), a(1.7), a(1.3)), REAL),
        (transformed(tfd.Normal(a(0.5), a(0.7)), tfb.Softplus()), POSITIVE),
    ):
        found = adopt(d)
        assert isinstance(found, Unknown)
        same_density(found, np.asarray(x), d.log_prob(a(*x)), 1e-9, 1e-9)
        assert float(found.support.low) == (0.0 if x is POSITIVE else -np.inf)
        assert len(found.landmarks()) >= 3


def test_tensorflow_itself_is_not_understood():
    class Normal(tfd.Normal):
        pass

    Normal.__mro__[1].__module__.startswith("tensorflow_probability.substrates.jax")
    assert known(Normal(a(0.0), a(1.0))).name == "normal"


def test_gradients_reach_the_original_parameters():
    def ours(v):
        return known(tfd.Gamma(v[0], v[1])).log_prob(0.7)

    def theirs(v):
        return tfd.Gamma(v[0], v[1]).log_prob(0.7)

    at = a(2.3, 1.7)
    assert_close(jax.grad(ours)(at), jax.grad(theirs)(at), 1e-9)


def test_on_numpy():
    on_numpy = imported("tensorflow_probability.substrates.numpy").distributions
    d = on_numpy.Normal(np.float64(0.5), np.float64(1.7))
    same_density(known(d), np.asarray(REAL), stats.norm(0.5, 1.7).logpdf(REAL))


def test_float32_is_asked_in_float32():
    with jax.enable_x64(False):
        d = tfd.TwoPieceNormal(np.float32(0.5), np.float32(1.7), np.float32(1.3))
        assert_close(adopt(d).log_prob(0.4), d.log_prob(np.float32(0.4)), 1e-6)


def test_float32_stays():
    with jax.enable_x64(False):
        d = tfd.Normal(jnp.zeros(3), jnp.ones(3))
        assert all(leaf.dtype == np.float32 for leaf, _ in known(d).leaves())
        same_density(known(d), jnp.ones(3), d.log_prob(jnp.ones(3)), 1e-6)
