"""Rows of JAX numbers, with gradients: what is concrete by way of NumPy, what is traced in JAX's own operations.

Values and first derivatives are those of the core; second derivatives are automatic derivatives of the plain formula.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from kullback.arrays import to_numpy, widened
from kullback.distribution import Finite
from kullback.exact import core, on_numpy
from kullback.exact.core import Measure
from kullback.exact.rows import Rows


def value(measure: Measure, p: Rows, q: Rows, weights: Any, verify: Callable[[], None]) -> Any:
    """Return the value of each pair of rows, in nats; differentiable with respect to both."""
    if _concrete(p, q, weights):
        first, second, measured = _numbers(p, q, weights)
        return _array(on_numpy.value(measure, first, second, measured, verify))
    return _traced(measure, p, q, weights)


def terms(measure: Measure, p: Rows, q: Rows, weights: Any, verify: Callable[[], None]) -> Any:
    """Return what each outcome contributes, in nats."""
    if _concrete(p, q, weights):
        first, second, measured = _numbers(p, q, weights)
        return _array(on_numpy.terms(measure, first, second, measured, verify))
    return core.terms(measure, p, q, weights)


def _concrete(p: Rows, q: Rows, weights: Any) -> bool:
    return not any(isinstance(x, Tracer) for x in (p.values, q.values, weights))


def _array(x: Any) -> Any:
    with np.errstate(over="ignore", under="ignore"):
        return jnp.asarray(x)


def _numbers(p: Rows, q: Rows, weights: Any) -> tuple[Rows, Rows, Any]:
    return p.of(to_numpy(p.values)), q.of(to_numpy(q.values)), None if weights is None else to_numpy(weights)


def _traced(measure: Measure, p: Rows, q: Rows, weights: Any) -> Any:
    values = _differentiable(measure, type(p.kind), p.tolerance, type(q.kind), q.tolerance)
    return values(widened(p.values), widened(q.values), weights)


@lru_cache(maxsize=256)
def _differentiable(
    measure: Measure, p_kind: type[Finite], p_tolerance: float, q_kind: type[Finite], q_tolerance: float
) -> Any:
    """Return a function of rows and weights, compiled once for each shape, with the derivatives of the core."""

    def rows(a: Any, b: Any) -> tuple[Rows, Rows]:
        return Rows(a, p_kind(a), p_tolerance), Rows(b, q_kind(b), q_tolerance)

    @jax.custom_jvp
    @jax.jit
    def values(a: Any, b: Any, w: Any) -> Any:
        return core.value(measure, *rows(a, b), w)

    @jax.custom_jvp
    @jax.jit
    def slopes(a: Any, b: Any, w: Any) -> Any:
        return core.gradients(measure, *rows(a, b), w)[1:]

    @values.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        first, second = slopes(*primals)
        return values(*primals), jnp.sum(first * tangents[0], axis=-1) + jnp.sum(second * tangents[1], axis=-1)

    @slopes.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        w = primals[2]

        def plain(a: Any, b: Any) -> Any:
            return core.differentiable_gradients(measure, *rows(a, b), w, partial(values, a, b, w))

        return slopes(*primals), jax.jvp(plain, primals[:2], tangents[:2])[1]

    return values
