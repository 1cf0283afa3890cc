"""kullback compare A B."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

Measure = Literal["js", "kl", "kl_reverse", "jeffreys", "psi", "hellinger", "tv", "chi2", "ks", "wasserstein"]

_JOINT: dict[bool | None, Literal["none", "pairs", "classifier"]] = {
    None: "pairs",
    True: "classifier",
    False: "none",
}


def compare(
    a: str,
    b: str,
    /,
    *,
    of: Measure | None = None,
    columns: str | None = None,
    ignore: str | None = None,
    by: str | None = None,
    margin: float | None = None,
    level: float | None = None,
    fail_on: Annotated[list[str] | None, Parameter(negative=())] = None,
    output: Annotated[list[Path] | None, Parameter(name=["--output", "-o"], negative=())] = None,
    base: float | None = None,
    blocks: str | None = None,
    weights: str | None = None,
    rename: str | None = None,
    settings: Path | None = None,
    joint: bool | None = None,
    db: Path | None = None,
    strict: Annotated[bool, Parameter(negative=())] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative=())] = False,
    seed: int = 0,
) -> int:
    """Compare two tables: which columns differ, by how much, how surely, and what moved.

    Exit codes: 0 passed, 1 a gate failed, 2 wrong usage or data, 3 unsure (with --strict).

    Parameters
    ----------
    a
        The reference P: a Parquet, Arrow, CSV or JSON file, a pattern such as 'data/*.csv', a URL, an SQL query, or a
        profile made by 'kullback profile'.
    b
        The current data Q, the same way.
    of
        The measure that is ranked and judged (js).
    columns
        Compare only these columns, separated by commas.
    ignore
        Leave out these columns, separated by commas.
    by
        Compare also within each value of this column.
    margin
        How large the measure may be without mattering (0.01).
    level
        Level of the intervals (0.95).
    fail_on
        A gate: exit with 1 if the lower end of an interval exceeds it, as in 'js>0.05' or 'carrier:tv>0.1'; also drift,
        unsure, schema, 'joint>0.1', 'q_value<0.01'. May be given several times.
    output
        Write a report: .html, .json, .md or .xml (JUnit). May be given several times.
    base
        2 for bits instead of nats.
    blocks
        Columns whose values name blocks of dependent rows: 'day', 'month,day', 'time_hour:day'.
    weights
        Column with the weights of the rows.
    rename
        Columns that were renamed, as 'old=new,old=new'.
    settings
        A TOML file with any of these, and with margins and gates by column.
    joint
        Train a classifier for a bound on the divergence of all columns together; --no-joint leaves out pairs as well.
    db
        A DuckDB file whose tables the SQL queries read.
    strict
        Exit with 3 if anything is UNSURE.
    quiet
        Print the verdict only.
    seed
        Picks the sampled rows.
    """
    from rich.console import Console

    from kullback.cli.memory import reuse_memory
    from kullback.cli.output import reader_may_leave, say
    from kullback.cli.progress import Reading
    from kullback.comparison import Verdict
    from kullback.report import check_path, report, terminal
    from kullback.tables import compare as compare_tables

    for path in output or ():
        check_path(path)
    reuse_memory()
    with Reading(shown=not quiet) as reading:
        comparison = compare_tables(
            a,
            b,
            of=of,
            columns=names(columns),
            ignore=names(ignore),
            by=by,
            margin=margin,
            level=level,
            blocks=blocks,
            weights=weights,
            rename=_renames(rename),
            fail_on=fail_on,
            settings=settings,
            joint=_JOINT[joint],
            base=base,
            database=db,
            rng=seed,
            progress=reading,
        )
    for path in output or ():
        report(comparison, path)
    with reader_may_leave():
        if quiet:
            say(comparison.headline)
        else:
            terminal.print_comparison(comparison, Console())
            for path in output or ():
                say(f"written: {path}")
    if not comparison.passed:
        return 1
    return 3 if strict and comparison.verdict is Verdict.UNSURE else 0


def names(text: str | None) -> list[str] | None:
    """Return the names in a list with commas."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _renames(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    pairs = [part.split("=") for part in text.split(",") if part.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"--rename is {text!r}; write old=new, several separated by commas")
    return {old.strip(): new.strip() for old, new in pairs}
