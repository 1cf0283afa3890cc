"""Gompertz distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.held_equal import held_equal
from kullback.distributions.parameters import positive, together
from kullback.distributions.powers_of_gamma import exponentials_tv
from kullback.distributions.rates import FORMULA, rates_kl, rates_renyi
from kullback.functions.exponential_integral import scaled_exponential_integral
from kullback.functions.gamma import log_ratio
from kullback.statistic import Difference, Exponential, One, Power, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Gompertz(Density):
    """Gompertz distribution: density (c/scale) exp(z − c (eᶻ − 1)), z = x/scale, c = concentration, x > 0.

    Attributes:
        concentration: c, > 0.
        scale: > 0: the hazard grows by e over it.
    """

    concentration: Any
    scale: Any

    name: ClassVar[str] = "gompertz"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        c = self.concentration
        xp = namespace(x, c, self.scale)
        inside = x > 0.0
        z = xp.where(inside, x, 0.0) / self.scale
        return xp.where(inside, xp.log(c / self.scale) + z - c * xp.expm1(z), -math.inf)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        c, new = self.concentration, other.concentration
        xp = namespace(x, c, new, self.scale, other.scale)
        z = xp.where(x > 0.0, x, 0.0) / self.scale
        s = (self.scale - other.scale) / other.scale
        r = (new - c) / c
        slopes = xp.log1p(r) + xp.log1p(s)
        return slopes + z * s - (new - c) * xp.expm1(z) - new * xp.exp(z) * xp.expm1(z * s)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A positive end at 0, a double exponential at ∞."""
        inverse = 1.0 / self.scale
        zero = 0.0 * inverse * self.concentration
        return Tail(linear=zero), Tail(powers=((1.0, -inverse),), double=inverse, exact=False)

    def landmarks(self) -> Any:
        """Return quantiles."""
        u = np.asarray([1e-10, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-10])
        c, s = (np.asarray(x, dtype=float)[..., None] for x in (self.concentration, self.scale))
        return np.maximum(s * np.log1p(-np.log1p(-u) / c), 1e-300)

    def entropy(self) -> Any:
        """Return 1 + ln(scale/c) − eᶜ E₁(c)."""
        c = self.concentration
        return 1.0 + namespace(c, self.scale).log(self.scale / c) - scaled_exponential_integral(c)

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: E X = scale·eᶜ E₁(c), E e^(X/scale) = 1 + 1/c."""
        c, s = self.concentration, self.scale
        xp = namespace(c, s)
        match statistic:
            case One():
                return xp.ones_like(c + s)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent == 1:
                return s * scaled_exponential_integral(c)
            case Difference(center):
                return s * scaled_exponential_integral(c) - center
            case Exponential(rate, center):
                known = held_equal(rate * s, 1.0)
                return xp.where(known, (1.0 + 1.0 / c) * xp.exp(-rate * center), math.nan)
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln(c/scale) + c + x/scale − c e^(x/scale)."""
        c, s = self.concentration, self.scale
        xp = namespace(c, s)
        return (
            (xp.log(c / s) + c, One()),
            (1.0 / s, Power(1)),
            (-c, Exponential(1.0 / s, 0.0)),
        )

    @closed_form(
        "kl",
        formula=f"{FORMULA}, a and b the concentrations, of equal scales",
        source="that of the exponential distributions of e^(x/scale) − 1",
        everywhere=False,
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of equal scales, NaN of others."""
        c, new = self.concentration, other.concentration
        xp = namespace(c, self.scale, new, other.scale)
        # The last term is 0, with the derivative that KL has in the scales: (1 + eᶜ E₁(c)) (1 − c_Q/c_P).
        slope = (1.0 + scaled_exponential_integral(c)) * ((c - new) / c)
        apart = slope * ((other.scale - self.scale) / self.scale)
        return xp.where(self.scale == other.scale, rates_kl(c, new) + apart, math.nan)

    @closed_form(
        "renyi",
        formula="[ln(αa + (1−α)b) − α ln a − (1−α) ln b]/(1−α), a and b the concentrations, of equal scales",
        source="that of the exponential distributions of e^(x/scale) − 1",
        everywhere=False,
    )
    def renyi_divergence(self, other: Any, order: float) -> Any:
        """Return the Rényi divergence of equal scales, NaN of others."""
        xp = namespace(self.concentration, self.scale, other.concentration, other.scale)
        value = rates_renyi(self.concentration, other.concentration, order)
        return xp.where(held_equal(self.scale, other.scale), value, math.nan)

    @closed_form(
        "tv",
        formula="(1 − 1/ρ) exp(−ln ρ/(ρ − 1)), ρ = the greater concentration/the smaller, of equal scales",
        source="that of the exponential distributions of e^(x/scale) − 1",
        everywhere=False,
    )
    def total_variation(self, other: Any) -> Any:
        """Return TV of equal scales, NaN of others."""
        c, new = self.concentration, other.concentration
        xp = namespace(c, self.scale, new, other.scale)
        value = exponentials_tv(log_ratio((new - c) / c, new / c))
        return xp.where(held_equal(self.scale, other.scale), value, math.nan)

    @np.errstate(all="ignore")
    def cdf(self, x: Any) -> Any:
        """Return 1 − exp(−c (e^(x/scale) − 1))."""
        return -np.expm1(-self.concentration * np.expm1(np.maximum(x, 0.0) / self.scale))

    @np.errstate(all="ignore")
    def survival(self, x: Any) -> Any:
        """Return exp(−c (e^(x/scale) − 1))."""
        return np.exp(-self.concentration * np.expm1(np.maximum(x, 0.0) / self.scale))

    def quantile(self, u: Any) -> Any:
        """Return scale ln(1 − ln(1 − u)/c)."""
        return self.scale * np.log1p(-np.log1p(-np.asarray(u)) / self.concentration)


def gompertz(concentration: object, scale: object = 1.0) -> Gompertz:
    """Return the Gompertz distribution with density (c/scale) exp(z − c (eᶻ − 1)), z = x/scale, x > 0.

    Args:
        concentration: c, > 0 (SciPy's `c`): the hazard at 0, times the scale.
        scale: > 0: the hazard grows by e over it.

    Returns:
        `Gompertz`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.gompertz(1), kb.distributions.gompertz(2)).round(12)
        np.float64(0.30685281944)
    """
    name = "gompertz"
    return Gompertz(*together(positive(concentration, "concentration", name), positive(scale, "scale", name)))
