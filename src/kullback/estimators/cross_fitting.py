"""Cross-fitting: every row gets its log-ratio from a fit that has seen neither the row nor its group.

Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey and Robins, "Double/debiased machine learning for treatment and
structural parameters", Econometrics Journal 21 (2018), C1-C68, Definition 3.2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.method import Fitted, Method
from kullback.progress import begin
from kullback.sample import FloatArray, IntArray, Model, Sample

Scores: TypeAlias = Callable[[Sample], FloatArray]
"""What was learned: ln(p/q) at rows, shape (rows,), finite."""

FOLDS = 5
MODEL_ROWS = 4000
"""Rows drawn from a model, at least: its own noise should not count beside that of the sample."""


class Learner(ABC):
    """A way to learn ln(p/q) from two samples: a frozen dataclass, one per file."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The name in words with the settings that matter."""

    @abstractmethod
    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return a function from rows to ln(p/q), learned from x, drawn from P, and y, drawn from Q."""


@dataclass(frozen=True)
class CrossFitted(Method):
    """A learner whose log-ratios are held out, fold by fold.

    Attributes:
        learner: what is fitted on all folds but one.
        folds: how many; fewer where there are fewer groups.
    """

    learner: Learner
    folds: int = FOLDS

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise ValueError(f"folds is {self.folds}: rows can be held out of two folds or more, such as folds=5.")

    @property
    def title(self) -> str:
        """The name in words."""
        return f"{self.learner.title}, {self.folds} folds"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the held-out log-ratios."""
        second, notes = as_sample(x, y, rng)
        folds = split(x, second, self.folds, rng)
        at_x, at_y = held_out(self.learner, x, second, folds, rng)
        return LogRatio(x, second, at_x, at_y, notes=notes)


def as_sample(x: Sample, y: Sample | Model, rng: np.random.Generator) -> tuple[Sample, tuple[str, ...]]:
    """Return the second sample, and what is to be said of it: a model is drawn from.

    Raises:
        ValueError: a model that cannot be drawn from, or a sample with columns of names against a model.
    """
    if isinstance(y, Sample):
        return y, ()
    if y.draw is None:
        raise ValueError(
            f"{y.name} cannot be drawn from, and a log-ratio is learned from two samples: "
            "use kb.estimators.nearest_neighbours(), which needs its log-density alone."
        )
    if x.codes.shape[1]:
        raise ValueError(
            f"{y.name} is a density of numbers, and the sample has columns of names (text or booleans) too: leave them "
            "out; booleans as 0 and 1? .astype(int)."
        )
    rows = max(x.rows, MODEL_ROWS)
    # A stream of its own: where the sample was drawn by the same seed, its very rows would be drawn again.
    drawn = np.asarray(y.draw(rows, rng.spawn(1)[0]), dtype=np.float64).reshape(rows, -1)
    if drawn.shape[1] != x.dimension:
        raise ValueError(
            f"{y.name} draws rows of {drawn.shape[1]} numbers, and those of the sample have {x.dimension}."
        )
    if not np.isfinite(drawn).all():
        raise ValueError(f"{y.name} draws rows that are not finite.")
    sample = Sample(drawn, np.empty((rows, 0), np.int64), (), x.names)
    return sample, (f"{rows:,} rows drawn from {y.name} stand for it",)


def split(x: Sample, y: Sample, folds: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return the fold of every row of x and of y, each fold with its part of both; rows of a group share their fold.

    Groups of x and y with the same code share it too. There are fewer folds where there are fewer groups or rows.

    Raises:
        ValueError: fewer than two rows, or than two groups, to be split.
    """
    if x.groups is None and y.groups is None:
        count = min(folds, x.rows, y.rows)
        if count < 2:
            raise ValueError(f"rows cannot be held out of samples of {x.rows} and {y.rows}.")
        return _dealt(x.rows, count, rng), _dealt(y.rows, count, rng)
    groups_of_x = np.arange(x.rows) if x.groups is None else x.groups
    groups_of_y = np.arange(y.rows) if y.groups is None else y.groups
    if x.groups is None or y.groups is None:
        # Rows of one side that belong to no group share nothing with the groups of the other.
        sides = [(groups_of_x, x.rows), (groups_of_y, y.rows)]
        count = min(folds, *(len(np.unique(groups)) for groups, _ in sides))
        _at_least_two(count)
        first, second = (_dealt_groups(groups, groups[:0], count, rng) for groups, _ in sides)
        return first[0], second[0]
    count = min(folds, len(np.unique(groups_of_x)), len(np.unique(groups_of_y)))
    _at_least_two(count)
    return _dealt_groups(groups_of_x, groups_of_y, count, rng)


def held_out(
    learner: Learner, x: Sample, y: Sample, folds: tuple[IntArray, IntArray], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the log-ratios at the rows of x and of y, each learned without the fold of the row.

    Raises:
        ValueError: a learner that gives numbers that are not finite.
    """
    of_x, of_y = folds
    at_x, at_y = np.empty(x.rows), np.empty(y.rows)
    count = int(max(of_x.max(), of_y.max())) + 1
    for fold, stream in enumerate(rng.spawn(count)):
        begin(f"{learner.title}, fold {fold + 1} of {count}")
        scores = learner.learn(x.take(of_x != fold), y.take(of_y != fold), stream)
        at_x[of_x == fold] = scores(x.take(of_x == fold))
        at_y[of_y == fold] = scores(y.take(of_y == fold))
    if not (np.isfinite(at_x).all() and np.isfinite(at_y).all()):
        raise ValueError(f"{learner.title} gives log-ratios that are not finite.")
    return at_x, at_y


def _at_least_two(count: int) -> None:
    if count < 2:
        raise ValueError("all rows of a sample are in one group, so that none can be held out; leave groups out.")


def _dealt(rows: int, count: int, rng: np.random.Generator) -> IntArray:
    folds = np.empty(rows, np.int64)
    folds[rng.permutation(rows)] = np.arange(rows) % count
    return folds


def _dealt_groups(first: IntArray, second: IntArray, count: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Large groups first, each to the fold where it is missed most, counted in shares of both samples."""
    names, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    codes = codes.reshape(-1)
    sizes = np.zeros((len(names), 2))
    np.add.at(sizes[:, 0], codes[: len(first)], 1.0 / max(len(first), 1))
    np.add.at(sizes[:, 1], codes[len(first) :], 1.0 / max(len(second), 1))
    fold_of = np.empty(len(names), np.int64)
    filled = np.zeros((count, 2))
    shuffled = rng.permutation(len(names))
    for group in shuffled[np.argsort(-sizes[shuffled].sum(axis=1), kind="stable")]:
        fold = int(np.argmin(filled @ sizes[group] + 1e-9 * filled.sum(axis=1)))
        fold_of[group] = fold
        filled[fold] += sizes[group]
    folds = fold_of[codes]
    return folds[: len(first)], folds[len(first) :]


def weights_of(sample: Sample) -> FloatArray:
    """Return the weights of the rows, mean 1: ones where all count once."""
    return np.ones(sample.rows) if sample.weights is None else sample.weights


def some_rows(sample: Sample, rng: np.random.Generator, most: int) -> Sample:
    """Return the sample, or as many of its rows, picked by chance."""
    return sample if sample.rows <= most else sample.take(rng.permutation(sample.rows)[:most])
