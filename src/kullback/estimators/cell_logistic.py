"""Logistic regression with a slope and a curvature of every column in every cell of the categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows, weights_of
from kullback.estimators.logistic import MOST_ROWS, Columns, Frame, codes, fit_logistic
from kullback.sample import FloatArray, IntArray, Sample

_MOST_COLUMNS = 160
"""Columns at most: where there are more cells than that allows, the rare ones count as one."""


@dataclass(frozen=True)
class CellLogistic(Learner):
    """ln(p/q) quadratic in the columns of numbers, with coefficients of its own in every cell of the categories."""

    @property
    def title(self) -> str:
        """The name."""
        return "logistic regression by cells"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted."""
        x, y = some_rows(x, rng, MOST_ROWS), some_rows(y, rng, MOST_ROWS)
        frame = Frame.of(x, y)
        parts = [*codes(x, y)]
        if frame.x.shape[1]:
            parts += [frame.linear, frame.squares]
        return fit_logistic([*parts, *_by_cells(x, y, frame)], x, y)


def _by_cells(x: Sample, y: Sample, frame: Frame) -> list[Columns]:
    """Return the indicators of the cells, and the columns of numbers and their squares in each."""
    if not x.codes.shape[1]:
        return []
    columns = frame.x.shape[1]
    most = max(2, _MOST_COLUMNS // (2 * columns + 1))
    cells, found = np.unique(np.concatenate([x.codes, y.codes]), axis=0, return_inverse=True)
    counts = np.bincount(found.reshape(-1), np.concatenate([weights_of(x), weights_of(y)]), len(cells))
    known = {tuple(cells[cell]): place for place, cell in enumerate(np.argsort(-counts, kind="stable")[: most - 1])}
    size = len(known) + 1

    def inside(rows: Sample) -> FloatArray:
        every, which = np.unique(rows.codes, axis=0, return_inverse=True)
        places: IntArray = np.array([known.get(tuple(cell), size - 1) for cell in every], dtype=np.int64)
        return (places[which.reshape(-1)][:, None] == np.arange(size)).astype(np.float64)

    def times(rows: Sample, numbers: FloatArray) -> FloatArray:
        return (inside(rows)[:, :, None] * numbers[:, None, :]).reshape(rows.rows, -1)

    def slopes(rows: Sample) -> FloatArray:
        return times(rows, frame.scaled(rows))

    def squares(rows: Sample) -> FloatArray:
        return times(rows, np.square(frame.scaled(rows)))

    return [inside, slopes, squares] if columns else [inside]


def cell_logistic(folds: int = FOLDS) -> CrossFitted:
    """Return logistic regression by cells, cross-fitted.

    ln(p/q) is a quadratic of every column of numbers whose coefficients are those of all rows plus those of the row's
    cell, a cell being one combination of categories. Each kind of coefficient has a ridge of its own, so that cells
    share what they have in common. What differs in opposite directions in different cells is found, which no sum over
    single columns shows.

    Args:
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Qin, "Inferences for case-control and semiparametric two-sample density ratio models", Biometrika 85 (1998),
        619-630, section 2; the ridges are MacKay's (1992).

    Example:
        >>> cell_logistic().title
        'logistic regression by cells, 5 folds'
    """
    return CrossFitted(CellLogistic(), folds)
