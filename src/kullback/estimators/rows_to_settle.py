"""How many more rows would settle whether a value lies above or below a margin."""

from __future__ import annotations

import math

from kullback.estimate import Estimate

_DISTANCES = frozenset({"TV", "H", "KS", "W1"})


def rows_to_settle(estimate: Estimate, margin: float) -> float:
    """Return the factor by which the rows of both sides must grow for the interval to leave ``margin``.

    Supposes that the value stays. Divergences grow as the square of a difference, so their interval is symmetric and
    shrinks as 1/√rows on the scale of the root; distances do so as they are. Where only one side can grow, a multiple
    of its rows may do less.

    Arguments
    ---------
    estimate : a value with its interval.
    margin : ≥ 0, in the unit of the estimate.

    Returns
    -------
    The factor, ≥ 1; 1 if the interval does not hold the margin; ``inf`` if the value is the margin or infinite, or if
    what keeps the interval wide is not the sampling (the cells of a binned distance).

    >>> rows_to_settle(Estimate(0.04, 0.01, 0.09), 0.0625)
    4.0
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if not low <= margin <= high:
        return 1.0
    least, most = (estimate.diagnostics.get(f"certified {end}", value) for end in ("low", "high"))
    if math.isinf(value) or least <= margin <= most:
        return math.inf
    nearest, end = (most, high) if margin > value else (least, low)
    if math.isinf(end):
        return math.inf
    power = 1.0 if estimate.divergence in _DISTANCES else 0.5
    return max(1.0, ((end**power - nearest**power) / (margin**power - nearest**power)) ** 2)
