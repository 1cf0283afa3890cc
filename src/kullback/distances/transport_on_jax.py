"""Wasserstein distances by quadrature in programs that JAX traces: computed by NumPy when the program runs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kullback.distribution import Density


def filled(value: Any, p: Density, q: Density, order: float, shape: tuple[int, ...]) -> Any:
    """Return the value with sums and quadratures where it is NaN; they have no derivatives: NaN."""
    leaves = [[x for x, _ in one.leaves()] for one in (p, q)]
    counts = len(leaves[0])
    axes = [own for one in (p, q) for _, own in one.leaves()]
    kind = jax.dtypes.canonicalize_dtype(np.float64)

    def host(mask: Any, *arrays: Any) -> Any:
        from kullback.distances.transport import computed

        wanted = np.asarray(mask)
        given = [np.asarray(x, dtype=np.float64) for x in arrays]
        pair = p.with_leaves(given[:counts]), q.with_leaves(given[counts:])
        with np.errstate(all="ignore"):
            return np.asarray(computed(*pair, order, wanted), dtype=kind)

    @jax.custom_jvp
    def numeric(mask: Any, *arrays: Any) -> Any:
        return jax.pure_callback(host, jax.ShapeDtypeStruct(shape, kind), mask, *arrays, vmap_method="sequential")

    def slopes(primals: Any, tangents: Any) -> Any:
        unknown = jnp.where(primals[0], jnp.nan, 0.0)
        change = jnp.zeros(shape, kind)
        for tangent, own in zip(tangents[1:], axes, strict=True):
            summed = jnp.sum(tangent, axis=tuple(range(-own, 0))) if own else tangent
            change = change + unknown * summed
        return numeric(*primals), change

    numeric.defjvp(slopes)
    left = jnp.ones(shape, bool) if value is None else jnp.isnan(value)
    found = numeric(left, *leaves[0], *leaves[1])
    return found if value is None else jnp.where(left, found, value)
