"""Parameters: what is given to a family becomes arrays, checked where that is free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.arrays import PlainNumbers, as_array, first_index, library, like, namespace, to_numpy


def real(x: object, name: str, family: str) -> Any:
    """Return a parameter that may be any finite number, as an array of its own library."""
    return _checked(x, name, family, "a finite number", np.isfinite)


def positive(x: object, name: str, family: str) -> Any:
    """Return a parameter that must be positive and finite."""
    return _checked(x, name, family, "a positive number", lambda a: np.isfinite(a) & (a > 0.0))


def non_negative(x: object, name: str, family: str) -> Any:
    """Return a parameter that must not be negative."""
    return _checked(x, name, family, "a number ≥ 0", lambda a: np.isfinite(a) & (a >= 0.0))


def above(least: float, x: object, name: str, family: str) -> Any:
    """Return a parameter that must be greater than `least`."""
    return _checked(x, name, family, f"a number > {least:g}", lambda a: np.isfinite(a) & (a > least))


def probability(x: object, name: str, family: str) -> Any:
    """Return a parameter in [0, 1]."""
    return _checked(x, name, family, "a probability", lambda a: (a >= 0.0) & (a <= 1.0))


def open_probability(x: object, name: str, family: str) -> Any:
    """Return a parameter in (0, 1)."""
    return _checked(x, name, family, "a number strictly between 0 and 1", lambda a: (a > 0.0) & (a < 1.0))


def whole(x: object, name: str, family: str, *, least: float = 0) -> Any:
    """Return a parameter that must be a whole number ≥ `least`."""
    return _checked(
        x,
        name,
        family,
        f"a whole number ≥ {least:g}",
        lambda a: np.isfinite(a) & (a >= least) & (a == np.floor(a)),
        interval=False,
    )


def checked(x: object, name: str, family: str, what: str, holds: Callable[[Any], Any]) -> Any:
    """Return a parameter of which `holds` must be true, entry by entry; `what` says what it is in the message."""
    return _checked(x, name, family, what, holds, interval=False)


def ordered(low: Any, high: Any, low_name: str, high_name: str, family: str) -> None:
    """Raise unless low < high, where that can be seen."""
    if not (readable(low) and readable(high)):
        return
    a, b = np.broadcast_arrays(to_numpy(low), to_numpy(high))
    bad = ~(a < b)
    if bad.any():
        index = first_index(bad)
        where = f" at index {index}" if index else ""
        raise ValueError(
            f"{family}: {low_name} is {a[index]:g} and {high_name} is {b[index]:g}{where}, "
            f"and {low_name} < {high_name} is needed."
        )


def readable(x: Any) -> bool:
    """Return whether the numbers can be looked at for free: not those that are traced or on a GPU."""
    name = library(x)
    if name == "torch":
        return x.device.type == "cpu" and type(x).__name__ in ("Tensor", "Parameter")
    if name == "jax":
        from jax.core import Tracer

        return not isinstance(x, Tracer)
    return name in ("numpy", "array_api_strict")


def differentiated(x: Any) -> bool:
    """Return whether an array carries a gradient, or may: a PyTorch tensor that asks for one, a traced JAX array."""
    name = library(x)
    if name == "torch":
        import torch

        return x.requires_grad and torch.is_grad_enabled()
    return name == "jax" and not readable(x)


def as_parameter(x: object, name: str, family: str) -> Any:
    """Return a real parameter as an array of floating-point numbers of its own library."""
    if isinstance(x, (bool, np.bool_)):
        raise TypeError(f"{family}: {name} is {x}, and a number is needed.")
    if library(x) in ("", "numpy"):
        plain = isinstance(x, (int, float, list, tuple))
        array = as_array(x, f"{family}: {name}")
        if array.dtype.kind in "iu":
            array = array.astype(np.float64)
        return array.view(PlainNumbers) if plain or isinstance(x, PlainNumbers) else array
    xp = namespace(x)
    kind = x.dtype  # pyright: ignore[reportAttributeAccessIssue]
    if xp.isdtype(kind, "real floating"):
        return x
    if not xp.isdtype(kind, "integral"):
        raise TypeError(f"{family}: {name} has dtype {kind}, and real numbers are needed.")
    return xp.astype(x, xp.float64 if library(x) != "jax" else xp.asarray(0.0).dtype)


def _checked(
    x: object, name: str, family: str, what: str, holds: Callable[[Any], Any], *, interval: bool = True
) -> Any:
    """Return a parameter of which `holds` is true entry by entry; where that is so in an interval, two entries tell."""
    array = as_parameter(x, name, family)
    if readable(array):
        numbers = np.asarray(to_numpy(array))
        if interval and numbers.size and np.all(holds(np.asarray([np.min(numbers), np.max(numbers)]))):
            return array  # NaN would be both the least and the greatest
        bad = ~np.asarray(holds(numbers))
        if bad.any():
            index = first_index(bad) if bad.ndim else ()
            where = f" at index {index}" if index else ""
            raise ValueError(f"{family}: {name} is {numbers[index]:g}{where}, and {what} is needed.")
    return array


def partly(holds: Any, value: Any) -> Any | None:
    """Return a value where a formula holds and NaN elsewhere; None where it is not known to hold anywhere."""
    if not readable(holds) or not np.asarray(to_numpy(holds)).any():
        return None
    xp = namespace(holds, value)
    return xp.where(holds, value, float("nan"))


def together(*parameters: Any) -> tuple[Any, ...]:
    """Return the parameters of one distribution in one array library, that of the first which is not NumPy."""
    others = [x for x in parameters if library(x) != "numpy"]
    if not others:
        return parameters
    found: list[Any] = []
    for x in parameters:
        if library(x) == library(others[0]):
            found.append(x)
            continue
        moved = like(x, others[0])
        plain = isinstance(x, PlainNumbers)
        found.append(namespace(moved).astype(moved, others[0].dtype) if plain else moved)
    return tuple(found)
