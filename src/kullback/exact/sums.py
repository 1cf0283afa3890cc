"""Exact sums over outcomes: what calling a divergence does with distributions that are known outcome by outcome."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kullback.arrays import Array, Axis, answer_bits, library, namespace, unit_tolerance
from kullback.distribution import Finite
from kullback.divergence import Divergence
from kullback.exact import core, formulas, on_numpy, sparse
from kullback.exact.core import Measure
from kullback.exact.labels import labelled, placed, relabel
from kullback.exact.reading import Outcomes, finite, read
from kullback.exact.rows import Rows
from kullback.exact.sparse import is_sparse
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
        if found != found if p.ndim == 1 == q.ndim else np.isnan(found).any():
            return None
        if dtype is wide:
            return found
        with np.errstate(over="ignore", under="ignore"):
            return found.astype(narrow)

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
    p, q = formulas.adopted(p), formulas.adopted(q)
    densities = formulas.known_by_formula(p, q, repr(divergence))
    if densities is not None:
        if divergence.name == "chernoff.order":  # not a divergence, and no integral
            raise TypeError(
                "chernoff.order is for distributions known outcome by outcome; of these, known by formulas, "
                "kb.chernoff(p, q) gives the value."
            )
        formulas.only_for_arrays(repr(divergence), axis=axis, where=where, weights=weights, keepdims=keepdims)
        from kullback.exact import resolution

        return resolution.value(divergence, *densities, base=base)
    known = {"p": finite(p, "p", repr(divergence)), "q": finite(q, "q", repr(divergence))}
    return measured(divergence, known, axis, where, weights, base, keepdims=keepdims, check=check)


def measured(
    measure: Measure,
    known: dict[str, Finite],
    axis: Axis,
    where: object,
    weights: object,
    base: float | None,
    *,
    keepdims: bool,
    check: bool,
) -> Any:
    """Return what is measured of named distributions, in the shape, unit and dtype of the answer."""
    by_place = placed(known, where, weights)
    known, where, weights = by_place.known, by_place.where, by_place.weights
    if any(is_sparse(one.values) for one in known.values()):
        found = sparse.rowwise(known, _dense(measure), axis=axis, where=where, weights=weights, check=check)
        return _of_sparse(found[..., None] if keepdims else found, known, base)
    outcomes = read(known, axis, where, weights, by_place.labels)
    return outcomes.per_row(evaluate(measure, outcomes, check=check), base, keepdims=keepdims)


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
    p, q = formulas.adopted(p), formulas.adopted(q)
    if formulas.known_by_formula(p, q, repr(divergence)):
        formulas.no_terms(divergence, "terms")
    given = {"p": finite(p, "p", repr(divergence)), "q": finite(q, "q", repr(divergence))}
    by_place = placed(given, where, weights)
    known, where, weights, labels = by_place.known, by_place.where, by_place.weights, by_place.labels
    if any(is_sparse(one.values) for one in known.values()):
        found = sparse.terms(known, _dense_terms(divergence), axis=axis, where=where, weights=weights, check=check)
        return _of_sparse(found, known, base)
    outcomes = read(known, axis, where, weights, labels)
    first, second = outcomes.rows
    found = _library(first).terms(divergence, first, second, outcomes.weights, _verifier(outcomes, check=check))
    found = outcomes.per_outcome(found, base)
    return found if labels is None else relabel(found, labels, given["p"].values)


def pairwise(
    divergence: Divergence, rows: object, others: object, *, base: float | None, weights: object, check: bool
) -> Any:
    """Return the matrix of D(row ‖ other); see `Divergence.pairwise`."""
    check_base(base, divergence.unit, repr(divergence))
    rows, others = formulas.adopted(rows), formulas.adopted(others)
    if formulas.known_by_formula(rows, rows if others is None else others, repr(divergence)):
        formulas.no_terms(divergence, "pairwise")
    first = finite(rows, "rows", repr(divergence))
    second = first if others is None else finite(others, "others", repr(divergence))
    known = {"rows": first, "others": second}
    for name, one in known.items():
        shape = None if labelled(one.values) else tuple(one.values.shape)
        if shape is None or len(shape) != 2:
            given = "labels" if shape is None else f"shape {shape}"
            raise ValueError(f"{name} has {given}, and pairwise takes one distribution per row: shape (n, K).")
    if any(is_sparse(one.values) for one in known.values()):
        found = sparse.pairwise(known, _dense(divergence), weights=weights, check=check)
        return _of_sparse(found, known, base)
    if first.values.shape[1] != second.values.shape[1]:
        shapes = " and ".join(f"{name} has shape {tuple(one.values.shape)}" for name, one in known.items())
        raise ValueError(f"the outcomes do not match: {shapes}, and both have one column per outcome.")
    outcomes = read({"rows": _along(first, 0), "others": _along(second, 1)}, -1, None, weights)

    def verify() -> None:
        for name, one in known.items() if check else ():
            read({name: one}, -1, None, weights).verify()

    found = _library(outcomes.rows[0]).value(divergence, *outcomes.rows, outcomes.weights, verify)
    return outcomes.per_row(found, base, keepdims=False)


def _dense(measure: Measure) -> sparse.Compute:
    """Return what computes values of dense blocks that sparse rows were cut into."""

    def compute(finites: Sequence[Finite], weights: Array | None) -> Any:
        return evaluate(measure, read(_named(finites), -1, None, weights), check=False)

    return compute


def _dense_terms(divergence: Divergence) -> sparse.Compute:
    def compute(finites: Sequence[Finite], weights: Array | None) -> Any:
        outcomes = read(_named(finites), -1, None, weights)
        first, second = outcomes.rows
        return on_numpy.terms(divergence, first, second, outcomes.weights, lambda: None)

    return compute


def _named(finites: Sequence[Finite]) -> dict[str, Finite]:
    return dict(zip(("p", "q"), finites, strict=False))


def _of_sparse(found: Any, known: dict[str, Finite], base: float | None) -> Any:
    found = found if base is None else found / math.log(base)
    bits = answer_bits(*(one.values for one in known.values()))
    return found.astype(np.float32) if bits == 32 else found


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
    if not isinstance(base, numbers.Real):
        raise TypeError(f"base is {base!r}, and a number is needed: 2 for bits.")
    # A base below 1 is one of logarithms too, but turns every sign.
    if not (base > 1.0 and math.isfinite(base)):
        raise ValueError(
            f"base is {base}, and a base above 1 is needed, so that no divergence is negative: 2 for bits."
        )
