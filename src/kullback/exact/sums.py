"""Exact sums over outcomes: what calling a divergence does with distributions that are known outcome by outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kullback.arrays import (
    AnyArray,
    Array,
    Axis,
    Mask,
    as_array,
    first_index,
    outcome_axes,
    outcomes_back,
    outcomes_last,
    padded,
    result_dtype,
    unit_tolerance,
)
from kullback.distribution import Distribution, Finite
from kullback.distributions.counts import Counts
from kullback.distributions.probabilities import Probabilities
from kullback.distributions.samples import Samples
from kullback.divergence import Deviation, Divergence
from kullback.exact.masses import LinearMasses, LogMasses, deviation

_BLOCK = 1 << 20  # outcomes of pairs that `pairwise` holds at a time


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Distributions laid out for summation, and the way back.

    Attributes:
        masses: one per argument, outcomes on the last axis.
        bad: rows that hold a value which is no distribution; none unless checks are off.
        axes: where the outcomes were.
        sizes: how many there were along each of those axes.
        dtype: of the answer.
        flat: whether there is no batch axis, so that the answer is a number.
    """

    masses: tuple[LinearMasses | LogMasses, ...]
    bad: Mask
    axes: tuple[int, ...]
    sizes: tuple[int, ...]
    dtype: np.dtype[Any]
    log_weights: Array | None

    def per_pair(self, value: Array, base: float | None, *, keepdims: bool) -> Any:
        """Return values, one per row, in the shape, base and dtype of the answer."""
        value = np.where(self.bad[..., 0], np.nan, value)
        if base is not None:
            value = value / math.log(base)
        result: AnyArray = np.asarray(value + 0.0).astype(self.dtype)
        if keepdims:
            return np.expand_dims(result, self.axes)
        return result[()]

    def per_outcome(self, terms: Array, base: float | None) -> Any:
        """Return values, one per outcome, in the layout of the input."""
        terms = np.where(self.bad, np.nan, terms)
        if base is not None:
            terms = terms / math.log(base)
        return outcomes_back((terms + 0.0).astype(self.dtype), self.axes, self.sizes)


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
    with np.errstate(all="ignore"):
        outcomes = read({"p": p, "q": q}, axis, where, weights, check=check, of=repr(divergence))
        return outcomes.per_pair(_value(divergence, deviation(*_two(outcomes))), base, keepdims=keepdims)


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
    with np.errstate(all="ignore"):
        outcomes = read({"p": p, "q": q}, axis, where, weights, check=check, of=repr(divergence))
        return outcomes.per_outcome(divergence.cost(deviation(*_two(outcomes))), base)


def pairwise(
    divergence: Divergence, rows: object, others: object, *, base: float | None, weights: object, check: bool
) -> Any:
    """Return the matrix of D(row ‖ other); see `Divergence.pairwise`."""
    check_base(base, divergence.unit, repr(divergence))
    first = _finite(rows, "rows", repr(divergence))
    second = first if others is None else _finite(others, "others", repr(divergence))
    for finite, name in ((first, "rows"), (second, "others")):
        if finite.values.ndim != 2:
            raise ValueError(
                f"{name} has shape {finite.values.shape}, and pairwise takes one distribution per row: shape (n, K)."
            )
    if check:
        with np.errstate(all="ignore"):
            for finite, name in ((first, "rows"), (second, "others")):
                read({name: finite}, -1, None, weights, check=True, of=repr(divergence))
    n, (m, size) = len(first.values), second.values.shape
    result = np.empty((n, m), result_dtype(first.values, second.values))
    step = max(1, _BLOCK // max(1, m * size))
    columns = replace(second, values=second.values[None, :, :])
    for start in range(0, max(n, 1), step):
        block = replace(first, values=first.values[start : start + step, None, :])
        with np.errstate(all="ignore"):
            outcomes = read({"rows": block, "others": columns}, -1, None, weights, check=False, of=repr(divergence))
            found = _value(divergence, deviation(*_two(outcomes)))
            result[start : start + step] = outcomes.per_pair(found, base, keepdims=False)
    return result


def _value(divergence: Divergence, deviation: Deviation) -> Array:
    if divergence.combine is not None:
        found = divergence.combine(deviation)
    else:
        found = np.sum(divergence.cost(deviation), axis=-1)
        if divergence.finish is not None:
            found = divergence.finish(found)
    # Only rounding can carry a sum of terms ≥ 0 out of the range, by a unit in the last place.
    return np.clip(found, *divergence.range)


def _two(outcomes: Outcomes) -> tuple[LinearMasses | LogMasses, LinearMasses | LogMasses]:
    return outcomes.masses[0], outcomes.masses[1]


def check_base(base: float | None, unit: str, of: str) -> None:
    """Raise unless `base` is a usable base of a logarithm and the measure has logarithmic units."""
    if base is None:
        return
    if not unit:
        raise ValueError(f"{of} has no unit, so a base means nothing for it: leave base out.")
    if not (base > 0.0 and base != 1.0 and math.isfinite(base)):
        raise ValueError(f"base is {base}, and the base of a logarithm is positive and not 1: 2 for bits.")


def read(
    known: dict[str, object],
    axis: Axis,
    where: object,
    weights: object,
    *,
    check: bool,
    of: str,
) -> Outcomes:
    """Read named arguments as distributions over the same outcomes.

    Args:
        known: the arguments by the names that messages use.
        axis: of the outcomes, after broadcasting.
        where: a mask of outcomes, or None.
        weights: of outcomes, or None.
        check: whether bad values raise.
        of: what is computed, for messages.
    """
    finites = {name: _finite(x, name, of) for name, x in known.items()}
    for name, finite in finites.items():
        if finite.values.ndim == 0:
            raise ValueError(f"{name} is a single number, and a distribution needs one number per outcome.")
    mask = None if where is None else _mask(where)
    measure = None if weights is None else as_array(weights, "weights")
    ndim = max(finite.values.ndim for finite in finites.values())
    # The axis is read after broadcasting, to which masks and weights of more dimensions contribute too.
    ndim = max(ndim, mask.ndim if mask is not None else 0, measure.ndim if measure is not None else 0)
    axes = outcome_axes(axis, ndim)
    arrays = {name: padded(finite.values, ndim) for name, finite in finites.items()}
    sizes = _sizes(arrays, finites, axes, axis)
    if mask is not None:
        mask = _spread(mask, "where", ndim, axes, sizes)
    if measure is not None:
        measure = _measure(_spread(measure, "weights", ndim, axes, sizes))
    _batch(arrays, mask, measure, axes)
    floats = {name: _floats(array, finites[name], mask) for name, array in arrays.items()}
    if check:
        for name, array in floats.items():
            _check_values(array, finites[name], name, ndim - finites[name].values.ndim)
    base_measure = None if measure is None else outcomes_last(measure, axes)
    masses: list[LinearMasses | LogMasses] = []
    bad: Mask = np.zeros((1,) * (ndim - len(axes) + 1), np.bool_)
    for name, array in floats.items():
        finite = finites[name]
        rows = outcomes_last(array, axes)
        found, wrong, totals = _masses(rows, finite, base_measure)
        if check and wrong.any():
            _raise_total(totals, wrong, finite, name, axis, masked=mask is not None, weighted=measure is not None)
        masses.append(found)
        bad = bad | wrong
    dtype = result_dtype(*(finite.values for finite in finites.values()))
    log_weights = None if base_measure is None else np.log(base_measure)
    return Outcomes(tuple(masses), bad, axes, sizes, dtype, log_weights)


def _finite(x: object, name: str, of: str) -> Finite:
    if isinstance(x, Finite):
        return x
    if isinstance(x, Samples):
        other = "(p, q, " if of != "entropy" else "(p, "
        raise TypeError(
            f"{name} is samples, and a divergence of samples is estimated, not computed: kb.estimate{other}of=kb.{of})."
        )
    if isinstance(x, Distribution):
        raise TypeError(f"{name} is a {type(x).__name__}, which is not known outcome by outcome.")
    return Probabilities(as_array(x, name))


def _mask(where: object) -> AnyArray:
    mask: AnyArray = np.asarray(where)
    if mask.dtype != np.bool_:
        raise TypeError(f"where has dtype {mask.dtype}, and a mask holds True and False.")
    return mask


def _sizes(
    arrays: dict[str, AnyArray], finites: dict[str, Finite], axes: tuple[int, ...], axis: Axis
) -> tuple[int, ...]:
    sizes = {name: tuple(array.shape[a] for a in axes) for name, array in arrays.items()}
    if len(set(sizes.values())) > 1:
        counted = " and ".join(f"{name} has {math.prod(size)}" for name, size in sizes.items())
        shapes = ", ".join(f"{name}: {finite.values.shape}" for name, finite in finites.items())
        raise ValueError(f"the outcomes do not match: {counted} along axis {axis} (shapes {shapes}).")
    name, size = next(iter(sizes.items()))
    if math.prod(size) == 0:
        raise ValueError(f"{name} is empty along axis {axis}: a distribution has at least one outcome.")
    return size


def _spread(x: AnyArray, name: str, ndim: int, axes: tuple[int, ...], sizes: tuple[int, ...]) -> AnyArray:
    """Return a mask or weights with `ndim` dimensions, as long as the outcomes along their axes."""
    if x.ndim == 1 and len(axes) == 1:
        shape = [1] * ndim
        shape[axes[0]] = len(x)
        x = x.reshape(shape)
    else:
        x = padded(x, ndim)
    shape = list(x.shape)
    for a, size in zip(axes, sizes, strict=True):
        shape[a] = size
    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        found = tuple(x.shape[a] for a in axes)
        raise ValueError(
            f"{name} has {found} entries along the outcome axes, and there are {sizes} outcomes."
        ) from None


def _measure(weights: AnyArray) -> Array:
    weights = weights.astype(np.float64)
    wrong = ~(np.isfinite(weights) & (weights >= 0.0))
    if wrong.any():
        index = first_index(wrong)
        raise ValueError(f"weights holds {weights[index]} at index {index}, and weights are finite and not negative.")
    return weights


def _batch(arrays: dict[str, AnyArray], mask: AnyArray | None, measure: Array | None, axes: tuple[int, ...]) -> None:
    shapes = {name: array.shape for name, array in arrays.items()}
    if mask is not None:
        shapes["where"] = mask.shape
    if measure is not None:
        shapes["weights"] = measure.shape
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise ValueError(f"the shapes do not broadcast outside the outcome axes {axes}: {listed}.") from None


def _floats(array: AnyArray, finite: Finite, mask: AnyArray | None) -> Array:
    values: Array = array.astype(np.float64)
    if isinstance(finite, Counts) and finite.add:
        values = values + finite.add
    if mask is not None:
        values = np.where(mask, values, 0.0 if finite.scale == "linear" else -np.inf)
    return values


def _check_values(array: Array, finite: Finite, name: str, added: int) -> None:
    for fault, wrong in (
        ("is NaN", np.isnan(array)),
        ("is negative", array < 0.0 if finite.scale == "linear" else np.zeros(1, np.bool_)),
        ("is infinite", np.isposinf(array)),
    ):
        if wrong.any():
            index = first_index(wrong)
            shown = index if array.shape[:added] != (1,) * added else index[added:]
            number = "" if fault == "is NaN" else f" ({array[index]:g})"
            meant = finite.advice.format(name=name) if fault == "is negative" else ""
            raise ValueError(f"{name} {fault} at index {shown}{number}, so it is not {finite.noun}. {meant}".rstrip())


def _masses(rows: Array, finite: Finite, weights: Array | None) -> tuple[LinearMasses | LogMasses, Mask, Array]:
    """Return the masses, which rows are no distributions, and what the rows sum to."""
    if finite.scale == "linear":
        masses = LinearMasses.of(rows, weights)
        wrong = np.any(~(rows >= 0.0) | np.isinf(rows), axis=-1, keepdims=True)
        totals = np.sum(rows if weights is None else rows * weights, axis=-1, keepdims=True)
    else:
        masses = LogMasses.of(rows, weights)
        wrong = np.any(np.isnan(rows) | np.isposinf(rows), axis=-1, keepdims=True)
        totals = np.sum(np.exp(rows) if weights is None else np.exp(rows) * weights, axis=-1, keepdims=True)
    if finite.normalised:
        wrong = wrong | ~(np.abs(totals - 1.0) <= unit_tolerance(finite.values))
    elif finite.scale == "linear":
        wrong = wrong | ~(totals > 0.0)
    else:
        possible = rows if weights is None else np.where(weights > 0.0, rows, -np.inf)
        wrong = wrong | (np.max(possible, axis=-1, keepdims=True) == -np.inf)
    return masses, wrong, totals


def _raise_total(
    totals: Array, wrong: Mask, finite: Finite, name: str, axis: Axis, *, masked: bool, weighted: bool
) -> None:
    index = first_index(wrong)
    row = index[:-1]
    where = f" at {row}" if row else ""
    kept = " over the outcomes that where keeps" if masked else ""
    advice = finite.advice.format(name=name)
    subject = ("weights·" if weighted else "") + (name if finite.scale == "linear" else f"exp({name})")
    if not finite.normalised:
        found = "is 0 throughout" if finite.scale == "linear" else "is -inf throughout"
        raise ValueError(f"{name} {found}{kept} along axis {axis}{where}, so it is not {finite.noun}. {advice}")
    raise ValueError(
        f"{subject} sums to {totals[index]:.9g}{kept} along axis {axis}{where}, so it is not {finite.noun}. {advice}"
    )
