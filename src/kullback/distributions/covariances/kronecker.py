"""Kronecker: the covariance of a matrix whose rows and columns vary separately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distributions.covariances import triangular
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.full import Full
from kullback.distributions.covariances.triangular import transposed


@dataclass(frozen=True, eq=False)
class Kronecker(Covariance):
    """Σ = R ⊗ C: entry (i, j) of an n × m matrix varies with entry (k, l) as R_ik C_jl; rows are read one by one.

    Attributes:
        rows: R, n × n.
        columns: C, m × m.
    """

    rows: Any
    columns: Any

    trailing: ClassVar[Mapping[str, int]] = {"rows": 2, "columns": 2}

    def parts(self) -> tuple[Full, Full]:
        """Return R and C as covariances; their factors are kept."""
        kept = self.__dict__.get("_parts")
        if kept is None:
            kept = Full(self.rows), Full(self.columns)
            object.__setattr__(self, "_parts", kept)
        return kept

    @property
    def dimension(self) -> int:
        """How many rows Σ has."""
        return int(self.rows.shape[-1] * self.columns.shape[-1])

    def dense(self) -> Any:
        """Return Σ."""
        return kronecker_product(self.rows, self.columns)

    def make_factor(self) -> Any:
        """Return the product of the factors."""
        first, second = self.parts()
        return kronecker_product(first.factor(), second.factor())

    def log_determinant(self) -> Any:
        """Return m ln det R + n ln det C."""
        first, second = self.parts()
        return second.dimension * first.log_determinant() + first.dimension * second.log_determinant()

    def squared_norm(self, x: Any) -> Any:
        """Return the squared length of L_R⁻¹ X L_C⁻ᵀ for the matrix X that x is the rows of."""
        xp = namespace(self.rows, self.columns, x)
        first, second = self.parts()
        matrix = xp.reshape(x, (*x.shape[:-1], first.dimension, second.dimension))
        half = triangular.solve(first.factor(), matrix)
        return triangular.squares(triangular.solve(second.factor(), transposed(half)))

    def minus(self, other: Self) -> Any:
        """Return (R − R') ⊗ C + R' ⊗ (C − C')."""
        first = kronecker_product(self.rows - other.rows, self.columns)
        return first + kronecker_product(other.rows, self.columns - other.columns)


def kronecker_product(a: Any, b: Any) -> Any:
    """Return a ⊗ b over batches."""
    xp = namespace(a, b)
    found = a[..., :, None, :, None] * b[..., None, :, None, :]
    return xp.reshape(found, (*found.shape[:-4], a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1]))
