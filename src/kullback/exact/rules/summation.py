"""Summation: certified sums of what a divergence costs between two distributions on the whole numbers.

The bulk is added up outcome by outcome; a bulk too wide for that is cut into panels, on which the sum of an
interpolating polynomial takes the place of the sum, with an error that is estimated. What is beyond is bounded by how
the tails are declared to fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.core import Measure
from kullback.exact.not_exact import NotExact
from kullback.exact.rules.finiteness import Growth, finite, of_integrand
from kullback.exact.rules.gauss_legendre import NODES, guess, rule
from kullback.exact.rules.integrands import Integrand, Power
from kullback.exact.rules.line import FARTHEST, LOST, FarPiece, Logs, floored
from kullback.exact.rules.measures import Numeric, Objective, best_share, deviation, infinite, kind_of, switched
from kullback.support import Integers

_DIRECT = 1 << 17  # so many outcomes are added up one by one
_SHORT = 512  # panels of so many, too
_WHOLE = 2.0**50  # beyond, a sum over so many whole numbers is an integral to rounding
_NEGLIGIBLE = -50.0
_FALLING = "beyond the last outcomes the ratio of neighbours is taken to go on falling"
_OPEN = "a tail is not seen to fall"
_INTERPOLATED = "sums over many outcomes are those of interpolating polynomials"
_MOST_PANELS = 20000


@dataclass(frozen=True, eq=False)
class _Pair:
    """The log-masses of P and Q on the whole numbers of either's support."""

    p: Density
    q: Density

    @property
    def ends(self) -> tuple[float, float]:
        first, second = cast(Integers, self.p.support), cast(Integers, self.q.support)
        return min(float(first.low), float(second.low)), max(float(first.high), float(second.high))

    @property
    def of_one_family(self) -> bool:
        return type(self.p) is type(self.q) and type(self.p).log_ratio is not Density.log_ratio

    def logs(self, k: Any) -> Logs:
        log_p, log_q = self._log_mass(self.p, k), self._log_mass(self.q, k)
        inside_p, inside_q = self._inside(self.p, k), self._inside(self.q, k)
        floor_p, floor_q = floored(log_p, log_q), floored(log_q, log_p)
        log_p, log_q = np.where(inside_p, floor_p, log_p), np.where(inside_q, floor_q, log_q)
        lost = (log_p < LOST) & (log_q < LOST)
        log_p, log_q = np.where(lost, -math.inf, log_p), np.where(lost, -math.inf, log_q)
        none_p, none_q = np.isneginf(log_p), np.isneginf(log_q)
        ratio = np.where(none_p | none_q, 0.0, log_q) - np.where(none_p | none_q, 0.0, log_p)
        if self.of_one_family:
            stated = np.asarray(self.p.log_ratio(cast(Any, self.q), k), dtype=float)
            ratio = np.where(np.isfinite(stated) & ~none_p & ~none_q, stated, ratio)
        ratio = np.where(none_p & ~none_q, math.inf, np.where(none_q & ~none_p, -math.inf, ratio))
        return Logs(k, log_p, log_q, ratio)

    @staticmethod
    def _inside(one: Density, k: Any) -> Any:
        support = cast(Integers, one.support)
        return (k >= float(support.low)) & (k <= float(support.high))

    def _log_mass(self, one: Density, k: Any) -> Any:
        inside = self._inside(one, k)
        support = cast(Integers, one.support)
        some = float(support.low) if math.isfinite(float(support.low)) else float(support.high)
        some = some if math.isfinite(some) else 0.0
        found = np.broadcast_to(np.asarray(one.log_prob(np.where(inside, k, some)), dtype=float), k.shape)
        return np.where(inside & ~np.isnan(found), found, -math.inf)


@lru_cache(maxsize=256)
def _sum_rule(count: int) -> tuple[Any, Any, Any]:
    """Return places in 0 … count − 1, weights with Σ wᵢ f(kᵢ) = Σ f(k) for polynomials of low degree, and what takes
    values there to the last Legendre coefficients."""
    nodes = rule(NODES)[0]
    places = np.round(0.5 * (count - 1.0) * (1.0 + nodes))
    u = 2.0 * places / (count - 1.0) - 1.0
    values = np.polynomial.legendre.legvander(u, NODES - 1)
    inverse = np.linalg.inv(values)
    return places, inverse.T @ _sums_of_legendre(count), inverse[-4:].T


def _sums_of_legendre(count: int) -> Any:
    """Return Σ P_d over equidistant points from −1 to 1: the Euler–Maclaurin sum, which ends for polynomials."""
    step = 2.0 / (count - 1.0)
    found = np.zeros(NODES)
    found[0] = count
    for degree in range(2, NODES, 2):
        total = 1.0
        for j, bernoulli in enumerate(_BERNOULLI, start=1):
            order = 2 * j - 1
            if order > degree:
                break
            # P_d^(m)(1) = (d + m)! / (2^m m! (d − m)!).
            slope = (
                math.factorial(degree + order) / (math.factorial(degree - order) * math.factorial(order)) / 2.0**order
            )
            total += 2.0 * bernoulli / math.factorial(2 * j) * step**order * slope
        found[degree] = total
    return found


_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
    854513 / 138,
    -236364091 / 2730,
    8553103 / 6,
    -23749461029 / 870,
    8615841276005 / 14322,
)


@dataclass(frozen=True, eq=False)
class _Terms:
    """Outcomes with what was found there, flat; and the panels they belong to, where they are interpolated."""

    logs: Logs
    log_weight: Any
    log_cost: Any

    def joined(self, other: _Terms) -> _Terms:
        mine, its = self.logs, other.logs
        logs = Logs(
            *(np.concatenate([getattr(mine, n), getattr(its, n)]) for n in ("x", "log_p", "log_q", "log_ratio"))
        )
        weights = np.concatenate([self.log_weight, other.log_weight])
        return _Terms(logs, weights, np.concatenate([self.log_cost, other.log_cost]))


class _Sum:
    """The state of one sum."""

    def __init__(self, objective: Objective, p: Density, q: Density, tolerance: float) -> None:
        self.objective = objective
        self.pair = _Pair(p, q)
        self.tolerance = tolerance
        self.unproved: list[str] = []
        self.log_tail = -math.inf
        self.log_error = -math.inf
        self.terms = self._all()

    def log_costs(self, logs: Logs, log_weight: Any) -> Any:
        with np.errstate(all="ignore"):
            return self.objective.log_costs(logs.log_p, logs.log_q, logs.log_ratio, log_weight)

    @property
    def log_total(self) -> float:
        """The logarithm of the sum of all contributions."""
        return float(np.logaddexp.reduce(self.terms.log_cost))

    def _all(self) -> _Terms:
        low, high = self.pair.ends
        marks = np.concatenate(
            [np.ravel(np.asarray(one.landmarks(), dtype=float)) for one in (self.pair.p, self.pair.q)]
        )
        marks = np.unique(np.clip(np.round(marks[np.isfinite(marks)]), low, high))
        marks = marks if marks.size else np.asarray([low if math.isfinite(low) else 0.0])
        if high - low < _DIRECT:
            return self._one_by_one(np.arange(low, high + 1.0))
        # How far out something is left that counts.
        up, down = self._outwards(marks, high, 1.0), self._outwards(marks, low, -1.0)
        within = np.unique(np.concatenate([marks, np.round(0.5 * (marks[1:] + marks[:-1]))]))
        looked = np.concatenate([down[::-1], within, up])
        logs = self.pair.logs(looked)
        gaps = np.log(np.maximum(np.diff(looked, prepend=looked[0] - 1.0), 1.0))
        sizes = self.log_costs(logs, 0.0) + gaps
        most = np.max(np.where(np.isfinite(sizes), sizes, -math.inf))
        last = self._last(up, sizes[looked.size - up.size :], most, marks[-1], high)
        first = self._last(down, sizes[: down.size][::-1], most, marks[0], low)
        found: _Terms | None = None
        if last - first < _DIRECT:
            found = self._one_by_one(np.arange(first, last + 1.0))
        else:
            inside = np.unique(np.concatenate([marks, up[up < last], down[down > first], [first, last]]))
            found = self._in_panels(np.concatenate([_between(inside), [last + 1.0]]))
        for end, sign, start in ((high, 1.0, last), (low, -1.0, first)):
            if start != end:
                beyond = self._leave(start, sign, found)
                found = found if beyond is None else found.joined(beyond)
        return found

    def _outwards(self, marks: Any, end: float, sign: float) -> Any:
        """Return whole numbers from the outermost landmark on, farther and farther apart."""
        start = marks[-1] if sign > 0.0 else marks[0]
        step = max(1.0, float(marks[-1] - marks[0]) / max(marks.size - 1, 1))
        steps = np.ceil(step * (1.6 ** np.arange(1.0, 1500.0) - 1.0) / 0.6)
        found = np.unique(steps[steps < FARTHEST]) * sign + start
        inside = found < end if sign > 0.0 else found > end
        return np.append(found[inside], end) if math.isfinite(end) and start != end else found[inside]

    @staticmethod
    def _last(outside: Any, sizes: Any, most: float, start: float, end: float) -> float:
        counted = np.nonzero(sizes > most + _NEGLIGIBLE)[0]
        if not outside.size:
            return float(start)
        index = int(counted[-1]) + 1 if counted.size else 0
        return float(outside[min(index, outside.size - 1)])

    def _one_by_one(self, k: Any) -> _Terms:
        logs = self.pair.logs(k)
        weight = np.zeros(k.shape)
        return _Terms(logs, weight, self.log_costs(logs, weight))

    def _in_panels(self, cuts: Any) -> _Terms:
        """Return the sums over [cut, next cut), the short ones added up, the others interpolated and halved."""
        a, b = cuts[:-1], cuts[1:]
        done: _Terms | None = None
        for _ in range(60):
            counts = b - a
            short = counts <= _SHORT
            if short.any():
                k = np.concatenate([np.arange(x, y) for x, y in zip(a[short], b[short], strict=True)])
                new = self._one_by_one(k)
                done = new if done is None else done.joined(new)
            a, b, counts = a[~short], b[~short], counts[~short]
            if not a.size:
                break
            k, weights, to_last = _places(a, counts)
            logs = self.pair.logs(k)
            log_weight = np.log(np.maximum(weights, 1e-300))
            log_cost = self.log_costs(logs, log_weight)
            with np.errstate(all="ignore"):
                errors = guess(log_cost - log_weight + np.log(0.5 * counts)[:, None], to_last)
            total = np.logaddexp.reduce(log_cost, axis=None)
            total = total if done is None else np.logaddexp(total, np.logaddexp.reduce(done.log_cost))
            bad = errors > total + math.log(self.tolerance) - math.log(4.0 * a.size)
            bad = bad & np.isfinite(errors)
            if a.size > _MOST_PANELS:
                bad = np.zeros_like(bad)
            kept = ~bad
            if kept.any():
                rows = Logs(
                    *(np.broadcast_to(x, k.shape)[kept].ravel() for x in (k, logs.log_p, logs.log_q, logs.log_ratio))
                )
                new = _Terms(rows, log_weight[kept].ravel(), log_cost[kept].ravel())
                done = new if done is None else done.joined(new)
                self.log_error = float(np.logaddexp(self.log_error, np.logaddexp.reduce(errors[kept])))
                self.unproved.append(_INTERPOLATED)
            a, b = a[bad], b[bad]
            middle = np.round(0.5 * (a + b))
            a, b = np.concatenate([a, middle]), np.concatenate([middle, b])
        assert done is not None
        return done

    def _leave(self, start: float, sign: float, terms: _Terms) -> _Terms | None:
        """Bound what lies beyond an outcome, or return the terms that follow the declared tail beyond all numbers."""
        seen = terms.logs
        at = np.nonzero(seen.x == start)[0][:1]
        if at.size:
            logs = Logs(start + np.zeros(1), seen.log_p[at], seen.log_q[at], seen.log_ratio[at])
        else:
            logs = self.pair.logs(np.asarray([start]))
        size = float(self.log_costs(logs, 0.0)[0]) + math.log(max(abs(start), 1.0))
        if size == -math.inf:
            return None
        growths = self._growths(sign)
        beyond = start * np.asarray([1.0, 1.2, 1.5, 2.0, 4.0, 10.0, 100.0, 1e4])
        with np.errstate(all="ignore"):
            t = np.log(np.maximum(sign * beyond, 1.0))
            rate = None if growths is None else self._rate(growths, t, near=bool(abs(logs.log_ratio[0]) < 2.0))
        if rate is None or not rate > 0.0:
            # A ratio of neighbours that goes on falling, as it does where log-masses are concave.
            near = self.pair.logs(start - sign * np.asarray([2.0, 1.0, 0.0]))
            steps = np.diff(self.log_costs(near, 0.0))
            falling = steps[1] < 0.0 and steps[1] <= steps[0]
            self.unproved.append(_FALLING if falling else _OPEN)
            rate = -steps[1] * max(abs(start), 1.0) if steps[1] < 0.0 else 0.1
        if abs(start) > 0.01 * FARTHEST and growths is not None and all(g.leading[0] == 0 for g in growths):
            return self._far(logs, growths, start)
        self.log_tail = float(np.logaddexp(self.log_tail, size - math.log(min(rate, 1e300))))
        return None

    def _growths(self, sign: float) -> tuple[Growth, Growth] | None:
        tails = self.pair.p.tails, self.pair.q.tails
        if tails[0] is None or tails[1] is None:
            return None
        side = 1 if sign > 0.0 else 0
        found: list[Growth] = []
        for one, tail in ((self.pair.p, tails[0]), (self.pair.q, tails[1])):
            support = cast(Integers, one.support)
            end = float(support.high if sign > 0.0 else support.low)
            # One that ends is no longer there: it falls like the other.
            found.append(Growth.of(tail[side]) if math.isinf(end) else Growth(linear=math.inf))
        if all(g.linear == math.inf for g in found):
            return None
        if any(g.linear == math.inf for g in found):
            found = [next(g for g in found if g.linear != math.inf)] * 2
        return found[0], found[1]

    def _rate(self, growths: tuple[Growth, Growth], t: Any, *, near: bool) -> float | None:
        """Return by how much the logarithm of the terms falls at least per unit of ln k; `near` where P ≈ Q."""
        slope_p, slope_q = (one.slope(t) for one in growths)
        order, power, _ = growths[1].plus(growths[0].times(-1.0)).leading
        times = 2.0 if near else 1.0
        factor = times * power if order == 2 else 2.0 * times / np.maximum(t, 1.0)
        factor = factor if growths[0] is not growths[1] else 0.0
        kind: Integrand | None = self.objective.weights or self.objective.kind
        rates = [slope_p, slope_q] if self.objective.weights is None else []
        rates += [] if kind is None else [a * slope_p + b * slope_q for a, b, _ in kind.terms]
        if isinstance(kind, Power) and self.objective.weights is not None:
            rates.append(kind.alpha * slope_p + kind.beta * slope_q)
        least = float(np.min([np.min(one - 1.0 - factor) for one in rates]))
        return None if math.isnan(least) else least

    def _far(self, logs: Logs, growths: tuple[Growth, Growth], start: float) -> _Terms:
        first = Logs(*(float(np.ravel(one)[0]) for one in (logs.x, logs.log_p, logs.log_q, logs.log_ratio)))
        slopes = growths[0].linear, growths[1].linear
        falls = [slope - 1.0 for slope, one in zip(slopes, (first.log_p, first.log_q), strict=True) if one > -math.inf]
        if self.objective.weights is not None:
            falls = [self.objective.weights.alpha * slopes[0] + self.objective.weights.beta * slopes[1] - 1.0]
        least, most = min(falls), max(*falls, abs(slopes[0] - slopes[1]))
        reach = (60.0 + 2.0 * math.log1p(1.0 / least)) / least
        far = FarPiece(first, slopes, (math.log(abs(start)), 1.0), reach)
        cuts = np.linspace(0.0, reach, min(max(8, math.ceil(reach * most / 8.0)), 400) + 1)
        nodes, weights, _ = rule(NODES)
        half = 0.5 * np.diff(cuts)
        t = (0.5 * (cuts[1:] + cuts[:-1]))[:, None] + half[:, None] * nodes
        found = far.logs(t)
        log_weight = np.log(half[:, None] * weights) + found.stretch
        flat = Logs(
            *(np.broadcast_to(x, t.shape).ravel() for x in (found.x, found.log_p, found.log_q, found.log_ratio))
        )
        return _Terms(flat, log_weight.ravel(), self.log_costs(flat, log_weight.ravel()))

    def numeric(self) -> Numeric:
        """Return the value, its bound and the outcomes."""
        terms = self.terms
        with np.errstate(all="ignore"):
            known = deviation(terms.logs.log_p, terms.logs.log_q, terms.logs.log_ratio, terms.log_weight)
            value = self.objective.value(known)
            top = self.log_total if self.objective.weights is not None else 0.0
            top = top if math.isfinite(top) else 0.0
            total = math.exp(min(self.log_total - top, 709.0))
            error = math.exp(min(self.log_tail - top, 700.0)) + math.exp(min(self.log_error - top, 700.0))
            rounding = self.objective.rounding(known, value, of_one_family=self.pair.of_one_family, noise=(0.0, 0.0))
        if math.isnan(value):
            raise NotExact(f"the sum gave no number over {terms.log_weight.size} outcomes.")
        bound = self.objective.bound(total, error) + rounding + (2.0**-47 * abs(value) if math.isfinite(value) else 0.0)
        if value == math.inf:
            return infinite("an outcome with mass on one side only, or beyond the range of the numbers")
        how = "; ".join(dict.fromkeys(self.unproved)) or "tails by their declared growth"
        note = f"sum over {terms.log_weight.size} outcomes: {how}"
        if not bound <= 1e-6 * abs(value) + 1e-300 and not bound <= 1e-9:
            raise NotExact(
                f"the sum does not converge: {value:.17g} ± {bound:.3g} over {terms.log_weight.size} outcomes ({how})."
            )
        return Numeric(value, bound, not self.unproved, note, np.asarray(terms.logs.x), np.asarray(terms.log_weight))


def _between(cuts: Any) -> Any:
    """Return cuts with gaps halved until neighbours differ by a factor of about three."""
    found = [cuts[:1]]
    gaps = np.diff(cuts)
    for i, (a, b) in enumerate(pairwise(cuts)):
        near = min(gaps[max(i - 1, 0)], gaps[min(i + 1, gaps.size - 1)], gaps[i])
        parts = 1
        while (b - a) / parts > 3.0 * near and parts < 8:
            parts *= 2
        found.append(np.round(np.linspace(a, b, parts + 1))[1:])
    return np.unique(np.concatenate(found))


def _places(a: Any, counts: Any) -> tuple[Any, Any, Any]:
    """Return the outcomes at which each panel is looked at, their weights, and what gives the last coefficients."""
    nodes, weights, to_coefficients = rule(NODES)
    k, found, to_last = np.empty((a.size, NODES)), np.empty((a.size, NODES)), np.empty((a.size, NODES, 4))
    for i, (start, count) in enumerate(zip(a, counts, strict=True)):
        if count < _WHOLE:
            places, found[i], to_last[i] = _sum_rule(int(count))
            k[i] = start + places
        else:
            k[i], found[i] = start + 0.5 * count * (1.0 + nodes), 0.5 * count * weights
            to_last[i] = to_coefficients[:, -4:]
    return k, found, to_last


def add_up(divergence: Divergence, p: Density, q: Density, *, tolerance: float = 1e-11) -> Numeric:
    """Return the divergence of two distributions on the whole numbers, with a bound of its error.

    Args:
        divergence: what is asked for.
        p: P, one distribution (no batch) with NumPy parameters, on `Integers`.
        q: Q, likewise, of any family.
        tolerance: the relative error aimed at.

    Returns:
        `Numeric`: ∞ where the declared tails or the supports make it so.

    Raises:
        NotExact: no convergence; the message says what was reached.
    """
    if divergence.reversed:
        return add_up(divergence.reverse, q, p, tolerance=tolerance)
    told = finite(divergence, p, q)
    if told.verdict == "infinite":
        return infinite(told.reason)
    if divergence.name == "renyi" and dict(divergence.parameters).get("alpha") == math.inf:
        return _greatest_ratio(p, q, tolerance)
    kind = Power(0.5, 0.5) if divergence.name == "chernoff" else kind_of(divergence)
    found = _run(Objective.of(divergence, kind), p, q, tolerance)
    if told.verdict == "unknown" and math.isfinite(found.value):
        _, high = _Pair(p, q).ends
        low, _ = _Pair(p, q).ends
        if math.isinf(high) or math.isinf(low):
            found = replace(found, certified=False, note=f"{found.note}; {told.reason}")
    return found


def add_up_companion(measure: Measure, kind: Integrand, p: Density, q: Density, *, tolerance: float = 1e-11) -> Numeric:
    """Return the entropy or the cross-entropy, given its cost and its kind (`ENTROPY` or `CROSS_ENTROPY`)."""
    objective = Objective.of(measure, kind)
    first, second = cast(Integers, p.support), cast(Integers, q.support)
    beyond = float(first.low) < float(second.low) or float(first.high) > float(second.high)
    if objective.only_p == math.inf and beyond:
        return infinite("P has mass where Q has none")
    told = of_integrand(kind, p, q)
    if told.verdict == "infinite":
        return infinite(told.reason)
    found = _run(objective, p, q, tolerance)
    return found if told.verdict == "finite" else replace(found, certified=False, note=f"{found.note}; {told.reason}")


def _run(objective: Objective, p: Density, q: Density, tolerance: float) -> Numeric:
    with np.errstate(all="ignore"):
        state = _Sum(objective, p, q, tolerance)
        power = switched(objective, state.log_total)
        if power is not None:
            state = _Sum(replace(objective, weights=power), p, q, tolerance)
        if isinstance(objective.measure, Divergence) and objective.measure.name == "chernoff":
            beta = 0.5
            for _ in range(12):
                terms = state.terms
                found = best_share(terms.logs.log_p + terms.log_weight, terms.logs.log_q, terms.logs.log_ratio)
                done, beta = abs(found - beta) < 1e-9, min(max(found, 1e-12), 1.0 - 1e-12)
                kind = Power(1.0 - beta, beta)
                weights = None if state.objective.weights is None else kind
                state = _Sum(replace(state.objective, kind=kind, weights=weights), p, q, tolerance)
                if done:
                    break
        return state.numeric()


def _greatest_ratio(p: Density, q: Density, tolerance: float) -> Numeric:
    from kullback.divergences.jensen_shannon import js

    with np.errstate(all="ignore"):
        terms = _Sum(Objective.of(js, None), p, q, tolerance).terms
    gap = np.where(terms.logs.log_p > -1e299, -terms.logs.log_ratio, -math.inf)
    best = int(np.argmax(gap))
    low, high = _Pair(p, q).ends
    certified = high - low < _DIRECT
    note = (
        "the greatest log-ratio of all outcomes"
        if certified
        else "the greatest log-ratio of the outcomes that were looked at"
    )
    bound = 1e-14 * (1.0 + abs(float(gap[best])))
    return Numeric(max(float(gap[best]), 0.0), bound, certified, note, np.asarray(terms.logs.x)[[best]], np.zeros(1))
