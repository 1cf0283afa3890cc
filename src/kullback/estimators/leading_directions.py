"""Leading directions: what looks at curves, products and neighbours works on some directions of very many columns.

A divergence of what is left of the rows is no greater than that of the rows (the data processing inequality), so that a
bound found from some directions is a bound; they are found from the rows that are learned from alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores
from kullback.estimators.logistic import Frame, LinearLogistic, along_regression
from kullback.estimators.wide_logistic import WideFit, fit_wide
from kullback.progress import begin
from kullback.sample import FloatArray, IntArray, Sample

DIRECTIONS = 32
_COLUMNS, _PAIRS, _SPREADS = 8, 8, 8
"""At most so many single columns, pairs of columns, and directions in which one sample is wider, are among them."""
_CANDIDATES, _ROWS_FOR_PAIRS, _BLOCK = 200, 100, 128
"""Pairs whose spreads are found, rows of each sample from which pairs are looked at, and columns at a time."""
_ROWS_PER_DIRECTION = 8
"""Training rows for each direction, and rows of the smaller sample for each of those whose variances are compared."""
_COMPARED = 256
"""Principal directions at most in whose span variances are compared."""
_BEYOND_CHANCE = 1.2
"""How many times the greatest difference of variances that chance alone makes."""


@dataclass(frozen=True)
class OnLeadingDirections(Learner):
    """A learner that is given some directions of the columns of numbers in their place.

    Attributes:
        learner: what learns on them.
        directions: at most; fewer of few rows.
        principal: whether only those of the greatest variance of all rows are taken; otherwise also the direction of a
            linear regression, the columns that differ most, alone or in pairs, and those in which one sample is wider.
    """

    learner: Learner
    directions: int = DIRECTIONS
    principal: bool = False

    @property
    def title(self) -> str:
        """The name."""
        return f"{self.learner.title} on leading directions"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted.

        Raises:
            ValueError: no column of numbers.
        """
        if not x.dimension:
            raise ValueError(
                "there is no column of numbers, and directions are made of them: use kb.estimators.stack()."
            )
        given = _Directions.of(x, y, rng).given(self, x, y)
        scores = self.learner.learn(given.x, given.y, rng)
        return lambda rows: scores(given.of(rows))


def on_leading_directions(learner: Learner, directions: int = DIRECTIONS, folds: int = FOLDS) -> CrossFitted:
    """Return a learner that is given some directions in place of hundreds of columns of numbers, cross-fitted.

    The directions are that of a linear regression on all columns, the columns that differ most in mean, variance or
    dependence, those in which one sample is wider, and the principal directions of all rows: ln(p/q) ≈ f(A'z), A found
    from the rows that f is fitted to. KL of A'z is no greater than KL of z.

    Args:
        learner: what learns on them, such as `kb.estimators.Boosting()`.
        directions: at most.
        folds: of the rows; each is judged by directions and a fit of the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than one direction or two folds.

    Source:
        Fukumizu, Bach and Jordan, "Kernel dimension reduction in regression", Ann. Statist. 37 (2009), 1871-1905,
        section 2, for what directions lose; the rule that finds them is this library's own.

    Example:
        >>> from kullback.estimators import Boosting
        >>> on_leading_directions(Boosting()).title
        'gradient-boosted trees on leading directions, 5 folds'
    """
    if directions < 1:
        raise ValueError(f"directions is {directions}: a learner needs one at least, such as directions=32.")
    return CrossFitted(OnLeadingDirections(learner, directions), folds)


def held_out_together(
    learners: Sequence[LinearLogistic | OnLeadingDirections],
    x: Sample,
    y: Sample,
    folds: tuple[IntArray, IntArray],
    rng: np.random.Generator,
) -> list[tuple[FloatArray, FloatArray]]:
    """Return the log-ratios of each learner at the rows of x and of y, learned without the fold of the row.

    Directions are found once for all of them, and with them the linear regression on all columns.

    Raises:
        ValueError: a learner that gives numbers that are not finite.
    """
    found = [(np.empty(x.rows), np.empty(y.rows)) for _ in learners]
    count = int(max(folds[0].max(), folds[1].max())) + 1
    for fold, stream in enumerate(rng.spawn(count)):
        out_x, out_y = folds[0] == fold, folds[1] == fold
        seen_x, seen_y = x.take(~out_x), y.take(~out_y)
        new_x, new_y = x.take(out_x), y.take(out_y)
        ways = _Directions.of(seen_x, seen_y, stream)
        known: dict[tuple[int, bool], tuple[_Given, Sample, Sample]] = {}
        for learner, (at_x, at_y) in zip(learners, found, strict=True):
            begin(f"{learner.title}, fold {fold + 1} of {count}")
            if isinstance(learner, LinearLogistic):
                scores = along_regression(ways.fit, ways.frame, seen_x, seen_y)
                at_x[out_x], at_y[out_y] = scores(new_x), scores(new_y)
                continue
            kind = learner.directions, learner.principal
            if kind not in known:
                given = ways.given(learner, seen_x, seen_y)
                known[kind] = given, given.of(new_x), given.of(new_y)
            given, new_at_x, new_at_y = known[kind]
            scores = learner.learner.learn(given.x, given.y, stream)
            at_x[out_x], at_y[out_y] = scores(new_at_x), scores(new_at_y)
    for learner, (at_x, at_y) in zip(learners, found, strict=True):
        if not (np.isfinite(at_x).all() and np.isfinite(at_y).all()):
            raise ValueError(f"{learner.title} gives log-ratios that are not finite.")
    return found


@dataclass(frozen=True, eq=False)
class _Directions:
    """Directions that were found from two samples.

    Attributes:
        frame: the scale of the columns.
        fit: the linear regression on all of them, and the principal directions.
        columns: single columns that differ, alone or in pairs.
        spreads: directions in which one sample is wider, shape (d, k).
    """

    frame: Frame
    fit: WideFit
    columns: IntArray
    spreads: FloatArray

    @classmethod
    def of(cls, x: Sample, y: Sample, rng: np.random.Generator) -> _Directions:
        frame = Frame.of(x, y)
        fit = fit_wide(frame.x, frame.y, x, y, rng)
        return cls(frame, fit, _columns(frame, x, y), _spreads(frame, fit, x, y))

    def given(self, one: OnLeadingDirections, x: Sample, y: Sample) -> _Given:
        """Return what a learner is given."""
        told = not one.principal and bool(self.fit.slope.any())
        most = max(1, min(one.directions, (x.rows + y.rows) // _ROWS_PER_DIRECTION)) - told
        ways = [] if one.principal else [_single(self.columns, len(self.fit.centre)), self.spreads]
        turn = np.concatenate([*ways, self.fit.axes], axis=1)[:, :most]

        def turned(rows: FloatArray, linear: FloatArray) -> FloatArray:
            found = rows @ turn
            return np.column_stack([linear, found]) if told else found

        def of(rows: Sample) -> Sample:
            scaled = self.frame.scaled(rows)
            return rows.with_numbers(turned(scaled, self.fit.at(scaled)))

        # A regression knows the rows that it was fitted to: what it says of them is not what it says of new ones.
        linear = self.fit.held_out
        at_x, at_y = turned(self.frame.x, linear[: x.rows]), turned(self.frame.y, linear[x.rows :])
        return _Given(x.with_numbers(at_x), y.with_numbers(at_y), of)


@dataclass(frozen=True, eq=False)
class _Given:
    """The rows that were learned from along directions, and how others come there."""

    x: Sample
    y: Sample
    of: Callable[[Sample], Sample]


def _single(columns: IntArray, count: int) -> FloatArray:
    """Return the directions of some of so many columns."""
    found = np.zeros((count, len(columns)))
    found[columns, np.arange(len(columns))] = 1.0
    return found


def _columns(frame: Frame, x: Sample, y: Sample) -> IntArray:
    """Return the columns whose means or variances differ by more than chance makes of so many, and those of the pairs
    whose dependence does."""
    columns = frame.x.shape[1]
    means = _apart(frame.x, frame.y, frame, x, y)
    alone = np.maximum(means, _apart(np.square(frame.x), np.square(frame.y), frame, x, y))
    chosen = np.argsort(-alone, kind="stable")[:_COLUMNS]
    chosen = chosen[alone[chosen] > _greatest_by_chance(2 * columns)]
    paired = [chosen]
    if min(x.rows, y.rows) >= _ROWS_FOR_PAIRS:
        first, second = _candidates(frame)
        products = [side[:, first] * side[:, second] for side in (frame.x, frame.y)]
        together = _apart(products[0], products[1], frame, x, y)
        order = np.argsort(-together, kind="stable")[:_PAIRS]
        order = order[together[order] > _greatest_by_chance(columns * (columns - 1) // 2)]
        paired += [first[order], second[order]]
    found = np.concatenate(paired)
    return found[np.sort(np.unique(found, return_index=True)[1])]


def _apart(at_x: FloatArray, at_y: FloatArray, frame: Frame, x: Sample, y: Sample) -> FloatArray:
    """Return by how many standard errors the means of each column differ."""
    means = frame.share_x @ at_x, frame.share_y @ at_y
    noise = (frame.share_x @ np.square(at_x - means[0])) / x.effective_rows
    noise += (frame.share_y @ np.square(at_y - means[1])) / y.effective_rows
    return np.abs(means[0] - means[1]) / np.sqrt(np.maximum(noise, 1e-300))


def _greatest_by_chance(count: int) -> float:
    """Return about the greatest of so many standard normals, without regard to their sign."""
    return math.sqrt(2.0 * math.log(2.0 * count))


def _candidates(frame: Frame) -> tuple[IntArray, IntArray]:
    """Return the pairs of columns whose products differ most in the mean, were their spreads those of normals."""
    columns = frame.x.shape[1]
    sides = [side * np.sqrt(share)[:, None] for side, share in ((frame.x, frame.share_x), (frame.y, frame.share_y))]
    spread = 0.5 * np.square(np.concatenate(sides)).sum(axis=0)
    scores, places = np.empty(0), np.empty(0, np.int64)
    # In blocks of columns: all pairs at once are more numbers than the rows where there are few of them.
    for start in range(0, columns, _BLOCK):
        block = slice(start, min(start + _BLOCK, columns))
        means = [side[:, block].T @ side[:, start:] for side in sides]
        score = np.square(means[0] - means[1])
        score /= np.outer(spread[block], spread[start:]) + 0.25 * np.square(means[0] + means[1]) + 1e-300
        score[np.tril_indices(len(score), 0, score.shape[1])] = -1.0
        flat = score.reshape(-1)
        best = np.argpartition(-flat, min(_CANDIDATES, len(flat)) - 1)[:_CANDIDATES]
        first, second = np.divmod(best, score.shape[1])
        scores = np.concatenate([scores, flat[best]])
        places = np.concatenate([places, (first + start) * columns + second + start])
    best = np.argsort(-scores, kind="stable")[:_CANDIDATES]
    first, second = np.divmod(places[best], columns)
    return first[first < second], second[first < second]


def _spreads(frame: Frame, fit: WideFit, x: Sample, y: Sample) -> FloatArray:
    """Return the directions whose variances differ by more than chance makes of so many: those of the greatest
    eigenvalues of the difference of the covariances, where that of all rows is 1.

    Of normals with one covariance in k directions the eigenvalues reach 2 √(k (1/n + 1/m)), the edge of Wigner's law.
    """
    noise = 1.0 / x.effective_rows + 1.0 / y.effective_rows
    count = min(len(fit.variances), int(2.0 / noise / _ROWS_PER_DIRECTION), _COMPARED)
    if count < 2:
        return np.empty((len(fit.centre), 0))
    root = fit.axes[:, :count] / np.sqrt(fit.variances[:count])
    gap = np.zeros((count, count))
    for side, share, sign in ((frame.x, frame.share_x, 1.0), (frame.y, frame.share_y, -1.0)):
        turned = side @ root
        turned -= share @ turned
        gap += sign * (turned.T * share) @ turned
    values, vectors = np.linalg.eigh(gap)
    chosen = np.argsort(-np.abs(values), kind="stable")[:_SPREADS]
    chosen = chosen[np.abs(values[chosen]) > _BEYOND_CHANCE * 2.0 * np.sqrt(count * noise)]
    return root @ vectors[:, chosen]
