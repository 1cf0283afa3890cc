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
from jax.custom_derivatives import SymbolicZero

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
    # Two of one function f are equal, whether or not its derivative was given.
    smooth = measure.gradient is not None
    values = _differentiable(measure, smooth, type(p.kind), p.tolerance, type(q.kind), q.tolerance)
    return values(widened(p.values), widened(q.values), weights)


@lru_cache(maxsize=256)
def _differentiable(
    measure: Measure,
    smooth: bool,  # noqa: FBT001
    p_kind: type[Finite],
    p_tolerance: float,
    q_kind: type[Finite],
    q_tolerance: float,
) -> Any:
    """Return a function of rows and weights, compiled once for each shape, with the derivatives of the core."""

    def rows(a: Any, b: Any) -> tuple[Rows, Rows]:
        return Rows(a, p_kind(a), p_tolerance), Rows(b, q_kind(b), q_tolerance)

    @jax.custom_jvp
    @jax.jit
    def values(a: Any, b: Any, w: Any) -> Any:
        return core.value(measure, *rows(a, b), w)

    @jax.jit
    def compiled(a: Any, b: Any, w: Any) -> Any:
        return core.gradients(measure, *rows(a, b), w)

    @jax.custom_jvp
    def with_slopes(a: Any, b: Any, w: Any) -> Any:
        if smooth and _concrete(*rows(a, b), w):
            return _by_numpy(measure, *rows(a, b), w)
        return compiled(a, b, w)

    def rule(primals: Any, tangents: Any) -> Any:
        if not (tangents[2] is None or isinstance(tangents[2], SymbolicZero)):
            raise TypeError("there are no derivatives with respect to weights: give jax.lax.stop_gradient(weights).")
        found, *slopes = with_slopes(*primals)
        change = jnp.zeros_like(found)
        for slope, tangent in zip(slopes, tangents[:2], strict=True):
            # An edge has slope -inf, and with respect to what does not change there is no inf * 0.
            if not isinstance(tangent, SymbolicZero):
                change = change + jnp.sum(slope * tangent, axis=-1)
        return found, change

    values.defjvp(rule, symbolic_zeros=True)

    @with_slopes.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        w = primals[2]

        def plain(a: Any, b: Any) -> Any:
            value_of = partial(values, a, b, w)
            return value_of(), *core.differentiable_gradients(measure, *rows(a, b), w, value_of)

        return with_slopes(*primals), jax.jvp(plain, primals[:2], tangents[:2])[1]

    return values


def _by_numpy(measure: Measure, p: Rows, q: Rows, weights: Any) -> tuple[Any, Any, Any]:
    """Return values, and derivatives with respect to the numbers of each pair of rows: nothing is compiled."""
    first, second, measured = _numbers(p, q, weights)
    shape = np.broadcast_shapes(*(x.shape for x in (first.values, second.values, measured) if x is not None))
    first, second = (x.of(np.broadcast_to(x.values, shape)) for x in (first, second))
    found = on_numpy.value(measure, first, second, measured, _nothing)
    slopes = on_numpy.gradients(measure, first, second, measured, np.ones(shape[:-1]), (True, True))
    dtype = widened(jnp.empty(0)).dtype
    with np.errstate(over="ignore", under="ignore"):
        one, other, value = (jnp.asarray(x, dtype=dtype) for x in (*slopes, found))
    return value, one, other


def _nothing() -> None:
    pass
