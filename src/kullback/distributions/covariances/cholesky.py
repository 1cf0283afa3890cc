"""Cholesky: a covariance known by its lower triangular factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.triangular import transposed


@dataclass(frozen=True, eq=False)
class Cholesky(Covariance):
    """Σ = L Lᵀ.

    Attributes:
        cholesky: L, lower triangular with a positive diagonal, shape (..., d, d).
    """

    cholesky: Any

    trailing: ClassVar[Mapping[str, int]] = {"cholesky": 2}

    def dense(self) -> Any:
        """Return L Lᵀ."""
        return namespace(self.cholesky).matmul(self.cholesky, transposed(self.cholesky))

    def make_factor(self) -> Any:
        """Return L."""
        return self.cholesky

    def minus(self, other: Self) -> Any:
        """Return (L − L') Lᵀ + L' (L − L')ᵀ."""
        xp = namespace(self.cholesky, other.cholesky)
        step = self.cholesky - other.cholesky
        found = xp.matmul(step, transposed(self.cholesky)) + xp.matmul(other.cholesky, transposed(step))
        return 0.5 * (found + transposed(found))
