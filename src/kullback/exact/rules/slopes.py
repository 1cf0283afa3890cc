"""Slopes: how a numeric value changes with the masses at its nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

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
        return tuple(np.where(mass > 0.0, slope, 0.0) for mass, slope in zip(masses, (slopes.p, slopes.q), strict=True))  # pyright: ignore[reportReturnType]
