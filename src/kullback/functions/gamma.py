"""ln Γ and its derivatives for positive arguments, and above all how much they change.

Arguments below 8 are raised to it by Γ(x + 1) = x Γ(x) (DLMF 5.5.1); above, Stirling's series is used (DLMF 5.11.1):
ln Γ(x) = (x - 1/2) ln x - x + ln(2 π)/2 + S(x), S(x) = sum B_2n / (2n (2n - 1) x**(2n - 1)). Differences are formed
term by term before anything is rounded, so that no step subtracts numbers that are nearly equal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from kullback.arrays import Array, Mask, namespace, nowhere
from kullback.functions.arguments import carried, in_pieces, remembered, summed, together

RAISED = 8
"""From here on ten terms of Stirling's series leave less than 1e-16 of any value."""

BERNOULLI = [
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
]
"""B_2, B_4, ..., B_20 (DLMF table 24.2.1)."""

STIRLING = [b / ((2 * n) * (2 * n - 1)) for n, b in enumerate(BERNOULLI, 1)]

_ATANH = [1.0 / k for k in range(37, 1, -2)]

# Where ψ vanishes, as the sum of two numbers, and where ln Γ does, with ψ there.
_ROOT, _ROOT_LOW = 1.4616321449683622, 9.549995429965697e-17
_EULER = 0.5772156649015329


def log_excess(t: Array, ratio: Array) -> Array:
    """Return log(1 + t) - t, never positive, given t and `ratio` = 1 + t, each to full relative accuracy.

    Near 0, with r = t/(2 + t), it is r (2 r**2 (1/3 + r**2/5 + ...) - t), where t dominates the bracket.
    """
    xp, (t, ratio) = together(t, ratio)
    return _log_excess_on_jax()(t, ratio) if xp.__name__ == "jax.numpy" else _log_excess(t, ratio)


def _log_excess(t: Array, ratio: Array) -> Array:
    xp = namespace(t, ratio)
    near = (t > -0.5) & (t < 1.0)
    z = xp.where(near, t, 0.0)
    r = z / (2.0 + z)
    square = r * r
    series = xp.full_like(z, _ATANH[0])
    for coefficient in _ATANH[1:]:
        series = series * square + coefficient
    found = r * (2.0 * square * series - z)
    if nowhere(~near):
        return found
    return xp.where(near, found, xp.log(xp.where(near, 1.0, ratio)) - t)


@lru_cache(maxsize=1)
def _log_excess_on_jax() -> Any:
    # The derivative -t/(1 + t) is told, because that of the series would be compiled term by term.
    import jax

    function = jax.custom_jvp(_log_excess)

    @function.defjvp
    def _(primals: Any, tangents: Any) -> Any:  # pyright: ignore[reportUnusedFunction]
        t, ratio = primals
        return function(t, ratio), -t / ratio * tangents[0]

    return function


def log_ratio(t: Array, ratio: Array) -> Array:
    """Return log(1 + t), given t and `ratio` = 1 + t, each to full relative accuracy."""
    xp, (t, ratio) = together(t, ratio)
    # Below -1/4 the logarithm of the ratio is as good, and XLA's log1p is off by 3e-14 there (jax 0.10).
    near = t > -0.25
    return xp.where(near, xp.log1p(xp.where(near, t, 0.0)), xp.log(xp.where(near, 1.0, ratio)))


def log1p(x: Array) -> Array:
    """Return log(1 + x)."""
    return log_ratio(x, 1.0 + x)


@remembered
@np.errstate(all="ignore")
def log_gamma(x: Array) -> Array:
    """Return ln Γ(x) for x > 0, to full relative accuracy also next to its zeros at 1 and 2.

    ln Γ(x) = (x - a) ψ(a) + log_gamma_remainder(a, x - a) with a = 1 below 3/2 and a = 2 above: none of it cancels.

    Args:
        x: positive numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 5.5.1, 5.11.1.

    Example:
        >>> log_gamma(np.array([0.5, 1.0, 10.0])).round(12).tolist()
        [0.572364942925, 0.0, 12.801827480081]
    """
    xp, (x,) = together(x)
    low = x < 1.5
    a = xp.where(low, xp.ones_like(x), xp.full_like(x, 2.0))
    d = x - a
    slope = xp.where(low, xp.full_like(x, -_EULER), xp.full_like(x, 1.0 - _EULER))
    return d * slope + _remainder(xp, a, d, x)


@remembered
@np.errstate(all="ignore")
def digamma(x: Array) -> Array:
    """Return ψ(x) = d ln Γ(x)/dx for x > 0, to full relative accuracy also next to its zero at 1.4616.

    Args:
        x: positive numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 5.11.2, 5.4.19 (the zero).

    Example:
        >>> float(digamma(np.array(1.0))).__round__(12)
        -0.577215664902
    """
    xp, (x,) = together(x)
    # Compilers would join two constants.
    low = xp.where(x > 0.0, _ROOT_LOW * xp.ones_like(x), 0.0)
    return _gap(xp, xp.full_like(x, _ROOT), (x - _ROOT) - low, x)


@remembered
@np.errstate(all="ignore")
def trigamma(x: Array) -> Array:
    """Return ψ'(x) for x > 0.

    ψ'(x) = sum over k < 8 of 1/(x + k)**2, plus Stirling's series at x + 8.

    Args:
        x: positive numbers.

    Returns:
        An array of the shape of `x`.

    Source:
        DLMF 5.15.5, 5.15.8.

    Example:
        >>> float(trigamma(np.array(1.0))).__round__(12)
        1.644934066848
    """
    xp, (x,) = together(x)
    raised = x < RAISED
    start = xp.where(raised, x + RAISED, x)
    u = 1.0 / start
    square = u * u
    series = xp.full_like(x, BERNOULLI[-1])
    for coefficient in BERNOULLI[-2::-1]:
        series = series * square + coefficient
    found = u + square * (0.5 + u * series)
    if nowhere(raised):
        return found
    one = xp.where(raised, xp.ones_like(x), 0.0)
    safe = xp.where(raised, x, 1.0)
    return found + summed(_inverse_square, RAISED, one + 0.0 * safe, safe)


@remembered
@np.errstate(all="ignore")
def log_gamma_remainder(a: Array, d: Array, to: Array | None = None) -> Array:
    """Return ln Γ(a + d) - ln Γ(a) - d ψ(a), what is left of ln Γ beyond its tangent: never negative.

    R(a, d) = R(a + 8, d) - sum over k < 8 of [log(1 + d/(a + k)) - d/(a + k)], and from 8 on with y = a + d
    R = [y log(y/a) - d] - [log(y/a) - d/a]/2 + d**2/(a y) sum over m = 1, 3, ... of c_m sum over j < m of
    (m - j) a**(j - m) y**-j. Each bracket has one sign.

    Args:
        a: positive numbers.
        d: numbers above -a.
        to: a + d, where it is known better than from the sum.

    Returns:
        An array of the common shape.

    Source:
        Stirling's series (DLMF 5.11.1) and the recurrence (DLMF 5.5.1); the remainder of Bregman, "The relaxation
        method of finding the common point of convex sets", USSR Comp. Math. 7 (1967), 200-217.

    Example:
        >>> float(log_gamma_remainder(np.array(1e10), np.array(1e4))).__round__(9)
        0.004999998
    """
    xp, (a, d, y) = together(a, d, a + d if to is None else to)
    return _remainder(xp, a, d, y)


@remembered
@np.errstate(all="ignore")
def log_gamma_difference(a: Array, d: Array) -> Array:
    """Return ln Γ(a + d) - ln Γ(a), also where d is small beside a.

    d ψ(a) + log_gamma_remainder(a, d) while a + d lies within a factor of two of a, the plain difference elsewhere;
    below 1 both arguments are raised by 1 first.

    Args:
        a: positive numbers.
        d: numbers above -a.

    Returns:
        An array of the common shape.

    Source:
        DLMF 5.5.1, 5.11.1.

    Example:
        >>> float(log_gamma_difference(np.array(1e15), np.array(1.0))).__round__(10)
        34.5387763949
    """
    xp, (a, d) = together(a, d)
    low = a < 1.0
    y = xp.where(low, a, 1.0) + xp.where(low, d, 0.0)
    first = log_ratio(xp.where(low, d / a, 0.0), xp.where(low, y / a, 1.0))
    a = xp.where(low, a + 1.0, a)
    y = xp.where(low, y + 1.0, a + d)
    near = (d > -0.5 * a) & (d < a)
    step = xp.where(near, d, 0.0)
    found = step * digamma(a) + _remainder(xp, a, step, a + step)
    if not nowhere(~near):
        far = log_gamma(xp.where(near, 1.0, y)) - log_gamma(xp.where(near, 1.0, a))
        found = xp.where(near, found, far)
    return found - first


@remembered
@np.errstate(all="ignore")
def digamma_difference(a: Array, d: Array) -> Array:
    """Return ψ(a + d) - ψ(a), which has the sign of d.

    With y = a + d it is the sum over k < 8 of d/((a + k) (y + k)), plus Stirling's series at a + 8 and y + 8:
    log(y/a) + d/(2 a y) + d/(a y) sum over n of B_2n/(2n) sum over j < 2n of a**(j + 1 - 2n) y**-j.

    Args:
        a: positive numbers.
        d: numbers above -a.

    Returns:
        An array of the common shape.

    Source:
        DLMF 5.5.2, 5.11.2.

    Example:
        >>> float(digamma_difference(np.array(2.0), np.array(1.0)))
        0.5
    """
    xp, (a, d) = together(a, d)
    return _gap(xp, a, d, a + d)


def multivariate_log_gamma(a: Array, p: int) -> Array:
    """Return ln Γ_p(a) = p (p - 1)/4 ln π + sum over j < p of ln Γ(a - j/2), for a > (p - 1)/2.

    Args:
        a: numbers above (p - 1)/2.
        p: how many rows the matrices have.

    Returns:
        An array of the shape of `a`.

    Source:
        DLMF 35.3.4.

    Example:
        >>> float(multivariate_log_gamma(np.array(2.0), 2)).__round__(12)
        0.451582705289
    """
    xp, (a,) = together(a)
    return 0.25 * p * (p - 1) * float(np.log(np.pi)) + xp.sum(log_gamma(_halves(xp, a, p)), axis=-1)


def multivariate_digamma(a: Array, p: int) -> Array:
    """Return d ln Γ_p(a)/da = sum over j < p of ψ(a - j/2), for a > (p - 1)/2.

    Args:
        a: numbers above (p - 1)/2.
        p: how many rows the matrices have.

    Returns:
        An array of the shape of `a`.

    Source:
        DLMF 35.3.4.

    Example:
        >>> float(multivariate_digamma(np.array(2.0), 2)).__round__(12)
        0.459274309077
    """
    xp, (a,) = together(a)
    return xp.sum(digamma(_halves(xp, a, p)), axis=-1)


def multivariate_log_gamma_remainder(a: Array, d: Array, p: int) -> Array:
    """Return ln Γ_p(a + d) - ln Γ_p(a) - d (ln Γ_p)'(a) = sum over j < p of log_gamma_remainder(a - j/2, d).

    Args:
        a: numbers above (p - 1)/2.
        d: numbers, such that a + d lies above (p - 1)/2 as well.
        p: how many rows the matrices have.

    Returns:
        An array of the common shape, never negative.

    Source:
        DLMF 35.3.4.

    Example:
        >>> float(multivariate_log_gamma_remainder(np.array(3.0), np.array(0.0), 2))
        0.0
    """
    xp, (a, d) = together(a, d)
    return xp.sum(log_gamma_remainder(_halves(xp, a, p), d[..., None]), axis=-1)


def multivariate_digamma_difference(a: Array, d: Array, p: int) -> Array:
    """Return (ln Γ_p)'(a + d) - (ln Γ_p)'(a) = sum over j < p of digamma_difference(a - j/2, d).

    Args:
        a: numbers above (p - 1)/2.
        d: numbers, such that a + d lies above (p - 1)/2 as well.
        p: how many rows the matrices have.

    Returns:
        An array of the common shape, with the sign of d.

    Source:
        DLMF 35.3.4.

    Example:
        >>> float(multivariate_digamma_difference(np.array(3.0), np.array(0.0), 2))
        0.0
    """
    xp, (a, d) = together(a, d)
    return xp.sum(digamma_difference(_halves(xp, a, p), d[..., None]), axis=-1)


def _halves(xp: Any, a: Any, p: int) -> Array:
    j = xp.asarray([0.5 * j for j in range(p)], dtype=a.dtype, device=getattr(a, "device", None))
    return a[..., None] - j


def raise_to_series(xp: Any, a: Array, d: Array, y: Array) -> tuple[Mask, Array, Array, Array, Array, Array]:
    """Return where a or y = a + d lies below 8; both raised by 8 there; and a, d, y for the terms of the recurrence.

    The latter are 1, 0, 1 where nothing is raised: the terms vanish, with all derivatives.
    """
    raised = (a < RAISED) | (y < RAISED)
    none = xp.where(raised, 0.0, xp.ones_like(a))
    step = RAISED * (1.0 - none)
    return (
        raised,
        a + step,
        y + step,
        xp.where(raised, a, 1.0),
        xp.where(raised, d, 0.0),
        xp.where(raised, y, 1.0),
    )


def raising_term(k: Array, a: Array, d: Array, y: Array) -> Array:
    """Return log((y + k)/(a + k)) - d/(a + k), the k-th term of the recurrence of a remainder."""
    return log_excess(d / (a + k), (y + k) / (a + k))


def _digamma_term(k: Array, a: Array, d: Array, y: Array) -> Array:
    return (d / (a + k)) / (y + k)


def _inverse_square(k: Array, one: Array, x: Array) -> Array:
    return (one / (x + k)) / (x + k)


def _remainder(xp: Any, a: Array, d: Array, y: Array) -> Array:
    return in_pieces(_remainder_of_piece, a, d, y)


def _remainder_of_piece(a: Array, d: Array, y: Array) -> Array:
    xp = namespace(a, d, y)
    raised, upper_a, upper_y, low_a, low_d, low_y = raise_to_series(xp, a, d, y)
    found = _stirling_remainder(xp, upper_a, d, upper_y)
    if nowhere(raised):
        return found
    return found - summed(raising_term, RAISED, low_a, low_d, low_y)


def _stirling_remainder(xp: Any, a: Array, d: Array, y: Array) -> Array:
    return -y * log_excess(-d / y, a / y) - 0.5 * log_excess(d / a, y / a) + stirling_sum_remainder(a, d, y)


def stirling_sum_remainder(a: Array, d: Array, y: Array) -> Array:
    """Return S(y) - S(a) - d S'(a) for a, y = a + d >= 8."""
    u, v = 1.0 / a, 1.0 / y

    # T_m = sum over j < m of (m - j) u**(m - j) v**j grows by T_m = v T_(m-1) + m u**m, here twice.
    def step(state: Any, m: float, coefficient: float) -> Any:
        series, inner, power = state
        power = power * u
        inner = v * inner + m * power
        power = power * u
        inner = v * inner + (m + 1.0) * power
        return series + coefficient * inner, inner, power

    table = [(2.0 * n, c) for n, c in enumerate(STIRLING[1:], 1)]
    return (d / a) * (d / y) * carried(step, (STIRLING[0] * u, u, u), table)[0]


def _gap(xp: Any, a: Array, d: Array, y: Array) -> Array:
    raised, upper_a, upper_y, low_a, low_d, low_y = raise_to_series(xp, a, d, y)
    u, v = 1.0 / upper_a, 1.0 / upper_y

    # T_m = sum over j < m of u**(m - 1 - j) v**j, of which m = 2, 4, ... are wanted.
    def step(state: Any, m: float, coefficient: float) -> Any:
        series, inner, power = state
        power = power * u
        inner = v * inner + power
        power = power * u
        inner = v * inner + power
        return series + coefficient / m * inner, inner, power

    table = [(2.0 * n, b) for n, b in enumerate(BERNOULLI[1:], 2)]
    series = carried(step, (BERNOULLI[0] / 2.0 * (u + v), u + v, u), table)[0]
    found = log_ratio(d / upper_a, upper_y / upper_a) + (d / upper_a) / upper_y * (0.5 + series)
    if nowhere(raised):
        return found
    return found + summed(_digamma_term, RAISED, low_a, low_d, low_y)


def stirling_sum(x: Array) -> Array:
    """Return S(x) = ln Γ(x) - (x - 1/2) ln x + x - ln(2 π)/2 for x >= 8."""
    xp, (x,) = together(x)
    u = 1.0 / x
    square = u * u
    series = xp.full_like(x, STIRLING[-1])
    for coefficient in STIRLING[-2::-1]:
        series = series * square + coefficient
    return u * series
