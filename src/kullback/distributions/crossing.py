"""Crossing: the total variation distance of two normal distributions, from where their densities cross."""

from __future__ import annotations

import math
from typing import Any

from kullback.arrays import namespace
from kullback.distributions.legendre import mean_over
from kullback.distributions.location_scale import log_quotient, relative_difference
from kullback.functions import erf, ndtr

_NARROW = 0.5
"""Up to here, relative to the narrower scale, the distributions are nearly equal and densities are subtracted."""


def total_variation_of_normals(loc: Any, scale: Any, other_loc: Any, other_scale: Any) -> Any:
    """Return ½∫|p − q| of normal distributions.

    With the narrower one standard and the other N(δ, (1 + e)²), δ ≥ 0, the densities cross where
    e(2 + e) x² + 2δx − (δ² + 2(1 + e)² ln(1 + e)) = 0, at a < 0 < b, and it is the integral of p − q in between.
    Where δ and e are small, p − q = −p·expm1(ln q − ln p) is integrated by Gauss and Legendre's rule over what matters
    of the interval; elsewhere it is a difference of distribution functions.
    """
    xp = namespace(loc, scale, other_loc, other_scale)
    first = scale <= other_scale
    s, t = xp.where(first, scale, other_scale), xp.where(first, other_scale, scale)
    delta, e = xp.abs(loc - other_loc) / s, relative_difference(t, s)
    log_scale = log_quotient(t, s)
    ratio = 1.0 / (1.0 + e)
    # In units of the wider scale, so that nothing overflows: k x² + 2 m x − (m δ + 2 ln(1 + e)) = 0.
    k, m = e * ratio * (1.0 + ratio), delta * ratio * ratio
    constant = m * delta + 2.0 * log_scale
    alike = constant == 0.0
    root = xp.sqrt(xp.where(alike, 1.0, m * m + k * constant))
    upper = xp.where(alike, 0.0, constant / (m + root))
    wide = k > 0.0
    lower = xp.where(wide, -(m + root) / xp.where(wide, k, 1.0), -math.inf)

    # Nearly equal: the integral of p (1 − q/p) from max(a, −10) to b.
    near = (delta < _NARROW) & (e < _NARROW)
    start = xp.where(near, xp.where(lower > -10.0, lower, -10.0), -1.0)
    end = xp.where(near, xp.where(upper < 10.0, upper, 10.0), 1.0)
    small_e, small_delta = xp.where(near, e, 0.0)[..., None], xp.where(near, delta, 0.0)[..., None]
    bend, slope = small_e * (2.0 + small_e), xp.where(near, log_scale, 0.0)[..., None]
    square = (1.0 + small_e) ** 2
    width = 0.25 * (end - start)

    def excess(x: Any) -> Any:
        log_ratio = 0.5 * (bend * x * x + 2.0 * small_delta * x - small_delta * small_delta) / square - slope
        return -xp.exp(-0.5 * x * x) * xp.expm1(log_ratio)

    total = 0.0 * width
    for panel in range(4):
        total = total + width * mean_over(excess, start + (panel + 0.5) * width, 0.5 * width, 24)
    close = total / math.sqrt(2.0 * math.pi)

    # Apart: what each has below and above the interval; all of it for equal scales, where there is one end only.
    b, a = xp.where(near, 1.0, upper), xp.where(near | ~wide, 0.0, lower)
    far_delta, far_e = xp.where(near, 1.0, delta), xp.where(near, 1.0, e)
    p_above, p_below = ndtr(-b), xp.where(wide, ndtr(a), 0.0)
    q_above, q_below = ndtr((far_delta - b) / (1.0 + far_e)), xp.where(wide, ndtr((a - far_delta) / (1.0 + far_e)), 0.0)
    far = (q_above - p_above) + (q_below - p_below)
    # The mean of two equal scales, so that each has half of the slope.
    shift = xp.abs(loc - other_loc) / (0.5 * scale + 0.5 * other_scale)
    one_scale = erf(xp.where(e == 0.0, shift, 0.0) * math.sqrt(0.125))
    return xp.where(e == 0.0, one_scale, xp.where(near, close, far))
