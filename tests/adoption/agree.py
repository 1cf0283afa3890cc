"""What every test of an adopted distribution asks: it is ours, and its log-density is the one it had."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.arrays import library, to_numpy
from kullback.distribution import Density, Distribution, Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.unknown import Unknown
from tests.close import assert_close


def known(x: Any) -> Any:
    """Adopt something that has a counterpart among our families."""
    found = adopt(x)
    assert isinstance(found, Distribution)
    assert not isinstance(found, Unknown), f"{type(x).__name__} has a counterpart"
    return found


def masses(found: Finite) -> np.ndarray:
    """The logarithms of the masses of a categorical distribution."""
    values = np.asarray(to_numpy(found.values), dtype=float)
    with np.errstate(divide="ignore"):
        log = np.log(values) if found.scale == "linear" else values
    return log - np.logaddexp.reduce(log, axis=-1, keepdims=True)


def same_density(found: Any, outcomes: Any, expected: Any, relative: float = 1e-12, absolute: float = 1e-12) -> None:
    """The log-density of `found` at `outcomes` is `expected`.

    What JAX holds is moved to NumPy: there every operation would be compiled, and families in JAX have tests elsewhere.
    """
    assert isinstance(found, Density)
    if any(library(leaf) == "jax" for leaf, _ in found.leaves()):
        found = found.with_leaves([to_numpy(leaf) for leaf, _ in found.leaves()])
        outcomes = np.asarray(outcomes, dtype=float)
    actual = np.asarray(to_numpy(found.log_prob(outcomes)), dtype=float)
    expected = np.asarray(expected, dtype=float)
    assert_close(np.broadcast_to(actual, expected.shape), expected, relative, absolute)
