"""Quantile histogram: the divergence of cells that hold equal parts of both samples together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.cross_fitting import as_sample
from kullback.estimators.log_ratio import derivatives, finished
from kullback.estimators.method import Fitted, Method, Value
from kullback.intervals.delta import expand
from kullback.intervals.sampling import Independent
from kullback.sample import FloatArray, IntArray, Model, Sample


@dataclass(frozen=True)
class QuantileHistogram(Method):
    """The divergence of the shares of cells between quantiles of both samples together.

    Attributes:
        cells: how many; None for 2 n^(1/3), n the smaller sample.
    """

    cells: int | None = None

    def __post_init__(self) -> None:
        if self.cells is not None and self.cells < 2:
            raise ValueError(f"cells is {self.cells}: at least 2 are needed, such as cells=20.")

    @property
    def title(self) -> str:
        """The name in words."""
        return "quantile histogram" if self.cells is None else f"quantile histogram ({self.cells} cells)"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the cells' shares.

        Raises:
            ValueError: samples that are not one column of numbers.
        """
        second, notes = as_sample(x, y, rng)
        if x.dimension != 1 or second.dimension != 1 or x.codes.shape[1] or second.codes.shape[1]:
            raise ValueError(
                f"a quantile histogram takes one column of numbers, and x has {x.dimension} beside {x.codes.shape[1]} "
                "of names: kb.estimators.remainder() takes several."
            )
        smaller = min(x.effective_rows, second.effective_rows)
        cells = self.cells or max(2, round(2.0 * smaller ** (1.0 / 3.0)))
        edges = _edges(x, second, cells)
        of_x, of_y = (np.searchsorted(edges, side.numbers[:, 0], side="left").astype(np.int64) for side in (x, second))
        p, q = _counted(of_x, x, len(edges) + 1), _counted(of_y, second, len(edges) + 1)
        outside = 100.0 * float(p[q <= 0.0].sum() / p.sum())
        if outside:
            notes += (f"{outside:.3g} % of P lies in cells where Q has no rows: KL of the cells is infinite",)
        return HistogramFit(x, second, of_x, of_y, p, q, notes, {"cells": float(len(edges) + 1)})


def _counted(cell: IntArray, sample: Sample, cells: int) -> FloatArray:
    """Return the effective rows in each cell."""
    found = np.zeros(cells)
    np.add.at(found, cell, sample.shares * sample.effective_rows)
    return found


def _edges(x: Sample, y: Sample, cells: int) -> FloatArray:
    """Return values above which a cell ends: quantiles of both samples, each counting half."""
    values = np.concatenate([x.numbers[:, 0], y.numbers[:, 0]])
    order = np.argsort(values, kind="stable")
    below = np.cumsum(0.5 * np.concatenate([x.shares, y.shares])[order])
    at = np.searchsorted(below, np.arange(1, cells) / cells * below[-1] * (1.0 - 1e-12))
    found = np.unique(values[order][at])
    return found[found < values.max()]


@dataclass(frozen=True, eq=False)
class HistogramFit(Fitted):
    """The cells' shares in both samples.

    Attributes:
        x, y: the samples.
        of_x, of_y: the cell of every row.
        p, q: rows, or effective rows, per cell.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    of_x: IntArray
    of_y: IntArray
    p: FloatArray
    q: FloatArray
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return the plug-in value less its bias to second order; ∞ where it is infinite."""
        total = self._power_sum(divergence) if divergence.slopes is None else self._sum(divergence)
        if not math.isfinite(total):
            return Value(math.inf, np.zeros(len(self.of_x)), np.zeros(len(self.of_y)))
        value, slope = finished(divergence, total)
        at_p, at_q = derivatives(divergence, self._log_ratio())
        first, second = at_p[self.of_x], at_q[self.of_y]
        y = self.y
        if isinstance(y, Model):
            raise AssertionError("rows were drawn from the model")
        return Value(value, slope * (first - self.x.mean(first)), slope * (second - y.mean(second)))

    def _sum(self, divergence: Divergence) -> float:
        expansion = expand(divergence, Independent(self.p), Independent(self.q))
        return expansion.total - expansion.bias if math.isfinite(expansion.total) else math.inf

    def _power_sum(self, divergence: Divergence) -> float:
        """Return Σ p^α q^(1−α) less its bias, ½ α(α − 1) Σ p^α q^(1−α) [(1 − p)/(np) + (1 − q)/(mq)]."""
        powers = divergence.powers
        if powers is None or powers.of != "gap" or not math.isfinite(powers.order):
            raise NotImplementedError(
                f"{divergence!r} is no sum over cells: kb.estimators.curved_logistic() estimates it from log-ratios."
            )
        order, n, m = powers.order, float(self.p.sum()), float(self.q.sum())
        both = (self.p > 0.0) & (self.q > 0.0)
        if (order > 1.0 and (self.p > 0.0)[~both].any()) or (order < 0.0 and (self.q > 0.0)[~both].any()):
            return math.inf
        p, q = self.p[both] / n, self.q[both] / m
        terms = p**order * q ** (1.0 - order)
        noise = (1.0 - p) / (n * p) + (1.0 - q) / (m * q)
        return float(terms.sum() - 0.5 * order * (order - 1.0) * (terms @ noise))

    def log_ratio(self) -> tuple[FloatArray, FloatArray]:
        """Return the log-ratios of the cells of the rows, half a row added to each cell."""
        ratio = self._log_ratio()
        return ratio[self.of_x], ratio[self.of_y]

    def _log_ratio(self) -> FloatArray:
        empty = 0.5 * ((self.p <= 0.0) | (self.q <= 0.0))
        return np.log((self.p + empty) / self.p.sum()) - np.log((self.q + empty) / self.q.sum())


def quantile_histogram(cells: int | None = None) -> QuantileHistogram:
    """Return the method that counts both samples in cells between quantiles of their union.

    Any divergence of the cells' shares, less its bias to second order ((k − 1)(1/n + 1/m)/2 for KL where P = Q). Cells
    hide what happens inside them: of any two distributions the value is, but for noise, no more than the divergence.

    Args:
        cells: how many; 2 n^(1/3) if left out.

    Raises:
        ValueError: fewer than 2 cells.

    Source: Wang, Kulkarni and Verdú, "Divergence estimation of continuous distributions based on data-dependent
        partitions", IEEE Trans. Inf. Theory 51 (2005), 3064-3074, section III, with cells of the union instead of
        those of Q, which are never empty on both sides.

    Example:
        >>> import numpy as np
        >>> from kullback.divergences import kl
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(1)
        >>> x, y = sample_of(rng.normal(0, 1, 4000)), sample_of(rng.normal(0, 2, 4000))
        >>> round(quantile_histogram().fit(x, y, rng).value(kl).value, 1)  # ln 2 − 3/8 = 0.318
        0.3
    """
    return QuantileHistogram(cells)
