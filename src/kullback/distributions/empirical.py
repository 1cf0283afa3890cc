"""Empirical distributions: masses on finitely many points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import first_index, library, namespace, to_numpy, unit_tolerance
from kullback.distribution import Density
from kullback.distributions.parameters import non_negative, readable, real, together
from kullback.statistic import (
    AbsoluteDeviation,
    Difference,
    Exponential,
    Log,
    LogSquared,
    One,
    PositiveDeviation,
    Power,
    SquaredDeviation,
    Statistic,
)
from kullback.support import Points


@dataclass(frozen=True, eq=False)
class Empirical(Density):
    """Empirical distribution: masses on points; equal points add up.

    Attributes:
        values: the points, along the last axis.
        masses: theirs, along the last axis.
    """

    values: Any
    masses: Any

    name: ClassVar[str] = "empirical"
    parameter_dimensions = {"values": 1, "masses": 1}  # noqa: RUF012 - read only

    @property
    def support(self) -> Points:
        """The points."""
        return Points(self.values)

    def log_prob(self, x: Any) -> Any:
        """Return ln P(X = x), −∞ where there is no point."""
        xp = namespace(x, self.values, self.masses)
        here = xp.sum(xp.where(xp.asarray(x)[..., None] == self.values, self.masses, 0.0), axis=-1)
        return xp.where(here > 0.0, xp.log(xp.where(here > 0.0, here, 1.0)), -math.inf)

    def landmarks(self) -> Any:
        """Return the points."""
        return np.asarray(self.values)

    def moved(self, loc: Any, scale: Any) -> Empirical:
        """Return the distribution of loc + scale·X."""
        return Empirical(*together(loc[..., None] + scale[..., None] * self.values, self.masses))

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the weighted mean of a statistic over the points."""
        xp = namespace(self.values, self.masses)
        x = self.values

        def wide(parameter: Any) -> Any:
            return parameter[..., None] if getattr(parameter, "ndim", 0) else parameter

        match statistic:
            case One():
                found = xp.ones_like(x)
            case Power(exponent):
                found = x ** wide(exponent)
            case Log():
                found = xp.log(x)
            case LogSquared(center):
                found = (xp.log(x) - wide(center)) ** 2
            case Difference(center):
                found = x - wide(center)
            case SquaredDeviation(center):
                found = (x - wide(center)) ** 2
            case AbsoluteDeviation(center):
                found = xp.abs(x - wide(center))
            case PositiveDeviation(center):
                found = xp.where(x > wide(center), x - wide(center), 0.0)
            case Exponential(rate, center):
                found = xp.exp(wide(rate) * (x - wide(center)))
            case _:
                return None
        return xp.sum(self.masses * found, axis=-1)

    def cdf(self, x: Any) -> Any:
        """Return the mass of the points up to x."""
        return np.sum(np.where(np.asarray(self.values) <= np.asarray(x)[..., None], self.masses, 0.0), axis=-1)

    def survival(self, x: Any) -> Any:
        """Return the mass of the points beyond x."""
        return np.sum(np.where(np.asarray(self.values) > np.asarray(x)[..., None], self.masses, 0.0), axis=-1)

    def quantile(self, u: Any) -> Any:
        """Return the least point up to which there is mass u."""
        order = np.argsort(self.values, axis=-1)
        values = np.take_along_axis(np.asarray(self.values), order, -1)
        reached = np.cumsum(np.take_along_axis(np.broadcast_to(self.masses, values.shape), order, -1), axis=-1)
        index = np.sum(reached[..., :-1] < np.asarray(u)[..., None] * reached[..., -1:], axis=-1)
        shape = np.broadcast_shapes(index.shape, values.shape[:-1])
        wide = np.broadcast_to(values, (*shape, values.shape[-1]))
        return np.take_along_axis(wide, np.broadcast_to(index, shape)[..., None], -1)[..., 0]


def empirical(values: object, weights: object = None) -> Empirical:
    """Return the distribution with masses on finitely many points.

    It is that of the points themselves. What a sample says of where it is from is for `kb.estimate`.

    Args:
        values: the points, along the last axis; equal ones add up.
        weights: their masses, which sum to 1, along the last axis; equal masses if not given.

    Returns:
        `Empirical`: one distribution, or a batch of them.

    Raises:
        ValueError: no point, weights that do not sum to 1 or are not as many as the points.

    Example:
        >>> import kullback as kb
        >>> P, Q = kb.distributions.empirical([1, 2, 2, 3]), kb.distributions.empirical([1, 2, 3])
        >>> kb.kl(P, Q).round(6)
        np.float64(0.058892)
    """
    points = real(values, "values", "empirical")
    if not points.shape or not points.shape[-1]:
        raise ValueError("empirical: values has no point along its last axis.")
    xp = namespace(points)
    if weights is None:
        return Empirical(points, xp.ones_like(points) / points.shape[-1])
    masses = non_negative(weights, "weights", "empirical")
    if masses.shape[-1:] != points.shape[-1:]:
        raise ValueError(
            f"empirical: weights has shape {tuple(masses.shape)} and values {tuple(points.shape)}: "
            "one weight per point along the last axis is needed."
        )
    total = namespace(masses).sum(masses, axis=-1, keepdims=True)
    if readable(total):
        sums = np.asarray(to_numpy(total))
        bad = ~(abs(sums - 1.0) <= unit_tolerance(masses))
        if bad.any():
            raise ValueError(f"empirical: weights sum to {sums[first_index(bad)]:g} and not to 1.")
    masses = (masses / total).view(type(masses)) if library(masses) == "numpy" else masses / total
    return Empirical(*together(points, masses))
