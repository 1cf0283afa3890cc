"""Atoms: numbers of which some repeat, such as zeros among measurements, rounded values and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kullback.divergence import Divergence
from kullback.estimators.counting import symbols_of
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.strata import Strata, chained, coded
from kullback.sample import FloatArray, IntArray, Model, Sample

_TOLERANCE = 1e-6
_COUNTED = 20.0  # rows per distinct value from which values are counted as categories
_HEAVY = 5.0  # times as many rows as its neighbours on the grid: an atom of its own
_BESIDE = 5  # values on either side that say what is to be expected of a grid
_BEYOND_CHANCE = 12.0
_LEAST, _SPARED = 20, 0.05


@dataclass(frozen=True, eq=False)
class Ties:
    """What repeats in one column of two samples.

    Attributes:
        share: of the rows of both samples whose value another row has too.
        distinct: how many different values there are.
        step: the grid that all values lie on, such as 0.1 for values rounded to one digit; None where there is none.
        atoms: values that are masses of their own, ascending: on a grid those that stand out from their neighbours,
            elsewhere all that repeat; all values where they are counted.
        counted: whether there are so few values that each is a category.
    """

    share: float
    distinct: int
    step: float | None
    atoms: FloatArray
    counted: bool


def ties_of(x: FloatArray, y: FloatArray) -> Ties:
    """Return what repeats among the numbers of one column, x from P and y from Q, shapes (n,) and (m,).

    Example:
        >>> found = ties_of(np.sqrt([0.0, 0.0, 1.5, 2.0, 3.0]), np.sqrt([0.0, 0.3, 1.7, 2.9]))
        >>> found.atoms.tolist(), found.distinct, round(found.share, 3), found.step
        ([0.0], 7, 0.333, None)
    """
    values, counts = np.unique(np.concatenate([x, y]), return_counts=True)
    rows = len(x) + len(y)
    share = float(counts[counts > 1].sum()) / rows
    if share == 0.0:
        return Ties(0.0, len(values), None, np.empty(0), counted=False)
    counted = rows >= _COUNTED * len(values)
    step = step_of(values)
    repeated = counts > 1
    if counted:
        repeated[:] = True
    elif step is not None:
        repeated = _stands_out(values, counts, step)
    return Ties(share, len(values), step, values[repeated], counted)


def tied_share(x: Sample, y: Sample) -> float:
    """Return the share of the rows of both samples whose number another row has too, the greatest over the columns."""
    return max((ties_of(a, b).share for a, b in zip(x.numbers.T, y.numbers.T, strict=True)), default=0.0)


def atoms_of(x: Sample, y: Sample) -> tuple[Ties, ...]:
    """Return what repeats in every column of numbers."""
    return tuple(ties_of(a, b) for a, b in zip(x.numbers.T, y.numbers.T, strict=True))


def step_of(values: FloatArray) -> float | None:
    """Return the step of the grid that distinct values lie on; None where there is none that they show.

    Args:
        values: ascending.

    Returns:
        The greatest number of which all gaps are multiples, to rounding (Euclid's algorithm), if it is not much smaller
        than the smallest gap.

    Example:
        >>> round(step_of(np.array([1.0, 1.2, 1.3, 2.0])), 9), step_of(np.sqrt([1.0, 2.0, 3.0, 5.0]))
        (0.1, None)
    """
    if len(values) < 3:
        return None
    gaps = np.diff(values)
    size = max(abs(float(values[0])), abs(float(values[-1])))
    rounding = 8.0 * np.finfo(np.float64).eps * size
    step = float(gaps.min())
    if step <= 1e3 * rounding:
        return None
    for _ in range(8):
        parts = gaps / step
        off = np.abs(parts - np.round(parts)) * step
        allowed = _TOLERANCE * step + 2.0 * rounding
        wrong = off > allowed
        if not wrong.any():
            break
        # The remainder is a multiple of the step too, if there is one (Euclid).
        step = float(off[wrong].min())
        if step < 1e-3 * float(gaps.min()) or step <= 1e3 * rounding:
            return None
    else:
        return None
    # The mean gap says the step better than one gap does.
    return float((values[-1] - values[0]) / np.round((values[-1] - values[0]) / step))


def _stands_out(values: FloatArray, counts: IntArray, step: float) -> NDArray[np.bool_]:
    """Say which values of a grid have more rows than the density about them gives a step, beyond chance.

    The density is that of the values next to it on both sides; beyond chance are odds below e^−12 by the bound
    P(X ≥ k) ≤ exp(k − λ − k ln(k/λ)) of a Poisson tail.
    """
    at = np.round((values - values[0]) / step)
    index = np.arange(len(values))
    first, last = np.maximum(index - _BESIDE, 0), np.minimum(index + _BESIDE, len(values) - 1)
    sums = np.concatenate([[0], np.cumsum(counts)])
    expected = (sums[last + 1] - sums[first] - counts) / np.maximum(at[last] - at[first], 1.0)
    expected = np.maximum(expected, 1e-9)
    surprise = counts * np.log(counts / expected) - counts + expected
    return (counts > _HEAVY * expected) & (surprise > _BEYOND_CHANCE)


@dataclass(frozen=True, eq=False)
class AtomsFit(Fitted):
    """Samples whose repeated values were set apart.

    Attributes:
        x, y: the samples as given.
        fitted: of the cells and the numbers in them, or of the numbers alone.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    fitted: Fitted
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return that of the fit."""
        return self.fitted.value(divergence)

    def lower(self, divergence: Divergence) -> Value | None:
        """Return that of the fit."""
        return self.fitted.lower(divergence)

    def log_ratio(self) -> tuple[FloatArray, FloatArray] | None:
        """Return those of the fit."""
        return self.fitted.log_ratio()


@dataclass(frozen=True)
class Atoms(Method):
    """See `atoms`."""

    counts: Method
    inner: Method
    least: int

    @property
    def title(self) -> str:
        """The name with those of both methods."""
        return f"atoms ({self.counts.title}; {self.inner.title})"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the fits of the atoms and of the other numbers."""
        if isinstance(y, Model):
            raise ValueError("atoms are for two samples; beside a model with atoms use kb.estimators.zhang_grabchak()")
        if not x.dimension:
            raise ValueError(f"the samples have no numbers, only categories: use {self.counts.title} alone")
        found = atoms_of(x, y)
        spread, inside = rng.spawn(2)
        at_x, at_y = _cells(x, found), _cells(y, found)
        codes_x, codes_y = np.concatenate([at_x, x.codes], axis=1), np.concatenate([at_y, y.codes], axis=1)
        smooth_x, smooth_y = _spread_out(x, found, spread), _spread_out(y, found, spread)
        notes = tuple(_told(x, found))
        diagnostics = {
            "tied share": max(ties.share for ties in found),
            "distinct values": float(max(ties.distinct for ties in found)),
            **({"step": steps[0]} if (steps := [t.step for t in found if t.step is not None]) else {}),
        }
        if not any(len(ties.atoms) or ties.counted for ties in found) and not x.codes.shape[1]:
            fitted = self.inner.fit(smooth_x, smooth_y, inside)
        else:
            fitted = self._in_cells(smooth_x, smooth_y, codes_x, codes_y, inside)
        return AtomsFit(x, y, fitted, (*notes, *fitted.notes), {**fitted.diagnostics, **diagnostics})

    def _in_cells(self, x: Sample, y: Sample, codes_x: IntArray, codes_y: IntArray, rng: np.random.Generator) -> Fitted:
        of_x, of_y = symbols_of(coded(x, codes_x), coded(y, codes_y))
        cells = int(max(of_x.max(), of_y.max())) + 1
        # In each cell, the columns whose code is −1 are free to vary.
        free = np.zeros((cells, x.dimension), bool)
        free[of_x] = codes_x[:, : x.dimension] < 0
        free[of_y] = codes_y[:, : x.dimension] < 0
        columns = [np.flatnonzero(row) for row in free]
        if not free.any():
            return self.counts.fit(coded(x, of_x[:, None]), coded(y, of_y[:, None]), rng)
        chain = Strata(self.counts, self.inner, self.least)
        return chained(chain, x, y, (of_x, of_y), columns, rng, spared=_SPARED)


def _cells(sample: Sample, found: tuple[Ties, ...]) -> IntArray:
    """Return which atom each number is, −1 where it is none, shape (n, d)."""
    codes = np.full(sample.numbers.shape, -1, np.int64)
    for j, ties in enumerate(found):
        column = sample.numbers[:, j]
        if len(ties.atoms):
            at = np.searchsorted(ties.atoms, column).clip(0, len(ties.atoms) - 1)
            codes[:, j] = np.where(ties.atoms[at] == column, at, -1)
    return codes


def _spread_out(sample: Sample, found: tuple[Ties, ...], rng: np.random.Generator) -> Sample:
    """Return the sample with every rounded number drawn evenly from what was rounded to it."""
    numbers = sample.numbers.copy()
    for j, ties in enumerate(found):
        if ties.step is not None and not ties.counted:
            numbers[:, j] += ties.step * (rng.random(sample.rows) - 0.5)
    return replace(sample, numbers=numbers)


def _told(sample: Sample, found: tuple[Ties, ...]) -> list[str]:
    told: list[str] = []
    for j, ties in enumerate(found):
        name = sample.names[j] if j < len(sample.names) else f"column {j + 1}"
        share = f"{100.0 * ties.share:.3g} % of the rows of {name} share their value"
        if ties.counted:
            told.append(f"{share}: {ties.distinct} values, counted")
        elif ties.step is not None:
            told.append(
                f"{share}: multiples of {ties.step:.6g}, spread evenly over each step, which leaves the divergence as "
                "it is"
            )
        if len(ties.atoms) and not ties.counted:
            shown = ", ".join(f"{value:.6g}" for value in ties.atoms[:3].tolist())
            more = f" and {len(ties.atoms) - 3} more" if len(ties.atoms) > 3 else ""
            told.append(f"atoms of {name}: {shown}{more}")
    return told


def atoms(*, inner: Method | None = None, counts: Method | None = None, least: int = _LEAST) -> Atoms:
    """Return the estimator for numbers of which some repeat, by the chain rule.

    Per column: where there are few different values (20 rows for each or more), each is a category. Where all values
    lie on a grid, as rounded ones do, every number is drawn anew from its step, evenly: the steps do not overlap and
    P and Q are flat in the same way within them, so that no divergence changes; values with five times the rows of
    their neighbours are set apart. Elsewhere every value that repeats is an atom. Which atom a row is, or none, goes by
    counts, and the free numbers of each combination by the inner method.

    Args:
        inner: the method of numbers without ties; `shared_radius()` if left out.
        counts: the method of the atoms; `zhang_grabchak()` if left out.
        least: rows that both samples need in a combination; up to 5 % of the rows may lie in smaller ones, which is
            said.

    Returns:
        A `Method` for samples with numbers.

    Raises:
        ValueError: `least` below 2.

    Source:
        The chain rule: Cover and Thomas, Elements of Information Theory, 2nd ed. (2006), Theorem 2.5.3; for mixtures of
        atoms and densities: Nair, Prabhakar and Shah, "On entropy for mixtures of discrete and continuous variables"
        (2006), section 3.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(0)
        >>> x = np.where(rng.random(1000) < 0.5, 0.0, rng.exponential(1.0, 1000))
        >>> y = np.where(rng.random(1000) < 0.2, 0.0, rng.exponential(1.0, 1000))
        >>> fit = atoms(inner=kb.estimators.linear_logistic()).fit(sample_of(x), sample_of(y), rng)
        >>> abs(fit.value(kb.kl).value - 0.223) < 0.1  # .5 ln(.5/.2) + .5 ln(.5/.8) = .223
        True
    """
    if least < 2:
        raise ValueError(f"least is {least}: numbers are compared from two rows on, and well from {_LEAST}")
    if counts is None:
        from kullback.estimators.zhang_grabchak import zhang_grabchak

        counts = zhang_grabchak()
    if inner is None:
        from kullback.estimators.shared_radius import shared_radius

        inner = shared_radius()
    return Atoms(counts, inner, least)
