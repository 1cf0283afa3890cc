"""Checks: vectors and matrices that are given as parameters, looked at where that is free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.arrays import PlainNumbers, first_index, float_bits, namespace, to_numpy
from kullback.distributions.covariances import triangular
from kullback.distributions.parameters import readable, real

_ASYMMETRY = {64: 1e-8, 32: 1e-4}


def vector(
    x: object, name: str, family: str, *, least: int = 1, check: Callable[[object, str, str], Any] = real
) -> Any:
    """Return a parameter that is a vector along its last axis, each entry checked by `check`."""
    array = check(x, name, family)
    if not array.ndim:
        raise ValueError(f"{family}: {name} is a single number, and a vector along the last axis is needed.")
    if array.shape[-1] < least:
        raise ValueError(f"{family}: {name} has shape {tuple(array.shape)}, and at least {least} entries are needed.")
    return array


def square(x: object, name: str, family: str, size: int | None = None) -> Any:
    """Return a finite square matrix along the last two axes."""
    array = real(x, name, family)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise ValueError(
            f"{family}: {name} has shape {tuple(array.shape)}, and square matrices along the last two axes are needed."
        )
    if size is not None and array.shape[-1] != size:
        raise ValueError(f"{family}: {name} is {array.shape[-1]} × {array.shape[-1]}, and {size} × {size} is needed.")
    return array


def positive_definite(x: object, name: str, family: str, size: int | None = None) -> Any:
    """Return a symmetric positive definite matrix; what differs across its diagonal by rounding is averaged.

    Raises:
        ValueError: not square, not symmetric (and by how much), not positive definite (and by how much), and where.
    """
    return factored(x, name, family, size)[0]


def factored(x: object, name: str, family: str, size: int | None = None) -> tuple[Any, Any | None]:
    """Return a matrix as `positive_definite` does, and its Cholesky factor if the check has made one in NumPy."""
    array = square(x, name, family, size)
    factor = None
    if readable(array):
        numbers = np.asarray(to_numpy(array), dtype=np.float64)
        if np.array_equal(numbers, numbers.swapaxes(-1, -2)):
            factor = _checked_factor(numbers, name, family)
            own = isinstance(array, np.ndarray) and array.dtype == np.float64 and not isinstance(array, PlainNumbers)
            return array, (factor if own else None)
        _check_symmetry(numbers, name, family, _ASYMMETRY.get(float_bits(array), 1e-2))
        factor = _checked_factor(0.5 * (numbers + numbers.swapaxes(-1, -2)), name, family)
    plain = isinstance(array, PlainNumbers)
    array = np.asarray(array) if plain else array
    # The mean of equal numbers is exact.
    mean = 0.5 * array + 0.5 * namespace(array).matrix_transpose(array)
    own = isinstance(mean, np.ndarray) and mean.dtype == np.float64
    return (mean.view(PlainNumbers) if plain else mean), (factor if own and not plain else None)


def lower_triangular(x: object, name: str, family: str, size: int | None = None) -> Any:
    """Return a Cholesky factor: zeros above the diagonal, positive numbers on it."""
    array = square(x, name, family, size)
    if readable(array):
        numbers = np.asarray(to_numpy(array))
        upper = np.triu(numbers, 1) != 0.0
        if upper.any():
            index = first_index(upper)
            raise ValueError(
                f"{family}: {name} has {numbers[index]:g} above its diagonal at index {index}, and a lower triangular "
                f"matrix is needed. A covariance? Pass it as such; an upper factor? Transpose it."
            )
        diagonal = np.diagonal(numbers, axis1=-2, axis2=-1)
        if not (diagonal > 0.0).all():
            index = first_index(~(diagonal > 0.0))
            raise ValueError(
                f"{family}: {name} has {diagonal[index]:g} on its diagonal at index {index}, and "
                f"a positive number is needed."
            )
    return array


def one_size(first: Any, first_name: str, second: int, second_name: str, family: str) -> None:
    """Raise unless the last axis of an array is as long as said."""
    if first.shape[-1] != second:
        raise ValueError(
            f"{family}: {first_name} has {first.shape[-1]} entries and {second_name} {second}, and as many are needed."
        )


def one_batch(family: str, *arrays: tuple[Any, str, int]) -> None:
    """Raise unless the batch axes of the arrays, each given with its name and its own axes, broadcast."""
    shapes = [tuple(x.shape)[: x.ndim - own] for x, _, own in arrays]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        said = ", ".join(f"{name} {shape}" for (_, name, _), shape in zip(arrays, shapes, strict=True))
        raise ValueError(f"{family}: the batch shapes do not broadcast: {said}.") from None


def _check_symmetry(numbers: Any, name: str, family: str, tolerance: float) -> None:
    gap = np.abs(numbers - numbers.swapaxes(-1, -2))
    roots = np.sqrt(np.abs(np.diagonal(numbers, axis1=-2, axis2=-1)))
    scale = roots[..., :, None] * roots[..., None, :]
    if (gap > tolerance * scale).any():
        index = np.unravel_index(int(np.argmax(gap)), gap.shape)
        *batch, i, j = (int(k) for k in index)
        where = f" at index {tuple(batch)}" if batch else ""
        raise ValueError(
            f"{family}: {name}{where} is not symmetric: entries ({i}, {j}) and ({j}, {i}) are {numbers[index]:g} and "
            f"{numbers.swapaxes(-1, -2)[index]:g}, which differ by {gap[index]:.3g}. If the mean is meant: "
            f"({name} + {name}.T)/2."
        )


def _checked_factor(numbers: Any, name: str, family: str) -> Any:
    factor = triangular.cholesky(numbers)
    bad = np.isnan(factor[..., 0, 0]) | np.isnan(factor[..., -1, -1])
    if not bad.any():
        return factor
    index = first_index(bad) if bad.ndim else ()
    least = np.linalg.eigvalsh(numbers[index])[0]
    where = f" at index {index}" if index else ""
    raise ValueError(
        f"{family}: {name}{where} is not positive definite: its smallest eigenvalue is {least:.6g}. "
        f"Standard deviations or a factor instead of a covariance? An empirical covariance of fewer rows than columns "
        f"has no density."
    )
