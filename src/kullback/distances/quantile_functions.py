"""Quantile functions: where the outcomes of a distribution on the line lie, at t = ln(u/(1 − u)), both tails alike.

A level u near 1 is 1 − u in disguise: on the scale of t the upper tail keeps as many digits as the lower one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from kullback.distribution import Density
from kullback.exact.not_exact import NotExact
from kullback.support import Integers, Interval

_ITERATIONS = 200
_RESIDUAL = 1e-11
_MOST_POINTS = 2_000_000
_TINY = 1e-40


def log_level(t: Any) -> Any:
    """Return the logarithm of the smaller of u and 1 − u."""
    return -np.logaddexp(0.0, np.abs(t))


@dataclass(eq=False)
class Curve:
    """The quantile function of a density on an interval.

    Attributes:
        one: a distribution with NumPy parameters and no batch.
    """

    one: Density
    _known: tuple[Any, Any] = field(init=False)

    def __post_init__(self) -> None:
        support = cast(Interval, self.one.support)
        self.low, self.high = float(support.low), float(support.high)
        points = np.sort(np.ravel(np.asarray(self.one.landmarks(), dtype=float)))
        self._known = self.level(points), points

    def logs(self, x: Any, upper: Any) -> Any:
        """Return ln P(X > x) where `upper`, else ln P(X ≤ x)."""
        below, above = self.one.cdf(x), self.one.survival(x)
        if below is None or above is None:
            name = self.one.name or type(self.one).__name__
            raise NotExact(
                f"wasserstein: the distribution function of {name} is not known here, and the distance is an integral "
                "of its inverse. An estimate with an interval: kb.estimate(P, Q)."
            )
        with np.errstate(all="ignore"):
            return np.log(np.where(upper, above, below))

    def level(self, x: Any) -> Any:
        """Return t of outcomes x."""
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            return self.logs(x, np.zeros(x.shape, bool)) - self.logs(x, np.ones(x.shape, bool))

    def kinks(self) -> Any:
        """Return t of the points where the density is not analytic."""
        points = [float(x) for x in self.one.kinks if self.low < float(x) < self.high]
        return self.level(np.asarray(points)) if points else np.zeros(0)

    def at(self, t: Any) -> tuple[Any, Any]:
        """Return the outcomes at levels t, and how far off each may be.

        The family's own quantiles are what an iteration of Newton starts from, kept between bounds.
        """
        upper = t > 0.0
        target = log_level(t)
        sign = np.where(upper, -1.0, 1.0)
        with np.errstate(all="ignore"):
            x = self._start(t)
            low, high = np.full(t.shape, self.low), np.full(t.shape, self.high)
            left = np.ones(t.shape, bool)
            residual = np.full(t.shape, math.inf)
            for _ in range(_ITERATIONS):
                at, wanted, side = x[left], target[left], upper[left]
                found = self.logs(at, side)
                off = sign[left] * (wanted - found)  # > 0: the outcome lies further up
                residual[left] = np.abs(off)
                low[left] = np.where(off > 0.0, at, low[left])
                high[left] = np.where(off < 0.0, at, high[left])
                step = off * np.exp(found - self.one.log_prob(at))
                new = self._kept(at + step, at, low[left], high[left])
                width = high[left] - low[left]
                done = (np.abs(off) <= 4e-16 * (1.0 + np.abs(wanted))) | (off == 0.0)
                done |= (np.abs(new - at) <= 2.3e-16 * np.abs(at)) | (width <= 4.5e-16 * np.abs(at))
                x[left] = np.where(off == 0.0, at, new)
                left[left] = ~done
                if not left.any():
                    break
            # How far off the outcome may be: by what the level is off, and no further than the bounds.
            spread = np.exp(target - self.one.log_prob(x))
            spread = np.where(np.isfinite(spread), spread, 0.0)
            off = np.where(residual > _RESIDUAL, np.where(spread > 0.0, residual * spread, math.inf), 0.0)
            error = 4e-16 * np.abs(x) + 4e-15 * spread + np.fmin(off, np.where(off > 0.0, high - low, 0.0))
        if not np.isfinite(error).all():
            worst = target[np.argmin(np.isfinite(error))]
            raise NotExact(
                f"wasserstein: the distribution function of {self.one.name} could not be inverted at the level "
                f"exp({worst:.6g}) of a tail."
            )
        order = np.argsort(np.concatenate([self._known[0], t]), kind="stable")
        self._known = tuple(np.concatenate(both)[order] for both in zip(self._known, (t, x), strict=True))  # pyright: ignore[reportAttributeAccessIssue]
        return x, error

    def _start(self, t: Any) -> Any:
        known_t, known_x = self._known
        usable = np.isfinite(known_t) & np.isfinite(known_x)
        guess = np.interp(t, known_t[usable], known_x[usable])
        level = np.where(t > 0.0, -np.expm1(log_level(t)), np.exp(log_level(t)))
        own = self.one.quantile(level)
        if own is None:
            return guess
        own = np.asarray(own, dtype=float) + 0.0 * t
        trusted = np.isfinite(own) & (t < 18.0) & (own >= self.low) & (own <= self.high)
        return np.where(trusted, own, guess)

    def _kept(self, new: Any, at: Any, low: Any, high: Any) -> Any:
        """Return Newton's next point where it lies between the bounds, else one between them."""
        both = np.isfinite(low) & np.isfinite(high)
        same = both & (low * high > 0.0)
        middle = np.where(both, 0.5 * low + 0.5 * high, np.where(np.isfinite(low), low, high))
        geometric = np.sign(low) * np.sqrt(np.abs(low)) * np.sqrt(np.abs(high))
        middle = np.where(same, geometric, middle)
        reach = 1.0 + 2.0 * np.abs(at)
        middle = np.where(both, middle, np.where(np.isfinite(low), at + reach, at - reach))
        inside = (new >= low) & (new <= high) & np.isfinite(new)
        # A density of 0 tells nothing; nor does a step that leads from one end to the other time and again.
        return np.where(inside, new, np.where(np.isfinite(middle), middle, at))


@dataclass(frozen=True, eq=False)
class Steps:
    """The quantile function of masses on points.

    Attributes:
        one: the distribution.
        points: increasing.
        masses: of the points.
        beyond: at most so much mass lies below the first and so much above the last point.
    """

    one: Density
    points: Any
    masses: Any
    beyond: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, one: Density) -> Steps:
        """Read a distribution on points or whole numbers."""
        if isinstance(one.support, Integers):
            points, beyond = _whole_numbers(one)
            with np.errstate(all="ignore"):
                return cls(one, points, np.exp(np.asarray(one.log_prob(points), dtype=float)), beyond)
        values = np.ravel(np.asarray(cast(Any, one.support).values, dtype=float))
        masses = np.broadcast_to(np.asarray(cast(Any, one).masses, dtype=float), values.shape)
        points, place = np.unique(values, return_inverse=True)
        added = np.zeros(points.shape)
        np.add.at(added, place, masses)
        return cls(one, points, added)

    @property
    def below(self) -> Any:
        """The mass up to each point."""
        return np.cumsum(self.masses)

    @property
    def above(self) -> Any:
        """The mass beyond each point."""
        return np.append(np.cumsum(self.masses[:0:-1])[::-1], 0.0)

    def levels(self) -> Any:
        """Return t at which the quantile function jumps from each point to the next."""
        with np.errstate(all="ignore"):
            return np.log(self.below[:-1]) - np.log(self.above[:-1])

    kinks = levels

    def at(self, t: Any) -> tuple[Any, Any]:
        """Return the points at levels t, which are exact."""
        place = np.searchsorted(self.levels(), t, side="left")
        return self.points[place], np.zeros(np.shape(t))


def _whole_numbers(one: Density) -> tuple[Any, tuple[float, float]]:
    """Return the whole numbers that have all but a tiny part of the mass, and how much is left on either side."""
    support = cast(Integers, one.support)
    low, high = float(support.low), float(support.high)
    marks = np.asarray(one.landmarks(), dtype=float)
    bottom, top = float(np.floor(marks.min())), float(np.ceil(marks.max()))
    step = 1.0 + 0.125 * (top - bottom)
    most = _MOST_POINTS

    def survival(k: float) -> float:
        return float(cast(Any, one.survival(np.float64(k))))

    def cdf(k: float) -> float:
        return float(cast(Any, one.cdf(np.float64(k))))

    if math.isfinite(low) and math.isfinite(high) and high - low <= 1000.0:
        return np.arange(low, high + 1.0), (0.0, 0.0)
    if one.cdf(np.float64(bottom)) is None or one.survival(np.float64(top)) is None:
        raise NotExact(
            f"wasserstein: the distribution function of {one.name} is not known here. "
            "An estimate with an interval: kb.estimate(P, Q)."
        )
    while top < high and survival(top) > _TINY and top - bottom < most:
        top, step = min(top + np.floor(step), high), 1.5 * step
    step = 1.0 + 0.125 * (top - bottom)
    while bottom > low and cdf(bottom) > _TINY and top - bottom < 2.0 * most:
        bottom, step = max(bottom - np.floor(step), low), 1.5 * step
    top, bottom = min(top, high), max(bottom, low)
    if top - bottom > 2.0 * most:
        raise NotExact(f"wasserstein: {one.name} has more than {most} whole numbers with mass, too many to sum over.")
    beyond = (cdf(bottom - 1.0) if bottom > low else 0.0, survival(top) if top < high else 0.0)
    return np.arange(bottom, top + 1.0), beyond
