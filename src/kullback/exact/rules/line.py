"""Line: the outcomes of two densities on an interval, cut into pieces on which both are analytic.

Each piece is measured by the distance u from one of its ends (a support's end, a kink, or a point in the bulk), so that
distances keep all their digits near it. A piece may reach to infinity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.exact.rules.enclosures import Enclosure, constant
from kullback.exact.rules.integrands import Discs
from kullback.exact.rules.ranges import Range
from kullback.support import Interval
from kullback.tail import Tail

FARTHEST = 1e300
"""Distances beyond are not looked at outcome by outcome."""

_GROWTH = 2.2
"""Of panels outwards or towards an end."""

_LEAST = -1e300
LOST = -1e17


@dataclass(frozen=True, eq=False)
class Logs:
    """Log-densities at outcomes.

    Attributes:
        x: the outcomes.
        log_p: ln p, −∞ where P has no mass.
        log_q: ln q, likewise.
        log_ratio: ln q − ln p, with a small relative error where P and Q are of one family; 0 where both have no mass.
        stretch: the logarithm of dx over the change of the coordinate.
    """

    x: Any
    log_p: Any
    log_q: Any
    log_ratio: Any
    stretch: Any = 0.0


@dataclass(frozen=True, eq=False)
class Piece:
    """The outcomes base + sign·u, 0 < u < reach.

    Attributes:
        p: P, or None where it has no mass here.
        q: Q, likewise.
        base: where distances are measured from; an array where pieces are asked together.
        sign: 1.0 or −1.0; likewise.
        reach: the greatest distance, infinite or not.
        landmarks: distances between which something happens.
        ends_here: whether `base` is an end of a support or a kink, where something may be singular.
        p_from_top: whether P is asked by its distance from its upper end.
        q_from_top: likewise.
    """

    p: Density | None
    q: Density | None
    base: Any
    sign: Any
    reach: float
    landmarks: Any
    ends_here: bool
    p_from_top: bool = False
    q_from_top: bool = False

    def logs(self, u: Any) -> Logs:
        """Return the log-densities at distances."""
        x = self.base + self.sign * u
        log_p = _log_prob(self.p, x, u, from_top=self.p_from_top)
        log_q = _log_prob(self.q, x, u, from_top=self.q_from_top)
        if self.p is not None and self.q is not None:
            log_p, log_q = floored(log_p, log_q), floored(log_q, log_p)
        ratio = self._log_ratio(x, u, log_p, log_q)
        # Where both are so small that their ratio is all rounding, there is nothing.
        lost = (log_p < LOST) & (log_q < LOST)
        if lost.any():
            log_p, log_q = np.where(lost, -math.inf, log_p), np.where(lost, -math.inf, log_q)
            ratio = np.where(lost, 0.0, ratio)
        return Logs(x, log_p, log_q, ratio)

    @property
    def frame(self) -> tuple[bool, ...]:
        """What pieces have in common that can be asked together."""
        return self.p is None, self.q is None, self.p_from_top, self.q_from_top

    @property
    def rounds(self) -> float:
        """The size of the outcomes whose rounding the densities feel: 0 where distances are what they are asked by."""
        return 0.0 if self.p_from_top or self.q_from_top else abs(self.base)

    @property
    def of_one_family(self) -> bool:
        """Whether the log-ratio is stated by the family."""
        return self.p is not None and type(self.p) is type(self.q) and type(self.p).log_ratio is not Density.log_ratio

    def _log_ratio(self, x: Any, u: Any, log_p: Any, log_q: Any) -> Any:
        if self.p is None or self.q is None:
            return np.full(np.shape(x), math.inf if self.p is None else -math.inf)
        plain = np.where(np.isneginf(log_p) & np.isneginf(log_q), 0.0, log_q - log_p)
        if not self.of_one_family:
            return plain
        stated = np.asarray(self.p.log_ratio(self.q, x), dtype=float)
        # Where both underflow, or x has lost the distance from the end, the difference is the better one.
        wrong = ~np.isfinite(stated)
        if self.p_from_top or self.q_from_top:
            lost = abs(self.base) * abs(stated) > (1.0 + abs(log_p) + abs(log_q)) * u
            wrong = wrong | lost
        return np.where(wrong, plain, stated)

    def discs(self, u: Enclosure) -> Discs | None:
        """Return discs that contain the logarithms on discs of distances, or None where they cannot be had."""
        x = self.base + self.sign * u
        try:
            log_p = None if self.p is None else _log_prob(self.p, x, u, from_top=self.p_from_top)
            log_q = None if self.q is None else _log_prob(self.q, x, u, from_top=self.q_from_top)
        except (TypeError, AttributeError, ValueError, NotImplementedError):
            return None
        log_p, log_q = (
            one if one is None or isinstance(one, Enclosure) else constant(one, u) for one in (log_p, log_q)
        )
        if log_p is None or log_q is None:
            none = constant(-math.inf, u)
            return Discs(none if log_p is None else log_p, none if log_q is None else log_q, none)
        ratio = log_q - log_p
        if self.of_one_family:
            try:
                stated = cast(Density, self.p).log_ratio(cast(Any, self.q), x)
            except (TypeError, AttributeError, ValueError, NotImplementedError):
                stated = None
            if isinstance(stated, Enclosure):
                better = stated.radius < ratio.radius
                ratio = Enclosure(
                    np.where(better, stated.middle, ratio.middle),
                    np.where(better, stated.slope, ratio.slope),
                    np.where(better, stated.error, ratio.error),
                    np.where(better, stated.others, ratio.others),
                )
            elif stated is not None:
                ratio = constant(stated, u)
        return Discs(log_p, log_q, ratio)

    def ranges(self, u: Range) -> tuple[Range, Range] | None:
        """Return the ranges of the two logarithms on real panels, or None where they cannot be had."""
        if self.p is None or self.q is None:
            return None
        x = self.base + self.sign * u
        try:
            found = (
                _log_prob(self.p, x, u, from_top=self.p_from_top),
                _log_prob(self.q, x, u, from_top=self.q_from_top),
            )
        except (TypeError, AttributeError, ValueError, NotImplementedError):
            return None
        log_p, log_q = (one if isinstance(one, Range) else Range(one, one) for one in found)
        return log_p, log_q


def _log_prob(density: Density | None, x: Any, u: Any, *, from_top: bool) -> Any:
    if density is None:
        return np.full(np.shape(x), -math.inf)
    found = density.log_prob_from_top(u) if from_top else None
    found = density.log_prob(x) if found is None else found
    if isinstance(found, (Enclosure, Range)):
        return found
    found = np.asarray(found, dtype=float)
    found = np.broadcast_to(found, np.shape(x)) if isinstance(x, np.ndarray) else found
    return np.where(np.isnan(found), -math.inf, found)


def floored(log: Any, other: Any) -> Any:
    """Return logarithms with −∞ replaced where it is only what has overflowed on the way: far out on both sides."""
    return np.where((log < _LEAST) & (other < -300.0), _LEAST, log)


@dataclass(frozen=True, eq=False)
class FarPiece:
    """What lies beyond the outcomes that are numbers: log-densities that go on as the declared tails say.

    The coordinate is t, |x| = eᵗ or distance e⁻ᵗ, counted from where the piece begins.

    Attributes:
        p: whether P has mass here.
        q: likewise.
        start: the log-densities where it begins.
        slopes: by how much ln p and ln q fall for each unit of t.
        stretch: the logarithm of |dx/dt| where it begins, and its slope.
        reach: the greatest t.
        bends: what ln p and ln q still gain until t = ∞ beside their slopes, and the rate at which that is used up:
            a power of the outcome so small that it counts at the ends of the numbers.
        ends_here: never.
    """

    start: Logs
    slopes: tuple[float, float]
    stretch: tuple[float, float]
    reach: float
    bends: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 1.0), (0.0, 1.0))
    ends_here: bool = False
    base: float = 0.0
    sign: float = 1.0
    of_one_family: bool = True
    rounds: float = 0.0

    def logs(self, u: Any) -> Logs:
        """Return the log-densities at t."""
        bend_p, bend_q = (self._bend(side, u) for side in (0, 1))
        log_p = self.start.log_p - self.slopes[0] * u + bend_p
        log_q = self.start.log_q - self.slopes[1] * u + bend_q
        # Where the two fall alike their ratio keeps all its digits.
        ratio = self.start.log_ratio + (self.slopes[0] - self.slopes[1]) * u + (bend_q - bend_p)
        both = np.isneginf(self.start.log_p) | np.isneginf(self.start.log_q)
        ratio = np.where(both, self.start.log_ratio, ratio)
        x = np.full(np.shape(u), float(self.start.x))
        return Logs(x, log_p, log_q, ratio, self.stretch[0] + self.stretch[1] * u)

    def discs(self, u: Enclosure) -> Discs | None:
        """Return discs that contain the logarithms of the densities times dx/dt."""
        rise = self.stretch[0] + self.stretch[1] * u
        bend_p, bend_q = (self._bend(side, u) for side in (0, 1))
        log_p = _linear(self.start.log_p, -self.slopes[0], u) + rise + bend_p
        log_q = _linear(self.start.log_q, -self.slopes[1], u) + rise + bend_q
        ratio = _linear(self.start.log_ratio, self.slopes[0] - self.slopes[1], u)
        return Discs(log_p, log_q, ratio + bend_q - bend_p)

    def _bend(self, side: int, u: Any) -> Any:
        gain, rate = self.bends[side]
        return 0.0 if gain == 0.0 else namespace(u).expm1(-rate * u) * -gain


def _linear(start: Any, slope: float, u: Enclosure) -> Enclosure:
    if not np.isfinite(start):
        return constant(start, u)
    return u * slope + start


def pieces(p: Density, q: Density) -> list[Piece]:
    """Return the pieces of the line where P or Q has mass."""
    first, second = cast(Interval, p.support), cast(Interval, q.support)
    ends = {float(x) for x in (first.low, first.high, second.low, second.high)}
    kinks = {float(x) for one in (p, q) for x in one.kinks}
    lowest, highest = min(ends), max(ends)
    cuts = sorted({x for x in ends | kinks if lowest <= x <= highest and (math.isfinite(x) or x in ends)})
    marks = _marks(p, q)
    centre = float(np.median(np.ravel(np.asarray(p.landmarks(), dtype=float))))
    found: list[Piece] = []
    for low, high in pairwise(cuts):
        sides = _has_mass(p, low, high), _has_mass(q, low, high)
        if not any(sides):
            continue
        inside = marks[(marks > low) & (marks < high)]
        here = p if sides[0] else None, q if sides[1] else None
        if math.isinf(low) and math.isinf(high):
            found.append(_piece(*here, centre, 1.0, math.inf, inside, ends_here=False))
            found.append(_piece(*here, centre, -1.0, math.inf, inside, ends_here=False))
        elif math.isinf(high):
            found.append(_piece(*here, low, 1.0, math.inf, inside, ends_here=True))
        elif math.isinf(low):
            found.append(_piece(*here, high, -1.0, math.inf, inside, ends_here=True))
        else:
            middle = low + 0.5 * (high - low)
            found.append(_piece(*here, low, 1.0, middle - low, inside, ends_here=True))
            found.append(_piece(*here, high, -1.0, high - middle, inside, ends_here=True))
    return found


def _marks(p: Density, q: Density) -> Any:
    """Return the landmarks of both, without those of Q that say the same as one of P."""
    first, second = (np.unique(np.ravel(np.asarray(one.landmarks(), dtype=float))) for one in (p, q))
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    if first.size < 2 or second.size < 2:
        return np.unique(np.concatenate([first, second]))
    place = np.clip(np.searchsorted(first, second), 1, first.size - 1)
    nearest = np.where(second - first[place - 1] < first[place] - second, place - 1, place)
    room = np.minimum(_room(first)[nearest], _room(second))
    return np.unique(np.concatenate([first, second[abs(second - first[nearest]) > 0.2 * room]]))


def _room(x: Any) -> Any:
    gaps = np.diff(x)
    return np.minimum(np.append(gaps, math.inf), np.append(math.inf, gaps))


def _has_mass(one: Density, low: float, high: float) -> bool:
    support = cast(Interval, one.support)
    return float(support.low) <= low and high <= float(support.high)


def _piece(
    p: Density | None, q: Density | None, base: float, sign: float, reach: float, marks: Any, *, ends_here: bool
) -> Piece:
    u = np.unique(sign * (marks - base))
    u = u[(u > 0.0) & (u < min(reach, FARTHEST))]
    if u.size == 0:
        u = np.asarray([0.5 * reach if math.isfinite(reach) else max(1.0, abs(base))])
    tops = tuple(sign < 0.0 and one is not None and _from_top(one, base) for one in (p, q))
    return Piece(p, q, base, sign, reach, u, ends_here, *tops)


def _from_top(one: Density, base: float) -> bool:
    high = float(cast(Interval, one.support).high)
    return high == base and one.log_prob_from_top(np.asarray(0.5)) is not None


def edges(piece: Piece) -> tuple[Any, int]:
    """Return distances that cut a piece into panels that grow by steps, and how many lie within its landmarks.

    Those beyond the landmarks go on to the reach of the piece, or to the farthest numbers.
    """
    marks = piece.landmarks
    knots = np.concatenate([[0.0], marks])
    if math.isfinite(piece.reach) and marks[-1] < piece.reach:
        knots = np.append(knots, piece.reach)
    inner = [knots[:1]]
    gaps = np.diff(knots)
    for i, (a, b) in enumerate(pairwise(knots)):
        before = gaps[i - 1] if i > 0 else gaps[i]
        after = gaps[i + 1] if i + 1 < gaps.size else gaps[i]
        inner.append(_graded(a, b, before, after))
    found = np.concatenate(inner)
    within = found.size
    if math.isinf(piece.reach):
        step = gaps[-1]
        count = min(max(2, math.ceil((math.log(FARTHEST) - math.log(step)) / math.log(_GROWTH))), 3000)
        beyond = found[-1] + step * (_GROWTH ** np.arange(1, count + 1) - 1.0) / (_GROWTH - 1.0)
        found = np.concatenate([found, beyond[beyond < FARTHEST]])
    return found, within


def _graded(a: float, b: float, before: float, after: float) -> Any:
    """Return cuts of (a, b], b among them: steps start like their neighbours' and double towards the middle."""
    size = b - a
    if size <= 3.0 * min(before, after):
        return np.asarray([b])
    half = 0.5 * size
    rising, falling = (_doubling(min(step, half), half) for step in (before, after))
    cuts = np.concatenate([a + rising, [a + half], b - falling[::-1], [b]])
    return np.unique(cuts[(cuts > a) & (cuts <= b)])


def _doubling(step: float, until: float) -> Any:
    if not (step > 0.0 and 0.0 < until < math.inf):
        return np.zeros(0)
    count = min(max(0, math.ceil(math.log2(until) - math.log2(step)) + 1), 1000)
    steps = step * (2.0 ** np.arange(1, count + 1) - 1.0)
    return steps[steps < 0.9 * until]


def towards_base(first: float) -> Any:
    """Return distances that shrink from `first` to the smallest numbers, largest first."""
    count = max(1, math.floor((math.log(first) + math.log(FARTHEST)) / math.log(_GROWTH)))
    return first * _GROWTH ** -np.arange(0.0, count + 1.0)


def tail_beyond(one: Density | None, sign: float) -> Tail | None:
    """Return the declared tail of a density at the upper (sign > 0) or the lower end."""
    if one is None:
        return Tail()
    tails = one.tails
    return None if tails is None else tails[1 if sign > 0.0 else 0]
