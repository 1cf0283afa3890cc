"""What the special functions are given: numbers and arrays of one library, brought to one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from kullback.arrays import Array, Mask, device_of, namespace, nowhere, widened

_PLAIN = (int, float, np.ndarray, np.generic)
_PIECE = 8192


def together(*arguments: Any) -> tuple[Any, list[Any]]:
    """Return the namespace of the arguments, and the arguments as floating-point arrays of one shape.

    Plain numbers take the dtype and the device of the first array among them.
    """
    xp = namespace(*arguments)
    if xp.__name__ == "numpy":
        arrays: list[Any] = [x if x.dtype.kind == "f" else x.astype(float) for x in map(np.asarray, arguments)]
    else:
        own = [isinstance(x, _PLAIN) for x in arguments]
        arrays = [
            x if plain or xp.isdtype(x.dtype, "real floating") else widened(x)
            for x, plain in zip(arguments, own, strict=True)
        ]
        example = arrays[own.index(False)]
        arrays = [
            xp.asarray(x, dtype=example.dtype, device=device_of(example)) if plain else x
            for x, plain in zip(arrays, own, strict=True)
        ]
    shape = arrays[0].shape
    if all(x.shape == shape for x in arrays):
        return xp, arrays
    return xp, list(xp.broadcast_arrays(*arrays))


def remembered(function: Callable[..., Array]) -> Callable[..., Array]:
    """Keep what a function gave for single numbers of NumPy in double precision: asked again, it is not computed again.

    The log-densities of a pair are asked many times with the same parameters, and their normalisers take a hundred
    operations on arrays of one entry, each of which costs as much as for a thousand.
    """

    @lru_cache(maxsize=4096)
    def known(*numbers: float) -> Any:
        return np.float64(function(*map(np.float64, numbers)))

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> Array:
        for x in arguments:
            kind = type(x)
            plain = kind is np.float64 or kind is float or kind is int
            if not plain and not (kind is np.ndarray and x.ndim == 0 and x.dtype == np.float64):
                return function(*arguments, **named)
        return function(*arguments, **named) if named else known(*map(float, arguments))

    return called


def summed(term: Callable[..., Array], count: int, *arrays: Array) -> Array:
    """Return the sum of term(k, *arrays) over k = 0, ..., count - 1, where k is a number or broadcasts with the arrays.

    JAX adds along a new axis, so that one term is compiled instead of all of them.
    """
    xp = namespace(*arrays)
    if xp.__name__ == "jax.numpy":
        k = xp.arange(count, dtype=arrays[0].dtype)
        return xp.sum(term(k, *(x[..., None] for x in arrays)), axis=-1)
    result = term(0.0, *arrays)
    for k in range(1, count):
        result = result + term(float(k), *arrays)
    return result


def replaced(found: Array, mask: Mask, function: Callable[..., Array], *arguments: tuple[Array, float]) -> Array:
    """Return `found`, and function(*arrays) where `mask` is true.

    NumPy calls the function with those entries alone. Other libraries call it with all, each argument replaced by its
    second entry where the mask is false, so that no derivative comes from there.
    """
    if nowhere(mask):
        return found
    xp = namespace(found)
    if xp.__name__ == "numpy":
        result = np.array(found)
        result[mask] = function(*(np.asarray(x)[mask] for x, _ in arguments))
        return result
    return xp.where(mask, function(*(xp.where(mask, x, harmless) for x, harmless in arguments)), found)


def carried(step: Callable[..., Any], state: tuple[Array, ...], table: Sequence[tuple[float, ...]]) -> Any:
    """Return the state after state = step(state, *row) for each row of `table`; JAX compiles one step."""
    xp = namespace(*state)
    if xp.__name__ == "jax.numpy":
        import jax

        rows = tuple(xp.asarray(column, dtype=state[0].dtype) for column in zip(*table, strict=True))
        return jax.lax.scan(lambda state, row: (step(state, *row), None), state, rows)[0]
    for row in table:
        state = step(state, *row)
    return state


def settled(*arrays: Array) -> tuple[Array, ...]:
    """Return the arrays; JAX's compiler may not repeat what made them in everything that uses them."""
    if namespace(*arrays).__name__ == "jax.numpy":
        import jax

        return tuple(jax.lax.optimization_barrier(arrays))
    return arrays


def in_pieces(function: Callable[..., Array], *arrays: Array) -> Array:
    """Return function(*arrays); NumPy calls it with pieces of arrays of one shape that fit into the cache."""
    first = arrays[0]
    if namespace(*arrays).__name__ != "numpy" or first.size <= _PIECE:
        return function(*arrays)
    flat = [np.reshape(x, -1) for x in arrays]
    pieces = [function(*(x[i : i + _PIECE] for x in flat)) for i in range(0, first.size, _PIECE)]
    return np.reshape(np.concatenate(pieces), first.shape)
