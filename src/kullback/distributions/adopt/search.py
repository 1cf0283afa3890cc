"""Search: where the bulk of a density lies, of which nothing but its values is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kullback.arrays import Array

_DEPTHS = (0.5, 3.0, 10.0, 25.0)
"""How far below its peak, in nats, the density is followed."""


def bulk(log_prob: Callable[[Array], Array], low: float, high: float, label: str, *, whole: bool = False) -> Array:
    """Return outcomes that span the bulk of a density: its peaks and points on their flanks.

    Peaks are looked for on a grid that is fine near 0 and near the ends, ten points to every power of ten; of several,
    one that is much narrower than its distance to them can be missed.

    Args:
        log_prob: ln p(x) of an array.
        low: the lower end, may be infinite.
        high: the upper end, likewise.
        label: what it is called in messages.
        whole: whether the outcomes are whole numbers.

    Raises:
        ValueError: where the density is nowhere positive and finite.
    """
    grid = _grid(low, high)
    if whole:
        grid = np.unique(np.clip(np.floor(grid), low, high))

    def heaviness(x: Array) -> Array:
        """The density per relative step: what lies there, also where the density is unbounded next to an end."""
        away = _away(x, low, high)
        found = np.asarray(log_prob(x), dtype=np.float64) + np.log(np.maximum(away, 1.0 if whole else 1e-320))
        return np.where(np.isnan(found), -math.inf, found)

    value = heaviness(grid)
    finite = np.isfinite(value)
    if not finite.any():
        raise ValueError(
            f"{label}: no outcome with a positive density was found between {low:g} and {high:g}; give landmarks= to "
            f"kb.distributions.from_log_prob."
        )
    grid, value = grid[finite], value[finite]
    tops = [
        i
        for i in range(len(grid))
        if (i == 0 or value[i] >= value[i - 1]) and (i == len(grid) - 1 or value[i] > value[i + 1])
    ]
    best = max(value[i] for i in tops)
    points: list[float] = []
    for i in _apart(value, [i for i in tops if value[i] > best - 40.0]):
        left, right = grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]
        top = _peak(heaviness, left, grid[i], right, whole=whole)
        points += _flanks(heaviness, top, low, high, whole=whole)
    found = np.unique(np.asarray(points))
    return np.unique(np.floor(found)) if whole else found


def _away(x: Array, low: float, high: float) -> Array:
    """Return how far x is from the nearest finite end; from 0 on the whole line."""
    if math.isinf(low) and math.isinf(high):
        return np.abs(x)
    return np.minimum(x - low, high - x)


def _apart(value: Array, tops: list[int]) -> list[int]:
    """Return the peaks with a valley of 0.1 nats between them and any higher one: not the ripples of rounding."""
    kept: list[int] = []
    for i in sorted(tops, key=lambda i: -value[i]):
        if all(np.min(value[min(i, j) : max(i, j) + 1]) < value[i] - 0.1 for j in kept):
            kept.append(i)
    return kept


def _grid(low: float, high: float) -> Array:
    away = np.logspace(-30.0, 30.0, 601)
    if math.isinf(low) and math.isinf(high):
        return np.concatenate([-away[::-1], [0.0], away])
    if math.isinf(high):
        return low + np.maximum(away, np.spacing(abs(low)))
    if math.isinf(low):
        return (high - np.maximum(away, np.spacing(abs(high))))[::-1]
    share = np.logspace(-15.0, math.log10(0.5), 200)
    inside = np.concatenate([share, 1.0 - share, np.linspace(0.0, 1.0, 401)[1:-1]])
    points = np.unique(low + inside * (high - low))
    return points[(points > low) & (points < high)]


def _peak(log_prob: Callable[[Array], Array], left: float, middle: float, right: float, *, whole: bool) -> float:
    """Return where the density is greatest between two points, by narrowing grids."""
    for _ in range(40):
        inner = np.unique(np.concatenate([np.linspace(left, right, 9), [middle]]))
        if whole:
            inner = np.unique(np.floor(inner))
        value = log_prob(inner)
        at = int(np.argmax(value))
        middle = float(inner[at])
        left, right = float(inner[max(at - 1, 0)]), float(inner[min(at + 1, len(inner) - 1)])
        flat = value[at] - min(value[max(at - 1, 0)], value[min(at + 1, len(inner) - 1)]) < 0.05
        if flat or right - left <= (2.0 if whole else 4.0 * np.spacing(abs(middle))):
            break
    return middle


def _flanks(log_prob: Callable[[Array], Array], top: float, low: float, high: float, *, whole: bool) -> list[float]:
    """Return the peak and, on both sides, where the density has fallen by given factors."""
    found = [top]
    best = float(log_prob(np.asarray([top]))[0])
    least = 1.0 if whole else max(np.spacing(abs(top)), 1e-300)
    for side, end in ((-1.0, low), (1.0, high)):
        room = abs(end - top)
        steps = np.logspace(math.log10(least), math.log10(min(max(room, least), 1e40)), 800)
        away = top + side * (np.unique(np.floor(steps)) if whole else steps)
        if math.isfinite(end) and not whole:  # as close to the end as to the peak
            away = np.concatenate([away, end - side * room * np.logspace(-300.0 if end == 0.0 else -15.0, 0.0, 600)])
        away = np.unique(away[(away >= low) & (away <= high)] if whole else away[(away > low) & (away < high)])[
            :: int(side)
        ]
        away = away[(away - top) * side > 0.0]
        if not len(away):
            continue
        value = log_prob(away)
        for depth in _DEPTHS:
            below = np.flatnonzero(~(value > best - depth))
            if len(below):
                found.append(float(away[below[0]]))
    return [x for x in found if math.isfinite(x) and (low <= x <= high if whole else low < x < high)]
