"""Variance ratio: what two precisions add to the divergences of normal distributions that differ in them."""

from __future__ import annotations

from typing import Any

from kullback.arrays import namespace
from kullback.numerics import log1pmx


def ratio_excess(a: Any, b: Any) -> Any:
    """Return ½ (a/b − 1 − ln(a/b)) for positive numbers."""
    return 0.5 * _excess((a - b) / b, _log_ratio(a, b))


def ratio_gap(a: Any, b: Any, order: float) -> Any:
    """Return ln m − α ln a − (1 − α) ln b with m = αa + (1 − α)b, 0 where m is not positive.

    Its terms have one sign: α (x − ln(1 + x)) + (1 − α)(y − ln(1 + y)) with x = a/m − 1, y = b/m − 1 for α < 1, and
    −[(z − ln(1 + z)) + (α − 1)(w − ln(1 + w))] with z = m/a − 1, w = b/a − 1 above.
    """
    xp = namespace(a, b)
    t = 1.0 - order
    m = order * a + t * b
    inside = m > 0.0
    m = xp.where(inside, m, a)
    d = xp.where(inside, b - a, 0.0)
    if order < 1.0:
        return order * _excess(-t * d / m, _log_ratio(a, m)) + t * _excess(order * d / m, _log_ratio(b, m))
    return xp.where(
        inside, -(_excess(t * d / a, _log_ratio(m, a)) + (order - 1.0) * _excess((b - a) / a, _log_ratio(b, a))), 0.0
    )


def _excess(step: Any, log: Any) -> Any:
    """Return r − 1 − ln r, given r − 1 and ln r."""
    xp = namespace(step, log)
    near = xp.abs(step) < 0.5
    return xp.where(near, -log1pmx(xp.where(near, step, 0.0)), step - log)


def _log_ratio(a: Any, b: Any) -> Any:
    xp = namespace(a, b)
    return xp.log(a) - xp.log(b)
