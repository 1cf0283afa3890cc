"""Moving ends: derivatives with respect to an end of a support, which the log-densities at fixed nodes do not say.

Where mass ends abruptly and the end moves, an integral changes by what lies at the end. That term is not computed here:
such derivatives are refused, so that none is wrong in silence.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.support import Interval


def ends(one: Density) -> tuple[tuple[Any, float], ...]:
    """Return the lower and the upper end of the support of a density, each with the direction of the inside."""
    support = one.support
    return ((support.low, 1.0), (support.high, -1.0)) if isinstance(support, Interval) else ()


def abrupt(one: Density, end: float, inwards: float) -> bool:
    """Return whether a NumPy density keeps a value next to an end: a moving one then takes mass along."""
    if math.isinf(end):
        return False
    marks = np.asarray(one.landmarks(), dtype=float).ravel()
    scale = float(np.median(np.abs(marks - end)))
    with np.errstate(all="ignore"):
        near, nearer = (float(one.log_prob(np.float64(end + inwards * scale * step))) for step in (1e-3, 1e-6))
    return not nearer < near + math.log(1e-2)


def refusal(divergence: Divergence) -> NotImplementedError:
    """Return the error for a derivative with respect to an end."""
    return NotImplementedError(
        f"{divergence!r} of these densities is integrated, and an end of a support depends on a parameter that is "
        "differentiated: that derivative is not available. Detach the parameter, or take finite differences."
    )
