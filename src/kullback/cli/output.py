"""Output: what a command prints, whatever the terminal can show and whether or not anyone still reads."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator

_PLAIN = {"‖": "|", "∞": "inf", "−": "-", "–": "-", "χ²": "chi2"}


def say(text: str) -> None:
    """Print a line; characters that the encoding of the output lacks are written in ASCII."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for character, plain in _PLAIN.items():
            text = text.replace(character, plain)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    print(text)


@contextlib.contextmanager
def reader_may_leave() -> Generator[None]:
    """Print inside this: if the reader of the output (head, less) goes, the rest is not printed and nothing is wrong.

    The exit code stays that of the command. Rich turns a broken pipe into ``SystemExit``, which is caught here too.
    """
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
