"""Distributions on the line as the test bed needs them: a log-density, draws, and where the density bends."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Law:
    """A density on (low, high); `bends` are points that a quadrature should not step over."""

    log_density: Callable[[FloatArray], FloatArray]
    draw: Callable[[int, np.random.Generator], FloatArray]
    low: float = -math.inf
    high: float = math.inf
    bends: tuple[float, ...] = (0.0,)


def normal(mean: float = 0.0, sd: float = 1.0) -> Law:
    constant = -math.log(sd) - 0.5 * math.log(2 * math.pi)
    return Law(
        lambda x: constant - 0.5 * ((x - mean) / sd) ** 2,
        lambda n, rng: mean + sd * rng.standard_normal(n),
        bends=(mean - 6 * sd, mean - 2 * sd, mean, mean + 2 * sd, mean + 6 * sd),
    )


def student_t(freedom: float, location: float = 0.0, scale: float = 1.0) -> Law:
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * math.log(freedom * math.pi) - math.log(scale)
    return Law(
        lambda x: constant - (freedom + 1) / 2 * np.log1p(((x - location) / scale) ** 2 / freedom),
        lambda n, rng: location + scale * rng.standard_t(freedom, n),
        bends=(location - 5 * scale, location, location + 5 * scale),
    )


def laplace(location: float = 0.0, scale: float = 1.0) -> Law:
    return Law(
        lambda x: -math.log(2 * scale) - np.abs(x - location) / scale,
        lambda n, rng: rng.laplace(location, scale, n),
        bends=(location,),
    )


def logistic(location: float = 0.0, scale: float = 1.0) -> Law:
    def log_density(x: FloatArray) -> FloatArray:
        z = np.abs(x - location) / scale
        return -z - 2 * np.log1p(np.exp(-z)) - math.log(scale)

    return Law(log_density, lambda n, rng: rng.logistic(location, scale, n), bends=(location,))


def skew_normal(shape: float) -> Law:
    def draw(n: int, rng: np.random.Generator) -> FloatArray:
        u, v = rng.standard_normal((2, n))
        return np.where(u < shape * v, v, -v)

    return Law(
        lambda x: math.log(2) - 0.5 * math.log(2 * math.pi) - 0.5 * x * x + log_ndtr(shape * x),
        draw,
        bends=(-6.0, -1.0, 0.0, 2.0, 6.0),
    )


def uniform(low: float, high: float) -> Law:
    return Law(
        lambda x: np.where((x >= low) & (x <= high), -math.log(high - low), -np.inf),
        lambda n, rng: rng.uniform(low, high, n),
        low,
        high,
        (),
    )


def exponential(rate: float) -> Law:
    def log_density(x: FloatArray) -> FloatArray:
        return np.where(x >= 0, math.log(rate) - rate * x, -np.inf)

    return Law(log_density, lambda n, rng: rng.exponential(1 / rate, n), 0.0, bends=(1 / rate, 8 / rate))


def gamma(shape: float, rate: float) -> Law:
    constant = shape * math.log(rate) - gammaln(shape)
    return Law(
        lambda x: constant + (shape - 1) * np.log(x) - rate * x,
        lambda n, rng: rng.gamma(shape, 1 / rate, n),
        0.0,
        bends=(shape / rate, 4 * shape / rate),
    )


def weibull(shape: float, scale: float) -> Law:
    return Law(
        lambda x: math.log(shape / scale) + (shape - 1) * np.log(x / scale) - (x / scale) ** shape,
        lambda n, rng: scale * rng.weibull(shape, n),
        0.0,
        bends=(scale, 2 * scale),
    )


def beta(a: float, b: float) -> Law:
    constant = gammaln(a + b) - gammaln(a) - gammaln(b)
    return Law(
        lambda x: constant + (a - 1) * np.log(x) + (b - 1) * np.log1p(-x),
        lambda n, rng: rng.beta(a, b, n),
        0.0,
        1.0,
        (0.5,),
    )


def truncated_normal(mean: float, sd: float, low: float, high: float) -> Law:
    start, end = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    constant = -math.log(sd) - 0.5 * math.log(2 * math.pi) - math.log(end - start)
    return Law(
        lambda x: constant - 0.5 * ((x - mean) / sd) ** 2,
        lambda n, rng: mean + sd * ndtri(rng.uniform(start, end, n)),
        low,
        high,
        (),
    )


def log_normal(mean: float, sd: float) -> Law:
    inner = normal(mean, sd)
    return Law(
        lambda x: inner.log_density(np.log(x)) - np.log(x),
        lambda n, rng: np.exp(inner.draw(n, rng)),
        0.0,
        bends=(math.exp(mean - 2 * sd), math.exp(mean), math.exp(mean + 2 * sd)),
    )


def pareto(index: float) -> Law:
    return Law(
        lambda x: math.log(index) - (index + 1) * np.log(x),
        lambda n, rng: 1.0 + rng.pareto(index, n),
        1.0,
        bends=(2.0, 20.0),
    )


def steps(shares: Sequence[float]) -> Law:
    """A histogram on [0, 1] with cells of equal width."""
    masses = np.asarray(shares, dtype=np.float64) / np.sum(shares)
    cells = len(masses)

    def draw(n: int, rng: np.random.Generator) -> FloatArray:
        return (rng.choice(cells, n, p=masses) + rng.random(n)) / cells

    return Law(
        lambda x: np.log(masses * cells)[np.clip((x * cells).astype(np.int64), 0, cells - 1)],
        draw,
        0.0,
        1.0,
        tuple(np.arange(1, cells) / cells),
    )


def mixture(weights: Sequence[float], laws: Sequence[Law]) -> Law:
    shares = np.asarray(weights, dtype=np.float64) / np.sum(weights)

    def log_density(x: FloatArray) -> FloatArray:
        return np.logaddexp.reduce([math.log(w) + law.log_density(x) for w, law in zip(shares, laws, strict=True)])

    def draw(n: int, rng: np.random.Generator) -> FloatArray:
        which = rng.choice(len(laws), n, p=shares)
        rows = np.empty(n)
        for i, law in enumerate(laws):
            rows[which == i] = law.draw(int((which == i).sum()), rng)
        return rows

    return Law(
        log_density,
        draw,
        min(law.low for law in laws),
        max(law.high for law in laws),
        tuple(sorted({bend for law in laws for bend in law.bends})),
    )


def t_radius(d: int, freedom: float, scale: float = 1.0) -> Law:
    """The distance from 0 of a multivariate Student's t in d dimensions."""
    constant = (
        math.log(2)
        + gammaln((freedom + d) / 2)
        - gammaln(freedom / 2)
        - gammaln(d / 2)
        - d / 2 * math.log(freedom * scale**2)
    )
    return Law(
        lambda x: constant + (d - 1) * np.log(x) - (freedom + d) / 2 * np.log1p((x / scale) ** 2 / freedom),
        lambda n, rng: scale * np.sqrt(rng.chisquare(d, n) / (rng.chisquare(freedom, n) / freedom)),
        0.0,
        bends=(scale * math.sqrt(d), 4 * scale * math.sqrt(d)),
    )
