"""Calls on the command line: "renyi(2)" and "nearest_neighbours(k=5)" are a name and literals; nothing is evaluated."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kullback.report.safe import printable, shorten

_LONGEST = 10_000
_NAMED = {"inf": math.inf, "pi": math.pi}


@dataclass(frozen=True)
class Call:
    """A name with its arguments.

    Attributes:
        name: as it was written, hyphens as underscores.
        positional: the arguments by position.
        named: the arguments by name.
        bare: whether nothing stood in brackets, nor any brackets.
    """

    name: str
    positional: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict[str, Any])
    bare: bool = True


def parse(text: str, resolve: Callable[[Call], Any] | None = None) -> Call:
    """Return the call that a text is: a name, and in brackets numbers, fractions, text, True, False, None or lists.

    Args:
        text: such as "renyi(2)" or "jensen-shannon(weights=[0.3, 0.7])".
        resolve: what a call among the arguments stands for; None where there may be none.

    Raises:
        ValueError: anything else, with what it is.

    >>> parse("nearest-neighbours(k=5)")
    Call(name='nearest_neighbours', positional=(), named={'k': 5}, bare=False)
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a text of {len(text)} characters is too long for a name with its settings")
    source = re.sub(r"(?<=[A-Za-z0-9])-(?=[A-Za-z])", "_", text.strip())
    try:
        body = ast.parse(source, mode="eval").body
        if isinstance(body, ast.Name):
            return Call(body.id)
        return _call(body, source, resolve)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{shown(text)!r} cannot be read: write a name, or a call such as renyi(2)") from None


def shown(text: str) -> str:
    """Return a text for a message, safe to print."""
    return shorten(printable(text), 60)


def _call(node: ast.expr, source: str, resolve: Callable[[Call], Any] | None) -> Call:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise _misread(node, source, "a name, or a call such as renyi(2), is needed")
    for keyword in node.keywords:
        if keyword.arg is None:
            raise _misread(keyword.value, source, "** means nothing here")
    positional = tuple(_argument(one, source, resolve) for one in node.args)
    named = {str(one.arg): _argument(one.value, source, resolve) for one in node.keywords}
    return Call(node.func.id, positional, named, bare=False)


def _argument(node: ast.expr, source: str, resolve: Callable[[Call], Any] | None) -> Any:
    match node:
        case ast.Call() if resolve is not None:
            return resolve(_call(node, source, resolve))
        case ast.List(elts) | ast.Tuple(elts):
            return tuple(_argument(one, source, resolve) for one in elts)
        case ast.Constant(value) if value is None or isinstance(value, (bool, int, float, str)):
            return value
        case ast.UnaryOp(ast.USub(), operand):
            return -_number(_argument(operand, source, resolve), node, source)
        case ast.BinOp(left, ast.Div(), right):
            above, below = (_number(_argument(one, source, resolve), node, source) for one in (left, right))
            if below == 0:
                raise _misread(node, source, "it divides by zero")
            return above / below
        case ast.Name(name) if name in _NAMED:
            return _NAMED[name]
        case _:
            raise _misread(node, source, "numbers, text in quotes, True, False, None and lists of them are understood")


def _number(value: Any, node: ast.expr, source: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _misread(node, source, "a number is needed there")
    return value


def _misread(node: ast.AST, source: str, why: str) -> ValueError:
    piece = ast.get_source_segment(source, node) or source  # pyright: ignore[reportArgumentType]
    return ValueError(f"{shown(piece)!r} cannot be read: {why}")
