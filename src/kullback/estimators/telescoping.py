"""Telescoping: ln(p/q) as a sum of small log-ratios along a path from P to Q, for distributions that are far apart.

Where KL is beyond ln of the rows, no row of x looks like one of y, and any single log-ratio saturates. Between P and Q
lie the distributions of √(1 − a²) x + a y; neighbours on that path overlap, and their log-ratios add up to ln(p/q).

Rhodes, Xu and Gutmann, "Telescoping density-ratio estimation", Advances in Neural Information Processing Systems 33
(2020), 4905-4916.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores
from kullback.estimators.logistic import Columns, fit_logistic
from kullback.sample import FloatArray, IntArray, Sample

_STRIDE = 1.0
"""Length of a bridge in the Fisher metric of normals: half its square, in nats, is the KL across it."""

_MOST_BRIDGES = 40
_GRID = 200
_MOST_PAIRS = 300
"""Products of two columns in a quadratic, at most."""


@dataclass(frozen=True)
class Quadratic(Learner):
    """ln(p/q) quadratic in the columns and nothing else: also where no row was, as bridges are asked far from them."""

    @property
    def title(self) -> str:
        """The name."""
        return "quadratic bridges"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio that was fitted."""
        columns = x.dimension
        first, second = np.triu_indices(columns, 1)
        parts: list[Columns] = [lambda rows: rows.numbers, lambda rows: np.square(rows.numbers)]
        if 0 < len(first) <= _MOST_PAIRS:
            parts.append(lambda rows: rows.numbers[:, first] * rows.numbers[:, second])
        return fit_logistic(parts, x, y)


@dataclass(frozen=True)
class Telescoping(Learner):
    """A path of mixed rows, and a learner for each pair of neighbours on it.

    Attributes:
        inner: learns the log-ratio across a bridge; it is asked at rows far from those it learned from.
        bridges: how many; None for as many as the distance asks for.
    """

    inner: Learner = field(default_factory=Quadratic)
    bridges: int | None = None

    @property
    def title(self) -> str:
        """The name in words with the settings that matter."""
        count = "" if self.bridges is None else f"{self.bridges} "
        return f"telescoping ({count}{self.inner.title})"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the sum of the log-ratios across all bridges.

        Raises:
            ValueError: columns of names, between which there is nothing.
        """
        if x.codes.shape[1]:
            raise ValueError(
                f"{x.codes.shape[1]} columns hold names, and between two categories there is no path: "
                "use kb.estimators.stack()."
            )
        sides = _Scale.of(x, y)
        ends = sides(x), sides(y)
        path = _path(ends[0], ends[1], self.bridges)
        marks = [ends[0], *(_between(*ends, a, rng) for a in path[1:-1]), ends[1]]
        streams = rng.spawn(len(marks) - 1)
        learned = [
            self.inner.learn(first, second, stream)
            for first, second, stream in zip(marks[:-1], marks[1:], streams, strict=True)
        ]

        def scores(rows: Sample) -> FloatArray:
            placed = sides(rows)
            total = np.zeros(rows.rows)
            for one in learned:
                total += one(placed)
            return total

        return scores


def telescoping(inner: Learner | None = None, bridges: int | None = None, folds: int = FOLDS) -> CrossFitted:
    """Return the telescoping density ratio, cross-fitted.

    ln(p/q) = Σ ln(p_k/p_(k+1)), p_k the density of √(1 − a_k²) x + a_k y with rows of x and y paired by chance,
    0 = a_0 < … < a_K = 1. The steps are of one length in the metric of the normals with the moments of these rows.

    Args:
        inner: a learner for the bridges, such as `LinearLogistic()`; if left out, logistic regression on the columns,
            their squares and products. It is asked at rows far from those that it learned from, so that what is
            constant there, as trees are, does not add up to the whole.
        bridges: K; so many that each spans about half a nat if left out.
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method. Right where the bridges are, as between normals: what lies far from all rows is extrapolated.

    Raises:
        ValueError: no bridge, fewer than two folds.

    Source:
        Rhodes, Xu and Gutmann 2020, eqs. (5), (7) and (8).

    Example:
        >>> telescoping(bridges=4).title
        'telescoping (4 quadratic bridges), 5 folds'
    """
    if bridges is not None and bridges < 1:
        raise ValueError(f"bridges is {bridges}: there is one bridge or more between P and Q.")
    return CrossFitted(Telescoping(Quadratic() if inner is None else inner, bridges), folds)


@dataclass(frozen=True, eq=False)
class _Scale:
    """Columns less their centre, over their spread within the samples; those that are constant are left out."""

    centre: FloatArray
    spread: FloatArray
    kept: IntArray

    @classmethod
    def of(cls, x: Sample, y: Sample) -> _Scale:
        means = [side.shares @ side.numbers for side in (x, y)]
        spread = np.sqrt(
            sum(0.5 * (side.shares @ np.square(side.numbers - mean)) for side, mean in zip((x, y), means, strict=True))
        )
        centre = 0.5 * (means[0] + means[1])
        apart = np.abs(means[0] - means[1])
        spread = np.where(spread > 0.0, spread, apart)
        kept = np.flatnonzero(spread > 1e-12 * (np.abs(centre) + 1e-300))
        return cls(centre[kept], spread[kept], kept)

    def __call__(self, rows: Sample) -> Sample:
        return rows.with_numbers((rows.numbers[:, self.kept] - self.centre) / self.spread)


def _between(x: Sample, y: Sample, a: float, rng: np.random.Generator) -> Sample:
    """Return rows of √(1 − a²) x + a y, pairs drawn by chance, as many as the larger sample has."""
    count = max(x.rows, y.rows)
    first, second = (_chosen(side, count, rng) for side in (x, y))
    numbers = math.sqrt(1.0 - a * a) * x.numbers[first] + a * y.numbers[second]
    return Sample(numbers, np.empty((count, 0), np.int64), (), x.names)


def _chosen(side: Sample, count: int, rng: np.random.Generator) -> IntArray:
    """Return rows in an order of chance, each as often as any other, or as its weight says."""
    if side.weights is not None:
        return rng.choice(side.rows, size=count, p=side.shares)
    rounds = [rng.permutation(side.rows) for _ in range(-(-count // side.rows))]
    return np.concatenate(rounds)[:count]


def _path(x: Sample, y: Sample, bridges: int | None) -> FloatArray:
    """Return 0 = a_0 < … < a_K = 1 at equal distances from one another, as normals of the same moments have them.

    The squared length of a small step is Δμᵀ Σ⁻¹ Δμ + ½ tr (Σ⁻¹ ΔΣ)².
    """
    columns = x.dimension
    means = [side.shares @ side.numbers for side in (x, y)]
    spreads = [
        ((side.numbers - mean).T * side.shares) @ (side.numbers - mean) + 1e-3 * np.eye(columns)
        for side, mean in zip((x, y), means, strict=True)
    ]
    angles = np.linspace(0.0, 0.5 * math.pi, _GRID + 1)
    lengths = np.zeros(_GRID)
    if columns:
        for k in range(_GRID):
            (c0, s0), (c1, s1) = ((math.cos(t), math.sin(t)) for t in angles[k : k + 2])
            first, second = (c * c * spreads[0] + s * s * spreads[1] for c, s in ((c0, s0), (c1, s1)))
            moved = (c1 - c0) * means[0] + (s1 - s0) * means[1]
            middle = 0.5 * (first + second)
            turned = np.linalg.solve(middle, np.column_stack([second - first, moved]))
            lengths[k] = math.sqrt(
                max(0.0, float(moved @ turned[:, -1]) + 0.5 * float(np.sum(turned[:, :-1] * turned[:, :-1].T)))
            )
    below = np.concatenate([[0.0], np.cumsum(lengths)])
    if bridges is None:
        bridges = min(max(1, math.ceil(below[-1] / _STRIDE)), _MOST_BRIDGES)
    if not below[-1] > 0.0:
        return np.sin(np.linspace(0.0, 0.5 * math.pi, bridges + 1))
    found = np.sin(np.interp(np.linspace(0.0, below[-1], bridges + 1), below, angles))
    found[0], found[-1] = 0.0, 1.0
    return found
