"""The command line: one command per file, which imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kullback.cli.output import reader_may_leave, spelled
from kullback.version import VERSION

if TYPE_CHECKING:
    from cyclopts import App

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
    code: object = PASSED
    try:
        _register(app, arguments)
        with reader_may_leave():
            code = app(list(arguments))
        return code if isinstance(code, int) else PASSED
    except CycloptsError as error:
        return _fail(" ".join(str(error).split()), hint=True)
    except KeyboardInterrupt:
        return _interrupted()
    except MemoryError:
        return _fail("not enough memory; compare fewer columns with --columns, or profile the reference first")
    except (ValueError, TypeError, KeyError, OSError, ImportError) as error:
        if _came_of_ctrl_c(error):
            return _interrupted()
        if os.environ.get("KULLBACK_TRACEBACK"):
            raise
        return _fail(_one_line(error))
    except Exception as error:
        if _came_of_ctrl_c(error):
            return _interrupted()
        if os.environ.get("KULLBACK_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {_one_line(error)}"
        return _fail(f"unexpected {what}; please report it with what KULLBACK_TRACEBACK=1 shows")


def _register(app: App, arguments: Sequence[str]) -> None:
    from cyclopts import Group

    from kullback.cli.companions import cross_entropy, entropy, perplexity
    from kullback.cli.compare import compare
    from kullback.cli.distances import fisher_rao, wasserstein
    from kullback.cli.estimate import estimate
    from kullback.cli.explain import explain
    from kullback.cli.info import info
    from kullback.cli.listing import list_
    from kullback.cli.profile import profile
    from kullback.cli.report import report

    titles = ("Tables", "Samples", "Divergences of vectors P and Q", "Distances of distributions", "Entropies", "More")
    tables, samples, divergences, distances, entropies, more = (
        Group(title, sort_key=place) for place, title in enumerate(titles)
    )
    app.group_commands = more
    for table in (compare, profile, report):
        app.command(table, group=tables)
    app.command(estimate, group=samples)
    for companion in (entropy, cross_entropy, perplexity):
        app.command(companion, group=entropies, help=spelled((companion.__doc__ or "").split("\n")[0]))
    for distance in (wasserstein, fisher_rao):
        app.command(distance, group=distances, help=spelled((distance.__doc__ or "").split("\n")[0]))
    app.command(explain, group=more)
    app.command(list_, name="list", group=more)
    app.command(info, group=more)
    if arguments and arguments[0] in app and arguments[0] not in app.help_flags:
        return  # the divergences bring NumPy, which need not be there to say what else is meant
    from kullback.cli.divergence import command
    from kullback.cli.members import command_name, families

    called = {family: [command_name(name) for name in (family.name, *family.aliases)] for family in families()}
    asked = [family for family, names in called.items() if arguments and arguments[0] in names]
    for family in asked or called:  # where one is called, it alone is made: each takes a millisecond
        app.command(command(family), name=called[family], group=divergences, help_format="plaintext")


def _interrupted() -> int:
    _fail("interrupted; nothing was written")
    return INTERRUPTED


def _came_of_ctrl_c(error: BaseException) -> bool:
    """Return whether a library has made another error of Ctrl-C: DuckDB does, and Arrow where it calls Python."""
    link: BaseException | None = error
    while link is not None:
        text = str(link)
        if isinstance(link, KeyboardInterrupt) or type(link).__name__ == "InterruptException":
            return True
        if text == "Query interrupted" or "KeyboardInterrupt" in text or "INTERRUPT Error" in text:
            return True
        link = link.__cause__ or link.__context__
    return False


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
