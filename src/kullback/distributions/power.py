"""Power-function distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.beta import Beta
from kullback.distributions.kumaraswamy import Kumaraswamy
from kullback.distributions.parameters import positive
from kullback.distributions.rates import rates_kl, rates_renyi
from kullback.functions.gamma import log_ratio
from kullback.statistic import Exponential, Log, One, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class Power(Density):
    """Power-function distribution: density a x^(a−1), 0 < x < 1, a = concentration: Beta(a, 1).

    Attributes:
        concentration: the exponent a of the distribution function, > 0.
    """

    concentration: Any

    name: ClassVar[str] = "power"

    @property
    def support(self) -> Interval:
        """The unit interval."""
        return Interval(np.float64(0.0), np.float64(1.0))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside (0, 1)."""
        xp = namespace(x, self.concentration)
        safe = xp.where(x > 0.0, xp.where(x < 1.0, x, 0.5), 0.5)
        value = xp.log(self.concentration) + (self.concentration - 1.0) * xp.log(safe)
        return xp.where(x > 0.0, xp.where(x < 1.0, value, -math.inf), -math.inf)

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(1 − distance)."""
        xp = namespace(distance, self.concentration)
        safe = xp.where(distance > 0.0, xp.where(distance < 1.0, distance, 0.5), 0.5)
        value = xp.log(self.concentration) + (self.concentration - 1.0) * xp.log1p(-safe)
        return xp.where(distance > 0.0, xp.where(distance < 1.0, value, -math.inf), -math.inf)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the difference of the exponents."""
        xp = namespace(x, self.concentration, other.concentration)
        d = other.concentration - self.concentration
        safe = xp.where(x > 0.0, x, 0.5)
        return log_ratio(d / self.concentration, other.concentration / self.concentration) + d * xp.log(safe)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A power at 0; it ends at 1 with a positive value."""
        return Tail(linear=self.concentration - 1.0), Tail()

    def landmarks(self) -> Any:
        """Return quantiles."""
        a = np.asarray(self.concentration, dtype=float)[..., None]
        logs = np.log(np.asarray([1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999])) / a
        return np.clip(np.exp(np.maximum(logs, -690.0)), 1e-300, 1.0 - 2.0**-53)

    def entropy(self) -> Any:
        """Return 1 − 1/a − ln a."""
        return 1.0 - 1.0 / self.concentration - namespace(self.concentration).log(self.concentration)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic, as Beta(a, 1) has it."""
        if isinstance(statistic, Exponential):
            return None
        return self._as_beta().expectation(statistic)

    def _as_beta(self) -> Beta:
        return Beta(self.concentration, namespace(self.concentration).ones_like(self.concentration))

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return ln a + (a − 1) ln x."""
        xp = namespace(self.concentration)
        return (xp.log(self.concentration), One()), (self.concentration - 1.0, Log())

    def forms(self) -> tuple[Density, ...]:
        """Beta(a, 1), and Kumaraswamy of the same shapes."""
        one = namespace(self.concentration).ones_like(self.concentration)
        return self._as_beta(), Kumaraswamy(self.concentration, one)

    @closed_form("kl", formula="a'/a − 1 − ln(a'/a)", source="Kullback–Leibler divergence of exponentials, of −ln X")
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        return rates_kl(self.concentration, other.concentration)

    @closed_form(
        "renyi",
        formula="[ln(αa + (1−α)a') − α ln a − (1−α) ln a']/(1−α)",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, of the exponential",
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence."""
        return rates_renyi(self.concentration, other.concentration, order)

    def cdf(self, x: Any) -> Any:
        """Return x^a."""
        return np.clip(x, 0.0, 1.0) ** self.concentration

    def survival(self, x: Any) -> Any:
        """Return 1 − x^a."""
        with np.errstate(divide="ignore"):
            return -np.expm1(self.concentration * np.log(np.clip(x, 0.0, 1.0)))

    def quantile(self, u: Any) -> Any:
        """Return u^(1/a)."""
        return np.asarray(u) ** (1.0 / self.concentration)


def power(concentration: object) -> Power:
    """Return the power-function distribution with density a x^(a−1), 0 < x < 1, a = concentration.

    Args:
        concentration: the exponent of the distribution function, > 0 (the `a` of `scipy.stats.powerlaw`).

    Returns:
        `Power`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> float(kb.distributions.power(2).cdf(0.5))
        0.25
    """
    return Power(positive(concentration, "concentration", "power"))
