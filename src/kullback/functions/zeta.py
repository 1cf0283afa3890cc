"""Riemann's ζ for real s > 1: its logarithm, and how much that changes.

Everything is the sum over k < 16 plus the formula of Euler and Maclaurin for the rest (DLMF 25.2.9):
sum over k >= n of k**-s = n**-s {n/(s - 1) + 1/2 + sum over j of B_2j/(2j)! (s)_(2j-1) n**(1 - 2j)}.
"""

from __future__ import annotations

import decimal
import math
from typing import Any

import numpy as np

from kullback.arrays import Array, device_of, nowhere
from kullback.functions.arguments import remembered, together
from kullback.functions.gamma import BERNOULLI
from kullback.numerics import expm1mx, two_product

_FIRST = 16
_LOGS = [math.log(k) for k in range(1, _FIRST)]
_LOG_FIRST = math.log(_FIRST)
with decimal.localcontext() as _context:
    _context.prec = 40
    _LOWER = [float(decimal.Decimal(k).ln() - decimal.Decimal(math.log(k))) for k in range(1, _FIRST)]

# (2j - 1, B_2j/(2j)! n**(1 - 2j)): seven terms leave less than 1e-18 of ζ - 1, however large s is.
_TAIL = [(2 * j - 1, b / math.factorial(2 * j) * _FIRST ** (1.0 - 2 * j)) for j, b in enumerate(BERNOULLI[:7], 1)]


@remembered
@np.errstate(all="ignore")
def log_zeta(s: Array) -> Array:
    """Return ln ζ(s) for s > 1, log(1 + the sum of k**-s from 2 on), to full relative accuracy also for large s.

    Args:
        s: numbers above 1.

    Returns:
        An array of the shape of `s`, positive.

    Source:
        DLMF 25.2.1, 25.2.9.

    Example:
        >>> float(log_zeta(np.array(2.0))).__round__(12)
        0.497700302471
    """
    xp, (s,) = together(s)
    return xp.log1p(_beyond_one(xp, s, s - 1.0)[0])


@remembered
@np.errstate(all="ignore")
def zeta_minus_one(s: Array) -> Array:
    """Return ζ(s) - 1 = 2**-s + 3**-s + ... for s > 1, to full relative accuracy.

    Args:
        s: numbers above 1.

    Returns:
        An array of the shape of `s`, positive.

    Source:
        DLMF 25.2.1, 25.2.9.

    Example:
        >>> float(zeta_minus_one(np.array(2.0))).__round__(12)
        0.644934066848
    """
    xp, (s,) = together(s)
    return _beyond_one(xp, s, s - 1.0)[0]


@remembered
@np.errstate(all="ignore")
def zeta_slope(s: Array) -> Array:
    """Return ζ'(s)/ζ(s) for s > 1, minus the mean of ln k under the law proportional to k**-s.

    Args:
        s: numbers above 1.

    Returns:
        An array of the shape of `s`, negative.

    Source:
        DLMF 25.2.6, 25.2.9.

    Example:
        >>> float(zeta_slope(np.array(2.0))).__round__(12)
        -0.569960993095
    """
    xp, (s,) = together(s)
    rest, slope = _beyond_one(xp, s, s - 1.0)
    return slope / (1.0 + rest)


@np.errstate(all="ignore")
def log_zeta_remainder(s: Array, d: Array, to: Array | None = None) -> Array:
    """Return ln ζ(s + d) - ln ζ(s) - d ζ'(s)/ζ(s), never negative.

    With μ = -ζ'(s)/ζ(s) and k of the law proportional to k**-s it is log(1 + E[exp(x) - 1 - x]), x = -d (ln k - μ),
    whose sum over k >= 16 is again that of Euler and Maclaurin, with the parts of first order in d left out of every
    product. Where |d| (μ + ln 16) > 30 it is the plain difference.

    Args:
        s: numbers above 1.
        d: numbers above 1 - s.
        to: s + d, where it is known better than by adding: next to 1 beside a large s the rounding would count.

    Returns:
        An array of the common shape.

    Source:
        DLMF 25.2.9; the cumulant function of an exponential family: Barndorff-Nielsen, Information and Exponential
        Families (1978), 8.1.

    Example:
        >>> f"{float(log_zeta_remainder(np.array(2.0), np.array(1e-6))):.9e}"
        '4.422405920e-13'
    """
    known = to is not None
    xp, (s, d, to) = together(s, d, to if known else s)
    rest, slope = _beyond_one(xp, s, s - 1.0)
    mean = -slope / (1.0 + rest)
    near = xp.abs(d) * (mean + _LOG_FIRST) < 30.0
    # The difference from 1 is added to, not the rounded s.
    excess: Any = to - 1.0 if known else (s - 1.0) + d  # pyright: ignore[reportOptionalOperand]
    own = s - 1.0
    found = xp.log1p(_expected(xp, s, xp.where(near, d, 0.0), xp.where(near, excess, own), mean) / (1.0 + rest))
    if nowhere(~near):
        return found
    shift = xp.where(near, 0.0, d)
    end = xp.where(near, s, to if known else s + d)
    plain = xp.log1p(_beyond_one(xp, end, xp.where(near, own, excess))[0]) - xp.log1p(rest) + shift * mean
    return xp.where(near, found, plain)


def _powers(xp: Any, s: Array) -> tuple[Array, Array]:
    """k**-s for k = 1, ..., 15 on a new last axis, with what the rounding of s ln k would lose; and ln k."""
    logs = xp.asarray(_LOGS, dtype=s.dtype, device=device_of(s))
    lower = xp.asarray(_LOWER, dtype=s.dtype, device=device_of(s))
    s = s[..., None] + 0.0 * logs
    exponent, error = two_product(s, logs + 0.0 * s)
    return xp.exp(-exponent) * (1.0 - (error + s * lower)), logs


def _beyond_one(xp: Any, s: Array, excess: Array) -> tuple[Array, Array]:
    """ζ(s) - 1 and ζ'(s), where excess = s - 1."""
    power = xp.exp(-s * _LOG_FIRST)
    value = _FIRST / excess + 0.5
    slope = -_FIRST / excess**2
    product, product_slope, degree = s, xp.ones_like(s), 1
    for order, coefficient in _TAIL:
        while degree < order:
            product, product_slope = product * (s + degree), product_slope * (s + degree) + product
            degree += 1
        value = value + coefficient * product
        slope = slope + coefficient * product_slope
    value, slope = power * value, power * (slope - _LOG_FIRST * value)
    terms, logs = _powers(xp, s)
    return value + xp.sum(terms[..., 1:], axis=-1), slope - xp.sum(logs * terms, axis=-1)


def _expected(xp: Any, s: Array, d: Array, end: Array, mean: Array) -> Array:
    """The sum over k of k**-s [exp(x) - 1 - x] with x = -d (ln k - mean), where end = s + d - 1."""
    excess = s - 1.0
    t = d / excess
    x = -d * (_LOG_FIRST - mean)
    beyond, growth = expm1mx(x), xp.expm1(x)
    value = _FIRST / end * (beyond + t * (t - x)) + 0.5 * beyond
    # The polynomial (s + d)_m as (s)_m + d (its derivative) + remainder, factor by factor.
    product, slope, remainder, degree = s, xp.ones_like(s), xp.zeros_like(s), 1
    for order, coefficient in _TAIL:
        while degree < order:
            product, slope, remainder = (
                product * (s + degree),
                slope * (s + degree) + product,
                remainder * (s + degree + d) + slope * d * d,
            )
            degree += 1
        value = value + coefficient * (product * beyond + remainder * (1.0 + growth) + slope * d * growth)
    value = xp.exp(-s * _LOG_FIRST) * value
    terms, logs = _powers(xp, s)
    return value + xp.sum(terms * expm1mx(-d[..., None] * (logs - mean[..., None])), axis=-1)
