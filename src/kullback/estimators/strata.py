"""Strata: the chain rule for tables with categories and numbers, KL = KL(categories) + Σ p(c) KL(numbers | c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kullback.divergence import Divergence
from kullback.divergences.kl import kl
from kullback.estimators.count_functional import relative_entropy
from kullback.estimators.counting import shares_of, symbols_of
from kullback.estimators.good_turing import good_turing
from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.method import Fitted, Method, Value
from kullback.sample import FloatArray, IntArray, Model, Sample

LEAST = 50
"""Rows that each sample needs in a cell for its numbers to be compared there."""

_NAMED = 5


@dataclass(frozen=True, eq=False)
class Cell:
    """The rows of one cell, and what was made of their numbers.

    Attributes:
        at_x, at_y: the rows of the samples that lie in it.
        share_p, share_q: the shares of the samples there.
        fitted: the numbers; None where there are none to compare.
    """

    at_x: IntArray
    at_y: IntArray
    share_p: float
    share_q: float
    fitted: Fitted | None


@dataclass(frozen=True, eq=False)
class Chain(Fitted):
    """Which cell a row lies in, and its numbers given the cell.

    Attributes:
        x, y: the samples.
        of_cells: the fit of the cells, as counts.
        held_out: the log-ratios of the cells, each by a fit that has not seen the row.
        cells: those that both samples have rows in.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    of_cells: Fitted
    held_out: tuple[FloatArray, FloatArray]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return the chain rule's sum for KL in either direction or both; other divergences from the log-ratios.

        Raises:
            NotImplementedError: another divergence, where the numbers' method gives no log-ratios.
        """
        which = relative_entropy(divergence)
        if which is not None:
            return self._directed(kl if which == "kl" else kl.reverse)
        if divergence.name == "jeffreys":
            there, back = self._directed(kl), self._directed(kl.reverse)
            return Value(
                there.value + back.value, there.influence_x + back.influence_x, there.influence_y + back.influence_y
            )
        ratio = self._log_ratio()
        if ratio is None:
            raise NotImplementedError(
                f"the chain rule is that of KL: for {divergence!r} the numbers need a method that gives log-ratios, "
                "such as numbers=kb.estimators.quadratic_logistic()"
            )
        return ratio.value(divergence)

    def lower(self, divergence: Divergence) -> Value | None:
        """Return the bound of the summed log-ratios, where the numbers' method gives held-out ones."""
        ratio = self._log_ratio()
        return None if ratio is None else ratio.lower(divergence)

    def log_ratio(self) -> tuple[FloatArray, FloatArray] | None:
        """Return the log-ratio of the cell plus that of the numbers in it."""
        ratio = self._log_ratio()
        return None if ratio is None else ratio.log_ratio()

    def _directed(self, divergence: Divergence) -> Value:
        forward = not divergence.reversed
        first = self.of_cells.value(divergence)
        pull_x, pull_y = first.influence_x.copy(), first.influence_y.copy()
        total = 0.0
        for cell in self.cells:
            if cell.fitted is None:
                continue
            part = cell.fitted.value(divergence)
            share, other = (cell.share_p, cell.share_q) if forward else (cell.share_q, cell.share_p)
            total += share * part.value
            # Of the mean over a cell, a row of the side that the shares are of counts as of the whole sample.
            own, others = (pull_x, pull_y) if forward else (pull_y, pull_x)
            at_own, at_others = (cell.at_x, cell.at_y) if forward else (cell.at_y, cell.at_x)
            of_own, of_others = (
                (part.influence_x, part.influence_y) if forward else (part.influence_y, part.influence_x)
            )
            own[at_own] += of_own + part.value
            others[at_others] += share / other * of_others
        (pull_x if forward else pull_y)[:] -= total
        return Value(first.value + total, pull_x, pull_y)

    def _log_ratio(self) -> LogRatio | None:
        at_x, at_y = self.held_out[0].copy(), self.held_out[1].copy()
        for cell in self.cells:
            if cell.fitted is None:
                continue
            inside = cell.fitted.log_ratio()
            if inside is None:
                return None
            at_x[cell.at_x] += inside[0]
            at_y[cell.at_y] += inside[1]
        return LogRatio(self.x, self.y, at_x, at_y)


@dataclass(frozen=True)
class Strata(Method):
    """See `strata`."""

    counts: Method
    numbers: Method
    least: int
    spared: float = 0.0

    @property
    def title(self) -> str:
        """The name with those of both methods."""
        return f"strata ({self.counts.title}; {self.numbers.title})"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Chain:
        """Return the fits of the categories and of the numbers in every cell."""
        if isinstance(y, Model):
            raise ValueError("strata are for two samples; a model knows its cells: use kb.estimators.shared_radius()")
        if not x.codes.shape[1]:
            raise ValueError("the samples have no categories to make strata of: use the method of the numbers alone")
        if not x.dimension:
            raise ValueError(f"the samples have no numbers, only categories: use {self.counts.title} alone")
        of_x, of_y = symbols_of(coded(x, x.codes), coded(y, y.codes))
        columns = [np.arange(x.dimension)] * (int(max(of_x.max(), of_y.max())) + 1)
        return chained(self, x, y, (of_x, of_y), columns, rng, spared=self.spared)


def chained(
    method: Strata,
    x: Sample,
    y: Sample,
    cells: tuple[IntArray, IntArray],
    columns: Sequence[IntArray],
    rng: np.random.Generator,
    *,
    spared: float = 0.0,
) -> Chain:
    """Return the chain rule's fits.

    Args:
        method: of the counts and of the numbers, and the least rows of a cell.
        x, y: the samples.
        cells: the cell of every row of x and of y, from 0.
        columns: for each cell which columns of numbers are to be compared in it, maybe none.
        rng: of both methods.
        spared: the share of P and of Q that may lie in cells with too few rows, whose numbers are then not compared.

    Raises:
        ValueError: cells with too few rows.
    """
    of_x, of_y = cells
    in_x, in_y = (np.bincount(of, minlength=len(columns)) for of in cells)
    shares_p, shares_q = shares_of(x, of_x, len(columns)), shares_of(y, of_y, len(columns))
    both = (in_x > 0) & (in_y > 0)
    compared = both & np.array([len(chosen) > 0 for chosen in columns])
    thin = np.flatnonzero(compared & (np.minimum(in_x, in_y) < method.least))
    left_out = max(float(shares_p[thin].sum()), float(shares_q[thin].sum()))
    if left_out > spared:
        raise ValueError(_too_thin(thin, x, of_x, (in_x, in_y), method.least))
    compared[thin] = False
    at_x, at_y = coded(x, of_x[:, None]), coded(y, of_y[:, None])
    streams = rng.spawn(len(columns) + 2)
    of_cells = method.counts.fit(at_x, at_y, streams[0])
    held_out = good_turing().fit(at_x, at_y, streams[1]).log_ratio()
    assert held_out is not None
    found: list[Cell] = []
    for cell in np.flatnonzero(both).tolist():
        rows_x, rows_y = np.flatnonzero(of_x == cell), np.flatnonzero(of_y == cell)
        fitted = None
        if compared[cell]:
            inside = numbers_of(x.take(rows_x), columns[cell]), numbers_of(y.take(rows_y), columns[cell])
            fitted = method.numbers.fit(*inside, streams[2 + cell])
        found.append(Cell(rows_x, rows_y, float(shares_p[cell]), float(shares_q[cell]), fitted))
    notes = (*of_cells.notes, *_inside(found))
    if len(thin):
        notes += (
            f"the numbers of {100.0 * left_out:.3g} % of the rows were not compared: "
            f"they lie in {len(thin)} cells with fewer than {method.least} rows",
        )
    told = (*((f"cells: {k}", v) for k, v in of_cells.diagnostics.items()), ("cells", float(len(found))))
    return Chain(x, y, of_cells, held_out, tuple(found), notes, dict(told))


def _inside(cells: Sequence[Cell]) -> tuple[str, ...]:
    told: dict[str, None] = {}
    for cell in cells:
        told.update(dict.fromkeys(cell.fitted.notes if cell.fitted is not None else ()))
    return tuple(told)


def _too_thin(thin: IntArray, x: Sample, of_x: IntArray, rows: tuple[IntArray, IntArray], least: int) -> str:
    parts: list[str] = []
    for cell in thin[:_NAMED].tolist():
        first = int(np.flatnonzero(of_x == cell)[0])
        name = ", ".join(str(code) for code in x.codes[first].tolist()) or str(cell)
        parts.append(f"({name}) with {rows[0][cell]} rows of x and {rows[1][cell]} of y")
    more = f" and {len(thin) - _NAMED} more" if len(thin) > _NAMED else ""
    return (
        f"{len(thin)} cells have fewer than {least} rows in a sample, too few to compare their numbers: "
        f"{'; '.join(parts)}{more}. Use kb.estimators.stack(), or a smaller least="
    )


def coded(sample: Sample, codes: IntArray) -> Sample:
    """Return the rows with these codes and no numbers."""
    alphabet = tuple(int(column.max()) + 1 for column in codes.T)
    names = tuple(f"cell {i + 1}" for i in range(codes.shape[1]))
    return replace(sample, numbers=np.empty((sample.rows, 0)), codes=codes, alphabet=alphabet, names=names)


def numbers_of(sample: Sample, columns: IntArray) -> Sample:
    """Return the rows with some of their numbers and no codes."""
    return replace(
        sample,
        numbers=sample.numbers[:, columns],
        codes=np.empty((sample.rows, 0), np.int64),
        alphabet=(),
        names=tuple(sample.names[i] for i in columns.tolist()) if sample.names else (),
    )


def strata(
    *, counts: Method | None = None, numbers: Method | None = None, least: int = LEAST, spared: float = 0.0
) -> Strata:
    """Return the estimator KL(categories) + Σ p̂(c) KL(numbers | c), each part by its own method.

    Every combination of categories is a cell. Cells that only one sample has are the business of the counts. Influences
    are those of the parts: a row of x pulls by φ(categories) + φ_c + KL_c − Σ p̂ KL_c, a row of y in cell c by
    φ(categories) + φ_c p̂(c)/q̂(c). Divergences other than KL follow from the sums of the log-ratios, where the numbers'
    method gives them; so does the lower bound.

    Args:
        counts: the method of the categories; `zhang_grabchak()` if left out.
        numbers: the method of the numbers in each cell; `shared_radius()` if left out.
        least: how many rows both samples must have in a cell.
        spared: the share of the rows that may lie in cells with fewer; their numbers are then not compared.

    Returns:
        A `Method` for samples with codes and numbers.

    Raises:
        ValueError: `least` below 2, or `spared` outside [0, 1).

    Source:
        The chain rule: Cover and Thomas, Elements of Information Theory, 2nd ed. (2006), Theorem 2.5.3.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(0)
        >>> codes = rng.integers(0, 2, (2, 500))
        >>> x = sample_of(rng.normal(codes[0], 1.0), codes[0])
        >>> y = sample_of(rng.normal(0.0, 1.0, 500), codes[1])
        >>> fit = strata(numbers=kb.estimators.linear_logistic()).fit(x, y, rng)
        >>> 0.1 < fit.value(kb.kl).value < 0.4  # half of the rows, shifted by 1: 0.25
        True
    """
    if least < 2:
        raise ValueError(f"least is {least}: numbers are compared from two rows on, and well from 50")
    if not 0.0 <= spared < 1.0:
        raise ValueError(f"spared is {spared}; a share of the rows is needed, at least 0 and less than 1")
    if counts is None:
        from kullback.estimators.zhang_grabchak import zhang_grabchak

        counts = zhang_grabchak()
    if numbers is None:
        from kullback.estimators.shared_radius import shared_radius

        numbers = shared_radius()
    return Strata(counts, numbers, least, spared)
