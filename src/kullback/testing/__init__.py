"""Tests whether two samples come from one distribution."""

from kullback.testing.benjamini_hochberg import benjamini_hochberg
from kullback.testing.g_test import Significance, g_test

__all__ = ["Significance", "benjamini_hochberg", "g_test"]
