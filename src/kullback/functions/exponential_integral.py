"""Exponential integral, scaled."""

from __future__ import annotations

import numpy as np

from kullback.arrays import Array, namespace
from kullback.functions.arguments import remembered, together

_EULER = 0.5772156649015329

_TERMS = 24
"""Of the power series, for z < 1."""

_DEPTH = 120
"""Of the continued fraction, for z ≥ 1: the rest is about exp(−4 √(z·depth))."""


@remembered
@np.errstate(all="ignore")
def scaled_exponential_integral(z: Array) -> Array:
    """Return e^z E₁(z), E₁(z) = ∫ from z to ∞ of e^(−t)/t dt, for z > 0.

    The mean of ln(1 + X/s) of an exponential variable with rate z/s. Its power series below 1; from 1 on the continued
    fraction 1/(z + 1 − 1/(z + 3 − 4/(z + 5 − 9/(z + 7 − …)))), from its end.

    Args:
        z: positive numbers.

    Returns:
        An array of the shape of `z`.

    Source:
        DLMF 6.6.2, 6.9.1 (contracted).

    Example:
        >>> float(scaled_exponential_integral(np.array(1.0))).__round__(12)
        0.596347362323
    """
    xp, (z,) = together(z)
    low = z < 1.0
    found = _derived_on_jax(z) if xp.__name__ == "jax.numpy" else None
    if found is not None:
        return found
    return xp.where(low, _series(xp.where(low, z, 0.5)), _fraction(xp.where(low, 1.0, z)))


def _derived_on_jax(z: Array) -> Array:
    # The derivative, e^z E₁(z) − 1/z, is told: that of the fraction would be compiled level by level.
    import jax

    @jax.custom_jvp
    def value(x: Array) -> Array:
        xp = namespace(x)
        low = x < 1.0
        far = xp.where(low, 1.0, x)

        def level(i: int, rest: Array) -> Array:
            n = float(_DEPTH) - i
            return far + (2.0 * n - 1.0) - n * n / rest

        tail = jax.lax.fori_loop(0, _DEPTH, level, far + (2.0 * _DEPTH + 1.0))
        return xp.where(low, _series(xp.where(low, x, 0.5)), 1.0 / tail)

    @value.defjvp
    def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:  # pyright: ignore[reportUnusedFunction]
        found = value(*primals)
        return found, (found - 1.0 / primals[0]) * tangents[0]

    return value(z)


def _series(z: Array) -> Array:
    """Return e^z (−γ − ln z − Σ (−z)^n/(n·n!))."""
    xp = namespace(z)
    total = 0.0 * z
    power = -1.0 + total
    for n in range(1, _TERMS):
        power = power * (-z) / n
        total = total + power / n
    return xp.exp(z) * (total - _EULER - xp.log(z))


def _fraction(z: Array) -> Array:
    rest = z + (2.0 * _DEPTH + 1.0)
    for n in range(_DEPTH, 0, -1):
        rest = z + (2.0 * n - 1.0) - n * n / rest
    return 1.0 / rest
