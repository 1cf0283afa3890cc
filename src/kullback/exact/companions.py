"""Entropy, cross-entropy and perplexity: the companions of relative entropy, with the same input rules.

Shannon, "A mathematical theory of communication", Bell Syst. Tech. J. 27 (1948), section 6; perplexity: Jelinek,
Mercer, Bahl and Baker, "Perplexity - a measure of the difficulty of speech recognition tasks", J. Acoust. Soc. Am. 62
(1977), S63.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kullback.arrays import Array, Axis, namespace, nowhere
from kullback.distribution import Density
from kullback.divergence import Cost, Deviation, Finish, Gradient, GradientRule
from kullback.exact import formulas
from kullback.exact.reading import finite
from kullback.exact.sums import check_base, measured
from kullback.numerics import times


@dataclass(frozen=True)
class _Companion:
    """A mean under P of logarithms: like a divergence summed over outcomes, without being one."""

    name: str
    formula: str
    cost: Cost
    gradient: GradientRule
    finish: Finish | None = None
    combine: Cost | None = None
    range: tuple[float, float] = (-math.inf, math.inf)


def _log_density(log_mass: Array, deviation: Deviation) -> Array:
    """Return the logarithm of mass over weight, where the weight is not 0."""
    if deviation.log_weights is None:
        return log_mass
    xp = deviation.xp
    weighted = deviation.log_weights > -math.inf
    return xp.where(weighted, log_mass - xp.where(weighted, deviation.log_weights, 0.0), -math.inf)


def _entropy_cost(deviation: Deviation) -> Array:
    return -times(deviation.p, _log_density(deviation.log_p, deviation))


def _entropy_gradient(deviation: Deviation, value: Array) -> Gradient:
    return Gradient(_entropy_cost(deviation), 0.0 * deviation.q, math.inf, 0.0)


def _cross_entropy_cost(deviation: Deviation) -> Array:
    cost = -times(deviation.p, _log_density(deviation.log_q, deviation))
    # Also a mass that underflows is infinitely surprising where q has none.
    lost = deviation.log_ratio == -math.inf
    return cost if nowhere(lost) else deviation.xp.where(lost, math.inf, cost)


def _cross_entropy_gradient(deviation: Deviation, value: Array) -> Gradient:
    return Gradient(_cross_entropy_cost(deviation), -deviation.p, -_log_density(deviation.log_q, deviation), -math.inf)


def _exponential(x: Array) -> Array:
    return namespace(x).exp(x)


def _of_exponential(gradient: GradientRule) -> GradientRule:
    """Return the gradient of exp of what has a gradient."""

    def rule(deviation: Deviation, value: Array) -> Gradient:
        inner = gradient(deviation, value)
        return Gradient(
            value * inner.p, value * inner.q, _times_edge(value, inner.p_edge), _times_edge(value, inner.q_edge)
        )

    return rule


def _times_edge(value: Array, edge: Array | float) -> Array | float:
    """Return the product with a value > 0; an infinite edge stays, so that derivatives know no 0 * inf."""
    if isinstance(edge, float):
        return value * edge if 0.0 < abs(edge) < math.inf else edge
    xp = namespace(edge)
    finite = xp.abs(edge) < math.inf
    return xp.where(finite, value * xp.where(finite, edge, 0.0), edge)


ENTROPY = _Companion("entropy", "−Σ p ln p", _entropy_cost, _entropy_gradient)
CROSS_ENTROPY = _Companion("cross_entropy", "−Σ p ln q", _cross_entropy_cost, _cross_entropy_gradient)
_PERPLEXITY = _Companion(
    "perplexity", "exp(−Σ p ln p)", _entropy_cost, _of_exponential(_entropy_gradient), _exponential
)
_CROSS_PERPLEXITY = _Companion(
    "perplexity", "exp(−Σ p ln q)", _cross_entropy_cost, _of_exponential(_cross_entropy_gradient), _exponential
)


def entropy(
    p: object,
    *,
    axis: Axis = -1,
    base: float | None = None,
    where: object = None,
    weights: object = None,
    keepdims: bool = False,
    check: bool = True,
) -> Any:
    """Return the entropy −Σ p ln p.

    Args:
        p: probabilities along `axis`, or `kb.log_probs`, `kb.logits` or `kb.counts`; or a distribution known by a
            formula, of any library, whose differential entropy it is then where it has a density.
        axis: the axis or axes of the outcomes.
        base: of the logarithm; the default is nats.
        where: a mask of the outcomes that take part.
        weights: a base measure: the entropy is that of the density p, −Σ weights·p ln p, which may be negative.
        keepdims: whether the outcome axes stay, with length 1.
        check: whether bad values raise; otherwise they give NaN.

    Returns:
        A number or an array without the outcome axes, in [0, ln K] without weights.

    Raises:
        ValueError: values that are not a distribution.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.entropy([0.5, 0.5], base=2)
        np.float64(1.0)
    """
    check_base(base, "nats", "entropy")
    p = formulas.adopted(p)
    if isinstance(p, Density):
        formulas.only_for_arrays("entropy", axis=axis, where=where, weights=weights, keepdims=keepdims)
        from kullback.exact import companions_of_densities

        return companions_of_densities.entropy(p, base)
    known = {"p": finite(p, "p", "entropy")}
    return measured(ENTROPY, known, axis, where, weights, base, keepdims=keepdims, check=check)


def cross_entropy(
    p: object,
    q: object,
    *,
    axis: Axis = -1,
    base: float | None = None,
    where: object = None,
    weights: object = None,
    keepdims: bool = False,
    check: bool = True,
) -> Any:
    """Return the cross-entropy −Σ p ln q: the entropy of p plus KL(p‖q).

    Args:
        p: the truth, as in `entropy`.
        q: what is compared with it.
        axis: the axis or axes of the outcomes.
        base: of the logarithm; the default is nats.
        where: a mask of the outcomes that take part.
        weights: a base measure, as in `entropy`.
        keepdims: whether the outcome axes stay, with length 1.
        check: whether bad values raise; otherwise they give NaN.

    Returns:
        A number or an array without the outcome axes; infinite where q = 0 < p.

    Raises:
        ValueError: values that are not a distribution, shapes that do not fit.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.cross_entropy([0.5, 0.5], [0.25, 0.75], base=2).round(6)
        np.float64(1.207519)
    """
    check_base(base, "nats", "cross_entropy")
    p, q = formulas.adopted(p), formulas.adopted(q)
    densities = formulas.known_by_formula(p, q, "cross_entropy")
    if densities is not None:
        formulas.only_for_arrays("cross_entropy", axis=axis, where=where, weights=weights, keepdims=keepdims)
        from kullback.exact import companions_of_densities

        return companions_of_densities.cross_entropy(*densities, base)
    known = {"p": finite(p, "p", "cross_entropy"), "q": finite(q, "q", "cross_entropy")}
    return measured(CROSS_ENTROPY, known, axis, where, weights, base, keepdims=keepdims, check=check)


def perplexity(
    p: object,
    q: object = None,
    *,
    axis: Axis = -1,
    where: object = None,
    weights: object = None,
    keepdims: bool = False,
    check: bool = True,
) -> Any:
    """Return the perplexity exp(−Σ p ln p) of p, or exp(−Σ p ln q) of q under p.

    The number of equally likely outcomes that would be as uncertain.

    Args:
        p: the truth, as in `entropy`.
        q: what predicts it; p itself if left out.
        axis: the axis or axes of the outcomes.
        where: a mask of the outcomes that take part.
        weights: a base measure, as in `entropy`.
        keepdims: whether the outcome axes stay, with length 1.
        check: whether bad values raise; otherwise they give NaN.

    Returns:
        A number or an array without the outcome axes, at least 1 without weights.

    Raises:
        ValueError: values that are not a distribution, shapes that do not fit.
        TypeError: something that is not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.perplexity([0.25, 0.25, 0.25, 0.25])
        np.float64(4.0)
    """
    p, q = formulas.adopted(p), formulas.adopted(q)
    if isinstance(p, Density) or isinstance(q, Density):
        raise TypeError(
            "perplexity is a number of outcomes; of a density there are none: kb.entropy(p) is what it has."
        )
    known = {"p": finite(p, "p", "perplexity")} | ({} if q is None else {"q": finite(q, "q", "perplexity")})
    measure = _PERPLEXITY if q is None else _CROSS_PERPLEXITY
    return measured(measure, known, axis, where, weights, None, keepdims=keepdims, check=check)
