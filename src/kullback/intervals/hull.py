"""The hull: from a limit that holds whatever was fitted to the highest of several estimates."""

from __future__ import annotations

from collections.abc import Sequence

from kullback.intervals.influence_function import Influenced, interval, lower_limit
from kullback.sample import Model, Sample

_UNLEARNED = 1.5


def hull(
    low: Influenced, high: Sequence[Influenced], x: Sample, y: Sample | Model, level: float = 0.95
) -> tuple[float, float]:
    """Return [the one-sided lower limit of `low`, the greatest upper end of `high`].

    The least of `high` is raised by 1.5 times what it claims beyond `low`: as far as the estimate and what was held out
    lie apart, so much was not learned, and more of it may be left. (Measured at 500 rows: 1.5 covers where the rows are
    50 times the columns or more; with fewer rows no multiple does, and a lower limit alone should be given.)

    The lower end holds at (1 + level)/2 if `low` is not above the truth in expectation, as the held-out bound of any
    log-ratio is. The upper end holds if one of `high` has a bias that is small or upwards: methods that fail in
    different ways seldom all fall short. No upper end holds for every distribution (McAllester and Stratos, "Formal
    limitations on the measurement of mutual information", AISTATS 2020, theorem 3.1).

    Args:
        low: a held-out bound.
        high: estimates by unlike methods, at least one.
        x: the first sample.
        y: the second; a model has no noise.
        level: how often it is to cover.

    Returns:
        Both ends; the lower is never above the upper.

    Raises:
        ValueError: no estimate for the upper end.
    """
    if not high:
        raise ValueError("no estimate is given for the upper end of the interval.")
    bottom = lower_limit(low, x, y, level=0.5 * (1.0 + level))
    least = min(high, key=lambda one: one.value)
    unlearned = max(0.0, least.value - low.value)
    top = max(
        *(interval(one, x, y, level)[1] for one in high), interval(least, x, y, level)[1] + _UNLEARNED * unlearned
    )
    return min(bottom, top), top
