"""Precision: a covariance known by its inverse."""

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
class Precision(Covariance):
    """Σ = Λ⁻¹.

    Attributes:
        precision: Λ, symmetric and positive definite, shape (..., d, d).
    """

    precision: Any

    trailing: ClassVar[Mapping[str, int]] = {"precision": 2}

    def inverse(self) -> Full:
        """Return Λ as the covariance of something else."""
        return Full(self.precision)

    def dense(self) -> Any:
        """Return Λ⁻¹."""
        factor = self.factor()
        return namespace(factor).matmul(factor, transposed(factor))

    def make_factor(self) -> Any:
        """Return U⁻ᵀ where Λ = U Uᵀ with an upper triangular U: the Cholesky factor of Λ read backwards."""
        xp = namespace(self.precision)
        backwards = triangular.cholesky(xp.flip(self.precision, axis=(-2, -1)))
        upper = xp.flip(backwards, axis=(-2, -1))
        return triangular.solve(transposed(upper), triangular.identity(upper))

    def squared_norm(self, x: Any) -> Any:
        """Return xᵀ Λ x as the squared length of a vector."""
        xp = namespace(self.precision, x)
        upper = triangular.cholesky(self.precision)
        z = triangular.product(transposed(upper), x)
        return xp.sum(z * z, axis=-1)

    def log_determinant(self) -> Any:
        """Return −ln det Λ."""
        xp = namespace(self.precision)
        return -2.0 * xp.sum(xp.log(triangular.diagonal(triangular.cholesky(self.precision))), axis=-1)

    def minus(self, other: Self) -> Any:
        """Return Σ − Σ' = Σ (Λ' − Λ) Σ'."""
        xp = namespace(self.precision, other.precision)
        found = xp.matmul(xp.matmul(self.dense(), other.precision - self.precision), other.dense())
        return 0.5 * (found + transposed(found))
