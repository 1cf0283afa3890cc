"""Dirichlet distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.covariances.checks import vector
from kullback.distributions.parameters import positive
from kullback.functions import digamma_difference, log_dirichlet_remainder, log_dirichlet_remainder_to, log_gamma
from kullback.natural import Natural
from kullback.numerics import xlogy
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class Dirichlet(Density):
    """Dirichlet distribution: density Π xᵢ^(aᵢ − 1)/B(a) on the simplex, a = concentration.

    Attributes:
        concentration: a, > 0, shape (..., K).
    """

    concentration: Any

    name: ClassVar[str] = "dirichlet"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"concentration": 1}

    @property
    def support(self) -> Space:
        """Probability vectors."""
        return Space("simplex", (int(self.concentration.shape[-1]),))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of vectors x, −∞ where they are no probabilities."""
        xp = namespace(x, self.concentration)
        inside = xp.all(x >= 0.0, axis=-1) & (xp.abs(xp.sum(x, axis=-1) - 1.0) < 1e-8)
        safe = xp.where(inside[..., None], x, 1.0)
        value = xp.sum(xlogy(self.concentration - 1.0, safe), axis=-1) - self._log_normaliser()
        return xp.where(inside, value, -math.inf)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) about the means of the logarithms."""
        xp = namespace(x, self.concentration, other.concentration)
        step = other.concentration - self.concentration
        centred = xp.sum(step * (xp.log(x) - self._mean_logs()), axis=-1)
        return centred - log_dirichlet_remainder_to(self.concentration, other.concentration)

    def _log_normaliser(self) -> Any:
        xp = namespace(self.concentration)
        return xp.sum(log_gamma(self.concentration), axis=-1) - log_gamma(xp.sum(self.concentration, axis=-1))

    def _mean_logs(self) -> Any:
        """E ln xᵢ = ψ(aᵢ) − ψ(Σa)."""
        xp = namespace(self.concentration)
        a = self.concentration
        return -digamma_difference(a, xp.sum(a, axis=-1)[..., None] - a)

    def entropy(self) -> Any:
        """Return ln B(a) − Σ (aᵢ − 1) E ln xᵢ."""
        xp = namespace(self.concentration)
        return self._log_normaliser() - xp.sum((self.concentration - 1.0) * self._mean_logs(), axis=-1)

    def natural(self, other: Self) -> Natural:
        """Return P and Q by their concentrations: θ = a, T = ln x."""
        xp = namespace(self.concentration)
        return Natural(
            theta=(self.concentration,),
            step=(other.concentration - self.concentration,),
            remainder=lambda theta, step: log_dirichlet_remainder(theta[0], step[0]),
            inside=lambda theta: xp.all(theta[0] > 0.0, axis=-1),
            formula="A(θ) = Σ ln Γ(θᵢ) − ln Γ(Σ θᵢ)",
            source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the Dirichlet",
        )

    @closed_form(
        "kl",
        formula="ln B(b) − ln B(a) − Σ (bᵢ − aᵢ)(ψ(aᵢ) − ψ(Σa)), Q with concentration b",
        source="Penny, KL-divergences of normal, gamma, Dirichlet and Wishart densities (2001), eq. (7)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q), as the remainder of ln B beyond its tangent."""
        return log_dirichlet_remainder_to(self.concentration, other.concentration)

    @closed_form(
        "renyi",
        formula="[α R(m; P) + (1−α) R(m; Q)]/(1−α), m = αa + (1−α)b, R what ln B has beyond its tangent at m",
        source="Gil, Alajaji and Linder, Rényi divergence measures, Inform. Sci. 249 (2013), table 2",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where some concentration of P is more than twice that of Q or less than half.

        Steps between the concentrations would lose the smaller; where all are near, the rounding of m would count, and
        the natural parameters are for that.
        """
        a, b = self.concentration, other.concentration
        xp = namespace(a, b)
        near = xp.all((a < 2.0 * b) & (b < 2.0 * a), axis=-1)
        mixed = order * a + (1.0 - order) * b
        inside = xp.all(mixed > 0.0, axis=-1)
        mixed = xp.where(inside[..., None], mixed, 1.0)
        if order < 1.0:
            first = log_dirichlet_remainder_to(mixed, a)
            value = order / (1.0 - order) * first + log_dirichlet_remainder_to(mixed, b)
        else:
            value = log_dirichlet_remainder_to(a, mixed) / (order - 1.0) + log_dirichlet_remainder_to(a, b)
        return xp.where(near, math.nan, xp.where(inside, value, math.inf))


def dirichlet(concentration: object) -> Dirichlet:
    """Return the Dirichlet distribution of probability vectors with density Π xᵢ^(aᵢ − 1)/B(a), a = concentration.

    Args:
        concentration: a, > 0, shape (..., K); the other axes are a batch (SciPy's `alpha`).

    Returns:
        `Dirichlet`: one distribution, or a batch of them.

    Raises:
        ValueError: a concentration that is not positive, a single number.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.dirichlet([1e8, 1e8, 1e8])
        >>> kb.kl(p, kb.distributions.dirichlet([1e8 + 1e3, 1e8, 1e8])).round(8)
        np.float64(0.00333332)
    """
    return Dirichlet(vector(concentration, "concentration", "dirichlet", check=positive))
