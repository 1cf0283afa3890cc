"""Multivariate normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import PlainNumbers, namespace
from kullback.distribution import closed_form
from kullback.distributions.covariances import (
    Cholesky,
    Covariance,
    Diagonal,
    Full,
    LowRank,
    Precision,
    checks,
    triangular,
)
from kullback.distributions.covariances.bures import bures_distance
from kullback.distributions.covariances.diagonal import Deviations
from kullback.distributions.covariances.excess import excess, quotient, quotient_with
from kullback.distributions.covariances.powers import jensen_excess
from kullback.distributions.covariances.triangular import transposed
from kullback.distributions.parameters import positive, together
from kullback.distributions.structured import Structured
from kullback.natural import Natural, Vector
from kullback.support import Space

_LOG_TAU = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class MultivariateNormal(Structured):
    """Normal distribution of vectors: density exp(−½ (x − loc)ᵀ Σ⁻¹ (x − loc)) / √det(2πΣ).

    Attributes:
        loc: the mean, shape (..., d).
        covariance: Σ, in the way in which it was given.
    """

    loc: Any
    covariance: Covariance

    name: ClassVar[str] = "multivariate_normal"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"loc": 1}

    @property
    def dimension(self) -> int:
        """How many components an outcome has."""
        return int(self.loc.shape[-1])

    @property
    def support(self) -> Space:
        """All vectors."""
        return Space("real vectors", (self.dimension,))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of vectors x."""
        quadratic = self.covariance.squared_norm(x - self.loc)
        return -0.5 * quadratic - 0.5 * (self.covariance.log_determinant() + self.dimension * _LOG_TAU)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) in coordinates in which P is standard."""
        both = quotient(self.covariance, other.covariance)
        z = triangular.solve_vector(self.covariance.factor(), x - self.loc)
        apart = triangular.solve_vector(other.covariance.factor(), self.loc - other.loc)
        xp = namespace(z, apart)
        # In Q's coordinates x is z + (M − 1) z + apart.
        moved = both.times(z) + apart
        return -xp.sum(moved * (z + 0.5 * moved), axis=-1) + xp.sum(both.log, axis=-1)

    def landmarks(self) -> Any:
        """Return the mean and points up to eight standard deviations from it, along the axes of the Cholesky factor."""
        factor, loc = np.asarray(self.covariance.factor()), np.asarray(self.loc)
        steps = np.asarray([-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0])
        points = loc[..., None, :, None] + factor[..., None, :, :] * steps[:, None, None]
        points = np.moveaxis(points, -2, -1)
        return points.reshape(*points.shape[:-3], -1, self.dimension)

    def entropy(self) -> Any:
        """Return ½ ln det(2πe Σ)."""
        return 0.5 * (self.covariance.log_determinant() + self.dimension * (1.0 + _LOG_TAU))

    def log_product_integral(self, other: Self) -> Any:
        """Return ln ∫ p q: the normal density with covariance Σ_P + Σ_Q at the difference of the means."""
        both = _sum(self.covariance, other.covariance)
        quadratic = both.squared_norm(self.loc - other.loc)
        return -0.5 * (quadratic + both.log_determinant() + self.dimension * _LOG_TAU)

    def natural(self, other: Self) -> Natural:
        """Return P as the standard normal and Q beside it: θ = (Λμ, Λ), T = (x, −½ x xᵀ), Λ the precision."""
        both = quotient(self.covariance, other.covariance)
        below = both.below
        xp = namespace(both.step)
        zero = 0.0 * (both.step[..., None] + both.step[..., None, :])
        one = triangular.identity(zero) + zero
        moved = triangular.with_diagonal(zero if below is None else below, both.step)
        apart = triangular.solve_vector(other.covariance.factor(), other.loc - self.loc)
        return Natural(
            theta=(0.0 * apart, one),
            # Q's precision is Mᵀ M = (1 + X)ᵀ (1 + X), and its first parameter Mᵀ times its mean, whitened.
            step=(
                apart + triangular.product(transposed(moved), apart),
                moved + transposed(moved) + xp.matmul(transposed(moved), moved),
            ),
            remainder=_remainder,
            inside=lambda theta: ~xp.isnan(triangular.cholesky(theta[1])[..., -1, -1]),
            formula="A(θ) = ½ θ₁ᵀΛ⁻¹θ₁ − ½ ln det Λ",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the normal",
        )

    @closed_form(
        "kl",
        formula="½ (tr Σ_Q⁻¹Σ_P − d − ln det Σ_Q⁻¹Σ_P) + ½ (μ_P − μ_Q)ᵀ Σ_Q⁻¹ (μ_P − μ_Q)",
        source="Kullback, Information Theory and Statistics (1959), ch. 9, eq. (1.2)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) as a sum of squares and of λ − 1 − ln λ."""
        spread = excess(self.covariance, other.covariance)
        return spread + 0.5 * other.covariance.squared_norm(self.loc - other.loc)

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="Kullback, ch. 9, eq. (1.4)")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form(
        "renyi",
        formula="α/2 ΔᵀC⁻¹Δ − ln(det C/(det Σ_P^(1−α) det Σ_Q^α))/(2(α − 1)), C = αΣ_Q + (1−α)Σ_P, Δ = μ_P − μ_Q",
        source="Gil, Alajaji and Linder, Rényi divergence measures for commonly used univariate continuous "
        "distributions, Inform. Sci. 249 (2013), table 2",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence; +∞ where C is not positive definite."""
        return jensen_excess(self.covariance, other.covariance, self.loc - other.loc, order)

    @closed_form(
        "wasserstein",
        formula="√(‖μ_P − μ_Q‖² + tr(Σ_P + Σ_Q − 2 (Σ_Q^½ Σ_P Σ_Q^½)^½)), of order 2",
        source="Dowson and Landau, The Fréchet distance between multivariate normal distributions, "
        "J. Multivariate Anal. 12 (1982), eq. (16)",
        everywhere=False,
    )
    def wasserstein(self, other: Self, order: float) -> Any:
        """Return the distance of order 2, NaN for others."""
        xp = namespace(self.loc, other.loc)
        apart = self.loc - other.loc
        squared = xp.sum(apart * apart, axis=-1) + bures_distance(self.covariance, other.covariance)
        positive_ = squared > 0.0
        root = xp.where(positive_, xp.sqrt(xp.where(positive_, squared, 1.0)), 0.0)
        return root if order == 2 else math.nan * root

    @closed_form(
        "fisher_rao",
        formula="√(½ Σ ln² λᵢ), λ the eigenvalues of Σ_Q⁻¹Σ_P, for equal means; "
        "2√2 arsinh(δ/√8), δ² = (μ_P − μ_Q)ᵀ Σ⁻¹ (μ_P − μ_Q), for equal covariances",
        source="Skovgaard, A Riemannian geometry of the multivariate normal model, Scand. J. Statist. 11 (1984)",
        everywhere=False,
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return the geodesic distance, NaN where means and covariances differ.

        For equal covariances the path stays among those that differ along the difference of the means, as reflections
        of the other axes leave it alone: that of one normal number.
        """
        xp = namespace(self.loc, other.loc)
        logs = _log_eigenvalues(self.covariance, other.covariance)
        squared = 0.5 * xp.sum(logs * logs, axis=-1)
        some = squared > 0.0
        root = xp.where(some, xp.sqrt(xp.where(some, squared, 1.0)), 0.0)
        apart = other.covariance.squared_norm(self.loc - other.loc)
        moved = apart > 0.0
        mahalanobis = xp.where(moved, xp.sqrt(xp.where(moved, apart, 1.0)), 0.0 * apart)
        shifted = math.sqrt(8.0) * xp.asinh(math.sqrt(0.125) * mahalanobis)
        same = xp.all(self.loc == other.loc, axis=-1)
        return xp.where(same, root, xp.where(squared == 0.0, shifted, math.nan))


def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the normals with natural parameters θ and θ + step: excess of the precisions, changed over."""
    xp = namespace(*theta, *step)
    first, second = Full(theta[1]), Full(theta[1] + step[1])
    spread = quotient_with(step[1] + 0.0 * theta[1], second, first).excess()
    # μ_Q − μ_P = Λ_Q⁻¹ (Δθ₁ − ΔΛ μ_P)
    factor = first.factor()
    mean = _solve_both(factor, theta[0])
    gap = triangular.solve_vector(second.factor(), step[0] - triangular.product(step[1], mean))
    return spread + 0.5 * xp.sum(gap * gap, axis=-1)


def _solve_both(factor: Any, x: Any) -> Any:
    """Return (L Lᵀ)⁻¹ x."""
    xp = namespace(factor, x)
    half = triangular.solve_vector(factor, x)
    backwards = xp.flip(transposed(factor), axis=(-2, -1))
    return xp.flip(triangular.solve_vector(backwards, xp.flip(half, axis=-1)), axis=-1)


def _log_eigenvalues(p: Covariance, q: Covariance) -> Any:
    """Return the logarithms of the eigenvalues of Σ_Q⁻¹Σ_P, to their last digits near 0."""
    both = quotient(p, q)
    if both.below is None:
        return 2.0 * both.log
    xp = namespace(both.step)
    moved = triangular.with_diagonal(both.below, both.step)
    s = moved + transposed(moved) + xp.matmul(moved, transposed(moved))
    near = triangular.squares(s) < 0.25
    close = xp.log1p(xp.linalg.eigvalsh(xp.where(near[..., None, None], s, 0.0)))
    whole = moved + triangular.identity(moved)
    far = 2.0 * xp.log(xp.linalg.svdvals(xp.where(near[..., None, None], triangular.identity(moved), whole)))
    return xp.where(near[..., None], close, far)


def _sum(p: Covariance, q: Covariance) -> Covariance:
    if isinstance(p, Diagonal) and isinstance(q, Diagonal):
        return Diagonal(p.variances() + q.variances())
    return Full(p.dense() + q.dense())


def multivariate_normal(
    loc: object,
    covariance: object = None,
    *,
    cholesky: object = None,
    precision: object = None,
    diagonal: object = None,
    low_rank: tuple[object, object] | None = None,
) -> MultivariateNormal:
    """Return the normal distribution of vectors with density exp(−½ (x − loc)ᵀ Σ⁻¹ (x − loc)) / √det(2πΣ).

    The covariance Σ is given in one of five ways, and divergences between two of one kind use what the kind offers.

    Args:
        loc: the mean, shape (..., d); the other axes are a batch.
        covariance: Σ, symmetric and positive definite, shape (..., d, d); the identity if nothing is given.
        cholesky: the lower triangular L with Σ = L Lᵀ (PyTorch's `scale_tril`).
        precision: Σ⁻¹ (PyTorch's `precision_matrix`).
        diagonal: the variances, shape (..., d), of independent components.
        low_rank: a pair (W, v) with Σ = W Wᵀ + diag(v), shapes (..., d, k) and (..., d) (PyTorch's `cov_factor` and
            `cov_diag`).

    Returns:
        `MultivariateNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a matrix that is not symmetric or not positive definite, with by how much and where; shapes that do
            not fit; Σ given twice.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.multivariate_normal([0.0, 0.0], [[1.0, 0.5], [0.5, 1.0]])
        >>> kb.kl(p, kb.distributions.multivariate_normal([0.0, 1.0])).round(12)
        np.float64(0.643841036226)
    """
    family = "multivariate_normal"
    ways = {
        "covariance": covariance,
        "cholesky": cholesky,
        "precision": precision,
        "diagonal": diagonal,
        "low_rank": low_rank,
    }
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise ValueError(f"{family}: {' and '.join(given)} are given, and each of them is the covariance: give one.")
    mean = checks.vector(loc, "loc", family)
    d = int(mean.shape[-1])
    if given == ["covariance"]:
        matrix, factor = checks.factored(covariance, "covariance", family, d)
        checks.one_batch(family, (mean, "loc", 1), (matrix, "covariance", 2))
        moved = together(mean, matrix)
        return MultivariateNormal(moved[0], Full(moved[1]).keeping(factor if moved[1] is matrix else None))
    kind, arrays = _given(given[0] if given else None, ways, d, family)
    checks.one_batch(family, (mean, "loc", 1), *arrays)
    moved = together(mean, *(x for x, _, _ in arrays))
    return MultivariateNormal(moved[0], kind(*moved[1:]))


def _given(
    way: str | None, ways: dict[str, Any], d: int, family: str
) -> tuple[type[Covariance], list[tuple[Any, str, int]]]:
    match way:
        case None:
            return Diagonal, [(np.ones(d).view(PlainNumbers), "diagonal", 1)]
        case "cholesky":
            return Cholesky, [(checks.lower_triangular(ways[way], way, family, d), way, 2)]
        case "precision":
            return Precision, [(checks.positive_definite(ways[way], way, family, d), way, 2)]
        case "diagonal":
            variances = checks.vector(ways[way], way, family, check=positive)
            checks.one_size(variances, way, d, "loc", family)
            return Diagonal, [(variances, way, 1)]
        case _:
            pair = ways["low_rank"]
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(
                    f"{family}: low_rank must be a pair (W, v) of a factor and variances, not {pair!r:.60}."
                )
            tall = checks.vector(pair[0], "low_rank[0]", family)
            rest = checks.vector(pair[1], "low_rank[1]", family, check=positive)
            if tall.ndim < 2 or tall.shape[-2] != d:
                raise ValueError(f"{family}: low_rank[0] has shape {tuple(tall.shape)}, and (..., {d}, k) is needed.")
            checks.one_size(rest, "low_rank[1]", d, "loc", family)
            return LowRank, [(tall, "low_rank[0]", 2), (rest, "low_rank[1]", 1)]


def from_normals(loc: Any, scale: Any) -> MultivariateNormal:
    """Return independent normal components, along the last axis, as one distribution of vectors.

    Args:
        loc: means, shape (..., d).
        scale: standard deviations, of the same shape; kept as they are, as squares would round.
    """
    xp = namespace(loc, scale)
    loc, scale = xp.broadcast_arrays(loc, scale)
    return MultivariateNormal(loc, Deviations(scale))
