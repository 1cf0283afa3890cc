"""The log-ratio of two normals whose means and covariances are drawn together as far as the samples ask for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores
from kullback.estimators.logistic import Frame
from kullback.sample import FloatArray, Sample

_STRENGTHS = np.geomspace(0.05, 1e4, 36)
"""Rows of belief in one covariance, over the rows of the sample."""


@dataclass(frozen=True)
class ShrunkGaussian(Learner):
    """The ratio of two predictive densities, each Student's t, of normals with a common prior."""

    @property
    def title(self) -> str:
        """The name."""
        return "shrunk Gaussian"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted.

        Raises:
            ValueError: no column of numbers.
        """
        if not x.dimension:
            raise ValueError("there is no column of numbers, of which a normal could be: use kb.estimators.boosting().")
        frame = Frame.of(x, y)
        columns = frame.x.shape[1]
        if not columns:
            return lambda rows: np.zeros(rows.rows)
        sides = [_Moments.of(frame.x, frame.share_x), _Moments.of(frame.y, frame.share_y)]
        # One metric in which the covariance within the samples is 1.
        within = sum(side.scatter for side in sides) / sum(side.rows for side in sides)
        drawn = min(0.5, columns / (2.0 * sum(side.rows for side in sides)))
        within = (1.0 - drawn) * within + drawn * np.diag(np.diagonal(within))
        values, vectors = np.linalg.eigh(within)
        root = vectors / np.sqrt(np.maximum(values, 1e-8 * max(float(values[-1]), 1e-300)))
        means = [side.mean @ root for side in sides]
        gap, noise = means[0] - means[1], sum(1.0 / side.rows for side in sides)
        # James and Stein's: the gap of the means is drawn to 0 by what chance alone would make of it.
        kept = max(0.0, 1.0 - max(columns - 2.0, 1.0) * noise / max(float(gap @ gap), 1e-300))
        centre = 0.5 * (means[0] + means[1])
        laws = [
            _predictive(root.T @ side.scatter @ root, side.rows, centre + sign * 0.5 * kept * gap)
            for side, sign in zip(sides, (1.0, -1.0), strict=True)
        ]

        def scores(rows: Sample) -> FloatArray:
            scaled = frame.scaled(rows) @ root
            return laws[0].log_density(scaled) - laws[1].log_density(scaled)

        return scores


@dataclass(frozen=True, eq=False)
class _Moments:
    """Effective rows, mean, and scatter around it."""

    rows: float
    mean: FloatArray
    scatter: FloatArray

    @classmethod
    def of(cls, rows: FloatArray, share: FloatArray) -> _Moments:
        count = 1.0 / float(np.square(share).sum())
        mean = share @ rows
        gap = rows - mean
        return cls(count, mean, count * (gap.T * share) @ gap)


@dataclass(frozen=True, eq=False)
class _Student:
    """A multivariate Student t, up to the constants that depend on the columns alone."""

    degrees: float
    centre: FloatArray
    vectors: FloatArray
    scales: FloatArray

    def log_density(self, rows: FloatArray) -> FloatArray:
        columns = len(self.scales)
        length = (np.square((rows - self.centre) @ self.vectors) / self.scales).sum(axis=1)
        constant = math.lgamma(0.5 * (self.degrees + columns)) - math.lgamma(0.5 * self.degrees)
        constant -= 0.5 * columns * math.log(self.degrees) + 0.5 * float(np.log(self.scales).sum())
        return constant - 0.5 * (self.degrees + columns) * np.log1p(length / self.degrees)


def _predictive(scatter: FloatArray, rows: float, centre: FloatArray) -> _Student:
    """The predictive law of a normal under an inverse-Wishart prior around a multiple of 1, of most evidence."""
    columns = len(scatter)
    values, vectors = np.linalg.eigh(scatter)
    values = np.maximum(values, 0.0)
    freedom = rows - 1.0
    scale = max(float(values.sum()) / (columns * freedom), 1e-300)
    strengths = columns + 1.0 + _STRENGTHS * rows
    evidence = [_evidence(values, freedom, strength, scale) for strength in strengths]
    strength = float(strengths[int(np.argmax(evidence))])
    degrees = strength + freedom - columns + 1.0
    scales = ((strength - columns - 1.0) * scale + values) * (1.0 + 1.0 / rows) / degrees
    return _Student(degrees, centre, vectors, scales)


def _evidence(values: FloatArray, freedom: float, strength: float, scale: float) -> float:
    """ln of the density of a scatter with such eigenvalues, without what does not depend on the prior."""
    columns = len(values)
    prior = (strength - columns - 1.0) * scale
    order = 0.5 * (1.0 - np.arange(1, columns + 1))
    gammas = sum(math.lgamma(0.5 * (strength + freedom) + o) - math.lgamma(0.5 * strength + o) for o in order)
    return (
        gammas
        + 0.5 * strength * columns * math.log(prior)
        - 0.5 * (strength + freedom) * float(np.log(prior + values).sum())
    )


def shrunk_gaussian(folds: int = FOLDS) -> CrossFitted:
    """Return the log-ratio of two normals with a common prior, cross-fitted.

    Σ_s ~ inverse Wishart around a_s Σ, with Σ the covariance within the samples, a_s a number per sample and the rows
    of belief in it those of most evidence; the gap of the means is drawn towards 0. f is the logarithm of the ratio of
    the two predictive densities, multivariate t.

    Args:
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Chen, "Estimation of the covariance matrix of a multivariate normal", Biometrika 66 (1979), 619-622, section 2;
        predictive densities: Geisser, "Posterior odds for multivariate normal classifications", J. R. Stat. Soc. B 26
        (1964), 69-76, eq. (3.6); the means: James and Stein, Proc. 4th Berkeley Symp. 1 (1961), 361-379, eq. (7).

    Example:
        >>> shrunk_gaussian().title
        'shrunk Gaussian, 5 folds'
    """
    return CrossFitted(ShrunkGaussian(), folds)
