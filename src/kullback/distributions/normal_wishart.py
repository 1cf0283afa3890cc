"""Normal-Wishart distribution: a mean vector and a precision matrix together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.covariances import Covariance, checks, triangular
from kullback.distributions.covariances.triangular import transposed
from kullback.distributions.parameters import positive, together
from kullback.distributions.structured import Structured
from kullback.distributions.variance_ratio import ratio_excess, ratio_gap
from kullback.distributions.wishart import Wishart, degrees, scale_of
from kullback.support import Space

_LOG_TAU = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class NormalWishart(Structured):
    """Normal-Wishart distribution of (x, Λ): Λ has a Wishart distribution, x given Λ is normal with precision λΛ.

    An outcome is a p × (p + 1) matrix: x in its first column, Λ in the others.

    Attributes:
        loc: the mean of x, shape (..., p).
        precision_factor: λ > 0.
        df: degrees of freedom, > p − 1.
        scale: V, the scale of the Wishart distribution.
    """

    loc: Any
    precision_factor: Any
    df: Any
    scale: Covariance

    name: ClassVar[str] = "normal_wishart"
    event_dimensions: ClassVar[int] = 2
    parameter_dimensions: ClassVar[dict[str, int]] = {"loc": 1}

    @property
    def dimension(self) -> int:
        """How many components x has."""
        return int(self.loc.shape[-1])

    @property
    def support(self) -> Space:
        """A vector and a positive definite matrix."""
        return Space("real vectors × positive definite matrices", (self.dimension, self.dimension + 1))

    def precision(self) -> Wishart:
        """Return the Wishart distribution of Λ."""
        return Wishart(self.df, self.scale)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x, Λ), −∞ where Λ is not positive definite."""
        xp = namespace(x, self.df)
        matrix = x[..., 1:]
        density = self.precision().log_prob(matrix)
        inside = xp.isfinite(density)
        factor = triangular.cholesky(xp.where(inside[..., None, None], matrix, triangular.identity(matrix)))
        z = triangular.product(transposed(factor), x[..., 0] - self.loc)
        logs = self.dimension * (xp.log(self.precision_factor) - _LOG_TAU)
        logs = logs + 2.0 * xp.sum(xp.log(triangular.diagonal(factor)), axis=-1)
        value = xp.where(inside, density, 0.0) + 0.5 * (logs - self.precision_factor * xp.sum(z * z, axis=-1))
        return xp.where(inside, value, -math.inf)

    def entropy(self) -> Any:
        """Return the entropy of Λ, and the mean of that of x given Λ."""
        xp = namespace(self.df, self.precision_factor)
        inner = self.precision()
        conditional = self.dimension * (1.0 + _LOG_TAU - xp.log(self.precision_factor)) - inner.mean_log_determinant()
        return inner.entropy() + 0.5 * conditional + 0.0 * self.loc[..., 0]

    @closed_form(
        "kl",
        formula="KL of the Wishart distributions + p/2 (λ_Q/λ_P − 1 − ln λ_Q/λ_P) + ½ λ_Q n_P ΔᵀV_PΔ, Δ = μ_P − μ_Q",
        source="the chain rule",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) by the chain rule."""
        xp = namespace(self.loc, other.loc, self.df, other.df)
        z = triangular.product(transposed(self.scale.factor()), self.loc - other.loc)
        conditional = self.dimension * ratio_excess(other.precision_factor, self.precision_factor)
        shift = 0.5 * other.precision_factor * self.df * xp.sum(z * z, axis=-1)
        return self.precision().relative_entropy(other.precision()) + conditional + shift

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form(
        "renyi",
        formula="that of the Wishart distributions + [p/2 ln λ*/(λ_P^α λ_Q^(1−α)) + n*/2 ln(1 + κ ΔᵀV*Δ)]/(1 − α), "
        "κ = α(1−α) λ_P λ_Q/λ*, * for the α-mixed parameters",
        source="the integral over x given Λ, which leaves a Wishart integral over Λ",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence, +∞ where the mixed parameters are none."""
        xp = namespace(self.loc, other.loc, self.df, other.df)
        t = 1.0 - order
        both = self.precision().natural(other.precision())
        df = order * self.df + t * other.df
        factor = order * self.precision_factor + t * other.precision_factor
        mixed = both.theta[1] + t * both.step[1]
        root = triangular.cholesky(mixed)
        inside = (df > self.dimension - 1.0) & (factor > 0.0) & ~xp.isnan(root[..., -1, -1])
        root = triangular.cholesky(xp.where(inside[..., None, None], mixed, both.theta[1]))
        # In coordinates in which V_P is the identity.
        z = triangular.product(transposed(self.scale.factor()), self.loc - other.loc)
        z = triangular.solve_vector(root, z)
        safe = xp.where(inside, factor, 1.0)
        share = order * t * (self.precision_factor / safe) * other.precision_factor * xp.sum(z * z, axis=-1)
        inside = inside & (share > -1.0)
        shift = 0.5 * df * xp.log1p(xp.where(inside, share, 0.0))
        inner = self.precision()
        far = inner.renyi(other.precision(), order)
        own = xp.where(xp.isnan(far), both.jensen_gap(order) / t, far)
        found = (
            own + (shift + 0.5 * self.dimension * ratio_gap(self.precision_factor, other.precision_factor, order)) / t
        )
        return xp.where(inside, found, math.inf)


def normal_wishart(
    loc: object, precision_factor: object, df: object, scale: object = None, *, cholesky: object = None
) -> NormalWishart:
    """Return the distribution of (x, Λ): Λ Wishart with `df` and `scale`, x given Λ normal with precision λΛ.

    Args:
        loc: the mean of x, shape (..., p).
        precision_factor: λ > 0: how many observations the mean is worth.
        df: degrees of freedom of Λ, > p − 1.
        scale: V, symmetric and positive definite, shape (..., p, p); the mean of Λ is df · V.
        cholesky: the lower triangular L with V = L Lᵀ, in its place.

    Returns:
        `NormalWishart`: one distribution, or a batch of them.

    Raises:
        ValueError: too few degrees of freedom, a matrix that is not symmetric or not positive definite.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.normal_wishart([0.0, 0.0], 1.0, 3.0, [[1.0, 0.0], [0.0, 1.0]])
        >>> kb.kl(p, kb.distributions.normal_wishart([1.0, 0.0], 2.0, 3.0, [[1.0, 0.0], [0.0, 1.0]])).round(6)
        np.float64(3.306853)
    """
    family = "normal_wishart"
    kind, mean, factor, n, matrix = parameters_of(family, loc, precision_factor, df, scale, cholesky)
    return NormalWishart(mean, factor, n, kind(matrix))


def parameters_of(
    family: str, loc: object, precision_factor: object, df: object, scale: object, cholesky: object
) -> tuple[Any, ...]:
    """Return the kind of the scale, and the four parameters, checked and of one library."""
    mean = checks.vector(loc, "loc", family)
    factor = positive(precision_factor, "precision_factor", family)
    kind, matrix = scale_of(scale, cholesky, family)
    checks.one_size(mean, "loc", int(matrix.shape[-1]), "scale", family)
    n = degrees(df, int(matrix.shape[-1]), family)
    named = (mean, "loc", 1), (factor, "precision_factor", 0), (n, "df", 0), (matrix, "scale", 2)
    checks.one_batch(family, *named)
    return kind, *together(mean, factor, n, matrix)
