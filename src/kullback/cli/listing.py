"""kullback list: the divergences, what they are and what they obey."""

from __future__ import annotations

import inspect
import math
import re
import shutil
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import kullback
from kullback.cli.output import say, say_json, spelled

if TYPE_CHECKING:
    from kullback.cli.members import Family
    from kullback.divergence import Law

_EMPTY = inspect.Parameter.empty
_WIDTH = 80
_P, _Q = [0.5, 0.5], [0.9, 0.1]
_LETTERS = {
    "SYMMETRIC": "S",
    "BOUNDED": "B",
    "METRIC": "M",
    "ADDITIVE_OVER_PRODUCTS": "A",
    "CHAIN_RULE": "C",
    "JOINTLY_CONVEX": "J",
}


def list_(name: str | None = None, /, *, json: Annotated[bool, Parameter(negative=())] = False) -> int:
    """List the divergences: formula, range, unit and laws; or the distributions.

    Parameters
    ----------
    name
        Show this one in full: formula, laws, where it comes from, and how it is called. 'distributions' lists those
        that can be written in place of vectors, as in kullback kl 'normal(0, 1)' 't(5)'; the name of one of
        them shows its parameters.
    json
        Print JSON.
    """
    if name is not None and name.replace("_", "-").lower() == "distributions":
        return _distributions(json=json)
    from kullback.cli.members import families, family

    shown = None if name is None else _distribution(name)
    if shown is not None and not _is_divergence(str(name)):
        say_json(shown) if json else say("\n".join(_in_words(shown)))
        return 0
    chosen = families() if name is None else (family(name),)
    if json:
        plain = [_plain(one) for one in chosen]
        say_json(plain if name is None else plain[0])
    elif name is None:
        say("\n".join(_table(chosen)))
    else:
        say("\n".join(_in_full(chosen[0])))
        if shown is not None:
            say(f"\nThere is a distribution of this name too: {shown['call']}.")
    return 0


def _is_divergence(name: str) -> bool:
    from kullback.cli.members import command_name, families

    return command_name(name) in {command_name(called) for f in families() for called in (f.name, *f.aliases)}


def _distribution(name: str) -> dict[str, Any] | None:
    """Return a family of distributions: how it is written, what it is and what its parameters are."""
    from kullback.cli.distributions import ALIASES, constructors

    name = name.replace("-", "_")
    name = ALIASES.get(name, name)
    function = constructors().get(name)
    if function is None:
        return None
    parts = re.split(r"\n\n(?=[A-Z][a-z]+:\n)", inspect.getdoc(function) or "")
    sections = dict(part.split(":\n", 1) for part in parts[1:])
    return _row(name) | {"arguments": inspect.cleandoc(" \n" + sections.get("Args", ""))}


def _in_words(shown: dict[str, Any]) -> list[str]:
    lines = [shown["call"], "", *_wrapped(shown["meaning"], _WIDTH)]
    if shown["aliases"]:
        lines += [f"also called {', '.join(shown['aliases'])}"]
    if shown["arguments"]:
        entries = re.split(r"\n(?=\S)", shown["arguments"])
        lines += ["", *(line for one in entries for line in _wrapped("  " + " ".join(one.split()), _WIDTH, "      "))]
    return lines


def _distributions(*, json: bool) -> int:
    """Print the families of distributions: how each is written and what it is."""
    from kullback.cli.distributions import constructors

    rows = [_row(name) for name in constructors()]
    if json:
        say_json(rows)
        return 0
    width = max(60, min(120, shutil.get_terminal_size().columns))
    lines: list[str] = []
    for row in rows:
        also = f"  (also {', '.join(row['aliases'])})" if row["aliases"] else ""
        lines += [spelled(row["call"]) + also, *_wrapped(f"    {row['meaning']}", width, "    ")]
    say("\n".join([*lines, "", "kullback kl 'normal(0, 1)' 't(5, loc=1)' --how compares two of them."]))
    return 0


def _row(name: str) -> dict[str, Any]:
    from kullback.cli.distributions import ALIASES, constructors, signature

    sentence = (inspect.getdoc(constructors()[name]) or "").split("\n\n")[0].replace("\n", " ")
    aliases = [alias for alias, meant in ALIASES.items() if meant == name]
    meaning = re.sub("^Return (?:the |an? )?", "", sentence)
    return {"name": name, "aliases": aliases, "call": signature(name), "meaning": meaning}


def _table(families: Sequence[Family]) -> list[str]:
    """Return one row per divergence, as wide as the terminal; what does not fit, and the options, stand below it."""
    from kullback.divergence import Law

    width = max(60, min(120, shutil.get_terminal_size().columns))
    head = ("name", "laws", "range", "unit", "formula")
    cells = [(_called(f), _letters(f), _range(f), f.unit or "–", f.formula) for f in families]
    rows = [tuple(map(spelled, row)) for row in cells]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(4)]
    room = width - sum(widths) - 2 * len(widths)

    def line(*cells: str) -> str:
        padded = (f"{cell:<{width}}" for cell, width in zip(cells, [*widths, 0], strict=True))
        return "  ".join(padded).rstrip()

    lines = [line(*head)]
    for family, (*cells, formula) in zip(families, rows, strict=True):
        pieces = _wrapped(formula, room)
        options = [f"  --{p.name}" for p in family.parameters]
        lines.append(line(*cells, pieces[0]))
        lines += [line(a, "", "", "", b) for a, b in zip_longest(options, pieces[1:], fillvalue="")]
    lines += ["", "Laws (a small letter: only some members of the family obey it)"]
    for law, letter in ((Law[name], letter) for name, letter in _LETTERS.items()):
        lines += _wrapped(spelled(f"  {letter}  {_words(law)}: {law.value}"), width, "     ")
    return [*lines, "", "kullback list NAME shows one in full, kullback NAME P Q computes it."]


def _in_full(family: Family) -> list[str]:
    from kullback.divergence import Law

    lines = [
        f"{family.title[0].upper()}{family.title[1:]}",
        "",
        f"  {family.members[0].label()} = {family.formula}",
        "",
    ]
    if family.parameters:
        lines[2] = f"  {family.formula}"
    lines += [f"  range  {_range(family)}{' ' + family.unit if family.unit else ', a plain number'}"]
    for one in family.parameters:
        default = "" if one.default is _EMPTY else f" (default {_typed(one.default)})"
        lines += _wrapped(f"  --{one.name}  {one.words}{default}", _WIDTH, "      ")
    if family.aliases:
        lines += [f"  also called {', '.join(family.aliases)}"]
    lines += ["", "Laws"]
    for law in Law:
        if law in family.laws | family.laws_of_some:
            some = " (some members)" if law in family.laws_of_some else ""
            lines += _wrapped(f"  {_words(law)}{some}: {law.value}", _WIDTH, "    ")
    lines += [
        "",
        "Source",
        *(f"  {line}".rstrip() for part in family.source.split("\n\n") for line in [*_wrapped(part, 78), ""]),
    ]
    python, shell, values = _example(family)
    value = family.member(**values)(_P, _Q)
    return [*lines, "Example", f"  >>> {python}", f"  {float(value)!r}", f"  $ {shell}"]


def _plain(family: Family) -> dict[str, Any]:
    python, shell, _ = _example(family)
    ranges = sorted(family.ranges)
    return {
        "name": family.name,
        "aliases": family.aliases,
        "command": family.command,
        "title": family.title,
        "formula": family.formula,
        # The range of a family may depend on its parameters: then there is no one range.
        "range": list(ranges[0]) if len(ranges) == 1 else None,
        "unit": family.unit,
        "parameters": [
            {"name": p.name, "meaning": p.words} | ({} if p.default is _EMPTY else {"default": p.default})
            for p in family.parameters
        ],
        "laws": sorted(law.name.lower() for law in family.laws),
        "laws_of_some": sorted(law.name.lower() for law in family.laws_of_some),
        "source": family.source,
        "python": python,
        "shell": shell,
    }


def _example(family: Family) -> tuple[str, str, dict[str, Any]]:
    """Return a call in Python, one on the command line, and the parameters of both."""
    values: dict[str, Any] = {}
    if family.parameters:
        plainest = min(
            family.usual,
            key=lambda d: (_size(d) in (0.0, 1.0), len(_typed(d.parameters[0][1])), abs(_size(d) - 2.0)),
        )
        values = dict(plainest.parameters)
    arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
    options = "".join(f" --{name} {_typed(value)}" for name, value in values.items())
    made = f"({arguments})" if family.parameters else ""
    texts = (",".join(f"{x:g}" for x in vector) for vector in (_P, _Q))
    where = "kb" if hasattr(kullback, family.name) else "kb.divergences"
    return (
        f"{where}.{family.name}{made}({_P}, {_Q})",
        f"kullback {family.command} {' '.join(texts)}{options}",
        values,
    )


def _size(divergence: Any) -> float:
    """Return the first number among the parameters."""
    first = divergence.parameters[0][1]
    return float(first[0] if isinstance(first, tuple) else first)


def _typed(value: Any) -> str:
    return ",".join(f"{one:g}" for one in value) if isinstance(value, tuple) else f"{value:g}"


def _words(law: Law) -> str:
    return law.name.lower().replace("_", " ")


def _called(family: Family) -> str:
    return family.command + "".join(f", {alias}" for alias in family.aliases)


def _letters(family: Family) -> str:
    every, some = ({law.name for law in laws} for laws in (family.laws, family.laws_of_some))
    return "".join(
        letter if name in every else letter.lower() if name in some else "-" for name, letter in _LETTERS.items()
    )


def _range(family: Family) -> str:
    if len(family.ranges) == 1:
        low, high = next(iter(family.ranges))
        return f"[{_end(low)}, {_end(high)}]"
    lows = {low for low, _ in family.ranges}
    return f"[{_end(min(lows))}, varies]" if len(lows) == 1 else "varies"


def _end(value: float) -> str:
    """Return one end of a range.

    >>> _end(0.0), _end(math.log(2.0)), _end(math.inf)
    ('0', 'ln 2', '∞')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return "ln 2" if value == math.log(2.0) else f"{value:g}"


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    import textwrap

    return textwrap.wrap(
        text, max(width, 10), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]
