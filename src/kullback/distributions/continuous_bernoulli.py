"""Continuous Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.parameters import open_probability, real
from kullback.functions import log_expm1_over, log_expm1_over_remainder, log_expm1_over_slope
from kullback.functions.gamma import BERNOULLI
from kullback.natural import Natural
from kullback.statistic import Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail

# 1/h² − 1/sinh² h = Σ 4ⁿ B_2n (2n − 1)/(2n)! h^(2n−2), for |h| < π.
_VARIANCE = [4.0**n * b * (2 * n - 1) / math.factorial(2 * n) for n, b in enumerate(BERNOULLI, 1)][::-1]

_STEEP = 20.0
"""Log-odds beyond which (e^η − 1)/η is e^η/η but for terms that are added without loss."""


@dataclass(frozen=True, eq=False)
class ContinuousBernoulli(Density):
    """Continuous Bernoulli distribution: density proportional to probs^x (1 − probs)^(1−x), 0 < x < 1.

    It is known by `probs` or by `logits`, and the other is None: differences are formed from what was given.

    Attributes:
        probs: λ, in (0, 1); not the mean.
        logits: ln(λ/(1 − λ)).
    """

    probs: Any
    logits: Any

    name: ClassVar[str] = "continuous_bernoulli"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameter that was given."""
        return ((self.logits if self.probs is None else self.probs, 0),)

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with another array for the parameter that was given."""
        (array,) = arrays
        return type(self)(None, array) if self.probs is None else type(self)(array, None)

    @property
    def log_odds(self) -> Any:
        """ln(λ/(1 − λ)): the natural parameter."""
        if self.probs is None:
            return self.logits
        xp = namespace(self.probs)
        # Next to ½ the logarithm of the odds is small, and the odds minus 1 are known exactly.
        near = (self.probs > 0.25) & (self.probs < 0.75)
        safe = xp.where(near, self.probs, 0.5)
        close = xp.log1p((safe - (1.0 - safe)) / (1.0 - safe))
        far = xp.where(near, 0.25, self.probs)
        return xp.where(near, close, xp.log(far) - xp.log1p(-far))

    def _step(self, other: Self) -> Any:
        """Return the log-odds of Q minus those of P."""
        if self.probs is None or other.probs is None:
            return other.log_odds - self.log_odds
        xp = namespace(self.probs, other.probs)
        p, q = self.probs, other.probs
        ratio = (q / p) * ((1.0 - p) / (1.0 - q))
        near = (ratio > 0.5) & (ratio < 2.0)
        close = xp.where(near, q, p)
        step = xp.log1p((close - p) / (p * (1.0 - close)))
        return xp.where(near, step, xp.log(q / p) + (xp.log1p(-p) - xp.log1p(-q)))

    @property
    def support(self) -> Interval:
        """The unit interval."""
        return Interval(np.float64(0.0), np.float64(1.0))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), −∞ outside (0, 1)."""
        return self._log_prob(x, 1.0 - x)

    def _log_prob(self, x: Any, complement: Any) -> Any:
        odds = self.log_odds
        xp = namespace(x, odds)
        # Counted from the end at which the density is greatest.
        value = xp.where(odds > 0.0, -odds * complement, odds * x) - log_expm1_over(-xp.abs(odds))
        return xp.where(x < 0.0, -math.inf, xp.where(x > 1.0, -math.inf, value))

    def log_prob_from_top(self, distance: Any) -> Any:
        """Return ln p(1 − distance)."""
        return self._log_prob(1.0 - distance, distance)

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the difference of the log-odds."""
        d = self._step(other)
        odds = self.log_odds
        return d * (x - log_expm1_over_slope(odds)) - log_expm1_over_remainder(odds, d)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """It begins and ends at positive values."""
        return Tail(), Tail()

    def landmarks(self) -> Any:
        """Return quantiles."""
        odds = np.asarray(self.log_odds, dtype=float)[..., None]
        found = _quantile(odds, np.asarray([1e-4, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0 - 1e-4]))
        return np.clip(found, 1e-300, 1.0 - 2.0**-53)

    def entropy(self) -> Any:
        """Return A(η) − η A'(η), η the log-odds, A(η) = ln((e^η − 1)/η)."""
        odds = self.log_odds
        size = namespace(odds).abs(odds)
        return log_expm1_over(-size) + size * log_expm1_over_slope(-size)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        odds = self.log_odds
        xp = namespace(odds)
        mean = log_expm1_over_slope(odds)
        match statistic:
            case One():
                return xp.ones_like(odds)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                return mean if exponent == 1 else _variance(odds) + mean * mean
            case Difference(center):
                return mean - center
            case SquaredDeviation(center):
                return _variance(odds) + (mean - center) ** 2
            case Exponential(rate, center):
                return xp.exp(log_expm1_over_remainder(odds, rate + 0.0 * odds) + rate * (mean - center))
            case _:
                return None

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return η x − A(η)."""
        odds = self.log_odds
        xp = namespace(odds)
        # From the end at which the density is greatest: ln p = η (x − [η > 0]) − A(−|η|).
        end = xp.where(odds > 0.0, xp.ones_like(odds), 0.0)
        return (-log_expm1_over(-xp.abs(odds)), One()), (odds, Difference(end))

    def natural(self, other: Self) -> Natural:
        """Return P and Q by their log-odds."""
        return Natural(
            theta=(self.log_odds,),
            step=(self._step(other),),
            remainder=lambda theta, step: log_expm1_over_remainder(theta[0], step[0]),
            inside=lambda theta: namespace(theta[0]).isfinite(theta[0]),
            formula="A(θ) = ln((e^θ − 1)/θ)",
            source="Loaiza-Ganem and Cunningham, The continuous Bernoulli: fixing a pervasive error (2019), section 3",
        )

    @closed_form(
        "kl",
        formula="A(η_Q) − A(η_P) − (η_Q − η_P) A'(η_P), A(η) = ln((e^η − 1)/η), η the log-odds",
        source="Loaiza-Ganem and Cunningham, The continuous Bernoulli: fixing a pervasive error (2019), section 3",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q)."""
        return _remainder_to(self.log_odds, other.log_odds, self._step(other))

    @closed_form(
        "renyi",
        formula="[α R(m; P) + (1−α) R(m; Q)]/(1−α), m = αη_P + (1−α)η_Q, R what A has beyond its tangent at m",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences for exponential families, eq. (9)",
        everywhere=False,
    )
    def renyi_divergence(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence where the log-odds of one are far beyond those of the other.

        A step between them would lose the smaller; near ones are for the natural parameters.
        """
        p, q = self.log_odds, other.log_odds
        xp = namespace(p, q)
        far = (xp.abs(p) > 4.0 * xp.abs(q) + _STEEP) | (xp.abs(q) > 4.0 * xp.abs(p) + _STEEP)
        m = order * p + (1.0 - order) * q
        if order < 1.0:
            value = order / (1.0 - order) * _remainder_to(m, p, p - m) + _remainder_to(m, q, q - m)
        else:
            value = _remainder_to(p, m, m - p) / (order - 1.0) + _remainder_to(p, q, q - p)
        return xp.where(far, value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return (e^(ηx) − 1)/(e^η − 1)."""
        return _cdf(np.asarray(self.log_odds), np.clip(x, 0.0, 1.0))

    def survival(self, x: Any) -> Any:
        """Return the distribution function of 1 − X at 1 − x."""
        return _cdf(-np.asarray(self.log_odds), 1.0 - np.clip(x, 0.0, 1.0))

    def quantile(self, u: Any) -> Any:
        """Return ln(1 + u (e^η − 1))/η."""
        return _quantile(np.asarray(self.log_odds), np.asarray(u))


def _remainder_to(start: Any, end: Any, step: Any) -> Any:
    """Return A(end) − A(start) − step·A'(start), also where step = end − start leaves nothing of a small end."""
    xp = namespace(start, end)
    # A(η) = η + A(−η): nothing changes if both signs do.
    x, y = xp.abs(start), xp.where(start < 0.0, -end, end)
    far = (x > _STEEP) & (y < 0.5 * x)
    a, b = xp.where(far, x, 2.0 * _STEEP), xp.where(far, y, 0.0)
    decay = xp.exp(-a)
    steep = log_expm1_over(-b) + (xp.log(a) - 1.0 + b / a) - (xp.log1p(-decay) + decay / (1.0 - decay) * (b - a))
    return xp.where(far, steep, log_expm1_over_remainder(start, xp.where(far, 0.0, step)))


def _variance(odds: Any) -> Any:
    """Return A''(η) = (1/h² − 1/sinh² h)/4, h = η/2."""
    xp = namespace(odds)
    h = 0.5 * odds
    near = xp.abs(h) < 0.5
    square = xp.where(near, h * h, 0.0)
    series = 0.0 * square
    for coefficient in _VARIANCE:
        series = series * square + coefficient
    far = xp.where(near, 1.0, xp.abs(h))
    decay = -xp.expm1(-2.0 * far)
    return 0.25 * xp.where(near, series, 1.0 / (far * far) - 4.0 * xp.exp(-2.0 * far) / (decay * decay))


def _cdf(odds: Any, x: Any) -> Any:
    none = odds == 0.0
    safe = np.where(none, 1.0, odds)
    # For η > 0 divided by e^η above and below.
    falling = -np.abs(safe)
    up = np.exp(falling * (1.0 - x)) * np.expm1(falling * x) / np.expm1(falling)
    down = np.expm1(falling * x) / np.expm1(falling)
    return np.where(none, x, np.where(safe > 0.0, up, down))


def _quantile(odds: Any, u: Any) -> Any:
    none = odds == 0.0
    safe = np.where(none, 1.0, odds)
    falling = -np.abs(safe)
    with np.errstate(divide="ignore"):
        down = np.log1p(u * np.expm1(falling)) / falling
        late = np.log1p((1.0 - u) * np.expm1(falling))
        early = np.log(u + (1.0 - u) * np.exp(falling))
        up = 1.0 - np.where(u < 0.5, early, late) / falling
    return np.where(none, u, np.where(safe > 0.0, up, down))


def continuous_bernoulli(probs: object = None, *, logits: object = None) -> ContinuousBernoulli:
    """Return the continuous Bernoulli distribution with density ∝ probs^x (1 − probs)^(1−x), 0 < x < 1.

    Args:
        probs: λ, strictly between 0 and 1; ½ is the uniform distribution.
        logits: ln(λ/(1 − λ)), in its place.

    Returns:
        `ContinuousBernoulli`: one distribution, or a batch of them.

    Raises:
        ValueError: probs outside (0, 1); both or neither given.

    Example:
        >>> import kullback as kb
        >>> P, Q = (kb.distributions.continuous_bernoulli(logits=x) for x in (-500.0, 20.0))
        >>> kb.kl(P, Q).round(6)
        np.float64(22.178876)
    """
    if (probs is None) == (logits is None):
        what = "neither probs nor logits is" if probs is None else "both probs and logits are"
        raise ValueError(f"continuous_bernoulli: {what} given: give one of them.")
    if probs is not None:
        return ContinuousBernoulli(open_probability(probs, "probs", "continuous_bernoulli"), None)
    return ContinuousBernoulli(None, real(logits, "logits", "continuous_bernoulli"))
