"""Logistic regression with curves: of single columns, and of the distances from both centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows
from kullback.estimators.logistic import (
    MOST_PAIRS,
    MOST_ROWS,
    Frame,
    codes,
    fit_logistic,
    pairs_of_codes,
    slopes_of_codes,
    within_cells,
)
from kullback.sample import Sample


@dataclass(frozen=True)
class CurvedLogistic(Learner):
    """ln(p/q) quadratic in the columns, with a curve of each column, of the distances from both centres, and with the
    slopes and the pairs of categories."""

    pairs: int = MOST_PAIRS

    @property
    def title(self) -> str:
        """The name."""
        return "logistic regression with curves"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted."""
        x, y = some_rows(x, rng, MOST_ROWS), some_rows(y, rng, MOST_ROWS)
        frame = Frame.of(x, y)
        numbers = [frame.linear, frame.squares, *frame.products(self.pairs), *frame.curves(), *frame.radii()]
        names = [*codes(x, y), *pairs_of_codes(x, y)]
        both = [*slopes_of_codes(x, y, frame), *within_cells(x, y, frame)]
        return fit_logistic([*numbers, *names, *both], x, y)


def curved_logistic(pairs: int = MOST_PAIRS, folds: int = FOLDS) -> CrossFitted:
    """Return logistic regression on columns, squares, products, a curve of every column and of the distance from the
    centres of both samples, cross-fitted.

    ln(p/q) is a quadratic plus curves of single columns (exact for products of any smooth distributions) and of the
    radii ln(1 + z'Σ⁻¹z/d) (as the multivariate Student t has them), plus pairs and slopes of categories.

    Args:
        pairs: how many products of two different columns at most; where there are more, those whose means differ most.
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Hastie and Tibshirani, "Generalized additive models", Statistical Science 1 (1986), 297-310, section 4; the
        ridges are MacKay's (1992).

    Example:
        >>> curved_logistic().title
        'logistic regression with curves, 5 folds'
    """
    return CrossFitted(CurvedLogistic(pairs), folds)
