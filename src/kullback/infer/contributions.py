"""What each column adds to a divergence: Shapley's shares of what quadratic log-ratios of the columns reach.

Shapley, "A value for n-person games" (1953); the game is the Kullback-Leibler divergence that is found from some of the
columns, so that a column that differs only together with others has its part too. By the chain rule the parts of one
order of the columns sum to the whole; the share is the mean over orders.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from kullback.divergences.kl import kl
from kullback.estimators.cross_fitting import CrossFitted
from kullback.estimators.leading_directions import OnLeadingDirections
from kullback.estimators.logistic import QuadraticLogistic
from kullback.estimators.wide_logistic import WIDE
from kullback.sample import FloatArray, Sample

_ORDERS = 3
"""Random orders of the columns, each with its reverse, where there are too many columns for all subsets."""
_ALL_SUBSETS = 5
_ROWS = 1000
"""Rows of each side at most: shares are no figures to many digits."""
_COLUMNS = 12
"""Columns at most; the rest, those whose own divergences are the least, share one part."""
_TRIED = 24
"""Of hundreds of columns those whose own divergences are found: the ones that differ most clearly."""


def contributions(x: Sample, y: Sample, value: float, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of each column in a value, by name; they sum to it.

    Columns beyond the 12 that differ most by themselves are one group, "other columns".
    """
    names = x.names or tuple(f"column {i + 1}" for i in range(x.dimension + x.codes.shape[1]))
    x, y = _thinned(x, rng), _thinned(y, rng)
    parts = [(i,) for i in range(len(names))]
    known: dict[tuple[int, ...], float] = {(): 0.0}
    seed = int(rng.integers(2**63))

    def reached(columns: tuple[int, ...]) -> float:
        members = tuple(sorted(columns))
        if members not in known:
            learner = QuadraticLogistic(pairs=30)
            wide = sum(i < x.dimension for i in members) > WIDE
            fitted = CrossFitted(OnLeadingDirections(learner) if wide else learner, folds=2).fit(
                _of(x, members), _of(y, members), np.random.default_rng(seed)
            )
            known[members] = max(fitted.value(kl).value, 0.0)
        return known[members]

    labels = list(names)
    if len(parts) > _COLUMNS:
        if len(parts) > WIDE:
            parts = [parts[i] for i in np.argsort(-_clearness(x, y), kind="stable")]
        tried = len(parts) if len(parts) <= WIDE else _TRIED
        parts[:tried] = sorted(parts[:tried], key=lambda part: -reached(part))
        rest = tuple(itertools.chain(*parts[_COLUMNS - 1 :]))
        parts = [*parts[: _COLUMNS - 1], rest]
        labels = [*(names[i] for (i,) in parts[:-1]), "other columns"]
    count = len(parts)
    if count <= _ALL_SUBSETS:
        orders = list(itertools.permutations(range(count)))
    else:
        drawn = [tuple(rng.permutation(count).tolist()) for _ in range(_ORDERS)]
        orders = [order for one in drawn for order in (one, one[::-1])]
    shares = np.zeros(count)
    for order in orders:
        before, members = 0.0, ()
        for place in order:
            members = (*members, *parts[place])
            after = reached(members)
            shares[place] += after - before
            before = after
    shares /= len(orders)
    total = shares.sum()
    scaled = shares * (value / total) if total > 0.0 else np.full(count, value / count)
    return dict(zip(labels, scaled.tolist(), strict=True))


def _clearness(x: Sample, y: Sample) -> FloatArray:
    """Return how clearly each column differs by itself: χ² of its mean, its variance or its categories, less what is
    expected where nothing differs, in standard deviations."""
    centre = 0.5 * (x.shares @ x.numbers + y.shares @ y.numbers)
    at_x, at_y = x.numbers - centre, y.numbers - centre
    largest = np.maximum(np.abs(at_x).max(axis=0, initial=0.0), np.abs(at_y).max(axis=0, initial=0.0))
    largest[largest == 0.0] = 1.0
    at_x, at_y = at_x / largest, at_y / largest
    found = [np.maximum(_squared_gap(at_x, at_y, x, y), _squared_gap(np.square(at_x), np.square(at_y), x, y))]
    for column, size in enumerate(x.alphabet):
        shares = [np.bincount(side.codes[:, column], side.shares, size) for side in (x, y)]
        noise = shares[0] / x.effective_rows + shares[1] / y.effective_rows
        seen = noise > 0.0
        degrees = max(int(seen.sum()) - 1, 1)
        total = float((np.square(shares[0] - shares[1])[seen] / noise[seen]).sum())
        found.append(np.array([(total - degrees) / math.sqrt(2.0 * degrees)]))
    return np.concatenate(found)


def _squared_gap(at_x: FloatArray, at_y: FloatArray, x: Sample, y: Sample) -> FloatArray:
    means = x.shares @ at_x, y.shares @ at_y
    noise = x.shares @ np.square(at_x - means[0]) / x.effective_rows
    noise += y.shares @ np.square(at_y - means[1]) / y.effective_rows
    return (np.square(means[0] - means[1]) / np.maximum(noise, 1e-300) - 1.0) / math.sqrt(2.0)


def _of(sample: Sample, columns: tuple[int, ...]) -> Sample:
    d = sample.dimension
    numbers = [i for i in columns if i < d]
    codes = [i - d for i in columns if i >= d]
    return replace(
        sample,
        numbers=sample.numbers[:, numbers],
        codes=sample.codes[:, codes],
        alphabet=tuple(sample.alphabet[i] for i in codes),
        names=tuple(sample.names[i] for i in columns) if sample.names else (),
    )


def _thinned(sample: Sample, rng: np.random.Generator) -> Sample:
    if sample.rows <= _ROWS:
        return sample
    return sample.take(np.sort(rng.choice(sample.rows, _ROWS, replace=False)))


class Shares(Mapping[str, float]):
    """The contributions of the columns, found when they are first looked at: they take as long as the estimate."""

    def __init__(self, x: Sample, y: Sample, value: float, seed: int) -> None:
        self._find = lambda: contributions(x, y, value, np.random.default_rng(seed))

    @cached_property
    def _found(self) -> dict[str, float]:
        return self._find()

    def __getitem__(self, name: str) -> float:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
