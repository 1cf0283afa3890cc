"""Matrix normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.covariances import Kronecker, checks
from kullback.distributions.multivariate_normal import MultivariateNormal
from kullback.distributions.parameters import real, together
from kullback.natural import Natural
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class MatrixNormal(Density):
    """Normal distribution of n × m matrices whose rows covary as R and whose columns as C.

    Attributes:
        loc: the mean, shape (..., n, m).
        rows: R, shape (..., n, n).
        columns: C, shape (..., m, m).
    """

    loc: Any
    rows: Any
    columns: Any

    name: ClassVar[str] = "matrix_normal"
    event_dimensions: ClassVar[int] = 2
    parameter_dimensions: ClassVar[dict[str, int]] = {"loc": 2, "rows": 2, "columns": 2}

    def as_multivariate(self) -> MultivariateNormal:
        """Return the normal distribution of the entries, row by row."""
        kept = self.__dict__.get("_vector")
        if kept is None:
            kept = MultivariateNormal(self._flat(self.loc), Kronecker(self.rows, self.columns))
            object.__setattr__(self, "_vector", kept)
        return kept

    def _flat(self, x: Any) -> Any:
        return namespace(x).reshape(x, (*x.shape[:-2], x.shape[-2] * x.shape[-1]))

    @property
    def support(self) -> Space:
        """All matrices."""
        return Space("real matrices", tuple(self.loc.shape[-2:]))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of matrices x."""
        return self.as_multivariate().log_prob(self._flat(x))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) without cancellation."""
        return self.as_multivariate().log_ratio(other.as_multivariate(), self._flat(x))

    def entropy(self) -> Any:
        """Return ½ ln det(2πe R ⊗ C)."""
        return self.as_multivariate().entropy()

    def natural(self, other: Self) -> Natural | None:
        """Return both as normal distributions of vectors, in natural parameters."""
        return self.as_multivariate().natural(other.as_multivariate())

    @closed_form(
        "kl",
        formula="½ (tr(R_Q⁻¹R_P) tr(C_Q⁻¹C_P) − nm − m ln det R_Q⁻¹R_P − n ln det C_Q⁻¹C_P + tr C_Q⁻¹ΔᵀR_Q⁻¹Δ)",
        source="Dawid, Some matrix-variate distribution theory, Biometrika 68 (1981); KL of the Kronecker products",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): of the common scale, and of the shapes of R and of C."""
        return self.as_multivariate().relative_entropy(other.as_multivariate())

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form(
        "renyi",
        formula="that of the normal distribution of the entries, with covariance R ⊗ C",
        source="Gil, Alajaji and Linder, Inform. Sci. 249 (2013), table 2",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence."""
        return self.as_multivariate().renyi(other.as_multivariate(), order)

    @closed_form(
        "wasserstein",
        formula="that of the normal distribution of the entries, with covariance R ⊗ C, of order 2",
        source="Dowson and Landau, J. Multivariate Anal. 12 (1982), eq. (16)",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the distance of order 2 between the matrices as vectors, NaN for other orders."""
        return self.as_multivariate().wasserstein(other.as_multivariate(), order)

    @closed_form(
        "fisher_rao",
        formula="√(½ Σ ln² λᵢ), λ the eigenvalues of (R_Q⁻¹R_P) ⊗ (C_Q⁻¹C_P), for equal means",
        source="Skovgaard, Scand. J. Statist. 11 (1984)",
        everywhere=False,
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the geodesic distance among all normal distributions of the entries, NaN where the means differ."""
        return self.as_multivariate().fisher_rao(other.as_multivariate())


def matrix_normal(loc: object, rows: object, columns: object) -> MatrixNormal:
    """Return the normal distribution of n × m matrices X with density
    exp(−½ tr(C⁻¹ (X − loc)ᵀ R⁻¹ (X − loc))) / ((2π)^(nm/2) det R^(m/2) det C^(n/2)).

    Args:
        loc: the mean, shape (..., n, m).
        rows: R, the covariance among rows, n × n, symmetric and positive definite (SciPy's `rowcov`).
        columns: C, among columns, m × m (SciPy's `colcov`); only the product R ⊗ C matters.

    Returns:
        `MatrixNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a matrix that is not symmetric or not positive definite; shapes that do not fit.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.matrix_normal([[0.0, 0.0]], [[1.0]], [[1.0, 0.0], [0.0, 2.0]])
        >>> kb.kl(p, kb.distributions.matrix_normal([[0.0, 0.0]], [[2.0]], [[1.0, 0.0], [0.0, 2.0]])).round(6)
        np.float64(0.193147)
    """
    family = "matrix_normal"
    mean = real(loc, "loc", family)
    if mean.ndim < 2:
        raise ValueError(
            f"{family}: loc has shape {tuple(mean.shape)}, and matrices along the last two axes are needed."
        )
    first = checks.positive_definite(rows, "rows", family, int(mean.shape[-2]))
    second = checks.positive_definite(columns, "columns", family, int(mean.shape[-1]))
    checks.one_batch(family, (mean, "loc", 2), (first, "rows", 2), (second, "columns", 2))
    return MatrixNormal(*together(mean, first, second))
