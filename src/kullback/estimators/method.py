"""What an estimator from samples is: a method with its settings, and what it makes of two samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kullback.divergence import Divergence
from kullback.sample import FloatArray, Model, Sample


@dataclass(frozen=True, eq=False)
class Value:
    """An estimated divergence, and how each row pulls it.

    To first order the value is the truth + mean(influence_x) + mean(influence_y), the means weighted by the rows'
    shares and the influences centred, so that its variance is Var(influence_x)/n + Var(influence_y)/m for independent
    rows, and is had from sums per group for clustered ones (`kullback.intervals.influence_function`).

    Attributes:
        value: after `finish`; not cut off at the ends of the divergence's range.
        influence_x: shape (n,).
        influence_y: shape (m,); empty where Q is a model.
    """

    value: float
    influence_x: FloatArray
    influence_y: FloatArray


class Fitted(ABC):
    """What a method has made of two samples: every divergence follows from it, without fitting again.

    Attributes:
        x, y: the samples; y is a `Model` where Q is known by its density.
        notes: what the reader must know before trusting the number.
        diagnostics: numbers by name.
    """

    x: Sample
    y: Sample | Model
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = {}

    @abstractmethod
    def value(self, divergence: Divergence) -> Value:
        """Return the estimate of a divergence.

        Raises:
            NotImplementedError: this method says nothing of that divergence (and which method does).
        """

    def lower(self, divergence: Divergence) -> Value | None:
        """Return a quantity that is never above the divergence in expectation, whatever was fitted; None where nothing
        was held out."""
        return None

    def interval(self, divergence: Divergence, level: float) -> tuple[float, float] | None:
        """Return an interval of the method's own, where its law is known better than from the influences; None where
        the method has none, or cannot state both ends."""
        return None

    def log_ratio(self) -> tuple[FloatArray, FloatArray] | None:
        """Return ln(p/q) at the rows of x and of y, each by a fit that has not seen the row; None where there is
        none."""
        return None


class Method(ABC):
    """An estimator with its settings: a frozen dataclass, one per file."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The name in words with the settings that matter: "nearest neighbours (k=5)"."""

    @abstractmethod
    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return what the method makes of x, drawn from P, and y, drawn from Q.

        Raises:
            ValueError: samples that this method cannot take: what is in them, and which method can.
        """


@dataclass(frozen=True, eq=False)
class Given(Fitted):
    """A fit whose log-ratios and values were worked out elsewhere; for tests."""

    x: Sample
    y: Sample | Model
    values: Mapping[Divergence, Value]
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return the value that was given."""
        return self.values[divergence]
