"""Progress on a terminal: rows, columns and time left; nothing where the output is a file or a pipe."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

_PATIENCE = 0.5
"""Seconds after which the bar appears: short work stays quiet, and does not pay for the import."""


class Reading:
    """Reports reading as a progress bar once it takes longer than half a second."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown and sys.stderr.isatty()
        self._started = time.monotonic()
        self._bar: Any | None = None
        self._task: Any = None
        self._rows = 0
        self._total: int | None = None

    def __call__(self, rows: int, column: str, total: int) -> None:
        """Take note that ``rows`` more values of ``column`` were read, of ``total``."""
        self._rows += rows
        self._total = total or self._total
        if not self._shown or time.monotonic() - self._started < _PATIENCE:
            return
        bar = self._bar if self._bar is not None else self._open()
        bar.update(self._task, completed=self._rows, total=self._total, column=column)

    def _open(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("reading [bold]{task.fields[column]}[/]"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} values"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.start()
        self._bar = bar
        self._task = bar.add_task("", total=self._total, column="")
        return bar

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class Waiting:
    """Says what is being done and for how long, once it takes longer than half a second; a bar where steps are known.

    A fit calls it with each step that it begins (`kullback.progress.Progress`).
    """

    def __init__(self, words: str, *, shown: bool) -> None:
        self._words = words
        self._step = 0
        self._total = 0
        self._bar: Any | None = None
        self._task: Any = None
        self._lock = threading.Lock()
        self._done = False
        self._timer = threading.Timer(_PATIENCE, self._open) if shown and sys.stderr.isatty() else None

    def say(self, words: str) -> None:
        """Take note that something else is being done now, of no known steps."""
        self(0, words, 0)

    def __call__(self, step: int, doing: str, total: int) -> None:
        """Take note that a step begins, of `total`; 0 where that is not known."""
        with self._lock:
            self._step, self._words, self._total = step, doing, total
            if self._bar is not None:
                self._bar.update(self._task, **self._shown())

    def _shown(self) -> dict[str, Any]:
        from rich.markup import escape

        steps = f"step {self._step} of {self._total}" if self._total else f"step {self._step}" if self._step else ""
        # What has begun is not done yet.
        return {
            "description": escape(self._words),
            "steps": steps,
            "completed": max(self._step - 1, 0),
            "total": self._total or None,
        }

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Column

        with self._lock:
            if self._done:
                return
            bar = Progress(
                BarColumn(),
                TextColumn("{task.fields[steps]}"),
                TimeElapsedColumn(),
                TextColumn(
                    "[bold]{task.description}[/]", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
                ),
                console=Console(stderr=True),
                transient=True,
            )
            bar.start()
            self._bar, self._task = bar, bar.add_task(**self._shown())

    def __enter__(self) -> Waiting:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._done = True
        if self._timer is not None:
            self._timer.cancel()
        if self._bar is not None:
            self._bar.stop()
