"""Rows: distributions laid out for summation, one per row, with the numbers as they were given."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from kullback.arrays import Array, Mask, namespace, widened
from kullback.distribution import Finite
from kullback.exact.masses import LinearMasses, LogMasses


@dataclass(frozen=True, eq=False)
class Rows:
    """One argument of a call, outcomes on the last axis.

    Attributes:
        values: numbers of any array library, in the dtype they were given in.
        kind: what the numbers are, see `Finite`; its own values are those of the call, in their layout.
        tolerance: how far the total may be from 1, where the masses are promised to sum to 1.
        errors: what the values leave out of the true numbers, where these are sums or products made here.
    """

    values: Any
    kind: Finite
    tolerance: float
    errors: Any = None

    def of(self, values: Any) -> Rows:
        """Return other numbers of the same kind."""
        return replace(self, values=values)

    def masses(self, weights: Array | None) -> LinearMasses | LogMasses:
        """Read the numbers, in the widest dtype that there is, without losing a bit of them."""
        kind = LinearMasses if self.kind.scale == "linear" else LogMasses
        return kind.of(widened(self.values), weights, self.errors)

    def totals(self, weights: Array | None) -> Array:
        """Return what each row sums to, the outcome axis kept: 1 up to rounding for probabilities."""
        values = widened(self.values)
        xp = namespace(values)
        masses = values if self.kind.scale == "linear" else xp.exp(values)
        return xp.sum(masses if weights is None else masses * weights, axis=-1, keepdims=True)

    def wrong(self, weights: Array | None) -> Mask:
        """Return which rows are no distributions, the outcome axis kept."""
        values = widened(self.values)
        xp = namespace(values)
        possible = values if weights is None else xp.where(weights > 0.0, values, 0.0)
        if self.kind.scale == "linear":
            faults = ~(values >= 0.0) | (values == math.inf)
            none = ~xp.any(possible > 0.0, axis=-1, keepdims=True)
        else:
            faults = (values != values) | (values == math.inf)
            possible = values if weights is None else xp.where(weights > 0.0, values, -math.inf)
            none = ~xp.any(possible > -math.inf, axis=-1, keepdims=True)
        wrong = xp.any(faults, axis=-1, keepdims=True) | none
        if self.kind.normalised:
            wrong = wrong | ~(xp.abs(self.totals(weights) - 1.0) <= self.tolerance)
        return wrong
