"""Uniform distribution on the unit sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import PlainNumbers, namespace
from kullback.distribution import Density
from kullback.distributions.parameters import whole
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class SphericalUniform(Density):
    """Uniform distribution on the unit sphere in d dimensions.

    Attributes:
        axis: any unit vector, of which only the length d counts.
    """

    axis: Any

    name: ClassVar[str] = "spherical_uniform"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"axis": 1}

    @property
    def dimension(self) -> int:
        """How many components a vector has."""
        return int(self.axis.shape[-1])

    @property
    def support(self) -> Space:
        """Unit vectors."""
        return Space("sphere", (self.dimension,))

    def log_prob(self, x: Any) -> Any:
        """Return −ln of the area of the sphere."""
        xp = namespace(x, self.axis)
        return 0.0 * xp.sum(x * self.axis, axis=-1) - log_area(self.dimension)

    def entropy(self) -> Any:
        """Return ln of the area of the sphere."""
        return 0.0 * self.axis[..., 0] + log_area(self.dimension)

    def forms(self) -> tuple[Density, ...]:
        """Return it as a von Mises–Fisher and as a power spherical distribution of concentration 0."""
        from kullback.distributions.power_spherical import PowerSpherical
        from kullback.distributions.von_mises_fisher import VonMisesFisher

        none = 0.0 * self.axis[..., 0]
        return VonMisesFisher(self.axis, none), PowerSpherical(self.axis, none)


def log_area(dimension: int) -> float:
    """Return ln of the area 2 π^(d/2)/Γ(d/2) of the unit sphere in d dimensions."""
    return math.log(2.0) + 0.5 * dimension * math.log(math.pi) - math.lgamma(0.5 * dimension)


def spherical_uniform(dimension: int) -> SphericalUniform:
    """Return the uniform distribution on the unit sphere, with density Γ(d/2)/(2 π^(d/2)).

    Args:
        dimension: d ≥ 2, the number of components: 3 is the usual sphere.

    Returns:
        `SphericalUniform`.

    Raises:
        ValueError: a dimension that is no whole number ≥ 2.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.von_mises_fisher([1.0, 0.0, 0.0], 2.0)
        >>> kb.kl(p, kb.distributions.spherical_uniform(3)).round(6)
        np.float64(0.479409)
    """
    d = whole_number(dimension, "dimension", "spherical_uniform", least=2)
    return SphericalUniform(np.eye(1, d)[0].view(PlainNumbers))


def whole_number(x: object, name: str, family: str, *, least: int) -> int:
    """Return one whole number as Python's own: it decides of shapes, so that it can be no batch."""
    array = whole(x, name, family, least=least)
    if array.ndim:
        raise ValueError(f"{family}: {name} has shape {tuple(array.shape)}, and a single whole number is needed.")
    return int(array)
