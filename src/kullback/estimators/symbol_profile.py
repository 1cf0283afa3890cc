"""What counts leave open: a divergence's profile likelihood, its highest over every law that the symbols may follow.

A symbol with t rows in both samples has a rate τ, of which the part θ = np/(np + mq) is P's, and adds τ γ(s) to the
divergence, s = ln(p/q). The pairs of rate and ratio of all symbols are taken as drawn from one unknown law w. With
E[exp(κ Σ τγ) | counts, w] in place of the likelihood, the highest over w is convex in κ,

    K(κ) = max over w of Σ ln Σ_j w_j P(t | τ_j) Bin(a | t, θ_j) (1 − κ γ_j)^−t,

the generating function of what the divergence can be: its slope at 0 is the estimate under the law of highest
likelihood (Kiefer and Wolfowitz, Ann. Math. Statist. 27 (1956), 887-906), and the slopes at which κ K' − K is half of a
quantile of χ²₁ are the ends of an interval, for the noise of the rows and for the law together. Nothing ties the ratios
of symbols with unlike rates to each other, so that a law of two kinds is as good as one kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kullback.estimators.symbol_mixture import FULL, moments
from kullback.sample import FloatArray

_LEAST_BOUND, _BEYOND_SEEN = 100.0, 10.0
_RATIO_STEP, _ROOT_RATE_STEP, _LEAST_ROOT_RATE = 0.3, 0.5, 0.35  # Poisson counts tell roots of rates 1 apart, at best
_ORDINARY = 5.0
"""Symbols that are taken as seen to have a ratio of about 1 or about that of their trend, beside those counted."""
_SOLID = 40.0  # rows on either side from which a symbol's ratio is nearly normal
_GAIN = 0.01  # log-likelihood that may be left
_STAY = 1e-6  # how much a change of weights costs
_STEPS, _ROUNDS, _SEARCH = 40, 10, 10
_NEAR = 0.1  # of the height that an end is searched for

Mask: TypeAlias = NDArray[np.bool_]
Slopes: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""∂f/∂p and ∂f/∂q of a divergence's term at ln(p/q)."""


class _Point(NamedTuple):
    height: float  # K(κ)
    slope: float  # K'(κ)
    law: FloatArray


class Profile(NamedTuple):
    """An estimate and its ends.

    Attributes:
        value: under the law of highest likelihood.
        low, high: the ends; None where the search for one left what the counts can bound.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class SymbolProfile:
    """Counts of symbols in two samples, ready for the profile of any divergence.

    Attributes:
        a, b: the counts of each symbol, shape (k,).
        rows_p, rows_q: n and m.
        trend: β of ln(p/q) = β₀ + β₁ ln τ about which ratios are ordinary too; may be empty.
        few: symbols with fewer rows are taken as drawn from one law; `FULL`, or 0 where they are too few for that.
    """

    a: FloatArray
    b: FloatArray
    rows_p: float
    rows_q: float
    trend: tuple[float, ...] = ()
    few: float = FULL

    @property
    def bound(self) -> float:
        """The largest ratio that is reckoned with: ten times the largest seen, ½ added to all counts; at least 100."""
        seen = np.log(self.a + 0.5) - np.log(self.b + 0.5) - math.log(self.rows_p / self.rows_q)
        return max(_LEAST_BOUND, _BEYOND_SEEN * math.exp(float(np.abs(seen).max())))

    def profile(self, slopes: Slopes, of_full: float, drop: float) -> Profile:
        """Return the estimate of Σ p ∂f/∂p + q ∂f/∂q, and where the log-likelihood has fallen by `drop`.

        Args:
            slopes: the derivatives, entry by entry, centred: less their means under P and under Q.
            of_full: what the symbols with `few` rows and more add by an estimator of theirs, which has less bias.
            drop: in nats, above 0.

        Returns:
            The profile, of the centred sum.
        """
        if (self.rows_p, *moments(self.a)) < (self.rows_q, *moments(self.b)):
            # The search for the law takes one way round: of two samples always the same one comes first.
            return self.swapped().profile(_exchanged(slopes), of_full, drop)
        thin, full = _Thin(self, slopes), _Full(self, slopes, of_full)

        def at(tilt: float, start: FloatArray | None) -> _Point | None:
            if not tilt * thin.most < 1.0 > tilt * full.most or not tilt * thin.least < 1.0 > tilt * full.least:
                return None
            found, (height, slope) = thin.at(tilt, start), full.at(tilt)
            return _Point(found.height + height, found.slope + slope, found.law)

        middle = at(0.0, None)
        assert middle is not None
        scale = self._scale(slopes)
        low, high = (_end(at, middle, drop, sign, scale) for sign in (-1.0, 1.0))
        return Profile(middle.slope, low, high)

    def _scale(self, slopes: Slopes) -> float:
        """Return about the variance of the sum, from which the search starts."""
        a, b = self.a + 0.5, self.b + 0.5
        by_p, by_q = slopes(np.log(a) - np.log(b) - math.log(self.rows_p / self.rows_q))
        squares = a * np.square(by_p / self.rows_p) + b * np.square(by_q / self.rows_q)
        return max(float(squares.sum()), 1e-300)

    def swapped(self) -> SymbolProfile:
        """Return the counts with p and q exchanged."""
        trend = tuple(-slope for slope in self.trend)
        return SymbolProfile(self.b, self.a, self.rows_q, self.rows_p, trend, self.few)


def _exchanged(slopes: Slopes) -> Slopes:
    def exchanged(log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
        by_p, by_q = slopes(-log_ratio)
        return by_q, by_p

    return exchanged


def _end(
    at: Callable[[float, FloatArray | None], _Point | None], middle: _Point, drop: float, sign: float, scale: float
) -> float | None:
    """Return the greatest v, or the least, with κ v − K(κ) ≤ drop for every κ: no κ can be off to the wrong side."""
    tilt, law, found = sign * math.sqrt(2.0 * drop / scale), middle.law, None
    short, far = 0.0, math.inf  # κ at which the slope's own height is below the drop, and above it
    for _ in range(_SEARCH):
        point = at(tilt, law)
        if point is None:
            far = abs(tilt)
            tilt = 0.5 * (short * sign + tilt)
            continue
        law, risen = point.law, point.height - middle.height
        end = (drop + risen) / tilt
        found = end if found is None else sign * min(sign * end, sign * found)
        fallen = tilt * point.slope - risen
        if abs(fallen - drop) < _NEAR * drop:
            break
        if fallen < drop:
            short = abs(tilt)
        else:
            far = abs(tilt)
        if far < 1.02 * short:
            break
        guess = abs(tilt) * min(2.5, max(0.3, math.sqrt(drop / max(fallen, 1e-3 * drop))))
        if not short < guess < far:
            guess = math.sqrt(max(short, 0.3 * far) * far)
        tilt = sign * guess
    return found


class _Thin:
    """The symbols with few rows, whose law is the one of highest likelihood."""

    def __init__(self, counts: SymbolProfile, slopes: Slopes) -> None:
        from scipy.special import gammaln, pdtr

        few = (counts.a + counts.b > 0.0) & (counts.a + counts.b < counts.few)
        (a, b), times = np.unique(np.stack([counts.a[few], counts.b[few]]), axis=1, return_counts=True)
        self.total, self.times = a + b, times.astype(np.float64)
        roots = np.arange(_LEAST_ROOT_RATE, math.sqrt(FULL) + 2.5 * _ROOT_RATE_STEP, _ROOT_RATE_STEP)
        rates, ratios, of_p, of_q = np.square(roots), *_ratios(counts)
        seen = pdtr(math.ceil(FULL) - 1.0, rates) - np.exp(-rates)
        both = self.total[:, None]
        each = 0.5 * (gammaln(a + 1.0) + gammaln(b + 1.0))[:, None]
        self.of_rate = np.exp(both * np.log(rates) - rates - np.log(seen) - each)
        self.of_ratio = np.exp(a[:, None] * of_p + b[:, None] * of_q - each)
        self.adds = _adds(counts, slopes, ratios)
        self.most, self.least = float(self.adds.max()), float(self.adds.min())
        self.ordinary = _ordinary(counts.trend, rates, ratios).ravel()

    def at(self, tilt: float, start: FloatArray | None) -> _Point:
        if not len(self.times):
            return _Point(0.0, 0.0, np.empty(0))
        # What the rows of one symbol may have been is a gamma law of shape t, of which this is the generating function.
        of_ratio = self.of_ratio * np.exp(-self.total[:, None] * np.log1p(-tilt * self.adds))
        kernel = (self.of_rate[:, :, None] * of_ratio[:, None, :]).reshape(len(self.times), -1)
        shape = (self.of_rate.shape[1], self.of_ratio.shape[1])
        law, height = _highest(np.vstack([kernel, self.ordinary]), np.append(self.times, _ORDINARY), shape, start)
        joint = of_ratio * (self.of_rate @ law.reshape(shape))
        slope = (joint @ (self.adds / (1.0 - tilt * self.adds))) * self.total / joint.sum(axis=1)
        return _Point(height, float(self.times @ slope), law)


class _Full:
    """The symbols with many rows: each by itself, with all ratios as likely before it was seen."""

    def __init__(self, counts: SymbolProfile, slopes: Slopes, value: float) -> None:
        full = counts.a + counts.b >= max(counts.few, 1e-9)
        solid = full & (np.minimum(counts.a, counts.b) >= _SOLID)
        self.variance, self.value = _variance(counts, slopes, solid), value
        (a, b), times = np.unique(
            np.stack([counts.a[full & ~solid], counts.b[full & ~solid]]), axis=1, return_counts=True
        )
        self.total, self.times = a + b, times
        ratios, of_p, of_q = _ratios(counts, 3)
        likelihood = a[:, None] * of_p + b[:, None] * of_q
        self.likelihood = np.exp(likelihood - likelihood.max(axis=1, initial=-math.inf, keepdims=True))
        self.adds = _adds(counts, slopes, ratios)
        self.most, self.least = (float(self.adds.max()), float(self.adds.min())) if len(times) else (0.0, 0.0)
        self.height, self.slope = self._alone(0.0)

    def at(self, tilt: float) -> tuple[float, float]:
        height, slope = self._alone(tilt)
        off = self.value - self.slope
        normal = 0.5 * tilt * self.variance
        return height - self.height + tilt * (off + normal), slope + off + 2.0 * normal

    def _alone(self, tilt: float) -> tuple[float, float]:
        tilted = self.likelihood * np.exp(-self.total[:, None] * np.log1p(-tilt * self.adds))
        mass = tilted.sum(axis=1)
        slope = (tilted @ (self.adds / (1.0 - tilt * self.adds))) * self.total / mass
        return float(self.times @ np.log(mass)), float(self.times @ slope)


def _ratios(counts: SymbolProfile, finer: int = 1) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return a grid of s = ln(p/q), the same to both sides of 0, with ln θ and ln(1 − θ)."""
    most = math.log(counts.bound)
    half = finer * math.ceil(most / _RATIO_STEP)
    ratios = np.linspace(-most, most, 2 * half + 1)
    odds = ratios + math.log(counts.rows_p / counts.rows_q)
    return ratios, -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)


def _adds(counts: SymbolProfile, slopes: Slopes, ratios: FloatArray) -> FloatArray:
    """Return γ = θ/n ∂f/∂p + (1 − θ)/m ∂f/∂q: what a symbol adds for each of its rows."""
    (by_p, by_q), odds = slopes(ratios), ratios + math.log(counts.rows_p / counts.rows_q)
    part = 1.0 / (1.0 + np.exp(-odds))
    return part / counts.rows_p * by_p + (1.0 - part) / counts.rows_q * by_q


def _variance(counts: SymbolProfile, slopes: Slopes, which: Mask) -> float:
    a, b = counts.a[which], counts.b[which]
    by_p, by_q = slopes(np.log(a / counts.rows_p) - np.log(b / counts.rows_q))
    return float(a @ np.square(by_p)) / counts.rows_p**2 + float(b @ np.square(by_q)) / counts.rows_q**2


def _ordinary(trend: tuple[float, ...], rates: FloatArray, ratios: FloatArray) -> FloatArray:
    """Return how ordinary each rate and ratio is: 1/(1 + d²), d from a ratio of 1 or from the trend."""
    away = np.broadcast_to(np.abs(ratios), (len(rates), len(ratios)))
    if trend:
        away = np.minimum(away, np.abs(ratios - (trend[0] + trend[1] * np.log(rates))[:, None]))
    return 1.0 / (1.0 + np.square(away))


def _highest(
    kernel: FloatArray, times: FloatArray, shape: tuple[int, int], start: FloatArray | None
) -> tuple[FloatArray, float]:
    """Return the weights, adding to 1, at which Σ times · ln(kernel @ weights) is highest, and its height.

    The constrained Newton method with many support points: the highest points of the gradient along the ratios of
    every rate are added, and the weights of all that are in use are found anew by non-negative least squares (Wang, "On
    fast computation of the non-parametric maximum likelihood estimate of a mixing distribution", J. R. Statist. Soc. B
    69 (2007), 185-198).
    """
    total, root = float(times.sum()), np.sqrt(times)
    law = _spread_out(kernel, times, shape) if start is None else start
    mixed = kernel @ law
    height = float(times @ np.log(mixed))
    for _ in range(_STEPS):
        gain = (times / mixed) @ kernel - total
        if float(gain.max()) < _GAIN:
            break
        used = np.flatnonzero((law > 0.0) | _peaks(gain.reshape(shape)).ravel())
        weights = _least_squares(kernel[:, used] / mixed[:, None] * root[:, None], 2.0 * root, law[used], total)
        step, towards = 1.0, kernel[:, used] @ weights - mixed
        rise = float((times / mixed) @ towards)
        while step > 1e-4:
            higher = float(times @ np.log(np.maximum(mixed + step * towards, 1e-300)))
            if higher > height + 1e-4 * step * rise:
                break
            step *= 0.5
        else:
            break
        law = (1.0 - step) * law
        law[used] += step * weights
        law[law < 1e-9] = 0.0
        mixed = kernel @ law
        height = float(times @ np.log(mixed))
    return law, height


def _spread_out(kernel: FloatArray, times: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Return a law to start from: some rounds of EM from every fourth ratio on."""
    grid = np.zeros(shape)
    # From the middle to both sides, so that exchanging p and q changes nothing.
    grid[:, shape[1] // 2 :: 4] = 1.0
    grid[:, shape[1] // 2 :: -4] = 1.0
    law = grid.ravel() / grid.sum()
    for _ in range(_ROUNDS):
        law = law * ((times / (kernel @ law)) @ kernel) / times.sum()
    law[law < 1e-3 * law.max()] = 0.0
    return law / law.sum()


def _peaks(gain: FloatArray) -> Mask:
    wide = np.pad(gain, ((0, 0), (1, 1)), constant_values=-math.inf)
    return (gain >= wide[:, :-2]) & (gain >= wide[:, 2:]) & (gain > 0.0)


def _least_squares(rows: FloatArray, target: FloatArray, before: FloatArray, total: float) -> FloatArray:
    """Return weights ≥ 0 that add to 1, with rows @ weights near the target; and near those before, where that is all
    the same, as neighbouring points of the grid hardly differ."""
    from scipy.optimize import nnls

    size, near, together = len(before), math.sqrt(_STAY * total), math.sqrt(10.0 * total)
    left = np.vstack([rows, np.full(size, together), near * np.eye(size)])
    whole = np.column_stack([left, np.concatenate([target, [together], near * before])])
    triangle = np.asarray(np.linalg.qr(whole, mode="r"), np.float64)
    weights: FloatArray = nnls(triangle[:, :-1], triangle[:, -1], maxiter=30 * size)[0]
    return weights / weights.sum()
