"""Reach: rows of P beyond every row of Q, whose part in an unbounded divergence is a guess.

Where the ratio is bounded by C, about C rows of P lie beyond the farthest of Q, and what they add is learned from the
rows before it. Two things can be seen to be otherwise: a large part of P lies out there, or it lies so far out that
even a tail of Q as heavy as its rows allow leaves next to nothing (P a Student t, Q a normal: the mean of ln(p/q) is
then made by the few rows that hardly any sample has).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.sample import FloatArray, Sample

LARGE_SHARE = 0.08
"""Share of P beyond every row of Q above which the value is not known from above."""
FAR = 0.25
"""Rows of P times nats, missing beyond the farthest row of Q, above which it is not either."""
_HEAVY = 0.1
"""Tail index of Q, with its standard error, from which tails are heavy: rows lie far out in any sample of it then."""
_COLUMNS, _ROWS_PER_COLUMN = 20, 25
"""Columns at most, and rows per column at least, for distances from a centre to be those of new rows as well."""


@dataclass(frozen=True)
class Reach:
    """How far P reaches beyond the rows of Q.

    Attributes:
        share: of P beyond every row of Q.
        missing: nats, summed over the rows of P beyond, by which ln P(X > x)/Q(Y > x) exceeds what counting the rows
            beyond gives, Q's tail being as heavy as its rows allow.
    """

    share: float
    missing: float

    @property
    def note(self) -> str | None:
        """Why there is no upper end, in words; None where nothing speaks against one."""
        if self.share > LARGE_SHARE:
            return (
                f"{100 * self.share:.3g} % of one sample lies beyond every row of the other, where the ratio is a guess"
            )
        if self.missing > FAR:
            return "rows lie so far beyond the other sample's that its tail, of which there are no rows, decides"
        return None


def reach(x: Sample, y: Sample) -> Reach:
    """Return how far x reaches beyond y: on a line to both sides, in more columns by the distance from y's centre."""
    found = [_beyond(at_x, x.shares, at_y) for at_x, at_y in _outward(x.numbers, y.numbers)]
    return Reach(sum(one.share for one in found), sum(one.missing for one in found))


def _outward(x: FloatArray, y: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Return numbers of both samples that grow outwards."""
    columns = x.shape[1]
    if columns == 1:
        return [(x[:, 0], y[:, 0]), (-x[:, 0], -y[:, 0])]
    if not columns or columns > _COLUMNS or len(y) < _ROWS_PER_COLUMN * columns:
        return []
    scale = np.std(y, axis=0)
    if not np.all(scale > 0.0):
        return []
    centred = (y - y.mean(axis=0)) / scale
    metric = np.linalg.pinv(centred.T @ centred / len(y), rcond=1e-9, hermitian=True)
    from_centre = ((side - y.mean(axis=0)) / scale for side in (x, y))
    first, second = (np.sqrt(np.einsum("ij,jk,ik->i", side, metric, side).clip(0.0)) for side in from_centre)
    return [(first, second)]


def _beyond(x: FloatArray, shares: FloatArray, y: FloatArray) -> Reach:
    """Return how far x reaches above the greatest of y."""
    order = np.argsort(-x)
    order = order[: np.count_nonzero(x > y.max())]
    share = float(shares[order].sum())
    tail = _tail(y)
    if tail is None or not len(order):
        return Reach(share, 0.0)
    count, threshold, index, scale = tail
    log_q = math.log(count / len(y)) - np.log1p(index * (x[order] - threshold) / scale) / index
    log_p = np.log(np.cumsum(shares[order]) - 0.5 * shares[order])
    seen = max(math.log(max(share * len(y), 1.0) * 2.0), 0.0)
    return Reach(share, len(x) * float(shares[order] @ np.maximum(log_p - log_q - seen, 0.0)))


def _tail(y: FloatArray) -> tuple[int, float, float, float] | None:
    """Return how many rows make the upper tail, where it begins, its index, a standard error heavier than found, and
    its scale; None where there are too few rows or the tail is heavy.

    A generalised Pareto law by probability-weighted moments (Hosking and Wallis, Technometrics 29 (1987), 339-349,
    section 3).
    """
    rows = len(y)
    count = min(max(int(2.0 * math.sqrt(rows)), 20), rows // 4)
    if count < 15:
        return None
    top = np.sort(np.partition(y, rows - count - 1)[rows - count - 1 :])
    excess = top[1:] - top[0]
    mean = float(excess.mean())
    weighted = float(excess @ (1.0 - (np.arange(1, count + 1) - 0.35) / count)) / count
    if not mean > 2.0 * weighted > 0.0:
        return None
    index, scale = 2.0 - mean / (mean - 2.0 * weighted), 2.0 * mean * weighted / (mean - 2.0 * weighted)
    heaviest = index + (1.0 + max(index, 0.0)) / math.sqrt(count)
    return None if heaviest > _HEAVY else (count, float(top[0]), max(heaviest, 0.02), scale)
