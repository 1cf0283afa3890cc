"""Which construction draws from a family: by the name of its class, so that no family is imported for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.sampling import composed, matrices, numbers, vectors

Sampler = Callable[[Any, int, np.random.Generator], Any]
"""From a distribution with NumPy parameters to an array (n, *batch, *event), or None where it cannot."""

_SAMPLERS: Mapping[str, Sampler] = {
    **numbers.SAMPLERS,
    **vectors.SAMPLERS,
    **matrices.SAMPLERS,
}

_COMPOSED: Mapping[str, Callable[[Any, int, np.random.Generator, Sampler], Any]] = composed.SAMPLERS


def of_family(ours: Density, n: int, rng: np.random.Generator) -> Any | None:
    """Return n outcomes of a distribution with NumPy parameters, shape (n, *batch, *event); None where it has no way
    to be drawn from."""
    name = type(ours).__name__
    if name in _COMPOSED:
        return _COMPOSED[name](ours, n, rng, of_family)
    return _SAMPLERS.get(name, numbers.by_quantile)(ours, n, rng)
