"""A fixed set of functions of a row, chosen before any label is seen: what a log-ratio is made linear in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.sample import FloatArray, IntArray, Sample
from kullback.testing.geometry import spread

_FARTHEST = 5.0
_PRODUCTS = 60
_WAVES = 48
_CATEGORIES = 20
_SEEN = 500


@dataclass(frozen=True, eq=False)
class Basis:
    """Columns on one scale, their squares, some of their products, waves in random directions, and categories.

    Attributes:
        middle, scale: of the columns of numbers, shapes (d,); a scale of 0 marks a constant column, whose changes count
            in the unit of the column.
        first, second: the columns that are multiplied, shapes (k,).
        directions, phases: of the waves, shapes (d, w) and (w,).
        categories: of each column of codes, those with a function of their own.
        centre, size: mean and standard deviation of every function over the rows it was made from.
    """

    middle: FloatArray
    scale: FloatArray
    first: IntArray
    second: IntArray
    directions: FloatArray
    phases: FloatArray
    categories: tuple[IntArray, ...]
    centre: FloatArray
    size: FloatArray

    def __call__(self, rows: Sample) -> FloatArray:
        """Return the functions of every row, shape (n, functions)."""
        return (self._plain(rows) - self.centre) / self.size

    def _plain(self, rows: Sample) -> FloatArray:
        scaled = _scaled(rows.numbers, self.middle, self.scale)
        parts = [scaled, np.square(scaled), scaled[:, self.first] * scaled[:, self.second]]
        parts.append(np.cos(scaled @ self.directions + self.phases))
        parts += [
            (column[:, None] == known).astype(np.float64)
            for column, known in zip(rows.codes.T, self.categories, strict=True)
        ]
        # A category that was frequent enough for none of these, or is new.
        parts += [
            1.0 - np.isin(column, known).astype(np.float64)[:, None]
            for column, known in zip(rows.codes.T, self.categories, strict=True)
        ]
        return np.concatenate(parts, axis=1)

    @property
    def kinds(self) -> IntArray:
        """Which functions are of one kind: columns, squares, products, waves, categories."""
        sizes = (len(self.middle), len(self.middle), len(self.first), len(self.phases))
        rest = len(self.centre) - sum(sizes)
        kinds = np.repeat(np.arange(5), [*sizes, rest])
        return np.unique(kinds, return_inverse=True)[1]


def _scaled(numbers: FloatArray, middle: FloatArray, scale: FloatArray) -> FloatArray:
    # What overflows is farther than anything else, and is cut off with it.
    with np.errstate(over="ignore"):
        return np.clip((numbers - middle) / np.where(scale > 0.0, scale, 1.0), -_FARTHEST, _FARTHEST)


def basis(rows: Sample, rng: np.random.Generator) -> Basis:
    """Return the functions that suit some rows.

    The waves cos(ω·z + b), ω normal with the inverse of the rows' typical distance as deviation, span the functions of
    a Gaussian kernel.

    Source: Rahimi and Recht, NIPS 20 (2007), algorithm 1.
    """
    middle = np.median(rows.numbers, axis=0)
    scale = spread(rows.numbers)
    count = rows.dimension
    first, second = np.triu_indices(count, 1)
    chosen = np.sort(rng.choice(len(first), min(len(first), _PRODUCTS), replace=False))
    scaled = _scaled(rows.numbers, middle, scale)
    some = scaled[rng.choice(len(scaled), min(len(scaled), _SEEN), replace=False)]
    squares = np.square(some[: len(some) // 2] - some[len(some) - len(some) // 2 :]).sum(axis=1)
    typical = np.sqrt(np.median(squares)) if count else 1.0
    waves = _WAVES if count else 0
    # Half of the waves are twice as short: one width does not suit all differences.
    widths = max(float(typical), 1e-3) * np.where(np.arange(waves) % 2 == 0, 1.0, 0.5)
    directions = rng.standard_normal((count, waves)) / widths
    phases = rng.uniform(0.0, 2.0 * np.pi, waves)
    categories = tuple(
        np.sort(np.argsort(-np.bincount(column), kind="stable")[:_CATEGORIES]) for column in rows.codes.T
    )
    empty = np.zeros(0)
    plain = Basis(middle, scale, first[chosen], second[chosen], directions, phases, categories, empty, empty)
    values = plain._plain(rows)  # pyright: ignore[reportPrivateUsage]
    centre, size = values.mean(axis=0), values.std(axis=0)
    # What never varied in these rows counts in its own unit.
    size = np.where(size > 1e-6, size, 1.0)
    return Basis(middle, scale, first[chosen], second[chosen], directions, phases, categories, centre, size)
