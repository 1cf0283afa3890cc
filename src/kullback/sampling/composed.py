"""What is made of other distributions: mixtures, products, images, truncations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kullback.distributions.adopt.parts import expanded
from kullback.sampling.numbers import by_density, by_quantile, uniforms

Inner = Callable[[Any, int, np.random.Generator], Any]
"""Draws from a part."""

_TRIES = 1000
"""Rounds in which outcomes outside a truncation are drawn again, before it is said that there are too few inside."""


def _mixture(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    """A component by its weight, then an outcome of it."""
    shape = ours.batch_shape
    below = np.cumsum(ours.weights, axis=-1)
    u = uniforms((n, *shape), rng) * below[..., -1]
    # A component without weight has no uniform number below its end that is not below the one before.
    which = (u[..., None] >= below).sum(axis=-1)
    if shape:
        each = [inner(expanded(one, shape), n, rng) for one in ours.components]
        if any(one is None for one in each):
            return None
        wide = which.reshape(*which.shape, *(1 for _ in range(each[0].ndim - which.ndim)))
        return np.choose(np.broadcast_to(wide, each[0].shape), each) if len(each) < 32 else _picked(wide, each)
    found: Any = None
    for k, one in enumerate(ours.components):
        rows = np.nonzero(which == k)[0]
        part = inner(one, len(rows), rng)
        if part is None:
            return None
        found = np.empty((n, *part.shape[1:])) if found is None else found
        found[rows] = part
    return found


def _picked(which: Any, each: list[Any]) -> Any:
    found = each[0]
    for k, one in enumerate(each):
        found = np.where(which == k, one, found)
    return found


def _product(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    each = [inner(expanded(one, ours.batch_shape), n, rng) for one in ours.components]
    return None if any(one is None for one in each) else np.stack(each, axis=-1)


def _independent(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    # The axes that are taken lie between the batch and the outcome of the base, where they are drawn.
    return inner(ours.base, n, rng)


def _affine(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    drawn = inner(expanded(ours.base, ours.batch_shape), n, rng)
    return None if drawn is None else ours.loc + ours.scale * drawn


def _shifted(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    drawn = inner(expanded(ours.base, ours.batch_shape), n, rng)
    return None if drawn is None else ours.shift + drawn


def _transformed(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    from kullback.distributions.transformed import MAPS

    drawn = inner(ours.base, n, rng)
    return None if drawn is None else MAPS[ours.map].forward(drawn)


def _truncated(ours: Any, n: int, rng: np.random.Generator, inner: Inner) -> Any | None:
    """By the quantile function; without one, outcomes of the base until enough lie inside."""
    found = by_quantile(ours, n, rng)
    if found is not None:
        return found
    shape = ours.batch_shape
    if shape:
        return by_density(ours, n, rng)
    kept: list[Any] = []
    missing = n
    for _ in range(_TRIES):
        if missing <= 0:
            break
        drawn = inner(ours.base, max(2 * missing, 1000), rng)
        if drawn is None:
            return None
        inside = drawn[(drawn > ours.low) & (drawn < ours.high)][:missing]
        kept.append(inside)
        missing -= len(inside)
    if missing > 0:
        raise ValueError(f"{ours!r} holds so little of {ours.base!r} that draws of it are not found between the ends.")
    return np.concatenate(kept) if kept else np.empty(0)


SAMPLERS: Mapping[str, Callable[[Any, int, np.random.Generator, Inner], Any]] = {
    "Mixture": _mixture,
    "Product": _product,
    "Independent": _independent,
    "Affine": _affine,
    "Shifted": _shifted,
    "Transformed": _transformed,
    "Truncated": _truncated,
}
"""By the name of the class."""
