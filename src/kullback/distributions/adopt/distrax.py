"""Distrax, whose distributions hold JAX arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kullback import distributions as ours
from kullback.arrays import namespace
from kullback.distribution import Distribution
from kullback.distributions.adopt import unknown
from kullback.distributions.adopt.classes import Reader, reader_of
from kullback.distributions.adopt.maps import Step, inverse, through
from kullback.distributions.adopt.parts import mixed, of_library, squared, taken_together


def adopted(x: Any) -> Distribution:
    """Return a Distrax distribution as one of ours."""
    reader = reader_of(x, READERS, "distrax", "log_prob")
    return unknown.adopted(x) if reader is None else reader(x)


def _probs_or_logits(d: Any) -> dict[str, Any]:
    return {"probs": d._probs} if d._probs is not None else {"logits": d._logits}


def _diagonal(d: Any) -> Distribution:
    return ours.multivariate_normal(d.loc, diagonal=d.scale_diag**2)


def _triangular(d: Any) -> Distribution:
    """A lower triangle is a Cholesky factor; an upper one U gives the covariance U Uᵀ."""
    factor = d._scale_tri
    if d._is_lower:
        return ours.multivariate_normal(d.loc, cholesky=factor)
    return ours.multivariate_normal(d.loc, covariance=squared(factor))


def _transformed(d: Any) -> Distribution:
    base, dimensions = d.distribution, 0
    while type(base).__name__ == "Independent":
        base, dimensions = base.distribution, dimensions + base.reinterpreted_batch_ndims
    steps = _steps(d.bijector)
    if steps is None or len(base.event_shape):
        return unknown.adopted(d)
    found = through(of_library(base), steps)
    return ours.independent_of(found, dimensions) if dimensions else found


def _steps(bijector: Any) -> list[Step] | None:
    """Return a bijector as a chain of our maps, None where it is none."""
    match type(bijector).__name__:
        case "Chain":
            found: list[Step] = []
            for part in reversed(bijector.bijectors):
                steps = _steps(part)
                if steps is None:
                    return None
                found += steps
            return found
        case "Inverse":
            return inverse(_steps(bijector._bijector))
        case "Block":
            return _steps(bijector._bijector)
        case "ScalarAffine":
            return [Step("affine", (bijector.shift, bijector.scale))]
        case "Sigmoid":
            return [Step("logistic")]
        case "Tanh":
            return [Step("tanh")]
        case "BijectorFromTFP":
            from kullback.distributions.adopt.tensorflow_probability import steps_of

            return steps_of(bijector._tfp_bijector)
        case "Lambda":  # of a function: JAX's own names
            name = getattr(bijector._forward, "__name__", "")
            return [Step({"exp": "exp", "log": "log"}[name])] if name in ("exp", "log") else None
        case _:
            return None


def _two(d: Any) -> Distribution:
    xp = namespace(d.prob_a)
    first = xp.asarray(d.prob_a)
    return ours.mixture(
        xp.stack([first, 1.0 - first], axis=-1), [of_library(d._component_a), of_library(d._component_b)]
    )


def _in_bins(d: Any) -> Distribution:
    """Uniform in each of equally wide bins between `low` and `high`."""
    xp = namespace(d.logits)
    count = d.logits.shape[-1]
    low, high = xp.asarray(d.low)[..., None], xp.asarray(d.high)[..., None]
    share = xp.arange(count + 1, dtype=d.logits.dtype) / count
    scaled = xp.exp(d.logits - xp.max(d.logits, axis=-1, keepdims=True))
    return ours.histogram(low * (1.0 - share) + high * share, scaled / xp.sum(scaled, axis=-1, keepdims=True))


def _joint(d: Any) -> Distribution:
    return ours.independent(*map(of_library, d._distributions_leaves))


READERS: Mapping[str, Reader] = {
    "Bernoulli": lambda d: ours.bernoulli(**_probs_or_logits(d)),
    "Beta": lambda d: ours.beta(d.alpha, d.beta),
    "Categorical": lambda d: ours.categorical(**_probs_or_logits(d)),
    "CategoricalUniform": _in_bins,
    "Deterministic": lambda d: ours.delta(d.loc),
    "Dirichlet": lambda d: ours.dirichlet(d.concentration),
    "Gamma": lambda d: ours.gamma(d.concentration, d.rate),
    "Gumbel": lambda d: ours.gumbel(d.loc, d.scale),
    "Independent": lambda d: taken_together(d.distribution, d.reinterpreted_batch_ndims),
    "Joint": _joint,
    "Laplace": lambda d: ours.laplace(d.loc, d.scale),
    "Logistic": lambda d: ours.logistic(d.loc, d.scale),
    "MixtureOfTwo": _two,
    "MixtureSameFamily": lambda d: mixed(_probs_or_logits(d.mixture_distribution), d.components_distribution),
    "Multinomial": lambda d: ours.multinomial(d.total_count, **_probs_or_logits(d)),
    "MultivariateNormalDiag": _diagonal,
    "MultivariateNormalFullCovariance": lambda d: ours.multivariate_normal(d.loc, covariance=d.covariance_matrix),
    "MultivariateNormalFromBijector": lambda d: ours.multivariate_normal(d.loc, covariance=d.covariance()),
    "MultivariateNormalTri": _triangular,
    "Normal": lambda d: ours.normal(d.loc, d.scale),
    "OneHotCategorical": lambda d: ours.categorical(**_probs_or_logits(d)),
    "Transformed": _transformed,
    "Uniform": lambda d: ours.uniform(d.low, d.high),
    "VonMises": lambda d: ours.von_mises(d.loc, d.concentration),
}
"""What is made of each class, by its name."""
