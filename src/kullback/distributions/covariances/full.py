"""Full: the covariance matrix itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kullback.distributions.covariances.covariance import Covariance


@dataclass(frozen=True, eq=False)
class Full(Covariance):
    """Σ itself, symmetric.

    Attributes:
        covariance: shape (..., d, d).
    """

    covariance: Any

    trailing: ClassVar[Mapping[str, int]] = {"covariance": 2}

    def dense(self) -> Any:
        """Return Σ."""
        return self.covariance
