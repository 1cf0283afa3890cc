"""A value that is known to lie between two bounds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Certified:
    """A value that the counts of cells do not tell exactly, and the bounds between which it certainly lies."""

    low: float
    value: float
    high: float
