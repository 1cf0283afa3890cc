"""Numbers: by the quantile function, and by constructions of their own where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kullback.sample import FloatArray
from kullback.support import Integers, Interval

_MOST_OUTCOMES = 10_000_000
"""Masses of whole numbers that are listed to be drawn from."""


def uniforms(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Return numbers inside (0, 1), both ends excluded: odd multiples of 2⁻⁵³."""
    return np.asarray((rng.integers(0, 1 << 52, size=shape) + 0.5) * 2.0**-52, dtype=np.float64)


def by_quantile(ours: Any, n: int, rng: np.random.Generator) -> Any | None:
    """Return quantiles of uniform numbers, None where there is no quantile function."""
    if ours.event_dimensions or ours.quantile(np.full((1, *ours.batch_shape), 0.5)) is None:
        return None
    with np.errstate(all="ignore"):
        return ours.quantile(uniforms((n, *ours.batch_shape), rng))


def by_density(ours: Any, n: int, rng: np.random.Generator) -> Any | None:
    """Return numbers or whole numbers of a distribution known by its density alone, one distribution at a time.

    Numbers: the distribution function by Gauss–Lobatto integration, inverted by polynomials, to 1e-10 in probability
    (Derflinger, Hörmann and Leydold, ACM Trans. Model. Comput. Simul. 20 (2010), article 18; SciPy's UNU.RAN).
    """
    found = by_quantile(ours, n, rng)
    if found is not None:
        return found
    if ours.event_dimensions:
        return None
    shape = ours.batch_shape
    if shape:
        each: list[Any] = [by_density(ours.at(index), n, rng) for index in np.ndindex(*shape)]
        if any(one is None for one in each):
            return None
        return np.stack(each, axis=1).reshape(n, *shape)
    support = ours.support
    if isinstance(support, Integers):
        return _listed(ours, n, rng)
    return _inverted(ours, n, rng) if isinstance(support, Interval) else None


def _inverted(ours: Any, n: int, rng: np.random.Generator) -> Any:
    from scipy.stats.sampling import NumericalInversePolynomial

    marks = np.asarray(ours.landmarks(), dtype=np.float64)
    heights = np.asarray(ours.log_prob(marks))
    top = float(heights.max())

    class Curve:
        """A density over its height at the highest landmark, which is what SciPy asks for."""

        def pdf(self, x: float) -> float:
            return math.exp(min(float(ours.log_prob(np.float64(x))) - top, 700.0))

    low, high = float(ours.support.low), float(ours.support.high)
    shape: Any = Curve()
    curve = NumericalInversePolynomial(
        shape, center=float(marks[heights.argmax()]), domain=(low, high), random_state=rng
    )
    return curve.ppf(uniforms((n,), rng))


def _listed(ours: Any, n: int, rng: np.random.Generator) -> Any | None:
    """Return whole numbers, from a list of their masses around the landmarks; None where these are not nearly all."""
    marks = np.asarray(ours.landmarks(), dtype=np.float64)
    span = 4.0 * (float(marks.max()) - float(marks.min())) + 64.0
    low = max(float(ours.support.low), float(marks.min()) - span)
    high = min(float(ours.support.high), float(marks.max()) + span)
    if high - low > _MOST_OUTCOMES:
        return None
    outcomes = np.arange(low, high + 1.0)
    below = np.cumsum(np.exp(np.asarray(ours.log_prob(outcomes))))
    if abs(float(below[-1]) - 1.0) > 1e-9:
        return None
    return outcomes[np.searchsorted(below, uniforms((n,), rng) * below[-1])]


def _bernoulli(ours: Any, n: int, rng: np.random.Generator) -> Any:
    return (uniforms((n, *ours.batch_shape), rng) < ours.probs).astype(np.float64)


def _inverse_gaussian(ours: Any, n: int, rng: np.random.Generator) -> Any:
    return rng.wald(ours.loc, ours.concentration, size=(n, *ours.batch_shape))


def _von_mises(ours: Any, n: int, rng: np.random.Generator) -> Any:
    return rng.vonmises(ours.loc, ours.concentration, size=(n, *ours.batch_shape))


def _beta_binomial(ours: Any, n: int, rng: np.random.Generator) -> Any:
    size = (n, *ours.batch_shape)
    return rng.binomial(ours.total_count.astype(np.int64), rng.beta(ours.a, ours.b, size=size)).astype(np.float64)


def _hypergeometric(ours: Any, n: int, rng: np.random.Generator) -> Any:
    good, all_, draws = (x.astype(np.int64) for x in (ours.successes, ours.population, ours.draws))
    if int(np.max(all_)) >= 10**9:  # NumPy's generator takes no more
        return by_quantile(ours, n, rng)
    return rng.hypergeometric(good, all_ - good, draws, size=(n, *ours.batch_shape)).astype(np.float64)


def _logarithmic(ours: Any, n: int, rng: np.random.Generator) -> Any:
    return rng.logseries(ours.chance.probs, size=(n, *ours.batch_shape)).astype(np.float64)


def _skellam(ours: Any, n: int, rng: np.random.Generator) -> Any:
    size = (n, *ours.batch_shape)
    return (rng.poisson(ours.rate1, size=size) - rng.poisson(ours.rate2, size=size)).astype(np.float64)


SAMPLERS: Mapping[str, Callable[[Any, int, np.random.Generator], Any]] = {
    "Bernoulli": _bernoulli,
    "BetaBinomial": _beta_binomial,
    "Hypergeometric": _hypergeometric,
    "Logarithmic": _logarithmic,
    "Skellam": _skellam,
    "InverseGaussian": _inverse_gaussian,
    "VonMises": _von_mises,
    "Unknown": by_density,
}
"""The families without a quantile function, or with a slow one, by the name of the class."""
