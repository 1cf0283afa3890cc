"""A part of a whole as a short bar."""

from __future__ import annotations

from html import escape


def meter(part: float, title: str) -> str:
    """Return a bar filled to ``part`` (0 … 1)."""
    width = round(100 * min(max(part, 0.0), 1.0))
    return f'<svg class="meter"><title>{escape(title)}</title><rect width="{width}%"/></svg>'
