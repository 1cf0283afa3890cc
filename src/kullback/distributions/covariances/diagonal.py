"""Diagonal: the covariance of independent components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.triangular import identity


@dataclass(frozen=True, eq=False)
class Diagonal(Covariance):
    """Σ with the variances on its diagonal.

    Attributes:
        entries: the variances, shape (..., d).
    """

    entries: Any

    trailing: ClassVar[Mapping[str, int]] = {"entries": 1}

    def variances(self) -> Any:
        """Return the variances."""
        return self.entries

    def deviations(self) -> Any:
        """Return the standard deviations."""
        return namespace(self.entries).sqrt(self.entries)

    def dense(self) -> Any:
        """Return Σ."""
        return _spread(self.variances())

    def make_factor(self) -> Any:
        """Return the standard deviations on a diagonal."""
        return _spread(self.deviations())

    def log_deviations(self) -> Any:
        """Return the logarithms of the standard deviations."""
        return 0.5 * namespace(self.entries).log(self.entries)

    def log_determinant(self) -> Any:
        """Return the sum of the logarithms of the variances."""
        return 2.0 * namespace(self.entries).sum(self.log_deviations(), axis=-1)

    def squared_norm(self, x: Any) -> Any:
        """Return Σ xᵢ²/varianceᵢ."""
        z = x / self.deviations()
        return namespace(z).sum(z * z, axis=-1)

    def minus(self, other: Self) -> Any:
        """Return the differences of the variances on a diagonal."""
        return _spread(self.differences(other))

    def differences(self, other: Diagonal) -> Any:
        """Return the differences of the variances."""
        return self.variances() - other.variances()

    def relative(self, other: Diagonal) -> Any:
        """Return σ/σ' − 1 for the standard deviations of this and of the other."""
        xp = namespace(self.entries, other.entries)
        x = self.differences(other) / other.variances()
        # √(1 + x) − 1
        return x / (1.0 + xp.sqrt(1.0 + x))


@dataclass(frozen=True, eq=False)
class Deviations(Diagonal):
    """Σ known by the standard deviations of independent components.

    A square rounds: two standard deviations that differ in their last digits are compared as they are.

    Attributes:
        entries: the standard deviations, shape (..., d).
    """

    def variances(self) -> Any:
        """Return the variances."""
        return self.entries * self.entries

    def deviations(self) -> Any:
        """Return the standard deviations."""
        return self.entries

    def log_deviations(self) -> Any:
        """Return the logarithms of the standard deviations."""
        return namespace(self.entries).log(self.entries)

    def differences(self, other: Diagonal) -> Any:
        """Return the differences of the variances."""
        if isinstance(other, Deviations):
            return (self.entries - other.entries) * (self.entries + other.entries)
        return self.variances() - other.variances()

    def relative(self, other: Diagonal) -> Any:
        """Return σ/σ' − 1."""
        if isinstance(other, Deviations):
            return (self.entries - other.entries) / other.entries
        return super().relative(other)


def _spread(values: Any) -> Any:
    xp = namespace(values)
    one = identity(values)
    return xp.where(one > 0.0, values[..., None], 0.0 * one)
