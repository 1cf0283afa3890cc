"""The comparison as a versioned record, from which every other report can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kullback.comparison import Comparison


def render(comparison: Comparison) -> str:
    """Return ``comparison.to_json()`` with a final line break."""
    return comparison.to_json() + "\n"
