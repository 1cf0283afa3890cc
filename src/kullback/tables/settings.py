"""Settings: what a comparison of tables is asked to do, from arguments and from a small TOML file."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kullback.engines.arrow import BLOCK_UNITS
from kullback.engines.source import BlockKey
from kullback.tables.gates import ALIASES, MEASURES, Gate, parse_gates


@dataclass(frozen=True, slots=True)
class Settings:
    """What to compare, and how.

    Attributes
    ----------
    of : the measure that is ranked and judged.
    margin, margins : how large it may be without mattering, in nats if it has that unit; by column where different.
    level : of the intervals.
    columns, ignore : which columns; None is all.
    rename : column of the reference → its name in the current data.
    blocks, weights : how rows are drawn: blocks of dependent rows, weights.
    gates : conditions to fail on.
    """

    of: str = "js"
    margin: float = 0.01
    margins: Mapping[str, float] = field(default_factory=dict[str, float])
    level: float = 0.95
    columns: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    blocks: tuple[BlockKey, ...] = ()
    weights: str | None = None
    gates: tuple[Gate, ...] = ()

    def __post_init__(self) -> None:
        if self.of not in MEASURES[:9]:
            raise ValueError(f"of is {self.of!r}; it must be one of {', '.join(MEASURES[:9])}")
        if not 0.5 <= self.level < 1:
            raise ValueError(f"level is {self.level}; it must lie between 0.5 and 1, such as 0.95")
        for margin in (self.margin, *self.margins.values()):
            if not 0 <= margin < math.inf:
                raise ValueError(f"margin is {margin}; it must be finite and at least 0")

    def margin_of(self, column: str) -> float:
        """Return the margin of a column."""
        return self.margins.get(column, self.margin)

    def wants(self, column: str) -> bool:
        """Return whether a column is to be compared."""
        chosen = self.columns is None or column in self.columns
        return chosen and column not in self.ignore and column != self.weights


def parse_blocks(blocks: str | Sequence[str] | None) -> tuple[BlockKey, ...]:
    """Return block keys from ``"day"``, ``"month,day"`` or ``"time_hour:day"`` (days of a datetime column).

    >>> parse_blocks("origin,time_hour:day")
    (BlockKey(column='origin', unit=None), BlockKey(column='time_hour', unit='day'))
    """
    if blocks is None:
        return ()
    parts = blocks.split(",") if isinstance(blocks, str) else list(blocks)
    keys: list[BlockKey] = []
    for part in (part.strip() for part in parts):
        column, separator, unit = part.rpartition(":")
        if separator and unit in BLOCK_UNITS:
            keys.append(BlockKey(column, unit))
        else:
            keys.append(BlockKey(part))
    return tuple(keys)


def measure_name(name: str) -> str:
    """Return the name of a measure, aliases resolved."""
    return ALIASES.get(name, name)


_KEYS: dict[str, tuple[type, ...]] = {
    "of": (str,),
    "margin": (int, float),
    "level": (int, float),
    "base": (int, float),
    "by": (str,),
    "columns": (list,),
    "ignore": (list,),
    "fail_on": (str, list),
    "blocks": (str, list),
    "weights": (str,),
    "rename": (dict,),
    "column": (dict,),
}


def read_settings(path: str | Path) -> dict[str, Any]:
    """Return the content of a settings file, checked key by key.

    ::

        margin = 0.02
        fail_on = "js>0.05"
        [rename]
        old_name = "new_name"
        [column.carrier]
        margin = 0.05
        fail_on = "js>0.1"
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a TOML file: {error}") from None
    for key, value in content.items():
        _check(path, key, value, _KEYS)
    for name, rules in content.get("column", {}).items():
        if not isinstance(rules, dict):
            raise ValueError(f"{path}: column.{name} must be a table, such as [column.{name}]")
        for key, value in rules.items():
            _check(path, key, value, {"margin": (int, float), "fail_on": (str, list)}, f"column.{name}.")
    return content


def _check(path: str | Path, key: str, value: object, keys: Mapping[str, tuple[type, ...]], where: str = "") -> None:
    if key not in keys:
        raise ValueError(f"{path}: unknown key {where}{key}; there are {', '.join(keys)}")
    if not isinstance(value, keys[key]) or isinstance(value, bool):
        raise ValueError(f"{path}: {where}{key} is {value!r}; it must be {' or '.join(t.__name__ for t in keys[key])}")
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) and key == "rename" else ()
    for item in items:
        if not isinstance(item, str):
            raise ValueError(f'{path}: {where}{key} holds {item!r}; write it as text: "{item}"')


def make_settings(content: Mapping[str, Any], **arguments: Any) -> Settings:
    """Return settings from a file's content; arguments that are not None stand above it."""
    merged: dict[str, Any] = dict(content) | {key: value for key, value in arguments.items() if value is not None}
    columns: Mapping[str, Any] = merged.get("column", {})
    gates = list(parse_gates(_texts(merged.get("fail_on", ()))))
    for name, rules in columns.items():
        for gate in parse_gates(_texts(rules.get("fail_on", ()))):
            if gate.column is not None or gate.measure == "joint":
                raise ValueError(f"column.{name}.fail_on is {gate.expression!r}; write it without a column, as js>0.05")
            gates.append(dataclasses.replace(gate, column=name, expression=f"{name}:{gate.expression}"))
    chosen = merged.get("columns")
    defaults = Settings()
    return Settings(
        of=measure_name(merged.get("of", defaults.of)),
        margin=float(merged.get("margin", defaults.margin)),
        margins={name: float(rules["margin"]) for name, rules in columns.items() if "margin" in rules},
        level=float(merged.get("level", defaults.level)),
        columns=None if chosen is None else _texts(chosen),
        ignore=_texts(merged.get("ignore", ())),
        rename=dict(merged.get("rename", {})),
        blocks=parse_blocks(merged.get("blocks")),
        weights=merged.get("weights"),
        gates=tuple(gates),
    )


def _texts(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)
