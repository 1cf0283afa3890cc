"""Stable primitives: what the divergences are made of, each accurate to a few units in the last place.

They take arrays of any library in float64, or in float32 where a device has nothing wider, and no value in a branch that
is not taken makes a NaN in one that is.

`two_sum`, `two_difference` and `two_product` return a pair (rounded result, its exact error). Sources: Dekker,
"A floating-point technique for extending the available precision", Numer. Math. 18 (1971), 224-242; Knuth,
The Art of Computer Programming 2, 4.2.2, Theorem B.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import Array, namespace

# 2**27 + 1 cuts a 53-bit number into two halves whose products are exact, 2**12 + 1 a 24-bit number.
_SPLITTERS = {64: 134217729.0, 32: 4097.0}

_EXPM1MX = [1.0 / math.factorial(k) for k in range(22, 1, -1)]
_ATANH = [1.0 / k for k in range(37, 1, -2)]


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return fl(a + b) and its error: their exact sum is a + b."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def two_difference(a: Array, b: Array) -> tuple[Array, Array]:
    """Return fl(a - b) and its error: their exact sum is a - b."""
    return two_sum(a, -b)


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return fl(a * b) and its error, exact for products between 2**-960 and 2**960 of factors below 2**996."""
    splitter = _SPLITTERS[_finfo(a).bits]
    product = a * b
    c = splitter * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = splitter * b
    b_high = c - (c - b)
    b_low = b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def total(high: Array, low: Array | None = None) -> tuple[Array, Array]:
    """Return the sum over the last axis as an unevaluated pair with about 104 correct bits, axis kept.

    Halves the axis again and again, adding the halves in double-double arithmetic. Terms of one sign are summed to a
    relative error below log2(K) * 2**-103; `low` holds the errors of `high`, if they are known.
    """
    xp = namespace(high)
    if low is None:
        low = xp.zeros_like(high)
    if high.shape[-1] == 0:
        nothing = xp.sum(high, axis=-1, keepdims=True)
        return nothing, nothing
    while (size := high.shape[-1]) > 1:
        half = size // 2
        s, e = two_sum(high[..., :half], high[..., half : 2 * half])
        e = e + (low[..., :half] + low[..., half : 2 * half])
        s, e = s + e, e - ((s + e) - s)
        if size % 2:
            s = xp.concat([s, high[..., -1:]], axis=-1)
            e = xp.concat([e, low[..., -1:]], axis=-1)
        high, low = s, e
    return high, low


def expm1mx(x: Array) -> Array:
    """Return exp(x) - 1 - x, never negative, without cancellation near 0.

    The Taylor series to x**22 for |x| < 1 (its remainder is below 1e-21 of the value), the plain form elsewhere.
    """
    xp = namespace(x)
    near = xp.abs(x) < 1.0
    z = xp.where(near, x, 0.0)
    series = xp.full_like(z, _EXPM1MX[0])
    for coefficient in _EXPM1MX[1:]:
        series = series * z + coefficient
    return xp.where(near, series * z * z, xp.expm1(x) - x)


def log1pmx(x: Array) -> Array:
    """Return log(1 + x) - x, never positive, without cancellation near 0.

    For -1/2 < x < 1, with r = x/(2 + x): log1p(x) = 2 atanh(r) and x - 2r = r x, so that the value is
    r (2 r**2 (1/3 + r**2/5 + ...) - x), where the bracket is dominated by x.
    """
    xp = namespace(x)
    near = (x > -0.5) & (x < 1.0)
    z = xp.where(near, x, 0.0)
    r = z / (2.0 + z)
    square = r * r
    series = xp.full_like(z, _ATANH[0])
    for coefficient in _ATANH[1:]:
        series = series * square + coefficient
    return xp.where(near, r * (2.0 * square * series - z), xp.log1p(xp.where(near, 0.0, x)) - x)


def xlogy(x: Array, y: Array) -> Array:
    """Return x log(y), and 0 where x = 0 whatever y is."""
    return times(x, namespace(y).log(y))


def times(x: Array, y: Array) -> Array:
    """Return x * y, and 0 where x = 0 even if y is infinite: the measure-theoretic 0 * inf."""
    return namespace(x, y).where(x == 0.0, 0.0, x * y)


def expm1_difference(p: Array, q: Array, log_ratio: Array) -> Array:
    """Return q - p from p, q and log(q/p), with the relative accuracy of log(q/p) and no overflow."""
    xp = namespace(p, q, log_ratio)
    decay = xp.expm1(-xp.abs(log_ratio))
    return xp.where(log_ratio > 0.0, -q * decay, p * decay)


def logsumexp(x: Array) -> Array:
    """Return log(sum(exp(x))) over the last axis: -inf for a row of -inf, +inf if one entry is."""
    xp = namespace(x)
    top = xp.max(x, axis=-1, keepdims=True)
    shift = xp.where(xp.isfinite(top), top, 0.0)
    scaled = xp.exp(x - shift)
    return xp.log(xp.sum(scaled, axis=-1)) + shift[..., 0]


def root_sum_of_squares(x: Array) -> Array:
    """Return sqrt(sum(x**2)) over the last axis, safe where the squares under- or overflow."""
    xp = namespace(x)
    top = xp.max(xp.abs(x), axis=-1, keepdims=True)
    scale = xp.where(top > 0.0, top, 1.0)
    return xp.sqrt(xp.sum((x / scale) ** 2, axis=-1)) * scale[..., 0]


def tiny(x: Array) -> float:
    """Return a mass so small that its products and roots are better taken from its logarithm: 2**60 times the
    smallest normal number of the dtype of `x`."""
    return float(_finfo(x).smallest_normal) * 2.0**60


def largest_exponent(x: Array) -> float:
    """Return what `exp` can be given without overflow, with a margin: 600 in float64, 75 in float32."""
    return 600.0 if _finfo(x).bits == 64 else 75.0


def _finfo(x: Array) -> Any:
    return namespace(x).finfo(x.dtype)
