"""Power spherical distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.directions import component, direction, turn
from kullback.distributions.parameters import non_negative, together
from kullback.functions import (
    digamma_difference,
    log_beta_remainder,
    log_beta_remainder_to,
    log_gamma_difference,
    vonmises_remainder,
)
from kullback.support import Space

_SOURCE = "De Cao and Aziz, The power spherical distribution, arXiv:2006.04437 (2020)"


@dataclass(frozen=True, eq=False)
class PowerSpherical(Density):
    """Power spherical distribution: density proportional to (1 + mean_direction·x)^concentration on the unit sphere.

    Attributes:
        mean_direction: μ, a unit vector, shape (..., d).
        concentration: κ ≥ 0; 0 is the uniform distribution.
    """

    mean_direction: Any
    concentration: Any

    name: ClassVar[str] = "power_spherical"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"mean_direction": 1}

    @property
    def dimension(self) -> int:
        """How many components a vector has."""
        return int(self.mean_direction.shape[-1])

    @property
    def support(self) -> Space:
        """Unit vectors."""
        return Space("sphere", (self.dimension,))

    def _shapes(self) -> tuple[Any, Any]:
        """The shapes of the beta distribution of (1 + μ·x)/2."""
        b = 0.5 * (self.dimension - 1) + 0.0 * self.concentration
        return b + self.concentration, b

    def _log_normaliser(self) -> Any:
        a, b = self._shapes()
        # 2^(a+b) π^b Γ(a)/Γ(a + b)
        return (a + b) * math.log(2.0) + b * math.log(math.pi) - log_gamma_difference(a, b)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of unit vectors x, with respect to the area of the sphere."""
        xp = namespace(x, self.concentration)
        along = component(x, self.mean_direction)
        return self.concentration * xp.log1p(along) - self._log_normaliser()

    def mean_length(self) -> Any:
        """Return ‖E x‖ = κ/(d − 1 + κ)."""
        return self.concentration / (self.dimension - 1.0 + self.concentration)

    def entropy(self) -> Any:
        """Return ln of the normaliser less κ E ln(1 + μ·x)."""
        a, b = self._shapes()
        return self._log_normaliser() - self.concentration * (math.log(2.0) - digamma_difference(a, b))

    def _below_uniform(self) -> Any:
        """KL from the uniform distribution: that of the beta distributions of (1 + μ·x)/2."""
        a, b = self._shapes()
        return log_beta_remainder_to(a, b, b, b)

    @closed_form(
        "kl",
        formula="KL of the beta distributions of (1 + μ·x)/2, for equal directions or a uniform P or Q",
        source=_SOURCE,
        everywhere=False,
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q), NaN where the directions differ and neither is uniform."""
        (a, b), (new, last) = self._shapes(), other._shapes()
        gap = turn(self.mean_direction, other.mean_direction)[2]
        xp = namespace(a, new, gap)
        zero = 0.0 * gap
        # A uniform P has no direction, but E ln(1 + μ_Q·x) all the same.
        known = (gap == 0.0) | (self.concentration == 0.0) | (other.concentration == 0.0)
        a, b, new, last = a + zero, b + zero, new + zero, last + zero
        step = other.concentration - self.concentration + zero
        near = xp.abs(step) < 0.5 * a
        close = log_beta_remainder(a, b, xp.where(near, step, 0.0), 0.0 * a)
        value = xp.where(near, close, log_beta_remainder_to(a, b, new, last))
        return xp.where(known, value, math.nan)

    @closed_form(
        "kl",
        against="von_mises_fisher",
        formula="KL(P‖uniform) + ln ∫ exp(κ_Q μ_Q·x) dx/area − κ_Q κ_P/(d − 1 + κ_P) μ_P·μ_Q",
        source=_SOURCE + ", appendix A.4",
    )
    def relative_entropy_from_von_mises_fisher(self, other: Any) -> Any:
        """Return KL(P‖Q) for Q of von Mises and Fisher."""
        k = other.concentration
        cosine = turn(self.mean_direction, other.mean_direction)[0]
        order = 0.5 * self.dimension - 1.0
        normaliser = vonmises_remainder(order + 0.0 * k, 0.0 * k, k)
        return self._below_uniform() + normaliser - k * cosine * self.mean_length()


def power_spherical(mean_direction: object, concentration: object) -> PowerSpherical:
    """Return the power spherical distribution, with density proportional to (1 + mean_direction·x)^concentration.

    Args:
        mean_direction: a unit vector of any dimension ≥ 2, shape (..., d).
        concentration: ≥ 0; 0 is the uniform distribution.

    Returns:
        `PowerSpherical`: one distribution, or a batch of them, on the unit sphere in d dimensions.

    Raises:
        ValueError: a direction that is no unit vector, a concentration below 0.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.power_spherical([1.0, 0.0, 0.0], 2.0)
        >>> kb.kl(p, kb.distributions.spherical_uniform(3)).round(6)
        np.float64(0.431946)
    """
    family = "power_spherical"
    mean = direction(mean_direction, "mean_direction", family)
    return PowerSpherical(*together(mean, non_negative(concentration, "concentration", family)))
