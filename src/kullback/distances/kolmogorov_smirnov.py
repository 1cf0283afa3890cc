"""The Kolmogorov–Smirnov distance, from the counts of ordered cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kullback.distances.certified import Certified

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def kolmogorov_smirnov(p: ArrayLike, q: ArrayLike, *, atoms: ArrayLike | None = None) -> Certified:
    """Return bounds of sup |F − G| for the two data sets of which only the counts in ordered cells are known.

    At the edges F and G are known exactly, so the greatest difference there is a lower bound, and the value: it is the
    distance if F and G rise in proportion within each cell. Between two edges F lies in [F_{i−1}, F_i] and G in
    [G_{i−1}, G_i], so the distance is at most the greatest of F_i − G_{i−1} and G_i − F_{i−1}, except in a cell that
    holds a single value, where both rise at once.

    Arguments
    ---------
    p, q : (k,) counts or shares of the cells, from the lowest to the highest.
    atoms : (k,) whether all rows of a cell, on both sides, have the same value.

    Raises
    ------
    ValueError : if ``p``, ``q`` and ``atoms`` differ in length.

    >>> kolmogorov_smirnov([1, 2, 1], [2, 1, 1])
    Certified(low=0.25, value=0.25, high=0.5)
    """
    first, second = _cumulative(p), _cumulative(q)
    if first.shape != second.shape:
        raise ValueError(f"P has {len(first) - 1} cells and Q {len(second) - 1}; they must be the same cells")
    low = float(np.abs(first - second).max())
    rises = np.maximum(first[1:] - second[:-1], second[1:] - first[:-1])
    if atoms is not None:
        single = np.asarray(atoms, bool)
        if single.shape != rises.shape:
            raise ValueError(f"there are {len(rises)} cells and {single.size} entries of atoms")
        rises = rises[~single]
    return Certified(low, low, min(1.0, max(low, float(rises.max(initial=0.0)))))


def _cumulative(counts: ArrayLike) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(np.asarray(counts, float))])
    return total / total[-1]
