"""The remainder: what a fitted log-ratio leaves between P and Q, by neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.cross_fitting import as_sample
from kullback.estimators.logistic import quadratic_logistic
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.neighbour_fit import LocalRatios, NeighbourFit, Neighbourhood, Side, shared
from kullback.estimators.whitening import Coordinates
from kullback.sample import FloatArray, Model, Sample


@dataclass(frozen=True)
class Remainder(Method):
    """A fitted log-ratio plus the log-ratio of what it leaves, from neighbours.

    Attributes:
        inner: the method that gives the log-ratio at rows that it has not seen.
        k: neighbours from each sample that a ball must hold.
        transform: coordinates of the distances: "whiten", "ranks" or None.
    """

    inner: Method = field(default_factory=quadratic_logistic)
    k: int = 10
    transform: Coordinates = "whiten"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k is {self.k}: at least 1 neighbour is needed, such as k=10.")

    @property
    def title(self) -> str:
        """The name in words."""
        return f"{self.inner.title}, and its remainder by neighbours (k={self.k})"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> RemainderFit:
        """Return the fit; balls are grown when a divergence is asked for.

        Raises:
            ValueError: an inner method that gives no log-ratio.
        """
        second, notes = as_sample(x, y, rng)
        fitted = self.left_by(self.inner.fit(x, second, rng))
        fitted.notes = (*notes, *fitted.notes)
        return fitted

    def left_by(self, inner: Fitted) -> RemainderFit:
        """Return the same from a fit of the inner method that is there already, as in a stack of which it is a base.

        Raises:
            ValueError: a fit that gives no log-ratio, or one beside a model.
        """
        found = inner.log_ratio()
        if found is None or isinstance(inner.y, Model):
            raise ValueError(f"{self.inner.title} gives no log-ratio of which there could be a remainder.")
        fitted = RemainderFit(Neighbourhood(inner.x, inner.y, self.transform), self.k, inner, found)
        fitted.notes = (*inner.notes, *fitted.notes)
        return fitted


class RemainderFit(NeighbourFit):
    """What `Remainder` makes of two samples.

    Attributes:
        inner: the fit of the inner method.
    """

    def __init__(self, space: Neighbourhood, k: int, inner: Fitted, found: tuple[FloatArray, FloatArray]) -> None:
        super().__init__(space)
        self.inner = inner
        self.k = k
        most = math.log(min(space.x.rows, space.y.rows)) + _BEYOND
        self._at = {"x": np.clip(found[0], -most, most), "y": np.clip(found[1], -most, most)}

    def ratios(self, about: Side) -> LocalRatios:
        """Return ln(p/q) at the rows of a sample."""
        # Rows of x count q/(p + q) and rows of y p/(p + q): both then have the density pq/(p + q) where the inner
        # log-ratio is right, and no row counts more than 1 (Bennett, J. Comput. Phys. 22 (1976), 245-268, eq. 12).
        tilts = -np.logaddexp(0.0, self._at["x"]), -np.logaddexp(0.0, -self._at["y"])
        left = shared(self.space, self.k, about, tilts)
        return LocalRatios(left.log_ratio + self._at[about], left.p_counts, left.q_counts, left.in_p, left.in_q)

    def smoother(self) -> Fitted:
        """Return the inner fit."""
        return self.inner

    def lower(self, divergence: Divergence) -> Value | None:
        """Return the bound of the inner fit."""
        return self.inner.lower(divergence)


_BEYOND = 4.0
"""How far beyond ln of the rows a log-ratio is believed."""


def remainder(inner: Method | None = None, k: int = 10, transform: Coordinates = "whiten") -> Remainder:
    """Return the method that corrects a fitted log-ratio by the neighbours of each row.

    ln p̂(x)/q̂(x) = f(x) + ln Σ_X 1/(1 + e^f) − ln Σ_Y 1/(1 + e^−f), the sums means over the rows of each sample, of
    which those count that are in the smallest ball about x with k of both (with the digamma corrections of
    `shared_radius`). Where e^f is p/q both sums have the same mean whatever the size of the ball, and where f is
    constant over the ball it cancels: neighbours alone have to resolve the densities, here only what f leaves. KL is
    the mean over the rows of x; the influences are those of the neighbour graph.

    In 5 to 20 dimensions this takes away most of the bias of neighbours and of the fit. `lower` is that of the fit.

    Args:
        inner: a method with log-ratios held out; `quadratic_logistic()` if left out.
        k: more neighbours, less noise and more of the fit's bias.
        transform: coordinates of the distances, as in `shared_radius`.

    Raises:
        ValueError: k below 1.

    Source: the weights are those of Bennett's acceptance ratio, J. Comput. Phys. 22 (1976), 245-268; the correction of
        a fit by the local mean of what it leaves is the twicing of Newey, Hsieh and Robins, Econometrica 72 (2004),
        947-962.

    Example:
        >>> import numpy as np
        >>> from kullback.divergences import kl
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(1)
        >>> x, y = sample_of(rng.normal(0.0, 1.0, (1000, 5))), sample_of(rng.normal(0.5, 1.0, (1000, 5)))
        >>> value = remainder().fit(x, y, rng).value(kl).value
        >>> abs(value - 0.625) < 0.06
        True
    """
    return Remainder(quadratic_logistic() if inner is None else inner, k, transform)
