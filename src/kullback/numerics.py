"""Stable primitives: what the divergences are made of, each accurate to a few units in the last place.

They take arrays of any library in float64, or in float32 where a device has nothing wider.

`two_sum`, `two_difference` and `two_product` return a pair (rounded result, its exact error). Sources: Dekker,
"A floating-point technique for extending the available precision", Numer. Math. 18 (1971), 224-242; Knuth,
The Art of Computer Programming 2, 4.2.2, Theorem B.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kullback.arrays import AnyArray, Array, Mask, device_of, namespace, nowhere

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
    relative error below log2(K) * 2**-103 (in JAX 2 sqrt(K) * 2**-103); `low` holds the errors of `high`, if they are
    known.
    """
    xp = namespace(high)
    error: Array = xp.zeros_like(high) if low is None else low
    if high.shape[-1] == 0:
        nothing = xp.sum(high, axis=-1, keepdims=True)
        return nothing, nothing
    if xp.__name__ == "jax.numpy":
        return _total_in_jax(high, error)
    while (size := high.shape[-1]) > 1:
        half = size // 2
        s, e = _pair_sum(
            (high[..., :half], error[..., :half]), (high[..., half : 2 * half], error[..., half : 2 * half])
        )
        if size % 2:
            s = xp.concat([s, high[..., -1:]], axis=-1)
            e = xp.concat([e, error[..., -1:]], axis=-1)
        high, error = s, e
    return high, error


def _pair_sum(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    s, e = two_sum(a[0], b[0])
    e = e + (a[1] + b[1])
    return s + e, e - ((s + e) - s)


def _total_in_jax(high: Any, low: Any) -> tuple[Array, Array]:
    # Two reductions, whatever the size: halving would be compiled level by level.
    import jax
    from jax.numpy import pad

    last = high.ndim - 1
    size = high.shape[last]
    zero = high.dtype.type(0.0)
    if size > 64:
        rows = math.isqrt(size - 1) + 1
        columns = -(-size // rows)
        padding = [(0, 0)] * last + [(0, rows * columns - size)]
        high, low = (pad(x, padding).reshape(*x.shape[:-1], rows, columns) for x in (high, low))
        high, low = jax.lax.reduce((high, low), (zero, zero), _pair_sum, (last,))
    high, low = jax.lax.reduce((high, low), (zero, zero), _pair_sum, (last,))
    return high[..., None], low[..., None]


def iterate(step: Callable[[Any], tuple[Any, Mask]], state: Any, most: int) -> Any:
    """Return the state that so many steps lead to, or fewer where a library can tell that none is wanted any more.

    Args:
        step: takes a state, a tuple of arrays, and returns the next and where it is not the last yet.
        state: the first one.
        most: how many steps are taken at most.
    """
    if namespace(*state).__name__ == "jax.numpy":
        import jax

        def after(_: int, one: Any) -> Any:
            return step(one)[0]

        return jax.lax.fori_loop(0, most, after, state)
    for _ in range(most):
        state, pending = step(state)
        if nowhere(pending):
            break
    return state


def split_exponent(x: Array) -> tuple[Array, AnyArray]:
    """Return (mantissa, exponent) with x = mantissa * 2**exponent and 1/2 <= mantissa < 1, or 0 and 0; for x >= 0."""
    xp = namespace(x)
    if hasattr(xp, "frexp"):
        mantissa, exponent = xp.frexp(x)
        return mantissa, exponent
    positive = x > 0.0
    exponent = xp.astype(xp.floor(xp.log2(xp.where(positive, x, 1.0))), xp.int32)
    mantissa = scale_by_power(xp.where(positive, x, 0.0), -exponent)
    # The rounding of the logarithm may be one off next to a power of two.
    exponent = exponent + xp.astype(mantissa >= 1.0, xp.int32) - xp.astype(positive & (mantissa < 0.5), xp.int32)
    mantissa = scale_by_power(xp.where(positive, x, 0.0), -exponent)
    return mantissa, xp.where(positive, exponent, 0)


def scale_by_power(x: Array, exponent: AnyArray) -> Array:
    """Return x * 2**exponent, rounded once; exponents may lie far outside the range of the dtype."""
    xp = namespace(x)
    if xp.__name__ != "array_api_compat.torch" and hasattr(xp, "ldexp"):
        return xp.ldexp(x, exponent)
    # torch.ldexp makes its power of two in float32. Powers that are numbers are exact; four of them reach any number.
    limit = 1000 if _finfo(x).bits == 64 else 120
    exponent = xp.clip(exponent, -4 * limit, 4 * limit)
    for _ in range(4):
        step = xp.clip(exponent, -limit, limit)
        x = x * _power_of_two(step, x)
        exponent = exponent - step
    return x


def _power_of_two(exponent: AnyArray, like: Array) -> Array:
    xp = namespace(like)
    if xp.__name__ != "array_api_compat.torch":
        return xp.pow(xp.full_like(like, 2.0), xp.astype(exponent, like.dtype))
    import torch

    if _finfo(like).bits == 64:
        return ((exponent.to(torch.int64) + 1023) << 52).view(torch.float64)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType, reportCallIssue]
    return ((exponent.to(torch.int32) + 127) << 23).view(torch.float32)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType, reportCallIssue]


@lru_cache(maxsize=1)
def _logarithms() -> tuple[list[float], list[float], list[float], float, float]:
    """Return c = 1/m rounded to 9 bits for 128 m in [1/2, 1), -ln c as pairs, and ln 2 as a pair."""
    with decimal.localcontext() as context:
        context.prec = 60
        reciprocals = [round(512 / (0.5 + (i + 0.5) / 256)) / 512 for i in range(128)]
        logs = [-decimal.Decimal(c).ln() for c in reciprocals]
        pairs = [(float(x), float(x - decimal.Decimal(float(x)))) for x in (*logs, decimal.Decimal(2).ln())]
    high, low = [x for x, _ in pairs], [x for _, x in pairs]
    return reciprocals, high[:-1], low[:-1], high[-1], low[-1]


def log_pair(mantissa: Array, exponent: AnyArray) -> tuple[Array, Array]:
    """Return ln(mantissa * 2**exponent) as an unevaluated pair with about 100 correct bits, for 1/2 <= mantissa < 1.

    With c near 1/mantissa from a table, f = c * mantissa - 1 is exact and below 2**-7, and
    ln(1 + f) = 2 atanh(r) = 2 (r + r**3/3 + ...) with r = f/(2 + f), of which r and r**3/3 are taken as pairs.
    """
    xp = namespace(mantissa)
    reciprocals, table, table_error, ln2, ln2_error = _logarithms()

    def looked_up(values: list[float]) -> Array:
        column = xp.asarray(values, dtype=mantissa.dtype, device=device_of(mantissa))
        return xp.reshape(xp.take(column, index), mantissa.shape)

    # PyTorch asks for wide indices, and JAX may have none.
    whole_numbers = xp.int32 if xp.__name__ == "jax.numpy" else xp.int64
    index = xp.reshape(xp.astype(xp.clip((mantissa - 0.5) * 256.0, 0.0, 127.0), whole_numbers), (-1,))
    product, product_error = two_product(mantissa, looked_up(reciprocals))
    f, f_error = two_sum(product - 1.0, product_error)  # the subtraction is exact: the product is near 1
    # r = f/(2 + f) as a pair: the quotient, and what it leaves over.
    bottom, bottom_error = two_sum(xp.full_like(f, 2.0), f)
    r = f / bottom
    back, back_error = two_product(r, bottom)
    r_error = ((f - back) - back_error + f_error - r * (bottom_error + f_error)) / bottom
    square, square_error = two_product(r, r)
    square_error = square_error + 2.0 * r * r_error
    cube, cube_error = two_product(square, r)
    cube_error = cube_error + square * r_error + square_error * r
    third = cube / 3.0
    thrice, thrice_error = two_product(third, xp.full_like(f, 3.0))
    third_error = ((cube - thrice) - thrice_error + cube_error) / 3.0
    rest = cube * square * (0.2 + square * (1.0 / 7.0 + square * (1.0 / 9.0 + square * (1.0 / 11.0 + square / 13.0))))
    power = xp.astype(exponent, mantissa.dtype)
    whole, whole_error = two_product(power, xp.full_like(f, ln2))
    # Smallest first, each sum with its error.
    high, low = two_sum(2.0 * r, 2.0 * third)
    low = low + 2.0 * (r_error + third_error + rest)
    high, error = two_sum(looked_up(table), high)
    low = low + error + looked_up(table_error)
    high, error = two_sum(whole, high)
    low = low + error + (whole_error + power * ln2_error)
    return two_sum(high, low)


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
    # y is replaced before the product, so that derivatives know no 0 * inf either.
    return x * namespace(x, y).where(x == 0.0, 0.0, y)


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


def multiply_pairs(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the product of two numbers given as unevaluated sums, with about 100 correct bits."""
    high, error = two_product(a[0], b[0])
    return two_sum(high, error + (a[0] * b[1] + a[1] * b[0]))


def add_pairs(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the sum of two numbers given as unevaluated sums."""
    high, error = two_sum(a[0], b[0])
    return two_sum(high, error + (a[1] + b[1]))


@lru_cache(maxsize=1)
def _exponential_coefficients() -> list[tuple[float, float]]:
    """Return 1/k! from k = 11 down to 1, as pairs."""
    with decimal.localcontext() as context:
        context.prec = 60
        inverses = [1 / decimal.Decimal(math.factorial(k)) for k in range(11, 0, -1)]
        return [(float(x), float(x - decimal.Decimal(float(x)))) for x in inverses]


def exp_pair(high: Array, low: Array) -> tuple[Array, Array]:
    """Return exp(high + low) as an unevaluated pair with about 95 correct bits, for high <= 0 and small low.

    The argument is brought below 2**-9 by a multiple of ln 2 and eight halvings; the series of exp(y) - 1 = s there is
    undone by s <- 2 s + s**2, eight times.
    """
    xp = namespace(high)
    ln2, ln2_error = _logarithms()[3:]
    possible = high > -2000.0  # below, nothing is left in any dtype
    x = xp.where(possible, high, 0.0)
    times_two = xp.round(x / ln2)
    product, product_error = two_product(times_two, xp.full_like(x, ln2))
    rest = add_pairs((x, xp.where(possible, low, 0.0)), (-product, -(product_error + times_two * ln2_error)))
    y = rest[0] / 256.0, rest[1] / 256.0
    first, *others = _exponential_coefficients()
    s = xp.full_like(x, first[0]), xp.full_like(x, first[1])
    for coefficient in others:
        s = add_pairs(multiply_pairs(s, y), (xp.full_like(x, coefficient[0]), xp.full_like(x, coefficient[1])))
    s = multiply_pairs(s, y)
    for _ in range(8):
        s = add_pairs((2.0 * s[0], 2.0 * s[1]), multiply_pairs(s, s))
    whole = add_pairs((xp.ones_like(x), xp.zeros_like(x)), s)
    exponent = xp.astype(times_two, xp.int32)
    found = tuple(xp.where(possible, scale_by_power(part, exponent), 0.0) for part in whole)
    return found[0], found[1]
