"""Cells: the outcomes on which a column is compared, made from the counts of both sides, with labels one can read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kullback.intervals.sampling import Blocks, Independent, Sampling, Weighted
from kullback.summaries import Categories, ColumnPlan, Counts, Histogram, HistogramCut
from kullback.summaries.categories import is_bucket
from kullback.summaries.counts import IntArray
from kullback.summaries.histogram import SPECIALS
from kullback.summaries.plan import microseconds_to_text


@dataclass(frozen=True, slots=True)
class Cells:
    """The same cells on both sides.

    Attributes
    ----------
    labels : what each cell holds.
    reference, current : its counts on both sides.
    ordered : whether neighbouring cells belong together.
    """

    labels: tuple[str, ...]
    reference: Counts
    current: Counts
    ordered: bool

    def merge(self, groups: IntArray) -> Cells:
        """Return the cells added up by group index."""
        size = int(groups.max()) + 1
        members: list[list[int]] = [[] for _ in range(size)]
        for index, group in enumerate(groups.tolist()):
            members[group].append(index)
        name = _merged_range if self.ordered else _merged_names
        labels = tuple(name([self.labels[i] for i in group]) for group in members)
        return Cells(labels, self.reference.group(groups, size), self.current.group(groups, size), self.ordered)

    def occupied(self) -> Cells:
        """Return the cells that hold at least one row on either side; the first one if none does."""
        kept = np.flatnonzero((self.reference.cells > 0) | (self.current.cells > 0))
        if not len(kept):
            kept = np.array([0])

        def pick(counts: Counts) -> Counts:
            return Counts(
                counts.cells[kept],
                None if counts.squares is None else counts.squares[kept],
                None if counts.blocks is None else {name: cells[kept] for name, cells in counts.blocks.items()},
            )

        return Cells(tuple(self.labels[i] for i in kept), pick(self.reference), pick(self.current), self.ordered)


FEWEST_BLOCKS = 3


def number_of_blocks(counts: Counts) -> float:
    """Return how many blocks hold rows; infinite where no blocks were counted."""
    return math.inf if counts.blocks is None else sum(block.sum() > 0 for block in counts.blocks.values())


def sampling(counts: Counts, rows: int) -> Sampling:
    """Return how counts were drawn: in blocks if blocks were counted, else weighted or independent rows.

    With fewer than `FEWEST_BLOCKS` blocks nobody knows how they vary: rows are counted, and no interval may be made.
    """
    if number_of_blocks(counts) >= FEWEST_BLOCKS and counts.blocks is not None:
        # In the order of their names: which order they were read in must not decide how their sums round.
        blocks = np.stack([counts.blocks[name] for name in sorted(counts.blocks)])
        return Blocks(blocks, rows if counts.squares is not None else None)
    if counts.squares is not None:
        return Weighted(counts.cells, counts.squares, rows)
    return Independent(counts.cells)


def cells_of(
    plan: ColumnPlan,
    reference: Histogram | Categories,
    current: Histogram | Categories,
    *,
    open_ended: bool = False,
) -> Cells:
    """Return the cells of a column that was counted under the same plan on both sides.

    ``open_ended`` joins the cells below and above the reference's range to their neighbours.
    """
    if isinstance(reference, Histogram) and isinstance(current, Histogram):
        labels = (*range_labels(reference.cut, plan.kind), *SPECIALS)
        cells = Cells(labels, reference.coarse, current.coarse, ordered=True)
        last = reference.cut.coarse - 1
        if open_ended and last > 1:
            groups = np.arange(len(labels))
            groups[0], groups[last] = 1, last - 1
            groups[last + 1 :] -= 1
            cells = cells.merge(groups - 1)
        return cells.occupied()
    if isinstance(reference, Categories) and isinstance(current, Categories):
        first, second = reference.as_dict(), current.as_dict()
        # By frequency in both together, never by how they differ: the merging of rare ones must not look.
        pooled = {label: first.get(label, 0) + second.get(label, 0) for label in (*first, *second)}
        labels = sorted(sorted(pooled), key=lambda label: -pooled[label])
        shown = tuple(label_text(label) for label in labels)
        return Cells(("null", *shown), reference.aligned(labels), current.aligned(labels), ordered=False).occupied()
    raise ValueError(f"{plan.name} was counted in two ways")


def label_text(label: str) -> str:
    """Return a category as it is shown."""
    if is_bucket(label):
        return "other values #" + label.rsplit(" ", 1)[-1]
    return "(empty text)" if label == "" else label


def number_text(value: float, kind: str) -> str:
    """Return a value of a column of this kind as short text."""
    if kind == "datetime":
        return microseconds_to_text(value)
    if kind in ("time", "duration"):
        return f"{value / 1e6:,.6g} s"
    if math.isfinite(value) and value == math.floor(value) and abs(value) < 1e7:
        return f"{value:.0f}"
    return f"{value:.4g}"


def range_labels(cut: HistogramCut, kind: str) -> list[str]:
    """Return the labels of the coarse cells of a cut."""
    if not cut.edges:
        return ["any value"]
    edges = np.array(cut.edges)
    atoms = set(cut.atoms)
    groups = np.array(cut.groups)
    # The last fine cell of each coarse cell; its right edge ends the coarse cell.
    last = np.append(np.flatnonzero(np.diff(groups)), len(groups) - 1)
    labels: list[str] = []
    for group, end in enumerate(last.tolist()):
        start = 0 if group == 0 else int(last[group - 1]) + 1
        if group == 0:
            labels.append(f"< {number_text(_above(float(edges[end]), cut, kind), kind)}")
        elif end == len(edges):
            labels.append(f"> {number_text(float(edges[start - 1]), kind)}")
        else:
            low, high = _above(float(edges[start - 1]), cut, kind), float(edges[end])
            inner = [atom for atom in cut.atoms if edges[start - 1] < atom <= high]
            if start == end and high in atoms:
                labels.append(number_text(high, kind))
            elif _atoms_only(cut, start, end, len(inner)):
                first, *_, final = (*inner, inner[-1])
                labels.append(f"{number_text(first, kind)} … {number_text(final, kind)}")
            else:
                labels.append(f"{number_text(low, kind)} … {number_text(_below(high, cut), kind)}")
    return labels


def _atoms_only(cut: HistogramCut, start: int, end: int, atoms: int) -> bool:
    single = cut.is_atom()[start : end + 1]
    return bool(atoms) and int(single.sum()) == len(single) == atoms


def _above(edge: float, cut: HistogramCut, kind: str) -> float:
    """Return the value to name for the open left end of a cell: the next float, or whole number, belongs to it."""
    following = float(np.nextafter(edge, np.inf))
    if following in cut.atoms or edge == cut.edges[0]:
        if edge + 1.0 in cut.atoms or (edge == math.floor(edge) and kind in ("text", "datetime")):
            return edge + 1.0
        return following
    return edge


def _below(edge: float, cut: HistogramCut) -> float:
    following = float(np.nextafter(edge, np.inf))
    return following if following in cut.atoms else edge


def _merged_range(labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    specials = [label for label in labels if label in SPECIALS]
    ranges = [label for label in labels if label not in SPECIALS]
    if not ranges:
        return " or ".join(specials)
    first, last = ranges[0], ranges[-1]
    low = "" if first.startswith("<") else first.split(" … ")[0]
    high = "" if last.startswith(">") else last.split(" … ")[-1].removeprefix("< ")
    if first.startswith(">"):
        text = first
    elif last.startswith("<"):
        text = last
    elif low and high:
        text = f"{low} … {high}"
    elif high:
        text = f"≤ {high}"
    elif low:
        text = f"≥ {low}"
    else:
        text = "all values"
    return " or ".join([text, *specials])


def _merged_names(labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    shown = ", ".join(labels[:2])
    return shown if len(labels) == 2 else f"{shown} and {len(labels) - 2} more rare values"
