"""What --of and --method name: a divergence of the catalogue, an estimator with its settings."""

from __future__ import annotations

import difflib
import inspect
import re
import sys
from functools import lru_cache
from typing import Any

import kullback.estimators
from kullback.cli.calls import Call, parse, shown
from kullback.divergence import Divergence
from kullback.estimators import Method


def divergence(text: str) -> Divergence:
    """Return the divergence that a text such as "kl", "js", "renyi(2)" or "kl.reverse" names.

    Raises:
        ValueError: there is none, or its parameters are missing or wrong.

    >>> divergence("kl.reverse"), divergence("renyi(1/2)")
    (kl.reverse, renyi(alpha=0.5))
    """
    from kullback.cli.members import family

    forwards = re.sub(r"[._]reverse$", "", text.strip())
    call = parse(forwards)
    found = family(call.name)
    names = [parameter.name for parameter in found.parameters]
    if len(call.positional) > len(names):
        raise ValueError(f"--of {shown(text)}: {_signature(found.name, names)} has no more parameters")
    given = dict(zip(names, call.positional, strict=False))
    unknown = [one for one in call.named if one not in names or one in given]
    if unknown:
        raise ValueError(f"--of {shown(text)}: it is {_signature(found.name, names)}, without {unknown[0]!r}")
    given |= call.named
    needed = [p.name for p in found.parameters if p.default is inspect.Parameter.empty and p.name not in given]
    if needed:
        raise ValueError(f"--of {shown(text)} needs {' and '.join(needed)}, as in --of '{found.name}(2)'")
    wrong = [one for one in given.values() if not _numeric(one)]
    if wrong:
        raise ValueError(f"--of {shown(text)}: {wrong[0]!r} is no number")
    member = found.member(**given)
    return member if forwards == text.strip() else member.reverse


def method(text: str) -> Any:
    """Return "auto", or the estimator that a text such as "nearest_neighbours(k=5)" names.

    Raises:
        ValueError: there is none of that name.
        TypeError: settings that it does not have.
    """
    if text.strip() == "auto":
        return "auto"
    return _made(parse(text, resolve=_made))


def _made(call: Call) -> Method:
    known = constructors()
    if call.name not in known:
        near = [name for name in known if call.name in name] or difflib.get_close_matches(
            call.name, [*known, "auto"], 3
        )
        meant = f": did you mean {' or '.join(near)}?" if near else "; there are auto, " + ", ".join(known)
        raise ValueError(f"there is no method {shown(call.name)!r}{meant}")
    made = known[call.name]
    signature = inspect.signature(made)
    try:
        signature.bind(*call.positional, **call.named)
    except TypeError as error:
        raise TypeError(f"--method {call.name}: {error}; its settings are {_settings(signature)}") from None
    return made(*call.positional, **call.named)


@lru_cache(maxsize=1)
def constructors() -> dict[str, Any]:
    """Return by name the functions of `kullback.estimators` that make a method."""
    found: dict[str, Any] = {}
    for name in sorted(dir(kullback.estimators)):
        if not name[0].islower():
            continue
        thing = getattr(kullback.estimators, name)
        if inspect.isfunction(thing):
            made = inspect.signature(thing).return_annotation
            kind = vars(sys.modules[thing.__module__]).get(made) if isinstance(made, str) else made
            if isinstance(kind, type) and issubclass(kind, Method):
                found[name] = thing
    return found


def _settings(signature: inspect.Signature) -> str:
    parts = [
        one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in signature.parameters.values()
    ]
    return ", ".join(parts) or "none"


def _signature(name: str, parameters: list[str]) -> str:
    return f"{name}({', '.join(parameters)})" if parameters else name


def _numeric(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_numeric, value))  # pyright: ignore[reportUnknownArgumentType]
    return isinstance(value, (int, float)) and not isinstance(value, bool)
