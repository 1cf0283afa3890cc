"""Rényi divergence of any order, continuous in the order.

Rényi, "On measures of entropy and information", Proc. 4th Berkeley Symp. (1961), 547-561, eq. (3.3); the limits at 0,
1 and ∞ and the laws: van Erven and Harremoës, "Rényi divergence and Kullback-Leibler divergence", IEEE Trans. Inf.
Theory 60 (2014), 3797-3820, Definition 3, Theorems 4-6, 9, 11 and 28.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, SupportsFloat

import numpy as np

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Law, relative_entropy_cost
from kullback.numerics import logsumexp, times

_SERIES_TERMS = 22


def _textbook(alpha: float, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    pairs = list(zip(p, q, strict=True))
    if alpha == 1.0:
        return mp.inf if any(a > 0 and b == 0 for a, b in pairs) else mp.fsum(a * mp.log(a / b) for a, b in pairs if a)
    if alpha == math.inf:
        return max(mp.log(a / b) if b > 0 else mp.inf for a, b in pairs if a > 0)
    if alpha > 1.0 and any(a > 0 and b == 0 for a, b in pairs):
        return mp.inf
    order = mp.mpf(alpha)
    if alpha == 0.0:
        return -mp.log1p(-min(mp.fsum(b for a, b in pairs if a == 0), mp.one))
    total = mp.fsum(a**order * b ** (1 - order) for a, b in pairs if a > 0 and b > 0)
    return mp.log(total) / (order - 1) if total > 0 else mp.inf


def _cost(alpha: float, deviation: Deviation) -> Array:
    """Return p (u − ((1+u)^β − 1)/β) ≥ 0 with u = q/p − 1 and β = 1 − α, whose sum C gives Σ p^α q^β = 1 − β C."""
    p, q, difference, log_ratio = deviation.p, deviation.q, deviation.difference, deviation.log_ratio
    beta = 1.0 - alpha
    if beta == 0.0:
        return relative_entropy_cost(p, difference, log_ratio)
    if alpha == 0.0:
        return np.where(np.isposinf(log_ratio), q, 0.0)
    if alpha < 0.5:
        # Written with α, so that nothing is lost where u − ((1+u)^β − 1)/β is of the order of α.
        far = (-alpha * difference - times(q, np.expm1(times(np.asarray(-alpha), log_ratio)))) / beta
    else:
        far = difference - times(p, np.expm1(beta * log_ratio)) / beta
        # p^α q^β may count where p underflows or (q/p)^β overflows.
        exponent = beta * log_ratio
        steep = ((p < 1e-290) & (np.abs(exponent) > 1.0)) | (exponent > 600.0)
        if np.any(steep):
            far = np.where(steep, difference - (np.exp(_exponents(alpha, deviation)) - p) / beta, far)
    near = (np.abs(log_ratio) < 1.0) & (np.abs(beta * log_ratio) < 1.0)
    x = np.where(near, log_ratio, 0.0)
    # Σ x^k (1 − β^(k−1))/k! from k = 2, where 1 − β^(k−1) = α (1 + β + … + β^(k−2)).
    power = x * x
    geometric = 1.0
    series = 0.5 * power
    for k in range(3, _SERIES_TERMS):
        power = power * x
        geometric = 1.0 + beta * geometric
        series = series + power * (geometric / math.factorial(k))
    return np.where(near, alpha * p * series, far)


def _finish(alpha: float, cost: Array) -> Array:
    if alpha == 1.0:
        return cost
    x = (alpha - 1.0) * cost
    # Below 1e-17 the logarithm is its argument; dividing would lose what underflows for orders near 1.
    return np.where(np.abs(x) < 1e-17, cost, np.log1p(x) / (alpha - 1.0))


def _exponents(alpha: float, deviation: Deviation) -> Array:
    """Return ln(p^α q^(1−α)), −inf where a factor is zero (for α > 1 only where p is)."""
    if alpha == 0.0:
        exponents = deviation.log_q
    elif alpha < 1.0:
        exponents = alpha * deviation.log_p + (1.0 - alpha) * deviation.log_q
    else:
        exponents = deviation.log_p - (alpha - 1.0) * deviation.log_ratio
    return np.where(deviation.log_p > -np.inf, exponents, -np.inf)


def _combine(alpha: float, deviation: Deviation) -> Array:
    cost = np.sum(_cost(alpha, deviation), axis=-1)
    value = _finish(alpha, cost)
    if alpha == 1.0:
        return value
    # Σ p^α q^β is 1 + (α−1) C. Where that cancels to little, or overflows, it is summed directly, in logarithms.
    mean = 1.0 + (alpha - 1.0) * cost
    direct = ~((mean > 0.01) & (mean < 1e10))
    if not np.any(direct):
        return value
    return np.where(direct, logsumexp(_exponents(alpha, deviation)) / (alpha - 1.0), value)


def _combine_infinite(deviation: Deviation) -> Array:
    possible = deviation.log_p > -np.inf
    return np.max(np.where(possible, -deviation.log_ratio, -np.inf), axis=-1)


def _no_cost(deviation: Deviation) -> Array:
    raise TypeError("renyi(inf) is the greatest log-ratio, not a sum: it has no terms.")


def renyi(alpha: SupportsFloat, *misplaced: object) -> Divergence:
    """Return the Rényi divergence of order α: ln Σ p^α q^(1−α) / (α − 1).

    Orders 0 (−ln Q(p > 0)), 1 (KL) and ∞ (the greatest ln(p/q)) are the limits; the value grows with α.

    Args:
        alpha: the order, ≥ 0, `math.inf` included.
        misplaced: nothing: the divergence of an order is called with P and Q.

    Returns:
        A `Divergence`; `renyi(2) == renyi(2)`.

    Raises:
        TypeError: α is not one number, as in `kb.renyi(p, q)`.
        ValueError: α is negative or NaN.

    Source:
        van Erven and Harremoës 2014, eq. (1) and Definition 3.

    Example:
        >>> import kullback as kb
        >>> round(float(kb.renyi(2)([0.5, 0.5], [0.9, 0.1])), 6)
        1.021651
    """
    if misplaced or isinstance(alpha, (str, bool)) or np.ndim(alpha) != 0 or not hasattr(alpha, "__float__"):  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
        raise TypeError("renyi takes one order and makes a divergence: did you mean kb.renyi(alpha)(p, q)?")
    order = float(alpha)
    if not order >= 0.0:
        raise ValueError(f"the order of a Rényi divergence is at least 0, not {order:g}.")
    laws = {Law.ADDITIVE_OVER_PRODUCTS, Law.DATA_PROCESSING}
    if order > 0.0:
        laws.add(Law.ZERO_IFF_EQUAL)
    if order <= 1.0:
        laws.add(Law.JOINTLY_CONVEX)
    if order == 0.5:
        laws.add(Law.SYMMETRIC)
    if order == 1.0:
        laws.add(Law.CHAIN_RULE)
    shown = "∞" if order == math.inf else f"{order:g}"
    formulas = {0.0: "−ln Σ q over p > 0", 1.0: "Σ p ln(p/q)", math.inf: "max ln(p/q)"}
    infinite = order == math.inf
    return Divergence(
        name="renyi",
        symbol=f"R{shown}",
        title=f"Rényi divergence of order {shown}",
        formula=formulas.get(order, f"ln(Σ p^{shown} q^(1−{shown}))/({shown} − 1)"),
        range=(0.0, math.inf),
        laws=frozenset(laws),
        textbook=partial(_textbook, order),
        cost=_no_cost if infinite else partial(_cost, order),
        finish=None if infinite or order == 1.0 else partial(_finish, order),
        combine=_combine_infinite if infinite else partial(_combine, order),
        parameters=(("alpha", order),),
    )
