"""The verb `kb.estimate`: from samples to an `Estimate`, by the method that suits them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from kullback.divergence import Divergence
from kullback.divergences.kl import kl
from kullback.estimate import Estimate, Outcome, Unit
from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.method import Method, Value
from kullback.estimators.stack import StackedLogRatio
from kullback.infer.choice import Candidate, Choice, choose
from kullback.infer.contributions import Shares
from kullback.infer.learning_curve import LEAST_ROWS, PARTS, fewer, learning_curve
from kullback.infer.overlap import Overlap, outside, outside_model
from kullback.infer.reach import reach
from kullback.infer.regime import Regime, model_regime, regime, without_constants
from kullback.infer.threads import few_threads
from kullback.intervals import influence_function, subsampling
from kullback.intervals.hull import UNLEARNED, hull
from kullback.intervals.tail_index import tail_index
from kullback.progress import Progress, heard_by
from kullback.sample import FloatArray, Model, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

IntervalRule: TypeAlias = Literal["auto", "influence function", "hull", "subsampling", "lower limit", "none"]
_RULES = ("auto", "influence function", "hull", "subsampling", "lower limit", "none")
_HEAVY, _ERRORS = 2.0, 2.0
"""A tail index of the ratio below the first: Var_Q(r) is infinite; by how many standard errors it must be."""
_ROWS_HALVED = 20_000
"""Rows up to which a method is run once more on half of them."""
_SIDES = ("P", "Q"), ("Q", "P")
_COORDINATES = {
    "whiten": "distances between rows: of the columns whitened together",
    "ranks": "distances between rows: of the ranks in each column, as normal scores, whitened together",
}
_NEAR_CEILING = 1.5
"""How near ln of the rows an estimate of KL may come before its upper end is a guess: so far apart, few rows of one
sample lie where the other has any (McAllester and Stratos 2020, theorem 3.1)."""


def estimate(
    x: object,
    y: object,
    *,
    of: Divergence = kl,
    method: Method | Literal["auto"] = "auto",
    interval: IntervalRule = "auto",
    level: float = 0.95,
    categorical: object = None,
    weights: object = None,
    groups: object = None,
    rng: int | np.random.Generator | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Return how the distribution of the sample y differs from that of the sample x: D(P‖Q), x drawn from P, y from Q.

    Args:
        x: draws from P, the truth: shape (n,) or (n, d), an array of NumPy, PyTorch or JAX, or a DataFrame; or
            `kb.counts`; or a distribution.
        y: draws from Q, the approximation, with the same columns; or a distribution, by a formula or any object with
            `log_prob`. For two distributions the exact value is returned where there is one, else one from draws.
        of: what is measured: `kb.kl`, `kb.kl.reverse`, `kb.js`, `kb.renyi(2)` …
        method: an estimator, such as `kb.estimators.nearest_neighbours(k=5)`; "auto" chooses by what the samples are,
            and the answer says which and why.
        interval: which rule gives the interval: "influence function" (Wald, from how each row pulls the value), "hull",
            "subsampling", "lower limit" (one-sided), "none"; "auto" chooses with the method.
        level: of the interval. The lower limit beside it is one-sided, at (1 + level)/2.
        categorical: columns of category codes, by position or name; DataFrames know theirs by dtype.
        weights: how often each row counts: a pair of arrays, or a column name.
        groups: rows that belong together (clusters, blocks of time): a pair of arrays, or a column name.
        rng: seed or generator: the same seed gives the same bits.
        progress: called as `progress(step, doing, total)` as each step begins: its number from 1, what is done in it,
            how many there are at most (0 if unknown).

    Returns:
        An `Estimate`. Its `outcome` says when only a lower bound, or ∞, can be stated.

    Raises:
        ValueError: samples that cannot be compared; the message says what is in them.
        TypeError: something that is not a sample.
        ImportError: a method whose library is not installed.

    Source:
        The rules of the choice are those of docs/estimation.md, with what they were measured to reach.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> rng = np.random.default_rng(0)
        >>> found = kb.estimate(rng.normal(0, 1, 500), rng.normal(1, 1, 500), rng=0)
        >>> found.low < 0.5 < found.high
        True
    """
    from kullback.distribution import Density
    from kullback.distributions.adopt import adopt
    from kullback.infer.reading import read_sample, read_samples, refuse_extremes

    _check(of, method, interval, level)
    generator = np.random.default_rng(rng)
    known = [adopt(side) for side in (x, y)]
    formula = [_is_formula(side, Density) for side in known]
    if all(formula):
        from kullback.infer.between_distributions import between_distributions

        return between_distributions(x, y, of=of, level=level, rng=generator)
    if formula[0]:
        raise TypeError(
            "x is a distribution and y a sample: kb.estimate(y, x, of=kb.kl.reverse) estimates KL of x to y's "
            "distribution; the sample comes first."
        )
    if formula[1]:
        from kullback.sampling import model_of

        sample, model = read_sample(x, categorical=categorical, weights=weights, groups=groups), model_of(known[1])
        refuse_extremes(sample, model.name)
        return estimate_samples(
            sample,
            model,
            of=of,
            method=method,
            interval=interval,
            level=level,
            rng=generator,
            progress=progress,
        )
    first, second = read_samples(x, y, categorical=categorical, weights=weights, groups=groups)
    return estimate_samples(
        first, second, of=of, method=method, interval=interval, level=level, rng=generator, progress=progress
    )


def estimate_samples(
    x: Sample,
    y: Sample | Model,
    *,
    of: Divergence = kl,
    method: Method | Literal["auto"] = "auto",
    interval: IntervalRule = "auto",
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Return the estimate from samples that have been read; arguments as in `estimate`."""
    started = time.perf_counter()
    generator = np.random.default_rng(rng)
    notes: list[str] = []
    if isinstance(y, Model):
        beyond = outside_model(x, y)
        found, overlaps = model_regime(x, y), () if beyond is None else (beyond,)
    else:
        x, y, dropped = without_constants(x, y)
        if dropped:
            notes.append(f"{_listed(dropped)}: one value in every row, left out")
        found, overlaps = regime(x, y), (outside(x, y), outside(y, x))
    numbers = (x.rows + (0 if isinstance(y, Model) else y.rows)) * x.dimension
    with heard_by(progress):
        with few_threads(numbers):
            choice = choose(found, x, y, generator) if method == "auto" else _asked_for(method, x, y, generator)
        seed = int(generator.integers(2**63))
        material = Material(x, y, found, choice, overlaps, interval, level, seed, of, tuple(notes))
        answer = material.answer(of)
    return replace(answer, diagnostics={**answer.diagnostics, "seconds": time.perf_counter() - started})


@dataclass(frozen=True, eq=False)
class Material:
    """What an estimate was made from: other divergences, plots and the whole diagnostics follow from it."""

    x: Sample
    y: Sample | Model
    regime: Regime
    choice: Choice
    overlaps: tuple[Overlap, ...]
    """What of P lies where Q has none, and what of Q where P has none; beside a model, that of P if there is any."""
    interval: IntervalRule
    level: float
    seed: int
    of: Divergence
    notes: tuple[str, ...]

    @cached_property
    def learning_curve(self) -> list[tuple[int, float, float, float]]:
        """(rows, value, low, high) of the chosen method from n/8, n/4 and n/2 of the rows, and from all."""
        method, rng = self.choice.chosen.method, np.random.default_rng(self.seed)
        whole = self.answer(self.of)
        last = (self.x.rows, whole.value, whole.low, whole.high)
        if method is None:
            return [*self._automatic_curve(rng), last]
        return [*learning_curve(method, self.x, self.y, self.of, rng), last]

    def _automatic_curve(self, rng: np.random.Generator) -> list[tuple[int, float, float, float]]:
        found: list[tuple[int, float, float, float]] = []
        for part in PARTS:
            if self.x.rows // part >= LEAST_ROWS:
                some_x, some_y = fewer(self.x, self.y, part, rng)
                one = estimate_samples(some_x, some_y, of=self.of, level=self.level, rng=rng)
                found.append((some_x.rows, one.value, one.low, one.high))
        return found

    @property
    def scores(self) -> tuple[FloatArray, FloatArray] | None:
        """ln(p/q) at the rows of both samples, where the method gives it."""
        return self.choice.chosen.fitted.log_ratio()

    def answer(self, divergence: Divergence) -> Estimate:
        """Return the estimate of a divergence from the fits that were made."""
        chosen = self.choice.chosen
        value = chosen.fitted.value(divergence)
        lower_limit = self._lower_limit(divergence, value)
        low, high, outcome, notes = self._ends(divergence, value, lower_limit)
        floor, ceiling = divergence.range
        number = min(max(value.value, floor), ceiling)
        if outcome == "infinite":
            number = math.inf
        elif outcome != "interval":
            # A limit is all that is stated: a value below it would gainsay it.
            number = min(max(number, lower_limit), ceiling)
        low, high = max(low, floor), min(high, ceiling)
        # The interval holds the value: a fit may lie below what was held out.
        low, high = min(low, number), max(high, number)
        return Estimate(
            number,
            low,
            high,
            level=self.level,
            divergence=divergence.symbol,
            direction="Q‖P" if divergence.reversed else "P‖Q",
            unit=_unit(divergence),
            method=chosen.title,
            sizes=(self.x.rows,) if isinstance(self.y, Model) else (self.x.rows, self.y.rows),
            diagnostics=self._diagnostics(divergence, value),
            contributions=self._contributions(number),
            notes=(*self.notes, *self._why(), *self.regime.notes, *chosen.fitted.notes, *self.choice.notes, *notes),
            lower_limit=max(lower_limit, floor),
            outcome=outcome,
            fit=self if divergence == self.of else replace(self, of=divergence),
        )

    @cached_property
    def _change(self) -> float | None:
        """By how much the value of the chosen method, or else of the stack beside it, moved from half of the rows on:
        what is still moving is not yet known. None where finding it would take too long."""
        for one in (self.choice.chosen, *self.choice.others):
            if isinstance(one.fitted, StackedLogRatio) and one.fitted.halves:
                halves = [half.value(self.of).value for half in one.fitted.halves]
                return LogRatio.value(one.fitted, self.of).value - sum(halves) / len(halves)
        method = self.choice.chosen.method
        if method is None or self.x.rows > _ROWS_HALVED or self.x.rows < 2 * LEAST_ROWS:
            return None
        rng = np.random.default_rng(self.seed)
        try:
            half = method.fit(*fewer(self.x, self.y, 2, rng), rng).value(self.of)
        except ValueError:  # half of the rows are too few for the method
            return None
        return self.choice.chosen.fitted.value(self.of).value - half.value

    def _why(self) -> tuple[str, ...]:
        chosen = self.choice.chosen
        reason = (f"{chosen.title}: {self.choice.reason}",) if self.choice.reason else ()
        transform = _COORDINATES.get(str(getattr(chosen.method, "transform", None)))
        return reason if transform is None else (*reason, transform)

    def _contributions(self, value: float) -> Mapping[str, float]:
        columns = self.x.dimension + self.x.codes.shape[1]
        if isinstance(self.y, Model) or columns < 2 or not math.isfinite(value):
            return {}
        return Shares(self.x, self.y, value, self.seed)

    def _lower_limit(self, divergence: Divergence, value: Value) -> float:
        """The one-sided limit: of what was held out, which holds whatever the fit is; else of the value itself."""
        level = 0.5 * (1.0 + self.level)
        bound = self.choice.bound.lower(divergence) if self.choice.bound is not None else None
        return influence_function.lower_limit(value if bound is None else bound, *self._sides, level=level)

    @property
    def _sides(self) -> tuple[Sample, Sample | Model]:
        """The samples as they were fitted: rows drawn from a model in its place, whose noise counts too."""
        return self.choice.chosen.fitted.x, self.choice.chosen.fitted.y

    def _ends(
        self, divergence: Divergence, value: Value, lower_limit: float
    ) -> tuple[float, float, Outcome, list[str]]:
        notes: list[str] = []
        top = divergence.range[1]
        lacking = self._infinite(divergence)
        if lacking:
            return lower_limit, math.inf, "infinite", lacking
        rule = self.choice.rule if self.interval == "auto" else self.interval
        if rule in ("lower limit", "none"):
            notes.append("only a lower bound can be stated")
            return lower_limit, top, "lower bound only", notes
        if math.isinf(top) and self.interval == "auto" and self._out_of_reach():
            notes.append("only a lower bound can be stated: the samples are so far apart that hardly any rows meet")
            return lower_limit, top, "lower bound only", notes
        guessed = self._beyond_reach(divergence) if self.interval == "auto" else None
        if guessed is not None:
            notes.append(f"only a lower bound can be stated: {guessed}")
            return lower_limit, top, "lower bound only", notes
        index = self._ratio_tail(divergence)
        if math.isinf(top) and index is not None and index < _HEAVY and self.interval == "auto":
            notes.append(f"no root-n interval exists (ratio tail index {index:.2g})")
            return lower_limit, top, "no root-n interval", notes
        if rule == "its own":
            ends = self.choice.chosen.fitted.interval(divergence, self.level)
            if ends is None:
                notes.append("only a lower bound can be stated")
                return lower_limit, top, "lower bound only", notes
            return *ends, "interval", notes
        if rule == "subsampling":
            return *self._subsampled(divergence), "interval", notes
        if rule == "hull":
            bound = self.choice.bound
            low = bound.lower(divergence) if bound is not None else None
            estimates = [one.fitted.value(divergence) for one in self.choice.believed]
            unlearned = 0.0 if self.regime.kind == "line" else UNLEARNED
            low_end, high_end = hull(
                low or value, estimates or [value], *self._sides, level=self.level, unlearned=unlearned
            )
        else:
            low_end, high_end = influence_function.interval(value, *self._sides, level=self.level)
        return low_end, high_end, "interval", notes

    def _subsampled(self, divergence: Divergence) -> tuple[float, float]:
        method, (x, y) = self.choice.chosen.method, self._sides
        if method is None or isinstance(y, Model):
            raise ValueError(
                "interval='subsampling' runs a method many times on two samples; interval='influence function' needs "
                "no other run"
            )
        rng = np.random.default_rng(self.seed)

        def estimator(some_x: Sample, some_y: Sample) -> float:
            return method.fit(some_x, some_y, rng).value(divergence).value

        return subsampling.interval(estimator, x, y, rng, level=self.level)

    def _infinite(self, divergence: Divergence) -> list[str]:
        """Return the notes that say what makes the divergence infinite; none where nothing does."""
        notes: list[str] = []
        for side, (one, other), unbounded in zip(self.overlaps, _SIDES, _unbounded(divergence), strict=False):
            if side.where and unbounded:
                where = "; ".join(side.where)
                notes.append(f"infinite: {100 * side.share:.3g} % of {one} lies where {other} has none ({where})")
                notes.append(f"outside, for example: {'; '.join(side.examples)}")
        return notes

    def _beyond_reach(self, divergence: Divergence) -> str | None:
        """Return why rows beyond the other sample's leave the value unknown from above; None where nothing does."""
        if isinstance(self.y, Model) or self.regime.kind == "counts":
            return None
        for one, other, unbounded in zip((self.x, self.y), (self.y, self.x), _unbounded(divergence), strict=True):
            note = reach(one, other).note if unbounded else None
            if note is not None:
                return note
        return None

    def _ratio_tail(self, divergence: Divergence) -> float | None:
        """The tail index of p/q under Q; of q/p under P for a reverse."""
        scores = self.scores
        if scores is None:
            return None
        at = -scores[0] if divergence.reversed else scores[1]
        return tail_index(at, errors=_ERRORS)

    def _out_of_reach(self) -> bool:
        if isinstance(self.y, Model) or self.regime.kind == "counts":
            return False
        ceiling = math.log(min(self.x.effective_rows, self.y.effective_rows)) - _NEAR_CEILING
        return any(one.fitted.value(kl).value > ceiling for one in (self.choice.chosen, *self.choice.believed))

    def _diagnostics(self, divergence: Divergence, value: Value) -> dict[str, float]:
        found: dict[str, float] = {"unclipped": value.value, "ties": self.regime.tied}
        shares = (side.share for side in self.overlaps)
        found |= dict(zip(("out of support", "of Q out of P's"), shares, strict=False))
        scores = self.scores
        if scores is not None and not isinstance(self.y, Model):
            ratio = np.exp(scores[1] - scores[1].max())
            found["effective rows of Q under the ratio"] = float(ratio.sum() ** 2 / np.square(ratio).sum())
        if not isinstance(self.y, Model):
            found["log m"] = math.log(self.y.rows)
        if divergence == self.of and self._change is not None:
            found["change from n/2 to n"] = self._change
        for other in self.choice.others:
            try:
                found[f"by {other.title}"] = other.fitted.value(divergence).value
            except NotImplementedError:
                continue
        return {**found, **self.choice.chosen.fitted.diagnostics}


def _asked_for(method: Method, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Choice:
    made = Candidate(method.title, method, method.fit(x, y, rng))
    return Choice(made, made.fitted, "", (made,))


def _unbounded(divergence: Divergence) -> tuple[bool, bool]:
    """Return whether mass of P where Q has none makes the divergence infinite, and mass of Q where P has none."""
    half, outside_only = [0.5, 0.5], [0.0, 1.0]
    return math.isinf(float(divergence(half, outside_only))), math.isinf(float(divergence(outside_only, half)))


def _is_formula(side: Any, density: type) -> bool:
    return isinstance(side, density)


def _check(of: object, method: object, interval: object, level: object) -> None:
    if not isinstance(of, Divergence):
        raise TypeError(f"of is {of!r}; a divergence is needed, such as kb.kl, kb.js or kb.renyi(2)")
    if method != "auto" and not isinstance(method, Method):
        raise TypeError(
            f"method is {method!r}; 'auto' or an estimator is needed, such as kb.estimators.nearest_neighbours(k=5)"
        )
    if interval not in _RULES:
        raise ValueError(f"interval is {interval!r}; it may be {', '.join(map(repr, _RULES))}")
    check_level(level)


def check_level(level: object) -> None:
    """Raise where a level is no probability."""
    if not isinstance(level, (int, float, np.floating)):
        raise TypeError(f"level is {level!r}; a number between 0 and 1 is needed, such as 0.95")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, both excluded")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _unit(divergence: Divergence) -> Unit:
    return "nats" if divergence.unit == "nats" else ""
