"""A command line run inside the test's own process, and what it printed."""

from typing import NamedTuple

from kullback.cli import run


class Ran(NamedTuple):
    """The exit code of a command line, and what it printed."""

    code: int
    out: str
    err: str


def command(capsys, *arguments) -> Ran:
    """Run ``kullback`` with these arguments."""
    capsys.readouterr()
    code = run([str(argument) for argument in arguments])
    return Ran(code, *capsys.readouterr())


def refusal(ran: Ran) -> str:
    """Return the one line of a command that failed; fail unless it is one line, and nothing else was printed."""
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith("kullback: ")
    assert "Traceback" not in ran.err
    return ran.err.removeprefix("kullback: ").rstrip("\n")
