"""Dependence: whether neighbouring rows look alike, which makes intervals that count rows too narrow."""

from __future__ import annotations

import math

import numpy as np

from kullback.engines.source import Values
from kullback.summaries.counts import FloatArray

NOTABLE = 0.1
"""A correlation of neighbours below this changes intervals by less than about a tenth."""
_SIGNIFICANT = 6.0


def neighbour_correlation(head: Values) -> float:
    """Return how alike neighbouring rows are, from 0 (not) to 1, as seen at the start of a column.

    For numbers the correlation of the ranks of neighbours; for categories Cohen's κ of the agreement of neighbours.
    What could be chance (six standard errors) counts as 0.
    """
    if head.numbers is not None:
        numbers = head.numbers[~np.isnan(head.numbers)]
        found = _rank_correlation(numbers)
        rows = len(numbers)
    else:
        # Numbered by a dict: an array of strings would make all as long as the longest.
        index: dict[str | None, int] = {}
        codes = np.array([index.setdefault(string, len(index)) for string in head.strings or ()], np.int64)
        found, rows = _agreement(codes), len(codes)
    return found if found > NOTABLE and found * math.sqrt(rows) > _SIGNIFICANT else 0.0


def _rank_correlation(numbers: FloatArray) -> float:
    if len(numbers) < 3:
        return 0.0
    _, ranks = np.unique(numbers, return_inverse=True)
    centred = ranks - ranks.mean()
    spread = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / spread if spread > 0 else 0.0


def _agreement(codes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    if len(codes) < 3:
        return 0.0
    shares = np.bincount(codes) / len(codes)
    expected = float(shares @ shares)
    return (float(np.mean(codes[1:] == codes[:-1])) - expected) / (1 - expected) if expected < 1 else 0.0
