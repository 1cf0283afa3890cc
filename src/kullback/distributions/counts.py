"""Counts: masses up to a factor."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import ClassVar, Literal

from kullback.arrays import as_masses
from kullback.distribution import Finite


@dataclass(frozen=True, eq=False)
class Counts(Finite):
    """How often each outcome was seen, or any masses up to a factor: (values + add)/Σ(values + add).

    Attributes:
        add: a pseudo-count added to every outcome.
    """

    add: float = 0.0

    scale: ClassVar[Literal["linear", "log"]] = "linear"
    normalised: ClassVar[bool] = False
    noun: ClassVar[str] = "a vector of counts"
    advice: ClassVar[str] = "Logits? kb.logits({name})."


def counts(a: object, add: float = 0.0) -> Counts:
    """Say that the numbers are counts: the distribution is (a + add)/Σ(a + add).

    Args:
        a: counts ≥ 0, not necessarily integers, not all 0; any shape.
        add: a pseudo-count for every outcome: 0.5 is Jeffreys', 1 is Laplace's. The only smoothing there is.

    Returns:
        `Counts`, checked when they are used.

    Raises:
        TypeError: not an array of real numbers.
        ValueError: `add` is negative or not finite.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.counts([1, 2, 3]), kb.counts([10, 20, 30]))
        np.float64(0.0)
    """
    if not isinstance(add, numbers.Real):
        raise TypeError(f"add is {add!r}, and a pseudo-count is one number.")
    if not (math.isfinite(add) and add >= 0):
        raise ValueError(f"add is {add}, and a pseudo-count is finite and not negative.")
    return Counts(as_masses(a, "a"), float(add))
