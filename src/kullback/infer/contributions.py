"""What each column adds to a divergence: Shapley's shares of what quadratic log-ratios of the columns reach.

Shapley, "A value for n-person games" (1953); the game is the Kullback-Leibler divergence that is found from some of the
columns, so that a column that differs only together with others has its part too. By the chain rule the parts of one
order of the columns sum to the whole; the share is the mean over orders.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from kullback.divergences.kl import kl
from kullback.estimators.cross_fitting import CrossFitted
from kullback.estimators.logistic import QuadraticLogistic
from kullback.sample import Sample

_ORDERS = 3
"""Random orders of the columns, each with its reverse, where there are too many columns for all subsets."""
_ALL_SUBSETS = 5
_ROWS = 1000
"""Rows of each side at most: shares are no figures to many digits."""
_COLUMNS = 12
"""Columns at most; the rest, those whose own divergences are the least, share one part."""


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
            fitted = CrossFitted(QuadraticLogistic(pairs=30), folds=2).fit(
                _of(x, members), _of(y, members), np.random.default_rng(seed)
            )
            known[members] = max(fitted.value(kl).value, 0.0)
        return known[members]

    labels = list(names)
    if len(parts) > _COLUMNS:
        parts.sort(key=lambda part: -reached(part))
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
