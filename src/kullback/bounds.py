"""What one divergence says of the others: the interval of each that known values imply.

Every inequality is a function of one or two known ends. They are applied again and again until nothing improves, so
that an interval is the best that all of them together imply. Three families of pairs make most of them tight:

- symmetric divergences (TV, Hellinger, JS, Jeffreys) are means of functions of s = |p − q|/(p + q) under (P + Q)/2, so
  that two of them range exactly over the convex hull of one curve, drawn by the pairs ((1+s)/2, (1−s)/2) and reversed;
- P = (1, 0), Q = (r, 1 − r) has the same Rényi divergence −ln r of every order;
- two values of p/q, the least and the greatest.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kullback import divergences
from kullback.callable_module import make_callable
from kullback.divergence import Divergence, Law
from kullback.divergences import chi2, hellinger, jeffreys, js, kl, neyman_chi2, renyi, tv
from kullback.records import to_plain

_LN2 = math.log(2.0)
# A relative widening of every end that is read: covers the rounding of the functions below and of the values given.
_ROUNDING = 1e-12
# An end must improve by this much to count; two ends may cross by as much and count as equal.
_IMPROVEMENT, _AGREEMENT = 1e-11, 1e-9
_MOST_ROUNDS = 100

_HALF, _TWO, _MOST = renyi(0.5), renyi(2.0), renyi(math.inf)
_TWO_REVERSE, _MOST_REVERSE = _TWO.reverse, _MOST.reverse
_KL_REVERSE = kl.reverse
# The divergences for which intervals are reported.
_SHOWN: tuple[Divergence, ...] = (
    *(kl, _KL_REVERSE, jeffreys, js, tv, hellinger),
    *(
        member
        for member in map(vars(divergences).get, ("bhattacharyya", "triangular"))
        if isinstance(member, Divergence)
    ),
    *(chi2, neyman_chi2, _HALF, _TWO, _TWO_REVERSE, _MOST, _MOST_REVERSE),
)

Curve: TypeAlias = Callable[[float], float]
# Of what an inequality makes use: the end on the same side as its result, or the low end (True) or the high one.
_Side: TypeAlias = "Divergence | tuple[Divergence, bool]"


@dataclass(frozen=True, slots=True)
class Inequality:
    """A relation between divergences that every pair of distributions obeys.

    Attributes:
        name: how it is called.
        statement: the relation in plain text; V is TV, H the Hellinger distance.
        source: where it is proved.
        tight: what pairs attain it, empty where none do.
    """

    name: str
    statement: str
    source: str
    tight: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an end of an interval is where it is: an inequality and the ends that it was applied to."""

    inequality: Inequality
    given: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.inequality.name}, from {' and '.join(self.given)}"


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a divergence must lie, in nats if it has a unit; an end without a reason is given or that of its range."""

    low: float
    high: float
    low_from: Reason | None = None
    high_from: Reason | None = None

    def __contains__(self, value: float) -> bool:
        """Return whether a value lies in the interval, up to rounding."""
        return self.low * (1.0 - _AGREEMENT) <= value <= self.high * (1.0 + _AGREEMENT)


_SYMMETRIC_PAIRS = "((1+s)/2, (1−s)/2) and its reverse"
_DISJOINT = "a shared outcome beside one of P and one of Q alone"
_ONE_OUTCOME = "P = (1, 0), Q = (r, 1−r)"

EQUAL = Inequality("equality", "all vanish together", "each is zero only where P = Q")
AFFINITY = Inequality(
    "same quantity",
    "R½ = −2 ln(1 − H²) = 2 BC",
    "van Erven and Harremoës 2014, section I: the order ½",
    tight="all pairs",
)
CHI_SQUARE = Inequality(
    "same quantity", "R2 = ln(1 + χ²)", "van Erven and Harremoës 2014, section I: the order 2", tight="all pairs"
)
SUM = Inequality("sum", "Jeffreys = KL(P‖Q) + KL(Q‖P)", "Jeffreys 1946", tight="all pairs")
LE_CAM = Inequality(
    "Le Cam",
    "H² ≤ V ≤ √(1 − (1−H²)²)",
    "Le Cam 1986, ch. 4; Kraft 1955",
    tight=f"below {_DISJOINT}; above {_SYMMETRIC_PAIRS}",
)
JENSEN_SHANNON = Inequality(
    "JS and TV",
    "ln 2 − h((1−V)/2) ≤ JS ≤ V ln 2, where h is the binary entropy",
    "above Lin 1991, Theorem 3; below Topsøe 2000 and Sason 2015",
    tight=f"above {_DISJOINT}; below {_SYMMETRIC_PAIRS}",
)
JEFFREYS = Inequality(
    "Gilardoni", "Jeffreys ≥ 2V ln((1+V)/(1−V))", "Gilardoni 2006; Sason 2015", tight=_SYMMETRIC_PAIRS
)
SYMMETRIC = Inequality(
    "symmetric pair",
    "the convex hull of one curve in s = |p−q|/(p+q)",
    "Harremoës and Vajda 2011; derived in docs/explain.md",
    tight=f"{_SYMMETRIC_PAIRS}, or {_DISJOINT}",
)
PINSKER = Inequality(
    "Pinsker, exact",
    "KL ≥ Vajda's L(V): V = t(1−w²)/2, w = coth t − 1/t, L = ln(t/sinh t) + t coth t − (t/sinh t)²; at least 2V²",
    "Fedotov, Harremoës and Topsøe 2003, main theorem",
    tight="a pair of two outcomes for every V",
)
CHI_SQUARE_VARIATION = Inequality(
    "χ² and TV",
    "χ² ≥ 4V² up to V = ½, χ² ≥ V/(1−V) from there",
    "Reid and Williamson 2011, section 7; Sason and Verdú 2016",
    tight="Q = (½, ½) up to V = ½, then P = (1, 0), Q = (1−V, V)",
)
ORDER = Inequality(
    "Rényi order",
    "R_α ≤ R_β for α ≤ β: −2 ln(1−H²) ≤ KL ≤ ln(1+χ²) ≤ R∞",
    "van Erven and Harremoës 2014, Theorem 3; KL ≤ ln(1+χ²) is Gibbs and Su 2002, Theorem 5",
    tight=_ONE_OUTCOME,
)
SCALED_ORDER = Inequality(
    "Rényi orders below 1",
    "R_β ≤ (β/α)·((1−α)/(1−β))·R_α for 0 < α ≤ β < 1",
    "van Erven and Harremoës 2014, Theorem 16",
)
SKEW = Inequality(
    "skew symmetry",
    "R_α(P‖Q) = α/(1−α) · R_{1−α}(Q‖P) for 0 < α < 1",
    "van Erven and Harremoës 2014, Proposition 2",
    tight="all pairs",
)
OVERLAP = Inequality(
    "overlap",
    "R_α ≤ −ln(1−V)/(1−α) for α < 1",
    "Σ p^α q^(1−α) ≥ Σ min(p, q) = 1 − V",
    tight=_DISJOINT,
)
RENYI_PINSKER = Inequality(
    "Pinsker for Rényi", "R_α ≥ 2αV² for α ≤ 1", "Gilardoni 2010; van Erven and Harremoës 2014, Theorem 31"
)
JS_KL = Inequality(
    "JS and KL",
    "JS ≤ ln 2 + ½(r ln r − (1+r) ln(1+r)), r = e^(−KL)",
    "derived in docs/explain.md",
    tight=_ONE_OUTCOME,
)
TWO_RATIOS = Inequality(
    "extreme ratios",
    "D ≤ ((M−1) f(m) + (1−m) f(M))/(M−m) where m ≤ p/q ≤ M",
    "Binette 2019, Corollary 2",
    tight="p/q is m or M everywhere",
)
REVERSE_PINSKER = Inequality(
    "reverse Pinsker",
    "D ≤ V (f(m)/(1−m) + f(M)/(M−1)) where m ≤ p/q ≤ M",
    "Binette 2019, Theorem 1; for KL Verdú 2014 and Sason and Verdú 2016, Theorem 23",
    tight="p/q is m, 1 or M everywhere",
)
DOMINATION = Inequality(
    "ratio of generators",
    "D_f ≤ max f/g · D_g over m ≤ p/q ≤ M",
    "Sason and Verdú 2016, Theorem 1",
    tight="in the limit of equal P and Q, or where p/q is extreme",
)

INEQUALITIES: tuple[Inequality, ...] = (
    *(EQUAL, AFFINITY, CHI_SQUARE, SUM, LE_CAM, JENSEN_SHANNON, JEFFREYS, SYMMETRIC, PINSKER, CHI_SQUARE_VARIATION),
    *(ORDER, SCALED_ORDER, SKEW, OVERLAP, RENYI_PINSKER, JS_KL, TWO_RATIOS, REVERSE_PINSKER, DOMINATION),
)


@dataclass(frozen=True, repr=False, eq=False)
class Bounds(Mapping[Divergence, Interval]):
    """Where every divergence must lie: a mapping from a `Divergence` to an `Interval`, with reasons.

    Attributes:
        known: what was given, as intervals.
    """

    known: Mapping[Divergence, tuple[float, float]]
    _intervals: Mapping[Divergence, Interval] = field(repr=False)

    def __getitem__(self, divergence: Divergence) -> Interval:
        found = self._intervals.get(_canonical(divergence)) if isinstance(divergence, Divergence) else None  # pyright: ignore[reportUnnecessaryIsInstance]
        if found is None:
            raise KeyError(f"{divergence!r} is not among the bounds: {', '.join(map(repr, self._intervals))}")
        return found

    def __iter__(self) -> Iterator[Divergence]:
        return iter(self._intervals)

    def __len__(self) -> int:
        return len(self._intervals)

    def __repr__(self) -> str:
        given = ", ".join(_stated(divergence, *ends) for divergence, ends in self.known.items())
        return f"<Bounds of {len(self)} divergences from {given}>"

    def __str__(self) -> str:
        return self.render()

    def render(self, width: int = 100, *, encoding: str = "utf-8") -> str:
        """Return a table: the interval of each divergence, which inequality set each end, and its source.

        Args:
            width: of the longest line, at least 40.
            encoding: of the terminal; what it cannot show is written in ASCII.
        """
        from kullback.report import explanation

        return explanation.render_bounds(self, width, encoding)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts and numbers for JSON, divergences by their `repr`; infinities are the string "inf"."""

        def reason(why: Reason | None) -> dict[str, Any] | None:
            if why is None:
                return None
            named = why.inequality
            return {
                "name": named.name,
                "statement": named.statement,
                "source": named.source,
                "given": list(why.given),
            }

        bounds = {
            repr(divergence): {
                "low": to_plain(interval.low),
                "high": to_plain(interval.high),
                "low_from": reason(interval.low_from),
                "high_from": reason(interval.high_from),
            }
            for divergence, interval in self.items()
        }
        return {
            "known": {repr(divergence): to_plain(ends) for divergence, ends in self.known.items()},
            "bounds": bounds,
        }


def bounds(known: Mapping[Divergence, object] | None = None, /, **named: object) -> Bounds:
    """Return the interval in which every divergence of a pair must lie, given the values of some.

    The values are of one and the same pair of distributions, whatever it is. They are combined by the inequalities in
    `kullback.bounds.INEQUALITIES` until no interval becomes narrower. They are taken to be right to 1e-12, as computed
    ones are: a total variation of 1 may be that of distributions that are merely far apart.

    Args:
        known: divergences and their values, such as `{kb.kl: 0.3, kb.renyi(2).reverse: 1.0}`; a value is a number or
            an interval (low, high), in nats where the divergence has a unit.
        named: the same by name: `kl`, `jeffreys`, `js`, `tv`, `hellinger`, `chi2` and `neyman_chi2`; `kl_reverse`
            is KL(Q‖P).

    Returns:
        `Bounds`, which map a divergence to an interval with the inequality behind each end.

    Raises:
        ValueError: a value outside the range of its divergence, values that no pair of distributions has together,
            nothing given, or a divergence for which no inequality is listed.
        TypeError: a value that is neither a number nor two.

    Source:
        Gibbs and Su 2002; Sason and Verdú 2016; each inequality names its own.

    Example:
        >>> import kullback as kb
        >>> from_kl = kb.bounds(kl=0.3)
        >>> round(from_kl[kb.tv].high, 4), round(from_kl[kb.chi2].low, 4)
        (0.3807, 0.3499)
        >>> print(from_kl[kb.tv].high_from)
        Pinsker, exact, from KL(P‖Q) = 0.3
    """
    if known is not None and not isinstance(known, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{known!r} may be the value of any divergence: say of which, as in kb.bounds(kl=0.3).")
    given: dict[Divergence, tuple[float, float]] = {}
    for divergence, value in [*(known or {}).items(), *((_named(name), value) for name, value in named.items())]:
        measure = _canonical(_listed(divergence))
        if measure in given:
            raise ValueError(f"{measure!r} is given twice.")
        given[measure] = _ends(measure, value)
    if not given:
        raise ValueError("nothing is known: give at least one divergence, as in kb.bounds(kl=0.3).")
    state = _State(given)
    relations = _relations(state.ends)
    pending = set(state.ends)
    for _ in range(_MOST_ROUNDS):
        before, state.improved = pending, set()
        for relation in relations:
            # What looks at nothing that has improved since it was last asked would say the same again.
            if not relation.of.isdisjoint(before | state.improved):
                relation.apply(state)
        pending = state.improved
        if not pending:
            break
    shown = [divergence for divergence in state.ends if divergence in given or divergence in _SHOWN]
    return Bounds(given, {divergence: Interval(*state.ends[divergence]) for divergence in shown})


def _named(name: str) -> Divergence:
    stem = name.removesuffix("_reverse")
    found = getattr(divergences, stem, None)
    if not isinstance(found, Divergence):
        names = ", ".join(dict.fromkeys(divergence.name for divergence in _SHOWN if not divergence.parameters))
        raise ValueError(
            f"there is no divergence called {name!r}; by name: {names}, each also with _reverse. "
            f"Members of a family: kb.bounds({{kb.renyi(2): 0.3}})."
        )
    return found.reverse if stem != name else found


def _listed(divergence: object) -> Divergence:
    if not isinstance(divergence, Divergence):
        raise TypeError(f"{divergence!r} is not a divergence; kb.bounds({{kb.kl: 0.3}}) or kb.bounds(kl=0.3).")
    canonical = _canonical(divergence)
    if canonical.name != "renyi" and canonical not in _SHOWN:
        raise ValueError(f"no inequality is listed for {divergence!r}.")
    return canonical


def _canonical(divergence: Divergence) -> Divergence:
    """Return the one of several names of the same quantity that intervals are kept under."""
    if divergence.name in ("chi2", "neyman_chi2"):
        return chi2 if (divergence.name == "chi2") is not divergence.reversed else neyman_chi2
    if divergence.name == "renyi" and divergence.parameters[0][1] == 1.0:
        return _KL_REVERSE if divergence.reversed else kl
    return divergence


def _ends(divergence: Divergence, value: object) -> tuple[float, float]:
    pair: tuple[Any, ...] = tuple(value) if isinstance(value, (tuple, list)) else (value, value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if len(pair) != 2 or any(isinstance(x, (str, bool)) or not hasattr(x, "__float__") for x in pair):
        raise TypeError(f"{divergence!r} is {value!r}, and a value is a number or an interval (low, high).")
    try:
        low, high = float(pair[0]), float(pair[1])
    except (TypeError, ValueError) as error:  # arrays of several
        raise TypeError(f"{divergence!r} is {value!r}, and the bounds are those of one pair: one number.") from error
    least, greatest = divergence.range
    if not least <= low <= high <= greatest * (1.0 + 4e-16):
        shown = f"({low:g}, {high:g})" if low < high or low > high else f"{low:g}"
        top = "infinity" if math.isinf(greatest) else f"{greatest:.6g}"
        order = ", low end first" if low > high else ""
        raise ValueError(f"{divergence!r} is {shown}, and it lies between {least:g} and {top}{order}.")
    return low, min(high, greatest)


def _stated(divergence: Divergence, low: float, high: float) -> str:
    if low == high:
        return f"{divergence.label()} = {low:g}"
    return f"{low:g} ≤ {divergence.label()} ≤ {high:g}"


class _State:
    """The intervals as they are so far."""

    def __init__(self, given: Mapping[Divergence, tuple[float, float]]) -> None:
        self.given = given
        self.improved: set[Divergence] = set()
        orders = {d.parameters[0][1] for d in given if d.name == "renyi"}
        orders |= {1.0 - order for order in orders if 0.0 < order < 1.0}
        extra = [renyi(order) for order in sorted(orders - {0.5, 1.0, 2.0, math.inf})]
        nodes = [*_SHOWN, *extra, *(divergence.reverse for divergence in extra)]
        self.ends: dict[Divergence, tuple[float, float, Reason | None, Reason | None]] = {
            node: (*given.get(node, node.range), None, None) for node in dict.fromkeys(nodes)
        }

    def low(self, divergence: Divergence) -> float:
        low = self.ends[divergence][0]
        if math.isinf(low) and not divergence.unit:
            # A χ² may have overflowed where the logarithms beside it did not.
            return sys.float_info.max
        return low * (1.0 - _ROUNDING)

    def high(self, divergence: Divergence) -> float:
        return min(self.ends[divergence][1] * (1.0 + _ROUNDING), divergence.range[1])

    def at_least(self, target: Divergence, value: float, inequality: Inequality, *of: _Side) -> None:
        low, high, _, above = self.ends[target]
        if not value > low * (1.0 + _IMPROVEMENT):
            return
        if value > high * (1.0 + _AGREEMENT):
            self._impossible(target, f"at least {value:.6g}", inequality, self._given(of, low=True))
        value = min(value, high)
        if value > low * (1.0 + _IMPROVEMENT):
            self.ends[target] = (value, high, Reason(inequality, self._given(of, low=True)), above)
            self.improved.add(target)

    def at_most(self, target: Divergence, value: float, inequality: Inequality, *of: _Side) -> None:
        low, high, below, _ = self.ends[target]
        if not value < high * (1.0 - _IMPROVEMENT):
            return
        if value < low * (1.0 - _AGREEMENT):
            self._impossible(target, f"at most {value:.6g}", inequality, self._given(of, low=False))
        value = max(value, low)
        if value < high * (1.0 - _IMPROVEMENT):
            self.ends[target] = (low, value, below, Reason(inequality, self._given(of, low=False)))
            self.improved.add(target)

    def _given(self, of: tuple[_Side, ...], *, low: bool) -> tuple[str, ...]:
        said: list[str] = []
        for side in of:
            divergence, is_low = side if isinstance(side, tuple) else (side, low)
            least, greatest = self.ends[divergence][:2]
            if least == greatest:
                said.append(f"{divergence.label()} = {least:.4g}")
            elif is_low and least > 0.0:
                said.append(f"{divergence.label()} ≥ {least:.4g}")
            elif not is_low and math.isfinite(greatest):
                said.append(f"{divergence.label()} ≤ {greatest:.4g}")
        return tuple(said)

    def _impossible(self, target: Divergence, limit: str, inequality: Inequality, given: tuple[str, ...]) -> None:
        known = " and ".join(_stated(divergence, *ends) for divergence, ends in self.given.items())
        raise ValueError(
            f"no two distributions have {known}: {inequality.name} ({inequality.statement}; {inequality.source}) "
            f"puts {target.label()} {limit} where {' and '.join(given)}."
        )


@dataclass(frozen=True)
class _Relation:
    """What an inequality does to the intervals, and the divergences that it looks at."""

    of: frozenset[Divergence]
    apply: Callable[[_State], None]


def _relation(apply: Callable[[_State], None], *of: Divergence) -> _Relation:
    return _Relation(frozenset(of), apply)


def _relations(nodes: Mapping[Divergence, object]) -> list[_Relation]:
    affinity = _HALF
    relations = [_relation(_zero, *nodes)]
    relations += _same(hellinger, affinity, _affinity_of_hellinger, _hellinger_of_affinity, AFFINITY)
    for node in nodes:
        if node.name == "bhattacharyya":
            relations += _same(node, affinity, lambda x: 2.0 * x, lambda x: 0.5 * x, AFFINITY)
    relations += _same(chi2, _TWO, math.log1p, _expm1, CHI_SQUARE)
    relations += _same(neyman_chi2, _TWO_REVERSE, math.log1p, _expm1, CHI_SQUARE)
    relations.append(_relation(_sum, kl, _KL_REVERSE, jeffreys))
    relations += _symmetric(nodes)
    for relative_entropy, second, greatest in (
        (kl, _TWO, _MOST),
        (_KL_REVERSE, _TWO_REVERSE, _MOST_REVERSE),
    ):
        relations += _increasing(relative_entropy, tv, _vajda, _vajda_inverse, PINSKER)
        relations += _increasing(second, tv, _chi_square_of_variation, _variation_of_chi_square, CHI_SQUARE_VARIATION)
        relations += _increasing(relative_entropy, js, _kl_of_js, _js_of_kl, JS_KL)
        relations += _renyi_orders(nodes, relative_entropy, second, greatest)
    relations.append(_relation(_ratio_bounds, *_GENERATORS, _MOST, _MOST_REVERSE))
    return relations


def _increasing(a: Divergence, b: Divergence, least: Curve, greatest: Curve, inequality: Inequality) -> list[_Relation]:
    """Return a ≥ least(b), and b ≤ greatest(a), which is the inverse function."""

    def apply(state: _State) -> None:
        state.at_least(a, least(state.low(b)), inequality, b)
        state.at_most(b, greatest(state.high(a)), inequality, a)

    return [_relation(apply, a, b)]


def _same(a: Divergence, b: Divergence, b_of_a: Curve, a_of_b: Curve, inequality: Inequality) -> list[_Relation]:
    def apply(state: _State) -> None:
        state.at_least(b, b_of_a(state.low(a)), inequality, a)
        state.at_most(b, b_of_a(state.high(a)), inequality, a)
        state.at_least(a, a_of_b(state.low(b)), inequality, b)
        state.at_most(a, a_of_b(state.high(b)), inequality, b)

    return [_relation(apply, a, b)]


def _zero(state: _State) -> None:
    for divergence, (_, high, *_) in list(state.ends.items()):
        if high == 0.0 and Law.ZERO_IFF_EQUAL in divergence.laws:
            for other in state.ends:
                state.at_most(other, 0.0, EQUAL, divergence)
            return


def _sum(state: _State) -> None:
    one, other = kl, _KL_REVERSE
    state.at_least(jeffreys, state.low(one) + state.low(other), SUM, one, other)
    state.at_most(jeffreys, state.high(one) + state.high(other), SUM, one, other)
    for part, rest in ((one, other), (other, one)):
        if math.isfinite(state.high(rest)):
            state.at_least(part, state.low(jeffreys) - state.high(rest), SUM, jeffreys, (rest, False))
        if math.isfinite(state.low(rest)):
            state.at_most(part, max(0.0, state.high(jeffreys) - state.low(rest)), SUM, jeffreys, (rest, True))


# Symmetric divergences: each is E[c(s)], s = |p − q|/(p + q), under the mean of P and Q. The functions below take
# z = artanh s, in which nothing cancels; H² is kept as R½ = −2 ln(1 − H²), which does not saturate.


@dataclass(frozen=True)
class _SymmetricCurve:
    """A symmetric divergence as the mean of c(s).

    Attributes:
        at: its value for the pair ((1+s)/2, (1−s)/2) and its reverse, as a function of artanh s.
        place: the inverse of `at`.
        mean: from the value to E[c(s)] / c(1), and back.
        bounded: whether c(1) is finite.
    """

    at: Curve
    place: Curve
    mean: tuple[Curve, Curve]
    bounded: bool = True


def _log_cosh(z: float) -> float:
    return math.log1p(2.0 * math.sinh(0.5 * z) ** 2) if z < 1.0 else z + math.log1p(math.exp(-2.0 * z)) - _LN2


def _js_at(z: float) -> float:
    if z < 1.0:
        return z * math.tanh(z) - _log_cosh(z)
    if z > 350.0:
        return _LN2
    return _LN2 - (2.0 * z / (math.exp(2.0 * z) + 1.0) + math.log1p(math.exp(-2.0 * z)))


def _affinity_place(value: float) -> float:
    if value > 1000.0:
        return 0.5 * value + _LN2
    x = math.expm1(0.5 * value)
    return math.log1p(x + math.sqrt(x * (2.0 + x)))


def _jeffreys_at(z: float) -> float:
    return 4.0 * z * math.tanh(z)


def _atanh(s: float) -> float:
    return math.inf if s >= 1.0 else math.atanh(s)


def _symmetric_curves(nodes: Mapping[Divergence, object]) -> list[tuple[Divergence, _SymmetricCurve]]:
    """Return the curves in the order in which each is a convex function of every one before it."""
    curves = [
        (tv, _SymmetricCurve(math.tanh, _atanh, (lambda x: x, lambda x: x))),
        (
            js,
            _SymmetricCurve(
                _js_at,
                lambda x: math.inf if x >= _LN2 else _inverse(_js_at, x),
                (lambda x: x / _LN2, lambda x: x * _LN2),
            ),
        ),
        (
            _HALF,
            _SymmetricCurve(
                lambda z: 2.0 * _log_cosh(z),
                _affinity_place,
                (lambda x: -math.expm1(-0.5 * x), lambda x: -2.0 * _log1p(-x)),
            ),
        ),
        (
            jeffreys,
            _SymmetricCurve(
                _jeffreys_at, lambda x: _inverse(_jeffreys_at, x), (lambda x: 0.0, lambda x: math.inf), bounded=False
            ),
        ),
    ]
    for node in nodes:
        if node.name == "triangular":
            triangular = _SymmetricCurve(
                lambda z: 2.0 * math.tanh(z) ** 2,
                lambda x: _atanh(math.sqrt(0.5 * x)),
                (lambda x: 0.5 * x, lambda x: 2.0 * x),
            )
            curves.insert(1, (node, triangular))
    return curves


def _symmetric(nodes: Mapping[Divergence, object]) -> list[_Relation]:
    def relate(a: Divergence, first: _SymmetricCurve, b: Divergence, second: _SymmetricCurve) -> _Relation:
        inequality = {(tv, _HALF): LE_CAM, (tv, js): JENSEN_SHANNON, (tv, jeffreys): JEFFREYS}.get((a, b), SYMMETRIC)

        def apply(state: _State) -> None:
            # The curve from below and its chord from above.
            state.at_least(b, _at(second, first.place(state.low(a))), inequality, a)
            state.at_most(a, _at(first, second.place(state.high(b))), inequality, b)
            if second.bounded:
                state.at_most(b, second.mean[1](first.mean[0](state.high(a))), inequality, a)
                state.at_least(a, first.mean[1](second.mean[0](state.low(b))), inequality, b)

        return _relation(apply, a, b)

    curves = _symmetric_curves(nodes)
    return [relate(a, first, b, second) for (a, first), (b, second) in itertools.combinations(curves, 2)]


def _at(curve: _SymmetricCurve, z: float) -> float:
    if math.isinf(z):
        return curve.mean[1](1.0)
    return curve.at(z)


def _affinity_of_hellinger(h: float) -> float:
    return -2.0 * _log1p(-h * h)


def _hellinger_of_affinity(value: float) -> float:
    return math.sqrt(-math.expm1(-0.5 * value))


# KL and TV: the two outcomes (q + V, 1 − q − V) and (q, 1 − q) that minimise KL, by Fedotov, Harremoës and Topsøe.


def _langevin(t: float) -> float:
    """Return coth t − 1/t."""
    if t < 0.05:
        square = t * t
        return t * (1.0 / 3.0 - square * (1.0 / 45.0 - square * (2.0 / 945.0 - square / 4725.0)))
    return 1.0 / math.tanh(t) - 1.0 / t


def _vajda_variation(t: float) -> float:
    if t > 20.0:
        # coth t = 1 to the last digit: w = 1 − 1/t.
        return 1.0 - 0.5 / t
    return 0.5 * t * (1.0 - _langevin(t)) * (1.0 + _langevin(t))


def _vajda_divergence(t: float) -> float:
    if t > 20.0:
        return math.log(2.0 * t)
    if t > 1.0:
        return math.log(t / math.sinh(t)) + t / math.tanh(t) - (t / math.sinh(t)) ** 2
    q, v = 0.5 * (1.0 - _langevin(t)), _vajda_variation(t)
    first, second = math.log1p(v / q), math.log1p(-v / (1.0 - q))
    return (q + v) * _expm1mx(-first) + (1.0 - q - v) * _expm1mx(-second)


def _vajda(variation: float) -> float:
    """Return the least KL of any pair with this total variation."""
    if variation >= 1.0:
        return math.inf
    return _vajda_divergence(_inverse(_vajda_variation, variation)) if variation > 0.0 else 0.0


def _vajda_inverse(value: float) -> float:
    if value > 30.0:
        return 1.0 - math.exp(-value)
    return _vajda_variation(_inverse(_vajda_divergence, value)) if value > 0.0 else 0.0


def _chi_square_of_variation(v: float) -> float:
    """Return the least R2 = ln(1 + χ²)."""
    return math.log1p(4.0 * v * v) if v <= 0.5 else -_log1p(-v)


def _variation_of_chi_square(value: float) -> float:
    return 0.5 * math.sqrt(math.expm1(value)) if value <= _LN2 else -math.expm1(-value)


# KL and JS: the greatest JS for a given KL is that of P = (1, 0), Q = (r, 1 − r), where KL = −ln r.


def _js_of_kl(value: float) -> float:
    outside = -math.expm1(-value)
    return 0.5 * (2.0 - outside) * _js_at(0.5 * value) + 0.5 * outside * _LN2


def _kl_of_js(value: float) -> float:
    return math.inf if value >= _LN2 else _inverse(_js_of_kl, value)


def _renyi_orders(
    nodes: Mapping[Divergence, object], relative_entropy: Divergence, second: Divergence, greatest: Divergence
) -> list[_Relation]:
    """Return what orders say of one another, of one direction."""
    is_reverse = relative_entropy.reversed
    by_order = {0.5: _HALF, 1.0: relative_entropy, 2.0: second, math.inf: greatest}
    for node in nodes:
        if node.name == "renyi" and node not in by_order.values() and node.reversed is is_reverse:
            by_order.setdefault(node.parameters[0][1], node)
    relations: list[_Relation] = []

    def ordered(lower: Divergence, upper: Divergence) -> _Relation:
        def apply(state: _State) -> None:
            state.at_least(upper, state.low(lower), ORDER, lower)
            state.at_most(lower, state.high(upper), ORDER, upper)

        return _relation(apply, lower, upper)

    def scaled(lower: Divergence, upper: Divergence, factor: float) -> _Relation:
        def apply(state: _State) -> None:
            state.at_most(upper, factor * state.high(lower), SCALED_ORDER, lower)
            state.at_least(lower, state.low(upper) / factor, SCALED_ORDER, upper)

        return _relation(apply, lower, upper)

    def varied(node: Divergence, alpha: float) -> _Relation:
        def apply(state: _State) -> None:
            state.at_most(node, -_log1p(-state.high(tv)) / (1.0 - alpha), OVERLAP, tv)
            state.at_least(tv, -math.expm1(-(1.0 - alpha) * state.low(node)), OVERLAP, node)
            if alpha > 0.0:
                state.at_least(node, 2.0 * alpha * state.low(tv) ** 2, RENYI_PINSKER, tv)
                state.at_most(tv, math.sqrt(0.5 * state.high(node) / alpha), RENYI_PINSKER, node)

        return _relation(apply, node, tv)

    def skew(node: Divergence, mirrored: Divergence, alpha: float) -> list[_Relation]:
        factor = (1.0 - alpha) / alpha
        return _same(node, mirrored, lambda x: factor * x, lambda x: x / factor, SKEW)

    for (alpha, lower), (beta, upper) in itertools.pairwise(sorted(by_order.items())):
        relations.append(ordered(lower, upper))
        if alpha > 0.0 and beta < 1.0:
            relations.append(scaled(lower, upper, (beta / alpha) * ((1.0 - alpha) / (1.0 - beta))))
    for alpha, node in by_order.items():
        if alpha < 1.0 and alpha != 0.5:
            relations.append(varied(node, alpha))
            mirrored = renyi(1.0 - alpha) if is_reverse else renyi(1.0 - alpha).reverse
            if mirrored in nodes:
                relations += skew(node, mirrored, alpha)
    return relations


# Bounded ratios: e^(−R∞(Q‖P)) ≤ p/q ≤ e^(R∞(P‖Q)). Generators f(t) with f(1) = f'(1) = 0 as functions of ln t.


@dataclass(frozen=True)
class _Generator:
    """An f-divergence Σ q f(p/q).

    Attributes:
        at: f as a function of ln t.
        second: f''(1).
        none: f(0), and how fast f grows towards 0 among those infinite there (0 finite, 1 logarithm, 2 inverse).
        slope: the limit of f(t)/t for large t, and how fast it grows (0 finite, 1 logarithm, 2 linear).
    """

    at: Curve
    second: float
    none: tuple[float, int]
    slope: tuple[float, int]


def _hellinger_generator(x: float) -> float:
    return 0.5 * math.expm1(0.5 * x) ** 2


_GENERATORS: dict[Divergence, _Generator] = {
    kl: _Generator(lambda x: math.exp(x) * _expm1mx(-x), 1.0, (1.0, 0), (math.inf, 1)),
    _KL_REVERSE: _Generator(lambda x: _expm1mx(x), 1.0, (math.inf, 1), (1.0, 0)),
    jeffreys: _Generator(lambda x: x * math.expm1(x), 2.0, (math.inf, 1), (math.inf, 1)),
    js: _Generator(lambda x: 0.5 * (1.0 + math.exp(x)) * _js_at(0.5 * abs(x)), 0.25, (0.5 * _LN2, 0), (0.5 * _LN2, 0)),
    hellinger: _Generator(_hellinger_generator, 0.25, (0.5, 0), (0.5, 0)),
    chi2: _Generator(lambda x: math.expm1(x) ** 2, 2.0, (1.0, 0), (math.inf, 2)),
    neyman_chi2: _Generator(lambda x: math.expm1(x) ** 2 * math.exp(-x), 2.0, (math.inf, 2), (1.0, 0)),
    tv: _Generator(lambda x: 0.5 * abs(math.expm1(x)), math.inf, (0.5, 0), (0.5, 0)),
}
_FARTHEST = 300.0  # ln of a ratio p/q above which it counts as unlimited: its square would overflow


def _ratio_bounds(state: _State) -> None:
    above, below = _MOST, _MOST_REVERSE
    top, bottom = state.high(above), state.high(below)
    if top > _FARTHEST and bottom > _FARTHEST:
        return
    top = math.inf if top > _FARTHEST else top
    bottom = math.inf if bottom > _FARTHEST else bottom
    if top == 0.0 or bottom == 0.0:
        # p ≤ q everywhere means p = q.
        for divergence in state.ends:
            state.at_most(divergence, 0.0, EQUAL, above if top == 0.0 else below)
        return
    ratios = ((above, False), (below, False))
    for divergence, generator in _GENERATORS.items():
        at_top = generator.slope[0] if math.isinf(top) else generator.at(top)
        at_bottom = generator.none[0] if math.isinf(bottom) else generator.at(-bottom)
        short = -math.expm1(-bottom)
        if math.isinf(top):
            both, beyond = at_bottom + short * at_top, at_top
        else:
            excess = math.expm1(top)
            both, beyond = (excess * at_bottom + short * at_top) / (excess + short), at_top / excess
        _at_most(state, divergence, both, TWO_RATIOS, *ratios)
        if divergence != tv:
            steepest = at_bottom / short + beyond
            _at_most(state, divergence, steepest * state.high(tv), REVERSE_PINSKER, tv, *ratios)
            if math.isfinite(steepest):
                least = _read(state, divergence)[0] / steepest
                state.at_least(tv, least, REVERSE_PINSKER, divergence, *ratios)
    smooth = [item for item in _GENERATORS.items() if item[0] != tv]
    for (a, f), (b, g) in itertools.permutations(smooth, 2):
        # f''/g'' is monotone, or has its only extremum at t = 1, for each of these pairs: then so is f/g.
        factors = [f.second / g.second, _ratio_at(f, g, top), _ratio_at(f, g, -bottom)]
        if math.isfinite(max(factors)):
            _at_most(state, a, max(factors) * _read(state, b)[1], DOMINATION, b, *ratios)
        if min(factors) > 0.0:
            _at_least(state, a, min(factors) * _read(state, b)[0], DOMINATION, b, *ratios)


def _ratio_at(f: _Generator, g: _Generator, x: float) -> float:
    if math.isfinite(x):
        lower = g.at(x)
        return f.at(x) / lower if lower > 0.0 else f.second / g.second
    (first, growth), (second, slower) = (f.slope, g.slope) if x > 0.0 else (f.none, g.none)
    if growth != slower:
        return math.inf if growth > slower else 0.0
    return 1.0 if growth else first / second


def _read(state: _State, divergence: Divergence) -> tuple[float, float]:
    """Return the ends of the f-divergence: for the Hellinger distance of its square."""
    low, high = state.low(divergence), state.high(divergence)
    return (low * low, high * high) if divergence == hellinger else (low, high)


def _at_most(state: _State, target: Divergence, value: float, inequality: Inequality, *of: _Side) -> None:
    state.at_most(target, math.sqrt(value) if target == hellinger else value, inequality, *of)


def _at_least(state: _State, target: Divergence, value: float, inequality: Inequality, *of: _Side) -> None:
    state.at_least(target, math.sqrt(value) if target == hellinger else value, inequality, *of)


def _expm1(x: float) -> float:
    return math.expm1(x) if x < 709.0 else math.inf


def _log1p(x: float) -> float:
    return math.log1p(x) if x > -1.0 else -math.inf


def _expm1mx(x: float) -> float:
    """Return e^x − 1 − x without cancellation near 0."""
    if abs(x) >= 0.5:
        return math.expm1(x) - x
    series, power = 0.0, x
    for k in range(2, 16):
        power *= x / k
        series += power
    return series


def _inverse(function: Curve, value: float) -> float:
    """Return where an increasing function on [0, ∞) that starts at 0 reaches `value`, to the last digits."""
    if value <= 0.0:
        return 0.0
    if math.isinf(value):
        return math.inf
    low = high = 1.0
    while function(high) < value:
        low, high = high, 4.0 * high
        if high > 1e300:
            return math.inf
    while function(low) > value:
        low, high = 0.25 * low, low
        if low < 1e-300:
            return 0.0
    # The secant where it stays inside, else the middle of the logarithms.
    for _ in range(200):
        middle = math.sqrt(low) * math.sqrt(high)
        if not low < middle < high:
            break
        if function(middle) < value:
            low = middle
        else:
            high = middle
        if high - low <= 4e-16 * high:
            break
    return 0.5 * (low + high)


make_callable(__name__, bounds)
