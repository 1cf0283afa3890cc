"""Rates: two members of a family ln p = ln a − a·T + what both share, such as Pareto (T = ln(x/scale)) in its exponent.

All of them differ as exponential distributions with rates a and b do.
"""

from __future__ import annotations

from typing import Any

from kullback.arrays import namespace
from kullback.functions.gamma import log_excess
from kullback.natural import Natural, Vector
from kullback.numerics import log1pmx

FORMULA = "b/a − 1 − ln(b/a)"


def rates_kl(a: Any, b: Any) -> Any:
    """Return b/a − 1 − ln(b/a), the relative entropy of the member with rate b from that with rate a."""
    return -log_excess((b - a) / a, b / a)


def rates_renyi(a: Any, b: Any, order: float) -> Any:
    """Return the Rényi divergence [ln(αa + (1−α)b) − α ln a − (1−α) ln b]/(1−α), +∞ where αa + (1−α)b ≤ 0."""
    xp = namespace(a, b)
    r = (b - a) / a
    near = xp.abs(r) < 0.5
    theta = xp.ones_like(r)
    close = Natural((theta,), (xp.where(near, r, 0.0),), _remainder, _inside, FORMULA, "").jensen_gap(order)
    ratio = b / a
    converges = order + (1.0 - order) * ratio > 0.0
    far = ~near & converges
    safe = xp.where(far, ratio, 2.0 / 3.0)
    if order < 0.5:
        gap = xp.log1p(order * (1.0 / safe - 1.0)) + order * xp.log(safe)
    else:
        gap = xp.log1p((1.0 - order) * (safe - 1.0)) - (1.0 - order) * xp.log(safe)
    value = xp.where(near, close, gap) / (1.0 - order)
    return xp.where(near | converges, value, float("inf"))


def _remainder(theta: Vector, step: Vector) -> Any:
    return -log1pmx(step[0] / theta[0])


def _inside(theta: Vector) -> Any:
    return theta[0] > 0.0
