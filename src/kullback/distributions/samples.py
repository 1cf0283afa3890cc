"""Samples: draws from an unknown distribution, of which nothing is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

from kullback.arrays import AnyArray, as_array
from kullback.distribution import Distribution


@dataclass(frozen=True, eq=False)
class Samples(Distribution):
    """Draws from a distribution: a divergence can be estimated from them, not computed.

    Attributes:
        values: one draw per row.
    """

    values: AnyArray


def samples(x: object) -> Samples:
    """Say that the numbers are draws: to be given to `kb.estimate`, never to a divergence.

    Args:
        x: one draw per row, shape (n,) or (n, d).

    Returns:
        `Samples`.

    Raises:
        TypeError: not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.samples([0.1, 0.2]), kb.samples([0.3, 0.4]))
        Traceback (most recent call last):
        ...
        TypeError: p is samples, and a divergence of samples is estimated, not computed: kb.estimate(p, q, of=kb.kl).
    """
    return Samples(as_array(x, "x"))
