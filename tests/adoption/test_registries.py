"""Pairs for which another library has a KL divergence: at ordinary parameters, where theirs is right, ours is equal."""

import numpy as np
import pytest

import kullback as kb
from tests.adoption import registries
from tests.close import assert_close

torch = pytest.importorskip("torch")
td = torch.distributions


def t(*values):
    return torch.tensor(values if len(values) > 1 else values[0], dtype=torch.float64)


A = t([2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 0.8])
M = t(0.5, -1.0, 2.0)
W = t([1.0], [0.5], [-2.0])

# P and Q of each class.
TORCH = {
    "Bernoulli": (td.Bernoulli(t(0.3)), td.Bernoulli(t(0.6))),
    "Beta": (td.Beta(t(2.3), t(1.4)), td.Beta(t(1.7), t(3.1))),
    "Binomial": (td.Binomial(6, t(0.3)), td.Binomial(6, t(0.6))),
    "Categorical": (td.Categorical(t(0.2, 0.3, 0.5)), td.Categorical(t(0.6, 0.1, 0.3))),
    "Cauchy": (td.Cauchy(t(0.5), t(1.7)), td.Cauchy(t(-0.3), t(0.9))),
    "ContinuousBernoulli": (td.ContinuousBernoulli(t(0.3)), td.ContinuousBernoulli(t(0.8))),
    "Dirichlet": (td.Dirichlet(t(0.8, 2.0, 3.0)), td.Dirichlet(t(1.5, 1.0, 2.0))),
    "Exponential": (td.Exponential(t(1.7)), td.Exponential(t(0.6))),
    "Gamma": (td.Gamma(t(2.3), t(1.7)), td.Gamma(t(1.4), t(0.8))),
    "Geometric": (td.Geometric(t(0.3)), td.Geometric(t(0.6))),
    "Gumbel": (td.Gumbel(t(0.5), t(0.7)), td.Gumbel(t(-0.3), t(1.1))),
    "HalfNormal": (td.HalfNormal(t(1.7)), td.HalfNormal(t(0.9))),
    "Independent": (td.Independent(td.Normal(M, t(0.7)), 1), td.Independent(td.Normal(-M, t(1.1)), 1)),
    "Laplace": (td.Laplace(t(0.5), t(1.7)), td.Laplace(t(-0.3), t(0.9))),
    "LowRankMultivariateNormal": (
        td.LowRankMultivariateNormal(M, W, t(0.5, 0.7, 1.0)),
        td.LowRankMultivariateNormal(-M, 2 * W, t(1.5, 0.7, 0.3)),
    ),
    "MultivariateNormal": (td.MultivariateNormal(M, A), td.MultivariateNormal(-M, A + torch.eye(3))),
    "Normal": (td.Normal(t(0.5), t(0.7)), td.Normal(t(-0.3), t(1.1))),
    "OneHotCategorical": (td.OneHotCategorical(t(0.2, 0.3, 0.5)), td.OneHotCategorical(t(0.6, 0.1, 0.3))),
    "Pareto": (td.Pareto(t(1.2), t(2.3)), td.Pareto(t(0.9), t(1.4))),
    "Poisson": (td.Poisson(t(3.2)), td.Poisson(t(1.4))),
    "TransformedDistribution": (td.LogNormal(t(0.5), t(0.7)), td.LogNormal(t(-0.3), t(1.1))),
    "Uniform": (td.Uniform(t(0.2), t(0.7)), td.Uniform(t(0.1), t(0.9))),
}
# Not a class of its own: whatever has natural parameters, each of which is in the table by its name.
GENERIC = ("ExponentialFamily", "ExponentialFamily")


def test_every_class_of_the_registry_has_a_case():
    pairs = set(registries.torch_pairs()) - {GENERIC}
    assert len(pairs) >= 86
    assert {name for pair in pairs for name in pair} == set(TORCH)


@pytest.mark.parametrize("pair", sorted(set(registries.torch_pairs()) - {GENERIC}), ids=" to ".join)
def test_torch(pair):
    p, q = TORCH[pair[0]][0], TORCH[pair[1]][1]
    expected = td.kl_divergence(p, q)
    actual = kb.kl(p, q)
    assert isinstance(actual, torch.Tensor)
    if pair in registries.torch_infinite_pairs():
        assert torch.isinf(expected)
    assert_close(actual, expected, 1e-9)


def _on_jax():
    from tests.adoption.on_jax import a, imported, jax

    tfp = imported("tensorflow_probability.substrates.jax")
    return tfp.distributions, tfp, a, jax


def tensorflow_probability_cases():
    tfd, tfp, a, _ = _on_jax()
    lower = tfp.tf2jax.linalg.LinearOperatorLowerTriangular
    factor, small = np.linalg.cholesky(A.numpy()), np.asarray([[1.1, 0.0], [0.3, 0.9]])
    unit, other = np.asarray([1.0, 2.0, 2.0]) / 3.0, np.asarray([2.0, -1.0, 2.0]) / 3.0
    kernel = tfp.math.psd_kernels.ExponentiatedQuadratic
    points = a([0.0], [1.0], [2.5])
    normals = (tfd.Normal(a(0.5), a(0.7)), tfd.Normal(a(-0.3), a(1.1)))
    laplaces = (tfd.Laplace(a(0.5), a(0.7)), tfd.Laplace(a(-0.3), a(1.1)))
    return {
        "Bernoulli": (tfd.Bernoulli(probs=a(0.3)), tfd.Bernoulli(a(0.6))),
        "Beta": (tfd.Beta(a(2.3), a(1.4)), tfd.Beta(a(1.7), a(3.1))),
        "Blockwise": (tfd.Blockwise([normals[0], laplaces[0]]), tfd.Blockwise([normals[1], laplaces[1]])),
        "Categorical": (tfd.Categorical(a(0.2, 0.3, 0.5)), tfd.Categorical(probs=a(0.6, 0.1, 0.3))),
        "Cauchy": (tfd.Cauchy(a(0.5), a(1.7)), tfd.Cauchy(a(-0.3), a(0.9))),
        "Chi": (tfd.Chi(a(3.5)), tfd.Chi(a(2.2))),
        "Chi2": (tfd.Chi2(a(3.5)), tfd.Chi2(a(2.2))),
        "ContinuousBernoulli": (tfd.ContinuousBernoulli(probs=a(0.3)), tfd.ContinuousBernoulli(probs=a(0.8))),
        "Dirichlet": (tfd.Dirichlet(a(0.8, 2.0, 3.0)), tfd.Dirichlet(a(1.5, 1.0, 2.0))),
        "ExpGamma": (tfd.ExpGamma(a(2.3), a(1.7)), tfd.ExpGamma(a(1.4), a(0.8))),
        "ExpInverseGamma": (tfd.ExpInverseGamma(a(2.3), a(1.7)), tfd.ExpInverseGamma(a(1.4), a(0.8))),
        "Gamma": (tfd.Gamma(a(2.3), a(1.7)), tfd.Gamma(a(1.4), a(0.8))),
        "GaussianProcess": (
            tfd.GaussianProcess(kernel(a(1.3)), points, jitter=1e-2),
            tfd.GaussianProcess(kernel(a(0.9)), points, jitter=1e-2),
        ),
        "Gumbel": (tfd.Gumbel(a(0.5), a(0.7)), tfd.Gumbel(a(-0.3), a(1.1))),
        "HalfNormal": (tfd.HalfNormal(a(1.7)), tfd.HalfNormal(a(0.9))),
        "Independent": (
            tfd.Independent(tfd.Normal(a(0.5, 1.0), a(0.7)), 1),
            tfd.Independent(tfd.Normal(a(-0.5, 0.3), a(1.1)), 1),
        ),
        "JointDistributionSequential": (
            tfd.JointDistributionSequential([normals[0], laplaces[0]]),
            tfd.JointDistributionSequential([normals[1], laplaces[1]]),
        ),
        "Laplace": laplaces,
        "LogNormal": (tfd.LogNormal(a(0.5), a(0.7)), tfd.LogNormal(a(-0.3), a(1.1))),
        "LogitNormal": (tfd.LogitNormal(a(0.5), a(0.7)), tfd.LogitNormal(a(-0.3), a(1.1))),
        "MatrixNormalLinearOperator": (
            tfd.MatrixNormalLinearOperator(a(np.zeros((3, 2))), lower(a(*factor)), lower(a(*small))),
            tfd.MatrixNormalLinearOperator(a(np.ones((3, 2))), lower(a(*(factor + np.eye(3)))), lower(a(*(2 * small)))),
        ),
        "Moyal": (tfd.Moyal(a(0.5), a(0.7)), tfd.Moyal(a(-0.3), a(1.1))),
        "MultivariateNormalLinearOperator": (
            tfd.MultivariateNormalTriL(a(*M.numpy()), a(*factor)),
            tfd.MultivariateNormalTriL(a(*-M.numpy()), a(*(factor + np.eye(3)))),
        ),
        "Normal": normals,
        "OneHotCategorical": (tfd.OneHotCategorical(a(0.2, 0.3, 0.5)), tfd.OneHotCategorical(probs=a(0.6, 0.1, 0.3))),
        "OrderedLogistic": (tfd.OrderedLogistic(a(-1.0, 0.5), a(0.3)), tfd.OrderedLogistic(a(-0.5, 1.5), a(0.1))),
        "Pareto": (tfd.Pareto(a(2.3), a(1.2)), tfd.Pareto(a(1.4), a(0.9))),
        "PowerSpherical": (tfd.PowerSpherical(a(*unit), a(3.0)), tfd.PowerSpherical(a(*other), a(2.0))),
        "ProbitBernoulli": (tfd.ProbitBernoulli(a(-1.3)), tfd.ProbitBernoulli(probs=a(0.6))),
        "Sample": (tfd.Sample(normals[0], 3), tfd.Sample(normals[1], 3)),
        "SphericalUniform": (
            tfd.SphericalUniform(3, dtype=points.dtype),
            tfd.SphericalUniform(3, dtype=points.dtype),
        ),
        "StoppingRatioLogistic": (
            tfd.StoppingRatioLogistic(a(-1.0, 0.5), a(0.3)),
            tfd.StoppingRatioLogistic(a(-0.5, 1.5), a(0.1)),
        ),
        "TransformedDistribution": (
            tfd.TransformedDistribution(laplaces[0], tfp.bijectors.Exp()),
            tfd.TransformedDistribution(laplaces[1], tfp.bijectors.Exp()),
        ),
        "Uniform": (tfd.Uniform(a(0.2), a(0.7)), tfd.Uniform(a(0.1), a(0.9))),
        "VonMises": (tfd.VonMises(a(0.5), a(1.7)), tfd.VonMises(a(-0.3), a(0.9))),
        "VonMisesFisher": (tfd.VonMisesFisher(a(*unit), a(3.0)), tfd.VonMisesFisher(a(*other), a(2.0))),
        "Weibull": (tfd.Weibull(a(2.3), a(1.7)), tfd.Weibull(a(1.4), a(0.8))),
    }


# What wraps another distribution for reasons of TensorFlow, or is point masses against whatever.
WRAPPERS = {"BaseDeterministic", "Distribution", "JitPublicMethods", "Masked", "NonCompositeTensorCast"}
# Theirs has fewer digits there (a series for the Bessel function), or none: held to the definition instead, by SciPy.
FEWER = {("VonMises", "VonMises"): 1e-7}


def _tensorflow_probability_pairs():
    pytest.importorskip("jax")
    try:
        return [pair for pair in registries.tensorflow_probability_pairs() if not WRAPPERS & set(pair)]
    except ModuleNotFoundError:
        return []


@pytest.fixture(scope="module")
def wide_cases():
    jax = _on_jax()[3]
    with jax.enable_x64(True):
        yield tensorflow_probability_cases()


@pytest.mark.parametrize("pair", _tensorflow_probability_pairs(), ids=" to ".join)
def test_tensorflow_probability(pair, wide_cases):
    p, q = wide_cases[pair[0]][0], wide_cases[pair[1]][1]
    expected = np.asarray(p.kl_divergence(q), dtype=float)
    assert_close(np.asarray(kb.kl(p, q), dtype=float), expected, FEWER.get(pair, 1e-9))
