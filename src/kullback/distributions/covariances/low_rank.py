"""Low rank: a covariance that is a diagonal plus the product of a tall factor with itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distributions.covariances import triangular
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.triangular import product, transposed


@dataclass(frozen=True, eq=False)
class LowRank(Covariance):
    """Σ = W Wᵀ + diag(v).

    Attributes:
        tall: W, shape (..., d, k).
        rest: v, the variances that are left, > 0, shape (..., d).
    """

    tall: Any
    rest: Any

    trailing: ClassVar[Mapping[str, int]] = {"tall": 2, "rest": 1}

    @property
    def dimension(self) -> int:
        """How many rows Σ has."""
        return int(self.rest.shape[-1])

    def dense(self) -> Any:
        """Return Σ."""
        xp = namespace(self.tall, self.rest)
        outer = xp.matmul(self.tall, transposed(self.tall))
        return triangular.with_diagonal(outer, triangular.diagonal(outer) + self.rest)

    def variances(self) -> Any:
        """Return the diagonal of Σ."""
        return namespace(self.tall).sum(self.tall * self.tall, axis=-1) + self.rest

    def inner(self) -> Any:
        """Return the Cholesky factor of 1 + Wᵀ diag(v)⁻¹ W, as small as W is narrow."""
        xp = namespace(self.tall, self.rest)
        scaled = self.tall / xp.sqrt(self.rest)[..., None]
        small = xp.matmul(transposed(scaled), scaled)
        return triangular.cholesky(small + triangular.identity(small))

    def log_determinant(self) -> Any:
        """Return ln det Σ by the determinant lemma."""
        xp = namespace(self.tall, self.rest)
        small = triangular.diagonal(self.inner())
        return xp.sum(xp.log(self.rest), axis=-1) + 2.0 * xp.sum(xp.log(small), axis=-1)

    def solve(self, b: Any) -> Any:
        """Return Σ⁻¹ b for matrices b, by Woodbury's identity."""
        xp = namespace(self.tall, self.rest, b)
        first = b / self.rest[..., None]
        half = triangular.solve(self.inner(), transposed(self.tall / self.rest[..., None]))
        return first - xp.matmul(transposed(half), xp.matmul(half, b))

    def squared_norm(self, x: Any) -> Any:
        """Return xᵀ Σ⁻¹ x = ‖v^(−1/2) (x − W z)‖² + ‖z‖² at the z where it is least: nothing is subtracted from it."""
        xp = namespace(self.tall, self.rest, x)
        inner = self.inner()
        right = product(transposed(self.tall), x / self.rest)
        half = triangular.solve_vector(inner, right)
        upper = xp.flip(transposed(inner), axis=(-2, -1))
        z = xp.flip(triangular.solve_vector(upper, xp.flip(half, axis=-1)), axis=-1)
        left = (x - product(self.tall, z)) / xp.sqrt(self.rest)
        return xp.sum(left * left, axis=-1) + xp.sum(z * z, axis=-1)

    def minus(self, other: Self) -> Any:
        """Return (W − W') Wᵀ + W' (W − W')ᵀ + diag(v − v'), or the difference of Σ for factors of other widths."""
        if self.tall.shape[-1] != other.tall.shape[-1]:
            return self.dense() - other.dense()
        xp = namespace(self.tall, other.tall)
        step = self.tall - other.tall
        found = xp.matmul(step, transposed(self.tall)) + xp.matmul(other.tall, transposed(step))
        found = 0.5 * (found + transposed(found))
        return triangular.with_diagonal(found, triangular.diagonal(found) + (self.rest - other.rest))
