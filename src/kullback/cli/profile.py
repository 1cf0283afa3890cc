"""kullback profile A -o a.json."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def profile(
    a: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    columns: str | None = None,
    ignore: str | None = None,
    blocks: str | None = None,
    weights: str | None = None,
    db: Path | None = None,
    seed: int = 0,
) -> int:
    """Save a reference as its counts, without raw rows: comparing against it reads only the current data.

    Parameters
    ----------
    a
        The reference: a file, a pattern, a URL or an SQL query.
    output
        Where to write the profile (.json).
    columns
        Keep only these columns, separated by commas.
    ignore
        Leave out these columns, separated by commas.
    blocks
        Columns whose values name blocks of dependent rows.
    weights
        Column with the weights of the rows.
    db
        A DuckDB file whose tables an SQL query reads.
    seed
        Picks the sampled rows.
    """
    from kullback.cli.compare import names
    from kullback.cli.memory import reuse_memory
    from kullback.cli.output import say
    from kullback.cli.progress import Reading
    from kullback.tables import profile as profile_table

    if output.suffix != ".json":
        raise ValueError(f"a profile is written as .json, and {output} is none")
    if not output.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {output.absolute().parent} to write {output.name} in")
    reuse_memory()
    with Reading(shown=True) as reading:
        found = profile_table(
            a, columns=names(columns), ignore=names(ignore), blocks=blocks, weights=weights, database=db, rng=seed,
            progress=reading,
        )  # fmt: skip
    size = found.save(output).stat().st_size
    say(f"{output}: {found.rows:,} rows, {len(found.plan.columns)} columns, {size / 1000:,.0f} kB, no raw rows")
    return 0
