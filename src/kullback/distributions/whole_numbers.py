"""Whole numbers: what the families of counts have in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.arrays import namespace

_FACTORS = np.asarray([-8.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 8.0])


def where_whole(x: Any, low: Any, high: Any, log_mass: Callable[[Any], Any], *parameters: Any) -> Any:
    """Return ln p at whole numbers x from `low` to `high`, −∞ elsewhere.

    Args:
        x: outcomes, broadcasting with the batch.
        low: the least outcome.
        high: the greatest, or ∞.
        log_mass: ln p of outcomes inside.
        parameters: arrays that tell the library.
    """
    xp = namespace(x, low, high, *parameters)
    if xp is np:
        x = np.asarray(x, dtype=float)
    inside = (x >= low) & (x <= high) & (x == xp.floor(x)) & (x < math.inf)
    with np.errstate(all="ignore"):
        return xp.where(inside, log_mass(xp.where(inside, x, low + 0.0 * xp.where(inside, x, 0.0))), -math.inf)


def where_equal(a: Any, b: Any, value: Any) -> Any:
    """Return a value where a = b, and NaN, through which no derivative passes, elsewhere."""
    return namespace(a, b, value).where(a == b, value, math.nan)


def unknown(like: Any) -> Any:
    """Return NaN in the shape of an array, through which no derivative passes."""
    return namespace(like).full_like(like, math.nan)


def points_of_counts(mean: Any, deviation: Any, low: Any, high: Any) -> Any:
    """Return whole numbers within eight standard deviations of the mean, along a new last axis, inside the support."""
    middle, spread = np.asarray(mean, dtype=float)[..., None], np.asarray(deviation, dtype=float)[..., None]
    points = np.round(middle + spread * _FACTORS) + 0.0
    return np.clip(points, np.asarray(low, dtype=float)[..., None], np.asarray(high, dtype=float)[..., None])
