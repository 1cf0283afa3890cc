"""Arrays: what is accepted, which dtype comes back, and where the outcomes lie.

NumPy only for now: other array libraries join here, so that nothing below this file has to know them.
"""

from __future__ import annotations

import math
import operator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
"""What the exact core computes with: a float64 NumPy array."""

AnyArray: TypeAlias = npt.NDArray[Any]
"""An array as the user gave it."""

Mask: TypeAlias = npt.NDArray[np.bool_]

Axis: TypeAlias = "int | tuple[int, ...]"
"""Where the outcomes lie: one axis, or several that together index the outcomes."""

_NUMPY = (np.ndarray, np.generic, float, int)

_FOREIGN = {"torch", "jax", "jaxlib", "cupy", "tensorflow"}

# How far a total may lie from 1 before it is no longer rounding: wide enough for a softmax computed in that dtype
# over a million outcomes, narrow enough that counts, percentages and forgotten outcomes are noticed.
_UNIT_TOLERANCE = {2: 5e-3, 4: 1e-4, 8: 1e-8}


def namespace(*arrays: object) -> Any:
    """Return the module with the array API functions of the library that the arrays belong to."""
    foreign = [x for x in arrays if not isinstance(x, _NUMPY)]
    if not foreign:
        return np
    import array_api_compat

    return array_api_compat.array_namespace(*foreign)


def device_of(x: Any) -> Any:
    """Return the device of an array, as the creation functions of its library want it; None for NumPy's."""
    return None if isinstance(x, _NUMPY) else getattr(x, "device", None)


def nowhere(mask: object) -> bool:
    """Return whether no entry is true and this is known now and for nothing: False for what is traced or on a GPU."""
    return isinstance(mask, _NUMPY) and not np.any(mask)


def as_array(x: object, name: str) -> AnyArray:
    """Return `x` as a real numeric NumPy array, or raise `TypeError` that says what `name` is instead."""
    kind = type(x)
    if kind.__module__.partition(".")[0] in _FOREIGN:
        raise TypeError(
            f"{name} is a {kind.__module__.partition('.')[0]} {kind.__name__}, and only NumPy arrays are understood "
            f"here: pass {name}.numpy()."
        )
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, whose mask would be lost: pass {name}.data and where=~{name}.mask.")
    try:
        array: AnyArray = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"{name} is not a rectangular array of numbers: {error}") from error
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {array.dtype}, and real numbers are needed.")
    return array


def result_dtype(*arrays: AnyArray) -> np.dtype[Any]:
    """Return the dtype of an answer: that of the floats given, at least float32 and at most float64."""
    given = np.result_type(*(array.dtype for array in arrays))
    if given.kind != "f" or given.itemsize > 8:
        return np.dtype(np.float64)
    return np.dtype(np.float32) if given.itemsize < 4 else given


def unit_tolerance(array: AnyArray) -> float:
    """Return how far the total of `array` may lie from 1 and still be taken for rounding."""
    return _UNIT_TOLERANCE.get(array.dtype.itemsize, 1e-8) if array.dtype.kind == "f" else 1e-8


def outcome_axes(axis: object, ndim: int) -> tuple[int, ...]:
    """Return `axis` as a tuple of non-negative axes of an array with `ndim` dimensions."""
    listed: tuple[Any, ...] = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not listed:
        raise ValueError("axis is empty: name at least one axis that holds the outcomes.")
    axes: list[int] = []
    for one in listed:
        try:
            index = operator.index(one)
        except TypeError:
            raise TypeError(f"axis must be an integer or a tuple of integers, not {one!r}.") from None
        if not -ndim <= index < ndim:
            raise ValueError(f"axis {index} is out of range for arrays with {ndim} dimension{'s' * (ndim != 1)}.")
        axes.append(index % ndim)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis {axis!r} names one axis twice.")
    return tuple(axes)


def padded(x: AnyArray, ndim: int) -> AnyArray:
    """Return `x` with leading axes of length 1 until it has `ndim` dimensions, as broadcasting would."""
    return x.reshape((1,) * (ndim - x.ndim) + x.shape)


def outcomes_last(x: AnyArray, axes: tuple[int, ...]) -> AnyArray:
    """Return `x` with its outcome axes moved to the end and joined into one, contiguous in memory.

    Contiguous, because NumPy sums pairwise (with an error that grows like log K, not K) only then.
    """
    ndim = x.ndim
    moved = np.moveaxis(x, axes, range(ndim - len(axes), ndim))
    batch, outcomes = moved.shape[: ndim - len(axes)], moved.shape[ndim - len(axes) :]
    return np.ascontiguousarray(moved.reshape(*batch, math.prod(outcomes)))


def outcomes_back(x: AnyArray, axes: tuple[int, ...], sizes: tuple[int, ...]) -> AnyArray:
    """Undo `outcomes_last`: split the last axis into `sizes` and put the parts back at `axes`."""
    split = x.reshape(x.shape[:-1] + sizes)
    return np.moveaxis(split, range(split.ndim - len(axes), split.ndim), axes)


def first_index(mask: Mask) -> tuple[int, ...]:
    """Return the index of the first true entry of `mask`."""
    return tuple(int(i) for i in np.argwhere(mask)[0])
