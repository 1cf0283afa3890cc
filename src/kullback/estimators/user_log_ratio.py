"""The user's own log-ratio: a function that gives ln(p/q), or a classifier of scikit-learn that is cross-fitted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, as_sample
from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.method import Fitted, Method
from kullback.sample import FloatArray, Model, Sample

_NOTE = "the log-ratio is the user's own: the lower limit holds if none of these rows were used to find it"


@dataclass(frozen=True)
class GivenLogRatio(Method):
    """A log-ratio that is given.

    Attributes:
        function: from rows to ln(p/q).
    """

    function: Callable[[Any], Any]

    @property
    def title(self) -> str:
        """The name in words."""
        return f"log-ratio given by {getattr(self.function, '__name__', type(self.function).__name__)}"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the log-ratios at the rows of both samples.

        Raises:
            ValueError: the function gives something else than one finite number per row.
        """
        second, notes = as_sample(x, y, rng)
        at_x, at_y = (self._at(side) for side in (x, second))
        return LogRatio(x, second, at_x, at_y, notes=(*notes, _NOTE))

    def _at(self, sample: Sample) -> FloatArray:
        found = np.asarray(self.function(table(sample)), dtype=np.float64)
        if found.shape != (sample.rows,):
            raise ValueError(
                f"{self.title}: it gives shape {found.shape} for {sample.rows} rows; ln(p/q) per row, shape "
                f"({sample.rows},), is needed."
            )
        if not np.isfinite(found).all():
            row = int(np.flatnonzero(~np.isfinite(found))[0])
            raise ValueError(f"{self.title}: it gives {found[row]} at row {row}; finite numbers are needed (np.clip).")
        return found


@dataclass(frozen=True)
class ClassifierRatio(Learner):
    """The log-odds of a classifier of scikit-learn.

    Attributes:
        classifier: with `fit(rows, sides)` and `predict_proba` or `decision_function` (taken as log-odds); a clone of
            it is fitted, never the object itself.
    """

    classifier: Any

    @property
    def title(self) -> str:
        """The name in words."""
        return f"log-ratio by {type(self.classifier).__name__}"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted."""
        from sklearn.base import clone

        made: Any = clone(self.classifier)
        random = {name: int(rng.integers(2**31)) for name in made.get_params() if name.endswith("random_state")}
        made.set_params(**{name: seed for name, seed in random.items() if made.get_params()[name] is None})
        sides = np.repeat([1, 0], [x.rows, y.rows])
        rows = np.concatenate([table(x), table(y)])
        if x.weights is None and y.weights is None:
            made.fit(rows, sides)
        else:
            made.fit(rows, sides, sample_weight=np.concatenate([x.shares * x.rows, y.shares * y.rows]))
        constant = math.log(x.rows / y.rows)
        # A probability of exactly 0 or 1 claims more than the rows can show.
        most = math.log(min(x.rows, y.rows) + 1.0)

        def scores(rows: Sample) -> FloatArray:
            if not rows.rows:
                return np.empty(0)
            if hasattr(made, "predict_proba"):
                chance = np.clip(np.asarray(made.predict_proba(table(rows)), dtype=np.float64)[:, 1], 1e-300, 1.0)
                odds = np.log(chance) - np.log(np.maximum(1.0 - chance, 1e-300))
            else:
                odds = np.asarray(made.decision_function(table(rows)), dtype=np.float64)
            return np.clip(odds - constant, -most, most)

        return scores


def user_log_ratio(source: Any, folds: int = FOLDS) -> Method:
    """Return the method that takes ln(p/q) from a function, or from a classifier that it cross-fits.

    The rows are given as an array of shape (rows, columns): the numbers, then the codes of the categories. A classifier
    tells P (1) from Q (0); its log-odds less ln(n/m) are the log-ratio, cut off at ± ln of the training rows.

    Args:
        source: a function f(rows) that gives ln(p/q), shape (rows,), or a classifier of scikit-learn.
        folds: of the rows, for a classifier.

    Returns:
        The method.

    Raises:
        TypeError: neither of both.
        ValueError: fewer than two folds.

    Example:
        >>> user_log_ratio(lambda rows: rows[:, 0] - 0.5).title
        'log-ratio given by <lambda>'
    """
    if isinstance(source, type):
        raise TypeError(f"{source.__name__} is a class: give an object, such as {source.__name__}().")
    if hasattr(source, "fit") and (hasattr(source, "predict_proba") or hasattr(source, "decision_function")):
        return CrossFitted(ClassifierRatio(source), folds)
    if not callable(source):
        raise TypeError(f"{source!r} is neither a function of rows nor a classifier with fit and predict_proba.")
    return GivenLogRatio(source)


def table(sample: Sample) -> FloatArray:
    """Return the rows as one array: the numbers, then the codes."""
    return np.column_stack([sample.numbers, sample.codes.astype(np.float64)])
