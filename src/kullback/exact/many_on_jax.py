"""Many distributions in JAX, with gradients: what is concrete by way of NumPy, what is traced in JAX's operations."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from kullback.arrays import to_numpy, widened
from kullback.distribution import Finite
from kullback.exact import many
from kullback.exact.many import Many, Shares
from kullback.exact.rows import Rows


def value(rows: Many, shares: Shares) -> Any:
    """Return the values, differentiable with respect to all rows."""
    if _concrete(rows):
        return _array(many.value(_numbers(rows), shares))
    values = _differentiable(shares, tuple((type(row.kind), row.tolerance) for row in rows))
    return values(tuple(widened(row.values) for row in rows))


def _concrete(rows: Many) -> bool:
    return not any(isinstance(row.values, Tracer) for row in rows)


def _numbers(rows: Many) -> Many:
    return tuple(row.of(to_numpy(row.values)) for row in rows)


def _array(x: Any) -> Any:
    with np.errstate(over="ignore", under="ignore"):
        return jnp.asarray(x, dtype=widened(jnp.empty(0)).dtype)


@lru_cache(maxsize=64)
def _differentiable(shares: Shares, kinds: tuple[tuple[type[Finite], float], ...]) -> Any:
    """Return a function of the numbers in all rows, compiled once for each shape, with derivatives."""

    def rows(values: Any) -> Many:
        return tuple(Rows(x, kind(x), tolerance) for x, (kind, tolerance) in zip(values, kinds, strict=True))

    @jax.custom_jvp
    @jax.jit
    def value_of(values: Any) -> Any:
        return many.value(rows(values), shares)

    @jax.jit
    def compiled(values: Any) -> Any:
        return many.value(rows(values), shares), many.gradients(rows(values), shares)

    @jax.custom_jvp
    def with_slopes(values: Any) -> Any:
        if not _concrete(rows(values)):
            return compiled(values)
        numbers = _numbers(rows(values))
        return _array(many.value(numbers, shares)), tuple(_array(x) for x in many.gradients(numbers, shares))

    @value_of.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        found, slopes = with_slopes(*primals)
        change = sum(jnp.sum(slope * x, axis=-1) for slope, x in zip(slopes, tangents[0], strict=True))
        return found, change

    @with_slopes.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        def plain(values: Any) -> Any:
            return value_of(values), many.differentiable_gradients(rows(values), shares)

        return with_slopes(*primals), jax.jvp(plain, primals, tangents)[1]

    return value_of
