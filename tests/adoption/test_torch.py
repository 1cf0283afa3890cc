"""PyTorch: every class with a counterpart, at ordinary parameters, with its gradients."""

import inspect

import numpy as np
import pytest
from scipy import stats

import kullback as kb
from kullback.arrays import to_numpy
from kullback.distribution import Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.torch import READERS
from kullback.distributions.adopt.unknown import Unknown
from tests.adoption.agree import known, masses, same_density
from tests.close import assert_close

torch = pytest.importorskip("torch")
td = torch.distributions
tt = td.transforms


def t(*values):
    return torch.tensor(values if len(values) > 1 else values[0], dtype=torch.float64)


A = t([2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 0.8])
M = t(0.5, -1.0, 2.0)
ROWS = t([0.2, 0.3, 0.5], [0.6, 0.1, 0.3])
REAL, POSITIVE, SHARE, COUNT = t(-1.3, 0.4, 2.2), t(0.3, 1.1, 4.0), t(0.1, 0.4, 0.95), t(0.0, 1.0, 4.0)
VECTOR = t(0.2, 0.3, 0.5)

# For each class: a distribution (or several), and outcomes.
CASES = {
    "Bernoulli": [(td.Bernoulli(t(0.3)), t(0.0, 1.0)), (td.Bernoulli(logits=t(-2.0)), t(0.0, 1.0))],
    "Beta": [(td.Beta(t(2.3), t(1.4)), SHARE)],
    "Binomial": [(td.Binomial(6, t(0.3)), COUNT), (td.Binomial(6, logits=t(-2.0)), COUNT)],
    "Cauchy": [(td.Cauchy(t(0.5), t(1.7)), REAL)],
    "Chi2": [(td.Chi2(t(3.5)), POSITIVE)],
    "ContinuousBernoulli": [(td.ContinuousBernoulli(t(0.3)), SHARE), (td.ContinuousBernoulli(logits=t(2.0)), SHARE)],
    "Dirichlet": [(td.Dirichlet(t(0.8, 2.0, 3.0)), VECTOR)],
    "Exponential": [(td.Exponential(t(1.7)), POSITIVE)],
    "FisherSnedecor": [(td.FisherSnedecor(t(5.0), t(7.0)), POSITIVE)],
    "Gamma": [(td.Gamma(t(2.3), t(1.7)), POSITIVE)],
    "Geometric": [(td.Geometric(t(0.3)), COUNT), (td.Geometric(logits=t(-1.0)), COUNT)],
    "Gumbel": [(td.Gumbel(t(0.5), t(1.7)), REAL)],
    "HalfCauchy": [(td.HalfCauchy(t(1.7)), POSITIVE)],
    "HalfNormal": [(td.HalfNormal(t(1.7)), POSITIVE)],
    "Independent": [(td.Independent(td.Normal(M, A.diagonal()), 1), VECTOR)],
    "InverseGamma": [(td.InverseGamma(t(2.3), t(1.7)), POSITIVE)],
    "Kumaraswamy": [(td.Kumaraswamy(t(2.3), t(1.4)), SHARE)],
    "Laplace": [(td.Laplace(t(0.5), t(1.7)), REAL)],
    "LogitRelaxedBernoulli": [
        (td.relaxed_bernoulli.LogitRelaxedBernoulli(t(0.7), logits=t(0.4)), REAL),
        (td.relaxed_bernoulli.LogitRelaxedBernoulli(t(0.7), probs=t(0.4)), REAL),
    ],
    "LogNormal": [(td.LogNormal(t(0.5), t(0.7)), POSITIVE)],
    "LowRankMultivariateNormal": [(td.LowRankMultivariateNormal(M, t([1.0], [0.5], [-2.0]), t(0.5, 0.7, 1.0)), VECTOR)],
    "MixtureSameFamily": [
        (td.MixtureSameFamily(td.Categorical(t(0.3, 0.7)), td.Normal(t(0.0, 2.0), t(1.0, 0.5))), REAL),
        (td.MixtureSameFamily(td.Categorical(logits=t(0.3, 1.7)), td.Gamma(t(1.5, 2.0), t(1.0, 0.5))), POSITIVE),
        (td.MixtureSameFamily(td.Categorical(t(0.3, 0.7)), td.MultivariateNormal(torch.stack([M, -M]), A)), VECTOR),
    ],
    "Multinomial": [
        (td.Multinomial(6, t(0.2, 0.3, 0.5)), t(1.0, 2.0, 3.0)),
        (td.Multinomial(6, logits=t(0.2, 0.3, 0.5)), t(1.0, 2.0, 3.0)),
    ],
    "MultivariateNormal": [
        (td.MultivariateNormal(M, A), VECTOR),
        (td.MultivariateNormal(M, scale_tril=torch.linalg.cholesky(A)), VECTOR),
        (td.MultivariateNormal(M, precision_matrix=A), VECTOR),
    ],
    "NegativeBinomial": [(td.NegativeBinomial(t(5.5), t(0.4)), COUNT), (td.NegativeBinomial(5, logits=t(-1.0)), COUNT)],
    "Normal": [(td.Normal(t(0.5), t(1.7)), REAL)],
    "Pareto": [(td.Pareto(t(0.2), t(2.3)), POSITIVE)],
    "Poisson": [(td.Poisson(t(3.2)), COUNT)],
    "StudentT": [(td.StudentT(t(4.5), t(0.5), t(1.7)), REAL)],
    "TransformedDistribution": [
        (td.TransformedDistribution(td.Normal(t(0.5), t(0.7)), [tt.ExpTransform()]), POSITIVE),
        (td.TransformedDistribution(td.Normal(t(0.5), t(0.7)), [tt.SigmoidTransform()]), SHARE),
        (td.TransformedDistribution(td.Normal(t(0.5), t(0.7)), [tt.TanhTransform()]), SHARE),
        (td.TransformedDistribution(td.Gamma(t(2.5), t(0.7)), [tt.PowerTransform(t(-1.0))]), POSITIVE),
        (td.TransformedDistribution(td.Gamma(t(2.5), t(0.7)), [tt.PowerTransform(t(3.0))]), POSITIVE),
        (td.TransformedDistribution(td.Gamma(t(2.5), t(0.7)), [tt.ExpTransform().inv]), REAL),
        (td.TransformedDistribution(td.StudentT(t(4.5)), [tt.AffineTransform(t(0.3), t(-2.0))]), REAL),
        (td.TransformedDistribution(td.Gumbel(t(0.5), t(0.7)), [tt.AffineTransform(t(0.3), t(2.0)).inv]), REAL),
        (
            td.TransformedDistribution(
                td.Uniform(t(0.0), t(1.0)), [tt.SigmoidTransform().inv, tt.AffineTransform(t(0.3), t(2.0))]
            ),
            REAL,
        ),
        (
            td.TransformedDistribution(td.Normal(t(0.5), t(0.7)), [tt.ComposeTransform([tt.ExpTransform()])]),
            POSITIVE,
        ),
        (td.TransformedDistribution(td.Independent(td.Normal(M, t(0.7)), 1), [tt.ExpTransform()]), VECTOR),
    ],
    "Uniform": [(td.Uniform(t(-2.0), t(3.0)), REAL)],
    "Weibull": [(td.Weibull(t(1.7), t(2.3)), POSITIVE)],
    "Wishart": [
        (td.Wishart(t(5.5), A), A + torch.eye(3)),
        (td.Wishart(t(5.5), scale_tril=torch.linalg.cholesky(A)), A + torch.eye(3)),
        (td.Wishart(t(5.5), precision_matrix=A), A + torch.eye(3)),
    ],
}
CATEGORICAL = {"Categorical", "OneHotCategorical", "OneHotCategoricalStraightThrough"}
APART = {"GeneralizedPareto", "LKJCholesky", "LogisticNormal", "VonMises"}
FLAT = [(name, k) for name, cases in CASES.items() for k in range(len(cases))]


def test_every_reader_has_a_case():
    assert set(CASES) | CATEGORICAL | APART == set(READERS)


def test_every_class_is_read_or_unknown():
    classes = {
        name
        for name, kind in vars(td).items()
        if inspect.isclass(kind)
        and issubclass(kind, td.Distribution)
        and name not in ("Distribution", "ExponentialFamily")
    }
    relaxed = {"RelaxedBernoulli", "RelaxedOneHotCategorical"}
    assert classes - set(READERS) == relaxed


@pytest.mark.parametrize(("name", "k"), FLAT, ids=[f"{name}-{k}" for name, k in FLAT])
def test_families(name, k):
    d, x = CASES[name][k]
    found = known(d)
    same_density(found, x, d.log_prob(x))
    assert found.batch_shape == tuple(d.batch_shape)


@pytest.mark.parametrize("name", ["Normal", "Gamma", "Beta", "StudentT", "Weibull", "LogNormal"])
def test_batches(name):
    first, *rest = CASES[name][0][0].arg_constraints
    kind = getattr(td, name)
    parameters = {first: torch.rand(2, 3, dtype=torch.float64) + 0.5, **{k: t(1.5) for k in rest}}
    d = kind(**parameters)
    assert known(d).batch_shape == (2, 3)
    same_density(known(d), t(0.6), d.log_prob(t(0.6)))
    wide = d.expand((4, 2, 3))
    assert known(wide).batch_shape == (4, 2, 3)


@pytest.mark.parametrize("name", sorted(CATEGORICAL))
@pytest.mark.parametrize("kind", ["probs", "logits"])
def test_categoricals(name, kind):
    d = getattr(td, name)(**{kind: ROWS})
    found = known(d)
    assert isinstance(found, Finite)
    assert_close(masses(found), d.logits if name == "Categorical" else d._categorical.logits, 1e-12)
    assert_close(
        kb.kl(found, kb.probs(ROWS)), kb.kl(kb.probs(ROWS) if kind == "probs" else kb.logits(ROWS), ROWS), 1e-9
    )


def test_categoricals_taken_together_say_what_to_type():
    with pytest.raises(TypeError, match=r"kb.kl\(…\).sum\(-1\)"):
        adopt(td.Independent(td.Categorical(ROWS), 1))


def test_relaxed_bernoulli():
    d = td.RelaxedBernoulli(t(0.7), logits=t(0.4))
    same_density(known(d), SHARE, d.log_prob(SHARE))


def test_generalised_pareto():
    """PyTorch 2.13 cannot compute its own in float64: SciPy's is the same."""
    found = known(td.GeneralizedPareto(t(0.1), t(1.7), t(0.3)))
    same_density(found, POSITIVE, stats.genpareto(0.3, 0.1, 1.7).logpdf(POSITIVE.numpy()))


def test_von_mises():
    """PyTorch's own has eight digits: a polynomial for the Bessel function."""
    found = known(td.VonMises(t(0.5), t(2.5)))
    same_density(found, REAL, stats.vonmises(2.5, 0.5).logpdf(REAL.numpy()))
    assert_close(found.log_prob(REAL), td.VonMises(t(0.5), t(2.5)).log_prob(REAL), 1e-7)


def test_lkj_on_factors_is_lkj():
    found = known(td.LKJCholesky(3, t(1.7)))
    assert found.name == "lkj"


def test_what_has_no_counterpart_is_known_by_its_density():
    d = td.LogisticNormal(torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64))
    found = adopt(d)
    assert isinstance(found, Unknown)
    assert_close(found.log_prob(VECTOR.numpy()), d.log_prob(VECTOR), 1e-12)
    d = td.RelaxedOneHotCategorical(t(0.7), logits=t(0.2, 0.3, 0.5))
    assert_close(adopt(d).log_prob(VECTOR), d.log_prob(VECTOR), 1e-12)
    d = td.TransformedDistribution(td.Normal(t(0.5), t(0.7)), [tt.SoftplusTransform()])
    found = adopt(d)
    assert isinstance(found, Unknown)
    assert (float(found.support.low), float(found.support.high)) == (0.0, np.inf)
    assert_close(found.log_prob(POSITIVE), d.log_prob(POSITIVE), 1e-12)
    assert_close(found.log_prob(t(-1.0)), -np.inf)


def test_a_class_with_another_density_is_not_its_parent():
    class Heavier(td.Normal):
        def log_prob(self, value):
            return super().log_prob(value) * 0.5

    class Same(td.Normal):
        pass

    assert isinstance(adopt(Heavier(t(0.0), t(1.0))), Unknown)
    assert known(Same(t(0.0), t(1.0))).name == "normal"


@pytest.mark.parametrize("kind", ["covariance_matrix", "scale_tril", "precision_matrix"])
def test_the_spelling_that_was_given_is_used(kind):
    given = torch.linalg.cholesky(A).requires_grad_() if kind == "scale_tril" else A.clone().requires_grad_()
    found = known(td.MultivariateNormal(M, **{kind: given}))
    kept = [leaf for leaf, own in found.leaves() if own == 2]
    assert len(kept) == 1
    assert_close(to_numpy(kept[0]), to_numpy(given), 0.0)
    (gradient,) = torch.autograd.grad(kept[0].sum(), given)
    assert_close(gradient, torch.ones(3, 3))


def test_logits_stay_logits():
    logits = t(-800.0).requires_grad_()
    found = known(td.Bernoulli(logits=logits))
    (value,) = [leaf for leaf, _ in found.leaves()]
    assert float(value.detach()) == -800.0
    assert value.requires_grad


GRADIENTS = {
    "Normal": lambda a, b: td.Normal(a, b),
    "Gamma": lambda a, b: td.Gamma(a, b),
    "Beta": lambda a, b: td.Beta(a, b),
    "Dirichlet": lambda a, b: td.Dirichlet(torch.stack([a, b])),
    "LogNormal": lambda a, b: td.LogNormal(a, b),
    "StudentT": lambda a, b: td.StudentT(a, b, b),
    "Independent": lambda a, b: td.Independent(td.Normal(torch.stack([a, a]), b), 1),
    "TransformedDistribution": lambda a, b: td.TransformedDistribution(td.Gumbel(a, b), [tt.AffineTransform(a, b)]),
    "MixtureSameFamily": lambda a, b: td.MixtureSameFamily(
        td.Categorical(torch.stack([a, b]) / (a + b)), td.Normal(torch.stack([a, b]), torch.stack([b, a]))
    ),
    "LowRankMultivariateNormal": lambda a, b: td.LowRankMultivariateNormal(
        torch.stack([a, b]), torch.stack([a, b])[:, None], torch.stack([b, a])
    ),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_reach_the_original_parameters(name):
    a, b = t(0.7).requires_grad_(), t(1.3).requires_grad_()
    d = GRADIENTS[name](a, b)
    x = t(0.4, 0.6) if len(d.event_shape) else t(0.4)
    expected = torch.autograd.grad(d.log_prob(x).sum(), (a, b), retain_graph=True)
    actual = torch.autograd.grad(known(d).log_prob(x).sum(), (a, b))
    assert_close(torch.stack(actual), torch.stack(expected), 1e-9)


def test_dtype_and_library_stay():
    found = known(td.Normal(torch.zeros(3), torch.ones(3)))
    assert all(leaf.dtype == torch.float32 for leaf, _ in found.leaves())
    assert isinstance(found.log_prob(torch.ones(3)), torch.Tensor)
