"""The core: values, terms and gradients of rows, written once for every array library.

It is what the kernels are held to and what answers where they cannot promise an answer. Rows that are no distributions
give NaN here; whether that is an error is for the caller to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from kullback.arrays import Array, namespace, nowhere, widened
from kullback.divergence import Cost, Deviation, Finish, Gradient, GradientRule
from kullback.exact.masses import deviation
from kullback.exact.rows import Rows
from kullback.numerics import scale_by_power, split_exponent


class Measure(Protocol):
    """What is computed of P and Q: a `Divergence`, or a companion such as the cross-entropy."""

    @property
    def cost(self) -> Cost:
        """What each outcome contributes."""
        ...

    @property
    def finish(self) -> Finish | None:
        """What turns the sum of the costs into the value."""
        ...

    @property
    def combine(self) -> Cost | None:
        """The value straight from a deviation."""
        ...

    @property
    def gradient(self) -> GradientRule | None:
        """How the value changes with the masses."""
        ...

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest value."""
        ...


def value(measure: Measure, p: Rows, q: Rows, weights: Array | None) -> Array:
    """Return the value of each pair of rows, which broadcast, in nats; NaN for what are no distributions."""
    with np.errstate(all="ignore"):
        found = _value(measure, _deviation(p, q, weights))
        return _unless_wrong(found, p, q, weights, kept=False)


def terms(measure: Measure, p: Rows, q: Rows, weights: Array | None) -> Array:
    """Return what each outcome contributes, in nats."""
    with np.errstate(all="ignore"):
        return _unless_wrong(measure.cost(_deviation(p, q, weights)), p, q, weights, kept=True)


def gradients(measure: Measure, p: Rows, q: Rows, weights: Array | None) -> tuple[Array, Array, Array]:
    """Return the values and their derivatives with respect to the numbers in p and in q, for each pair of rows.

    Where a value is infinite its derivatives are given as 0, so that one such row spoils no sum over rows.
    """
    with np.errstate(all="ignore"):
        known = _deviation(p, q, weights)
        found = _value(measure, known)
        slopes = _rule(measure)(known, found[..., None])
        first, second = _chain(p, q, weights, known.p, known.q, found[..., None], slopes)
        return _unless_wrong(found, p, q, weights, kept=False), first, second


def differentiable_gradients(
    measure: Measure, p: Rows, q: Rows, weights: Array | None, value_of: Callable[[], Array]
) -> tuple[Array, Array]:
    """Return the derivatives of `gradients` in operations that an array library can differentiate again.

    Plain logarithms and quotients: right to rounding, absolutely, which is enough for a second derivative.

    Args:
        measure: what is computed.
        p: rows of numbers.
        q: rows of numbers.
        weights: of the outcomes.
        value_of: gives the values of the rows, differentiably.
    """
    first, first_log, first_possible = plain_masses(p, weights)
    second, second_log, second_possible = plain_masses(q, weights)
    xp = namespace(first, second)
    both = first_possible & second_possible
    log_ratio = xp.where(both, xp.where(both, second_log, 0.0) - xp.where(both, first_log, 0.0), 0.0)
    log_ratio = xp.where(first_possible & ~second_possible, -math.inf, log_ratio)
    log_ratio = xp.where(second_possible & ~first_possible, math.inf, log_ratio)
    masses_p, masses_q = xp.broadcast_arrays(first, second)
    logs = xp.broadcast_arrays(
        xp.where(first_possible, first_log, -math.inf), xp.where(second_possible, second_log, -math.inf)
    )
    log_weights = None if weights is None else xp.log(weights)
    known = Deviation(masses_p, masses_q, masses_q - masses_p, log_ratio, lambda: (logs[0], logs[1]), log_weights)
    found = widened(value_of())[..., None]
    return _chain(p, q, weights, masses_p, masses_q, found, _rule(measure)(known, found))


def summed_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Return `x` summed over the axes along which an array of this shape was broadcast."""
    xp = namespace(x)
    x = xp.sum(x, axis=tuple(range(x.ndim - len(shape)))) if x.ndim > len(shape) else x
    axes = tuple(i for i, (n, m) in enumerate(zip(x.shape, shape, strict=True)) if n != m)
    return xp.sum(x, axis=axes, keepdims=True) if axes else x


def _rule(measure: Measure) -> GradientRule:
    if measure.gradient is None:
        raise TypeError(f"{measure!r} has no gradient: detach its arguments, or give it the derivative of f.")
    return measure.gradient


def _deviation(p: Rows, q: Rows, weights: Array | None) -> Deviation:
    if weights is None:
        return deviation(p.masses(None), q.masses(None))
    xp = namespace(weights)
    # Masses do not change with the scale of the weights, so that it is one at which no product overflows.
    exponent = split_exponent(xp.max(weights, axis=-1, keepdims=True))[1]
    scaled = scale_by_power(weights, -exponent)
    return replace(deviation(p.masses(scaled), q.masses(scaled)), log_weights=xp.log(weights))


def _value(measure: Measure, known: Deviation) -> Array:
    xp = known.xp
    if measure.combine is not None:
        found = measure.combine(known)
    else:
        found = xp.sum(measure.cost(known), axis=-1)
        if measure.finish is not None:
            found = measure.finish(found)
    # Only rounding can carry a sum of terms ≥ 0 out of the range, by a unit in the last place.
    least, most = measure.range
    found = xp.where(found < least, least, found)
    return xp.where(found > most, most, found)


def _unless_wrong(found: Array, p: Rows, q: Rows, weights: Array | None, *, kept: bool) -> Array:
    wrong = p.wrong(weights) | q.wrong(weights)
    if nowhere(wrong):
        return found
    return namespace(found).where(wrong if kept else wrong[..., 0], math.nan, found)


def _chain(
    p: Rows, q: Rows, weights: Array | None, masses_p: Array, masses_q: Array, found: Array, slopes: Gradient
) -> tuple[Array, Array]:
    """Return derivatives with respect to numbers from those with respect to masses."""
    xp = namespace(masses_p)
    finite = xp.isfinite(found)
    first = from_masses(p, weights, masses_p, masses_q, slopes.p, slopes.p_edge)
    second = from_masses(q, weights, masses_q, masses_p, slopes.q, slopes.q_edge)
    return xp.where(finite, first, 0.0), xp.where(finite, second, 0.0)


def from_masses(
    rows: Rows, weights: Array | None, mass: Array, other: Array, slope: Array, edge: Array | float
) -> Array:
    """Return derivatives with respect to the numbers in rows.

    Args:
        rows: of numbers.
        weights: of the outcomes.
        mass: what the numbers are normalised to.
        other: the masses of what is compared with them: an outcome without mass in either takes no part.
        slope: derivatives with respect to the logarithms of the masses.
        edge: derivatives with respect to masses of 0.
    """
    xp = namespace(mass)
    mean = xp.sum(slope, axis=-1, keepdims=True)
    if rows.kind.scale == "log":
        return slope - mass * mean
    values = widened(rows.values)
    total = xp.sum(values if weights is None else values * weights, axis=-1, keepdims=True)
    present = mass > 0.0
    each = xp.where(present, slope / xp.where(present, mass, 1.0), edge)
    # An outcome with p = q = 0 takes no part, so that nothing changes with it.
    changed = xp.where(present | (other > 0.0), each - mean, 0.0) / total
    return changed if weights is None else changed * weights


def plain_masses(rows: Rows, weights: Array | None) -> tuple[Array, Array, Any]:
    """Return masses, their logarithms (0 where there is no mass) and where there is some."""
    values = widened(rows.values)
    xp = namespace(values)
    if rows.kind.scale == "linear":
        mass = values if weights is None else values * weights
        total = xp.sum(mass, axis=-1, keepdims=True)
        possible = mass > 0.0
        return mass / total, xp.log(xp.where(possible, mass, total) / total), possible
    possible = values > -math.inf
    log_weights = 0.0
    if weights is not None:
        possible = possible & (weights > 0.0)
        log_weights = xp.log(xp.where(weights > 0.0, weights, 1.0))
    top = xp.max(xp.where(possible, values, -math.inf), axis=-1, keepdims=True)
    log = xp.where(possible, values, 0.0) + log_weights
    mass = xp.where(possible, xp.exp(xp.where(possible, log - top, 0.0)), 0.0)
    log_total = top + xp.log(xp.sum(mass, axis=-1, keepdims=True))
    log = xp.where(possible, log - log_total, 0.0)
    return xp.where(possible, xp.exp(log), 0.0), log, possible
