"""Nodes: sums and integrals over a family's density in mpmath, by rules that know nothing of the library's quadrature.

Between the marks Gauss and Legendre's rule; towards an end the same rule in the logarithm of the distance, far enough
for powers of x and for singularities at the ends. The density is evaluated once per member for all that is asked of it.
"""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

import mpmath
import numpy as np

from kullback.support import Integers
from tests.families.spec import Spec, exact

MP = mpmath.mp.clone()
MP.dps = 40

KINK = 0.7
"""Where what is averaged may have a kink, as |x − 0.7| has."""

_ORDER = 16
_SUMMED = 500
"""How many outcomes are added one by one before a sum is continued as an integral."""
_NOTHING = -110.0
"""The logarithm of what takes no part."""


_KNOWN: dict[tuple[int, int], tuple[tuple[Any, Any, Any], ...]] = {}


def nodes(spec: Spec, member: int) -> tuple[tuple[Any, Any, Any], ...]:
    """Return triples (x, weight, ln p(x)) of one of a family's members: Σ weight p(x) f(x) is the mean of f."""
    key = id(spec), member
    if key not in _KNOWN:
        _KNOWN[key] = tuple(_nodes(spec, member))
    return _KNOWN[key]


def mean(spec: Spec, member: int, of: Any) -> Any:
    """Return the mean of `of(x, ln p(x))`."""
    return MP.fsum(weight * MP.exp(log) * of(x, log) for x, weight, log in nodes(spec, member) if log > 10 * _NOTHING)


def _nodes(spec: Spec, member: int) -> Any:
    parameters = spec.members[member]
    density = spec.make(**parameters)
    given = exact(MP, parameters)

    def log_p(x: Any) -> Any:
        return spec.log_density(MP, x, **given)

    support = density.support
    low, high = float(support.low), float(support.high)
    if isinstance(support, Integers):
        return _of_sum(log_p, low, high, float(np.max(density.landmarks())))
    inside = (*np.asarray(density.landmarks()).ravel(), *density.kinks, KINK)
    edges = [MP.mpf(end) for end in (low, high) if math.isfinite(end)]
    cuts = sorted({float(x) for x in inside if low < float(x) < high})
    found = []
    for a, b in itertools.pairwise(cuts):
        found.extend(_halved(log_p, _itself, a, b, edges))
    first, last = MP.mpf(cuts[0]), MP.mpf(cuts[-1])
    spread = (last - first) / 4 if len(cuts) > 1 else MP.mpf(1)
    found.extend(_end(log_p, first, None if math.isinf(low) else MP.mpf(low), -spread))
    found.extend(_end(log_p, last, None if math.isinf(high) else MP.mpf(high), spread))
    return found


@cache
def _rule() -> tuple[tuple[Any, Any], ...]:
    points, _ = np.polynomial.legendre.leggauss(_ORDER)
    found = []
    for start in points:
        x = MP.mpf(float(start))
        for _ in range(4):
            value, before = MP.legendre(_ORDER, x), MP.legendre(_ORDER - 1, x)
            slope = _ORDER * (before - x * value) / (1 - x * x)
            x -= value / slope
        found.append((x, 2 / ((1 - x * x) * (_ORDER * MP.legendre(_ORDER - 1, x) / (1 - x * x)) ** 2)))
    return tuple(found)


def _itself(t: Any) -> tuple[Any, Any]:
    return t, 1


def _halved(
    log_p: Any, x_of: Any, a: Any, b: Any, edges: Any = (), whole: Any = None, depth: int = 0
) -> list[tuple[Any, Any, Any]]:
    """Return the nodes between a and b, of halves until they say of p and of means what the whole says."""
    a, b = MP.mpf(a), MP.mpf(b)
    whole = whole or list(_panel(log_p, x_of, a, b))
    middle = (a + b) / 2
    left, right = (list(_panel(log_p, x_of, *ends)) for ends in ((a, middle), (middle, b)))
    said = [_totals(found, edges) for found in (whole, left, right)]
    if depth == 100 or all(abs(w - (x + y)) < 1e-14 for w, x, y in zip(*said, strict=True)):
        return left + right
    below = _halved(log_p, x_of, a, middle, edges, left, depth + 1)
    return below + _halved(log_p, x_of, middle, b, edges, right, depth + 1)


def _totals(found: Any, edges: Any) -> tuple[Any, ...]:
    """Return the integrals of p, of p ln p, and of p with the squared logarithms of the distances from the ends."""
    kept = [(x, weight * MP.exp(log), log) for x, weight, log in found if log > _NOTHING]
    ends = (MP.fsum(mass * MP.log(abs(x - end)) ** 2 for x, mass, _ in kept) for end in edges)
    return MP.fsum(mass for _, mass, _ in kept), MP.fsum(mass * log for _, mass, log in kept), *ends


def _panel(log_p: Any, x_of: Any, a: Any, b: Any) -> Any:
    """Yield the nodes between a and b of t, where `x_of(t)` = (x, |dx/dt|)."""
    a, b = MP.mpf(a), MP.mpf(b)
    for z, weight in _rule():
        x, stretch = x_of((a + b) / 2 + (b - a) / 2 * z)
        yield x, weight * (b - a) / 2 * stretch, log_p(x)


def _end(log_p: Any, start: Any, end: Any, spread: Any) -> Any:
    """Yield the nodes from a point to an end (None: infinity): x = end ± e^-t, or x = start ± (e^t − 1)."""

    def x_of(t: Any) -> tuple[Any, Any]:
        if end is None:
            return start + spread * MP.expm1(t), abs(spread) * MP.exp(t)
        distance = (start - end) * MP.exp(-t)
        return end + distance, abs(distance)

    at = 0.0
    while at < 4000.0:
        width = 1.0 if at < 8.0 else 0.25 * at
        x, stretch = x_of(MP.mpf(at + width))
        if x == end:
            return  # no more digits
        yield from _halved(log_p, x_of, at, at + width)
        at += width
        size = log_p(x) + MP.log(stretch)
        # Means of powers up to the third are still to be right.
        if size + (3 * MP.log(abs(x) + 1) if end is None else 0) < _NOTHING:
            return


def _of_sum(log_p: Any, low: float, high: float, bulk: float) -> Any:
    if math.isinf(low):
        yield from ((k, 1, log_p(MP.mpf(k))) for k in map(MP.mpf, range(-_SUMMED, _SUMMED)))
        return
    last = int(high if high - low < 3000.0 else low + _SUMMED)
    for k in range(int(low), last + 1):
        log = log_p(MP.mpf(k))
        yield MP.mpf(k), MP.mpf(1), log
        if k > bulk and log < _NOTHING:
            return
    if last == high:
        return
    # Euler and Maclaurin: Σ_{k > n} f = ∫_n^∞ f − f(n)/2 − f'(n)/12, the derivative by central differences.
    n = MP.mpf(last)
    yield n, MP.mpf(-1) / 2, log_p(n)
    yield n + 1, MP.mpf(-1) / 24, log_p(n + 1)
    yield n - 1, MP.mpf(1) / 24, log_p(n - 1)
    if math.isinf(high):
        yield from _end(log_p, n, None, n)
        return
    top = MP.mpf(high)
    yield from _halved(log_p, _itself, n, top)
    yield top, MP.mpf(1) / 2, log_p(top)
    yield top - 1, MP.mpf(-1) / 24, log_p(top - 1)
    yield top + 1, MP.mpf(1) / 24, log_p(top + 1)
