"""Names from data, made safe to print: control characters and text direction marks become visible escapes."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""Return ``text`` on one line and without characters that steer a terminal or reorder what stands beside them.

    >>> printable("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    if text.isprintable():
        return text
    return "".join(character if _is_safe(character) else _escaped(character) for character in text)


def shorten(text: str, length: int) -> str:
    """Return ``text`` with its middle left out where it is longer than ``length`` characters.

    >>> shorten("a_rather_long_name", 9)
    'a_ra…name'
    """
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def _is_safe(character: str) -> bool:
    # Cc control, Cf format (direction marks; joiners inside emoji stay), Cs lone surrogates, Zl/Zp line breaks.
    return character == "\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
