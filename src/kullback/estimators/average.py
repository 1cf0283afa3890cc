"""The mean of several fits: methods that fall short in different ways share their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kullback.divergence import Divergence
from kullback.estimators.method import Fitted, Value
from kullback.sample import FloatArray, Model, Sample


@dataclass(frozen=True, eq=False)
class Average(Fitted):
    """The mean of fits to the same samples; what is held out and the log-ratios are those of the first.

    Attributes:
        fits: at least one.
        weights: of the fits, summing to 1.
    """

    x: Sample
    y: Sample | Model
    fits: tuple[Fitted, ...]
    weights: tuple[float, ...]
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def value(self, divergence: Divergence) -> Value:
        """Return the mean of the values; the influences are averaged as the values are."""
        found = [one.value(divergence) for one in self.fits]
        pairs = list(zip(self.weights, found, strict=True))
        influence_x = sum((w * one.influence_x for w, one in pairs), start=0.0 * found[0].influence_x)
        influence_y = sum((w * one.influence_y for w, one in pairs), start=0.0 * found[0].influence_y)
        return Value(sum(w * one.value for w, one in pairs), influence_x, influence_y)

    def lower(self, divergence: Divergence) -> Value | None:
        """Return the bound of the first fit."""
        return self.fits[0].lower(divergence)

    def log_ratio(self) -> tuple[FloatArray, FloatArray] | None:
        """Return the log-ratios of the first fit."""
        return self.fits[0].log_ratio()
