"""Compiled: large batches of pairs of one family, by a kernel; what it does not promise goes to the other rules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import library
from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.divergences.kl import kl
from kullback.exact.answer import Answer, Ask
from kullback.kernels import families

WORTH_IT = 64
"""Pairs: for fewer the formula of the family is as fast."""


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return KL of a batch in NumPy, all of it."""
    powers = divergence.powers
    if powers is None or powers.of == "gap" or type(p) is not type(q) or not p.leaves():
        return None
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    leaves = [x for one in (p, q) for x, _ in one.leaves()]
    if math.prod(shape) < WORTH_IT or any(library(x) != "numpy" for x in leaves):
        return None
    kernel = families.lookup(p.name)
    if kernel is None:
        return None
    first, second = (p, q) if powers.of == "kl" else (q, p)
    value = kernel(*(x for one in (first, second) for x, _ in one.leaves()))
    left = np.isnan(value)
    if left.any():
        value[left] = ask(kl, _some(first, left, shape), _some(second, left, shape))
    return Answer(powers.finish(value), "same family", f"the formula of the {p.name} family, compiled")


def _some(one: Density, wanted: Any, shape: tuple[int, ...]) -> Density:
    """Return those of a batch that are wanted, in one row."""
    picked = [np.broadcast_to(x, shape + x.shape[x.ndim - own :])[wanted] for x, own in one.leaves()]
    return one.with_leaves(picked)
