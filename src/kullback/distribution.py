"""Distribution: what is known of P or of Q."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self


@dataclass(frozen=True, eq=False)
class Distribution:
    """What is known of a probability distribution. A divergence takes two, of the same kind or not."""


@dataclass(frozen=True, eq=False)
class Finite(Distribution):
    """A distribution known outcome by outcome, as an array.

    Attributes:
        values: one number per outcome, along the axis that the call names; the other axes are a batch. An array of
            any library; or labelled numbers, or sparse rows.
        scale: whether the values are proportional to the masses ("linear") or their logarithms are ("log").
        normalised: whether the masses are promised to sum to 1, and are checked.
        noun: what the values are called in messages.
        advice: what else the user may have meant; {name} stands for the argument.
        below_zero: the same, of masses that are negative.
    """

    values: Any

    scale: ClassVar[Literal["linear", "log"]]
    normalised: ClassVar[bool]
    noun: ClassVar[str]
    advice: ClassVar[str]
    below_zero: ClassVar[str] = "Log-probabilities? kb.log_probs({name}). Logits? kb.logits({name})."

    def of(self, values: Any) -> Self:
        """Return other numbers of the same kind."""
        return replace(self, values=values)
