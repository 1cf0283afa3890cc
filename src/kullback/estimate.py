"""Estimate: an answer inferred from data, which says how far it can be trusted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

from kullback.callable_module import make_callable

if TYPE_CHECKING:
    from kullback.divergence import Divergence

Unit: TypeAlias = Literal["nats", "bits", ""]
"""``""`` is a number without unit (a share, a probability) or in the unit of the data (a Wasserstein distance)."""

Outcome: TypeAlias = Literal["interval", "lower bound only", "infinite", "no root-n interval"]
"""What can be said of the divergence: both ends, a lower one alone, that it is infinite, or that no interval at the
usual rate exists, because the ratio's tail is too heavy. The reason stands in the notes."""

_LN2 = math.log(2.0)
_IN_UNIT = ("plug-in", "unclipped", "log m", "change from n/2 to n")
"""Diagnostics that have the unit of the value, as have those that begin with "by " and a method."""


class Fit(Protocol):
    """What an estimate was made from."""

    def answer(self, divergence: Divergence) -> Estimate:
        """Return the estimate of a divergence from the fit that was made."""
        ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number inferred from data, its interval, and what is known about how it was reached.

    Attributes
    ----------
    value : the estimate, corrected for bias where the method corrects.
    low, high : the ends of the interval at ``level``. A lower bound alone has ``high = inf``.
    divergence : the symbol of what is measured: ``"KL"``, ``"JS"``, ``"TV"`` ...
    direction : ``"P‖Q"`` or ``"Q‖P"``; P is the truth, the reference. ``""`` where there is none.
    unit : ``"nats"``, ``"bits"`` or ``""``.
    method : how it was reached, in words.
    sizes : (n, m), the rows of P and of Q that were seen.
    diagnostics : further numbers by name, such as ``plug-in`` (the value before the correction of bias).
    contributions : what each outcome adds to the plug-in value, by label.
    notes : what the reader must know before trusting the number.
    lower_limit : what the divergence exceeds, one-sided at the level (1 + level)/2; None where none was found.
    outcome : what can be said: ``"interval"``, or why there is none.
    fit : what the estimate was made from, for `of` and `plot`; it is neither saved nor pickled.

    Example
    -------
    >>> print(Estimate(0.436, 0.363, 0.506, divergence="KL", method="counts", sizes=(1000, 1000)))
    KL(P‖Q) = 0.436 nats  [0.363, 0.506] at 95 %  counts, n=1000, m=1000
    """

    value: float
    low: float
    high: float
    level: float = 0.95
    divergence: str = "KL"
    direction: str = "P‖Q"
    unit: Unit = "nats"
    method: str = ""
    sizes: tuple[int, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])
    contributions: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
    lower_limit: float | None = None
    outcome: Outcome = "interval"
    fit: object | None = field(default=None, repr=False, compare=False, metadata={"saved": False})

    def to(self, unit: Literal["nats", "bits"]) -> Estimate:
        """Return the same estimate in ``unit``; a number without unit raises ``ValueError``.

        >>> Estimate(math.log(2), 0.0, math.log(4)).to("bits").high
        2.0
        """
        if unit not in ("nats", "bits"):
            raise ValueError(f"unit is {unit!r}; it must be 'nats' or 'bits'")
        if not self.unit:
            raise ValueError(f"{self.divergence} has no unit that could be changed to {unit}")
        if unit == self.unit:
            return self
        factor = 1.0 / _LN2 if unit == "bits" else _LN2
        return dataclasses.replace(
            self,
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            unit=unit,
            diagnostics={k: v * factor if _has_unit(k) else v for k, v in self.diagnostics.items()},
            contributions={k: v * factor for k, v in self.contributions.items()},
            lower_limit=None if self.lower_limit is None else self.lower_limit * factor,
        )

    def of(self, divergence: Divergence) -> Estimate:
        """Return the estimate of another divergence, or of the other direction, from the same fit.

        Raises:
            ValueError: the estimate was not made by `kb.estimate`, or was saved and read again.
        """
        if self.fit is None:
            raise ValueError(
                f"this estimate of {self.name} holds no fit (it was saved, or not made by kb.estimate): estimate anew "
                f"with kb.estimate(x, y, of={divergence!r})"
            )
        found = cast("Fit", self.fit).answer(divergence)
        return found.to("bits") if self.unit == "bits" and found.unit == "nats" else found

    def plot(self) -> Any:
        """Return a matplotlib figure: the learning curve, the log-ratios of both samples, the share of each column.

        What the estimate does not hold is left out. ``.savefig("out.png")`` saves it.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from kullback.report.plots.estimate import draw

        return draw(self)

    def full(self) -> str:
        """Return everything that is known of the estimate as text of several lines.

        >>> print(Estimate(0.4, 0.3, 0.5, lower_limit=0.32, diagnostics={"plug-in": 0.44}, notes=("few rows",)).full())
        KL(P‖Q) = 0.4 nats  [0.3, 0.5] at 95 %
          lower limit  0.32 nats, one-sided at 97.5 %
          diagnostics
            plug-in  0.44
          notes
            few rows
        """
        unit = f" {self.unit}" if self.unit else ""
        lines = [str(self)]
        if self.lower_limit is not None:
            lines.append(f"  lower limit  {figure(self.lower_limit)}{unit}, one-sided at {_percent(self.one_sided)}")
        if self.outcome != "interval":
            lines.append(f"  outcome  {self._hint()}")
        for title, numbers in (("diagnostics", self.diagnostics), ("contributions", self.contributions)):
            if numbers:
                width = max(map(len, numbers))
                lines.append(f"  {title}")
                lines.extend(f"    {name:<{width}}  {figure(number)}" for name, number in numbers.items())
        if self.notes:
            lines.append("  notes")
            lines.extend(f"    {note}" for note in self.notes)
        return "\n".join(lines)

    @property
    def one_sided(self) -> float:
        """The level of the lower limit: 0.975 beside an interval at 0.95."""
        return 0.5 * (1.0 + self.level)

    @property
    def name(self) -> str:
        """The symbol with its direction: ``KL(P‖Q)``."""
        return f"{self.divergence}({self.direction})" if self.direction else self.divergence

    def __reduce__(self) -> tuple[Any, ...]:
        # A fit holds functions and all rows: what is sent elsewhere is the answer, as where it is saved.
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values |= {"fit": None, "diagnostics": dict(self.diagnostics), "contributions": dict(self.contributions)}
        return Estimate, tuple(values.values())

    def _hint(self) -> str:
        """Return why there is no interval, in a few words: the note that says so, without what is in brackets."""
        start = self.outcome.split()[0]
        for note in self.notes:
            if note.startswith(start) and self.outcome == "infinite":
                return note.partition(" (")[0]
            if note.startswith(start) and self.outcome != "interval":
                return note
        return self.outcome

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        text = f"{self.name} = {figure(self.value)}{unit}"
        how = [self.method, *(f"{letter}={size}" for letter, size in zip("nm", self.sizes, strict=False))]
        said = ", ".join(part for part in how if part)
        if self.outcome != "interval":
            limit = self.low if self.lower_limit is None else self.lower_limit
            text += f"  ≥ {figure(limit)} at {_percent(self.one_sided)}"
            said = f"{said}; {self._hint()}" if said else self._hint()
        elif math.isfinite(self.high):
            text += f"  [{figure(self.low)}, {figure(self.high)}] at {_percent(self.level)}"
        else:
            text += f"  ≥ {figure(self.low)} at {_percent(self.level)}"
        return f"{text}  {said}".rstrip()


def figure(value: float) -> str:
    """Return ``value`` with three significant digits, in the shortest readable form.

    >>> figure(0.43567), figure(1234567.0), figure(2.5e-7), figure(math.inf), figure(-0.0)
    ('0.436', '1.23e+06', '2.5e-07', '∞', '0')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.3g}"  # 0 for −0


def estimate(*arguments: Any, **options: Any) -> Estimate:
    """Return how two samples, or a sample and a distribution, differ: `kullback.infer.estimate`, which this calls."""
    from kullback.infer import estimate as run

    return run(*arguments, **options)


def _has_unit(diagnostic: str) -> bool:
    return diagnostic in _IN_UNIT or diagnostic.startswith("by ")


def _percent(level: float) -> str:
    return f"{100 * level:g} %"


make_callable("kullback.estimate", estimate)
