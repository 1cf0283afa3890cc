"""Probabilities: masses that sum to 1 up to the rounding of their dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kullback.arrays import as_masses
from kullback.distribution import Finite


@dataclass(frozen=True, eq=False)
class Probabilities(Finite):
    """Probabilities, which is also what a bare array is taken for; the distribution is p/Σp exactly."""

    scale: ClassVar[Literal["linear", "log"]] = "linear"
    normalised: ClassVar[bool] = True
    noun: ClassVar[str] = "a probability vector"
    advice: ClassVar[str] = "Counts? kb.counts({name}). Logits? kb.logits({name}). Samples? kb.estimate(p, q)."


def probs(p: object) -> Probabilities:
    """Say that the numbers are probabilities, as a bare array is taken to be.

    Args:
        p: probabilities ≥ 0 that sum to 1 within 1e-8 (float64), 1e-4 (float32) or 5e-3 (float16), any shape.

    Returns:
        `Probabilities`, checked when they are used.

    Raises:
        TypeError: not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.tv(kb.probs([0.5, 0.5]), [1.0, 0.0])
        np.float64(0.5)
    """
    return Probabilities(as_masses(p, "p"))
