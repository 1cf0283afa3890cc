"""The normal law, and the quantile of Student's."""

from __future__ import annotations

import math
from functools import lru_cache

_SQRT2 = math.sqrt(2.0)


def normal_cdf(z: float) -> float:
    """Return Φ(z), the probability that a standard normal variable is at most ``z``.

    >>> normal_cdf(0.0)
    0.5
    """
    return 0.5 * math.erfc(-z / _SQRT2)


@lru_cache(maxsize=256)
def normal_quantile(probability: float) -> float:
    """Return z with Φ(z) = ``probability``, to 1e-14 relative; ``ValueError`` outside (0, 1).

    >>> round(normal_quantile(0.975), 9)
    1.959963985
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability is {probability}; it must lie between 0 and 1, both excluded")
    if probability > 0.5:
        # 1 − probability is exact here, so the upper tail loses nothing.
        return -normal_quantile(1.0 - probability)
    # Abramowitz & Stegun 26.2.23 starts within 4.5e-4; Halley's method cubes the error at each step.
    t = math.sqrt(-2.0 * math.log(probability))
    z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
    for _ in range(3):
        density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        step = (normal_cdf(z) - probability) / density
        z -= step / (1.0 + 0.5 * z * step)
    return z


def student_quantile(probability: float, degrees: float) -> float:
    """Return the quantile of Student's t with ``degrees`` > 0 (``inf`` for the normal).

    Abramowitz & Stegun 26.7.5 to the fourth order; exact at 1 and 2 degrees. At 97.5 % the relative error is below 4e-6
    from 10 degrees on, 3e-3 from 2 on and 3e-2 between 1 and 2.

    >>> round(student_quantile(0.975, 30.0), 4)
    2.0423
    """
    z = normal_quantile(probability)
    if math.isinf(degrees):
        return z
    if degrees <= 1.0:
        return math.tan(math.pi * (probability - 0.5))
    two = (2.0 * probability - 1.0) / math.sqrt(2.0 * probability * (1.0 - probability))
    if degrees <= 2.0:
        return math.exp((2.0 / degrees - 1.0) * math.log(math.tan(math.pi * (probability - 0.5)) / two)) * two
    s = z * z
    v = degrees
    t = z * (
        1.0
        + (s + 1.0) / (4.0 * v)
        + (5.0 * s * s + 16.0 * s + 3.0) / (96.0 * v**2)
        + (3.0 * s**3 + 19.0 * s * s + 17.0 * s - 15.0) / (384.0 * v**3)
        + (79.0 * s**4 + 776.0 * s**3 + 1482.0 * s * s - 1920.0 * s - 945.0) / (92160.0 * v**4)
    )
    return math.copysign(min(abs(t), abs(two)), z)
