"""Sparse rows: SciPy's sparse matrices and arrays as distributions, one per row, never made dense.

An outcome that is stored in neither row has p = q = 0 and contributes nothing, so that a pair of rows is known from the
union of what they store. These unions are laid out as small dense blocks, rows of similar length together, and each
block is handed to the core that dense arrays go through.

Where one distribution meets many, as in `pairwise`, even the union is more than is needed. All outcomes with q = 0 < p
have the same ratio q/p, and so have all with p = 0 < q. Every term of an f-divergence, and of the sum inside a Rényi
divergence, is a mass times a function of the ratio, so that outcomes of equal ratio may be merged into one with their
joint mass, exactly. What the rows share is then kept outcome by outcome, and the rest is at most two more. What many
outcomes have together is said by a weight, so that the core loses nothing of it: an outcome of weight w counts as w
outcomes of the same values.

SciPy is not imported before it is needed to make a matrix; what is read is asked where its type comes from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from kullback.arrays import AnyArray, Array, as_array, unit_tolerance
from kullback.distribution import Finite
from kullback.distributions.counts import Counts
from kullback.exact import faults
from kullback.numerics import total, two_difference

Compute: TypeAlias = Callable[[Sequence[Finite], Array | None], Any]
"""What is computed of dense blocks: given one `Finite` per argument, values of shape (rows, outcomes), and weights of
the outcomes of the same shape or None, it returns one number per row (for `terms`: per outcome). It must not check."""

_Index: TypeAlias = npt.NDArray[np.intp]

_ENTRIES = 1 << 21  # stored entries that are looked at in one go
_BLOCK = 1 << 17  # outcomes in one dense block
# What is left of a sum in double-double has a relative error below 2**-60 as long as it is more than this share.
_ENOUGH = 2.0**-40


def is_sparse(x: object) -> bool:
    """Return whether `x` is a sparse matrix or array of SciPy."""
    return any(base.__module__.startswith("scipy.sparse") for base in type(x).__mro__)


def rowwise(
    known: Mapping[str, Finite],
    compute: Compute,
    *,
    axis: object = -1,
    where: object = None,
    weights: object = None,
    check: bool = True,
) -> Any:
    """Return one number per row, for one argument or for two that broadcast.

    Args:
        known: the arguments by the names that messages use, at least one with sparse values of shape (n, K) or (K,);
            the others are sparse as well or NumPy arrays of these shapes.
        compute: see `Compute`.
        axis: of the outcomes: the last.
        where: None.
        weights: of the outcomes, shape (K,), or None.
        check: whether what is no distribution raises; otherwise it gives NaN.

    Returns:
        An array of shape (n,), or a number if all arguments have the shape (K,).

    Raises:
        ValueError: what is no distribution, with row and column; shapes that do not fit; another axis; a mask.
        TypeError: sparse logarithms, values that are not real numbers, arrays of other libraries.
    """
    sides, measure = _read(known, axis, where, weights)
    wrong = _verify(sides, measure, check=check)
    n = _broadcast(sides)
    with np.errstate(all="ignore"):
        if len(sides) == 2 and min(side.n for side in sides) == 1 < n and not any(side.add for side in sides):
            found = _of_pairs(sides[0], sides[1], compute, measure).reshape(n)
        else:
            picks = [side.every(n) for side in sides]
            found = _of_unions(sides, picks, compute, measure)
    for side, bad in zip(sides, wrong, strict=True):
        found[bad[side.every(n)]] = np.nan
    return found[0] if all(side.flat for side in sides) else found


def terms(
    known: Mapping[str, Finite],
    compute: Compute,
    *,
    axis: object = -1,
    where: object = None,
    weights: object = None,
    check: bool = True,
) -> Any:
    """Return what each outcome contributes, stored where one of the two arguments is not zero.

    Args:
        known: as in `rowwise`, two arguments.
        compute: see `Compute`; it returns one number per outcome.
        axis: as in `rowwise`.
        where: as in `rowwise`.
        weights: as in `rowwise`.
        check: as in `rowwise`.

    Returns:
        A CSR array of shape (n, K), or a matrix if it was given matrices; COO of shape (K,) if that is all there was.

    Raises:
        ValueError: as in `rowwise`; also for a pseudo-count, with which no term is zero.
        TypeError: as in `rowwise`.
    """
    sides, measure = _read(known, axis, where, weights)
    for side in sides:
        if side.add:
            raise ValueError(
                f"{side.name} has a pseudo-count ({side.add:g}) for every outcome, and with it no term is zero: there "
                f"are no sparse terms. Leave add out, or give dense arrays."
            )
    wrong = _verify(sides, measure, check=check)
    n, size = _broadcast(sides), sides[0].size
    picks = [side.every(n) for side in sides]
    lengths: list[_Index] = [np.zeros(0, np.intp)]
    columns: list[_Index] = [np.zeros(0, np.intp)]
    data: list[AnyArray] = [_nothing(sides, compute, measure).reshape(-1)]
    with np.errstate(all="ignore"):
        for union in _unions(sides, picks):
            found = np.zeros(len(union.columns), data[0].dtype)
            for block in union.blocks(sides, measure):
                found[block.entries] = compute(block.finites, block.weights)
            lengths.append(union.lengths)
            columns.append(union.columns[:-1])
            data.append(found[:-1])
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    stored, values = np.concatenate(columns), np.concatenate(data)
    rows = np.repeat(np.arange(n), np.diff(starts))
    for side, bad in zip(sides, wrong, strict=True):
        values[bad[side.every(n)][rows]] = np.nan
    import scipy.sparse

    if all(side.flat for side in sides):
        return scipy.sparse.coo_array((values, (stored,)), shape=(size,))
    matrices = all(type(one.values).__name__.endswith("_matrix") for one in known.values() if is_sparse(one.values))
    kind = scipy.sparse.csr_matrix if matrices else scipy.sparse.csr_array
    return kind((values, stored, starts), shape=(n, size))


def pairwise(known: Mapping[str, Finite], compute: Compute, *, weights: object = None, check: bool = True) -> AnyArray:
    """Return the matrix of one number for each row of the first argument with each of the second.

    Args:
        known: the two arguments by the names that messages use, as in `rowwise`; the same one may be given twice.
        compute: see `Compute`.
        weights: as in `rowwise`.
        check: as in `rowwise`.

    Returns:
        An array of shape (n, m).

    Raises:
        ValueError: as in `rowwise`.
        TypeError: as in `rowwise`.
    """
    sides, measure = _read(known, -1, None, weights)
    for side in sides:
        if side.flat:
            raise ValueError(
                f"{side.name} has shape {side.shape}, and pairwise takes one distribution per row: shape (n, K)."
            )
    wrong = _verify(sides, measure, check=check)
    first, second = sides
    with np.errstate(all="ignore"):
        if first.add or second.add:
            # A pseudo-count makes the ratios of outcomes that only one side stores all different.
            found = np.empty((first.n, second.n), _nothing(sides, compute, measure).dtype)
            for i in range(first.n):
                picks = [np.full(second.n, i), np.arange(second.n)]
                found[i] = _of_unions(sides, picks, compute, measure)
        else:
            found = _of_pairs(first, second, compute, measure)
    found[wrong[0]] = np.nan
    found[:, wrong[1]] = np.nan
    return found


# ---- what is stored ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Entries:
    """What some rows store, row after row.

    `values` and `columns` have one more entry at the end, of no mass, for indices to point to where a row is shorter
    than its block is wide.
    """

    lengths: _Index
    columns: _Index
    values: AnyArray

    @cached_property
    def starts(self) -> _Index:
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def rows(self) -> _Index:
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


@dataclass(frozen=True, eq=False)
class _Side:
    """One argument: rows whose entries can be asked for, a few rows at a time.

    Attributes:
        name: what messages call it.
        kind: what its numbers are.
        shape: as it was given.
    """

    name: str
    kind: Finite
    shape: tuple[int, ...]

    @property
    def n(self) -> int:
        return 1 if self.flat else self.shape[0]

    @property
    def size(self) -> int:
        return self.shape[-1]

    @property
    def flat(self) -> bool:
        return len(self.shape) == 1

    @property
    def add(self) -> float:
        return self.kind.add if isinstance(self.kind, Counts) else 0.0

    @property
    def absent(self) -> float:
        """What an impossible outcome holds."""
        return 0.0 if self.kind.scale == "linear" else -math.inf

    @property
    def dtype(self) -> np.dtype[Any]:
        raise NotImplementedError

    def stored(self) -> _Index:
        """Return how many entries each row may have."""
        raise NotImplementedError

    def entries(self, rows: _Index) -> _Entries:
        """Return the entries of some rows, in ascending order of columns, impossible outcomes left out."""
        raise NotImplementedError

    def every(self, n: int) -> _Index:
        """Return the rows that n pairs of rows are made of."""
        return np.zeros(n, np.intp) if self.n == 1 else np.arange(n)

    def masses(self, entries: _Entries, measure: Array | None) -> tuple[Array, AnyArray]:
        """Return the masses of the entries relative to the greatest value of their row, weighted, and those values."""
        empty = np.append(entries.lengths, 1) == 0
        # reduceat gives an empty row the entry that follows it; the spare one at the end is there for the last row.
        starts = np.append(entries.starts, len(entries.values) - 1)
        top = np.where(empty, self.absent, np.maximum.reduceat(entries.values, starts))[:-1]
        values, most = entries.values[:-1].astype(np.float64), top.astype(np.float64)[entries.rows]
        masses = values / most if self.kind.scale == "linear" else np.exp(values - most)
        if measure is not None:
            masses = masses * measure[entries.columns[:-1]]
        return np.append(masses, 0.0), top.astype(entries.values.dtype)


@dataclass(frozen=True, eq=False)
class _Stored(_Side):
    """Rows of a sparse matrix, without the zeros that it may store."""

    starts: _Index
    columns: _Index
    values: AnyArray

    @classmethod
    def of(cls, name: str, kind: Finite) -> _Stored:
        if kind.scale != "linear":
            raise TypeError(
                f"{name} is sparse, and what it does not store is 0, which as a logarithm is the mass 1 and not 0. "
                f"Sparse rows are probabilities or kb.counts; give {name} as a dense array."
            )
        matrix: Any = kind.values
        if matrix.dtype.kind not in "iuf":
            raise TypeError(f"{name} has dtype {matrix.dtype}, and real numbers are needed.")
        shape = tuple(int(length) for length in matrix.shape)
        if len(shape) not in (1, 2):
            raise ValueError(f"{name} is sparse with shape {shape}, and sparse rows have the shape (n, K) or (K,).")
        double = matrix.dtype.kind != "f" or matrix.dtype.itemsize > 8
        dtype = np.dtype(np.float64) if double else matrix.dtype
        if matrix.format == "csr" and len(shape) == 2 and matrix.has_canonical_format:
            rows = np.repeat(np.arange(shape[0]), np.diff(matrix.indptr))
            columns, values = matrix.indices[: len(rows)].astype(np.intp), matrix.data[: len(rows)].astype(dtype)
        else:
            rows, columns, values = _summed(matrix.tocoo(), len(shape), dtype)
        kept = values != 0.0
        rows, columns, values = rows[kept], columns[kept], values[kept]
        n = 1 if len(shape) == 1 else shape[0]
        starts = np.searchsorted(rows, np.arange(n + 1))
        return cls(name, kind, shape, starts, np.append(columns, 0), np.append(values, values.dtype.type(0)))

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.values.dtype

    def stored(self) -> _Index:
        return np.diff(self.starts)

    def entries(self, rows: _Index) -> _Entries:
        lengths = self.stored()[rows]
        skipped = self.starts[:-1][rows] - (np.cumsum(lengths) - lengths)
        at = np.append(np.repeat(skipped, lengths) + np.arange(lengths.sum()), -1)
        return _Entries(lengths, self.columns[at], self.values[at])


@dataclass(frozen=True, eq=False)
class _Dense(_Side):
    """Rows of a dense array beside a sparse one: compressed when they are asked for."""

    values: AnyArray

    @classmethod
    def of(cls, name: str, kind: Finite) -> _Dense:
        values = as_array(kind.values, name)
        if values.ndim not in (1, 2):
            raise ValueError(
                f"{name} has shape {values.shape}, and beside sparse rows it has the shape (n, K) or (K,)."
            )
        if values.dtype.kind != "f" or values.dtype.itemsize > 8:
            values = values.astype(np.float64)
        return cls(name, kind, values.shape, np.atleast_2d(values))

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.values.dtype

    def stored(self) -> _Index:
        return np.full(self.n, self.size)

    def entries(self, rows: _Index) -> _Entries:
        values = self.values[rows]
        kept = values != self.dtype.type(self.absent)
        return _Entries(
            np.count_nonzero(kept, axis=1),
            np.append(np.nonzero(kept)[1], 0),
            np.append(values[kept], self.dtype.type(self.absent)),
        )


def _summed(coordinates: Any, ndim: int, dtype: np.dtype[Any]) -> tuple[_Index, _Index, AnyArray]:
    """Return rows, columns and values in order, entries for the same outcome added up (in float64, rounded once)."""
    columns = np.asarray(coordinates.coords[0] if ndim == 1 else coordinates.col, np.intp)
    rows = np.zeros_like(columns) if ndim == 1 else np.asarray(coordinates.row, np.intp)
    order = np.lexsort((columns, rows))
    rows, columns, values = rows[order], columns[order], coordinates.data[order].astype(np.float64)
    first = np.ones(len(rows), np.bool_)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    if not first.all():
        values = np.add.reduceat(values, np.flatnonzero(first))
        rows, columns = rows[first], columns[first]
    return rows, columns, values.astype(dtype)


# ---- what is asked -----------------------------------------------------------------------------------------------


def _read(
    known: Mapping[str, Finite], axis: object, where: object, weights: object
) -> tuple[list[_Side], Array | None]:
    if where is not None:
        raise ValueError("where is not understood with sparse rows: select the columns first, as in p[:, where].")
    sides: list[_Side] = [
        _Stored.of(name, kind) if is_sparse(kind.values) else _Dense.of(name, kind) for name, kind in known.items()
    ]
    ndim = max(len(side.shape) for side in sides)
    if axis not in (-1, ndim - 1, (-1,), (ndim - 1,)):
        raise ValueError(f"axis is {axis}, and the outcomes of sparse rows lie on the last axis: pass p.T.")
    shapes = ", ".join(f"{side.name}: {side.shape}" for side in sides)
    if len({side.size for side in sides}) > 1:
        counted = " and ".join(f"{side.name} has {side.size}" for side in sides)
        raise ValueError(f"the outcomes do not match: {counted} along axis {axis} (shapes {shapes}).")
    if sides[0].size == 0:
        raise ValueError(f"{sides[0].name} is empty along axis {axis}: a distribution has at least one outcome.")
    return sides, None if weights is None else _measure(weights, sides[0].size)


def _measure(weights: object, size: int) -> Array:
    measure = as_array(weights, "weights").astype(np.float64)
    if measure.shape != (size,):
        raise ValueError(f"weights has shape {measure.shape}, and sparse rows take one per outcome: shape ({size},).")
    wrong = np.flatnonzero(~((measure >= 0.0) & (measure < math.inf)))
    if len(wrong):
        raise ValueError(
            f"weights holds {measure[wrong[0]]} at index ({wrong[0]},), and weights are finite and not negative."
        )
    return measure


def _broadcast(sides: list[_Side]) -> int:
    counts = {side.n for side in sides if side.n != 1} or {1}
    if len(counts) > 1:
        listed = ", ".join(f"{side.name}: {side.shape}" for side in sides)
        raise ValueError(f"the shapes do not broadcast outside the outcome axes (1,): {listed}.")
    return counts.pop()


def _nothing(sides: list[_Side], compute: Compute, measure: Array | None) -> AnyArray:
    """Return the answer for no rows, whose dtype is that of every answer."""
    finites = [replace(side.kind, values=np.zeros((0, 1), side.dtype)) for side in sides]
    return np.asarray(compute(finites, None if measure is None else np.zeros((0, 1))))


# ---- what is no distribution -------------------------------------------------------------------------------------


def _verify(sides: list[_Side], measure: Array | None, *, check: bool) -> list[npt.NDArray[np.bool_]]:
    """Return which rows are no distributions, for each argument; raise for the first if `check`."""
    found: list[npt.NDArray[np.bool_]] = []
    with np.errstate(all="ignore"):
        for side in sides:
            wrong, totals = np.zeros(side.n, np.bool_), np.zeros(side.n)
            for rows in _chunks(side.stored()):
                entries = side.entries(rows)
                values = entries.values[:-1].astype(np.float64) + side.add
                wrong[rows[entries.rows[_faults(side, values, entries, rows, check=check)]]] = True
                totals[rows] = _totals(side, entries, values, measure)
            if side.kind.normalised:
                off = ~(np.abs(totals - 1.0) <= unit_tolerance(side.kind.values))
            else:
                off = ~(totals > 0.0)
            if check and off.any():
                row = int(np.argmax(off))
                place = " along axis -1" + ("" if side.flat else f" at ({row},)")
                raise faults.total(side.kind, side.name, totals[row], place, weighted=measure is not None)
            found.append(wrong | off)
    return found


def _faults(side: _Side, values: Array, entries: _Entries, rows: _Index, *, check: bool) -> npt.NDArray[np.bool_]:
    """Return which entries are no masses; raise for the first if `check`."""
    found = np.zeros(len(values), np.bool_)
    for fault, wrong in faults.entries(values, side.kind):
        if check and wrong.any():
            at = int(np.argmax(wrong))
            column = int(entries.columns[at])
            index = (column,) if side.flat else (int(rows[entries.rows[at]]), column)
            raise faults.entry(side.kind, side.name, fault, f"at index {index}", values[at])
        found |= wrong
    return found


def _totals(side: _Side, entries: _Entries, values: Array, measure: Array | None) -> Array:
    """Return what each row sums to; of logits only whether there is anything to sum."""
    n = len(entries.lengths)
    if side.kind.scale == "linear":
        masses = values
    else:
        masses = np.exp(values) if side.kind.normalised else np.ones(len(values))
    if measure is not None:
        masses = masses * measure[entries.columns[:-1]]
    totals = np.bincount(entries.rows, masses, n)
    if side.add:
        each = np.ones(len(values)) if measure is None else measure[entries.columns[:-1]]
        everything = side.size if measure is None else float(measure.sum())
        totals = totals + side.add * (everything - np.bincount(entries.rows, each, n))
    return np.asarray(totals, np.float64)


# ---- rows of different length as rectangles ----------------------------------------------------------------------


def _chunks(counts: _Index) -> Iterator[_Index]:
    """Yield consecutive rows that have few enough entries together to be looked at in one go, one row at least."""
    ends = np.cumsum(counts + 1)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _ENTRIES, "right")))
        yield np.arange(start, stop)
        start = stop


def _rectangles(lengths: _Index) -> Iterator[tuple[_Index, int]]:
    """Yield rows of about the same length, and the width of the rectangle that holds them."""
    order = np.argsort(lengths, kind="stable")
    ascending = lengths[order]
    start = 0
    while start < len(order):
        shortest = int(ascending[start])
        stop = int(np.searchsorted(ascending, shortest + shortest // 8, "right"))
        # A few rows more of a few outcomes cost less than one more call.
        while stop < len(order) and (stop - start) * int(ascending[stop]) < 4096:
            stop += 1
        most = max(1, _BLOCK // (int(ascending[stop - 1]) + 2))
        stop = min(stop, start + most)
        yield order[start:stop], int(ascending[stop - 1])
        start = stop


def _grid(starts: _Index, lengths: _Index, rows: _Index, width: int) -> _Index:
    """Return for each row the places of its entries, and -1 after them up to the width."""
    steps = np.arange(width)
    return np.where(steps < lengths[rows, None], starts[rows, None] + steps, -1)


# ---- unions: every outcome that either row stores ----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Block:
    """Dense rows for the core.

    Attributes:
        rows: which pairs of rows these are.
        entries: where the outcomes are in the union; -1 for padding, which has no mass.
        finites: one per argument.
        weights: of the outcomes.
    """

    rows: _Index
    entries: _Index
    finites: list[Finite]
    weights: Array | None


@dataclass(frozen=True, eq=False)
class _Union:
    """Some pairs of rows (or rows of one argument): the outcomes that are stored, and their values in each argument.

    `columns` and each of `values` have a spare entry at the end, as in `_Entries`.
    """

    rows: _Index
    lengths: _Index
    columns: _Index
    values: list[AnyArray]

    def blocks(self, sides: list[_Side], measure: Array | None) -> Iterator[_Block]:
        starts = np.cumsum(self.lengths) - self.lengths
        added = any(side.add for side in sides)
        for rows, width in _rectangles(self.lengths):
            # The core refuses rows of no outcomes; one of no mass makes the answer NaN, as it should be.
            entries = _grid(starts, self.lengths, rows, max(width, 1))
            values = [one[entries] for one in self.values]
            weights = None
            if added or measure is not None:
                weights = np.where(entries >= 0, 1.0 if measure is None else measure[self.columns[entries]], 0.0)
            if added and weights is not None:
                # All outcomes that no row stores hold the pseudo-counts and nothing else: one, of their joint weight.
                others = self._others(rows, weights, entries, sides[0].size, measure)
                weights = np.append(weights, others[:, None], axis=1)
                spare = np.zeros((len(rows), 1))
                values = [
                    np.append(one, (spare + side.absent).astype(one.dtype), axis=1)
                    for one, side in zip(values, sides, strict=True)
                ]
            finites = [replace(side.kind, values=one) for side, one in zip(sides, values, strict=True)]
            yield _Block(self.rows[rows], entries, finites, weights)

    def _others(self, rows: _Index, weights: Array, entries: _Index, size: int, measure: Array | None) -> Array:
        """Return the weight of the outcomes outside the union, with a small relative error."""
        if measure is None:
            return (size - self.lengths[rows]).astype(np.float64)
        everything, spill = total(measure)
        stored, low = total(weights)
        rest, error = two_difference(everything, stored)
        others = (rest + (error + (spill - low)))[:, 0]
        left = np.count_nonzero(measure) - np.count_nonzero(weights, axis=1)
        for i in np.flatnonzero((left > 0) & ~(others > _ENOUGH * everything)):
            outside = measure.copy()
            outside[self.columns[entries[i][entries[i] >= 0]]] = 0.0
            others[i] = math.fsum(outside)
        return np.where(left > 0, others, 0.0)


def _unions(sides: list[_Side], picks: list[_Index]) -> Iterator[_Union]:
    """Yield the unions of row picks[0][i] of the first argument with row picks[1][i] of the second, for every i."""
    counts = np.sum([side.stored()[pick] for side, pick in zip(sides, picks, strict=True)], axis=0)
    for rows in _chunks(counts):
        parts = [side.entries(pick[rows]) for side, pick in zip(sides, picks, strict=True)]
        if len(parts) == 1:
            yield _Union(rows, parts[0].lengths, parts[0].columns, [parts[0].values])
            continue
        keys = np.concatenate([part.rows * sides[0].size + part.columns[:-1] for part in parts])
        # Two ascending runs: a stable sort merges them.
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        fresh = np.ones(len(keys), np.bool_)
        fresh[1:] = keys[1:] != keys[:-1]
        place = np.empty(len(keys), np.intp)
        place[order] = np.cumsum(fresh) - 1
        keys = keys[fresh]
        values: list[AnyArray] = []
        done = 0
        for side, part in zip(sides, parts, strict=True):
            stored = len(part.values) - 1
            one = np.full(len(keys) + 1, side.absent, side.dtype)
            one[place[done : done + stored]] = part.values[:-1]
            values.append(one)
            done += stored
        lengths = np.bincount(keys // sides[0].size, minlength=len(rows))
        yield _Union(rows, lengths, np.append(keys % sides[0].size, 0), values)


def _of_unions(sides: list[_Side], picks: list[_Index], compute: Compute, measure: Array | None) -> AnyArray:
    found = np.empty(len(picks[0]), _nothing(sides, compute, measure).dtype)
    for union in _unions(sides, picks):
        for block in union.blocks(sides, measure):
            found[block.rows] = compute(block.finites, block.weights)
    return found


# ---- pairs: what two rows share, and what is left of each --------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Masses:
    """Rows of one argument, with masses that can be added up: relative to the greatest value of their row.

    Attributes:
        side: the argument.
        rows: which of its rows.
        entries: what they store.
        masses: of the entries, and of the spare one (0).
        greatest: the greatest value of each row, of which every mass is a multiple.
        high: the total of each row.
        low: what is missing in it.
    """

    side: _Side
    rows: _Index
    entries: _Entries
    masses: Array
    greatest: AnyArray
    high: Array
    low: Array

    @classmethod
    def of(cls, side: _Side, rows: _Index, measure: Array | None) -> _Masses:
        entries = side.entries(rows)
        if measure is not None:
            possible = measure[entries.columns[:-1]] > 0.0
            kept = np.append(possible, True)
            lengths = np.bincount(entries.rows[possible], minlength=len(rows))
            entries = _Entries(lengths, entries.columns[kept], entries.values[kept])
        masses, greatest = side.masses(entries, measure)
        high, low = np.zeros(len(rows)), np.zeros(len(rows))
        for some, width in _rectangles(entries.lengths):
            sums = total(masses[_grid(entries.starts, entries.lengths, some, width)])
            high[some], low[some] = sums[0][:, 0], sums[1][:, 0]
        return cls(side, rows, entries, masses, greatest, high, low)

    def rest(self, rows: _Index, shared: _Index, lengths: _Index) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Return the mass that rows have outside of what they share, and where it is not known well enough."""
        high, low = total(self.masses[shared])
        difference, error = two_difference(self.high[rows], high[:, 0])
        rest = difference + (error + (self.low[rows] - low[:, 0]))
        left = self.entries.lengths[rows] > lengths
        # Rows that are no distributions may leave anything; their answers are NaN whatever is said here.
        known = left & (rest > 0.0) & (rest < math.inf)
        return np.where(known, rest, 0.0), left & (rest <= _ENOUGH * self.high[rows])


def _of_pairs(first: _Side, second: _Side, compute: Compute, measure: Array | None) -> AnyArray:
    """Return the matrix of all pairs. One side's rows are taken one by one and looked up in all of the other's."""
    dtype = _nothing([first, second], compute, measure).dtype
    if first.n * int(second.stored().sum()) > second.n * int(first.stored().sum()):
        swapped: Compute = lambda finites, weights: compute(finites[::-1], weights)  # noqa: E731
        return _matrix(second, first, swapped, measure, dtype).T
    return _matrix(first, second, compute, measure, dtype)


def _matrix(first: _Side, second: _Side, compute: Compute, measure: Array | None, dtype: np.dtype[Any]) -> AnyArray:
    found = np.empty((first.n, second.n), dtype)
    for columns in _chunks(second.stored()):
        others = _Masses.of(second, columns, measure)
        for rows in _chunks(first.stored()):
            ones = _Masses.of(first, rows, measure)
            for some, pairs in _meetings(ones.entries, others.entries):
                values = _shared(ones, others, some, pairs, compute, measure, dtype)
                found[np.ix_(rows[some], columns)] = values.reshape(len(some), len(columns))
    return found


def _meetings(ones: _Entries, others: _Entries) -> Iterator[tuple[_Index, tuple[_Index, _Index, _Index]]]:
    """Yield some of the one rows, and what they share with all of the others.

    What is shared is given as three arrays: the number of the pair of rows, and the places in the two entries.
    """
    distinct = np.unique(ones.columns[:-1])
    number = np.searchsorted(distinct, others.columns[:-1])
    number[number == len(distinct)] = 0
    candidates = np.flatnonzero(distinct[number] == others.columns[:-1]) if len(distinct) else np.zeros(0, np.intp)
    number, owner = number[candidates], others.rows[candidates]
    own = np.searchsorted(distinct, ones.columns[:-1])
    place = np.full(len(distinct), -1)
    m = len(others.lengths)
    start, held = 0, 0
    pairs: list[_Index] = []
    at_one: list[_Index] = []
    at_other: list[_Index] = []
    for i, (begin, length) in enumerate(zip(ones.starts.tolist(), ones.lengths.tolist(), strict=True)):
        mine = own[begin : begin + length]
        place[mine] = np.arange(begin, begin + length)
        found = place[number]
        place[mine] = -1
        hits = np.flatnonzero(found >= 0)
        pairs.append((i - start) * m + owner[hits])
        at_one.append(found[hits])
        at_other.append(candidates[hits])
        held += len(hits) + 2 * m
        if held >= _ENTRIES or i == len(ones.lengths) - 1:
            yield np.arange(start, i + 1), (np.concatenate(pairs), np.concatenate(at_one), np.concatenate(at_other))
            start, held, pairs, at_one, at_other = i + 1, 0, [], [], []


def _shared(
    ones: _Masses,
    others: _Masses,
    some: _Index,
    pairs: tuple[_Index, _Index, _Index],
    compute: Compute,
    measure: Array | None,
    dtype: np.dtype[Any],
) -> AnyArray:
    """Return the values of all pairs of some of the one rows with all others."""
    m = len(others.rows)
    lengths = np.bincount(pairs[0], minlength=len(some) * m)
    starts = np.cumsum(lengths) - lengths
    at_one, at_other = np.append(pairs[1], -1), np.append(pairs[2], -1)
    found = np.empty(len(lengths), dtype)
    doubtful = np.zeros(len(lengths), np.bool_)
    for these, width in _rectangles(lengths):
        grid = _grid(starts, lengths, these, width)
        i, j, one, other = some[these // m], these % m, at_one[grid], at_other[grid]
        weights = np.where(grid >= 0, 1.0 if measure is None else measure[ones.entries.columns[one]], 0.0)
        rest_one, unclear = ones.rest(i, one, lengths[these])
        rest_other, unclear_too = others.rest(j, other, lengths[these])
        doubtful[these] = unclear | unclear_too
        nothing = np.zeros(len(these))
        blocks = [
            np.column_stack([side.entries.values[shared], *(x.astype(side.side.dtype) for x in rest)])
            for side, shared, rest in (
                (ones, one, (ones.greatest[i], nothing + ones.side.absent)),
                (others, other, (nothing + others.side.absent, others.greatest[j])),
            )
        ]
        finites = [replace(side.kind, values=x) for side, x in zip((ones.side, others.side), blocks, strict=True)]
        found[these] = compute(finites, np.column_stack([weights, rest_one, rest_other]))
    again = np.flatnonzero(doubtful)
    if len(again):
        # Next to nothing is left of a row, and a difference of sums is no measure of it.
        picks = [ones.rows[some[again // m]], others.rows[again % m]]
        found[again] = _of_unions([ones.side, others.side], picks, compute, measure)
    return found
