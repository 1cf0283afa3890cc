"""Overlap: how much of P lies where Q has nothing, as far as two samples can show it.

A sample cannot show that a density is 0 somewhere, only that no row came from there. Three findings are strong enough
to be named infinite: a category (or a repeated number) with many rows in one sample and none in the other, where the
other's own unseen mass (Good and Turing) is far smaller; and rows beyond an end of the support of the other, where its
rows pile up at that end instead of thinning out (extreme-value index clearly below 0: de Haan and Ferreira, "Extreme
Value Theory", 2006, section 4.5). Everything else is a share that is reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.intervals import binomial
from kullback.sample import FloatArray, IntArray, Model, Sample

_SHORT_TAIL, _CHANCE = -0.45, 2.0
"""An extreme-value index below the first is that of a density with an end (uniform: −1, no end: ≥ 0); the second, over
the root of the rows it is found from, is what chance is given."""
_FACTOR = 10.0
"""How many times the greatest plausible unseen mass of Q the mass of P has to be."""
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Overlap:
    """What of the first sample lies where the second has nothing.

    Attributes:
        outside: which rows, shape (n,): beyond every plausible end of the other's support, or in a category it lacks.
        share: their weighted share.
        low: the lower end of the 95 % Clopper-Pearson interval of the share.
        where: in words, such as "width above 0.8 (the other ends there)".
        examples: some of these rows, in words.
    """

    outside: np.ndarray
    share: float
    low: float
    where: tuple[str, ...]
    examples: tuple[str, ...]


def outside(x: Sample, y: Sample) -> Overlap:
    """Return which part of x lies where y's distribution has no mass, by the rules of this file."""
    found = np.zeros(x.rows, bool)
    where: list[str] = []
    for column in range(x.codes.shape[1]):
        rows, text = _unseen_codes(x.codes[:, column], y.codes[:, column], x.alphabet[column])
        if text:
            where.append(f"{_name(x, x.dimension + column)}: {text}")
            found |= rows
    for column in range(x.dimension):
        for sign, side in ((1.0, "above"), (-1.0, "below")):
            end = _end(sign * y.numbers[:, column], x.dimension)
            if end is None:
                continue
            rows = sign * x.numbers[:, column] > end
            if _clearly(int(rows.sum()), x.rows, y.rows):
                where.append(f"{_name(x, column)} {side} {sign * end:.4g}")
                found |= rows
        rows, text = _unseen_atoms(x.numbers[:, column], y.numbers[:, column])
        if text:
            where.append(f"{_name(x, column)}: {text}")
            found |= rows
    share = float(x.shares[found].sum())
    low = binomial.interval(int(found.sum()), x.rows, level=0.95)[0] if found.any() else 0.0
    return Overlap(found, share, low, tuple(where), _examples(x, found))


def outside_model(x: Sample, y: Model) -> Overlap | None:
    """Return which part of x lies where the density of the model is 0, which needs no rule; None where none does."""
    if x.codes.shape[1] or not x.dimension:
        return None
    found = np.isneginf(y.log_prob(x.numbers)) & (x.shares > 0.0)
    if not found.any():
        return None
    low = binomial.interval(int(found.sum()), x.rows, level=0.95)[0]
    where = f"{y.name} has no density there"
    return Overlap(found, x.mean(found.astype(np.float64)), low, (where,), _examples(x, found))


def _name(sample: Sample, column: int) -> str:
    return sample.names[column] if column < len(sample.names) else f"column {column + 1}"


def _end(values: FloatArray, columns: int) -> float | None:
    """Return the upper end of the support where the sample shows that its density does not fall to 0 there."""
    m = len(values)
    chance = _CHANCE * (1.0 + 100.0 / m) + 0.5 * math.log(columns)
    k = min(max(int(2.0 * math.sqrt(m)), 20), m // 4)
    if k < 15:
        return None
    top = np.sort(np.partition(values, m - k - 1)[m - k - 1 :])
    spread = top[-1] - top[0]
    if spread <= 0.0:
        return None
    # The moment estimator, from distances to a point far below, has the index of the tail: the spacings alone decide.
    excess = top[1:] - top[0]
    mean, square = float(excess.mean()), float(np.square(excess).mean())
    # Of a generalised Pareto law: mean² / (E e² − mean²) = 1 − 2ξ.
    variance = square - mean * mean
    if variance <= 0.0:
        return None
    index = 0.5 * (1.0 - mean * mean / variance)
    if index > _SHORT_TAIL - chance / math.sqrt(k):
        return None
    # With a density that does not fall to 0, the end is one more spacing away; five of them are generous.
    return float(top[-1] + 5.0 * spread / k)


def _clearly(rows: int, n: int, m: int) -> bool:
    return rows >= 5 and rows / n > _FACTOR / m


def _unseen_codes(x: IntArray, y: IntArray, size: int) -> tuple[np.ndarray, str]:
    in_x, in_y = np.bincount(x, minlength=size), np.bincount(y, minlength=size)
    return _unseen(x, in_x, in_y, len(x), len(y), "a category")


def _unseen_atoms(x: FloatArray, y: FloatArray) -> tuple[np.ndarray, str]:
    both = np.concatenate((x, y))
    ordered = np.sort(both)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.zeros(len(x), bool), ""
    values, codes = np.unique(both, return_inverse=True)
    in_x = np.bincount(codes[: len(x)], minlength=len(values))
    in_y = np.bincount(codes[len(x) :], minlength=len(values))
    return _unseen(codes[: len(x)], in_x, in_y, len(x), len(y), "a repeated number")


def _unseen(codes: IntArray, in_x: IntArray, in_y: IntArray, n: int, m: int, what: str) -> tuple[np.ndarray, str]:
    # Good and Turing: Q's mass on what it has not shown is about its singletons over m; three more for chance.
    missing = (np.count_nonzero(in_y == 1) + 3.0) / m
    lacking = (in_y == 0) & (in_x >= 5)
    mass = in_x[lacking].sum() / n
    if not lacking.any() or (what == "a category" and mass <= missing) or in_x[lacking].max() / n <= _FACTOR / m:
        return np.zeros(len(codes), bool), ""
    certain = lacking & (in_x / n > _FACTOR / m)
    return certain[codes], f"{what} of which the other has none"


def _label(sample: Sample, column: int, code: int) -> str:
    return sample.labels[column][code] if column < len(sample.labels) else f"#{code}"


def _examples(x: Sample, rows: np.ndarray) -> tuple[str, ...]:
    shown: list[str] = []
    for row in np.flatnonzero(rows)[:_SHOWN]:
        numbers = [f"{_name(x, i)}={value:.4g}" for i, value in enumerate(x.numbers[row][:4])]
        codes = [f"{_name(x, x.dimension + i)}={_label(x, i, code)}" for i, code in enumerate(x.codes[row][:4])]
        shown.append(f"row {row}: {', '.join((*numbers, *codes))}")
    return tuple(shown)
