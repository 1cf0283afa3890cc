"""What a variance estimated from few blocks costs."""

from __future__ import annotations

import math

from kullback.intervals.sampling import Sampling
from kullback.special import normal_cdf, student_quantile


def student_level(level: float, variance_p: float, variance_q: float, p: Sampling, q: Sampling) -> float:
    """Return the level whose normal quantile is Student's at ``level``, for the sum of two estimated variances.

    The degrees are Welch's and Satterthwaite's, (v_p + v_q)²/(v_p²/ν_p + v_q²/ν_q), ν the blocks − 1 of a side; for
    independent rows ν is infinite and the level stays.

    >>> from kullback.intervals.sampling import Independent
    >>> student_level(0.95, 1.0, 1.0, Independent([1, 2]), Independent([1, 2]))
    0.95
    """
    if math.isinf(p.degrees) and math.isinf(q.degrees):
        return level
    uncertain = variance_p**2 / p.degrees + variance_q**2 / q.degrees
    degrees = (variance_p + variance_q) ** 2 / uncertain if uncertain > 0.0 else min(p.degrees, q.degrees)
    return 1.0 - 2.0 * normal_cdf(-student_quantile(0.5 + 0.5 * level, degrees))
