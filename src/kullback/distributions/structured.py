"""Structured: families of which a parameter is a covariance in one of its forms, or a number that is no array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from kullback.distribution import Density
from kullback.distributions.covariances import Covariance


@dataclass(frozen=True, eq=False)
class Structured(Density):
    """A family with fields that are arrays, covariances (which hold arrays) or Python integers (which are kept)."""

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the arrays, those of a covariance in its place."""
        found: list[tuple[Any, int]] = []
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, Covariance):
                found.extend(value.leaves())
            elif not isinstance(value, int):
                found.append((value, self.parameter_dimensions.get(f.name, 0)))
        return tuple(found)

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same kind of distribution with other arrays."""
        new = object.__new__(type(self))
        rest = list(arrays)
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, Covariance):
                count = len(value.leaves())
                value = value.with_leaves(rest[:count])
                del rest[:count]
            elif not isinstance(value, int):
                value = rest.pop(0)
            object.__setattr__(new, f.name, value)
        return new
