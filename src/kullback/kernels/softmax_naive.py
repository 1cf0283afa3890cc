"""Divergences of logits with NumPy alone: what `kullback.kernels.softmax` does where nothing is compiled.

The same sums as in softmax.hpp, in float64, some rows and columns at a time: first the greatest logits, then the mean
of ln(q/p) up to a constant, then the spread around it, then what the divergence itself asks for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kullback.arrays import AnyArray, Array, Mask
from kullback.numerics import expm1mx, two_difference, two_sum

_BLOCK = 1 << 16
"""Outcomes at a time: 512 KB per temporary array."""

_STEEPEST = 600.0
"""Beyond e^600 a float64 has little room left."""


def rows(
    member: str,
    kind: str,
    swapped: bool,  # noqa: FBT001
    beta: float,
    factor: float,
    a: AnyArray,
    b: AnyArray,
    weight: Array | None,
    value: Array,
    to_a: AnyArray | None,
    to_b: AnyArray | None,
) -> None:
    """Write D(softmax(a)‖softmax(b)) of each row, and its gradients if there are arrays for them."""
    if swapped:
        a, b, to_a, to_b = b, a, to_b, to_a
    step = max(1, _BLOCK // max(1, a.shape[1]))
    for start in range(0, len(a), step):
        some = slice(start, start + step)
        pair = _Pair(a[some], b[some], kind)
        value[some] = factor * _divergence(
            member,
            beta,
            pair,
            None if weight is None else factor * weight[some, None],
            None if to_a is None else to_a[some],
            None if to_b is None else to_b[some],
        )


def totals(a: AnyArray, kind: str, value: Array) -> None:
    """Write Σ exp(a) of each row."""
    step = max(1, _BLOCK // max(1, a.shape[1]))
    for start in range(0, len(a), step):
        found = np.zeros(len(a[start : start + step]))
        for columns in _columns(a.shape[1]):
            found += np.sum(np.exp(_read(a[start : start + step, columns], kind)), axis=1)
        value[start : start + step] = found


def _columns(size: int) -> Iterator[slice]:
    for start in range(0, size, _BLOCK):
        yield slice(start, start + _BLOCK)


def _read(x: AnyArray, kind: str) -> Array:
    if kind == "bfloat16":
        return (x.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
    return x.astype(np.float64)


def _write(x: AnyArray, columns: slice, values: Array, kind: str) -> None:
    if kind != "bfloat16":
        x[:, columns] = values
        return
    bits = values.astype(np.float32).view(np.uint32)
    # To nearest, ties to even.
    x[:, columns] = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """Some columns of every row: p, q, t = ln(q/p) where both are possible (else 0), and q − p."""

    p: Array
    q: Array
    t: Array
    difference: Array


class _Pair:
    """Two blocks of rows, and the constants that make P and Q of them: `frame` says which."""

    def __init__(self, a: AnyArray, b: AnyArray, kind: str) -> None:
        self.a, self.b, self.kind = a, b, kind
        self.size = a.shape[1]
        ones = np.ones((len(a), 1))
        self.top_a, self.top_b, self.high, self.low = -np.inf * ones, -np.inf * ones, 0.0 * ones, 0.0 * ones
        self.mass = self.scale = ones

    def numbers(self) -> Iterator[tuple[slice, Array, Array]]:
        for columns in _columns(self.size):
            yield columns, _read(self.a[:, columns], self.kind), _read(self.b[:, columns], self.kind)

    def outcomes(self) -> Iterator[tuple[slice, _Outcomes]]:
        for columns, a, b in self.numbers():
            p, q = _exp(a, self.top_a) / self.mass, _exp(b, self.top_b) * self.scale
            gap, error = two_difference(b, a)
            t = (gap - self.high) + (np.where(np.isfinite(gap), error, 0.0) - self.low)
            possible = (p > 0.0) & (b > -np.inf)
            t = np.where(possible, t, 0.0)
            near = (np.abs(t) < 1.0) & possible
            difference = np.where(near, p * np.expm1(np.where(near, t, 0.0)), q - p)
            yield columns, _Outcomes(p, q, t, difference)


def _exp(x: Array, top: Array) -> Array:
    high, low = two_difference(x, np.broadcast_to(top, x.shape))
    return np.exp(high) * (1.0 + np.where(np.isfinite(high), low, 0.0))


def _sum(x: Array) -> Array:
    return np.sum(x, axis=1, keepdims=True)


def _max(x: Array) -> Array:
    return np.max(x, axis=1, keepdims=True)


def _divergence(
    member: str, beta: float, pair: _Pair, weight: Array | None, to_p: AnyArray | None, to_q: AnyArray | None
) -> Array:
    kl, failed, endless, lonely, widest = _centre(pair)
    rise = np.zeros_like(kl)
    first, second = np.zeros_like(kl), np.zeros_like(kl)
    if member != "kl":
        for _, o in pair.outcomes():
            one, two = _terms(member, beta, o)
            first += _sum(one)
            second += _sum(two)
    if member == "kl":
        value = np.where(endless, np.inf, kl)
    elif member == "jeffreys":
        value = np.where(endless | lonely, np.inf, first)
    elif member == "js":
        value = np.minimum(first, math.log(2.0))
    elif member == "tv":
        value = np.minimum(0.5 * first, 1.0)
    else:
        rise = first - beta * kl
        failed = failed | ~(rise > -0.9) | ~(abs(beta) * widest < _STEEPEST)
        value = {"renyi": np.log1p(rise) / -beta, "chi2": rise, "hellinger": np.sqrt(np.maximum(-rise, 0.0))}[member]
        value = np.where(kl == 0.0, 0.0, value)
    if member not in ("kl", "jeffreys"):
        failed = failed | endless
    if weight is not None:
        failed = failed | ~np.isfinite(value)
        for columns, o in pair.outcomes():
            of_p, of_q = _slopes(member, beta, o, kl, first, second, rise, value)
            if to_p is not None:
                _write(to_p, columns, weight * of_p, pair.kind)
            if to_q is not None:
                _write(to_q, columns, weight * of_q, pair.kind)
    return np.where(failed | ~(value >= 0.0), np.nan, value)[:, 0]


def _centre(pair: _Pair) -> tuple[Array, Mask, Mask, Mask, Array]:
    """Set the constants of the pair; return KL, which rows are not promised, have p > 0 = q, p = 0 < q, and max |t|."""
    none: Mask = np.zeros(pair.high.shape, np.bool_)
    endless, lonely, failed = none, none, none
    for _, a, b in pair.numbers():
        pair.top_a, pair.top_b = np.maximum(pair.top_a, _max(a)), np.maximum(pair.top_b, _max(b))
    for _, a, b in pair.numbers():
        endless = endless | (_max((b == -np.inf) & (a > -np.inf))).astype(np.bool_)
        lonely = lonely | (_max((a == -np.inf) & (b > -np.inf))).astype(np.bool_)
        # A mass that underflows may still count where the other side is out of all proportion.
        gone = (np.exp(a - pair.top_a) == 0.0) & (a > -np.inf)
        failed = failed | _max(gone & ~(np.abs(b - a) < 1e4)).astype(np.bool_)
    failed = failed | ~np.isfinite(pair.top_a + pair.top_b)
    # c is the mean of b − a, q has the factor e^(top_b − c − top_a), the total of p is 1.
    mass, mean = np.zeros_like(pair.mass), np.zeros_like(pair.mass)
    for _, o in pair.outcomes():
        mass = mass + _sum(o.p)
        mean = mean + _sum(o.p * o.t)
    pair.mass = mass
    pair.high, pair.low = two_sum(mean / mass, np.zeros_like(mean))
    _scale(pair)
    first, spread, widest = np.zeros_like(mean), np.zeros_like(mean), np.zeros_like(mean)
    for _, o in pair.outcomes():
        first = first + _sum(o.p * o.t)
        spread = spread + _sum(_cost(o))
        widest = np.maximum(widest, _max(np.abs(o.t)))
    m = expm1mx(first)
    excess = spread - m
    kl = np.log1p(np.maximum(excess, 0.0) * np.exp(-first))
    same = (widest == 0.0) & ~lonely
    kl = np.where(same, 0.0, kl)
    failed = failed | (~same & ~endless & ~((excess >= 0.25 * spread) & np.isfinite(kl) & (kl > 1e-250)))
    step = np.where(same, 0.0, kl + first)
    pair.high, error = two_sum(pair.high, step)
    pair.low = pair.low + error
    _scale(pair)
    return kl, failed, endless & np.isfinite(pair.top_a), lonely, widest + np.abs(step)


def _scale(pair: _Pair) -> None:
    gap, error = two_difference(pair.top_b, pair.top_a)
    pair.scale = np.exp((gap - pair.high) + (error - pair.low)) / pair.mass


def _cost(o: _Outcomes) -> Array:
    """Return q − p − p t = p φ(t) ≥ 0."""
    near = (np.abs(o.t) < 1.0) & (o.p > 0.0)
    return np.where(near, o.p * expm1mx(np.where(near, o.t, 0.0)), (o.q - o.p) - o.p * o.t)


def _half_cosh(o: _Outcomes) -> tuple[Array, Array]:
    """Return x tanh x − ln cosh x and ln cosh x for x = t/2; where p or q is 0, what they tend to, less ∞ for t."""
    u = np.where(o.p > 0.0, np.where(o.q > 0.0, np.exp(-np.abs(o.t)), 0.0), 0.0)
    s = np.tanh(0.5 * o.t)
    near = (np.abs(o.t) < 1.0) & (u > 0.0)
    log = np.where(near, -0.5 * np.log1p(-s * s), 0.5 * np.abs(o.t) + (np.log1p(u) - math.log(2.0)))
    far = (math.log(2.0) - np.log1p(u)) - np.abs(o.t) * (u / (1.0 + u))
    return np.where(near, 0.5 * o.t * s - log, far), log


def _rise(beta: float, o: _Outcomes) -> Array:
    return expm1mx(beta * o.t)


def _terms(member: str, beta: float, o: _Outcomes) -> tuple[Array, Array]:
    """Return two terms to be summed: the divergence's own, and what its gradient needs."""
    none = np.zeros(1)
    if member == "jeffreys":
        return o.difference * o.t, none[:, None]
    if member == "js":
        bend, half = _half_cosh(o)
        return (o.p + 0.5 * o.difference) * bend, -o.p * (0.5 * o.t + half)
    if member == "tv":
        return np.abs(o.difference), -o.p * np.sign(o.difference)
    return o.p * _rise(beta, o), none[:, None]


def _slopes(
    member: str, beta: float, o: _Outcomes, kl: Array, first: Array, second: Array, rise: Array, value: Array
) -> tuple[Array, Array]:
    if member == "kl":
        return -o.p * (o.t + kl), o.difference
    if member == "jeffreys":
        return -o.p * (o.t + kl) - o.difference, o.q * (o.t - (value - kl)) + o.difference
    if member == "js":
        _, half = _half_cosh(o)
        return -0.5 * o.p * (0.5 * o.t + half + second), 0.5 * o.q * (0.5 * o.t - half - (2.0 * first - second))
    if member == "tv":
        sign = -0.5 * np.sign(o.difference)
        return o.p * (sign - 0.5 * second), -o.q * (sign - 0.5 * (second - first))
    whole = 1.0 + rise
    tilt = o.p / whole * ((beta * o.t + _rise(beta, o)) - rise)
    factor = {
        "renyi": np.full_like(whole, -1.0 / beta),
        "chi2": whole,
        "hellinger": np.where(value > 0.0, -whole / (2.0 * value), 0.0),
    }[member]
    return factor * (1.0 - beta) * tilt, factor * beta * (tilt - o.difference)
