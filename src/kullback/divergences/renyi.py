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

from kullback.arrays import Array, namespace, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law, Multiple, PowerForm, itself
from kullback.divergences.tsallis import log_weights, one_order, power_cost, relative_entropy_gradient, surplus
from kullback.numerics import logsumexp


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


def _finish(alpha: float, cost: Array) -> Array:
    if alpha == 1.0:
        return cost
    xp = namespace(cost)
    x = (alpha - 1.0) * cost
    # Below 1e-17 the logarithm is its argument; dividing would lose what underflows for orders near 1.
    return xp.where(xp.abs(x) < 1e-17, cost, xp.log1p(x) / (alpha - 1.0))


def _combine(alpha: float, deviation: Deviation) -> Array:
    xp = deviation.xp
    cost = xp.sum(power_cost(alpha, deviation), axis=-1)
    value = _finish(alpha, cost)
    if alpha == 1.0:
        return value
    # Σ p^α q^β is 1 + (α−1) C. Where that cancels to little, or overflows, it is summed directly, in logarithms.
    mean = 1.0 + (alpha - 1.0) * cost
    direct = ~((mean > 0.01) & (mean < 1e10))
    if nowhere(direct):
        return value
    return xp.where(direct, logsumexp(log_weights(alpha, deviation)) / (alpha - 1.0), value)


def _gradient(alpha: float, deviation: Deviation, value: Array) -> Gradient:
    if alpha == 1.0:
        return relative_entropy_gradient(deviation, value)
    if alpha == 0.0:
        # −ln(1 − Σ q over p = 0): the factor is exp(value).
        xp = deviation.xp
        only_q = deviation.log_ratio == math.inf
        log_share = xp.where(only_q, deviation.log_q, 0.0) + xp.where(value < math.inf, value, 0.0)
        return Gradient(
            xp.zeros_like(log_share), xp.where(only_q, xp.exp(xp.where(only_q, log_share, 0.0)), 0.0), 0.0, 0.0
        )
    beta = 1.0 - alpha
    # With S = Σ p^α q^β, the derivatives are those of the weights p^α q^β / S.
    from_p, from_q = surplus(alpha, deviation, beta * value)
    p_edge = -math.inf if alpha < 1.0 else -alpha / (alpha - 1.0)
    return Gradient(-alpha / beta * from_p, -from_q, p_edge, -math.inf)


def _combine_infinite(deviation: Deviation) -> Array:
    # Where neither has mass the log-ratio is 0, which is never more than the greatest.
    return deviation.xp.max(-deviation.log_ratio, axis=-1)


def _gradient_infinite(deviation: Deviation, value: Array) -> Gradient:
    xp = deviation.xp
    x = deviation.log_ratio
    first = x == xp.min(x, axis=-1, keepdims=True)
    # Where several outcomes share the greatest ratio, as all do for P = Q, there is a kink: slope 0.
    alone = xp.sum(xp.where(first, 1.0, xp.zeros_like(x)), axis=-1, keepdims=True) < 1.5
    chosen = xp.where(first & alone, 1.0, xp.zeros_like(x))
    return Gradient(chosen, -chosen, 0.0, -math.inf)


def _powers(order: float) -> PowerForm | None:
    if order == 1.0:
        return PowerForm("kl", 1.0, itself)
    return None if order == math.inf else PowerForm("gap", order, Multiple(1.0 - order))


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
    order = one_order(alpha, misplaced, "renyi", "alpha")
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
        cost=_no_cost if infinite else partial(power_cost, order),
        finish=None if infinite or order == 1.0 else partial(_finish, order),
        combine=_combine_infinite if infinite else partial(_combine, order),
        gradient=_gradient_infinite if infinite else partial(_gradient, order),
        powers=_powers(order),
        parameters=(("alpha", order),),
    )
