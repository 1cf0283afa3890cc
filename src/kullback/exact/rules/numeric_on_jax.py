"""Sums and quadratures of densities whose parameters are traced by JAX: computed by NumPy when the program runs."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer
from kullback.exact.rules import numeric
from kullback.exact.rules.slopes import elasticities

_MOST = 8192
"""How many nodes a gradient is made of at most: shapes are fixed before anything is computed."""


def answer(divergence: Divergence, p: Density, q: Density, wanted: Any) -> Answer:
    """Return the numeric answer, differentiable with respect to the parameters."""
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    asked = jnp.ones(shape, bool) if wanted is None else jnp.broadcast_to(wanted, shape)
    what = "numeric"
    formula = divergence.formula.replace("Σ", "∫")
    return Answer(_value(divergence, p, q, asked, shape), what, formula, certified=False, note="computed by NumPy")


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
        nodes, slopes_p, slopes_q = (np.zeros((*shape, _MOST)) for _ in range(3))
        for index, one in each.items():
            count = len(one.nodes)
            if count > _MOST:
                raise ValueError(f"{divergence!r}: {count} nodes are too many for a traced gradient (at most {_MOST}).")
            if not count:  # P and Q are equal, or the value is infinite
                nodes[index] = numeric.member(a, index).landmarks().reshape(-1)[0]
                continue
            nodes[index] = one.nodes[count // 2]
            nodes[index][:count] = one.nodes
            slopes = elasticities(divergence, numeric.member(a, index), numeric.member(b, index), one)
            slopes_p[index][:count], slopes_q[index][:count] = slopes
        value = np.where(np.asarray(mask), found.value, math.nan)
        return tuple(np.asarray(x, dtype=kind) for x in (value, nodes, slopes_p, slopes_q))

    many = jax.ShapeDtypeStruct((*shape, _MOST), kind)
    fixed = jax.lax.stop_gradient((asked, *leaves))
    value, nodes, *slopes = jax.pure_callback(
        host, (jax.ShapeDtypeStruct(shape, kind), many, many, many), *fixed, vmap_method="sequential"
    )
    value, nodes, slopes = jax.lax.stop_gradient((value, nodes, slopes))
    change = jnp.zeros(shape, kind)
    for one, slope in zip((p, q), slopes, strict=True):
        inside = slope != 0.0
        logs = _along_nodes(one, shape).log_prob(nodes)
        change = change + jnp.sum(slope * jnp.where(inside, logs, 0.0), axis=-1)
    return value + (change - jax.lax.stop_gradient(change))


def _along_nodes(one: Density, shape: tuple[int, ...]) -> Density:
    """Return a density whose batch has one more axis, along which its outcomes may differ."""
    moved: list[Any] = []
    for x, own in one.leaves():
        tail = tuple(x.shape)[x.ndim - own :]
        whole = jnp.broadcast_to(x, shape + tail)
        moved.append(jnp.reshape(whole, (*shape, 1, *tail)))
    return one.with_leaves(moved)
