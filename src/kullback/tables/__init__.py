"""Tables: compare two of them, column by column and jointly, from counts."""

from __future__ import annotations

from kullback.tables.compare import compare
from kullback.tables.profile import Profile, profile

__all__ = ["Profile", "compare", "profile"]
