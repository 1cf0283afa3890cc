"""The Wasserstein-1 distance, from the counts of ordered cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kullback.distances.certified import Certified

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]


def wasserstein(
    p: ArrayLike,
    q: ArrayLike,
    edges: ArrayLike,
    *,
    p_range: tuple[float, float],
    q_range: tuple[float, float],
    atoms: ArrayLike | None = None,
) -> Certified:
    """Return bounds of ∫ |F − G| dx for the two data sets of which only the counts in ordered cells are known.

    Cell 0 holds x ≤ e_0, cell i holds e_{i−1} < x ≤ e_i, and the last x > e_{k−2}. Within a cell F rises from F_{i−1}
    to F_i and G from G_{i−1} to G_i, nobody knows where: per unit of width the integrand's mean is at least
    max(0, F_{i−1} − G_i, G_{i−1} − F_i) and at most max(F_i − G_{i−1}, G_i − F_{i−1}), and both are reached. Below the
    least value of a side its F is 0, from the greatest on 1. The value supposes that F and G rise linearly. The bounds
    differ by at most Σ width × (share of P + share of Q).

    Arguments
    ---------
    p, q : (k,) counts or shares of the cells.
    edges : (k − 1,) increasing, in the unit of the data.
    p_range, q_range : the least and the greatest value of each side.
    atoms : (k,) whether all rows of a cell, on both sides, lie exactly at its upper edge (of the last cell: at the
        greatest value of all).

    Returns
    -------
    Bounds and value, in the unit of the data.

    Raises
    ------
    ValueError : if lengths do not fit, edges do not increase, or a range is not finite or empty.

    >>> wasserstein([1, 1], [1, 1], [0.0], p_range=(-1.0, 1.0), q_range=(-1.0, 1.0))
    Certified(low=0.0, value=0.0, high=1.0)
    >>> wasserstein([1, 1], [0, 2], [0.0], p_range=(-1.0, 1.0), q_range=(1.0, 2.0))
    Certified(low=0.5, value=1.5, high=2.5)
    """
    cut = np.asarray(edges, float)
    counts = np.asarray(p, float), np.asarray(q, float)
    if not len(counts[0]) == len(counts[1]) == len(cut) + 1:
        raise ValueError(
            f"{len(cut)} edges make {len(cut) + 1} cells, but P has {len(counts[0])} and Q {len(counts[1])}"
        )
    if np.any(np.diff(cut) <= 0.0):
        raise ValueError("edges must increase")
    for letter, (least, greatest) in (("P", p_range), ("Q", q_range)):
        if not np.isfinite(least) or not np.isfinite(greatest) or least > greatest:
            raise ValueError(f"{letter} ranges from {least} to {greatest}; both must be finite and in this order")
    single = np.zeros(len(cut) + 1, bool) if atoms is None else np.array(atoms, bool)
    if len(single) != len(cut) + 1:
        raise ValueError(f"there are {len(cut) + 1} cells and {len(single)} entries of atoms")
    points = np.unique(np.concatenate([cut, p_range, q_range]))
    points = points[(points >= min(p_range[0], q_range[0])) & (points <= max(p_range[1], q_range[1]))]
    if len(points) < 2:
        return Certified(0.0, 0.0, 0.0)
    start, end = points[:-1], points[1:]
    width = end - start
    cell = np.searchsorted(cut, start, side="right")
    f, g = (
        _Rise.of(side, cut, cell, start, end, extent, single)
        for side, extent in zip(counts, (p_range, q_range), strict=True)
    )
    low = float(width @ np.maximum(0.0, np.maximum(f.least - g.most, g.least - f.most)))
    high = float(width @ np.maximum(f.most - g.least, g.most - f.least))
    value = float(width @ _mean_absolute(f.start - g.start, f.end - g.end))
    return Certified(low, min(max(value, low), high), high)


class _Rise:
    """A cumulative share on pieces of cells: its range on each, and its ends if it rises linearly."""

    def __init__(self, least: Vector, most: Vector, start: Vector, end: Vector) -> None:
        self.least, self.most, self.start, self.end = least, most, start, end

    @staticmethod
    def of(
        counts: Vector,
        edges: Vector,
        cell: NDArray[np.intp],
        start: Vector,
        end: Vector,
        extent: tuple[float, float],
        single: NDArray[np.bool_],
    ) -> _Rise:
        total = np.concatenate([[0.0], np.cumsum(counts)])
        total /= total[-1]
        below, above = total[cell], total[cell + 1]
        # A cell of a single value rises only at its upper edge, where the piece ends.
        above = np.where(single[cell], below, above)
        before, after = end <= extent[0], start >= extent[1]
        least = np.where(after, 1.0, np.where(before, 0.0, below))
        most = np.where(before, 0.0, np.where(after, 1.0, above))
        bounds = np.concatenate([[-np.inf], edges, [np.inf]])
        first, last = np.maximum(bounds[cell], extent[0]), np.minimum(bounds[cell + 1], extent[1])
        # Where a side has no width in a cell, the range of its share there is a single number.
        span = np.where(last > first, last - first, 1.0)

        def linear(x: Vector) -> Vector:
            return np.clip(least + (above - below) * np.clip((x - first) / span, 0.0, 1.0), least, most)

        return _Rise(least, most, linear(start), linear(end))


def _mean_absolute(start: Vector, end: Vector) -> Vector:
    """The mean of |d| where d goes linearly from ``start`` to ``end``."""
    size = np.abs(start) + np.abs(end)
    crossing = (start * start + end * end) / np.where(size > 0.0, 2.0 * size, 1.0)
    return np.where(start * end >= 0.0, 0.5 * size, crossing)
