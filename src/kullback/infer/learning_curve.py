"""How an estimate changes with the rows it is given: what is still moving is not yet known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kullback.sample import Model, Sample

if TYPE_CHECKING:
    from kullback.divergence import Divergence
    from kullback.estimators.method import Method

LEAST_ROWS = 40
PARTS = (8, 4, 2)


def fewer(x: Sample, y: Sample | Model, part: int, rng: np.random.Generator) -> tuple[Sample, Sample | Model]:
    """Return one part in `part` of the rows of both samples, drawn without replacement; whole groups stay together."""
    return _thinned(x, part, rng), y if isinstance(y, Model) else _thinned(y, part, rng)


def learning_curve(
    method: Method, x: Sample, y: Sample | Model, divergence: Divergence, rng: np.random.Generator
) -> list[tuple[int, float, float, float]]:
    """Return (rows of x, value, value − 2 s.e., value + 2 s.e.) from n/8, n/4 and n/2 rows on; parts that the method
    cannot take are left out."""
    from kullback.intervals import influence_function

    found: list[tuple[int, float, float, float]] = []
    for part in PARTS:
        if x.rows // part < LEAST_ROWS:
            continue
        some_x, some_y = fewer(x, y, part, rng)
        try:
            value = method.fit(some_x, some_y, rng).value(divergence)
        except ValueError:  # too few rows for the method: the curve starts later
            continue
        low, high = influence_function.interval(value, some_x, some_y)
        found.append((some_x.rows, value.value, low, high))
    return found


def _thinned(sample: Sample, part: int, rng: np.random.Generator) -> Sample:
    if sample.groups is None:
        return sample.take(np.sort(rng.choice(sample.rows, sample.rows // part, replace=False)))
    groups = np.unique(sample.groups)
    kept = rng.choice(groups, max(len(groups) // part, 2), replace=False)
    return sample.take(np.isin(sample.groups, kept))
