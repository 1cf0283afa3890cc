"""Quadrature: certified integrals of what a divergence costs between two densities on the line.

Gauss–Legendre on panels whose lengths grow away from the landmarks of P and Q. The error on a panel is at most
(64/15) M ρ^(−2n) / (1 − ρ^(−2)) half-widths, where M bounds the integrand on the Bernstein ellipse of parameter ρ
about it (Rabinowitz 1969; Trefethen, Approximation Theory and Approximation Practice, 2013, Theorem 19.3; here n
nodes), and M comes from enclosures of the log-densities on a disc that contains the ellipse, as in Petras (2002) and
Johansson (2018). Panels whose bound is too large are halved. What is beyond the last panel is bounded by how the tails
are declared to fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Deviation, Divergence
from kullback.exact.core import Measure
from kullback.exact.not_exact import NotExact
from kullback.exact.rules.enclosures import discs
from kullback.exact.rules.finiteness import Growth, finite, of_integrand
from kullback.exact.rules.gauss_legendre import NODES, guess, rule
from kullback.exact.rules.integrands import Alone, Discs, Excess, Integrand, Power
from kullback.exact.rules.line import FarPiece, Logs, Piece, edges, pieces, tail_beyond, towards_base
from kullback.exact.rules.measures import Numeric, Objective, best_share, deviation, infinite, kind_of, named, switched
from kullback.exact.rules.plane import integrate_plane as integrate_plane
from kullback.exact.rules.ranges import Range
from kullback.support import Interval
from kullback.tail import Tail

_RHO = np.asarray([1.6, 2.5, 4.0])
_NEGLIGIBLE = -50.0
_SAFETY = 2.0  # of what tails are bounded by, a logarithm: p and q are some times the cost where they are far apart
_MOST_PANELS = 6000
_MOST_ROUNDS = 60


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


def _growth_of_logarithm(growth: Growth, t: Any, share: Any) -> Any:
    """Return by how much the logarithm of a growth itself grows for each unit of the logarithm of the distance."""
    order, power, _ = growth.leading
    if order == 3:
        return power * np.exp(np.minimum(t, 700.0)) * share
    return power * share if order == 2 else share / np.maximum(t, 1.0)


def _column(piece: Piece | FarPiece) -> Piece | FarPiece:
    """Return pieces that are asked together, for arrays with one row for each."""
    if not isinstance(piece.base, np.ndarray):
        return piece
    assert isinstance(piece, Piece)
    return replace(piece, base=piece.base[:, None], sign=piece.sign[:, None])


def _log_sum(x: Any) -> float:
    """Return ln Σ eˣ over all entries."""
    top = float(np.max(x, initial=-math.inf))
    # A total of positive numbers and of infinite or no numbers is what the greatest is.
    return top + math.log(float(np.sum(np.exp(x - top)))) if math.isfinite(top) else top


class _Integration:
    """The state of one integral: pieces, panels and what is left beyond them."""

    def __init__(self, objective: Objective, p: Density, q: Density, tolerance: float) -> None:
        self.objective = objective
        self.p, self.q = p, q
        self.tolerance = tolerance
        self.pieces: list[Piece | FarPiece] = list(pieces(p, q))
        self.log_tail = -math.inf
        self.unproved: list[str] = []
        self.left_at: list[tuple[Piece, float]] = []  # where the panels of pieces end before the outcomes do
        self.loose: dict[int, float] = {}  # by how much the log-densities of a piece may be wrong
        self.estimated: set[int] = set()  # pieces on which the densities have no enclosures
        self.panels = self._first()

    # Where panels lie.

    def _first(self) -> _Panels:
        """Lay the panels out: look how much there is where, cut off what is negligible, and evaluate the rest."""
        looked: list[tuple[int, Any, Any]] = []
        all_edges: list[tuple[Any, int]] = []
        for k, piece in enumerate(self.pieces):
            assert isinstance(piece, Piece)
            cuts, within = edges(piece)
            all_edges.append((cuts, within))
            middles = 0.5 * (cuts[: within - 1] + cuts[1:within])
            looked.append((k, np.concatenate([cuts[1:], middles]), np.append(cuts[1:], np.diff(cuts[:within]))))
            if self._singular(piece):
                inner = self._towards(piece, float(cuts[1]))
                looked.append((k, inner, inner))
        # All looked at together: how much there is around each cut, and between those near the landmarks.
        index = np.concatenate([np.full(u.size, k) for k, u, _ in looked])
        at, around = (np.concatenate([one[part] for one in looked]) for part in (1, 2))
        sizes, ratios = self._costs_at(index, at)
        sizes = sizes + np.log(around)
        sizes = np.where(np.isnan(sizes), -math.inf, sizes)
        most = float(np.max(sizes))
        bounds = np.cumsum([u.size for _, u, _ in looked])[:-1]
        own_sizes, own_ratios = np.split(sizes, bounds), np.split(ratios, bounds)
        laid: list[tuple[int, Any]] = []
        i = 0
        for k in range(len(looked) and looked[-1][0] + 1):
            piece = self.pieces[k]
            assert isinstance(piece, Piece)
            cuts, within = all_edges[k]
            last = cuts.size - 1
            if math.isinf(piece.reach):
                last = self._until(piece, cuts[1:], own_sizes[i], own_ratios[i], most, laid, outwards=True) + 1
                last = max(last, within - 1)
            i += 1
            if self._singular(piece):
                inner = looked[i][1]
                until = self._until(piece, inner, own_sizes[i], own_ratios[i], most, laid, outwards=False)
                laid.append((k, inner[until::-1]))
                laid.append((k, cuts[1 : last + 1]))
                i += 1
            else:
                laid.append((k, cuts[: last + 1]))
        return self._cut_at_level(self._graded(self._laid([(k, u) for k, u in laid if u.size > 1])))

    def _until(
        self,
        piece: Piece,
        cuts: Any,
        sizes: Any,
        ratios: Any,
        most: float,
        laid: list[tuple[int, Any]],
        *,
        outwards: bool,
    ) -> int:
        """Return the index of the last cut that is wanted, and see to what lies beyond it.

        Args:
            piece: the piece.
            cuts: distances, in the order in which they leave the landmarks.
            sizes: how much there is around each (and perhaps more entries).
            ratios: ln(q/p) at each.
            most: how much there is where there is most.
            laid: to which the panels of what lies beyond the numbers are added.
            outwards: whether the cuts go to infinity.
        """
        counted = np.nonzero(sizes[: cuts.size] > most + _NEGLIGIBLE)[0]
        last = int(counted[-1]) + 1 if counted.size else 0
        if last < cuts.size:
            self._leave(piece, cuts[last], float(sizes[last]), float(ratios[last]), outwards=outwards)
            return last
        last = cuts.size - 1
        laid.extend(self._far(piece, cuts[last], outwards=outwards))
        if not outwards and not self._to_the_end(piece):
            self.unproved.append(f"outcomes near {piece.base:g} go by the declared tail")
        return last

    def _singular(self, piece: Piece) -> bool:
        """Return whether a density is declared to be more than a positive number at the base."""
        if not piece.ends_here:
            return False
        growths = self._growths(piece, outwards=False)
        return growths is not None and any(one != Growth() for one in growths)

    def _to_the_end(self, piece: Piece) -> bool:
        """Return whether distances from the base are known however small they are."""
        return piece.base == 0.0 or (piece.sign < 0.0 and self._at_top(piece))

    def _towards(self, piece: Piece, first: float) -> Any:
        """Return distances that shrink towards the base, as far as outcomes can tell them."""
        cuts = towards_base(first)
        return cuts if self._to_the_end(piece) else cuts[(cuts > 1e-9 * abs(piece.base)) | (cuts >= first)]

    def _laid(self, laid: list[tuple[int, Any]]) -> _Panels:
        """Return the panels between cuts of pieces, all evaluated together."""
        index = np.concatenate([np.full(cuts.size - 1, k) for k, cuts in laid])
        low, high = (np.concatenate([cuts[part] for _, cuts in laid]) for part in (slice(None, -1), slice(1, None)))
        return self.evaluate(index, low, high)

    def _groups(self, index: Any) -> list[tuple[Piece | FarPiece, Any]]:
        """Return pieces that are asked together, with their rows: their bases and signs are then arrays."""
        by_frame: dict[Any, list[int]] = {}
        for k in np.unique(index):
            one = self.pieces[int(k)]
            frame = one.frame if isinstance(one, Piece) else int(k)
            by_frame.setdefault(frame, []).append(int(k))
        found: list[tuple[Piece | FarPiece, Any]] = []
        for members in by_frame.values():
            one = self.pieces[members[0]]
            rows = index == members[0]
            if len(members) > 1:
                assert isinstance(one, Piece)
                rows = np.isin(index, members)
                own = [self.pieces[k] for k in index[rows]]
                one = replace(one, base=np.asarray([x.base for x in own]), sign=np.asarray([x.sign for x in own]))
            found.append((one, rows))
        return found

    def _costs_at(self, index: Any, u: Any) -> tuple[Any, Any]:
        """Return the logarithms of the costs at distances of pieces, and of q/p."""
        found, ratios = np.empty(u.shape), np.empty(u.shape)
        with np.errstate(all="ignore"):
            for one, rows in self._groups(index):
                logs = one.logs(u[rows])
                found[rows] = self.objective.log_costs(logs.log_p, logs.log_q, logs.log_ratio, logs.stretch)
                ratios[rows] = logs.log_ratio
        return found, ratios

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
        proved = np.isfinite(panels.log_bound) | np.isneginf(panels.log_bound)
        bad = open_ends & ~proved
        if not bad.any():
            return panels
        laid: list[tuple[int, Any]] = []
        for index, first in zip(panels.piece[bad], panels.b[bad], strict=True):
            piece = self.pieces[int(index)]
            assert isinstance(piece, Piece)
            cuts = self._towards(piece, float(first))
            sizes, ratios = self._costs_at(np.full(cuts.size, index), cuts)
            until = self._until(piece, cuts, sizes + np.log(cuts), ratios, total, laid, outwards=False)
            laid.append((int(index), cuts[until::-1]))
        laid = [(k, cuts) for k, cuts in laid if cuts.size > 1]
        return panels.picked(~bad).joined(self._laid(laid)) if laid else panels.picked(~bad)

    def _at_top(self, piece: Piece) -> bool:
        """Return whether those that may be singular at the base are asked by their distance from it."""
        tops = piece.p_from_top, piece.q_from_top
        return all(
            top or growth == Growth()
            for growth, top in zip(self._growths(piece, outwards=False) or (None, None), tops, strict=True)
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

    def _leave(self, piece: Piece | FarPiece, u: float, size: float, ratio: float, *, outwards: bool) -> None:
        """Add a bound of what lies beyond a distance, around which there is so much, to what is left."""
        assert isinstance(piece, Piece)
        self.left_at.append((piece, u))
        if size == -math.inf:
            return
        left = self._left(piece, u, ratio, outwards=outwards)
        if left is None:
            self.unproved.append("a tail is not declared, or not seen to fall yet")
            left = math.log(10.0)
        self.log_tail = float(np.logaddexp(self.log_tail, size + _SAFETY + left))

    def _left(self, piece: Piece, u: float, ratio: float, *, outwards: bool) -> float | None:
        """Return the logarithm of the integral beyond a distance over what there is around it; None if not known."""
        growths = self._growths(piece, outwards=outwards)
        if growths is None:
            return None
        beyond = u * np.asarray([1.0, 1.2, 1.5, 2.0, 4.0, 10.0, 100.0, 1e3, 1e4, 1e6])
        if not outwards:
            beyond, t, share, jacobian = 1.0 / beyond, -np.log(u) + np.log(beyond / u), 1.0, 1.0
        else:
            x = piece.sign * (piece.base + piece.sign * beyond)
            if np.any(x <= 0.0):
                return None
            t, share, jacobian = np.log(x), beyond / x, -1.0
        one_sided = piece.p is None or piece.q is None
        near = not one_sided and abs(ratio) < 2.0
        weights = self.objective.weights
        terms = () if one_sided or self.objective.kind is None else self.objective.kind.terms
        with np.errstate(all="ignore"):
            # Kept finite, because what does not take part has the factor 0.
            slope_p, slope_q = (np.clip(one.slope(t) * share, -1e300, 1e300) for one in growths)
            factor = _growth_of_logarithm(growths[1].plus(growths[0].times(-1.0)), t, share)
            rates: list[Any] = []
            if weights is not None:
                rates = [] if one_sided else [weights.alpha * slope_p + weights.beta * slope_q]
            elif near:
                # Where P ≈ Q the cost is of the order of the square of the log-ratio.
                rates = [slope_p - 2.0 * factor, slope_q - 2.0 * factor]
            else:
                rates = [slope_p] if piece.p is not None else []
                rates += [slope_q] if piece.q is not None else []
                for a, b, which in terms:
                    growth = {"p": growths[0], "q": growths[1]}.get(which)
                    own = factor if growth is None else _growth_of_logarithm(growth, t, share)
                    rates.append(a * slope_p + b * slope_q - (own if which else 0.0))
            # By how much the logarithm of what there is around a distance falls at least for each unit of its own.
            least = np.min([one + jacobian for one in rates], axis=0) if rates else np.full(beyond.shape, 1e300)
        enough = 0.0 if np.all(least > 0.0) else 0.1
        falling = np.logical_and.accumulate((least > enough)[::-1])[::-1]
        if not falling.any():
            return None
        first = int(np.argmax(falling))
        if first == 0:
            return -math.log(min(float(np.min(least)), 1e300))
        # Up to where that is so, the density itself falls, so that there is no more than its value times the length.
        if not outwards or np.any(least[:first] < jacobian):
            return None
        return math.log(float(beyond[first]) / u) + math.log1p(1.0 / float(np.min(least[first:])))

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
        far = FarPiece(start, slopes, stretch, reach, self._bends(piece, u, slopes, outwards=outwards))
        self.pieces.append(far)
        most = max(max(falls), abs(slopes[0] - slopes[1]))
        count = min(max(8, math.ceil(reach * most / 8.0)), 400)
        cuts = np.linspace(0.0, reach, count + 1)
        beyond = float(self._log_costs(far, cuts[-1:])[0])
        if beyond > -math.inf:
            self.log_tail = float(np.logaddexp(self.log_tail, beyond - math.log(0.5 * least)))
        return [(len(self.pieces) - 1, cuts)]

    def _bends(self, piece: Piece, u: float, slopes: tuple[float, float], *, outwards: bool) -> Any:
        """Return what the logarithms still gain beside their slopes beyond a distance, and how fast: see `FarPiece`.

        As much as is seen at three distances, 20 orders of magnitude apart: what is left vanishes like a power.
        """
        if not outwards and not self._to_the_end(piece):
            return (0.0, 1.0), (0.0, 1.0)
        step = 20.0 * math.log(10.0)
        logs = piece.logs(u * 10.0 ** (np.asarray([-40.0, -20.0, 0.0]) * (1.0 if outwards else -1.0)))
        found: list[tuple[float, float]] = []
        for log, slope in zip((logs.log_p, logs.log_q), slopes, strict=True):
            before, last = (float(x) for x in np.diff(log) + slope * step)
            rounding = 2.0**-49 * float(np.max(abs(log)) + abs(slope) * step)
            if not abs(last) > rounding:
                found.append((0.0, 1.0))
                continue
            left = last / before if 0.0 < last / before < 0.99 else 0.99
            gain = last * left / (1.0 - left)
            found.append((gain, -math.log(left) / step))
            # The square of a power is left out, twice seen larger than it is.
            self.loose[len(self.pieces)] = self.loose.get(len(self.pieces), 0.0) + (gain / left) ** 2 + rounding
            self.unproved.append("beyond the range of the numbers the densities go on as they are seen to before")
        return found[0], found[1]

    def _cut_at_level(self, panels: _Panels) -> _Panels:
        """Return panels cut where the ratio of the densities crosses the level at which the cost has a kink."""
        kind = self.objective.kind
        level = math.nan if kind is None else kind.level()
        if math.isnan(level):
            return panels
        nodes = rule(NODES)[0]
        above = panels.log_ratio > level
        middle, half = 0.5 * (panels.a + panels.b), 0.5 * (panels.b - panels.a)
        # Between two nodes of a panel, and between the last node of one and the first of the next.
        rows, columns = np.nonzero(above[:, 1:] != above[:, :-1])
        order = np.lexsort((panels.a, panels.piece))
        one, other = order[:-1], order[1:]
        apart = (panels.piece[one] == panels.piece[other]) & (above[one, -1] != above[other, 0])
        one, other = one[apart], other[apart]
        if not rows.size and not one.size:
            return panels
        low = np.concatenate([middle[rows] + half[rows] * nodes[columns], middle[one] + half[one] * nodes[-1]])
        high = np.concatenate([middle[rows] + half[rows] * nodes[columns + 1], middle[other] + half[other] * nodes[0]])
        points = self._crossings(panels.piece[np.concatenate([rows, one])], low, high, level)
        cuts: dict[int, list[float]] = {}
        for row, point in zip(rows, points[: rows.size], strict=True):
            cuts.setdefault(int(row), []).append(float(point))
        for first, second, point in zip(one, other, points[rows.size :], strict=True):
            inside, beside = (first, second) if point <= panels.b[first] else (second, first)
            cuts.setdefault(int(inside), []).append(float(point))
            # The crossing may be at the very end of its panel, and the next one starts there.
            cuts.setdefault(int(beside), []).append(float(panels.b[first]))
        laid: list[tuple[int, Any]] = []
        for row, found in cuts.items():
            a, b = float(panels.a[row]), float(panels.b[row])
            steps = 4.0 ** -np.arange(0.0, 13.0)
            graded = [np.asarray([a, b])]
            graded += [np.concatenate([point - (point - a) * steps, point + (b - point) * steps]) for point in found]
            grid = np.unique(np.concatenate(graded))
            laid.append((int(panels.piece[row]), grid[(grid >= a) & (grid <= b)]))
        kept = np.ones(len(panels), bool)
        kept[list(cuts)] = False
        return panels.picked(kept).joined(self._laid(laid))

    def _crossings(self, index: Any, low: Any, high: Any, level: float) -> Any:
        """Return where the log-ratio crosses a level between points of pieces, to a part in 10⁹ of their distance."""
        share = np.linspace(0.0, 1.0, 1025)
        at = np.arange(low.size)
        for _ in range(3):
            grid = low[:, None] + (high - low)[:, None] * share
            above = np.empty(grid.shape, bool)
            for one, rows in self._groups(index):
                above[rows] = _column(one).logs(grid[rows]).log_ratio > level
            change = np.maximum(np.argmax(above != above[:, :1], axis=1), 1)
            low, high = grid[at, change - 1], grid[at, change]
        return 0.5 * (low + high)

    # What they hold.

    def evaluate(self, piece: Any, a: Any, b: Any) -> _Panels:
        """Return panels with the values at their nodes and the bounds of their errors."""
        nodes, weights, _ = rule(NODES)
        shape = (a.size, NODES)
        x, log_p, log_q, ratio, log_weight = (np.empty(shape) for _ in range(5))
        middle, half = 0.5 * (a + b), 0.5 * (b - a)
        log_bound = np.empty(a.size)
        with np.errstate(all="ignore"):
            u = middle[:, None] + half[:, None] * nodes
            log_weight[:] = np.log(half[:, None] * weights)
            for one, rows in self._groups(piece):
                logs = _column(one).logs(u[rows])
                x[rows], log_p[rows], log_q[rows], ratio[rows] = logs.x, logs.log_p, logs.log_q, logs.log_ratio
                log_weight[rows] += logs.stretch
                log_bound[rows] = self._bound(one, middle[rows], half[rows])
                if np.all(np.isnan(log_bound[rows])):
                    self.estimated.update(int(k) for k in np.unique(piece[rows]))
            log_bound = np.where(np.isnan(log_bound), math.inf, log_bound)
            log_cost = self.objective.log_costs(log_p, log_q, ratio, log_weight)
            log_guess = guess(log_cost - np.log(weights))
        return _Panels(piece, a, b, x, log_p, log_q, ratio, log_weight, log_cost, log_bound, log_guess)

    def _bound(self, piece: Piece | FarPiece, middle: Any, half: Any) -> Any:
        """Return logarithms of proved bounds of the errors: +inf where there is none yet, NaN where none can be."""
        kind: Integrand | None = self.objective.weights or self.objective.kind
        nothing = np.full(middle.shape, math.nan)
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
        bounds = np.fmin(bounds, plain)
        if self.objective.weights is None and isinstance(piece, Piece):
            open_ones = np.nonzero(bounds + log_half > -34.0)[0]
            if open_ones.size:
                bounds = bounds.copy()
                least = self._almost_alone(kind, piece, found, factor, middle, half, open_ones, shape)
                bounds[open_ones] = np.fmin(bounds[open_ones], least)
        return log_half + bounds

    def _almost_alone(
        self,
        kind: Integrand,
        piece: Piece,
        found: Discs,
        factor: Any,
        middle: Any,
        half: Any,
        chosen: Any,
        shape: tuple[int, int],
    ) -> Any:
        """Return bounds where one of P and Q has next to nothing, whatever it is in the complex plane.

        The cost is then that of the other alone, which is analytic where the other is, and a rest that is small on the
        real panel.
        """
        best = np.full(chosen.shape, math.inf)
        picked = replace(piece, base=piece.base[chosen], sign=piece.sign[chosen]) if np.ndim(piece.base) else piece
        ranges = picked.ranges(Range((middle - half)[chosen], (middle + half)[chosen]))
        if ranges is None:
            return best
        discs_of = found.log_p, found.log_q
        for turned, cost in ((False, self.objective.only_p), (True, self.objective.only_q)):
            if not 0.0 <= cost < math.inf:
                continue
            whole, part = ranges[::-1] if turned else ranges
            smaller = part.greatest_real
            known = Alone(
                whole.greatest_real,
                smaller,
                # x eˣ rises in absolute value below −1, so that the upper bound of the logarithm tells.
                np.where(smaller < -1.0, abs(smaller), math.inf) + whole.size,
                lambda alpha, beta: (alpha * ranges[0] + beta * ranges[1]).greatest_real,
                turned,
            )
            rest = np.broadcast_to(kind.rest(known), chosen.shape) + math.log(4.0)
            greater = np.broadcast_to(discs_of[1 if turned else 0].greatest_real, shape)[:-1, chosen]
            alone = np.min(greater + factor[:, None], axis=0) + (math.log(cost) if cost > 0.0 else -math.inf)
            below = smaller < whole.low - 1.0
            best = np.fmin(best, np.where(below & ~np.isnan(rest), np.logaddexp(alone, rest), math.inf))
        return best

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
        return _log_sum(panels.log_cost)

    def refine(self) -> bool:
        """Halve panels until the bounds add up to the tolerance; return whether they do."""
        enough = 2 * len(self.panels) + 300
        for _ in range(_MOST_ROUNDS):
            panels = self.panels
            total = self.log_total(panels)
            if not math.isfinite(total):
                return True
            goal = total + math.log(self.tolerance)
            errors = panels.log_bound
            if _log_sum(errors) <= goal:
                return True
            if len(panels) > _MOST_PANELS:
                return False
            each = goal - math.log(4.0 * len(panels))
            width = panels.b - panels.a
            small = width <= 1e-14 * panels.b
            # Where there is no proof to be had an estimate decides.
            # Likewise where halving for long has given no bound, and an estimate says that nothing is missing.
            estimated = np.isin(panels.piece, list(self.estimated))
            if len(panels) > enough:
                estimated = estimated | ((errors > goal + 50.0) & (panels.log_guess <= each - 3.0))
            bad = np.where(estimated, panels.log_guess, errors) > each
            bad = bad & ~small
            if not bad.any():
                return bool(_log_sum(errors) <= goal)
            self.panels = panels.picked(~bad).joined(self._halved(panels.picked(bad)))
        return False

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
        if self.log_total(panels) == -math.inf and _log_sum(errors) > -100.0:
            errors = np.minimum(panels.log_bound, panels.log_guess)
            self.unproved.append("nothing is seen to differ at the nodes")
        elif not np.all(proved) or not self.converged:
            better = np.minimum(panels.log_bound, panels.log_guess)
            if _log_sum(errors) > self.log_total(panels) + math.log(self.tolerance):
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
            for k, wrong in self.loose.items():
                rows = panels.piece == k
                sizes = [panels.log_cost[rows]]
                if self.objective.weights is None:
                    sizes += [getattr(panels, name)[rows] + panels.log_weight[rows] for name in ("log_p", "log_q")]
                error += math.expm1(min(wrong, 700.0)) * float(sum(np.sum(np.exp(one - top)) for one in sizes))
            noise = self._noise(panels, panels.log_p), self._noise(panels, panels.log_q)
            one_family = np.repeat([self.pieces[k].of_one_family for k in panels.piece], NODES)
            rounding = self.objective.rounding(known, value, of_one_family=one_family, noise=noise)
            rounding += self._of_normalisers(known, value)
            moved = self._moved(panels, top)
        if named(self.objective.measure, "chernoff"):
            # The order is where a weighted mean of the log-ratio is 0, and feels the errors of that mean too.
            weights = np.where(
                np.isfinite(known.log_ratio), known.log_p + _share_of(self.objective) * known.log_ratio, -math.inf
            )
            weights = np.exp(weights - np.max(weights))
            spread = np.sum(
                np.where(np.isfinite(known.log_ratio) & (weights > 0.0), weights * abs(known.log_ratio), 0.0)
            )
            error *= 1.0 + float(spread / np.sum(weights))
        bound = self.objective.bound(total, error + moved) + rounding
        bound += 2.0**-50 * abs(value) if math.isfinite(value) else 0.0
        log_errors = float(np.logaddexp(_log_sum(errors), self.log_tail))
        if value == math.inf and math.isfinite(self.log_total(panels)) and log_errors < self.log_total(panels) - 1.0:
            size = self.log_total(panels) / math.log(10.0)
            return infinite(f"about 10^{size:.4g}, beyond the range of the numbers")
        if value == math.inf and np.any(np.isposinf(panels.log_cost) & np.isfinite(panels.log_ratio)):
            return replace(infinite("beyond the range of the numbers at a node already"), certified=False)
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

    def _of_normalisers(self, known: Deviation, value: float) -> float:
        """Return by how much the value changes with the totals of P and Q that are seen, which should be 1.

        The normalisers of huge parameters are rounded, the same everywhere, and no scatter of the nodes shows it.

        Raises:
            NotExact: much of the mass of one, which costs something wherever it is, is at no node.
        """
        kind = self.objective.kind
        flat = isinstance(kind, Excess) and kind.flat
        if self.objective.weights is not None or flat or not isinstance(self.objective.measure, Divergence):
            return 0.0
        slopes = self.objective.slopes(known, value)
        found = 0.0
        costs = self.objective.only_p, self.objective.only_q
        for name, mass, cost, slope in zip("PQ", (known.p, known.q), costs, slopes, strict=True):
            seen = float(np.sum(mass))
            if not cost > 0.0 or abs(seen - 1.0) < 1e-13 or abs(seen - 1.0) < self._beyond():
                continue
            if not abs(seen - 1.0) < 1e-3:
                raise NotExact(
                    f"the quadrature sees {seen:.6g} of the mass of {name}: the rest lies beyond the range of the "
                    "numbers, or between two of them."
                )
            # Twice, because what varies over the nodes adds to it.
            found += 2.0 * abs(math.log(seen)) * float(np.sum(np.where(np.isfinite(slope), abs(slope), 0.0)))
        return found

    def _beyond(self) -> float:
        """Return about how much mass there may be beyond the panels at most: where P and Q agree it costs nothing."""
        found = 0.0
        for piece, u in self.left_at:
            logs = piece.logs(np.asarray([u]))
            found += 1e3 * u * float(np.exp(np.maximum(logs.log_p, logs.log_q))[0])
        return found

    @staticmethod
    def _noise(panels: _Panels, logs: Any) -> float:
        """Return how much the log-densities scatter, in roundings of themselves.

        Where they are smooth, their last Legendre coefficients keep nothing else.
        """
        counted = np.max(panels.log_cost, axis=1)
        if not np.isfinite(np.max(counted)):
            return 0.0
        chosen = counted > np.max(counted) - 7.0
        last = np.max(abs(logs[chosen] @ rule(NODES)[2][:, -2:]), axis=1)
        share = last / (2.0**-52 * (2.0 + np.max(abs(logs[chosen]), axis=1)))
        return 2.0 * float(np.min(np.where(np.isfinite(share), share, math.inf), initial=1e12))

    def _moved(self, panels: _Panels, top: float) -> float:
        """Return about how much the rounding of the outcomes themselves changes the sum."""
        density = np.exp(panels.log_cost - panels.log_weight - top)
        # What is rounded: the distance, and the outcome where the densities are asked by that.
        far = np.asarray([isinstance(self.pieces[k], FarPiece) for k in panels.piece])
        rounds = np.asarray([self.pieces[k].rounds for k in panels.piece])
        sizes = np.where(far, 0.0, panels.b + rounds)
        change = np.sum(abs(np.diff(density, axis=1)), axis=1) * sizes
        return 2.0**-52 * float(np.sum(np.where(np.isfinite(change), change, 0.0)))

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
        return _greatest_ratio(p, q, tolerance)
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
        power = switched(objective, state.log_total(state.panels))
        if power is not None:
            objective = replace(objective, weights=power)
            state = _Integration(objective, p, q, tolerance)
        if named(objective.measure, "chernoff"):
            state = _at_best_order(state, p, q, tolerance)
        state.converged = state.refine()
        return state.numeric()


def _share_of(objective: Objective) -> float:
    assert isinstance(objective.kind, Power)
    return objective.kind.beta


def _at_best_order(state: _Integration, p: Density, q: Density, tolerance: float) -> _Integration:
    """Return the integration of p^(1−β) q^β at the β that maximises −ln of its integral."""
    beta = 0.5
    for _ in range(12):
        state.refine()
        panels = state.panels
        found = best_share(panels.log_p + panels.log_weight, panels.log_q, panels.log_ratio)
        done = abs(found - beta) < 1e-9
        beta = min(max(found, 1e-12), 1.0 - 1e-12)
        power = Power(1.0 - beta, beta)
        weights = None if state.objective.weights is None else power
        state = _Integration(replace(state.objective, kind=power, weights=weights), p, q, tolerance)
        if done:
            break
    return state


def _everywhere() -> Divergence:
    """Return a divergence whose panels lie wherever P and Q have mass, for one that is no sum itself."""
    from kullback.divergences.jensen_shannon import js

    return js


def _greatest_ratio(p: Density, q: Density, tolerance: float) -> Numeric:
    """Return the greatest ln(p/q): the best of all nodes, made better between its neighbours."""
    with np.errstate(all="ignore"):
        state = _Integration(Objective.of(_everywhere(), None), p, q, tolerance)
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
        certified=False,
        note="the greatest log-ratio of a search from the landmarks outwards",
        nodes=np.asarray([where]),
        log_weights=np.zeros(1),
    )
