"""Logits: log-probabilities up to a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kullback.arrays import as_masses
from kullback.distribution import Finite


@dataclass(frozen=True, eq=False)
class Logits(Finite):
    """Logarithms of masses up to a constant; the distribution is the softmax of the values."""

    scale: ClassVar[Literal["linear", "log"]] = "log"
    normalised: ClassVar[bool] = False
    noun: ClassVar[str] = "a vector of logits"
    advice: ClassVar[str] = "Masked outcomes are -inf, and one at least must be finite."


def logits(a: object) -> Logits:
    """Say that the numbers are logits: the distribution is their softmax.

    Args:
        a: logits, any shape; -inf masks an outcome.

    Returns:
        `Logits`, checked when they are used.

    Raises:
        TypeError: not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> round(float(kb.kl(kb.logits([0, 0]), kb.logits([0, -800]))), 3)
        399.307
    """
    return Logits(as_masses(a, "a"))
