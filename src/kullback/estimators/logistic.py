"""Logistic regression of the side on the columns, linear or quadratic.

Where a fraction n/(n + m) of all rows is from P, the log-odds of a row being from P are ln(p/q) + ln(n/m). Coefficients
of one kind share a ridge, which is found by the evidence (MacKay, "The evidence framework applied to classification
networks", Neural Computation 4 (1992), 720-736): what a kind of column does not help with, it is not used for.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows, weights_of
from kullback.estimators.wide_logistic import WIDE, WideFit, fit_wide
from kullback.sample import FloatArray, IntArray, Sample

_LAPACK: Any = importlib.import_module("scipy.linalg.lapack")
"""Called directly: the checks of `scipy.linalg` outlast small matrices. It has no types."""
Columns: TypeAlias = Callable[[Sample], FloatArray]
"""From rows to some columns made of them, shape (rows, k)."""

MOST_PAIRS = 160
"""Products of two columns at most: those whose means differ most."""
_MOST_CODES = 40
"""Categories of a column that have a coefficient of their own; the rare ones share one."""
_FARTHEST = 8.0
"""Standard deviations beyond which a column counts as if it were there: no row outweighs all others."""
MOST_ROWS = 30_000
"""Rows of each sample: more than some hundred coefficients need."""
_BEGINNING = 4_000
"""Rows of each sample, about, with which a regression on twice as many begins."""
_BLOCK = 2_048
"""Rows that are worked on at a time."""
_NEAR = 0.2
"""How far the log-odds may be, in the mean, from those that a curvature belongs to: it is then right to some 20 %, and
the steps with it are nearly as good."""
_STEPS = 40
_GAIN = 0.02
"""Nats, of all rows together, for which no further step is taken."""
_RIDGES = (1e-3, 1e7)
_NOTHING = 1e5
"""A ridge beyond which coefficients count as 0."""


@dataclass(frozen=True)
class LinearLogistic(Learner):
    """ln(p/q) linear in the columns, with a coefficient per category."""

    @property
    def title(self) -> str:
        """The name."""
        return "linear logistic regression"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted."""
        frame = Frame.of(x, y)
        if frame.x.shape[1] > WIDE:
            return along_regression(fit_wide(frame.x, frame.y, x, y, rng), frame, x, y)
        return fit_logistic([frame.linear, *codes(x, y), *within_cells(x, y, frame)[:1]], x, y)


@dataclass(frozen=True)
class QuadraticLogistic(Learner):
    """ln(p/q) quadratic in the columns.

    Attributes:
        pairs: products of two different columns at most; those whose means differ most are taken.
    """

    pairs: int = MOST_PAIRS

    @property
    def title(self) -> str:
        """The name."""
        return "quadratic logistic regression"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted."""
        x, y = some_rows(x, rng, MOST_ROWS), some_rows(y, rng, MOST_ROWS)
        frame = Frame.of(x, y)
        return fit_logistic([frame.linear, frame.squares, *frame.products(self.pairs), *codes(x, y)], x, y)


def linear_logistic(folds: int = FOLDS) -> CrossFitted:
    """Return logistic regression on the columns themselves, cross-fitted.

    ln(p/q) is taken to be linear: exact for normals of one covariance, products of categories, and all exponential
    families whose statistics are the columns.

    Args:
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Qin, "Inferences for case-control and semiparametric two-sample density ratio models", Biometrika 85 (1998),
        619-630, eq. (1.3); the ridge is MacKay's (1992).

    Example:
        >>> linear_logistic().title
        'linear logistic regression, 5 folds'
    """
    return CrossFitted(LinearLogistic(), folds)


def quadratic_logistic(pairs: int = MOST_PAIRS, folds: int = FOLDS) -> CrossFitted:
    """Return logistic regression on the columns, their squares and products, cross-fitted.

    ln(p/q) is taken to be quadratic: exact for any two normals.

    Args:
        pairs: how many products of two different columns at most; where there are more, those whose means differ most.
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Qin 1998, section 2; the ridges are MacKay's (1992).

    Example:
        >>> quadratic_logistic().title
        'quadratic logistic regression, 5 folds'
    """
    return CrossFitted(QuadraticLogistic(pairs), folds)


def fit_logistic(parts: list[Columns], x: Sample, y: Sample) -> Scores:
    """Return ln(p/q) by logistic regression on some columns, those of one part under one ridge."""
    of_x, of_y = ([part(side) for part in parts] for side in (x, y))
    sizes = [block.shape[1] for block in of_x]
    design = np.empty((x.rows + y.rows, sum(sizes)))
    np.concatenate(of_x, axis=1, out=design[: x.rows])
    np.concatenate(of_y, axis=1, out=design[x.rows :])
    slopes, intercept = regressed(design, np.repeat(np.arange(len(parts)), sizes), x, y)
    ends = np.cumsum(sizes)

    def scores(rows: Sample) -> FloatArray:
        found = np.full(rows.rows, intercept)
        for part, end, size in zip(parts, ends, sizes, strict=True):
            found += part(rows) @ slopes[end - size : end]
        return found

    return scores


def along_regression(found: WideFit, frame: Frame, x: Sample, y: Sample) -> Scores:
    """Return what a regression on hundreds of columns found, plus a coefficient for every category beside them."""
    if not x.codes.shape[1]:
        return lambda rows: found.at(frame.scaled(rows))

    def along(rows: Sample) -> FloatArray:
        # A regression knows the rows that it was fitted to: what it says of them is not what it says of new ones.
        if rows is x or rows is y:
            return (found.held_out[: x.rows] if rows is x else found.held_out[x.rows :])[:, None]
        return found.at(frame.scaled(rows))[:, None]

    return fit_logistic([along, *codes(x, y)], x, y)


def regressed(design: FloatArray, kinds: IntArray, x: Sample, y: Sample) -> tuple[FloatArray, float]:
    """Return the slopes and the intercept of ln(p/q) by logistic regression on columns.

    Args:
        design: the columns at the rows of x, then at those of y, shape (n + m, k); it is used up.
        kinds: of the columns, codes from 0: one ridge each.
        x, y: the samples.
    """
    weights = np.concatenate([weights_of(x), weights_of(y)])
    total = float(weights.sum())
    centre = weights @ design / total
    squares = np.zeros(len(centre))
    # Blocks stay in the processor: what is as long as the samples is read once.
    for block in blocks(len(design)):
        design[block] -= centre
        squares += weights[block] @ np.square(design[block])
    spread = np.sqrt(squares / total)
    kept = spread > 1e-9 * (1.0 + np.abs(centre))
    if not kept.all():
        design = design[:, kept]
    for block in blocks(len(design)):
        design[block] /= spread[kept]
    _, kinds = np.unique(kinds[kept], return_inverse=True)
    found, intercept = newton(design, np.repeat([1.0, 0.0], [x.rows, y.rows]), weights, kinds)
    slopes = np.zeros(len(kept))
    slopes[kept] = found / spread[kept]
    # The weights of a sample have mean 1: their sums are the rows.
    return slopes, intercept - math.log(x.rows / y.rows) - float(slopes @ centre)


def newton(design: FloatArray, sides: FloatArray, weights: FloatArray, kinds: IntArray) -> tuple[FloatArray, float]:
    """Return slopes and intercept of a logistic regression, each kind of slope with the ridge of most evidence.

    Args:
        design: columns of mean 0 and spread 1, shape (rows, k).
        sides: 1 for rows from P, 0 for rows from Q.
        weights: of the rows.
        kinds: of the columns, codes from 0, shape (k,).
    """
    columns = design.shape[1]
    found = np.append(np.zeros(columns), _log_odds(sides, weights))
    ridges = np.ones(int(kinds.max()) + 1 if columns else 0)
    # Most of the way is gone with a part of the rows; what all of them say takes few steps more.
    some = _part(sides)
    if some is not None:
        shift = _log_odds(sides[some], weights[some]) - found[-1]
        found[-1] += shift
        found, ridges = _climbed(design[some], sides[some], weights[some], kinds, found, ridges)
        found[-1] -= shift
        # What a part has no use for, all of the rows may have.
        ridges = np.minimum(ridges, 1.0)
    found, _ = _climbed(design, sides, weights, kinds, found, ridges)
    return found[:columns], float(found[columns])


def _part(sides: FloatArray) -> IntArray | None:
    """Return evenly spaced rows of both sides, or None where all of them are no more."""
    both = [np.flatnonzero(sides == side) for side in (1.0, 0.0)]
    if len(both[0]) < 2 * _BEGINNING > len(both[1]):
        return None
    return np.concatenate([rows[:: max(1, len(rows) // _BEGINNING)] for rows in both])


def _log_odds(sides: FloatArray, weights: FloatArray) -> float:
    share = float(weights @ sides / weights.sum())
    return math.log(share / (1.0 - share))


def _climbed(
    design: FloatArray, sides: FloatArray, weights: FloatArray, kinds: IntArray, start: FloatArray, ridges: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients, the intercept last, and the ridges that Newton's method comes to from a start.

    The curvature is worked out again when the log-odds have moved: steps with an older one go to the same place.
    """
    columns, count = design.shape[1], len(ridges)
    used, at = np.arange(columns), start
    odds = design @ at[:-1] + at[-1]
    loss, chance = _loss(odds, sides, weights)
    curvature, there = None, odds
    for _ in range(_STEPS):
        # What all but vanishes is left out from then on.
        alive = ridges[kinds[used]] < _NOTHING
        if not alive.all():
            odds = odds - design[:, ~alive] @ at[:-1][~alive]
            loss, chance = _loss(odds, sides, weights)
            kept = np.append(alive, True)
            used, at, design = used[alive], at[kept], design[:, alive]
            curvature = None if curvature is None else curvature[np.ix_(kept, kept)]
        kind = kinds[used]
        ridge = np.append(ridges[kind], 0.0)
        importance = weights * np.maximum(chance * (1.0 - chance), 1e-10)
        if curvature is None or float(importance @ np.square(odds - there)) > _NEAR**2 * float(importance.sum()):
            curvature, there = _curvature(design, importance), odds
        left = weights * (sides - chance)
        slope = np.append(left @ design, left.sum()) - ridge * at
        ridged = curvature + np.diag(ridge)
        factor, failed = _LAPACK.dpotrf(ridged, lower=1, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError("the curvature of a logistic regression is not positive definite")
        step = _LAPACK.dpotrs(factor, slope, lower=1)[0]
        gained, size = float(slope @ step), 1.0
        before = loss + 0.5 * float(ridge @ np.square(at))
        along = design @ step[:-1] + step[-1]
        while True:
            moved, moved_odds = at + size * step, odds + size * along
            loss, chance = _loss(moved_odds, sides, weights)
            after = loss + 0.5 * float(ridge @ np.square(moved))
            if after <= before - 1e-4 * size * gained or size < 1e-4:
                break
            size *= 0.5
        at, odds = moved, moved_odds
        if size < 1.0:
            curvature = None
        if gained < _GAIN or not len(used):
            break
        root_inverse = np.tril(_LAPACK.dtrtri(factor, lower=1)[0])
        spread = np.square(root_inverse).sum(axis=0)[:-1]
        sizes = np.bincount(kind, minlength=count)
        known = sizes - ridges * np.bincount(kind, spread, minlength=count)
        lengths = np.bincount(kind, np.square(at[:-1]), minlength=count)
        moved_ridges = np.clip(np.maximum(known, 1e-3) / np.maximum(lengths, 1e-12), *_RIDGES)
        ridges = np.where(sizes > 0, moved_ridges, ridges)
    found = np.zeros(columns + 1)
    found[used], found[-1] = at[:-1], at[-1]
    return found, ridges


def _loss(odds: FloatArray, sides: FloatArray, weights: FloatArray) -> tuple[float, FloatArray]:
    """Return the logistic loss of all rows, and the chance that each is from P."""
    small = np.exp(-np.abs(odds))
    chance = np.where(odds >= 0.0, 1.0, small) / (1.0 + small)
    return float(weights @ (np.log1p(small) + np.maximum(odds, 0.0) - sides * odds)), chance


def _curvature(design: FloatArray, importance: FloatArray) -> FloatArray:
    """Return Σ importance · zz', z a row with a 1 behind it."""
    columns = design.shape[1]
    found = np.zeros((columns + 1, columns + 1))
    root = np.sqrt(importance)
    room = np.empty((min(len(design), _BLOCK), columns + 1))
    for block in blocks(len(design)):
        scaled = room[: len(root[block])]
        np.multiply(design[block], root[block][:, None], out=scaled[:, :-1])
        scaled[:, -1] = root[block]
        found += scaled.T @ scaled
    return found


def blocks(rows: int) -> Iterator[slice]:
    """Yield slices of rows, each small enough to be worked on without going back to memory."""
    return (slice(start, min(start + _BLOCK, rows)) for start in range(0, rows, _BLOCK))


@dataclass(frozen=True, eq=False)
class Frame:
    """The columns of numbers on one scale, that of both samples together, and what is made of them.

    Attributes:
        x, y: both samples' rows on that scale.
        share_x, share_y: what part of its sample each row is.
        scaled: from rows to columns on that scale.
    """

    x: FloatArray
    y: FloatArray
    share_x: FloatArray
    share_y: FloatArray
    scaled: Columns

    @classmethod
    def of(cls, x: Sample, y: Sample) -> Frame:
        """Return the frame of two samples, each counting half."""
        centre = 0.5 * (x.shares @ x.numbers + y.shares @ y.numbers)
        spread = np.sqrt(0.5 * (x.shares @ np.square(x.numbers - centre) + y.shares @ np.square(y.numbers - centre)))
        kept = np.flatnonzero(spread > 1e-12 * (1e-300 + np.abs(centre) + spread))

        def scaled(rows: Sample) -> FloatArray:
            return np.clip((rows.numbers[:, kept] - centre[kept]) / spread[kept], -_FARTHEST, _FARTHEST)

        at_x, at_y = scaled(x), scaled(y)

        def known_or_scaled(rows: Sample) -> FloatArray:
            return at_x if rows is x else at_y if rows is y else scaled(rows)

        return cls(at_x, at_y, x.shares, y.shares, known_or_scaled)

    def linear(self, rows: Sample) -> FloatArray:
        """Return the columns."""
        return self.scaled(rows)

    def squares(self, rows: Sample) -> FloatArray:
        """Return their squares."""
        return np.square(self.scaled(rows))

    def products(self, most: int) -> list[Columns]:
        """Return the products of two columns, those that tell the samples apart best where there are too many."""
        columns = self.x.shape[1]
        if columns < 2 or most < 1:
            return []
        first, second = np.triu_indices(columns, 1)
        if len(first) > most:
            x, y = self.x, self.y
            gap = (x.T * self.share_x) @ x - (y.T * self.share_y) @ y
            squared_x, squared_y = np.square(x), np.square(y)
            noise = (squared_x.T * self.share_x**2) @ squared_x + (squared_y.T * self.share_y**2) @ squared_y
            score = np.abs(gap / np.sqrt(np.maximum(noise, 1e-300)))[first, second]
            # The greatest of so many scores that only chance makes: pairs below it would be picked for their noise.
            chosen = np.sort(np.argsort(-score, kind="stable")[:most])
            chosen = chosen[score[chosen] > np.sqrt(2.0 * np.log(len(first)))]
            first, second = first[chosen], second[chosen]
            if not len(chosen):
                return []

        def products(rows: Sample) -> FloatArray:
            scaled = self.scaled(rows)
            return scaled[:, first] * scaled[:, second]

        return [products]

    def curves(self) -> list[Columns]:
        """Return what bends each column: hinges at quantiles of both samples together."""
        columns = self.x.shape[1]
        if not columns or columns > 40:
            return []
        both = np.concatenate([self.x, self.y])
        counts = 6 if columns <= 12 else 3
        knots = np.quantile(both, np.arange(1, counts + 1) / (counts + 1.0), axis=0)

        def curves(rows: Sample) -> FloatArray:
            scaled = self.scaled(rows)
            return np.concatenate([np.maximum(scaled - knot, 0.0) for knot in knots], axis=1)

        return [curves]

    def radii(self) -> list[Columns]:
        """Return the logarithms of the distances from both centres, their squares and hinges at their quartiles, in one
        metric: a metric of each sample's own would find its own rows nearer than new ones."""
        columns = self.x.shape[1]
        if columns < 2:
            return []
        centres, root = centres_and_metric(self)

        def logarithms(scaled: FloatArray) -> FloatArray:
            lengths = [np.square((scaled - centre) @ root).sum(axis=1) for centre in centres]
            return np.stack([np.log1p(length / columns) for length in lengths], axis=1)

        knots = np.quantile(logarithms(np.concatenate([self.x, self.y])), (0.25, 0.5, 0.75), axis=0)

        def radii(rows: Sample) -> FloatArray:
            return logarithms(self.scaled(rows))

        def bends(rows: Sample) -> FloatArray:
            found = radii(rows)
            return np.concatenate([np.square(found), *(np.maximum(found - knot, 0.0) for knot in knots)], axis=1)

        return [radii, bends]


def centres_and_metric(frame: Frame) -> tuple[list[FloatArray], FloatArray]:
    """Return the centres of both samples and a root of the inverse covariance around them, far rows counting less.

    Three steps towards the maximum likelihood of Student t with 3 degrees of freedom (Lange, Little and Taylor, J. Am.
    Stat. Assoc. 84 (1989), 881-896, section 3).
    """
    sides, shares = (frame.x, frame.y), (frame.share_x, frame.share_y)
    columns = frame.x.shape[1]
    counted = [np.ones(len(side)) for side in sides]
    centres, root = [np.zeros(columns)] * 2, np.eye(columns)
    for _ in range(4):
        covariance = np.zeros((columns, columns))
        centres = [
            (share * count) @ side / (share @ count) for side, share, count in zip(sides, shares, counted, strict=True)
        ]
        for side, share, count, centre in zip(sides, shares, counted, centres, strict=True):
            gap = side - centre
            covariance += 0.5 * (gap.T * (share * count)) @ gap
        drawn = min(0.5, 0.5 * columns * float(np.square(shares[0]).sum() + np.square(shares[1]).sum()) / 2.0)
        covariance = (1.0 - drawn) * covariance + drawn * np.diag(np.diagonal(covariance))
        values, vectors = np.linalg.eigh(covariance)
        root = vectors / np.sqrt(np.maximum(values, 1e-6 * max(float(values[-1]), 1e-300)))
        counted = [
            (3.0 + columns) / (3.0 + np.square((side - centre) @ root).sum(axis=1))
            for side, centre in zip(sides, centres, strict=True)
        ]
    return centres, root


def _merged(x: Sample, y: Sample, column: int) -> IntArray:
    """A code for every category of a column: the common ones their own, the others one together."""
    size = x.alphabet[column]
    counts = np.bincount(x.codes[:, column], weights_of(x), size) + np.bincount(y.codes[:, column], weights_of(y), size)
    order = np.argsort(-counts, kind="stable")
    merged = np.empty(size, np.int64)
    merged[order] = np.minimum(np.arange(size), _MOST_CODES)
    return merged


def _indicators(codes: IntArray, size: int) -> FloatArray:
    return (codes[:, None] == np.arange(size)).astype(np.float64)


def codes(x: Sample, y: Sample) -> list[Columns]:
    """Return one part per column of categories: a column per category."""
    parts: list[Columns] = []
    for column in range(x.codes.shape[1]):
        merged = _merged(x, y, column)

        def part(rows: Sample, column: int = column, merged: IntArray = merged) -> FloatArray:
            return _indicators(merged[rows.codes[:, column]], int(merged.max()) + 1)

        parts.append(part)
    return parts


def pairs_of_codes(x: Sample, y: Sample) -> list[Columns]:
    """Return the pairs of categories of two columns, where they are few."""
    merged = [_merged(x, y, column) for column in range(x.codes.shape[1])]
    sizes = [int(codes.max()) + 1 for codes in merged]
    chosen = [(i, j) for i in range(len(sizes)) for j in range(i) if sizes[i] * sizes[j] <= MOST_PAIRS]
    parts: list[Columns] = []
    used = 0
    for i, j in chosen:
        used += sizes[i] * sizes[j]
        if used > 2 * MOST_PAIRS:
            break

        def part(rows: Sample, i: int = i, j: int = j) -> FloatArray:
            joint = merged[i][rows.codes[:, i]] * sizes[j] + merged[j][rows.codes[:, j]]
            return _indicators(joint, sizes[i] * sizes[j])

        parts.append(part)
    return parts


def slopes_of_codes(x: Sample, y: Sample, frame: Frame) -> list[Columns]:
    """Return the columns of numbers and their squares within each category, where that is not too many."""
    parts: list[Columns] = []
    used = 0
    for column in range(x.codes.shape[1]):
        merged = _merged(x, y, column)
        size, width = int(merged.max()) + 1, 2 * frame.x.shape[1]
        used += size * width
        if not width or used > MOST_PAIRS:
            break

        def part(rows: Sample, column: int = column, merged: IntArray = merged, size: int = size) -> FloatArray:
            scaled = frame.scaled(rows)
            both = np.concatenate([scaled, np.square(scaled)], axis=1)
            inside = _indicators(merged[rows.codes[:, column]], size)
            return (inside[:, :, None] * both[:, None, :]).reshape(rows.rows, -1)

        parts.append(part)
    return parts


def within_cells(x: Sample, y: Sample, frame: Frame) -> list[Columns]:
    """Return the columns of numbers less their means among all rows with the same categories, whichever the sample.

    What differs within cells is not seen beside what differs between them. A mean is that of the cell with one row of
    the whole mean added.
    """
    if not x.codes.shape[1] or not frame.x.shape[1]:
        return []
    sizes = [int(size) for size in x.alphabet]
    if math.prod(sizes) > 2**62:
        return []

    def cells_of(rows: Sample) -> IntArray:
        found = np.zeros(rows.rows, np.int64)
        for column, size in enumerate(sizes):
            found = found * size + rows.codes[:, column]
        return found

    numbers, weights = np.concatenate([frame.x, frame.y]), np.concatenate([weights_of(x), weights_of(y)])
    known, codes = np.unique(np.concatenate([cells_of(x), cells_of(y)]), return_inverse=True)
    codes = codes.reshape(-1)
    if len(known) < 2 or 3 * len(known) > len(numbers):
        return []
    sums = np.stack([np.bincount(codes, weights * column, len(known)) for column in numbers.T], axis=1)
    whole = weights @ numbers / weights.sum()
    means = (sums + whole) / (np.bincount(codes, weights, len(known)) + 1.0)[:, None]

    def inside(rows: Sample) -> FloatArray:
        cells = cells_of(rows)
        places = np.minimum(np.searchsorted(known, cells), len(known) - 1)
        centres = np.where((known[places] == cells)[:, None], means[places], whole)
        return frame.scaled(rows) - centres

    def squared(rows: Sample) -> FloatArray:
        return np.square(inside(rows))

    return [inside, squared]
