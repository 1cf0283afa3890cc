"""Transport on the line: Wᵖ = ∫₀¹ |F⁻¹(u) − G⁻¹(u)|ᵖ du by sums over points or quadrature over t = ln(u/(1 − u)).

Vallender, "Calculation of the Wasserstein distance between probability distributions on the line", Theory Probab.
Appl. 18 (1974), 784-786.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import legendre

from kullback.distances.quantile_functions import Curve, Steps, log_level
from kullback.distribution import Density
from kullback.exact.not_exact import NotExact
from kullback.exact.rules.finiteness import Growth
from kullback.support import Integers, Interval, Points
from kullback.tail import Tail

RELATIVE_ERROR = 1e-9
"""What is promised of the distance where it is a quadrature."""

_NODES = 16
_X, _W = legendre.leggauss(_NODES)
_TO_COEFFICIENTS = (legendre.legvander(_X, _NODES - 1) * _W[:, None]).T * (np.arange(_NODES) + 0.5)[:, None]
_REACH = 40.0
_FURTHEST = 680.0
_TOLERANCE = 1e-12
_DEPTH = 60
_MOST_PANELS = 100_000
_NEAR = 0.05
"""How far, relative to how the density changes, an outcome is moved at most where the move is solved for by itself."""


def on_the_line(one: Density) -> bool:
    """Return whether the outcomes are numbers, on an interval or at points."""
    angles = one.name in ("von_mises", "wrapped_cauchy")
    return isinstance(one.support, (Interval, Integers, Points)) and not angles


def line_distance(p: Density, q: Density, order: float) -> float:
    """Return the Wasserstein distance of two distributions of numbers, with NumPy parameters and no batch.

    Raises:
        NotExact: `RELATIVE_ERROR` is not reached, or the tails do not tell whether the distance is finite.
    """
    if _equal(p, q):
        return 0.0
    if _infinite(p, q, order):
        return math.inf
    discrete = [not isinstance(one.support, Interval) for one in (p, q)]
    if all(discrete):
        return _between_points(Steps.of(p), Steps.of(q), order)
    return _Quadrature(p, q, order).distance()


def _equal(p: Density, q: Density) -> bool:
    """Return whether they are one distribution, written the same way."""
    if repr(p) != repr(q) or type(p) is not type(q):
        return False
    both = zip(p.leaves(), q.leaves(), strict=False)
    return len(p.leaves()) == len(q.leaves()) > 0 and all(np.array_equal(a, b) for (a, _), (b, _) in both)


def _infinite(p: Density, q: Density, order: float) -> bool:
    """Return whether one of them has a moment of the order and the other has not."""
    for side, name in ((0, "lower"), (1, "upper")):
        moments = [_has_moment(one, side, order) for one in (p, q)]
        if False in moments and True in moments:
            return True
        if moments == [False, False]:
            first, second = (float(one.tails[side].linear) for one in (p, q) if one.tails is not None)
            if first != second:
                return True
            raise NotExact(
                f"wasserstein: neither {p.name} nor {q.name} has a moment of order {order:g} in its {name} tail, and "
                "whether their distance is finite is known for a closed form alone. A lower order may exist."
            )
    return False


def _has_moment(one: Density, side: int, order: float) -> bool | None:
    """Return whether E|X|^order converges at one end; None where no tail is declared."""
    support = one.support
    if isinstance(support, Points):
        return True
    end = (support.low, support.high)[side]  # pyright: ignore[reportAttributeAccessIssue]
    if math.isfinite(float(end)):
        return True
    if one.tails is None:
        return None
    tail: Tail = one.tails[side]
    return Growth.of(tail).plus(Growth(linear=-order - 1.0)).leading[2] > 0.0


def _between_points(p: Steps, q: Steps, order: float) -> float:
    """Return the distance between masses on points: a sum over the levels at which either quantile function jumps."""
    integers = isinstance(p.one.support, Integers) and isinstance(q.one.support, Integers)
    if integers:
        found = _on_whole_numbers(p, q, order)
        if found is not None:
            return found
    below = np.concatenate([p.below, q.below])
    above = np.concatenate([p.above, q.above])
    with np.errstate(all="ignore"):
        place = np.argsort(np.log(below) - np.log(above), kind="stable")
    below, above = below[place], above[place]
    start, end = np.append(0.0, below[:-1]), np.append(1.0, above[:-1])
    weights = np.where(below < 0.5, below - start, end - above)
    weights = np.maximum(weights, 0.0)
    middle = np.where(below < 0.5, 0.5 * (below + start), -0.5 * (above + end))
    points = [one.points[_place(one, middle)] for one in (p, q)]
    gap = np.abs(points[0] - points[1])
    largest = float(gap.max())
    if largest == 0.0:
        return 0.0
    total = float(np.sum(weights * (gap / largest) ** order))
    # Levels are sums of masses, each rounded: where masses hardly differ, their difference is noise.
    noise = 2e-16 * float(np.sum((gap / largest) ** order > 0.0)) if p.points.size + q.points.size > 4 else 0.0
    lost = sum(sum(one.beyond) for one in (p, q))
    reach = max(abs(one.points[i]) for one in (p, q) for i in (0, -1)) / largest
    _promised(total, min(noise, 4e-16) + lost * (2.0 * reach) ** order, p.one, q.one, order)
    return largest * total ** (1.0 / order)


def _place(one: Steps, middle: Any) -> Any:
    """Return which point the level belongs to: u where positive, −(1 − u) where negative."""
    low = np.searchsorted(one.below, middle, side="left")
    above = one.above[::-1]  # increasing
    high = one.points.size - np.searchsorted(above, -middle, side="right")
    return np.clip(np.where(middle > 0.0, low, high), 0, one.points.size - 1)


def _on_whole_numbers(p: Steps, q: Steps, order: float) -> float | None:
    """Return (Σ |F − G|)^(1/order) where no outcome moves further than by one, or for order 1; else None.

    F − G is a sum of q − p = p (e^(ln q − ln p) − 1), which keeps its digits where P and Q hardly differ.
    """
    points = np.arange(min(p.points[0], q.points[0]), max(p.points[-1], q.points[-1]) + 1.0)
    with np.errstate(all="ignore"):
        log_p, log_q = (np.asarray(one.one.log_prob(points), dtype=float) for one in (p, q))
        ratio = p.one.log_ratio(q.one, points) if type(p.one) is type(q.one) else log_q - log_p
        mass_p, mass_q = np.exp(log_p), np.exp(log_q)
        excess = np.where((mass_p > 0.0) & np.isfinite(ratio), mass_p * np.expm1(ratio), mass_q - mass_p)
    from_below, from_above = -np.cumsum(excess), np.append(np.cumsum(excess[:0:-1])[::-1], 0.0)
    lower = np.cumsum(mass_p) < 0.5
    difference = np.abs(np.where(lower, from_below, from_above))
    if order != 1.0:
        if max(mass_p.max(), mass_q.max()) == 0.0:
            return None
        moved = np.where(lower, from_below, from_above)  # F − G at k; at most the next mass of the one that lags
        ahead_p, ahead_q = np.append(mass_q[1:], math.inf), np.append(mass_p[1:], math.inf)
        if not np.all((moved <= ahead_p) & (-moved <= ahead_q)):
            return None
    total = float(difference.sum())
    lost = sum(sum(one.beyond) for one in (p, q))
    if total == 0.0 and lost == 0.0:
        return 0.0
    if lost > 0.0:
        _promised(total, lost * points.size, p.one, q.one, order)
    noise = 0.0 if type(p.one) is type(q.one) else 1e-15
    _promised(total, noise, p.one, q.one, order)
    return total ** (1.0 / order)


def _promised(total: float, error: float, p: Density, q: Density, order: float) -> None:
    """Raise unless the relative error of total^(1/order) is what is promised."""
    if error > RELATIVE_ERROR * order * total and (error > 0.0 or total > 0.0):
        reached = error / (order * total) if total > 0.0 else math.inf
        raise NotExact(
            f"wasserstein: the distance of order {order:g} of {p.name} and {q.name} was reached to a relative error of "
            f"{reached:.1e} only, and {RELATIVE_ERROR:g} is promised."
        )


class _Quadrature:
    """The integral of |X(t) − Y(t)|^order u(1 − u) dt, X and Y the quantile functions."""

    def __init__(self, p: Density, q: Density, order: float) -> None:
        self.p, self.q, self.order = p, q, order
        self.curves = [Curve(one) if isinstance(one.support, Interval) else Steps.of(one) for one in (p, q)]
        self.unit = 0.0

    def distance(self) -> float:
        marks = np.concatenate([curve.kinks() for curve in self.curves])
        marks = marks[np.isfinite(marks) & (np.abs(marks) < _REACH)]
        cuts = np.unique(np.concatenate([np.arange(-_REACH, _REACH + 1.0, 2.0), marks]))
        if cuts.size > _MOST_PANELS // 4:
            raise NotExact(
                f"wasserstein: the quantile functions of {self.p.name} and {self.q.name} have {marks.size} steps and "
                "bends, too many for a quadrature."
            )
        panels = self._panels(cuts[:-1], cuts[1:])
        self.unit = float(np.max(np.abs(panels.gap) * np.exp(0.5 * log_level(panels.t))))
        if self.unit == 0.0:
            self.unit = float(np.max(np.abs(panels.gap)))
        if self.unit == 0.0:
            return 0.0
        panels, remainder = self._extended(panels)
        panels, error = self._refined(panels)
        total, noise = panels.total, panels.noise
        if noise > 1e-11 * self.order * total and self._alike():
            solved = self._solved(panels)
            if solved is not None:
                (total, noise), error = solved, 0.0
        _promised(total, error + noise + remainder, self.p, self.q, self.order)
        return self.unit * total ** (1.0 / self.order)

    def _alike(self) -> bool:
        return type(self.p) is type(self.q) and all(isinstance(curve, Curve) for curve in self.curves)

    def _panels(self, start: Any, end: Any) -> _Panels:
        half = 0.5 * (end - start)
        t = (0.5 * (start + end))[:, None] + half[:, None] * _X
        (x, error_x), (y, error_y) = (curve.at(t.ravel()) for curve in self.curves)
        gap, rounding, x = ((found + 0.0 * t.ravel()).reshape(t.shape) for found in (x - y, error_x + error_y, x))
        return _Panels(self, start, end, t, x, gap, rounding)

    def _extended(self, panels: _Panels) -> tuple[_Panels, float]:
        """Return the panels with more of both tails, until what is left is nothing beside the whole."""
        remainder = 0.0
        for side in (-1.0, 1.0):
            at, width = _REACH, 4.0
            inner = outer = 0.0
            while True:
                ends = np.asarray([at, at + width, at + 2.0 * width])
                if ends[-1] > _FURTHEST:
                    break
                cuts = ends if side > 0.0 else -ends[::-1]
                more = self._panels(cuts[:-1], cuts[1:])
                shares = more.values if side > 0.0 else more.values[::-1]
                panels = panels.joined(more)
                inner, outer = (float(x) for x in shares)
                at += 2.0 * width
                if outer <= 1e-14 * panels.total and outer <= inner:
                    break
                width = min(2.0 * width, 32.0)
            ratio = outer / inner if inner > 0.0 else 0.0
            remainder += outer * ratio / (1.0 - ratio) if ratio < 1.0 else math.inf
        return panels, remainder

    def _refined(self, panels: _Panels) -> tuple[_Panels, float]:
        """Return the panels, halved until halving changes nothing, and by how much the last change was."""
        settled, error, left = None, 0.0, panels
        for depth in range(_DEPTH + 1):
            whole = left.total + (0.0 if settled is None else settled.total)
            middle = 0.5 * (left.start + left.end)
            halves = self._panels(
                np.ravel(np.stack([left.start, middle], 1)), np.ravel(np.stack([middle, left.end], 1))
            )
            change = np.abs(halves.values.reshape(-1, 2).sum(axis=1) - left.values)
            noise = left.noises + halves.noises.reshape(-1, 2).sum(axis=1)
            open_ = change > np.maximum(0.1 * _TOLERANCE * whole, noise)
            if depth == _DEPTH or halves.start.size > _MOST_PANELS:
                open_[:] = False
            error += float(change[~open_].sum())
            keep = np.repeat(~open_, 2)
            done = halves.picked(keep)
            settled = done if settled is None else settled.joined(done)
            if not open_.any():
                break
            left = halves.picked(~keep)
        assert settled is not None
        return settled, error

    def _solved(self, panels: _Panels) -> tuple[float, float] | None:
        """Return the integral and its error with the moves solved for, None where the supports differ.

        ∫ q from x to x + h is F(x) − G(x), an integral of q − p = p (e^(ln q − ln p) − 1).
        """
        found = panels
        previous, change = math.inf, math.inf
        for _ in range(4):
            with np.errstate(all="ignore"):
                ratio = np.asarray(self.p.log_ratio(self.q, found.x))  # pyright: ignore[reportArgumentType]
                if not np.isfinite(ratio).all():
                    return None
                found = found.with_moves(ratio)
            change, previous = abs(found.total - previous), found.total
            if change <= 1e-12 * previous:
                break
            middle = 0.5 * (found.start + found.end)
            cuts = np.unique(np.concatenate([found.start, middle, found.end]))
            found = self._panels(cuts[:-1], cuts[1:])
        return previous, change + found.noise


class _Panels:
    """Panels in t, with the outcomes of P and how far they are from those of Q at the nodes of each."""

    def __init__(
        self, of: _Quadrature, start: Any, end: Any, t: Any, x: Any, gap: Any, rounding: Any, values: Any = None
    ) -> None:
        place = np.argsort(start, kind="stable")
        self.of, self.start, self.end = of, start[place], end[place]
        self.t, self.x, self.gap, self.rounding = (a[place] for a in (t, x, gap, rounding))
        self._values = None if values is None else values[place]

    def picked(self, mask: Any) -> _Panels:
        return _Panels(
            self.of, *(a[mask] for a in (self.start, self.end, self.t, self.x, self.gap, self.rounding, self.values))
        )

    def joined(self, other: _Panels) -> _Panels:
        names = ("start", "end", "t", "x", "gap", "rounding", "values")
        return _Panels(self.of, *(np.concatenate([getattr(self, n), getattr(other, n)]) for n in names))

    @property
    def values(self) -> Any:
        """The integral over each panel, in the unit of `of`."""
        if self._values is None:
            self._values = self._integrals()
        return self._values

    @property
    def total(self) -> float:
        return math.fsum(self.values)

    @property
    def noises(self) -> Any:
        """How much of the integral over each panel may be rounding."""
        order, unit = self.of.order, self.of.unit
        with np.errstate(all="ignore"):
            log_size = np.log(np.maximum(np.abs(self.gap), self.rounding) / unit)
            logs = np.log(order * self.rounding / unit) + (order - 1.0) * log_size + self._log_weights()
        return np.sum(np.exp(logs), axis=-1)

    @property
    def noise(self) -> float:
        return float(np.sum(self.noises))

    def _log_weights(self) -> Any:
        half = 0.5 * (self.end - self.start)
        return _log_mass(self.t) + np.log(half[:, None] * _W)

    def _integrals(self) -> Any:
        order, unit = self.of.order, self.of.unit
        with np.errstate(all="ignore"):
            found = np.sum(np.exp(order * np.log(np.abs(self.gap) / unit) + self._log_weights()), axis=-1)
        if order % 2.0 == 0.0:
            return found
        # A gap that vanishes between two nodes, or between the last one and an end, is small at some node.
        size = np.abs(self.gap)
        for i in np.flatnonzero((size.min(axis=1) < 0.3 * size.max(axis=1)) & np.isfinite(size).all(axis=1)):
            found[i] = self._with_roots(int(i), float(found[i]))
        return found

    def _with_roots(self, i: int, without: float) -> float:
        """Return the integral over a panel, cut where the polynomial through the gaps changes sign, if it does.

        Towards each root the nodes gather as a cube, so that |gap|^order is smooth in what is integrated over.
        """
        coefficients = _TO_COEFFICIENTS @ (self.gap[i] / self.of.unit)
        roots = legendre.legroots(coefficients)
        inside = np.sort(roots.real[(np.abs(roots.imag) < 1e-6) & (np.abs(roots.real) < 1.0)])
        if not inside.size:
            return without
        half, center = 0.5 * (self.end[i] - self.start[i]), 0.5 * (self.end[i] + self.start[i])
        total = 0.0
        cuts = [-1.0, *inside, 1.0]
        for j in range(len(cuts) - 1):
            a, b = cuts[j], cuts[j + 1]
            pieces = [(a, b)] if j in (0, len(cuts) - 2) else [(a, 0.5 * (a + b)), (b, 0.5 * (a + b))]
            pieces = [(b, a)] if j == 0 else pieces
            for root, far in pieces:
                v = 0.5 * (1.0 + _X)
                z = root + (far - root) * v**3
                weight = 0.5 * _W * 3.0 * v * v * abs(far - root)
                size = np.abs(legendre.legval(z, coefficients))
                total += float(np.sum(weight * size**self.of.order * np.exp(_log_mass(center + half * z))))
        return half * total

    def with_moves(self, ratio: Any) -> _Panels:
        """Return the same with gaps from differences of densities, where they are small."""
        half = 0.5 * (self.end - self.start)
        excess = np.expm1(ratio) * np.exp(_log_mass(self.t)) * half[:, None]  # (q − p) dx
        coefficients = excess @ _TO_COEFFICIENTS.T
        up_to = np.stack([legendre.legval(_X, legendre.legint(c, lbnd=-1.0)) for c in coefficients])
        beyond = np.stack([legendre.legval(_X, -legendre.legint(c, lbnd=1.0)) for c in coefficients])
        sums = np.sum(excess * _W, axis=1)
        before, after = np.append(0.0, np.cumsum(sums)[:-1]), np.append(np.cumsum(sums[:0:-1])[::-1], 0.0)
        difference = np.where(self.t < 0.0, -(before[:, None] + up_to), after[:, None] + beyond)  # F − G
        q, x = self.of.q, self.x
        with np.errstate(all="ignore"):
            density = np.exp(q.log_prob(x))
            move = difference / density
            for _ in range(12):
                between = np.zeros(x.shape)
                for node, weight in zip(_X, _W, strict=True):
                    between += 0.5 * weight * np.exp(q.log_prob(x + 0.5 * (1.0 + node) * move))
                new = move + (difference - move * between) / np.exp(q.log_prob(x + move))
                settled = np.nanmax(np.abs(new - move) / np.abs(new), initial=0.0) <= 1e-15
                move = new
                if settled:
                    break
            steep = np.abs(q.log_prob(x + move) - np.log(density))
            level = np.exp(log_level(self.t))
            good = np.isfinite(move) & (steep < _NEAR) & (np.abs(move) * density < _NEAR * level)
        # The move leads from P's outcome to Q's.
        gap = np.where(good, -move, self.gap)
        rounding = np.where(good, np.minimum(1e-14 * np.abs(move), self.rounding), self.rounding)
        return _Panels(self.of, self.start, self.end, self.t, self.x, gap, rounding)


def _log_mass(t: Any) -> Any:
    """Return ln u(1 − u), the logarithm of du/dt."""
    return -np.abs(t) - 2.0 * np.log1p(np.exp(-np.abs(t)))
