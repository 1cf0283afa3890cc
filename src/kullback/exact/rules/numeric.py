"""Numeric: sums and quadratures, pair by pair over the batch, with their error bounds and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from kullback.arrays import library, to_numpy
from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer, Ask
from kullback.exact.pair import in_numpy
from kullback.exact.rules.integrands import CROSS_ENTROPY, ENTROPY
from kullback.exact.rules.measures import Numeric
from kullback.support import Integers, Interval, Space


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return the sums or integrals of all pairs of the batch."""
    return fill(divergence, p, q, None)


def fill(divergence: Any, p: Density, q: Density, wanted: Any) -> Answer | None:
    """Return the numeric answer for those pairs of a batch that are wanted (all for None), NaN for the others."""
    if method_for(divergence, p, q) is None:
        return None
    name = library(_example(p, q))
    if name == "torch":
        from kullback.exact.rules import numeric_on_torch

        return numeric_on_torch.answer(divergence, p, q, wanted)
    if name == "jax":
        from kullback.exact.rules import numeric_on_jax

        return numeric_on_jax.answer(divergence, p, q, wanted)
    found, _ = computed(divergence, in_numpy(p), in_numpy(q), wanted)
    return found


def method_for(measure: Any, p: Density, q: Density) -> Callable[[Density, Density], Numeric] | None:
    """Return what integrates or adds up over the outcomes of a pair, or None where nothing does."""
    from kullback.exact.rules import quadrature, summation

    first, second = p.support, q.support
    divergence = isinstance(measure, Divergence)
    if isinstance(first, Integers) and isinstance(second, Integers):
        if divergence:
            return partial(summation.add_up, measure)
        return partial(summation.add_up_companion, measure, _KINDS[measure.name])
    if isinstance(first, Interval) and isinstance(second, Interval):
        if divergence:
            return partial(quadrature.integrate, measure)
        return partial(quadrature.integrate_companion, measure, _KINDS[measure.name])
    if isinstance(first, Space) and isinstance(second, Space):
        plane = first.shape == second.shape == (2,) and first.name == second.name == "real vectors"
        return partial(quadrature.integrate_plane, measure) if divergence and plane else None
    return None


def computed(divergence: Any, p: Density, q: Density, wanted: Any) -> tuple[Answer, dict[tuple[int, ...], Any]]:
    """Return the answer of NumPy densities, and by index what each pair gave."""
    from kullback.exact.rules import normalisation

    method = method_for(divergence, p, q)
    assert method is not None
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    value, bound = np.full(shape, math.nan), np.zeros(shape)
    each: dict[tuple[int, ...], Any] = {}
    asked = np.ones(shape, bool) if wanted is None else np.broadcast_to(np.asarray(to_numpy(wanted)), shape)
    for index in np.ndindex(*shape):
        if not asked[index]:
            continue
        one = member(p, index), member(q, index)
        for density in one:
            normalisation.check(density)
        each[index] = _EQUAL if isinstance(divergence, Divergence) and equal(*one) else method(*one)
        value[index], bound[index] = each[index].value, each[index].bound
    certified = all(one.certified for one in each.values())
    notes = sorted({one.note for one in each.values()})
    what = "sum" if isinstance(p.support, Integers) else "quadrature"
    rule = f"certified {what}" if certified else f"estimated {what}"
    integral = divergence.formula.replace("Σ", "Σ over k" if what == "sum" else "∫")
    note = notes[0] if len(notes) == 1 else f"{len(each)} pairs" if notes else ""
    return Answer(value, rule, integral, "", bound, certified=certified, note=note), each


_KINDS = {"entropy": ENTROPY, "cross_entropy": CROSS_ENTROPY}
_EQUAL = Numeric(0.0, 0.0, certified=True, note="P and Q are equal", nodes=np.empty(0), log_weights=np.empty(0))


def with_nodes(found: Numeric, p: Density) -> Numeric:
    """Return the value of a pair, with nodes also where P and Q are equal: its second derivatives are not 0 there."""
    from kullback.exact.companions import ENTROPY as MEASURE
    from kullback.exact.rules import quadrature, summation

    if found is not _EQUAL or not isinstance(p.support, (Integers, Interval)):
        return found
    method = summation.add_up_companion if isinstance(p.support, Integers) else quadrature.integrate_companion
    nodes = method(MEASURE, ENTROPY, p, p)
    return replace(found, nodes=nodes.nodes, log_weights=nodes.log_weights)


def equal(p: Density, q: Density) -> bool:
    """Return whether P and Q are of one family with the same parameters."""
    pairs = (
        zip(p.leaves(), q.leaves(), strict=True) if type(p) is type(q) and len(p.leaves()) == len(q.leaves()) else ()
    )
    seen = [np.array_equal(to_numpy(a), to_numpy(b)) for (a, _), (b, _) in pairs]
    return bool(seen) and all(seen)


def member(one: Density, index: tuple[int, ...]) -> Density:
    """Return the member of a batch at an index of the broadcast batch, in the library of its parameters."""
    own = one.batch_shape
    last = index[len(index) - len(own) :]
    return one.at(tuple(0 if size == 1 else i for i, size in zip(last, own, strict=True)))


def _example(p: Density, q: Density) -> Any:
    leaves = [x for one in (p, q) for x, _ in one.leaves()]
    return next((x for x in leaves if library(x) != "numpy"), leaves[0] if leaves else np.zeros(()))
