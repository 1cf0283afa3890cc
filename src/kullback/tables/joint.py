"""Joint: how all columns together differ, from the counts of their pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kullback.comparison import JointDifference, PairDifference
from kullback.divergences import js
from kullback.estimate import Estimate
from kullback.estimators import plug_in
from kullback.intervals import noncentral_chi_square
from kullback.intervals.sampling import Independent
from kullback.special import normal_quantile
from kullback.summaries import Pairs
from kullback.summaries.counts import FloatArray, IntArray
from kullback.tables.pair_cells import COLUMNS

SHOWN_PAIRS = 10
LEAST = 10.0
"""Rows that a cell must be expected to hold on the smaller side: twice Cochran's 5 (1954), as the corrected levels lie
far out in the tails. With 5 a bound on skewed columns lay above the truth in 13 % of cases at 95 %, with 10 in 4 %."""
_LN2 = math.log(2.0)
_CHANCE = 0.05
"""How often the tree may have an edge where no columns depend on each other."""
_TRIED = 4
"""Pairs, and columns, whose lower end is computed exactly: those that lead by an approximation."""


def joint_difference(
    reference: Pairs,
    current: Pairs,
    marginals: Mapping[str, Estimate],
    *,
    level: float,
    considered: int,
    dependent: bool,
) -> JointDifference | None:
    """Return what the pairs say of the divergence of all columns together.

    Bound. Looking at one or two columns only can never increase a divergence (data processing), so the joint JS is at
    least that of every pair and of every column. Of all lower ends, each one-sided at 1 − (1 − level)/candidates
    (Bonferroni), the largest is a lower end at ``level``.

    Interactions. JS(a, b) − JS(a) − JS(b), all on the same sampled cells and corrected for bias, is the interaction
    information I(Y; A, B) − I(Y; A) − I(Y; B) between a row's cells and its side Y: how much of the difference neither
    column shows alone. It is negative where both columns tell the same. See `_Interactions` for the test.

    Tree. Σ JS(column) + Σ interaction over the edges of a Chow–Liu tree: the maximum spanning tree by the mutual
    information that two columns have within the sides (Chow and Liu, 1968). That choice does not look at the
    interactions, so it neither picks the largest noise nor counts the drift of two columns that say the same twice.
    An approximation that can lie on either side of the truth.

    Arguments
    ---------
    reference, current : counts of pairs of sampled rows on the same cells.
    marginals : the JS of each column by itself, from all rows.
    level : of all intervals.
    considered : how many columns could have been paired.
    dependent : whether rows are known or seen to depend on each other.

    Returns
    -------
    The difference, or None if there is no pair, or no row on one side.

    Source: McGill 1954 for the interaction information; Cover and Thomas, Elements of Information Theory, 2.8.
    """
    pairs = [pair for pair in reference.tables if pair in current.tables]
    if not pairs or not reference.rows or not current.rows:
        return None
    for pair in pairs:
        if reference.tables[pair].shape != current.tables[pair].shape:
            raise ValueError(f"{pair[0]} × {pair[1]} was counted on different cells on the two sides")
    counted = _Counted.of(reference, current, pairs)
    interactions = _Interactions.of(counted, level)
    bound, source = _bound(counted, marginals, level)
    return JointDifference(
        bound=bound,
        source=source,
        pairs=_strongest(counted, interactions, level),
        tree=_tree(counted, interactions.value, marginals),
        notes=tuple(_notes(counted, marginals, level, considered) + ([_DEPENDENT] if dependent else [])),
    )


_DEPENDENT = "neighbouring rows depend on each other; the intervals of pairs count sampled rows as independent"


@dataclass(frozen=True)
class _Tables:
    """Counts of many tables of both sides at once, thin cells merged, and the JS of each.

    Attributes
    ----------
    p, q : (tables, cells) merged counts; unused cells are 0 on both sides.
    index : (tables, cells before merging) where each cell went.
    n, m : rows of the two sides.
    """

    p: FloatArray
    q: FloatArray
    index: IntArray
    n: float
    m: float

    @classmethod
    def of(cls, p: FloatArray, q: FloatArray, n: float, m: float) -> _Tables:
        """Merge the thin cells of every table, by their pooled counts only, into cells just thick enough."""
        tables, cells = p.shape
        expected = min(n, m) * (p + q) / (n + m)
        # A cell exactly at the limit is not thin: rounding must not decide.
        limit = LEAST * (1.0 - 1e-9)
        thick = expected >= limit
        thin_rows = np.where(thick, 0.0, expected)
        filled = np.cumsum(thin_rows, axis=1)
        total = filled[:, -1:]
        # Every thin cell holds less than the limit, so steps of twice the limit hold at least the limit each.
        last = np.maximum(np.floor(total / (2.0 * limit)) - 1.0, 0.0)
        group = np.minimum(np.floor((filled - thin_rows) / (2.0 * limit)), last).astype(np.int64)
        index = np.where(thick, np.arange(cells), cells + group)
        # Too little for a cell of its own: it joins the smallest of the others.
        alone = (total[:, 0] < limit) & thick.any(axis=1)
        smallest = np.argmin(np.where(thick, expected, np.inf), axis=1)
        index = np.where(alone[:, None] & ~thick, smallest[:, None], index)
        flat = (index + 2 * cells * np.arange(tables)[:, None]).ravel()
        size = 2 * cells * tables
        sums = (np.bincount(flat, side.ravel(), minlength=size).astype(np.float64) for side in (p, q))
        merged_p, merged_q = (side.reshape(tables, 2 * cells) for side in sums)
        return cls(merged_p, merged_q, index, n, m)

    @property
    def unit(self) -> float:
        """The scale of the JS of equal sides: (1/n + 1/m)/8 per degree of freedom."""
        return (1.0 / self.n + 1.0 / self.m) / 8.0

    def logs(self) -> tuple[FloatArray, FloatArray]:
        """Return ½ ln(p/mean) and ½ ln(q/mean), (tables, cells), 0 where a share is 0: the gradient of the JS."""
        p, q = self.p / self.n, self.q / self.m
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (0.5 * np.log(2.0 * side / (p + q)) for side in (p, q))
        return np.where(p > 0.0, first, 0.0), np.where(q > 0.0, second, 0.0)

    def plug_in(self, logs: tuple[FloatArray, FloatArray]) -> FloatArray:
        """Return the JS of each table as counted, (tables,)."""
        return (self.p * logs[0]).sum(axis=1) / self.n + (self.q * logs[1]).sum(axis=1) / self.m

    def bias(self) -> FloatArray:
        """Return the second-order bias with Williams's correction (1976), (tables,).

        ½ Σ (f_pp Var p̂ + f_qq Var q̂) with f_pp = q/(2p(p + q)): `unit` times the degrees of freedom where P = Q, and 0
        where the supports are disjoint.
        """
        p, q = self.p / self.n, self.q / self.m
        both = (p > 0.0) & (q > 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            plain = 0.25 * (q * (1.0 - p) / self.n + p * (1.0 - q) / self.m) / (p + q)
            williams = 1.0 + np.minimum(self.unit * (self.n + self.m) / (self.p + self.q), 0.5)
        return np.where(both, plain * williams, 0.0).sum(axis=1)

    def degrees(self) -> IntArray:
        """Return the cells in use, less 1, (tables,)."""
        return np.count_nonzero(self.p + self.q, axis=1) - 1


@dataclass(frozen=True)
class _Counted:
    """All pairs of both sides, padded to the same number of cells.

    Attributes
    ----------
    names : the columns.
    pairs : (pairs, 2) index of the columns of each pair.
    p, q : (pairs, cells of the first, cells of the second).
    joint : the pairs, flattened and merged.
    columns : the columns on the same cells.
    coarsened : whether there are so few rows that neighbouring cells were merged before pairing.
    """

    names: tuple[str, ...]
    pairs: IntArray
    p: FloatArray
    q: FloatArray
    joint: _Tables
    columns: _Tables
    coarsened: bool

    @classmethod
    def of(cls, reference: Pairs, current: Pairs, pairs: Sequence[tuple[str, str]]) -> _Counted:
        names = tuple(dict.fromkeys(name for pair in pairs for name in pair))
        position = {name: i for i, name in enumerate(names)}
        n, m = float(reference.rows), float(current.rows)
        # a × b cells of at least LEAST expected rows leave about √(rows/LEAST) cells per column. Rows alone decide.
        most = max(2, math.isqrt(int(min(n, m) / LEAST)))
        size = max(reference.tables[pair].shape[axis] for pair in pairs for axis in (0, 1))
        p, q = (np.zeros((len(pairs), size, size)) for _ in range(2))
        for i, pair in enumerate(pairs):
            a, b = reference.tables[pair].shape
            p[i, :a, :b] = reference.tables[pair]
            q[i, :a, :b] = current.tables[pair]
        if size > most:
            p, q = (_coarser(side, most) for side in (p, q))
        index = np.array([[position[first], position[second]] for first, second in pairs])
        cells = p.shape[1]
        marginal_p, marginal_q = (np.zeros((len(names), cells)) for _ in range(2))
        # The same sampled rows stand behind every pair, so any pair of a column gives its counts.
        marginal_p[index[:, 0]], marginal_q[index[:, 0]] = p.sum(axis=2), q.sum(axis=2)
        marginal_p[index[:, 1]], marginal_q[index[:, 1]] = p.sum(axis=1), q.sum(axis=1)
        joint = _Tables.of(p.reshape(len(pairs), -1), q.reshape(len(pairs), -1), n, m)
        columns = _Tables.of(marginal_p, marginal_q, n, m)
        return cls(names, index, p, q, joint, columns, size > most)

    @property
    def sizes(self) -> tuple[int, int]:
        """The sampled rows of both sides."""
        return round(self.joint.n), round(self.joint.m)

    def estimate(self, pair: int, level: float) -> Estimate:
        """Return the JS of one pair with its interval."""
        p, q = self.joint.p[pair], self.joint.q[pair]
        used = (p + q) > 0.0
        return plug_in(js, Independent(p[used]), Independent(q[used]), level=level)


@dataclass(frozen=True)
class _Interactions:
    """The interactions of all pairs, corrected for bias, and the lower ends of their intervals.

    Two things make an interaction vary. Where the sides differ, to first order its delta-method variance V, of the
    gradient ½ ln(p_ab/m_ab) − ½ ln(p_a/m_a) − ½ ln(p_b/m_b) and the like for q. Where they do not, the gradient is 0
    and 8·interaction/(1/n + 1/m) is a quadratic form in normal variables: with the canonical correlations ρ of the two
    columns, χ²_d + Σ ρ (ξ² − η²), d = cells − a − b + 1, ξ and η standard normal. As ρ ≤ 1 it is at most
    χ²_(d + r), r = min(a, b) − 1, whose quantile is taken. The lower end is the value less the root of the sum of both
    squared half-widths. V counts noise as difference; what it would be at equal sides, 4·unit²·(d + 2 Σ ρ²), is taken
    off.
    """

    value: FloatArray
    low: FloatArray

    @classmethod
    def of(cls, counted: _Counted, level: float) -> _Interactions:
        joint, columns, index = counted.joint, counted.columns, counted.pairs
        joint_logs, column_logs = joint.logs(), columns.logs()
        column_value, column_bias = columns.plug_in(column_logs), columns.bias()
        bias = joint.bias() - column_bias[index].sum(axis=1)
        value = joint.plug_in(joint_logs) - column_value[index].sum(axis=1) - bias
        column_degrees = columns.degrees()[index]
        degrees = joint.degrees() - column_degrees.sum(axis=1)
        testable = degrees > 0
        d = np.maximum(degrees, 1)
        z = -normal_quantile((1.0 - level) / len(index))
        variance = _variance(counted, joint_logs, column_logs)
        at_equal = 4.0 * joint.unit**2 * (d + 2.0 * _mean_square_contingency(counted.p + counted.q))
        scale = np.maximum(joint.unit, bias / d)
        quadratic = scale * (_chi_square_quantile(d + column_degrees.min(axis=1), z) - d)
        low = value - np.sqrt(z * z * np.maximum(variance - at_equal, 0.0) + quadratic**2)
        return cls(value, np.where(testable, low, -np.inf))


def _variance(
    counted: _Counted, joint_logs: tuple[FloatArray, FloatArray], column_logs: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """The delta-method variance of every interaction, (pairs,)."""
    joint, columns, index = counted.joint, counted.columns, counted.pairs
    total = np.zeros(len(index))
    sides = ((counted.p, joint.n), (counted.q, joint.m))
    for (cells, rows), pair_log, column_log in zip(sides, joint_logs, column_logs, strict=True):
        gradient = np.take_along_axis(pair_log, joint.index, axis=1).reshape(cells.shape)
        single = np.take_along_axis(column_log, columns.index, axis=1)
        gradient = gradient - single[index[:, 0], :, None] - single[index[:, 1], None, :]
        shares = cells / rows
        mean = np.einsum("tab,tab->t", shares, gradient)
        square = np.einsum("tab,tab,tab->t", shares, gradient, gradient)
        total += np.maximum(square - mean * mean, 0.0) / rows
    return total


def _mean_square_contingency(counts: FloatArray) -> FloatArray:
    """Pearson's φ² = Σ ρ² of every table, (tables,)."""
    shares = counts / counts.sum(axis=(1, 2), keepdims=True)
    product = shares.sum(axis=2)[:, :, None] * shares.sum(axis=1)[:, None, :]
    ratio = np.divide(shares * shares, product, out=np.zeros_like(shares), where=product > 0.0)
    return np.maximum(ratio.sum(axis=(1, 2)) - 1.0, 0.0)


def _chi_square_quantile(degrees: IntArray | FloatArray, z: float) -> FloatArray:
    """The quantile at the normal deviate z (Wilson and Hilferty, 1931); in the far upper tail up to 6 % too high."""
    spread = 2.0 / (9.0 * np.maximum(degrees, 1e-3))
    return degrees * (1.0 - spread + z * np.sqrt(spread)) ** 3


def _coarser(tables: FloatArray, size: int) -> FloatArray:
    """Merge neighbouring cells of both columns until there are ``size`` of each."""
    starts = (np.arange(size) * tables.shape[1]) // size
    return np.add.reduceat(np.add.reduceat(tables, starts, axis=1), starts, axis=2)


def _strongest(counted: _Counted, interactions: _Interactions, level: float) -> tuple[PairDifference, ...]:
    """The pairs with the strongest interaction among those that chance does not explain."""
    order = np.argsort(-interactions.value, kind="stable")
    found = [int(i) for i in order if interactions.low[i] > 0.0][:SHOWN_PAIRS]
    return tuple(
        PairDifference(
            counted.names[counted.pairs[i, 0]],
            counted.names[counted.pairs[i, 1]],
            counted.estimate(i, level),
            float(interactions.value[i]),
        )
        for i in found
    )


def _bound(counted: _Counted, marginals: Mapping[str, Estimate], level: float) -> tuple[Estimate, str]:
    """The largest of the lower ends at a level corrected for their number, and what reached it."""
    error = (1.0 - level) / (len(counted.pairs) + len(marginals))
    z = -normal_quantile(error)
    leading = sorted(marginals, key=lambda name: -_releveled(marginals[name], z))[:_TRIED]
    candidates = [(marginals[name], _lower_end(marginals[name], error), f"column {name}") for name in leading]
    joint = counted.joint
    plain, bias = joint.plug_in(joint.logs()), joint.bias()
    # Any few pairs would give a valid bound; those with the largest approximate lower end give the best.
    roots = np.sqrt(np.maximum(plain - bias, 0.0)) - z * math.sqrt(joint.unit)
    for i in np.argsort(-roots, kind="stable")[:_TRIED].tolist():
        estimate = counted.estimate(i, 1.0 - 2.0 * error)
        first, second = (counted.names[k] for k in counted.pairs[i])
        candidates.append((estimate, estimate.low, f"pair {first} × {second}"))
    estimate, low, source = max(candidates, key=lambda found: found[1])
    if low <= 0.0:
        # Nothing differs for certain; a column seen in all rows says more than the luckiest pair.
        low, (estimate, _, source) = 0.0, candidates[0]
    bound = Estimate(
        min(max(estimate.value, low), _LN2),
        min(low, _LN2),
        _LN2,
        level=level,
        divergence="JS",
        method="data processing over pairs",
        sizes=estimate.sizes,
        diagnostics={"candidates": float(len(counted.pairs) + len(marginals))},
    )
    return bound, source


def _releveled(estimate: Estimate, z: float) -> float:
    """An approximate lower end at another normal deviate: the root of a JS varies about equally everywhere."""
    if estimate.low <= 0.0 or not math.isfinite(estimate.value):
        return min(0.0, estimate.low)
    at = normal_quantile(0.5 + 0.5 * estimate.level)
    root, low, high = (math.sqrt(max(x, 0.0)) for x in (estimate.value, estimate.low, estimate.high))
    spread = max(root - low, high - root if math.isfinite(high) else 0.0) / at
    return max(0.0, low - (z - at) * spread) ** 2


def _lower_end(estimate: Estimate, error: float) -> float:
    """The one-sided lower end at ``error`` of an estimate whose interval is known at its own level only.

    The scale s of the noncentral χ² behind the interval is the one that gives its known lower end back.
    """
    plain = estimate.diagnostics.get("plug-in", math.nan)
    bias = plain - estimate.value
    rough = _releveled(estimate, -normal_quantile(error))
    if rough <= 0.0 or not bias > 0.0 or not estimate.low < estimate.value:
        return rough

    def low_at(scale: float, level: float) -> float:
        return scale * noncentral_chi_square.interval(plain / scale, bias / scale, level=level)[0]

    # The lower end falls as the scale grows. For large statistics the scale is ((√value − √low)/z)².
    root = (math.sqrt(estimate.value) - math.sqrt(estimate.low)) / normal_quantile(0.5 + 0.5 * estimate.level)
    below, above = math.log(root * root) - 2.0, math.log(root * root) + 2.0
    for _ in range(24):
        middle = 0.5 * (below + above)
        if low_at(math.exp(middle), estimate.level) > estimate.low:
            below = middle
        else:
            above = middle
    return min(low_at(math.exp(above), 1.0 - 2.0 * error), estimate.low)


def _tree(counted: _Counted, interaction: FloatArray, marginals: Mapping[str, Estimate]) -> float:
    """Σ JS(column) + Σ interaction over a Chow–Liu tree, within [0, ln 2]."""
    columns = counted.columns
    sampled = columns.plug_in(columns.logs()) - columns.bias()
    singles = dict(zip(counted.names, sampled.tolist(), strict=True))
    # A value that chance could explain is cut at 0, and a sum of such is too large: those of the sample can be < 0.
    singles |= {name: found.value for name, found in marginals.items() if found.low > 0.0 or name not in singles}
    edges = _spanning_tree(_dependence(counted), counted.pairs, len(counted.names))
    return min(max(sum(singles.values()) + float(interaction[edges].sum()), 0.0), _LN2)


def _dependence(counted: _Counted) -> FloatArray:
    """The mutual information of every pair within the sides, ½(I_P + I_Q) less its bias, (pairs,).

    0 where chance explains it: the interaction of independent columns is noise, and of many such edges a tree would
    take the noisiest. 2n times a plug-in mutual information of 0 is χ² with (a − 1)(b − 1) degrees of freedom (Wilks,
    1938); the law of the mean of the two sides is Satterthwaite's.
    """
    plain, mean, variance = (np.zeros(len(counted.pairs)) for _ in range(3))
    for counts, rows in ((counted.p, counted.joint.n), (counted.q, counted.joint.m)):
        first, second = counts.sum(axis=2), counts.sum(axis=1)
        product = first[:, :, None] * second[:, None, :]
        ratio = np.divide(counts * rows, product, out=np.ones_like(counts), where=counts > 0.0)
        degrees = (np.count_nonzero(first, axis=1) - 1) * (np.count_nonzero(second, axis=1) - 1)
        plain += 0.5 * np.einsum("tab,tab->t", counts, np.log(ratio)) / rows
        mean += degrees / (4.0 * rows)
        variance += degrees / (8.0 * rows * rows)
    z = -normal_quantile(_CHANCE / len(counted.pairs))
    used = np.maximum(variance, 1e-300)
    chance = used / (2.0 * np.maximum(mean, 1e-300)) * _chi_square_quantile(2.0 * mean * mean / used, z)
    return np.where((mean > 0.0) & (plain > chance), plain - mean, 0.0)


def _spanning_tree(weights: FloatArray, pairs: IntArray, count: int) -> list[int]:
    """The edges of positive weight of a maximum spanning forest (Kruskal, 1956)."""
    tree: list[int] = []
    part = list(range(count))

    def root(node: int) -> int:
        while part[node] != node:
            part[node] = node = part[part[node]]
        return node

    for edge in np.argsort(-weights, kind="stable")[: np.count_nonzero(weights > 0.0)].tolist():
        first, second = root(int(pairs[edge, 0])), root(int(pairs[edge, 1]))
        if first != second:
            part[first] = second
            tree.append(edge)
    return tree


def _notes(counted: _Counted, marginals: Mapping[str, Estimate], level: float, considered: int) -> list[str]:
    names, pairs = len(counted.names), len(counted.pairs)
    n, m = counted.sizes
    cells = counted.p.shape[1]
    candidates = pairs + len(marginals)
    notes = [
        f"{pairs} pairs of {names} columns on at most {cells} × {cells} cells, counted on {n:,} and {m:,} sampled rows",
        f"the bound is the largest of {candidates} lower ends ({pairs} pairs, {len(marginals)} columns), "
        f"each one-sided at {100 * (1 - (1 - level) / candidates):.6g} %, so together at {100 * level:g} %",
        "the tree is an approximation, not a bound",
    ]
    if considered > names:
        notes.append(
            f"{considered - names} of {considered} columns are in no pair: constant in the reference, or beyond the "
            f"first {COLUMNS}"
        )
    if counted.coarsened:
        notes.append("too few sampled rows for all cells: neighbouring cells were merged before pairing")
    return notes
