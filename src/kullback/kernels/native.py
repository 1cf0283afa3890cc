"""Which compiled kernels run here: found once, when the first of them is asked for.

`LEVEL` is "x86-64-v4" (AVX-512), "x86-64-v3" (AVX2), "baseline", or "numpy" where there are none; `REASON` says why
there are none. The environment variable KULLBACK_KERNELS forces a level, KULLBACK_THREADS how many threads a call may
use (the results do not depend on it).
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

LEVELS = ("baseline", "x86-64-v3", "x86-64-v4")


@dataclass(frozen=True)
class Native:
    """The compiled functions by name, their level, and why there are none where there are none."""

    level: str
    reason: str = ""
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])


@cache
def native() -> Native:
    """Return the compiled kernels of this process.

    Raises:
        ValueError: KULLBACK_KERNELS or KULLBACK_THREADS holds what cannot be had.
    """
    wanted = os.environ.get("KULLBACK_KERNELS", "")
    if wanted not in ("", "numpy", *LEVELS):
        raise ValueError(f"KULLBACK_KERNELS is {wanted!r}, and it may be numpy, {', '.join(LEVELS)} or unset.")
    if wanted == "numpy":
        return Native("numpy", "KULLBACK_KERNELS=numpy")
    try:
        extension: Any = importlib.import_module("kullback.kernels._native")
    except ImportError as error:
        if wanted:
            raise ValueError(f"KULLBACK_KERNELS is {wanted!r}, but there are no compiled kernels: {error}") from error
        return Native("numpy", f"no compiled kernels: {error}")
    highest: int = extension.highest_level()
    level = LEVELS.index(wanted) if wanted else highest
    if level > highest:
        raise ValueError(f"KULLBACK_KERNELS is {wanted!r}, and this processor has no more than {LEVELS[highest]}.")
    extension.set_threads(_threads())
    return Native(LEVELS[level], "", extension.functions(level))


def _threads() -> int:
    wanted = os.environ.get("KULLBACK_THREADS", "")
    if not wanted:
        affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if not wanted.isascii() or not wanted.isdigit() or int(wanted) < 1:
        raise ValueError(f"KULLBACK_THREADS is {wanted!r}, and a whole number of at least 1 is needed.")
    return min(int(wanted), 1024)


def __getattr__(name: str) -> str:
    if name == "LEVEL":
        return native().level
    if name == "REASON":
        return native().reason
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
