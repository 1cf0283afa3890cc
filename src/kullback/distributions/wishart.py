"""Wishart distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.covariances import Cholesky, Covariance, Full, checks, triangular
from kullback.distributions.covariances.excess import quotient, quotient_with, scaled_excess
from kullback.distributions.covariances.triangular import transposed
from kullback.distributions.parameters import above, together
from kullback.distributions.structured import Structured
from kullback.functions import multivariate_digamma, multivariate_log_gamma
from kullback.functions.gamma import log_excess
from kullback.functions.stirling import log_gamma_excess_remainder
from kullback.natural import Natural, Vector
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class Wishart(Structured):
    """Wishart distribution: density proportional to det X^((df − p − 1)/2) exp(−½ tr(V⁻¹ X)) on p × p matrices.

    Attributes:
        df: degrees of freedom, > p − 1.
        scale: V, in the way in which it was given; the mean is df · V.
    """

    df: Any
    scale: Covariance

    name: ClassVar[str] = "wishart"
    event_dimensions: ClassVar[int] = 2

    @property
    def dimension(self) -> int:
        """How many rows a matrix has."""
        return self.scale.dimension

    @property
    def support(self) -> Space:
        """Positive definite matrices."""
        return Space("positive definite matrices", (self.dimension, self.dimension))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of matrices x, −∞ where they are not positive definite."""
        xp = namespace(x, self.df)
        factor = triangular.cholesky(x)
        diagonal = triangular.diagonal(factor)
        inside = xp.all(diagonal > 0.0, axis=-1)
        p = self.dimension
        half = triangular.solve(self.scale.factor(), xp.where(inside[..., None, None], factor, 0.0))
        logs = 2.0 * xp.sum(xp.log(xp.where(inside[..., None], diagonal, 1.0)), axis=-1)
        value = 0.5 * (self.df - p - 1.0) * logs - 0.5 * triangular.squares(half) - self._log_normaliser()
        return xp.where(inside, value, -math.inf)

    def _log_normaliser(self) -> Any:
        p = self.dimension
        half = 0.5 * self.df
        return half * (p * math.log(2.0) + self.scale.log_determinant()) + multivariate_log_gamma(half, p)

    def mean_log_determinant(self) -> Any:
        """Return E ln det X."""
        p = self.dimension
        return multivariate_digamma(0.5 * self.df, p) + p * math.log(2.0) + self.scale.log_determinant()

    def entropy(self) -> Any:
        """Return −E ln p."""
        p = self.dimension
        return self._log_normaliser() - 0.5 * (self.df - p - 1.0) * self.mean_log_determinant() + 0.5 * self.df * p

    def natural(self, other: Self) -> Natural:
        """Return P with unit scale and Q beside it: θ = (df − p + 1, V⁻¹), T = (½ ln det X, −½ X)."""
        moved = self._relative(other)[0]
        xp = namespace(moved, self.df)
        one = triangular.identity(moved) + 0.0 * moved
        excess = self._beyond()
        return Natural(
            theta=(excess + 0.0 * other.df, one),
            step=(other.df - self.df, moved + transposed(moved) + xp.matmul(transposed(moved), moved)),
            remainder=_remainder,
            inside=lambda theta: (theta[0] > 0.0) & ~xp.isnan(triangular.cholesky(theta[1])[..., -1, -1]),
            formula="A(θ) = ln Γ_p(n/2) − n/2 ln det(θ₂/2), n = θ₁ + p − 1",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the Wishart",
        )

    def _beyond(self) -> Any:
        """df − (p − 1), which is what is small near the least degrees of freedom."""
        return self.df - (self.dimension - 1.0)

    def _relative(self, other: Self) -> tuple[Any, Any]:
        """M − 1 and M = L_Q⁻¹ L_P, each to its last digit."""
        both = quotient(self.scale, other.scale)
        xp = namespace(both.step)
        zero = 0.0 * (both.step[..., None] + both.step[..., None, :])
        below = zero if both.below is None else both.below
        near = xp.abs(both.step) < 0.5
        diagonal = xp.where(near, 1.0 + both.step, xp.exp(both.log))
        return triangular.with_diagonal(below, both.step), triangular.with_diagonal(below, diagonal)

    @closed_form(
        "kl",
        formula="ln Γ_p(n'/2)/Γ_p(n/2) + (n − n')/2 ψ_p(n/2) + n/2 (tr V'⁻¹V − p) − n'/2 ln det V'⁻¹V, Q with n', V'",
        source="Penny, KL-divergences of normal, gamma, Dirichlet and Wishart densities (2001), eq. (12)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): that of the means, and what the degrees of freedom add when these are equal."""
        spread = scaled_excess(self.df, self.scale, other.df, other.scale)
        return other.df * spread + degrees_excess(self._beyond(), other._beyond(), other.df - self.df, self.dimension)

    @closed_form(
        "renyi",
        formula="[α KL(M‖P) + (1−α) KL(M‖Q)]/(1−α), M with df αn + (1−α)n' and inverse scale αV⁻¹ + (1−α)V'⁻¹",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences (2011), eq. (9)",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where P and Q are not near each other.

        Steps between them would lose the smaller parameters; near each other, the natural parameters lose nothing.
        """
        both = self.natural(other)
        (n, one), (_, step) = both.theta, both.step
        new = other._beyond() + 0.0 * n
        xp = namespace(n, new, step)
        whole = self._relative(other)[1]
        p, q = (n, one), (new, xp.matmul(transposed(whole), whole))
        t = 1.0 - order
        mixed, matrix = order * n + t * new, order * one + t * q[1]
        inside = (mixed > 0.0) & ~xp.isnan(triangular.cholesky(matrix)[..., -1, -1])
        mixed = xp.where(inside, mixed, n)
        share = xp.where(inside, t, 0.0)[..., None, None]
        m = mixed, xp.where(inside[..., None, None], matrix, one)
        if order < 1.0:
            back = _between(m, p, (n - mixed, -share * step))
            value = order / t * back + _between(m, q, (new - mixed, (1.0 - share) * step))
        else:
            value = _between(p, m, (mixed - n, share * step)) / (order - 1.0) + self.relative_entropy(other)
        near = (n < 2.0 * new) & (new < 2.0 * n) & (triangular.squares(step) < 0.25)
        return xp.where(near, math.nan, xp.where(inside, value, math.inf))

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)


def degrees_excess(beyond: Any, other: Any, step: Any, p: int) -> Any:
    """Return KL of Wishart distributions of equal means, from df − (p − 1) of P and Q and their difference; ≥ 0.

    With a = df/2, y that of Q, d = y − a it is the sum over j < p of what ln Γ(a − j/2) has beyond its tangent, less
    h(a, y) = y ln(y/a) − d, which the scales take up. What Γ has beyond h(a − j/2, y − j/2) stays as it is, and
    h(a − c, y − c) − h(a, y) = c [t − ln(1 + t)] − y [z − ln(1 + z)], t = d/(a − c), z = c t/y.
    """
    xp = namespace(beyond, other, step)
    beyond, other, step = xp.broadcast_arrays(beyond, other, step)
    a, y, d = 0.5 * (beyond + (p - 1.0)), 0.5 * (other + (p - 1.0)), 0.5 * step
    found: Any = 0.0
    for j in range(p):
        c = 0.5 * j
        first, last = (0.5 * (x + (p - 1.0 - j)) for x in (beyond, other))
        found = found + log_gamma_excess_remainder(first, d, last)
        if not j:
            continue
        t = d / first
        z = c * t / y
        ratio = (last / first) * (a / y)
        shift = y * log_excess(z, ratio) - c * log_excess(t, last / first)
        # Near the least degrees of freedom h(a − c, y − c) is by far the greater.
        plain = y * log_excess(-d / y, a / y) - last * log_excess(-d / last, first / last)
        # Far apart d itself would cancel.
        far = last * xp.log(last / first) - y * xp.log(y / a)
        plain = xp.where(xp.abs(d) < 0.5 * y, plain, far)
        found = found + xp.where(last > 0.5 * y, shift, plain)
    return found


def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the Wishart distributions with natural parameters θ and θ + step."""
    return _between(theta, (theta[0] + step[0], theta[1] + step[1]), step)


def _between(p: Vector, q: Vector, step: Vector) -> Any:
    """Return KL of Wishart distributions given by df − (p − 1) and inverse scale, with the steps between them."""
    (beyond, first), (other, second) = p, q
    d, change = step
    size = int(first.shape[-1])
    n, new = beyond + (size - 1.0), other + (size - 1.0)
    # tr(n V'⁻¹V) = tr(n Λ' Λ⁻¹): the precisions in each other's place.
    difference = n[..., None, None] * change - d[..., None, None] * first
    spread = quotient_with(difference, Full(n[..., None, None] * second), Full(new[..., None, None] * first)).excess()
    return new * spread + degrees_excess(beyond, other, d, size)


def degrees(df: object, p: int, family: str) -> Any:
    """Return degrees of freedom, which must be greater than p − 1."""
    return above(p - 1.0, df, "df", family)


def scale_of(scale: object, cholesky: object, family: str) -> tuple[type[Full] | type[Cholesky], Any]:
    """Return the kind of a scale matrix and its array, from the one of the two that is given."""
    if (scale is None) == (cholesky is None):
        raise ValueError(f"{family}: give scale or cholesky, one of the two.")
    if scale is not None:
        return Full, checks.positive_definite(scale, "scale", family)
    return Cholesky, checks.lower_triangular(cholesky, "cholesky", family)


def wishart(df: object, scale: object = None, *, cholesky: object = None) -> Wishart:
    """Return the Wishart distribution of p × p matrices with density
    det X^((df − p − 1)/2) exp(−½ tr(V⁻¹X)) / (2^(df·p/2) det V^(df/2) Γ_p(df/2)), V = scale.

    Args:
        df: degrees of freedom, > p − 1.
        scale: V, symmetric and positive definite, shape (..., p, p) (PyTorch's `covariance_matrix`).
        cholesky: the lower triangular L with V = L Lᵀ, in its place (PyTorch's `scale_tril`).

    Returns:
        `Wishart`: one distribution, or a batch of them.

    Raises:
        ValueError: too few degrees of freedom, a matrix that is not symmetric or not positive definite.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.wishart(4.0, [[1.0, 0.0], [0.0, 1.0]])
        >>> kb.kl(p, kb.distributions.wishart(5.0, [[1.0, 0.5], [0.5, 1.0]])).round(6)
        np.float64(0.789956)
    """
    family = "wishart"
    kind, matrix = scale_of(scale, cholesky, family)
    n = degrees(df, int(matrix.shape[-1]), family)
    checks.one_batch(family, (n, "df", 0), (matrix, "scale", 2))
    moved = together(n, matrix)
    return Wishart(moved[0], kind(moved[1]))
