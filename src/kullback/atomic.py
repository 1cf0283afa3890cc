"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path


def write(path: Path, text: str | bytes) -> Path:
    """Write ``text`` (UTF-8, or bytes as they are) to ``path`` through a temporary file beside it, and return ``path``.

    The content reaches the disk before the name does. If anything fails, nothing new remains, and a file that was
    at ``path`` before is unchanged; a device or a pipe is written to as it is. An ``OSError``
    names ``path``, not the temporary file.
    """
    try:
        return _write(path, text)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(path)) from None


def _write(path: Path, text: str | bytes) -> Path:
    # A lone surrogate, which some file formats let into names, is written as its escape.
    content = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    # A link is followed, so that what it points at is replaced and the link stays.
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_bytes(content)  # a device or a pipe: there is nothing to replace
        return path
    temporary = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    return path
