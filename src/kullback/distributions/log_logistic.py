"""Log-logistic distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import log_quotient, logistic_distance
from kullback.distributions.logistic import Logistic
from kullback.distributions.parameters import positive, together
from kullback.functions.gamma import log_ratio
from kullback.statistic import (
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogOnePlus,
    LogSquared,
    One,
    Power,
    PowerDeviation,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

# π h/sin(π h) − 1 = Σ 2 (1 − 2^(1−2n)) ζ(2n) h^(2n), for |h| < 1/4.
_SINE = [
    math.pi**2 / 6.0,
    7.0 * math.pi**4 / 360.0,
    31.0 * math.pi**6 / 15120.0,
    127.0 * math.pi**8 / 604800.0,
    *(2.0 * sum((-1.0) ** (k + 1) / k ** (2 * n) for k in range(50, 0, -1)) for n in range(5, 16)),
]


@dataclass(frozen=True, eq=False)
class LogLogistic(Density):
    """Log-logistic distribution: density (k/scale) z^(k−1) / (1 + z^k)², z = x/scale, k = concentration, x > 0.

    Attributes:
        concentration: the shape k, > 0.
        scale: the median, > 0.
    """

    concentration: Any
    scale: Any

    name: ClassVar[str] = "log_logistic"

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        k = self.concentration
        xp = namespace(x, k, self.scale)
        inside = x > 0.0
        logs = xp.log(xp.where(inside, x, 1.0))
        u = k * (logs - xp.log(self.scale))
        # Symmetric in u: the exponential that does not overflow.
        u = xp.where(u > 0.0, -u, u)
        return xp.where(inside, xp.log(k) - logs + u - 2.0 * xp.log1p(xp.exp(u)), -math.inf)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters."""
        k, new = self.concentration, other.concentration
        xp = namespace(x, k, new, self.scale, other.scale)
        u = k * (xp.log(xp.where(x > 0.0, x, 1.0)) - xp.log(self.scale))
        # k_Q ln(x/s_Q) = u + step; both densities are symmetric in it, and the side is that of P.
        step = (new - k) / k * u + new * self._log_scales(other)
        positive = u > 0.0
        u, step = xp.where(positive, -u, u), xp.where(positive, -step, step)
        share = 1.0 / (1.0 + xp.exp(-u))
        return log_ratio((new - k) / k, new / k) + step - 2.0 * xp.log1p(share * xp.expm1(step))

    def _log_scales(self, other: Any) -> Any:
        """Return ln(scale of P/scale of Q)."""
        return log_ratio((self.scale - other.scale) / other.scale, self.scale / other.scale)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers of x."""
        return Tail(linear=self.concentration - 1.0), Tail(linear=self.concentration + 1.0)

    @np.errstate(all="ignore")
    def landmarks(self) -> Any:
        """Return quantiles of probabilities from e⁻¹⁶ to 1 − e⁻¹⁶."""
        steps = np.asarray([-16.0, -8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0, 16.0])
        logs = np.log(self.scale)[..., None] + steps / np.asarray(self.concentration, dtype=float)[..., None]
        return np.exp(np.clip(logs, -690.0, 690.0))

    def entropy(self) -> Any:
        """Return 2 + ln(scale/k)."""
        return 2.0 + namespace(self.scale, self.concentration).log(self.scale / self.concentration)

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        k, s = self.concentration, self.scale
        xp = namespace(k, s)
        match statistic:
            case One():
                return xp.ones_like(k + s)
            case Power(exponent):
                return self._raised(exponent)
            case Log():
                return xp.log(s) + 0.0 * k
            case LogSquared(center):
                return math.pi**2 / (3.0 * k * k) + (xp.log(s) - center) ** 2
            case LogOnePlus(scale, exponent):
                known = held_equal(scale, s) & held_equal(exponent + 0.0 * k, k)
                return xp.where(known, 1.0, math.nan)
            case Difference(center):
                return self._raised(1.0) - center
            case SquaredDeviation(center):
                # With h = 1/k: s² (2πh/sin 2πh − (πh/sin πh)²), where 2h < 1
                converges = k > 2.0
                h = xp.where(converges, 1.0 / k, 0.25)
                one, two = _sine_excess(xp, h), _sine_excess(xp, 2.0 * h)
                mean = s * (1.0 + one)
                return xp.where(converges, s * s * (two - one * (2.0 + one)) + (mean - center) ** 2, math.inf)
            case LogDeviation(low):
                return xp.where(low == 0.0, xp.log(s) + 0.0 * k, math.nan)
            case PowerDeviation(low, exponent):
                return xp.where(low == 0.0, self._raised(exponent), math.nan)
            case Exponential(rate, _):
                return xp.where(rate > 0.0, math.inf, math.nan) + 0.0 * (k + s)
            case _:
                return None

    def _raised(self, exponent: Any) -> Any:
        """Return E X^j = scale^j πh/sin(πh), h = j/k, +∞ unless |h| < 1."""
        xp = namespace(self.concentration, self.scale)
        h = exponent / self.concentration + 0.0 * self.scale
        converges = xp.abs(h) < 1.0
        h = xp.where(converges, h, 0.0)
        return xp.where(converges, self.scale**exponent * (1.0 + _sine_excess(xp, h)), math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return (k − 1) ln x − 2 ln(1 + (x/scale)^k) + ln k − k ln scale."""
        k, s = self.concentration, self.scale
        xp = namespace(k, s)
        return (
            (xp.log(k) - k * xp.log(s), One()),
            (k - 1.0, Log()),
            (-2.0 * xp.ones_like(k), LogOnePlus(s, k)),
        )

    def _logistics(self, other: Any) -> tuple[Logistic, Logistic, Any]:
        """Return the logistic distributions of k ln(x/s_Q), and where the shapes are equal."""
        location = self.concentration * self._log_scales(other)
        xp = namespace(location)
        one, same = xp.ones_like(location), self.concentration == other.concentration
        return Logistic(location, one), Logistic(0.0 * one, one), same

    @closed_form(
        "kl",
        formula="δ coth(δ/2) − 2, δ = k ln(s_P/s_Q), of equal shapes k",
        source="that of the logistic distributions of k ln X",
        everywhere=False,
    )
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of equal shapes, NaN of others."""
        first, second, same = self._logistics(other)
        value = first.relative_entropy(second)
        xp = namespace(value)
        # The last term is 0, with the derivative that KL has in the shapes: KL + 1 − (δ/2)²/sinh²(δ/2).
        size = xp.abs(first.loc)
        apart = size > 0.0
        safe = xp.where(apart, size, 1.0)
        share = xp.where(apart, safe * safe * xp.exp(-safe) / xp.expm1(-safe) ** 2, 1.0)
        slope = value + 1.0 - share
        step = slope * ((other.concentration - self.concentration) / self.concentration)
        return xp.where(same, value + step, math.nan)

    @closed_form(
        "tv",
        formula="tanh(k |ln(s_P/s_Q)|/4), of equal shapes k",
        source="that of the logistic distributions of k ln X",
        everywhere=False,
    )
    def total_variation(self, other: Any) -> Any:
        """Return TV of equal shapes, NaN of others."""
        first, second, _ = self._logistics(other)
        same = held_equal(self.concentration, other.concentration)
        return namespace(first.loc).where(same, first.total_variation(second), math.nan)

    @closed_form(
        "fisher_rao",
        formula="2c arsinh(½ √((3 (k_P k_Q ln(scale_P/scale_Q))²/(3 + π²) + (k_P − k_Q)²)/(k_P k_Q))), c = √(3 + π²)/3",
        source="that of the logistic distributions of ln X, whose scales are 1/k",
    )
    def fisher_rao(self, other: Any) -> Any:
        """Return the Fisher–Rao distance, with the scales 1/k in units of 1/(k_P k_Q)."""
        k, new = self.concentration, other.concentration
        return logistic_distance(log_quotient(self.scale, other.scale) * k * new, new, k)

    @np.errstate(all="ignore")
    def cdf(self, x: Any) -> Any:
        """Return 1/(1 + (x/scale)^(−k))."""
        return 1.0 / (1.0 + (np.maximum(x, 0.0) / self.scale) ** -self.concentration)

    @np.errstate(all="ignore")
    def survival(self, x: Any) -> Any:
        """Return 1/(1 + (x/scale)^k)."""
        return 1.0 / (1.0 + (np.maximum(x, 0.0) / self.scale) ** self.concentration)

    @np.errstate(all="ignore")
    def quantile(self, u: Any) -> Any:
        """Return scale (u/(1 − u))^(1/k)."""
        u = np.asarray(u)
        return self.scale * (u / (1.0 - u)) ** (1.0 / self.concentration)


def _sine_excess(xp: Any, h: Any) -> Any:
    """Return πh/sin(πh) − 1, for |h| < 1."""
    near = xp.abs(h) < 0.25
    square = xp.where(near, h * h, 0.0)
    series = xp.full_like(square, _SINE[-1])
    for coefficient in _SINE[-2::-1]:
        series = series * square + coefficient
    # sin(πh) = sin(π(1 − h)), of which the argument is known better next to 1.
    size = xp.where(near, 0.5, xp.abs(h))
    folded = xp.where(size > 0.5, 1.0 - size, size)
    return xp.where(near, series * square, math.pi * size / xp.sin(math.pi * folded) - 1.0)


def log_logistic(concentration: object, scale: object = 1.0) -> LogLogistic:
    """Return the log-logistic distribution with density (k/scale) z^(k−1) / (1 + z^k)², z = x/scale, x > 0.

    Args:
        concentration: the shape k, > 0 (SciPy's `c` of `fisk`).
        scale: the median, > 0.

    Returns:
        `LogLogistic`: one distribution, or a batch of them.

    Raises:
        ValueError: a parameter that is not positive.

    Example:
        >>> import kullback as kb
        >>> import math
        >>> kb.kl(kb.distributions.log_logistic(1, math.exp(1.3)), kb.distributions.log_logistic(1)).round(12)
        np.float64(0.27403935334)
    """
    name = "log_logistic"
    return LogLogistic(*together(positive(concentration, "concentration", name), positive(scale, "scale", name)))
