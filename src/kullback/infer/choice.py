"""The automatic choice: which method is run for which data, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kullback.estimators.method import Fitted, Method
from kullback.sample import Model, Sample


@dataclass(frozen=True, eq=False)
class Candidate:
    """A method that was tried: what it is called, what came out."""

    title: str
    fitted: Fitted


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen, what else was tried, and why.

    Attributes:
        chosen: the method whose value is reported.
        bound: whose held-out bound gives the lower limit; None where nothing was held out.
        upper: methods whose values the interval must reach above, the chosen one included.
        reason: in words.
        others: the methods that were tried beside it.
        rule: which interval the regime asks for.
        untried: methods that could not be tried, and what to install.
    """

    chosen: Candidate
    bound: Fitted | None
    reason: str
    upper: tuple[Candidate, ...] = ()
    others: tuple[Candidate, ...] = ()
    rule: str = "influence function"
    untried: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def fitted(method: Method, x: Sample, y: Sample | Model, rng: np.random.Generator) -> Candidate:
    """Return what a method makes of the samples."""
    return Candidate(method.title, method.fit(x, y, rng))
