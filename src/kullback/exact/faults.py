"""Faults: what makes numbers no distribution, and the words for it, the same for dense arrays and sparse rows."""

from __future__ import annotations

import numpy as np

from kullback.arrays import AnyArray, Mask
from kullback.distribution import Finite


def entries(values: AnyArray, kind: Finite) -> tuple[tuple[str, Mask], ...]:
    """Return each fault that an entry may have, and which entries have it."""
    below = values < 0.0 if kind.scale == "linear" else np.zeros(values.shape, np.bool_)
    return (("is NaN", np.isnan(values)), ("is negative", below), ("is infinite", np.isposinf(values)))


def entry(kind: Finite, name: str, fault: str, place: str, value: float) -> ValueError:
    """Return the error that says which entry is no mass.

    Args:
        kind: of the numbers.
        name: of the argument.
        fault: one of `entries`.
        place: of the entry: "at index (3,)".
        value: of the entry.
    """
    number, meant = "", ""
    if fault == "is negative":
        number, meant = f" ({value:g})", kind.below_zero.format(name=name)
    return ValueError(f"{name} {fault} {place}{number}, so it is not {kind.noun}. {meant}".rstrip())


def total(kind: Finite, name: str, found: float, place: str, *, weighted: bool) -> ValueError:
    """Return the error that says what the masses sum to.

    Args:
        kind: of the numbers.
        name: of the argument.
        found: the total.
        place: of the row: " along axis -1 at (3,)".
        weighted: whether outcomes have weights.
    """
    linear = kind.scale == "linear"
    if not kind.normalised:
        said = f"{name} is {'0' if linear else '-inf'} throughout"
    else:
        said = f"{'weights·' if weighted else ''}{name if linear else f'exp({name})'} sums to {found:.9g}"
    return ValueError(f"{said}{place}, so it is not {kind.noun}. {kind.advice.format(name=name)}")
