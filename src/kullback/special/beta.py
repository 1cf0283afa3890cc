"""The regularised incomplete beta function and its inverse."""

from __future__ import annotations

import math

from kullback.special.normal import normal_cdf, normal_quantile

_LARGE = 20_000.0  # both parameters above it: Peizer and Pratt's normal form


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return I_x(a, b), the probability that a beta variable with parameters ``a``, ``b`` > 0 is at most ``x``.

    Continued fraction (relative error about 1e-12), and where both parameters exceed 20 000 the normal form of Peizer
    and Pratt (1968), with error below 1e-7.

    >>> round(beta_cdf(0.5, 2.0, 3.0), 12)
    0.6875
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if min(a, b) > _LARGE:
        return normal_cdf(_peizer_pratt(x, a, b))
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _lower(1.0 - x, b, a)
    return _lower(x, a, b)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return x with I_x(a, b) = ``probability``; relative error about 1e-10.

    >>> round(beta_quantile(0.6875, 2.0, 3.0), 9)
    0.5
    """
    if probability <= 0.0:
        return 0.0
    if probability >= 1.0:
        return 1.0
    # The logit of x is nearly normal: Newton's method on it, kept inside a bracket that shrinks at every step.
    mean = math.log(a / b)
    spread = math.sqrt(1.0 / a + 1.0 / b)
    low, high = mean - 40.0 * spread * (1.0 + spread), mean + 40.0 * spread * (1.0 + spread)
    t = mean + normal_quantile(min(max(probability, 1e-9), 1.0 - 1e-9)) * spread
    norm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(200):
        x = 1.0 / (1.0 + math.exp(-t)) if t > -700.0 else math.exp(t)
        gap = beta_cdf(x, a, b) - probability
        if gap > 0.0:
            high = t
        else:
            low = t
        log_slope = norm + a * math.log(max(x, 1e-320)) - b * math.log1p(math.exp(t)) if t < 700.0 else -800.0
        step = gap / math.exp(log_slope) if log_slope > -700.0 else math.inf
        proposal = t - step
        if not low < proposal < high:
            proposal = 0.5 * (low + high)
        if abs(proposal - t) <= 1e-12 * max(1.0, abs(t)) or high - low < 1e-13:
            t = proposal
            break
        t = proposal
    return 1.0 / (1.0 + math.exp(-t)) if t > -700.0 else math.exp(t)


def _lower(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b) (Press et al., Numerical Recipes, 6.4.5), for x below the mean."""
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x) - math.log(a)
    )
    if front == 0.0:
        return 0.0
    c = 1.0
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    m = 0
    while m < 100_000:
        m += 1
        step = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 / (1.0 + step * d)
        c = 1.0 + step / c
        fraction *= d * c
        step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 / (1.0 + step * d)
        c = 1.0 + step / c
        change = d * c
        fraction *= change
        if abs(change - 1.0) < 1e-15:
            break
    return front * fraction


def _peizer_pratt(x: float, a: float, b: float) -> float:
    """The normal deviate of I_x(a, b) (Peizer and Pratt, 1968, equation 3.9 with the beta tail as a binomial one)."""
    # I_x(a, b) = 1 − P(Binomial(n, x) ≤ a − 1) with n = a + b − 1.
    n = a + b - 1.0
    y = 1.0 - x
    deviation = a - 1.0 / 3.0 - (n + 1.0 / 3.0) * x + 0.02 * (y / a - x / b + (y - 0.5) / (a + b))
    shape = 1.0 + y * _g((a - 0.5) / (n * x)) + x * _g((b - 0.5) / (n * y))
    return -deviation * math.sqrt(shape / ((n + 1.0 / 6.0) * x * y))


def _g(x: float) -> float:
    if abs(x - 1.0) < 1e-4:
        # (1 − x² + 2x ln x) / (1 − x)² about 1.
        h = x - 1.0
        return -h / 3.0 + h * h / 12.0
    return (1.0 - x * x + 2.0 * x * math.log(x)) / (1.0 - x) ** 2
