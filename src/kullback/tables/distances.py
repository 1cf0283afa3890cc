"""Distances between the values of an ordered column: Kolmogorov–Smirnov and Wasserstein, with what the cells hide."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from kullback.estimate import Estimate
from kullback.estimators.binned_distances import binned_kolmogorov_smirnov, binned_wasserstein
from kullback.summaries import Counts, Histogram
from kullback.summaries.counts import FloatArray
from kullback.tables.cells import sampling

_SCALES = {"datetime": (86_400e6, "days"), "time": (1e6, "seconds"), "duration": (1e6, "seconds")}


def distances_of(
    reference: Histogram, current: Histogram, sizes: tuple[int, int], kind: str, level: float
) -> dict[str, Estimate]:
    """Return ``ks`` and ``wasserstein`` of the finite values of an ordered column; nothing if a side has none.

    On the fine cells, so that what they hide is little; in blocks, which are counted on the coarse cells, on those.
    The Wasserstein distance is in the unit of the column, of datetimes in days, of times in seconds.
    """
    if not (reference.moments.total and current.moments.total):
        return {}
    cut = reference.cut
    blocked = reference.blocks is not None and current.blocks is not None
    edges, single = np.array(cut.edges), cut.is_atom()
    if blocked:
        groups = np.array(cut.groups)
        last = np.flatnonzero(np.diff(groups))
        edges = edges[last]
        single = (np.bincount(groups) == 1) & np.array([single[groups == g].all() for g in range(cut.coarse)])
    scale, unit = _SCALES.get(kind, (1.0, ""))
    p, q = (
        sampling(_finite(side.coarse if blocked else side.counts, cut.coarse if blocked else cut.fine), rows)
        for side, rows in zip((reference, current), sizes, strict=True)
    )
    ranges = _range(reference, scale), _range(current, scale)
    power = _power(ranges)
    p_range, q_range = ((math.ldexp(low, -power), math.ldexp(high, -power)) for low, high in ranges)
    distance = binned_wasserstein(
        p, q, _scaled(edges / scale, power), p_range=p_range, q_range=q_range, atoms=single, level=level
    )
    distance = _times_power(distance, power)
    notes = (f"in {unit}",) if unit else ("in the unit of the column",)
    return {
        "ks": binned_kolmogorov_smirnov(p, q, atoms=single, level=level),
        "wasserstein": dataclasses.replace(distance, notes=(*distance.notes, *notes)),
    }


def _power(ranges: Sequence[tuple[float, float]]) -> int:
    """Return the power of 2 by which to divide values so large or so small that their squares are not floats."""
    power = math.frexp(max(abs(end) for ends in ranges for end in ends))[1]
    return power if abs(power) > 400 else 0


def _scaled(edges: FloatArray, power: int) -> FloatArray:
    """Return edges divided by 2^power; those that fall together there are the least float apart."""
    if not power:
        return edges
    scaled: list[float] = []
    for edge in np.ldexp(edges, -power).tolist():
        scaled.append(edge if not scaled or edge > scaled[-1] else math.nextafter(scaled[-1], math.inf))
    return np.array(scaled)


def _times_power(distance: Estimate, power: int) -> Estimate:
    def times(value: float) -> float:
        with np.errstate(over="ignore"):
            return float(np.ldexp(value, power))

    if not power:
        return distance
    return dataclasses.replace(
        distance,
        value=times(distance.value),
        low=times(distance.low),
        high=times(distance.high),
        diagnostics={name: times(value) for name, value in distance.diagnostics.items()},
    )


def _finite(counts: Counts, cells: int) -> Counts:
    return Counts(
        counts.cells[:cells],
        None if counts.squares is None else counts.squares[:cells],
        None if counts.blocks is None else {name: block[:cells] for name, block in counts.blocks.items()},
    )


def _range(histogram: Histogram, scale: float) -> tuple[float, float]:
    return histogram.moments.minimum / scale, histogram.moments.maximum / scale
