"""Sample: what is known of a distribution when only draws from it are: rows of numbers and of category codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows that were drawn from one distribution, their columns those of the sample beside it.

    Attributes:
        numbers: shape (n, d), float64, finite: the columns that are measured. d may be 0.
        codes: shape (n, c), int64, from 0 to below `alphabet`: the columns that are names. c may be 0.
        alphabet: how many categories each column of `codes` has in both samples together.
        names: of the columns of `numbers`, then of those of `codes`.
        weights: how often each row counts, mean 1, shape (n,); None where all count once.
        groups: which cluster or block of time each row belongs to, codes from 0, shape (n,); None where rows are
            independent.
        labels: the categories that each column of `codes` stands for, where they are known.
    """

    numbers: FloatArray
    codes: IntArray
    alphabet: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    weights: FloatArray | None = None
    groups: IntArray | None = None
    labels: tuple[tuple[str, ...], ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    @property
    def dimension(self) -> int:
        """How many columns are measured."""
        return self.numbers.shape[1]

    @cached_property
    def shares(self) -> FloatArray:
        """What part of the sample each row is, shape (n,), summing to 1."""
        if self.weights is None:
            return np.full(self.rows, 1.0 / self.rows)
        return self.weights / self.weights.sum()

    @cached_property
    def effective_rows(self) -> float:
        """Kish's number of equally weighted rows, (Σ w)² / Σ w²."""
        return float(1.0 / np.square(self.shares).sum())

    def mean(self, values: FloatArray) -> float:
        """Return the weighted mean of one number per row."""
        return float(values.mean()) if self.weights is None else float(self.shares @ values)

    def take(self, rows: IntArray | NDArray[np.bool_]) -> Sample:
        """Return the sample of some of the rows; the weights are scaled to mean 1 again, all the same if all are 0."""
        weights = None if self.weights is None else self.weights[rows]
        if weights is not None and not weights.any():
            weights = None
        return replace(
            self,
            numbers=self.numbers[rows],
            codes=self.codes[rows],
            weights=None if weights is None else weights / weights.mean(),
            groups=None if self.groups is None else self.groups[rows],
        )

    def with_numbers(self, numbers: FloatArray) -> Sample:
        """Return the same rows with other numbers, such as transformed ones."""
        names = self.names
        if numbers.shape[1] != self.dimension:
            names = (*(f"direction {i + 1}" for i in range(numbers.shape[1])), *self.names[self.dimension :])
        return replace(self, numbers=numbers, names=names)


@dataclass(frozen=True, eq=False)
class Model:
    """A distribution known by its density, against which a sample is held.

    Attributes:
        log_prob: the log-density of rows of shape (n, d), as shape (n,), −∞ outside the support.
        draw: n rows of shape (n, d) from it; None where that cannot be had.
        name: how it is printed.
    """

    log_prob: Callable[[FloatArray], FloatArray]
    draw: Callable[[int, np.random.Generator], FloatArray] | None
    name: str


def sample_of(numbers: object, codes: object | None = None, weights: object | None = None) -> Sample:
    """Return the `Sample` of an array of numbers, shape (n,) or (n, d), and codes of shape (n, c): for tests and
    benchmarks; `kb.estimate` reads what users have.

    Example:
        >>> sample_of([0.5, 1.5, 2.5]).numbers.shape
        (3, 1)
    """
    measured = np.asarray(numbers, dtype=np.float64)
    measured = measured[:, None] if measured.ndim == 1 else measured
    named = np.empty((len(measured), 0), np.int64) if codes is None else np.asarray(codes, dtype=np.int64)
    named = named[:, None] if named.ndim == 1 else named
    counted = None if weights is None else np.asarray(weights, dtype=np.float64)
    return Sample(
        measured,
        named,
        tuple(int(column.max()) + 1 for column in named.T),
        tuple(f"column {i + 1}" for i in range(measured.shape[1] + named.shape[1])),
        None if counted is None else counted / counted.mean(),
    )
