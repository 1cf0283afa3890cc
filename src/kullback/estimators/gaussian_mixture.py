"""Normal mixtures: densities of both samples by expectation and maximisation, compared where neither was fitted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores
from kullback.estimators.whitening import whitened
from kullback.sample import FloatArray, Sample

_STEPS = 100
_STARTS, _FIRST_STEPS = 6, 8
"""Starts of each mixture, and the steps after which only the best one goes on."""
_FLOOR = 1e-3
"""Least variance of a component in any direction, in units of the pooled one: no component shrinks onto a row."""


@dataclass(frozen=True)
class GaussianMixture(Learner):
    """ln(p/q) of two normal mixtures.

    Attributes:
        most: components at most; how many is chosen by the Bayesian information criterion.
    """

    most: int = 6

    @property
    def title(self) -> str:
        """The name in words."""
        return f"normal mixtures (up to {self.most})"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio of the two mixtures."""
        space, forward = whitened(x, y)
        of_x, of_y = (
            _chosen(points, sample.shares, sample.effective_rows, self.most, rng)
            for points, sample in ((space.x, x), (space.y, y))
        )

        def scores(rows: Sample) -> FloatArray:
            points = forward(rows.numbers)
            return of_x.log_density(points) - of_y.log_density(points)

        return scores


@dataclass(frozen=True, eq=False)
class _Mixture:
    """Components of a mixture: `roots` are the inverse Cholesky factors of their covariances, all the same if
    `common`."""

    log_weights: FloatArray
    means: FloatArray
    roots: FloatArray
    common: bool

    def parts(self, points: FloatArray) -> FloatArray:
        """Return ln(weight × density) of each component, shape (rows, components)."""
        d = points.shape[1]
        found = np.empty((len(points), len(self.means)))
        if self.common:
            root = self.roots[0]
            volume = float(np.log(np.diagonal(root)).sum()) - 0.5 * d * math.log(2.0 * math.pi)
            scaled, centres = points @ root.T, self.means @ root.T
            squares = np.square(scaled).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
            found[:] = self.log_weights + volume - 0.5 * np.maximum(squares - 2.0 * scaled @ centres.T, 0.0)
            return found
        for i, (mean, root) in enumerate(zip(self.means, self.roots, strict=True)):
            scaled = (points - mean) @ root.T
            volume = float(np.log(np.diagonal(root)).sum()) - 0.5 * d * math.log(2.0 * math.pi)
            found[:, i] = self.log_weights[i] + volume - 0.5 * np.square(scaled).sum(axis=1)
        return found

    def log_density(self, points: FloatArray) -> FloatArray:
        return _log_sum(self.parts(points))

    def belongs(self, points: FloatArray) -> FloatArray:
        """Return the chance with which each row is from each component."""
        parts = self.parts(points)
        return np.exp(parts - _log_sum(parts)[:, None])


def _parameters(components: int, d: int, *, common: bool) -> float:
    """Return how many numbers a mixture has."""
    return components - 1 + components * d + (1 if common else components) * 0.5 * d * (d + 1)


def _log_sum(parts: FloatArray) -> FloatArray:
    top = parts.max(axis=1)
    return top + np.log(np.exp(parts - top[:, None]).sum(axis=1))


def _chosen(points: FloatArray, shares: FloatArray, rows: float, most: int, rng: np.random.Generator) -> _Mixture:
    """Return the mixture of least Bayesian information criterion, its covariances common or not."""
    tried = [_of_kind(points, shares, rows, most, rng, common=common) for common in (True, False)]
    return min(tried, key=lambda one: one[1])[0]


def _of_kind(
    points: FloatArray, shares: FloatArray, rows: float, most: int, rng: np.random.Generator, *, common: bool
) -> tuple[_Mixture, float]:
    """Return a mixture and its criterion; more components are tried until two numbers of them are worse."""
    best, least, worse = None, math.inf, 0
    revealed = _revealing(points, shares)
    for components in range(1, most + 1):
        # A common covariance has all rows to it, others only those of their components.
        each = points.shape[1] + 1.0 if common else _parameters(1, points.shape[1], common=False)
        if components > 1 and components * each > rows / 5.0:
            break
        begun = [
            _climbed(points, shares, _start(among, shares, components, rng), _FIRST_STEPS, common=common)
            for among in ((points,) if components == 1 else (points, revealed) * (_STARTS // 2))
        ]
        belongs = max(begun, key=lambda one: one[1])[0].belongs(points)
        mixture, likelihood = _climbed(points, shares, belongs, _STEPS, common=common)
        criterion = -2.0 * rows * likelihood + _parameters(components, points.shape[1], common=common) * math.log(rows)
        if criterion < least:
            best, least, worse = mixture, criterion, 0
        else:
            worse += 1
            if worse == 2:
                break
    if best is None:
        raise ValueError(f"no normal mixture has a finite likelihood for these {len(points)} rows.")
    return best, least


def _revealing(points: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the rows in the few directions with the lightest tails, as clusters apart from one another have them.

    Fourth moments of whitened rows (Cardoso, "Source separation using higher order moments", ICASSP 1989, 2109-2112).
    """
    centred = points - shares @ points
    values, vectors = np.linalg.eigh((centred * shares[:, None]).T @ centred)
    white = centred @ (vectors / np.sqrt(np.maximum(values, _FLOOR)))
    fourth = (white * (shares * np.square(white).sum(axis=1))[:, None]).T @ white
    return white @ np.linalg.eigh(fourth)[1][:, :3]


def _climbed(
    points: FloatArray, shares: FloatArray, belongs: FloatArray, steps: int, *, common: bool
) -> tuple[_Mixture, float]:
    """Return the mixture after some steps from what belongs where, and its mean log-likelihood."""
    mixture = _maximised(points, shares, belongs, common=common)
    before = -math.inf
    for _ in range(steps):
        parts = mixture.parts(points)
        logs = _log_sum(parts)
        likelihood = float(shares @ logs)
        if likelihood - before < 1e-6:
            return mixture, likelihood
        before = likelihood
        mixture = _maximised(points, shares, np.exp(parts - logs[:, None]), common=common)
    return mixture, float(shares @ mixture.log_density(points))


def _start(points: FloatArray, shares: FloatArray, components: int, rng: np.random.Generator) -> FloatArray:
    """Return which centre each row belongs to, the centres drawn far from one another (k-means++)."""
    centres = [points[rng.choice(len(points), p=shares)]]
    distances = np.square(points - centres[0]).sum(axis=1)
    for _ in range(1, components):
        odds = shares * distances
        total = float(odds.sum())
        centres.append(points[rng.choice(len(points), p=odds / total if total > 0.0 else shares)])
        distances = np.minimum(distances, np.square(points - centres[-1]).sum(axis=1))
    gaps = np.stack([np.square(points - centre).sum(axis=1) for centre in centres], axis=1)
    return (gaps == gaps.min(axis=1)[:, None]).astype(np.float64)


def _maximised(points: FloatArray, shares: FloatArray, belongs: FloatArray, *, common: bool) -> _Mixture:
    counted = belongs * shares[:, None]
    weights = np.maximum(counted.sum(axis=0), 1e-12)
    means = (counted.T @ points) / weights[:, None]
    if common:
        # Between the rows and the means of their components: the whole less what the means explain.
        spread = (points * shares[:, None]).T @ points - (means * weights[:, None]).T @ means
        roots = np.repeat(_root(spread)[None], len(weights), axis=0)
    else:
        roots = np.empty((len(weights), points.shape[1], points.shape[1]))
        for i, mean in enumerate(means):
            gaps = points - mean
            roots[i] = _root((gaps * (counted[:, i] / weights[i])[:, None]).T @ gaps)
    return _Mixture(np.log(weights / weights.sum()), means, roots, common)


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    root = np.empty(covariance.shape)
    root[:] = np.linalg.inv(np.linalg.cholesky((vectors * np.maximum(values, _FLOOR)) @ vectors.T))
    return root


def gaussian_mixture(most: int = 6, folds: int = FOLDS) -> CrossFitted:
    """Return the log-ratio of two normal mixtures, cross-fitted.

    Each sample's density is a mixture of normals by expectation and maximisation, with as many components as the
    Bayesian information criterion asks for, and with covariances of their own or a common one; ln p̂ − ln q̂ is taken at
    rows that neither has seen. Distances play no part, so that clusters apart from one another in a few of many columns
    are found.

    Args:
        most: components at most.
        folds: of the rows; each is judged by a fit to the others.

    Raises:
        ValueError: no component, or fewer than two folds.

    Source: Dempster, Laird and Rubin, J. R. Stat. Soc. B 39 (1977), 1-38, section 4.3; Schwarz, Ann. Stat. 6 (1978),
        461-464.

    Example:
        >>> gaussian_mixture(most=3).title
        'normal mixtures (up to 3), 5 folds'
    """
    if most < 1:
        raise ValueError(f"most is {most}: a mixture has at least one component, such as most=6.")
    return CrossFitted(GaussianMixture(most), folds)
