"""The interval for a divergence whose plug-in estimate is a scaled noncentral χ²: valid at zero as well as far away."""

from __future__ import annotations

import math

import numpy as np

from kullback.special import normal_cdf, normal_quantile

_EXACT = 500.0  # below this x the Poisson mixture is summed, above it the saddlepoint form is used
_INDEX = np.arange(1200.0)
_LOG_FACTORIALS = np.concatenate([[0.0], np.cumsum(np.log(_INDEX[1:]))])


def interval(x: float, degrees: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the noncentralities (low, high) for which ``x`` is an ordinary draw of χ²_degrees(noncentrality).

    Central interval: P(χ²_ν(low) ≥ x) = P(χ²_ν(high) ≤ x) = (1 − level)/2, and 0 where no noncentrality does that.
    An ``x`` that is *smaller* than chance would give it, such as that of two identical sides, carries no more knowledge
    of the truth than an ordinary draw: ``high`` is never below the one of the 16 % quantile of the central law
    (power-constrained limits; Cowan et al., arXiv:1105.3166). This only adds coverage.

    Up to x = 500 the Poisson mixture is summed (relative error 1e-10); above it the tails are Barndorff-Nielsen's r*
    saddlepoint form, whose relative error in probability is below 2e-5 at x = 500 and falls with x.

    Arguments
    ---------
    x : the observed statistic, ≥ 0, in units of one degree of freedom: plug-in divergence / scale.
    degrees : of freedom, real, ≥ 0.
    level : the coverage.

    Returns
    -------
    The two ends, in the units of ``x``: multiply by the scale for the interval of the divergence.

    Raises
    ------
    ValueError : if ``x`` or ``degrees`` is negative or NaN, or ``level`` not inside (0, 1).

    >>> interval(0.0, 19.0)[0], [round(end, 3) for end in interval(100.0, 19.0)]
    (0.0, [48.552, 123.32])
    """
    if not x >= 0.0 or not degrees >= 0.0:
        raise ValueError(f"x is {x} and degrees {degrees}; both must be at least 0")
    z = normal_quantile(0.5 + 0.5 * level)
    if math.isinf(x):
        return math.inf, math.inf
    least = _quantile(degrees, -1.0) if degrees > 0.0 else 0.0
    centrals = _central_cdfs(x, degrees) if 0.0 < x <= _EXACT else None
    low = _solve(x, degrees, z, centrals)
    high = _solve(x, degrees, -z, centrals) if x >= least else _solve(least, degrees, -z)
    return low, high


def median_noncentrality(x: float, degrees: float) -> float:
    """Return the noncentrality whose median draw is ``x``, 0 where there is none: an unbiased value of the median.

    >>> median_noncentrality(5.0, 19.0)
    0.0
    """
    return _solve(x, degrees, 0.0)


def cdf(x: float, degrees: float, noncentrality: float) -> float:
    """Return P(χ²_degrees(noncentrality) ≤ x); the accuracy is that of `interval`.

    >>> round(cdf(3.0, 2.0, 0.0), 9)
    0.77686984
    """
    if x <= 0.0:
        return 0.0
    if x > _EXACT:
        return normal_cdf(_deviate(x, degrees, noncentrality))
    if noncentrality == 0.0:
        return float(_central_cdfs(x, degrees)[0])
    return _mixture(_central_cdfs(x, degrees), noncentrality)[0]


def _quantile(degrees: float, z: float) -> float:
    """The quantile of the central law at the normal deviate z (Wilson and Hilferty, 1931)."""
    spread = 2.0 / (9.0 * degrees)
    return degrees * max(0.0, 1.0 - spread + z * math.sqrt(spread)) ** 3


def _solve(x: float, degrees: float, z: float, centrals: np.ndarray | None = None) -> float:
    """The noncentrality at which ``x`` has the normal deviate z, by Newton's method on its square root, or 0."""
    if x <= 0.0:
        return 0.0
    probability = normal_cdf(z)
    if x <= _EXACT:
        centrals = _central_cdfs(x, degrees) if centrals is None else centrals
        if float(centrals[0]) <= probability:
            return 0.0
    elif degrees > 0.0 and _deviate(x, degrees, 0.0) <= z:  # without degrees the central law is all at 0
        return 0.0
    # Start from the normal law of √(χ² − (degrees − 1)/2), whose standard deviation is near 1.
    root = max(math.sqrt(max(x - degrees, 0.0)) - z, 0.1 * math.sqrt(x))
    low, high = 0.0, math.inf
    for _ in range(100):
        noncentrality = root * root
        if centrals is not None:
            value, slope = _mixture(centrals, noncentrality)
            gap = value - probability
            slope *= 2.0 * root
        else:
            gap = _deviate(x, degrees, noncentrality) - z
            step = 1e-4 * max(root, 1.0)
            slope = (_deviate(x, degrees, (root + step) ** 2) - z - gap) / step
        if gap > 0.0:
            low = root
        else:
            high = root
        proposal = root - gap / slope if slope < 0.0 else math.nan
        if not low < proposal < high:
            proposal = 0.5 * (low + high) if math.isfinite(high) else 2.0 * root + 1.0
        if abs(proposal - root) <= 1e-10 * root or high - low <= 1e-12 * low:
            return proposal * proposal
        root = proposal
    return root * root


def _central_cdfs(x: float, degrees: float) -> np.ndarray:
    """P(χ²_(degrees + 2j) ≤ x) for j = 0, 1, … until it vanishes: sums of positive terms, from the far end."""
    y = 0.5 * x
    a = 0.5 * degrees
    last = int(max(y - a, 0.0) + 9.0 * math.sqrt(y + 1.0) + 40.0)
    j = _INDEX[: last + 1]
    # P(a + j, y) − P(a + j + 1, y) = e^−y y^(a + j) / Γ(a + j + 1)
    steps = np.log(a + 1.0 + j[:-1])
    logs = (a * math.log(y) - y - math.lgamma(a + 1.0)) + j * math.log(y)
    logs[1:] -= np.cumsum(steps)
    return np.cumsum(np.exp(logs)[::-1])[::-1]


def _mixture(centrals: np.ndarray, noncentrality: float) -> tuple[float, float]:
    """The noncentral cdf as a Poisson mixture of central ones, and its derivative in the noncentrality."""
    half = 0.5 * noncentrality
    count = len(centrals)
    weights = np.exp(_INDEX[:count] * math.log(half) - half - _LOG_FACTORIALS[:count])
    value = float(weights @ centrals)
    return value, 0.5 * (float(weights[:-1] @ centrals[1:]) - value)


def _deviate(x: float, degrees: float, noncentrality: float) -> float:
    """The normal deviate r* of x (Barndorff-Nielsen, 1986); the saddlepoint of χ² is a quadratic's root."""
    w = (degrees + math.sqrt(degrees * degrees + 4.0 * x * noncentrality)) / (2.0 * x)
    v = 1.0 / w - 1.0
    # Twice the exponent t·x − K(t), written so that it does not cancel near its zero.
    r = math.copysign(math.sqrt(max(degrees * (v - math.log1p(v)) + noncentrality * v * v, 0.0)), v)
    curvature = 2.0 * degrees / w**2 + 4.0 * noncentrality / w**3
    if abs(r) < 1e-3:
        skewness = 8.0 * (degrees + 3.0 * noncentrality) / (2.0 * (degrees + 2.0 * noncentrality)) ** 1.5
        return r + skewness / 6.0
    u = 0.5 * (1.0 - w) * math.sqrt(curvature)
    return r + math.log(u / r) / r
