"""Nearest neighbours: log-ratios from the distances to the k-th neighbour in each sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.neighbour_fit import (
    Balls,
    LocalRatios,
    NeighbourFit,
    Neighbourhood,
    Side,
    log_mass,
    mean_log_ratio,
)
from kullback.estimators.whitening import Coordinates
from kullback.sample import FloatArray, Model, Sample


@dataclass(frozen=True)
class NearestNeighbours(Method):
    """Log-ratios from the distances to the k-th neighbour in each sample.

    Attributes:
        k: which neighbour.
        transform: coordinates of the distances: "whiten", "ranks" or None.
    """

    k: int = 5
    transform: Coordinates = "whiten"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k is {self.k}: at least 1 neighbour is needed, such as k=5.")

    @property
    def title(self) -> str:
        """The name in words."""
        return f"nearest neighbours (k={self.k})"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the fit; neighbours are looked for when a divergence is asked for."""
        if isinstance(y, Model):
            return _against_model(x, y, self.k, self.transform)
        return NearestNeighboursFit(Neighbourhood(x, y, self.transform), self.k)


class NearestNeighboursFit(NeighbourFit):
    """What `NearestNeighbours` makes of two samples."""

    def __init__(self, space: Neighbourhood, k: int) -> None:
        super().__init__(space)
        self.k = k

    def ratios(self, about: Side) -> LocalRatios:
        """Return ln(p/q) at the rows of a sample."""
        radii_p, in_p = self._grown("x", about)
        radii_q, in_q = self._grown("y", about)
        log_p, log_q = log_mass(in_p), log_mass(in_q)
        log_ratio = self.space.dimension * (np.log(radii_q) - np.log(radii_p)) + log_p - log_q
        return LocalRatios(log_ratio, in_p.effective, in_q.effective, in_p, in_q)

    def _grown(self, of: Side, about: Side) -> tuple[FloatArray, Balls]:
        radii = self.space.distances(self.k, of, about)
        self.space.check_distances(radii, of, about, self.k)
        return radii, self.space.balls(radii, of, about)


@dataclass(frozen=True, eq=False)
class AgainstModel(Fitted):
    """Log-ratios at the rows of a sample from its own neighbours and the log-density of a model.

    Attributes:
        x, y: the sample and the model.
        at_x: ln p̂ − ln q at the rows.
        in_p: the balls about them.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    at_x: FloatArray
    in_p: Balls
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return the mean log-ratio: KL alone.

        Raises:
            NotImplementedError: other divergences, which look at rows from Q too.
        """
        if mean_log_ratio(divergence) != (1.0, 0.0):
            raise NotImplementedError(
                f"{divergence!r} needs rows from Q too: kb.estimators.shared_radius() draws them."
            )
        if np.isinf(self.at_x).any():
            return Value(math.inf, np.zeros(self.x.rows), np.empty(0))
        mean = self.x.mean(self.at_x)
        influence = self.at_x - mean + self.in_p.pulled(self.x.shares / self.in_p.mass)
        return Value(mean, influence - self.x.mean(influence), np.empty(0))


def _against_model(x: Sample, y: Model, k: int, transform: Coordinates) -> AgainstModel:
    """Return ln p̂ by Kozachenko and Leonenko's estimator minus ln q."""
    if transform == "ranks":
        raise ValueError(f'ranks leave no density to hold against {y.name}: transform="whiten" or None.')
    space = Neighbourhood(x, x, transform)
    if math.isnan(space.mapped.log_volume) or space.dimension < x.dimension:
        raise ValueError(
            f"the rows of x lie in {space.dimension} of {x.dimension} directions: they have no density to hold "
            f"against {y.name}, and their KL divergence from it is infinite."
        )
    radii = space.distances(k, "x", "x")
    space.check_distances(radii, "x", "x", k)
    in_p = space.balls(radii, "x", "x")
    d = x.dimension
    unit_ball = 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1.0)
    log_p = log_mass(in_p) - unit_ball - d * np.log(radii) + space.mapped.log_volume
    log_q = np.asarray(y.log_prob(x.numbers), dtype=np.float64)
    outside = np.isneginf(log_q)
    if np.isnan(log_q).any() or np.isposinf(log_q).any() or log_q.shape != (x.rows,):
        raise ValueError(f"{y.name} gives log-densities of shape {log_q.shape} that are NaN or +∞ somewhere.")
    notes = space.mapped.notes
    if outside.any():
        notes = (f"infinite: {100 * x.mean(outside.astype(float)):.3g} % of P lies where Q has nothing", *notes)
    return AgainstModel(x, y, log_p - log_q, in_p, notes)


def nearest_neighbours(k: int = 5, transform: Coordinates = "whiten") -> NearestNeighbours:
    """Return the method of the distances to the k-th neighbour in each sample.

    ln p̂(x)/q̂(x) = d ln(ν(x)/ρ(x)) + ln(m/(n − 1)), with ρ and ν the distances from x to its k-th neighbour among the
    other rows of x and among those of y; KL is its mean over the rows of x. Against a model, the mean of
    ψ(k) − ln(n − 1) − ln V_d − d ln ρ(x) − ln q(x), V_d the volume of the unit ball (Kozachenko and Leonenko).

    Made for one to three dimensions. On surfaces in many dimensions it is off by nats, as the two radii are of
    different sizes and d multiplies the logarithm of their quotient: `shared_radius` is not.

    Args:
        k: more neighbours, less noise and more smoothing.
        transform: "whiten" for pooled covariance 1 (nothing changes with an affine map); "ranks" for pooled ranks as
            normal scores first; None for the distances of the data as they are.

    Raises:
        ValueError: k below 1.

    Source: Wang, Kulkarni and Verdú, IEEE Trans. Inf. Theory 55 (2009), 2392-2405, eq. 14; Pérez-Cruz,
        "Kullback-Leibler divergence estimation of continuous distributions", ISIT 2008, eq. 14; Kozachenko and
        Leonenko, Probl. Inf. Transm. 23 (1987), 95-101.

    Example:
        >>> import numpy as np
        >>> from kullback.divergences import kl
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(1)
        >>> x, y = sample_of(rng.normal(0, 1, 1000)), sample_of(rng.normal(0, 2, 1000))
        >>> round(nearest_neighbours().fit(x, y, rng).value(kl).value, 1)  # ln 2 − 3/8 = 0.318
        0.3
    """
    return NearestNeighbours(k, transform)
