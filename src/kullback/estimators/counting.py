"""Counting: the rows of two samples as counts of the same symbols, where a symbol is a distinct row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kullback.estimators.method import Fitted
from kullback.sample import FloatArray, IntArray, Model, Sample


@dataclass(frozen=True, eq=False)
class JointCounts:
    """How often each symbol came in x and in y, over the symbols that either has.

    Attributes:
        x, y: the samples; y is a `Model` where Q is known.
        of_x, of_y: which symbol each row is, shapes (n,) and (m,); `of_y` is empty for a model.
        shares_p, shares_q: the weighted share of each symbol, shape (k,). A model has one more symbol at the end for
            all that x has not seen, if there is more.
        rows_p, rows_q: how many independent rows of one weight would tell as much; ∞ for a model.
    """

    x: Sample
    y: Sample | Model
    of_x: IntArray
    of_y: IntArray
    shares_p: FloatArray
    shares_q: FloatArray
    rows_p: float
    rows_q: float

    @cached_property
    def p(self) -> FloatArray:
        """The counts of P: shares times effective rows, whole numbers where rows count once and are independent."""
        return _whole(self.shares_p * self.rows_p)

    @cached_property
    def q(self) -> FloatArray:
        """The counts of Q; its probabilities where it is a model."""
        return self.shares_q if self.known else _whole(self.shares_q * self.rows_q)

    @property
    def known(self) -> bool:
        """Whether Q is a model, so that its shares have no error."""
        return math.isinf(self.rows_q)

    @property
    def unseen_in_q(self) -> float:
        """The share of P where Q has none."""
        return float(self.shares_p[self.shares_q == 0.0].sum())

    @property
    def unseen_in_p(self) -> float:
        """The share of Q where P has none."""
        return float(self.shares_q[self.shares_p == 0.0].sum())

    def swapped(self) -> JointCounts:
        """Return the counts with P and Q exchanged.

        Raises:
            ValueError: Q is a model, which has no rows.
        """
        if isinstance(self.y, Model):
            raise ValueError("Q is a model, so that its rows cannot take the place of those of P")
        return JointCounts(self.y, self.x, self.of_y, self.of_x, self.shares_q, self.shares_p, self.rows_q, self.rows_p)

    def diagnostics(self) -> Mapping[str, float]:
        """Return what is to be known of the counts, by name."""
        found = {
            "symbols": float(np.count_nonzero((self.shares_p > 0.0) | (self.shares_q > 0.0))),
            "share of P unseen in Q": self.unseen_in_q,
            "share of Q unseen in P": self.unseen_in_p,
            "singletons of P": singletons(self.of_x),
        }
        return found if self.known else {**found, "singletons of Q": singletons(self.of_y)}

    def notes(self) -> tuple[str, ...]:
        """Return what each side has where the other has nothing, in words."""
        parts = ((self.unseen_in_q, "P", "Q"), (self.unseen_in_p, "Q", "P"))
        return tuple(
            f"{100.0 * share:.3g} % of {of} lies where {other} has none" for share, of, other in parts if share > 1e-12
        )


@dataclass(frozen=True, eq=False)
class CountsFit(Fitted):
    """What a method has made of the counts of two samples; the samples, notes and diagnostics are those of the counts.

    Attributes:
        counts: of the symbols.
    """

    counts: JointCounts
    x: Sample = field(init=False)
    y: Sample | Model = field(init=False)
    notes: tuple[str, ...] = field(init=False)
    diagnostics: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        for name, value in (
            ("x", self.counts.x),
            ("y", self.counts.y),
            ("notes", self.counts.notes()),
            ("diagnostics", self.counts.diagnostics()),
        ):
            object.__setattr__(self, name, value)


def _whole(counts: FloatArray) -> FloatArray:
    nearest = np.round(counts)
    return np.where(np.abs(counts - nearest) < 1e-9 * np.maximum(nearest, 1.0), nearest, counts)


def singletons(symbols: IntArray) -> float:
    """Return what share of the rows has a symbol of its own: Good and Turing's estimate of what is unseen."""
    return float(np.count_nonzero(np.bincount(symbols) == 1)) / len(symbols)


def symbols_of(*samples: Sample) -> tuple[IntArray, ...]:
    """Return which symbol each row of each sample is, numbered from 0 in the order of the rows' values.

    All columns together make the symbol; numbers are equal where their values are.
    """
    columns = [np.concatenate([s.codes[:, j] for s in samples]) for j in range(samples[0].codes.shape[1])]
    numbers = [np.concatenate([s.numbers[:, j] for s in samples]) for j in range(samples[0].dimension)]
    if not columns and not numbers:
        raise ValueError("the samples have no columns, so that there is nothing to count")
    key = np.zeros(sum(s.rows for s in samples), np.int64)
    for column in (*columns, *numbers):
        values, at = np.unique(column, return_inverse=True)
        # Numbered anew after every column: the number stays below the number of rows.
        key = np.unique(key * len(values) + at.reshape(-1), return_inverse=True)[1].reshape(-1)
    ends = np.cumsum([s.rows for s in samples])[:-1]
    return tuple(part.astype(np.int64) for part in np.split(key, ends))


def joint_counts(x: Sample, y: Sample | Model) -> JointCounts:
    """Return the counts of the symbols of two samples, or of one beside the probabilities that a model gives them.

    Args:
        x: drawn from P.
        y: drawn from Q, or Q itself: its `log_prob` is the logarithm of the probability of each of the rows (the
            columns of numbers, then those of codes).

    Returns:
        The counts. Weights enter the shares; clustered rows count as fewer (`effective_rows`).

    Raises:
        ValueError: no row comes twice in numbers, which is not what counts are for; a model whose numbers cannot be
            probabilities.

    Example:
        >>> from kullback.sample import sample_of
        >>> counts = joint_counts(sample_of([1, 1, 2, 5]), sample_of([2, 2, 1, 1]))
        >>> counts.p.tolist(), counts.q.tolist(), counts.unseen_in_q
        ([2.0, 1.0, 1.0], [2.0, 2.0, 0.0], 0.25)
    """
    if isinstance(y, Model):
        (of_x,) = symbols_of(x)
        return _beside_model(x, of_x, y)
    of_x, of_y = symbols_of(x, y)
    size = int(max(of_x.max(), of_y.max())) + 1
    if x.dimension and size == x.rows + y.rows:
        raise ValueError(
            f"all {size} rows are different, so that there is nothing to count: these are measured numbers; "
            "method=kb.estimators.shared_radius() is for them"
        )
    p, q = shares_of(x, of_x, size), shares_of(y, of_y, size)
    return JointCounts(x, y, of_x, of_y, p, q, effective_rows(x, of_x, p), effective_rows(y, of_y, q))


def _beside_model(x: Sample, of_x: IntArray, model: Model) -> JointCounts:
    size = int(of_x.max()) + 1
    first = np.unique(of_x, return_index=True)[1]
    rows = np.concatenate([x.numbers[first], x.codes[first].astype(np.float64)], axis=1)
    seen = np.exp(np.asarray(model.log_prob(rows), np.float64).reshape(-1))
    total = float(seen.sum())
    if not total <= 1.0 + 1e-6:
        raise ValueError(
            f"{model.name} gives the {size} distinct rows of x a probability of {total:g} together, more than 1: "
            "a density? Counts need probabilities; method=kb.estimators.shared_radius() takes densities"
        )
    p, q = shares_of(x, of_x, size), seen
    if total < 1.0 - 1e-12:
        p, q = np.append(p, 0.0), np.append(q, 1.0 - total)
    return JointCounts(x, model, of_x, np.empty(0, np.int64), p, q, effective_rows(x, of_x, p), math.inf)


def shares_of(sample: Sample, symbols: IntArray, size: int) -> FloatArray:
    """Return the weighted share of each of `size` symbols."""
    if sample.weights is None:
        return np.bincount(symbols, minlength=size).astype(np.float64) / sample.rows
    return np.bincount(symbols, weights=sample.shares, minlength=size).astype(np.float64, copy=False)


def effective_rows(sample: Sample, symbols: IntArray, shares: FloatArray) -> float:
    """Return how many independent rows of one weight would know the shares as well.

    Kish's number for weights; for groups, the rows over the design effect of the shares, Σ Var(p̂) of whole groups over
    that of independent rows (Binder 1983, eq. (4.3)), never more than Kish's.
    """
    alone = sample.effective_rows
    if sample.groups is None:
        return alone
    groups, at = np.unique(sample.groups, return_inverse=True)
    if len(groups) < 2:
        raise ValueError("all rows are of one group: how groups vary can be seen from two on")
    within = np.bincount(at, weights=sample.shares)
    pairs, pair = np.unique(at * len(shares) + symbols, return_inverse=True)
    held = np.bincount(pair, weights=sample.shares)
    group, symbol = pairs // len(shares), pairs % len(shares)
    cross = np.bincount(group, weights=held * shares[symbol])
    squares = np.bincount(group, weights=held * held)
    own = float(np.square(shares).sum())
    variance = float((squares - 2.0 * within * cross + within**2 * own).sum()) * len(groups) / (len(groups) - 1.0)
    # Not below the number of groups: a share cannot be known worse than from one row of each.
    return alone if variance <= 0.0 else min(alone, max((1.0 - own) / variance, 0.5 * len(groups)))
