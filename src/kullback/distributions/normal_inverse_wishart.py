"""Normal-inverse-Wishart distribution: a mean vector and a covariance matrix together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.covariances import Precision, triangular
from kullback.distributions.inverse_wishart import InverseWishart
from kullback.distributions.normal_wishart import NormalWishart, parameters_of
from kullback.support import Space

_LOG_TAU = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class NormalInverseWishart(Density):
    """Normal-inverse-Wishart distribution of (x, Σ): Σ inverse Wishart, x given Σ normal with covariance Σ/λ.

    An outcome is a p × (p + 1) matrix: x in its first column, Σ in the others.

    Attributes:
        loc: the mean of x, shape (..., p).
        precision_factor: λ > 0.
        df: degrees of freedom, > p − 1.
        scale: Ψ, the scale of the inverse Wishart distribution, shape (..., p, p).
    """

    loc: Any
    precision_factor: Any
    df: Any
    scale: Any

    name: ClassVar[str] = "normal_inverse_wishart"
    event_dimensions: ClassVar[int] = 2
    parameter_dimensions: ClassVar[dict[str, int]] = {"loc": 1, "scale": 2}

    @property
    def dimension(self) -> int:
        """How many components x has."""
        return int(self.loc.shape[-1])

    @property
    def support(self) -> Space:
        """A vector and a positive definite matrix."""
        return Space("real vectors × positive definite matrices", (self.dimension, self.dimension + 1))

    def covariance(self) -> InverseWishart:
        """Return the inverse Wishart distribution of Σ."""
        return InverseWishart(self.df, self.scale)

    def with_precision(self) -> NormalWishart:
        """Return the distribution of (x, Σ⁻¹)."""
        return NormalWishart(self.loc, self.precision_factor, self.df, Precision(self.scale))

    def image_of(self) -> tuple[object, Density]:
        """Return it as a normal-Wishart distribution whose matrix is inverted."""
        return "matrix inverse of the second", self.with_precision()

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x, Σ), −∞ where Σ is not positive definite."""
        xp = namespace(x, self.df)
        matrix = x[..., 1:]
        density = self.covariance().log_prob(matrix)
        inside = xp.isfinite(density)
        factor = triangular.cholesky(xp.where(inside[..., None, None], matrix, triangular.identity(matrix)))
        z = triangular.solve_vector(factor, x[..., 0] - self.loc)
        logs = self.dimension * (xp.log(self.precision_factor) - _LOG_TAU)
        logs = logs - 2.0 * xp.sum(xp.log(triangular.diagonal(factor)), axis=-1)
        value = xp.where(inside, density, 0.0) + 0.5 * (logs - self.precision_factor * xp.sum(z * z, axis=-1))
        return xp.where(inside, value, -math.inf)

    def entropy(self) -> Any:
        """Return the entropy of Σ, and the mean of that of x given Σ."""
        xp = namespace(self.df, self.precision_factor)
        inner = self.covariance()
        logs = inner.inverse().mean_log_determinant()
        conditional = self.dimension * (1.0 + _LOG_TAU - xp.log(self.precision_factor)) - logs
        return inner.entropy() + 0.5 * conditional + 0.0 * self.loc[..., 0]

    @closed_form("kl", formula="that of the normal-Wishart distributions of (x, Σ⁻¹)", source="invariance")
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        return self.with_precision().relative_entropy(other.with_precision())

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form("renyi", formula="that of the normal-Wishart distributions of (x, Σ⁻¹)", source="invariance")
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence."""
        return self.with_precision().renyi(other.with_precision(), order)


def normal_inverse_wishart(loc: object, precision_factor: object, df: object, scale: object) -> NormalInverseWishart:
    """Return the distribution of (x, Σ): Σ inverse Wishart with `df` and `scale`, x given Σ normal of covariance Σ/λ.

    Args:
        loc: the mean of x, shape (..., p) (SciPy's `mu`).
        precision_factor: λ > 0: how many observations the mean is worth.
        df: degrees of freedom of Σ, > p − 1.
        scale: Ψ, symmetric and positive definite, shape (..., p, p); the mean of Σ is Ψ/(df − p − 1).

    Returns:
        `NormalInverseWishart`: one distribution, or a batch of them.

    Raises:
        ValueError: too few degrees of freedom, a matrix that is not symmetric or not positive definite.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.normal_inverse_wishart([0.0, 0.0], 1.0, 3.0, [[1.0, 0.0], [0.0, 1.0]])
        >>> kb.kl(p, kb.distributions.normal_inverse_wishart([1.0, 0.0], 2.0, 3.0, [[1.0, 0.0], [0.0, 1.0]])).round(6)
        np.float64(3.306853)
    """
    _, *arrays = parameters_of("normal_inverse_wishart", loc, precision_factor, df, scale, None)
    return NormalInverseWishart(*arrays)
