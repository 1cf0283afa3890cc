"""The log-ratio in the few directions that matter: waves along directions that are learned with it.

A difference that only shows in two of twenty directions is lost among distances in all of them. Here the metric is
learned: where a first, rough log-ratio changes is where the next one looks closer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows, weights_of
from kullback.estimators.logistic import Frame, centres_and_metric, regressed
from kullback.sample import FloatArray, Sample

_LENGTHS = (0.5, 1.0, 2.0)
"""Of the waves, in typical distances between rows."""
_ROUNDS = 6
_CHANCE = 2.0
"""How much of what chance alone would make of moments is taken off."""
_FLAT = 0.03
"""Of the metric that looks everywhere alike, at first."""
_LEAST = 1e-3
"""The same, later."""
_ROWS_FOR_METRIC = 6_000
_ROWS = 6_000
"""Rows of each sample that are used, at most."""
_MOST_WAVES = 180


@dataclass(frozen=True)
class ProjectionPursuit(Learner):
    """Logistic regression on random waves, in a metric that is learned.

    Attributes:
        waves: how many; None for a number that grows with the rows.
    """

    waves: int | None = None

    @property
    def title(self) -> str:
        """The name."""
        return "projection pursuit"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted.

        Raises:
            ValueError: no column of numbers.
        """
        if not x.dimension:
            raise ValueError("there is no column of numbers to be looked along: use kb.estimators.boosting().")
        x, y = some_rows(x, rng, _ROWS), some_rows(y, rng, _ROWS)
        frame = Frame.of(x, y)
        columns = frame.x.shape[1]
        if not columns:
            return lambda rows: np.zeros(rows.rows)
        _, root = centres_and_metric(frame)
        rows = np.concatenate([frame.x, frame.y]) @ root
        sides = np.repeat([1.0, 0.0], [x.rows, y.rows])
        weights = np.concatenate([weights_of(x), weights_of(y)])
        count = self.waves or int(min(_MOST_WAVES, max(60, 2.5 * math.sqrt(len(rows)))))
        some = rng.permutation(len(rows))[:_ROWS_FOR_METRIC]
        metric = _metric(rows[some], sides[some], weights[some], count, rng) if columns > 1 else np.eye(1)
        made = _Waves.of(rows, metric, count, rng)
        design, kinds = made.columns(rows)
        slopes, intercept = regressed(design, kinds, x, y)

        def scores(rows: Sample) -> FloatArray:
            found, _ = made.columns(frame.scaled(rows) @ root)
            return found @ slopes + intercept

        return scores


@dataclass(frozen=True, eq=False)
class _Waves:
    """Cosines and sines along random directions, and the coordinates themselves with their squares."""

    directions: FloatArray
    coordinates: FloatArray
    per_length: int

    @classmethod
    def of(cls, rows: FloatArray, metric: FloatArray, count: int, rng: np.random.Generator) -> _Waves:
        columns = len(metric)
        # Distances in the metric are of the order of √(2 tr).
        length = math.sqrt(float(np.trace(metric)))
        each = count // (2 * len(_LENGTHS))
        root = _root(metric)
        parts = [root @ rng.standard_normal((columns, each)) / (size * length) for size in _LENGTHS]
        values, vectors = np.linalg.eigh(metric)
        strong = values > 0.02 * values[-1]
        return cls(np.concatenate(parts, axis=1), vectors[:, strong], each)

    def columns(self, rows: FloatArray) -> tuple[FloatArray, np.ndarray]:
        """The columns and their kinds."""
        phase = rows @ self.directions
        plain = rows @ self.coordinates
        kinds = np.repeat(np.arange(len(_LENGTHS)), self.per_length)
        last = len(_LENGTHS)
        own = plain.shape[1]
        return (
            np.concatenate([np.cos(phase), np.sin(phase), plain, np.square(plain)], axis=1),
            np.concatenate([kinds, kinds, np.full(own, last), np.full(own, last + 1)]),
        )


def _root(metric: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(metric)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _metric(
    rows: FloatArray, sides: FloatArray, weights: FloatArray, count: int, rng: np.random.Generator
) -> FloatArray:
    """The mean outer product of the gradients of a least-squares classifier, found again in the metric it gives."""
    columns = rows.shape[1]
    metric = _first_metric(rows, sides, weights)
    share = float(weights @ sides / weights.sum())
    target = np.where(sides > 0.5, 0.5 / share, -0.5 / (1.0 - share))
    root_weights = np.sqrt(weights)
    each = count // 2
    sizes = np.resize(np.array(_LENGTHS), each)
    waves = np.empty((len(rows), 2 * each))
    for _ in range(_ROUNDS):
        length = math.sqrt(float(np.trace(metric)))
        directions = _root(metric) @ rng.standard_normal((columns, each)) / (sizes * length)
        phase = rows @ directions
        cosines, sines = np.cos(phase, out=waves[:, :each]), np.sin(phase, out=waves[:, each:])
        design = (waves - weights @ waves / weights.sum()) * root_weights[:, None]
        slopes = _least_squares(design, root_weights * target)
        first, second = slopes[:each], slopes[each:]
        tilt = (cosines * second - sines * first) * root_weights[:, None]
        gradient = tilt @ directions.T
        product = gradient.T @ gradient
        metric = product / float(np.linalg.eigvalsh(product)[-1] + 1e-300) + _LEAST * np.eye(columns)
    return metric


def _first_metric(rows: FloatArray, sides: FloatArray, weights: FloatArray) -> FloatArray:
    """Where means and covariances differ, by more than chance would make them: that of the gradient of a quadratic."""
    columns = rows.shape[1]
    means: list[FloatArray] = []
    covariances: list[FloatArray] = []
    noise = 0.0
    for side in (sides > 0.5, sides < 0.5):
        share = weights[side] / weights[side].sum()
        mean = share @ rows[side]
        gap = rows[side] - mean
        means.append(mean)
        covariances.append((gap.T * share) @ gap)
        noise += float(np.square(share).sum())
    gap, change = means[0] - means[1], covariances[0] - covariances[1]
    values, vectors = np.linalg.eigh(np.outer(gap, gap) + change @ change)
    found = np.maximum(values / ((columns + 2.0) * noise) - _CHANCE, 0.0)
    return (vectors * (found / max(1.0, float(found[-1])))) @ vectors.T + _FLAT * np.eye(columns)


def _least_squares(design: FloatArray, target: FloatArray) -> FloatArray:
    """The slopes with the ridge of least generalised cross-validation (Golub, Heath and Wahba, Technometrics 21 (1979),
    215-223)."""
    values, vectors = np.linalg.eigh(design.T @ design)
    values = np.maximum(values, 0.0)
    along = vectors.T @ (target @ design)
    total, rows = float(target @ target), len(design)
    best, found = math.inf, 1.0
    for ridge in np.geomspace(1e-4, 10.0, 16) * max(float(values[-1]), 1e-12):
        kept = values / (values + ridge)
        # Σ (t − fit)² = Σ t² − Σ along² (2/(v + r) − v/(v + r)²)
        left = total - float(np.sum(np.square(along) * (2.0 / (values + ridge) - values / np.square(values + ridge))))
        score = left / (1.0 - float(kept.sum()) / rows) ** 2
        if score < best:
            best, found = score, float(ridge)
    return vectors @ (along / (values + found))


def projection_pursuit(waves: int | None = None, folds: int = FOLDS) -> CrossFitted:
    """Return logistic regression on random waves in a learned metric, cross-fitted.

    f = b + Σ_k a_k cos(ω_k'z) + b_k sin(ω_k'z) with ω_k ~ N(0, M/ℓ²), where M is the mean outer product of the gradient
    of such a fit: found first where means and covariances differ, then again in its own, six times.

    Args:
        waves: how many; a number that grows with the rows if left out.
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds, or than six waves.

    Source:
        Radhakrishnan, Beaglehole, Pandit and Belkin, "Mechanism for feature learning in neural networks and
        backpropagation-free machine learning models", Science 383 (2024), 1461-1467, eq. (2); the waves: Rahimi and
        Recht, "Random features for large-scale kernel machines", NIPS 2007, section 3.

    Example:
        >>> projection_pursuit().title
        'projection pursuit, 5 folds'
    """
    if waves is not None and waves < 6:
        raise ValueError(f"waves is {waves}: six or more are needed, such as waves=200.")
    return CrossFitted(ProjectionPursuit(waves), folds)
