"""Normal plug-in: the divergence of two normal distributions with the samples' means and covariances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.neighbour_fit import mean_log_ratio, special
from kullback.estimators.whitening import mapped
from kullback.sample import FloatArray, Model, Sample

Shrinkage: TypeAlias = float | Literal["auto"]

_LOG_TAU = math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Gaussian(Method):
    """The divergence of the normal distributions that have the moments of the samples.

    Attributes:
        shrinkage: how much of each covariance is replaced by a multiple of the pooled one, from 0 to 1; "auto" for the
            share that is best for normal samples.
    """

    shrinkage: Shrinkage = 0.0

    def __post_init__(self) -> None:
        if self.shrinkage != "auto" and not 0.0 <= self.shrinkage < 1.0:
            raise ValueError(f'shrinkage is {self.shrinkage}: from 0 to below 1, or "auto".')

    @property
    def title(self) -> str:
        """The name in words."""
        return "normal plug-in" if self.shrinkage == 0.0 else f"normal plug-in (shrinkage={self.shrinkage})"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Fitted:
        """Return the two normal distributions.

        Raises:
            ValueError: too few rows for a covariance, or rows in a hyperplane.
        """
        if isinstance(y, Model):
            return self._against(x, y)
        space = mapped(x, y, "whiten")
        of_x = _Moments.of(space.x, x, self.shrinkage, "x")
        of_y = _Moments.of(space.y, y, self.shrinkage, "y")
        return GaussianFit(
            x,
            y,
            of_x,
            of_y,
            of_x.log_density(space.x) - of_y.log_density(space.x),
            of_x.log_density(space.y) - of_y.log_density(space.y),
            space.notes,
            {"shrinkage of P": of_x.shrunk, "shrinkage of Q": of_y.shrunk},
        )

    def _against(self, x: Sample, y: Model) -> Fitted:
        space = mapped(x, x, "whiten")
        moments = _Moments.of(space.x, x, self.shrinkage, "x")
        if math.isnan(space.log_volume) or space.x.shape[1] < x.dimension:
            raise ValueError(f"the rows of x lie in a hyperplane: their KL divergence from {y.name} is infinite.")
        log_q = np.asarray(y.log_prob(x.numbers), dtype=np.float64)
        if log_q.shape != (x.rows,) or not np.isfinite(log_q).all():
            raise ValueError(
                f"{y.name} gives log-densities that are not finite at {int((~np.isfinite(log_q)).sum())} rows of x."
            )
        at_x = moments.log_density(space.x) + space.log_volume - log_q
        return AgainstDensity(x, y, at_x, moments.excess, space.notes)


@dataclass(frozen=True, eq=False)
class GaussianFit(Fitted):
    """Two normal distributions.

    Attributes:
        x, y: the samples.
        of_x, of_y: their moments.
        at_x, at_y: the log-ratio of the fitted densities at their rows, which it has seen.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    of_x: _Moments
    of_y: _Moments
    at_x: FloatArray
    at_y: FloatArray
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return KL and Jeffreys by their closed form, without bias where the samples are normal and nothing was
        shrunk; other divergences from the log-ratio of the fitted densities at the rows."""
        weights = mean_log_ratio(divergence)
        if weights is None:
            return LogRatio(self.x, self.y, self.at_x, self.at_y, held_out=False).value(divergence)
        forth, back = weights
        total, at_x, at_y = 0.0, np.zeros(len(self.at_x)), np.zeros(len(self.at_y))
        if forth:
            value, first, second = _kl(self.of_x, self.of_y)
            total, at_x, at_y = total + forth * value, at_x + forth * first, at_y + forth * second
        if back:
            value, second, first = _kl(self.of_y, self.of_x)
            total, at_x, at_y = total - back * value, at_x - back * first, at_y - back * second
        return Value(total, at_x, at_y)

    def log_ratio(self) -> tuple[FloatArray, FloatArray]:
        """Return the log-ratio of the fitted densities. Each row was seen, and is one of many."""
        return self.at_x, self.at_y


@dataclass(frozen=True, eq=False)
class AgainstDensity(Fitted):
    """The log-ratio of a fitted density to a model's at the rows of a sample.

    Attributes:
        x, y: the sample and the model.
        at_x: the log-ratio.
        excess: by how much its mean is too large.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    at_x: FloatArray
    excess: float
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return KL.

        Raises:
            NotImplementedError: other divergences.
        """
        if mean_log_ratio(divergence) != (1.0, 0.0):
            raise NotImplementedError(
                f"{divergence!r} needs rows drawn from Q too: kb.estimators.shared_radius() draws them."
            )
        mean = self.x.mean(self.at_x)
        return Value(mean - self.excess, self.at_x - mean, np.empty(0))


@dataclass(frozen=True, eq=False)
class _Moments:
    """Mean and covariance of a sample, the covariance with the rows themselves as divisor."""

    centred: FloatArray
    mean: FloatArray
    covariance: FloatArray
    inverse: FloatArray
    log_determinant: float
    rows: float
    shares: FloatArray
    shrunk: float

    @classmethod
    def of(cls, points: FloatArray, sample: Sample, shrinkage: Shrinkage, name: str) -> _Moments:
        d, rows = points.shape[1], sample.effective_rows
        mean = sample.shares @ points
        centred = points - mean
        covariance = (centred * sample.shares[:, None]).T @ centred
        size = float(np.trace(covariance)) / d
        shrunk = _oracle(covariance, rows) if shrinkage == "auto" else float(shrinkage)
        covariance = (1.0 - shrunk) * covariance + shrunk * size * np.eye(d)
        values = np.linalg.eigvalsh(covariance)
        # Without bias there must be more rows than columns; and rows in a hyperplane have no normal density.
        if (rows <= d + 3.0 and shrunk == 0.0) or values[0] <= 1e-13 * max(float(values[-1]), 1e-300):
            raise ValueError(
                f"{name} has {rows:.0f} rows in {d} directions, and they do not fill them: its covariance has no "
                'inverse. kb.estimators.gaussian(shrinkage="auto") takes part of it from the pooled one.'
            )
        log_determinant = float(np.linalg.slogdet(covariance)[1])
        return cls(
            centred, mean, covariance, np.linalg.inv(covariance), log_determinant, rows, sample.shares, float(shrunk)
        )

    @property
    def excess(self) -> float:
        """By how much −½ ln|Σ̂| is too large in the mean for a normal sample (a Wishart law of n − 1 degrees)."""
        if self.shrunk:
            return 0.0
        d = len(self.mean)
        halves = 0.5 * (self.rows - 1.0 - np.arange(d))
        return -0.5 * float(special("digamma")(halves).sum() - d * math.log(0.5 * self.rows))

    def log_density(self, points: FloatArray) -> FloatArray:
        gaps = points - self.mean
        return -0.5 * (((gaps @ self.inverse) * gaps).sum(axis=1) + self.log_determinant + len(self.mean) * _LOG_TAU)


def _kl(p: _Moments, q: _Moments) -> tuple[float, FloatArray, FloatArray]:
    """Return KL of two normals with these moments, without bias where none is shrunk, and its influences.

    E Σ̂q⁻¹ = Σq⁻¹ m/(m − d − 2), E Σ̂p = Σp (n − 1)/n, E ln|Σ̂| = ln|Σ| + Σ ψ((n − i)/2) − d ln(n/2), and the squared
    distance of the means holds Σp/n + Σq/m more than it should.
    """
    d, gap = len(p.mean), p.mean - q.mean
    trace, distance = float(np.sum(q.inverse * p.covariance)), float(gap @ q.inverse @ gap)
    n, m = p.rows, q.rows
    # An inverse is unbiased only where it was not shrunk; a shrunk one is taken as it is.
    plain = not (p.shrunk or q.shrunk)
    scale = (m - d - 2.0) / m if plain else 1.0
    quadratic = scale * (trace * (n / (n - 1.0) if plain else 1.0) + distance)
    if plain:
        quadratic -= scale * trace / (n - 1.0) + d / m
    value = 0.5 * (quadratic - d + q.log_determinant - p.log_determinant)
    if plain:
        value += q.excess - p.excess
    pull = q.inverse @ gap
    first = p.centred @ pull + 0.5 * _form(p.centred, q.inverse - p.inverse)
    about = q.inverse @ (p.covariance + np.outer(gap, gap)) @ q.inverse
    second = -q.centred @ pull + 0.5 * _form(q.centred, q.inverse - about)
    return value, first - p.shares @ first, second - q.shares @ second


def _form(rows: FloatArray, matrix: FloatArray) -> FloatArray:
    return ((rows @ matrix) * rows).sum(axis=1)


def _oracle(covariance: FloatArray, rows: float) -> float:
    """Return the oracle-approximating share of shrinkage."""
    d = len(covariance)
    if d < 2:
        return 0.0
    trace, squares = float(np.trace(covariance)), float(np.square(covariance).sum())
    over = (rows + 1.0 - 2.0 / d) * (squares - trace**2 / d)
    return min(0.999, ((1.0 - 2.0 / d) * squares + trace**2) / over) if over > 0.0 else 0.999


def gaussian(shrinkage: Shrinkage = 0.0) -> Gaussian:
    """Return the method that takes both samples for normal ones.

    KL = ½ [tr Σq⁻¹Σp + (μp − μq)'Σq⁻¹(μp − μq) − d + ln |Σq|/|Σp|] of the sample moments, with every term freed of its
    bias: exactly unbiased for normal samples of any size. The influences are those of the moments. Right where P and Q
    are normal, also where they are far apart; off by as much as they are not.

    Args:
        shrinkage: the share of each covariance that is replaced by a multiple of the pooled one, from 0 to below 1;
            "auto" for the share with the least error for normal samples, which allows more columns than rows. Nothing
            is freed of bias then.

    Raises:
        ValueError: a share outside that range.

    Source: the bias of Wishart matrices: Muirhead, "Aspects of multivariate statistical theory" (1982), theorem 3.2.12
        and section 3.2.3; the share: Chen, Wiesel, Eldar and Hero, IEEE Trans. Signal Process. 58 (2010), 5016-5029,
        eq. 23.

    Example:
        >>> import numpy as np
        >>> from kullback.divergences import kl
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(0)
        >>> x, y = sample_of(rng.normal(0, 1, 2000)), sample_of(rng.normal(4, 1, 2000))
        >>> round(gaussian().fit(x, y, rng).value(kl).value)  # (4²)/2
        8
    """
    return Gaussian(shrinkage)
