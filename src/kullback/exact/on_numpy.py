"""Rows of NumPy numbers: kernels where there is one and it can promise the answer, the core elsewhere, in blocks."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kullback.arrays import AnyArray, Array, float_bits
from kullback.exact import core
from kullback.exact.blocks import Blocks
from kullback.exact.core import Measure
from kullback.exact.rows import Rows

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
    if found is None:
        verify()
        return _by_core(measure, p, q, weights)
    pending = np.isnan(found)
    if pending.any():
        verify()
        whole = (*found.shape, p.values.shape[-1])
        left = p.of(np.broadcast_to(p.values, whole)[pending]), q.of(np.broadcast_to(q.values, whole)[pending])
        found = np.array(found)
        found[pending] = _by_core(measure, *left, None)
    return found


def terms(measure: Measure, p: Rows, q: Rows, weights: Array | None, verify: Callable[[], None]) -> Array:
    """Return what each outcome contributes, in nats."""
    verify()
    with np.errstate(all="ignore"):
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
        Arrays like the numbers in p and q, in float32 for 32 bits and less, else float64; None where not needed.
    """
    blocks = Blocks.of([p.values, q.values, weights], _BLOCK)
    outer = np.broadcast_to(upstream, blocks.batch).reshape(-1, 1)
    sums = [_zeros(rows.values, blocks) if needed else None for rows, needed in zip((p, q), need, strict=True)]
    for rows in blocks:
        with np.errstate(all="ignore"):
            slopes = core.gradients(measure, *_some(p, q, weights, blocks, rows))[1:]
            for into, each in zip(sums, slopes, strict=True):
                if into is not None:
                    blocks.add(into, rows, each * outer[rows])
    return sums[0], sums[1]


def _zeros(values: AnyArray, blocks: Blocks) -> AnyArray:
    """Return what derivatives are added up in: wide, where many rows of the batch go into one."""
    narrow = float_bits(values) <= 32 and values.shape[:-1] == blocks.batch
    return np.zeros(values.shape, np.float32 if narrow else np.float64)


def _by_kernel(measure: Measure, p: Rows, q: Rows) -> AnyArray | None:
    return None


def _by_core(measure: Measure, p: Rows, q: Rows, weights: Array | None) -> Array:
    blocks = Blocks.of([p.values, q.values, weights], _BLOCK)
    found = np.empty(math.prod(blocks.batch))
    with np.errstate(all="ignore"):
        for rows in blocks:
            found[rows] = core.value(measure, *_some(p, q, weights, blocks, rows))
    return found.reshape(blocks.batch)


def _some(p: Rows, q: Rows, weights: Array | None, blocks: Blocks, rows: slice) -> tuple[Rows, Rows, Array | None]:
    return p.of(blocks.take(p.values, rows)), q.of(blocks.take(q.values, rows)), blocks.take(weights, rows)
