"""Directions: unit vectors as parameters, and the angle between two of them to its last digit."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.arrays import first_index, float_bits, namespace, to_numpy
from kullback.distributions.covariances.checks import vector
from kullback.distributions.parameters import readable

_TOLERANCE = {64: 1e-8, 32: 1e-4}


def direction(x: object, name: str, family: str) -> Any:
    """Return vectors of length 1 up to rounding, in at least two dimensions; what is meant is x/‖x‖ exactly."""
    array = vector(x, name, family, least=2)
    if readable(array):
        length = np.linalg.norm(np.asarray(to_numpy(array), dtype=np.float64), axis=-1)
        bad = ~(np.abs(length - 1.0) <= _TOLERANCE.get(float_bits(array), 5e-3))
        if bad.any():
            index = first_index(bad) if bad.ndim else ()
            where = f" at index {index}" if index else ""
            raise ValueError(
                f"{family}: {name}{where} has length {length[index]:g}, and a unit vector is needed: "
                f"{name} / numpy.linalg.norm({name}, axis=-1, keepdims=True)."
            )
    return array


def turn(a: Any, b: Any) -> tuple[Any, Any, Any]:
    """Return cos φ, sin φ ≥ 0 and 1 − cos φ, φ the angle between two vectors, each to a small relative error.

    The part of b − a across a is as accurate as the difference of the numbers.
    """
    xp = namespace(a, b)
    a, b = xp.broadcast_arrays(a, b)
    square, other = xp.sum(a * a, axis=-1), xp.sum(b * b, axis=-1)
    apart = b - a
    along = xp.sum(a * apart, axis=-1) / square
    across = apart - along[..., None] * a
    cosine = xp.sum(a * b, axis=-1) / xp.sqrt(square * other)
    squared = xp.sum(across * across, axis=-1) / other
    some = squared > 0.0
    sine = xp.where(some, xp.sqrt(xp.where(some, squared, 1.0)), 0.0)
    ahead = cosine > 0.0
    return cosine, sine, xp.where(ahead, squared / (1.0 + xp.where(ahead, cosine, 0.0)), 1.0 - cosine)


def component(x: Any, axis: Any) -> Any:
    """Return the component of vectors along a direction."""
    xp = namespace(x, axis)
    return xp.sum(x * axis, axis=-1) / xp.sqrt(xp.sum(axis * axis, axis=-1))
