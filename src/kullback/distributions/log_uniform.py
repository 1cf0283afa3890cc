"""Log-uniform (reciprocal) distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import ordered, positive, together
from kullback.functions.gamma import log_ratio
from kullback.statistic import Difference, Log, LogSquared, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail


@dataclass(frozen=True, eq=False)
class LogUniform(Density):
    """Log-uniform distribution: density 1/(x ln(high/low)), low < x < high.

    Attributes:
        low: the lower end, > 0.
        high: the upper end.
    """

    low: Any
    high: Any

    name: ClassVar[str] = "log_uniform"

    @property
    def support(self) -> Interval:
        """From low to high."""
        return Interval(self.low, self.high)

    @property
    def width(self) -> Any:
        """ln(high/low)."""
        return _log_quotient(self.high, self.low)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside."""
        xp = namespace(x, self.low, self.high)
        safe = xp.where(x > self.low, xp.where(x < self.high, x, self.low), self.low)
        value = -xp.log(safe) - xp.log(self.width)
        return xp.where(x < self.low, -math.inf, xp.where(x > self.high, -math.inf, value))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x): a constant where both have mass."""
        xp = namespace(x, self.low, self.high, other.low, other.high)
        wider = _log_quotient(other.high, self.high) + _log_quotient(self.low, other.low)
        value = -log_ratio(wider / self.width, other.width / self.width) + 0.0 * x
        return xp.where(x < other.low, -math.inf, xp.where(x > other.high, -math.inf, value))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """It begins and ends at positive values."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return points at equal ratios."""
        low, width = np.asarray(self.low, dtype=float)[..., None], np.asarray(self.width, dtype=float)[..., None]
        found = low * np.exp(width * np.asarray([0.02, 0.25, 0.5, 0.75, 0.98]))
        high = np.asarray(self.high, dtype=float)[..., None]
        return np.clip(found, np.nextafter(low, math.inf), np.nextafter(high, -math.inf))

    def entropy(self) -> Any:
        """Return ln ln(high/low) + (ln low + ln high)/2."""
        return namespace(self.low, self.high).log(self.width) + self._middle()

    def _middle(self) -> Any:
        xp = namespace(self.low, self.high)
        return 0.5 * (xp.log(self.low) + xp.log(self.high))

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: ln X is uniform."""
        xp = namespace(self.low, self.high)
        match statistic:
            case One():
                return xp.ones_like(self.low * self.high)
            case Power(exponent):
                return self._power(exponent)
            case Log():
                return self._middle()
            case LogSquared(center):
                return self.width**2 / 12.0 + (self._middle() - center) ** 2
            case Difference(center):
                return self._power(1.0) - center
            case SquaredDeviation(center):
                mean = self._power(1.0)
                # About its lower end: E(X − low)² − (E X − low)² loses less than E X² − (E X)².
                off = mean - self.low
                second = self._power(2.0) - 2.0 * self.low * mean + self.low * self.low
                return second - off * off + (mean - center) ** 2
            case _:
                return None

    def _power(self, exponent: Any) -> Any:
        """Return E x^k = low^k (e^(k·width) − 1)/(k·width)."""
        xp = namespace(self.low, self.high)
        spread = exponent * self.width
        none = spread == 0.0
        safe = xp.where(none, 1.0, spread)
        return xp.exp(exponent * xp.log(self.low)) * xp.where(none, 1.0, xp.expm1(safe) / safe)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −ln x − ln ln(high/low)."""
        xp = namespace(self.low, self.high)
        return (-xp.log(self.width), One()), (-xp.ones_like(self.width), Log())

    @closed_form(
        "kl",
        formula="ln(ln(high_Q/low_Q)/ln(high_P/low_P)), ∞ unless P lies within Q",
        source="Kullback–Leibler divergence of uniform distributions, of ln X",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        xp = namespace(self.low, self.high, other.low, other.high)
        inside = (other.low <= self.low) & (self.high <= other.high)
        low, high = xp.where(inside, other.low, self.low), xp.where(inside, other.high, self.high)
        wider = _log_quotient(high, self.high) + _log_quotient(self.low, low)
        return xp.where(inside, log_ratio(wider / self.width, 1.0 + wider / self.width), math.inf)

    @closed_form(
        "renyi",
        formula="[ln c − α ln w_P − (1−α) ln w_Q]/(α−1), c the logarithmic width that P and Q share, w their own",
        source="Gil, Alajaji and Linder, Rényi divergence measures (2013), table 2, of the uniform",
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence."""
        xp = namespace(self.low, self.high, other.low, other.high)
        low, high = xp.maximum(self.low, other.low), xp.minimum(self.high, other.high)
        meet = low < high
        low, high = xp.where(meet, low, self.low), xp.where(meet, high, self.high)
        shared = _log_quotient(high, low)
        # How much wider P and Q are than what they share.
        of_p = (_log_quotient(self.high, high) + _log_quotient(low, self.low)) / shared
        of_q = xp.where(meet, _log_quotient(other.high, high) + _log_quotient(low, other.low), 0.0) / shared
        value = order / (1.0 - order) * xp.log1p(of_p) + xp.log1p(of_q)
        if order > 1.0:
            return xp.where(meet & (of_p == 0.0), xp.log1p(of_q), math.inf)
        return xp.where(meet, value, math.inf)

    @closed_form(
        "tv",
        formula="1 − c/max(w_P, w_Q), c the logarithmic width that P and Q share, w their own",
        source="total variation of uniform distributions, of ln X",
    )
    def total_variation(self, other: Self) -> Any:
        """Return the total variation."""
        xp = namespace(self.low, self.high, other.low, other.high)
        low, high = xp.maximum(self.low, other.low), xp.minimum(self.high, other.high)
        meet = low < high
        low, high = xp.where(meet, low, self.low), xp.where(meet, high, self.high)
        wide = self.width >= other.width
        ends = xp.where(wide, self.low, other.low), xp.where(wide, self.high, other.high)
        wider = xp.where(wide, self.width, other.width)
        left = xp.where(meet, _log_quotient(ends[1], high) + _log_quotient(low, ends[0]), wider)
        return left / wider

    def cdf(self, x: Any) -> Any:
        """Return ln(x/low)/ln(high/low)."""
        return np.log(np.clip(x, self.low, self.high) / self.low) / self.width

    def survival(self, x: Any) -> Any:
        """Return ln(high/x)/ln(high/low)."""
        return np.log(self.high / np.clip(x, self.low, self.high)) / self.width

    def quantile(self, u: Any) -> Any:
        """Return low (high/low)^u."""
        return self.low * np.exp(self.width * np.asarray(u))


def _log_quotient(s: Any, t: Any) -> Any:
    """Return ln(s/t)."""
    return log_ratio((s - t) / t, s / t)


def log_uniform(low: object, high: object) -> LogUniform:
    """Return the log-uniform (reciprocal) distribution with density 1/(x ln(high/low)), low < x < high.

    Args:
        low: the lower end, > 0.
        high: the upper end, > low.

    Returns:
        `LogUniform`: one distribution, or a batch of them.

    Raises:
        ValueError: an end that is not positive, low ≥ high.

    Example:
        >>> import kullback as kb
        >>> kb.distributions.log_uniform(1, 100).cdf(10).round(6)
        np.float64(0.5)
    """
    a, b = together(positive(low, "low", "log_uniform"), positive(high, "high", "log_uniform"))
    ordered(a, b, "low", "high", "log_uniform")
    return LogUniform(a, b)
