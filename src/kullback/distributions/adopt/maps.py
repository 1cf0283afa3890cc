"""Maps: the image of a distribution under a one-to-one map, as the simplest of our families that it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback import distributions as ours
from kullback.arrays import AnyArray, library, to_numpy
from kullback.distributions.parameters import as_parameter, readable, together
from kullback.support import Integers


@dataclass(frozen=True, eq=False)
class Step:
    """One map of a chain: "affine" with (loc, scale), "power" with its exponent, or one without parameters."""

    name: str
    parameters: tuple[Any, ...] = ()


_INVERSES = {
    "exp": "log",
    "log": "exp",
    "logistic": "logit",
    "logit": "logistic",
    "reciprocal": "reciprocal",
    "negative": "negative",
    "square": "square root",
    "square root": "square",
}


def inverse(steps: Sequence[Step] | None) -> list[Step] | None:
    """Return the chain that undoes `steps`; None where one of them is not undone by ours."""
    if steps is None:
        return None
    undone: list[Step] = []
    for step in reversed(steps):
        match step.name:
            case "affine":
                loc, scale = step.parameters
                undone.append(Step("affine", (-loc / scale, 1.0 / scale)))
            case "power":
                undone.append(Step("power", (1.0 / step.parameters[0],)))
            case name if name in _INVERSES:
                undone.append(Step(_INVERSES[name]))
            case _:
                return None
    return undone


def through(d: Any, steps: Sequence[Step]) -> Any:
    """Return the image of `d` under a chain of maps."""
    for step in steps:
        match step.name:
            case "affine":
                d = moved(d, *step.parameters)
            case "power":
                d = power(d, *step.parameters)
            case name:
                d = image(d, name)
    return d


def moved(d: Any, loc: Any, scale: Any = 1.0) -> Any:
    """Return the distribution of loc + scale·X."""
    if constant(loc, 0.0) and constant(scale, 1.0):
        return d
    rising = _everywhere(scale, lambda a: a > 0.0)
    if d.name in ("normal", "laplace", "logistic", "cauchy") and rising:
        if constant(d.loc, 0.0) and constant(d.scale, 1.0):
            return getattr(ours, d.name)(*_of_standard(loc, scale, d.loc, d.scale))
    elif d.name == "uniform" and rising and constant(d.low, 0.0) and constant(d.high, 1.0):
        low, length = _of_standard(loc, scale, d.low, d.high)
        return ours.uniform(low, low + length)
    if isinstance(d.support, Integers) and constant(scale, 1.0):
        return ours.shifted(d, loc)
    return ours.affine(d, loc, scale)


def _of_standard(loc: Any, scale: Any, zero: Any, one: Any) -> tuple[Any, Any]:
    """Return loc and scale with the batch, the library and the dtype of the standard member's 0 and 1."""
    given = (as_parameter(x, name, "affine") for x, name in ((loc, "loc"), (scale, "scale")))
    loc, scale, zero, one = together(*given, zero, one)
    return loc + zero, scale * one


def image(d: Any, name: str) -> Any:
    """Return the image under a map without parameters: "exp", "log", "reciprocal", "square", "square root",
    "logistic", "logit", "negative", "tanh"."""
    match name, d.name:
        case "exp", "normal":
            return ours.log_normal(d.loc, d.scale)
        case "log", "log_normal":
            return ours.normal(d.loc, d.scale)
        case "log", "gamma":
            return ours.exp_gamma(d.concentration, d.rate)
        case "logistic", "normal":
            return ours.logit_normal(d.loc, d.scale)
        case "logit", "logit_normal":
            return ours.normal(d.loc, d.scale)
        case "logit", "uniform" if constant(d.low, 0.0) and constant(d.high, 1.0):
            return ours.logistic(d.low, d.high)
        case "reciprocal", "gamma":
            return ours.inverse_gamma(d.concentration, d.rate)
        case "tanh", _:  # tanh x = 2/(1 + e^(−2x)) − 1
            return moved(image(moved(d, 0.0, 2.0), "logistic"), -1.0, 2.0)
        case _:
            return ours.transformed(d, name)


def power(d: Any, exponent: Any) -> Any:
    """Return the distribution of X^exponent, X > 0."""
    for value, name in ((-1.0, "reciprocal"), (2.0, "square"), (0.5, "square root")):
        if constant(exponent, value):
            return image(d, name)
    return d if constant(exponent, 1.0) else image(moved(image(d, "log"), 0.0, exponent), "exp")


def constant(x: Any, value: float) -> bool:
    """Return whether every entry of `x` is known to be `value`, and no gradient can be wanted of it."""
    return not getattr(x, "requires_grad", False) and _everywhere(x, lambda a: a == value)


def _everywhere(x: Any, holds: Callable[[AnyArray], Any]) -> bool:
    if library(x) not in ("", "numpy"):
        if not readable(x):
            return False
        x = to_numpy(x)
    return bool(np.all(holds(np.asarray(x, dtype=float))))
