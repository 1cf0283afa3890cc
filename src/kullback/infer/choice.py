"""The automatic choice: which method is run for which data, and why."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from kullback.divergences.kl import kl
from kullback.estimators.method import Fitted, Method
from kullback.estimators.wide_logistic import WIDE
from kullback.infer import steps
from kullback.infer.regime import LOW_DIMENSION, TIED, Regime
from kullback.intervals import influence_function
from kullback.progress import as_one, begin, expect
from kullback.sample import Model, Sample

if TYPE_CHECKING:
    from kullback.estimators.remainder import Remainder

_LEFT_UP_TO = 6
"""Columns up to which neighbours find what a fit leaves, without more noise than that."""
_LEAST_FINE, _CLEARLY = 4, 0.9995
"""Neighbours of each sample, at least, in the balls that show differences on a small scale, and how sure these must be
before they speak against P = Q: fewer neighbours, more noise."""
_NEIGHBOURS_UP_TO = 20
"""Columns up to which neighbours have their say about the upper end."""
_ROWS_OF_NEIGHBOURS = 20_000
"""Rows of each sample among which neighbours are looked for where there are more than six columns: more hardly come
nearer, and a search takes as long as all pairs of rows."""
_ROWS_PER_COLUMN = 50.0
"""Rows of each sample for every column, below which no upper end is stated."""
_LOST = 1.0
"""Nats by which the held-out bound of mixtures may lie below the stack's: more is lost on heavy tails and on surfaces,
where the densities of normals do not exist."""
_FAR_OUT = 1e9
"""How many times the usual distance from the median of its column a row may lie until distances are those of ranks."""
_LEAST_IN_CELL, _SPARED, _IN_CELL = 10, 0.1, 8
"""Rows of each sample in a cell from which its numbers are compared, what part may lie in smaller ones, and neighbours
of each sample there."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A method that was tried: what it is called, what came out."""

    title: str
    method: Method | None
    fitted: Fitted
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen, what else was tried, and why.

    Attributes:
        chosen: the method whose value is reported.
        bound: whose held-out bound gives the lower limit; None where nothing was held out.
        reason: in words.
        believed: methods whose intervals the hull holds, the chosen one included.
        others: the methods that were tried beside it.
        rule: which interval the regime asks for.
        notes: what could not be tried.
    """

    chosen: Candidate
    bound: Fitted | None
    reason: str
    believed: tuple[Candidate, ...] = ()
    others: tuple[Candidate, ...] = ()
    rule: str = "influence function"
    notes: tuple[str, ...] = field(default=())


def choose(found: Regime, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Choice:
    """Return the method for a regime, fitted, with what was tried beside it."""
    if isinstance(y, Model):
        return _beside_model(found, x, y, rng)
    if found.kind == "counts":
        return _of_counts(x, y, rng)
    if found.kind == "atoms":
        return _of_atoms(x, y, rng)
    return _of_numbers(found, x, y, rng)


def _of_counts(x: Sample, y: Sample | Model, rng: np.random.Generator) -> Choice:
    from kullback.estimators.counts_auto import counts
    from kullback.estimators.zhang_grabchak import zhang_grabchak

    reason = "few values, counted as categories" if x.dimension else "categories are counted"
    if isinstance(y, Model):
        made = tried(zhang_grabchak(), x, y, rng)
        return Choice(made, None, reason, (made,))
    made = tried(counts(), x, y, rng)
    return Choice(made, made.fitted, reason, (made,), rule="its own")


def _of_atoms(x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    from kullback.estimators.atoms import atoms
    from kullback.estimators.shared_radius import shared_radius

    expect(steps.of_stack(x, y) + 1)
    learned = _learned(x, y, rng)
    try:
        with as_one("numbers that repeat"):
            made = tried(atoms(inner=shared_radius(k=_neighbours(x, y))), x, y, rng)
    except ValueError as reason:
        return Choice(
            learned,
            learned.fitted,
            "numbers that repeat",
            (learned,),
            rule="hull",
            notes=(*learned.notes, str(reason), *untried()),
        )
    if _nothing_found(learned.fitted, made.fitted):
        return _null(x, y, learned, made)
    return Choice(
        made,
        learned.fitted,
        "numbers that repeat: by the chain rule",
        (made, learned),
        (learned,),
        "hull",
        notes=(*learned.notes, *untried()),
    )


def _of_numbers(found: Regime, x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    """Return the highest of a stack of log-ratios and fits corrected by neighbours: all fall short, in unlike ways."""
    from kullback.estimators.gaussian_mixture import gaussian_mixture

    if x.codes.shape[1]:
        return _mixed(x, y, rng)
    neighbours = x.dimension <= _NEIGHBOURS_UP_TO and found.tied < TIED
    mixtures = x.dimension > LOW_DIMENSION and neighbours
    small_scale = neighbours and x.dimension <= _LEFT_UP_TO
    expect(steps.of_stack(x, y) + neighbours + small_scale + mixtures * steps.OF_REMAINDER)
    learned = _learned(x, y, rng)
    tried_too, fine = [learned], ()
    if neighbours:
        near = _left_by_curves(learned, 2 * _neighbours(x, y), x, y, rng)
        begin("neighbours")
        if small_scale:
            fine = (_left_by_curves(learned, max(_LEAST_FINE, _neighbours(x, y) // 2), x, y, rng),)
            begin("neighbours")
        if _nothing_found(learned.fitted, near.fitted):
            if not any(_clearly_apart(one.fitted) for one in fine):
                return _null(x, y, learned, near, *fine)
            tried_too += fine
        tried_too.append(near)
    best = list(tried_too) if neighbours and x.dimension <= _LEFT_UP_TO else [learned]
    if mixtures:
        hidden = tried(_remainder(gaussian_mixture(), _neighbours(x, y), x, y), x, y, rng)
        begin("neighbours")
        if _held_out(hidden) > _held_out(learned) - _LOST:
            tried_too.append(hidden)
            best.append(hidden)
    chosen = max(best, key=lambda one: one.fitted.value(kl).value)
    return Choice(
        chosen,
        learned.fitted,
        "of a stack of learned log-ratios and fits corrected by neighbours the one that finds most: all fall short"
        if len(best) > 1
        else "many columns: a stack of learned log-ratios",
        (*tried_too, *(one for one in fine if one not in tried_too)),
        tuple(one for one in tried_too if one is not chosen),
        _rule(x, y),
        (*learned.notes, *untried()),
    )


def _remainder(inner: Method, k: int, x: Sample, y: Sample) -> Remainder:
    """Return the method that finds what a fit leaves; among some rows of very many in many columns."""
    from kullback.estimators.remainder import remainder

    some = x.dimension > _LEFT_UP_TO and max(x.rows, y.rows) > _ROWS_OF_NEIGHBOURS
    return remainder(inner, k=k, transform=_coordinates(x, y), rows=_ROWS_OF_NEIGHBOURS if some else None)


def _left_by_curves(learned: Candidate, k: int, x: Sample, y: Sample, rng: np.random.Generator) -> Candidate:
    """Return what curved_logistic() leaves, which the stack has fitted, in as many folds, as one of its bases."""
    from kullback.estimators.curved_logistic import CurvedLogistic, curved_logistic
    from kullback.estimators.stack import StackedLogRatio

    if not isinstance(learned.fitted, StackedLogRatio):
        raise AssertionError("the curves are a base of the stack")
    method = _remainder(curved_logistic(), k, x, y)
    return Candidate(method.title, method, method.left_by(learned.fitted.bases[CurvedLogistic()], rng))


def _held_out(one: Candidate) -> float:
    found = one.fitted.lower(kl)
    return -math.inf if found is None else found.value


def _rule(x: Sample, y: Sample) -> str:
    """Return which interval holds: the hull of all methods; where there are fewer than 50 rows per column, or so many
    columns that most is learned on some directions of them, what is not learned is not seen, and only a lower bound
    holds."""
    few = x.dimension > min(WIDE, max(1.0, min(x.effective_rows, y.effective_rows) / _ROWS_PER_COLUMN))
    return "lower limit" if few else "hull"


def _mixed(x: Sample, y: Sample, rng: np.random.Generator) -> Choice:
    """Return the stack, or the chain rule over the cells of the categories where it finds more; a lower bound alone
    where the cells are too thin to say what they hide."""
    from kullback.estimators.logistic import linear_logistic
    from kullback.estimators.remainder import remainder
    from kullback.estimators.strata import strata

    wide = x.dimension > WIDE
    expect(steps.of_stack(x, y) + (not wide))
    learned = _learned(x, y, rng)
    notes = (*learned.notes, *untried())
    if wide:
        reason = "many columns beside categories: a stack of learned log-ratios"
        return Choice(learned, learned.fitted, reason, (learned,), rule="lower limit", notes=notes)
    try:
        with as_one("the cells of the categories"):
            by_cells = tried(
                strata(numbers=remainder(linear_logistic(), k=_IN_CELL), least=_LEAST_IN_CELL, spared=_SPARED),
                x,
                y,
                rng,
            )
    except ValueError as reason:
        return Choice(
            learned,
            learned.fitted,
            "numbers beside categories: a stack of learned log-ratios",
            (learned,),
            rule="lower limit",
            notes=(str(reason).partition(":")[0], *notes),
        )
    if _nothing_found(learned.fitted, by_cells.fitted):
        return _null(x, y, learned, by_cells)
    both = (learned, by_cells)
    chosen = learned
    if x.dimension < LOW_DIMENSION:
        chosen = max(both, key=lambda one: one.fitted.value(kl).value)
    return Choice(
        chosen,
        learned.fitted,
        "numbers beside categories: of a stack of learned log-ratios and the chain rule over the cells the one that "
        "finds more",
        both,
        tuple(one for one in both if one is not chosen),
        rule="hull",
        notes=notes,
    )


def _learned(x: Sample, y: Sample, rng: np.random.Generator) -> Candidate:
    """Return the stack of the learners that suit the samples."""
    from kullback.estimators.stack import stack

    return tried(stack(), x, y, rng)


def _coordinates(x: Sample, y: Sample) -> Literal["whiten", "ranks"]:
    """Return the coordinates of the distances: ranks where a column has rows so far out that, whitened, all the others
    lie on one point."""
    for column in np.concatenate((x.numbers, y.numbers)).T:
        away = np.abs(column - np.median(column))
        if away.any() and away.max() > _FAR_OUT * np.median(away[away > 0.0]):
            return "ranks"
    return "whiten"


def _neighbours(x: Sample, y: Sample) -> int:
    """Return how many neighbours of each sample a ball must hold: n^(1/3), n no more than the rows that are used."""
    most = _ROWS_OF_NEIGHBOURS if x.dimension > _LEFT_UP_TO else math.inf
    return max(3, round(min(x.effective_rows, y.effective_rows, most) ** (1.0 / 3.0)))


def _nothing_found(learned: Fitted, near: Fitted) -> bool:
    """Return whether neither what was held out nor neighbours tell the samples apart."""
    held_out = learned.lower(kl)
    if learned.x.groups is not None:
        return False  # what holds in the groups that were seen may not hold in others, and is still there
    if held_out is None or influence_function.lower_limit(held_out, learned.x, learned.y, level=0.95) > 0.0:
        return False
    return influence_function.interval(near.value(kl), near.x, near.y)[0] <= 0.0


def _clearly_apart(fine: Fitted) -> bool:
    """Return whether neighbours on a small scale leave no doubt that the samples differ."""
    return influence_function.interval(fine.value(kl), fine.x, fine.y, 2.0 * _CLEARLY - 1.0)[0] > 0.0


def _null(x: Sample, y: Sample, learned: Candidate, near: Candidate, *fine: Candidate) -> Choice:
    return Choice(
        learned,
        learned.fitted,
        "nothing tells the samples apart: what was learned is near 0, and neighbours would add noise",
        (learned, near, *fine),
        (near,),
        _rule(x, y),
        untried(),
    )


def _beside_model(found: Regime, x: Sample, y: Model, rng: np.random.Generator) -> Choice:
    from kullback.estimators.cross_fitting import as_sample
    from kullback.estimators.nearest_neighbours import nearest_neighbours

    if found.kind == "counts":
        return _of_counts(x, y, rng)
    if y.draw is None:
        made = tried(nearest_neighbours(k=5), x, y, rng)
        return Choice(made, None, f"{y.name} cannot be drawn from: the density of the sample by neighbours", (made,))
    drawn, notes = as_sample(x, y, rng)
    from kullback.infer.regime import regime

    chosen = choose(regime(x, drawn), x, drawn, rng)
    return replace(chosen, notes=(*notes, *chosen.notes))


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
