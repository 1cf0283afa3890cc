"""PyTorch: `torch.distributions` with the parameters that they were given, gradients included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kullback import distributions as ours
from kullback.distribution import Distribution
from kullback.distributions.adopt import unknown
from kullback.distributions.adopt.classes import Reader, first_given, reader_of
from kullback.distributions.adopt.maps import Step, inverse, through
from kullback.distributions.adopt.parts import mixed, of_library, taken_together


def adopted(x: Any) -> Distribution:
    """Return a PyTorch distribution as one of ours."""
    reader = reader_of(x, READERS, "torch.distributions", "log_prob")
    return unknown.adopted(x) if reader is None else reader(x)


def _given(d: Any, *names: str) -> dict[str, Any]:
    name = first_given(d, *names)
    return {name: getattr(d, name)}


def _probs_or_logits(d: Any) -> dict[str, Any]:
    return _given(d, "probs", "logits")


def _categorical(d: Any) -> Distribution:
    return ours.categorical(**_probs_or_logits(d))


def _one_hot(d: Any) -> Distribution:
    return _categorical(d._categorical)


def _multinomial(d: Any) -> Distribution:
    return ours.multinomial(d.total_count, **_probs_or_logits(d._categorical))


def _multivariate_normal(d: Any) -> Distribution:
    spelling = first_given(d, "covariance_matrix", "scale_tril", "precision_matrix")
    ours_is = {"covariance_matrix": "covariance", "scale_tril": "cholesky", "precision_matrix": "precision"}
    return ours.multivariate_normal(d.loc, **{ours_is[spelling]: getattr(d, spelling)})


def _low_rank(d: Any) -> Distribution:
    return ours.multivariate_normal(d.loc, low_rank=(d._unbroadcasted_cov_factor, d._unbroadcasted_cov_diag))


def _wishart(d: Any) -> Distribution:
    spelling = first_given(d, "covariance_matrix", "scale_tril", "precision_matrix")
    value = getattr(d, spelling)
    if spelling == "precision_matrix":
        return ours.wishart(d.df, value.inverse())
    return ours.wishart(d.df, **{"scale" if spelling == "covariance_matrix" else "cholesky": value})


def _relaxed_bernoulli(d: Any) -> Distribution:
    """A logistic variable of scale 1/temperature: Maddison, Mnih and Teh, The concrete distribution (2017), app. B."""
    spelling, value = next(iter(_probs_or_logits(d).items()))
    logits = value if spelling == "logits" else value.log() - (-value).log1p()
    return ours.logistic(logits / d.temperature, 1.0 / d.temperature)


def _independent(d: Any) -> Distribution:
    return taken_together(d.base_dist, d.reinterpreted_batch_ndims)


def _mixture(d: Any) -> Distribution:
    weights = _probs_or_logits(d.mixture_distribution)
    return mixed(weights, d.component_distribution)


def _transformed(d: Any) -> Distribution:
    base, dimensions = d.base_dist, 0
    while type(base).__name__ == "Independent":
        base, dimensions = base.base_dist, dimensions + base.reinterpreted_batch_ndims
    steps = _steps(d.transforms)
    if steps is None or len(base.event_shape):
        return unknown.adopted(d)
    found = through(of_library(base), steps)
    return ours.independent_of(found, dimensions) if dimensions else found


def _steps(transforms: Any) -> list[Step] | None:
    """Return a chain of transforms as maps of ours, None where one is none of them."""
    found: list[Step] = []
    for transform in transforms:
        name = type(transform).__name__
        steps: list[Step] | None
        match name:
            case "ComposeTransform":
                steps = _steps(transform.parts)
            case "IndependentTransform":
                steps = _steps([transform.base_transform])
            case "_InverseTransform":
                steps = inverse(_steps([transform.inv]))
            case "AffineTransform":
                steps = [Step("affine", (transform.loc, transform.scale))]
            case "PowerTransform":
                steps = [Step("power", (transform.exponent,))]
            case _:
                steps = [Step(_MAPS[name])] if name in _MAPS else None
        if steps is None:
            return None
        found += steps
    return found


_MAPS = {"ExpTransform": "exp", "SigmoidTransform": "logistic", "TanhTransform": "tanh"}

READERS: Mapping[str, Reader] = {
    "Bernoulli": lambda d: ours.bernoulli(**_probs_or_logits(d)),
    "Beta": lambda d: ours.beta(d.concentration1, d.concentration0),
    "Binomial": lambda d: ours.binomial(d.total_count, **_probs_or_logits(d)),
    "Categorical": _categorical,
    "Cauchy": lambda d: ours.cauchy(d.loc, d.scale),
    "Chi2": lambda d: ours.chi2(d.df),
    "ContinuousBernoulli": lambda d: ours.continuous_bernoulli(**_probs_or_logits(d)),
    "Dirichlet": lambda d: ours.dirichlet(d.concentration),
    "Exponential": lambda d: ours.exponential(d.rate),
    "FisherSnedecor": lambda d: ours.fisher_f(d.df1, d.df2),
    "Gamma": lambda d: ours.gamma(d.concentration, d.rate),
    "GeneralizedPareto": lambda d: ours.generalised_pareto(d.loc, d.scale, d.concentration),
    "Geometric": lambda d: ours.geometric(**_probs_or_logits(d)),
    "Gumbel": lambda d: ours.gumbel(d.loc, d.scale),
    "HalfCauchy": lambda d: ours.half_cauchy(d.scale),
    "HalfNormal": lambda d: ours.half_normal(d.scale),
    "Independent": _independent,
    "InverseGamma": lambda d: ours.inverse_gamma(d.concentration, d.rate),
    "Kumaraswamy": lambda d: ours.kumaraswamy(d.concentration1, d.concentration0),
    "Laplace": lambda d: ours.laplace(d.loc, d.scale),
    "LKJCholesky": lambda d: ours.lkj(d.dim, d.concentration),
    "LogNormal": lambda d: ours.log_normal(d.loc, d.scale),
    # Stick-breaking is one-to-one, but its density on the simplex is no family of ours.
    "LogisticNormal": unknown.adopted,
    "LogitRelaxedBernoulli": _relaxed_bernoulli,
    "LowRankMultivariateNormal": _low_rank,
    "MixtureSameFamily": _mixture,
    "Multinomial": _multinomial,
    "MultivariateNormal": _multivariate_normal,
    "NegativeBinomial": lambda d: ours.negative_binomial(d.total_count, **_probs_or_logits(d)),
    "Normal": lambda d: ours.normal(d.loc, d.scale),
    "OneHotCategorical": _one_hot,
    "OneHotCategoricalStraightThrough": _one_hot,
    "Pareto": lambda d: ours.pareto(d.alpha, d.scale),
    "Poisson": lambda d: ours.poisson(d.rate),
    "StudentT": lambda d: ours.student_t(d.df, d.loc, d.scale),
    "TransformedDistribution": _transformed,
    "Uniform": lambda d: ours.uniform(d.low, d.high),
    "VonMises": lambda d: ours.von_mises(d.loc, d.concentration),
    "Weibull": lambda d: ours.weibull(d.concentration, d.scale),
    "Wishart": _wishart,
}
"""What is made of each class, by its name."""
