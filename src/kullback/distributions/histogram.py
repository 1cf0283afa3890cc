"""Histograms: densities that are constant between edges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import first_index, library, namespace, to_numpy, unit_tolerance
from kullback.distribution import Density
from kullback.distributions.parameters import non_negative, readable, real, together
from kullback.numerics import xlogy
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogDeviation,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Histogram(Density):
    """Histogram: density masses_i/(edges_(i+1) − edges_i) between its edges.

    Attributes:
        edges: the cell edges, increasing along the last axis.
        masses: of the cells, along the last axis; they sum to 1.
    """

    edges: Any
    masses: Any

    name: ClassVar[str] = "histogram"
    parameter_dimensions = {"edges": 1, "masses": 1}  # noqa: RUF012 - read only

    @property
    def support(self) -> Interval:
        """From the lower edge of the first cell with mass to the upper edge of the last."""
        if not readable(self.masses):
            return Interval(self.edges[..., 0], self.edges[..., -1])
        xp = namespace(self.edges)
        some = np.asarray(to_numpy(self.masses)) > 0.0
        index = np.broadcast_to(np.arange(some.shape[-1]), some.shape)
        first, last = np.min(np.where(some, index, some.shape[-1]), -1), np.max(np.where(some, index, -1), -1)
        if some.ndim == 1 and self.edges.ndim == 1:
            return Interval(self.edges[int(first)], self.edges[int(last) + 1])
        edges = np.asarray(to_numpy(self.edges))
        shape = np.broadcast_shapes(first.shape, edges.shape[:-1])
        wide = np.broadcast_to(edges, (*shape, edges.shape[-1]))
        ends = (np.take_along_axis(wide, np.broadcast_to(k, shape)[..., None], -1)[..., 0] for k in (first, last + 1))
        low, high = (xp.asarray(end) for end in ends)
        return Interval(low, high)

    @property
    def widths(self) -> Any:
        """The widths of the cells."""
        return self.edges[..., 1:] - self.edges[..., :-1]

    def log_prob(self, x: Any) -> Any:
        """Return the logarithm of the density of the cell of x, −∞ outside."""
        xp = namespace(x, self.edges, self.masses)
        some = self.masses > 0.0
        logs = xp.where(some, xp.log(xp.where(some, self.masses, 1.0)) - xp.log(self.widths), -math.inf)
        value = -math.inf + 0.0 * logs[..., 0]
        for i in range(logs.shape[-1]):
            value = xp.where(x >= self.edges[..., i], logs[..., i] + 0.0 * x, value)
        return xp.where(x > self.edges[..., -1], -math.inf, value)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """It begins and ends at positive values."""
        return Tail(), Tail()

    @property
    def kinks(self) -> tuple[Any, ...]:
        """The edges."""
        return tuple(self.edges[..., i] for i in range(self.edges.shape[-1]))

    def landmarks(self) -> Any:
        """Return the middles of the cells."""
        edges = np.asarray(self.edges, dtype=float)
        return 0.5 * edges[..., 1:] + 0.5 * edges[..., :-1]

    def moved(self, loc: Any, scale: Any) -> Histogram:
        """Return the distribution of loc + scale·X."""
        edges = loc[..., None] + scale[..., None] * self.edges
        numbers = np.asarray(to_numpy(scale)) if readable(scale) else np.ones(())
        if (numbers > 0.0).all():
            return Histogram(*together(edges, self.masses))
        if not (numbers < 0.0).all():
            raise ValueError("affine: scale has both signs in one batch: make two distributions.")
        xp, own = namespace(edges), namespace(self.masses)
        return Histogram(*together(xp.flip(edges, axis=-1), own.flip(self.masses, axis=-1)))

    def entropy(self) -> Any:
        """Return −Σ masses ln(masses/widths)."""
        xp = namespace(self.edges, self.masses)
        some = self.masses > 0.0
        return -xp.sum(xlogy(self.masses, xp.where(some, self.masses, 1.0) / self.widths), axis=-1)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: exactly, cell by cell."""
        xp = namespace(self.edges, self.masses)
        low, high, width = self.edges[..., :-1], self.edges[..., 1:], self.widths
        middle = 0.5 * (low + high)

        def wide(parameter: Any) -> Any:
            return parameter[..., None] if getattr(parameter, "ndim", 0) else parameter

        def integral_of_log(x: Any) -> Any:  # x ln x − x
            safe = xp.where(x > 0.0, x, 1.0)
            return xp.where(x > 0.0, safe * xp.log(safe) - safe, xp.where(x == 0.0, 0.0 * x, math.nan))

        match statistic:
            case One():
                found = xp.ones_like(middle)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                found = middle if exponent == 1 else middle * middle + width * width / 12.0
            case Difference(center):
                found = middle - wide(center)
            case SquaredDeviation(center):
                found = (middle - wide(center)) ** 2 + width * width / 12.0
            case Log():
                found = (integral_of_log(high) - integral_of_log(low)) / width
            case LogDeviation(start):
                found = (integral_of_log(high - wide(start)) - integral_of_log(low - wide(start))) / width
            case AbsoluteDeviation(center):
                a, b = low - wide(center), high - wide(center)
                found = 0.5 * (b * xp.abs(b) - a * xp.abs(a)) / width
            case PositiveDeviation(center):
                a, b = low - wide(center), high - wide(center)
                a, b = xp.where(a > 0.0, a, 0.0), xp.where(b > 0.0, b, 0.0)
                found = 0.5 * (b - a) * (b + a) / width
            case Exponential(rate, center):
                half = 0.5 * wide(rate) * width
                flat = half == 0.0
                safe = xp.where(flat, 1.0, half)
                found = xp.exp(wide(rate) * (middle - wide(center))) * xp.where(flat, 1.0, xp.sinh(safe) / safe)
            case _:
                return None
        return xp.sum(xp.where(self.masses > 0.0, self.masses * found, 0.0), axis=-1)

    def cdf(self, x: Any) -> Any:
        """Return the mass up to x."""
        share = np.clip((np.asarray(x)[..., None] - self.edges[..., :-1]) / self.widths, 0.0, 1.0)
        return np.sum(self.masses * share, axis=-1)

    def survival(self, x: Any) -> Any:
        """Return the mass beyond x."""
        share = np.clip((self.edges[..., 1:] - np.asarray(x)[..., None]) / self.widths, 0.0, 1.0)
        return np.sum(self.masses * share, axis=-1)

    def quantile(self, u: Any) -> Any:
        """Return the x with P(X ≤ x) = u."""
        masses = np.asarray(self.masses, dtype=float)
        after = np.cumsum(masses, axis=-1)
        wanted = np.asarray(u, dtype=float)[..., None] * after[..., -1:]
        index = np.sum(after[..., :-1] < wanted, axis=-1)
        shape = np.broadcast_shapes(index.shape, self.batch_shape)
        where = np.broadcast_to(index, shape)[..., None]

        def picked(values: Any) -> Any:
            return np.take_along_axis(np.broadcast_to(values, (*shape, values.shape[-1])), where, -1)

        mass = picked(masses)
        share = (wanted - (picked(after) - mass)) / np.where(mass > 0.0, mass, 1.0)
        return (picked(self.edges[..., :-1]) + np.clip(share, 0.0, 1.0) * picked(self.widths))[..., 0]


def histogram(edges: object, masses: object) -> Histogram:
    """Return the distribution with the constant density masses_i/(edges_(i+1) − edges_i) in each cell.

    Args:
        edges: the edges of the cells, increasing along the last axis.
        masses: probabilities of the cells, one fewer than edges along the last axis; they sum to 1.

    Returns:
        `Histogram`: one distribution, or a batch of them.

    Raises:
        ValueError: edges that do not increase, masses that do not sum to 1 or do not fit the edges.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.histogram([0, 1, 3], [0.5, 0.5])
        >>> float(P.cdf(2.0))
        0.75
    """
    at = real(edges, "edges", "histogram")
    shares = non_negative(masses, "masses", "histogram")
    if not at.shape or not shares.shape or at.shape[-1] != shares.shape[-1] + 1:
        raise ValueError(
            f"histogram: {at.shape[-1] if at.shape else 1} edges and {shares.shape[-1] if shares.shape else 1} masses: "
            "one edge more than masses is needed, along the last axis."
        )
    if readable(at):
        steps = np.diff(np.asarray(to_numpy(at)), axis=-1)
        bad = ~(steps > 0.0)
        if bad.any():
            raise ValueError(f"histogram: edges do not increase at index {first_index(bad)}.")
    total = namespace(shares).sum(shares, axis=-1, keepdims=True)
    if readable(total):
        sums = np.asarray(to_numpy(total))
        bad = ~(abs(sums - 1.0) <= unit_tolerance(shares))
        if bad.any():
            raise ValueError(f"histogram: masses sum to {sums[first_index(bad)]:g} and not to 1.")
    shares = (shares / total).view(type(shares)) if library(shares) == "numpy" else shares / total
    return Histogram(*together(at, shares))
