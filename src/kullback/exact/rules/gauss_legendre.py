"""Gauss–Legendre: the rule that all quadratures here use, and what its nodes tell of its error."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

NODES = 32


@lru_cache(maxsize=4)
def rule(n: int) -> tuple[Any, Any, Any]:
    """Return nodes, weights, and the matrix that takes values at the nodes to Legendre coefficients."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    degrees = np.arange(n)
    to_coefficients = np.polynomial.legendre.legvander(nodes, n - 1) * weights[:, None] * (degrees + 0.5)
    return nodes, weights, to_coefficients


def guess(log_values: Any, to_last: Any = None) -> Any:
    """Return the logarithm of an estimate of the errors of panels, from the last Legendre coefficients.

    Args:
        log_values: the logarithms of the integrand at the nodes, times the half-width, nodes on the last axis.
        to_last: what takes the values of each panel to its last coefficients; that of Gauss–Legendre if left out.
    """
    top = np.max(log_values, axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    values = np.exp(log_values - top)
    coefficients = (
        values @ rule(NODES)[2][:, -4:] if to_last is None else np.matmul(values[:, None, :], to_last)[:, 0, :]
    )
    last = np.max(abs(coefficients), axis=-1)
    # An interpolant of this degree integrates twice as many: the square of what is left, relative to the whole.
    scale = np.maximum(np.max(values, axis=-1), 1e-300)
    share = last / scale
    found = np.where(share < 1e-4, share * np.minimum(32.0 * share, 1.0) + 1e-17, share)
    return top[:, 0] + np.log(2.0 * found * scale)
