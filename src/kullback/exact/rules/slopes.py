"""Slopes: how a numeric value changes with the masses at its nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.arrays import library, namespace
from kullback.distribution import Density
from kullback.divergence import Deviation, Divergence
from kullback.numerics import expm1_difference


def elasticities(divergence: Divergence, p: Density, q: Density, found: Any) -> tuple[Any, Any]:
    """Return p ∂D/∂p and q ∂D/∂q at the nodes of a numeric answer; 0 where the value is infinite."""
    nodes, log_weights = np.asarray(found.nodes), np.asarray(found.log_weights)
    if divergence.gradient is None:
        raise TypeError(f"{divergence!r} has no gradient: give its function a derivative.")
    if not np.isfinite(found.value):
        return np.zeros_like(nodes), np.zeros_like(nodes)
    with np.errstate(all="ignore"):
        log_p, log_q = p.log_prob(nodes), q.log_prob(nodes)
        ratio = p.log_ratio(q, nodes) if type(p) is type(q) else log_q - log_p
        ratio = np.where(log_p == -np.inf, np.where(log_q == -np.inf, 0.0, np.inf), ratio)
        log_p, log_q = log_p + log_weights, log_q + log_weights
        masses = np.exp(log_p), np.exp(log_q)
        deviation = Deviation(
            *masses, expm1_difference(*masses, ratio), ratio, lambda: (log_p, log_q), np.asarray(log_weights)
        )
        slopes = divergence.gradient(deviation, np.asarray(found.value)[None])
        # Where a mass is too small for a number it still has a slope: that of ln q in KL is −p.
        return tuple(  # pyright: ignore[reportReturnType]
            np.where(log > -np.inf, slope, 0.0) for log, slope in zip((log_p, log_q), (slopes.p, slopes.q), strict=True)
        )


KINKED = ("tv", "hockey_stick")
"""Divergences whose second derivatives hang on where the densities cross, which the nodes do not say."""


def no_second(divergence: Divergence) -> NotImplementedError:
    """Return the error for a second derivative that cannot be had."""
    return NotImplementedError(
        f"{divergence!r} of densities that are integrated has first derivatives only: where the densities cross "
        "moves with the parameters. Smooth, and near it: kb.hellinger, kb.js."
    )


def differentiable(
    divergence: Divergence, log_p: Any, log_q: Any, log_weights: Any, slopes: tuple[Any, Any], value: Any
) -> tuple[Any, Any]:
    """Return p ∂D/∂p and q ∂D/∂q as functions of the log-densities, for derivatives of higher order.

    Args:
        divergence: one with a gradient.
        log_p: ln p at the nodes, along the last axis; an array that is differentiated.
        log_q: likewise.
        log_weights: of the nodes.
        slopes: their values, as `elasticities` gives them.
        value: D as a function of the log-densities, with the axis of the nodes kept.
    """
    xp = namespace(log_p, log_q)
    has_p, has_q = log_p > -np.inf, log_q > -np.inf
    both = has_p & has_q
    a, b = (xp.where(both, log, 0.0 * log_weights) + log_weights for log in (log_p, log_q))
    p, q, ratio = xp.exp(a), xp.exp(b), b - a
    found = divergence.gradient(Deviation(p, q, q - p, ratio, lambda: (a, b), log_weights), value)  # pyright: ignore[reportOptionalCall]
    if divergence.finish is not None or divergence.combine is not None:
        # Where only one of them has mass, the cost is linear in it, and so is the divergence itself if it is a sum.
        return found.p, found.q
    alone = (xp.where(has, log, 0.0 * log_weights) for has, log in ((has_p, log_p), (has_q, log_q)))
    linear = (slope * xp.exp(log - stopped(log)) for slope, log in zip(slopes, alone, strict=True))
    return tuple(xp.where(both, one, other) for one, other in zip((found.p, found.q), linear, strict=True))  # pyright: ignore[reportReturnType]


def stopped(x: Any) -> Any:
    """Return an array without its derivatives."""
    if library(x) == "torch":
        return x.detach()
    from jax import lax

    return lax.stop_gradient(x)
