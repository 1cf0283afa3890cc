"""The kernels of probabilities in plain NumPy: what runs where there is no extension, and the readable form of it.

The same contract and the same method as the compiled ones (see kullback.kernels.probabilities): Σ f(p, q), Σ p and
Σ (p − q) in one pass over blocks that stay in the cache. If the totals differ by more than the answer can bear, p is
scaled to the total of q, term by term, in a second pass; a row where that is not enough gets NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from kullback.arrays import AnyArray, Array, Mask

_BLOCK = 8192
_LEAST_COST = 1e-280  # below it, subnormal numbers may have cost digits
_LEAST_NORMAL = float(np.finfo(np.float64).tiny)

Cost = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class _Measure:
    """What is summed, what is made of the sum of normalised rows, and which outcomes make the sum infinite."""

    cost: Cost
    finish: Callable[[Array], Array] | None = None
    infinite: Callable[[Array, Array], Mask] | None = None
    closed: bool = False  # the difference of the totals enters in closed form: KL
    absolute: bool = False  # the cost is of the first order in p − q, not of the second


@dataclass(frozen=True)
class _Sums:
    cost: Array
    p: Array
    difference: Array
    infinite: Mask
    negative: Mask


def _evaluate(measure: _Measure, p: AnyArray, q: AnyArray, tolerance: float) -> Any:
    single = p.dtype == np.float32 and q.dtype == np.float32
    if not single:
        p, q = p.astype(np.float64, copy=False), q.astype(np.float64, copy=False)
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(f"p has {p.shape[-1]} outcomes and q has {q.shape[-1]}.")
    batch = np.broadcast_shapes(p.shape[:-1], q.shape[:-1])
    shape = (math.prod(batch), p.shape[-1])
    found = np.empty(shape[0])
    first = np.broadcast_to(p, batch + p.shape[-1:]).reshape(shape)
    second = np.broadcast_to(q, batch + q.shape[-1:]).reshape(shape)
    step = max(1, _BLOCK // max(1, shape[1]))
    with np.errstate(all="ignore"):
        for start in range(0, shape[0], step):
            rows = slice(start, start + step)
            found[rows] = _rows(measure, first[rows], second[rows], tolerance, single=single)
    return found.reshape(batch)[()]


def _rows(measure: _Measure, p: AnyArray, q: AnyArray, tolerance: float, *, single: bool) -> Array:
    sums = _sums(measure, p, q, np.zeros(len(p)))
    total_q = sums.p - sums.difference
    good = (np.abs(sums.p - 1.0) <= tolerance) & (np.abs(total_q - 1.0) <= tolerance) & ~sums.negative
    good &= (sums.p > 0.0) & (total_q > 0.0) & (sums.p < np.inf) & (total_q < np.inf)
    x = -sums.difference / sums.p
    value, sure = _value(measure, sums, x, single=single)
    again = good & ~sums.infinite & ~sure & (sums.cost >= _LEAST_COST) & (sums.cost < np.inf)
    if again.any():
        scaled = _sums(measure, p[again], q[again], x[again])
        value[again] = _scaled_value(measure, scaled, x[again], single=single)
        sure |= again
    value = np.where(sure, value, np.nan)
    small = good & ~(sums.cost >= _LEAST_COST)
    if small.any():
        value[small] = np.where(np.all(p[small] == q[small], axis=-1), 0.0, np.nan)
    if p.shape[-1] == 1:
        value = np.zeros(len(p))
    return np.where(good, np.where(sums.infinite, np.inf, value), np.nan)


def _sums(measure: _Measure, p: AnyArray, q: AnyArray, shift: Array) -> _Sums:
    n = p.shape[-1]
    cost, total, differences = np.zeros(len(p)), np.zeros(len(p)), np.zeros(len(p))
    infinite, negative = np.zeros(len(p), np.bool_), np.zeros(len(p), np.bool_)
    for start in range(0, n, _BLOCK):
        a = np.asarray(p[:, start : start + _BLOCK], np.float64)
        b = np.asarray(q[:, start : start + _BLOCK], np.float64)
        difference = a - b
        negative |= (np.min(a, axis=-1) < 0.0) | (np.min(b, axis=-1) < 0.0)
        if np.any(shift):
            added = a * shift[:, None]
            a, difference = a + added, difference + added
        if measure.infinite is not None:
            infinite |= np.any(measure.infinite(a, b), axis=-1)
        cost += np.sum(measure.cost(a, b, difference), axis=-1)
        total += np.sum(a, axis=-1)
        differences += np.sum(difference, axis=-1)
    return _Sums(cost, total, differences, infinite, negative)


def _value(measure: _Measure, sums: _Sums, x: Array, *, single: bool) -> tuple[Array, Mask]:
    """Return the values, and where the difference of the totals costs them no accuracy."""
    cost = sums.cost / sums.p
    usable = (sums.cost >= _LEAST_COST) & (sums.cost < np.inf)
    if measure.closed:
        value = cost - _log_defect(x)
        return value, usable & (value >= 0.25 * cost)
    negligible = 1e-8 if single else 1e-15
    size = np.abs(x)
    sure = (size <= negligible) & ((size if measure.absolute else size * size) <= negligible * sums.cost)
    return _finished(measure, 2.0 * sums.cost / (2.0 * sums.p - sums.difference)), usable & sure


def _scaled_value(measure: _Measure, sums: _Sums, x: Array, *, single: bool) -> Array:
    noise = (1e-9 if single else 1e-2) * np.abs(x)
    usable = (sums.cost >= np.maximum(_LEAST_COST, noise if measure.absolute else 5.0 * noise * noise)) & ~sums.infinite
    cost = sums.cost / sums.p
    if measure.closed:
        value = cost - _log_defect(-sums.difference / sums.p)
        usable &= value >= 0.25 * cost
    else:
        value = _finished(measure, cost)
    return np.where(usable & (cost < np.inf), value, np.nan)


def _finished(measure: _Measure, cost: Array) -> Array:
    return cost if measure.finish is None else measure.finish(cost)


def _log_defect(x: Array) -> Array:
    """Return x − ln(1 + x)."""
    sum_, power = np.zeros_like(x), x * x
    for k in range(2, 20):
        sum_ += power / k
        power = -power * x
    return np.where(np.abs(x) > 0.1, x - np.log1p(x), sum_)


_ARCTANH = tuple(1.0 / (2 * k + 3) for k in range(12))


def _ratio(p: Array, q: Array, difference: Array) -> tuple[Mask, Array, Array, Array]:
    """Return where p and q are close, there s = (p − q)/(p + q) and (atanh(s)/s − 1)/s, elsewhere ln(p/q).

    The logarithm is 0 where p is, or where p/q underflows: it is multiplied by p.
    """
    s = difference / np.maximum(p + q, _LEAST_NORMAL)
    close = np.abs(s) <= 0.2
    s = np.where(close, s, 0.0)
    z = s * s
    tail = np.full_like(z, _ARCTANH[-1])
    for coefficient in _ARCTANH[-2::-1]:
        tail = tail * z + coefficient
    ratio = p / np.maximum(q, _LEAST_NORMAL)
    return close, s, s * tail, np.log(np.where(ratio > 0.0, ratio, 1.0))


def _relative_entropy(p: Array, q: Array, difference: Array) -> Array:
    close, s, u, log = _ratio(p, q, difference)
    return np.where(close, difference * s * (1.0 + (1.0 + s) * u), p * log - difference)


def _log_ratio(p: Array, q: Array, difference: Array) -> Array:
    close, s, u, log = _ratio(p, q, difference)
    return np.where(close, 2.0 * (s + s * (s * u)), log)


def _jeffreys(p: Array, q: Array, difference: Array) -> Array:
    # Where one mass is subnormal, or zero, its logarithm is wrong: no promise.
    wrong = (np.minimum(p, q) < _LEAST_NORMAL) & (np.maximum(p, q) > 0.0)
    log = np.where(wrong, np.nan, _log_ratio(p, q, difference))
    return np.where(difference == 0.0, 0.0, difference * log)


def _jensen_shannon(v: float, w: float, p: Array, q: Array, difference: Array) -> Array:
    mean = v * p + w * q
    to_p, to_q = _relative_entropy(p, mean, w * difference), _relative_entropy(q, mean, -(v * difference))
    return v * to_p + w * to_q


def _hellinger(p: Array, q: Array, difference: Array) -> Array:
    return difference * (difference / np.maximum(p + q + 2.0 * np.sqrt(p * q), _LEAST_NORMAL))


def _chi_square(p: Array, q: Array, difference: Array) -> Array:
    return difference * (difference / np.where(q > 0.0, q, 1.0))


def _renyi(alpha: float, p: Array, q: Array, difference: Array) -> Array:
    beta = 1.0 - alpha
    x = -_log_ratio(p, q, difference)
    x = np.where((p == 0.0) & (q > 0.0), 1.0, np.where((q == 0.0) & (p > 0.0), -2.0, x))  # any finite number
    y = beta * x
    near = (np.abs(x) < 1.0) & (np.abs(y) < 1.0)
    t = np.where(near, x, 0.0)
    series, geometric, power = np.zeros_like(t), 1.0, t * t
    for k in range(2, 22):
        series += power * (geometric / math.factorial(k))
        geometric = 1.0 + beta * geometric
        power = power * t
    if alpha < 0.5:
        far = (alpha * difference - q * np.expm1(-alpha * x)) / beta
    else:
        far = (-beta * difference - p * np.expm1(y)) / beta
    far = np.where((p == 0.0) | (q == 0.0), -difference + p / beta, far)
    subnormal = ((p < _LEAST_NORMAL) & (p > 0.0) & (q > 0.0)) | ((q < _LEAST_NORMAL) & (q > 0.0) & (p > 0.0))
    return np.where(subnormal, np.nan, np.where(near & (p > 0.0) & (q > 0.0), alpha * p * series, far))


def _renyi_value(alpha: float, cost: Array) -> Array:
    x = (alpha - 1.0) * cost
    # 1 + x is Σ p^α q^(1−α): near 0 it has no digits left.
    value = np.where(x > -0.98, np.log1p(x) / (alpha - 1.0), np.nan)
    return np.where(np.abs(x) < 1e-17, cost, value)


def _vanishing(p: Array, q: Array) -> Mask:
    return (q == 0.0) & (p > 0.0)


def _kl_cost(p: Array, q: Array, difference: Array) -> Array:
    subnormal = (q < _LEAST_NORMAL) & (q > 0.0) & (p > 0.0)
    return np.where(subnormal, np.nan, _relative_entropy(p, q, difference))


_KL = _Measure(_kl_cost, infinite=_vanishing, closed=True)
_CHI_SQUARE = _Measure(_chi_square, infinite=_vanishing)
_PLAIN: dict[str, _Measure] = {
    "kl": _KL,
    "jeffreys": _Measure(_jeffreys, infinite=lambda p, q: (p == 0.0) != (q == 0.0)),
    "tv": _Measure(lambda p, q, d: np.abs(d), lambda cost: np.minimum(0.5 * cost, 1.0), absolute=True),
    "hellinger": _Measure(_hellinger, lambda cost: np.minimum(np.sqrt(0.5 * cost), 1.0)),
    "chi2": _CHI_SQUARE,
}


def _swapped(measure: _Measure, p: AnyArray, q: AnyArray, tolerance: float) -> Any:
    return _evaluate(measure, q, p, tolerance)


def _jensen_shannon_kernel(p: AnyArray, q: AnyArray, tolerance: float, v: float, w: float) -> Any:
    greatest = -v * math.log(v) - w * math.log(w)
    measure = _Measure(partial(_jensen_shannon, v, w), lambda cost: np.minimum(cost, greatest))
    return _evaluate(measure, p, q, tolerance)


def _renyi_kernel(p: AnyArray, q: AnyArray, tolerance: float, alpha: float) -> Any:
    measure = _Measure(partial(_renyi, alpha), partial(_renyi_value, alpha))
    return _evaluate(measure if alpha < 1.0 else replace(measure, infinite=_vanishing), p, q, tolerance)


def _renyi_reverse_kernel(p: AnyArray, q: AnyArray, tolerance: float, alpha: float) -> Any:
    return _renyi_kernel(q, p, tolerance, alpha)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: partial(_evaluate, measure) for name, measure in _PLAIN.items()},
    "kl_reverse": partial(_swapped, _KL),
    "neyman_chi2": partial(_swapped, _CHI_SQUARE),
    "jensen_shannon": _jensen_shannon_kernel,
    "renyi": _renyi_kernel,
    "renyi_reverse": _renyi_reverse_kernel,
}
"""The kernels by name, with the signatures of the compiled ones."""
