"""Subsampling: how an estimate varies between smaller samples drawn without replacement, for any estimator.

It sees no bias that does not shrink with the rows, and needs the rate at which the estimator converges; it is here for
estimators that say nothing of their own noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kullback.sample import FloatArray, IntArray, Sample
from kullback.special import normal_quantile

Estimator = Callable[[Sample, Sample], float]


def standard_error(
    estimator: Estimator,
    x: Sample,
    y: Sample,
    rng: np.random.Generator,
    *,
    repeats: int = 100,
    share: float | None = None,
    rate: float = 0.5,
) -> float:
    """Return the standard deviation of an estimator over subsamples, scaled to all rows.

    s = (b/n)^rate · sd(θ_b) · 1/√(1 − b/n), where the last factor is for subsamples that overlap.

    Args:
        estimator: from two samples to a number.
        x: the first sample; whole groups are drawn where there are some.
        y: the second.
        rng: for the subsamples.
        repeats: how many.
        share: of the rows, or groups, in each; n^(2/3)/n if left out.
        rate: the estimator's error falls as n^−rate.

    Returns:
        In the unit of the estimate.

    Raises:
        ValueError: a share that is not between 0 and 1, or fewer than two repeats.

    Source:
        Politis and Romano, "Large sample confidence regions based on subsamples under minimal assumptions", Ann.
        Statist. 22 (1994), 2031-2050, section 3; the variance: Shao and Wu, Ann. Statist. 17 (1989), 1176-1197,
        eq. (2.2).
    """
    found, scale = _estimates(estimator, x, y, rng, repeats, share, rate)
    return scale * float(found.std(ddof=1))


def interval(
    estimator: Estimator,
    x: Sample,
    y: Sample,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    repeats: int = 100,
    share: float | None = None,
    rate: float = 0.5,
) -> tuple[float, float]:
    """Return estimate ∓ z · standard error.

    Args:
        estimator: from two samples to a number.
        x: the first sample.
        y: the second.
        rng: for the subsamples.
        level: how often it is to cover, where the bias is small.
        repeats: how many subsamples.
        share: of the rows in each.
        rate: the estimator's error falls as n^−rate.

    Returns:
        Both ends.

    Raises:
        ValueError: as in `standard_error`.
    """
    value = estimator(x, y)
    half = normal_quantile(0.5 * (1.0 + level)) * standard_error(
        estimator, x, y, rng, repeats=repeats, share=share, rate=rate
    )
    return value - half, value + half


def _estimates(
    estimator: Estimator,
    x: Sample,
    y: Sample,
    rng: np.random.Generator,
    repeats: int,
    share: float | None,
    rate: float,
) -> tuple[FloatArray, float]:
    if repeats < 2:
        raise ValueError(f"repeats is {repeats}: a spread needs two subsamples or more, such as repeats=100.")
    least = min(_units(x), _units(y))
    part = least ** (-1.0 / 3.0) if share is None else share
    if not 0.0 < part < 1.0:
        raise ValueError(f"share is {part:g}: subsamples are a part of the rows, such as share=0.2.")
    found = np.array([estimator(_some(x, part, rng), _some(y, part, rng)) for _ in range(repeats)])
    return found, part**rate / math.sqrt(1.0 - part)


def _units(sample: Sample) -> int:
    return sample.rows if sample.groups is None else len(np.unique(sample.groups))


def _some(sample: Sample, share: float, rng: np.random.Generator) -> Sample:
    if sample.groups is None:
        rows: IntArray = np.sort(rng.permutation(sample.rows)[: max(2, round(share * sample.rows))])
        return sample.take(rows)
    names = np.unique(sample.groups)
    chosen = rng.permutation(names)[: max(2, round(share * len(names)))]
    return sample.take(np.isin(sample.groups, chosen))
