"""Categories as coordinates: how methods that measure distances take columns of names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kullback.estimators.method import Fitted, Method
from kullback.sample import FloatArray, Model, Sample

_MOST = 2_000
"""Coordinates at most: distances among more cost too much."""


@dataclass(frozen=True)
class OneHot(Method):
    """A method for numbers, on samples whose categories are made coordinates.

    Attributes:
        inner: the method.
        size: of the coordinate of a category, in standard deviations of the columns of numbers.
    """

    inner: Method
    size: float = 1.5

    @property
    def title(self) -> str:
        """The name in words."""
        return f"{self.inner.title}, categories as coordinates"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return what the inner method makes of the coordinates.

        Raises:
            ValueError: no column of numbers (all rows of a category would be in one place), too many categories, or a
                model, which has no categories.
        """
        if isinstance(y, Model):
            raise ValueError(f"{y.name} is a density of numbers: use {self.inner.title} as it is.")
        if not x.dimension:
            raise ValueError("there is no column of numbers: count the categories, as kb.estimators.plug_in_counts().")
        if sum(x.alphabet) > _MOST:
            raise ValueError(f"there are {sum(x.alphabet):,} categories, and at most {_MOST:,} can be coordinates.")
        centre = 0.5 * (x.shares @ x.numbers + y.shares @ y.numbers)
        spread = np.sqrt(0.5 * (x.shares @ np.square(x.numbers - centre) + y.shares @ np.square(y.numbers - centre)))
        kept = spread > 1e-12 * (np.abs(centre) + spread)

        def coordinates(rows: Sample) -> FloatArray:
            scaled = (rows.numbers[:, kept] - centre[kept]) / spread[kept]
            named = [
                self.size * (rows.codes[:, column, None] == np.arange(size)) for column, size in enumerate(x.alphabet)
            ]
            return np.concatenate([scaled, *named], axis=1)

        return self.inner.fit(_as_numbers(x, coordinates(x)), _as_numbers(y, coordinates(y)), rng)


def _as_numbers(sample: Sample, numbers: FloatArray) -> Sample:
    names = tuple(f"coordinate {i + 1}" for i in range(numbers.shape[1]))
    return replace(sample, numbers=numbers, codes=sample.codes[:, :0], alphabet=(), names=names)


def one_hot(inner: Method, size: float = 1.5) -> OneHot:
    """Return a method for numbers that takes categories too: each becomes a coordinate that is `size` or 0.

    Two rows with different categories are √2·size apart for each column where they differ, in standard deviations of
    the columns of numbers. The map is one to one, so that no divergence changes.

    Args:
        inner: such as `shared_radius(k=5, transform=None)`: columns that whitening would make large must stay.
        size: of a coordinate.

    Returns:
        The method.

    Raises:
        ValueError: a size that is not above 0.

    Source:
        Gower, "A general coefficient of similarity and some of its properties", Biometrics 27 (1971), 857-871,
        section 3, as a Euclidean distance.

    Example:
        >>> from kullback.estimators import linear_logistic
        >>> one_hot(linear_logistic()).title
        'linear logistic regression, 5 folds, categories as coordinates'
    """
    if not size > 0.0:
        raise ValueError(f"size is {size}: categories are told apart by a size above 0, such as 1.5.")
    return OneHot(inner, size)
