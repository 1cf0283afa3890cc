"""Whether two samples come from one distribution: one exact p-value, by the method that suits what the rows are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import numpy as np

from kullback.estimate import figure
from kullback.estimators.cross_fitting import Learner
from kullback.sample import FloatArray, IntArray, Sample
from kullback.testing.classifier_test import classifier_test
from kullback.testing.columns import PARTS, columns
from kullback.testing.energy import energy
from kullback.testing.epps_singleton import epps_singleton
from kullback.testing.kolmogorov_smirnov_test import kolmogorov_smirnov
from kullback.testing.mmd import mmd
from kullback.testing.moments import moments
from kullback.testing.permutation import Pooled, Statistic, assignments, on_one_scale, p_values, pool
from kullback.testing.permuted_g_test import permuted_g

TestMethod: TypeAlias = Literal["auto", "classifier", "mmd", "energy", "ks", "g", "moments"]

_TITLES: Mapping[str, str] = {
    "auto": "the largest of several statistics",
    "classifier": "area under the curve",
    "mmd": "MMD²",
    "energy": "energy distance",
    "ks": "KS",
    "g": "G",
    "moments": "means and covariances",
}


@dataclass(frozen=True, slots=True)
class TwoSampleTest:
    """What a test of two samples found.

    Attributes:
        statistic: what was compared; where several are, the largest, on a scale on which 0 is its median if there is no
            difference.
        p_value: the probability of a statistic at least as large if both samples come from one distribution.
        method: how.
        sizes: the rows of x and of y.
        permutations: how many other assignments of the rows to the sides the statistic was compared with.
        level: of the decision.
        farthest: which statistic was the largest, where several were used.
        parts: the p-value of each statistic by itself, by name, where several were used. `p_value` allows for their
            number; these do not.
        notes: what the reader should know.

    Example:
        >>> print(TwoSampleTest(0.21, 0.002, "ks", (100, 120), 999))
        different at level 0.05: p = 0.002  KS = 0.21, 999 permutations, n=100, m=120
    """

    statistic: float
    p_value: float
    method: str
    sizes: tuple[int, int]
    permutations: int
    level: float = 0.05
    farthest: str = ""
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()

    @property
    def different(self) -> bool:
        """Whether the p-value is at most the level."""
        return self.p_value <= self.level

    def __str__(self) -> str:
        verdict = "different" if self.different else "no difference found"
        statistic = f"{_TITLES[self.method]} = {figure(self.statistic)}"
        if self.parts and self.farthest:
            statistic = f"most by {self.farthest}"
        return (
            f"{verdict} at level {self.level:g}: p = {self.p_value:.2g}  {statistic}, "
            f"{self.permutations} permutations, n={self.sizes[0]}, m={self.sizes[1]}"
        )


def two_sample_test_of(
    x: Sample,
    y: Sample,
    method: TestMethod = "auto",
    *,
    permutations: int = 999,
    level: float = 0.05,
    learner: Learner | None = None,
    rng: np.random.Generator,
) -> TwoSampleTest:
    """Return the test of whether x and y come from one distribution.

    Rows are assigned anew to the two sides, as many to each as there were (whole groups, where the samples have groups;
    weights stay with their rows), and p = (1 + #{statistics at least as large})/(1 + permutations): under no difference
    P(p ≤ α) ≤ α for every α, whatever the distribution, the ties and the number of permutations.

    "auto" takes the largest of several statistics, each scaled by its own distribution under permutation: the energy
    distance and the MMDs of several bandwidths (all differences, those of the bulk best), means and covariances (along
    directions of small variance, and dependence), single columns (one among many), and G of the categories.
    "classifier" trains on some rows and tries the classifiers on others (`kullback.testing.classifier_test`).

    Args:
        x, y: the samples.
        method: "auto", "classifier", "mmd", "energy", "ks", "g" or "moments".
        permutations: how many assignments are drawn; where there are no more than these, all are taken.
        level: at which `different` decides, and to which "auto" scales its statistics.
        learner: of "classifier", instead of its own.
        rng: of the assignments, and of the rows that stand for all where these are many.

    Raises:
        ValueError: an unknown method, one that does not suit the columns, too few permutations for the level.

    Source: Hemerik and Goeman, TEST 27 (2018), 811-825, theorem 2; the statistics name theirs.
    """
    if method not in get_args(TestMethod):
        raise ValueError(f"method is {method!r}; it must be one of {', '.join(map(repr, get_args(TestMethod)))}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, such as 0.05")
    least = math.ceil(1.0 / level - 1e-9) - 1
    if permutations < max(1, least):
        raise ValueError(
            f"permutations is {permutations}, and the smallest p-value is then {1 / (1 + max(0, permutations)):.2g}; "
            f"level={level:g} needs at least {max(1, least)}"
        )
    if learner is not None and method != "classifier":
        raise ValueError(f"a learner was given, and method {method!r} uses none; method='classifier' does")
    sizes = (x.rows, y.rows)
    pooled = pool(x, y)
    numbers, codes = _vary(pooled.rows)
    if not numbers and not codes:
        same = ("all rows of both samples are equal",)
        return TwoSampleTest(0.0, 1.0, method, sizes, 0, level, "", {}, same)
    if method == "classifier":
        tried = classifier_test(x, y, learner, permutations, rng)
        notes = (f"p from {permutations} permutations of the labels of each block of rows", *tried.notes)
        return TwoSampleTest(tried.area, tried.p_value, method, sizes, permutations, level, "", tried.parts, notes)
    statistics = _statistics(pooled, method, rng)
    drawn = assignments(pooled, permutations, rng)
    values = drawn.statistics(list(statistics.values()))
    names = [part for name in statistics for part in (PARTS if name == "columns" else (name,))]
    singly = p_values(values).tolist()
    parts: dict[str, float] = dict(zip(names, singly, strict=True)) if len(names) > 1 else {}
    scaled = values if len(names) == 1 else on_one_scale(values, level)
    together = scaled.max(axis=1, keepdims=True)
    notes = (
        *_left_out(pooled.rows, method),
        *_notes(pooled, drawn.permutations, level, exhaustive=drawn.exhaustive),
    )
    return TwoSampleTest(
        float(together[0, 0]),
        float(p_values(together)[0]),
        method,
        sizes,
        drawn.permutations,
        level,
        names[int(np.argmax(scaled[0]))] if len(names) > 1 else "",
        parts,
        notes,
    )


def _vary(rows: Sample) -> tuple[bool, bool]:
    """Whether any column of numbers varies, and any of categories."""
    both: tuple[FloatArray | IntArray, ...] = (rows.numbers, rows.codes)
    numbers, codes = (bool(np.any(part != part[:1])) for part in both)
    return numbers, codes


def _statistics(pooled: Pooled, method: TestMethod, rng: np.random.Generator) -> dict[str, Statistic]:
    rows = pooled.rows
    if method == "mmd":
        return mmd(pooled, rng)
    if method == "energy":
        return {"energy distance": energy(pooled, rng)}
    if method == "ks":
        return {"KS": kolmogorov_smirnov(pooled)}
    if method == "g":
        return permuted_g(pooled)
    if method == "moments":
        return moments(pooled, rng)
    found = permuted_g(pooled) if rows.codes.shape[1] else {}
    numbers, _ = _vary(rows)
    if numbers or rows.codes.shape[1] > 1:
        found |= {"energy distance": energy(pooled, rng)} | mmd(pooled, rng) | moments(pooled, rng)
    if numbers:
        found |= {"columns": columns(pooled), "columns, waves": epps_singleton(pooled)}
    return found


def _left_out(rows: Sample, method: TestMethod) -> tuple[str, ...]:
    """Return which columns a test of one kind of them says nothing of."""
    numbers, categories = rows.names[: rows.dimension], rows.names[rows.dimension :]
    unseen = {"ks": categories, "g": numbers}.get(method, ())
    return (f"not compared by method={method!r}: {', '.join(unseen)}",) if unseen else ()


def _notes(pooled: Pooled, permutations: int, level: float, *, exhaustive: bool) -> tuple[str, ...]:
    notes: list[str] = []
    if exhaustive:
        notes.append(f"all {permutations + 1} assignments to the sides were taken")
        if (permutations + 1) * level < 1.0:
            notes.append(
                f"so few that no p-value is below {1.0 / (permutations + 1):.2g}: nothing is found at this level"
            )
    if pooled.unit is not None:
        notes.append(f"{pooled.x_units} and {pooled.units - pooled.x_units} groups change sides as wholes")
    if pooled.rows.weights is not None:
        notes.append("weights stay with their rows: exact where they came about alike in x and y")
    return tuple(notes)
