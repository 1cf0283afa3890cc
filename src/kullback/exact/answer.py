"""Answer: a value for two densities, with the rule that gave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kullback.distribution import Density
from kullback.divergence import Divergence


@dataclass(frozen=True, eq=False)
class Answer:
    """What one rule says of a batch of pairs.

    Attributes:
        value: in nats, NaN where the rule promises nothing; an array of the library of the parameters.
        rule: its name, such as "exponential family".
        formula: what was computed, as text.
        source: paper and equation, or "" where the formula is the definition.
        bound: of the absolute error, where the rule states one: a number or an array like the value; else None.
        certified: whether the value is a formula's or its bound is proved; False for an estimated error.
        note: what else is to be said.
        everywhere: whether no NaN can stand in `value`, which cannot be seen while a program is traced.
    """

    value: Any
    rule: str
    formula: str
    source: str = ""
    bound: Any = None
    certified: bool = True
    note: str = ""
    everywhere: bool = True


Ask: TypeAlias = Callable[[Divergence, Density, Density], Any]
"""Ask for the divergence of other densities, by all rules: for those that lead one pair back to another."""

Rule: TypeAlias = Callable[[Divergence, Density, Density, Ask], Answer | None]
"""Answers for a pair of densities with parameters in one library, in float64; None where it does not apply at all."""
