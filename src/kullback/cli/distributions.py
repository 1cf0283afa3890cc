"""Distributions on the command line: "normal(0, 1)" is read as a call of a family with literal parameters, no more."""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import kullback.distributions
from kullback.distribution import Density
from kullback.report.safe import printable, shorten

ALIASES = {
    "N": "normal",
    "gaussian": "normal",
    "t": "student_t",
    "f": "fisher_f",
    "lognormal": "log_normal",
    "halfnormal": "half_normal",
    "halfcauchy": "half_cauchy",
    "truncnorm": "truncated_normal",
    "gev": "generalised_extreme_value",
    "invgamma": "inverse_gamma",
    "nbinom": "negative_binomial",
    "mvn": "multivariate_normal",
    "vmf": "von_mises_fisher",
    "generalized_normal": "generalised_normal",
    "generalized_gamma": "generalised_gamma",
    "generalized_pareto": "generalised_pareto",
    "generalized_extreme_value": "generalised_extreme_value",
}
"""Other names by which a family may be called on the command line."""

_NUMBERS = {"inf": math.inf, "pi": math.pi}
_LONGEST = 100_000


@lru_cache(maxsize=1)
def constructors() -> dict[str, Callable[..., Density]]:
    """Return by name the functions of `kullback.distributions` that make a distribution known by a formula."""
    found: dict[str, Callable[..., Density]] = {}
    for name in sorted(dir(kullback.distributions)):
        thing = getattr(kullback.distributions, name)
        if inspect.isfunction(thing) and not name.startswith("_") and _makes_density(thing):
            found[name] = thing
    return found


def _makes_density(function: Callable[..., Any]) -> bool:
    made = inspect.signature(function).return_annotation
    home = inspect.getmodule(function)
    named = getattr(home, made, None) if isinstance(made, str) else made
    return isinstance(named, type) and issubclass(named, Density)


def is_call(text: str) -> bool:
    """Return whether a text looks like a distribution, "name(…)", rather than numbers or a file."""
    return re.fullmatch(r"\s*[A-Za-z][\w-]*\s*\(.*\)\s*", text, re.DOTALL) is not None


def parse(text: str) -> Density:
    """Return the distribution that a text such as "t(5, loc=1)" names.

    Parameters are numbers, fractions (1/3), inf, pi, lists of these, or further distributions, as in
    "mixture([0.3, 0.7], [normal(0, 1), normal(2, 1)])". Nothing else is understood, and nothing is ever evaluated.

    Raises:
        ValueError: something else, with where it stands; parameters outside the domain of the family.
        TypeError: parameters that the family does not have.

    >>> parse("normal(0, scale=2)")
    normal(loc=0.0, scale=2.0)
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a distribution of {len(text)} characters is too long (at most {_LONGEST})")
    source = re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", "_", text.strip())
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = getattr(error, "offset", None)
        at = f" at character {where}" if where else ""
        raise ValueError(
            f"{_shown(text)} cannot be read{at}: write a distribution as normal(0, 1) or t(5, loc=1)"
        ) from None
    try:
        return _density(tree.body, source)
    except RecursionError:
        raise ValueError(f"{_shown(text)} is nested too deeply") from None


def _density(node: ast.expr, source: str) -> Density:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise _misread(node, source, "a distribution such as normal(0, 1) is needed")
    name = ALIASES.get(node.func.id, node.func.id)
    known = constructors()
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name.lower(), [*known, *ALIASES], 3)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise ValueError(
            f"there is no distribution {_shown(name)!r}; {meant}'kullback list distributions' says what there is"
        )
    for keyword in node.keywords:
        if keyword.arg is None:
            raise _misread(keyword.value, source, "** means nothing here")
    positional = [_argument(x, source) for x in node.args]
    named = {str(x.arg): _argument(x.value, source) for x in node.keywords}
    signature = inspect.signature(known[name])
    try:
        signature.bind(*positional, **named)
    except TypeError as error:
        raise TypeError(f"{name}: {error}; it is {name}{_plain(signature)}") from None
    return known[name](*positional, **named)


def _argument(node: ast.expr, source: str) -> Any:
    match node:
        case ast.Call():
            return _density(node, source)
        case ast.List(elts) | ast.Tuple(elts):
            return [_argument(x, source) for x in elts]
        case ast.Constant(str(text)):
            return text
        case _:
            return _number(node, source)


def _number(node: ast.expr, source: str) -> float | int:
    match node:
        case ast.Constant(value) if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        case ast.UnaryOp(ast.USub(), operand):
            return -_number(operand, source)
        case ast.UnaryOp(ast.UAdd(), operand):
            return _number(operand, source)
        case ast.BinOp(left, ast.Div(), right):
            below = _number(right, source)
            if below == 0:
                raise _misread(node, source, "it divides by zero")
            return _number(left, source) / below
        case ast.Name(name) if name in _NUMBERS:
            return _NUMBERS[name]
        case _:
            raise _misread(node, source, "numbers, lists of them, inf, pi and distributions are understood")


def _misread(node: ast.AST, source: str, why: str) -> ValueError:
    piece = ast.get_source_segment(source, node) or source  # pyright: ignore[reportArgumentType]
    return ValueError(f"{_shown(piece)} cannot be read: {why}")


def signature(name: str) -> str:
    """Return how a family is called: "normal(loc=0, scale=1)".

    >>> signature("normal")
    'normal(loc=0, scale=1)'
    """
    return name + _plain(inspect.signature(constructors()[name]))


def _plain(signature: inspect.Signature) -> str:
    parts: list[str] = []
    for parameter in signature.parameters.values():
        default = parameter.default
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        if default is parameter.empty:
            parts.append(star + parameter.name)
        else:
            value = f"{default:g}" if isinstance(default, (int, float)) else "…" if default is None else str(default)
            parts.append(f"{parameter.name}={value}")
    return f"({', '.join(parts)})"


def _shown(text: str) -> str:
    return shorten(printable(text), 60)
