"""Kinds of input on the command line: what the numbers are, and how messages name the option that says so."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Generator

from kullback.distribution import Finite

_NAMES = ("probs", "log-probs", "logits", "counts")


def kinds(text: str, count: int) -> tuple[str, ...]:
    """Return the kind of each of `count` vectors: one name for all of them, or as many, separated by commas.

    >>> kinds("logits,probs", 2), kinds("counts", 2)
    (('logits', 'probs'), ('counts', 'counts'))
    """
    named = tuple(part.strip().lower().replace("_", "-") for part in text.split(","))
    if any(name not in _NAMES for name in named) or len(named) not in (1, count):
        pair = ", or one for P and one for Q as in logits,probs" if count == 2 else ""
        raise ValueError(f"--kind is {text!r}; it is one of {', '.join(_NAMES)}{pair}")
    return named * count if len(named) == 1 else named


def known(values: object, kind: str) -> Finite:
    """Return the numbers as a distribution of that kind."""
    from kullback import distributions

    make: dict[str, Callable[[object], Finite]] = {
        "probs": distributions.probs,
        "log-probs": distributions.log_probs,
        "logits": distributions.logits,
        "counts": distributions.counts,
    }
    return make[kind](values)


def absent(kind: str) -> float:
    """Return the number that stands for mass 0."""
    return -math.inf if kind in ("log-probs", "logits") else 0.0


@contextlib.contextmanager
def options_in_messages(given: tuple[str, ...]) -> Generator[None]:
    """Inside this, errors of the library say what to type on the command line instead of in Python."""
    try:
        yield
    except (ValueError, TypeError) as error:
        said = str(error)
        meant = as_options(said, given)
        if meant == said:
            raise
        raise type(error)(meant) from error


def as_options(message: str, given: tuple[str, ...]) -> str:
    """Return a message of the library with Python calls written as options.

    >>> as_options("Counts? kb.counts(q). Logits? kb.logits(q).", ("probs", "probs"))
    'Counts? --kind counts. Logits? --kind logits.'
    >>> as_options("Counts? kb.counts(q).", ("logits", "probs"))
    'Counts? --kind logits,counts.'
    """

    def option(match: re.Match[str]) -> str:
        kind, which = match[1].replace("_", "-"), "pq".index(match[2])
        if len(given) == 1 or given[0] == given[1]:
            return f"--kind {kind}"
        return "--kind " + ",".join(kind if i == which else other for i, other in enumerate(given))

    message = re.sub(r"kb\.(probs|log_probs|logits|counts)\(([pq])\)", option, message)
    message = re.sub(r"kb\.estimate\([^)]*\)", "kullback compare A B", message)
    return message.replace("leave base out", "leave --base out")
