"""Modified Bessel functions I of real order ν >= 0, their ratios, and how much their logarithms change.

With w = sqrt(ν**2 + x**2) >= 40, the expansion of Debye, which is uniform in both (DLMF 10.41.3), is used as
ln(x**-ν I_ν(x)) = w - ν ln(ν + w) - ln(2 π w)/2 + D,  D = sum over k of w**-k D_k(ν**2/w**2), with polynomials D_k.
Below that, the order is raised until it holds: with C = 1 - I_(ν+1)(x)/I_ν(x), the recurrence (DLMF 10.29.1) is
C_(ν-1) = (2 ν - x C_ν)/(2 ν + x - x C_ν), downwards in ν, where errors shrink; and values are the sum of the power
series (DLMF 10.25.2).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from kullback.arrays import Array, Mask, device_of, namespace, nowhere
from kullback.functions.arguments import carried, remembered, replaced, together
from kullback.functions.gamma import log_excess, log_gamma
from kullback.numerics import log1pmx, times

_LARGE = 40
_TERMS = 14

# Up to here the power series is summed; it has 110 terms.
_WIDE = 60

_NODES = 24
_FEW_NODES = 10

_Table = list[tuple[float, ...]]


@remembered
@np.errstate(all="ignore")
def log_bessel_i(order: Array, x: Array) -> Array:
    """Return ln I_ν(x).

    Args:
        order: ν >= 0.
        x: numbers that are not negative.

    Returns:
        An array of the common shape; -inf where x = 0 and ν > 0.

    Source:
        DLMF 10.25.2, 10.41.3.

    Example:
        >>> float(log_bessel_i(np.array(0.0), np.array(1.0))).__round__(12)
        0.235914358507
    """
    xp, (order, x) = together(order, x)
    positive = x > 0.0
    power = times(order, xp.where(positive, xp.log(xp.where(positive, x, 1.0)), -xp.inf))
    return power + log_vonmises_normaliser(order, x)


@np.errstate(all="ignore")
def debye_correction(order: Array, w: Array) -> Array:
    """Return what ln I_ν(x) is above w − ν ln((ν + w)/x) − ln(2πw)/2, w = √(ν² + x²) ≥ 40: small, 0 as w grows.

    Args:
        order: 0 <= ν <= w.
        w: numbers from 40 on.

    Returns:
        An array of the common shape.

    Source:
        DLMF 10.41.3.

    Example:
        >>> float(debye_correction(np.array(0.0), np.array(100.0))).__round__(12)
        0.001256316141
    """
    _, (order, w) = together(order, w)
    return _series(_tables()[0], order, w)


@remembered
@np.errstate(all="ignore")
def log_vonmises_normaliser(order: Array, x: Array) -> Array:
    """Return ln(x**-ν I_ν(x)), whose derivative is bessel_ratio(ν, x).

    (2 π)**(ν + 1) x**-ν I_ν(x) normalises the law of von Mises and Fisher with concentration x in dimension 2 ν + 2.

    Args:
        order: ν >= 0.
        x: numbers that are not negative.

    Returns:
        An array of the common shape.

    Source:
        Mardia and Jupp, Directional Statistics (2000), 9.3.4; DLMF 10.25.2, 10.41.3.

    Example:
        >>> float(log_vonmises_normaliser(np.array(0.5), np.array(1.0))).__round__(12)
        -0.064351991074
    """
    xp, (order, x) = together(order, x)
    large = order * order + x * x >= _LARGE**2
    v, z = xp.where(large, order, 1.0 * _LARGE), xp.where(large, x, 0.0)
    w = xp.sqrt(v * v + z * z)
    found = w - v * xp.log(v + w) - 0.5 * xp.log(2.0 * math.pi * w) + _series(_tables()[0], v, w)
    if nowhere(~large):
        return found
    v, z = xp.where(large, 0.0, order), xp.where(large, 0.0, x)
    small = _log_of_power_series(xp, v, z) - (math.log(2.0) * v + log_gamma(v + 1.0))
    return xp.where(large, found, small)


@remembered
@np.errstate(all="ignore")
def bessel_ratio(order: Array, x: Array) -> Array:
    """Return I_(ν+1)(x)/I_ν(x), the mean resultant length of von Mises and Fisher's law in dimension 2 ν + 2.

    Args:
        order: ν >= 0.
        x: numbers that are not negative.

    Returns:
        An array of the common shape, between 0 and 1.

    Source:
        DLMF 10.29.1, 10.41.3; Amos, "Computation of modified Bessel functions and their ratios", Math. Comp. 28 (1974),
        239-251.

    Example:
        >>> float(bessel_ratio(np.array(0.0), np.array(1.0))).__round__(12)
        0.446389965897
    """
    xp, (order, x) = together(order, x)
    return _ratios(xp, order, x)[0]


@remembered
@np.errstate(all="ignore")
def bessel_ratio_complement(order: Array, x: Array) -> Array:
    """Return 1 - I_(ν+1)(x)/I_ν(x), to full relative accuracy also where x is large: about (ν + 1/2)/x.

    Args:
        order: ν >= 0.
        x: numbers that are not negative.

    Returns:
        An array of the common shape, between 0 and 1.

    Source:
        DLMF 10.29.1, 10.41.3.

    Example:
        >>> f"{float(bessel_ratio_complement(np.array(0.0), np.array(1e9))):.12e}"
        '5.000000001250e-10'
    """
    xp, (order, x) = together(order, x)
    return _ratios(xp, order, x)[1]


@remembered
@np.errstate(all="ignore")
def vonmises_remainder(order: Array, x: Array, d: Array) -> Array:
    """Return f(x + d) - f(x) - d f'(x) for f(x) = ln(x**-ν I_ν(x)), never negative.

    Where Debye's expansion holds for x and y = x + d, its leading terms are subtracted in the formula: with w and z the
    roots of ν**2 + x**2 and ν**2 + y**2, and m = (z - w)/(ν + w), they leave
    ν**2 d**2/((ν + w) (w z + ν**2 + x y)) - ν [log(1 + m) - m]. What remains, and everything where it does not hold, is
    d**2 times the integral of (1 - t) f''(x + t d) over 0 < t < 1 by Gauss and Legendre's rule, or the plain difference
    where d is large.

    Args:
        order: ν >= 0.
        x: numbers that are not negative.
        d: numbers, not below -x.

    Returns:
        An array of the common shape: the relative entropy of von Mises and Fisher's law with concentration x from that
        with x + d about the same mean direction.

    Source:
        DLMF 10.29.1, 10.41.3.

    Example:
        >>> float(vonmises_remainder(np.array(0.0), np.array(1.0), np.array(1.0))).__round__(12)
        0.141689217079
    """
    xp, (order, x, d) = together(order, x, d)
    y = x + d
    large = (order * order + x * x >= _LARGE**2) & (order * order + y * y >= _LARGE**2)
    near = ~large & (xp.abs(d) < xp.where(x > 10.0, 0.85 * x, 8.5))
    far = ~(near | large)
    found = xp.zeros_like(x)
    found = replaced(found, large, _remainder_of_large, (order, 1.0 * _LARGE), (x, 0.0), (d, 0.0))
    found = replaced(found, near, _remainder_by_integral, (order, 0.0), (x, 0.0), (d, 0.0))
    return replaced(found, far, _remainder_by_difference, (order, 0.0), (x, 0.0), (d, 0.0))


@np.errstate(all="ignore")
def log_bessel_i_remainder(order: Array, x: Array, d: Array) -> Array:
    """Return ln I_ν(x + d) - ln I_ν(x) - d (ln I_ν)'(x).

    It is vonmises_remainder(ν, x, d) + ν [log(1 + d/x) - d/x], of which the second part is negative: ln I_ν is concave
    where ν outweighs it.

    Args:
        order: ν >= 0.
        x: positive numbers.
        d: numbers above -x.

    Returns:
        An array of the common shape.

    Source:
        `vonmises_remainder`.

    Example:
        >>> float(log_bessel_i_remainder(np.array(0.0), np.array(1.0), np.array(1.0))).__round__(12)
        0.141689217079
    """
    xp, (order, x, d) = together(order, x, d)
    none = order == 0.0
    t = xp.where(none, 0.0, d) / xp.where(none, 1.0, x)
    return vonmises_remainder(order, x, d) + order * log1pmx(t)


def _remainder_by_integral(v: Array, x: Array, d: Array) -> Array:
    xp = namespace(x)
    return d * d * _integral(xp, _ratio_slope, v, x, d, _NODES)


def _remainder_by_difference(v: Array, x: Array, d: Array) -> Array:
    xp = namespace(x)
    ratio, complement, _ = _ratios(xp, v, x)
    # Where ratios are near 1, x itself is taken off f: it cancels.
    steep = ratio > 0.5
    return _rise(xp, v, x + d, steep) - _rise(xp, v, x, steep) + d * xp.where(steep, complement, -ratio)


def _rise(xp: Any, v: Array, x: Array, steep: Mask) -> Array:
    """ln of x**-ν I_ν(x) over its value at 0, where steep less x."""
    large = (x > _WIDE) & (v * v + x * x >= _LARGE**2)
    low = _log_of_power_series(xp, v, xp.where(large, 0.0, x)) - xp.where(steep & ~large, x, 0.0)
    z = xp.where(large, x, 1.0 * _WIDE)
    w = xp.sqrt(v * v + z * z)
    high = xp.where(steep, v * (v / (w + z)), w) - v * xp.log(0.5 * (v + w)) - 0.5 * xp.log(2.0 * math.pi * w)
    return xp.where(large, high + _series(_tables()[0], v, w) + log_gamma(v + 1.0), low)


def _remainder_of_large(v: Array, x: Array, d: Array) -> Array:
    xp = namespace(x)
    y = x + d
    w, z = xp.sqrt(v * v + x * x), xp.sqrt(v * v + y * y)
    change = d * ((x + y) / (w + z))
    root = v / w
    bend = root * d * (v / (v + w)) * (d / (z + v * root + x / w * y))
    lead = bend - v * log_excess(change / (v + w), (v + z) / (v + w))
    # Of -ln(w)/2, with q = (y**2 - x**2)/w**2: -[log(1 + q) - q]/4 - d**2/w**2/4.
    near = xp.abs(d) < 0.5 * w
    step = xp.where(near, d, 0.0)
    slope = step / w
    q = slope * ((2.0 * x + step) / w)
    halves = -0.25 * (log1pmx(q) + slope * slope)
    second = _tables()[2]

    def curvature(v: Array, x: Array) -> Array:
        square = v * v + x * x
        return _series(second, v, xp.sqrt(square)) / square

    rest = step * step * _integral(xp, curvature, v, x, step, _FEW_NODES)
    if nowhere(~near):
        return lead + (halves + rest)
    first, value = _tables()[1], _tables()[0]
    end, far_step = xp.where(near, w, z), xp.where(near, 0.0, d)
    pull = far_step / w * (x / w)
    plain = -0.5 * (xp.log(end / w) - pull)
    plain = plain + (_series(value, v, end) - _series(value, v, w) + pull * _series(first, v, w))
    return lead + xp.where(near, halves + rest, plain)


def _integral(xp: Any, function: Any, v: Array, x: Array, d: Array, count: int) -> Array:
    """The integral of (1 - t) function(v, x + t d) over 0 < t < 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    t = xp.asarray(0.5 * (1.0 + nodes), dtype=x.dtype, device=device_of(x))
    weight = xp.asarray(0.25 * weights * (1.0 - nodes), dtype=x.dtype, device=device_of(x))
    points = x[..., None] + t * d[..., None]
    return xp.sum(weight * function(v[..., None] + 0.0 * points, points), axis=-1)


def _ratios(xp: Any, order: Array, x: Array) -> tuple[Array, Array, Array]:
    """The ratio, 1 minus it, and its derivative."""
    lacking = xp.sqrt(xp.maximum(_LARGE**2 - x * x, xp.zeros_like(x))) - order
    steps = xp.where(lacking > 0.0, xp.ceil(lacking), 0.0)
    v = order + steps
    w = xp.sqrt(v * v + x * x)
    first, second = _series(_tables()[1], v, w), _series(_tables()[2], v, w)
    share, slope = v / w, x / w
    pull = slope / w * (0.5 + first)
    ratio = x / (v + w) - pull
    complement = share * ((w + x + v) / (w + x)) / (1.0 + share) + pull
    curvature = share / (v + w) + (0.5 - share * share + second) / (w * w)
    if nowhere(steps > 0.0):
        return ratio, complement, curvature

    def step(state: Any, back: float) -> Any:
        ratio, complement, curvature = state
        twice = 2.0 * (order + back)
        lift = twice - x * complement
        whole = lift + x
        active = back <= steps
        whole = xp.where(active, whole, 1.0)
        return (
            xp.where(active, x / whole, ratio),
            xp.where(active, lift / whole, complement),
            xp.where(active, (twice / whole - x * (x / whole) * curvature) / whole, curvature),
        )

    return carried(step, (ratio, complement, curvature), [(float(j),) for j in range(_LARGE, 0, -1)])


def _ratio_slope(v: Array, x: Array) -> Array:
    return _ratios(namespace(x), v, x)[2]


def _log_of_power_series(xp: Any, order: Array, x: Array) -> Array:
    """ln of x**-ν I_ν(x) over its value at 0, for x <= 60: the log of the sum of (x**2/4)**k/(k! (ν + 1)_k)."""
    square = 0.25 * x * x

    def step(state: Any, k: float) -> Any:
        (tail,) = state
        return (square / (k * (order + k)) * (1.0 + tail),)

    return xp.log1p(carried(step, (xp.zeros_like(x),), [(float(k),) for k in range(110, 0, -1)])[0])


def _series(table: _Table, v: Array, w: Array) -> Array:
    """The sum over k >= 1 of w**-k times the polynomial in (v/w)**2 of row k, the last row first."""
    share = v / w
    square = share * share
    inverse = 1.0 / w
    if namespace(v, w).__name__ == "jax.numpy":  # one step for all rows
        table = [(0.0,) * (_TERMS + 2 - len(row)) + row for row in table]

    def step(state: Any, *coefficients: float) -> Any:
        (total,) = state
        inner = coefficients[0] + 0.0 * square
        for coefficient in coefficients[1:]:
            inner = inner * square + coefficient
        return ((total + inner) * inverse,)

    return carried(step, (0.0 * square,), table)[0]


@lru_cache(maxsize=1)
def _tables() -> tuple[_Table, _Table, _Table]:
    """Return the polynomials of D, of -w**2 D'/x and of w**2 D'', highest power first, those of k = 14 first.

    U_0 = 1, U_(k+1) = p**2 (1 - p**2) U_k'/2 + the integral of (1 - 5 t**2) U_k/8 from 0 to p (DLMF 10.41.9), and
    D = ln(sum of U_k(p)/ν**k) with p = ν/w, where U_k(p) is p**k times a polynomial in p**2.
    """
    # u[k][j] belongs to p**(k + 2j).
    u = [[Fraction(1)]]
    for k in range(_TERMS):
        following = [Fraction(0)] * (k + 2)
        for j, c in enumerate(u[k]):
            power = k + 2 * j
            following[j] += c * (Fraction(power, 2) + Fraction(1, 8 * (power + 1)))
            following[j + 1] -= c * (Fraction(power, 2) + Fraction(5, 8 * (power + 3)))
        u.append(following)
    logs: list[list[Fraction]] = [[]]
    for k in range(1, _TERMS + 1):
        found = list(u[k])
        for i in range(1, k):
            for a, left in enumerate(logs[i]):
                for b, right in enumerate(u[k - i]):
                    found[a + b] -= Fraction(i, k) * left * right
        logs.append(found)
    value: _Table = []
    first: _Table = []
    second: _Table = []
    for k in range(_TERMS, 0, -1):
        powers = [k + 2 * j for j in range(k + 1)]
        rows = [list(logs[k]), [m * c for m, c in zip(powers, logs[k], strict=True)], [Fraction(0)] * (k + 2)]
        for j, (m, c) in enumerate(zip(powers, logs[k], strict=True)):
            rows[2][j] += c * m * (m + 1)
            rows[2][j + 1] -= c * m * (m + 2)
        for table, row in zip((value, first, second), rows, strict=True):
            table.append(tuple(map(float, row[::-1])))
    return value, first, second
