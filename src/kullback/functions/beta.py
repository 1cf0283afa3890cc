"""ln B and its relatives for positive arguments, and how much they change.

What is left of ln B beyond its tangent is R(a, da) + R(b, db) - R(a + b, da + db) with R = log_gamma_remainder, three
numbers of which next to nothing may be left. Here the subtraction is done in the formulas, in two ways.

Where both arguments are large, Stirling's leading terms leave a relative entropy, (Y_a + Y_b) KL(Y ‖ a), of the new
arguments as shares from the old ones. Where one is small, R(a, d) - R(a + c, d) is written as a sum of terms of one
sign, each of which has the factor c.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import Array, nowhere
from kullback.functions.arguments import carried, remembered, settled, summed, together
from kullback.functions.gamma import (
    RAISED,
    STIRLING,
    digamma_difference,
    log_excess,
    log_gamma,
    log_gamma_difference,
    log_ratio,
    raise_to_series,
    raising_term,
    stirling_sum,
    stirling_sum_remainder,
)
from kullback.numerics import add_pairs, two_product, two_sum

_SMALL = 2.5
"""Both forms lose about a factor of ten at worst where the smaller argument is this; each gets better on its side."""

_Pair = tuple[Array, Array]


@remembered
@np.errstate(all="ignore")
def log_beta(a: Array, b: Array) -> Array:
    """Return ln B(a, b) = ln Γ(a) + ln Γ(b) - ln Γ(a + b) for a, b > 0.

    From 8 on (1 - 2a)/2 log(1 + b/a) + (1 - 2b)/2 log(1 + a/b) - log((a + b)/(2 π))/2 and three sums of Stirling;
    below, with b the smaller, ln Γ(b) - log_gamma_difference(a, b).

    Args:
        a: positive numbers.
        b: positive numbers.

    Returns:
        An array of the common shape.

    Source:
        DLMF 5.12.1, 5.11.1.

    Example:
        >>> float(log_beta(np.array(2.0), np.array(3.0))).__round__(12)
        -2.484906649788
    """
    xp, (a, b) = together(a, b)
    least, most = xp.minimum(a, b), xp.maximum(a, b)
    small = least < RAISED
    x = xp.where(small, 1.0 * RAISED, least)
    y = xp.where(small, 1.0 * RAISED, most)
    large = (
        (0.5 - x) * xp.log1p(y / x)
        + (0.5 - y) * xp.log1p(x / y)
        - 0.5 * xp.log((x + y) / (2.0 * math.pi))
        + (stirling_sum(x) + stirling_sum(y) - stirling_sum(x + y))
    )
    if nowhere(small):
        return large
    x = xp.where(small, least, 1.0)
    y = xp.where(small, most, 1.0)
    return xp.where(small, log_gamma(x) - log_gamma_difference(y, x), large)


@remembered
@np.errstate(all="ignore")
def log_binomial(n: Array, k: Array) -> Array:
    """Return the logarithm of the binomial coefficient, ln Γ(n + 1) - ln Γ(k + 1) - ln Γ(n - k + 1), for 0 <= k <= n.

    With j the smaller of k and n - k it is log_gamma_difference(n - j + 1, j) - ln Γ(j + 1), and where j >= 8
    -ln(n + 1) - ln B(n - j + 1, j + 1).

    Args:
        n: numbers that are not negative; whole or not.
        k: numbers between 0 and n.

    Returns:
        An array of the common shape.

    Source:
        DLMF 1.2.6, 5.12.1.

    Example:
        >>> float(log_binomial(np.array(5.0), np.array(2.0))).__round__(12)
        2.302585092994
    """
    xp, (n, k) = together(n, k)
    j = xp.minimum(k, n - k)
    small = j < RAISED
    i = xp.where(small, j, 0.0)
    found = log_gamma_difference(xp.where(small, n - j, 0.0) + 1.0, i) - log_gamma_difference(xp.ones_like(i), i)
    if nowhere(~small):
        return found
    i, m = xp.where(small, 1.0, j), xp.where(small, 1.0, n)
    return xp.where(small, found, -xp.log1p(m) - log_beta(m - i + 1.0, i + 1.0))


@remembered
def digamma_gap(a: Array, b: Array) -> Array:
    """Return ψ(a + b) - ψ(a), the mean of -ln X for X of the law Beta(a, b).

    Args:
        a: positive numbers.
        b: positive numbers.

    Returns:
        An array of the common shape.

    Source:
        DLMF 5.5.2; see `digamma_difference`.

    Example:
        >>> float(digamma_gap(np.array(2.0), np.array(1.0)))
        0.5
    """
    return digamma_difference(a, b)


@np.errstate(all="ignore")
def log_beta_remainder(a: Array, b: Array, da: Array, db: Array) -> Array:
    """Return what is left of ln B beyond its tangent, never negative:

    ln B(a + da, b + db) - ln B(a, b) - da (ψ(a) - ψ(a + b)) - db (ψ(b) - ψ(a + b)).

    Args:
        a: positive numbers.
        b: positive numbers.
        da: numbers above -a.
        db: numbers above -b.

    Returns:
        An array of the common shape.

    Source:
        The module's docstring; DLMF 5.5.1, 5.11.1.

    Example:
        >>> f"{float(log_beta_remainder(np.array(1e10), np.array(2.0), 1e4, 0.0)):.12e}"
        '9.999993332338e-13'
    """
    xp, (a, b, da, db) = together(a, b, da, db)
    none = xp.zeros_like(a)
    return _remainder(xp, (a, none), (b, none), (da, none), (db, none))


@np.errstate(all="ignore")
def log_beta_remainder_to(a: Array, b: Array, new_a: Array, new_b: Array) -> Array:
    """Return log_beta_remainder(a, b, new_a - a, new_b - b) from the new arguments, also where they are so small beside
    the old ones that the rounded steps would leave nothing of them.

    Args:
        a: positive numbers.
        b: positive numbers.
        new_a: positive numbers.
        new_b: positive numbers.

    Returns:
        An array of the common shape, never negative.

    Source:
        `log_beta_remainder`.

    Example:
        >>> float(log_beta_remainder_to(np.array(1e10), np.array(1e10), np.array(1e-10), 1e-10)).__round__(9)
        33.466411452
    """
    xp, (a, b, new_a, new_b) = together(a, b, new_a, new_b)
    none = xp.zeros_like(a)
    return _remainder(xp, (a, none), (b, none), two_sum(new_a, -a), two_sum(new_b, -b))


@np.errstate(all="ignore")
def log_dirichlet_remainder(a: Array, d: Array) -> Array:
    """Return what is left of ln B(a) = sum of ln Γ(a_i) - ln Γ(sum of a_i) beyond its tangent, never negative:

    ln B(a + d) - ln B(a) - sum of d_i (ψ(a_i) - ψ(sum of a)), where i runs over the last axis.

    Joining entries two by two, B(a) is a product of beta functions of two arguments, so that this is a sum of
    `log_beta_remainder`s. What is joined is added with about 104 bits.

    Args:
        a: positive numbers.
        d: numbers, each above -a_i.

    Returns:
        An array of the common shape without its last axis.

    Source:
        The module's docstring.

    Example:
        >>> float(log_dirichlet_remainder(np.full(3, 1e8), np.array([1e3, 0.0, 0.0]))).__round__(8)
        0.00333332
    """
    xp, (a, d) = together(a, d)
    return _joined(xp, a, (d, xp.zeros_like(a)))


@np.errstate(all="ignore")
def log_dirichlet_remainder_to(a: Array, new: Array) -> Array:
    """Return log_dirichlet_remainder(a, new - a) from the new arguments, also where they are so small beside the old
    ones that the rounded steps would leave nothing of them.

    Args:
        a: positive numbers.
        new: positive numbers.

    Returns:
        An array of the common shape without its last axis, never negative.

    Source:
        `log_dirichlet_remainder`.

    Example:
        >>> float(log_dirichlet_remainder_to(np.full(3, 1e10), np.full(3, 1e-10))).__round__(9)
        66.788981868
    """
    xp, (a, new) = together(a, new)
    return _joined(xp, a, two_sum(new, -a))


def _joined(xp: Any, a: Array, step: _Pair) -> Array:
    """The sum of `_remainder` over all pairs that are joined."""
    none = xp.zeros_like(a)
    size = a.shape[-1]
    if size == 1:
        return none[..., 0]
    rows: list[Array] = [a, none, *step]
    pairs: list[list[Array]] = []
    while size > 1:
        half = size // 2
        left, right = [x[..., :half] for x in rows], [x[..., half : 2 * half] for x in rows]
        pairs.append([*left, *right])
        joined = [
            *add_pairs((left[0], left[1]), (right[0], right[1])),
            *add_pairs((left[2], left[3]), (right[2], right[3])),
        ]
        if size % 2:
            joined = [xp.concat([x, y[..., -1:]], axis=-1) for x, y in zip(joined, rows, strict=True)]
        rows = joined
        size = half + size % 2
    a, a_low, da, da_low, b, b_low, db, db_low = settled(
        *(xp.concat(list(x), axis=-1) for x in zip(*pairs, strict=True))
    )
    return xp.sum(_remainder(xp, (a, a_low), (b, b_low), (da, da_low), (db, db_low)), axis=-1)


def _remainder(xp: Any, a: _Pair, b: _Pair, da: _Pair, db: _Pair) -> Array:
    small = (a[0] < _SMALL) | (b[0] < _SMALL)

    def chosen(pair: _Pair, other: float) -> _Pair:
        return xp.where(small, other, pair[0]), xp.where(small, 0.0, pair[1])

    large = _of_large(xp, chosen(a, 16.0), chosen(b, 16.0), chosen(da, 0.0), chosen(db, 0.0))
    if nowhere(small):
        return large
    x, dx, y, dy = (xp.where(small, value[0], other) for value, other in ((a, 1.0), (da, 0.0), (b, 1.0), (db, 0.0)))
    new_x, new_y = (xp.where(small, add_pairs(old, step)[0], 1.0) for old, step in ((a, da), (b, db)))
    return xp.where(small, _of_small(xp, (x, dx, new_x), (y, dy, new_y)), large)


def _of_large(xp: Any, a: _Pair, b: _Pair, da: _Pair, db: _Pair) -> Array:
    """The form for a, b >= 5/2: a relative entropy, and what the lower terms of Stirling's series add to it."""
    x, dx, y, dy = a[0], da[0], b[0], db[0]
    both, step = add_pairs(a, b), add_pairs(da, db)
    z, dz = both[0], step[0]
    new_x, new_y = add_pairs(a, da)[0], add_pairs(b, db)[0]
    found = xp.zeros_like(x)
    # Arguments below 8 are raised by 8, and their sum with each.
    up_a, *raised_a = _raised(xp, x, dx, new_x)
    up_b, *raised_b = _raised(xp, y, dy, new_y)
    if not nowhere((up_a > 0.0) | (up_b > 0.0)):
        found = found - summed(raising_term, RAISED, *raised_a) - summed(raising_term, RAISED, *raised_b)
        for up, start in ((xp.maximum(up_a, up_b), 0.0), (xp.minimum(up_a, up_b), 1.0 * RAISED)):
            low, low_step, low_new = (xp.where(up > 0.0, *v) for v in ((z, 1.0), (dz, 0.0), (new_x + new_y, 1.0)))
            found = found + summed(raising_term, RAISED, low + start, low_step, low_new + start)
        none = xp.zeros_like(x)
        a, b = add_pairs(a, (up_a, none)), add_pairs(b, (up_b, none))
        both = add_pairs(a, b)
        x, y, z = a[0], b[0], both[0]
        new_x, new_y = new_x + up_a, new_y + up_b
    new_z = new_x + new_y
    # How far the new first argument lies above its old share of the new sum.
    first, first_error = two_product(dx, y)
    second, second_error = two_product(dy, x)
    rest = (first_error - second_error) + ((dx * b[1] + da[1] * y) - (dy * a[1] + db[1] * x))
    difference, error = two_sum(first, -second)
    gain = (difference + (error + rest)) / z
    growth = new_z / z
    found = found - new_x * log_excess(-gain / new_x, x / new_x * growth)
    found = found - new_y * log_excess(gain / new_y, y / new_y * growth)
    halves = log_excess(dx / x, new_x / x) + log_excess(dy / y, new_y / y) - log_excess(dz / z, growth)
    series = stirling_sum_remainder(x, dx, new_x) + stirling_sum_remainder(y, dy, new_y)
    series = series - stirling_sum_remainder(z, dz, new_z)
    return found + (series - 0.5 * halves)


def _raised(xp: Any, x: Array, d: Array, new: Array) -> tuple[Array, Array, Array, Array]:
    raised = (x < RAISED) | (new < RAISED)
    up = xp.where(raised, RAISED * xp.ones_like(x), 0.0)
    return up, xp.where(raised, x, 1.0), xp.where(raised, d, 0.0), xp.where(raised, new, 1.0)


def _of_small(xp: Any, first: tuple[Array, Array, Array], second: tuple[Array, Array, Array]) -> Array:
    """The form for a < 5/2 or b < 5/2: first the larger changes, then the smaller, along the tangent it then has.

    Each argument is given with its step and its new value, of which a rounded sum may leave nothing.
    """
    swapped = first[0] < second[0]
    a, da, new_a = (xp.where(swapped, y, x) for x, y in zip(first, second, strict=True))
    b, db, new_b = (xp.where(swapped, x, y) for x, y in zip(first, second, strict=True))
    # Not |da| and the lesser of a and new_a, whose derivatives at da = 0 are not those of the whole.
    falling = da < 0.0
    rising = digamma_difference(xp.where(falling, new_a, a) + b, xp.where(falling, -da, da))
    slope = xp.where(falling, -db, db) * rising
    return _widening(xp, a, da, new_a, b) + _widening(xp, b, db, new_b, new_a) - slope


def _widening(xp: Any, a: Array, d: Array, y: Array, c: Array) -> Array:
    """Return R(a, d) - R(a + c, d) for R = log_gamma_remainder and c > 0, in terms that have the factor c.

    With y = a + d, A = a + c, Y = y + c and z = c d/(a Y), that is 1 + z = y A/(a Y):
    [log(y/a) - d/a] - [log(Y/A) - d/A] = [log(1 + z) - z] - z d/A, of one sign. Stirling's leading terms are
    y log(1 + z) - c log(Y/A), and near 0 y [log(1 + z) - z] + c {d**2/(a Y) + [log(A/Y) + d/Y]}.
    """
    raised, a, y, low_a, low_d, low_y = raise_to_series(xp, a, d, y)
    whole, new = a + c, y + c
    t = d / a
    z = t * (c / new)
    ratio = y / a * (whole / new)
    excess = log_excess(z, ratio)
    shrink = log_excess(-d / new, whole / new)
    near = (t > -0.5) & (t < 1.0)
    lead = xp.where(
        near,
        y * excess + c * (xp.where(near, t, 0.0) * (d / new) + shrink),
        y * log_ratio(z, ratio) - c * log_ratio(d / whole, new / whole),
    )
    halves = excess - z * (d / whole)
    # The sum T_m of log_gamma_remainder for (a, y) less that for (A, Y), next to the latter.
    u, v, u_whole, v_whole = 1.0 / a, 1.0 / y, 1.0 / whole, 1.0 / new
    gap_u, gap_v = c * u * u_whole, c * v * v_whole

    def step(state: Any, m: float, coefficient: float) -> Any:
        series, series_gap, inner, inner_gap, power, power_gap = state
        for n in (m, m + 1.0):
            power, power_gap = power * u_whole, u * power_gap + gap_u * power
            inner, inner_gap = v_whole * inner + n * power, v * inner_gap + gap_v * inner + n * power_gap
        return series + coefficient * inner, series_gap + coefficient * inner_gap, inner, inner_gap, power, power_gap

    table = [(2.0 * n, c) for n, c in enumerate(STIRLING[1:], 1)]
    start = (STIRLING[0] * u_whole, STIRLING[0] * gap_u, u_whole, gap_u, u_whole, gap_u)
    series, series_gap = carried(step, start, table)[:2]
    rest = (d * u) * (d * v) * series_gap + ((d * u) * (d * gap_v) + (d * gap_u) * (d * v_whole)) * series
    found = lead - 0.5 * halves + rest
    if nowhere(raised):
        return found
    low_c = xp.where(raised, c, 1.0)
    return found - summed(_widening_term, RAISED, low_a, low_d, low_y, low_c)


def _widening_term(k: Array, a: Array, d: Array, y: Array, c: Array) -> Array:
    old, new = a + k, y + k
    whole, new_whole = old + c, new + c
    z = (d / old) * (c / new_whole)
    return log_excess(z, new / old * (whole / new_whole)) - z * (d / whole)
