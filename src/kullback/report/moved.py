"""What moved: the cells that make up a divergence, the largest contributions first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kullback.comparison import Difference


@dataclass(frozen=True, slots=True)
class Moved:
    """One cell: its shares of both sides, and its part of the plug-in divergence (``None`` if that is infinite)."""

    label: str
    reference: float
    current: float
    part: float | None

    @property
    def change(self) -> float:
        """The share in the current data minus the share in the reference."""
        return self.current - self.reference


def moved(difference: Difference) -> tuple[Moved, ...]:
    """Return the cells that contribute to the difference, the largest contribution first."""
    reference = sum(cell.reference for cell in difference.cells) or 1.0
    current = sum(cell.current for cell in difference.cells) or 1.0
    total = sum(cell.contribution for cell in difference.cells)
    cells = sorted(difference.cells, key=lambda cell: (-cell.contribution, cell.label))
    return tuple(
        Moved(
            cell.label,
            cell.reference / reference,
            cell.current / current,
            _part(cell.contribution, total),
        )
        for cell in cells
        if cell.contribution > 0.0
    )


def _part(contribution: float, total: float) -> float | None:
    if math.isinf(contribution):
        return None
    return 0.0 if math.isinf(total) else contribution / total
