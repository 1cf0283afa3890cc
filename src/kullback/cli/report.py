"""kullback report saved.json -o report.html."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def report(
    saved: Path,
    /,
    *,
    output: Annotated[list[Path] | None, Parameter(name=["--output", "-o"], negative=())] = None,
) -> int:
    """Show a comparison that was saved as .json again, or write it as .html, .md or .xml.

    Parameters
    ----------
    saved
        A file written by 'kullback compare … -o saved.json'.
    output
        Where to write; without it the result is printed. May be given several times.
    """
    from rich.console import Console

    from kullback.cli.output import say
    from kullback.comparison import Comparison
    from kullback.report import check_path, terminal
    from kullback.report import report as write

    for path in output or ():
        check_path(path)

    if not saved.exists():
        raise FileNotFoundError(f"there is no file {saved}")
    try:
        comparison = Comparison.load(saved)
    except UnicodeDecodeError:
        raise ValueError(f"{saved} is not a saved comparison: it is no text") from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{saved}: {error}") from None
    if not output:
        terminal.print_comparison(comparison, Console())
    for path in output or ():
        write(comparison, path)
        say(f"written: {path}")
    return 0
