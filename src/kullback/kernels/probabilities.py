"""Divergences of probabilities: the fast way for rows of numbers, which says of each row whether its answer holds.

A kernel is called as `kernel(p, q, tolerance)` with float64 or float32 arrays of shape (..., n) that broadcast. It
returns D in nats per row, or NaN where it does not promise the value: then the exact core computes the row, or finds
what is wrong with it. A promised value is that of the numbers as stored, divided by their totals, with a relative error
of at most 2e-14 (1e-6 for float32), whatever the row is; it is 0 only for equal rows, and both totals lie within
`tolerance` of 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from kullback.arrays import AnyArray
from kullback.divergence import Divergence
from kullback.kernels import naive
from kullback.kernels.native import native

Kernel = Callable[[AnyArray, AnyArray, float], Any]

_GREATEST_ORDER = 8.0
"""Of a Rényi kernel: above, the rounding of the exponent is no longer small."""
_LEAST_ORDER = 1e-3

_LEAST_WEIGHT = 1e-4
"""Of a Jensen-Shannon kernel: below, the rounding of 1 - v is no longer small beside v."""

_LEAST_HELLINGER = 1e-65
"""Outcomes with p + q above 1e-144 decide a value from here on: in √(p q) of lesser ones the product underflows."""


@dataclass(frozen=True)
class _WithParameters:
    """A kernel of a family, for one member."""

    family: Callable[..., Any]
    parameters: tuple[float, ...]

    def __call__(self, p: AnyArray, q: AnyArray, tolerance: float) -> Any:
        return self.family(p, q, tolerance, *self.parameters)


@dataclass(frozen=True)
class _FromLeast:
    """A kernel whose values below a least one are not promised, but for 0."""

    kernel: Kernel
    least: float

    def __call__(self, p: AnyArray, q: AnyArray, tolerance: float) -> Any:
        found = self.kernel(p, q, tolerance)
        small = (found > 0.0) & (found < self.least)
        return np.where(small, np.nan, found)[()] if np.any(small) else found


@cache
def lookup(divergence: Divergence) -> Kernel | None:
    """Return the kernel of a divergence, or None if it has none; the same object at every call."""
    functions = native().functions or naive.FUNCTIONS
    name, parameters = divergence.name, dict(divergence.parameters)
    if name == "hellinger":
        return _FromLeast(functions[name], _LEAST_HELLINGER)
    if name in ("kl", "tv", "chi2", "neyman_chi2", "jeffreys") and not parameters:
        return functions[_directed(name, divergence)]
    if name in ("js", "jensen_shannon"):
        v, w = parameters.get("weights", (0.5, 0.5))
        if divergence.reversed:
            v, w = w, v
        even = abs(v + w - 1.0) < 1e-15 and min(v, w) >= _LEAST_WEIGHT
        return _WithParameters(functions["jensen_shannon"], (v, w)) if even else None
    if name == "renyi":
        alpha = parameters["alpha"]
        if alpha == 1.0:
            return functions[_directed("kl", divergence)]
        if _LEAST_ORDER <= alpha <= _GREATEST_ORDER:
            return _WithParameters(functions[_directed("renyi", divergence)], (alpha,))
    return None


def _directed(name: str, divergence: Divergence) -> str:
    if not divergence.reversed:
        return name
    return {"kl": "kl_reverse", "renyi": "renyi_reverse", "chi2": "neyman_chi2", "neyman_chi2": "chi2"}.get(name, name)
