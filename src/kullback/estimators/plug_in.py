"""The plug-in estimate of a divergence from counts, corrected for bias, with an interval that is valid at zero."""

from __future__ import annotations

import math

import numpy as np

from kullback.divergence import Divergence
from kullback.divergences.total_variation import tv
from kullback.estimate import Estimate, Unit
from kullback.intervals import folded_normal, noncentral_chi_square
from kullback.intervals.delta import Expansion, expand
from kullback.intervals.design_effects import design_effects
from kullback.intervals.few_blocks import student_level
from kullback.intervals.sampling import Independent, Sampling


def plug_in(divergence: Divergence, p: Sampling, q: Sampling, *, level: float = 0.95) -> Estimate:
    """Return the estimate of ``divergence`` from the counts of two sides over the same cells.

    Value: max(0, D(p̂, q̂) − b) with the bias b = ½ Σ (f_pp Var p̂ + f_qq Var q̂), which is (k − 1)(1/n + 1/m)/8 for
    the Jensen–Shannon divergence where P = Q and 0 where the supports are disjoint; thin cells add to it
    (`kullback.intervals.delta`).

    Interval: D(p̂, q̂)/s is held to be noncentral χ² with b/s degrees of freedom. The scale s is such that the variance
    2sb + 4sD is the delta method's far away and that of the quadratic form at P = Q (Satterthwaite's for weighted rows
    and blocks). For few blocks the level is raised as Student's t asks. The total variation has the interval of
    `kullback.intervals.folded_normal`. Where the plug-in value is infinite, so is the estimate, and only its lower end
    is finite: it holds when the empty cells have the greatest share that their emptiness allows.

    Thin cells are to be merged first (`thin_cells`).

    Arguments
    ---------
    divergence : a sum over outcomes, such as ``kl``, ``kl.reverse``, ``js``, ``jeffreys``, ``hellinger``,
        ``tv``, ``chi2``.
    p, q : the two sides, as `Independent`, `Weighted` or `Blocks`.
    level : the coverage.

    Returns
    -------
    An `Estimate` in nats or without unit; ``diagnostics["plug-in"]`` is the value before the correction.

    Raises
    ------
    ValueError : if the sides have different numbers of cells, or ``level`` is not inside (0, 1).
    TypeError : if the divergence is not a sum over outcomes (`renyi`).

    >>> from kullback.divergences import js
    >>> print(plug_in(js, Independent([500, 300, 200]), Independent([450, 300, 250])))
    JS(P‖Q) = 0.00155 nats  [5.83e-05, 0.00548] at 95 %  counts, n=1000, m=1000
    """
    if p.shares.shape != q.shares.shape:
        raise ValueError(f"P has {len(p.shares)} cells and Q {len(q.shares)}; they must be the same cells")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, both excluded")
    notes = [note for letter, side in (("P", p), ("Q", q)) for note in _few_blocks(letter, side)]
    if divergence == tv:
        found = folded_normal.interval(
            p,
            q,
            np.full(len(p.shares), 0.5),
            level=student_level(level, 1.0 / p.effective_rows, 1.0 / q.effective_rows, p, q),
        )
        plain, value, low, high = found.plug_in, found.value, found.low, min(found.high, 1.0)
    else:
        expansion = expand(divergence, p, q)
        plain = _finish(divergence, expansion.total)
        if math.isinf(expansion.total):
            value, high = math.inf, math.inf
            low, note = _lower_bound(divergence, p, q, level)
            notes.append(note)
        else:
            value = _finish(divergence, max(0.0, expansion.total - expansion.bias))
            low, high = _ends(divergence, expansion, p, q, level)
    return Estimate(
        value,
        low,
        high,
        level=level,
        divergence=divergence.symbol,
        direction="Q‖P" if divergence.reversed else "P‖Q",
        unit=_unit(divergence),
        method="counts",
        sizes=(round(p.rows), round(q.rows)),
        diagnostics={"plug-in": plain},
        notes=tuple(notes),
    )


def _ends(divergence: Divergence, expansion: Expansion, p: Sampling, q: Sampling, level: float) -> tuple[float, float]:
    """The interval of the divergence, from the noncentral χ² with the moments of its expansion."""
    level = student_level(level, expansion.variance_p, expansion.variance_q, p, q)
    total, bias = expansion.total, expansion.bias
    above = max(total - bias, 0.0)
    far = expansion.variance / (4.0 * total) if total > 0.0 else 0.0
    near = bias / _degrees(p, q) if bias > 0.0 else far
    # 2sb + 4sD = 2·near·b + 4·far·D: the variance of the quadratic form and that of the linear one.
    scale = (bias * near + 2.0 * above * far) / (bias + 2.0 * above) if bias + above > 0.0 else 0.0
    if scale <= 0.0:
        return _finish(divergence, above), _finish(divergence, total)
    low, high = noncentral_chi_square.interval(total / scale, bias / scale, level=level)
    top = divergence.range[1]
    return _finish(divergence, scale * low), min(_finish(divergence, scale * high), top)


def _degrees(p: Sampling, q: Sampling) -> float:
    if isinstance(p, Independent) and isinstance(q, Independent):
        return max(1.0, float(np.count_nonzero(p.counts + q.counts) - 1))
    return max(1.0, design_effects(p, q).degrees)


def _lower_bound(divergence: Divergence, p: Sampling, q: Sampling, level: float) -> tuple[float, str]:
    """A lower end where D(p̂, q̂) = ∞, and the note that says why it is.

    All cells in which one side is empty become one cell, which can only lower D. The other side's share of it is
    0 of n rows: at most 1 − a^(1/n) at confidence 1 − a (Clopper and Pearson). Half of the error is spent on that, half
    on the sampling error of the rest.
    """
    empty_p, empty_q = p.shares == 0.0, q.shares == 0.0
    infinite = np.isinf(np.asarray(divergence.terms(p.shares, q.shares, check=False)))
    without_q, without_p = infinite & empty_q & ~empty_p, infinite & empty_p & ~empty_q
    masses = [(float(p.shares[without_q].sum()), "P", "Q"), (float(q.shares[without_p].sum()), "Q", "P")]
    parts = [f"{100 * mass:.3g} % of {of} lies where {empty} has no rows" for mass, of, empty in masses if mass > 0.0]
    # Group 0 and 1 are the two merged cells, 2 … the rest.
    groups = np.where(without_q, 0, np.where(without_p, 1, 2))
    rest = groups == 2
    groups[rest] = 2 + np.arange(int(rest.sum()))
    tail = 0.25 * (1.0 - level) / len(parts)
    merged_p, merged_q = p.merge(groups), q.merge(groups)
    at_p, at_q = merged_p.shares.copy(), merged_q.shares.copy()
    if masses[0][0] > 0.0:
        _fill(at_q, 0, min(_most(tail, q), at_p[0]))
    if masses[1][0] > 0.0:
        _fill(at_p, 1, min(_most(tail, p), at_q[1]))
    expansion = expand(divergence, merged_p, merged_q, shares=(at_p, at_q))
    low, _ = _ends(divergence, expansion, merged_p, merged_q, 0.5 + 0.5 * level)
    return low, f"infinite: {' and '.join(parts)}"


def _most(tail: float, side: Sampling) -> float:
    return -math.expm1(math.log(tail) / side.effective_rows)


def _fill(shares: np.ndarray, cell: int, share: float) -> None:
    shares *= 1.0 - share
    shares[cell] = share


def _few_blocks(letter: str, side: Sampling) -> list[str]:
    if side.degrees >= 20.0:
        return []
    return [f"{letter} has only {round(side.degrees) + 1} blocks: how they vary is known roughly"]


def _finish(divergence: Divergence, total: float) -> float:
    if divergence.finish is None or math.isinf(total):
        return total
    return float(divergence.finish(np.asarray(total)))


def _unit(divergence: Divergence) -> Unit:
    return "nats" if divergence.unit == "nats" else ""
