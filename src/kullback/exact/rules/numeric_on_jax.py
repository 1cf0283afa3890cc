"""Sums and quadratures of densities whose parameters are traced by JAX: computed by NumPy when the program runs."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.custom_derivatives import SymbolicZero

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer
from kullback.exact.rules import moving_ends, numeric
from kullback.exact.rules.slopes import KINKED, differentiable, elasticities, no_second

_MOST = 8192
"""How many nodes a gradient is made of at most: shapes are fixed before anything is computed."""


def answer(divergence: Divergence, p: Density, q: Density, wanted: Any) -> Answer:
    """Return the numeric answer, differentiable with respect to the parameters."""
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    asked = jnp.ones(shape, bool) if wanted is None else jnp.broadcast_to(wanted, shape)
    what = "numeric"
    formula = divergence.formula.replace("Σ", "∫")
    value = _value(divergence, p, q, asked, shape)
    for one in (p, q):
        for end, _ in moving_ends.ends(one):
            if isinstance(end, Tracer):
                value = value + _refused(divergence, end)
    return Answer(value, what, formula, certified=False, note="computed by NumPy")


def _value(divergence: Divergence, p: Density, q: Density, asked: Any, shape: tuple[int, ...]) -> Any:
    leaves = [[x for x, _ in one.leaves()] for one in (p, q)]
    kinds = (np.float64,) if jax.dtypes.canonicalize_dtype(np.float64) == np.float64 else (np.float32,)
    kind = kinds[0]

    def host(mask: Any, first: Any, second: Any) -> tuple[Any, ...]:
        a, b = (
            one.with_leaves([np.asarray(x, dtype=np.float64) for x in given])
            for one, given in ((p, first), (q, second))
        )
        found, each = numeric.computed(divergence, a, b, np.asarray(mask))
        nodes, log_weights, has_p, has_q, slopes_p, slopes_q = (np.zeros((*shape, _MOST)) for _ in range(6))
        for index in np.ndindex(*shape):
            # A point inside the support, where nothing was asked or there is no node: its derivatives are finite.
            inside = numeric.member(a, index).landmarks().reshape(-1)
            nodes[index] = inside[len(inside) // 2]
        for index, found_one in each.items():
            alone = numeric.member(a, index), numeric.member(b, index)
            one = numeric.with_nodes(found_one, alone[0])
            count = len(one.nodes)
            if not count:  # the value is infinite
                continue
            slopes = elasticities(divergence, alone[0], alone[1], one)
            kept = _that_count(slopes, f"{divergence!r}")
            there = one.nodes[kept]
            nodes[index] = there[len(there) // 2]
            nodes[index][: len(there)] = there
            log_weights[index][: len(there)] = one.log_weights[kept]
            with np.errstate(all="ignore"):
                has_p[index][: len(there)], has_q[index][: len(there)] = (d.log_prob(there) > -math.inf for d in alone)
            slopes_p[index][: len(there)], slopes_q[index][: len(there)] = (slope[kept] for slope in slopes)
        value = np.where(np.asarray(mask), found.value, math.nan)
        return tuple(np.asarray(x, dtype=kind) for x in (value, nodes, log_weights, has_p, has_q, slopes_p, slopes_q))

    many = jax.ShapeDtypeStruct((*shape, _MOST), kind)
    fixed = jax.lax.stop_gradient((asked, *leaves))
    found = jax.pure_callback(
        host, (jax.ShapeDtypeStruct(shape, kind), *([many] * 6)), *fixed, vmap_method="sequential"
    )
    value, nodes, log_weights, has_p, has_q, *slopes = jax.lax.stop_gradient(found)
    logs = [
        jnp.where(has > 0.0, _along_nodes(one, shape).log_prob(nodes), -jnp.inf)
        for one, has in ((p, has_p), (q, has_q))
    ]
    at_nodes = _at_nodes_once if divergence.name in KINKED else _at_nodes
    return at_nodes(divergence, *logs, log_weights, *slopes, value)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _refused(divergence: Divergence, end: Any) -> Any:
    """Return 0, whose derivative with respect to an end of a support is an error, whether or not mass ends there."""
    return jnp.zeros(())


def _refused_jvp(divergence: Divergence, primals: Any, tangents: Any) -> tuple[Any, Any]:
    if not isinstance(tangents[0], SymbolicZero):
        raise moving_ends.refusal(divergence)
    return jnp.zeros(()), jnp.zeros(())


_refused.defjvp(_refused_jvp, symbolic_zeros=True)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _at_nodes(
    divergence: Divergence, log_p: Any, log_q: Any, log_weights: Any, of_p: Any, of_q: Any, value: Any
) -> Any:
    """Return the value as a function of the log-densities at its nodes, differentiable as often as wanted."""
    return value


@_at_nodes.defjvp
def _at_nodes_jvp(divergence: Divergence, primals: Any, tangents: Any) -> tuple[Any, Any]:
    log_p, log_q, log_weights, of_p, of_q, value = primals
    whole = _at_nodes(divergence, *primals)
    moving = differentiable(divergence, log_p, log_q, log_weights, (of_p, of_q), whole[..., None])
    # Their values stay what they are, accurate also where P and Q are nearly equal.
    slopes = [fixed + _derivatives_of(one) for fixed, one in zip((of_p, of_q), moving, strict=True)]
    return value, _along(slopes, tangents)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _at_nodes_once(
    divergence: Divergence, log_p: Any, log_q: Any, log_weights: Any, of_p: Any, of_q: Any, value: Any
) -> Any:
    """Return the same where there are no second derivatives."""
    return value


@_at_nodes_once.defjvp
def _at_nodes_once_jvp(divergence: Divergence, primals: Any, tangents: Any) -> tuple[Any, Any]:
    log_p, log_q, _, of_p, of_q, value = primals
    return value, _along([_once(divergence, of_p, log_p), _once(divergence, of_q, log_q)], tangents)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _once(divergence: Divergence, slopes: Any, log: Any) -> Any:
    return slopes


@_once.defjvp
def _once_jvp(divergence: Divergence, primals: Any, tangents: Any) -> tuple[Any, Any]:
    raise no_second(divergence)


def _along(slopes: list[Any], tangents: Any) -> Any:
    """Return the derivative along the change of the log-densities."""
    total: Any = 0.0
    for slope, change in zip(slopes, tangents[:2], strict=True):
        total = total + jnp.sum(slope * change, axis=-1)
    return total


def _derivatives_of(x: Any) -> Any:
    """Return 0 with the derivatives of `x`."""
    finite = jnp.where(jnp.isfinite(x), x, 0.0)
    return finite - jax.lax.stop_gradient(finite)


def _that_count(slopes: tuple[Any, Any], of: str) -> Any:
    """Return which nodes a gradient is made of: all, or as many as there is room for if the others hardly count."""
    size: Any = np.abs(slopes[0]) + np.abs(slopes[1])
    if len(size) <= _MOST:
        return slice(None)
    order = np.argsort(size)
    if not np.sum(size[order[:-_MOST]]) <= 1e-10 * np.sum(size):
        raise ValueError(f"{of}: {len(size)} nodes are too many for a traced gradient (at most {_MOST} count).")
    return np.sort(order[-_MOST:])


def _along_nodes(one: Density, shape: tuple[int, ...]) -> Density:
    """Return a density whose batch has one more axis, along which its outcomes may differ."""
    moved: list[Any] = []
    for x, own in one.leaves():
        tail = tuple(x.shape)[x.ndim - own :]
        whole = jnp.broadcast_to(x, shape + tail)
        moved.append(jnp.reshape(whole, (*shape, 1, *tail)))
    return one.with_leaves(moved)
