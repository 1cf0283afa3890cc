"""The command line: one command per file, each imported only when it is used."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kullback.cli.output import reader_may_leave
from kullback.version import VERSION

PASSED, FAILED, ERROR, UNSURE, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``kullback`` and leave with its exit code: 0 passed, 1 a gate failed, 2 an error, 3 unsure (``--strict``)."""
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code. Whatever is wrong is one line on standard error, no traceback."""
    from cyclopts import App, CycloptsError

    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by the caller
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115

    app = App(
        name="kullback",
        help="How one data set differs from another: by how much, how surely, and what moved.",
        version=VERSION,
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    app.command("kullback.cli.compare:compare")
    app.command("kullback.cli.profile:profile")
    app.command("kullback.cli.report:report")
    app.command("kullback.cli.info:info")
    code: object = PASSED
    try:
        with reader_may_leave():
            code = app(list(arguments))
        return code if isinstance(code, int) else PASSED
    except CycloptsError as error:
        return _fail(" ".join(str(error).split()), hint=True)
    except KeyboardInterrupt:
        _fail("interrupted; nothing was written")
        return INTERRUPTED
    except MemoryError:
        return _fail("not enough memory; compare fewer columns with --columns, or profile the reference first")
    except (ValueError, TypeError, KeyError, OSError, ImportError) as error:
        if os.environ.get("KULLBACK_TRACEBACK"):
            raise
        return _fail(_one_line(error))
    except Exception as error:
        if type(error).__name__ == "InterruptException" or str(error) == "Query interrupted":  # DuckDB's Ctrl-C
            _fail("interrupted; nothing was written")
            return INTERRUPTED
        if os.environ.get("KULLBACK_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {_one_line(error)}"
        return _fail(f"unexpected {what}; please report it with what KULLBACK_TRACEBACK=1 shows")


def _fail(message: str, *, hint: bool = False) -> int:
    more = "  (kullback --help shows how)" if hint else ""
    print(f"kullback: {message}{more}", file=sys.stderr)
    return ERROR


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        named = f"{error.filename}: " if error.filename else ""
        return f"{named}{error.strerror}"
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return " ".join(text.split()) or type(error).__name__
