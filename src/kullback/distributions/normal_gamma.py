"""Normal-gamma distribution: a mean and a precision together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.gamma import Gamma
from kullback.distributions.parameters import positive, real, together
from kullback.distributions.variance_ratio import ratio_excess, ratio_gap
from kullback.functions import digamma
from kullback.support import Space

_LOG_TAU = math.log(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class NormalGamma(Density):
    """Normal-gamma distribution of (x, τ): τ has a gamma distribution, and x given τ is normal with precision λτ.

    Attributes:
        loc: the mean of x.
        precision_factor: λ > 0.
        concentration: the shape of the gamma distribution, > 0.
        rate: its inverse scale, > 0.
    """

    loc: Any
    precision_factor: Any
    concentration: Any
    rate: Any

    name: ClassVar[str] = "normal_gamma"
    event_dimensions: ClassVar[int] = 1

    @property
    def support(self) -> Space:
        """A real number and a positive one."""
        return Space("real × positive numbers", (2,))

    def precision(self) -> Gamma:
        """Return the gamma distribution of the precision τ."""
        return Gamma(self.concentration, self.rate)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x, τ) of pairs along the last axis, −∞ for τ ≤ 0."""
        xp = namespace(x, *self._all())
        value, tau = x[..., 0], x[..., 1]
        inside = tau > 0.0
        safe = xp.where(inside, tau, 1.0)
        density = self.precision().log_prob(safe) + self._conditional(value, safe)
        return xp.where(inside, density, -math.inf)

    def _all(self) -> tuple[Any, ...]:
        return self.loc, self.precision_factor, self.concentration, self.rate

    def _conditional(self, value: Any, tau: Any) -> Any:
        xp = namespace(value, tau, *self._all())
        precision = self.precision_factor * tau
        return 0.5 * (xp.log(precision) - _LOG_TAU) - 0.5 * precision * (value - self.loc) ** 2

    def entropy(self) -> Any:
        """Return the entropy of τ, and the mean of that of x given τ."""
        xp = namespace(*self._all())
        logs = digamma(self.concentration) - xp.log(self.rate) + xp.log(self.precision_factor)
        return self.precision().entropy() + 0.5 * (1.0 + _LOG_TAU - logs) + 0.0 * self.loc

    @closed_form(
        "kl",
        formula="KL of the gamma distributions + ½ (λ_Q/λ_P − 1 − ln λ_Q/λ_P) + ½ λ_Q (a_P/b_P) (μ_P − μ_Q)²",
        source="Soch and Allefeld, Kullback–Leibler divergence for the normal-gamma distribution, "
        "arXiv:1611.01437 (2016), eq. (22)",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) by the chain rule."""
        apart = self.loc - other.loc
        mean = self.concentration / self.rate
        conditional = ratio_excess(other.precision_factor, self.precision_factor)
        shift = 0.5 * other.precision_factor * mean * apart * apart
        return self.precision().relative_entropy(other.precision()) + conditional + shift

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P)", source="the definition")
    def jeffreys(self, other: Self) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form(
        "renyi",
        formula="that of the gamma distributions + [½ ln λ*/(λ_P^α λ_Q^(1−α)) + a* ln(1 + δ/b*)]/(1 − α), "
        "δ = α(1−α) λ_P λ_Q (μ_P − μ_Q)²/(2λ*), * for the α-mixed parameters",
        source="the integral over x given τ, which leaves a gamma integral over τ",
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence, +∞ where the mixed parameters are none."""
        xp = namespace(*self._all(), *other._all())
        t = 1.0 - order
        both = self.precision().natural(other.precision())
        shape = order * self.concentration + t * other.concentration
        rate = order * self.rate + t * other.rate
        factor = order * self.precision_factor + t * other.precision_factor
        inside = (shape > 0.0) & (rate > 0.0) & (factor > 0.0)
        safe = xp.where(inside, factor, 1.0)
        apart = self.loc - other.loc
        delta = 0.5 * order * t * (self.precision_factor / safe) * other.precision_factor * apart * apart
        share = delta / xp.where(inside, rate, 1.0)
        inside = inside & (share > -1.0)
        shift = xp.where(inside, shape, 1.0) * xp.log1p(xp.where(inside, share, 0.0))
        value = (both.jensen_gap(order) + shift) / t
        # A gap of −∞ over 1 − α < 0 is +∞, as it should be.
        found = value + 0.5 * ratio_gap(self.precision_factor, other.precision_factor, order) / t
        return xp.where(inside, found, math.inf)


def normal_gamma(loc: object, precision_factor: object, concentration: object, rate: object) -> NormalGamma:
    """Return the distribution of (x, τ): τ gamma with shape a and rate b, x given τ normal with precision λτ.

    Args:
        loc: the mean of x, any real numbers.
        precision_factor: λ > 0: how many observations the mean is worth.
        concentration: a > 0.
        rate: b > 0.

    Returns:
        `NormalGamma`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> p = kb.distributions.normal_gamma(0.0, 1.0, 2.0, 1.0)
        >>> kb.kl(p, kb.distributions.normal_gamma(1.0, 2.0, 2.0, 1.0)).round(6)
        np.float64(2.153426)
    """
    return NormalGamma(*parameters_of("normal_gamma", loc, precision_factor, concentration, rate, "rate"))


def parameters_of(family: str, loc: object, factor: object, concentration: object, last: object, name: str) -> Any:
    """Return the four parameters, checked and of one library; `name` is what the last is called."""
    return together(
        real(loc, "loc", family),
        positive(factor, "precision_factor", family),
        positive(concentration, "concentration", family),
        positive(last, name, family),
    )
