"""Truncated normal distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.both_ways import BothWays
from kullback.distributions.legendre import nodes
from kullback.distributions.location_scale import log_quotient, relative_difference
from kullback.distributions.parameters import checked, ordered, positive, real, together
from kullback.numerics import expm1mx
from kullback.statistic import AbsoluteDeviation, Difference, Exponential, One, Power, SquaredDeviation, Statistic
from kullback.support import Interval
from kullback.tail import Tail

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)

_PANELS, _COUNT = 4, 24
"""Panels and nodes in each: the density falls by e⁴⁵ at most over all of them, and 24 nodes see a quarter exactly."""

_REACH = 45.0
"""How far −ln density is followed from its least value: e⁻⁴⁵ of the mass is left out."""


@dataclass(frozen=True, eq=False)
class TruncatedNormal(BothWays, Density):
    """Truncated normal distribution: the normal density exp(−z²/2), z = (x − loc)/scale, restricted to an interval.

    Attributes:
        loc: the mode of the normal distribution, not the mean of this one.
        scale: its standard deviation, > 0.
        low: the lower end; may be −∞.
        high: the upper end, > low; may be ∞.
    """

    loc: Any
    scale: Any
    low: Any
    high: Any

    name: ClassVar[str] = "truncated_normal"

    @property
    def support(self) -> Interval:
        """The interval."""
        return Interval(self.low, self.high)

    @property
    def _body(self) -> _Body:
        return _Body.of(self.loc, self.scale, self.low, self.high)

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), from its greatest value."""
        xp = namespace(x, self.loc, self.scale, self.low, self.high)
        body = self._body
        u = (x - body.top) / self.scale
        value = -u * (body.slope + 0.5 * u) - (xp.log(self.scale) + xp.log(body.mass))
        return xp.where(x < self.low, -math.inf, xp.where(x > self.high, -math.inf, value))

    def log_ratio(self, other: Self, x: Any) -> Any:
        """Return ln q(x) − ln p(x); of equal ends a quadratic that vanishes with the differences of the parameters."""
        xp = namespace(x, *self._leaves(), *other._leaves())
        body = self._body
        first, second = _exponent(self, other, body)
        u = (x - body.top) / self.scale
        same = (self.low == other.low) & (self.high == other.high)
        change = u * (first + u * second)
        level = _log_mean(self, other, body, first, second)
        close = change - level
        plain = other.log_prob(x) - self.log_prob(x)
        return xp.where(same, xp.where(x < self.low, plain, xp.where(x > self.high, plain, close)), plain)

    def _leaves(self) -> tuple[Any, ...]:
        return self.loc, self.scale, self.low, self.high

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Positive at a finite end, like a Gaussian at an infinite one."""
        xp = namespace(*self._leaves())
        inverse = 1.0 / (self.scale * self.scale)
        first = self.loc * inverse

        def tail(end: Any, sign: float) -> Tail:
            free = xp.isfinite(end)
            return Tail(
                powers=(
                    (2.0, xp.where(free, 0.0, 0.5 * inverse)),
                    (1.0, xp.where(free, 0.0, -sign * first)),
                )
            )

        return tail(self.low, -1.0), tail(self.high, 1.0)

    def landmarks(self) -> Any:
        """Return points inside the interval, where the mass is."""
        one = TruncatedNormal(*(np.asarray(x, dtype=float) for x in self._leaves()))
        body = one._body
        start, end = body.start, body.start + body.width
        middle = np.clip(0.0, start, end)
        steps = np.asarray([0.02, 0.1, 0.3, 0.6, 0.95])
        below, above = start + (middle - start) * (1.0 - 0.999 * steps[::-1]), middle + (end - middle) * 0.999 * steps
        u = np.sort(np.concatenate(np.broadcast_arrays(below, above), axis=-1), axis=-1)
        return np.asarray(body.top)[..., None] + np.asarray(one.scale)[..., None] * u

    def entropy(self) -> Any:
        """Return ln(scale N) + E(z₀u + u²/2), N the mass in units of the peak."""
        xp = namespace(*self._leaves())
        body = self._body
        return xp.log(self.scale) + xp.log(body.mass) + body.mean(lambda u, slope: u * (slope + 0.5 * u))

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the mean of a statistic."""
        xp = namespace(*self._leaves())
        body = self._body
        scale = self.scale[..., None]
        match statistic:
            case One():
                return xp.ones_like(body.mass)
            case Difference(center):
                return (body.top - center) + self.scale * body.mean(lambda u, _: u)
            case SquaredDeviation(center):
                gap = (body.top - center)[..., None]
                return body.mean(lambda u, _: (gap + scale * u) ** 2)
            case AbsoluteDeviation(center):
                value = (body.top - center) + self.scale * body.mean(lambda u, _: u)
                beyond = xp.where(center <= self.low, value, math.nan)
                return xp.where(center >= self.high, -value, beyond)
            case Power(exponent) if isinstance(exponent, (int, float)) and exponent in (1, 2):
                top = body.top[..., None]
                return body.mean(lambda u, _: (top + scale * u) ** int(exponent))
            case Exponential(rate, center):
                # The truncated normal with loc + rate·scale², beside this one.
                moved = _Body.of(self.loc + rate * self.scale**2, self.scale, self.low, self.high)
                gap = (moved.top - body.top) / self.scale
                log = xp.log(moved.mass) - xp.log(body.mass) - gap * (body.slope + 0.5 * gap)
                return xp.exp(log + rate * (moved.top - center))
            case _:
                return None

    @closed_form(
        "kl",
        formula="ln(Z_Q σ_Q/(Z_P σ_P)) + E_P[z_Q² − z_P²]/2, Z = Φ(β) − Φ(α) of the ends; ∞ unless Q covers P",
        source="Nielsen, Statistical divergences between densities of truncated exponential families with nested "
        "supports: duo Bregman and duo Jensen divergences (2022), eq. (24); the integrals by Gauss and Legendre's rule",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q): from Q between P's ends, and what Q has beyond them."""
        xp = namespace(*self._leaves(), *other._leaves())
        zero = 0.0 * (self.scale + other.scale)
        low, high = self.low + zero, self.high + zero
        inner = TruncatedNormal(other.loc, other.scale, low, high)
        body = self._body
        first, second = _exponent(self, other, body)
        value = _cumulant(self, inner, body, first, second) + _log_share(other, inner)
        beyond = (self.low < other.low) | (self.high > other.high)
        return xp.where(beyond, math.inf, value)

    @closed_form(
        "renyi",
        formula="(α A(θ_P) + (1 − α) A(θ_Q) − A(αθ_P + (1 − α)θ_Q))/(1 − α), A(θ) = ln ∫ exp(θ₁x + θ₂x²) between "
        "the ends, of equal ends",
        source="Nielsen and Nock, On Rényi and Tsallis entropies and divergences for exponential families (2011), "
        "eq. (9)",
        everywhere=False,
    )
    def renyi(self, other: Self, order: float) -> Any:
        """Return the Rényi divergence of equal ends; NaN elsewhere, and where the mixture is no Gaussian."""
        xp = namespace(*self._leaves(), *other._leaves())
        body = self._body
        first, second = _exponent(self, other, body)
        weight = 1.0 - order
        u = body.nodes
        change = u * (first[..., None] + u * second[..., None])
        centred = change - xp.sum(body.weights * change, axis=-1)[..., None]
        spread = xp.max(xp.abs(centred), axis=-1) * max(1.0, abs(weight))
        near = spread < 8.0
        small = xp.where(near[..., None], centred, 0.0)
        whole = xp.log1p(xp.sum(body.weights * expm1mx(small), axis=-1))
        part = xp.log1p(xp.sum(body.weights * expm1mx(weight * small), axis=-1))
        close = whole - part / weight
        # Far apart: three normalisers. θ in units of P's scale about P's greatest point.
        bend = -1.0 + 2.0 * weight * second  # 2θ₂ of the mixture
        exists = bend < 0.0
        safe = xp.where(exists, bend, -1.0)
        tilt = -body.slope + weight * first
        mixed = _log_integral(xp, tilt, safe, body.least, body.most)
        q = _log_integral(xp, first - body.slope, 2.0 * second - 1.0, body.least, body.most)
        far = (order * xp.log(body.mass) + weight * q - mixed) / weight
        same = (self.low == other.low) & (self.high == other.high)
        value = xp.where(near, close, xp.where(exists, far, math.nan))
        return xp.where(same, value, math.nan)

    def cdf(self, x: Any) -> Any:
        """Return the mass between low and x."""
        return self._mass_between(self.low, np.clip(x, self.low, self.high))

    def survival(self, x: Any) -> Any:
        """Return the mass between x and high."""
        return self._mass_between(np.clip(x, self.low, self.high), self.high)

    def _mass_between(self, a: Any, b: Any) -> Any:
        whole = self._body
        with np.errstate(all="ignore"):
            some = a < b
            part = _Body.of(self.loc, self.scale, np.where(some, a, self.low), np.where(some, b, self.high))
            gap = (part.top - whole.top) / self.scale
            share = np.exp(np.log(part.mass) - np.log(whole.mass) - gap * (whole.slope + 0.5 * gap))
        return np.where(some, np.minimum(share, 1.0), 0.0)

    def quantile(self, u: Any) -> Any:
        """Return the x below which the mass u lies."""
        from scipy.special import log_ndtr, ndtri_exp

        u = np.asarray(u, dtype=float)
        with np.errstate(all="ignore"):
            a, b = (self.low - self.loc) / self.scale, (self.high - self.loc) / self.scale
            # On the side of the normal distribution where its tail is not near 1.
            turned = a > 0.0
            start, end, v = np.where(turned, -b, a), np.where(turned, -a, b), np.where(turned, 1.0 - u, u)
            log_start, log_end = log_ndtr(start), log_ndtr(end)
            log_mass = log_end + np.log1p(-np.exp(log_start - log_end))
            z = ndtri_exp(np.logaddexp(log_start, np.log(v) + log_mass))
            x = np.clip(self.loc + self.scale * np.where(turned, -z, z), self.low, self.high)
        return x


@dataclass(frozen=True, eq=False)
class _Body:
    """Where a truncated normal distribution has its mass: exp(−slope·u − u²/2), u = (x − top)/scale, at nodes.

    Attributes:
        top: the greatest point of the density.
        slope: (top − loc)/scale, 0 unless loc lies beyond an end.
        least: u at the lower end.
        most: u at the upper end.
        start: the first u of the nodes' range, with a new last axis.
        width: its length, likewise.
        nodes: u, along the last axis.
        weights: the share of each node in the mass.
        mass: the integral over u.
    """

    top: Any
    slope: Any
    least: Any
    most: Any
    start: Any
    width: Any
    nodes: Any
    weights: Any
    mass: Any

    @classmethod
    def of(cls, loc: Any, scale: Any, low: Any, high: Any) -> _Body:
        xp = namespace(loc, scale, low, high)
        zero = 0.0 * (loc + scale)
        low, high = low + zero, high + zero
        loc = loc + zero
        top = xp.where(loc < low, low, xp.where(loc > high, high, loc))
        slope = (top - loc) / scale
        least, most = (low - top) / scale, (high - top) / scale
        steep = xp.abs(slope)
        reach = 2.0 * _REACH / (steep + xp.sqrt(steep * steep + 2.0 * _REACH))
        start = xp.where(least > -reach, least, -reach)[..., None]
        end = xp.where(most < reach, most, reach)[..., None]
        z, w = nodes(_COUNT, loc)
        steps = xp.concat([(z + (2.0 * k + 1.0)) / (2.0 * _PANELS) for k in range(_PANELS)], axis=-1)
        weights = xp.concat([w / _PANELS] * _PANELS, axis=-1)
        width = end - start
        u = start + width * steps
        values = weights * xp.exp(-u * (slope[..., None] + 0.5 * u))
        total = xp.sum(values, axis=-1)
        return cls(top, slope, least, most, start, width, u, values / total[..., None], width[..., 0] * total)

    def mean(self, function: Callable[[Any, Any], Any]) -> Any:
        """Return the mean of a function of u and the slope."""
        xp = namespace(self.mass)
        return xp.sum(self.weights * function(self.nodes, self.slope[..., None]), axis=-1)


def _exponent(p: TruncatedNormal, q: TruncatedNormal, body: _Body) -> tuple[Any, Any]:
    """Return c, d such that the exponent of Q less that of P is c·u + d·u² and a constant, u from P's top."""
    r, shift = relative_difference(p.scale, q.scale), (p.loc - q.loc) / q.scale
    curve = r * (2.0 + r)
    return -(body.slope * curve + (1.0 + r) * shift), -0.5 * curve


def _log_mean(p: TruncatedNormal, q: TruncatedNormal, body: _Body, first: Any, second: Any) -> Any:
    """Return ln E_P exp(c·u + d·u²), of equal ends."""
    xp = namespace(first, second)
    change = body.nodes * (first[..., None] + body.nodes * second[..., None])
    middle = xp.sum(body.weights * change, axis=-1)
    return middle + _cumulant(p, q, body, first, second)


def _cumulant(p: TruncatedNormal, q: TruncatedNormal, body: _Body, first: Any, second: Any) -> Any:
    """Return KL(P‖Q) of equal ends: ln E_P e^g − E_P g, g = c·u + d·u²."""
    xp = namespace(first, second, body.mass, q.loc, q.scale)
    change = body.nodes * (first[..., None] + body.nodes * second[..., None])
    middle = xp.sum(body.weights * change, axis=-1)
    centred = change - middle[..., None]
    near = xp.max(xp.abs(centred), axis=-1) < 8.0
    close = xp.log1p(xp.sum(body.weights * expm1mx(xp.where(near[..., None], centred, 0.0)), axis=-1))
    other = _Body.of(q.loc, q.scale, q.low, q.high)
    # Q's exponent at its own greatest point beside that at P's.
    gap = (body.top - other.top) / q.scale
    rise = gap * (other.slope + 0.5 * gap)
    far = (xp.log(other.mass) - xp.log(body.mass)) - log_quotient(p.scale, q.scale) + rise - middle
    return xp.where(near, close, far)


def _log_share(q: TruncatedNormal, inner: TruncatedNormal) -> Any:
    """Return −ln of the mass that Q has between the ends of `inner`: of what lies beyond, beside it."""
    xp = namespace(q.loc, q.scale, q.low, q.high, inner.low)
    body = _Body.of(inner.loc, inner.scale, inner.low, inner.high)
    logs: list[Any] = []
    for a, b, some in ((q.low, inner.low, q.low < inner.low), (inner.high, q.high, inner.high < q.high)):
        safe_a, safe_b = xp.where(some, a, -1.0), xp.where(some, b, 1.0)
        part = _Body.of(inner.loc, inner.scale, safe_a, safe_b)
        gap = (part.top - xp.where(some, body.top, 0.0)) / inner.scale
        log = xp.log(part.mass) - xp.log(body.mass) - gap * (body.slope + 0.5 * gap)
        logs.append(xp.where(some, log, -math.inf))
    top = xp.where(logs[0] > logs[1], logs[0], logs[1])
    shift = xp.where(top > 0.0, top, 0.0)
    beyond = xp.exp(logs[0] - shift) + xp.exp(logs[1] - shift)
    large = top > 0.0
    far = shift + xp.log(xp.where(large, beyond + xp.exp(-shift), 1.0))
    return xp.where(large, far, xp.log1p(xp.where(large, 0.0, beyond)))


def _log_integral(xp: Any, tilt: Any, bend: Any, least: Any, most: Any) -> Any:
    """Return ln of the integral of exp(tilt·u + bend·u²/2) between two ends, bend < 0."""
    scale = 1.0 / xp.sqrt(-bend)
    loc = -tilt / bend
    body = _Body.of(loc, scale, least, most)
    return body.top * (tilt + 0.5 * bend * body.top) + xp.log(scale * body.mass)


def truncated_normal(
    loc: object = 0.0, scale: object = 1.0, low: object = -math.inf, high: object = math.inf
) -> TruncatedNormal:
    """Return the normal distribution restricted to an interval: ∝ exp(−(x − loc)²/(2 scale²)) for low < x < high.

    Args:
        loc: the mode of the normal distribution, any real numbers; it may lie outside the interval.
        scale: its standard deviation, > 0.
        low: the lower end, −∞ for none. In units of x: SciPy's `truncnorm` has a = (low − loc)/scale.
        high: the upper end, ∞ for none, > low. All broadcast.

    Returns:
        `TruncatedNormal`: one distribution, or a batch of them.

    Raises:
        ValueError: a scale that is not positive, low that is not below high, NaN.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.truncated_normal(0.3, 1.2, -1, 2)
        >>> kb.kl(P, kb.distributions.truncated_normal(-0.5, 0.9, -1, 2)).round(12)
        np.float64(0.288450554489)
    """
    family = "truncated_normal"
    mode, spread, a, b = together(
        real(loc, "loc", family),
        positive(scale, "scale", family),
        checked(low, "low", family, "a number or −∞", lambda x: x < math.inf),
        checked(high, "high", family, "a number or ∞", lambda x: x > -math.inf),
    )
    ordered(a, b, "low", "high", family)
    return TruncatedNormal(mode, spread, a, b)
