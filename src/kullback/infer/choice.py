"""The automatic choice: which method is run for which data, and why."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field

import numpy as np

from kullback.divergence import Divergence
from kullback.divergences.kl import kl
from kullback.estimators.method import Fitted, Method
from kullback.infer.regime import Regime
from kullback.intervals import influence_function
from kullback.sample import Model, Sample

_AVERAGED_UP_TO = 6
"""Columns up to which what a stack leaves is found by neighbours, and the two are averaged."""
_NEIGHBOURS_UP_TO = 20
"""Columns up to which neighbours have their say about the upper end."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A method that was tried: what it is called, what came out."""

    title: str
    method: Method | None
    fitted: Fitted


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen, what else was tried, and why.

    Attributes:
        chosen: the method whose value is reported.
        bound: whose held-out bound gives the lower limit; None where nothing was held out.
        reason: in words.
        upper: methods whose values the interval must reach above, the chosen one included.
        others: the methods that were tried beside it.
        rule: which interval the regime asks for.
        notes: what could not be tried.
    """

    chosen: Candidate
    bound: Fitted | None
    reason: str
    upper: tuple[Candidate, ...] = ()
    others: tuple[Candidate, ...] = ()
    rule: str = "influence function"
    notes: tuple[str, ...] = field(default=())


def choose(found: Regime, x: Sample, y: Sample | Model, of: Divergence, rng: np.random.Generator) -> Choice:
    """Return the method for a regime, fitted, with what was tried beside it."""
    if isinstance(y, Model):
        return _beside_model(found, x, y, rng)
    if found.kind == "counts":
        return _of_counts(x, y, rng)
    if found.kind == "atoms":
        return _of_atoms(x, y, rng)
    if found.kind == "line":
        return _of_a_line(x, y, rng)
    if found.kind == "low":
        return _of_few_columns(x, y, rng)
    return _of_many_columns(found, x, y, rng)


def _of_counts(x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    from kullback.estimators.empirical_bayes import empirical_bayes
    from kullback.estimators.good_turing import good_turing

    made = tried(empirical_bayes(), x, y, rng)
    bound = tried(good_turing(), x, y, rng)
    return Choice(made, bound.fitted, "few values, counted as categories", (made,), (bound,))


def _of_atoms(x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    from kullback.estimators.atoms import atoms
    from kullback.estimators.stack import stack

    learned = tried(stack(), x, y, rng)
    try:
        made = tried(atoms(), x, y, rng)
    except ValueError as reason:
        return Choice(
            learned, learned.fitted, "numbers that repeat", (learned,), rule="hull", notes=(str(reason), *untried())
        )
    return Choice(
        made, learned.fitted, "numbers that repeat: by the chain rule", (made, learned), (learned,), notes=untried()
    )


def _of_a_line(x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    from kullback.estimators.shared_radius import shared_radius
    from kullback.estimators.stack import stack

    rows = min(x.effective_rows, y.effective_rows)
    near = tried(shared_radius(k=max(3, round(rows ** (1.0 / 3.0)))), x, y, rng)
    learned = tried(stack(), x, y, rng)
    if _nothing_found(learned.fitted, near.fitted):
        return _null(learned, near)
    return Choice(near, learned.fitted, "one column: neighbours", (near,), (learned,), notes=untried())


def _of_few_columns(x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    from kullback.estimators.curved_logistic import curved_logistic
    from kullback.estimators.remainder import remainder
    from kullback.estimators.stack import stack

    rows = min(x.effective_rows, y.effective_rows)
    near = tried(remainder(curved_logistic(), k=max(5, round(2.0 * rows ** (1.0 / 3.0)))), x, y, rng)
    learned = tried(stack(), x, y, rng)
    if _nothing_found(learned.fitted, near.fitted):
        return _null(learned, near)
    return Choice(
        near, learned.fitted, "two or three columns: neighbours of what a fit leaves", (near,), (learned,),
        notes=untried(),
    )


def _of_many_columns(found: Regime, x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    from kullback.estimators.average import Average
    from kullback.estimators.extrapolated import extrapolated

    learned = tried(extrapolated(), x, y, rng)
    made, upper = learned, [learned]
    if x.dimension <= _NEIGHBOURS_UP_TO and not x.codes.shape[1] and found.tied < 0.02:
        left = _left(learned, x, y)
        upper.append(left)
        if _nothing_found(learned.fitted, left.fitted):
            return _null(learned, left)
        if x.dimension <= _AVERAGED_UP_TO:
            both = Average(x, y, (learned.fitted, left.fitted), (0.5, 0.5), learned.fitted.notes)
            made = Candidate("stack of log-ratios and what it leaves by neighbours", None, both)
    return Choice(
        made,
        learned.fitted,
        "many columns: log-ratios that were learned",
        tuple(dict.fromkeys((made, *upper))),
        tuple(one for one in upper if one is not made),
        rule="hull",
        notes=untried(),
    )


def _left(learned: Candidate, x: Sample, y: Sample) -> Candidate:
    """Return the fit corrected by the neighbours of each row."""
    from kullback.estimators.neighbour_fit import Neighbourhood
    from kullback.estimators.remainder import RemainderFit

    scores = learned.fitted.log_ratio()
    assert scores is not None
    fitted = RemainderFit(Neighbourhood(x, y, "whiten"), 10, learned.fitted, scores)
    return Candidate(f"{learned.title}, and its remainder by neighbours (k=10)", None, fitted)


def _nothing_found(learned: Fitted, near: Fitted) -> bool:
    """Return whether neither what was held out nor neighbours tell the samples apart."""
    held_out = learned.lower(kl)
    if held_out is None or influence_function.lower_limit(held_out, learned.x, learned.y, level=0.95) > 0.0:
        return False
    return influence_function.interval(near.value(kl), near.x, near.y)[0] <= 0.0


def _null(learned: Candidate, near: Candidate) -> Choice:
    return Choice(
        learned,
        learned.fitted,
        "nothing tells the samples apart: what was learned is near 0, and neighbours would add noise",
        (learned, near),
        (near,),
        rule="hull",
        notes=untried(),
    )


def _beside_model(found: Regime, x: Sample, y: Model, rng: np.random.Generator) -> Choice:
    from kullback.estimators.cross_fitting import as_sample
    from kullback.estimators.nearest_neighbours import nearest_neighbours
    from kullback.estimators.zhang_grabchak import zhang_grabchak

    if found.kind == "counts":
        made = tried(zhang_grabchak(), x, y, rng)
        return Choice(made, None, "few values, counted as categories", (made,))
    if y.draw is None:
        made = tried(nearest_neighbours(k=5), x, y, rng)
        return Choice(made, None, f"{y.name} cannot be drawn from: the density of the sample by neighbours", (made,))
    drawn, notes = as_sample(x, y, rng)
    from kullback.infer.regime import regime

    chosen = choose(regime(x, drawn), x, drawn, kl, rng)
    return Choice(
        chosen.chosen, chosen.bound, chosen.reason, chosen.upper, chosen.others, chosen.rule, (*notes, *chosen.notes)
    )


def tried(method: Method, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Candidate:
    """Return what a method makes of the samples."""
    return Candidate(method.title, method, method.fit(x, y, rng))


def entropy_method(found: Regime, x: Sample) -> Method:
    """Return the method that finds the entropy of a sample."""
    from kullback.estimators.nearest_neighbours import nearest_neighbours
    from kullback.estimators.zhang_grabchak import zhang_grabchak

    return zhang_grabchak() if found.kind == "counts" or not x.dimension else nearest_neighbours(k=3)


def untried() -> tuple[str, ...]:
    """Return what could not be tried for want of a library."""
    if importlib.util.find_spec("sklearn") is None:
        return ('gradient boosting was not tried: pip install "kullback[estimation]"',)
    return ()
