"""Histogram: exact counts of an ordered column between fixed edges; what is not a finite number is apart."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kullback.distribution import Distribution
from kullback.distributions.counts import counts
from kullback.kernels.histogram import CountBetween, count_whole
from kullback.summaries.counts import EVERY_ROW_ONCE, Counts, FloatArray, IntArray, Rows, SavedCounts
from kullback.summaries.moments import Moments

FINE_CELLS = 200
"""Cells for distances between quantiles and for pictures."""
COARSE_CELLS = 20
"""Cells for the divergences, whose bias grows with their number."""
SPECIALS = ("−∞", "+∞", "NaN", "null")
"""The cells after those between the edges, in this order."""


@dataclass(frozen=True, slots=True)
class HistogramCut:
    """Where an ordered column is cut: right-closed cells (e₍ᵢ₋₁₎, eᵢ], one below the first edge and one above the last.

    Attributes
    ----------
    edges : increasing float64 edges. An atom a (a value with a cell of its own) is the cell (the float below a, a].
    groups : for each of the ``len(edges) + 1`` fine cells, the coarse cell that it belongs to.
    atoms : the values with a cell of their own.
    """

    edges: tuple[float, ...] = ()
    groups: tuple[int, ...] = (0,)
    atoms: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        edges, groups = np.array(self.edges), np.array(self.groups)
        if not (np.isfinite(edges).all() and (np.diff(edges) > 0).all()):
            raise ValueError("the edges of a histogram must be finite and increase")
        steps = np.diff(groups)
        if len(groups) != len(edges) + 1 or groups[0] != 0 or not ((steps == 0) | (steps == 1)).all():
            raise ValueError(f"{len(groups)} groups do not number the {len(edges) + 1} cells between the edges")

    @property
    def fine(self) -> int:
        """How many fine cells hold finite numbers."""
        return len(self.edges) + 1

    @property
    def coarse(self) -> int:
        """How many coarse cells hold finite numbers."""
        return self.groups[-1] + 1

    @property
    def all_groups(self) -> IntArray:
        """The coarse cell of every fine cell; null, NaN and the infinities keep one each, after the others."""
        return np.concatenate([np.array(self.groups), self.coarse + np.arange(len(SPECIALS))])

    def codes(self, values: FloatArray) -> IntArray:
        """Return the fine cell of each value (NaN and infinities in theirs)."""
        codes = np.searchsorted(np.array(self.edges), values, "left")
        if not np.isfinite(values).all():
            codes[values == -np.inf] = self.fine
            codes[values == np.inf] = self.fine + 1
            codes[np.isnan(values)] = self.fine + 2
        return codes

    def is_atom(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return for each fine cell whether it can hold one value only."""
        edges = np.array(self.edges)
        single = np.zeros(self.fine, bool)
        if len(edges) > 1:
            single[1:-1] = np.nextafter(edges[1:], -np.inf) <= edges[:-1]
        return single


@dataclass(slots=True)
class Histogram:
    """Exact counts on the cells of a `HistogramCut`, and the moments of the finite values: a commutative monoid.

    The cells are the fine cells, then −∞, +∞, NaN and null. Blocks are counted on the coarse cells only.
    """

    cut: HistogramCut
    counts: Counts
    blocks: Counts | None = None
    moments: Moments = field(default_factory=Moments)
    _count_between: CountBetween | None = field(default=None, repr=False, compare=False)

    @classmethod
    def zero(cls, cut: HistogramCut, rows: Rows = EVERY_ROW_ONCE) -> Histogram:
        """Return the histogram of no rows."""
        fine = Rows(rows.weights)
        blocks = None if rows.blocks is None else Counts.zero(cut.coarse + len(SPECIALS), rows)
        return cls(cut, Counts.zero(cut.fine + len(SPECIALS), fine), blocks)

    def update(self, values: FloatArray, nulls: int = 0) -> None:
        """Count a batch of rows, each once: ``values`` without the nulls, and the number of ``nulls``."""
        specials = np.array([0, 0, 0, nulls])
        if not np.isfinite(values).all():
            specials[:3] = [
                np.count_nonzero(found) for found in (values == -np.inf, values == np.inf, np.isnan(values))
            ]
            values = values[np.isfinite(values)]
        if self._count_between is None:
            self._count_between = CountBetween(np.array(self.cut.edges))
        cells = self._count_between(values)
        self.counts.cells = self.counts.cells + np.concatenate([cells, specials])
        self.moments = self.moments.merge(Moments.of(values))

    def update_whole(self, values: IntArray, nulls: int = 0) -> None:
        """Count a batch of whole numbers, which takes less time than `update` where they lie close together."""
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        repeats = count_whole(values, low, high) if low > -(2**53) and high < 2**53 else None
        if repeats is None:
            self.update(values.astype(np.float64), nulls)
            return
        numbers = np.arange(low, high + 1, dtype=np.float64)
        cells = np.bincount(np.searchsorted(np.array(self.cut.edges), numbers), repeats, minlength=self.cut.fine)
        self.counts.cells = self.counts.cells + np.concatenate([cells, [0, 0, 0, nulls]]).astype(np.int64)
        seen = repeats > 0
        self.moments = self.moments.merge(Moments.of(numbers[seen], repeats[seen].astype(np.float64)))

    def update_rows(self, values: FloatArray, valid: np.ndarray[tuple[int], np.dtype[np.bool_]], rows: Rows) -> None:
        """Count a batch of weighted rows or of rows in blocks; ``valid`` is False where the value is null."""
        codes = np.full(len(values), self.cut.fine + 3)
        codes[valid] = self.cut.codes(values[valid])
        self.counts.add(codes, Rows(rows.weights))
        if self.blocks is not None:
            self.blocks.add(self.cut.all_groups[codes], rows)
        finite = codes < self.cut.fine
        weights = None if rows.weights is None else rows.weights[finite]
        self.moments = self.moments.merge(Moments.of(values[finite], weights))

    def merge(self, other: Histogram) -> Histogram:
        """Return the histogram of the rows of both."""
        if self.cut != other.cut:
            raise ValueError("two histograms with different edges cannot be merged: make both with the same Plan")
        blocks = None
        if self.blocks is not None or other.blocks is not None:
            blocks = self.coarse.merge(other.coarse)
        return Histogram(self.cut, self.counts.merge(other.counts), blocks, self.moments.merge(other.moments))

    @property
    def coarse(self) -> Counts:
        """The counts on the coarse cells and the specials, with the blocks where there are any."""
        if self.blocks is not None:
            return self.blocks
        groups = self.cut.all_groups
        return self.counts.group(groups, int(groups[-1]) + 1)

    @property
    def distribution(self) -> Distribution:
        """What the coarse cells say of the distribution, for any divergence.

        >>> from kullback.divergences import js
        >>> cut = cut_histogram(np.array([1.0, 2.0, 3.0]), integers=True)
        >>> first, second = Histogram.zero(cut), Histogram.zero(cut)
        >>> first.update(np.array([1.0, 2.0, 3.0])), second.update(np.array([1.0, 2.0, 2.0]))
        (None, None)
        >>> js(first.distribution, second.distribution)
        np.float64(0.143...)
        """
        return counts(self.coarse.cells)

    def to_plain(self) -> dict[str, object]:
        """Return what JSON needs; the edges stand in the plan."""
        from kullback.records import to_plain

        plain: dict[str, object] = {"counts": self.counts.to_plain(), "moments": to_plain(self.moments)}
        if self.blocks is not None:
            plain["blocks"] = self.blocks.to_plain()
        return plain


@dataclass(frozen=True, slots=True)
class SavedHistogram:
    """A histogram as it is saved."""

    counts: SavedCounts
    moments: Moments = field(default_factory=Moments)
    blocks: SavedCounts | None = None

    def restore(self, cut: HistogramCut) -> Histogram:
        """Return the histogram; ``ValueError`` if it does not fit the cut."""
        counts = self.counts.restore()
        if len(counts.cells) != cut.fine + len(SPECIALS):
            raise ValueError(f"a histogram has {len(counts.cells)} cells, its plan {cut.fine + len(SPECIALS)}")
        blocks = self.blocks.restore() if self.blocks else None
        if blocks is not None and len(blocks.cells) != cut.coarse + len(SPECIALS):
            raise ValueError(f"blocks have {len(blocks.cells)} cells, their plan {cut.coarse + len(SPECIALS)}")
        return Histogram(cut, counts, blocks, self.moments)


def cut_histogram(
    sample: FloatArray, *, integers: bool, fine: int = FINE_CELLS, coarse: int = COARSE_CELLS
) -> HistogramCut:
    """Return cells of about equal mass in ``sample``, where a value with at least one cell's mass is an atom.

    Cells of equal mass cannot be spoilt by an outlier, as cells of equal width are. ``integers`` says that between two
    neighbouring whole numbers nothing can lie.
    """
    values = np.sort(sample[np.isfinite(sample)])
    if not len(values):
        return HistogramCut()
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    distinct, repeats = values[starts], np.diff(np.append(starts, len(values)))
    atoms = distinct if len(distinct) <= fine else distinct[repeats * fine >= len(values)]
    ranks = (np.arange(1, fine) * len(values)) // fine
    with np.errstate(over="ignore"):  # nothing lies below the least float: that edge is left out
        below = atoms - 1.0 if integers else np.nextafter(atoms, -np.inf)
        first = values[0] - 1.0 if integers else np.nextafter(values[0], -np.inf)
    edges = np.unique(np.concatenate([[first], below, atoms, values[ranks], values[-1:]]))
    edges = edges[np.isfinite(edges)]
    masses = np.diff(np.searchsorted(values, edges, "right"), prepend=0, append=len(values))
    return HistogramCut(
        tuple(edges.tolist()),
        tuple(_equal_groups(masses, coarse)),
        tuple(atoms.tolist()),
    )


def _equal_groups(masses: IntArray, size: int) -> list[int]:
    """Group neighbouring cells to about 1/size of the mass; the first and the last cell (out of range) stay alone."""
    target = masses.sum() / size
    groups = [0]
    filled = np.inf  # the first cell inside the range starts a group
    for mass in masses[1:-1].tolist():
        if filled + mass / 2 >= target or (mass >= target and filled > 0):
            groups.append(groups[-1] + 1)
            filled = 0.0
        else:
            groups.append(groups[-1])
        filled += mass
    groups.append(groups[-1] + 1)
    return groups


def pair_groups(histogram: Histogram, size: int) -> IntArray:
    """Return for every cell (specials included) one of at most ``size + 2`` larger cells of about equal mass.

    The last but one holds NaN and the infinities, the last the nulls.
    """
    masses = histogram.counts.cells[: histogram.cut.fine]
    total = masses.sum()
    middle = np.cumsum(masses) - masses / 2
    groups = np.minimum((middle * size / total).astype(np.int64), size - 1) if total else np.zeros(len(masses), int)
    _, groups = np.unique(groups, return_inverse=True)
    return np.concatenate([groups, [size, size, size, size + 1]])
