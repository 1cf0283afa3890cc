"""Resolution: which rule answers for a pair of densities, in which order they are asked, and what comes of it.

support → same family and closed forms → exponential family → expectations → structure → certified sum or quadrature →
`NotExact`. Nothing random happens here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kullback.arrays import library, namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import readable
from kullback.divergence import Divergence
from kullback.exact.answer import Answer, Rule
from kullback.exact.not_exact import NotExact
from kullback.exact.pair import densities
from kullback.exact.rules import (
    closed_forms,
    compiled,
    expectations,
    exponential_families,
    numeric,
    structure,
    supports,
)

RULES: tuple[Rule, ...] = (
    supports.answer,
    closed_forms.answer,
    exponential_families.answer,
    expectations.answer,
    structure.answer,
)
"""In the order in which they are asked; after them comes `numeric`, for what they leave open."""


@dataclass(frozen=True, eq=False)
class Resolved:
    """The value of a batch of pairs in nats, and the answers it was put together from.

    Attributes:
        value: an array of the library of the parameters.
        parts: the answers that took part, each with the mask of the pairs it answered for (None: all that were left).
    """

    value: Any
    parts: list[tuple[Answer, Any]] = field(default_factory=list)


def value(divergence: Divergence, p: Density, q: Density, *, base: float | None) -> Any:
    """Return D(P‖Q) of two densities, in the library, dtype and shape of their parameters."""
    both = densities(p, q)
    found = resolved(divergence, *both.members).value
    return both.returned(found if base is None else found / math.log(base))


def resolved(divergence: Divergence, p: Density, q: Density) -> Resolved:
    """Return the value of densities in one library, rule by rule."""
    if divergence.reversed:
        return resolved(divergence.reverse, q, p)
    # What overflows or is 0/0 in one form is infinite, or left to the next.
    with np.errstate(all="ignore"):
        whole = compiled.answer(divergence, p, q, _ask_rules)
        if whole is not None:
            return Resolved(whole.value, [(whole, np.ones(np.shape(whole.value), bool))])
        return _by_rules(divergence, p, q)


def _by_rules(divergence: Divergence, p: Density, q: Density) -> Resolved:
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    now: Any = None
    parts: list[tuple[Answer, Any]] = []
    for rule in RULES:
        found = rule(divergence, p, q, _ask)
        if found is None:
            continue
        now = _merge(now, found, parts, shape)
        if _complete(now, found):
            return Resolved(now, parts)
    left = None if now is None else namespace(now).isnan(now)
    found = numeric.fill(divergence, p, q, left)
    if found is None:
        raise NotExact(_no_answer(divergence, p, q))
    return Resolved(_merge(now, found, parts, shape), parts)


def _ask(divergence: Divergence, p: Density, q: Density) -> Any:
    return resolved(divergence, p, q).value


def _ask_rules(divergence: Divergence, p: Density, q: Density) -> Any:
    return _by_rules(divergence, p, q).value


def _merge(now: Any, found: Answer, parts: list[tuple[Answer, Any]], shape: tuple[int, ...]) -> Any:
    xp = namespace(found.value) if now is None else namespace(now, found.value)
    new = found.value
    if tuple(new.shape) != shape:
        new = xp.broadcast_to(new, shape)
    if now is None:
        parts.append((found, ~xp.isnan(new)))
        return new
    left = xp.isnan(now)
    parts.append((found, left & ~xp.isnan(new)))
    return xp.where(left, new, now)


def _complete(now: Any, last: Answer) -> bool:
    """Return whether no pair is left open: as can be seen or, while a program is traced, as the rule promises."""
    return not np.isnan(to_numpy(now)).any() if _known(now) else last.everywhere


def _known(now: Any) -> bool:
    return library(now) in ("numpy", "torch") or readable(now)


def _no_answer(divergence: Divergence, p: Density, q: Density) -> str:
    label = divergence.label(p.name or type(p).__name__, q.name or type(q).__name__)
    return (
        f"{label} has no closed form here and its outcomes ({p.support}) are not ones that can be summed or integrated "
        "to a stated error. An estimate with an interval: kb.estimate(P, Q)."
    )
