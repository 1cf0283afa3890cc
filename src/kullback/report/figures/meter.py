"""A part of a whole as a short bar."""

from __future__ import annotations

from html import escape


def meter(part: float, title: str) -> str:
    """Return a bar filled to ``part`` (0 … 1)."""
    width = round(100 * min(max(part, 0.0), 1.0))
    return (
        '<svg class="b" viewBox="0 0 100 8" preserveAspectRatio="none" role="img">'
        f'<title>{escape(title)}</title><path class="t" d="M0 4H100"/><rect width="{width}" height="8"/></svg>'
    )
