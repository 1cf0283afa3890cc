"""Linear logistic regression where there are hundreds of columns, or more columns than rows.

In the principal directions of the rows the curvature is all but diagonal: the ridge of most evidence is read off it,
and each step of Newton's method needs a few products of the rows with a vector. With fewer rows than columns the
directions are as many as the rows, and nothing is lost: a ridge leaves the others at 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import split, weights_of
from kullback.sample import FloatArray, Sample

WIDE = 128
"""Columns of numbers above which samples count as wide."""
MOST_DIRECTIONS = 1024
"""Rows whose span stands for all columns where both rows and columns are more."""
_ENOUGH = 5
"""Rows for every column that tell the principal directions."""
_VANISHING = 1e-9
"""Of the greatest variance: directions with less are those of rounding."""
_RIDGES = np.geomspace(1e-3, 1e7, 81)
_POWERS = (0.0, 0.5, 1.0)
"""How prior variances of the slopes fall with the variance of their directions: not at all, or as its inverse, where a
difference of so many standard deviations is as likely in one direction as in another."""
_NOTHING = 1e5
_FOLDS = 4
_STEPS, _PRODUCTS = 30, 40
_GAIN = 0.02
"""Nats, of all rows together, for which no further step is taken."""


@dataclass(frozen=True, eq=False)
class WideFit:
    """What a regression on many columns found.

    Attributes:
        centre: of the columns, shape (d,).
        axes: the principal directions of all rows, by their variance, shape (d, r).
        variances: of all rows along them, shape (r,).
        slope: of ln(p/q), shape (d,).
        constant: of ln(p/q), at the centre.
        held_out: ln(p/q) at the rows of x, then of y, each from a fit without the fold of the row (or its group): what
            is learned beside it must not see it as nearer to the truth than it is at new rows.
    """

    centre: FloatArray
    axes: FloatArray
    variances: FloatArray
    slope: FloatArray
    constant: float
    held_out: FloatArray

    def at(self, rows: FloatArray) -> FloatArray:
        """Return ln(p/q) at rows of the columns."""
        return rows @ self.slope + (self.constant - float(self.centre @ self.slope))


def fit_wide(at_x: FloatArray, at_y: FloatArray, x: Sample, y: Sample, rng: np.random.Generator) -> WideFit:
    """Return the linear ln(p/q) whose ridge has the most evidence.

    Args:
        at_x, at_y: the columns on one scale, shapes (n, d) and (m, d).
        x, y: the samples they belong to.
        rng: for the folds, and for which rows' span stands for all columns, where both are many.

    Source:
        MacKay, "The evidence framework applied to classification networks", Neural Computation 4 (1992), 720-736.
    """
    weights = np.concatenate([weights_of(x), weights_of(y)])
    sides = np.repeat([1.0, 0.0], [x.rows, y.rows])
    design = np.concatenate([at_x, at_y])
    centre = weights @ design / weights.sum()
    design -= centre
    axes, turned = principal_axes(design, weights, rng)
    variances = weights @ np.square(turned) / weights.sum()
    total, chance = float(weights.sum()), float(weights @ sides / weights.sum())
    start, level = math.log(chance / (1.0 - chance)), chance * (1.0 - chance)
    power, ridge = _most_evidence((weights * (sides - chance)) @ turned, level * total * variances, variances)
    scale = np.power(variances / variances.max(initial=1e-300), -0.5 * power)
    turned *= scale
    slopes, odds, ridge = _climbed(turned, sides, weights, start, ridge)
    held_out = np.full(len(turned), odds)
    if slopes.any():
        folds = np.concatenate(split(x, y, _FOLDS, rng))
        for fold in range(int(folds.max()) + 1):
            out = folds == fold
            some, level, _ = _climbed(turned, sides, np.where(out, 0.0, weights), start, ridge, follow=False)
            held_out[out] = turned[out] @ some + level
    offset = math.log(x.rows / y.rows)
    return WideFit(centre, axes, variances, axes @ (scale * slopes), odds - offset, held_out - offset)


def principal_axes(
    rows: FloatArray, weights: FloatArray, rng: np.random.Generator, most: int = MOST_DIRECTIONS
) -> tuple[FloatArray, FloatArray]:
    """Return the principal directions of centred rows, the widest first, shape (d, r), and the rows along them, (n, r).

    They come from the products of columns or those of rows, whichever are fewer; where both are more than `most`, they
    are those of the span of so many rows. Of very many rows some tell them well enough.

    Args:
        rows: centred, shape (n, d).
        weights: of the rows.
        rng: which rows tell the directions.
        most: directions.
    """
    count, columns = rows.shape
    root = np.sqrt(weights / weights.sum())[:, None]
    if columns <= min(count, most):
        some = np.arange(count) if count <= _ENOUGH * columns else np.sort(rng.permutation(count)[: _ENOUGH * columns])
        scaled = rows[some] * root[some]
        values, vectors = np.linalg.eigh(scaled.T @ scaled)
        axes = vectors[:, _kept(values)]
    else:
        some = np.arange(count) if count <= most else np.sort(rng.permutation(count)[:most])
        scaled = rows[some] * root[some]
        values, vectors = np.linalg.eigh(scaled @ scaled.T)
        kept = _kept(values)
        axes = scaled.T @ (vectors[:, kept] / np.sqrt(values[kept]))
    return axes, rows @ axes


def _kept(values: FloatArray) -> np.ndarray:
    """Which directions are more than rounding, the greatest variance first."""
    return np.flatnonzero(values > _VANISHING * max(float(values[-1]), 1e-300))[::-1]


def _most_evidence(slope: FloatArray, curvature: FloatArray, variances: FloatArray) -> tuple[float, float]:
    """Return the power and the ridge of most evidence, as far as the slope and curvature at no difference tell."""
    best, power, ridge = -math.inf, 0.0, float(_RIDGES[-1])
    relative = np.maximum(variances / variances.max(initial=1e-300), 1e-300)
    for one in _POWERS:
        prior = _RIDGES[:, None] * np.power(relative, one)
        posterior = prior + curvature
        evidence = 0.5 * (np.square(slope) / posterior + np.log(prior / posterior)).sum(axis=1)
        place = int(np.argmax(evidence))
        if evidence[place] > best:
            best, power, ridge = float(evidence[place]), one, float(_RIDGES[place])
    return power, ridge


def _climbed(
    design: FloatArray, sides: FloatArray, weights: FloatArray, start: float, ridge: float, *, follow: bool = True
) -> tuple[FloatArray, float, float]:
    """Return the slopes, the intercept and the ridge, by Newton's method, whose steps are found by conjugate gradients.

    Where it is to follow, the ridge goes to that of most evidence.
    """
    columns = design.shape[1]
    at = np.zeros(columns + 1)
    at[-1] = start
    odds = np.full(len(design), start)
    squares = weights @ np.square(design)
    loss, chance = _loss(odds, sides, weights)
    for _ in range(_STEPS):
        importance = weights * np.maximum(chance * (1.0 - chance), 1e-10)
        level = float(importance.sum() / weights.sum())
        diagonal = level * squares + ridge
        if ridge >= _NOTHING:
            return np.zeros(columns), start, ridge
        prior = np.append(np.full(columns, ridge), 0.0)
        left = weights * (sides - chance)
        slope = np.append(left @ design, left.sum()) - prior * at
        step = _solved(design, importance, prior, np.append(diagonal, importance.sum()), slope)
        gained, size = float(slope @ step), 1.0
        before = loss + 0.5 * float(prior @ np.square(at))
        along = design @ step[:-1] + step[-1]
        while True:
            moved, moved_odds = at + size * step, odds + size * along
            loss, chance = _loss(moved_odds, sides, weights)
            if loss + 0.5 * float(prior @ np.square(moved)) <= before - 1e-4 * size * gained or size < 1e-4:
                break
            size *= 0.5
        at, odds = moved, moved_odds
        if gained < _GAIN or not columns:
            break
        if not follow:
            continue
        known = columns - ridge * float((1.0 / diagonal).sum())
        length = float(np.square(at[:-1]).sum())
        ridge = float(np.clip(max(known, 1e-3) / max(length, 1e-12), _RIDGES[0], _RIDGES[-1]))
    return at[:-1], float(at[-1]), ridge


def _solved(
    design: FloatArray, importance: FloatArray, prior: FloatArray, diagonal: FloatArray, slope: FloatArray
) -> FloatArray:
    """Return the step whose curvature is the slope, to a twentieth, by conjugate gradients."""
    step = np.zeros(len(slope))
    left = slope.copy()
    eased = left / diagonal
    way, length = eased.copy(), float(left @ eased)
    enough = 0.05**2 * length
    for _ in range(_PRODUCTS):
        if length <= enough or length <= 0.0:
            break
        pushed = importance * (design @ way[:-1] + way[-1])
        curved = np.append(pushed @ design, pushed.sum()) + prior * way
        size = length / float(way @ curved)
        step += size * way
        left = left - size * curved
        eased = left / diagonal
        length, before = float(left @ eased), length
        way = eased + (length / before) * way
    return step


def _loss(odds: FloatArray, sides: FloatArray, weights: FloatArray) -> tuple[float, FloatArray]:
    """Return the logistic loss of all rows, and the chance that each is from P."""
    small = np.exp(-np.abs(odds))
    chance = np.where(odds >= 0.0, 1.0, small) / (1.0 + small)
    return float(weights @ (np.log1p(small) + np.maximum(odds, 0.0) - sides * odds)), chance
