"""The hull: from a limit that holds whatever was fitted to the highest of several estimates."""

from __future__ import annotations

from collections.abc import Sequence

from kullback.intervals.influence_function import Influenced, interval, lower_limit
from kullback.sample import Model, Sample

UNLEARNED = 1.5


def hull(
    bound: Influenced,
    estimates: Sequence[Influenced],
    x: Sample,
    y: Sample | Model,
    level: float = 0.95,
    unlearned: float = UNLEARNED,
) -> tuple[float, float]:
    """Return the hull of the intervals of several estimates, its lower end raised to the limit of a bound.

    The least of the estimates counts as raised by what it claims beyond the bound, 1.5 times over: as far as an
    estimate and what was held out lie apart, so much was not learned, and more of it may be left. (Measured at 500 and
    2000 rows: it covers where the rows are 50 times the columns or more; with fewer a lower limit alone should be
    given. On a line, where neighbours leave little, 0 covers as well.)

    The lower end holds at (1 + level)/2 if `bound` is not above the truth in expectation, as the held-out bound of any
    log-ratio is, or one of the estimates is not. The upper end holds if one of the estimates has a small bias or one
    upwards: methods that fail in different ways seldom all fall short. No upper end holds for every distribution
    (McAllester and Stratos, "Formal limitations on the measurement of mutual information", AISTATS 2020, theorem 3.1).

    Args:
        bound: a held-out bound.
        estimates: by unlike methods, at least one.
        x: the first sample.
        y: the second; a model has no noise.
        level: how often it is to cover.
        unlearned: how many times what the least estimate claims beyond the bound is added.

    Returns:
        Both ends; the lower is never above the upper.

    Raises:
        ValueError: no estimate.
    """
    if not estimates:
        raise ValueError("no estimate is given for the hull.")
    ends = [interval(one, x, y, level) for one in estimates]
    limit = lower_limit(bound, x, y, level=0.5 * (1.0 + level))
    least, (_, top) = min(zip(estimates, ends, strict=True), key=lambda both: both[0].value)
    raised = top + unlearned * max(0.0, least.value - bound.value)
    low, high = min(low for low, _ in ends), max(raised, *(high for _, high in ends))
    return min(max(low, limit), high), high
