"""Vectors on the command line: numbers as they are typed, or where they stand in a file, with labels where it has them.

What is understood: `0.1,0.9`, `1/3,2/3`, `file.npy`, `file.npz:name`, `file.csv:column`, `file.csv:label,column`,
`file.parquet:column`, `file.parquet:label,column`, `file.json`, `file.json:key`, and `-` or `-:key` for JSON on
standard input.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from kullback.arrays import AnyArray
from kullback.report.safe import printable, shorten

_FORMS = "numbers such as 0.1,0.9, .npy, .npz:name, .csv:column, .parquet:column, .json:key, or - for JSON"
_MOST_NAMES = 8


@dataclass(frozen=True, eq=False)
class Vector:
    """What was named on the command line.

    Attributes:
        source: as it was typed, safe to print.
        values: the numbers, outcomes on an axis.
        labels: of the outcomes, where the source has them.
    """

    source: str
    values: AnyArray
    labels: tuple[str, ...] | None = None


def read(*texts: str) -> tuple[Vector, ...]:
    """Return the vectors that `texts` name; standard input is read once, whatever is taken out of it.

    Raises:
        ValueError: what cannot be understood, with what there is instead.
        OSError: a file that cannot be read.
        ImportError: Parquet without pyarrow.
    """
    if sum(text == "-" for text in texts) > 1:
        raise ValueError('only one vector can be standard input; with {"p": …, "q": …} there, write -:p -:q')
    piped = _piped() if any(text == "-" or text.startswith("-:") for text in texts) else None
    return tuple(_read(text, piped) for text in texts)


def number(text: str) -> float:
    """Return a number or a fraction of two.

    >>> number("1e-5"), number(" 1/4"), number("-inf")
    (1e-05, 0.25, -inf)
    """
    above, slash, below = text.strip().partition("/")
    if "_" in text:  # Python takes 1_000
        raise ValueError(f"{_shown(text)!r} is no number")
    try:
        return float(above) / float(below) if slash else float(above)
    except ValueError:
        raise ValueError(f"{_shown(text)!r} is no number") from None
    except ZeroDivisionError:
        raise ValueError(f"{_shown(text)} divides by zero") from None


def listed(names: Iterable[object]) -> str:
    """Return names for a message: the first few, and how many more there are."""
    shown = [_shown(str(name)) for name in names]
    more = f" and {len(shown) - _MOST_NAMES} more" if len(shown) > _MOST_NAMES else ""
    return ", ".join(shown[:_MOST_NAMES]) + more


def _shown(text: str) -> str:
    return shorten(printable(text), 60)


def _read(text: str, piped: object) -> Vector:
    name = _shown(text)
    if text == "-" or text.startswith("-:"):
        return _from_json(name, piped, text[2:] or None)
    found = _file(text)
    if found is None:
        return Vector(name, _typed(text))
    path, suffix, key = found
    if os.path.isdir(path):
        raise ValueError(f"{_shown(str(path))} is a folder, not a file")
    if not os.path.isfile(path):  # the methods of Path raise where a name is too long
        raise ValueError(f"there is no file {_shown(str(path))}")
    return _READERS[suffix](name, path, key)


def _file(text: str) -> tuple[Path, str, str | None] | None:
    """Return the path, the suffix and what stands after the colon; `None` where no file is named."""
    if os.path.isfile(text):
        suffix = Path(text).suffix.lower()
        if suffix in _READERS:
            return Path(text), suffix, None
        if not _all_numbers(text):
            raise ValueError(f"{_shown(text)} is a file of no known kind; what is read is {_FORMS}")
    kinds = "|".join(re.escape(suffix) for suffix in _READERS)
    match = re.fullmatch(rf"(?P<path>.+?(?P<suffix>{kinds}))(?::(?P<key>.*))?", text, re.IGNORECASE | re.DOTALL)
    return match and (Path(match["path"]), match["suffix"].lower(), match["key"] or None)


def _all_numbers(text: str) -> bool:
    try:
        return bool([number(part) for part in text.split(",")])
    except ValueError:
        return False


def _typed(text: str) -> AnyArray:
    if text.startswith("--"):
        raise ValueError(f"there is no option {_shown(text)} here, and it is no vector")
    if not text.strip():
        raise ValueError(f"a vector is empty; what is read is {_FORMS}")
    if os.path.isdir(text):
        raise ValueError(f"{_shown(text)} is a folder, not a file")
    parts = text.split(",")
    numbers: list[float] = []
    for part in parts:
        try:
            numbers.append(number(part))
        except ValueError as error:
            what = _shown(text)
            why = f", as {error}" if len(parts) > 1 else ""
            raise ValueError(f"{what} is neither numbers nor a file{why}; what is read is {_FORMS}") from None
    return np.array(numbers, np.float64)


def _from_npy(name: str, path: Path, key: str | None) -> Vector:
    if key is not None:
        raise ValueError(f"a .npy file holds one array, without a name: write {_shown(str(path))}")
    try:
        # Never a pickle: it could run anything. Rows that do not fit into memory stay on the disk until they are used.
        values: AnyArray = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError, SyntaxError, TypeError) as error:
        raise ValueError(f"{name} is no .npy file that can be read: {error}") from None
    return Vector(name, _real(values, name))


def _from_npz(name: str, path: Path, key: str | None) -> Vector:
    from zipfile import BadZipFile, is_zipfile
    from zlib import error as BadStream

    if not is_zipfile(path):  # of anything else, NumPy would say that it is a pickle
        raise ValueError(f"{name} is no .npz file that can be read: it is no archive, or cut short")
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            chosen = names[0] if key is None and len(names) == 1 else key
            values = archive[chosen] if chosen in names else None
    except (ValueError, EOFError, SyntaxError, BadZipFile, BadStream, NotImplementedError) as error:
        raise ValueError(f"{name} is no .npz file that can be read: {error}") from None
    if values is None:
        raise ValueError(_which(name, path, key, names, "array"))
    return Vector(name, _real(values, name))


def _from_csv(name: str, path: Path, key: str | None) -> Vector:
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            separator = (
                "\t" if "\t" in first and "," not in first else ";" if ";" in first and "," not in first else ","
            )
            rows = csv.reader(file, delimiter=separator)
            header = next(rows, None)
            if not header:
                raise ValueError(f"{name} is empty: its first line must name its columns")
            if key is None and _all_numbers(",".join(header)):
                raise ValueError(f"{name} has numbers in its first line, which must name its columns")
            label, column = _columns(name, path, key, [cell.strip() for cell in header])
            cells: list[str] = []
            labels: list[str] = []
            for row in rows:
                if not row:
                    continue
                if len(row) <= max(column, -1 if label is None else label):
                    raise ValueError(f"{name}: line {rows.line_num} has {len(row)} of {len(header)} columns")
                cells.append(row[column])
                labels.append("" if label is None else row[label])
    except UnicodeDecodeError:
        raise ValueError(f"{name} is no text in UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{name} is no CSV file that can be read: {error}") from None
    if not cells:
        raise ValueError(f"{name} has no rows")
    try:
        values = [number(cell) for cell in cells]
    except ValueError:
        raise ValueError(_bad_cell(name, cells)) from None
    return _labelled(name, None if label is None else labels, np.array(values, np.float64))


def _bad_cell(name: str, cells: Sequence[str]) -> str:
    index = next(i for i, cell in enumerate(cells) if not _all_numbers(cell))
    what = "empty" if not cells[index].strip() else f"{_shown(cells[index])!r}, which is no number"
    return f"{name}: value {index + 1} is {what}"


def _from_parquet(name: str, path: Path, key: str | None) -> Vector:
    from kullback.optional import need

    need("pyarrow", "tables", "reading Parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header: list[str] = file.schema_arrow.names
        label, column = _columns(name, path, key, header)
        chosen = [header[column]] if label is None else [header[label], header[column]]
        table = file.read(columns=chosen)
        values = table.column(header[column]).combine_chunks()
        if pa.types.is_decimal(values.type):
            values = values.cast(pa.float64())
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            raise ValueError(f"{name} holds values of type {values.type}, and numbers are needed")
        if values.null_count:
            raise ValueError(f"{name}: {values.null_count} of {len(values)} values are missing")
        labels = None if label is None else ["" if x is None else str(x) for x in table.column(chosen[0]).to_pylist()]
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{name} is no Parquet file that can be read: {error}") from None
    return _labelled(name, labels, values.to_numpy(zero_copy_only=False))


def _columns(name: str, path: Path, key: str | None, header: Sequence[str]) -> tuple[int | None, int]:
    """Return which columns hold the labels, if any, and the values."""
    twice = {column for column in header if header.count(column) > 1}
    if key is None:
        if len(header) == 1:
            return None, 0
        raise ValueError(_which(name, path, key, header, "column"))
    # A name may itself hold a comma: the key is first taken as a whole, then at each comma.
    for cut in [len(key), *(match.start() for match in re.finditer(",", key))]:
        before, after = (None, key) if cut == len(key) else (key[:cut].strip(), key[cut + 1 :].strip())
        if after in header and (before is None or before in header):
            named = {after} if before is None else {before, after}
            if named & twice:
                raise ValueError(f"{name}: more than one column is called {_shown(min(named & twice))}")
            return None if before is None else header.index(before), header.index(after)
    raise ValueError(_which(name, path, key, header, "column"))


def _which(name: str, path: Path, key: str | None, names: Sequence[str], what: str) -> str:
    path_ = _shown(str(path))
    there = f"it has {listed(names)}" if names else f"it has no {what}s"
    if key is None:
        also = f" or {path_}:LABELS,VALUES" if what == "column" else ""
        return f"{name} has {len(names)} {what}s: write {path_}:NAME{also}; {there}"
    parts = key.split(",")
    missing = [part for part in parts if part.strip() not in names] if what == "column" else [key]
    return f"{path_} has no {what} {_shown((missing or parts)[0].strip())}; {there}"


def _piped() -> object:
    if sys.stdin is None or sys.stdin.closed:
        raise ValueError("standard input is closed")
    try:
        return _parse(sys.stdin.read(), "standard input")
    except UnicodeDecodeError:
        raise ValueError("standard input is no text") from None


def _from_json_file(name: str, path: Path, key: str | None) -> Vector:
    return _from_json(name, _parse(path.read_bytes(), _shown(str(path))), key)


def _parse(text: str | bytes, name: str) -> object:
    if not text.strip():
        raise ValueError(f"{name} is empty, and JSON is expected")
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, name))
    except _DuplicateError:
        raise
    except RecursionError:
        raise ValueError(f"{name} is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} is no JSON: it is no text") from None
    except ValueError as error:
        raise ValueError(f"{name} is no JSON: {error}") from None


class _DuplicateError(ValueError):
    """A name that stands twice in one JSON object, of which Python would take the last."""


def _object(pairs: list[tuple[str, object]], name: str) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise _DuplicateError(f"{name} has {_shown(next(x for x in names if names.count(x) > 1))} twice")
    return found


def _from_json(name: str, content: object, key: str | None) -> Vector:
    if key is not None:
        if not isinstance(content, dict):
            raise ValueError(f"{name}: the JSON holds a {_kind(content)}, and only an object has keys")
        keyed = cast("dict[str, object]", content)
        if key not in keyed:
            raise ValueError(f"{name}: there is no key {_shown(key)}; there is {listed(keyed) or 'none'}")
        content = keyed[key]
    if isinstance(content, dict):
        weights = cast("dict[str, object]", content)
        inner = [label for label, weight in weights.items() if isinstance(weight, (dict, list))]
        if inner:
            colon = "" if ":" in name else f": write {name}:{_shown(inner[0])}"
            raise ValueError(f"{name} is an object of several: {listed(weights)}{colon}")
        values = [_weight(weight, f"{name}: {_shown(label)}") for label, weight in weights.items()]
        return Vector(name, np.array(values, np.float64), tuple(weights))
    if not isinstance(content, list):
        raise ValueError(f"{name} is a {_kind(content)}, and a list or an object of numbers is needed")
    return Vector(name, _nested(cast("list[object]", content), name))


def _nested(content: list[object], name: str) -> AnyArray:
    def floats(item: object, at: str) -> object:
        if isinstance(item, list):
            return [floats(one, f"{at}[{i}]") for i, one in enumerate(cast("list[object]", item))]
        return _weight(item, f"{name}: {at}")

    try:
        return np.array([floats(item, f"[{i}]") for i, item in enumerate(content)], np.float64)
    except ValueError as error:
        if "inhomogeneous" not in str(error) and "sequence" not in str(error):
            raise
        raise ValueError(f"{name}: the rows have different lengths") from None


def _weight(value: object, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{at} is {_kind(value)}, and a number is needed")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{at} is larger than any float64") from None


def _kind(value: object) -> str:
    names: dict[type[object], str] = {dict: "object", list: "list", str: "text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "number")


def _labelled(name: str, labels: Sequence[str] | None, values: AnyArray) -> Vector:
    if labels is None:
        return Vector(name, values)
    if len(set(labels)) < len(labels):
        seen: set[str] = set()
        twice = next(label for label in labels if label in seen or seen.add(label))
        raise ValueError(f"{name}: the label {_shown(twice) or repr('')} stands more than once")
    return Vector(name, values, tuple(labels))


def _real(values: AnyArray, name: str) -> AnyArray:
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds values of dtype {values.dtype}, and real numbers are needed")
    return values


_READERS: dict[str, Callable[[str, Path, str | None], Vector]] = {
    ".npy": _from_npy,
    ".npz": _from_npz,
    ".csv": _from_csv,
    ".tsv": _from_csv,
    ".parquet": _from_parquet,
    ".json": _from_json_file,
}


@dataclass(frozen=True, eq=False)
class Aligned:
    """Two vectors over the same outcomes.

    Attributes:
        p: the numbers of the first.
        q: the numbers of the second.
        labels: of the outcomes, where there are any.
        notes: what was done to align them.
    """

    p: AnyArray
    q: AnyArray
    labels: tuple[str, ...] | None
    notes: tuple[str, ...]


def align(p: Vector, q: Vector, absent: tuple[float, float]) -> Aligned:
    """Return both over the outcomes that either has: by label where both have labels, else by position.

    Args:
        p: the first vector.
        q: the second vector.
        absent: the numbers that stand for mass 0 in the first and in the second.

    Raises:
        ValueError: no label in common, or one with labels and another number of outcomes.

    >>> weights = Vector("a", np.array([0.5, 0.5]), ("x", "y")), Vector("b", np.array([1.0]), ("x",))
    >>> align(*weights, absent=(0.0, 0.0)).q, align(*weights, absent=(0.0, 0.0)).notes
    (array([1., 0.]), ('Q lacks y: its mass there is 0',))
    """
    if p.labels is None or q.labels is None:
        return _by_position(p, q)
    both = dict.fromkeys([*p.labels, *q.labels])
    missing = [tuple(label for label in both if label not in has) for has in (set(p.labels), set(q.labels))]
    if len(missing[0]) == len(q.labels):
        raise ValueError(f"P and Q have no label in common: P has {listed(p.labels)}; Q has {listed(q.labels)}")
    notes = tuple(
        f"{letter} lacks {listed(labels)}: its mass there is 0"
        for letter, labels in zip("PQ", missing, strict=True)
        if labels
    )
    values = [_ordered(x, both, zero) for x, zero in zip((p, q), absent, strict=True)]
    return Aligned(values[0], values[1], tuple(both), notes)


def _ordered(vector: Vector, labels: Iterable[str], zero: float) -> AnyArray:
    known: dict[str, Any] = dict(zip(vector.labels or (), vector.values.tolist(), strict=True))
    return np.array([known.get(label, zero) for label in labels], np.float64)


def _by_position(p: Vector, q: Vector) -> Aligned:
    labels = p.labels or q.labels
    if labels is None:
        return Aligned(p.values, q.values, None, ())
    with_, without = ("P", "Q") if p.labels else ("Q", "P")
    other = q if p.labels else p
    if other.values.ndim == 1 and other.values.size != len(labels):
        raise ValueError(
            f"{with_} has {len(labels)} labelled outcomes and {without} has {other.values.size} without labels"
        )
    note = f"{without} has no labels: its outcomes are taken in the order of those of {with_}"
    return Aligned(p.values, q.values, labels, (note,))
