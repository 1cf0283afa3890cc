"""Matrices: normal, Wishart and its kin, correlation matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kullback.sample import FloatArray
from kullback.sampling.vectors import SAMPLERS as OF_VECTORS
from kullback.sampling.vectors import directions


def _flipped(matrix: FloatArray) -> FloatArray:
    return np.swapaxes(matrix, -1, -2)


def _inverted(matrix: Any) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _bartlett(df: Any, factor: Any, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Return lower triangular F with F Fᵀ Wishart: the scale's factor times one of normal numbers and roots of χ².

    Bartlett, "On the theory of statistical regression", Proc. Roy. Soc. Edinburgh 53 (1933), 260-283.
    """
    p = factor.shape[-1]
    inner = np.tril(rng.standard_normal((*size, p, p)), -1)
    degrees = np.asarray(df)[..., None] - np.arange(p)
    inner[..., np.arange(p), np.arange(p)] = np.sqrt(rng.chisquare(degrees, size=(*size, p)))
    return np.matmul(factor, inner)


def _wishart(ours: Any, n: int, rng: np.random.Generator) -> Any:
    f = _bartlett(ours.df, np.asarray(ours.scale.factor()), (n, *ours.batch_shape), rng)
    return np.matmul(f, _flipped(f))


def _inverse_wishart(ours: Any, n: int, rng: np.random.Generator) -> Any:
    back = _inverted(_bartlett(ours.df, np.asarray(ours.inverse().scale.factor()), (n, *ours.batch_shape), rng))
    return np.matmul(_flipped(back), back)


def _normal_wishart(ours: Any, n: int, rng: np.random.Generator) -> Any:
    x, f, _ = _vector_and_factor(ours, n, rng)
    return np.concatenate([x[..., None], np.matmul(f, _flipped(f))], axis=-1)


def _normal_inverse_wishart(ours: Any, n: int, rng: np.random.Generator) -> Any:
    x, _, back = _vector_and_factor(ours.with_precision(), n, rng)
    return np.concatenate([x[..., None], np.matmul(_flipped(back), back)], axis=-1)


def _vector_and_factor(ours: Any, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return x, F and F⁻¹, with the precision Λ = F Fᵀ, so that x has the covariance F⁻ᵀ F⁻¹/λ."""
    size = (n, *ours.batch_shape)
    f = _bartlett(ours.df, np.asarray(ours.scale.factor()), size, rng)
    back = _inverted(f)
    z = rng.standard_normal((*size, ours.dimension)) / np.sqrt(ours.precision_factor)[..., None]
    return ours.loc + np.matmul(_flipped(back), z[..., None])[..., 0], f, back


def _matrix_normal(ours: Any, n: int, rng: np.random.Generator) -> Any:
    flat = OF_VECTORS["MultivariateNormal"](ours.as_multivariate(), n, rng)
    return flat.reshape(*flat.shape[:-1], *ours.loc.shape[-2:])


def _lkj_cholesky(ours: Any, n: int, rng: np.random.Generator) -> FloatArray:
    """Row by row: a direction, and a squared length with a beta distribution.

    Lewandowski, Kurowicka and Joe, "Generating random correlation matrices", J. Multivariate Anal. 100 (2009), 3.2.
    """
    size, d = (n, *ours.batch_shape), ours.dimension
    found = np.zeros((*size, d, d))
    found[..., 0, 0] = 1.0
    for k in range(1, d):
        length = rng.beta(0.5 * k, ours.concentration + 0.5 * (d - 1.0 - k), size=size)
        found[..., k, :k] = np.sqrt(length)[..., None] * directions((*size, k), rng)
        found[..., k, k] = np.sqrt(1.0 - np.square(found[..., k, :k]).sum(axis=-1))
    return found


def _lkj(ours: Any, n: int, rng: np.random.Generator) -> Any:
    factor = _lkj_cholesky(ours, n, rng)
    found = np.matmul(factor, _flipped(factor))
    every = np.arange(ours.dimension)
    found[..., every, every] = 1.0
    return found


SAMPLERS: Mapping[str, Callable[[Any, int, np.random.Generator], Any]] = {
    "Wishart": _wishart,
    "InverseWishart": _inverse_wishart,
    "NormalWishart": _normal_wishart,
    "NormalInverseWishart": _normal_inverse_wishart,
    "MatrixNormal": _matrix_normal,
    "Lkj": _lkj,
    "LkjCholesky": _lkj_cholesky,
}
"""By the name of the class."""
