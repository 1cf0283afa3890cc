"""Möbius: the f-divergences of Cauchy, half-Cauchy and wrapped Cauchy distributions, all functions of one number.

Real Möbius maps take any Cauchy distribution to any other, and one of them takes the line to the circle. Two members
differ by u = ((s − t)² + Δ²)/(4 s t), which such maps leave alone, and so is every f-divergence a function of u, which
is symmetric in P and Q. With the densities at loc 0 and scales 1 and t, the integrals are elementary or elliptic.

Sources: McCullagh, Möbius transformation and Cauchy parameter estimation (1996); Nielsen and Okamura, On
f-divergences between Cauchy distributions (2022), theorem 1; DLMF 14.12.7 (Rényi), 19.8.5 (Hellinger).
"""

from __future__ import annotations

import math
from typing import Any

from kullback.arrays import namespace

_GREATEST_ORDER = 64


def kl(u: Any) -> Any:
    """Return ln(1 + u)."""
    return namespace(u).log1p(u)


def jensen_shannon(u: Any) -> Any:
    """Return ln(2w/(1 + w)), w = √(1 + u)."""
    xp = namespace(u)
    large = u > 1e10
    safe = xp.where(large, 1.0, u)
    w = xp.sqrt(1.0 + safe)
    close = xp.log1p(safe / (w + 1.0) ** 2)
    return xp.where(large, math.log(2.0) - xp.log1p(1.0 / xp.sqrt(1.0 + u)), close)


def total_variation(u: Any) -> Any:
    """Return (2/π) arctan √u."""
    xp = namespace(u)
    zero = u == 0.0
    return xp.where(zero, 0.0 * u, (2.0 / math.pi) * xp.atan(xp.sqrt(xp.where(zero, 1.0, u))))


def hellinger(u: Any) -> Any:
    """Return √(1 − 1/M), M the arithmetic-geometric mean of 1 and √(1 + u)."""
    xp = namespace(u)
    excess = _mean_excess(u)
    zero = excess == 0.0
    large = excess > 1e10
    safe = xp.where(zero | large, 1.0, excess)
    ratio = xp.where(large, 1.0 - 1.0 / (1.0 + excess), safe / (1.0 + safe))
    return xp.where(zero, 0.0 * u, xp.sqrt(ratio))


def renyi(u: Any, relative_entropy: Any, order: float) -> Any:
    """Return the Rényi divergence of order ½ (by the arithmetic-geometric mean) or of a whole order n + 1, where
    ∫ p^(n+1)/qⁿ is the Legendre polynomial P_n(1 + 2u) = Σ C(n, k) C(n + k, k) u^k; NaN for others.

    ln(1 + u) is given too, which is finite where u is not; there the leading terms are enough.
    """
    xp = namespace(u)
    huge = u > 1e100
    u = xp.where(huge, 1.0, u)
    log_u = xp.where(huge, relative_entropy, 300.0)
    if order == 0.5:
        # AGM(1, w) → (π/2) w/ln(4w): DLMF 19.12.1 by 19.8.5.
        far = log_u + 2.0 * (math.log(0.5 * math.pi) - xp.log(math.log(4.0) + 0.5 * log_u))
        return xp.where(huge, far, 2.0 * xp.log1p(_mean_excess(u)))
    n = order - 1.0
    if n != int(n) or not 1.0 <= n < _GREATEST_ORDER:
        return xp.full_like(u, math.nan)
    n = int(n)
    # Without its 1 for small u; beside uⁿ, in 1/u, for large.
    large = u > 1.0
    v = xp.where(large, 1.0 / xp.where(large, u, 1.0), u)
    coefficients = [float(math.comb(n, k) * math.comb(n + k, k)) for k in range(n + 1)]
    small_sum, large_sum = 0.0 * v, 0.0 * v
    for k in range(n, 0, -1):
        small_sum = (small_sum + coefficients[k]) * v
    for k in range(n + 1):
        large_sum = large_sum * v + coefficients[k]
    log_sum = xp.where(large, n * xp.log(xp.where(large, u, 1.0)) + xp.log(large_sum), xp.log1p(small_sum))
    return xp.where(huge, n * log_u + math.log(coefficients[n]), log_sum) / n


def _mean_excess(u: Any) -> Any:
    """Return the arithmetic-geometric mean of 1 and √(1 + u), minus 1."""
    xp = namespace(u)
    a, b = u / (xp.sqrt(1.0 + u) + 1.0), 0.0 * u
    for _ in range(12):
        product = a + b + a * b
        a, b = 0.5 * (a + b), product / (xp.sqrt(1.0 + product) + 1.0)
    return 0.5 * (a + b)
