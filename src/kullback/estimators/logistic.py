"""Logistic regression of the side on the columns, linear or quadratic.

Where a fraction n/(n + m) of all rows is from P, the log-odds of a row being from P are ln(p/q) + ln(n/m). Coefficients
of one kind share a ridge, which is found by the evidence (MacKay, "The evidence framework applied to classification
networks", Neural Computation 4 (1992), 720-736): what a kind of column does not help with, it is not used for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import linalg

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows, weights_of
from kullback.sample import FloatArray, IntArray, Sample

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
    blocks = [np.concatenate([part(x), part(y)]) for part in parts]
    sizes = [block.shape[1] for block in blocks]
    design = np.concatenate(blocks, axis=1)
    weights = np.concatenate([weights_of(x), weights_of(y)])
    centre = weights @ design / weights.sum()
    spread = np.sqrt(np.maximum(weights @ np.square(design - centre) / weights.sum(), 0.0))
    kept = spread > 1e-9 * (1.0 + np.abs(centre))
    design = (design[:, kept] - centre[kept]) / spread[kept]
    kinds = np.repeat(np.arange(len(parts)), sizes)[kept]
    _, kinds = np.unique(kinds, return_inverse=True)
    sides = np.repeat([1.0, 0.0], [x.rows, y.rows])
    slopes, intercept = newton(design, sides, weights, kinds)
    # The weights of a sample have mean 1: their sums are the rows.
    intercept -= np.log(x.rows / y.rows)
    used = np.zeros(len(kept))
    used[kept] = slopes / spread[kept]
    shift = intercept - float(used @ np.where(kept, centre, 0.0))

    def scores(rows: Sample) -> FloatArray:
        if not len(used):
            return np.full(rows.rows, shift)
        return np.concatenate([part(rows) for part in parts], axis=1) @ used + shift

    return scores


def newton(design: FloatArray, sides: FloatArray, weights: FloatArray, kinds: IntArray) -> tuple[FloatArray, float]:
    """Return slopes and intercept of a logistic regression, each kind of slope with the ridge of most evidence.

    Args:
        design: columns of mean 0 and spread 1, shape (rows, k).
        sides: 1 for rows from P, 0 for rows from Q.
        weights: of the rows.
        kinds: of the columns, codes from 0, shape (k,).
    """
    columns = design.shape[1]
    share = float(weights @ sides / weights.sum())
    intercept = float(np.log(share / (1.0 - share)))
    found = np.append(np.zeros(columns), intercept)
    count = int(kinds.max()) + 1 if columns else 0
    ridges = np.full(count, 1.0)
    signs = 1.0 - 2.0 * sides
    used = np.arange(columns)
    full = np.concatenate([design, np.ones((len(design), 1))], axis=1)
    for _ in range(_STEPS):
        # What all but vanishes is left out from then on.
        alive = ridges[kinds[used]] < _NOTHING
        if not alive.all():
            used = used[alive]
            kept = np.append(used, columns)
            found[np.setdiff1d(np.arange(columns), used)] = 0.0
            full = np.concatenate([design[:, used], np.ones((len(design), 1))], axis=1)
        else:
            kept = np.append(used, columns)
        kind = kinds[used]
        ridge = np.append(ridges[kind], 0.0)
        at = found[kept]
        odds = full @ at
        chance = 1.0 / (1.0 + np.exp(-np.clip(odds, -500.0, 500.0)))
        slope = full.T @ (weights * (sides - chance)) - ridge * at
        root = np.sqrt(weights * np.maximum(chance * (1.0 - chance), 1e-10))
        scaled = full * root[:, None]
        curvature = scaled.T @ scaled
        curvature[np.arange(len(kept)), np.arange(len(kept))] += ridge
        factor = linalg.cholesky(curvature, lower=True, check_finite=False)
        step = linalg.cho_solve((factor, True), slope, check_finite=False)
        gained, size = float(slope @ step), 1.0
        before = float(weights @ np.logaddexp(0.0, signs * odds) + 0.5 * ridge @ np.square(at))
        while size > 1e-4:
            moved = at + size * step
            after = float(weights @ np.logaddexp(0.0, signs * (full @ moved)) + 0.5 * ridge @ np.square(moved))
            if after <= before - 1e-4 * size * gained:
                break
            size *= 0.5
        found[kept] = at + size * step
        if gained < _GAIN or not len(used):
            break
        root_inverse = linalg.solve_triangular(factor, np.eye(len(kept)), lower=True, check_finite=False)
        spread = np.square(root_inverse).sum(axis=0)[:-1]
        sizes = np.bincount(kind, minlength=count)
        known = sizes - ridges * np.bincount(kind, spread, minlength=count)
        lengths = np.bincount(kind, np.square(found[used]), minlength=count)
        moved_ridges = np.clip(np.maximum(known, 1e-3) / np.maximum(lengths, 1e-12), *_RIDGES)
        ridges = np.where(sizes > 0, moved_ridges, ridges)
    return found[:columns], float(found[columns])


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

        return cls(scaled(x), scaled(y), x.shares, y.shares, scaled)

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
        """Return the logarithms of the distances from both centres, in one metric: a metric of each sample's own would
        find its own rows nearer than new ones."""
        columns = self.x.shape[1]
        if columns < 2:
            return []
        centres, root = centres_and_metric(self)

        def radii(rows: Sample) -> FloatArray:
            scaled = self.scaled(rows) @ root
            lengths = [np.square(scaled - centre @ root).sum(axis=1) for centre in centres]
            return np.stack([np.log1p(length / columns) for length in lengths], axis=1)

        return [radii]


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
