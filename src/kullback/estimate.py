"""Estimate: an answer inferred from data, which says how far it can be trusted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["nats", "bits", ""]
"""``""`` is a number without unit (a share, a probability) or in the unit of the data (a Wasserstein distance)."""

_LN2 = math.log(2.0)


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
            diagnostics={k: v * factor if k == "plug-in" else v for k, v in self.diagnostics.items()},
            contributions={k: v * factor for k, v in self.contributions.items()},
        )

    @property
    def name(self) -> str:
        """The symbol with its direction: ``KL(P‖Q)``."""
        return f"{self.divergence}({self.direction})" if self.direction else self.divergence

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        text = f"{self.name} = {figure(self.value)}{unit}"
        if math.isfinite(self.high):
            text += f"  [{figure(self.low)}, {figure(self.high)}] at {100 * self.level:g} %"
        else:
            text += f"  ≥ {figure(self.low)} at {100 * self.level:g} %"
        how = [self.method, *(f"{letter}={size}" for letter, size in zip("nm", self.sizes, strict=False))]
        return f"{text}  {', '.join(part for part in how if part)}".rstrip()


def figure(value: float) -> str:
    """Return ``value`` with three significant digits, in the shortest readable form.

    >>> figure(0.43567), figure(1234567.0), figure(2.5e-7), figure(math.inf), figure(0.0)
    ('0.436', '1.23e+06', '2.5e-07', '∞', '0')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.3g}"
