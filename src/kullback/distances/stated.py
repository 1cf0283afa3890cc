"""Stated: what the families say in closed form of a distance that is symmetric, in any of the ways to write P and Q."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from kullback.arrays import library, namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import readable
from kullback.exact import formulas
from kullback.exact.rules import closed_forms


class Known(NamedTuple):
    """The distances of a batch, NaN where they are not known, and whether it is promised that none is NaN."""

    value: Any
    everywhere: bool


def stated(of: str, p: Density, q: Density, *arguments: Any) -> Known | None:
    """Return what closed forms give, each where those before promise nothing; None where none is stated."""
    return first_known(_forms(of, p, q, *arguments))


def _forms(of: str, p: Density, q: Density, *arguments: Any) -> Iterable[Known | None]:
    for first, second in closed_forms.written(p, q):
        for a, b in ((first, second), (second, first)):
            form = closed_forms.stated(of, a, b)
            if form is not None:
                yield Known(form.compute(a, b, *arguments), form.everywhere)
                break


def first_known(found: Iterable[Known | None]) -> Known | None:
    """Return each distance from the first that knows it; no more are asked than are needed."""
    now: Known | None = None
    for one in found:
        if one is None:
            continue
        if now is None:
            now = one
        else:
            xp = namespace(now.value, one.value)
            now = Known(xp.where(xp.isnan(now.value), one.value, now.value), one.everywhere)
        if complete(now):
            break
    return now


def complete(known: Known) -> bool:
    """Return whether all distances are known: as can be seen or, while a program is traced, as is promised."""
    if known.everywhere:
        return True
    seen = library(known.value) in ("numpy", "torch") or readable(known.value)
    return seen and not np.isnan(to_numpy(known.value)).any()


def two_densities(p: object, q: object, of: str, instead: str) -> tuple[Density, Density]:
    """Return both as distributions known by formulas.

    Raises:
        TypeError: one of them is something else; `instead` says what to type.
    """
    pair = formulas.known_by_formula(formulas.adopted(p), formulas.adopted(q), of)
    if pair is None:
        raise TypeError(f"{of}(P, Q) is for distributions, and these are arrays or lists: {instead}")
    first, second = pair
    if first.event_dimensions != second.event_dimensions:
        raise ValueError(
            f"{of}: the outcomes of P have {first.event_dimensions} axes and those of Q {second.event_dimensions}: "
            "no distance compares them."
        )
    return pair
