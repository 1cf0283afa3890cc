"""Memory of the command: what one batch needed is used again for the next, not given back to the system in between."""

from __future__ import annotations

import ctypes
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_KEPT = 32 << 20


def reuse_memory() -> None:
    """Let glibc keep up to 32 MB that were freed.

    Else the arrays of each batch are given back at once and come again as zeroed pages, which takes up to a tenth of
    the time of a comparison. This is for a command, which owns its process; a library must not do it. Elsewhere than
    on Linux with glibc nothing happens. (Arrow keeps its own allocator: from glibc, text makes it grow with the rows.)
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_MMAP_THRESHOLD, _KEPT)
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_TOP_PAD, _KEPT // 8)
