"""Output: what a command prints, whatever the terminal can show and whether or not anyone still reads."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Generator

from kullback.report.lines import PLAIN

# What formulas and sentences have otherwise than tables do.
_PLAIN = PLAIN | {"·": "*", "…": "...", "Σ": "sum", "√": "sqrt ", "₀": "0", "₁": "1", "′": "'"}


def say(text: str) -> None:
    """Print a line; characters that the encoding of the output lacks are written in ASCII."""
    print(spelled(text))


def spelled(text: str) -> str:
    """Return a text with the characters that the encoding of the output has: "KL(P|Q)" where it lacks "‖"."""
    encoding = sys.stdout.encoding or "utf-8"
    if _fits(text, encoding):
        return text
    return "".join(one if _fits(one, encoding) else _replaced(one, encoding) for one in text.replace("χ²", "chi2"))


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _replaced(character: str, encoding: str) -> str:
    # Rényi without the accent is still Rényi.
    plain = _PLAIN.get(character) or unicodedata.normalize("NFKD", character)[0]
    return plain.encode(encoding, "backslashreplace").decode(encoding)


def say_json(value: object) -> None:
    """Print JSON on one line, with infinities as text; characters that the output lacks are escaped."""
    from kullback.records import to_plain

    ascii_only = not (sys.stdout.encoding or "utf-8").lower().replace("-", "").startswith("utf")
    print(json.dumps(to_plain(value), ensure_ascii=ascii_only, allow_nan=False))


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
