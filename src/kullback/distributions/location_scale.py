"""Location and scale: what families x = loc + scale·z share, formed from the differences of their parameters."""

from __future__ import annotations

import math
from typing import Any

from kullback.arrays import namespace
from kullback.numerics import expm1mx, log1pmx

_EULER = 0.5772156649015329


def relative_difference(a: Any, b: Any) -> Any:
    """Return a/b − 1 for b > 0, with a small relative error."""
    return (a - b) / b


def log_quotient(a: Any, b: Any) -> Any:
    """Return ln(a/b) for a, b > 0, with a small relative error also where a ≈ b or where the quotient overflows."""
    xp = namespace(a, b)
    r = relative_difference(a, b)
    near = xp.abs(r) < 0.5
    quotient = a / b
    plain = (quotient > 1e-300) & (quotient < 1e300)
    far = xp.where(plain, xp.log(xp.where(plain, quotient, 1.0)), xp.log(a) - xp.log(b))
    return xp.where(near, xp.log1p(xp.where(near, r, 0.0)), far)


def scale_cost(a: Any, b: Any) -> Any:
    """Return a/b − 1 − ln(a/b) ≥ 0 for a, b > 0: the KL between exponential distributions of these scales."""
    xp = namespace(a, b)
    r = relative_difference(a, b)
    near = xp.abs(r) < 0.5
    return xp.where(near, -log1pmx(xp.where(near, r, 0.0)), r - log_quotient(a, b))


def log_mixed_exponential(alpha: float, t: Any) -> Any:
    """Return ln(α e^((1 − α) t) + (1 − α) e^(−α t)), −∞ where the sum is not positive, for real α.

    Its linear terms in t cancel and are left out, so that it keeps its relative accuracy where t is small; it is ≥ 0
    for 0 ≤ α ≤ 1.
    """
    xp = namespace(t)
    # Of the two weights that are 1 together the one nearer to 0, w, by which the value goes to 0:
    # ln((1 − w) e^(w s) + w e^(−(1 − w) s)) = w s + ln(1 + y), y = w (e^(−s) − 1).
    w, s = (1.0 - alpha, t) if alpha >= 0.5 else (alpha, -t)
    beyond = -s > 500.0
    inner = xp.where(beyond, 0.0, s)
    y = w * xp.expm1(-inner)
    exists = (y > -1.0) & ~(beyond & (w < 0.0))
    safe = xp.where(exists, y, 0.0)
    near = xp.abs(safe) < 0.5
    # w s + y is the remainder of the exponential.
    close = w * expm1mx(xp.where(near, -inner, 0.0)) + log1pmx(xp.where(near, safe, 0.0))
    far = w * inner + xp.log1p(safe)
    last = (w - 1.0) * xp.where(beyond, s, 0.0) + (math.log(w) if w > 0.0 else 0.0)
    return xp.where(exists, xp.where(beyond, last, xp.where(near, close, far)), -math.inf)


def log_one_plus_square(z: Any, weight: Any) -> Any:
    """Return ln(1 + z²/weight), weight > 0, without overflow; z may be an enclosure."""
    xp = namespace(z, weight)
    t = xp.where(z > 0.0, z, -z) / xp.sqrt(weight)  # even: each is the whole function
    # Beyond 2 as 2 ln t and a small rest, whose enclosures hold on panels many times as long. Both hold on both sides
    # of 2, so that panels that contain it need not be cut there.
    outside = t > 2.0
    far = xp.where(t > 1.0, t, 1.0)
    near = xp.where(t > 1e10, 1.0, t)
    return xp.where(outside, 2.0 * xp.log(far) + xp.log1p((1.0 / far) * (1.0 / far)), xp.log1p(near * near))


def quadratic_wasserstein(shift: Any, stretch: Any, mean: Any, variance: Any) -> Any:
    """Return √E(shift + stretch·Z)², the Wasserstein distance of order 2 of two members that differ by so much."""
    xp = namespace(shift, stretch)
    return _hypotenuse(xp, shift + mean * stretch, stretch * variance**0.5)


def hyperbolic_distance(shift: Any, a: Any, b: Any, difference: Any = None) -> Any:
    """Return the distance of (0, a) and (shift, b) in the upper half-plane with the metric (dx² + dy²)/y².

    Args:
        shift: the horizontal difference.
        a: the height of one.
        b: that of the other.
        difference: a − b, where it is known better than from the heights.
    """
    xp = namespace(shift, a, b)
    gap = _hypotenuse(xp, shift, a - b if difference is None else difference)
    return 2.0 * xp.asinh(0.5 * gap / (xp.sqrt(a) * xp.sqrt(b)))


def gumbel_distance(shift: Any, a: Any, b: Any) -> Any:
    """Return the Fisher–Rao distance of Gumbel distributions with scales a and b, their locations apart by shift."""
    c = math.pi / math.sqrt(6.0)
    return c * hyperbolic_distance((shift - (1.0 - _EULER) * (a - b)) / c, a, b)


def logistic_distance(shift: Any, a: Any, b: Any) -> Any:
    """Return the Fisher–Rao distance of the logistic distributions with scales a and b."""
    c = math.sqrt(3.0 + math.pi**2) / 3.0
    return c * hyperbolic_distance(shift * (math.sqrt(1.0 / 3.0) / c), a, b)


def _hypotenuse(xp: Any, a: Any, b: Any) -> Any:
    """Return √(a² + b²), with derivative 0 where both are 0."""
    nothing = (a == 0.0) & (b == 0.0)
    return xp.where(nothing, 0.0 * (a + b), xp.hypot(xp.where(nothing, 1.0, a), b + 0.0 * a))
