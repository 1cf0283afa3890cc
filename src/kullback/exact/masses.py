"""Masses: an array read as a distribution without losing a bit, and two of them turned into a `Deviation`.

All arrays here have the outcomes on the last axis. The masses themselves are normalised only once rounded; what is
carried to the comparison is exact: mantissas, exponents and a total in double-double for numbers that are given as
they are, and the differences from the greatest value, with their rounding errors, for logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kullback.arrays import Array, Mask
from kullback.divergence import Deviation
from kullback.numerics import expm1_difference, total, two_difference, two_product, two_sum

_LN2 = math.log(2.0)
_NEVER = -(1 << 20)  # the exponent of zero: below that of every other number


@dataclass(frozen=True, eq=False)
class LinearMasses:
    """Masses up to a factor, times optional weights of the outcomes.

    `mantissa * 2**exponent` is the value divided by a power of two that brings the greatest of its row to [1/2, 1),
    exactly, and `high + low` is the total of the weighted values divided by the same: no value under- or overflows.
    """

    mantissa: Array
    exponent: Array
    high: Array
    low: Array
    weights: Array | None

    @classmethod
    def of(cls, values: Array, weights: Array | None) -> LinearMasses:
        """Read values ≥ 0; values of weight 0 count as impossible."""
        if weights is not None:
            values = np.where(weights > 0.0, values, 0.0)
        mantissa, exponent = np.frexp(values)
        exponent = np.where(mantissa == 0.0, _NEVER, exponent)
        exponent = exponent - np.max(exponent, axis=-1, keepdims=True)
        scaled = np.ldexp(mantissa, exponent)
        if weights is None:
            high, low = total(scaled)
        else:
            high, low = total(*two_product(*np.broadcast_arrays(scaled, weights)))
        return cls(mantissa, exponent, high, low, weights)

    @cached_property
    def p(self) -> Array:
        """The normalised masses, rounded once or twice."""
        return self._weighted(np.ldexp(self.mantissa / self.high, self.exponent))

    @cached_property
    def log_p(self) -> Array:
        """Their logarithms, with a small relative error also where a mass is close to 1."""
        mantissa = self._weighted(self.mantissa)
        high, low = np.ldexp(self.mantissa, self.exponent), np.zeros(1)
        if self.weights is not None:
            high, low = two_product(*np.broadcast_arrays(high, self.weights))
        excess, error = two_difference(high, self.high)
        near = np.log1p((excess + (error + (low - self.low))) / self.high)
        far = np.log(mantissa / self.high) + self.exponent * _LN2
        return np.where(mantissa == 0.0, -np.inf, np.where(high > 0.5 * self.high, near, far))

    def _weighted(self, x: Array) -> Array:
        return x if self.weights is None else x * self.weights


@dataclass(frozen=True, eq=False)
class LogMasses:
    """Logarithms of masses up to a constant, times optional weights of the outcomes.

    `high + low` is the value minus the greatest of its row, exactly.
    """

    high: Array
    low: Array
    weights: Array | None

    @classmethod
    def of(cls, values: Array, weights: Array | None) -> LogMasses:
        """Read values ≥ -inf; values of weight 0 count as impossible."""
        if weights is not None:
            values = np.where(weights > 0.0, values, -np.inf)
        top = np.max(values, axis=-1, keepdims=True)
        high, low = two_difference(values, np.where(np.isfinite(top), top, 0.0))
        return cls(high, np.where(np.isfinite(high), low, 0.0), weights)

    @cached_property
    def _exponentials(self) -> tuple[Array, Array, Array]:
        masses = np.exp(self.high) * (1.0 + self.low)
        if self.weights is not None:
            masses = masses * self.weights
        return masses, *total(masses)

    @cached_property
    def p(self) -> Array:
        """The normalised masses; some underflow to 0 where `log_p` does not."""
        return self._exponentials[0] / self._exponentials[1]

    @cached_property
    def log_total(self) -> Array:
        """The logarithm of the sum of the (weighted) exponentials of `high + low`, accurate also near 0."""
        _, high, low = self._exponentials
        return np.where(high < 2.0, np.log1p((high - 1.0) + low), np.log(high))

    @cached_property
    def log_p(self) -> Array:
        """The logarithms of the normalised masses."""
        log_p = self.high + (self.low - self.log_total)
        if self.weights is None:
            return log_p
        return np.where(self.weights > 0.0, log_p + np.log(self.weights), -np.inf)


def as_log(masses: LinearMasses | LogMasses) -> LogMasses:
    """Return masses as logarithms: exact for logarithms, else with an error of half a unit of each."""
    if isinstance(masses, LogMasses):
        return masses
    return LogMasses.of(np.log(masses.mantissa) + masses.exponent * _LN2, masses.weights)


def deviation(p: LinearMasses | LogMasses, q: LinearMasses | LogMasses) -> Deviation:
    """Return how q deviates from p. Two of one kind are compared exactly; of two kinds, through logarithms."""
    if isinstance(p, LinearMasses) and isinstance(q, LinearMasses):
        return _linear(p, q)
    return _log(as_log(p), as_log(q))


def _linear(p: LinearMasses, q: LinearMasses) -> Deviation:
    # Each outcome is scaled by the greater of its two exponents: the lesser mass may underflow only where it cannot
    # matter. Then q·P − p·Q, where P and Q are the totals, in double-double: plain q/Q − p/P would lose everything.
    exponent = np.maximum(p.exponent, q.exponent)
    a = np.ldexp(p.mantissa, p.exponent - exponent)
    b = np.ldexp(q.mantissa, q.exponent - exponent)
    first, first_error = two_product(b, p.high)
    second, second_error = two_product(a, q.high)
    high, error = two_difference(first, second)
    # The order matters: what the totals carry below their leading parts may be all that there is.
    numerator = high + (error + ((first_error - second_error) + (b * p.low - a * q.low)))
    difference = np.ldexp(numerator / (p.high * q.high), exponent)
    if p.weights is not None:
        difference = difference * p.weights
    relative = numerator / (a * q.high)
    masses_p, masses_q = np.broadcast_arrays(p.p, q.p)
    # Beside one dominant outcome, differences of the others below 1e-14 are lost to its rounding, but its own
    # difference is minus their sum.
    dominant = (masses_p > 0.5) & (np.abs(difference) < 1e-14)
    if np.any(dominant):
        others = np.where(dominant, 0.0, difference)
        dominant = dominant & (np.sum(np.abs(others), axis=-1, keepdims=True) < 1e-14)
        difference = np.where(dominant, -np.sum(others, axis=-1, keepdims=True), difference)
        relative = np.where(dominant, difference / masses_p, relative)
    # ln(q/p) from the relative difference where it is small, else from mantissas and exponents, which cannot overflow.
    near = np.abs(relative) <= 0.5
    distant = np.log((q.mantissa / p.mantissa) * (p.high / q.high)) + (q.exponent - p.exponent) * _LN2
    log_ratio = np.where(near, np.log1p(np.where(near, relative, 0.0)), distant)
    log_ratio = np.where(q.mantissa == 0.0, -np.inf, log_ratio)
    log_ratio = np.where(p.mantissa == 0.0, np.where(q.mantissa == 0.0, 0.0, np.inf), log_ratio)
    return Deviation(masses_p, masses_q, difference, log_ratio, lambda: (p.log_p, q.log_p))


def _log(p: LogMasses, q: LogMasses) -> Deviation:
    p_possible: Mask = np.broadcast_arrays(~np.isneginf(p.high), q.high)[0].astype(np.bool_)
    q_possible: Mask = np.broadcast_arrays(~np.isneginf(q.high), p.high)[0].astype(np.bool_)
    both = p_possible & q_possible
    masses_p, masses_q = np.broadcast_arrays(p.p, q.p)
    gap, error = two_difference(np.where(both, q.high, 0.0), np.where(both, p.high, 0.0))
    error = np.where(np.isfinite(gap), error + (q.low - p.low), 0.0)
    # ln(q/p) is the gap minus a constant, under which E_p[exp] = 1, that is Σ (q − p) = 0. It is found from a first
    # guess by two corrections, each exact to rounding relative to the total variation.
    gap, slip = two_difference(gap, np.broadcast_to(q.log_total - p.log_total, gap.shape))
    error = error + np.where(np.isfinite(gap), slip, 0.0)
    for _ in range(2):
        surplus = _difference(masses_p, masses_q, gap + error, p_possible, q_possible)
        shift = np.log1p(np.sum(surplus, axis=-1, keepdims=True))
        gap, slip = two_sum(gap, np.broadcast_to(-shift, gap.shape))
        error = error + np.where(np.isfinite(gap), slip, 0.0)
    log_ratio = gap + error
    log_ratio = np.where(q_possible, np.where(p_possible, log_ratio, np.inf), np.where(p_possible, -np.inf, 0.0))
    difference = _difference(masses_p, masses_q, log_ratio, p_possible, q_possible)
    return Deviation(masses_p, masses_q, difference, log_ratio, lambda: (p.log_p, q.log_p))


def _difference(p: Array, q: Array, log_ratio: Array, p_possible: Mask, q_possible: Mask) -> Array:
    difference = expm1_difference(p, q, np.where(p_possible & q_possible, log_ratio, 0.0))
    return np.where(p_possible & q_possible, difference, np.where(q_possible, q, -p))
