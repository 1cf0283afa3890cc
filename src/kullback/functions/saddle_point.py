"""Masses of counts without large numbers that cancel: the saddle-point form of binomial and Poisson masses.

ln Γ(x + 1) = (x + 1/2) ln x - x + ln(2 π)/2 + δ(x) with a δ that is small; in a mass the other parts of the factorials
meet the powers of the parameters in `deviance`, which is 0 at the mean. Source: Loader, "Fast and accurate computation
of binomial probabilities" (2000), which also has the tails of δ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from kullback.arrays import Array, namespace
from kullback.functions.arguments import remembered, together
from kullback.functions.gamma import BERNOULLI, log_gamma
from kullback.numerics import log1pmx, two_product, two_sum

_FROM = 10.0
_SERIES = [b / (2 * n * (2 * n - 1)) for n, b in enumerate(BERNOULLI, 1)]
_LOG_ROOT_TAU = 0.5 * math.log(2.0 * math.pi)


def as_one_step_in_jax(function: Callable[..., Array]) -> Callable[..., Array]:
    """Let JAX compile a function of arrays as one step, once for each set of shapes, instead of one by one."""

    @lru_cache(maxsize=1)
    def in_jax() -> Any:
        import jax

        return jax.jit(function)

    @wraps(function)
    def called(*arrays: Array) -> Array:
        return in_jax()(*arrays) if namespace(*arrays).__name__ == "jax.numpy" else function(*arrays)

    return called


@remembered
@np.errstate(all="ignore")
def stirling_error(x: Array) -> Array:
    """Return δ(x) = ln Γ(x + 1) - (x + 1/2) ln x + x - ln(2 π)/2, for x > 0.

    Stirling's series from 10 on, the plain difference below, where every part is of the size of 1.

    Args:
        x: positive numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 5.11.1.

    Example:
        >>> float(stirling_error(np.array(1e3))).__round__(12)
        8.3333331e-05
    """
    xp, (x,) = together(x)
    large = x >= _FROM
    big = xp.where(large, x, _FROM)
    square = 1.0 / (big * big)
    series = xp.full_like(x, _SERIES[-1])
    for coefficient in _SERIES[-2::-1]:
        series = series * square + coefficient
    small = xp.where(large, 1.0, x)
    logarithm = xp.log(small)
    plain = (log_gamma(small + 1.0) + small) - (small + 0.5) * logarithm - _LOG_ROOT_TAU
    return xp.where(large, series / big, plain)


@np.errstate(all="ignore")
def deviance(x: Array, mean: Array) -> Array:
    """Return x ln(x/mean) - x + mean, never negative, accurate also near x = mean; `mean` where x = 0.

    Args:
        x: numbers >= 0.
        mean: numbers >= 0; the value is infinite where it is 0 and x is not.

    Returns:
        An array of the common shape.

    Source:
        Loader (2000), eq. (4).

    Example:
        >>> float(deviance(np.array(2.0), np.array(1.0))).__round__(12)
        0.38629436112
    """
    xp, (x, mean) = together(x, mean)
    return excess(xp, x, mean, mean - x)


@np.errstate(all="ignore")
def excess(xp: Any, p: Any, q: Any, difference: Any, log_ratio: Any = None) -> Any:
    """Return q - p - p ln(q/p) >= 0 from p, q >= 0 and difference = q - p; q where p = 0, infinite where only q is.

    Args:
        xp: the namespace of the arrays.
        p: numbers >= 0.
        q: numbers >= 0.
        difference: q - p, with a small relative error.
        log_ratio: ln(q/p), where it is known better than from p and q, which may have underflowed.
    """
    # One factor of two on either side the quotient is in reach of the series; beyond, nothing cancels.
    near = (difference > -0.5 * p) & (difference < p)
    base = xp.where(near, p, 1.0)
    close = -base * log1pmx(xp.where(near, difference, 0.0) / base)
    apart = xp.logical_and(xp.logical_not(near), p > 0.0)
    if log_ratio is None:
        log_ratio = _log_of_quotient(xp, xp.where(apart, p, 1.0), xp.where(apart, q, 1.0))
    far = difference - p * xp.where(apart, log_ratio, 0.0)
    return xp.where(near, close, far) + 0.0


@np.errstate(all="ignore")
def log_of_ratio(xp: Any, p: Any, q: Any, difference: Any) -> Any:
    """Return ln(q/p) from p, q >= 0 and difference = q - p, also where p and q are nearly equal.

    Where one is 0 it is infinite, and 0 where both are.
    """
    near = (difference > -0.5 * p) & (difference < p)
    close = xp.log1p(xp.where(near, difference, 0.0) / xp.where(near, p, 1.0))
    far = _log_of_quotient(xp, xp.where(near, 1.0, p), xp.where(near, 1.0, q))
    return xp.where(p == q, xp.where(near, close, 0.0), xp.where(near, close, far))


def _log_of_quotient(xp: Any, p: Any, q: Any) -> Any:
    # One logarithm of the quotient is better than two that cancel, unless the quotient leaves the range.
    possible = (p > 1e-150) & (q > 1e-150) & (p < 1e150) & (q < 1e150)
    inner = xp.log(xp.where(possible, q, 1.0) / xp.where(possible, p, 1.0))
    return xp.where(possible, inner, xp.log(xp.where(possible, 1.0, q)) - xp.log(xp.where(possible, 1.0, p)))


@as_one_step_in_jax
@np.errstate(all="ignore")
def log_poisson_mass(k: Array, rate: Array) -> Array:
    """Return k ln rate - rate - ln k! for k >= 0 (whole or not) and rate >= 0.

    Args:
        k: numbers >= 0.
        rate: numbers >= 0.

    Returns:
        An array of the common shape; 0 where both are 0, -inf where only the rate is.

    Source:
        Loader (2000), section 5.

    Example:
        >>> float(log_poisson_mass(np.array(3.0), np.array(2.0))).__round__(12)
        -1.712317927548
    """
    xp, (k, rate) = together(k, rate)
    none = k == 0.0
    safe = xp.where(none, 1.0, k)
    mass = -stirling_error(safe) - deviance(safe, rate) - (_LOG_ROOT_TAU + 0.5 * xp.log(safe))
    return xp.where(none, -rate, mass)


@as_one_step_in_jax
@np.errstate(all="ignore")
def log_binomial_mass(k: Array, rest: Array, p: Array, c: Array, log_p: Array, log_c: Array) -> Array:
    """Return ln C(k + rest, k) + k ln p + rest ln c for k, rest >= 0 (whole or not) and p + c = 1.

    Args:
        k: numbers >= 0.
        rest: numbers >= 0, broadcasting as all of these.
        p: the chance of one.
        c: 1 - p, to full relative accuracy.
        log_p: ln p.
        log_c: ln c.

    Returns:
        An array of the common shape.

    Source:
        Loader (2000), eq. (3).

    Example:
        >>> half = np.array(0.5)
        >>> float(log_binomial_mass(np.array(1.0), np.array(1.0), half, half, np.log(half), np.log(half))).__round__(12)
        -0.69314718056
    """
    xp, (k, rest, p, c, log_p, log_c) = together(k, rest, p, c, log_p, log_c)
    none, every = k == 0.0, rest == 0.0
    inside = xp.logical_not(xp.logical_or(none, every))
    a, b = xp.where(inside, k, 1.0), xp.where(inside, rest, 1.0)
    inner_p, inner_c = xp.where(inside, p, 0.5), xp.where(inside, c, 0.5)
    inner_log_p, inner_log_c = xp.where(inside, log_p, -math.log(2.0)), xp.where(inside, log_c, -math.log(2.0))
    # n p - a = b - n c from the smaller of p and c, without a rounding: it is what the mass depends on.
    lower = inner_p <= 0.5
    smaller, count = xp.where(lower, inner_p, inner_c), xp.where(lower, a, b)
    n, n_error = two_sum(a, b)
    product, product_error = two_product(n, smaller)
    apart_by = (product - count) + (product_error + n_error * smaller)
    spread = xp.where(lower, apart_by, -apart_by)
    # ln(np/a) and ln(nc/b) come from logarithms: p or c may have underflowed.
    ratio, ratio_of_rest = xp.log(n) + inner_log_p - xp.log(a), xp.log(n) + inner_log_c - xp.log(b)
    gap = excess(xp, a, n * inner_p, spread, ratio) + excess(xp, b, n * inner_c, -spread, ratio_of_rest)
    corrections = stirling_error(n) - stirling_error(a) - stirling_error(b)
    mass = corrections - gap - (_LOG_ROOT_TAU + 0.5 * (xp.log(a) + (xp.log(b) - xp.log(n))))
    edge = xp.where(
        none,
        rest * xp.where(xp.logical_and(none, xp.logical_not(every)), log_c, 0.0),
        k * xp.where(xp.logical_and(every, xp.logical_not(none)), log_p, 0.0),
    )
    return xp.where(inside, mass, edge)
