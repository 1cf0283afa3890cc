"""What is left of ln Γ beyond the leading part of Stirling's series, a ln a - a.

The relative entropies of gamma distributions and their powers are a remainder of a ln a - a, which is a matter of the
means alone and may be formed exactly, and a remainder of what is left: both convex, so that none of it cancels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import Array, nowhere
from kullback.functions.arguments import remembered, summed, together
from kullback.functions.gamma import (
    RAISED,
    STIRLING,
    digamma,
    log_excess,
    log_gamma,
    raise_to_series,
)

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)

_CUBIC = [(-1.0) ** n / (n * (n - 1)) for n in range(16, 2, -1)]


@remembered
@np.errstate(all="ignore")
def log_gamma_excess(a: Array) -> Array:
    """Return ln Γ(a) - a ln a + a, which falls from +∞ and is about ½ ln(2π/a) for large a.

    Args:
        a: positive numbers.

    Returns:
        An array of the shape of `a`.

    Source:
        DLMF 5.11.1.

    Example:
        >>> float(log_gamma_excess(np.array(1e10))).__round__(12)
        -10.593986931757
    """
    xp, (a,) = together(a)
    large = a >= RAISED
    low, high = xp.where(large, 1.0, a), xp.where(large, a, float(RAISED))
    series = _HALF_LOG_TAU - 0.5 * xp.log(high) + _binet(high)
    return xp.where(large, series, log_gamma(low) + low * (1.0 - xp.log(low)))


@remembered
@np.errstate(all="ignore")
def gamma_entropy(a: Array) -> Array:
    """Return ln Γ(a) - a ψ(a) + a: the entropy of ln X, X of gamma distribution with shape a and any rate.

    Args:
        a: positive numbers.

    Returns:
        An array of the shape of `a`.

    Source:
        DLMF 5.11.1, 5.11.2.

    Example:
        >>> float(gamma_entropy(np.array(1e10))).__round__(9)
        -10.093986932
    """
    xp, (a,) = together(a)
    large = a >= RAISED
    low, high = xp.where(large, 1.0, a), xp.where(large, a, float(RAISED))
    series = (0.5 + _HALF_LOG_TAU) - 0.5 * xp.log(high) + _binet(high) - high * _binet_slope(high)
    return xp.where(large, series, log_gamma(low) + low * (1.0 - digamma(low)))


@remembered
@np.errstate(all="ignore")
def digamma_excess(a: Array) -> Array:
    """Return ψ(a) - ln a, never positive, about -1/(2a) for large a.

    Args:
        a: positive numbers.

    Returns:
        An array of the shape of `a`.

    Source:
        DLMF 5.11.2.

    Example:
        >>> f"{digamma_excess(np.array(1e10)):.9g}"
        '-5e-11'
    """
    xp, (a,) = together(a)
    large = a >= RAISED
    low, high = xp.where(large, 1.0, a), xp.where(large, a, float(RAISED))
    return xp.where(large, _binet_slope(high) - 0.5 / high, digamma(low) - xp.log(low))


@np.errstate(all="ignore")
def log_gamma_excess_remainder(a: Array, d: Array, to: Array | None = None) -> Array:
    """Return f(a + d) - f(a) - d f'(a) ≥ 0 of f(a) = ln Γ(a) - a ln a + a.

    It is log_gamma_remainder(a, d) less the remainder of a ln a - a, y ln(y/a) - d with y = a + d: the sum over k < 8
    of the remainders at a + k of (a + 1) ln((a + 1)/a), and Stirling's series at a + 8.

    Args:
        a: positive numbers.
        d: numbers above -a.
        to: a + d, where it is known better than from the sum.

    Returns:
        An array of the common shape.

    Source:
        DLMF 5.11.1, 5.5.1.

    Example:
        >>> f"{log_gamma_excess_remainder(np.array(1e10), np.array(1e4)):.9g}"
        '2.49999833e-13'
    """
    xp, (a, d, y) = together(a, d, a + d if to is None else to)
    raised, upper_a, upper_y, low_a, low_d, low_y = raise_to_series(xp, a, d, y)
    found = _binet_remainder(xp, upper_a, d, upper_y) - 0.5 * log_excess(d / upper_a, upper_y / upper_a)
    if nowhere(raised):
        return found
    return found + summed(_raising_term, RAISED, low_a, low_d, low_y)


@np.errstate(all="ignore")
def binet_remainder(a: Array, d: Array, to: Array | None = None) -> Array:
    """Return the remainder of Binet's function, ln Γ(a) - (a - ½) ln a + a - ½ ln 2π, from a to a + d, both ≥ 8.

    Args:
        a: numbers from 8 on.
        d: numbers, such that a + d is from 8 on as well.
        to: a + d, where it is known better than from the sum.

    Returns:
        An array of the common shape, never negative.

    Source:
        DLMF 5.11.1.

    Example:
        >>> float(binet_remainder(np.array(10.0), np.array(0.0)))
        0.0
    """
    xp, (a, d, y) = together(a, d, a + d if to is None else to)
    return _binet_remainder(xp, a, d, y)


@remembered
@np.errstate(all="ignore")
def log_gamma_power_excess(k: Array, delta: Array) -> Array:
    """Return log_gamma_remainder(k + 1, δ) - δ**2/(2k), for k ≥ 8 and |δ| ≤ (k + 1)/16: of the order of δ**2/k**2.

    Args:
        k: numbers from 8 on.
        delta: numbers.

    Returns:
        An array of the common shape.

    Source:
        DLMF 5.11.1.

    Example:
        >>> float(log_gamma_power_excess(np.array(1e8), np.array(0.0)))
        0.0
    """
    xp, (k, delta) = together(k, delta)
    a = k + 1.0
    t = delta / a
    series = xp.full_like(t, _CUBIC[0])
    for coefficient in _CUBIC[1:]:
        series = series * t + coefficient
    return (
        delta * t * t * series
        - 0.5 * (delta / k) * t
        - 0.5 * log_excess(t, 1.0 + t)
        + _binet_remainder(xp, a, delta, a + delta)
    )


def _binet(a: Array) -> Array:
    u = 1.0 / a
    square = u * u
    series = STIRLING[-1] + 0.0 * u
    for coefficient in STIRLING[-2::-1]:
        series = series * square + coefficient
    return series * u


def _binet_slope(a: Array) -> Array:
    u = 1.0 / a
    square = u * u
    last = len(STIRLING)
    series = -(2 * last - 1) * STIRLING[-1] + 0.0 * u
    for n in range(last - 1, 0, -1):
        series = series * square - (2 * n - 1) * STIRLING[n - 1]
    return series * square


def _binet_remainder(xp: Any, a: Array, d: Array, y: Array) -> Array:
    u, v = 1.0 / a, 1.0 / y
    # T_m = sum over j < m of (m - j) u**(m - j) v**j grows by T_m = v T_(m-1) + m u**m.
    power, inner = u, u
    series = STIRLING[0] * inner
    for m in range(2, 2 * len(STIRLING)):
        power = power * u
        inner = v * inner + m * power
        if m % 2:
            series = series + STIRLING[m // 2] * inner
    return (d / a) * (d / y) * series


def _raising_term(k: Array, a: Array, d: Array, y: Array) -> Array:
    """Return the remainder of (a + 1) ln((a + 1)/a) at a + k.

    With u = -d/(y (a + 1)) it is (y + 1) ln(1 + u) + d/a, which is d**2/(a y (a + 1)) + (y + 1) (ln(1 + u) - u).
    """
    xp, (a, d, y) = together(a + k, d, y + k)
    u = -(d / y) / (a + 1.0)
    ratio = (a / y) * ((y + 1.0) / (a + 1.0))
    low = u >= 1.0
    near = (d / a) * (d / y) / (a + 1.0) + (y + 1.0) * log_excess(u, ratio)
    return xp.where(low, (y + 1.0) * xp.log(xp.where(low, ratio, 1.0)) + d / a, near)
