"""Intervals from how each row pulls an estimate: variances of influences, from sums per group where rows depend.

Huber, "The behavior of maximum likelihood estimates under nonstandard conditions", Proc. 5th Berkeley Symp. 1 (1967),
221-233; for groups Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73 (1986),
13-22, section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kullback.sample import FloatArray, IntArray, Model, Sample
from kullback.special import normal_quantile, student_quantile


class Influenced(Protocol):
    """A value, and how each row pulls it: to first order the value is the truth plus the mean influences."""

    @property
    def value(self) -> float:
        """The estimate."""
        ...

    @property
    def influence_x(self) -> FloatArray:
        """Of the rows of x, shape (n,)."""
        ...

    @property
    def influence_y(self) -> FloatArray:
        """Of the rows of y, shape (m,), or empty."""
        ...


@dataclass(frozen=True)
class Spread:
    """The first cumulants of an estimate.

    Attributes:
        variance: of the estimate.
        third: its third cumulant.
        degrees: with which the variance was found (Satterthwaite).
    """

    variance: float
    third: float
    degrees: float

    @property
    def skewness(self) -> float:
        """The third cumulant over the cube of the standard error."""
        return self.third / self.variance**1.5 if self.variance > 0.0 else 0.0


def standard_error(value: Influenced, x: Sample, y: Sample | Model) -> float:
    """Return the standard error, √(Σ_g (Σ_{i in g} sᵢ φᵢ)²) with shares sᵢ and influences φᵢ, over groups g or rows.

    Args:
        value: with its influences.
        x: the first sample.
        y: the second; a model has no noise.

    Returns:
        In the unit of the value.

    Source:
        Liang and Zeger 1986, eq. (7), with the factor G/(G − 1) of G groups.
    """
    return math.sqrt(spread(value, x, y).variance)


def interval(value: Influenced, x: Sample, y: Sample | Model, level: float = 0.95) -> tuple[float, float]:
    """Return value ∓ t · standard error, t of Student's law with the degrees of freedom of rows or groups.

    It covers where the bias of the value is small beside its standard error, and the influences have a variance.

    Args:
        value: with its influences.
        x: the first sample.
        y: the second; a model has no noise.
        level: how often it is to cover.

    Returns:
        Both ends.
    """
    found = spread(value, x, y)
    half = student_quantile(0.5 * (1.0 + level), found.degrees) * math.sqrt(found.variance)
    return value.value - half, value.value + half


def lower_limit(value: Influenced, x: Sample, y: Sample | Model, level: float = 0.975) -> float:
    """Return a limit that a quantity is above, given a value that is not above it in expectation.

    value − s (t − γ(2t² + 1)/6) with the standard error s, Student's quantile t, and the skewness γ of the estimate:
    a long lower tail of the influences is seen too rarely in a sample, and is then missed in value and in s. One row
    of each sample that pulls as far down as any that was seen is imagined beside the others.

    Args:
        value: with its influences, such as `Fitted.lower` gives it.
        x: the first sample.
        y: the second; a model has no noise.
        level: how often the quantity is to be above the limit.

    Returns:
        The limit.

    Source:
        Johnson, "Modified t tests and confidence intervals for asymmetrical populations", J. Am. Stat. Assoc. 73
        (1978), 536-544, eq. (2.6).
    """
    found = spread(value, x, y)
    if not found.variance > 0.0:
        return value.value
    worst = sum(
        min(0.0, float(influence.min())) / (sample.effective_rows + 1.0)
        for influence, sample in ((value.influence_x, x), (value.influence_y, y))
        if isinstance(sample, Sample) and len(influence)
    )
    quantile = student_quantile(level, found.degrees) if math.isfinite(found.degrees) else normal_quantile(level)
    skew = max(-1.0, min(0.0, found.skewness))
    return value.value + worst - math.sqrt(found.variance) * (quantile - skew * (2.0 * quantile**2 + 1.0) / 6.0)


def spread(value: Influenced, x: Sample, y: Sample | Model) -> Spread:
    """Return the cumulants of an estimate; groups of x and y with the same code count as the same one.

    Args:
        value: with its influences.
        x: the first sample.
        y: the second; a model has no noise.
    """
    sides = [(value.influence_x, x)]
    if isinstance(y, Sample) and len(value.influence_y):
        sides.append((value.influence_y, y))
    both = [sample.groups for _, sample in sides]
    pulls = [influence * sample.shares for influence, sample in sides]
    if len(sides) == 2 and both[0] is not None and both[1] is not None:
        sums = [_sums(np.concatenate(pulls), np.concatenate([both[0], both[1]]))]
    else:
        sums = [one if groups is None else _sums(one, groups) for one, groups in zip(pulls, both, strict=True)]
    variance = third = uncertain = 0.0
    for one in sums:
        count = len(one)
        if count < 2:
            return Spread(math.inf, 0.0, 1.0)
        centred = one - one.mean()
        part = float(centred @ centred) * count / (count - 1.0)
        variance += part
        third += float(np.sum(centred**3))
        uncertain += part**2 / (count - 1.0)
    return Spread(variance, third, variance**2 / uncertain if uncertain > 0.0 else math.inf)


def _sums(pulls: FloatArray, groups: IntArray) -> FloatArray:
    _, codes = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(codes.reshape(-1), pulls), dtype=np.float64)
