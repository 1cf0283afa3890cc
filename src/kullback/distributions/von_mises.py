"""Von Mises distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.parameters import non_negative, real, together
from kullback.functions import bessel_ratio, vonmises_remainder
from kullback.functions.bessel import bessel_ratio_complement
from kullback.natural import Natural, Vector
from kullback.statistic import Cosine, One, Statistic
from kullback.support import Interval
from kullback.tail import Tail

_LOG_TAU = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class VonMises(BothWays, Density):
    """Von Mises distribution: density exp(κ cos(x − loc))/(2π I₀(κ)), κ = concentration, |x| < π.

    Attributes:
        loc: the mean direction, in radians.
        concentration: κ ≥ 0.
    """

    loc: Any
    concentration: Any

    name: ClassVar[str] = "von_mises"

    @property
    def support(self) -> Interval:
        """The circle, cut at ±π."""
        return Interval(np.float64(-math.pi), np.float64(math.pi))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x): −2κ sin²((x − loc)/2) − ln(2π e^(−κ) I₀(κ))."""
        xp = namespace(x, self.loc, self.concentration)
        sine = xp.sin(0.5 * (x - self.loc))
        value = self._log_peak - 2.0 * self.concentration * sine * sine
        return xp.where(x < -math.pi, -math.inf, xp.where(x > math.pi, -math.inf, value))

    @property
    def _log_peak(self) -> Any:
        """−ln(2π e^(−κ) I₀(κ)), where nothing of the size of κ is left to cancel."""
        kappa = self.concentration
        return kappa * bessel_ratio_complement(0.0 * kappa, kappa) + self._gap - _LOG_TAU

    @property
    def _gap(self) -> Any:
        """κ A(κ) − ln I₀(κ), A = I₁/I₀: how much the entropy is below that of the uniform distribution."""
        kappa = self.concentration
        return vonmises_remainder(0.0 * kappa, kappa, -kappa)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        xp = namespace(x, self.loc, self.concentration, other.loc, other.concentration)
        a, b = self.concentration, other.concentration
        first, shift = 0.5 * (x - self.loc), 0.5 * (self.loc - other.loc)
        sine = xp.sin(first)
        # sin²β − sin²α = sin(β − α) sin(β + α).
        turned = xp.sin(shift) * xp.sin(2.0 * first + shift)
        zero, ratio = 0.0 * a, bessel_ratio_complement(0.0 * a, a)
        peaks = (b - a) * ratio - vonmises_remainder(zero + 0.0 * b, a + 0.0 * b, b - a)
        return peaks - 2.0 * (b - a) * sine * sine - 2.0 * b * turned

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Positive at both ends."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return angles about the peak."""
        width = 1.0 / np.sqrt(1.0 + np.asarray(self.concentration))[..., None]
        steps = np.asarray([-8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0]) * width
        angles = np.asarray(self.loc)[..., None] + np.clip(steps, -3.0, 3.0)
        return np.sort(np.clip(np.remainder(angles + math.pi, 2.0 * math.pi) - math.pi, -3.14159, 3.14159), axis=-1)

    def entropy(self) -> Any:
        """Return ln(2π I₀(κ)) − κ I₁(κ)/I₀(κ)."""
        return _LOG_TAU - self._gap + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(self.loc, self.concentration)
        match statistic:
            case One():
                return xp.ones_like(self.loc + self.concentration)
            case Cosine(center):
                kappa = self.concentration
                return bessel_ratio(0.0 * kappa, kappa) * xp.cos(self.loc - center)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return κ cos(x − loc) − ln(2π I₀(κ))."""
        return (self._log_peak - self.concentration, One()), (self.concentration, Cosine(self.loc))

    @property
    def _log_scaled(self) -> Any:
        """ln(e^(−κ) I₀(κ))."""
        return -(self._log_peak + _LOG_TAU)

    @closed_form(
        "kl",
        formula="ln(I₀(κ_Q)/I₀(κ_P)) + A(κ_P) (κ_P − κ_Q cos(Δloc)), A = I₁/I₀",
        source="Mardia and Jupp, Directional Statistics (2000), section 3.5.4, as an exponential family",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): the remainder of ln I₀, and where the concentrations are far apart, term by term."""
        xp = namespace(self.loc, self.concentration, other.loc, other.concentration)
        a, b = self.concentration, other.concentration
        both = self.natural(other)
        sine = xp.sin(0.5 * (self.loc - other.loc))
        # 1 − A cos Δ = (1 − A) + 2A sin²(Δ/2).
        zero = 0.0 * a
        missing = bessel_ratio_complement(zero, a) + 2.0 * bessel_ratio(zero, a) * sine * sine
        far = self._gap + other._log_scaled + b * missing
        return xp.where(_unlike(xp, a, b), far, both.remainder(both.theta, both.step))

    @closed_form(
        "renyi",
        formula="(α ln I₀(κ_P) + (1 − α) ln I₀(κ_Q) − ln I₀(|α κ_P e^(i loc_P) + (1 − α) κ_Q e^(i loc_Q)|))/(1 − α)",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences for exponential families (2011), "
        "eq. (9)",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence: remainders of ln I₀; of concentrations far apart, term by term."""
        xp = namespace(self.loc, self.concentration, other.loc, other.concentration)
        a, b = self.concentration, other.concentration
        first, second = order * a, (1.0 - order) * b
        half = xp.sin(0.5 * (self.loc - other.loc))
        across = 4.0 * first * second * half * half
        total = first + second
        # |first + second e^(iΔ)|² = total² − across.
        sine, cosine = xp.sin(other.loc - self.loc), xp.cos(other.loc - self.loc)
        length = _length(xp, first + second * cosine, second * sine)
        ahead = total > 0.0
        lost = xp.where(ahead, across / xp.where(ahead, total + length, 1.0), total - length)
        mixed = VonMises(self.loc + 0.0 * length, length)._log_scaled
        far = order * self._log_scaled + (1.0 - order) * other._log_scaled - mixed + lost
        # What each way rounds away: the sizes of its terms, and the steps between the concentrations.
        sizes = xp.abs(order * self._log_scaled) + xp.abs((1.0 - order) * other._log_scaled) + xp.abs(mixed)
        steps = abs(1.0 - order) * order * xp.abs(a - b)
        gap = xp.where(_unlike(xp, a, b) & (sizes < 4.0 * steps), far, self.natural(other).jensen_gap(order))
        return gap / (1.0 - order) + 0.0

    def natural(self, other: Self) -> Natural:
        """Return P with its mean direction along the first axis and Q beside it: θ = κ (cos loc, sin loc)."""
        xp = namespace(self.loc, self.concentration, other.loc, other.concentration)
        a, b = self.concentration, other.concentration
        turn = other.loc - self.loc
        half = xp.sin(0.5 * turn)
        return Natural(
            theta=(a + 0.0 * turn, 0.0 * (a + turn)),
            step=((b - a) - 2.0 * b * half * half, b * xp.sin(turn)),
            remainder=_remainder,
            inside=lambda theta: xp.isfinite(theta[0]),
            formula="A(θ) = ln I₀(|θ|)",
            source="Mardia and Jupp, Directional Statistics (2000), section 3.5.4",
        )


def _unlike(xp: Any, a: Any, b: Any) -> Any:
    """Return where concentrations differ so much that their rounded difference says too little of the smaller one."""
    return (xp.abs(a - b) > 0.25 * (a + b)) & (a + b > 4.0)


def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the distributions with natural parameters θ and θ + step.

    Its length changes from κ to κ + d; the remainder of ln I₀ at κ, and A(κ) times what d exceeds the step along θ by.
    """
    xp = namespace(*theta, *step)
    kappa = _length(xp, *theta)
    known = kappa > 0.0
    safe = xp.where(known, kappa, 1.0)
    c, s = xp.where(known, theta[0], 1.0) / safe, theta[1] / safe
    along, across = step[0] * c + step[1] * s, step[1] * c - step[0] * s
    end = _length(xp, kappa + along, across)
    beyond = kappa + along
    ahead = beyond > 0.0
    total = xp.where(ahead, end + beyond, 1.0)
    swerve = xp.where(ahead, across / total * across, end - beyond)
    d = along + swerve
    return (
        vonmises_remainder(0.0 * kappa, kappa, xp.where(d < -kappa, -kappa, d))
        + bessel_ratio(0.0 * kappa, kappa) * swerve
    )


def _length(xp: Any, a: Any, b: Any) -> Any:
    """Return √(a² + b²), with derivative 0 where both are 0."""
    nothing = (a == 0.0) & (b == 0.0)
    return xp.where(nothing, 0.0 * (a + b), xp.hypot(xp.where(nothing, 1.0, a), b + 0.0 * a))


def von_mises(loc: object, concentration: object) -> VonMises:
    """Return the von Mises distribution with density exp(κ cos(x − loc))/(2π I₀(κ)) on (−π, π).

    Args:
        loc: the mean direction in radians, any real numbers.
        concentration: κ ≥ 0 (SciPy's `kappa`); 0 is the uniform distribution. Broadcasts with `loc`. As in PyTorch.

    Returns:
        `VonMises`: one distribution, or a batch of them.

    Raises:
        ValueError: a concentration that is negative, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.von_mises(0, 1000), kb.distributions.von_mises(1e-4, 1001)).round(12)
        np.float64(5.252455e-06)
    """
    family = "von_mises"
    return VonMises(*together(real(loc, "loc", family), non_negative(concentration, "concentration", family)))
