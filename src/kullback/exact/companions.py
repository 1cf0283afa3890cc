"""Entropy and cross-entropy: the companions of relative entropy, with the same input rules.

Shannon, "A mathematical theory of communication", Bell Syst. Tech. J. 27 (1948), section 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.arrays import Axis
from kullback.exact.sums import Outcomes, check_base, read
from kullback.numerics import times


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
        p: probabilities along `axis`, or `kb.log_probs`, `kb.logits` or `kb.counts`.
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
    with np.errstate(all="ignore"):
        outcomes = read({"p": p}, axis, where, weights, check=check, of="entropy")
        mass = outcomes.masses[0]
        return outcomes.per_pair(
            -np.sum(times(mass.p, _density(mass.log_p, outcomes)), axis=-1), base, keepdims=keepdims
        )


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
    with np.errstate(all="ignore"):
        outcomes = read({"p": p, "q": q}, axis, where, weights, check=check, of="cross_entropy")
        first, second = outcomes.masses
        return outcomes.per_pair(
            -np.sum(times(first.p, _density(second.log_p, outcomes)), axis=-1), base, keepdims=keepdims
        )


def _density(log_mass: Any, outcomes: Outcomes) -> Any:
    if outcomes.log_weights is None:
        return log_mass
    return np.where(outcomes.log_weights > -np.inf, log_mass - outcomes.log_weights, -np.inf)
