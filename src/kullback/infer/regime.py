"""Regime: what kind of data two samples are, as far as the choice of a method depends on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from kullback.sample import FloatArray, Model, Sample

Kind: TypeAlias = Literal["counts", "atoms", "line", "low", "high", "mixed"]

LOW_DIMENSION = 3
"""Up to here neighbours in the plain space have little bias at a few hundred rows."""
_ROWS_PER_VALUE = 5.0
"""Rows per distinct value above which numbers are treated as counts."""
_FEW_VALUES, _ROWS_PER_NEIGHBOUR = 20, 20.0
"""On a line only where distinct values are few, or rows of each are more: neighbouring values say something of one."""
TIED = 0.02
"""Share of rows with a value that another row has too, from which a column counts as tied."""


@dataclass(frozen=True)
class Regime:
    """What kind of data two samples are.

    Attributes:
        kind: "counts", categories or numbers with few values; "atoms", numbers of which some repeat; "line", one column
            of numbers; "low", two or three; "high", more; "mixed", numbers beside categories.
        tied: the share of rows, of both samples, whose number another row has too: the greatest over the columns.
        distinct: how many distinct rows there are in both samples together.
        dropped: columns that are the same number in every row.
        notes: what was found, in words.
    """

    kind: Kind
    tied: float
    distinct: int
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def regime(x: Sample, y: Sample) -> Regime:
    """Return what kind of data x and y are; columns without variance are to be dropped first (`without_constants`)."""
    pooled = np.concatenate((x.numbers, y.numbers))
    codes = np.concatenate((x.codes, y.codes))
    rows = len(pooled)
    tied = max((_tied(column) for column in pooled.T), default=0.0)
    distinct = _distinct_rows(pooled, codes) if not x.dimension or tied >= TIED else rows
    notes: list[str] = []
    kind: Kind
    if x.dimension == 0:
        kind = "counts"
    elif _counted(x, rows, distinct):
        kind = "counts"
        notes.append(f"numbers with {distinct} distinct rows are counted as categories")
    elif x.codes.shape[1]:
        kind = "mixed"
    elif x.dimension == 1:
        kind = "atoms" if tied >= TIED else "line"
    elif tied >= TIED:
        kind = "atoms" if x.dimension <= LOW_DIMENSION else "high"
    else:
        kind = "low" if x.dimension <= LOW_DIMENSION else "high"
    if kind != "counts" and tied >= TIED:
        notes.append(f"{100 * tied:.3g} % of the rows of a column share their number with another row")
    return Regime(kind, tied, distinct, notes=tuple(notes))


def _counted(x: Sample, rows: int, distinct: int) -> bool:
    if x.dimension == 1 and not x.codes.shape[1]:
        return rows >= _ROWS_PER_VALUE * distinct and distinct <= max(_FEW_VALUES, rows / _ROWS_PER_NEIGHBOUR)
    return rows >= _ROWS_PER_VALUE * distinct


def without_constants(x: Sample, y: Sample) -> tuple[Sample, Sample, tuple[str, ...]]:
    """Return the samples without the columns that hold one value in every row of both, and the names of those."""
    pooled = np.concatenate((x.numbers, y.numbers))
    numbers = np.ptp(pooled, axis=0) > 0.0 if len(pooled) else np.ones(x.dimension, bool)
    coded = np.array(
        [
            bool(np.any(a != (b[0] if len(b) else -1)) or np.any(b != b[:1]))
            for a, b in zip(x.codes.T, y.codes.T, strict=True)
        ],
        dtype=bool,
    )
    kept = np.concatenate((numbers, coded))
    if kept.all() or not kept.any():
        return x, y, ()
    names = x.names or tuple(f"column {i + 1}" for i in range(len(kept)))

    def keep(side: Sample) -> Sample:
        return replace(
            side,
            numbers=side.numbers[:, numbers],
            codes=side.codes[:, coded],
            alphabet=tuple(size for size, stays in zip(side.alphabet, coded, strict=True) if stays),
            names=tuple(name for name, stays in zip(names, kept, strict=True) if stays),
            labels=tuple(one for one, stays in zip(side.labels, coded, strict=False) if stays),
        )

    return keep(x), keep(y), tuple(name for name, stays in zip(names, kept, strict=True) if not stays)


def model_regime(x: Sample, model: Model) -> Regime:
    """Return what kind of data a sample is that is held against a model."""
    tied = max((_tied(column) for column in x.numbers.T), default=0.0)
    if x.dimension == 1:
        distinct = len(np.unique(x.numbers))
        counted = x.rows / distinct >= _ROWS_PER_VALUE
        return Regime("counts" if counted else "line", tied, distinct)
    return Regime("low" if x.dimension <= LOW_DIMENSION else "high", tied, x.rows)


def _tied(column: FloatArray) -> float:
    ordered = np.sort(column)
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return 0.0
    repeated = np.zeros(len(ordered), bool)
    repeated[1:] |= same
    repeated[:-1] |= same
    return float(repeated.mean())


def _distinct_rows(numbers: FloatArray, codes: np.ndarray) -> int:
    code = np.zeros(len(numbers), np.int64)
    for column in (*numbers.T, *codes.T):
        _, at = np.unique(column, return_inverse=True)
        if math.log2(max(code.max(initial=0), 1)) + math.log2(max(at.max(initial=0), 1)) > 60:
            _, code = np.unique(code, return_inverse=True)
        code = code * (int(at.max(initial=0)) + 1) + at
    return len(np.unique(code))
