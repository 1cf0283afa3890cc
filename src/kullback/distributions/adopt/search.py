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

    Peaks are looked for on a grid that is fine near 0 and near the ends, at every power of ten; one that is much
    narrower than its distance to them can be missed.

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
    value = np.asarray(log_prob(grid), dtype=np.float64)
    value = np.where(np.isnan(value), -math.inf, value)
    finite = np.isfinite(value)
    if not finite.any():
        raise ValueError(
            f"{label}: no outcome with a positive density was found between {low:g} and {high:g}; give landmarks= to "
            f"kb.distributions.from_log_prob."
        )
    grid, value = grid[finite], value[finite]
    # Mass, not density, decides which peaks matter: the width that a point of the grid stands for.
    width = np.gradient(grid) if len(grid) > 1 else np.ones(1)
    mass = value + np.log(np.maximum(np.abs(width), 1e-300))
    tops = [
        i
        for i in range(len(grid))
        if (i == 0 or value[i] >= value[i - 1]) and (i == len(grid) - 1 or value[i] > value[i + 1])
    ]
    best = max(mass[i] for i in tops)
    points: list[float] = []
    for i in _apart(value, [i for i in tops if mass[i] > best - 40.0]):
        left, right = grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]
        points += _flanks(log_prob, _peak(log_prob, left, grid[i], right, whole), low, high, whole)
    found = np.unique(np.asarray(points))
    return np.unique(np.floor(found)) if whole else found


def _apart(value: Array, tops: list[int]) -> list[int]:
    """Return the peaks with a valley of a tenth of a nat between them and any higher one: not the ripples of rounding."""
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


def _peak(log_prob: Callable[[Array], Array], left: float, middle: float, right: float, whole: bool) -> float:
    """Return where the density is greatest between two points, by narrowing grids."""
    for _ in range(40):
        inner = np.unique(np.concatenate([np.linspace(left, right, 9), [middle]]))
        if whole:
            inner = np.unique(np.floor(inner))
        value = np.asarray(log_prob(inner), dtype=np.float64)
        at = int(np.argmax(np.where(np.isnan(value), -math.inf, value)))
        middle = float(inner[at])
        left, right = float(inner[max(at - 1, 0)]), float(inner[min(at + 1, len(inner) - 1)])
        if right - left <= (2.0 if whole else 1e-3 * max(abs(middle), 1e-30)):
            break
    return middle


def _flanks(log_prob: Callable[[Array], Array], top: float, low: float, high: float, whole: bool) -> list[float]:
    """Return the peak and, on both sides, where the density has fallen by given factors."""
    found = [top]
    best = float(log_prob(np.asarray([top]))[0])
    least = 1.0 if whole else max(abs(top), 1e-30) * 1e-12
    for side, end in ((-1.0, low), (1.0, high)):
        room = abs(end - top)
        steps = np.logspace(math.log10(least), math.log10(min(max(room, least), 1e40)), 400)
        steps = steps[steps < room]
        if not len(steps):
            continue
        away = top + side * (np.unique(np.floor(steps)) if whole else steps)
        value = np.asarray(log_prob(away), dtype=np.float64)
        for depth in _DEPTHS:
            below = np.flatnonzero(~(value > best - depth))
            if len(below):
                found.append(float(away[below[0]]))
    return [x for x in found if math.isfinite(x) and (low <= x <= high if whole else low < x < high)]
