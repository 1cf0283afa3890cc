"""Triangular: Cholesky factors and what is solved with them, in any array library, over batches.

A matrix that is not positive definite has a factor of NaN: nothing raises here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.arrays import device_of, namespace

_SMALL = 24
"""Up to this size a batch of matrices is worked on together, one row at a time; beyond, LAPACK takes them singly."""

_BLOCK = 128
"""Up to this size of a single triangular matrix its zeros are not worth being left out."""


def transposed(x: Any) -> Any:
    """Return matrices with their last two axes exchanged."""
    return namespace(x).matrix_transpose(x)


def diagonal(x: Any) -> Any:
    """Return the diagonals of matrices, along a new last axis."""
    xp = namespace(x)
    if xp.__name__ == "numpy":
        return np.diagonal(x, axis1=-2, axis2=-1)
    return xp.linalg.diagonal(x)


def identity(like: Any) -> Any:
    """Return the identity matrix of the size, dtype and device of a matrix."""
    xp = namespace(like)
    return xp.eye(like.shape[-1], dtype=like.dtype, device=device_of(like))


def with_diagonal(x: Any, values: Any) -> Any:
    """Return matrices with another diagonal."""
    xp = namespace(x, values)
    return xp.where(identity(x) > 0.0, values[..., None], x)


def below(x: Any) -> Any:
    """Return what lies strictly below the diagonal, zeros elsewhere."""
    return namespace(x).tril(x, k=-1)


def squares(x: Any) -> Any:
    """Return the sum of the squares of the entries of each matrix."""
    if isinstance(x, np.ndarray):
        return np.einsum("...ij,...ij->...", x, x)
    xp = namespace(x)
    return xp.sum(x * x, axis=(-2, -1))


def product(a: Any, b: Any) -> Any:
    """Return matrix times vector, over batches of both."""
    return namespace(a, b).matmul(a, b[..., None])[..., 0]


def cholesky(a: Any) -> Any:
    """Return the lower triangular L with L Lᵀ = a, NaN where there is none."""
    xp = namespace(a)
    if xp.__name__ == "numpy":
        return _cholesky_in_numpy(np.asarray(a))
    if xp.__name__ == "array_api_compat.torch":
        import torch

        factor, failed = torch.linalg.cholesky_ex(a)
        return torch.where((failed > 0)[..., None, None], float("nan"), factor)
    return xp.linalg.cholesky(a)


def _cholesky_in_numpy(a: Any) -> Any:
    if a.ndim > 2 and a.shape[-1] <= _SMALL:
        try:
            return np.linalg.cholesky(a)
        except np.linalg.LinAlgError:
            pass  # One of the batch has no factor: they are taken singly.
    from scipy.linalg import lapack

    found = np.empty_like(a)
    for index in np.ndindex(*a.shape[:-2]):
        # The transpose is what LAPACK calls contiguous, and of a symmetric matrix it is the matrix.
        upper, failed = lapack.dpotrf(a[index].T, lower=0, clean=1)  # pyright: ignore[reportAttributeAccessIssue]
        found[index] = np.nan if failed else upper.T
    return found


def solve(factor: Any, b: Any) -> Any:
    """Return L⁻¹ b for lower triangular L and matrices b."""
    xp = namespace(factor, b)
    if xp.__name__ == "numpy":
        return _solve_in_numpy(np.asarray(factor), np.asarray(b))
    if xp.__name__ == "array_api_compat.torch":
        import torch

        return torch.linalg.solve_triangular(factor, b, upper=False)
    if xp.__name__ == "jax.numpy":
        from jax.scipy.linalg import solve_triangular

        shape = np.broadcast_shapes(factor.shape[:-2], b.shape[:-2])
        wide = (xp.broadcast_to(x, shape + x.shape[-2:]) for x in (factor, b))
        return solve_triangular(*wide, lower=True)
    return xp.linalg.solve(factor, b)


def _solve_in_numpy(factor: Any, b: Any) -> Any:
    size, columns = b.shape[-2:]
    shape = np.broadcast_shapes(factor.shape[:-2], b.shape[:-2])
    if shape and size <= _SMALL:
        rows: list[Any] = []
        for i in range(size):
            row = b[..., i, :]
            if i:
                before = np.stack(np.broadcast_arrays(*rows), axis=-2)
                row = row - (factor[..., None, i, :i] @ before)[..., 0, :]
            rows.append(row / factor[..., i, i, None])
        return np.stack(np.broadcast_arrays(*rows), axis=-2)
    from scipy.linalg import blas

    found = np.empty((*shape, size, columns))
    factor = np.broadcast_to(factor, (*shape, size, size))
    b = np.broadcast_to(b, found.shape)
    for index in np.ndindex(*shape):
        # (L⁻¹ b)ᵀ = bᵀ L⁻ᵀ, whose operands are contiguous as LAPACK wants them.
        found[index] = blas.dtrsm(1.0, factor[index].T, b[index].T, side=1, lower=0).T  # pyright: ignore[reportAttributeAccessIssue]
    return found


def divide(factor: Any, lower: Any) -> Any:
    """Return L⁻¹ m for lower triangular m, which is lower triangular as well: a third of the work of `solve`."""
    if isinstance(factor, np.ndarray) and factor.ndim == lower.ndim == 2 and factor.shape[-1] > _BLOCK:
        found = np.zeros(lower.shape)
        _divide(factor, lower, found)
        return found
    return solve(factor, lower)


def _divide(factor: Any, lower: Any, found: Any) -> None:
    size = factor.shape[-1]
    if size <= _BLOCK:
        found[...] = _solve_in_numpy(factor, lower)
        return
    half = size // 2
    _divide(factor[:half, :half], lower[:half, :half], found[:half, :half])
    _divide(factor[half:, half:], lower[half:, half:], found[half:, half:])
    corner = lower[half:, :half] - factor[half:, :half] @ found[:half, :half]
    found[half:, :half] = _solve_in_numpy(factor[half:, half:], corner)


def solve_vector(factor: Any, x: Any) -> Any:
    """Return L⁻¹ x for lower triangular L and vectors x."""
    return solve(factor, x[..., None])[..., 0]


def between(factor: Any, middle: Any) -> Any:
    """Return L⁻¹ m L⁻ᵀ for a symmetric m."""
    if isinstance(factor, np.ndarray) and factor.ndim == middle.ndim == 2:
        from scipy.linalg import lapack

        # One triangle is made, in two thirds of the work.
        upper = lapack.dsygst(middle.T, factor.T, itype=1, lower=0)[0].T  # pyright: ignore[reportAttributeAccessIssue]
        lower = np.tril(upper, -1)
        return lower + lower.T + np.diag(np.diagonal(upper))
    half = solve(factor, middle)
    found = solve(factor, transposed(half))
    return 0.5 * (found + transposed(found))
