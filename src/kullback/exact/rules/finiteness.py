"""Finiteness: whether a divergence of two densities converges, told from how their tails are declared to fall.

Towards each end the logarithms of the densities grow like known functions of t (|x| = eᵗ, or a distance e⁻ᵗ); what is
integrated is p^a q^b, perhaps times one of the logarithms, and converges as the leading part of its growth says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.rules.integrands import Integrand, Term, integrand_of
from kullback.support import Integers, Interval
from kullback.tail import Tail

_JUST_ABOVE_ONE = 1.0 + 1e-9  # the rate of t·eᵗ among the powers e^(power·t)


class Finiteness(NamedTuple):
    """Whether a divergence is finite, and what tells."""

    verdict: Literal["finite", "infinite", "unknown"]
    reason: str


@dataclass(frozen=True)
class Growth:
    """A function of t made of exp(rate·eᵗ), e^(power·t), t·eᵗ, t² and t.

    Attributes:
        doubles: pairs (rate, coefficient), the greatest rate first.
        powers: pairs (power, coefficient), the greatest power first.
        quadratic: the coefficient of t².
        linear: that of t.
        factorial: that of t·eᵗ.
        exact: whether what is left out is known to be bounded.
    """

    doubles: tuple[tuple[float, float], ...] = ()
    powers: tuple[tuple[float, float], ...] = ()
    quadratic: float = 0.0
    linear: float = 0.0
    factorial: float = 0.0
    exact: bool = True

    @classmethod
    def of(cls, tail: Tail) -> Growth:
        """Read a declared tail."""
        rate = float(tail.double)
        return cls(
            ((rate, 1.0),) if rate > 0.0 else (),
            tuple(sorted(((float(k), float(c)) for k, c in tail.powers if float(c) != 0.0), reverse=True)),
            float(tail.quadratic),
            float(tail.linear),
            float(tail.factorial),
            tail.exact,
        )

    def times(self, factor: float) -> Growth:
        """Return a multiple."""
        if factor == 0.0:
            return Growth()
        return Growth(
            tuple((k, factor * c) for k, c in self.doubles),
            tuple((k, factor * c) for k, c in self.powers),
            factor * self.quadratic,
            factor * self.linear,
            factor * self.factorial,
            self.exact,
        )

    def plus(self, other: Growth) -> Growth:
        """Return the sum; leading parts that cancel are gone."""
        return Growth(
            _merged(self.doubles, other.doubles),
            _merged(self.powers, other.powers),
            _difference(self.quadratic, other.quadratic),
            _difference(self.linear, other.linear),
            _difference(self.factorial, other.factorial),
            self.exact and other.exact,
        )

    @property
    def leading(self) -> tuple[int, float, float]:
        """The order of the leading part (3 double exponential, 2 exponential, 1 t², 0 t), its rate and coefficient."""
        if self.doubles:
            return 3, *self.doubles[0]
        if self.factorial != 0.0 and not (self.powers and self.powers[0][0] > 1.0):
            return 2, _JUST_ABOVE_ONE, self.factorial
        if self.powers:
            return 2, *self.powers[0]
        if self.quadratic != 0.0:
            return 1, 0.0, self.quadratic
        return 0, 0.0, self.linear

    def slope(self, t: Any) -> Any:
        """Return the derivative at t."""
        found = self.linear + 2.0 * self.quadratic * t
        if self.factorial != 0.0:
            found = found + self.factorial * (t + 1.0) * np.exp(t)
        for k, c in self.powers:
            found = found + c * k * np.exp(k * t)
        for k, c in self.doubles:
            found = found + c * k * np.exp(t + np.minimum(k * np.exp(t), 700.0))
        return found


def _difference(a: float, b: float) -> float:
    """Return a + b, 0 where they cancel to rounding."""
    total = a + b
    return 0.0 if abs(total) <= 4e-16 * max(abs(a), abs(b)) else total


def _merged(a: tuple[tuple[float, float], ...], b: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    found: dict[float, float] = dict(a)
    for k, c in b:
        found[k] = _difference(found.get(k, 0.0), c)
    return tuple(sorted(((k, c) for k, c in found.items() if c != 0.0), reverse=True))


@dataclass(frozen=True)
class End:
    """An end of a support that P and Q share, and how both fall towards it.

    Attributes:
        name: how it is called: "∞", "−∞", "0".
        infinite: whether outcomes grow without bound there.
        log_p: the growth of −ln p.
        log_q: the growth of −ln q.
    """

    name: str
    infinite: bool
    log_p: Growth
    log_q: Growth

    def exponent(self, a: float, b: float) -> Growth:
        """Return the growth of −ln(p^a q^b |dx/dt|)."""
        jacobian = Growth(linear=-1.0 if self.infinite else 1.0)
        return self.log_p.times(a).plus(self.log_q.times(b)).plus(jacobian)

    def logarithm(self, which: str) -> Growth:
        """Return the growth of −ln p, −ln q or ln p − ln q."""
        return {"p": self.log_p, "q": self.log_q, "l": self.log_q.plus(self.log_p.times(-1.0)), "": Growth()}[which]


def converges(end: End, term: Term) -> bool | None:
    """Return whether the integral of a term converges at an end; None where the declared growth does not tell."""
    a, b, which = term
    exponent = end.exponent(a, b)
    order, rate, coefficient = exponent.leading
    if not exponent.exact and a * b < 0.0 and _same_doubles(end):
        # What stands before exp(rate·eᵗ) is not declared, and one is subtracted from the other.
        return None
    if order == 0 and coefficient == 0.0:
        return False if exponent.exact else None
    if coefficient < 0.0:
        return False if exponent.exact or order > 0 else None
    factor = end.logarithm(which)
    factor_order, factor_rate, factor_coefficient = factor.leading
    if which == "l" and factor_coefficient * (1.0 if a > b else -1.0) < 0.0:
        # Where the logarithm has this sign p |ln(q/p)| ≤ q: nothing is lost.
        return True
    if factor_order == 3:
        if order == 3:
            return True
        if order < 2 or rate < 1.0:
            return False
        return True if rate > 1.0 else coefficient > factor_rate
    if factor_order == 2 and order == 0:
        if coefficient == factor_rate:
            return False if exponent.exact else None
        # The greatest power decides: what a growth that is not exact leaves out are lower ones.
        return coefficient > factor_rate if exponent.exact else None
    return True if exponent.exact or order > 0 else None


def _same_doubles(end: End) -> bool:
    first, second = end.log_p.doubles, end.log_q.doubles
    return bool(first and second and first[0][0] == second[0][0])


def ends(p: Density, q: Density) -> list[End] | None:
    """Return the ends at which both P and Q have mass nearby, or None where a tail is not declared.

    Those are the ends that their supports share, and those of one inside the support of the other.
    """
    first, second = p.support, q.support
    assert isinstance(first, (Interval, Integers))
    assert isinstance(second, (Interval, Integers))
    found: list[End] = []
    for side in (0, 1):
        of_p, of_q = (float(x) for x in ((first.low, second.low) if side == 0 else (first.high, second.high)))
        for at in {of_p, of_q}:
            if not (float(first.low) <= at <= float(first.high) and float(second.low) <= at <= float(second.high)):
                continue
            if isinstance(first, Integers) and math.isfinite(at):
                continue
            growths = [_growth(one, side) if at == own else Growth() for one, own in ((p, of_p), (q, of_q))]
            if growths[0] is None or growths[1] is None:
                return None
            name = f"{at:g}" if math.isfinite(at) else "−∞" if side == 0 else "∞"
            found.append(End(name, math.isinf(at), growths[0], growths[1]))
    return found


def _growth(one: Density, side: int) -> Growth | None:
    tails = one.tails
    return None if tails is None else Growth.of(tails[side])


def finite(divergence: Divergence, p: Density, q: Density) -> Finiteness:
    """Return whether a divergence of two scalar densities on intervals or whole numbers is finite, and why.

    Args:
        divergence: what is asked for.
        p: P.
        q: Q.

    Returns:
        `Finiteness`: "finite", "infinite" or "unknown", with the reason.
    """
    outside = _outside(divergence, p, q)
    if outside is not None:
        return outside
    if divergence.name == "renyi" and dict(divergence.parameters).get("alpha") == math.inf:
        return _bounded_ratio(p, q)
    kind = integrand_of(divergence)
    if kind is None:
        # Bounded by what it is at most, as an f-divergence with two finite limits is; Chernoff is finite where P and
        # Q share outcomes.
        if math.isfinite(divergence.range[1]) or divergence.name == "chernoff":
            return Finiteness("finite", f"never above {divergence.range[1]:g}")
        return Finiteness("unknown", "nothing is known of how this divergence grows")
    return of_integrand(kind, p, q)


def of_integrand(kind: Integrand, p: Density, q: Density) -> Finiteness:
    """Return whether what is integrated converges at the ends that P and Q share."""
    if not kind.terms:
        return Finiteness("finite", "bounded by p + q")
    shared = ends(p, q)
    if shared is None:
        return Finiteness("unknown", "a tail is not declared")
    unknown = ""
    for end in shared:
        for term in kind.terms:
            told = converges(end, term)
            if told is False:
                return Finiteness("infinite", f"diverges at {end.name}: {_words(term)} is not integrable there")
            if told is None:
                unknown = f"whether {_words(term)} is integrable at {end.name} is not told by the tails"
    return Finiteness("unknown", unknown) if unknown else Finiteness("finite", "by the declared tails")


def _words(term: Term) -> str:
    a, b, which = term
    parts = [f"{name}^{exponent:g}" if exponent != 1.0 else name for name, exponent in (("p", a), ("q", b)) if exponent]
    logarithm = {"": "", "p": " ln p", "q": " ln q", "l": " ln(p/q)"}[which]
    return " ".join(parts) + logarithm


def _outside(divergence: Divergence, p: Density, q: Density) -> Finiteness | None:
    """Return ∞ where one has mass outside the other and that makes it so."""
    first, second = p.support, q.support
    if not isinstance(first, (Interval, Integers)) or type(first) is not type(second):
        return None
    assert isinstance(second, (Interval, Integers))
    for measure, a, b, names in (
        (divergence, first, second, ("P", "Q")),
        (divergence.reverse, second, first, ("Q", "P")),
    ):
        beyond = float(a.low) < float(b.low) or float(a.high) > float(b.high)
        if beyond and float(measure([0.5, 0.5], [1.0, 0.0])) == math.inf:
            return Finiteness("infinite", f"{names[0]} has mass outside {b}, where {names[1]} has none")
    return None


def _bounded_ratio(p: Density, q: Density) -> Finiteness:
    """Return whether p/q is bounded."""
    shared = ends(p, q)
    if shared is None:
        return Finiteness("unknown", "a tail is not declared")
    for end in shared:
        growth = end.logarithm("l")
        if growth.leading[2] > 0.0:
            return Finiteness("infinite", f"p/q grows without bound at {end.name}")
        if not growth.exact:
            return Finiteness("unknown", f"whether p/q is bounded at {end.name} is not told by the tails")
    return Finiteness("finite", "by the declared tails")
