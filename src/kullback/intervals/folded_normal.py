"""The interval for a weighted sum of absolute differences: total variation, and the Wasserstein distance of cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kullback.intervals.sampling import Sampling
from kullback.special import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[Any]

_HEAD = 128  # cells whose dependence is followed beyond the first order
_ALLOWANCE = 1.06  # for the noise in the shape of Δ̂ itself; set by simulation, docs/calibration.md shows the outcome
_COEFFICIENTS = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)


@dataclass(frozen=True, slots=True)
class AbsoluteSum:
    """Σ w|Δ| as observed, as corrected for bias, and its interval."""

    plug_in: float
    value: float
    low: float
    high: float


def interval(
    p: Sampling, q: Sampling, weights: ArrayLike, *, cumulative: bool = False, level: float = 0.95
) -> AbsoluteSum:
    """Return the estimate of T = Σ w_j |Δ_j| and its interval, valid at zero as well as far away.

    T̂ is compared with the law of T(λ) = Σ w_j |λ Δ̂_j + ε_j|, ε ~ N(0, V), along λ ≥ 0, and the interval holds the
    λT̂ for which T̂ is an ordinary draw (0 if λ = 0 is one). No random numbers: E T(λ) is a sum of means of folded
    normals (Leone, Nelson and Nottingham, 1961); the covariance of two of them with correlation ρ is
    σ_iσ_j Σ_r c_r(i) c_r(j) ρ^r/r!, c_r the r-th derivative of E|x + Z| (Mehler's expansion), taken to r = 6, which
    at λ = 0 is the series of (2/π)(√(1 − ρ²) + ρ asin ρ − 1); from r = 2 on only the 128 cells that vary most are
    followed. The third cumulant is that of independent cells, enlarged by the square of the variance's ratio to theirs
    (exact for groups of cells that move as one); T(λ) is given the Pearson III law with these three, through Wilson
    and Hilferty's cube root, and its deviates are divided by 1.06 as an allowance for the noise in the shape of Δ̂.
    The value is the λT̂ of which T̂ is the median. As in `noncentral_chi_square.interval`,
    ``high`` is never below what an unremarkable draw (the 16 % quantile) under P = Q gives.

    Arguments
    ---------
    p, q : the two sides, over the same k cells.
    weights : (k,), ≥ 0: ½ for the total variation; widths for the Wasserstein distance.
    cumulative : whether Δ is the difference of the cumulative shares F − G rather than of the shares p − q.
    level : the coverage.

    >>> from kullback.intervals.sampling import Independent
    >>> found = interval(Independent([500, 500]), Independent([600, 400]), [0.5, 0.5])
    >>> [round(x, 3) for x in (found.plug_in, found.value, found.low, found.high)]
    [0.1, 0.1, 0.054, 0.146]
    """
    w = np.asarray(weights, float)
    noise = _Noise.of(p, q, w, cumulative=cumulative)
    difference = p.shares - q.shares
    if cumulative:
        difference = np.cumsum(difference)
    difference = difference[noise.kept]
    plug_in = float(noise.weights @ np.abs(difference))
    if not len(difference):
        return AbsoluteSum(plug_in, plug_in, plug_in, plug_in)
    z = _ALLOWANCE * normal_quantile(0.5 + 0.5 * level)
    moments = noise.moments(np.stack([np.zeros_like(difference), difference]))
    least, reach = _quantile(moments, 0, -1.0), float(moments[1][1])
    low, value, high = noise.solve(plug_in, reach, difference, (z, 0.0, -z))
    if cumulative:
        # Neighbouring differences move as one, most freely where they have one sign. Signs that are not certain are
        # supposed to be the common one for the upper end.
        aligned = np.abs(difference) * math.copysign(1.0, float(noise.weights @ difference))
        aligned = np.where(np.abs(difference) > 2.0 * noise.deviations, difference, aligned)
        if np.any(aligned != difference):
            high = max(high, noise.solve(plug_in, reach, aligned, (-z,))[0])
    if low <= 0.0 and (cumulative or plug_in < least):
        # Near zero the shape of Δ̂ is that of the noise: suppose the one that varies most.
        high = max(high, noise.solve(max(plug_in, least), reach, noise.deviations, (-z,))[0])
    return AbsoluteSum(plug_in, value, low, high)


@dataclass(frozen=True, slots=True)
class _Noise:
    """The sampling noise of Δ: standard deviations, covariance in factor form, correlations of the head."""

    weights: Array
    kept: Array
    deviations: Array
    diagonal: Array
    factor: Array
    core: Array
    cumulative: bool
    head: Array
    powers: tuple[Array, ...]

    @staticmethod
    def of(p: Sampling, q: Sampling, weights: Array, *, cumulative: bool) -> _Noise:
        sides = (p.covariance(), q.covariance())
        diagonal = sides[0].diagonal + sides[1].diagonal
        factor = np.concatenate([side.factor for side in sides], axis=1)
        sizes = [side.factor.shape[1] for side in sides]
        core = np.zeros((sum(sizes), sum(sizes)))
        core[: sizes[0], : sizes[0]], core[sizes[0] :, sizes[0] :] = sides[0].core, sides[1].core
        if cumulative:
            # Cov(F_i, F_j) = cumulated diagonal at min(i, j) + the same form in the cumulated factor.
            diagonal, factor = np.cumsum(diagonal), np.cumsum(factor, axis=0)
        variances = diagonal + np.sum((factor @ core) * factor, axis=1)
        # Rounding leaves some 1e-17 where the cumulative shares are both 1.
        kept = (weights > 0.0) & (variances > 1e-12 * max(float(variances.max()), 1e-300))
        w, sd = weights[kept], np.sqrt(variances[kept])
        order = np.arange(len(w)) if len(w) <= _HEAD else np.sort(np.argpartition(-w * sd, _HEAD)[:_HEAD])
        index = np.flatnonzero(kept)[order]
        correlation = factor[index] @ core @ factor[index].T
        if cumulative:
            correlation += diagonal[np.minimum.outer(index, index)]
        correlation /= np.outer(sd[order], sd[order])
        np.fill_diagonal(correlation, 0.0)
        np.clip(correlation, -1.0, 1.0, out=correlation)
        strongest = float(np.abs(correlation).max(initial=0.0))
        powers = tuple(correlation**r / math.factorial(r) for r in range(2, 7) if strongest ** (r - 1) > 0.01)
        return _Noise(w, kept, sd, diagonal[kept], factor[kept], core, cumulative, order, powers)

    def moments(self, means: Array) -> tuple[Array, Array, Array]:
        """Mean, standard deviation and skewness of Σ w|mean + ε| for (g, k) means."""
        w, sd = self.weights, self.deviations
        r = means / sd
        density = np.exp(-0.5 * r * r) * math.sqrt(0.5 / math.pi)
        # 2Φ(r) − 1 with Abramowitz & Stegun 7.1.26: error below 1.5e-7, and none far away.
        t = 1.0 / (1.0 + 0.3275911 * math.sqrt(0.5) * np.abs(r))
        polynomial = np.zeros_like(t)
        for coefficient in reversed(_COEFFICIENTS):
            polynomial = (polynomial + coefficient) * t
        sign = np.copysign(1.0 - polynomial * (density * math.sqrt(2.0 * math.pi)), r)
        folded = 2.0 * density + r * sign
        close = np.abs(r) < 7.0
        spread = np.where(close, 1.0 + r * r - folded * folded, 1.0)
        third = r * (r * r + 3.0) * sign + 2.0 * (r * r + 2.0) * density
        third = np.where(close, third - folded * (3.0 * spread + folded * folded), 0.0)
        scaled = w * sd
        alone = spread @ (scaled * scaled)
        variance = self._linear(w * sign) + alone - (sign * sign) @ (scaled * scaled)
        h = r[:, self.head]
        s = h * h
        base = 2.0 * density[:, self.head] * scaled[self.head]
        for power, hermite in zip(self.powers, (1.0, -h, s - 1.0, h * (3.0 - s), 3.0 + s * (s - 6.0)), strict=False):
            c = base * hermite
            variance += np.sum((c @ power) * c, axis=1)
        deviation = np.sqrt(np.maximum(variance, 1e-12 * alone))
        return folded @ scaled, deviation, third @ scaled**3 * (deviation / alone**2)

    def _linear(self, gradient: Array) -> Array:
        along = gradient @ self.factor
        linear = np.sum((along @ self.core) * along, axis=1)
        if self.cumulative:
            # Σ_ij a_i a_j d_min(i,j), d increasing: each step of d is shared by all later cells.
            later = np.cumsum(gradient[:, ::-1], axis=1)[:, ::-1]
            return linear + (later * later) @ np.diff(self.diagonal, prepend=0.0)
        return linear + (gradient * gradient) @ self.diagonal

    def solve(self, observed: float, reach: float, direction: Array, levels: tuple[float, ...]) -> tuple[float, ...]:
        """The Σ w|λ·direction| at which ``observed`` has the normal deviates ``levels`` (falling), or 0.

        ``reach`` is about the standard deviation far from zero.
        """
        size = float(self.weights @ np.abs(direction))
        if observed <= 0.0 or size <= 0.0:
            return tuple(0.0 for _ in levels)
        unit = direction / size
        top = observed + (3.0 - 1.5 * min(levels)) * reach
        points = top * np.linspace(0.0, 1.0, 9)
        deviates = self._deviates(observed, points, unit)
        first = np.array([_crossing(points, deviates, level) for level in levels])
        # Once more at the roots: the slope between the points is near enough for one step.
        refined = self._deviates(observed, first, unit)
        slopes = np.diff(deviates) / np.diff(points)
        cell = np.clip(np.searchsorted(points, first, side="right") - 1, 0, len(slopes) - 1)
        steps = np.divide(np.array(levels) - refined, slopes[cell], out=np.zeros_like(first), where=slopes[cell] < 0.0)
        return tuple(np.where(first > 0.0, np.maximum(first + steps, 0.0), 0.0).tolist())

    def _deviates(self, observed: float, points: Array, unit: Array) -> Array:
        mean, deviation, skewness = self.moments(points[:, None] * unit)
        y = (observed - mean) / deviation
        # A law with less skewness than this is normal to 1e-4.
        g = np.maximum(skewness, 1e-4)
        return 6.0 / g * (np.cbrt(np.maximum(1.0 + 0.5 * g * y, 0.0)) - 1.0) + g / 6.0


def _crossing(points: Array, deviates: Array, level: float) -> float:
    """Where the falling ``deviates`` cross ``level``: interpolated, extended beyond the ends, and 0 below zero."""
    below = deviates <= level
    i = int(np.argmax(below)) if below.any() else len(points) - 1
    if i == 0:
        if points[0] == 0.0:
            return 0.0
        i = 1
    rise = deviates[i] - deviates[i - 1]
    if rise == 0.0:
        return float(points[i])
    return max(0.0, float(points[i - 1] + (level - deviates[i - 1]) * (points[i] - points[i - 1]) / rise))


def _quantile(moments: tuple[Array, Array, Array], row: int, z: float) -> float:
    mean, deviation, skewness = (float(moment[row]) for moment in moments)
    g = max(skewness, 1e-4)
    y = 2.0 / g * (max(0.0, 1.0 + g * z / 6.0 - g * g / 36.0) ** 3 - 1.0)
    return max(0.0, mean + y * deviation)
