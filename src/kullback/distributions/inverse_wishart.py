"""Inverse Wishart distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.covariances import Precision, checks, triangular
from kullback.distributions.parameters import together
from kullback.distributions.wishart import Wishart, degrees
from kullback.natural import Natural
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class InverseWishart(Density):
    """Inverse Wishart distribution: that of the inverse of a Wishart matrix whose scale is the inverse of Ψ.

    Attributes:
        df: degrees of freedom, > p − 1.
        scale: Ψ, shape (..., p, p); the mean is Ψ/(df − p − 1).
    """

    df: Any
    scale: Any

    name: ClassVar[str] = "inverse_wishart"
    event_dimensions: ClassVar[int] = 2
    parameter_dimensions: ClassVar[dict[str, int]] = {"scale": 2}

    @property
    def dimension(self) -> int:
        """How many rows a matrix has."""
        return int(self.scale.shape[-1])

    @property
    def support(self) -> Space:
        """Positive definite matrices."""
        return Space("positive definite matrices", (self.dimension, self.dimension))

    def inverse(self) -> Wishart:
        """Return the Wishart distribution of the inverse."""
        return Wishart(self.df, Precision(self.scale))

    def image_of(self) -> tuple[object, Density]:
        """Return it as the inverse of a Wishart matrix."""
        return "matrix inverse", self.inverse()

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of matrices x, −∞ where they are not positive definite."""
        xp = namespace(x, self.df)
        factor = triangular.cholesky(x)
        diagonal = triangular.diagonal(factor)
        inside = xp.all(diagonal > 0.0, axis=-1)
        safe = xp.where(inside[..., None, None], factor, triangular.identity(factor))
        # tr(Ψ X⁻¹) = ‖L⁻¹ L_Ψ‖², X = L Lᵀ
        half = triangular.solve(safe, triangular.cholesky(self.scale))
        logs = 2.0 * xp.sum(xp.log(xp.where(inside[..., None], diagonal, 1.0)), axis=-1)
        p = self.dimension
        value = -0.5 * (self.df + p + 1.0) * logs - 0.5 * triangular.squares(half) - self.inverse()._log_normaliser()  # pyright: ignore[reportPrivateUsage]
        return xp.where(inside, value, -math.inf)

    def entropy(self) -> Any:
        """Return that of the inverse, less (p + 1) E ln det X⁻¹."""
        other = self.inverse()
        return other.entropy() - (self.dimension + 1.0) * other.mean_log_determinant()

    def natural(self, other: Self) -> Natural:
        """Return the inverses in natural parameters."""
        return self.inverse().natural(other.inverse())

    @closed_form(
        "kl",
        formula="that of the inverses, which have Wishart distributions",
        source="Gupta and Srivastava, Parametric Bayesian estimation of differential entropy and relative entropy, "
        "Entropy 12 (2010)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) of the inverses."""
        return self.inverse().relative_entropy(other.inverse())

    @closed_form(
        "renyi",
        formula="that of the inverses, which have Wishart distributions",
        source="invariance",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of the inverses, NaN where they are near each other."""
        return self.inverse().renyi(other.inverse(), order)

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)


def inverse_wishart(df: object, scale: object) -> InverseWishart:
    """Return the inverse Wishart distribution of p × p matrices, with density proportional to
    det X^(−(df + p + 1)/2) exp(−½ tr(Ψ X⁻¹)), Ψ = scale.

    Args:
        df: degrees of freedom, > p − 1.
        scale: Ψ, symmetric and positive definite, shape (..., p, p), as in SciPy.

    Returns:
        `InverseWishart`: one distribution, or a batch of them.

    Raises:
        ValueError: too few degrees of freedom, a matrix that is not symmetric or not positive definite.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.inverse_wishart(4.0, [[1.0, 0.0], [0.0, 1.0]])
        >>> kb.kl(p, kb.distributions.inverse_wishart(5.0, [[1.0, 0.0], [0.0, 1.0]])).round(6)
        np.float64(0.175828)
    """
    family = "inverse_wishart"
    matrix = checks.positive_definite(scale, "scale", family)
    n = degrees(df, int(matrix.shape[-1]), family)
    checks.one_batch(family, (n, "df", 0), (matrix, "scale", 2))
    return InverseWishart(*together(n, matrix))
