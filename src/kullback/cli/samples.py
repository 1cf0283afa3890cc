"""Samples on the command line: the rows of a file, or a distribution such as "normal(0, 1)"."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kullback.cli.calls import shown
from kullback.cli.vectors import listed
from kullback.optional import need

_FORMS = ".npy, .npz, .npz:name, .csv, .tsv or .parquet, or a distribution such as 'normal(0, 1)'"


def read(text: str, columns: Sequence[str] | None, also: Sequence[str] = ()) -> Any:
    """Return the array, the Arrow table or the distribution that a text names.

    Args:
        text: a path, with ":name" behind it for an array of an .npz archive, or a distribution.
        columns: the names, or for arrays the positions, of the columns to take; None for all.
        also: further columns to take, with weights or groups.

    Raises:
        ValueError: what cannot be read, with what there is instead.
        ImportError: a table without the libraries that read it.
    """
    from kullback.cli.distributions import is_call, parse

    if not os.path.isfile(text) and is_call(text):
        return parse(text)
    kinds = "|".join(re.escape(suffix) for suffix in _READERS)
    match = re.fullmatch(rf"(?P<path>.+?(?P<suffix>{kinds}))(?::(?P<key>.*))?", text, re.IGNORECASE | re.DOTALL)
    if match is None or (os.path.isfile(text) and Path(text).suffix.lower() not in _READERS):
        if os.path.isdir(text):
            raise ValueError(f"{shown(text)} is a folder, not a file")
        known = "is a file of no known kind" if os.path.isfile(text) else "is no sample"
        raise ValueError(f"{shown(text)} {known}; what is read is {_FORMS}")
    path, suffix, key = match["path"], match["suffix"].lower(), match["key"]
    if os.path.isfile(text):
        path, key = text, None
    if os.path.isdir(path):
        raise ValueError(f"{shown(path)} is a folder, not a file")
    if not os.path.isfile(path):
        raise ValueError(f"there is no file {shown(path)}")
    if key is not None and suffix != ".npz":
        raise ValueError(f"{shown(text)}: only an .npz archive has arrays by name; columns? --columns {key}")
    return _READERS[suffix](Path(path), key, columns, also)


def _npy(path: Path, key: str | None, columns: Sequence[str] | None, also: Sequence[str]) -> Any:
    import numpy as np

    try:
        array = np.load(path, allow_pickle=False)  # never a pickle: it could run anything
    except (ValueError, EOFError, SyntaxError, TypeError) as error:
        raise ValueError(f"{shown(str(path))} is no .npy file that can be read: {error}") from None
    return _some_columns(array, shown(str(path)), columns)


def _npz(path: Path, key: str | None, columns: Sequence[str] | None, also: Sequence[str]) -> Any:
    from zipfile import BadZipFile, is_zipfile
    from zlib import error as BadStream

    import numpy as np

    name = shown(str(path))
    if not is_zipfile(path):  # of anything else, NumPy would say that it is a pickle
        raise ValueError(f"{name} is no .npz file that can be read: it is no archive, or cut short")
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            chosen = names[0] if not key and len(names) == 1 else key
            array = archive[chosen] if chosen in names else None
    except (ValueError, EOFError, SyntaxError, BadZipFile, BadStream, NotImplementedError) as error:
        raise ValueError(f"{name} is no .npz file that can be read: {error}") from None
    if array is None:
        which = f"there is no array {shown(key)!r}" if key else "say which array"
        raise ValueError(f"{name}: {which}, as in {name}:{names[0] if names else 'x'}; it has {listed(names)}")
    return _some_columns(array, f"{name}:{chosen}", columns)


def _some_columns(array: Any, name: str, columns: Sequence[str] | None) -> Any:
    if columns is None:
        return array
    if array.dtype.names:
        return array[_known(columns, array.dtype.names, name)]
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {array.shape}, and --columns is for arrays of rows and columns")
    try:
        places = [int(column) for column in columns]
    except ValueError:
        raise ValueError(f"--columns of {name}, an array, are positions from 0, not {listed(columns)}") from None
    outside = [place for place in places if not -array.shape[1] <= place < array.shape[1]]
    if outside:
        raise ValueError(f"{name} has columns 0 to {array.shape[1] - 1}, and none at {outside[0]}")
    return array[:, places]


def _csv(path: Path, key: str | None, columns: Sequence[str] | None, also: Sequence[str]) -> Any:
    need("pyarrow", "tables", "reading CSV")
    need("narwhals", "tables", "reading CSV")
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    name = shown(str(path))
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
    except UnicodeDecodeError:
        raise ValueError(f"{name} is no text in UTF-8") from None
    if not first.strip():
        raise ValueError(f"{name} is empty: its first line must name its columns")
    separator = max(",;\t", key=first.count)  # of none, the comma
    header = [cell.strip().strip('"') for cell in first.split(separator)]
    if all(_is_number(cell) for cell in header):
        raise ValueError(f"{name} has numbers in its first line, which must name its columns")
    parsing = pa_csv.ParseOptions(delimiter=separator)
    try:
        table = pa_csv.read_csv(path, parse_options=parsing)
        if separator != "," and _has_decimal_commas(table):
            table = pa_csv.read_csv(
                path, parse_options=parsing, convert_options=pa_csv.ConvertOptions(decimal_point=",")
            )
    except pa.ArrowException as error:
        raise ValueError(f"{name} is no CSV file that can be read: {_line(error)}") from None
    return _selected(_without_empty_text(table), name, columns, also)


def _has_decimal_commas(table: Any) -> bool:
    """Return whether a column that was read as text holds numbers such as "0,5" alone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    compute: Any = pc
    text = [column for column in table.columns if pa.types.is_string(column.type) and len(column)]
    number = r"^[-+]?[0-9]*(,[0-9]+)?([eE][-+]?[0-9]+)?$"
    return any(compute.all(compute.match_substring_regex(column, number)).as_py() for column in text)


def _without_empty_text(table: Any) -> Any:
    """Return a table in which nothing between two separators is a missing value in columns of text too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    compute: Any = pc
    for place, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            filled = compute.if_else(compute.equal(column, ""), pa.scalar(None, column.type), column)
            table = table.set_column(place, table.schema.field(place).name, filled)
    return table


def _parquet(path: Path, key: str | None, columns: Sequence[str] | None, also: Sequence[str]) -> Any:
    need("pyarrow", "tables", "reading Parquet")
    need("narwhals", "tables", "reading Parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = shown(str(path))
    try:
        file = pq.ParquetFile(path)
        wanted = None if columns is None else _known([*columns, *also], file.schema_arrow.names, name)
        table = file.read(columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{name} is no Parquet file that can be read: {_line(error)}") from None
    return _selected(table, name, columns, also)


def _selected(table: Any, name: str, columns: Sequence[str] | None, also: Sequence[str]) -> Any:
    twice = [column for column in table.column_names if table.column_names.count(column) > 1]
    if twice:
        raise ValueError(f"{name} has two columns named {shown(twice[0])!r}: give each a name of its own")
    _known(also, table.column_names, name)
    return table if columns is None else table.select(_known([*columns, *also], table.column_names, name))


def _known(columns: Sequence[str], there: Sequence[str], name: str) -> list[str]:
    missing = [column for column in columns if column not in there]
    if missing:
        raise ValueError(f"{name} has no column {listed(missing)}; it has {listed(there)}")
    return list(dict.fromkeys(columns))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _line(error: BaseException) -> str:
    return shown(" ".join(str(error).split()))


_READERS: dict[str, Callable[[Path, str | None, Sequence[str] | None, Sequence[str]], Any]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
}
