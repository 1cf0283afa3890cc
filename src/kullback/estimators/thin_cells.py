"""Which cells to merge before inferring: those that hold too few rows for a normal approximation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kullback.intervals.sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import NDArray


_BEYOND_CHANCE = 20.0


def thin_cells(p: Sampling, q: Sampling, *, ordered: bool, least: float = 5.0) -> NDArray[np.intp]:
    """Return the group of every cell, such that each group is expected to hold ``least`` rows on the smaller side.

    Expected: min(n, m) · pooled share, n and m the effective rows. Only the pooled counts decide, not how they differ,
    so the law of a test under P = Q stays what it is; merging never increases a divergence. The exception are cells
    that hold ``least`` rows or more on one side and so many more than expected there that chance would need odds below
    e^−20: a value in 5 % of 1,000 rows that a million rows lack is expected 0.05 times, and must not be merged away.
    (Poisson tail, Chernoff: P(X ≥ k) ≤ exp(k − λ − k ln(k/λ)) for k > λ.) Ordered cells are
    merged with their neighbours. Others are merged among themselves in the order given, into groups just large enough,
    so that thousands of rare categories keep their signal instead of vanishing in one "other".

    Arguments
    ---------
    p, q : the two sides, over the same k cells.
    ordered : whether neighbouring cells belong together, as those of a histogram.
    least : rows expected per group; 5 is Cochran's rule (1954).

    Returns
    -------
    (k,) group indices 0, 1, …, none left out, for the `merge` of a sampling; all 0 where everything is too thin.

    >>> from kullback.intervals.sampling import Independent
    >>> side = Independent([40, 3, 3, 50, 1, 3])
    >>> thin_cells(side, side, ordered=True).tolist(), thin_cells(side, side, ordered=False).tolist()
    ([0, 1, 1, 2, 2, 2], [0, 2, 2, 1, 2, 2])
    """
    n, m = p.effective_rows, q.effective_rows
    pooled = (n * p.shares + m * q.shares) / (n + m)
    expected = min(n, m) * pooled
    # A cell exactly at the limit is not thin: rounding must not decide.
    limit = least * (1.0 - 1e-9)
    certain = _beyond_chance(n * p.shares, n * pooled, limit) | _beyond_chance(m * q.shares, m * pooled, limit)
    expected = np.where(certain, np.maximum(expected, least), expected)
    thick = expected >= limit
    if thick.all():
        return np.arange(len(expected))
    return _neighbours(expected, limit) if ordered else _rare(expected, thick, limit)


def _beyond_chance(found: NDArray[np.float64], expected: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    more = (found >= limit) & (found > expected)
    ratio = np.divide(found, expected, out=np.ones_like(found), where=more)
    return more & (found * np.log(ratio) - found + expected > _BEYOND_CHANCE)


def _neighbours(expected: NDArray[np.float64], limit: float) -> NDArray[np.intp]:
    groups: list[int] = []
    group = 0
    held = 0.0
    for rows in expected.tolist():
        if held >= limit:
            group += 1
            held = 0.0
        groups.append(group)
        held += rows
    index = np.array(groups)
    if held < limit and group > 0:
        # What is left at the end joins the group before it.
        index[index == group] = group - 1
    return index


def _rare(expected: NDArray[np.float64], thick: NDArray[np.bool_], limit: float) -> NDArray[np.intp]:
    index = np.empty(len(expected), dtype=np.intp)
    kept = int(thick.sum())
    index[thick] = np.arange(kept)
    groups = _neighbours(expected[~thick], limit)
    totals = np.bincount(groups, weights=expected[~thick])
    if len(totals) == 1 and totals[0] < limit and kept:
        # All rare cells together are too thin: they join the smallest of the others.
        smallest = int(np.argmin(np.where(thick, expected, np.inf)))
        index[~thick] = index[smallest]
    else:
        index[~thick] = kept + groups
    return index
