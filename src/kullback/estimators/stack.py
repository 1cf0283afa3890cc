"""The stack: several log-ratios, weighed by how well they tell new rows apart."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.boosting import Boosting
from kullback.estimators.cell_logistic import CellLogistic
from kullback.estimators.cross_fitting import FOLDS, Learner, as_sample, held_out, split
from kullback.estimators.curved_logistic import CurvedLogistic
from kullback.estimators.leading_directions import OnLeadingDirections, held_out_together
from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.logistic import LinearLogistic
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.neighbour_ratio import NeighbourRatio
from kullback.estimators.projection_pursuit import ProjectionPursuit
from kullback.estimators.shrunk_gaussian import ShrunkGaussian
from kullback.estimators.wide_logistic import MOST_DIRECTIONS, WIDE
from kullback.sample import FloatArray, IntArray, Model, Sample

_STEPS = 60
_STILL_GAINED = 1.2
_THROWN_DOWN = 0.5
"""Part of a mean log-ratio below which the bound from the same log-ratios is that of a few rows."""
_FEW = (5_000, 30_000)
_ROWS_FOR_PURSUIT = 1500
"""Rows of each sample from which directions are looked for: with fewer hardly any are found."""
_COLUMNS_OF_NORMALS, _DIRECTIONS_OF_NORMALS = 400, 256
"""Columns up to which normals have all of them; of more, so many directions at most."""
_BEYOND = 4.0
"""How far beyond ln of the rows a base is believed before it is weighed."""


@dataclass(frozen=True)
class Stack(Method):
    """Log-ratios of several learners, added up with weights of at least 0.

    Attributes:
        bases: the learners; None for those that suit the samples.
        folds: of the rows.
        halvings: how often the rows are halved, to see what learning from more of them gains; None for twice, once from
            5,000 rows and never from 30,000, where little is left to gain.
    """

    bases: tuple[Learner, ...] | None = None
    folds: int = FOLDS
    halvings: int | None = None

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise ValueError(f"folds is {self.folds}: rows can be held out of two folds or more, such as folds=5.")
        if self.bases is not None and not self.bases:
            raise ValueError("a stack needs at least one base, such as kb.estimators.LinearLogistic().")

    @property
    def title(self) -> str:
        """The name in words."""
        if self.bases is None:
            return f"stack of log-ratios, {self.folds} folds"
        return f"stack of {', '.join(base.title for base in self.bases)}, {self.folds} folds"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the held-out log-ratios."""
        second, notes = as_sample(x, y, rng)
        folds = split(x, second, self.folds, rng)
        bases = self.bases or suitable(x, second)
        of_x, of_y = _held_out(bases, x, second, folds, rng)
        at_x, at_y, weights = weigh(of_x, of_y, x, second, folds)
        halves: list[LogRatio] = []
        for _ in range(halvings_of(x, second) if self.halvings is None else self.halvings):
            half = _held_out(bases, x, second, split(x, second, 2, rng), rng)
            halves.append(LogRatio(x, second, *weigh(*half, x, second, folds)[:2]))
        diagnostics = {f"weight of {base.title}": float(w) for base, w in zip(bases, weights, strict=True)}
        return StackedLogRatio(
            x,
            second,
            at_x,
            at_y,
            notes=(*notes, *_of_directions(bases, x, second)),
            diagnostics=diagnostics,
            halves=tuple(halves),
            bases={
                base: LogRatio(x, second, *at) for base, at in zip(bases, zip(of_x.T, of_y.T, strict=True), strict=True)
            },
        )


@dataclass(frozen=True, eq=False)
class StackedLogRatio(LogRatio):
    """The log-ratios of a stack, and those of stacks that learned from half of the rows.

    Attributes:
        halves: of the same rows, each learned without its half.
        bases: the log-ratios of every base alone, held out in the same folds; as far beyond ln of the rows as a base is
            believed.
    """

    halves: tuple[LogRatio, ...] = ()
    bases: Mapping[Learner, LogRatio] = field(default_factory=dict[Learner, LogRatio])

    def value(self, divergence: Divergence) -> Value:
        """Return the value of the log-ratios plus what learning still gains: as much as the held-out bound rose from
        learning on half of the rows to learning on nearly all, times 1.2; nothing where it did not rise.

        A bound falls short by what is not learned, c/n where n rows leave a fixed number of coefficients uncertain:
        from n/2 to 4n/5 rows it rises by 3c/4n, and 5c/4n remain. Less is taken, as little data gives a noisy rise.
        """
        found = super().value(divergence)
        if not self.halves:
            return found
        bound = self.one_step(divergence, self.most).value
        # One row that a fit took for the other side's can throw a bound down; it says nothing of what more rows gain.
        before = [
            least
            for half in self.halves
            if (least := half.one_step(divergence, self.most).value) > _THROWN_DOWN * half.value(divergence).value
        ]
        gain = max(0.0, bound - sum(before) / len(before)) if before else 0.0
        return replace(found, value=found.value + _STILL_GAINED * gain)


def stack(bases: tuple[Learner, ...] | None = None, folds: int = FOLDS, halvings: int | None = None) -> Stack:
    """Return the stack of log-ratios: f = b + Σ wᵢ fᵢ with wᵢ ≥ 0, by logistic regression on rows new to every fᵢ.

    Args:
        bases: learners, such as `(LinearLogistic(), Boosting())`; those that suit the samples if left out.
        folds: of the rows. The weights for one fold are found on the others.
        halvings: how often the rows are halved, to see what learning from more of them gains; None for twice, once from
            5,000 rows and never from 30,000, where little is left to gain.

    Returns:
        The method. Without scikit-learn it has no trees.

    Raises:
        ValueError: fewer than two folds, or no base.

    Source:
        Wolpert, "Stacked generalization", Neural Networks 5 (1992), 241-259; with weights of at least 0: Breiman,
        "Stacked regressions", Machine Learning 24 (1996), 49-64, section 2.

    Example:
        >>> stack().title
        'stack of log-ratios, 5 folds'
    """
    return Stack(bases, folds, halvings)


def halvings_of(x: Sample, y: Sample) -> int:
    """Return how often rows so many are halved: the fewer they are, the more there is left to gain."""
    halvings = sum(min(x.rows, y.rows) < rows for rows in _FEW)
    return min(halvings, 1) if x.dimension > WIDE else halvings


def suitable(x: Sample, y: Sample) -> tuple[Learner, ...]:
    """Return the learners that suit two samples."""
    if x.dimension > WIDE:
        return _for_many_columns(x, y)
    bases: list[Learner] = [LinearLogistic(), CurvedLogistic()]
    if x.dimension:
        bases += [ShrunkGaussian(), NeighbourRatio()]
    if x.dimension and x.codes.shape[1]:
        bases.append(CellLogistic())
    if 2 < x.dimension <= 64 and min(x.rows, y.rows) >= _ROWS_FOR_PURSUIT:
        bases.append(ProjectionPursuit())
    if importlib.util.find_spec("sklearn") is not None:
        bases.append(Boosting())
    return tuple(bases)


def _for_many_columns(x: Sample, y: Sample) -> tuple[Learner, ...]:
    """Return the learners for hundreds of columns: what is linear in all of them, two normals, and the others on some
    directions."""
    normals: Learner = ShrunkGaussian()
    rows = min(x.rows, y.rows)
    if x.dimension > min(rows, _COLUMNS_OF_NORMALS):
        normals = OnLeadingDirections(normals, min(_DIRECTIONS_OF_NORMALS, rows // 4), principal=True)
    bases = [LinearLogistic(), normals, OnLeadingDirections(CurvedLogistic()), OnLeadingDirections(NeighbourRatio())]
    if x.codes.shape[1]:
        bases.append(OnLeadingDirections(CellLogistic()))
    if importlib.util.find_spec("sklearn") is not None:
        bases.append(OnLeadingDirections(Boosting()))
    return tuple(bases)


def _of_directions(bases: tuple[Learner, ...], x: Sample, y: Sample) -> tuple[str, ...]:
    """Return what was made of hundreds of columns, in words."""
    most = [base.directions for base in bases if isinstance(base, OnLeadingDirections) and not base.principal]
    if not most:
        return ()
    directions = min(max(most), (x.rows + y.rows) // 10)
    all_of_them = (
        "all columns" if min(x.dimension, x.rows + y.rows) <= MOST_DIRECTIONS else f"the span of {MOST_DIRECTIONS} rows"
    )
    return (f"{x.dimension} columns: learned on {directions} directions, and linearly on {all_of_them}",)


def _held_out(
    bases: tuple[Learner, ...],
    x: Sample,
    y: Sample,
    folds: tuple[IntArray, IntArray],
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Return the held-out log-ratios of every base at the rows of x and y, shapes (n, bases) and (m, bases)."""
    most = math.log(min(x.rows, y.rows)) + _BEYOND
    streams = rng.spawn(len(bases))
    known: dict[Learner, tuple[FloatArray, FloatArray]] = {}
    if any(isinstance(base, OnLeadingDirections) for base in bases):
        together = [base for base in bases if isinstance(base, (LinearLogistic, OnLeadingDirections))]
        known = dict(zip(together, held_out_together(together, x, y, folds, rng), strict=True))
    found = [
        known[base] if base in known else held_out(base, x, y, folds, stream)
        for base, stream in zip(bases, streams, strict=True)
    ]
    of_x, of_y = (np.clip(np.stack([one[side] for one in found], axis=1), -most, most) for side in (0, 1))
    return of_x, of_y


def weigh(
    of_x: FloatArray, of_y: FloatArray, x: Sample, y: Sample, folds: tuple[IntArray, IntArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the stacked log-ratios at the rows of x and y, and the weights that all rows together give.

    Args:
        of_x, of_y: held-out log-ratios of every base, shapes (n, bases) and (m, bases).
        x, y: the samples.
        folds: of their rows; the weights used in one are found on the others.
    """
    at_x, at_y = np.empty(x.rows), np.empty(y.rows)
    for fold in range(int(max(folds[0].max(), folds[1].max())) + 1):
        in_x, in_y = folds[0] == fold, folds[1] == fold
        weights, constant = _weights(of_x[~in_x], of_y[~in_y], x.take(~in_x).shares, y.take(~in_y).shares)
        at_x[in_x] = of_x[in_x] @ weights + constant
        at_y[in_y] = of_y[in_y] @ weights + constant
    return at_x, at_y, _weights(of_x, of_y, x.shares, y.shares)[0]


def _weights(of_x: FloatArray, of_y: FloatArray, share_x: FloatArray, share_y: FloatArray) -> tuple[FloatArray, float]:
    """The weights, at least 0, and the constant with the least logistic loss, both samples counting the same.

    Newton's method on the weights that are not held at 0 (Bertsekas, "Projected Newton methods for optimization
    problems with simple constraints", SIAM J. Control Optim. 20 (1982), 221-246).
    """
    bases = of_x.shape[1]
    scores = np.concatenate([of_x, of_y])
    design = np.concatenate([scores, np.ones((len(scores), 1))], axis=1)
    sides = np.repeat([1.0, 0.0], [len(of_x), len(of_y)])
    shares = 0.5 * np.concatenate([share_x, share_y])
    # One row's worth of belief in weights of about 1 at most: scores that are all but 0 must not be blown up.
    ridge = np.append(np.full(bases, 1.0 / len(scores)), 0.0)
    signs = 1.0 - 2.0 * sides
    found = np.append(np.full(bases, 0.5 / bases), 0.0)
    floor = np.append(np.zeros(bases), -np.inf)

    def cost(at: FloatArray) -> float:
        return float(shares @ np.logaddexp(0.0, signs * (design @ at)) + 0.5 * ridge @ np.square(at))

    before = cost(found)
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -500.0, 500.0)))
        slope = design.T @ (shares * (chance - sides)) + ridge * found
        curvature = (design.T * (shares * chance * (1.0 - chance))) @ design
        free = (found > floor) | (slope < 0.0)
        step = np.zeros(bases + 1)
        inner = curvature[np.ix_(free, free)] + np.diag(ridge[free] + 1e-12 * np.trace(curvature))
        step[free] = np.linalg.solve(inner, slope[free])
        size, after, moved = 1.0, before, found
        while size > 1e-8:
            moved = np.maximum(found - size * step, floor)
            after = cost(moved)
            if after <= before - 1e-4 * float(slope @ (found - moved)):
                break
            size *= 0.5
        if not after < before - 1e-12:
            break
        found, before = moved, after
    return found[:bases], float(found[bases])
