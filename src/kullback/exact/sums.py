"""Exact sums over outcomes: what calling a divergence does with distributions that are known outcome by outcome."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.arrays import Array, Axis, library, namespace, unit_tolerance
from kullback.distribution import Finite
from kullback.divergence import Divergence
from kullback.exact import core, on_numpy
from kullback.exact.core import Measure
from kullback.exact.reading import Outcomes, finite, read
from kullback.exact.rows import Rows
from kullback.kernels import probabilities


def quick(divergence: Divergence) -> Callable[[Any, Any], Any]:
    """Return the short way for the plainest call: two NumPy arrays of probabilities of one dtype.

    It is called with such arrays, and answers None where the long way has to be taken.
    """
    kernel = probabilities.lookup(divergence)
    if kernel is None:
        return lambda p, q: None
    wide, narrow = np.dtype(np.float64), np.dtype(np.float32)
    tolerances = {wide: unit_tolerance(np.empty(0, wide)), narrow: unit_tolerance(np.empty(0, narrow))}

    def compute(p: Any, q: Any) -> Any:
        dtype = p.dtype
        if dtype is not q.dtype or (dtype is not wide and dtype is not narrow) or not p.ndim or not q.ndim:
            return None
        try:
            found = kernel(p, q, tolerances[dtype])
        except ValueError:  # shapes that do not broadcast: the long way says which
            return None
        if p.ndim == 1 == q.ndim:
            return (found if dtype is wide else np.float32(found)) if found == found else None
        return None if np.isnan(found).any() else found.astype(dtype, copy=False)

    return compute


def value(
    divergence: Divergence,
    p: object,
    q: object,
    *,
    axis: Axis,
    base: float | None,
    where: object,
    weights: object,
    keepdims: bool,
    check: bool,
) -> Any:
    """Return D(P‖Q); see `Divergence.__call__`."""
    check_base(base, divergence.unit, repr(divergence))
    known = {"p": finite(p, "p", repr(divergence)), "q": finite(q, "q", repr(divergence))}
    outcomes = read(known, axis, where, weights)
    return outcomes.per_row(evaluate(divergence, outcomes, check=check), base, keepdims=keepdims)


def terms(
    divergence: Divergence,
    p: object,
    q: object,
    *,
    axis: Axis,
    base: float | None,
    where: object,
    weights: object,
    check: bool,
) -> Any:
    """Return what each outcome contributes; see `Divergence.terms`."""
    unit = divergence.unit if divergence.finish is None else ""
    check_base(base, unit, f"the terms of {divergence!r}")
    known = {"p": finite(p, "p", repr(divergence)), "q": finite(q, "q", repr(divergence))}
    outcomes = read(known, axis, where, weights)
    first, second = outcomes.rows
    found = _library(first).terms(divergence, first, second, outcomes.weights, _verifier(outcomes, check=check))
    return outcomes.per_outcome(found, base)


def pairwise(
    divergence: Divergence, rows: object, others: object, *, base: float | None, weights: object, check: bool
) -> Any:
    """Return the matrix of D(row ‖ other); see `Divergence.pairwise`."""
    check_base(base, divergence.unit, repr(divergence))
    first = finite(rows, "rows", repr(divergence))
    second = first if others is None else finite(others, "others", repr(divergence))
    for one, name in ((first, "rows"), (second, "others")):
        if one.values.ndim != 2:
            raise ValueError(
                f"{name} has shape {tuple(one.values.shape)}, and pairwise takes one distribution per row: "
                "shape (n, K)."
            )
    outcomes = read({"rows": _along(first, 0), "others": _along(second, 1)}, -1, None, weights)
    return outcomes.per_row(evaluate(divergence, outcomes, check=check), base, keepdims=False)


def _along(known: Finite, axis: int) -> Finite:
    """Return rows with another axis, so that rows along one broadcast against rows along the other."""
    n, size = known.values.shape
    shape = (n, 1, size) if axis == 0 else (1, n, size)
    return known.of(namespace(known.values).reshape(known.values, shape))


def evaluate(measure: Measure, outcomes: Outcomes, *, check: bool) -> Any:
    """Return what is measured, one number per row, in nats and in the widest numbers that there are."""
    first, second = outcomes.rows[0], outcomes.rows[-1]
    return _library(first).value(measure, first, second, outcomes.weights, _verifier(outcomes, check=check))


def _verifier(outcomes: Outcomes, *, check: bool) -> Callable[[], None]:
    return outcomes.verify if check else lambda: None


def _library(rows: Rows) -> Any:
    """Return the module that sums rows of this library: `value` and `terms` of the same arguments."""
    name = library(rows.values)
    if name == "numpy":
        return on_numpy
    if name == "torch":
        from kullback.exact import on_torch

        return on_torch
    if name == "jax":
        from kullback.exact import on_jax

        return on_jax
    return _Plain


class _Plain:
    """An array library of which nothing is known but the array API: no kernels, no gradients."""

    @staticmethod
    def value(measure: Measure, p: Rows, q: Rows, weights: Array | None, verify: Callable[[], None]) -> Array:
        """Return the value of each pair of rows."""
        verify()
        return core.value(measure, p, q, weights)

    @staticmethod
    def terms(measure: Measure, p: Rows, q: Rows, weights: Array | None, verify: Callable[[], None]) -> Array:
        """Return what each outcome contributes."""
        verify()
        return core.terms(measure, p, q, weights)


def check_base(base: float | None, unit: str, of: str) -> None:
    """Raise unless `base` is a usable base of a logarithm and the measure has logarithmic units."""
    if base is None:
        return
    if not unit:
        raise ValueError(f"{of} has no unit, so a base means nothing for it: leave base out.")
    if not (base > 0.0 and base != 1.0 and math.isfinite(base)):
        raise ValueError(f"base is {base}, and the base of a logarithm is positive and not 1: 2 for bits.")
