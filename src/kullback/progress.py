"""Progress: the steps of long work, told to whoever listens.

Who listens holds for the work of one call, as NumPy's `errstate` does: a fit deep inside says what it begins, and
nothing between it and the caller has to hand a listener down.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Progress(Protocol):
    """What long work reports to; an exception that it raises ends the work."""

    def __call__(self, step: int, doing: str, total: int) -> None:
        """Take note that a step begins: its number from 1, what is done in it, and how many there are; 0 if unknown."""
        ...


class _Listener:
    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.step = 0
        self.total = 0


_listener: ContextVar[_Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(progress: Progress | None) -> Generator[None]:
    """Tell `progress` of the steps that are begun inside; None leaves whoever listens already.

    >>> def listen(step, doing, total):
    ...     print(f"{step} of {total}: {doing}")
    >>> with heard_by(listen):
    ...     expect(2)
    ...     begin("the first fit")
    ...     begin("the second fit")
    1 of 2: the first fit
    2 of 2: the second fit
    """
    if progress is None:
        yield
        return
    token = _listener.set(_Listener(progress))
    try:
        yield
    finally:
        _listener.reset(token)


def expect(steps: int) -> None:
    """Say that so many more steps follow."""
    listener = _listener.get()
    if listener is not None:
        listener.total = listener.step + steps


def begin(doing: str) -> None:
    """Say that a step begins."""
    listener = _listener.get()
    if listener is None:
        return
    listener.step += 1
    if listener.total:
        listener.total = max(listener.total, listener.step)
    listener.progress(listener.step, doing, listener.total)


@contextmanager
def as_one(doing: str) -> Generator[None]:
    """Say that a step begins, of which the steps inside are but parts and are not told."""
    begin(doing)
    token = _listener.set(None)
    try:
        yield
    finally:
        _listener.reset(token)
