"""How the counts of one side were drawn: what their shares vary by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance of k shares in factor form, diag(diagonal) + factor · core · factorᵀ: never k × k numbers.

    Attributes
    ----------
    diagonal : (k,).
    factor : (k, r), with r = 1 for independent rows and r = the number of blocks for blocks.
    core : (r, r), symmetric.
    degrees : of freedom with which it was estimated; ``inf`` where it follows from the shares.
    """

    diagonal: Vector
    factor: Matrix
    core: Matrix
    degrees: float = math.inf


@dataclass(frozen=True, eq=False)
class Independent:
    """Every row was drawn on its own: the counts are multinomial.

    V = (diag(p) − p pᵀ) / n.

    Arguments
    ---------
    cells : (k,) counts, ≥ 0, not all 0.

    >>> round(Independent([30, 70]).variance([1, 0]), 9)
    0.0021
    """

    cells: ArrayLike

    @cached_property
    def counts(self) -> Vector:
        """The counts, (k,)."""
        return _checked(self.cells, "counts")

    @cached_property
    def total(self) -> float:
        """The sum of the counts."""
        return float(self.counts.sum())

    @property
    def rows(self) -> float:
        """The sum of the counts."""
        return self.total

    @property
    def effective_rows(self) -> float:
        """The same as `rows`."""
        return self.total

    @property
    def degrees(self) -> float:
        """``inf``: the covariance follows from the shares."""
        return math.inf

    @cached_property
    def shares(self) -> Vector:
        """The counts over their total, (k,)."""
        return self.counts / self.total

    def diagonal(self) -> Vector:
        """Return p(1 − p)/n, (k,)."""
        return self.shares * (1.0 - self.shares) / self.total

    def variance(self, gradient: ArrayLike) -> float:
        """Return (Σ p g² − (Σ p g)²)/n, centred so that a constant gradient gives 0."""
        return _centred(self.shares, np.asarray(gradient, float)) / self.total

    def covariance(self, shares: Vector | None = None) -> Covariance:
        """Return (diag(π) − π πᵀ)/n for π = ``shares``, by default the observed ones."""
        pi = self.shares if shares is None else shares
        return Covariance(pi / self.total, pi[:, None], np.array([[-1.0 / self.total]]))

    def merge(self, groups: ArrayLike) -> Independent:
        """Return the counts added up by group index."""
        return Independent(_sum_by(groups, self.counts))


@dataclass(frozen=True, eq=False)
class Weighted:
    """Every row was drawn on its own and carries a weight, such as 1/probability of being sampled.

    The shares are ratios Σw in the cell / Σw; linearised, V = (diag(s) − s pᵀ − p sᵀ + (Σs) p pᵀ) / W², with
    s = Σw² per cell and W = Σw (Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 5.7). A constant factor
    on the weights changes nothing.

    Arguments
    ---------
    weights : (k,) Σw per cell.
    squared_weights : (k,) Σw² per cell.
    row_count : how many rows there are.

    >>> round(Weighted([30, 70], [30, 70], 100).variance([1, 0]), 9)
    0.0021
    """

    weights: ArrayLike
    squared_weights: ArrayLike
    row_count: float

    @cached_property
    def counts(self) -> Vector:
        """Σw per cell, (k,)."""
        return _checked(self.weights, "weights")

    @cached_property
    def squares(self) -> Vector:
        """Σw² per cell, (k,)."""
        squares = _checked(self.squared_weights, "squared_weights")
        if squares.shape != self.counts.shape:
            raise ValueError(f"weights have {len(self.counts)} cells and squared_weights {len(squares)}")
        return squares

    @cached_property
    def total(self) -> float:
        """Σw."""
        return float(self.counts.sum())

    @property
    def rows(self) -> float:
        """How many rows there are."""
        return float(self.row_count)

    @cached_property
    def effective_rows(self) -> float:
        """(Σw)²/Σw² (Kish, 1965)."""
        return self.total**2 / float(self.squares.sum())

    @property
    def degrees(self) -> float:
        """``inf``: as for independent rows."""
        return math.inf

    @cached_property
    def shares(self) -> Vector:
        """Σw per cell over Σw, (k,)."""
        return self.counts / self.total

    def diagonal(self) -> Vector:
        """Return the variance of every share, (k,)."""
        s, p = self.squares, self.shares
        return (s * (1.0 - 2.0 * p) + s.sum() * p * p) / self.total**2

    def variance(self, gradient: ArrayLike) -> float:
        """Return Σ s (g − Σpg)² / W²."""
        g = np.asarray(gradient, float)
        deviation = g - float(self.shares @ g)
        return float(self.squares @ (deviation * deviation)) / self.total**2

    def covariance(self, shares: Vector | None = None) -> Covariance:
        """Return V; where ``shares`` π are given, with s = π · (mean Σw² per Σw of the cell), as if drawn from π."""
        p, s = self.shares, self.squares
        if shares is not None:
            overall = float(s.sum()) / self.total
            ratio = np.divide(s, self.counts, out=np.full_like(s, overall), where=self.counts > 0.0)
            p, s = shares, shares * ratio * self.total
        scale = self.total**2
        core = np.array([[0.0, -1.0], [-1.0, float(s.sum())]]) / scale
        return Covariance(s / scale, np.stack([s, p], axis=1), core)

    def merge(self, groups: ArrayLike) -> Weighted:
        """Return the sums of weights and of their squares, added up by group index."""
        return Weighted(_sum_by(groups, self.counts), _sum_by(groups, self.squares), self.row_count)


@dataclass(frozen=True, eq=False)
class Blocks:
    """Rows come in blocks (days, users, partitions) that are independent, while the rows within a block need not be.

    Cluster-robust covariance of the ratio: V = B/(B − 1) · Σ_b r_b r_bᵀ / N², r_b = c_b − n_b p (Binder, 1983,
    equation 4.3; Rao and Scott, 1981).

    Arguments
    ---------
    matrix : (blocks, k) counts or sums of weights; at least two blocks that are not empty.
    row_count : how many rows there are, where the matrix holds sums of weights.

    >>> Blocks([[3, 7], [3, 7], [4, 6], [2, 8]]).variance([1, 0]) < Independent([12, 28]).variance([1, 0])
    True
    """

    matrix: ArrayLike
    row_count: float | None = None

    @cached_property
    def blocks(self) -> Matrix:
        """The counts of the blocks that are not empty, (B, k)."""
        blocks = np.asarray(self.matrix, float)
        if blocks.ndim != 2:
            raise ValueError(f"blocks have shape {blocks.shape}; it must be (blocks, cells)")
        if not np.all(np.isfinite(blocks)) or np.any(blocks < 0.0):
            raise ValueError("the counts of blocks must be finite and at least 0")
        blocks = blocks[blocks.sum(axis=1) > 0.0]
        if len(blocks) < 2:
            raise ValueError(f"{len(blocks)} blocks hold rows: how blocks vary can be seen from two on")
        return blocks

    @cached_property
    def counts(self) -> Vector:
        """The counts of all blocks, (k,)."""
        return self.blocks.sum(axis=0)

    @cached_property
    def total(self) -> float:
        """The sum of the counts."""
        return float(self.counts.sum())

    @property
    def rows(self) -> float:
        """How many rows there are."""
        return self.total if self.row_count is None else float(self.row_count)

    @cached_property
    def effective_rows(self) -> float:
        """Rows over the design effect: how much more the shares vary than those of independent rows."""
        variance = float(self.diagonal().sum())
        independent = float((self.shares * (1.0 - self.shares)).sum())
        return independent / variance if variance > 0.0 else self.rows

    @property
    def degrees(self) -> float:
        """Blocks − 1."""
        return float(len(self.blocks) - 1)

    @cached_property
    def shares(self) -> Vector:
        """The counts over their total, (k,)."""
        return self.counts / self.total

    @cached_property
    def residuals(self) -> Matrix:
        """r_b √(B/(B − 1)) / N, (B, k): the factor of the covariance."""
        blocks = self.blocks
        scale = math.sqrt(len(blocks) / (len(blocks) - 1.0)) / self.total
        return (blocks - blocks.sum(axis=1, keepdims=True) * self.shares) * scale

    def diagonal(self) -> Vector:
        """Return the variance of every share, (k,)."""
        return np.einsum("bk,bk->k", self.residuals, self.residuals)

    def variance(self, gradient: ArrayLike) -> float:
        """Return B/(B − 1) Σ_b (r_b·g)² / N²."""
        along = self.residuals @ np.asarray(gradient, float)
        return float(along @ along)

    def covariance(self, shares: Vector | None = None) -> Covariance:
        """Return V from the blocks as seen: what they would be under other shares is not known."""
        del shares
        blocks, cells = self.residuals.shape
        if blocks > cells:  # the smaller form of the same: thousands of users over twenty cells are twenty
            return Covariance(np.zeros(cells), np.eye(cells), self.residuals.T @ self.residuals, self.degrees)
        return Covariance(np.zeros(cells), self.residuals.T, np.eye(blocks), self.degrees)

    def merge(self, groups: ArrayLike) -> Blocks:
        """Return the blocks with cells of the same group index added up."""
        index = np.asarray(groups)
        merged = np.zeros((len(self.blocks), int(index.max()) + 1))
        np.add.at(merged.T, index, self.blocks.T)
        return Blocks(merged, self.row_count)


Sampling: TypeAlias = Independent | Weighted | Blocks
"""What inference asks of one side; all three answer to the same names.

``counts`` (k,), ``rows``, ``total``, ``shares`` (k,), ``effective_rows`` (how many independent rows of one weight would
tell as much), ``degrees`` (of freedom behind the covariance), ``diagonal()`` (the variance of every share),
``variance(gradient)`` (that of Σ g·share), ``covariance(shares)`` in factor form, ``merge(groups)``.
"""


def _checked(cells: ArrayLike, name: str) -> Vector:
    counts = np.asarray(cells, float)
    if counts.ndim != 1 or not len(counts):
        raise ValueError(f"{name} have shape {counts.shape}; it must be (cells,)")
    if not np.isfinite(counts).all() or counts.min() < 0.0:
        raise ValueError(f"{name} must be finite and at least 0")
    if not counts.max() > 0.0:
        raise ValueError(f"all {name} are 0: a side without rows cannot be compared")
    return counts


def _centred(shares: Vector, gradient: Vector) -> float:
    deviation = gradient - float(shares @ gradient)
    return float(shares @ (deviation * deviation))


def _sum_by(groups: ArrayLike, values: Vector) -> Vector:
    return np.bincount(np.asarray(groups), weights=values).astype(float, copy=False)
