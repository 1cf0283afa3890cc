"""Student's t distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.cauchy import log_quadratic_mean
from kullback.distributions.held_equal import held_equal
from kullback.distributions.location_scale import (
    hyperbolic_distance,
    log_one_plus_square,
    log_quotient,
    quadratic_wasserstein,
    relative_difference,
)
from kullback.distributions.normal import Normal
from kullback.distributions.parameters import positive, real, together
from kullback.functions import digamma_difference, log_gamma_difference, log_gamma_remainder
from kullback.numerics import log1pmx
from kullback.statistic import (
    AbsoluteDeviation,
    AbsolutePower,
    Difference,
    Exponential,
    LogQuadratic,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)

_LARGE = 16.0
"""From these degrees of freedom on, what sets the normaliser apart from the normal one is summed in powers of 1/ν."""

_BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330]

# ln Γ((ν + 1)/2) − ln Γ(ν/2) − ½ ln(ν/2) = Σ a_m ν^(1 − 2m): DLMF 5.11.8 at ν/2, with B_2m(½) from 24.4.27.
_EXCESS = [
    (2.0 ** (1 - 2 * m) - 2.0) * b / (2 * m * (2 * m - 1)) * 2.0 ** (2 * m - 1) for m, b in enumerate(_BERNOULLI, 1)
]


def _coefficient(k: int) -> float:
    """Return the coefficient of ν^(−k) in KL(t‖the normal with its variance)."""
    m = (k + 1) // 2
    own = _EXCESS[m - 1] if m <= len(_EXCESS) else 0.0
    return 2.0 ** (k - 1) / k + (2 * m * own if k % 2 else (2 * m - 1) * own)


_NEGENTROPY = [_coefficient(k) for k in range(2, 27)]


@dataclass(frozen=True, eq=False)
class StudentT(Density):
    """Student's t distribution: density Γ((ν + 1)/2)/(Γ(ν/2) √(πν) scale) (1 + z²/ν)^(−(ν + 1)/2), z = (x − loc)/scale.

    Attributes:
        df: the degrees of freedom ν, > 0.
        loc: the median.
        scale: > 0.
    """

    df: Any
    loc: Any
    scale: Any

    name: ClassVar[str] = "student_t"

    @property
    def support(self) -> Interval:
        """The real line."""
        return Interval(np.float64(-math.inf), np.float64(math.inf))

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x)."""
        xp = namespace(x, self.df, self.loc, self.scale)
        z = (x - self.loc) / self.scale
        peak = _excess(self.df) - _HALF_LOG_TAU - xp.log(self.scale)
        return peak - 0.5 * (self.df + 1.0) * log_one_plus_square(z, self.df)

    def log_ratio(self, other: StudentT | Normal, x: Any) -> Any:
        """Return ln q(x) − ln p(x), Q a Student's t or a normal distribution: what each parameter changes in turn."""
        xp = namespace(x, self.df, self.loc, self.scale, other.loc, other.scale)
        r, shift = relative_difference(self.scale, other.scale), (self.loc - other.loc) / other.scale
        z = (x - self.loc) / self.scale
        t = xp.where(z > 0.0, z, -z)
        scales = log_quotient(self.scale, other.scale)
        change = z * r + shift
        if isinstance(other, Normal):
            normal = 0.5 * change * (2.0 * z + change)
            return scales - _excess(self.df) - normal + _beside_normal(xp, self.df, t)
        # 1 + w²/ν beside 1 + z²/ν, w = z + change.
        df = other.df
        large = xp.where(t > 1.0, t, 1.0)
        part = xp.where(z > 0.0, change, -change) / large
        outside = part * (2.0 + part) / (df / (large * large) + 1.0)
        small = xp.where(t > 1.0, 0.0, z)
        inside = change * (2.0 * small + change) / (df + small * small)
        excess = xp.where(t > 1.0, outside, inside)
        moved = -0.5 * (df + 1.0) * xp.log1p(excess)
        return scales + moved + _excess_difference(self.df, df) + _other_degrees(xp, self.df, df, t)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Both fall as |x|^−(ν + 1)."""
        tail = Tail(linear=self.df + 1.0)
        return tail, tail

    def landmarks(self) -> Any:
        """Return points on both sides: the bulk, and as far out as the tail holds mass."""
        df = np.asarray(self.df, dtype=float)[..., None]
        far = 10.0 ** np.minimum(np.asarray([3.0, 8.0]) / df, 100.0)
        one = np.ones_like(df)
        side = np.concatenate([one, 3.0 * one, 8.0 * far], axis=-1)
        steps = np.concatenate([-side[..., ::-1], 0.0 * one, side], axis=-1)
        return np.asarray(self.loc)[..., None] + np.asarray(self.scale)[..., None] * steps

    def entropy(self) -> Any:
        """Return (ν + 1)/2 (ψ((ν + 1)/2) − ψ(ν/2)) less the logarithm of the peak."""
        xp = namespace(self.df, self.loc, self.scale)
        spread = 0.5 * (self.df + 1.0) * _digamma_step(self.df)
        return (spread + _HALF_LOG_TAU - _excess(self.df)) + xp.log(self.scale) + 0.0 * self.loc

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic: moments exist below ν."""
        df, loc, scale = self.df, self.loc, self.scale
        xp = namespace(df, loc, scale)
        ones = xp.ones_like(df + loc + scale)
        match statistic:
            case One():
                return ones
            case Difference(center):
                return xp.where(df * ones > 1.0, loc - center, math.nan)
            case SquaredDeviation(center):
                return self._second_moment(center)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                mean = xp.where(df * ones > 1.0, loc, math.nan)
                return mean if exponent == 1 else self._second_moment(0.0 * loc)
            case AbsoluteDeviation(center):
                return self._absolute_power(center, ones)
            case PositiveDeviation(center):
                half = 0.5 * self._absolute_power(center, ones)
                return xp.where(df * ones > 1.0, half + 0.5 * (loc - center), math.inf)
            case AbsolutePower(center, exponent):
                return self._absolute_power(center, exponent)
            case LogQuadratic(center, width):
                cauchy = log_quadratic_mean(loc - center, scale, width)
                # By definition of the score; (scale, ν) enter ln(1 + z²/ν) only as scale²·ν.
                near = xp.abs(relative_difference(scale * xp.sqrt(df), width)) < 1e-15
                same = near & held_equal(loc, center) & held_equal(width, width)
                return xp.where(held_equal(df, 1.0) & (ones > 0.0), cauchy, xp.where(same, _digamma_step(df), math.nan))
            case Exponential(rate):
                return xp.where(rate * ones == 0.0, ones, math.inf)
            case _:
                return None

    def _second_moment(self, center: Any) -> Any:
        xp = namespace(self.df, self.loc, self.scale)
        exists = self.df > 2.0
        degrees = xp.where(exists, self.df, 3.0)
        value = self.scale * self.scale * (degrees / (degrees - 2.0)) + (self.loc - center) ** 2
        return xp.where(exists, value, math.inf)

    def _absolute_power(self, center: Any, exponent: Any) -> Any:
        """Return scale^k ν^(k/2) Γ((k + 1)/2) Γ((ν − k)/2)/(√π Γ(ν/2)) about loc, k < ν; NaN about other points."""
        xp = namespace(self.df, self.loc, self.scale)
        k = exponent + 0.0 * (self.df + self.loc - center)
        df = self.df + 0.0 * k
        exists = (k < df) & (k > -1.0)
        n, j = xp.where(exists, df, 1.0), xp.where(exists, k, 0.0)
        # ν^(k/2) Γ((ν − k)/2)/Γ(ν/2), of which the powers of ν nearly cancel.
        logs = log_gamma_difference(0.5 * n, -0.5 * j) + 0.5 * j * xp.log(n)
        logs = logs + log_gamma_difference(0.5 + 0.0 * j, 0.5 * j) + j * xp.log(self.scale)
        value = xp.where(self.loc == center, xp.exp(logs), math.nan)
        value = xp.where((k == 2.0) & held_equal(exponent, 2.0), self._second_moment(center), value)
        return xp.where(exists, value, math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...]:
        """Return −(ν + 1)/2 ln(1 + z²/ν) and the logarithm of the peak."""
        xp = namespace(self.df, self.loc, self.scale)
        return (
            (_excess(self.df) - _HALF_LOG_TAU - xp.log(self.scale), One()),
            (-0.5 * (self.df + 1.0), LogQuadratic(self.loc, self.scale * xp.sqrt(self.df))),
        )

    @closed_form(
        "kl",
        against="normal",
        formula="½(w − 1 − ln w + (Δloc/σ)²) + J(ν), w = scale²ν/((ν − 2)σ²), J(ν) = ½ ln(ν/(ν − 2)) + ½ "
        "− (ν + 1)/2 (ψ((ν + 1)/2) − ψ(ν/2)) + ln(Γ((ν + 1)/2)/(Γ(ν/2) √(ν/2))); ∞ for ν ≤ 2",
        source="E(X − loc)² and the entropy of t (Cover and Thomas, table 17.1); J is its negentropy, a series in 1/ν",
    )
    def relative_entropy_to_normal(self, other: Normal) -> Any:
        """Return KL(P‖Q), Q normal: that of the normal distribution of P's moments, and P's distance from that."""
        xp = namespace(self.df, self.loc, self.scale, other.loc, other.scale)
        exists = self.df > 2.0
        df = xp.where(exists, self.df, 4.0)
        r, gap = relative_difference(self.scale, other.scale), (self.loc - other.loc) / other.scale
        ratio = self.scale / other.scale
        close = r * (2.0 + r) * (df / (df - 2.0)) + 2.0 / (df - 2.0)
        excess = xp.where((xp.abs(r) < 0.5) & (df > 4.0), close, ratio * ratio * (df / (df - 2.0)) - 1.0)
        near = xp.abs(excess) < 0.5
        logs = 2.0 * log_quotient(self.scale, other.scale) + _log_variance(df)
        spread = xp.where(near, -log1pmx(xp.where(near, excess, 0.0)), excess - logs)
        value = 0.5 * (spread + gap * gap) + _negentropy(df)
        return xp.where(exists, value, math.inf)

    @closed_form(
        "wasserstein",
        formula="√((Δloc)² + ν/(ν − 2) (Δscale)²), of order 2 and equal degrees of freedom",
        source="quantile functions: √E(Δloc + Δscale·T)²",
        everywhere=False,
    )
    def wasserstein(self, other: StudentT, order: float) -> Any:
        """Return the Wasserstein distance of order 2 for equal degrees of freedom."""
        xp = namespace(self.df, self.loc, self.scale, other.df, other.loc, other.scale)
        shift, stretch = self.loc - other.loc, self.scale - other.scale
        if order != 2:
            return xp.full_like(shift + stretch + self.df, math.nan)
        exists = self.df > 2.0
        df = xp.where(exists, self.df, 4.0)
        value = xp.where(exists, quadratic_wasserstein(shift, stretch, 0.0, df / (df - 2.0)), math.inf)
        value = xp.where(stretch == 0.0, xp.abs(shift), value)
        return xp.where(self.df == other.df, value, math.nan)

    @closed_form(
        "fisher_rao",
        formula="2c arsinh(½ √(((ν + 1)/(2ν) (Δloc)² + (Δscale)²)/(scale_P scale_Q))), c = √(2ν/(ν + 3)), of equal ν",
        source="information (ν + 1)/(ν + 3)/scale² in loc, 2ν/(ν + 3)/scale² in scale: the hyperbolic half-plane",
        everywhere=False,
    )
    def fisher_rao(self, other: StudentT) -> Any:
        """Return the Fisher–Rao distance among distributions of equal degrees of freedom."""
        xp = namespace(self.df, self.loc, self.scale, other.df, other.loc, other.scale)
        df = self.df
        shift = (self.loc - other.loc) * xp.sqrt((df + 1.0) / (2.0 * df))
        value = xp.sqrt(2.0 * df / (df + 3.0)) * hyperbolic_distance(shift, self.scale, other.scale)
        return xp.where(df == other.df, value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return the distribution function."""
        from scipy.special import stdtr

        return stdtr(self.df, (x - self.loc) / self.scale)

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.special import stdtr

        return stdtr(self.df, (self.loc - x) / self.scale)

    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        from scipy.special import stdtrit

        return self.loc + self.scale * stdtrit(self.df, u)


def _digamma_step(df: Any) -> Any:
    """Return ψ((ν + 1)/2) − ψ(ν/2)."""
    return digamma_difference(0.5 * df, 0.5 + 0.0 * df)


def _log_variance(df: Any) -> Any:
    """Return ln(ν/(ν − 2)), ν > 2."""
    xp = namespace(df)
    few = df < 4.0
    return xp.where(few, log_quotient(df, xp.where(few, df, 4.0) - 2.0), -xp.log1p(-2.0 / xp.where(few, 4.0, df)))


def _powers(coefficients: list[float], x: Any) -> Any:
    """Return Σ c_k x^k, k = 0, 1, …"""
    value = 0.0 * x + coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


def _excess(df: Any) -> Any:
    """Return ln Γ((ν + 1)/2) − ln Γ(ν/2) − ½ ln(ν/2): how the peak differs from the normal one."""
    xp = namespace(df)
    large = df > _LARGE
    inverse = 1.0 / xp.where(large, df, _LARGE)
    series = inverse * _powers(_EXCESS, inverse * inverse)
    half = 0.5 * xp.where(large, 1.0, df)
    return xp.where(large, series, log_gamma_difference(half, 0.5 + 0.0 * half) - 0.5 * xp.log(half))


def _excess_difference(df: Any, other: Any) -> Any:
    """Return the excess at ν' less that at ν, with a small error beside |ν' − ν|/ν²."""
    xp = namespace(df, other)
    d = other - df
    large = (df > _LARGE) & (other > _LARGE)
    base = xp.where(large, df, _LARGE)
    log_step = log_quotient(xp.where(large, other, _LARGE), base)
    inverse = 1.0 / base
    series, power = 0.0 * inverse, inverse
    for m, coefficient in enumerate(_EXCESS, 1):
        series = series + coefficient * power * xp.expm1(-(2.0 * m - 1.0) * log_step)
        power = power * inverse * inverse
    # Each by itself where they are far apart and next to nothing cancels.
    apart = xp.abs(d) > xp.where(df > other, other, df)
    kept = large | apart
    a, step = 0.5 * xp.where(kept, 1.0, df), 0.5 * xp.where(kept, 0.0, d)
    tangent = step * digamma_difference(a, 0.5 + 0.0 * a) - 0.5 * log_quotient(a + step, a)
    small = tangent + log_gamma_remainder(a + 0.5, step) - log_gamma_remainder(a, step)
    return xp.where(large, series, xp.where(apart, _excess(other) - _excess(df), small))


def _negentropy(df: Any) -> Any:
    """Return KL(t‖the normal with its mean and variance) for ν > 2: 3/(4ν²) for large ν."""
    xp = namespace(df)
    large = df > _LARGE
    inverse = 1.0 / xp.where(large, df, _LARGE)
    series = inverse * inverse * _powers(_NEGENTROPY, inverse)
    few = xp.where(large, 4.0, df)
    direct = 0.5 * _log_variance(few) + _excess(few) + (0.5 - 0.5 * (few + 1.0) * _digamma_step(few))
    return xp.where(large, series, direct)


# ln(1 + a) − a = r (2r² (1/3 + r²/5 + …) − a), r = a/(2 + a), 0 ≤ a ≤ 1.
_ATANH = [1.0 / k for k in range(3, 39, 2)]


def _log_excess(a: Any) -> Any:
    """Return ln(1 + a) − a for 0 ≤ a ≤ 1; a may be an enclosure."""
    r = a / (2.0 + a)
    square = r * r
    return r * (2.0 * square * _powers(_ATANH, square) - a)


def _beside_normal(xp: Any, df: Any, t: Any) -> Any:
    """Return (ν + 1)/2 ln(1 + t²/ν) − t²/2."""
    near = xp.where(t * t > df, 0.0, t)
    a = near * near / df
    close = 0.5 * (df * _log_excess(a) + xp.log1p(a))
    far = 0.5 * (df + 1.0) * log_one_plus_square(t, df) - 0.5 * t * t
    return xp.where(t * t > df, far, close)


def _other_degrees(xp: Any, df: Any, other: Any, t: Any) -> Any:
    """Return (ν + 1)/2 ln(1 + t²/ν) − (ν' + 1)/2 ln(1 + t²/ν')."""
    d = other - df
    near = xp.where(t * t > df, 0.0, t)
    a = near * near / df
    step = -a * d / (other * (1.0 + a))
    # The logarithms less their arguments, times ν: the arguments times ν are equal.
    bend = xp.log1p(step) - step
    series = xp.where(step > -0.5, xp.where(step < 0.5, step, 0.0), 0.0)
    root = series / (2.0 + series)
    square = root * root
    bend = xp.where(
        step > -0.5, xp.where(step < 0.5, root * (2.0 * square * _powers(_ATANH, square) - series), bend), bend
    )
    close = -0.5 * other * (bend - step * a) - 0.5 * d * _log_excess(a) - 0.5 * xp.log1p(step)
    far = xp.where(t * t > df, t, xp.sqrt(df) + 0.0 * t)
    share = 1.0 / (1.0 + df / far / far)
    apart = -0.5 * (other + 1.0) * xp.log1p(-share * d / other) - 0.5 * d * log_one_plus_square(far, df)
    # Each by itself where ν' is twice ν and more, and t not so small that they are nearly equal: the other forms would
    # keep nothing of 1 − share·d/ν', or multiply what they round by ν'.
    direct = 0.5 * (df + 1.0) * log_one_plus_square(t, df) - 0.5 * (other + 1.0) * log_one_plus_square(t, other)
    indirect = xp.where(t * t > df, apart, close)
    return xp.where(d > df, xp.where(t * t > df * (df / other), direct, indirect), indirect)


def student_t(df: object, loc: object = 0.0, scale: object = 1.0) -> StudentT:
    """Return Student's t with density Γ((ν + 1)/2)/(Γ(ν/2) √(πν) scale) (1 + z²/ν)^(−(ν + 1)/2), z = (x − loc)/scale.

    Args:
        df: the degrees of freedom ν, > 0.
        loc: the median (the mean where ν > 1), any real numbers.
        scale: > 0, not the standard deviation, which is scale·√(ν/(ν − 2)). As in SciPy and PyTorch; all broadcast.

    Returns:
        `StudentT`: one distribution, or a batch of them.

    Raises:
        ValueError: df or scale that is not positive, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.student_t(5, 0, 0.8), kb.distributions.normal(0.3, 1.4)).round(12)
        np.float64(0.146119675937)
    """
    family = "student_t"
    return StudentT(*together(positive(df, "df", family), real(loc, "loc", family), positive(scale, "scale", family)))
