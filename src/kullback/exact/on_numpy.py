"""Rows of NumPy numbers: kernels where there is one and it can promise the answer, the core elsewhere, in blocks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kullback.arrays import AnyArray, Array, float_bits, widened
from kullback.divergence import Divergence
from kullback.exact import core
from kullback.exact.blocks import Blocks
from kullback.exact.core import Measure
from kullback.exact.rows import Rows
from kullback.kernels import pairwise, probabilities, softmax

_LARGE = 1e-3  # a divergence of counts that the rounding of their quotients by the total cannot reach
_LEAST_QUOTIENT = 1e-300  # of a count by the total: where a kernel is left to the core
_BLOCK = 1 << 17  # outcomes that the core holds at a time: its two dozen arrays of them fit into a cache


def value(measure: Measure, p: Rows, q: Rows, weights: Array | None, verify: Callable[[], None]) -> Array:
    """Return the value of each pair of rows, in nats.

    Args:
        measure: what is computed.
        p: rows of NumPy numbers.
        q: rows of NumPy numbers, which broadcast with p's.
        weights: of the outcomes, broadcasting too, or None.
        verify: called before the core is asked, which is when a row may hold no distribution.
    """
    found = None if weights is not None else _by_kernel(measure, p, q)
    return _completed(measure, p, q, weights, verify, found)


def value_and_slopes(
    measure: Measure, p: Rows, q: Rows, need: tuple[bool, bool], verify: Callable[[], None]
) -> tuple[Array, tuple[AnyArray | None, AnyArray | None]] | None:
    """Return the values of rows, and their derivatives, where one kernel finds both together; None elsewhere.

    Args:
        measure: what is computed.
        p: rows of NumPy numbers.
        q: rows of NumPy numbers.
        need: whether derivatives with respect to p, and to q, are wanted.
        verify: as in `value`.
    """
    found = _gradients_by_softmax(measure, p, q, np.ones(()), need)
    if found is None:
        return None
    values, *slopes = found
    values = _with_totals(values.reshape(p.values.shape[:-1]), p, q)
    return _completed(measure, p, q, None, verify, values), (slopes[0], slopes[1])


def _completed(
    measure: Measure, p: Rows, q: Rows, weights: Array | None, verify: Callable[[], None], found: Array | None
) -> Array:
    """Return values with those computed that a kernel has not promised, all if there was none."""
    pending = None if found is None else np.flatnonzero(np.isnan(found))
    if found is not None and pending is not None and not pending.size:
        return found
    verify()
    blocks = Blocks.of([p.values, q.values, weights], _BLOCK)
    result = np.empty(blocks.batch) if found is None else np.array(found)
    flat = result.reshape(-1)
    for rows in blocks if pending is None else blocks.of_rows(pending):
        flat[rows] = core.value(measure, *_some(p, q, weights, blocks, rows))
    return result


def terms(measure: Measure, p: Rows, q: Rows, weights: Array | None, verify: Callable[[], None]) -> Array:
    """Return what each outcome contributes, in nats."""
    verify()
    return core.terms(measure, p, q, weights)


def gradients(
    measure: Measure, p: Rows, q: Rows, weights: Array | None, upstream: Array, need: tuple[bool, bool]
) -> tuple[AnyArray | None, AnyArray | None]:
    """Return derivatives with respect to the numbers in p and in q, summed over the rows they were broadcast to.

    Args:
        measure: what is computed.
        p: rows of NumPy numbers.
        q: rows of NumPy numbers.
        weights: of the outcomes.
        upstream: what the derivatives of each value are multiplied by.
        need: whether those with respect to p, and to q, are wanted.

    Returns:
        Arrays like the numbers in p and q, in their dtype or a wider one; None where not needed.
    """
    found = _gradients_by_softmax(measure, p, q, upstream, need) if weights is None else None
    return found[1:] if found else _gradients_by_core(measure, p, q, weights, upstream, need)


def _gradients_by_core(
    measure: Measure, p: Rows, q: Rows, weights: Array | None, upstream: Array, need: tuple[bool, bool]
) -> tuple[AnyArray | None, AnyArray | None]:
    blocks = Blocks.of([p.values, q.values, weights], _BLOCK)
    outer = np.broadcast_to(upstream, blocks.batch).reshape(-1, 1)
    sums = [_zeros(rows.values, blocks) if needed else None for rows, needed in zip((p, q), need, strict=True)]
    for rows in blocks:
        slopes = core.gradients(measure, *_some(p, q, weights, blocks, rows))[1:]
        with np.errstate(all="ignore"):
            for into, each in zip(sums, slopes, strict=True):
                if into is not None:
                    blocks.add(into, rows, each * outer[rows])
    return sums[0], sums[1]


def _zeros(values: AnyArray, blocks: Blocks) -> AnyArray:
    """Return what derivatives are added up in: wide, where many rows of the batch go into one."""
    narrow = float_bits(values) <= 32 and values.shape[:-1] == blocks.batch
    return np.zeros(values.shape, np.float32 if narrow else np.float64)


def _by_kernel(measure: Measure, p: Rows, q: Rows) -> Array | None:
    """Return values, NaN where a kernel promises nothing; None where there is no kernel."""
    if not isinstance(measure, Divergence) or p.kind.scale != q.kind.scale:
        return None
    if p.kind.scale == "log":
        return _by_softmax(measure, p, q)
    # Every row with every other: p along one axis of the batch and q along the other.
    crossed = p.values.ndim == q.values.ndim == 3 and p.values.shape[1] == 1 == q.values.shape[0]
    pairs = pairwise.lookup(measure) if crossed and p.kind.normalised and q.kind.normalised else None
    kernel = probabilities.lookup(measure)
    if kernel is None:
        return None
    narrow = p.kind.normalised and q.kind.normalised and _is_narrow(p.values) and _is_narrow(q.values)
    first, second = (_probabilities(rows, np.float32 if narrow else np.float64) for rows in (p, q))
    tolerance = min(p.tolerance, q.tolerance)
    if pairs is not None:
        return pairs(first[:, 0], second[0], tolerance)
    found: Array = np.asarray(kernel(first, second, tolerance), np.float64)
    if p.kind.normalised and q.kind.normalised:
        return found
    # The quotients by the total are rounded: what is left of the value must be large beside that.
    square = found * found if measure.name in ("tv", "hellinger") else found
    return np.where(square >= _LARGE, found, np.nan)


def _probabilities(rows: Rows, dtype: type[np.floating[Any]]) -> AnyArray:
    if rows.kind.normalised:
        return _floats(rows.values, dtype)
    values = widened(rows.values)
    with np.errstate(all="ignore"):
        quotients = values / np.sum(values, axis=-1, keepdims=True)
        # A quotient that is subnormal has lost digits, and 0 for a count that is not would be a false infinity.
        lost = np.any((quotients < _LEAST_QUOTIENT) & (values > 0.0), axis=-1, keepdims=True)
    return np.where(lost, np.nan, quotients) if lost.any() else quotients


def _by_softmax(divergence: Divergence, p: Rows, q: Rows) -> Array | None:
    kernel = softmax.lookup(divergence)
    if kernel is None:
        return None
    first, second, kind = _logits(p, q)
    blocks = Blocks.of([first, second], _BLOCK)
    if all(x.shape[:-1] == blocks.batch or math.prod(x.shape[:-1]) == 1 for x in (first, second)):
        blocks = replace(blocks, step=max(1, math.prod(blocks.batch)))
    found = np.empty(math.prod(blocks.batch))
    for rows in blocks:
        shape = (rows.stop - rows.start, blocks.size)
        a, b = (np.broadcast_to(blocks.take(x, rows), shape) for x in (first, second))
        found[rows] = _zero_if_equal(kernel.value(a, b, kind), a, b)
    return _with_totals(found.reshape(blocks.batch), p, q)


def _zero_if_equal(found: Array, a: AnyArray, b: AnyArray) -> Array:
    """Return values, NaN where one is 0 and the rows are not equal: masses that underflow may hide a difference."""
    for row in np.flatnonzero(found == 0.0):
        if not np.array_equal(a[row], b[row]):
            found[row] = np.nan
    return found


def _with_totals(found: Array, p: Rows, q: Rows) -> Array:
    """Return values, NaN where logarithms that are to be normalised are not."""
    if not (p.kind.normalised or q.kind.normalised):
        return found
    *both, kind = _logits(p, q)
    for rows, values in zip((p, q), both, strict=True):
        if rows.kind.normalised:
            totals = softmax.total(values.reshape(-1, values.shape[-1]), kind).reshape(values.shape[:-1])
            found = np.where(np.abs(totals - 1.0) <= rows.tolerance, found, np.nan)
    return found


def _gradients_by_softmax(
    measure: Measure, p: Rows, q: Rows, upstream: Array, need: tuple[bool, bool]
) -> tuple[Array, AnyArray | None, AnyArray | None] | None:
    """Return values, NaN where nothing is promised, and gradients, of every row; None where there is no kernel."""
    kernel = (
        softmax.lookup(measure) if isinstance(measure, Divergence) and p.kind.scale == q.kind.scale == "log" else None
    )
    if kernel is None or p.values.shape != q.values.shape or not any(need):
        return None
    first, second, kind = _logits(p, q)
    size = first.shape[-1]
    a, b = first.reshape(-1, size), second.reshape(-1, size)
    wanted = "both" if all(need) else "p" if need[0] else "q"
    outer = np.ascontiguousarray(np.broadcast_to(upstream, first.shape[:-1]).reshape(-1), np.float64)
    values, to_a, to_b = kernel.gradient(a, b, kind, outer, wanted)
    values = _zero_if_equal(values, a, b)
    pending = np.isnan(values)
    found = [None if x is None else x.view("V2") if kind == "bfloat16" else x for x in (to_a, to_b)]
    found = [None if x is None else x.reshape(first.shape) for x in found]
    if pending.any():
        left = p.of(p.values.reshape(-1, size)[pending]), q.of(q.values.reshape(-1, size)[pending])
        again = _gradients_by_core(measure, *left, None, outer[pending], need)
        for into, slopes in zip(found, again, strict=True):
            if into is not None and slopes is not None:
                into.reshape(-1, size)[pending] = _bits(slopes) if kind == "bfloat16" else slopes
    return values, found[0], found[1]


def _logits(p: Rows, q: Rows) -> tuple[AnyArray, AnyArray, softmax.Kind]:
    """Return both in one dtype that the kernels know, bfloat16 as its bits, and its name."""
    first, second = p.values, q.values
    if first.dtype == second.dtype and first.dtype.kind == "V":
        return first.view(np.uint16), second.view(np.uint16), "bfloat16"
    if first.dtype == second.dtype and first.dtype == np.float16:
        return first, second, "float16"
    if _is_narrow(first) and _is_narrow(second):
        return _floats(first, np.float32), _floats(second, np.float32), "float32"
    return _floats(first, np.float64), _floats(second, np.float64), "float64"


def _bits(slopes: AnyArray) -> AnyArray:
    """Return numbers as bfloat16, rounded to nearest, ties to even."""
    bits = slopes.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).view("V2")


def _is_narrow(values: AnyArray) -> bool:
    return values.dtype.kind in "fV" and values.dtype.itemsize <= 4


def _floats(values: AnyArray, dtype: type[np.floating[Any]]) -> AnyArray:
    return values if values.dtype == dtype else widened(values).astype(dtype)


def _some(
    p: Rows, q: Rows, weights: Array | None, blocks: Blocks, rows: slice | AnyArray
) -> tuple[Rows, Rows, Array | None]:
    return p.of(blocks.take(p.values, rows)), q.of(blocks.take(q.values, rows)), blocks.take(weights, rows)
