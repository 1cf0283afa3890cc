"""The error function, the normal law and their logarithms, accurate in both tails.

For x >= 0 everything is made of erfcx(x) = exp(x**2) erfc(x), which neither under- nor overflows: (1 + 2 x) erfcx(x)
is one Chebyshev series in (x - 3)/(x + 3) for all x (Shepherd and Laframboise, "Chebyshev approximation of
(1 + 2x) exp(x**2) erfc x in 0 <= x < infinity", Math. Comp. 36 (1981), 249-253; the coefficients here belong to
another centre and were computed with 50 digits). Squares that are exponentiated carry their rounding error along.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import Array, device_of, nowhere
from kullback.functions.arguments import remembered, together
from kullback.functions.gamma import log1p
from kullback.numerics import two_product

_ROOT_HALF = math.sqrt(0.5)
_ROOT_TWO_OVER_PI = math.sqrt(2.0 / math.pi)
_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)

# Of (1 + 2x) erfcx(x) in t = (x - 3)/(x + 3), from the last to that of T_1, and half that of T_0.
_ERFCX = [
    1.0006111691821667e-16,
    2.3514112258781403e-16,
    -1.5169878690228116e-15,
    -7.287943737592673e-15,
    1.973425574544739e-14,
    1.8134502003176963e-13,
    -2.07922492859799e-13,
    -4.277340064396911e-12,
    1.475715976623473e-12,
    1.0361607445969489e-10,
    -1.460079119939105e-11,
    -2.699519049798364e-09,
    1.885668523838603e-09,
    7.549828343825093e-08,
    -1.807522790414837e-07,
    -2.0072285659059913e-06,
    1.2841532864056671e-05,
    1.7661719523173591e-05,
    -0.0006335531710553147,
    0.004453426061462712,
    -0.018976596707845208,
    0.05436652555744322,
    -0.09377550342284209,
    0.005353904539615676,
]
_ERFCX_MEAN = 0.5 * 2.35512514839312

# Of erf(x) = 2 x/sqrt(pi) exp(-x**2) sum (2 x**2)**n / (2n + 1)!! (DLMF 7.6.2), all of one sign.
_ERF = [2.0**n / math.prod(range(1, 2 * n + 2, 2)) for n in range(22, -1, -1)]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)


@np.errstate(all="ignore")
def erf(x: Array) -> Array:
    """Return erf(x) = 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x, to full relative accuracy.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 7.2.1, 7.6.2.

    Example:
        >>> float(erf(np.array(0.5))).__round__(12)
        0.520499877813
    """
    xp, (x,) = together(x)
    near = xp.abs(x) < 1.0
    found = _erf_near(xp, xp.where(near, x, 0.0))
    if nowhere(~near):
        return found
    above = x > 0.0
    tail = _erfc_above(xp, xp.where(near, 1.0, xp.where(above, x, -x)))
    return xp.where(near, found, xp.where(above, 1.0 - tail, tail - 1.0))


@np.errstate(all="ignore")
def erfc(x: Array) -> Array:
    """Return erfc(x) = 1 - erf(x), to full relative accuracy also where next to nothing is left.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 7.2.2.

    Example:
        >>> f"{float(erfc(np.array(5.0))):.12e}"
        '1.537459794428e-12'
    """
    xp, (x,) = together(x)
    far = x > 0.5
    tail = _erfc_above(xp, xp.where(far, x, 1.0))
    return xp.where(far, tail, 1.0 - erf(xp.where(far, 0.0, x)))


@remembered
@np.errstate(all="ignore")
def log_erfc(x: Array) -> Array:
    """Return ln erfc(x): -x**2 + ln erfcx(x) above 1/2, log(1 - erf(x)) below.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 7.2.2.

    Example:
        >>> float(log_erfc(np.array(100.0))).__round__(9)
        -10005.177585123
    """
    xp, (x,) = together(x)
    far = x > 0.5
    above = xp.where(far, x, 1.0)
    tail = xp.log(_erfcx(xp, above)) - above * above
    return xp.where(far, tail, log1p(-erf(xp.where(far, 0.0, x))))


@np.errstate(all="ignore")
def ndtr(x: Array) -> Array:
    """Return Φ(x), the probability that a standard normal variable is at most x, to full relative accuracy.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 7.2.2: Φ(x) = erfc(-x/sqrt(2))/2.

    Example:
        >>> float(ndtr(np.array(0.0)))
        0.5
    """
    xp, (x,) = together(x)
    above = x > 0.0
    tail = _upper_tail(xp, xp.where(above, x, -x))
    return xp.where(above, 1.0 - tail, tail)


@remembered
@np.errstate(all="ignore")
def log_ndtr(x: Array) -> Array:
    """Return ln Φ(x), the logarithm of the standard normal distribution function.

    -x**2/2 + ln(erfcx(-x/sqrt(2))/2) for x <= 0, log(1 - Φ(-x)) for x > 0.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`, never positive.

    Source:
        DLMF 7.2.2.

    Example:
        >>> float(log_ndtr(np.array(-40.0))).__round__(9)
        -804.608442014
    """
    xp, (x,) = together(x)
    above = x > 0.0
    z = xp.where(above, 0.0, -x)
    below = xp.log(0.5 * _erfcx(xp, z * _ROOT_HALF)) - 0.5 * z * z
    return xp.where(above, log1p(-_upper_tail(xp, xp.where(above, x, 0.0))), below)


@remembered
@np.errstate(all="ignore")
def inverse_mills(x: Array) -> Array:
    """Return φ(x)/Φ(x), the derivative of ln Φ(x): sqrt(2/π)/erfcx(-x/sqrt(2)) for x <= 0.

    Args:
        x: real numbers.

    Returns:
        An array of the shape of `x`, positive.

    Source:
        Mills, "Table of the ratio: area to bounding ordinate, for any portion of normal curve", Biometrika 18 (1926),
        395-400; DLMF 7.8.1.

    Example:
        >>> float(inverse_mills(np.array(0.0))).__round__(12)
        0.797884560803
    """
    xp, (x,) = together(x)
    above = x > 0.0
    below = _ROOT_TWO_OVER_PI / _erfcx(xp, xp.where(above, 0.0, -x) * _ROOT_HALF)
    z = xp.where(above, x, 0.0)
    density = 0.5 * _ROOT_TWO_OVER_PI * _exp_minus_half_square(xp, z)
    return xp.where(above, density / (1.0 - _upper_tail(xp, z)), below)


@remembered
@np.errstate(all="ignore")
def log_ndtr_interval(a: Array, b: Array) -> Array:
    """Return ln(Φ(b) - Φ(a)) for a < b, the logarithm of the standard normal probability of an interval.

    Intervals around 0 add what lies on each side. For others, mirrored so that 0 <= x < y,
    Φ(y) - Φ(x) = exp(-x**2/2) {erfcx(x/sqrt(2)) - exp((x**2 - y**2)/2) erfcx(y/sqrt(2))}/2, and where
    y**2 - x**2 < 2 the integral of the density by Gauss and Legendre's rule with 14 nodes.

    Args:
        a: lower ends; -inf is allowed.
        b: upper ends, above `a`; inf is allowed.

    Returns:
        An array of the common shape, never positive; -inf where a = b.

    Source:
        DLMF 7.2.2, 3.5(v).

    Example:
        >>> float(log_ndtr_interval(np.array(10.0), np.array(10.001))).__round__(9)
        -57.831689812
    """
    xp, (a, b) = together(a, b)
    around = (a < 0.0) & (b > 0.0)
    found = xp.where(
        around,
        _log_around(xp, xp.where(around, -a, 1.0), xp.where(around, b, 1.0)),
        _log_aside(
            xp,
            xp.where(around, 1.0, xp.where(a < 0.0, -b, a)),
            xp.where(around, 2.0, xp.where(a < 0.0, -a, b)),
        ),
    )
    return found


def _log_around(xp: Any, left: Array, right: Array) -> Array:
    tails = _upper_tail(xp, left) + _upper_tail(xp, right)
    narrow = tails > 0.5
    u, v = (xp.where(narrow, z, 1.0) * _ROOT_HALF for z in (left, right))
    return xp.where(narrow, xp.log(0.5 * (erf(u) + erf(v))), log1p(-xp.where(narrow, 0.0, tails)))


def _log_aside(xp: Any, x: Array, y: Array) -> Array:
    width = y - x
    fall = 0.5 * width * (x + y)
    near = fall < 1.0
    # exp((x**2 - u**2)/2) at u = x + s: one sign, and no steeper than exp(-1) from end to end.
    w, start = xp.where(near, width, 1.0), xp.where(near, x, 0.0)
    nodes = xp.asarray(0.5 * (1.0 + _NODES), dtype=x.dtype, device=device_of(x))
    weights = xp.asarray(0.5 * _WEIGHTS, dtype=x.dtype, device=device_of(x))
    s = nodes * w[..., None]
    mean = xp.sum(weights * xp.exp(-s * (start[..., None] + 0.5 * s)), axis=-1)
    inside = xp.log(w * mean) - _HALF_LOG_TWO_PI
    u, v, decay = xp.where(near, 0.0, x), xp.where(near, 2.0, y), xp.where(near, 2.0, fall)
    outside = xp.log(0.5 * (_erfcx(xp, u * _ROOT_HALF) - xp.exp(-decay) * _erfcx(xp, v * _ROOT_HALF)))
    return xp.where(near, inside, outside) - 0.5 * x * x


def _erfcx(xp: Any, x: Array) -> Array:
    t = 1.0 - 6.0 / (x + 3.0)
    double = 2.0 * t
    last, before = xp.zeros_like(x), xp.zeros_like(x)
    for coefficient in _ERFCX:
        last, before = double * last - before + coefficient, last
    return (t * last - before + _ERFCX_MEAN) / (1.0 + 2.0 * x)


def _erf_near(xp: Any, x: Array) -> Array:
    square = x * x
    series = xp.full_like(x, _ERF[0])
    for coefficient in _ERF[1:]:
        series = series * square + coefficient
    return 2.0 / math.sqrt(math.pi) * x * (xp.exp(-square) * series)


def _erfc_above(xp: Any, x: Array) -> Array:
    """erfc of x >= 0."""
    x = xp.where(x < 30.0, x, 30.0)
    square, error = two_product(x, x)
    return xp.exp(-square) * (1.0 - error) * _erfcx(xp, x)


def _exp_minus_half_square(xp: Any, x: Array) -> Array:
    x = xp.where(x < 45.0, x, 45.0)
    square, error = two_product(x, x)
    return xp.exp(-0.5 * square) * (1.0 - 0.5 * error)


def _upper_tail(xp: Any, x: Array) -> Array:
    """1 - Φ(x) for x >= 0."""
    return 0.5 * _exp_minus_half_square(xp, x) * _erfcx(xp, x * _ROOT_HALF)
