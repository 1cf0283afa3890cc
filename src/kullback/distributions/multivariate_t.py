"""Multivariate t distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import closed_form
from kullback.distributions.covariances import Cholesky, Covariance, Full, checks
from kullback.distributions.covariances.excess import quotient, scaled_excess
from kullback.distributions.parameters import positive, together
from kullback.distributions.structured import Structured
from kullback.functions import digamma_difference, log_gamma_difference
from kullback.functions.gamma import log_excess
from kullback.functions.stirling import log_gamma_excess
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class MultivariateT(Structured):
    """Multivariate t distribution: density proportional to (1 + (x − loc)ᵀ S⁻¹ (x − loc)/df)^(−(df + d)/2).

    Attributes:
        df: degrees of freedom, > 0.
        loc: the centre, shape (..., d).
        scale: S; the covariance is df/(df − 2) S for df > 2.
    """

    df: Any
    loc: Any
    scale: Covariance

    name: ClassVar[str] = "multivariate_t"
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

    def _log_normaliser(self) -> Any:
        xp = namespace(self.df)
        half = 0.5 * self.dimension
        logs = half * xp.log(math.pi * self.df) + 0.5 * self.scale.log_determinant()
        return logs - log_gamma_difference(0.5 * self.df, half + 0.0 * self.df)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of vectors x."""
        xp = namespace(x, self.df)
        quadratic = self.scale.squared_norm(x - self.loc) / self.df
        return -0.5 * (self.df + self.dimension) * xp.log1p(quadratic) - self._log_normaliser()

    def landmarks(self) -> Any:
        """Return those of the normal distribution with the same scale."""
        from kullback.distributions.multivariate_normal import MultivariateNormal

        return MultivariateNormal(self.loc, self.scale).landmarks()

    def entropy(self) -> Any:
        """Return −E ln p."""
        half = 0.5 * self.dimension + 0.0 * self.df
        rise = digamma_difference(0.5 * self.df, half)
        return self._log_normaliser() + (0.5 * self.df + half) * rise + 0.0 * self.loc[..., 0]

    @closed_form(
        "kl",
        formula="0 for equal distributions",
        source="others are series of Lauricella: Bouhlel and Rousseau, IEEE Signal Process. Lett. 30 (2023)",
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return 0 where P and Q are equal, NaN where they are not."""
        xp = namespace(self.loc, other.loc, self.df, other.df)
        both = quotient(self.scale, other.scale)
        spread = both.excess()
        same = (self.df == other.df) & xp.all(self.loc == other.loc, axis=-1) & (spread == 0.0)
        return xp.where(same, 0.0 * (spread + self.df + other.df), math.nan)

    @closed_form(
        "kl",
        against="multivariate_normal",
        formula="KL(P‖normal with the moments of P) + KL of that from Q; ∞ for df ≤ 2",
        source="the chain rule of a normal family",
    )
    def relative_entropy_from_normal(self, other: Any) -> Any:
        """Return KL(P‖Q) for a normal Q."""
        xp = namespace(self.loc, other.loc, self.df)
        finite = self.df > 2.0
        df = xp.where(finite, self.df, 4.0)
        # The covariance df/(df − 2) S beside Q's: df S beside (df − 2) Σ_Q, whose products are exact.
        spread = scaled_excess(df, self.scale, df - 2.0, other.covariance)
        shift = 0.5 * other.covariance.squared_norm(self.loc - other.loc)
        return xp.where(finite, spread + shift + self._negentropy(df), math.inf)

    def _negentropy(self, df: Any) -> Any:
        """KL from the normal distribution with the same moments, which depends on df and d alone.

        With a = df/2, b = d/2 and f(x) = ln Γ(x) − x ln x + x it is
        f(a + b) − f(a) − (a + b) [f'(a + b) − f'(a)] − b ln(1 − 1/a). For a ≥ 10 f is ½ ln(2π/x) + Stirling's series S,
        whose leading terms leave ½ (b/a − ln(1 + b/a)) − b (ln(1 − 1/a) + 1/a) and the same expression in S.
        """
        xp = namespace(df)
        a, b = 0.5 * df, 0.5 * self.dimension
        large = a >= 10.0
        near = xp.where(large, 10.0, a)
        rise = digamma_difference(near, b + 0.0 * near) - xp.log1p(b / near)
        plain = log_gamma_excess(near + b) - log_gamma_excess(near) - (near + b) * rise - b * xp.log1p(-1.0 / near)
        wide = xp.where(large, a, 10.0)
        t, s = b / wide, 1.0 / wide
        leading = -0.5 * log_excess(t, 1.0 + t) - b * log_excess(-s, 1.0 - s)
        return xp.where(large, leading + _series_part(wide, b), plain)


def _series_part(a: Any, b: float) -> Any:
    """Return S(a + b) − S(a) − (a + b) [S'(a + b) − S'(a)] for Stirling's series S(x) = Σ c_m x^(−m), m = 1, 3, ...

    Term by term it is c [(1 + m) (y^(−m) − a^(−m)) − m b a^(−m−1)], y = a + b.
    """
    from kullback.functions.gamma import STIRLING

    xp = namespace(a)
    y = a + b
    found: Any = 0.0
    for i, c in reversed(list(enumerate(STIRLING))):
        m = 2.0 * i + 1.0
        change = xp.expm1(-m * xp.log1p(b / a))
        found = found + c * a**-m * ((1.0 + m) * change - m * b / a)
    return found + 0.0 * y


def multivariate_t(df: object, loc: object, scale: object = None, *, cholesky: object = None) -> MultivariateT:
    """Return the t distribution of vectors, with density proportional to (1 + (x−loc)ᵀS⁻¹(x−loc)/df)^(−(df + d)/2).

    Args:
        df: degrees of freedom, > 0.
        loc: the centre, shape (..., d).
        scale: S, symmetric and positive definite, shape (..., d, d) (SciPy's `shape`); 1 if neither is given.
        cholesky: the lower triangular L with S = L Lᵀ, in its place.

    Returns:
        `MultivariateT`: one distribution, or a batch of them.

    Raises:
        ValueError: degrees of freedom that are not positive, a matrix that is not symmetric or not positive definite.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.multivariate_t(5.0, [0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])
        >>> kb.kl(p, kb.distributions.multivariate_normal([0.0, 0.0])).round(6)
        np.float64(0.266667)
    """
    from kullback.distributions.multivariate_normal import multivariate_normal

    family = "multivariate_t"
    if scale is not None and cholesky is not None:
        raise ValueError(f"{family}: scale and cholesky are given, and both are the scale: give one.")
    mean = checks.vector(loc, "loc", family)
    n = positive(df, "df", family)
    if scale is None and cholesky is None:
        same = multivariate_normal(loc)
        return MultivariateT(n, same.loc, same.covariance)
    d = int(mean.shape[-1])
    if scale is not None:
        kind, matrix = Full, checks.positive_definite(scale, "scale", family, d)
    else:
        kind, matrix = Cholesky, checks.lower_triangular(cholesky, "cholesky", family, d)
    checks.one_batch(family, (n, "df", 0), (mean, "loc", 1), (matrix, "scale", 2))
    moved = together(n, mean, matrix)
    return MultivariateT(moved[0], moved[1], kind(moved[2]))
