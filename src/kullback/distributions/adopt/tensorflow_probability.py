"""TensorFlow Probability on JAX or NumPy: `tensorflow_probability.substrates`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kullback import distributions as ours
from kullback.arrays import library, namespace
from kullback.distribution import Distribution
from kullback.distributions.adopt import unknown
from kullback.distributions.adopt.classes import Reader, reader_of
from kullback.distributions.adopt.maps import Step, constant, image, inverse, moved, through
from kullback.distributions.adopt.ordinal import cumulative_logits, stopping_logits
from kullback.distributions.adopt.parts import expanded, mixed, of_library, repeated, reshaped, squared, taken_together
from kullback.functions import log_ndtr


def adopted(x: Any) -> Distribution:
    """Return a distribution of TensorFlow Probability as one of ours."""
    kind = next(parent for parent in type(x).__mro__ if parent.__module__.startswith("tensorflow_probability"))
    if ".substrates." not in kind.__module__:
        raise TypeError(
            f"{type(x).__name__} holds TensorFlow tensors, which are not understood: make it with "
            f"tensorflow_probability.substrates.jax.distributions.{type(x).__name__}."
        )
    reader = reader_of(x, READERS, "tensorflow_probability.substrates", "_log_prob")
    return unknown.adopted(x) if reader is None else reader(x)


def _either(d: Any, name: str, other: str) -> tuple[str, Any]:
    """Return which of two spellings was given, and its value."""
    value = getattr(d, f"_{name}")
    return (name, value) if value is not None else (other, getattr(d, f"_{other}"))


def _probs_or_logits(d: Any) -> dict[str, Any]:
    name, value = _either(d, "probs", "logits")
    return {name: value}


def _plain(d: Any, name: str) -> Any:
    """Return a parameter of which the logarithm may have been given in its place."""
    spelling, value = _either(d, name, f"log_{name}")
    return value if spelling == name else namespace(value).exp(value)


def _as_given(d: Any, name: str) -> Any:
    """Return a parameter as it was given, in the library and the dtype of the distribution."""
    value, loc = d.parameters[name], d.loc
    if library(value) == library(loc):
        return value
    return namespace(loc).asarray(value, dtype=loc.dtype)


def _multivariate_normal(d: Any) -> Distribution:
    """Of a linear operator S that gives the covariance S Sᵀ."""
    names = [parent.__name__ for parent in type(d).__mro__]
    if "MultivariateNormalFullCovariance" in names and d.parameters.get("covariance_matrix") is not None:
        return ours.multivariate_normal(_location(d), covariance=_as_given(d, "covariance_matrix"))
    kind = type(d.scale).__name__
    if kind in ("LinearOperatorDiag", "LinearOperatorIdentity", "LinearOperatorScaledIdentity"):
        return ours.multivariate_normal(_location(d), diagonal=d.scale.diag_part() ** 2)
    dense = d.scale.to_dense()
    if kind == "LinearOperatorLowerTriangular":
        return ours.multivariate_normal(_location(d), cholesky=dense)
    return ours.multivariate_normal(_location(d), covariance=squared(dense))


def _location(d: Any) -> Any:
    n = int(d.event_shape[-1])
    if d.loc is None:
        xp = namespace(d.scale.to_dense())
        return xp.zeros((n,), dtype=d.dtype)
    return namespace(d.loc).broadcast_to(d.loc, (*tuple(d.loc.shape[:-1]), n))


def _low_rank(d: Any) -> Distribution:
    factor, diagonal = _as_given(d, "cov_perturb_factor"), _as_given(d, "cov_diag_factor")
    return ours.multivariate_normal(_location(d), low_rank=(factor, diagonal))


def _categorical_of(d: Any) -> Distribution:
    return ours.categorical(**_probs_or_logits(d))


def _probit(d: Any) -> Distribution:
    spelling, value = _either(d, "probits", "probs")
    if spelling == "probs":
        return ours.bernoulli(value)
    return ours.bernoulli(logits=log_ndtr(value) - log_ndtr(-value))


def _pert(d: Any) -> Distribution:
    width = d.high - d.low
    a = 1.0 + d.temperature * (d.peak - d.low) / width
    b = 1.0 + d.temperature * (d.high - d.peak) / width
    return moved(ours.beta(a, b), d.low, width)


def _finite(d: Any) -> Distribution:
    categorical = d._categorical
    spelling, value = _either(categorical, "probs", "logits")
    xp = namespace(value)
    weights = value
    if spelling == "logits":
        shifted = xp.exp(value - xp.max(value, axis=-1, keepdims=True))
        weights = shifted / xp.sum(shifted, axis=-1, keepdims=True)
    return ours.empirical(d.outcomes, weights)


def _empirical(d: Any) -> Distribution:
    samples = d.samples
    if len(tuple(d.event_shape)):
        return unknown.adopted(d)
    xp = namespace(samples)
    return ours.empirical(samples, xp.ones_like(samples) / samples.shape[-1])


def _mixture(d: Any) -> Distribution:
    weights = _probs_or_logits(d.cat)
    parts = [of_library(one) for one in d.components]
    return ours.mixture(weights["probs"] if "probs" in weights else ours.logits(weights["logits"]), parts)


def _joint(d: Any) -> Distribution:
    """A product, where no part depends on another."""
    model = d.model
    parts = [model[key] for key in sorted(model)] if isinstance(model, Mapping) else list(model)
    if any(not hasattr(part, "event_shape") for part in parts):
        raise TypeError(
            f"{type(d).__name__} has parts that depend on one another, and kullback knows products only: "
            f"kb.distributions.independent(…) of the parts, or the chain rule, one conditional at a time."
        )
    return ours.independent(*map(of_library, parts))


def _sample(d: Any) -> Distribution:
    shape = tuple(int(n) for n in np.atleast_1d(np.asarray(d.sample_shape)))
    return ours.independent_of(repeated(of_library(d.distribution), shape), len(shape))


def _relaxed_bernoulli(d: Any) -> Distribution:
    """A logistic variable of scale 1/temperature, mapped to (0, 1): Maddison, Mnih and Teh (2017), app. B."""
    spelling, value = _either(d, "probs", "logits")
    xp = namespace(value)
    logits = value if spelling == "logits" else xp.log(value) - xp.log1p(-value)
    return image(ours.logistic(logits / d.temperature, 1.0 / d.temperature), "logistic")


def _transformed(d: Any) -> Distribution:
    base, dimensions = d.distribution, 0
    while type(base).__name__.lstrip("_") == "Independent":
        dimensions += int(base.reinterpreted_batch_ndims)
        base = base.distribution
    steps = steps_of(d.bijector)
    if steps is None or len(tuple(base.event_shape)):
        return unknown.adopted(d)
    found = through(of_library(base), steps)
    return ours.independent_of(found, dimensions) if dimensions else found


def steps_of(bijector: Any) -> list[Step] | None:
    """Return a bijector as a chain of our maps, None where it is none."""
    name = type(bijector).__name__.lstrip("_")
    match name:
        case "Chain":
            found: list[Step] = []
            for part in reversed(bijector.bijectors):
                steps = steps_of(part)
                if steps is None:
                    return None
                found += steps
            return found
        case "Invert":
            return inverse(steps_of(bijector.bijector))
        case "Shift":
            return [Step("affine", (bijector.shift, 1.0))]
        case "Scale":
            scale = bijector.scale
            return [
                Step("affine", (0.0, namespace(bijector.log_scale).exp(bijector.log_scale) if scale is None else scale))
            ]
        case "Power":
            return [Step("power", (bijector.power,))]
        case "Sigmoid":
            low, high = bijector.low, bijector.high
            if low is None or (constant(low, 0.0) and constant(high, 1.0)):
                return [Step("logistic")]
            return [Step("logistic"), Step("affine", (low, high - low))]
        case "Identity":
            return []
        case _:
            return [Step(_MAPS[name])] if name in _MAPS else None


_MAPS = {"Exp": "exp", "Log": "log", "Tanh": "tanh", "Square": "square", "Reciprocal": "reciprocal"}

READERS: Mapping[str, Reader] = {
    "BatchBroadcast": lambda d: expanded(of_library(d.distribution), tuple(int(n) for n in d.batch_shape)),
    "BatchReshape": lambda d: reshaped(of_library(d.distribution), tuple(int(n) for n in d.batch_shape)),
    "Bernoulli": lambda d: ours.bernoulli(**_probs_or_logits(d)),
    "Beta": lambda d: ours.beta(d.concentration1, d.concentration0),
    "BetaBinomial": lambda d: ours.beta_binomial(d.total_count, d.concentration1, d.concentration0),
    "Binomial": lambda d: ours.binomial(d.total_count, **_probs_or_logits(d)),
    "Blockwise": lambda d: ours.independent(*map(of_library, d.distributions)),
    "Categorical": _categorical_of,
    "Cauchy": lambda d: ours.cauchy(d.loc, d.scale),
    "Chi": lambda d: ours.chi(d.df),
    "Chi2": lambda d: ours.chi2(d.df),
    "CholeskyLKJ": lambda d: ours.lkj(d.dimension, d.concentration),
    "ContinuousBernoulli": lambda d: ours.continuous_bernoulli(**_probs_or_logits(d)),
    "Deterministic": lambda d: ours.delta(d.loc),
    "Dirichlet": lambda d: ours.dirichlet(d.concentration),
    "DirichletMultinomial": lambda d: ours.dirichlet_multinomial(d.total_count, d.concentration),
    "Empirical": _empirical,
    "ExpGamma": lambda d: ours.exp_gamma(d.concentration, _plain(d, "rate")),
    "ExpInverseGamma": lambda d: ours.exp_inverse_gamma(
        d.concentration, d.scale if d.scale is not None else namespace(d.log_scale).exp(d.log_scale)
    ),
    "Exponential": lambda d: ours.exponential(d.rate),
    "FiniteDiscrete": _finite,
    "Gamma": lambda d: ours.gamma(d.concentration, _plain(d, "rate")),
    "GammaGamma": lambda d: ours.beta_prime(d.concentration, d.mixing_concentration, d.mixing_rate),
    "GaussianProcess": lambda d: of_library(d.get_marginal_distribution()),
    "StudentTProcess": lambda d: of_library(d.get_marginal_distribution()),
    "GeneralizedExtremeValue": lambda d: ours.generalised_extreme_value(d.loc, d.scale, d.concentration),
    "GeneralizedNormal": lambda d: ours.generalised_normal(d.loc, d.scale, d.power),
    "GeneralizedPareto": lambda d: ours.generalised_pareto(d.loc, d.scale, d.concentration),
    "Geometric": lambda d: ours.geometric(**_probs_or_logits(d)),
    "Gumbel": lambda d: ours.gumbel(d.loc, d.scale),
    "HalfCauchy": lambda d: moved(ours.half_cauchy(d.scale), d.loc),
    "HalfNormal": lambda d: ours.half_normal(d.scale),
    "HalfStudentT": lambda d: ours.truncated(ours.student_t(d.df, d.loc, d.scale), d.loc, float("inf")),
    "Independent": lambda d: taken_together(d.distribution, int(d.reinterpreted_batch_ndims)),
    "InverseGamma": lambda d: ours.inverse_gamma(d.concentration, d.scale),
    "InverseGaussian": lambda d: ours.inverse_gaussian(d.loc, d.concentration),
    "JointDistributionNamed": _joint,
    "JointDistributionSequential": _joint,
    "Kumaraswamy": lambda d: ours.kumaraswamy(d.concentration1, d.concentration0),
    "Laplace": lambda d: ours.laplace(d.loc, d.scale),
    "LKJ": lambda d: ours.lkj(d.dimension, d.concentration),
    "Logistic": lambda d: ours.logistic(d.loc, d.scale),
    "LogitNormal": lambda d: ours.logit_normal(d.loc, d.scale),
    "LogLogistic": lambda d: ours.log_logistic(1.0 / d.scale, namespace(d.loc).exp(d.loc)),
    "LogNormal": lambda d: ours.log_normal(d.loc, d.scale),
    "MatrixNormalLinearOperator": lambda d: ours.matrix_normal(
        d.loc, squared(d.scale_row.to_dense()), squared(d.scale_column.to_dense())
    ),
    "Mixture": _mixture,
    "MixtureSameFamily": lambda d: mixed(_probs_or_logits(d.mixture_distribution), d.components_distribution),
    "Moyal": lambda d: ours.moyal(d.loc, d.scale),
    "Multinomial": lambda d: ours.multinomial(d.total_count, **_probs_or_logits(d)),
    "MultivariateNormalDiagPlusLowRankCovariance": _low_rank,
    "MultivariateNormalLinearOperator": _multivariate_normal,
    "MultivariateStudentTLinearOperator": lambda d: ours.multivariate_t(
        d.df, _location(d), cholesky=d.scale.to_dense()
    ),
    "NegativeBinomial": lambda d: ours.negative_binomial(d.total_count, **_probs_or_logits(d)),
    "Normal": lambda d: ours.normal(d.loc, d.scale),
    "OneHotCategorical": _categorical_of,
    "OrderedLogistic": lambda d: ours.categorical(logits=cumulative_logits(d.cutpoints, d.loc)),
    "Pareto": lambda d: ours.pareto(d.concentration, d.scale),
    "PERT": _pert,
    "Poisson": lambda d: ours.poisson(_plain(d, "rate")),
    "PowerSpherical": lambda d: ours.power_spherical(d.mean_direction, d.concentration),
    "ProbitBernoulli": _probit,
    "RelaxedBernoulli": _relaxed_bernoulli,
    "Sample": _sample,
    "SigmoidBeta": lambda d: image(ours.beta(d.concentration1, d.concentration0), "logit"),
    "Skellam": lambda d: ours.skellam(_plain(d, "rate1"), _plain(d, "rate2")),
    "SphericalUniform": lambda d: ours.spherical_uniform(d.dimension),
    "StoppingRatioLogistic": lambda d: ours.categorical(logits=stopping_logits(d.cutpoints, d.loc)),
    "StudentT": lambda d: ours.student_t(d.df, d.loc, d.scale),
    "TransformedDistribution": _transformed,
    "Triangular": lambda d: ours.triangular(d.low, d.peak, d.high),
    "TruncatedCauchy": lambda d: ours.truncated(ours.cauchy(d.loc, d.scale), d.low, d.high),
    "TruncatedNormal": lambda d: ours.truncated_normal(d.loc, d.scale, d.low, d.high),
    "Uniform": lambda d: ours.uniform(d.low, d.high),
    "VectorDeterministic": lambda d: ours.independent_of(ours.delta(d.loc), 1),
    "VonMises": lambda d: ours.von_mises(d.loc, d.concentration),
    "VonMisesFisher": lambda d: ours.von_mises_fisher(d.mean_direction, d.concentration),
    "Weibull": lambda d: ours.weibull(d.concentration, d.scale),
    "WishartLinearOperator": lambda d: ours.wishart(d.df, cholesky=d.scale.to_dense()),
    "Zipf": lambda d: ours.zeta(d.power),
}
"""What is made of each class, by its name."""
