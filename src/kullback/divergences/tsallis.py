"""Tsallis divergence of any order α ≥ 0, and with it what every divergence made of Σ p^α q^(1−α) shares.

Tsallis, "Generalized entropy-based criterion for consistent testing", Phys. Rev. E 58 (1998), 1442-1445, eq. (8); as
the relative entropy of order α in Cichocki and Amari, "Families of alpha- beta- and gamma-divergences", Entropy 12
(2010), 1532-1568, section 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, SupportsFloat

import numpy as np

from kullback.arrays import Array, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law, PowerForm, PowerSum, itself, relative_entropy_cost
from kullback.numerics import largest_exponent, times, tiny

_SERIES_TERMS = 22


def power_cost(alpha: float, deviation: Deviation, beta: float | None = None) -> Array:
    """Return p (u − ((1+u)^β − 1)/β) ≥ 0 with u = q/p − 1 and β = 1 − α, whose sum C gives Σ p^α q^β = 1 − β C.

    β is given where it is known to more digits than α has room for.
    """
    xp = deviation.xp
    p, q, difference, log_ratio = deviation.p, deviation.q, deviation.difference, deviation.log_ratio
    beta = 1.0 - alpha if beta is None else beta
    if beta == 0.0:
        return relative_entropy_cost(p, difference, log_ratio)
    if alpha == 0.0:
        return xp.where(log_ratio == math.inf, q, 0.0)
    if alpha < 0.5:
        # Written with α, so that nothing is lost where u − ((1+u)^β − 1)/β is of the order of α.
        far = (-alpha * difference - times(q, xp.expm1(-alpha * log_ratio))) / beta
    else:
        far = difference - times(p, xp.expm1(beta * log_ratio) / beta)
        # p^α q^β may count where p underflows or (q/p)^β overflows.
        exponent = beta * log_ratio
        steep = ((p < tiny(p)) & (xp.abs(exponent) > 1.0)) | (exponent > largest_exponent(p))
        if not nowhere(steep):
            far = xp.where(steep, difference - (xp.exp(log_weights(alpha, deviation, beta)) - p) / beta, far)
    near = (xp.abs(log_ratio) < 1.0) & (xp.abs(beta * log_ratio) < 1.0)
    x = xp.where(near, log_ratio, 0.0)
    # Σ x^k (1 − β^(k−1))/k! from k = 2, where 1 − β^(k−1) = α (1 + β + … + β^(k−2)).
    power = x * x
    geometric = 1.0
    series = 0.5 * power
    for k in range(3, _SERIES_TERMS):
        power = power * x
        geometric = 1.0 + beta * geometric
        series = series + power * (geometric / math.factorial(k))
    return xp.where(near, alpha * p * series, far)


def log_weights(alpha: Array | float, deviation: Deviation, beta: Array | float | None = None) -> Array:
    """Return ln(p^α q^(1−α)), −inf where a factor is zero (for α > 1 only where p is).

    The order is a number ≥ 0, or one in [0, 1] per row with the outcome axis kept; 1 − α may be given too.
    """
    beta = 1.0 - alpha if beta is None else beta
    xp = deviation.xp
    log_p, log_q = deviation.log_p, deviation.log_q
    if isinstance(beta, float) and beta < 0.0:
        exponents = log_p + beta * deviation.log_ratio
        return xp.where(log_p > -math.inf, exponents, -math.inf)
    if isinstance(alpha, float) and alpha == 0.0:
        return xp.where(log_p > -math.inf, log_q, -math.inf)
    possible = (log_p > -math.inf) & (log_q > -math.inf)
    exponents = alpha * xp.where(possible, log_p, 0.0) + beta * xp.where(possible, log_q, 0.0)
    return xp.where(possible, exponents, -math.inf)


def surplus(
    alpha: Array | float, deviation: Deviation, shift: Array, beta: Array | float | None = None
) -> tuple[Array, Array]:
    """Return W − p and W − q for W = p^α q^(1−α) exp(shift), with the relative accuracy of the log-ratio.

    These are what the gradients of all that is made of Σ p^α q^(1−α) consist of. The order is as in `log_weights`, and
    the shift, one per row with the outcome axis kept, is 0 or what makes Σ W = 1. Where it is infinite, as for
    distributions with nothing in common, W is 0. Where only p has mass and α > 1, the sum and W are infinite, and W − q
    is nevertheless p, as it is at order 1: finite, in the direction in which to move.
    """
    xp = deviation.xp
    beta = 1.0 - alpha if beta is None else beta
    p, q, x = deviation.p, deviation.q, deviation.log_ratio
    sane = xp.abs(shift) < math.inf
    shift = xp.where(sane, shift, 0.0)
    # ln(W/p) and ln(W/q); a zero of p (and below order 1 of q) makes W zero whatever the order.
    both = xp.abs(x) < math.inf
    finite = xp.where(both, x, 0.0)
    over_p = beta * finite + shift
    over_q = -alpha * finite + shift
    limit = largest_exponent(p)
    plain = both & sane & (p >= tiny(p)) & (q >= tiny(q)) & (over_p < limit) & (over_q < limit)
    from_p = p * xp.expm1(xp.where(plain, over_p, 0.0))
    from_q = q * xp.expm1(xp.where(plain, over_q, 0.0))
    if nowhere(~plain):
        return from_p, from_q
    logs = log_weights(alpha, deviation, beta)
    possible = (logs > -math.inf) & ~plain & sane
    weight = xp.where(possible, xp.exp(xp.where(possible, logs + shift, 0.0)), 0.0)
    other_p, other_q = weight - p, weight - q
    if isinstance(beta, float) and beta < 0.0:
        lost = x == -math.inf
        other_p = xp.where(lost & ~sane, 0.0, other_p)
        other_q = xp.where(lost, p, other_q)
    return xp.where(plain, from_p, other_p), xp.where(plain, from_q, other_q)


def power_gradient(alpha: float, deviation: Deviation, value: Array, beta: float | None = None) -> Gradient:
    """Return the gradient of (Σ p^α q^(1−α) − 1)/(α − 1), the Tsallis divergence; β as for `power_cost`."""
    beta = 1.0 - alpha if beta is None else beta
    if beta == 0.0:
        return relative_entropy_gradient(deviation, value)
    if alpha == 0.0:
        return support_gradient(deviation, value)
    from_p, from_q = surplus(alpha, deviation, deviation.xp.zeros_like(value), beta)
    p_edge = -math.inf if beta > 0.0 else alpha / beta
    return Gradient(-alpha / beta * from_p, -from_q, p_edge, -math.inf)


def relative_entropy_gradient(deviation: Deviation, value: Array) -> Gradient:
    """Return the gradient of Σ p ln(p/q)."""
    return Gradient(-times(deviation.p, deviation.log_ratio), deviation.difference, -math.inf, -math.inf)


def support_gradient(deviation: Deviation, value: Array) -> Gradient:
    """Return the gradient of Σ q over p = 0: only q moves it; that it jumps where a p becomes zero is left out."""
    xp = deviation.xp
    return Gradient(
        xp.zeros_like(deviation.log_ratio), xp.where(deviation.log_ratio == math.inf, deviation.q, 0.0), 0.0, 0.0
    )


def power_slopes(alpha: float, p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    """Return the derivatives of (p^α q^(1−α) − α p − (1−α) q)/(α − 1), the Tsallis term, for α > 0."""
    log = np.log(p) - np.log(q)
    first_p = log if alpha == 1.0 else alpha * np.expm1((alpha - 1.0) * log) / (alpha - 1.0)
    second_p = alpha * p ** (alpha - 2.0) * q ** (1.0 - alpha)
    second_q = alpha * p**alpha * q ** (-1.0 - alpha)
    return first_p, -np.expm1(alpha * log), second_p, second_q


def one_order(value: SupportsFloat, misplaced: tuple[object, ...], name: str, parameter: str) -> float:
    """Return the parameter of a family as a number, or raise `TypeError` where it is called like a divergence."""
    if misplaced or isinstance(value, (str, bool)) or np.ndim(value) != 0 or not hasattr(value, "__float__"):  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
        raise TypeError(f"{name} takes one number and makes a divergence: did you mean kb.{name}({parameter})(p, q)?")
    return float(value)


def power_textbook(alpha: float, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    """Return (Σ p^α q^(1−α) − 1)/(α − 1), where 1 is α Σ p + (1 − α) Σ q: so no term jumps near order 1."""
    pairs = list(zip(p, q, strict=True))
    if alpha >= 1.0 and any(a > 0 and b == 0 for a, b in pairs):
        return mp.inf
    if alpha == 1.0:
        return mp.fsum((a * mp.log(a / b) if a > 0 else 0) - a + b for a, b in pairs)
    order = mp.mpf(alpha)
    powers = (a**order * b ** (1 - order) if a > 0 and b > 0 else mp.zero for a, b in pairs)
    return mp.fsum(w - order * a - (1 - order) * b for w, (a, b) in zip(powers, pairs, strict=True)) / (order - 1)


def tsallis(alpha: SupportsFloat, *misplaced: object) -> Divergence:
    """Return the Tsallis divergence of order α: (Σ p^α q^(1−α) − 1)/(α − 1).

    Order 0 is the mass of Q where p = 0, order 1 KL, order 2 Pearson's χ²; the value is continuous in α.

    Args:
        alpha: the order, ≥ 0 and finite.
        misplaced: nothing: the divergence of an order is called with P and Q.

    Returns:
        A `Divergence` in [0, 1/(1−α)] for α < 1, else in [0, ∞].

    Raises:
        TypeError: α is not one number, as in `kb.tsallis(p, q)`.
        ValueError: α is negative, infinite or NaN.

    Source:
        Tsallis 1998, eq. (8).

    Example:
        >>> import kullback as kb
        >>> round(float(kb.tsallis(2)([0.5, 0.5], [0.9, 0.1])), 6)
        1.777778
    """
    order = one_order(alpha, misplaced, "tsallis", "alpha")
    if not 0.0 <= order < math.inf:
        raise ValueError(f"the order of a Tsallis divergence is a finite number that is at least 0, not {order:g}.")
    laws = {Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}
    if order > 0.0:
        laws.add(Law.ZERO_IFF_EQUAL)
    if order < 1.0:
        laws.add(Law.BOUNDED)
    if order == 0.5:
        laws.add(Law.SYMMETRIC)
    if order == 1.0:
        laws |= {Law.ADDITIVE_OVER_PRODUCTS, Law.CHAIN_RULE}
    formulas = {0.0: "Σ q over p = 0", 1.0: "Σ p ln(p/q)"}
    return Divergence(
        name="tsallis",
        symbol=f"T{order:g}",
        title=f"Tsallis divergence of order {order:g}",
        formula=formulas.get(order, f"(Σ p^{order:g} q^(1−{order:g}) − 1)/({order:g} − 1)"),
        range=(0.0, 1.0 / (1.0 - order) if order < 1.0 else math.inf),
        laws=frozenset(laws),
        textbook=partial(power_textbook, order),
        cost=partial(power_cost, order),
        slopes=partial(power_slopes, order) if order > 0.0 else None,
        gradient=partial(power_gradient, order),
        powers=PowerForm("kl", 1.0, itself) if order == 1.0 else PowerForm("gap", order, PowerSum(order - 1.0)),
        parameters=(("alpha", order),),
        unit="nats" if order == 1.0 else "",
    )
