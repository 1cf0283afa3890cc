"""Frozen dataclasses to JSON values and back, so that every saved result is one readable, versioned text."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

Record = TypeVar("Record")


def to_plain(value: object) -> Any:
    """Return ``value`` as dicts, lists, strings and finite numbers only.

    JSON has no infinities: ``inf``, ``-inf`` and ``nan`` become the strings of the same name. Fields that hold their
    default are left out, so files stay small and old files stay readable when a field is added; so are fields whose
    metadata says ``{"saved": False}``.

    >>> to_plain((1.5, float("inf")))
    [1.5, 'inf']
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(content)
            for field in dataclasses.fields(value)
            if field.metadata.get("saved", True) and not _is_default(field, content := getattr(value, field.name))
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_plain(content) for key, content in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(content) for content in cast("Sequence[object]", value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def from_plain(kind: type[Record], plain: object) -> Record:
    """Return the ``kind`` (a dataclass) that ``to_plain`` turned into ``plain``.

    Raises ``ValueError`` naming the field where ``plain`` does not have the form of ``kind``.
    """
    return cast("Record", _structure(kind, plain, kind.__name__))


def to_json(value: object) -> str:
    """Return ``value`` as compact JSON text."""
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def save_text(format_: str, value: object) -> str:
    """Return ``value`` as one line of JSON that begins with its format."""
    return to_json({"format": format_, **to_plain(value)})


def load_plain(format_: str, text: str, what: str) -> dict[str, Any]:
    """Return the JSON object in ``text`` without its format; ``ValueError`` if it is not a ``what`` of that format."""
    try:
        plain: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    content = cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}
    found = content.pop("format", None)
    if found != format_:
        raise ValueError(f"not a saved {what}: its format is {found!r}, not {format_!r}")
    return content


def _is_default(field: dataclasses.Field[Any], content: object) -> bool:
    if field.default is not dataclasses.MISSING:
        # Identity of type matters: 0 and False and 0.0 are equal, yet only one of them is the default.
        return type(content) is type(field.default) and content == field.default
    if field.default_factory is not dataclasses.MISSING:
        return content == field.default_factory()
    return False


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _structure(kind: Any, plain: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or kind is object:
        return plain
    if origin is typing.Literal:
        if plain not in arguments:
            raise ValueError(f"{where} is {plain!r}; it must be one of {arguments}")
        return plain
    if origin in (types.UnionType, typing.Union):
        return _structure_union(arguments, plain, where)
    if dataclasses.is_dataclass(kind):
        return _structure_dataclass(cast("type", kind), plain, where)
    if origin is tuple:
        items = _expect(list, plain, where)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_structure(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
        if len(items) != len(arguments):
            raise ValueError(f"{where} has {len(items)} entries; it must have {len(arguments)}")
        return tuple(_structure(a, item, where) for a, item in zip(arguments, items, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        content = _expect(dict, plain, where)
        return {key: _structure(arguments[1], item, f"{where}[{key!r}]") for key, item in content.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    if kind is float:
        if isinstance(plain, bool) or not isinstance(plain, (int, float, str)):
            raise ValueError(f"{where} is {plain!r}; it must be a number")
        return float(plain)
    return _expect(kind, plain, where)


def _structure_union(arguments: tuple[Any, ...], plain: Any, where: str) -> Any:
    if plain is None and type(None) in arguments:
        return None
    if isinstance(plain, str) and str in arguments and plain not in ("inf", "-inf", "nan"):
        return plain
    problem: Exception = ValueError(f"{where} is {plain!r}")
    for argument in arguments:
        if argument is type(None):
            continue
        try:
            return _structure(argument, plain, where)
        except (ValueError, TypeError) as error:
            problem = error
    raise problem


def _structure_dataclass(kind: type, plain: Any, where: str) -> Any:
    content = _expect(dict, plain, where)
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = sorted(set(content) - set(fields))
    if unknown:
        raise ValueError(f"{where} has the unknown field {unknown[0]!r}; was it written by a newer kullback?")
    missing = [
        name
        for name, field in fields.items()
        if name not in content and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ValueError(f"{where} lacks the field {missing[0]!r}")
    return kind(**{name: _structure(hints[name], item, f"{where}.{name}") for name, item in content.items()})


def _expect(kind: Any, plain: Any, where: str) -> Any:
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise ValueError(f"{where} is {plain!r}; it must be of type {kind.__name__}")
    return plain
