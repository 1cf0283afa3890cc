"""Support: where a distribution known by a formula has mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from kullback.arrays import library, namespace


@dataclass(frozen=True, eq=False)
class Interval:
    """The real numbers between two ends, with a density there.

    Attributes:
        low: the lower end, −inf where there is none; broadcasts with the batch.
        high: the upper end, likewise.
    """

    low: Any
    high: Any

    def __str__(self) -> str:
        return f"({_number(self.low)}, {_number(self.high)})"


@dataclass(frozen=True, eq=False)
class Integers:
    """The whole numbers from `low` to `high`, both with mass; an end may be infinite."""

    low: Any
    high: Any

    def __str__(self) -> str:
        low, high = _number(self.low), _number(self.high)
        if high == "inf":
            return f"{{{low}, {_number(self.low + 1)}, …}}" if low not in ("-inf", "…") else "the whole numbers"
        try:
            if float(low) + 1.0 >= float(high):
                return f"{{{low}}}" if low == high else f"{{{low}, {high}}}"
        except ValueError:  # a batch
            pass
        return f"{{{low}, …, {high}}}"


@dataclass(frozen=True, eq=False)
class Space:
    """Vectors or matrices: a named set of a given shape.

    Attributes:
        name: the set, such as "real vectors", "simplex", "sphere", "positive definite matrices".
        shape: the shape of one point.
    """

    name: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} of shape {self.shape}"


@dataclass(frozen=True, eq=False)
class Points:
    """Finitely many points with mass: the values, along the last axis."""

    values: Any

    def __str__(self) -> str:
        return "finitely many points"


@dataclass(frozen=True, eq=False)
class Box:
    """Vectors whose components lie in supports of their own: that of a product of independent distributions."""

    sides: tuple[Support, ...]

    def __str__(self) -> str:
        return " × ".join(map(str, self.sides))


Support: TypeAlias = Interval | Integers | Space | Points | Box


def _number(x: Any) -> str:
    if getattr(x, "shape", ()):
        return "…"
    try:
        return f"{float(x.detach() if library(x) == 'torch' else x):g}"
    except TypeError:  # traced by JAX: not known yet
        return "…"


def beyond(p: Interval | Integers, q: Interval | Integers) -> Any:
    """Return where the support of P reaches beyond that of Q: a mask over the batch."""
    xp = namespace(p.low, p.high, q.low, q.high)
    return xp.logical_or(p.low < q.low, p.high > q.high)
