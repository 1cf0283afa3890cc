"""KL of logits on a GPU, row by row: softmax, divergence and gradients with nothing as long as a row in memory.

P = softmax(a) and Q = softmax(b), in Triton. The sums are those of softmax.hpp: with t = b − a − c, where c is a
constant and E is the mean under P,

    KL(P‖Q) = ln(1 + (E[φ(t)] − φ(m)) e^−m) = ln(1 + m + E[φ(t)]) − m,    φ(x) = e^x − 1 − x,  m = E[t].

The first form is well conditioned where c is near the mean of b − a, however close P and Q are; the second where
e^c is near the ratio of the totals and KL is not small. One program has one row: it guesses c from the first block,
sums the row in single precision and, should neither form do, once more with a better c, then in double precision.
So nothing is left for anybody else, and nobody has to wait for the GPU to know it.
"""

# Triton has no types, and its functions are compiled from what stands here.
# pyright: reportMissingImports=false, reportMissingParameterType=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false, reportUntypedFunctionDecorator=false, reportUnusedFunction=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportAttributeAccessIssue=false
# pyright: reportOperatorIssue=false, reportCallIssue=false, reportPossiblyUnboundVariable=false
# ruff: noqa: FBT003, SIM102, E501

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch
import triton
import triton.language as tl

from kullback.divergence import Divergence
from kullback.divergences import kl

FOUND = 6
"""How many numbers are kept of a row: the value; ln(Σ e^b / Σ e^a) in two parts; one of the greatest a, and
Σ e^(a − greatest); and whether they took double precision."""

_SEGMENT = 64  # blocks that are added up in single precision


@triton.jit
def _phi_tail(t, WIDE: tl.constexpr):
    """Return (e^t − 1 − t)/t² for |t| ≤ 1."""
    if WIDE:
        s = 7.7461775930188274892e-13 * t + 1.1639194124150522395e-11
        s = s * t + 1.6057679623801637746e-10
        s = s * t + 2.0874435575864274724e-9
        s = s * t + 2.5052117695907823572e-8
        s = s * t + 2.755733506893372671e-7
        s = s * t + 2.7557319191381816996e-6
        s = s * t + 2.4801587246096816904e-5
        s = s * t + 1.9841269841324197917e-4
        s = s * t + 0.0013888888888981404452
        s = s * t + 0.0083333333333332993552
        s = s * t + 0.041666666666666088346
        s = s * t + 0.16666666666666666701
        s = s * t + 0.5000000000000000059
    else:
        s = 2.80626025823e-6 * t + 2.53585122446e-5
        s = s * t + 1.98381019687e-4
        s = s * t + 0.001388539691181
        s = s * t + 0.00833333967592
        s = s * t + 0.041666736595
        s = s * t + 0.166666666468
        s = s * t + 0.499999997814
    return s


@triton.jit
def _two_sum(a, b):
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@triton.jit
def _log1p(x):
    # Kahan's way: what 1 + x rounds is made good by the quotient.
    u = 1.0 + x
    d = u - 1.0
    return tl.where(d == 0.0, x, tl.log(u) * (x / tl.where(d == 0.0, 1.0, d)))


@triton.jit
def _exp(x, WIDE: tl.constexpr):
    if WIDE:
        return tl.exp(x)
    # What the product with log2(e) rounds is made good: an error of 2^-24 in the exponent would be one of |x| 2^-24.
    y = x * 1.44269504
    slip = tl.fma(x, 1.44269504, -y) + x * 1.925963033500e-8
    power = tl.exp2(y)
    return tl.where(power == 0.0, 0.0, power + power * (slip * 0.69314718))


@triton.jit
def _outcome(a, b, c_high, c_low, top, q_high, q_low, WIDE: tl.constexpr):
    """Return p, q, t, φ(t) where |t| < 1, and whether it is; p and q up to one factor."""
    s = b - a
    v = s + a
    slip = (b - v) - (a - (v - s))
    both = (a > float("-inf")) & (b > float("-inf"))
    t = tl.where(both, (s - c_high) + (slip - c_low), 0.0)
    p = _exp(a - top, WIDE)
    q = _exp((b - q_high) - q_low, WIDE)
    near = (tl.abs(t) < 1.0) & both
    return p, q, t, (t * t) * _phi_tail(t, WIDE), near


@triton.jit
def _parts(x, WIDE: tl.constexpr):
    """Return a float64 number in two parts of the precision that is computed with."""
    if WIDE:
        high = x
        low = x - x
    else:
        high = x.to(tl.float32)
        low = (x - high.to(tl.float64)).to(tl.float32)
    return high, low


@triton.jit
def _frame(c_high, c_low, top, WIDE: tl.constexpr):
    """Return c, the greatest a and their sum, in parts."""
    high, rest = _parts(c_high, WIDE)
    low, _ = _parts(rest.to(tl.float64) + c_low, WIDE)
    shift, error = _two_sum(c_high, top)
    q_high, rest = _parts(shift, WIDE)
    q_low, _ = _parts(rest.to(tl.float64) + (error + c_low), WIDE)
    top, _ = _parts(top, WIDE)
    return high, low, top, q_high, q_low


@triton.jit
def _add(
    a, b, c_high, c_low, top, q_high, q_low, mass, first, second, widest, top_a, top_b, endless, WIDE: tl.constexpr
):
    p, q, t, tail, near = _outcome(a, b, c_high, c_low, top, q_high, q_low, WIDE)
    pt = p * t
    second += tl.where(near, p * tail, (q - p) - pt)
    alone = tl.where((b == float("-inf")) & (a > float("-inf")), 1, 0)
    return (
        mass + p,
        first + pt,
        second,
        tl.maximum(widest, tl.abs(t)),
        tl.maximum(top_a, a),
        tl.maximum(top_b, b),
        endless | alone,
    )


@triton.jit
def _head(row, size, ALIGNED: tl.constexpr):
    """Return how many numbers come before the first one at a multiple of 16 bytes."""
    if ALIGNED:
        width: tl.constexpr = row.dtype.element_ty.primitive_bitwidth // 8
        return tl.minimum(((16 - row.to(tl.int64) % 16) % 16 // width).to(tl.int32), size)
    else:
        return size - size


@triton.jit
def _sum_row(
    a_row,
    b_row,
    size,
    c_high,
    c_low,
    top,
    WIDE: tl.constexpr,
    ALIGNED: tl.constexpr,
    BLOCK: tl.constexpr,
    SEGMENT: tl.constexpr,
):
    """Return Σ p, Σ p t, Σ p φ(t), max |t|, max a, max b, and whether p > 0 = q anywhere."""
    R: tl.constexpr = tl.float64 if WIDE else tl.float32
    high, low, anchor, q_high, q_low = _frame(c_high, c_low, top, WIDE)
    index = tl.arange(0, BLOCK)
    x = tl.zeros((BLOCK,), R)
    y = tl.zeros((BLOCK,), R)
    z = tl.zeros((BLOCK,), R)
    widest = tl.zeros((BLOCK,), R)
    top_a = tl.full((BLOCK,), float("-inf"), R)
    top_b = tl.full((BLOCK,), float("-inf"), R)
    endless = tl.zeros((BLOCK,), tl.int32)
    # First what comes before the aligned blocks and after them.
    head = _head(a_row, size, ALIGNED)
    whole = (size - head) // BLOCK * BLOCK
    for start in range(0, size - whole, BLOCK):
        edge = start + index
        inside = edge < size - whole
        edge = tl.where(edge < head, edge, edge + whole)
        a = tl.load(a_row + edge, mask=inside, other=float("-inf")).to(R)
        b = tl.load(b_row + edge, mask=inside, other=float("-inf")).to(R)
        x, y, z, widest, top_a, top_b, endless = _add(
            a, b, high, low, anchor, q_high, q_low, x, y, z, widest, top_a, top_b, endless, WIDE
        )
    mass = tl.sum(x.to(tl.float64))
    first = tl.sum(y.to(tl.float64))
    second = tl.sum(z.to(tl.float64))
    a_body = a_row + head
    b_body = b_row + head
    if ALIGNED:
        a_body = tl.multiple_of(a_body, 16)
        b_body = tl.multiple_of(b_body, 16)
    for segment in range(0, whole, SEGMENT * BLOCK):
        x = tl.zeros((BLOCK,), R)
        y = tl.zeros((BLOCK,), R)
        z = tl.zeros((BLOCK,), R)
        for start in range(segment, tl.minimum(segment + SEGMENT * BLOCK, whole), BLOCK):
            a = tl.load(a_body + start + index).to(R)
            b = tl.load(b_body + start + index).to(R)
            x, y, z, widest, top_a, top_b, endless = _add(
                a, b, high, low, anchor, q_high, q_low, x, y, z, widest, top_a, top_b, endless, WIDE
            )
        mass += tl.sum(x.to(tl.float64))
        first += tl.sum(y.to(tl.float64))
        second += tl.sum(z.to(tl.float64))
    return (
        mass,
        first,
        second,
        tl.max(widest).to(tl.float64),
        tl.max(top_a).to(tl.float64),
        tl.max(top_b).to(tl.float64),
        tl.max(endless),
    )


@triton.jit
def _is_finite(x):
    return x - x == 0.0


@triton.jit
def _row(x, row, inner, outer_step, inner_step):
    return x + (row // inner) * outer_step + (row % inner) * inner_step


@triton.jit
def _find(
    a_ptr,
    b_ptr,
    found_ptr,
    size,
    inner,
    a_outer,
    a_inner,
    b_outer,
    b_inner,
    WIDE: tl.constexpr,
    PENDING: tl.constexpr,
    ALIGNED: tl.constexpr,
    BLOCK: tl.constexpr,
    SEGMENT: tl.constexpr,
    LAST: tl.constexpr,
):
    """Find KL of a row and what the gradients need; only of those that are pending, if these alone are wanted."""
    row = tl.program_id(0).to(tl.int64)
    to = found_ptr + row * 6
    if PENDING:
        if tl.load(to + 5) < 2.0:
            return
    a_row = _row(a_ptr, row, inner, a_outer, a_inner)
    b_row = _row(b_ptr, row, inner, b_outer, b_inner)
    infinity = float("inf")
    # The first guess: the gap where the first block is greatest, which is right to the last bit for equal rows.
    index = tl.arange(0, BLOCK)
    a = tl.load(a_row + index, mask=index < size, other=-infinity).to(tl.float64)
    b = tl.load(b_row + index, mask=index < size, other=-infinity).to(tl.float64)
    top = tl.max(a)
    place = tl.min(tl.where(a == top, index, BLOCK))
    partner = tl.max(tl.where(index == place, b, -infinity))
    c_high, c_low = _two_sum(partner, -top)
    sane = _is_finite(c_high) & _is_finite(c_low)
    c_high = tl.where(sane, c_high, 0.0)
    c_low = tl.where(sane, c_low, 0.0)
    top = tl.where(_is_finite(top), top, 0.0)
    value = tl.full((), float("nan"), tl.float64)
    mass = tl.full((), 0.0, tl.float64)
    pending = tl.full((), 1, tl.int32)
    attempt = tl.full((), 0, tl.int32)
    # The first attempt has only the first block.
    while attempt < LAST:
        many = tl.where(attempt == 0, tl.minimum(size, BLOCK), size)
        mass, first, second, widest, top_a, top_b, endless = _sum_row(
            a_row, b_row, many, c_high, c_low, top, WIDE, ALIGNED, BLOCK, SEGMENT
        )
        m = first / mass
        spread = second / mass
        rise = m + spread  # E[e^t] − 1
        log_rise = _log1p(rise)
        bend = tl.where(tl.abs(m) < 1.0, m * m * _phi_tail(m, True), (tl.exp(m) - 1.0) - m)
        excess = spread - bend
        near = _log1p(excess * tl.exp(-m))
        far = log_rise - m
        # In double precision a sum of 0 is one below the least number that there is.
        same = second == 0.0
        if not WIDE:
            same = same & (widest == 0.0)
        near_holds = (excess >= 0.25 * spread) & (near > 0.0) & (near < infinity)
        balanced = (rise > -0.9) & (rise < 100.0)
        far_holds = (far >= 1.0) & (far < infinity) & balanced
        known = (mass > 0.0) & _is_finite(mass) & _is_finite(spread) & _is_finite(m)
        guess = tl.where(near_holds, near, far)
        holds = known & (same | near_holds | far_holds | ((endless > 0) & balanced))
        if not WIDE:
            # Of what float32 can square, and not so far from the greatest that its logarithm is rounded much.
            holds = holds & (tl.abs(top_a - top) < 8.0)
            holds = holds & (same | (endless > 0) | ((guess > 1e-20) & (widest < 1e4)))
        shift = tl.where(near_holds, near + m, log_rise)
        if (attempt > 0) & holds:
            value = tl.where(endless > 0, infinity, tl.where(same, 0.0, guess))
            if top_b == -infinity:
                value = tl.full((), float("nan"), tl.float64)
            attempt = tl.full((), LAST, tl.int32)
            pending = tl.full((), 0, tl.int32)
            shift = tl.where(same, 0.0, shift)
            c_high, error = _two_sum(c_high, shift)
            c_low += error
        else:
            # With the sums known, c is the mean of b − a for P and Q that are close, else the ratio of their totals;
            # where there are none, the difference of the greatest two: then nothing overflows.
            shift = tl.where((far > 1.0) | (endless > 0), log_rise, m)
            usable = known & _is_finite(shift)
            c_high, error = _two_sum(c_high, tl.where(usable, shift, 0.0))
            c_low += error
            if attempt > 0:
                top = tl.where(_is_finite(top_a), top_a, top)
                start, error = _two_sum(top_b, -top_a)
                fresh = (not usable) & _is_finite(start)
                c_high = tl.where(fresh, start, c_high)
                c_low = tl.where(fresh, error, c_low)
            attempt += 1
    tl.store(to, value)
    tl.store(to + 1, c_high)
    tl.store(to + 2, c_low)
    tl.store(to + 3, top)
    tl.store(to + 4, mass)
    tl.store(to + 5, tl.full((), 1.0, tl.float64) if WIDE else 2.0 * pending.to(tl.float64))


@triton.jit
def _narrow(x, to):
    if to.dtype.element_ty == tl.float64:
        return x.to(tl.float64)
    else:
        return x.to(tl.float32).to(to.dtype.element_ty)


@triton.jit
def _write(
    a_row, b_row, p_row, q_row, begin, size, value, scale, tilt, tilt_low, high, low, anchor, q_high, q_low,
    WIDE: tl.constexpr, NEED_P: tl.constexpr, NEED_Q: tl.constexpr, BLOCK: tl.constexpr, EDGE: tl.constexpr,
):  # fmt: skip
    R: tl.constexpr = tl.float64 if WIDE else tl.float32
    index = begin + tl.arange(0, BLOCK)
    inside = (index >= 0) & (index < size)
    if EDGE:
        a = tl.load(a_row + index, mask=inside, other=float("-inf")).to(R)
        b = tl.load(b_row + index, mask=inside, other=float("-inf")).to(R)
    else:
        a = tl.load(a_row + index).to(R)
        b = tl.load(b_row + index).to(R)
    p, q, t, tail, near = _outcome(a, b, high, low, anchor, q_high, q_low, WIDE)
    if NEED_P:
        # t + KL in one go: where an outcome has nearly all the mass, both are large and their sum is small.
        s = b - a
        v = s + a
        slip = (b - v) - (a - (v - s))
        both = (a > float("-inf")) & (b > float("-inf"))
        slope = -scale * (p * tl.where(both, (s - tilt) + (slip - tilt_low), 0.0))
        slope = tl.where(value < float("inf"), slope, tl.where(value > 0.0, 0.0, value))
        if EDGE:
            tl.store(p_row + index, _narrow(slope, p_row), mask=inside)
        else:
            tl.store(p_row + index, _narrow(slope, p_row))
    if NEED_Q:
        slope = scale * tl.where(near, p * (t + tail), q - p)
        slope = tl.where(value < float("inf"), slope, tl.where(value > 0.0, 0.0, value))
        if EDGE:
            tl.store(q_row + index, _narrow(slope, q_row), mask=inside)
        else:
            tl.store(q_row + index, _narrow(slope, q_row))


@triton.jit
def _slopes(
    a_ptr, b_ptr, p_ptr, q_ptr, found_ptr, weight_ptr, size, inner, a_outer, a_inner, b_outer, b_inner, many,
    WIDE: tl.constexpr, NEED_P: tl.constexpr, NEED_Q: tl.constexpr, ALIGNED: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write the gradients of some blocks of a row, of those found in double precision or of the others."""
    row = tl.program_id(0).to(tl.int64)
    found = found_ptr + row * 6
    if (tl.load(found + 5) == 1.0) != WIDE:
        return
    a_row = _row(a_ptr, row, inner, a_outer, a_inner)
    b_row = _row(b_ptr, row, inner, b_outer, b_inner)
    p_row = p_ptr + row * size
    q_row = q_ptr + row * size
    value = tl.load(found)
    high, low, anchor, q_high, q_low = _frame(tl.load(found + 1), tl.load(found + 2), tl.load(found + 3), WIDE)
    scale, _ = _parts(tl.load(weight_ptr + row).to(tl.float64) / tl.load(found + 4), WIDE)
    tilted, error = _two_sum(tl.load(found + 1), -tl.where(value < float("inf"), value, 0.0))
    tilt, rest = _parts(tilted, WIDE)
    tilt_low, _ = _parts(rest.to(tl.float64) + (error + tl.load(found + 2)), WIDE)
    # Blocks begin at a multiple of 16 bytes, the first one before the row if need be.
    head = _head(a_row, size, ALIGNED)
    a_body = a_row + head
    b_body = b_row + head
    p_body = p_row + head
    q_body = q_row + head
    if ALIGNED:
        a_body = tl.multiple_of(a_body, 16)
        b_body = tl.multiple_of(b_body, 16)
        p_body = tl.multiple_of(p_body, 16)
        q_body = tl.multiple_of(q_body, 16)
    rest = size - head
    for i in range(many):
        begin = (tl.program_id(1) * many + i) * BLOCK
        if begin + BLOCK <= rest:
            _write(
                a_body, b_body, p_body, q_body, begin, rest, value, scale, tilt, tilt_low, high, low, anchor, q_high, q_low,
                WIDE, NEED_P, NEED_Q, BLOCK, False,
            )  # fmt: skip
        elif begin < rest:
            _write(
                a_body, b_body, p_body, q_body, begin, rest, value, scale, tilt, tilt_low, high, low, anchor, q_high, q_low,
                WIDE, NEED_P, NEED_Q, BLOCK, True,
            )  # fmt: skip
    if (tl.program_id(1) == 0) & (head > 0):
        _write(
            a_row, b_row, p_row, q_row, 0, head, value, scale, tilt, tilt_low, high, low, anchor, q_high, q_low,
            WIDE, NEED_P, NEED_Q, 16, True,
        )  # fmt: skip


Need = Literal["p", "q", "both"]


@dataclass(frozen=True)
class Kernel:
    """KL of softmax(a) and softmax(b), for many rows of tensors on a GPU.

    Attributes:
        swapped: whether it is KL(Q‖P).
    """

    swapped: bool = False

    def value(self, a: Any, b: Any) -> Any:
        """Return the divergence of each pair of rows.

        The relative error is below 1e-13 where one of the two is float64, else below 1e-6, against the exact softmax
        of the numbers as stored; it is never negative, and 0 for rows that are equal.

        Args:
            a: the logits of P, shape (..., V), -inf for outcomes that cannot be.
            b: the logits of Q, which broadcast with them, of any floating dtype.

        Returns:
            float64, the shape that both have without V; NaN for rows that hold NaN or +inf, or -inf throughout.
        """
        return self.found(a, b)[:, 0].reshape(shape_of(a, b)[:-1])

    def found(self, a: Any, b: Any) -> Any:
        """Return what is known of each pair of rows after one look at them, for `gradient`: shape (rows, 6)."""
        call = _Call.of(*((b, a) if self.swapped else (a, b)))
        found = torch.empty((call.rows, FOUND), dtype=torch.float64, device=a.device)
        if not call.rows:
            return found
        aligned = _aligned(call.size, call.sides)
        # In a short row no errors average out.
        single = call.size >= 512 and torch.float64 not in (a.dtype, b.dtype)
        find: Any = _find
        with _on(a):
            if single:
                find[(call.rows,)](
                    call.a, call.b, found, *call.layout, WIDE=False, PENDING=False, ALIGNED=aligned, **_SINGLE
                )
            block, warps = _double(call.size)
            find[(call.rows,)](
                call.a, call.b, found, *call.layout, WIDE=True, PENDING=single, ALIGNED=aligned, BLOCK=block,
                SEGMENT=_SEGMENT, LAST=6, num_warps=warps,
            )  # fmt: skip
        return found

    def totals(self, found: Any) -> tuple[Any, Any]:
        """Return ln Σ e^a and ln Σ e^b of each row, of what `found` has returned."""
        first = found[:, 3] + torch.log(found[:, 4])
        second = first + found[:, 1]
        return (second, first) if self.swapped else (first, second)

    def gradient(self, a: Any, b: Any, weight: Any, need: Need = "both", found: Any = None) -> tuple[Any, Any, Any]:
        """Return the value and its gradients with respect to a and b, times the upstream gradient of each row.

        Args:
            a: as in `value`.
            b: as in `value`.
            weight: the upstream gradient, of the shape of the value.
            need: whether the gradient with respect to the logits of P, of Q, or both is wanted.
            found: what `found` has returned for these numbers, if it is still there.

        Returns:
            The value, as in `value`; and for each side a tensor of its dtype and of the shape that both have, or None
            where it is not wanted. 0 for rows whose value is infinite, NaN for those whose value is.
        """
        found = self.found(a, b) if found is None else found
        shape = shape_of(a, b)
        to_a = a.new_empty(shape) if need != "q" else None
        to_b = b.new_empty(shape) if need != "p" else None
        call = _Call.of(*((b, a) if self.swapped else (a, b)))
        to_p, to_q = (to_b, to_a) if self.swapped else (to_a, to_b)
        if call.rows:
            outer = weight.expand(shape[:-1]).reshape(-1).contiguous()
            outputs = [(x, call.layout[1] * call.size, call.size) for x in (to_p, to_q) if x is not None]
            given = (call.a, call.b, call.a if to_p is None else to_p, call.b if to_q is None else to_q, found, outer)
            needs = {"NEED_P": to_p is not None, "NEED_Q": to_q is not None}
            aligned = _aligned(call.size, (*call.sides, *outputs))
            slopes: Any = _slopes
            with _on(a):
                if call.size >= 512 and torch.float64 not in (a.dtype, b.dtype):
                    block, many, warps = _WRITING
                    slopes[(call.rows, triton.cdiv(call.size, block * many))](
                        *given, *call.layout, many, WIDE=False, **needs, ALIGNED=aligned, BLOCK=block, num_warps=warps
                    )
                block, warps = _double(call.size)
                slopes[(call.rows, 1)](
                    *given, *call.layout, triton.cdiv(call.size, block), WIDE=True, **needs, ALIGNED=aligned,
                    BLOCK=block, num_warps=warps,
                )  # fmt: skip
        return found[:, 0].reshape(shape[:-1]), to_a, to_b


def shape_of(a: Any, b: Any) -> Any:
    """Return the shape that two tensors broadcast to."""
    return a.shape if a.shape == b.shape else torch.broadcast_shapes(a.shape, b.shape)


@cache
def lookup(divergence: Divergence) -> Kernel | None:
    """Return the kernel of a divergence, or None where there is none."""
    if divergence == kl:
        return Kernel()
    return Kernel(swapped=True) if divergence == kl.reverse else None


@dataclass(frozen=True, eq=False)
class _Call:
    """Rows where they are: row i begins at (i // inner) · outer step + (i % inner) · inner step."""

    a: Any
    b: Any
    rows: int
    size: int
    layout: tuple[int, int, int, int, int, int]

    @property
    def sides(self) -> tuple[tuple[Any, int, int], tuple[Any, int, int]]:
        """Both tensors with their steps."""
        _, _, *steps = self.layout
        return (self.a, steps[0], steps[1]), (self.b, steps[2], steps[3])

    @classmethod
    def of(cls, a: Any, b: Any) -> _Call:
        *batch, size = shape_of(a, b)
        a, b = (x.expand(*batch, size) for x in (a, b))
        a, b = (x if size == 1 or x.stride(-1) == 1 else x.contiguous() for x in (a, b))
        folded = _fold(batch, [a.stride()[:-1], b.stride()[:-1]])
        if folded is None:
            a, b = a.contiguous(), b.contiguous()
            folded = _fold(batch, [a.stride()[:-1], b.stride()[:-1]])
        assert folded is not None
        inner, steps = folded
        return cls(a, b, a[..., 0].numel(), size, (size, inner, *steps))


def _fold(batch: Any, strides: Any) -> tuple[int, tuple[int, int, int, int]] | None:
    """Return the length and the steps of at most two axes that the batch of both arguments comes down to."""
    axes: list[tuple[int, list[int]]] = []
    for i, n in enumerate(batch):
        if n == 1:
            continue
        steps = [x[i] for x in strides]
        # An axis whose step is the length of the next joins it.
        if axes and all(outer == n * step for outer, step in zip(axes[-1][1], steps, strict=True)):
            axes[-1] = (axes[-1][0] * n, steps)
        else:
            axes.append((n, steps))
    if len(axes) > 2:
        return None
    axes = [(1, [0, 0])] * (2 - len(axes)) + axes
    (_, outer), (inner, inside) = axes
    return inner, (outer[0], inside[0], outer[1], inside[1])


_SINGLE: dict[str, Any] = {"BLOCK": 1024, "num_warps": 8, "SEGMENT": _SEGMENT, "LAST": 4}
"""How single precision is done, found by trying, on one H100."""

if torch.version.cuda:
    # More programs at a time are worth more than a dozen numbers more in registers; only this compiler can be told.
    _SINGLE["maxnreg"] = 64

_WRITING = (1024, 8, 4)
"""The numbers in a block of gradients, the blocks and the warps of a program; likewise."""


def _double(size: int) -> tuple[int, int]:
    """Return the same for double precision."""
    return (1024, 8) if size >= 1024 else (max(16, triton.next_power_of_2(size)), 2)


def _aligned(size: int, sides: Any) -> bool:
    """Return whether every row begins as far from a multiple of 16 bytes in all tensors, given with their steps."""
    if len({x.dtype for x, *_ in sides}) > 1 or size < 512:
        return False
    places = {(*(n * x.element_size() % 16 for n in steps), x.data_ptr() % 16) for x, *steps in sides}
    return len(places) == 1


def _on(x: Any) -> Any:
    """Return a context in which kernels start on the device of a tensor."""
    return torch.cuda.device_of(x)
