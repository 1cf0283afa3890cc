"""Stable primitives: what the divergences are made of, each accurate to a few units in the last place.

`two_sum`, `two_difference` and `two_product` return a pair (rounded result, its exact error). Sources: Dekker,
"A floating-point technique for extending the available precision", Numer. Math. 18 (1971), 224-242; Knuth,
The Art of Computer Programming 2, 4.2.2, Theorem B.
"""

from __future__ import annotations

import math

import numpy as np

from kullback.arrays import Array

_SPLITTER = 134217729.0  # 2**27 + 1 cuts a 53-bit number into two halves whose products are exact

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
    product = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def total(high: Array, low: Array | None = None) -> tuple[Array, Array]:
    """Return the sum over the last axis as an unevaluated pair with about 104 correct bits, axis kept.

    Halves the axis again and again, adding the halves in double-double arithmetic. Terms of one sign are summed to a
    relative error below log2(K) * 2**-103; `low` holds the errors of `high`, if they are known.
    """
    if low is None:
        low = np.zeros_like(high)
    if high.shape[-1] == 0:
        nothing = np.zeros((*high.shape[:-1], 1))
        return nothing, nothing
    while (size := high.shape[-1]) > 1:
        half = size // 2
        s, e = two_sum(high[..., :half], high[..., half : 2 * half])
        e = e + (low[..., :half] + low[..., half : 2 * half])
        s, e = s + e, e - ((s + e) - s)
        if size % 2:
            s = np.concatenate([s, high[..., -1:]], axis=-1)
            e = np.concatenate([e, low[..., -1:]], axis=-1)
        high, low = s, e
    return high, low


def expm1mx(x: Array) -> Array:
    """Return exp(x) - 1 - x, never negative, without cancellation near 0.

    The Taylor series to x**22 for |x| < 1 (its remainder is below 1e-21 of the value), the plain form elsewhere.
    """
    near = np.abs(x) < 1.0
    z = np.where(near, x, 0.0)
    series = np.full_like(z, _EXPM1MX[0])
    for coefficient in _EXPM1MX[1:]:
        series = series * z + coefficient
    return np.where(near, series * z * z, np.expm1(x) - x)


def log1pmx(x: Array) -> Array:
    """Return log(1 + x) - x, never positive, without cancellation near 0.

    For -1/2 < x < 1, with r = x/(2 + x): log1p(x) = 2 atanh(r) and x - 2r = r x, so that the value is
    r (2 r**2 (1/3 + r**2/5 + ...) - x), where the bracket is dominated by x.
    """
    near = (x > -0.5) & (x < 1.0)
    z = np.where(near, x, 0.0)
    r = z / (2.0 + z)
    square = r * r
    series = np.full_like(z, _ATANH[0])
    for coefficient in _ATANH[1:]:
        series = series * square + coefficient
    return np.where(near, r * (2.0 * square * series - z), np.log1p(np.where(near, 0.0, x)) - x)


def xlogy(x: Array, y: Array) -> Array:
    """Return x log(y), and 0 where x = 0 whatever y is."""
    return times(x, np.log(y))


def times(x: Array, y: Array) -> Array:
    """Return x * y, and 0 where x = 0 even if y is infinite: the measure-theoretic 0 * inf."""
    return np.where(x == 0.0, 0.0, x * y)


def expm1_difference(p: Array, q: Array, log_ratio: Array) -> Array:
    """Return q - p from p, q and log(q/p), with the relative accuracy of log(q/p) and no overflow."""
    positive = log_ratio > 0.0
    decay = np.expm1(-np.abs(log_ratio))
    return np.where(positive, -q * decay, p * decay)


def logsumexp(x: Array) -> Array:
    """Return log(sum(exp(x))) over the last axis: -inf for a row of -inf, +inf if one entry is."""
    top = np.max(x, axis=-1, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0.0)
    scaled = np.exp(x - shift)
    return np.log(np.sum(scaled, axis=-1)) + shift[..., 0]


def root_sum_of_squares(x: Array) -> Array:
    """Return sqrt(sum(x**2)) over the last axis, safe where the squares under- or overflow."""
    top = np.max(np.abs(x), axis=-1, keepdims=True)
    scale = np.where(top > 0.0, top, 1.0)
    return np.sqrt(np.sum((x / scale) ** 2, axis=-1)) * scale[..., 0]
