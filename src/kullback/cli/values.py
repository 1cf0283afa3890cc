"""Values on the command line: a number with its name and unit, one per row, or JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kullback.arrays import AnyArray
from kullback.cli.output import say, say_json
from kullback.cli.vectors import Vector, number
from kullback.report.safe import printable


@dataclass(frozen=True, eq=False)
class Value:
    """A value, or one per row, and what was asked.

    Attributes:
        label: its name with its direction.
        value: the number; an array where there are rows.
        unit: "" where it has none.
        formula: its definition.
        facts: what else is said in JSON.
        inputs: by name, the vectors and their kinds.
        labels: of the outcomes, where there are any.
        terms: what each outcome contributes, if that was asked.
        notes: what the reader must know.
    """

    label: str
    value: AnyArray
    unit: str
    formula: str
    facts: Mapping[str, Any]
    inputs: Mapping[str, tuple[Vector, str]]
    labels: Sequence[str] | None = None
    terms: AnyArray | None = None
    notes: Sequence[str] = field(default=())


def base_and_unit(text: str, unit: str) -> tuple[float | None, str]:
    """Return the base of the logarithm, `None` for e, and the unit of a measure that has `unit` in nats.

    >>> base_and_unit("2", "nats"), base_and_unit("e", "nats"), base_and_unit("e", "")
    ((2.0, 'bits'), (None, 'nats'), (None, ''))
    """
    if text.strip().lower() == "e":
        return None, unit
    try:
        base = number(text)
    except ValueError:
        raise ValueError(f"--base is {text!r}; it is e for nats, 2 for bits, 10 for hartleys, or a number") from None
    if not unit:
        return base, unit
    return base, {2.0: "bits", 10.0: "hartleys"}.get(base, f"units of base {base:g}")


def axes(text: str) -> int | tuple[int, ...]:
    """Return the axis, or the axes, that `--axis` names."""
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--axis is {text!r}; it is a whole number, or several as in 1,2") from None
    return found[0] if len(found) == 1 else found


def figure(value: float) -> str:
    """Return a number with six significant digits.

    >>> figure(0.5108256237659907), figure(float("inf")), figure(0.0)
    ('0.510826', '∞', '0')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.6g}"


def print_value(value: Value, *, json: bool) -> None:
    """Print a value: one line, or a table where there are rows or terms are asked for; or JSON."""
    if json:
        say_json(_plain(value))
        return
    unit = value.unit or "(no unit)"
    if value.value.ndim == 0:
        say(f"{value.label} = {figure(float(value.value))} {unit}")
    else:
        say("\n".join(_table(["row", f"{value.label} {unit}"], _indexed(value.value))))
    if value.terms is not None:
        say("\n".join(_terms(value)))
    for note in value.notes:
        say(f"({note})")


def _terms(value: Value) -> list[str]:
    terms = value.terms
    assert terms is not None
    if terms.ndim == 1:
        labels = value.labels if value.labels is not None else [str(i) for i in range(terms.size)]
        pairs = zip(map(printable, labels), map(figure, terms.tolist()), strict=True)
        return _table(["outcome", "term"], pairs)
    return _table(["index", "term"], _indexed(terms))


def _indexed(values: AnyArray) -> Iterator[tuple[str, str]]:
    for index, one in np.ndenumerate(values):
        yield ",".join(map(str, index)), figure(float(one))


def _table(head: Sequence[str], rows: Iterator[tuple[str, str]]) -> list[str]:
    body = list(rows)
    width = max(len(head[0]), *(len(first) for first, _ in body), 0)
    return [f"{first:<{width}}  {second}" for first, second in [(head[0], head[1]), *body]]


def _plain(value: Value) -> dict[str, Any]:
    many = value.value.ndim > 0
    found: dict[str, Any] = {
        "label": value.label,
        "values" if many else "value": value.value.tolist(),
        "unit": value.unit,
        "formula": value.formula,
        **value.facts,
        "inputs": {
            name: {"source": vector.source, "kind": kind, "shape": list(vector.values.shape)}
            for name, (vector, kind) in value.inputs.items()
        },
    }
    if value.terms is not None:
        found["terms"] = value.terms.tolist()
        if value.labels is not None:
            found["labels"] = list(value.labels)
    if value.notes:
        found["notes"] = list(value.notes)
    return found
