"""Tests whether two samples come from one distribution. One concept per file; nothing is imported before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kullback.lazy_package import make_lazy

if TYPE_CHECKING:
    from kullback.testing.benjamini_hochberg import benjamini_hochberg as benjamini_hochberg
    from kullback.testing.classifier_test import classifier_test as classifier_test
    from kullback.testing.g_test import Significance as Significance
    from kullback.testing.g_test import g_test as g_test
    from kullback.testing.monitor import MonitorState as MonitorState
    from kullback.testing.monitor import StreamMonitor as StreamMonitor
    from kullback.testing.monitor import stream_monitor as stream_monitor
    from kullback.testing.two_sample_test import TwoSampleTest as TwoSampleTest
    from kullback.testing.two_sample_test import two_sample_test_of as two_sample_test_of

_FILES = {
    "benjamini_hochberg": ("benjamini_hochberg",),
    "classifier_test": ("classifier_test",),
    "g_test": ("Significance", "g_test"),
    "monitor": ("MonitorState", "StreamMonitor", "stream_monitor"),
    "two_sample_test": ("TwoSampleTest", "two_sample_test_of"),
}

__all__ = make_lazy(__name__, _FILES)  # pyright: ignore[reportUnsupportedDunderAll]
