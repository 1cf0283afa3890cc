"""Wrapped Cauchy distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions import moebius
from kullback.distributions.both_ways import BothWays
from kullback.distributions.parameters import checked, real, together
from kullback.statistic import Cosine, One, Statistic
from kullback.support import Interval
from kullback.tail import Tail

_SOURCE = "the disc image of the Cauchy family: McCullagh, Möbius transformation and Cauchy parameter estimation (1996)"
_INVARIANT = "u = |z_P − z_Q|²/((1 − |z_P|²)(1 − |z_Q|²)), z = concentration·exp(i loc)"


@dataclass(frozen=True, eq=False)
class WrappedCauchy(BothWays, Density):
    """Wrapped Cauchy distribution: density (1 − ρ²)/(2π (1 + ρ² − 2ρ cos(x − loc))), ρ = concentration, |x| < π.

    Attributes:
        loc: the mean direction, in radians.
        concentration: the mean resultant length ρ, 0 ≤ ρ < 1.
    """

    loc: Any
    concentration: Any

    name: ClassVar[str] = "wrapped_cauchy"

    @property
    def support(self) -> Interval:
        """The circle, cut at ±π."""
        return Interval(np.float64(-math.pi), np.float64(math.pi))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x): the denominator is (1 − ρ)² + 4ρ sin²((x − loc)/2)."""
        xp = namespace(x, self.loc, self.concentration)
        rho = self.concentration
        half = xp.sin(0.5 * (x - self.loc))
        density = xp.log((1.0 + rho) / (1.0 - rho)) - math.log(2.0 * math.pi)
        value = density - xp.log1p(4.0 * rho / (1.0 - rho) ** 2 * half * half)
        return xp.where(x < -math.pi, -math.inf, xp.where(x > math.pi, -math.inf, value))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.loc, self.concentration, other.loc, other.concentration)
        a, b = self.concentration, other.concentration
        first, second = 0.5 * (x - self.loc), 0.5 * (x - other.loc)
        gap, shift = b - a, 0.5 * (self.loc - other.loc)
        sine = xp.sin(first)
        bottom = (1.0 - a) ** 2 + 4.0 * a * sine * sine
        # |1 − ρ e^(it)|², of Q minus of P; sin²β − sin²α = sin(β − α) sin(β + α).
        turned = xp.sin(shift) * xp.sin(first + second)
        sine = xp.sin(second)
        change = gap * (a + b - 2.0 + 4.0 * sine * sine) + 4.0 * a * turned
        top = -gap * (a + b) / ((1.0 - a) * (1.0 + a))
        return xp.log1p(top) - xp.log1p(change / bottom)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Positive at both ends."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return angles about the peak."""
        width = (1.0 - np.asarray(self.concentration))[..., None]
        steps = np.asarray([-100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0]) * width
        angles = np.asarray(self.loc)[..., None] + np.clip(steps, -3.0, 3.0)
        return np.sort(np.clip(np.remainder(angles + math.pi, 2.0 * math.pi) - math.pi, -3.14159, 3.14159), axis=-1)

    def entropy(self) -> Any:
        """Return ln(2π (1 − ρ²))."""
        xp = namespace(self.loc, self.concentration)
        rho = self.concentration
        return xp.log1p(-rho) + xp.log1p(rho) + math.log(2.0 * math.pi) + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.loc, self.concentration)
        match statistic:
            case One():
                return xp.ones_like(self.loc + self.concentration)
            case Cosine(center):
                return self.concentration * xp.cos(self.loc - center)
            case _:
                return None

    def _invariant(self, other: Self) -> Any:
        xp = namespace(self.loc, self.concentration, other.loc, other.concentration)
        a, b = self.concentration, other.concentration
        sine = xp.sin(0.5 * (self.loc - other.loc))
        squared = (a - b) ** 2 + 4.0 * a * b * sine * sine
        return squared / ((1.0 - a) * (1.0 + a)) / ((1.0 - b) * (1.0 + b))

    @closed_form("kl", formula="ln(|1 − z_P z̄_Q|²/((1 − |z_P|²)(1 − |z_Q|²))), z = ρ exp(i loc)", source=_SOURCE)
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) = ln(1 + u)."""
        return moebius.kl(self._invariant(other))

    @closed_form("js", formula=f"ln(2w/(1 + w)), w = √(1 + u), {_INVARIANT}", source=_SOURCE)
    def jensen_shannon(self, other: Self) -> Any:
        """Return the Jensen–Shannon divergence."""
        return moebius.jensen_shannon(self._invariant(other))

    @closed_form("tv", formula=f"(2/π) arctan √u, {_INVARIANT}", source=_SOURCE)
    def total_variation(self, other: Self) -> Any:
        """Return the total variation distance."""
        return moebius.total_variation(self._invariant(other))

    @closed_form("hellinger", formula=f"√(1 − 1/AGM(1, √(1 + u))), {_INVARIANT}", source=_SOURCE)
    def hellinger(self, other: Self) -> Any:
        """Return the Hellinger distance."""
        return moebius.hellinger(self._invariant(other))

    @closed_form(
        "renyi",
        formula="ln P_(α−1)(1 + 2u)/(α − 1), P a Legendre polynomial, α = 2, 3, …; 2 ln AGM(1, √(1 + u)) for α = ½; "
        + _INVARIANT,
        source=_SOURCE,
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of order ½ or a whole order."""
        return moebius.renyi(self._invariant(other), self.relative_entropy(other), order)

    def cdf(self, x: Any) -> Any:
        """Return the mass between −π and x."""
        return self._mass(-math.pi, x)

    def survival(self, x: Any) -> Any:
        """Return the mass between x and π."""
        return self._mass(x, math.pi)

    def _mass(self, a: Any, b: Any) -> Any:
        inside = [np.clip(np.asarray(x, dtype=float), -math.pi, math.pi) for x in (a, b)]
        return self._primitive(inside[1]) - self._primitive(inside[0])

    def _primitive(self, x: Any) -> Any:
        """Return arctan(k tan(t/2))/π with its whole turns, t = x − loc, k = (1 + ρ)/(1 − ρ)."""
        rho = np.asarray(self.concentration)
        half = 0.5 * (x - self.loc)
        turns = np.round(half / math.pi)
        half = half - math.pi * turns
        return np.arctan2((1.0 + rho) * np.sin(half), (1.0 - rho) * np.cos(half)) / math.pi + turns

    def quantile(self, u: Any) -> Any:
        """Return the angle below which the mass u lies."""
        rho = np.asarray(self.concentration)
        v = np.asarray(u, dtype=float) + self._primitive(np.float64(-math.pi))
        turns = np.round(v)
        angle = math.pi * (v - turns)
        half = np.arctan2((1.0 - rho) * np.sin(angle), (1.0 + rho) * np.cos(angle)) + math.pi * turns
        return np.clip(self.loc + 2.0 * half, -math.pi, math.pi)


def wrapped_cauchy(loc: object, concentration: object) -> WrappedCauchy:
    """Return the wrapped Cauchy distribution with density (1 − ρ²)/(2π (1 + ρ² − 2ρ cos(x − loc))) on (−π, π).

    Args:
        loc: the mean direction in radians, any real numbers.
        concentration: the mean resultant length ρ, 0 ≤ ρ < 1 (SciPy's `c`); 0 is the uniform distribution. Broadcasts
            with `loc`.

    Returns:
        `WrappedCauchy`: one distribution, or a batch of them.

    Raises:
        ValueError: a concentration outside [0, 1), NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.wrapped_cauchy(0.4, 0.5), kb.distributions.wrapped_cauchy(-1.1, 0.7)).round(12)
        np.float64(1.031470139423)
    """
    family = "wrapped_cauchy"
    rho = checked(concentration, "concentration", family, "a number in [0, 1)", lambda a: (a >= 0.0) & (a < 1.0))
    return WrappedCauchy(*together(real(loc, "loc", family), rho))
