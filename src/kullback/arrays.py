"""Arrays: whose they are, what is accepted, which dtype comes back, and where the outcomes lie."""

from __future__ import annotations

import math
import numbers
import operator
import reprlib
import sys
from collections.abc import Mapping
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

# How far a total may lie from 1 before it is no longer rounding: wide enough for a softmax computed in that dtype
# over a million outcomes, narrow enough that counts, percentages and forgotten outcomes are noticed.
_UNIT_TOLERANCE = {16: 5e-3, 32: 1e-4, 64: 1e-8}


def namespace(*arrays: object) -> Any:
    """Return the module with the array API functions of the library that the arrays belong to."""
    foreign = [x for x in arrays if not isinstance(x, _NUMPY)]
    if not foreign:
        return np
    import array_api_compat

    return array_api_compat.array_namespace(*foreign)


class PlainNumbers(np.ndarray[Any, np.dtype[Any]]):
    """A NumPy array made here of a list or a number: it says nothing of the library or the dtype that is wanted."""


def library(x: object) -> str:
    """Return the name of the array library that `x` belongs to, such as "numpy", "torch" or "jax"; "" for none."""
    if isinstance(x, (np.ndarray, np.generic)):
        return "numpy"
    # Only a library that has been imported can have made an array.
    for name, type_name in (("torch", "Tensor"), ("jax", "Array"), ("cupy", "ndarray")):
        module = sys.modules.get(name)
        if module is not None and isinstance(x, getattr(module, type_name, ())):
            return name
    return type(x).__module__.partition(".")[0] if hasattr(x, "__array_namespace__") else ""


def to_numpy(x: Any) -> AnyArray:
    """Return an array of any library as a NumPy array without gradients, bfloat16 as float32; a view if it can be."""
    name = library(x)
    if name == "torch":
        x = x.detach()
        try:
            return (x.float() if str(x.dtype) == "torch.bfloat16" else x).numpy(force=True)
        except (RuntimeError, NotImplementedError) as error:
            raise TypeError(
                "a PyTorch tensor has no numbers to be read, inside torch.func.vmap or grad or on the meta device: "
                "give a batch in place of vmap, and take derivatives by torch.autograd."
            ) from error
    if name == "cupy":
        return x.get()
    if name in ("numpy", "jax"):
        array = np.asarray(x)
        return widened(array).astype(np.float32) if array.dtype.kind == "V" else array
    return np.from_dlpack(x)


def like(x: Any, other: Any) -> Any:
    """Return the array `x` in the library of `other`, on its device; without gradients if it is of another library."""
    name = library(other)
    if library(x) == name:
        return x.to(other.device) if name == "torch" else x
    array = to_numpy(x)
    if name == "numpy":
        return array
    if name == "torch":
        import torch

        return torch.as_tensor(array if array.flags.writeable else array.copy(), device=other.device)
    return namespace(other).asarray(array)


def device_of(x: Any) -> Any:
    """Return the device of an array, as the creation functions of its library want it; None for NumPy's."""
    return None if isinstance(x, _NUMPY) else getattr(x, "device", None)


def nowhere(mask: object) -> bool:
    """Return whether no entry is true and this is known now and for nothing: False for what is traced or on a GPU."""
    return isinstance(mask, _NUMPY) and not np.any(mask)


def as_array(x: object, name: str) -> AnyArray:
    """Return `x` as a real numeric NumPy array, or raise `TypeError` that says what `name` is instead."""
    if library(x) not in ("", "numpy"):
        raise TypeError(
            f"{name} is a {library(x)} {type(x).__name__}, and only NumPy arrays are understood here: "
            f"pass numpy.asarray({name})."
        )
    # np.ma takes 20 ms to import, and where it is not, nothing is masked.
    if "numpy.ma" in sys.modules and isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, whose mask would be lost: pass {name}.data and where=~{name}.mask.")
    try:
        array: AnyArray = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"{name} is not a rectangular array of numbers: {error}") from error
    if array.dtype.kind not in "iuf" and array.dtype.name != "bfloat16":
        raise TypeError(_no_real_numbers(array, x, name))
    return array


def _no_real_numbers(array: AnyArray, x: object, name: str) -> str:
    """Return what is wrong with an array of another dtype, and what to pass instead where its entries are numbers."""
    short = name.rpartition(": ")[2]  # of a parameter, without the family
    if isinstance(x, str):
        return f"{name} is the text {reprlib.repr(x)}, and an array or list of real numbers is needed."
    if array.dtype.kind == "O" and not array.ndim:
        if isinstance(x, int):
            return f"{name} is an integer of {len(str(x))} digits, beyond the range of floating-point numbers."
        if x is not None and hasattr(type(x), "__float__"):
            return f"{name} is a {type(x).__name__}, and an array or list of real numbers is needed: float({short})."
        kind = "None" if x is None else f"a {type(x).__name__}"
        return f"{name} is {kind}, and an array or list of real numbers is needed."
    said = f"{name} has dtype {array.dtype}, and real numbers are needed"
    if array.dtype.kind == "b":
        return f"{said}: {short}.astype(int), if True is a count of one."
    if array.dtype.kind != "O":
        return f"{said}."
    from decimal import Decimal

    for index, entry in np.ndenumerate(array):
        if not isinstance(entry, (numbers.Real, Decimal)):
            return f"{said}: index {index} holds {reprlib.repr(entry)} ({type(entry).__name__})."
    # Integers beyond 64 bits, fractions, decimals, or what pandas holds as objects.
    return f"{said}: numpy.asarray({short}, dtype=float)."


def as_masses(x: object, name: str) -> Any:
    """Return what may hold one number per outcome: an array of any library, as it is; labelled numbers (a mapping, a
    pandas Series) and SciPy's sparse matrices, as they are; anything else as a NumPy array, or raise `TypeError`."""
    if isinstance(x, Mapping) or type(x).__module__.partition(".")[0] in ("pandas", "polars", "scipy"):
        return x
    if isinstance(x, (list, tuple, int, float)):
        return as_array(x, name).view(PlainNumbers)
    if library(x) in ("", "numpy"):
        return as_array(x, name)
    if not namespace(x).isdtype(x.dtype, ("real floating", "integral")) or float_bits(x) == 8:  # pyright: ignore[reportAttributeAccessIssue]
        raise TypeError(f"{name} has dtype {x.dtype}, and real numbers of 16 bits or more are needed.")  # pyright: ignore[reportAttributeAccessIssue]
    return x


def float_bits(x: Any) -> int:
    """Return the width of the floating-point numbers in `x`; 64 for integers, which are read as such."""
    if library(x) == "torch":
        return 8 * x.dtype.itemsize if x.dtype.is_floating_point else 64
    if isinstance(x.dtype, np.dtype):
        return 8 * x.dtype.itemsize if x.dtype.kind in "fV" else 64
    xp = namespace(x)
    return xp.finfo(x.dtype).bits if xp.isdtype(x.dtype, "real floating") else 64


def widened(x: Any) -> Any:
    """Return `x` in what sums are made of: float64, or float32 where a device or a setting has nothing wider."""
    name = library(x)
    if name == "numpy":
        if x.dtype.kind == "V":  # bfloat16, which is the upper half of float32
            x = (x.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        return x.astype(np.float64)
    if name == "torch":
        return x.float() if x.device.type == "mps" else x.double()
    if name == "jax":
        import jax

        return x.astype(jax.dtypes.canonicalize_dtype(np.float64))
    xp = namespace(x)
    return xp.astype(x, xp.float64)


def answer_bits(*arrays: Any) -> int:
    """Return the width of the numbers in an answer: the widest of the floats given, at least 32 and at most 64."""
    telling = [x for x in arrays if not isinstance(x, PlainNumbers)] or arrays
    return min(max(32, *(float_bits(x) for x in telling)), 64)


def result_dtype(*arrays: AnyArray) -> np.dtype[Any]:
    """Return the NumPy dtype of an answer."""
    return np.dtype(f"f{answer_bits(*arrays) // 8}")


def cast(x: Any, bits: int) -> Any:
    """Return `x` as floating-point numbers of 32 or 64 bits; as it is where it is narrower already."""
    xp = namespace(x)
    return x if float_bits(x) <= bits else xp.astype(x, xp.float32 if bits == 32 else xp.float64)


def unit_tolerance(array: Any) -> float:
    """Return how far the total of `array` may lie from 1 and still be taken for rounding."""
    return _UNIT_TOLERANCE.get(float_bits(array), 1e-8)


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


def padded(x: Any, ndim: int) -> Any:
    """Return `x` with leading axes of length 1 until it has `ndim` dimensions, as broadcasting would."""
    return x if x.ndim == ndim else namespace(x).reshape(x, (1,) * (ndim - x.ndim) + tuple(x.shape))


def outcomes_last(x: Any, axes: tuple[int, ...]) -> Any:
    """Return `x` with its outcome axes moved to the end and joined into one."""
    ndim = x.ndim
    if axes == (ndim - 1,):
        return x
    xp = namespace(x)
    moved = xp.moveaxis(x, axes, tuple(range(ndim - len(axes), ndim)))
    batch, outcomes = tuple(moved.shape[: ndim - len(axes)]), tuple(moved.shape[ndim - len(axes) :])
    return moved if len(axes) == 1 else xp.reshape(moved, (*batch, math.prod(outcomes)))


def outcomes_back(x: Any, axes: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """Undo `outcomes_last`: split the last axis into `sizes` and put the parts back at `axes`."""
    xp = namespace(x)
    split = xp.reshape(x, tuple(x.shape[:-1]) + sizes)
    return xp.moveaxis(split, tuple(range(split.ndim - len(axes), split.ndim)), axes)


def first_index(mask: Mask) -> tuple[int, ...]:
    """Return the index of the first true entry of `mask`."""
    return tuple(int(i) for i in np.argwhere(mask)[0])
