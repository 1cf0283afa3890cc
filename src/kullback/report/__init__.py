"""A comparison as something to look at: a page, a table in a terminal, a comment, a record, a test result.

One renderer per file; each turns a `Comparison` into text and knows nothing of the others. `report` chooses by the
extension of a path. The package itself may be called, so that ``kullback.report(comparison, "drift.html")`` works
whether or not one of its renderers was imported before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kullback.comparison import Comparison

__all__ = ["check_path", "report"]

EXTENSIONS = (".html", ".json", ".md", ".xml")


def report(comparison: Comparison, path: str | Path) -> Path:
    """Write ``comparison`` to ``path`` and return the path: ``.html``, ``.json``, ``.md`` or ``.xml`` (JUnit).

    The file appears whole or not at all: a failure on the way leaves an older file at ``path`` as it was.

    Raises
    ------
    ValueError : the extension is none of the four.
    ImportError : ``.html`` without jinja2.
    OSError : the file cannot be written.
    """
    from kullback.atomic import write

    target = Path(path)
    return write(target, _render(comparison, target))


def check_path(path: str | Path) -> None:
    """Raise now what `report` would raise for this path later: before long work, not after it."""
    target = Path(path)
    if target.suffix.lower() not in EXTENSIONS:
        given = f"{target.suffix!r}" if target.suffix else "none"
        raise ValueError(f"a report is .html, .json, .md or .xml (JUnit); the extension of {str(target)!r} is {given}")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.absolute().parent} to write {target.name} in")


def _render(comparison: Comparison, target: Path) -> str:
    # Imported where used: jinja2 is optional, and a JSON record needs none of the rest.
    extension = target.suffix.lower()
    if extension == ".html":
        from kullback.report import html

        return html.render(comparison)
    if extension == ".json":
        from kullback.report import json

        return json.render(comparison)
    if extension == ".md":
        from kullback.report import markdown

        return markdown.render(comparison)
    if extension == ".xml":
        from kullback.report import junit

        return junit.render(comparison)
    check_path(target)
    raise AssertionError(extension)


class _CallableModule(ModuleType):
    """A package that is also the function `report`: importing a submodule binds the package to ``kullback.report``."""

    def __call__(self, comparison: Comparison, path: str | Path) -> Path:
        return report(comparison, path)


sys.modules[__name__].__class__ = _CallableModule
