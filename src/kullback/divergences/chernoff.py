"""Chernoff information: the best exponent with which P and Q are told apart.

Chernoff, "A measure of asymptotic efficiency for tests of a hypothesis based on the sum of observations", Ann. Math.
Statist. 23 (1952), 493-507, Theorem 1; Cover and Thomas, Elements of Information Theory, 2nd ed. (2006), eq. (11.239).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kullback.arrays import Array, Axis, Mask, namespace, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law
from kullback.divergences.tsallis import log_weights, surplus
from kullback.numerics import expm1mx, iterate, largest_exponent, logsumexp, times, tiny

# Eight are enough for most pairs, and 32 for logits thousands apart; a library that traces them takes them all.
_STEPS = 32


def _textbook(p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    pairs = [(b, mp.log(a / b)) for a, b in zip(p, q, strict=True) if a > 0 and b > 0]
    if not pairs:
        return mp.inf

    def moments(alpha: Any) -> tuple[Any, Any, Any]:
        weights = [b * mp.exp(alpha * x) for b, x in pairs]
        whole = mp.fsum(weights)
        mean = mp.fsum(w * x for w, (_, x) in zip(weights, pairs, strict=True)) / whole
        spread = mp.fsum(w * (x - mean) ** 2 for w, (_, x) in zip(weights, pairs, strict=True)) / whole
        return whole, mean, spread

    # ln Σ p^α q^(1−α) is convex in α: Newton's method within an interval that is halved where a step leaves it or is
    # not half as long as the last. The value is flat there, so that half of the digits of α are enough.
    for end, sign in ((mp.zero, 1), (mp.one, -1)):
        whole, mean, _ = moments(end)
        if sign * mean >= 0:
            return -mp.log(whole)
    low, high, last = mp.zero, mp.one, mp.one
    alpha = (low + high) / 2
    while True:
        _, mean, spread = moments(alpha)
        low, high = (alpha, high) if mean < 0 else (low, alpha)
        step = mean / spread if spread > 0 else mp.zero
        if abs(step) < mp.mpf(10) ** (-mp.dps // 2):
            return -mp.log(moments(alpha - step)[0])
        if low <= alpha - step <= high and abs(step) <= last / 2:
            alpha, last = alpha - step, abs(step)
        else:
            alpha, last = (low + high) / 2, high - low


def _share_of_q(deviation: Deviation) -> Array:
    """Return 1 − α for the α of the maximum, one per row with the outcome axis kept; ½ where any is."""
    xp = deviation.xp
    log_p, log_q, difference = deviation.log_p, deviation.log_q, deviation.difference
    both = (log_p > -math.inf) & (log_q > -math.inf)
    x = xp.where(both, deviation.log_ratio, 0.0)
    base = xp.where(both, log_p, 0.0)
    middle = xp.where(both, xp.exp(base + 0.5 * x), 0.0)
    # d/dβ Σ p^(1−β) q^β is Σ p e^(βx) x. Where P and Q are near, its terms are of the order of their difference and
    # the sum of its square: Σ (q − p) = 0 is taken from it, outcome by outcome. Far apart, all is relative to the
    # greatest weight instead.
    central = xp.sum(middle, axis=-1, keepdims=True) > 0.1
    near = both & central & (xp.abs(x) < 1.0)
    t = xp.where(near, x, 0.0)
    beyond = expm1mx(t)
    level = xp.where(central, difference, 0.0)

    def slope(beta: Array) -> tuple[Array, Array]:
        exponent = base + beta * x
        top = xp.max(xp.where(both, exponent, -math.inf), axis=-1, keepdims=True)
        shift = xp.where(central | (top == -math.inf), 0.0, top)
        weight = xp.where(both, xp.exp(xp.where(both, exponent - shift, 0.0)), 0.0)
        first = xp.where(near, deviation.p * (t * xp.expm1(beta * t) - beyond), weight * x - level)
        return xp.sum(first, axis=-1, keepdims=True), xp.sum(weight * x * x, axis=-1, keepdims=True)

    return _root(xp.zeros_like(base[..., :1]), slope)


def _root(zero: Array, slope: Callable[[Array], tuple[Array, Array]]) -> Array:
    """Return where an increasing function, given with its derivative, is 0 in [0, 1]; the nearer end if it is not.

    Newton's method, kept in an interval that is halved where a step would leave it or does not halve the last one. It
    starts at ½ and ends with a step of Newton's, through which derivatives of the result are right.
    """
    xp = namespace(zero)
    eps = float(xp.finfo(zero.dtype).eps)
    below, above = slope(zero)[0] > 0.0, slope(zero + 1.0)[0] < 0.0

    def narrowed(state: tuple[Array, Array, Array, Array]) -> tuple[tuple[Array, Array, Array, Array], Mask]:
        low, high, at, last = state
        height, steepness = slope(at)
        low = xp.where(height <= 0.0, at, low)
        high = xp.where(height >= 0.0, at, high)
        step = height / xp.where(steepness > 0.0, steepness, 1.0)
        guess = at - step
        # A step of rounding size is taken in any case: it may point out of the interval, and need not shrink further.
        # Where the steepness underflows the step says nothing.
        known = (steepness > 0.0) | (height == 0.0)
        done = known & (xp.abs(step) <= 64.0 * eps)
        good = done | (known & (guess >= low) & (guess <= high) & (xp.abs(step) <= 0.5 * last))
        at, last = xp.where(good, guess, 0.5 * (low + high)), xp.where(good, xp.abs(step), high - low)
        return (low, high, at, last), ~(known & (xp.abs(step) <= 4.0 * eps)) & ~below & ~above

    at = iterate(narrowed, (zero, zero + 1.0, zero + 0.5, zero + 2.0), _STEPS)[2]
    return xp.where(below, zero, xp.where(above, zero + 1.0, at))


def _cost_at(beta: Array, deviation: Deviation) -> Array:
    """Return (1−β) p + β q − p^(1−β) q^β ≥ 0, whose sum is 1 − Σ p^(1−β) q^β."""
    xp = deviation.xp
    p, q, difference, log_ratio = deviation.p, deviation.q, deviation.difference, deviation.log_ratio
    both = xp.abs(log_ratio) < math.inf
    x = xp.where(both, log_ratio, 0.0)
    # In the lesser of the two exponents, so that nothing cancels near β = 0 and β = 1.
    first = beta <= 0.5
    mass, t = xp.where(first, p, q), xp.where(first, x, -x)
    change = xp.where(first, difference, -difference)
    least = xp.where(first, beta, 1.0 - beta)
    near = both & (xp.abs(t) < 1.0)
    small = xp.where(near, t, 0.0)
    close = mass * (least * expm1mx(small) - expm1mx(least * small))
    far = least * change - times(mass, xp.expm1(least * t))
    steep = both & ~near & ((mass < tiny(mass)) | (least * t > largest_exponent(mass)))
    if not nowhere(steep):
        weight = xp.exp(xp.where(steep, log_weights(1.0 - beta, deviation), 0.0))
        far = xp.where(steep, least * change - (weight - mass), far)
    alone = (1.0 - beta) * p + beta * q
    return xp.where(both, xp.where(near, close, far), alone)


def _cost(deviation: Deviation) -> Array:
    return _cost_at(_share_of_q(deviation), deviation)


def _finish(cost: Array) -> Array:
    return -namespace(cost).log1p(-cost)


def _combine(deviation: Deviation) -> Array:
    xp = deviation.xp
    beta = _share_of_q(deviation)
    cost = xp.sum(_cost_at(beta, deviation), axis=-1)
    # Σ p^α q^(1−α) is 1 − cost. Where that cancels to little it is summed directly, in logarithms.
    apart = ~(cost < 0.99)
    if nowhere(apart):
        return _finish(cost)
    direct = -logsumexp(log_weights(1.0 - beta, deviation))
    return xp.where(apart, direct, _finish(xp.where(apart, 0.0, cost)))


def _gradient(deviation: Deviation, value: Array) -> Gradient:
    # At the maximum the value does not change with α, so these are the derivatives at that α.
    xp = deviation.xp
    beta = _share_of_q(deviation)
    alpha = 1.0 - beta
    from_p, from_q = surplus(alpha, deviation, value)

    def edge(order: Array) -> Array:
        return xp.where(order == 1.0, -xp.expm1(value), -math.inf)

    return Gradient(-alpha * from_p, -beta * from_q, edge(alpha), edge(beta))


def _order(deviation: Deviation) -> Array:
    return 1.0 - _share_of_q(deviation)[..., 0]


class Chernoff(Divergence):
    """The Chernoff information, which can also say where its maximum is.

    Example:
        >>> import kullback as kb
        >>> round(float(kb.chernoff([0.5, 0.5], [0.9, 0.1])), 6)
        0.112377
        >>> round(float(kb.chernoff.order([0.5, 0.5], [0.9, 0.1])), 6)
        0.541569
    """

    def order(
        self,
        p: object,
        q: object,
        *,
        axis: Axis = -1,
        where: object = None,
        weights: object = None,
        keepdims: bool = False,
        check: bool = True,
    ) -> Any:
        """Return the α in [0, 1] at which −ln Σ p^α q^(1−α) is greatest.

        It is the weight of P in the distribution p^α q^(1−α)/Σ that is as far from P as from Q, in KL. Where every α
        would do (P = Q, or no outcome in common) it is ½.

        Args:
            p: the first distribution, of any kind, as in a call.
            q: the second.
            axis: of the outcomes, as in a call.
            where: a mask of outcomes, as in a call.
            weights: of the outcomes, as in a call.
            keepdims: whether the outcome axes stay, as in a call.
            check: whether bad values raise, as in a call.

        Returns:
            A number for one pair, else an array of the broadcast shape without the outcome axes.

        Raises:
            ValueError: as in a call.
            TypeError: as in a call.

        Source:
            Cover and Thomas 2006, section 11.9.

        Example:
            >>> import kullback as kb
            >>> round(float(kb.chernoff.order([0.25, 0.75], [0.75, 0.25])), 6)
            0.5
        """
        # Under its own name: divergences of one name are equal, and compiled once.
        order = replace(
            self, name="chernoff.order", range=(0.0, 1.0), cost=_order, finish=None, combine=_order, gradient=None
        )
        return order(p, q, axis=axis, where=where, weights=weights, keepdims=keepdims, check=check)


chernoff = Chernoff(
    name="chernoff",
    symbol="C",
    title="Chernoff information",
    formula="max over α in [0, 1] of −ln Σ p^α q^(1−α)",
    range=(0.0, math.inf),
    laws=frozenset({Law.ZERO_IFF_EQUAL, Law.SYMMETRIC, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}),
    textbook=_textbook,
    cost=_cost,
    finish=_finish,
    combine=_combine,
    gradient=_gradient,
)
