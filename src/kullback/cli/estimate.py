"""kullback estimate X Y."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from kullback.cli.compare import names

if TYPE_CHECKING:
    from kullback.estimate import Estimate

PICTURES = (".png", ".svg", ".pdf")


def estimate(
    x: str,
    y: str,
    /,
    *,
    of: str = "kl",
    reverse: Annotated[bool, Parameter(negative=())] = False,
    method: str = "auto",
    interval: str = "auto",
    level: float = 0.95,
    columns: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    categorical: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    weights: str | None = None,
    groups: str | None = None,
    base: str = "e",
    seed: int = 0,
    fail_above: float | None = None,
    strict: Annotated[bool, Parameter(negative=())] = False,
    full: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
    plot: Path | None = None,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative=())] = False,
) -> int:
    """Estimate a divergence from two samples, or from a sample and a distribution.

    Exit codes: 0 passed, 1 the divergence exceeds --fail-above, 2 wrong usage or data, 3 unsure (with --strict).

    Parameters
    ----------
    x
        Draws from P, the truth: file.npy, file.npz:name, file.csv, file.tsv or file.parquet.
    y
        Draws from Q, the same way, or a distribution such as 'normal(0, 1)'.
    of
        What is measured: kl, js, tv, 'renyi(2)' and the others of 'kullback list'.
    reverse
        Swap P and Q in what is measured.
    method
        auto, or an estimator with its settings, such as 'nearest_neighbours(k=5)'.
    interval
        The rule of the interval: auto, or another of those in docs/estimation.md.
    level
        Level of the interval.
    columns
        Take only these columns, separated by commas: names, or positions from 0 of an array.
    categorical
        Columns that hold categories although they are numbers, separated by commas.
    weights
        Column with the weights of the rows.
    groups
        Column that names groups of dependent rows.
    base
        Base of the logarithm: e for nats, 2 for bits.
    seed
        Picks whatever is random.
    fail_above
        Exit with 1 if the lower end of the interval exceeds this.
    strict
        Exit with 3 if there is no interval, or if it does not tell which side of --fail-above the divergence is on.
    full
        Print everything that is known of the estimate.
    json
        Print JSON.
    plot
        Write a figure: .png, .svg or .pdf.
    quiet
        Show no progress.
    """
    from kullback.cli.calls import shown
    from kullback.cli.methods import divergence
    from kullback.cli.methods import method as named_method
    from kullback.cli.output import say, say_json
    from kullback.cli.progress import Waiting
    from kullback.cli.samples import read
    from kullback.infer import estimate as estimate_from
    from kullback.progress import heard_by

    if plot is not None:
        check_picture(plot)
    if seed < 0:
        raise ValueError(f"--seed is {seed}; a whole number from 0 on is needed")
    if os.path.exists(x) and os.path.exists(y) and os.path.samefile(x, y):
        raise ValueError(f"x and y are the same file, {shown(x)}: the divergence of a sample from itself says nothing")
    measured = divergence(of)
    measured = measured.reverse if reverse else measured
    unit = _unit(base, measured.unit)
    also = [column for column in (weights, groups) if column is not None]
    with Waiting("reading", shown=not quiet) as waiting:
        samples = [read(text, names(columns), also) for text in (x, y)]
        waiting.say("estimating")
        try:
            found: Estimate = estimate_from(
                *samples,
                of=measured,
                method=named_method(method),
                interval=interval,  # pyright: ignore[reportArgumentType]
                level=level,
                categorical=_columns(categorical, samples[0]),
                weights=weights,
                groups=groups,
                rng=seed,
                progress=waiting,
            )
        except NotImplementedError as error:  # a divergence of which this method, or no sample, says anything
            raise ValueError(str(error)) from None
        if unit == "bits":
            found = found.to("bits")
        if plot is not None:
            waiting.say("drawing")
            with heard_by(waiting):
                write_picture(found, plot)
    if json:
        say_json(plain(found, x, y))
    else:
        say(found.full() if full else str(found))
        if not full:
            for note in found.notes:
                say(f"({note})")
        if plot is not None:
            say(f"written: {plot}")
    if fail_above is not None and found.low > fail_above:
        return 1
    sure = found.outcome == "interval" if fail_above is None else found.high <= fail_above
    return 3 if strict and not sure else 0


def plain(found: Estimate, x: str, y: str) -> dict[str, Any]:
    """Return an estimate as JSON values, every figure of it under its name."""
    return {
        "label": found.name,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "lower_limit": found.lower_limit,
        "unit": found.unit,
        "outcome": found.outcome,
        "divergence": found.divergence,
        "direction": found.direction,
        "method": found.method,
        "sizes": found.sizes,
        "diagnostics": found.diagnostics,
        "contributions": found.contributions,
        "notes": found.notes,
        "inputs": {"x": x, "y": y},
    }


def check_picture(path: Path) -> None:
    """Raise now what writing a figure to this path would raise later: before long work, not after it."""
    from kullback.optional import need

    if path.suffix.lower() not in PICTURES:
        given = repr(path.suffix) if path.suffix else "none"
        raise ValueError(f"--plot writes .png, .svg or .pdf; the extension of {str(path)!r} is {given}")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.absolute().parent} to write {path.name} in")
    need("matplotlib", "plots", "--plot")


def write_picture(found: Estimate, path: Path) -> None:
    """Write the figure of an estimate, whole or not at all."""
    import io

    from kullback.atomic import write

    content = io.BytesIO()
    found.plot().savefig(content, format=path.suffix.lower()[1:])
    write(path, content.getvalue())


def _columns(text: str | None, sample: Any) -> list[str] | list[int] | None:
    """Return the columns in a list with commas: positions where the sample is an array without names."""
    listed = names(text)
    if listed is None:
        return None
    dtype = getattr(sample, "dtype", None)
    if dtype is None or dtype.names:
        return listed
    try:
        return [int(one) for one in listed]
    except ValueError:
        raise ValueError(f"--categorical is {text!r}; columns of an array are positions from 0") from None


def _unit(base: str, unit: str) -> str:
    from kullback.cli.values import base_and_unit

    number, named = base_and_unit(base, unit)
    if number is not None and not unit:
        raise ValueError(f"--base {base} is for measures in nats, and what is measured here has no unit")
    if number is not None and named != "bits":
        raise ValueError(f"--base is {base!r}; an estimate is in nats (e) or in bits (2)")
    return named
