"""Powers of gamma variables: (X/s)^p has a gamma distribution of shape k and scale 1; one formula tells them apart.

Gamma, Weibull, Rayleigh, Maxwell, chi, Nakagami and the generalised gamma are members, each with parameters of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.held_equal import held_equal, known_where
from kullback.functions.gamma import (
    digamma,
    log_excess,
    log_gamma_difference,
    log_gamma_remainder,
    log_ratio,
    trigamma,
)
from kullback.functions.stirling import (
    binet_remainder,
    gamma_entropy,
    log_gamma_excess,
    log_gamma_excess_remainder,
    log_gamma_power_excess,
)
from kullback.natural import Natural, Vector
from kullback.numerics import expm1mx, log1pmx, two_difference, two_product
from kullback.statistic import (
    Difference,
    Exponential,
    Log,
    LogDeviation,
    LogSquared,
    One,
    Power,
    PowerDeviation,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Interval
from kullback.tail import Tail

_FEW = [1e-10, 1e-3, 0.05, 0.3, 0.7]
_MANY = [0.05, 1e-3, 1e-10]


@dataclass(frozen=True, eq=False)
class Apart:
    """How Q differs from P, both powers of gamma variables, each number to a small relative error.

    Attributes:
        shape: k of P.
        other_shape: k of Q.
        shape_step: their difference, Q's less P's.
        power_step: p_Q/p_P − 1.
        power_ratio: p_Q/p_P.
        log_scale: p_Q ln(s_P/s_Q).
        exponent_step: kp of Q divided by that of P, less 1: how unlike the densities are at 0.
        variance_step: kp² of Q divided by that of P, less 1: how unlike the variances of ln X are for large shapes.
    """

    shape: Any
    other_shape: Any
    shape_step: Any
    power_step: Any
    power_ratio: Any
    log_scale: Any
    exponent_step: Any
    variance_step: Any

    @property
    def log_shapes(self) -> Any:
        """ln(k_Q/k_P)."""
        return log_ratio(self.shape_step / self.shape, self.other_shape / self.shape)


@dataclass(frozen=True, eq=False)
class PowerOfGamma(Density):
    """X > 0, with (X/gamma_scale)^gamma_power of gamma distribution with shape gamma_shape and scale 1."""

    reciprocal: ClassVar[bool] = False
    """Whether gamma_power is negative, for all members of the family."""

    fixed_power: ClassVar[float | None] = None
    """gamma_power, where it is one number for all members of the family."""

    @property
    def gamma_shape(self) -> Any:
        """k."""
        raise NotImplementedError

    @property
    def gamma_power(self) -> Any:
        """p, negative for reciprocals."""
        k = self.gamma_shape
        return namespace(k).full_like(k, float(self.fixed_power or 0.0))

    @property
    def gamma_scale(self) -> Any:
        """s."""
        raise NotImplementedError

    def shape_step(self, other: Any) -> Any:
        """Return k of Q less k of P."""
        return other.gamma_shape - self.gamma_shape

    def log_scales(self, other: Any) -> Any:
        """Return ln(s_P/s_Q)."""
        s, t = self.gamma_scale, other.gamma_scale
        return log_ratio((s - t) / t, s / t)

    def apart(self, other: Any) -> Apart:
        """Return how another member of the family differs from this one."""
        p, q = self.gamma_power, other.gamma_power
        k, step, delta = self.gamma_shape, self.shape_step(other), (q - p) / p
        t = step / k
        return Apart(
            k,
            other.gamma_shape,
            step,
            delta,
            q / p,
            q * self.log_scales(other),
            t + delta * (1.0 + t),
            t + delta * (2.0 + delta) * (1.0 + t),
        )

    def mean_gap(self, other: Any, apart: Apart) -> tuple[Any, Any]:
        """Return m/k_Q − 1 and m/k_Q, m the mean under P of (X/s_Q)^p, for equal powers."""
        xp = namespace(apart.log_scale, apart.shape)
        step = apart.log_scale - apart.log_shapes
        return xp.expm1(step), xp.exp(step)

    @property
    def support(self) -> Interval:
        """The positive numbers."""
        return Interval(np.float64(0.0), np.float64(math.inf))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), the shape's part taken about the mean of (x/s)^p, where nothing is lost for large shapes."""
        k, p, s = self.gamma_shape, self.gamma_power, self.gamma_scale
        xp = namespace(x, k, p, s)
        inside = x > 0.0
        logs = xp.log(xp.where(inside, x, 1.0))
        u = p * (logs - xp.log(s)) - xp.log(k)
        value = k * (u - xp.expm1(u)) - logs + (xp.log(xp.abs(p)) - log_gamma_excess(k))
        return xp.where(inside, value, -math.inf)

    @np.errstate(all="ignore")
    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) from the differences of the parameters, about its mean −KL(P‖Q)."""
        both = self.apart(other)
        k, p, s = self.gamma_shape, self.gamma_power, self.gamma_scale
        xp = namespace(x, k, p, s, both.log_scale)
        inside = x > 0.0
        logs = p * (xp.log(xp.where(inside, x, 1.0)) - xp.log(s))
        growth = xp.exp(logs) * xp.expm1(both.log_scale + both.power_step * logs)
        mean = k * xp.expm1(both.log_scale + _moment(both)[0])
        slope = both.shape_step + both.other_shape * both.power_step
        return slope * (logs - digamma(k)) - (growth - mean) - self.relative_entropy(other)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """A power of x towards one end, the exponential of a power towards the other."""
        p = self.gamma_power
        xp = namespace(p, self.gamma_shape)
        power = self.gamma_shape * p - 1.0
        # Also where its size is out of the range of the numbers there is such a term.
        size = self.gamma_scale**-p
        cut = ((xp.abs(p), xp.where(size > 1e-300, xp.where(size < 1e300, size, 1e300), 1e-300)),)
        if self.reciprocal:
            return Tail(powers=cut, linear=power), Tail(linear=-power)
        return Tail(linear=power), Tail(powers=cut, linear=-power)

    @np.errstate(all="ignore")
    def landmarks(self) -> Any:
        """Return quantiles, and where (x/s)^p is 1 or its mean, as far as floating-point numbers reach."""
        from scipy.special import gammainccinv, gammaincinv, gammaln

        k = np.asarray(self.gamma_shape, dtype=float)[..., None]
        p, s = (
            np.asarray(self.gamma_power, dtype=float)[..., None],
            np.asarray(self.gamma_scale, dtype=float)[..., None],
        )
        few = np.asarray(_FEW)
        low = gammaincinv(k, few)
        logs = np.where(low > 1e-290, np.log(np.maximum(low, 1e-290)), (np.log(few) + gammaln(k + 1.0)) / k)
        high = np.log(np.maximum(gammainccinv(k, np.asarray(_MANY)), 1e-290))
        found = np.concatenate([logs, high, np.log(np.maximum(k, 1.0))], axis=-1)
        return np.exp(np.clip(np.sort(np.log(s) + found / p, axis=-1), -690.0, 690.0))

    def entropy(self) -> Any:
        """Return ln(s/|p|) + ψ(k)/p + ln Γ(k) − k ψ(k) + k."""
        k, p, s = self.gamma_shape, self.gamma_power, self.gamma_scale
        xp = namespace(k, p, s)
        return xp.log(s / xp.abs(p)) + digamma(k) / p + gamma_entropy(k)

    @np.errstate(all="ignore")
    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        k, p, s = self.gamma_shape, self.gamma_power, self.gamma_scale
        xp = namespace(k, p, s)
        match statistic:
            case One():
                return xp.ones_like(k * p * s)
            case Power(exponent):
                return raised_mean(k, s, p, exponent)
            case Log():
                return digamma(k) / p + xp.log(s)
            case LogSquared(center):
                return trigamma(k) / (p * p) + (digamma(k) / p + xp.log(s) - center) ** 2
            case Difference(center):
                return raised_mean(k, s, p, 1.0) - center
            case SquaredDeviation(center):
                h = 1.0 / p
                converges = k + 2.0 * h > 0.0
                middle = xp.where(converges, k + h, k + 1.0)
                h = xp.where(converges, h, 1.0)
                spread = log_gamma_remainder(middle, h) + log_gamma_remainder(middle, -h, k)
                mean = raised_mean(k, s, p, 1.0)
                mean = xp.where(converges, mean, 1.0)
                return xp.where(converges, mean * mean * xp.expm1(spread) + (mean - center) ** 2, math.inf)
            case LogDeviation(low):
                return xp.where(low == 0.0, digamma(k) / p + xp.log(s), math.nan)
            case PowerDeviation(low, exponent):
                return xp.where(low == 0.0, raised_mean(k, s, p, exponent), math.nan)
            case Exponential(rate, _) if self.reciprocal:
                return xp.where(rate > 0.0, math.inf, math.nan) + 0.0 * k
            case _:
                return None

    @np.errstate(all="ignore")
    def log_power_mean(self, exponent: Any) -> Any:
        """Return j ln s + ln Γ(k + j/p) − ln Γ(k), +∞ where the mean diverges."""
        k, s = self.gamma_shape, self.gamma_scale
        xp = namespace(k, s, exponent)
        h = exponent / self.gamma_power + 0.0 * (k + s)
        converges = k + h > 0.0
        safe = xp.where(converges, h, 0.0)
        found = exponent * xp.log(s) + log_gamma_difference(k + 0.0 * h, safe)
        return xp.where(converges, found, math.inf)

    def log_density_terms(self) -> tuple[tuple[Any, Statistic], ...] | None:
        """Return (kp − 1) ln x − (x/s)^p + ln |p| − kp ln s − ln Γ(k)."""
        from kullback.functions import log_gamma

        k, p, s = self.gamma_shape, self.gamma_power, self.gamma_scale
        xp = namespace(k, p, s)
        d = k * p
        return (
            (xp.log(xp.abs(p)) - d * xp.log(s) - log_gamma(k), One()),
            (d - 1.0, Log()),
            (-(s**-p), Power(p if self.fixed_power is None else self.fixed_power, -p * xp.log(s))),
        )

    def natural(self, other: Any) -> Natural:
        """Return the gamma distributions of X^p, NaN where the powers differ."""
        both = self.apart(other)
        xp = namespace(both.shape, both.other_shape, both.log_scale)
        gap, _ = self.mean_gap(other, both)
        found = natural_of_gammas(
            both.shape,
            both.other_shape,
            both.shape_step,
            -both.other_shape * gap,
            xp.exp(both.log_scale),
        )
        return found if self.fixed_power is not None else known_where(held_equal(both.power_step, 0.0), found)

    @closed_form(
        "jeffreys",
        formula="KL(P‖Q) + KL(Q‖P)",
        source="Jeffreys, An invariant form for the prior probability in estimation problems (1946)",
    )
    def jeffreys(self, other: Any) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)

    @closed_form(
        "wasserstein",
        formula="|s_P − s_Q| (Γ(k + order/p)/Γ(k))^(1/order), for equal shapes and powers",
        source="quantiles that are proportional",
        everywhere=False,
    )
    @np.errstate(all="ignore")
    def wasserstein(self, other: Any, order: float) -> Any:
        """Return the Wasserstein distance between members that differ in scale alone, NaN for others."""
        both = self.apart(other)
        xp = namespace(both.shape, both.log_scale)
        k, p = both.shape, self.gamma_power
        step = other.gamma_scale * xp.abs(xp.expm1(self.log_scales(other)))
        value = step * raised_mean(k, 1.0 + 0.0 * k, p, float(order)) ** (1.0 / order)
        return xp.where((both.shape_step == 0.0) & (both.power_step == 0.0), value, math.nan)

    @closed_form(
        "kl",
        formula="E ln p − E ln q, E_P X^j = s_P^j Γ(k_P + j/p_P)/Γ(k_P), E_P ln X = ln s_P + ψ(k_P)/p_P",
        source="Bauckhage, Computing the Kullback–Leibler divergence between two generalized gamma distributions, "
        "arXiv:1401.6853 (2014), written with remainders",
    )
    @np.errstate(all="ignore")
    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q) of remainders: of the exponential, of ln Γ, of the logarithm."""
        both = self.apart(other)
        if self.fixed_power is None:
            return relative_entropy_of_powers(both)
        gap, ratio = self.mean_gap(other, both)
        return relative_entropy_of_gammas(both.shape, both.other_shape, both.shape_step, gap, ratio)

    def cdf(self, x: Any) -> Any:
        """Return the regularised incomplete gamma function."""
        from scipy.special import gammainc, gammaincc

        return (gammaincc if self.reciprocal else gammainc)(self.gamma_shape, self._raised(x))

    def survival(self, x: Any) -> Any:
        """Return its complement."""
        from scipy.special import gammainc, gammaincc

        return (gammainc if self.reciprocal else gammaincc)(self.gamma_shape, self._raised(x))

    def _raised(self, x: Any) -> Any:
        with np.errstate(all="ignore"):
            return (np.maximum(x, 0.0) / self.gamma_scale) ** self.gamma_power

    def quantile(self, u: Any) -> Any:
        """Return the inverse of the distribution function."""
        from scipy.special import gammainccinv, gammaincinv

        inverse = gammainccinv if self.reciprocal else gammaincinv
        return self.gamma_scale * inverse(self.gamma_shape, u) ** (1.0 / self.gamma_power)


def relative_entropy_of_gammas(k: Any, other: Any, step: Any, gap: Any, ratio: Any) -> Any:
    """Return KL of gamma distributions, as two terms that are never negative.

    Args:
        k: the shape of P.
        other: the shape of Q.
        step: their difference, Q's less P's.
        gap: the mean of P divided by that of Q, less 1.
        ratio: the mean of P divided by that of Q.
    """
    return -other * log_excess(gap, ratio) + log_gamma_excess_remainder(k, step, other)


def relative_entropy_of_powers(both: Apart) -> Any:
    """Return KL of powers of gamma variables.

    With M = ln E_P (X/s_Q)^(p_Q) − ln k_Q, ρ = p_Q/p_P, δ = ρ − 1, t = k_Q/k_P − 1, d = k_Q − k_P,
    f = ln Γ(k) − k ln k + k and R, F the remainders of ln Γ and f, KL is k_Q(eᴹ − 1 − M) and one of

        F(k_P, d) + k_Q R(k_P + 1, δ) − [ln(1 + δ) − δ] + δ t     for like powers,
        k_Q R(k_P, ρ) + f(k_Q) − ln ρ − [ln Γ(k_P) − k_P ψ(k_P) + k_P]     for unlike ones.

    For large shapes ln X is nearly normal, and for small ones the density nearly a power of x, whatever else the
    parameters are: the first form would cancel, and is written as the relative entropy of those, −½[ln V − (V − 1)] of
    the ratio V of variances or −[ln U − (U − 1)] of the ratio U of exponents at 0, and what is left of it.
    """
    k, other, d = both.shape, both.other_shape, both.shape_step
    delta, rho = both.power_step, both.power_ratio
    xp = namespace(k, other, delta)
    moment, rest = _moment(both)
    mean = other * expm1mx(both.log_scale + moment - both.log_shapes)
    rest = other * rest
    sizes = other / k

    large = (k >= 8.0) & (other >= 8.0) & (xp.abs(delta) <= (k + 1.0) / 16.0)
    wide, beyond = xp.where(large, k, 8.0), xp.where(large, other, 8.0)
    small = xp.where(large, delta, 0.0)
    almost_normal = (
        -0.5 * log_excess(xp.where(large, both.variance_step, 0.0), xp.where(large, sizes * rho * rho, 1.0))
        + binet_remainder(wide, xp.where(large, d, 0.0), beyond)
        + beyond * log_gamma_power_excess(wide, small)
    )

    low = k < 1.0
    almost_a_power = (
        rest
        - log_excess(xp.where(low, both.exponent_step, 0.0), xp.where(low, sizes * rho, 1.0))
        + log_gamma_remainder(k + 1.0, d, other + 1.0)
        + other * log_excess(-d / other, k / other)
    )

    near = xp.abs(delta) < 0.5
    some = xp.where(near, delta, 0.0)
    alike = log_gamma_excess_remainder(k, d, other) + rest - log1pmx(some) + some * (d / k)
    unlike = other * log_gamma_remainder(k, rho, k + rho) + log_gamma_excess(other) - xp.log(rho) - gamma_entropy(k)
    found = xp.where(low, almost_a_power, xp.where(near, alike, unlike))
    return mean + xp.where(large, almost_normal, found)


@np.errstate(all="ignore")
def exponentials_tv(log_rates: Any) -> Any:
    """Return TV of exponential distributions from the logarithm of the ratio of their rates."""
    xp = namespace(log_rates)
    m = xp.abs(log_rates)
    apart = m > 0.0
    safe = xp.where(apart, m, 1.0)
    return xp.where(apart, -xp.expm1(-safe) * xp.exp(-safe / xp.expm1(safe)), 0.0)


def _moment(both: Apart) -> tuple[Any, Any]:
    """Return ln Γ(k + ρ) − ln Γ(k + 1), and its part beyond the tangent δ ψ(k + 1)."""
    k = both.shape
    rest = log_gamma_remainder(k + 1.0, both.power_step, k + both.power_ratio)
    return both.power_step * digamma(k + 1.0) + rest, rest


def raised_mean(k: Any, s: Any, p: Any, exponent: Any) -> Any:
    """Return the mean of X^exponent, s^j Γ(k + j/p)/Γ(k), +∞ where it diverges."""
    xp = namespace(k, s, p, exponent)
    h = exponent / p + 0.0 * k
    converges = k + h > 0.0
    safe = xp.where(converges, h, 0.0)
    return xp.where(converges, s**exponent * xp.exp(log_gamma_difference(k + 0.0 * h, safe)), math.inf)


def difference_of_products(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return a·b − c·d to a small relative error, however near the products are to each other."""
    xp = namespace(a, b, c, d)
    zero = 0.0 * (a + b + c + d)
    first, first_error = two_product(a + zero, b + zero)
    second, second_error = two_product(c + zero, d + zero)
    high, low = two_difference(first, second)
    low = low + (first_error - second_error)
    # Products at the end of the range have no error that could be told.
    return high + xp.where(xp.isfinite(low), low, 0.0)


def natural_of_gammas(k: Any, other: Any, step: Any, gap: Any, rate: Any) -> Natural:
    """Return two gamma distributions in natural parameters, P with mean 1 or rate 1.

    Alike, they are k and e with densities proportional to z^(k−1) exp(−(k − e) z), z = x/mean, e = 0 for P: what the
    means differ by is a parameter. Where they are more than half apart, shape and rate are u times P's plus v times
    Q's, u from 1 to 0 and v from 0 to 1, so that neither end is rounded away beside the other; what stays the same goes
    along with a step of 0.

    Args:
        k: the shape of P.
        other: the shape of Q.
        step: their difference, Q's less P's.
        gap: k_Q − k_P times `rate`.
        rate: the rate of Q divided by that of P.
    """
    xp = namespace(k, other, step, gap, rate)
    zero = 0.0 * (k + other + gap)
    zero = xp.where(xp.isfinite(zero), zero, 0.0)
    near = (xp.abs(step) < 0.5 * k) & (xp.abs(rate - 1.0) < 0.5)
    far = xp.where(near, 0.0, 1.0 + zero)
    return Natural(
        theta=(xp.where(near, k, 0.0), zero, far, zero, k + zero, other + zero, rate + zero),
        step=(xp.where(near, step, 0.0), xp.where(near, gap, 0.0), -far, far, zero, zero, zero),
        remainder=_remainder,
        inside=_inside,
        formula="A(θ) = ln Γ(θ₁) − θ₁ ln(−θ₂)",
        source="Nielsen and Garcia, Statistical exponential families: a digest (2009), table of the gamma",
    )


def _shape_and_rate(theta: Vector) -> tuple[Any, Any]:
    shape, gap, u, v, first, last, rate = theta
    xp = namespace(*theta)
    # What is infinite or NaN counts only where it takes part.
    away = (u != 0.0) | (v != 0.0)
    some = xp.where(away, first, 1.0), xp.where(away, last, 1.0), xp.where(away, rate, 1.0)
    return shape + (u * some[0] + v * some[1]), (shape - gap) + (u + v * some[2])


def _inside(theta: Vector) -> Any:
    shape, rate = _shape_and_rate(theta)
    # What is NaN is not outside: another rule is asked.
    return (~(shape <= 0.0) & ~(rate <= 0.0)) | (shape != shape) | (rate != rate)


@np.errstate(all="ignore")
def _remainder(theta: Vector, step: Vector) -> Any:
    """Return KL of the gamma distributions with natural parameters θ and θ + step."""
    xp = namespace(*theta, *step)
    k, rate = _shape_and_rate(theta)
    other, other_rate = _shape_and_rate(tuple(a + d for a, d in zip(theta, step, strict=True)))
    far = (step[2] != 0.0) | (step[3] != 0.0)
    first, last, new = (xp.where(far, x, 1.0) for x in theta[4:])
    d = step[0] + (step[2] * first + step[3] * last)
    change = (step[0] - step[1]) + (step[2] + step[3] * new)
    # k·(rate of Q) − k_Q·(rate of P)
    small = (xp.abs(d) < 0.5 * k) & (xp.abs(change) < 0.5 * rate)
    apart = xp.where(small, k * change - d * rate, k * other_rate - other * rate)
    difference = xp.where(far, apart, step[0] * theta[1] - theta[0] * step[1])
    below = other * rate
    return relative_entropy_of_gammas(k, other, d, difference / below, k * other_rate / below)
