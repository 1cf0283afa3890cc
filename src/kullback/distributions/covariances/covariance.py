"""Covariance: what every way to know a positive definite matrix can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distributions.covariances import triangular


@dataclass(frozen=True, eq=False)
class Covariance:
    """A positive definite matrix Σ, or a batch of them. Its fields are arrays."""

    trailing: ClassVar[Mapping[str, int]] = {}
    """How many trailing axes of each array are not batch."""

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the arrays, each with the number of its trailing axes that are not batch."""
        return tuple((getattr(self, f.name), self.trailing[f.name]) for f in fields(self))

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with other arrays, in the order of `leaves`; nothing is checked again."""
        own = [x for x, _ in self.leaves()]
        # What has been worked out of the arrays stays with them.
        return self if all(a is b for a, b in zip(own, arrays, strict=True)) else type(self)(*arrays)

    @property
    def dimension(self) -> int:
        """How many rows Σ has."""
        return int(self.leaves()[0][0].shape[-1])

    def dense(self) -> Any:
        """Return Σ."""
        raise NotImplementedError

    def factor(self) -> Any:
        """Return the lower triangular L with L Lᵀ = Σ; NumPy's is kept, others carry gradients that are used up."""
        kept = self.__dict__.get("_factor")
        if kept is None:
            kept = self.make_factor()
            if isinstance(kept, np.ndarray):
                self.keeping(kept)
        return kept

    def keeping(self, factor: Any | None) -> Self:
        """Return the same with a factor that is known already, where it is."""
        if factor is not None:
            object.__setattr__(self, "_factor", factor)
        return self

    def make_factor(self) -> Any:
        """Return the lower triangular L with L Lᵀ = Σ."""
        return triangular.cholesky(self.dense())

    def log_determinant(self) -> Any:
        """Return ln det Σ."""
        xp = namespace(self.leaves()[0][0])
        return 2.0 * xp.sum(xp.log(triangular.diagonal(self.factor())), axis=-1)

    def squared_norm(self, x: Any) -> Any:
        """Return xᵀ Σ⁻¹ x for vectors x."""
        z = triangular.solve_vector(self.factor(), x)
        return namespace(z).sum(z * z, axis=-1)

    def trace(self) -> Any:
        """Return the trace of Σ."""
        return namespace(self.leaves()[0][0]).sum(self.variances(), axis=-1)

    def variances(self) -> Any:
        """Return the diagonal of Σ."""
        return triangular.diagonal(self.dense())

    def minus(self, other: Any) -> Any:
        """Return Σ − Σ' for one of the same kind, each entry from differences of what was given."""
        return self.dense() - other.dense()
