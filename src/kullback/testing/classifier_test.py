"""The classifier two-sample test: can a classifier tell rows of x from rows of y that are new to it?"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kullback.estimators.cross_fitting import Learner
from kullback.sample import FloatArray, IntArray, Sample
from kullback.special import normal_cdf, normal_quantile
from kullback.testing.geometry import points
from kullback.testing.permutation import Labels, Pooled, Statistic, assignments, pool, randomised_p_value

BLOCKS = 5


@dataclass(frozen=True, eq=False)
class ClassifierTest:
    """What the classifiers reached.

    Attributes:
        area: the share of pairs of a row of x and a row of y, both new to the classifier, that it puts in the right
            order (the area under the ROC curve): ½ is chance.
        p_value: of all blocks together.
        parts: the p-value of each classifier, by its name.
        permutations: of the labels of each block.
        notes: what was not tried.
    """

    area: float
    p_value: float
    permutations: int
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()


def classifier_test(
    x: Sample, y: Sample, learner: Learner | None, permutations: int, rng: np.random.Generator
) -> ClassifierTest:
    """Test whether x and y come from one distribution by classifiers that are trained on some rows and tried on others.

    The rows, or groups, are dealt into blocks. The classifier that is tried on one block has seen the blocks before it
    only: whatever it has learned there, all assignments of the block's labels are as likely as the one seen if there is
    no difference. So the block's p-value p_b, by permutation of its labels and with ties split at random, is uniform
    given the blocks before it, and Σ Φ⁻¹(1 − p_b)/√B over the B blocks tried is standard normal. (In cross-validation
    each block's labels go into the scores of the others: permuting held-out scores finds too little chance in their
    sum.)

    Args:
        x, y: the samples.
        learner: of ln(p/q); None for logistic regression with curves and, with scikit-learn, gradient-boosted trees:
            the smaller p-value counts, doubled.
        permutations: of the labels of each block.
        rng: of the blocks, the learners and the permutations.

    Raises:
        ValueError: fewer than two rows, or groups, of each side for each block.

    Source: Lopez-Paz and Oquab, ICLR 2017, section 3; Kim, Ramdas, Singh and Wasserman, Ann. Statist. 49 (2021),
        411-434; the area under the curve is that of the Mann–Whitney test.
    """
    pooled = pool(x, y)
    if min(pooled.x_units, pooled.units - pooled.x_units) < 2 * BLOCKS:
        raise ValueError(
            f"x has {pooled.x_units} and y {pooled.units - pooled.x_units} independent {_units(x)}; the classifier "
            f"test needs {2 * BLOCKS} of each. method='energy' works with fewer."
        )
    # On one scale, the same for both: what is far out is a number when squared.
    scaled = points(pooled.rows).numbers
    x, y = x.with_numbers(scaled[: x.rows]), y.with_numbers(scaled[x.rows :])
    blocks_x, blocks_y = _blocks(x, rng), _blocks(y, rng)
    learners, notes = _learners() if learner is None else ([learner], ())
    parts: dict[str, float] = {}
    areas: list[float] = []
    for one in learners:
        normal, area = _blocks_tried(x, y, blocks_x, blocks_y, one, permutations, rng)
        parts[one.title] = normal_cdf(-normal)
        areas.append(area)
    best = int(np.argmin(list(parts.values())))
    p_value = min(1.0, len(parts) * min(parts.values()))
    return ClassifierTest(areas[best], p_value, permutations, parts, notes)


def _learners() -> tuple[list[Learner], tuple[str, ...]]:
    # Here, so that the other tests do not load what learns.
    from kullback.estimators.boosting import Boosting
    from kullback.estimators.curved_logistic import CurvedLogistic

    if importlib.util.find_spec("sklearn") is None:
        note = 'gradient-boosted trees were not tried: they need scikit-learn, pip install "kullback[estimation]"'
        return [CurvedLogistic()], (note,)
    return [CurvedLogistic(), Boosting()], ()


def _units(sample: Sample) -> str:
    return "rows" if sample.groups is None else "groups"


def _blocks(sample: Sample, rng: np.random.Generator) -> IntArray:
    """The block of every row; those of a group share theirs."""
    groups = np.arange(sample.rows) if sample.groups is None else np.unique(sample.groups, return_inverse=True)[1]
    return (rng.permutation(int(groups.max()) + 1) % BLOCKS)[groups]


def _blocks_tried(
    x: Sample,
    y: Sample,
    blocks_x: IntArray,
    blocks_y: IntArray,
    learner: Learner,
    permutations: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    total, area = 0.0, 0.0
    for block in range(1, BLOCKS):
        scores = learner.learn(x.take(blocks_x < block), y.take(blocks_y < block), rng)
        tried_x, tried_y = x.take(blocks_x == block), y.take(blocks_y == block)
        pooled = pool(tried_x, tried_y)
        statistic = _area(np.concatenate([scores(tried_x), scores(tried_y)]), pooled)
        values = assignments(pooled, permutations, rng).statistics([statistic])
        total -= normal_quantile(randomised_p_value(values[:, 0], rng))
        area += float(values[0, 0])
    return total / math.sqrt(BLOCKS - 1), area / (BLOCKS - 1)


def _ranks(scores: FloatArray, pooled: Pooled) -> FloatArray:
    """What share of the rows of both sides has a lower score, ties counting half, shape (rows,)."""
    order = np.argsort(scores, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(pooled.weights[order])])
    ordered = scores[order]
    low, high = (below[np.searchsorted(ordered, scores, side)] for side in ("left", "right"))
    return 0.5 * (low + high) / below[-1]


def _area(scores: FloatArray, pooled: Pooled) -> Statistic:
    sums = pooled.sums((pooled.weights * _ranks(scores, pooled))[:, None])[:, 0]

    def statistic(labels: Labels) -> FloatArray:
        of_x, of_y = pooled.totals(labels)
        moved = labels @ sums
        # A side's mean rank among all rows counts its pairs with itself as ½: these cancel in the difference.
        return 0.5 + moved / of_x - (sums.sum() - moved) / of_y

    return statistic
