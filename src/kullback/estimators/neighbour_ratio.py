"""The log-ratio from who lies near a row: as a base of the stack, and as a method of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows, weights_of
from kullback.estimators.logistic import Frame, centres_and_metric
from kullback.kernels.neighbours import nearest
from kullback.sample import FloatArray, Sample

_MOST_ROWS = 20_000
"""Rows of each sample that are searched, at most."""


@dataclass(frozen=True)
class NeighbourRatio(Learner):
    """ln(p/q) from the rows of both samples in a ball around a row.

    Attributes:
        near: the ball is grown until it holds so many rows of one of the samples; None for about the root of the rows,
            64 at most.
    """

    near: int | None = None

    @property
    def title(self) -> str:
        """The name."""
        return f"neighbours in balls (near={self.near})"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was found.

        Raises:
            ValueError: no column of numbers, which distances need.
        """
        if not x.dimension:
            raise ValueError("there is no column of numbers, and distances need one: use kb.estimators.boosting().")
        x, y = some_rows(x, rng, _MOST_ROWS), some_rows(y, rng, _MOST_ROWS)
        frame = Frame.of(x, y)
        _, root = centres_and_metric(frame)
        sides = [
            (np.ascontiguousarray(side @ root), weights_of(sample)) for side, sample in ((frame.x, x), (frame.y, y))
        ]
        near = self.near or min(64, max(4, round(math.sqrt(min(x.rows, y.rows)))))
        near = min(near, x.rows, y.rows)

        def scores(rows: Sample) -> FloatArray:
            if not rows.rows:
                return np.empty(0)
            queries = np.ascontiguousarray(frame.scaled(rows) @ root)
            found = [nearest(points, queries, near) for points, _ in sides]
            radius = np.minimum(found[0][0][:, -1], found[1][0][:, -1])[:, None]
            inside = [
                (weights[indices] * (distances <= radius)).sum(axis=1)
                for (distances, indices), (_, weights) in zip(found, sides, strict=True)
            ]
            return np.log((inside[0] + 0.5) / (inside[1] + 0.5)) - math.log(x.rows / y.rows)

        return scores


def neighbour_ratio(near: int | None = None, folds: int = FOLDS) -> CrossFitted:
    """Return the log-ratio from counts in balls, cross-fitted.

    ln(p/q) ≈ ln((k_x + ½)/(k_y + ½)) − ln(n/m), with k_x and k_y the rows of both samples in the smallest ball around
    the row that holds `near` of one of them. Distances are in the metric of the covariance within the samples.

    Args:
        near: rows in the ball; about the root of the rows if left out.
        folds: of the rows; each is judged by the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Fix and Hodges, "Discriminatory analysis, nonparametric discrimination", USAF School of Aviation Medicine,
        report 4 (1951), section 3; the ½ is Haldane's.

    Example:
        >>> neighbour_ratio(near=20).title
        'neighbours in balls (near=20), 5 folds'
    """
    if near is not None and near < 1:
        raise ValueError(f"near is {near}: a ball holds at least one row, such as near=20.")
    return CrossFitted(NeighbourRatio(near), folds)
