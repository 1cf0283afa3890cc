"""Quadrature: certified integrals of what a divergence costs between two densities on the line.

Gauss–Legendre on panels whose lengths grow away from the landmarks of P and Q. The error on a panel is at most
(64/15) M ρ^(−2n) / (1 − ρ^(−2)) half-widths, where M bounds the integrand on the Bernstein ellipse of parameter ρ about
it (Rabinowitz 1969; Trefethen, Approximation Theory and Approximation Practice, 2013, Theorem 19.3; here n nodes), and M
comes from enclosures of the log-densities on a disc that contains the ellipse, as in Petras (2002) and Johansson (2018).
Panels whose bound is too large are halved. What is beyond the last panel is bounded by how the tails are declared
to fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.core import Measure
from kullback.exact.not_exact import NotExact
from kullback.exact.rules.enclosures import discs
from kullback.exact.rules.finiteness import Growth, finite, of_integrand
from kullback.exact.rules.integrands import Discs, Integrand, Outside, Power
from kullback.exact.rules.line import FARTHEST, FarPiece, Logs, Piece, edges, pieces, tail_beyond, towards_base
from kullback.exact.rules.measures import Numeric, Objective, deviation, infinite, kind_of
from kullback.support import Interval
from kullback.tail import Tail

NODES = 32
_RHO = np.asarray([1.6, 2.5, 4.0])
_NEGLIGIBLE = -50.0
_MOST_PANELS = 6000
_MOST_ROUNDS = 60


@lru_cache(maxsize=4)
def _rule(n: int) -> tuple[Any, Any, Any]:
    """Return nodes, weights, and the matrix that takes values at the nodes to Legendre coefficients."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    degrees = np.arange(n)
    to_coefficients = np.polynomial.legendre.legvander(nodes, n - 1) * weights[:, None] * (degrees + 0.5)
    return nodes, weights, to_coefficients


@dataclass(frozen=True, eq=False)
class _Panels:
    """Panels [a, b] of pieces, with what was found at their nodes (second axis).

    Attributes:
        piece: the index of the piece.
        a: the lower end, in the coordinate of the piece.
        b: the upper end.
        x: the outcomes.
        log_p: ln p there; likewise `log_q` and `log_ratio`.
        log_weight: the logarithms of the weights.
        log_cost: the logarithm of what each node contributes.
        log_bound: that of the proved bound of the error of the panel, +inf where there is none.
        log_guess: that of an estimate.
        signs: 1 or −1 where the panel proves the sign of a kink, 0 where it is open.
    """

    piece: Any
    a: Any
    b: Any
    x: Any
    log_p: Any
    log_q: Any
    log_ratio: Any
    log_weight: Any
    log_cost: Any
    log_bound: Any
    log_guess: Any

    def __len__(self) -> int:
        return len(self.a)

    def picked(self, which: Any) -> _Panels:
        """Return some of the panels."""
        return _Panels(*(getattr(self, name)[which] for name in _FIELDS))

    def joined(self, other: _Panels) -> _Panels:
        """Return the panels of both."""
        return _Panels(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _FIELDS))


_FIELDS = tuple(_Panels.__dataclass_fields__)


class _Integration:
    """The state of one integral: pieces, panels and what is left beyond them."""

    def __init__(self, objective: Objective, p: Density, q: Density, tolerance: float) -> None:
        self.objective = objective
        self.p, self.q = p, q
        self.tolerance = tolerance
        self.pieces: list[Piece | FarPiece] = list(pieces(p, q))
        self.log_tail = -math.inf
        self.unproved: list[str] = []
        self.panels = self._first()

    # Where panels lie.

    def _first(self) -> _Panels:
        laid: list[tuple[int, Any]] = []
        looked: list[tuple[int, Any, int, Any]] = []
        most = -math.inf
        for index, piece in enumerate(list(self.pieces)):
            assert isinstance(piece, Piece)
            cuts, within = edges(piece)
            sizes = self._sizes(piece, cuts[1:])
            middles = 0.5 * (cuts[: within - 1] + cuts[1:within])
            steps = np.diff(cuts[:within])
            most = max(most, np.max(sizes), np.max(self._log_costs(piece, middles) + np.log(steps), initial=-math.inf))
            looked.append((index, cuts, within, sizes))
        for index, cuts, within, sizes in looked:
            piece = self.pieces[index]
            last = cuts.size - 1
            if math.isinf(piece.reach):
                counted = np.nonzero(sizes > most + _NEGLIGIBLE)[0]
                last = max(within - 1, int(counted[-1]) + 2 if counted.size else 0)
                if last > cuts.size - 1:
                    last = cuts.size - 1
                    laid.extend(self._far(piece, cuts[last], outwards=True))
                else:
                    self._leave(piece, cuts[last], outwards=True)
            laid.append((index, cuts[: last + 1]))
        found: _Panels | None = None
        for index, cuts in laid:
            new = self.evaluate(np.full(cuts.size - 1, index), cuts[:-1], cuts[1:])
            found = new if found is None else found.joined(new)
        assert found is not None
        return self._cut_at_level(self._graded(found))

    def _log_costs(self, piece: Piece | FarPiece, u: Any) -> Any:
        with np.errstate(all="ignore"):
            logs = piece.logs(u)
            return self.objective.log_costs(logs.log_p, logs.log_q, logs.log_ratio, logs.stretch)

    def _sizes(self, piece: Piece | FarPiece, u: Any) -> Any:
        """Return ln(u · cost): what counts around a distance."""
        found = self._log_costs(piece, u) + np.log(u)
        return np.where(np.isnan(found), -math.inf, found)

    def _graded(self, panels: _Panels) -> _Panels:
        """Return panels that shrink towards an end in place of those where the densities are not analytic there."""
        total = self.log_total(panels)
        open_ends = np.asarray([self.pieces[k].ends_here for k in panels.piece]) & (panels.a == 0.0)
        errors = np.minimum(panels.log_bound, panels.log_guess)
        proved = np.isfinite(panels.log_bound)
        wanted = math.log(self.tolerance) + total - 5.0
        bad = open_ends & np.where(proved, False, True) & ((errors > wanted) | ~proved)
        if not bad.any():
            return panels
        found = panels.picked(~bad)
        for index, first in zip(panels.piece[bad], panels.b[bad], strict=True):
            piece = self.pieces[int(index)]
            assert isinstance(piece, Piece)
            cuts = towards_base(float(first))
            exact = piece.base == 0.0 or (piece.sign < 0.0 and self._at_top(piece))
            if not exact:
                cuts = cuts[cuts > 1e-9 * abs(piece.base)]
            sizes = self._sizes(piece, cuts)
            counted = np.nonzero(sizes > total + _NEGLIGIBLE)[0]
            last = int(counted[-1]) + 2 if counted.size else 1
            if last > cuts.size - 1:
                last = cuts.size - 1
                for far, far_cuts in self._far(piece, cuts[last], outwards=False):
                    found = found.joined(self.evaluate(np.full(far_cuts.size - 1, far), far_cuts[:-1], far_cuts[1:]))
                if not exact:
                    self.unproved.append(f"outcomes near {piece.base:g} go by the declared tail")
            else:
                self._leave(piece, cuts[last], outwards=False)
            kept = cuts[: last + 1]
            if kept.size > 1:
                found = found.joined(self.evaluate(np.full(kept.size - 1, index), kept[1:], kept[:-1]))
        return found

    def _at_top(self, piece: Piece) -> bool:
        """Return whether those that may be singular at the base are asked by their distance from it."""
        return all(
            one is None or top or self._tail(one, piece, outwards=False) == Tail()
            for one, top in ((piece.p, piece.p_from_top), (piece.q, piece.q_from_top))
        )

    def _tail(self, one: Density | None, piece: Piece, *, outwards: bool) -> Tail | None:
        if one is None:
            return Tail()
        if outwards:
            return tail_beyond(one, piece.sign)
        support = one.support
        assert isinstance(support, Interval)
        if float(support.low if piece.sign > 0.0 else support.high) != piece.base:
            return Tail()
        return tail_beyond(one, -piece.sign)

    def _growths(self, piece: Piece, *, outwards: bool) -> tuple[Growth, Growth] | None:
        tails = [self._tail(one, piece, outwards=outwards) for one in (piece.p, piece.q)]
        if tails[0] is None or tails[1] is None:
            return None
        return Growth.of(tails[0]), Growth.of(tails[1])

    def _leave(self, piece: Piece | FarPiece, u: float, *, outwards: bool) -> None:
        """Add a bound of what lies beyond a distance to what is left."""
        assert isinstance(piece, Piece)
        size = float(self._sizes(piece, np.asarray([u]))[0])
        if size == -math.inf:
            return
        rate = self._rate(piece, u, outwards=outwards)
        if rate is None or not rate > 0.0:
            self.unproved.append("a tail is not declared, or not seen to fall yet")
            rate = 0.1
        self.log_tail = float(np.logaddexp(self.log_tail, size - math.log(min(rate, 1e300))))

    def _rate(self, piece: Piece, u: float, *, outwards: bool) -> float | None:
        """Return by how much the logarithm of what is integrated falls at least per unit of ln u, from u on."""
        growths = self._growths(piece, outwards=outwards)
        if growths is None:
            return None
        beyond = u * np.asarray([1.0, 1.2, 1.5, 2.0, 4.0, 10.0, 100.0, 1e4])
        if not outwards:
            beyond, t, share, jacobian = 1.0 / beyond, -np.log(u) + np.log(beyond / u), 1.0, 1.0
        else:
            x = piece.sign * (piece.base + piece.sign * beyond)
            if np.any(x <= 0.0):
                return None
            t, share, jacobian = np.log(x), beyond / x, -1.0
        with np.errstate(all="ignore"):
            slope_p, slope_q = (one.slope(t) * share for one in growths)
            apart = growths[1].plus(growths[0].times(-1.0))
            order, power, _ = apart.leading
            factor = 2.0 * np.where(order == 2, power, 0.0) * share if order < 3 else 2.0 * np.exp(np.minimum(t, 700.0))
            factor = factor + (4.0 / np.maximum(t, 1.0) if order < 2 and apart != Growth() else 0.0)
            rates: list[Any] = []
            one_sided = piece.p is None or piece.q is None
            if self.objective.weights is None:
                rates += [slope_p] if piece.p is not None else []
                rates += [slope_q] if piece.q is not None else []
            kind = self.objective.weights if self.objective.weights is not None else self.objective.kind
            if not one_sided and kind is not None:
                rates += [a * slope_p + b * slope_q for a, b, _ in kind.terms or ()]
                if isinstance(kind, Power) and self.objective.weights is not None:
                    rates.append(kind.alpha * slope_p + kind.beta * slope_q)
            least = (
                np.min([np.min(one + jacobian - (0.0 if one_sided else factor)) for one in rates]) if rates else None
            )
        return None if least is None or math.isnan(least) else float(least)

    def _far(self, piece: Piece | FarPiece, u: float, *, outwards: bool) -> list[tuple[int, Any]]:
        """Return the panels of what lies beyond the numbers, where densities fall like powers."""
        assert isinstance(piece, Piece)
        growths = self._growths(piece, outwards=outwards)
        start = piece.logs(np.asarray([u]))
        start = Logs(*(np.asarray(one).ravel()[0] for one in (start.x, start.log_p, start.log_q, start.log_ratio)))
        size = float(self._sizes(piece, np.asarray([u]))[0])
        if growths is None or any(one.leading[0] > 0 for one in growths):
            self.unproved.append("what lies beyond the range of the numbers is left out")
            self.log_tail = float(np.logaddexp(self.log_tail, size))
            return []
        slopes = growths[0].linear, growths[1].linear
        stretch = (math.log(u), 1.0 if outwards else -1.0)
        falls = [
            slope - stretch[1] for slope, one in zip(slopes, (start.log_p, start.log_q), strict=True) if one > -math.inf
        ]
        if self.objective.weights is not None:
            power = self.objective.weights
            falls = [power.alpha * slopes[0] + power.beta * slopes[1] - stretch[1]]
        least = min(falls, default=0.0)
        if not least > 0.0:
            raise NotExact(f"the integral does not converge towards {'∞' if outwards else piece.base}.")
        reach = (60.0 + 2.0 * math.log1p(1.0 / least)) / least
        far = FarPiece(start, slopes, stretch, reach)
        self.pieces.append(far)
        most = max(max(falls), abs(slopes[0] - slopes[1]))
        count = min(max(8, math.ceil(reach * most / 8.0)), 400)
        cuts = np.linspace(0.0, reach, count + 1)
        beyond = float(self._log_costs(far, cuts[-1:])[0])
        if beyond > -math.inf:
            self.log_tail = float(np.logaddexp(self.log_tail, beyond - math.log(0.5 * least)))
        return [(len(self.pieces) - 1, cuts)]

    def _cut_at_level(self, panels: _Panels) -> _Panels:
        """Return panels cut where the ratio of the densities crosses the level at which the cost has a kink."""
        kind = self.objective.kind
        level = math.nan if kind is None else kind.level()
        if math.isnan(level):
            return panels
        nodes = _rule(NODES)[0]
        above = panels.log_ratio > level
        changes = above[:, 1:] != above[:, :-1]
        rows, columns = np.nonzero(changes)
        middle, half = 0.5 * (panels.a + panels.b), 0.5 * (panels.b - panels.a)
        cuts: dict[int, list[float]] = {}
        for row, column in zip(rows, columns, strict=True):
            low, high = (float(middle[row] + half[row] * nodes[column + i]) for i in (0, 1))
            cuts.setdefault(int(row), []).append(self._crossing(self.pieces[panels.piece[row]], low, high, level))
        # And between the nodes of neighbours, where the crossing may lie at an end of a panel.
        near: set[tuple[int, float]] = set()
        order = np.lexsort((panels.a, panels.piece))
        for one, other in zip(order[:-1], order[1:], strict=True):
            if panels.piece[one] == panels.piece[other] and above[one, -1] != above[other, 0]:
                piece = self.pieces[panels.piece[one]]
                low = float(middle[one] + half[one] * nodes[-1])
                high = float(middle[other] + half[other] * nodes[0])
                cut = self._crossing(piece, low, high, level)
                row = int(one if cut <= panels.b[one] else other)
                near.add((row, cut))
                near.add((int(other if row == one else one), float(panels.b[one])))
        for row, cut in near:
            cuts.setdefault(row, []).append(cut)
        if not cuts:
            return panels
        found = panels.picked(np.asarray([k not in cuts for k in range(len(panels))]))
        for row, points in cuts.items():
            a, b = float(panels.a[row]), float(panels.b[row])
            graded = [a, b]
            for point in points:
                steps = 4.0 ** -np.arange(0.0, 13.0)
                graded += [*(point - (point - a) * steps), *(point + (b - point) * steps)]
            grid = np.unique(np.asarray(graded))
            grid = grid[(grid >= a) & (grid <= b)]
            found = found.joined(self.evaluate(np.full(grid.size - 1, panels.piece[row]), grid[:-1], grid[1:]))
        return found

    def _crossing(self, piece: Piece | FarPiece, low: float, high: float, level: float) -> float:
        start = bool(piece.logs(np.asarray([low])).log_ratio[0] > level)
        # Sixteen points at once: five rounds are enough for twenty bits, eleven for all.
        for _ in range(12):
            grid = np.linspace(low, high, 18)
            above = piece.logs(grid).log_ratio > level
            change = int(np.argmax(above != start)) if np.any(above != start) else grid.size - 1
            low, high = float(grid[max(change - 1, 0)]), float(grid[change])
            if not high - low > 4e-16 * high:
                break
        return 0.5 * (low + high)

    # What they hold.

    def evaluate(self, piece: Any, a: Any, b: Any) -> _Panels:
        """Return panels with the values at their nodes and the bounds of their errors."""
        nodes, weights, to_coefficients = _rule(NODES)
        parts: list[_Panels] = []
        with np.errstate(all="ignore"):
            for index in np.unique(piece):
                rows = piece == index
                low, high = a[rows], b[rows]
                one = self.pieces[int(index)]
                middle, half = 0.5 * (low + high), 0.5 * (high - low)
                u = middle[:, None] + half[:, None] * nodes
                logs = one.logs(u)
                log_weight = np.log(half[:, None] * weights) + logs.stretch
                log_cost = self.objective.log_costs(logs.log_p, logs.log_q, logs.log_ratio, log_weight)
                bound = self._bound(one, middle, half)
                guess = self._guess(log_cost - np.log(weights), to_coefficients, log_cost)
                shape = u.shape
                parts.append(
                    _Panels(
                        piece[rows],
                        low,
                        high,
                        np.broadcast_to(logs.x, shape),
                        np.broadcast_to(logs.log_p, shape),
                        np.broadcast_to(logs.log_q, shape),
                        np.broadcast_to(logs.log_ratio, shape),
                        np.broadcast_to(log_weight, shape),
                        log_cost,
                        bound,
                        guess,
                    )
                )
        found = parts[0]
        for part in parts[1:]:
            found = found.joined(part)
        return found

    @staticmethod
    def _guess(log_values: Any, to_coefficients: Any, log_cost: Any) -> Any:
        """Return an estimate of the errors from the last Legendre coefficients of the integrand."""
        top = np.max(log_values, axis=-1, keepdims=True)
        top = np.where(np.isfinite(top), top, 0.0)
        values = np.exp(log_values - top)
        last = np.max(abs(values @ to_coefficients[:, -4:]), axis=-1)
        # An interpolant of this degree integrates twice as many: the square of what is left, relative to the whole.
        scale = np.maximum(np.max(values, axis=-1), 1e-300)
        share = last / scale
        found = np.where(share < 1e-4, share * np.minimum(32.0 * share, 1.0) + 1e-17, share)
        return top[:, 0] + np.log(2.0 * found * scale)

    def _bound(self, piece: Piece | FarPiece, middle: Any, half: Any) -> Any:
        """Return the logarithms of proved bounds of the errors, +inf where there are none."""
        kind: Integrand | None = self.objective.weights or self.objective.kind
        nothing = np.full(middle.shape, math.inf)
        if kind is None:
            return nothing
        radii = np.append(0.5 * (_RHO + 1.0 / _RHO), 1.0)
        found = piece.discs(discs(middle[None, :], radii[:, None] * half[None, :], half[None, :]))
        if found is None:
            return nothing
        shape = (radii.size, middle.size)
        analytic, greatest = self._sizes_on(kind, found, shape)
        log_half = np.log(half)
        factor = math.log(64.0 / 15.0) - 2.0 * NODES * np.log(_RHO) - np.log1p(-(_RHO**-2.0))
        bounds = np.min(np.where(np.isnan(analytic), math.inf, analytic)[:-1] + factor[:, None], axis=0)
        plain = np.where(np.isnan(greatest), math.inf, greatest)[-1] + math.log(4.0)
        return log_half + np.fmin(bounds, plain)

    def _sizes_on(self, kind: Integrand, found: Discs, shape: tuple[int, int]) -> tuple[Any, Any]:
        none_p, none_q = (np.all(np.isneginf(one.middle)) for one in (found.log_p, found.log_q))
        if none_p or none_q:
            cost = self.objective.only_q if none_p else self.objective.only_p
            one = found.log_q if none_p else found.log_p
            size = np.broadcast_to(one.greatest_real, shape)
            if self.objective.weights is not None or cost == 0.0:
                size = np.full(shape, -math.inf)
            else:
                size = size + math.log(abs(cost))
            return size, size
        if self.objective.weights is not None:
            weight = np.broadcast_to(self.objective.weights.weight(found), shape)
            return weight, weight
        analytic = np.broadcast_to(kind.analytic(found), shape)
        greatest = np.broadcast_to(kind.greatest(found), shape)
        level = kind.level()
        if not math.isnan(level):
            # One formula holds where the sign is proved on the real panel.
            ratio = found.log_ratio
            radius = np.broadcast_to(ratio.radius, shape)[-1]
            sure = abs(np.broadcast_to(ratio.middle, shape)[-1] - level) > radius
            analytic = np.where(sure, analytic, math.inf)
        return analytic, greatest

    # How it ends.

    def log_total(self, panels: _Panels) -> float:
        """Return the logarithm of the sum of what all nodes contribute."""
        return float(np.logaddexp.reduce(panels.log_cost, axis=None))

    def refine(self) -> bool:
        """Halve panels until the bounds add up to the tolerance; return whether they do."""
        for _ in range(_MOST_ROUNDS):
            panels = self.panels
            total = self.log_total(panels)
            if not math.isfinite(total):
                return True
            goal = total + math.log(self.tolerance)
            errors = panels.log_bound
            if np.logaddexp.reduce(errors) <= goal:
                return True
            if len(panels) > _MOST_PANELS:
                return False
            each = goal - math.log(4.0 * len(panels))
            width = panels.b - panels.a
            small = width <= 1e-14 * panels.b
            # Where there is no proof to be had, an estimate decides; far below all that counts too.
            without = np.isposinf(errors) & (panels.log_guess <= each - 10.0) if self._provable else True
            wanted = np.where(self._provable, errors, panels.log_guess) > each
            bad = wanted & ~small & (~np.asarray(without) if self._provable else True)
            if not bad.any():
                return bool(np.logaddexp.reduce(errors) <= goal)
            self.panels = panels.picked(~bad).joined(self._halved(panels.picked(bad)))
        return False

    @property
    def _provable(self) -> bool:
        return bool(np.isfinite(self.panels.log_bound).any()) or bool(np.isneginf(self.panels.log_bound).any())

    def _halved(self, panels: _Panels) -> _Panels:
        a, b = panels.a, panels.b
        middle = np.where((a > 0.0) & (b > 4.0 * a), np.sqrt(a) * np.sqrt(b), 0.5 * (a + b))
        return self.evaluate(
            np.concatenate([panels.piece, panels.piece]), np.concatenate([a, middle]), np.concatenate([middle, b])
        )

    def numeric(self) -> Numeric:
        """Return the value, its bound and the nodes."""
        panels = self.panels
        proved = np.isfinite(panels.log_bound) | np.isneginf(panels.log_bound)
        errors = np.where(proved, panels.log_bound, panels.log_guess)
        if not np.all(proved) or not self.converged:
            better = np.minimum(panels.log_bound, panels.log_guess)
            if np.logaddexp.reduce(errors) > self.log_total(panels) + math.log(self.tolerance):
                errors = better
            self.unproved.append("errors of the panels are estimated from their last Legendre coefficients")
        flat = [getattr(panels, name).ravel() for name in ("x", "log_p", "log_q", "log_ratio", "log_weight")]
        with np.errstate(all="ignore"):
            known = deviation(*flat[1:])
            value = self.objective.value(known)
            top = float(np.max(panels.log_cost)) if self.objective.weights is not None else 0.0
            top = top if math.isfinite(top) else 0.0
            total = math.exp(self.log_total(panels) - top)
            error = float(np.sum(np.exp(errors - top))) + math.exp(min(self.log_tail - top, 700.0))
            noise = self._noise(panels, panels.log_p), self._noise(panels, panels.log_q)
            one_family = np.repeat([self.pieces[k].of_one_family for k in panels.piece], NODES)
            rounding = self.objective.rounding(known, value, of_one_family=one_family, noise=noise)
            moved = self._moved(panels, top)
        if _named(self.objective.measure, "chernoff"):
            # The order is where a weighted mean of the log-ratio is 0, and feels the errors of that mean too.
            weights = np.where(np.isfinite(known.log_ratio), known.log_p + _share_of(self.objective) * known.log_ratio, -math.inf)
            weights = np.exp(weights - np.max(weights))
            spread = np.sum(
                np.where(np.isfinite(known.log_ratio) & (weights > 0.0), weights * abs(known.log_ratio), 0.0)
            )
            error *= 1.0 + float(spread / np.sum(weights))
        bound = self.objective.bound(total, error + moved) + rounding
        bound += 2.0**-50 * abs(value) if math.isfinite(value) else 0.0
        if math.isnan(value):
            raise NotExact(f"the quadrature gave no number with {len(flat[0])} nodes.")
        certified = not self.unproved
        how = (
            "error proved on complex discs, tails by their declared growth"
            if certified
            else "; ".join(dict.fromkeys(self.unproved))
        )
        note = f"Gauss–Legendre on {len(panels)} panels, {panels.x.size} nodes: {how}"
        if not bound <= 1e-6 * abs(value) + 1e-300 and not bound <= 1e-9:
            raise NotExact(
                f"the quadrature does not converge: {value:.17g} ± {bound:.3g} with {panels.x.size} nodes ({how})."
            )
        return Numeric(value, bound, certified, note, flat[0], flat[4])

    @staticmethod
    def _noise(panels: _Panels, logs: Any) -> float:
        """Return how much the log-densities scatter, in roundings of themselves.

        Where they are smooth, their last Legendre coefficients keep nothing else.
        """
        counted = np.max(panels.log_cost, axis=1)
        chosen = counted > np.max(counted) - 7.0
        last = np.max(abs(logs[chosen] @ _rule(NODES)[2][:, -2:]), axis=1)
        share = last / (2.0**-52 * (2.0 + np.max(abs(logs[chosen]), axis=1)))
        return 2.0 * float(np.min(np.where(np.isfinite(share), share, math.inf), initial=1e12))

    def _moved(self, panels: _Panels, top: float) -> float:
        """Return about how much the rounding of the outcomes themselves changes the sum."""
        density = np.exp(panels.log_cost - panels.log_weight - top)
        bases = np.asarray([self.pieces[k].rounds for k in panels.piece])[:, None]
        change = np.sum(abs(np.diff(density, axis=1)) * bases, axis=1)
        return 2.0**-53 * float(np.sum(np.where(np.isfinite(change), change, 0.0)))

    converged: bool = False


def integrate(divergence: Divergence, p: Density, q: Density, *, tolerance: float = 1e-11) -> Numeric:
    """Return the divergence of two densities on intervals, with a bound of its error.

    Args:
        divergence: what is asked for.
        p: P, one distribution (no batch) with NumPy parameters, on an `Interval`.
        q: Q, likewise, of any family.
        tolerance: the relative error aimed at.

    Returns:
        `Numeric`: ∞ where the declared tails or the supports make it so.

    Raises:
        NotExact: no convergence; the message says what was reached.

    Source:
        Johansson, "Numerical integration in arbitrary-precision ball arithmetic", ICMS (2018), 255-263.
    """
    if divergence.reversed:
        return integrate(divergence.reverse, q, p, tolerance=tolerance)
    told = finite(divergence, p, q)
    if told.verdict == "infinite":
        return infinite(told.reason)
    if divergence.name == "renyi" and dict(divergence.parameters).get("alpha") == math.inf:
        return _greatest_ratio(divergence, p, q, tolerance)
    kind = Power(0.5, 0.5) if divergence.name == "chernoff" else kind_of(divergence)
    found = _run(Objective.of(divergence, kind), p, q, tolerance)
    if told.verdict == "unknown":
        found = replace(found, certified=False, note=f"{found.note}; {told.reason}")
    return found


def integrate_companion(
    measure: Measure, kind: Integrand, p: Density, q: Density, *, tolerance: float = 1e-11
) -> Numeric:
    """Return the entropy or the cross-entropy, given its cost and its kind (`ENTROPY` or `CROSS_ENTROPY`)."""
    objective = Objective.of(measure, kind)
    if objective.only_p == math.inf and _beyond(p, q):
        return infinite("P has mass where Q has none")
    told = of_integrand(kind, p, q)
    if told.verdict == "infinite":
        return infinite(told.reason)
    found = _run(objective, p, q, tolerance)
    return found if told.verdict == "finite" else replace(found, certified=False, note=f"{found.note}; {told.reason}")


def _beyond(p: Density, q: Density) -> bool:
    first, second = p.support, q.support
    assert isinstance(first, Interval)
    assert isinstance(second, Interval)
    return float(first.low) < float(second.low) or float(first.high) > float(second.high)


def _run(objective: Objective, p: Density, q: Density, tolerance: float) -> Numeric:
    with np.errstate(all="ignore"):
        state = _Integration(objective, p, q, tolerance)
        power = _switched(state)
        if power is not None:
            objective = Objective(objective.measure, objective.kind, power, objective.only_p, objective.only_q)
            state = _Integration(objective, p, q, tolerance)
        if _named(objective.measure, "chernoff"):
            state = _at_best_order(state, p, q, tolerance)
        state.converged = state.refine()
        return state.numeric()


def _named(measure: Measure, *names: str) -> bool:
    return isinstance(measure, Divergence) and measure.name in names


def _switched(state: _Integration) -> Power | None:
    """Return the exponents where Σ p^α q^β is better summed itself: far apart, or overflowing."""
    kind = state.objective.kind
    if not isinstance(kind, Power) or isinstance(kind, Outside):
        return None
    log_total = state.log_total(state.panels)
    if _named(state.objective.measure, "renyi"):
        mean = 1.0 - kind.beta * math.exp(min(log_total, 700.0))
        return None if 0.02 < mean < 1e9 else kind
    if _named(state.objective.measure, "bhattacharyya", "chernoff"):
        return (
            None
            if math.exp(min(log_total, 700.0))
            < 0.97 * (1.0 if _named(state.objective.measure, "bhattacharyya") else 2.0)
            else kind
        )
    return None


def _share_of(objective: Objective) -> float:
    assert isinstance(objective.kind, Power)
    return objective.kind.beta


def _at_best_order(state: _Integration, p: Density, q: Density, tolerance: float) -> _Integration:
    """Return the integration of p^(1−β) q^β at the β that maximises −ln of its integral."""
    beta = 0.5
    for _ in range(12):
        state.refine()
        found = _best_share(state.panels)
        done = abs(found - beta) < 1e-9
        beta = min(max(found, 1e-12), 1.0 - 1e-12)
        power = Power(1.0 - beta, beta)
        weights = None if state.objective.weights is None else power
        state = _Integration(replace(state.objective, kind=power, weights=weights), p, q, tolerance)
        if done:
            break
    return state


def _best_share(panels: _Panels) -> float:
    """Return the β in [0, 1] at which Σ p^(1−β) q^β is least, by Newton's method kept in an interval."""
    usable = np.isfinite(panels.log_p) & np.isfinite(panels.log_q) & np.isfinite(panels.log_ratio)
    base, ratio = (panels.log_p + panels.log_weight)[usable], panels.log_ratio[usable]
    low, high, beta = 0.0, 1.0, 0.5
    for _ in range(100):
        weight = base + beta * ratio
        weight = np.exp(weight - np.max(weight))
        mean = float(np.sum(weight * ratio) / np.sum(weight))
        spread = float(np.sum(weight * (ratio - mean) ** 2) / np.sum(weight))
        low, high = (beta, high) if mean < 0.0 else (low, beta)
        step = beta - mean / spread if spread > 0.0 else beta
        step = step if low < step < high else 0.5 * (low + high)
        if abs(step - beta) < 1e-13:
            break
        beta = step
    return beta


def _greatest_ratio(divergence: Divergence, p: Density, q: Density, tolerance: float) -> Numeric:
    """Return the greatest ln(p/q): the best of all nodes, made better between its neighbours."""
    with np.errstate(all="ignore"):
        state = _Integration(Objective.of(kl_like(divergence), None), p, q, tolerance)
        best, where = -math.inf, 0.0
        for piece in state.pieces:
            if isinstance(piece, FarPiece) or piece.p is None:
                continue
            grid = np.unique(np.concatenate([edges(piece)[0][1:], towards_base(float(piece.landmarks[0]))]))
            grid = np.concatenate([grid, 0.5 * (grid[1:] + grid[:-1])])
            grid.sort()
            logs = piece.logs(grid)
            gap = np.where(np.isfinite(logs.log_p), -logs.log_ratio, -math.inf)
            for _ in range(30):
                top = int(np.argmax(gap))
                if gap[top] > best:
                    best, where = float(gap[top]), float(piece.base + piece.sign * grid[top])
                low, high = grid[max(top - 1, 0)], grid[min(top + 1, grid.size - 1)]
                if not high - low > 1e-9 * high:
                    break
                grid = np.linspace(low, high, 33)
                logs = piece.logs(grid)
                gap = np.where(np.isfinite(logs.log_p), -logs.log_ratio, -math.inf)
        bound = 1e-12 * abs(best) + 1e-15
    return Numeric(
        max(best, 0.0),
        bound,
        False,
        "the greatest log-ratio of a search from the landmarks outwards",
        np.asarray([where]),
        np.zeros(1),
    )


def kl_like(divergence: Divergence) -> Measure:
    """Return a measure whose panels lie where P and Q have mass, for one that is no sum itself."""
    from kullback.divergences.jensen_shannon import js

    return js
