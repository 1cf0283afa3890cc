"""Supports: what follows from where P and Q have mass alone."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from kullback.arrays import first_index, library, like, namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import readable
from kullback.divergence import Divergence
from kullback.exact.answer import Answer, Ask
from kullback.support import Integers, Interval, Space, Support, beyond


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return the value where P and Q share nothing, ∞ where one has mass outside the other and that makes it so."""
    first, second = p.support, q.support
    if p.event_dimensions != q.event_dimensions:
        raise ValueError(_of_two_kinds(p, q))
    if isinstance(first, Space) and isinstance(second, Space):
        if first.shape != second.shape:
            raise ValueError(
                f"P has outcomes of shape {first.shape} and Q of shape {second.shape}: "
                "no divergence compares them. Do the dimensions differ by a batch axis?"
            )
        return None if first.name == second.name else _of_spaces(divergence, p, q, first, second)
    both = isinstance(first, (Interval, Integers)) and isinstance(second, (Interval, Integers))
    if both and type(first) is type(second):
        return _of_ranges(divergence, p, q, first, second)
    if both:
        return Answer(
            _in_batch(_nowhere_shared(divergence), p, q),
            "support",
            f"P on {first}, Q on {second}: whole numbers have no mass under a density, so P and Q share nothing",
        )
    return None


def _of_two_kinds(p: Density, q: Density) -> str:
    kinds = {0: "numbers", 1: "vectors", 2: "matrices"}
    what = [kinds.get(one.event_dimensions, f"arrays with {one.event_dimensions} axes") for one in (p, q)]
    message = f"P, {p.name}, has {what[0]} as outcomes and Q, {q.name}, has {what[1]}: no divergence compares them."
    lower = min((p, q), key=lambda one: one.event_dimensions)
    if lower.event_dimensions == 0 and lower.batch_shape:
        return (
            f"{message} Is the batch of {lower.name}, of shape {lower.batch_shape}, a vector of independent numbers? "
            "kb.distributions.independent_of(…) makes it one, and so does Independent(…, 1) of PyTorch."
        )
    return message


def _of_spaces(divergence: Divergence, p: Density, q: Density, first: Space, second: Space) -> Answer | None:
    """Vectors of one shape on different sets: of full dimension in the real vectors, or of none."""
    thin = {"sphere", "simplex", "correlation matrices", "counts"}
    if (first.name in thin) == (second.name in thin):
        return None
    formula = f"P on {first}, Q on {second}: one has mass where the other has none, and they share nothing"
    return Answer(_in_batch(_nowhere_shared(divergence), p, q), "support", formula)


def _of_ranges(divergence: Divergence, p: Density, q: Density, first: Any, second: Any) -> Answer | None:
    ends = [_seen(x) for x in (first.low, first.high, second.low, second.high)]
    one, other = type(first)(*ends[:2]), type(first)(*ends[2:])
    xp = namespace(*ends)
    apart = (one.low > other.high) | (other.low > one.high)
    if isinstance(first, Interval):
        apart = apart | (one.low == other.high) | (other.low == one.high)
    value = xp.where(apart, _nowhere_shared(divergence), math.nan)
    outside: list[str] = []
    if _infinite_outside(divergence):
        reach = beyond(one, other) & ~apart
        value = xp.where(reach, math.inf, value)
        outside += _told("P has mass outside {1}, where Q has none: P on {0}", one, other, reach)
    if _infinite_outside(divergence.reverse):
        reach = beyond(other, one) & ~apart
        value = xp.where(reach, math.inf, value)
        outside += _told("Q has mass outside {0}, where P has none: Q on {1}", one, other, reach)
    outside += _told("P on {0}, Q on {1}: nothing shared", one, other, apart)
    formula = "; ".join(outside) or f"P on {first}, Q on {second}"
    return Answer(_in_batch(value, p, q), "support", formula, everywhere=False)


def _told(what: str, one: Any, other: Any, where: Any) -> list[str]:
    """Return what is so of P and Q, with the supports of the first pair of the batch of which it is."""
    if not readable(np.asarray(where) if isinstance(where, (bool, np.bool_)) else where):
        return [what.format(one, other)]
    mask = np.asarray(to_numpy(where)) if library(where) else np.asarray(where)
    if not mask.any():
        return []
    index = first_index(mask) if mask.ndim else ()
    ends = [
        np.broadcast_to(to_numpy(x) if library(x) else x, mask.shape)[index]
        for s in (one, other)
        for x in (s.low, s.high)
    ]
    told = what.format(type(one)(*ends[:2]), type(other)(*ends[2:]))
    return [f"{told} (at index {index})" if index else told]


def _seen(end: Any) -> Any:
    """Return an end of a support in NumPy, where its numbers can be looked at: no gradient passes here."""
    return to_numpy(end) if library(end) and readable(end) else end


def _in_batch(value: Any, p: Density, q: Density) -> Any:
    """Return a value in the library of the parameters, with the shape of the batch."""
    leaves = [x for one in (p, q) for x, _ in one.leaves()]
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    moved = like(np.asarray(value), leaves[0]) if leaves and library(value) in ("", "numpy") else value
    return namespace(moved).broadcast_to(moved, shape)


@lru_cache(maxsize=256)
def _nowhere_shared(divergence: Divergence) -> float:
    """Return the divergence of P and Q that share no outcome."""
    return float(divergence([1.0, 0.0], [0.0, 1.0]))


@lru_cache(maxsize=256)
def _infinite_outside(divergence: Divergence) -> bool:
    """Return whether any mass of P where Q has none makes the divergence infinite."""
    return float(divergence([0.5, 0.5], [1.0, 0.0])) == math.inf


def subset(p: Support, q: Support) -> Any:
    """Return where all mass of P lies where Q has some: a mask, or True where only the kinds of support tell."""
    if isinstance(p, (Interval, Integers)) and type(p) is type(q):
        return ~beyond(p, q)  # pyright: ignore[reportArgumentType]
    return type(p) is type(q)
