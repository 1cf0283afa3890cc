"""Normal mixtures: densities of both samples by expectation and maximisation, compared where neither was fitted.

ln(weight × normal density) is linear in 1, the numbers of a row and their products, the row's features. So a step of
many mixtures at once is two products of matrices: coefficients with features, then what belongs where with features.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, some_rows
from kullback.estimators.whitening import whitened
from kullback.sample import FloatArray, IntArray, Sample

_STARTS = 8
"""Starts of each mixture in each of three spaces."""
_ROUNDS = ((2, 8), (4, 4), (8, 1))
"""Steps of all starts, and how many go on; steps of those, and so on."""
_FIRST_ROWS = 3000
"""Rows from which the best start is chosen, at most."""
_STEPS = 100
"""Steps of the best start, on all rows."""
_SMALL = 0.01
"""Gain of a step in log-likelihood, of all rows together, below which no more are made."""
_FLOOR = 1e-3
"""Least variance of a component in any direction, in units of the pooled one: no component shrinks onto a row."""
_BLOCK = 1000
"""Rows that are worked on at once."""
_MOST_ROWS = 10_000
"""Rows of each sample: more than some hundred parameters need."""
_KEPT = 2**24
"""Features up to which they are kept from step to step; more are found anew in each."""


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
        x, y = some_rows(x, rng, _MOST_ROWS), some_rows(y, rng, _MOST_ROWS)
        space, forward = whitened(x, y)
        of_x, of_y = (
            _chosen(points, sample.shares, sample.effective_rows, self.most, rng)
            for points, sample in ((space.x, x), (space.y, y))
        )

        def scores(rows: Sample) -> FloatArray:
            points = forward(rows.numbers)
            return _log_density(of_x, points) - _log_density(of_y, points)

        return scores


def _features(points: FloatArray) -> FloatArray:
    """Return 1, the numbers and the products of two of each row, shape (1 + d + d(d + 1)/2, rows)."""
    first, second = np.triu_indices(points.shape[1])
    return np.vstack([_linear(points), points.T[first] * points.T[second]])


def _linear(points: FloatArray) -> FloatArray:
    return np.vstack([np.ones((1, len(points))), points.T])


def _log_density(mixture: FloatArray, points: FloatArray) -> FloatArray:
    """Return the log-density at rows of one mixture: coefficients of shape (components, features)."""
    found = np.empty(len(points))
    for start in range(0, len(points), _BLOCK):
        parts = mixture @ _features(points[start : start + _BLOCK])
        top = parts.max(axis=0)
        found[start : start + _BLOCK] = top + np.log(np.exp(parts - top).sum(axis=0))
    return found


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows of one sample, and one kind of mixture of them.

    Attributes:
        points: shape (n, d).
        shares: shape (n,).
        common: whether the components of a mixture have one covariance.
    """

    points: FloatArray
    shares: FloatArray
    common: bool

    def blocks(self) -> Iterable[tuple[FloatArray, FloatArray]]:
        """Return features and shares, block by block; products are left out where the covariance is common."""
        n, d = self.points.shape
        return self._kept if self.common or n * (d + 1) * (d + 2) <= 2 * _KEPT else self._made()

    @cached_property
    def _kept(self) -> list[tuple[FloatArray, FloatArray]]:
        return list(self._made())

    def _made(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        for start in range(0, len(self.points), _BLOCK):
            points = self.points[start : start + _BLOCK]
            yield _linear(points) if self.common else _features(points), self.shares[start : start + _BLOCK]

    @cached_property
    def products(self) -> FloatArray:
        """The mean products of two numbers of a row, shape (d, d)."""
        return (self.points * self.shares[:, None]).T @ self.points

    @cached_property
    def triangle(self) -> tuple[IntArray, IntArray, IntArray]:
        """The row and the column of each product in a matrix, and the product of each place, shape (d, d)."""
        first, second = np.triu_indices(self.points.shape[1])
        places = np.empty(self.products.shape, np.int64)
        places[first, second] = places[second, first] = np.arange(len(first))
        return first, second, places

    def step(self, mixtures: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mixtures, shape (mixtures, components, features), one step on; their mean log-likelihoods before."""
        many, components, size = mixtures.shape
        likelihoods = np.zeros(many)
        if self.common:
            # The squares of a row are the same for all components, and cancel in what belongs where.
            size = self.points.shape[1] + 1
            likelihoods += mixtures[:, 0, size:] @ self.products[self.triangle[:2]]
        flat = mixtures[..., :size].reshape(-1, size)
        moments = np.zeros(flat.shape)
        for features, shares in self.blocks():
            belongs = (flat @ features).reshape(many, components, -1)
            top = belongs.max(axis=1)
            belongs -= top[:, None]
            np.exp(belongs, out=belongs)
            total = belongs.sum(axis=1)
            likelihoods += (top + np.log(total)) @ shares
            belongs *= (shares / total)[:, None]
            moments += belongs.reshape(len(flat), -1) @ features.T
        return self.maximised(moments.reshape(many, components, -1)), likelihoods

    def maximised(self, moments: FloatArray) -> FloatArray:
        """Return the mixtures whose components have these sums of features, each row times what of it belongs there."""
        d = self.points.shape[1]
        first, second, places = self.triangle
        weights = np.maximum(moments[..., 0], 1e-12)
        means = moments[..., 1 : d + 1] / weights[..., None]
        if self.common:
            # Between the rows and the means of their components: the whole less what the means explain.
            covariances = (self.products - np.swapaxes(moments[..., 1:], 1, 2) @ means)[:, None]
        else:
            products = moments[..., d + 1 :] / weights[..., None]
            covariances = products[..., places] - means[..., None] * means[..., None, :]
        inverses, volumes = _inverted(covariances)
        pulls = (inverses @ means[..., None])[..., 0]
        found = np.empty((*weights.shape, 1 + d + len(first)))
        found[..., 0] = np.log(weights / weights.sum(axis=1)[:, None])
        found[..., 0] -= 0.5 * (volumes + (pulls * means).sum(axis=2) + d * math.log(2.0 * math.pi))
        found[..., 1 : d + 1] = pulls
        found[..., d + 1 :] = inverses[..., first, second] * np.where(first == second, -0.5, -1.0)
        return found


def _inverted(covariances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the inverses of covariances, their variances raised to the floor, and ln of their determinants."""
    try:
        roots, inverses = np.linalg.cholesky(covariances), np.asarray(np.linalg.inv(covariances), np.float64)
        # Were a variance below the floor, its inverse alone would be above this trace.
        if np.einsum("...ii", inverses).max() < 1.0 / _FLOOR:
            return inverses, 2.0 * np.log(np.einsum("...ii->...i", roots)).sum(axis=2)
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(covariances)
    values = np.maximum(values, _FLOOR)
    return (vectors / values[..., None, :]) @ np.swapaxes(vectors, 2, 3), np.log(values).sum(axis=2)


def _parameters(components: int, d: int, *, common: bool) -> float:
    """Return how many numbers a mixture has."""
    return components - 1 + components * d + (1 if common else components) * 0.5 * d * (d + 1)


def _affordable(components: int, d: int, rows: float, *, common: bool) -> bool:
    """Return whether there are five rows for each number of all components."""
    # A common covariance has all rows to it, others only those of their components.
    each = d + 1.0 if common else _parameters(1, d, common=False)
    return components == 1 or components * each <= rows / 5.0


def _chosen(points: FloatArray, shares: FloatArray, rows: float, most: int, rng: np.random.Generator) -> FloatArray:
    """Return the mixture of least Bayesian information criterion, its covariances common or not."""
    first, weights = points, shares
    if len(points) > _FIRST_ROWS:
        some = rng.permutation(np.flatnonzero(shares))[:_FIRST_ROWS]
        first, weights = points[some], shares[some] / shares[some].sum()
    spaces = (first, *_revealing(first, weights))
    starts = np.concatenate([_starts(space, weights, most, rng) for space in spaces], axis=1)
    # One component is the same of either kind.
    kinds = (True, False) if _affordable(2, points.shape[1], rows, common=False) else (True,)
    tried = [_of_kind(_Rows(points, shares, kind), _Rows(first, weights, kind), starts, rows) for kind in kinds]
    return min(tried, key=lambda one: one[1])[0]


def _of_kind(all_rows: _Rows, few: _Rows, starts: IntArray, rows: float) -> tuple[FloatArray, float]:
    """Return a mixture and its criterion; more components are tried until two numbers of them are worse."""
    best, least, worse = None, math.inf, 0
    d = few.points.shape[1]
    for components, nearest in enumerate(starts, 1):
        if not _affordable(components, d, rows, common=few.common):
            break
        penalty = _parameters(components, d, common=few.common) * math.log(rows)
        begun = _begun(few, nearest if components > 1 else nearest[:1], components)
        mixture, likelihood = _climbed(all_rows, begun, (penalty - least) / (2.0 * rows), _SMALL / rows)
        criterion = penalty - 2.0 * rows * likelihood
        if criterion < least:
            best, least, worse = mixture, criterion, 0
        else:
            worse += 1
            if worse == 2:
                break
    if best is None:
        raise ValueError(f"no normal mixture has a finite likelihood for these {len(all_rows.points)} rows.")
    return best, least


def _begun(rows: _Rows, nearest: IntArray, components: int) -> FloatArray:
    """Return the best of the mixtures that begin with each row at its nearest centre, shape (starts, rows)."""
    moments, seen = 0.0, 0
    for features, shares in rows.blocks():
        inside = nearest[:, None, seen : seen + len(shares)] == np.arange(components)[:, None]
        moments = moments + (inside * shares) @ features.T
        seen += len(shares)
    mixtures = rows.maximised(np.asarray(moments))
    for steps, kept in _ROUNDS if components > 1 else ():
        likelihoods = np.zeros(len(mixtures))
        for _ in range(steps):
            mixtures, likelihoods = rows.step(mixtures)
        mixtures = mixtures[np.argsort(-likelihoods, kind="stable")[:kept]]
    return mixtures[0]


def _climbed(rows: _Rows, mixture: FloatArray, enough: float, small: float) -> tuple[FloatArray, float]:
    """Return the mixture after more steps and its mean log-likelihood; they end where `enough` is out of reach."""
    likelihood = -math.inf
    for left in range(_STEPS, -1, -1):
        after, found = rows.step(mixture[None])
        gain, likelihood = float(found[0]) - likelihood, float(found[0])
        # Gains shrink from step to step: no later one is taken to be above this one.
        if left == 0 or gain < small or likelihood + left * gain < enough:
            break
        mixture = after[0]
    return mixture, likelihood


def _revealing(points: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the rows in few directions with the lightest tails, as clusters apart from one another have them.

    First by fourth moments of whitened rows (Cardoso, "Source separation using higher order moments", ICASSP 1989,
    2109-2112), then by Newton's steps from there (Hyvärinen and Oja, Neural Computation 9 (1997), 1483-1492).
    """
    centred = points - shares @ points
    values, vectors = np.linalg.eigh((centred * shares[:, None]).T @ centred)
    white = centred @ (vectors / np.sqrt(np.maximum(values, _FLOOR)))
    fourth = (white * (shares * np.square(white).sum(axis=1))[:, None]).T @ white
    directions = first = np.linalg.eigh(fourth)[1][:, :3]
    for _ in range(5):
        step = 3.0 * directions - white.T @ ((white @ directions) ** 3 * shares[:, None])
        left, _, right = np.linalg.svd(step, full_matrices=False)
        directions = left @ right
    return white @ first, white @ directions


def _starts(points: FloatArray, shares: FloatArray, most: int, rng: np.random.Generator) -> IntArray:
    """Return which of the first 1, 2, …, `most` centres each row is nearest to, shape (most, starts, rows).

    The centres are drawn far from one another (k-means++: Arthur and Vassilvitskii, SODA 2007, 1027-1035).
    """
    nearest = np.zeros((most, _STARTS, len(points)), np.int64)
    distances = np.full(nearest.shape[1:], math.inf)
    odds = np.broadcast_to(shares, distances.shape)
    squares = np.square(points).sum(axis=1)
    for i in range(most):
        sums = np.cumsum(odds, axis=1)
        drawn = (sums <= rng.random((_STARTS, 1)) * sums[:, -1:]).sum(axis=1)
        centres = points[np.minimum(drawn, len(points) - 1)]
        gaps = np.maximum(squares - 2.0 * centres @ points.T + np.square(centres).sum(axis=1)[:, None], 0.0)
        nearest[i] = np.where(gaps < distances, i, nearest[i - 1])
        distances = np.minimum(distances, gaps)
        odds = shares * distances
    return nearest


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
