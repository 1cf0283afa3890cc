"""Reading: the arguments of a call become rows, and what is wrong with them becomes a message."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.arrays import (
    AnyArray,
    Axis,
    Mask,
    PlainNumbers,
    answer_bits,
    as_array,
    as_masses,
    cast,
    first_index,
    library,
    like,
    namespace,
    nowhere,
    outcome_axes,
    outcomes_back,
    outcomes_last,
    padded,
    to_numpy,
    unit_tolerance,
    widened,
)
from kullback.distribution import Distribution, Finite
from kullback.distributions.counts import Counts
from kullback.distributions.probabilities import Probabilities
from kullback.distributions.samples import Samples
from kullback.exact import faults
from kullback.exact.labels import labelled
from kullback.exact.rows import Rows
from kullback.exact.sparse import is_sparse


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Distributions over the same outcomes, laid out for summation, and the way back.

    Attributes:
        rows: one entry per argument, all in one array library and on one device.
        weights: of the outcomes, as rows, or None.
        axes: where the outcomes were.
        sizes: how many there were along each of those axes.
        bits: the width of the numbers in the answer.
        arrays: the arguments by name, as the messages speak of them, before their axes were moved.
        added: by how many leading axes each of these is longer than what was given.
        axis: as it was given.
        masked: whether there is a mask.
        labels: of the outcomes, where they have some, for messages.
    """

    rows: tuple[Rows, ...]
    weights: Any
    axes: tuple[int, ...]
    sizes: tuple[int, ...]
    bits: int
    arrays: dict[str, Any]
    added: dict[str, int]
    axis: Axis
    masked: bool
    labels: list[Any] | None = None

    def per_row(self, values: Any, base: float | None, *, keepdims: bool) -> Any:
        """Return values, one per row, in the shape, base and dtype of the answer."""
        if base is not None:
            values = values / math.log(base)
        with np.errstate(over="ignore", under="ignore"):
            # What was made here may be changed in place: a matrix of pairs is too large to be copied for -0.
            own = isinstance(values, np.ndarray) and values.base is None and values.flags.writeable
            result = cast(np.add(values, 0.0, out=values) if own else values + 0.0, self.bits)
        if keepdims:
            for axis in sorted(self.axes):
                result = namespace(result).expand_dims(result, axis=axis)
            return result
        return result[()] if isinstance(result, np.ndarray) else result

    def per_outcome(self, terms: Any, base: float | None) -> Any:
        """Return values, one per outcome, in the layout of the input."""
        if base is not None:
            terms = terms / math.log(base)
        with np.errstate(over="ignore", under="ignore"):
            return outcomes_back(cast(terms + 0.0, self.bits), self.axes, self.sizes)

    def verify(self) -> None:
        """Raise `ValueError` for the first thing that is no distribution."""
        for (name, array), rows in zip(self.arrays.items(), self.rows, strict=True):
            _verify_values(to_numpy(array), rows.kind, name, self.added[name], self.labels)
            wrong = rows.wrong(self.weights)
            if bool(namespace(wrong).any(wrong)):
                totals = to_numpy(rows.totals(self.weights))
                self._raise_total(name, rows.kind, np.broadcast_to(to_numpy(wrong), totals.shape), totals)

    def _raise_total(self, name: str, kind: Finite, wrong: Mask, totals: AnyArray) -> None:
        index = first_index(wrong)
        kept = " over the outcomes that where keeps" if self.masked else ""
        place = f"{kept} along axis {self.axis}" + (f" at {index[:-1]}" if index[:-1] else "")
        raise faults.total(kind, name, totals[index], place, weighted=self.weights is not None)


def finite(x: object, name: str, of: str) -> Finite:
    """Return an argument as a distribution known outcome by outcome; a bare array is one of probabilities.

    Its values are an array of some library, labelled numbers or a sparse matrix.
    """
    if isinstance(x, Finite):
        kept = library(x.values) or labelled(x.values) or is_sparse(x.values)
        return x if kept else x.of(as_array(x.values, name))
    if isinstance(x, Samples):
        other = "(p, " if of in ("entropy", "perplexity") else "(p, q, "
        raise TypeError(
            f"{name} is samples, and a divergence of samples is estimated, not computed: kb.estimate{other}of=kb.{of})."
        )
    if isinstance(x, Distribution):
        raise TypeError(f"{name} is a {type(x).__name__}, which is not known outcome by outcome.")
    return finite(Probabilities(as_masses(x, name)), name, of)


def read(
    known: dict[str, Finite], axis: Axis, where: object, weights: object, labels: list[Any] | None = None
) -> Outcomes:
    """Lay out named distributions over the same outcomes; only their shapes are checked, see `Outcomes.verify`.

    Args:
        known: the arguments by the names that messages use, each an array of some library.
        axis: of the outcomes, after broadcasting.
        where: a mask of outcomes, or None.
        weights: of outcomes, or None.
        labels: of the outcomes, if they have some: only messages use them.

    Raises:
        ValueError: shapes that do not fit, bad weights, no outcomes.
        TypeError: a mask that holds no booleans, labelled or sparse numbers.
    """
    for name, one in known.items():
        if not library(one.values):
            raise TypeError(f"{name} is a {type(one.values).__name__}, and arrays are needed here.")
        if one.values.ndim == 0:
            raise ValueError(f"{name} is a single number, and a distribution needs one number per outcome.")
    home = _home([one.values for one in known.values()])
    values = {name: like(_as_given(one.values), home) for name, one in known.items()}
    mask = None if where is None else _mask(where, home)
    measure = None if weights is None else _measure(weights, home)
    # The axis is read after broadcasting, to which masks and weights of more dimensions contribute too.
    ndim = max(x.ndim for x in (*values.values(), mask, measure) if x is not None)
    axes = outcome_axes(axis, ndim)
    arrays = {name: padded(x, ndim) for name, x in values.items()}
    sizes = _sizes(arrays, known, axes, axis)
    if mask is not None:
        mask = _spread(mask, "where", ndim, axes, sizes)
    if measure is not None:
        measure = _spread(measure, "weights", ndim, axes, sizes)
    _check_batch(arrays, mask, measure, axes)
    arrays = {name: _prepared(x, known[name], mask) for name, x in arrays.items()}
    rows = tuple(
        # A library may have nothing as wide as what was given: JAX has no float64 unless it is asked to.
        Rows(outcomes_last(x, axes), known[name], max(unit_tolerance(known[name].values), unit_tolerance(values[name])))
        for name, x in arrays.items()
    )
    return Outcomes(
        rows,
        None if measure is None else outcomes_last(measure, axes),
        axes,
        sizes,
        answer_bits(*(one.values for one in known.values())),
        arrays,
        {name: ndim - x.ndim for name, x in values.items()},
        axis,
        mask is not None,
        labels,
    )


def _home(arrays: list[Any]) -> Any:
    """Return the array whose library and device the answer is in: the first with gradients, else the first to tell."""
    telling = [x for x in arrays if not isinstance(x, PlainNumbers)] or [np.asarray(x) for x in arrays]
    return next((x for x in telling if carries_gradient(x)), telling[0])


def _as_given(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, PlainNumbers) else x


def carries_gradient(x: Any) -> bool:
    """Return whether derivatives with respect to this array may be asked for."""
    name = library(x)
    if name == "torch":
        return bool(x.requires_grad)
    if name == "jax":
        from jax.core import Tracer

        return isinstance(x, Tracer)
    return False


def _mask(where: object, home: Any) -> Any:
    mask: Any = where if library(where) not in ("", "numpy") else np.asarray(where)
    if not namespace(mask).isdtype(mask.dtype, "bool"):
        raise TypeError(f"where has dtype {mask.dtype}, and a mask holds True and False.")
    return like(mask, home)


def _measure(weights: object, home: Any) -> Any:
    if library(weights) in ("", "numpy"):
        weights = as_array(weights, "weights")
    if library(weights) == "torch" and carries_gradient(weights):
        raise TypeError("weights carry a gradient, and there is none with respect to them: pass weights.detach().")
    measure = widened(like(weights, home))
    wrong = ~((measure >= 0.0) & (measure < math.inf))
    if not nowhere(wrong) and not carries_gradient(measure) and bool(namespace(wrong).any(wrong)):
        index = first_index(to_numpy(wrong))
        raise ValueError(
            f"weights holds {float(measure[index])} at index {index}, and weights are finite and not negative."
        )
    return measure


def _sizes(arrays: dict[str, Any], known: dict[str, Finite], axes: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    sizes = {name: tuple(array.shape[a] for a in axes) for name, array in arrays.items()}
    if len(set(sizes.values())) > 1:
        counted = " and ".join(f"{name} has {math.prod(size)}" for name, size in sizes.items())
        shapes = ", ".join(f"{name}: {tuple(one.values.shape)}" for name, one in known.items())
        raise ValueError(f"the outcomes do not match: {counted} along axis {axis} (shapes {shapes}).")
    name, size = next(iter(sizes.items()))
    if math.prod(size) == 0:
        raise ValueError(f"{name} is empty along axis {axis}: a distribution has at least one outcome.")
    return size


def _spread(x: Any, name: str, ndim: int, axes: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """Return a mask or weights with `ndim` dimensions, as long as the outcomes along their axes."""
    xp = namespace(x)
    if x.ndim == 1 and len(axes) == 1:
        shape = [1] * ndim
        shape[axes[0]] = x.shape[0]
        x = xp.reshape(x, tuple(shape))
    else:
        x = padded(x, ndim)
    found = tuple(x.shape[a] for a in axes)
    if any(n not in (1, size) for n, size in zip(found, sizes, strict=True)):
        raise ValueError(f"{name} has {found} entries along the outcome axes, and there are {sizes} outcomes.")
    shape = list(x.shape)
    for a, size in zip(axes, sizes, strict=True):
        shape[a] = size
    return xp.broadcast_to(x, tuple(shape))


def _check_batch(arrays: dict[str, Any], mask: Any, measure: Any, axes: tuple[int, ...]) -> None:
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    if mask is not None:
        shapes["where"] = tuple(mask.shape)
    if measure is not None:
        shapes["weights"] = tuple(measure.shape)
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise ValueError(f"the shapes do not broadcast outside the outcome axes {axes}: {listed}.") from None


def _prepared(array: Any, kind: Finite, mask: Any) -> Any:
    """Return numbers with the pseudo-count added, and those without a share in the mask made impossible."""
    if isinstance(kind, Counts) and kind.add:
        array = widened(array) + kind.add
    if mask is None:
        return array
    return namespace(array).where(mask, array, 0 if kind.scale == "linear" else -math.inf)


def _verify_values(array: AnyArray, kind: Finite, name: str, added: int, labels: list[Any] | None) -> None:
    # The fast way out: the extremes are NaN if anything is, and no number is then out of bounds.
    with np.errstate(all="ignore"):
        least, most = (array.min(), array.max()) if array.size else (0.0, 0.0)
    if (least >= 0.0 or (kind.scale == "log" and least == least)) and most < math.inf:
        return
    for fault, wrong in faults.entries(array, kind):
        if wrong.any():
            index = first_index(wrong)
            shown = index if array.shape[:added] != (1,) * added else index[added:]
            place = f"at index {shown}" if labels is None else f"for {labels[index[-1]]!r}"
            raise faults.entry(kind, name, fault, place, array[index])
