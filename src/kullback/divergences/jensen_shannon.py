"""Jensen-Shannon divergence, plain and weighted.

Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37 (1991), 145-151, eq. (4.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from kullback.arrays import Array, Axis, namespace, nowhere
from kullback.divergence import Deviation, Divergence, Gradient, Law, relative_entropy_cost
from kullback.numerics import largest_exponent, times, xlogy


def _textbook(weights: tuple[float, float], p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    # H(mixture) − mean of the entropies: not the form that the cost has.
    v, w = mp.mpf(weights[0]), mp.mpf(weights[1])
    v, w = v / (v + w), w / (v + w)

    def entropy(x: Sequence[Any]) -> Any:
        return -mp.fsum(a * mp.log(a) for a in x if a > 0)

    mixture = [v * a + w * b for a, b in zip(p, q, strict=True)]
    return entropy(mixture) - v * entropy(p) - w * entropy(q)


def _entropy(v: float, w: float) -> float:
    """Return −v ln v − w ln w for v + w = 1, also where one of them is as small as the rounding of the other."""
    least = min(v, w)
    return -least * math.log(least) - (1.0 - least) * math.log1p(-least)


def _cost(deviation: Deviation) -> Array:
    xp = deviation.xp
    p, q = deviation.p, deviation.q
    both = p + q
    # s = (q−p)/(p+q) is in [-1, 1] and atanh(s) = ln(q/p)/2. Half the bracket (1+s)ln(1+s) + (1−s)ln(1−s) is
    # s·atanh(s) + ½ln(1−s²): about s² − s²/2, a condition number of 3 where the direct form would lose everything.
    with_mass = both > 0.0
    safe = xp.where(with_mass, both, 1.0)
    s = deviation.difference / safe
    near = xp.abs(s) <= 0.5
    t = xp.where(near, s, 0.0)
    close = t * xp.where(near, 0.5 * deviation.log_ratio, 0.0) + 0.5 * xp.log1p(-t * t)
    x, y = 2.0 * p / safe, 2.0 * q / safe
    far = 0.5 * (xlogy(x, x) + xlogy(y, y))
    return xp.where(with_mass, 0.5 * both * xp.where(near, close, far), 0.0)


def _weighted_cost(weights: tuple[float, float], deviation: Deviation) -> Array:
    v, w = weights
    to_p = relative_entropy_cost(deviation.p, w * deviation.difference, log_mixture(v, w, deviation.log_ratio))
    to_q = relative_entropy_cost(deviation.q, -v * deviation.difference, log_mixture(w, v, -deviation.log_ratio))
    return v * to_p + w * to_q


def log_mixture(v: float, w: float, log_ratio: Array) -> Array:
    """Return ln(m/p) for m = v p + w q, where ln(q/p) is given and v + w = 1."""
    xp = namespace(log_ratio)
    above = log_ratio > largest_exponent(log_ratio)
    # From what is added to 1; where that is nearly −1, from the two parts; where it would overflow, relative to q.
    growth = w * xp.expm1(xp.where(above, 0.0, log_ratio))
    low = growth < -0.5
    near = xp.log1p(xp.where(low, 0.0, growth))
    if not nowhere(low):
        parts = v + w * xp.exp(xp.where(low, log_ratio, 0.0))
        near = xp.where(low, xp.log(xp.where(low, parts, 1.0)), near)
    if nowhere(above):
        return near
    far = xp.where(above, log_ratio, 0.0)
    return xp.where(above, far + xp.log(w + v * xp.exp(-far)), near)


def _gradient(weights: tuple[float, float], deviation: Deviation, value: Array) -> Gradient:
    v, w = weights
    return Gradient(
        -v * times(deviation.p, log_mixture(v, w, deviation.log_ratio)),
        -w * times(deviation.q, log_mixture(w, v, -deviation.log_ratio)),
        -math.inf,
        -math.inf,
    )


def _slopes(weights: tuple[float, float], p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    v, w = weights
    mixture = v * p + w * q
    return (
        v * np.log(p / mixture),
        w * np.log(q / mixture),
        v * w * (q / mixture) / p,
        v * w * (p / mixture) / q,
    )


class JensenShannon(Divergence):
    """A Jensen–Shannon divergence of two distributions, and that of many.

    Example:
        >>> import kullback as kb
        >>> round(float(kb.js([1, 0], [0.5, 0.5])), 6)
        0.215762
        >>> round(float(kb.js.many([[1, 0], [0, 1], [0.5, 0.5]])), 6)
        0.462098
    """

    def many(
        self,
        rows: object,
        weights: object = None,
        *,
        axis: Axis = -1,
        base: float | None = None,
        where: object = None,
        keepdims: bool = False,
        check: bool = True,
    ) -> Any:
        """Return the Jensen–Shannon divergence of many distributions: Σ wᵢ KL(pᵢ ‖ m) with m = Σ wⱼ pⱼ.

        It is the information that one outcome carries about which of the distributions it was drawn from.

        Args:
            rows: the distributions: a sequence of what a call takes, of any kinds, which broadcast; or one array, or
                `kb.logits` and the like of one, with a distribution per entry of its first axis, shape (n, …, K).
            weights: one number per distribution, not negative, summing to 1; equal if left out. (Not the weights of
                outcomes of a call.)
            axis: of the outcomes in each distribution, as in a call.
            base: of the logarithm, as in a call.
            where: a mask of outcomes, as in a call.
            keepdims: whether the outcome axes stay, as in a call.
            check: whether bad values raise, as in a call.

        Returns:
            A number, or an array of the broadcast shape of one distribution without the outcome axes.

        Raises:
            ValueError: as in a call; weights that do not fit; no distribution.
            TypeError: as in a call; rows that are no sequence; weights other than these on one of the members of
                `jensen_shannon(weights=…)`, which have two.

        Source:
            Lin 1991, eq. (5.1).

        Example:
            >>> import kullback as kb
            >>> round(float(kb.js.many([[1, 0], [0, 1]], weights=(0.25, 0.75), base=2)), 6)
            0.811278
        """
        if self.parameters:
            raise TypeError(f"{self!r} has weights of its own, for two: did you mean kb.js.many(rows, weights)?")
        from kullback.exact.many import many

        return many(rows, weights, axis=axis, base=base, where=where, keepdims=keepdims, check=check)


def jensen_shannon(*misplaced: object, weights: tuple[float, float] = (0.5, 0.5)) -> JensenShannon:
    """Return the Jensen–Shannon divergence with the given weights of P and Q.

    v KL(p‖m) + w KL(q‖m) with m = v p + w q, in [0, H(v, w)]: the information that one outcome carries about which of
    the two it was drawn from.

    Args:
        misplaced: nothing: the divergence itself is called with P and Q.
        weights: (v, w), both positive, summing to 1.

    Returns:
        A `Divergence`; `jensen_shannon()` is `js`.

    Raises:
        ValueError: weights that are not two positive numbers with the sum 1.
        TypeError: called with distributions.

    Source:
        Lin 1991, eq. (5.1).

    Example:
        >>> import kullback as kb
        >>> js = kb.divergences.jensen_shannon(weights=(0.25, 0.75))
        >>> round(float(js([1, 0], [0, 1])), 6)
        0.562335
    """
    if misplaced:
        raise TypeError(
            "jensen_shannon makes a divergence: did you mean kb.js(p, q), or jensen_shannon(weights=(v, w))(p, q)?"
        )
    pair = tuple(float(x) for x in weights)
    if len(pair) != 2 or not all(0.0 < x < 1.0 for x in pair) or abs(pair[0] + pair[1] - 1.0) > 1e-12:
        raise ValueError(f"weights are {weights}, and two positive numbers that sum to 1 are needed.")
    v, w = pair
    laws = {Law.ZERO_IFF_EQUAL, Law.BOUNDED, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}
    even = v == w
    return JensenShannon(
        name="js" if even else "jensen_shannon",
        symbol="JS" if even else f"JS({v:g},{w:g})",
        title="Jensen–Shannon divergence" if even else f"Jensen–Shannon divergence with weights {v:g} and {w:g}",
        formula="½ Σ p ln(p/m) + ½ Σ q ln(q/m), m = (p + q)/2"
        if even
        else f"{v:g} Σ p ln(p/m) + {w:g} Σ q ln(q/m), m = {v:g} p + {w:g} q",
        range=(0.0, math.log(2.0) if even else _entropy(v, w)),
        laws=frozenset(laws | {Law.SYMMETRIC} if even else laws),
        textbook=partial(_textbook, (v, w)),
        cost=_cost if even else partial(_weighted_cost, (v, w)),
        slopes=partial(_slopes, (v, w)),
        gradient=partial(_gradient, (v, w)),
        parameters=() if even else (("weights", (v, w)),),
    )


js = jensen_shannon()
