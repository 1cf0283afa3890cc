"""kullback kl P Q, and every other divergence by its name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from kullback.cli.members import Family
from kullback.cli.output import spelled
from kullback.divergence import Divergence

_INPUTS = (
    "P and Q are written 0.1,0.9 (also 1/3, 1e-5, -inf) or read from file.npy, file.npz:name, file.csv:column, "
    "file.csv:label,column, file.parquet:column, file.json, file.json:key, or - and -:key for JSON on standard input; "
    "or both are distributions, as in 'normal(0, 1)' 't(5, loc=1)': 'kullback list distributions' says which there are."
)
_LETTERS = {"p": "The truth or reference.", "q": "What is compared with it."}
_DEFAULTS = {
    "kind": "probs",
    "base": "e",
    "axis": "-1",
    "reverse": False,
    "terms": False,
    "how": False,
    "json": False,
}
_HELP: dict[str, str] = {
    "kind": "What the numbers are: probs, log-probs, logits or counts; one for P and one for Q as in logits,probs.",
    "base": "Base of the logarithm: e for nats, 2 for bits, 10 for hartleys, or any other.",
    "axis": "The axis along which the outcomes lie, in arrays with more than one; there is one value per row.",
    "reverse": "Swap P and Q.",
    "terms": "Print also what each outcome contributes.",
    "how": "Of distributions: print also by which rule the value was found, its formula, source and error.",
    "json": "Print JSON.",
}


def command(family: Family) -> Callable[..., int]:
    """Return the command of a divergence or of a family of them; its options are the parameters of the family."""

    def run(*vectors: str, **options: Any) -> int:  # other names than in the signature below, whose types count
        options = _DEFAULTS | options
        reverse = options.pop("reverse")
        chosen = {x.name: _parameter(options.pop(x.name), x.name) for x in family.parameters if x.name in options}
        member = family.member(**chosen)
        return measure(member.reverse if reverse else member, *vectors, **options)

    word = inspect.Parameter
    listed = [
        word(x, word.POSITIONAL_ONLY, annotation=Annotated[str, Parameter(help=says, allow_leading_hyphen=True)])
        for x, says in _LETTERS.items()
    ]
    for x in family.parameters:
        default = x.default
        if default is not word.empty and x.shape == "numbers":
            default = ",".join(f"{one:g}" for one in default)
        words = Parameter(help=spelled(x.words), negative=(), allow_leading_hyphen=True)
        kind = str if x.shape == "numbers" else float
        listed.append(word(x.name, word.KEYWORD_ONLY, default=default, annotation=Annotated[kind, words]))
    for name, default in _DEFAULTS.items():
        words = Parameter(help=_HELP[name], negative=(), allow_leading_hyphen=name == "axis")
        listed.append(word(name, word.KEYWORD_ONLY, default=default, annotation=Annotated[type(default), words]))
    run.__signature__ = inspect.Signature(listed, return_annotation=int)  # pyright: ignore[reportFunctionMemberAccess]
    run.__name__ = family.name
    run.__doc__ = spelled(f"{summary(family)}\n\n{_INPUTS}")
    return run


def summary(family: Family) -> str:
    """Return one line that says what it is."""
    title = family.title[0].upper() + family.title[1:]
    return f"{title}: {family.formula}."


def measure(
    divergence: Divergence,
    p: str,
    q: str,
    *,
    kind: str,
    base: str,
    axis: str,
    terms: bool,
    how: bool,
    json: bool,
) -> int:
    """Compute and print a divergence of two vectors, or of two distributions, as they are named on the command line."""
    import numpy as np

    from kullback.cli import formulas

    if formulas.named(p, q):
        formulas.only_for_vectors(kind=kind, axis=axis, terms=terms)
        return formulas.measure(divergence, p, q, base=base, how=how, json=json)
    if how:
        raise ValueError("--how is for distributions such as 'normal(0, 1)'; 'kullback explain' is for vectors")
    from kullback.cli import vectors
    from kullback.cli.kinds import absent, kinds, known, options_in_messages
    from kullback.cli.values import Value, axes, base_and_unit, print_value

    named = kinds(kind, 2)
    base_, unit = base_and_unit(base, divergence.unit)
    first, second = vectors.read(p, q)
    aligned = vectors.align(first, second, (absent(named[0]), absent(named[1])))
    with options_in_messages(named):
        pair = known(aligned.p, named[0]), known(aligned.q, named[1])
        value = np.asarray(divergence(*pair, axis=axes(axis), base=base_))
        parts = np.asarray(divergence.terms(*pair, axis=axes(axis), base=base_)) if terms else None
    notes = list(aligned.notes)
    if terms and (divergence.finish is not None or divergence.combine is not None):
        notes.append(f"the terms sum to what {divergence.symbol} is made of, before its root or logarithm")
    print_value(
        Value(
            label=divergence.label(),
            value=value,
            unit=unit,
            formula=divergence.formula,
            facts={
                "divergence": divergence.name,
                "parameters": dict(divergence.parameters),
                "direction": "Q‖P" if divergence.reversed else "P‖Q",
            },
            inputs=dict(zip("pq", zip((first, second), named, strict=True), strict=True)),
            labels=aligned.labels,
            terms=parts,
            notes=tuple(notes),
        ),
        json=json,
    )
    return 0


def _parameter(given: float | str, name: str) -> float | tuple[float, ...]:
    from kullback.cli.vectors import number

    if not isinstance(given, str):
        if math.isnan(given):
            raise ValueError(f"--{name} is no number")
        return given
    try:
        return tuple(number(part) for part in given.split(","))
    except ValueError as error:
        raise ValueError(f"--{name} is {given!r}, and {error}") from None
