"""Vectors: normal and t, on the simplex, of counts, on the sphere, and pairs of a mean and a precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kullback.sample import FloatArray
from kullback.sampling.numbers import uniforms


def times_vector(matrix: Any, vector: FloatArray) -> FloatArray:
    """Return the products of matrices with vectors, one matrix for all of them where it has no batch."""
    if matrix.ndim == 2:
        return vector @ matrix.T
    return np.matmul(matrix, vector[..., None])[..., 0]


def _normal(ours: Any, n: int, rng: np.random.Generator) -> Any:
    z = rng.standard_normal((n, *ours.batch_shape, ours.dimension))
    return ours.loc + times_vector(np.asarray(ours.covariance.factor()), z)


def _t(ours: Any, n: int, rng: np.random.Generator) -> Any:
    """A normal vector over the root of an independent χ² per degree of freedom."""
    z = rng.standard_normal((n, *ours.batch_shape, ours.dimension))
    shrunk = np.sqrt(rng.chisquare(ours.df, size=(n, *ours.batch_shape)) / ours.df)
    return ours.loc + times_vector(np.asarray(ours.scale.factor()), z) / shrunk[..., None]


def _log_gammas(shape: Any, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Return logarithms of gamma numbers, also where the numbers themselves would be 0: X_a is X_(a+1) U^(1/a)."""
    return np.log(rng.standard_gamma(shape + 1.0, size=size)) + np.log(uniforms(size, rng)) / shape


def _shares(concentration: Any, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Return Dirichlet vectors: gamma numbers over their sum."""
    logs = _log_gammas(concentration, size, rng)
    logs -= logs.max(axis=-1, keepdims=True)
    parts = np.exp(logs)
    return parts / parts.sum(axis=-1, keepdims=True)


def _dirichlet(ours: Any, n: int, rng: np.random.Generator) -> Any:
    return _shares(ours.concentration, (n, *ours.concentration.shape), rng)


def _multinomial(ours: Any, n: int, rng: np.random.Generator) -> Any:
    probs = np.broadcast_to(ours.probs, (n, *ours.batch_shape, ours.probs.shape[-1]))
    return rng.multinomial(ours.total_count.astype(np.int64), probs).astype(np.float64)


def _dirichlet_multinomial(ours: Any, n: int, rng: np.random.Generator) -> Any:
    probs = _shares(ours.concentration, (n, *ours.batch_shape, ours.concentration.shape[-1]), rng)
    return rng.multinomial(ours.total_count.astype(np.int64), probs).astype(np.float64)


def _normal_gamma(ours: Any, n: int, rng: np.random.Generator) -> Any:
    size = (n, *ours.batch_shape)
    precision = rng.standard_gamma(ours.concentration, size=size) / ours.rate
    x = ours.loc + rng.standard_normal(size) / np.sqrt(ours.precision_factor * precision)
    return np.stack([x, precision], axis=-1)


def _normal_inverse_gamma(ours: Any, n: int, rng: np.random.Generator) -> Any:
    pairs = _normal_gamma(ours.with_precision(), n, rng)
    pairs[..., 1] = 1.0 / pairs[..., 1]
    return pairs


def directions(size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Return unit vectors along the last axis, all directions alike."""
    z = rng.standard_normal(size)
    return z / np.sqrt(np.square(z).sum(axis=-1, keepdims=True))


def _about(mean: Any, below: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return unit vectors whose component along `mean` is 1 − below, otherwise in any direction across it."""
    z = rng.standard_normal((*below.shape, mean.shape[-1]))
    z -= (z * mean).sum(axis=-1, keepdims=True) * mean
    across = z / np.sqrt(np.square(z).sum(axis=-1, keepdims=True))
    found = (1.0 - below)[..., None] * mean + np.sqrt(below * (2.0 - below))[..., None] * across
    return found / np.sqrt(np.square(found).sum(axis=-1, keepdims=True))


def _spherical_uniform(ours: Any, n: int, rng: np.random.Generator) -> Any:
    return directions((n, *ours.axis.shape), rng)


def _power_spherical(ours: Any, n: int, rng: np.random.Generator) -> Any:
    """(1 + μ·x)/2 has a beta distribution (De Cao and Aziz 2020, theorem 1)."""
    half = 0.5 * (ours.dimension - 1.0)
    return _about(
        ours.mean_direction, 2.0 * rng.beta(half, half + ours.concentration, size=(n, *ours.batch_shape)), rng
    )


def _von_mises_fisher(ours: Any, n: int, rng: np.random.Generator) -> Any:
    """Wood, "Simulation of the von Mises Fisher distribution", Comm. Statist. Simulation Comput. 23 (1994), 157-164.

    1 − μ·x is what is kept, as it is small where the concentration is large.
    """
    size = (n, *ours.batch_shape)
    k = np.broadcast_to(ours.concentration, size)
    d = ours.dimension - 1.0
    b = d / (2.0 * k + np.sqrt(4.0 * k * k + d * d))
    short = 2.0 * b / (1.0 + b)  # 1 − x₀
    log_top = np.log(short * (2.0 - short))
    below = np.empty(size)
    rest = np.ones(size, dtype=bool)
    while rest.any():
        z = rng.beta(0.5 * d, 0.5 * d, size=int(rest.sum()))
        own, near = b[rest], short[rest]
        t = 2.0 * own * z / (1.0 - (1.0 - own) * z)
        level = k[rest] * (near - t) + d * (np.log(near + (1.0 - near) * t) - log_top[rest])
        kept = level >= np.log(uniforms(t.shape, rng))
        where = np.nonzero(rest)
        chosen = tuple(axis[kept] for axis in where)
        below[chosen] = t[kept]
        rest[chosen] = False
    return _about(ours.mean_direction, below, rng)


SAMPLERS: Mapping[str, Callable[[Any, int, np.random.Generator], Any]] = {
    "MultivariateNormal": _normal,
    "MultivariateT": _t,
    "Dirichlet": _dirichlet,
    "Multinomial": _multinomial,
    "DirichletMultinomial": _dirichlet_multinomial,
    "NormalGamma": _normal_gamma,
    "NormalInverseGamma": _normal_inverse_gamma,
    "SphericalUniform": _spherical_uniform,
    "PowerSpherical": _power_spherical,
    "VonMisesFisher": _von_mises_fisher,
}
"""By the name of the class."""
