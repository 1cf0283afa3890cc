"""NumPyro: `numpyro.distributions` with the parameters that they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kullback import distributions as ours
from kullback.arrays import namespace
from kullback.distribution import Distribution
from kullback.distributions.adopt import unknown
from kullback.distributions.adopt.classes import Reader, first_given, reader_of
from kullback.distributions.adopt.maps import Step, constant, inverse, through
from kullback.distributions.adopt.ordinal import cumulative_logits
from kullback.distributions.adopt.parts import expanded, mixed, of_library, squared, taken_together


def adopted(x: Any) -> Distribution:
    """Return a NumPyro distribution as one of ours."""
    reader = reader_of(x, READERS, "numpyro.distributions", "log_prob")
    return unknown.adopted(x) if reader is None else reader(x)


def _weights(categorical: Any) -> dict[str, Any]:
    name = "logits" if "Logits" in type(categorical).__name__ else "probs"
    return {name: getattr(categorical, name)}


def _multivariate_normal(d: Any) -> Distribution:
    spelling = first_given(d, "covariance_matrix", "precision_matrix", "scale_tril")
    ours_is = {"covariance_matrix": "covariance", "scale_tril": "cholesky", "precision_matrix": "precision"}
    return ours.multivariate_normal(d.loc, **{ours_is[spelling]: getattr(d, spelling)})


def _wishart(d: Any) -> Distribution:
    base = d.base_dist if hasattr(d, "base_dist") else d
    spelling = first_given(base, "scale_matrix", "rate_matrix", "scale_tril")
    value = getattr(base, spelling)
    if spelling == "rate_matrix":
        return ours.wishart(base.concentration, namespace(value).linalg.inv(value))
    return ours.wishart(base.concentration, **{"scale" if spelling == "scale_matrix" else "cholesky": value})


def _inverse_wishart(d: Any) -> Distribution:
    base = d.base_dist if hasattr(d, "base_dist") else d
    return ours.inverse_wishart(base.concentration, base.scale_matrix)


def _gamma_poisson(d: Any) -> Distribution:
    xp = namespace(d.rate, d.concentration)
    return ours.negative_binomial(d.concentration, logits=-xp.log(d.rate))


def _asymmetric_laplace_quantile(d: Any) -> Distribution:
    return of_library(d._ald)


def _truncated(d: Any) -> Distribution:
    low, high = getattr(d, "low", -float("inf")), getattr(d, "high", float("inf"))
    if type(d.base_dist).__name__ == "Normal":
        return ours.truncated_normal(d.base_dist.loc, d.base_dist.scale, low, high)
    return ours.truncated(of_library(d.base_dist), low, high)


def _power_law(d: Any) -> Distribution:
    """Density in proportion to x^alpha from `low` on, alpha < −1."""
    return ours.pareto(-d.alpha - 1.0, d.low)


def _hurdle(d: Any) -> Distribution:
    if d._is_discrete:
        return unknown.adopted(d)
    raise TypeError(
        f"{type(d).__name__} has a mass at 0 and a density elsewhere, and no divergence of kullback knows such a "
        f"mixture: compare the gates, and the base_dist, apart."
    )


def _zero_inflated(d: Any) -> Distribution:
    zero = ours.discrete_uniform(0, 0)
    base = of_library(d.base_dist)
    if "gate_logits" in vars(d):
        xp = namespace(d.gate_logits)
        logits = xp.stack([xp.asarray(d.gate_logits), 0.0 * xp.asarray(d.gate_logits)], axis=-1)
        return ours.mixture(ours.logits(logits), [zero, base])
    xp = namespace(d.gate)
    return ours.mixture(xp.stack([xp.asarray(d.gate), 1.0 - xp.asarray(d.gate)], axis=-1), [zero, base])


def _mixture(d: Any) -> Distribution:
    return mixed(_weights(d.mixing_distribution), d.component_distribution)


def _mixture_general(d: Any) -> Distribution:
    weights = _weights(d.mixing_distribution)
    parts = [of_library(one) for one in d.component_distributions]
    return ours.mixture(weights["probs"] if "probs" in weights else ours.logits(weights["logits"]), parts)


def _folded(d: Any) -> Distribution:
    base = d.base_dist
    if type(base).__name__ == "Normal" and constant(base.loc, 0.0):
        return ours.half_normal(base.scale)
    return unknown.adopted(d)


def _masked(d: Any) -> Distribution:
    raise TypeError(
        "a MaskedDistribution is no distribution where the mask is False: pass its base_dist, and sum the answers that "
        "you want."
    )


def _random_walk(d: Any) -> Distribution:
    """Sums of independent steps: X = L ε with a lower triangle of ones, scaled."""
    xp = namespace(d.scale)
    if not hasattr(d.scale, "shape"):
        return unknown.adopted(d)
    steps = xp.tril(xp.ones((d.num_steps, d.num_steps), dtype=d.scale.dtype)) * d.scale[..., None, None]
    return ours.multivariate_normal(0.0 * steps[..., 0], cholesky=steps)


def _is_standard(d: Any) -> bool:
    return type(d).__name__ == "Normal" and constant(d.loc, 0.0) and constant(d.scale, 1.0)


def _transformed(d: Any) -> Distribution:
    base, dimensions = d.base_dist, 0
    while type(base).__name__ == "Independent":
        base, dimensions = base.base_dist, dimensions + base.reinterpreted_batch_ndims
    if (
        _is_standard(base)
        and dimensions == 1
        and [type(one).__name__ for one in d.transforms] == ["LowerCholeskyAffine"]
    ):
        return ours.multivariate_normal(d.transforms[0].loc, cholesky=d.transforms[0].scale_tril)
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
            case "IdentityTransform":
                steps = []
            case _:
                steps = [Step(_MAPS[name])] if name in _MAPS else None
        if steps is None:
            return None
        found += steps
    return found


_MAPS = {"ExpTransform": "exp", "SigmoidTransform": "logistic"}

READERS: Mapping[str, Reader] = {
    "AsymmetricLaplace": lambda d: ours.asymmetric_laplace(d.loc, d.scale, d.asymmetry),
    "AsymmetricLaplaceQuantile": _asymmetric_laplace_quantile,
    "BernoulliLogits": lambda d: ours.bernoulli(logits=d.logits),
    "BernoulliProbs": lambda d: ours.bernoulli(d.probs),
    "Beta": lambda d: ours.beta(d.concentration1, d.concentration0),
    "BetaBinomial": lambda d: ours.beta_binomial(d.total_count, d.concentration1, d.concentration0),
    "BinomialLogits": lambda d: ours.binomial(d.total_count, logits=d.logits),
    "BinomialProbs": lambda d: ours.binomial(d.total_count, d.probs),
    "CategoricalLogits": lambda d: ours.categorical(logits=d.logits),
    "CategoricalProbs": lambda d: ours.categorical(d.probs),
    "Cauchy": lambda d: ours.cauchy(d.loc, d.scale),
    "Chi2": lambda d: ours.chi2(d.df),
    "Delta": lambda d: taken_delta(d.v, d.event_dim),
    "Dirichlet": lambda d: ours.dirichlet(d.concentration),
    "DirichletMultinomial": lambda d: ours.dirichlet_multinomial(d.total_count, d.concentration),
    "DiscreteUniform": lambda d: ours.discrete_uniform(d.low, d.high),
    "ExpandedDistribution": lambda d: expanded(of_library(d.base_dist), tuple(d.batch_shape)),
    "Exponential": lambda d: ours.exponential(d.rate),
    "FoldedDistribution": _folded,
    "Gamma": lambda d: ours.gamma(d.concentration, d.rate),
    "GammaPoisson": _gamma_poisson,
    "GaussianRandomWalk": _random_walk,
    "GeometricLogits": lambda d: ours.geometric(logits=d.logits),
    "GeometricProbs": lambda d: ours.geometric(d.probs),
    "Gompertz": lambda d: ours.gompertz(d.concentration, 1.0 / d.rate),
    "Gumbel": lambda d: ours.gumbel(d.loc, d.scale),
    "HalfCauchy": lambda d: ours.half_cauchy(d.scale),
    "HalfNormal": lambda d: ours.half_normal(d.scale),
    "HurdleLogits": _hurdle,
    "HurdleProbs": _hurdle,
    "Independent": lambda d: taken_together(d.base_dist, d.reinterpreted_batch_ndims),
    "InverseGamma": lambda d: ours.inverse_gamma(d.concentration, d.rate),
    "InverseWishart": _inverse_wishart,
    "Kumaraswamy": lambda d: ours.kumaraswamy(d.concentration1, d.concentration0),
    "Laplace": lambda d: ours.laplace(d.loc, d.scale),
    "LeftTruncatedDistribution": _truncated,
    "Levy": lambda d: ours.levy(d.loc, d.scale),
    "LKJ": lambda d: ours.lkj(d.dimension, d.concentration),
    "LKJCholesky": lambda d: ours.lkj(d.dimension, d.concentration),
    "Logistic": lambda d: ours.logistic(d.loc, d.scale),
    "LogNormal": lambda d: ours.log_normal(d.loc, d.scale),
    "LogUniform": lambda d: ours.log_uniform(d.low, d.high),
    "LowerTruncatedPowerLaw": _power_law,
    "LowRankMultivariateNormal": lambda d: ours.multivariate_normal(d.loc, low_rank=(d.cov_factor, d.cov_diag)),
    "MaskedDistribution": _masked,
    "MatrixNormal": lambda d: ours.matrix_normal(d.loc, squared(d.scale_tril_row), squared(d.scale_tril_column)),
    "MixtureGeneral": _mixture_general,
    "MixtureSameFamily": _mixture,
    "MultinomialLogits": lambda d: ours.multinomial(d.total_count, logits=d.logits),
    "MultinomialProbs": lambda d: ours.multinomial(d.total_count, d.probs),
    "MultivariateNormal": _multivariate_normal,
    "MultivariateStudentT": lambda d: ours.multivariate_t(d.df, d.loc, cholesky=d.scale_tril),
    "NegativeBinomialLogits": lambda d: ours.negative_binomial(d.total_count, logits=d.logits),
    "NegativeBinomialProbs": lambda d: ours.negative_binomial(d.total_count, d.probs),
    "Normal": lambda d: ours.normal(d.loc, d.scale),
    "OrderedLogistic": lambda d: ours.categorical(logits=cumulative_logits(d.cutpoints, d.predictor)),
    "Pareto": lambda d: ours.pareto(d.alpha, d.scale),
    "Poisson": lambda d: ours.poisson(d.rate),
    "RightTruncatedDistribution": _truncated,
    "StudentT": lambda d: ours.student_t(d.df, d.loc, d.scale),
    "TransformedDistribution": _transformed,
    "LeftTruncatedGamma": _truncated,
    "RightTruncatedGamma": _truncated,
    "TwoSidedTruncatedDistribution": _truncated,
    "TwoSidedTruncatedGamma": _truncated,
    "Uniform": lambda d: ours.uniform(d.low, d.high),
    "VonMises": lambda d: ours.von_mises(d.loc, d.concentration),
    "Weibull": lambda d: ours.weibull(d.concentration, d.scale),
    "Wishart": _wishart,
    "WishartCholesky": _wishart,
    "InverseWishartCholesky": _inverse_wishart,
    "ZeroInflatedLogits": _zero_inflated,
    "ZeroInflatedProbs": _zero_inflated,
}
"""What is made of each class, by its name."""


def taken_delta(value: Any, dimensions: int) -> Distribution:
    """Return all the mass at one point, which may be a vector."""
    point = ours.delta(value)
    return ours.independent_of(point, dimensions) if dimensions else point
