"""Powers: the Rényi divergence of normals, whose covariances mix to C = αΣ_Q + (1 − α)Σ_P."""

from __future__ import annotations

import math
from typing import Any

from kullback.arrays import namespace
from kullback.distributions.covariances import triangular
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.diagonal import Diagonal
from kullback.distributions.covariances.excess import quotient_with
from kullback.distributions.covariances.full import Full
from kullback.numerics import log1pmx


def jensen_excess(p: Covariance, q: Covariance, apart: Any, order: float) -> Any:
    """Return the Rényi divergence of order α > 0, ≠ 1, of normals whose means differ by `apart`.

    With E the excess of two covariances, the part of the covariances is, every term ≥ 0,
    [α E(Q, C) + (1 − α) E(P, C)]/(1 − α) for α < 1, and E(C, Q)/(α − 1) + E(P, Q) above; +∞ where C is not positive
    definite.
    """
    if isinstance(p, Diagonal) and isinstance(q, Diagonal):
        return _of_variances(p, q, apart, order)
    difference = p.minus(q) if type(p) is type(q) else p.dense() - q.dense()  # pyright: ignore[reportArgumentType]
    xp = namespace(difference)
    mixed = q.dense() + (1.0 - order) * difference
    if order < 1.0:
        c = Full(mixed)
        spread = (
            order * quotient_with((order - 1.0) * difference, q, c).excess()
            + (1.0 - order) * quotient_with(order * difference, p, c).excess()
        ) / (1.0 - order)
        return spread + 0.5 * order * c.squared_norm(apart)
    inside = ~xp.isnan(triangular.cholesky(mixed)[..., -1, -1])
    # Where there is no such normal, one that exists is put in its place.
    c = Full(xp.where(inside[..., None, None], mixed, q.dense()))
    step = xp.where(inside[..., None, None], (1.0 - order) * difference, 0.0)
    spread = quotient_with(step, c, q).excess() / (order - 1.0) + quotient_with(difference, p, q).excess()
    return xp.where(inside, spread + 0.5 * order * c.squared_norm(apart), math.inf)


def _of_variances(p: Diagonal, q: Diagonal, apart: Any, order: float) -> Any:
    first, second = p.variances(), q.variances()
    xp = namespace(first, second, apart)
    x = p.differences(q) / second
    log = 2.0 * (p.log_deviations() - q.log_deviations())
    if order < 1.0:
        mixed = order + (1.0 - order) * (first / second)
        log_mixed = xp.log(mixed)
        spread = (
            order * _gap(-(1.0 - order) * x / mixed, -log_mixed)
            + (1.0 - order) * _gap(order * x / mixed, log - log_mixed)
        ) / (2.0 * (1.0 - order))
        return xp.sum(spread + 0.5 * order * apart * apart / (second * mixed), axis=-1)
    mixed = 1.0 + (1.0 - order) * x
    inside = mixed > 0.0
    safe = xp.where(inside, mixed, 1.0)
    step = xp.where(inside, (1.0 - order) * x, 0.0)
    spread = 0.5 * (_gap(step, xp.log(safe)) / (order - 1.0) + _gap(x, log))
    found = xp.sum(spread + 0.5 * order * apart * apart / (second * safe), axis=-1)
    return xp.where(xp.all(inside, axis=-1), found, math.inf)


def _gap(step: Any, log: Any) -> Any:
    """Return r − 1 − ln r, given r − 1 and ln r."""
    xp = namespace(step, log)
    near = xp.abs(step) < 0.5
    return xp.where(near, -log1pmx(xp.where(near, step, 0.0)), step - log)
