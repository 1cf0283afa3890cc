"""Masses: an array read as a distribution without losing a bit, and two of them turned into a `Deviation`.

All arrays here have the outcomes on the last axis. The masses themselves are normalised only once rounded; what is
carried to the comparison is exact: mantissas, exponents and a total in double-double for numbers that are given as
they are, and the differences from the greatest value, with their rounding errors, for logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from kullback.arrays import AnyArray, Array, Mask, namespace, nowhere
from kullback.divergence import Deviation
from kullback.numerics import (
    expm1_difference,
    log_pair,
    scale_by_power,
    split_exponent,
    total,
    two_difference,
    two_product,
    two_sum,
)

_LN2 = math.log(2.0)
_NEVER = -(1 << 20)  # the exponent of zero: below that of every other number


@dataclass(frozen=True, eq=False)
class LinearMasses:
    """Masses up to a factor, times optional weights of the outcomes.

    `(mantissa + error) * 2**exponent` is the value divided by a power of two that brings the greatest of its row to
    [1/2, 1), exactly, and `high + low` is the total of the weighted values divided by the same: no value under- or
    overflows.
    """

    mantissa: Array
    exponent: AnyArray
    high: Array
    low: Array
    weights: Array | None
    error: Array | None = None

    @classmethod
    def of(cls, values: Array, weights: Array | None, errors: Array | None = None) -> LinearMasses:
        """Read values ≥ 0, with what their rounding has left out; values of weight 0 count as impossible."""
        xp = namespace(values)
        if weights is not None:
            values = xp.where(weights > 0.0, values, 0.0)
        mantissa, own = split_exponent(values)
        exponent = xp.where(mantissa == 0.0, _NEVER, own)
        exponent = exponent - xp.max(exponent, axis=-1, keepdims=True)
        scaled = scale_by_power(mantissa, exponent)
        error = None
        if errors is not None:
            error = scale_by_power(errors, -own)
            high, low = total(scaled, scale_by_power(error, exponent))
        elif weights is None:
            high, low = total(scaled)
        else:
            high, low = total(*two_product(*xp.broadcast_arrays(scaled, weights)))
        return cls(mantissa, exponent, high, low, weights, error)

    @cached_property
    def p(self) -> Array:
        """The normalised masses, rounded once or twice."""
        return self._weighted(scale_by_power(self.mantissa / self.high, self.exponent))

    @cached_property
    def log_p(self) -> Array:
        """Their logarithms, with a small relative error also where a mass is close to 1."""
        xp = namespace(self.mantissa)
        mantissa = self._weighted(self.mantissa)
        high, low = scale_by_power(self.mantissa, self.exponent), 0.0
        if self.weights is not None:
            high, low = two_product(*xp.broadcast_arrays(high, self.weights))
        excess, error = two_difference(high, self.high)
        near = xp.log1p((excess + (error + (low - self.low))) / self.high)
        far = xp.log(mantissa / self.high) + xp.astype(self.exponent, mantissa.dtype) * _LN2
        return xp.where(mantissa == 0.0, -math.inf, xp.where(high > 0.5 * self.high, near, far))

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
    def of(cls, values: Array, weights: Array | None, errors: Array | None = None) -> LogMasses:
        """Read values ≥ -inf, with what they leave out of the true logarithms; of weight 0 they count as impossible."""
        xp = namespace(values)
        if weights is not None:
            values = xp.where(weights > 0.0, values, -math.inf)
        top = xp.max(values, axis=-1, keepdims=True)
        high, low = two_difference(values, xp.where(xp.isfinite(top), top, 0.0))
        if errors is not None:
            low = low + errors
        return cls(high, xp.where(xp.isfinite(high), low, 0.0), weights)

    @cached_property
    def _exponentials(self) -> tuple[Array, Array, Array]:
        masses = namespace(self.high).exp(self.high) * (1.0 + self.low)
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
        xp = namespace(high)
        return xp.where(high < 2.0, xp.log1p((high - 1.0) + low), xp.log(high))

    @cached_property
    def log_p(self) -> Array:
        """The logarithms of the normalised masses."""
        xp = namespace(self.high)
        log_p = self.high + (self.low - self.log_total)
        if self.weights is None:
            return log_p
        return xp.where(self.weights > 0.0, log_p + xp.log(self.weights), -math.inf)


def as_log(masses: LinearMasses | LogMasses) -> LogMasses:
    """Return masses as logarithms: exact for logarithms, else with about 100 correct bits."""
    if isinstance(masses, LogMasses):
        return masses
    xp = namespace(masses.mantissa)
    possible = masses.mantissa > 0.0
    log, error = log_pair(xp.where(possible, masses.mantissa, 0.5), xp.where(possible, masses.exponent, 0))
    return LogMasses.of(xp.where(possible, log, -math.inf), masses.weights, xp.where(possible, error, 0.0))


def deviation(p: LinearMasses | LogMasses, q: LinearMasses | LogMasses) -> Deviation:
    """Return how q deviates from p. Two of one kind are compared as they are; of two kinds, through logarithms."""
    if isinstance(p, LinearMasses) and isinstance(q, LinearMasses):
        return _linear(p, q)
    return _log(as_log(p), as_log(q))


def _linear(p: LinearMasses, q: LinearMasses) -> Deviation:
    xp = namespace(p.mantissa, q.mantissa)
    # Each outcome is scaled by the greater of its two exponents: the lesser mass may underflow only where it cannot
    # matter. Then q·P − p·Q, where P and Q are the totals, in double-double: plain q/Q − p/P would lose everything.
    exponent = xp.maximum(p.exponent, q.exponent)
    a = scale_by_power(p.mantissa, p.exponent - exponent)
    b = scale_by_power(q.mantissa, q.exponent - exponent)
    first, first_error = two_product(b, p.high)
    second, second_error = two_product(a, q.high)
    high, error = two_difference(first, second)
    # The order matters: what the totals carry below their leading parts may be all that there is.
    errors = (first_error - second_error) + (b * p.low - a * q.low)
    if q.error is not None:
        errors = errors + scale_by_power(q.error, q.exponent - exponent) * p.high
    if p.error is not None:
        errors = errors - scale_by_power(p.error, p.exponent - exponent) * q.high
    numerator = high + (error + errors)
    difference = scale_by_power(numerator / (p.high * q.high), exponent)
    if p.weights is not None:
        difference = difference * p.weights
    relative = numerator / (a * q.high)
    masses_p, masses_q = xp.broadcast_arrays(p.p, q.p)
    difference, dominant = _balanced(difference, masses_p)
    if dominant is not None:
        relative = xp.where(dominant, difference / masses_p, relative)
    # ln(q/p) from the relative difference where it is small, else from mantissas and exponents, which cannot overflow.
    near = xp.abs(relative) <= 0.5
    distant = (
        xp.log((q.mantissa / p.mantissa) * (p.high / q.high)) + xp.astype(q.exponent - p.exponent, p.high.dtype) * _LN2
    )
    log_ratio = xp.where(near, xp.log1p(xp.where(near, relative, 0.0)), distant)
    log_ratio = xp.where(q.mantissa == 0.0, -math.inf, log_ratio)
    log_ratio = xp.where(p.mantissa == 0.0, math.inf, log_ratio)
    log_ratio = xp.where((p.mantissa == 0.0) & (q.mantissa == 0.0), 0.0, log_ratio)
    return Deviation(masses_p, masses_q, difference, log_ratio, lambda: (p.log_p, q.log_p))


def _log(p: LogMasses, q: LogMasses) -> Deviation:
    xp = namespace(p.high, q.high)
    p_possible: Mask
    q_possible: Mask
    p_possible, q_possible = xp.broadcast_arrays(p.high > -math.inf, q.high > -math.inf)
    both = p_possible & q_possible
    masses_p, masses_q = xp.broadcast_arrays(p.p, q.p)
    gap, error = two_difference(xp.where(both, q.high, 0.0), xp.where(both, p.high, 0.0))
    error = xp.where(xp.isfinite(gap), error + (q.low - p.low), 0.0)
    # ln(q/p) is the gap minus a constant, under which E_p[exp] = 1, that is Σ (q − p) = 0. It is found from a first
    # guess by two corrections, each exact to rounding relative to the total variation.
    gap, slip = two_difference(gap, xp.broadcast_to(q.log_total - p.log_total, gap.shape))
    error = error + xp.where(xp.isfinite(gap), slip, 0.0)
    for _ in range(2):
        surplus = _difference(masses_p, masses_q, gap + error, p_possible, q_possible)
        shift = xp.log1p(xp.sum(surplus, axis=-1, keepdims=True))
        gap, slip = two_sum(gap, xp.broadcast_to(-shift, gap.shape))
        error = error + xp.where(xp.isfinite(gap), slip, 0.0)
    log_ratio = gap + error
    log_ratio = xp.where(p_possible & q_possible, log_ratio, 0.0)
    log_ratio = xp.where(p_possible & ~q_possible, -math.inf, log_ratio)
    log_ratio = xp.where(q_possible & ~p_possible, math.inf, log_ratio)
    difference, dominant = _balanced(_difference(masses_p, masses_q, log_ratio, p_possible, q_possible), masses_p)
    if dominant is not None:
        log_ratio = xp.where(dominant, xp.log1p(difference / masses_p), log_ratio)
    return Deviation(masses_p, masses_q, difference, log_ratio, lambda: (p.log_p, q.log_p))


def _balanced(difference: Array, masses: Array) -> tuple[Array, Mask | None]:
    """Return differences with that of a dominant outcome made right, and where that is; None where it is nowhere.

    Beside one dominant outcome, differences of the others below some roundings of 1 are lost, but its own difference
    is minus their sum.
    """
    xp = namespace(difference)
    rounding = 45.0 * float(xp.finfo(difference.dtype).eps)
    dominant = (masses > 0.5) & (xp.abs(difference) < rounding)
    if nowhere(dominant):
        return difference, None
    others = xp.where(dominant, 0.0, difference)
    dominant = dominant & (xp.sum(xp.abs(others), axis=-1, keepdims=True) < rounding)
    return xp.where(dominant, -xp.sum(others, axis=-1, keepdims=True), difference), dominant


def _difference(p: Array, q: Array, log_ratio: Array, p_possible: Mask, q_possible: Mask) -> Array:
    xp = namespace(p, q)
    difference = expm1_difference(p, q, xp.where(p_possible & q_possible, log_ratio, 0.0))
    return xp.where(p_possible & q_possible, difference, xp.where(q_possible, q, -p))
