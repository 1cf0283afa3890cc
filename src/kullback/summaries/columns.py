"""Columns: what kinds of columns there are, and which of them can be compared with which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "numeric", "decimal", "datetime", "time", "duration", "boolean", "categorical", "text", "null", "skipped"
]
"""``categorical`` and ``text`` are both strings; which of the two is decided from the reference's values."""

ORDERED: tuple[Kind, ...] = ("numeric", "decimal", "datetime", "time", "duration", "text")
"""Kinds counted between edges: times as microseconds, text by its length."""
_NUMBERS = ("numeric", "decimal")
_STRINGS = ("categorical", "text")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a source presents it: its name, kind and type in words; ``reason`` says why it is skipped."""

    name: str
    kind: Kind
    type: str
    reason: str = ""


def common_kind(reference: Column, current: Column) -> Kind | None:
    """Return as what two columns can be compared, the reference's kind if as anything; None if not at all."""
    first, second = reference.kind, current.kind
    if "skipped" in (first, second):
        return None
    if first == second or second == "null":
        return first
    if first == "null":
        return second
    for family in (_NUMBERS, _STRINGS):
        if first in family and second in family:
            return first
    return None
