"""Logarithms of sums and differences of exponentials, and what is left of them beyond their tangents."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import Array, device_of, namespace, nowhere
from kullback.functions.arguments import in_pieces, remembered, replaced, together
from kullback.functions.gamma import BERNOULLI, log1p, log_excess
from kullback.numerics import expm1mx, largest_exponent

# Of ln((e**x - 1)/x) = x/2 + sum B_2n x**(2n) / (2n (2n)!), for |x| < 2 pi.
_EVEN = [b / (2 * n * math.factorial(2 * n)) for n, b in enumerate(BERNOULLI, 1)][::-1]
_ODD = [b / math.factorial(2 * n) for n, b in enumerate(BERNOULLI, 1)][::-1]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(28)

_APART, _MODERATE = 4.0, 20.0


@np.errstate(all="ignore")
def log1mexp(x: Array) -> Array:
    """Return ln(1 - exp(-x)) for x > 0: log(-expm1(-x)) below ln 2, log1p(-exp(-x)) above.

    Args:
        x: positive numbers.

    Returns:
        An array of the shape of `x`, never positive.

    Source:
        Mächler, "Accurately computing log(1 - exp(-|a|))", vignette of the R package Rmpfr (2012).

    Example:
        >>> float(log1mexp(np.array(1e-10))).__round__(9)
        -23.02585093
    """
    xp, (x,) = together(x)
    low = x < math.log(2.0)
    return xp.where(low, xp.log(-xp.expm1(-xp.where(low, x, 1.0))), log1p(-xp.exp(-xp.where(low, 1.0, x))))


@remembered
@np.errstate(all="ignore")
def log_expm1_over(x: Array) -> Array:
    """Return ln((exp(x) - 1)/x), which is 0 at 0.

    The series x/2 + x**2/24 - x**4/2880 + ... for |x| < 1; max(x, 0) + ln((1 - exp(-|x|))/|x|) elsewhere.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`, with the sign of `x`.

    Source:
        DLMF 24.2.1, integrated.

    Example:
        >>> float(log_expm1_over(np.array(1.0))).__round__(12)
        0.541324854613
    """
    xp, (x,) = together(x)
    near = xp.abs(x) < 1.0
    z = xp.where(near, x, 0.0)
    square = z * z
    found = 0.5 * z + square * _horner(xp, _EVEN, square)
    if nowhere(~near):
        return found
    above = x > 0.0
    size = xp.where(near, 1.0, xp.where(above, x, -x))
    return xp.where(near, found, xp.where(above, x, 0.0) + xp.log(-xp.expm1(-size) / size))


@np.errstate(all="ignore")
def log_expm1_over_slope(x: Array) -> Array:
    """Return the derivative of ln((exp(x) - 1)/x), which is 1/(1 - exp(-x)) - 1/x, and 1/2 at 0.

    It is the mean of the density proportional to exp(x s) on 0 < s < 1.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`, between 0 and 1.

    Source:
        DLMF 24.2.1.

    Example:
        >>> float(log_expm1_over_slope(np.array(1.0))).__round__(12)
        0.581976706869
    """
    xp, (x,) = together(x)
    near = xp.abs(x) < 1.0
    z = xp.where(near, x, 0.0)
    found = 0.5 + z * _horner(xp, _ODD, z * z)
    if nowhere(~near):
        return found
    above = x > 0.0
    size = xp.where(near, 1.0, xp.where(above, x, -x))
    lower = 1.0 / size - xp.exp(-size) / -xp.expm1(-size)
    upper = -1.0 / xp.expm1(-size) - 1.0 / size
    return xp.where(near, found, xp.where(above, upper, lower))


@np.errstate(all="ignore")
def log_expm1_over_remainder(x: Array, d: Array) -> Array:
    """Return f(x + d) - f(x) - d f'(x) for f(x) = ln((exp(x) - 1)/x), never negative.

    f is the cumulant function of the uniform law on (0, 1): with s of density proportional to exp(x s) there, and its
    mean μ, the remainder is log(1 + E[exp(d (s - μ)) - 1 - d (s - μ)]), an integral of one sign (28 nodes) while x and
    x + d lie within ±20. With both above 4, or both below -4, it is the difference of the remainders of -ln x and of
    -ln(1 - exp(-x)), and elsewhere the plain difference.

    Args:
        x: real numbers.
        d: real numbers.

    Returns:
        An array of the common shape.

    Source:
        The cumulant function of an exponential family: Barndorff-Nielsen, Information and Exponential Families (1978),
        8.1.

    Example:
        >>> f"{float(log_expm1_over_remainder(np.array(0.0), np.array(1e-6))):.12e}"
        '4.166666666667e-14'
    """
    xp, (x, d) = together(x, d)
    # f(x) = x + f(-x): nothing changes if both signs do.
    flipped = x < 0.0
    x, d = xp.where(flipped, -x, x), xp.where(flipped, -d, d)
    y = x + d
    apart = (x > _APART) & (y > _APART)
    moderate = ~apart & (x <= _MODERATE) & (y <= _MODERATE) & (y >= -_MODERATE)
    found = replaced(xp.zeros_like(x), moderate, _by_integral, (x, 0.0), (d, 0.0))
    if nowhere(~moderate):
        return found
    other = _of_large(xp, xp.where(apart, x, 8.0), xp.where(apart, d, 0.0), xp.where(apart, y, 8.0))
    found = xp.where(apart, other, found)
    steep = ~apart & (x > _MODERATE)
    start, end = xp.where(steep, x, 30.0), xp.where(steep, y, 1.0)
    decay = xp.exp(-start)
    other = (
        log_expm1_over(-end)
        + (xp.log(start) - 1.0 + end / start)
        - (xp.log1p(-decay) + decay / (1.0 - decay) * (end - start))
    )
    found = xp.where(steep, other, found)
    plain = ~(apart | moderate | steep)
    start, step, end = xp.where(plain, x, 1.0), xp.where(plain, d, 0.0), xp.where(plain, y, 1.0)
    other = log_expm1_over(end) - log_expm1_over(start) - step * log_expm1_over_slope(start)
    return xp.where(plain, other, found)


@np.errstate(all="ignore")
def softplus(x: Array) -> Array:
    """Return ln(1 + exp(x)).

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`, positive.

    Source:
        Dugas, Bengio, Bélisle, Nadeau and Garcia, "Incorporating second-order functional knowledge for better option
        pricing", NIPS 13 (2000), section 2.

    Example:
        >>> float(softplus(np.array(0.0))).__round__(12)
        0.69314718056
    """
    xp, (x,) = together(x)
    above = x > 0.0
    return xp.where(above, x, 0.0) + xp.log1p(xp.exp(xp.where(above, -x, x)))


@np.errstate(all="ignore")
def softplus_remainder(x: Array, d: Array) -> Array:
    """Return ln(1 + exp(x + d)) - ln(1 + exp(x)) - d p with p = 1/(1 + exp(-x)), never negative.

    Mirrored so that p <= 1/2, with w = p (exp(d) - 1): [log(1 + w) - w] + p [exp(d) - 1 - d] while w < 1, the plain
    difference elsewhere.

    Args:
        x: real numbers.
        d: real numbers.

    Returns:
        An array of the common shape: the relative entropy of the coin with log-odds x from that with x + d.

    Source:
        Barndorff-Nielsen, Information and Exponential Families (1978), 8.1, for the Bernoulli law.

    Example:
        >>> float(softplus_remainder(np.array(0.0), np.array(1.0))).__round__(12)
        0.120114506958
    """
    xp, (x, d) = together(x, d)
    flipped = x > 0.0
    x, d = xp.where(flipped, -x, x), xp.where(flipped, -d, d)
    odds = xp.exp(x)
    p = odds / (1.0 + odds)
    # exp(d) cannot overflow where w < 1 unless p is 0; there the plain difference is right.
    near = (x + d < 0.5) & (d < 0.5 * largest_exponent(x))
    step = xp.where(near, d, 0.0)
    w = p * xp.expm1(step)
    found = log_excess(w, 1.0 + w) + p * expm1mx(step)
    if nowhere(~near):
        return found
    far = softplus(xp.where(near, 0.0, x + d)) - softplus(x) - d * p
    return xp.where(near, found, far)


def _horner(xp: Any, coefficients: list[float], x: Array) -> Array:
    series = xp.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        series = series * x + coefficient
    return series


def _by_integral(x: Array, d: Array) -> Array:
    return in_pieces(_integral, x, d)


def _integral(x: Array, d: Array) -> Array:
    xp = namespace(x, d)
    mean = log_expm1_over_slope(x)
    s = xp.asarray(0.5 * (1.0 + _NODES), dtype=x.dtype, device=device_of(x))
    weight = xp.asarray(_WEIGHTS, dtype=x.dtype, device=device_of(x))
    density = weight * xp.exp(x[..., None] * (s - 1.0))
    change = xp.sum(density * expm1mx(d[..., None] * (s - mean[..., None])), axis=-1)
    return xp.log1p(change / xp.sum(density, axis=-1))


def _of_large(xp: Any, x: Array, d: Array, y: Array) -> Array:
    """For x, y > 0, not small: with q = 1/(exp(x) - 1) and w = -q (exp(-d) - 1), -[log(y/x) - d/x] + [log(1 + w) - w]
    - q [exp(-d) - 1 + d]."""
    decay, new = xp.exp(-x), xp.exp(-y)
    rest = -xp.expm1(-x)
    w = (decay - new) / rest
    q = decay / rest
    # exp(-x) [exp(-d) - 1 + d] = exp(-y) - exp(-x) + d exp(-x), formed without exp(-d) where that is large.
    small = xp.abs(d) < 1.0
    step = xp.where(small, d, 0.0)
    w = xp.where(small, -q * xp.expm1(-step), w)
    excess = xp.where(small, q * expm1mx(-step), (new - decay + xp.where(small, 0.0, d) * decay) / rest)
    return log_excess(w, 1.0 + w) - excess - log_excess(d / x, y / x)
