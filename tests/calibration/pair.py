"""Pairs of distributions with known divergences, and how larger ones are made of smaller ones.

Each way of combining keeps the truth: independent columns add, an invertible map changes nothing, cells weigh.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from tests.calibration import truth
from tests.calibration.laws import FloatArray, Law, normal, student_t

IntArray = NDArray[np.int64]


class Rows(NamedTuple):
    """Rows of numbers, shape (n, d), and of codes, shape (n, c)."""

    numbers: FloatArray
    codes: IntArray


Draw = Callable[[int, np.random.Generator], Rows]


@dataclass(frozen=True, eq=False)
class Pair:
    """P and Q: draws, the exact ln(p/q) of rows, and what is known, worked out when asked."""

    draw_p: Draw
    draw_q: Draw
    log_ratio: Callable[[Rows], FloatArray]
    known: Callable[[], truth.Known]
    columns: int
    code_columns: int = 0


def _numbers(draw: Callable[[int, np.random.Generator], FloatArray]) -> Draw:
    def rows(n: int, rng: np.random.Generator) -> Rows:
        numbers = draw(n, rng)
        return Rows(numbers[:, None] if numbers.ndim == 1 else numbers, np.empty((n, 0), np.int64))

    return rows


def on_line(p: Law, q: Law, *, infinite: Sequence[str] = ()) -> Pair:
    """Two densities on the line."""

    def log_ratio(rows: Rows) -> FloatArray:
        x = rows.numbers[:, 0]
        with np.errstate(all="ignore"):
            return _within(p, x) - _within(q, x)

    return Pair(_numbers(p.draw), _numbers(q.draw), log_ratio, lambda: truth.line(p, q, infinite=infinite), 1)


def _within(law: Law, x: FloatArray) -> FloatArray:
    return np.where((x >= law.low) & (x <= law.high), law.log_density(x), -np.inf)


def of_normals(mean_p, cov_p, mean_q, cov_q) -> Pair:
    """Two multivariate normal laws."""
    (mean_p, cov_p), (mean_q, cov_q) = ((np.asarray(a, float), np.asarray(b, float)) for a, b in
                                        ((mean_p, cov_p), (mean_q, cov_q)))  # fmt: skip
    root_p, root_q = np.linalg.cholesky(cov_p), np.linalg.cholesky(cov_q)
    constant = float(np.log(np.diag(root_q)).sum() - np.log(np.diag(root_p)).sum())
    d = len(mean_p)

    def square(x: FloatArray, mean: FloatArray, root: FloatArray) -> FloatArray:
        return np.square(np.linalg.solve(root, (x - mean).T)).sum(0)

    def log_ratio(rows: Rows) -> FloatArray:
        x = rows.numbers
        return constant + 0.5 * (square(x, mean_q, root_q) - square(x, mean_p, root_p))

    return Pair(
        _numbers(lambda n, rng: mean_p + rng.standard_normal((n, d)) @ root_p.T),
        _numbers(lambda n, rng: mean_q + rng.standard_normal((n, d)) @ root_q.T),
        log_ratio,
        lambda: truth.normals(mean_p, cov_p, mean_q, cov_q),
        d,
    )


def shifted(d: int, distance: float) -> Pair:
    """N(0, I) and N(μ, I) with |μ| = `distance`, spread over all d columns."""
    return of_normals(np.zeros(d), np.eye(d), np.full(d, distance / math.sqrt(d)), np.eye(d))


def scaled(d: int, factor: float) -> Pair:
    """N(0, I) and N(0, factor² I)."""
    return of_normals(np.zeros(d), np.eye(d), np.zeros(d), factor**2 * np.eye(d))


def same(d: int) -> Pair:
    """N(0, I) twice."""
    draw = _numbers(lambda n, rng: rng.standard_normal((n, d)))
    return Pair(draw, draw, lambda rows: np.zeros(len(rows.numbers)), lambda: truth.NOTHING, d)


@dataclass(frozen=True, eq=False)
class Bumps:
    """A mixture of round normal laws: centres (k, d), one standard deviation each, weights."""

    centres: FloatArray
    sd: FloatArray
    weights: FloatArray

    def log_density(self, x: FloatArray) -> FloatArray:
        d = self.centres.shape[1]
        square = (np.square(x).sum(1)[:, None] - 2 * x @ self.centres.T + np.square(self.centres).sum(1)) / self.sd**2
        constant = np.log(self.weights / self.weights.sum()) - d * np.log(self.sd) - d / 2 * math.log(2 * math.pi)
        return logsumexp(constant - 0.5 * square, axis=1)

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        which = rng.choice(len(self.weights), n, p=self.weights / self.weights.sum())
        return self.centres[which] + self.sd[which, None] * rng.standard_normal((n, self.centres.shape[1]))


def bumps(centres: object, sd: object, weights: object = 1.0) -> Bumps:
    """Read the parts of a mixture of round normal laws."""
    at = np.asarray(centres, dtype=np.float64)
    return Bumps(
        at, np.broadcast_to(np.asarray(sd, float), len(at)), np.broadcast_to(np.asarray(weights, float), len(at))
    )


def in_plane(p: Bumps, q: Bumps, *, half_width: float, steps: int) -> Pair:
    """Two mixtures in the plane."""
    return Pair(
        _numbers(p.draw),
        _numbers(q.draw),
        lambda rows: p.log_density(rows.numbers) - q.log_density(rows.numbers),
        lambda: truth.plane(p.log_density, q.log_density, half_width, steps),
        2,
    )


def lattice(points: object, p: object, q: object) -> Pair:
    """Two distributions over the same few numbers."""
    at, of_p, of_q = (np.asarray(a, dtype=np.float64) for a in (points, p, q))
    of_p, of_q = of_p / of_p.sum(), of_q / of_q.sum()

    def log_ratio(rows: Rows) -> FloatArray:
        index = np.searchsorted(at, rows.numbers[:, 0])
        with np.errstate(divide="ignore"):
            return np.log(of_p[index]) - np.log(of_q[index])

    return Pair(
        _numbers(lambda n, rng: rng.choice(at, n, p=of_p)),
        _numbers(lambda n, rng: rng.choice(at, n, p=of_q)),
        log_ratio,
        lambda: truth.atoms(of_p, of_q),
        1,
    )


def with_atoms(inner: Pair, points: Sequence[float], p: Sequence[float], q: Sequence[float]) -> Pair:
    """Atoms of masses p and q at some numbers; what is left of each mass is a continuous pair on the line."""
    at = np.asarray(points)
    of_p, of_q = np.append(p, 1 - np.sum(p)), np.append(q, 1 - np.sum(q))

    def mixed(draw: Draw, shares: FloatArray) -> Draw:
        def rows(n: int, rng: np.random.Generator) -> Rows:
            which = rng.choice(len(shares), n, p=shares)
            numbers = np.append(at, np.nan)[which]
            rest = which == len(at)
            numbers[rest] = draw(int(rest.sum()), rng).numbers[:, 0]
            return Rows(numbers[:, None], np.empty((n, 0), np.int64))

        return rows

    def log_ratio(rows: Rows) -> FloatArray:
        hit = rows.numbers == at
        which = np.where(hit.any(1), hit.argmax(1), len(at))
        with np.errstate(divide="ignore"):
            found = np.log(of_p[which]) - np.log(of_q[which])
        rest = which == len(at)
        found[rest] += inner.log_ratio(Rows(rows.numbers[rest], rows.codes[rest]))
        return found

    return Pair(
        mixed(inner.draw_p, of_p),
        mixed(inner.draw_q, of_q),
        log_ratio,
        lambda: truth.cells(of_p, of_q, [*[truth.NOTHING] * len(at), inner.known()]),
        1,
    )


def beside(*parts: Pair) -> Pair:
    """Independent columns."""
    edges = np.cumsum([0, *(part.columns for part in parts)])
    codes = np.cumsum([0, *(part.code_columns for part in parts)])

    def drawn(which: str) -> Draw:
        def rows(n: int, rng: np.random.Generator) -> Rows:
            found = [getattr(part, which)(n, rng) for part in parts]
            return Rows(np.hstack([f.numbers for f in found]), np.hstack([f.codes for f in found]))

        return rows

    def log_ratio(rows: Rows) -> FloatArray:
        return sum(
            part.log_ratio(Rows(rows.numbers[:, edges[i] : edges[i + 1]], rows.codes[:, codes[i] : codes[i + 1]]))
            for i, part in enumerate(parts)
        )

    return Pair(
        drawn("draw_p"),
        drawn("draw_q"),
        log_ratio,
        lambda: truth.product([part.known() for part in parts]),
        int(edges[-1]),
        int(codes[-1]),
    )


def mapped(
    pair: Pair, forward: Callable[[FloatArray], FloatArray], back: Callable[[FloatArray], FloatArray], columns: int
) -> Pair:
    """The same pair, its numbers put through a map that `back` undoes."""

    def drawn(draw: Draw) -> Draw:
        def rows(n: int, rng: np.random.Generator) -> Rows:
            found = draw(n, rng)
            return Rows(forward(found.numbers), found.codes)

        return rows

    return replace(
        pair,
        draw_p=drawn(pair.draw_p),
        draw_q=drawn(pair.draw_q),
        log_ratio=lambda rows: pair.log_ratio(Rows(back(rows.numbers), rows.codes)),
        columns=columns,
    )


def rotation(d: int, seed: int) -> FloatArray:
    """A rotation of d columns, the same for the same seed on every machine: Householder reflections of seeded draws."""
    rng = np.random.default_rng(seed)
    turn = np.eye(d)
    for _ in range(d):
        v = rng.standard_normal(d)
        v /= math.sqrt(float(v @ v))
        turn = turn - 2 * np.outer(turn @ v, v)
    return turn


def turned(pair: Pair, seed: int) -> Pair:
    """The same pair in other coordinates: no column alone shows what differs."""
    turn = rotation(pair.columns, seed)
    return mapped(pair, lambda x: x @ turn, lambda x: x @ turn.T, pair.columns)


def in_cells(p: object, q: object, within: Sequence[Pair] | None = None) -> Pair:
    """Columns of codes with joint shares p and q, arrays with one axis per column, and a pair of laws in each cell."""
    of_p, of_q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    shape = of_p.shape
    of_p, of_q = of_p.ravel() / of_p.sum(), of_q.ravel() / of_q.sum()
    columns = within[0].columns if within else 0

    def drawn(which: str, shares: FloatArray) -> Draw:
        def rows(n: int, rng: np.random.Generator) -> Rows:
            cell = rng.choice(len(shares), n, p=shares)
            numbers = np.empty((n, columns))
            for i in np.unique(cell) if within else ():
                inside = cell == i
                numbers[inside] = getattr(within[i], which)(int(inside.sum()), rng).numbers
            return Rows(numbers, np.column_stack(np.unravel_index(cell, shape)).astype(np.int64))

        return rows

    def log_ratio(rows: Rows) -> FloatArray:
        cell = np.ravel_multi_index(tuple(rows.codes.T), shape)
        with np.errstate(divide="ignore"):
            found = np.log(of_p[cell]) - np.log(of_q[cell])
        for i in np.unique(cell) if within else ():
            inside = cell == i
            found[inside] += within[i].log_ratio(Rows(rows.numbers[inside], rows.codes[inside, :0]))
        return found

    return Pair(
        drawn("draw_p", of_p),
        drawn("draw_q", of_q),
        log_ratio,
        lambda: truth.cells(of_p, of_q, [w.known() for w in within] if within else [truth.NOTHING] * len(of_p)),
        columns,
        len(shape),
    )


def reach(pair: Pair, known: truth.Known) -> Pair:
    """The same pair with its truth stated: where it is infinite, or P and Q are the same."""
    return replace(pair, known=lambda: known)


INFINITE = truth.Known(math.inf, math.inf, math.inf, math.inf)


def columns_of(d: int, p: Law, q: Law) -> Pair:
    """d independent columns with the same two laws."""
    one = on_line(p, q)
    return beside(*[one] * d)


def t_columns(d: int, freedom: float, distance: float) -> Pair:
    """d independent columns of Student's t, each shifted by distance / √d."""
    return columns_of(d, student_t(freedom), student_t(freedom, distance / math.sqrt(d)))


def normal_line(mean_p: float, sd_p: float, mean_q: float, sd_q: float) -> Pair:
    """Two normal laws on the line."""
    return on_line(normal(mean_p, sd_p), normal(mean_q, sd_q))


def radial(d: int, p: Law, q: Law) -> Pair:
    """Laws that are the same in every direction, with the distances from 0 distributed as p and q."""

    def around(law: Law) -> Draw:
        def draw(n: int, rng: np.random.Generator) -> FloatArray:
            direction = rng.standard_normal((n, d))
            direction /= np.sqrt(np.square(direction).sum(1, keepdims=True))
            return law.draw(n, rng)[:, None] * direction

        return _numbers(draw)

    def log_ratio(rows: Rows) -> FloatArray:
        distance = np.sqrt(np.square(rows.numbers).sum(1))
        return p.log_density(distance) - q.log_density(distance)

    return Pair(around(p), around(q), log_ratio, lambda: truth.line(p, q), d)
