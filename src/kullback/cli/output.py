"""Output: what a command prints, whatever the terminal can show and whether or not anyone still reads."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Generator

_PLAIN = (
    {"Rényi": "Renyi", "Harremoës": "Harremoes", "χ²": "chi2", "‖": "|", "∞": "inf", "−": "-", "–": "-", "…": "..."}
    | {"Σ": "sum", "√": "sqrt ", "½": "1/2", "²": "^2", "₀": "0", "₁": "1", "₂": "2", "≤": "<=", "≥": ">=", "×": "x"}
    | {"α": "alpha", "β": "beta", "γ": "gamma", "θ": "theta", "λ": "lambda", "μ": "mu", "σ": "sigma"}
    | {"·": "*", "′": "'", "→": "->"}
)


def say(text: str) -> None:
    """Print a line; characters that the encoding of the output lacks are written in ASCII."""
    print(spelled(text))


def spelled(text: str) -> str:
    """Return a text with the characters that the encoding of the output has: "KL(P|Q)" where it lacks "‖"."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for character, plain in _PLAIN.items():
            text = text.replace(character, plain)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    return text


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
