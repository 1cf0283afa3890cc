"""Threads of linear algebra: none for small samples, where waiting for each other takes longer than the sums."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
from collections.abc import Generator
from typing import Any

_LARGE = 20_000_000
"""Numbers in both samples from which several threads may be worth it: at 2 million they take three times the work of
one, as products are of small blocks and threads that wait keep the processor busy."""


@contextlib.contextmanager
def few_threads(numbers: int) -> Generator[None]:
    """Keep the library of linear algebra to one thread while small samples are worked on.

    threadpoolctl, which comes with scikit-learn, tells the library; without it nothing changes. The results do not
    depend on it beyond rounding, which is one more reason: the same seed gives the same bits on any number of cores.
    """
    if numbers >= _LARGE or importlib.util.find_spec("threadpoolctl") is None:
        yield
        return
    with _pools().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _pools() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
