"""Distribution of von Mises and Fisher."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.directions import component, direction, turn
from kullback.distributions.parameters import non_negative, together
from kullback.distributions.spherical_uniform import log_area
from kullback.functions import bessel_ratio, log_vonmises_normaliser, vonmises_remainder
from kullback.natural import Natural, Vector
from kullback.numerics import two_difference
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class VonMisesFisher(Density):
    """Von Mises–Fisher distribution: density proportional to exp(concentration · mean_direction·x) on the unit sphere.

    Attributes:
        mean_direction: μ, a unit vector, shape (..., d).
        concentration: κ ≥ 0; 0 is the uniform distribution.
    """

    mean_direction: Any
    concentration: Any

    name: ClassVar[str] = "von_mises_fisher"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"mean_direction": 1}

    @property
    def dimension(self) -> int:
        """How many components a vector has: the sphere has one dimension less."""
        return int(self.mean_direction.shape[-1])

    @property
    def order(self) -> float:
        """ν = d/2 − 1, the order of the Bessel function in the normaliser."""
        return 0.5 * self.dimension - 1.0

    @property
    def support(self) -> Space:
        """Unit vectors."""
        return Space("sphere", (self.dimension,))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) of unit vectors x, with respect to the area of the sphere."""
        return self.concentration * component(x, self.mean_direction) - self._log_normaliser()

    def _log_normaliser(self) -> Any:
        """ln ∫ exp(κ μ·x) dx = ln((2π)^(d/2) κ^(−ν) I_ν(κ))."""
        found = log_vonmises_normaliser(self.order + 0.0 * self.concentration, self.concentration)
        return 0.5 * self.dimension * math.log(2.0 * math.pi) + found

    def mean_length(self) -> Any:
        """Return ‖E x‖ = I_(ν+1)(κ)/I_ν(κ)."""
        return bessel_ratio(self.order + 0.0 * self.concentration, self.concentration)

    def entropy(self) -> Any:
        """Return the logarithm of the area of the sphere less KL from the uniform distribution."""
        k = self.concentration
        return log_area(self.dimension) - vonmises_remainder(self.order + 0.0 * k, k, -k)

    def natural(self, other: Self) -> Natural:
        """Return P and Q in the plane of their directions, P's first: θ = κμ, T = x."""
        cosine, sine, gap = turn(self.mean_direction, other.mean_direction)
        k, new = self.concentration, other.concentration
        xp = namespace(k, new, cosine)
        order = self.order + 0.0 * (k + new + cosine)

        def remainder(theta: Vector, step: Vector) -> Any:
            return _remainder(order, theta, step)

        return Natural(
            theta=(k + 0.0 * cosine, 0.0 * (k + cosine)),
            # Directions apart by more than a right angle lose nothing in the plain form, others nothing in this.
            step=(xp.where(cosine > 0.0, (new - k) - new * gap, new * cosine - k), new * sine),
            remainder=remainder,
            inside=lambda theta: theta[0] == theta[0],
            formula="A(θ) = ln(‖θ‖^(−ν) I_ν(‖θ‖)), ν = d/2 − 1",
            source="Mardia and Jupp, Directional Statistics (2000), 9.3.2",
        )

    @closed_form(
        "kl",
        formula="ln C_d(κ_P)/C_d(κ_Q) + A_d(κ_P)(κ_P − κ_Q μ_P·μ_Q), A_d = I_(d/2)/I_(d/2−1)",
        source="Diethe, A note on the Kullback–Leibler divergence for the von Mises–Fisher distribution (2015)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): that of the concentrations, and that of the directions."""
        k, new = self.concentration, other.concentration
        gap = turn(self.mean_direction, other.mean_direction)[2]
        order = self.order + 0.0 * (k + new)
        length, step, low = bessel_ratio(order, k + 0.0 * new), *two_difference(new + 0.0 * k, k + 0.0 * new)
        # What the rounding of the step leaves over counts where Q is nearly uniform beside P.
        rest = low * (bessel_ratio(order, new + 0.0 * k) - length)
        return vonmises_remainder(order, k + 0.0 * new, step) + rest + length * new * gap

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)


def _remainder(order: Any, theta: Vector, step: Vector) -> Any:
    """Return KL of the distributions with natural parameters θ and θ + step, vectors of a plane."""
    xp = namespace(*theta, *step)
    new = theta[0] + step[0], theta[1] + step[1]
    length, other = _length(*theta), _length(*new)
    both = length + other
    longer = (step[0] * (theta[0] + new[0]) + step[1] * (theta[1] + new[1])) / xp.where(both > 0.0, both, 1.0)
    some = length > 0.0
    unit = tuple(xp.where(some, x, 1.0 if i == 0 else 0.0) / xp.where(some, length, 1.0) for i, x in enumerate(theta))
    along = new[0] * unit[0] + new[1] * unit[1]
    across = unit[0] * step[1] - unit[1] * step[0]
    ahead = along > 0.0
    # ‖θ + step‖ less its component along θ
    gap = xp.where(ahead, across * across / (other + xp.where(ahead, along, 1.0)), other - along)
    return vonmises_remainder(order, length, xp.where(longer < -length, -length, longer)) + (
        bessel_ratio(order, length) * gap
    )


def _length(x: Any, y: Any) -> Any:
    xp = namespace(x, y)
    square = x * x + y * y
    some = square > 0.0
    return xp.where(some, xp.sqrt(xp.where(some, square, 1.0)), 0.0)


def von_mises_fisher(mean_direction: object, concentration: object) -> VonMisesFisher:
    """Return the von Mises–Fisher distribution, with density proportional to exp(concentration · mean_direction·x).

    Args:
        mean_direction: a unit vector of any dimension ≥ 2, shape (..., d) (SciPy's `mu`).
        concentration: ≥ 0 (SciPy's `kappa`); 0 is the uniform distribution.

    Returns:
        `VonMisesFisher`: one distribution, or a batch of them, on the unit sphere in d dimensions.

    Raises:
        ValueError: a direction that is no unit vector, a concentration below 0.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.von_mises_fisher([1.0, 0.0, 0.0], 2.0)
        >>> kb.kl(p, kb.distributions.von_mises_fisher([0.6, 0.8, 0.0], 5.0)).round(12)
        np.float64(1.564834593264)
    """
    family = "von_mises_fisher"
    mean = direction(mean_direction, "mean_direction", family)
    return VonMisesFisher(*together(mean, non_negative(concentration, "concentration", family)))
