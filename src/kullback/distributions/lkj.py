"""LKJ distribution of correlation matrices, and of their Cholesky factors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import device_of, namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.covariances import triangular
from kullback.distributions.parameters import positive
from kullback.distributions.spherical_uniform import whole_number
from kullback.distributions.structured import Structured
from kullback.functions import digamma_difference, log_beta_remainder, log_beta_remainder_to, log_gamma_difference
from kullback.natural import Natural
from kullback.support import Space

_SOURCE = "Lewandowski, Kurowicka and Joe, Generating random correlation matrices, J. Multivariate Anal. 100 (2009)"


@dataclass(frozen=True, eq=False)
class Lkj(Structured):
    """LKJ distribution: density proportional to det R^(concentration − 1) on d × d correlation matrices.

    Attributes:
        dimension: d ≥ 2, a Python number.
        concentration: η > 0; 1 is the uniform distribution.
    """

    dimension: int
    concentration: Any

    name: ClassVar[str] = "lkj"
    event_dimensions: ClassVar[int] = 2

    @property
    def support(self) -> Space:
        """Correlation matrices."""
        return Space("correlation matrices", (self.dimension, self.dimension))

    def _shapes(self) -> tuple[Any, Any]:
        """a = η + (d − 1 − k)/2 and b = k/2 for k = d − 1, ..., 1: ∫ det R^(η−1) dR = Π π^b Γ(a)/Γ(a + b)."""
        xp = namespace(self.concentration)
        like = self.concentration
        b = xp.asarray(0.5 * np.arange(self.dimension - 1, 0, -1.0), dtype=like.dtype, device=device_of(like))
        return like[..., None] + (b[0] - b), b + 0.0 * like[..., None]

    def _log_normaliser(self) -> Any:
        xp = namespace(self.concentration)
        a, b = self._shapes()
        return xp.sum(b * math.log(math.pi) - log_gamma_difference(a, b), axis=-1)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(R) of matrices, −∞ where they are no correlation matrices."""
        xp = namespace(x, self.concentration)
        diagonal = triangular.diagonal(triangular.cholesky(x))
        ones = xp.all(xp.abs(triangular.diagonal(x) - 1.0) < 1e-8, axis=-1)
        inside = ones & xp.all(diagonal > 0.0, axis=-1)
        logs = 2.0 * xp.sum(xp.log(xp.where(inside[..., None], diagonal, 1.0)), axis=-1)
        return xp.where(inside, (self.concentration - 1.0) * logs - self._log_normaliser(), -math.inf)

    def mean_log_determinant(self) -> Any:
        """Return E ln det R."""
        a, b = self._shapes()
        return -namespace(a).sum(digamma_difference(a, b), axis=-1)

    def entropy(self) -> Any:
        """Return −E ln p."""
        return self._log_normaliser() - (self.concentration - 1.0) * self.mean_log_determinant()

    def natural(self, other: Self) -> Natural:
        """Return P and Q by their concentrations: θ = η, T = ln det R."""
        _, b = self._shapes()
        offset = b[..., :1] - b
        xp = namespace(self.concentration)

        def remainder(theta: tuple[Any, ...], step: tuple[Any, ...]) -> Any:
            a = theta[0][..., None] + offset
            return xp.sum(log_beta_remainder(a, b + 0.0 * a, step[0][..., None] + 0.0 * a, 0.0 * a), axis=-1)

        return Natural(
            theta=(self.concentration,),
            step=(other.concentration - self.concentration,),
            remainder=remainder,
            inside=lambda theta: theta[0] > 0.0,
            formula="A(θ) = Σ over k < d of ln Γ(θ + (d−1−k)/2) − ln Γ(θ + (d−1)/2)",
            source=_SOURCE + ", eq. (16)",
        )

    @closed_form(
        "kl",
        formula="ln c(η')/c(η) − (η' − η) E ln det R, c the integral of det R^(η−1), Q with η'",
        source=_SOURCE + ", eq. (16)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q), as remainders of logarithms of beta functions."""
        a, b = self._shapes()
        new = other._shapes()[0]
        xp = namespace(a, new)
        zero = 0.0 * (a + new)
        step = (other.concentration - self.concentration)[..., None] + zero
        # Beside a step that is large the smaller of the two would be rounded away; a small one is known better than
        # the difference of the arguments, of which the first is the concentration itself.
        far = xp.abs(step) > 0.5 * a
        first = log_beta_remainder_to(*(x[..., 0] for x in (a + zero, b + zero, new + zero, b + zero)))
        rest = xp.where(
            far,
            log_beta_remainder_to(a + zero, b + zero, new + zero, b + zero),
            log_beta_remainder(a + zero, b + zero, xp.where(far, 0.0, step), zero),
        )
        return first + xp.sum(rest[..., 1:], axis=-1)

    @closed_form(
        "renyi",
        formula="[α KL(m‖η) + (1−α) KL(m‖η')]/(1−α), m = αη + (1−α)η', of concentrations",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences (2011), eq. (9)",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where one concentration is more than twice the other.

        A step between them would lose the smaller; where they are near, the natural parameters lose nothing.
        """
        a, b = self.concentration, other.concentration
        xp = namespace(a, b)
        m = order * a + (1.0 - order) * b
        inside = m > 0.0
        mixed = Lkj(self.dimension, xp.where(inside, m, 1.0))
        if order < 1.0:
            value = order / (1.0 - order) * mixed.relative_entropy(self) + mixed.relative_entropy(other)
        else:
            value = self.relative_entropy(mixed) / (order - 1.0) + self.relative_entropy(other)
        near = (a < 2.0 * b) & (b < 2.0 * a)
        return xp.where(near, math.nan, xp.where(inside, value, math.inf))


@dataclass(frozen=True, eq=False)
class LkjCholesky(Structured):
    """Distribution of the Cholesky factors of correlation matrices of an LKJ distribution.

    Attributes:
        dimension: d ≥ 2, a Python number.
        concentration: η > 0.
    """

    dimension: int
    concentration: Any

    name: ClassVar[str] = "lkj_cholesky"
    event_dimensions: ClassVar[int] = 2

    @property
    def support(self) -> Space:
        """Factors of correlation matrices."""
        return Space("Cholesky factors of correlation matrices", (self.dimension, self.dimension))

    def image_of(self) -> tuple[object, Density]:
        """Return it as the factor of a correlation matrix."""
        return "Cholesky factor", Lkj(self.dimension, self.concentration)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(L), with respect to the entries below the diagonal; −∞ where L is no such factor."""
        xp = namespace(x, self.concentration)
        diagonal = triangular.diagonal(x)
        rows = xp.sum(x * x, axis=-1)
        none = xp.all(xp.triu(x, k=1) == 0.0, axis=(-2, -1))
        inside = none & xp.all(xp.abs(rows - 1.0) < 1e-8, axis=-1) & xp.all(diagonal > 0.0, axis=-1)
        d = self.dimension
        # dR/dL is the product of L_kk^(d − k), and det R that of L_kk².
        powers = xp.asarray(
            np.arange(d - 1, -1, -1.0), dtype=self.concentration.dtype, device=device_of(self.concentration)
        )
        logs = xp.log(xp.where(inside[..., None], diagonal, 1.0))
        value = xp.sum((powers + 2.0 * (self.concentration[..., None] - 1.0)) * logs, axis=-1)
        # The last component of each row is what its length leaves.
        return xp.where(inside, value - Lkj(d, self.concentration)._log_normaliser(), -math.inf)  # pyright: ignore[reportPrivateUsage]

    def entropy(self) -> Any:
        """Return that of the correlation matrix, less E ln dR/dL."""
        inner = Lkj(self.dimension, self.concentration)
        a, b = inner._shapes()  # pyright: ignore[reportPrivateUsage]
        xp = namespace(a)
        # The square of the last entry of row k + 1 has the beta distribution with shapes η + (d − 1 − k)/2, k/2;
        # k runs from d − 1 down to 1, and that entry takes the power d − 1 − k.
        power = xp.asarray(np.arange(0.0, self.dimension - 1.0), dtype=a.dtype, device=device_of(a))
        return inner.entropy() + 0.5 * xp.sum(power * digamma_difference(a, b), axis=-1)

    def natural(self, other: Self) -> Natural:
        """Return the correlation matrices in natural parameters."""
        inner = Lkj(self.dimension, self.concentration)
        return inner.natural(Lkj(other.dimension, other.concentration))

    @closed_form("kl", formula="that of the correlation matrices", source="invariance")
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        inner = Lkj(self.dimension, self.concentration)
        return inner.relative_entropy(Lkj(other.dimension, other.concentration))

    @closed_form("renyi", formula="that of the correlation matrices", source="invariance", everywhere=False)
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where one concentration is more than twice the other."""
        inner = Lkj(self.dimension, self.concentration)
        return inner.renyi(Lkj(other.dimension, other.concentration), order)


def lkj(dimension: int, concentration: object) -> Lkj:
    """Return the LKJ distribution of correlation matrices with density proportional to det R^(concentration − 1).

    Args:
        dimension: d ≥ 2, how many rows a matrix has.
        concentration: η > 0; 1 is the uniform distribution.

    Returns:
        `Lkj`: one distribution, or a batch of them.

    Raises:
        ValueError: a dimension that is no whole number ≥ 2, a concentration that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.lkj(2, 1.5), kb.distributions.lkj(2, 4.0)).round(12)
        np.float64(0.424541038821)
    """
    return Lkj(_dimension(dimension, "lkj"), positive(concentration, "concentration", "lkj"))


def lkj_cholesky(dimension: int, concentration: object) -> LkjCholesky:
    """Return the distribution of the Cholesky factors of correlation matrices of an LKJ distribution.

    Args:
        dimension: d ≥ 2, how many rows a matrix has.
        concentration: η > 0; 1 is that of uniform correlation matrices.

    Returns:
        `LkjCholesky`: one distribution, or a batch of them (PyTorch's `LKJCholesky`).

    Raises:
        ValueError: a dimension that is no whole number ≥ 2, a concentration that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.lkj_cholesky(2, 1.5), kb.distributions.lkj_cholesky(2, 4.0)).round(12)
        np.float64(0.424541038821)
    """
    return LkjCholesky(_dimension(dimension, "lkj_cholesky"), positive(concentration, "concentration", "lkj_cholesky"))


def _dimension(dimension: object, family: str) -> int:
    return whole_number(dimension, "dimension", family, least=2)
