"""Log-probabilities: logarithms of masses that sum to 1 up to the rounding of their dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kullback.arrays import as_masses
from kullback.distribution import Finite


@dataclass(frozen=True, eq=False)
class LogProbabilities(Finite):
    """Natural logarithms of probabilities; the distribution is the softmax of the values exactly."""

    scale: ClassVar[Literal["linear", "log"]] = "log"
    normalised: ClassVar[bool] = True
    noun: ClassVar[str] = "a vector of log-probabilities"
    advice: ClassVar[str] = "Logits? kb.logits({name}). Probabilities? kb.probs({name})."


def log_probs(log_p: object) -> LogProbabilities:
    """Say that the numbers are natural logarithms of probabilities.

    Args:
        log_p: log-probabilities, -inf for impossible outcomes, whose exponentials sum to 1 within the tolerance
            of `kb.probs`; any shape.

    Returns:
        `LogProbabilities`, checked when they are used.

    Raises:
        TypeError: not an array of real numbers.

    Example:
        >>> import kullback as kb
        >>> kb.tv(kb.log_probs([0.0, -float("inf")]), [0.75, 0.25])
        np.float64(0.25)
    """
    return LogProbabilities(as_masses(log_p, "log_p"))
