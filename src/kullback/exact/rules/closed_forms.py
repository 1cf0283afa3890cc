"""Closed forms: formulas that a family states for a pair, in any of the ways to write P and Q."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kullback.arrays import namespace
from kullback.distribution import ClosedForm, Density
from kullback.divergence import Divergence, Law
from kullback.exact.answer import Answer, Ask


@dataclass(frozen=True, eq=False)
class _Way:
    """A name under which a form may be stated, and how the divergence follows from it."""

    of: str
    finish: Callable[[Any], Any]
    arguments: tuple[Any, ...] = ()
    swapped: bool = False


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return what the closed forms that are stated for the divergence give, each where those before promise nothing."""
    found: Answer | None = None
    ways = tuple(_ways(divergence))
    for first, second in written(p, q):
        for way in ways:
            a, b = (second, first) if way.swapped else (first, second)
            form = stated(way.of, a, b)
            if form is None:
                continue
            value = way.finish(form.compute(a, b, *way.arguments))
            if found is None:
                rule = "same family" if type(a) is type(b) else "closed form"
                rewritten = [
                    f"{name} written as {x.name}"
                    for name, x, own in (("P", first, p), ("Q", second, q))
                    if x is not own
                ]
                note = "; ".join([*rewritten, *_said(divergence, way)])
                found = Answer(value, rule, form.formula, form.source, note=note, everywhere=form.everywhere)
            else:
                xp = namespace(found.value, value)
                both = xp.where(xp.isnan(found.value), value, found.value)
                found = replace(found, value=both, everywhere=form.everywhere)
            if found.everywhere:
                return found
            break
    return found


def _said(divergence: Divergence, way: _Way) -> list[str]:
    """Return what the formula is of, where it is not of the divergence itself."""
    told: list[str] = []
    if way.of == "renyi" and divergence.name != "renyi":
        told.append(f"the formula is of Rényi's divergence with α = {way.arguments[0]:g}, from which this one follows")
    elif way.of == "kl" and divergence.name not in ("kl", "renyi"):
        told.append("the formula is of the KL divergence, from which this one follows")
    if way.swapped:
        told.append("with P and Q exchanged")
    return told


def written(p: Density, q: Density) -> Iterator[tuple[Density, Density]]:
    """Yield P and Q in all the ways in which they can be written, those of one family before others."""
    ways = [(a, b) for a in (p, *p.forms()) for b in (q, *q.forms())]
    yield from sorted(ways, key=lambda pair: type(pair[0]) is not type(pair[1]))


def stated(of: str, p: Density, q: Density) -> ClosedForm | None:
    """Return the form that the family of P states for a divergence or distance from Q."""
    for form in type(p).closed_forms():
        matches = type(p) is type(q) if form.against is None else form.against == q.name
        if form.of == of and matches:
            return form
    return None


def _ways(divergence: Divergence) -> Iterator[_Way]:
    symmetric = Law.SYMMETRIC in divergence.laws
    if not divergence.parameters:
        yield _Way(divergence.name, _itself)
        if symmetric:
            yield _Way(divergence.name, _itself, swapped=True)
    powers = divergence.powers
    if powers is None:
        return
    if powers.of != "gap":
        yield _Way("kl", powers.finish, swapped=powers.of == "reverse kl")
        return
    order = powers.order
    # −ln ∫ p^α q^(1−α) = (1 − α) R_α(P‖Q) = α R_(1−α)(Q‖P)
    if order > 0.0:
        yield _Way("renyi", _FromRenyi(powers.finish, 1.0 - order), (order,))
    if order < 1.0:
        yield _Way("renyi", _FromRenyi(powers.finish, order), (1.0 - order,), swapped=True)


@dataclass(frozen=True)
class _FromRenyi:
    finish: Callable[[Any], Any]
    factor: float

    def __call__(self, value: Any) -> Any:
        return self.finish(self.factor * value)


def _itself(value: Any) -> Any:
    return value
