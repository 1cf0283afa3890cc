"""An estimate as a small line: the interval, the value as a dot, the margin as a dashed mark, on one common scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from kullback.report.numbers import interval as interval_text
from kullback.report.numbers import level, with_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kullback.estimate import Estimate

_WIDTH, _HEIGHT = 200, 20


@dataclass(frozen=True, slots=True)
class Scale:
    """A square-root scale from 0 to ``top``: divergences grow with the square of a small change."""

    top: float

    @classmethod
    def over(cls, estimates: Iterable[Estimate], margin: float) -> Scale:
        """Return the scale on which all ``estimates`` and the margin are seen."""
        ends = [margin * 4.0]
        for estimate in estimates:
            ends += [end for end in (estimate.value, estimate.high) if math.isfinite(end)]
        return cls(max([end for end in ends if math.isfinite(end)], default=1.0) or 1.0)

    def at(self, value: float) -> float:
        """Return the place of ``value`` between 0 and 1."""
        return math.sqrt(min(max(value, 0.0), self.top) / self.top)


def interval(estimate: Estimate, margin: float, scale: Scale) -> str:
    """Return the picture of one estimate against the margin."""

    def x(value: float) -> float:
        # Room for the dot at both ends.
        return round(4 + scale.at(value) * (_WIDTH - 12), 1)

    left, right, dot = f"{x(estimate.low):g}", f"{x(estimate.high):g}", f"{x(estimate.value):g}"
    middle = _HEIGHT // 2
    arrow = f'<path class="m" d="M{_WIDTH - 8} 4l7 6l-7 6"/>' if math.isinf(estimate.high) else ""
    title = (
        f"{estimate.name} = {with_unit(estimate.value, estimate.unit)}, {interval_text(estimate)} at "
        f"{level(estimate.level)}; the margin is {with_unit(margin, estimate.unit)}"
    )
    return (
        f'<svg class="i" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img">'
        f"<title>{escape(title)}</title>"
        f'<path class="m" d="M{x(margin):g} 0V{_HEIGHT}"/><path class="b" d="M{left} {middle}H{right}"/>{arrow}'
        f'<path class="d" d="M{dot} {middle}h0"/></svg>'
    )
