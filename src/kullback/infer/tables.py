"""Tables: what users have, arrays, lists, DataFrames and dicts of columns, as named columns of one length."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from kullback.arrays import AnyArray, library, to_numpy
from kullback.distribution import Distribution, Finite
from kullback.distributions.samples import Samples
from kullback.infer.columns import Column, column_of_array, column_of_objects, refuse_missing
from kullback.optional import need

_FRAMES = {"pandas", "polars", "pyarrow", "narwhals", "modin", "cudf", "dask", "duckdb", "ibis", "pyspark", "sqlframe"}


@dataclass(frozen=True, eq=False)
class Table:
    """What was given for one sample.

    Attributes:
        who: "x" or "y".
        columns: its variables.
        named: whether the columns have names that count.
        matrix: the numbers of all columns where it is an array of numbers, shape (n, d).
    """

    who: str
    columns: tuple[Column, ...]
    named: bool
    matrix: AnyArray | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.columns[0].rows

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    def take(self, names: Sequence[str]) -> Table:
        """Return the table with these columns, in this order."""
        place = {column.name: column for column in self.columns}
        return replace(self, columns=tuple(place[name] for name in names), matrix=None)


def table_of(x: object, who: str) -> Table:
    """Return what was given as a table.

    Raises:
        TypeError: something else.
        ValueError: an array with another number of dimensions, lists of different lengths, two columns of one name.
    """
    if isinstance(x, Samples):
        return table_of(x.values, who)
    _refuse_what_is_no_sample(x, who)
    if isinstance(x, Mapping):
        return _of_mapping(cast("Mapping[Hashable, Any]", x), who)
    if isinstance(x, (list, tuple, range)):
        return _of_list(cast("Sequence[Any]", x), who)
    if library(x) not in ("", "numpy"):
        return _of_array(to_numpy(x), who)
    if isinstance(x, np.ndarray):
        return _of_array(cast("AnyArray", x), who)
    root = type(x).__module__.partition(".")[0]
    if root in _FRAMES:
        need("narwhals", "tables", f"reading {who}, a {root} {type(x).__name__},")
    if root in _FRAMES or "narwhals" in sys.modules:
        found = _of_frame(x, who)
        if found is not None:
            return found
    if root == "scipy" and hasattr(x, "toarray"):
        raise TypeError(f"{who} is a sparse {type(x).__name__}: give {who}.toarray().")
    if hasattr(x, "__array__"):
        return _of_array(np.asarray(x), who)
    raise TypeError(
        f"{who} is a {type(x).__name__}, and rows are needed: an array, a list, a DataFrame or a dict of columns."
    )


def _refuse_what_is_no_sample(x: object, who: str) -> None:
    if isinstance(x, (str, bytes, os.PathLike)):
        raise TypeError(
            f"{who} is {x!r}, and rows are needed: np.load or pandas.read_parquet read files, and so does the command "
            "line, kullback estimate X Y."
        )
    if isinstance(x, Finite):
        raise TypeError(
            f"{who} is {x.noun}, not rows that were drawn: kb.kl(p, q) computes, and kb.counts(a) counts draws."
        )
    if isinstance(x, Distribution):
        raise TypeError(f"{who} is a distribution known by its formula, and rows that were drawn are needed here.")


def _of_mapping(x: Mapping[Hashable, Any], who: str) -> Table:
    columns: list[Column] = []
    names = [str(name) for name in x]
    _refuse_twice(names, who)
    for name, values in x.items():
        where = f"{who}: column {str(name)!r}"
        if isinstance(values, (int, float, str, bytes)) or values is None:
            raise TypeError(
                f"{who} is a dict in which {name!r} is {values!r}, and a dict holds columns here. How often each "
                "outcome was seen? kb.counts({…}) on both sides."
            )
        inner = table_of(values, where)
        if len(inner.columns) != 1:
            raise ValueError(f"{where} has {len(inner.columns)} columns: split it up.")
        columns.append(replace(inner.columns[0], name=str(name), where=where))
    return Table(who, tuple(columns), named=True)


def _of_list(x: Sequence[Any], who: str) -> Table:
    if len(x) and isinstance(x[0], Mapping):
        raise TypeError(f"{who} is a list of dicts: make it a table first, as in pandas.DataFrame({who}).")
    if len(x) and library(x[0]) not in ("", "numpy"):
        x = [to_numpy(one) if library(one) not in ("", "numpy") else one for one in x]
    try:
        array = np.asarray(x)
    except ValueError:
        array = np.asarray(x, dtype=object) if not any(hasattr(one, "__len__") for one in x) else None
    if array is None:
        raise ValueError(f"{who} is no table: its rows have different lengths.")
    if array.dtype.kind in "US" or (array.dtype.kind == "O" and array.ndim == 2):
        leaves = [one for row in x for one in row] if array.ndim == 2 else list(x)
        if array.ndim <= 2 and not all(isinstance(one, (str, bytes)) for one in leaves):
            if array.ndim == 1:  # NumPy makes text of numbers that stand beside text
                return Table(who, (column_of_objects(leaves, "column 0", who),), named=False)
            kinds = sorted({type(one).__name__ for one in leaves})
            raise TypeError(
                f"{who} is a list of rows that hold {' and '.join(kinds)}: give a dict of columns, "
                "{'name': [values, …], …}, or a DataFrame."
            )
    return _of_array(array, who)


def _of_array(array: AnyArray, who: str) -> Table:
    if "numpy.ma" in sys.modules and isinstance(array, np.ma.MaskedArray):
        hidden = np.ma.getmaskarray(array)
        refuse_missing(who, int(hidden.sum()))
        array = np.asarray(array.data)
    if array.dtype.names:
        return _of_mapping({name: array[name] for name in array.dtype.names}, who)
    if not array.ndim:
        raise ValueError(f"{who} is a single value, and rows are needed.")
    if array.ndim > 2:
        raise ValueError(
            f"{who} has shape {array.shape}, and each row must be flat: {who}.reshape(len({who}), -1) flattens it. "
            "(Of thousands of columns, the divergence of a representation, such as that of a network, says more.)"
        )
    if not array.size:
        raise ValueError(f"{who} is empty: its shape is {array.shape}.")
    array = np.asarray(array)  # no matrix, which keeps two dimensions
    if array.ndim == 1:
        column = column_of_array(array, "column 0", who)
        return Table(who, (column,), named=False, matrix=_matrix([column]))
    columns = tuple(column_of_array(array[:, i], f"column {i}", f"{who}: column {i}") for i in range(array.shape[1]))
    plain = array.dtype.kind in "iuf"
    return Table(who, columns, named=False, matrix=array if plain else _matrix(columns))


def _matrix(columns: Sequence[Column]) -> AnyArray | None:
    if any(column.kind != "numbers" for column in columns):
        return None
    return np.stack([column.values for column in columns], axis=1)


def _of_frame(x: Any, who: str) -> Table | None:
    import narwhals as nw

    try:
        frame: Any = nw.from_native(x, allow_series=True, pass_through=True)
    except nw.exceptions.DuplicateError:
        _refuse_twice([str(name) for name in x.columns], who)
        raise
    if isinstance(frame, nw.LazyFrame):
        x = frame = frame.collect()
    if isinstance(frame, nw.Series):
        column = _of_series(frame, "column 0", who)
        return Table(who, (column,), named=False, matrix=_matrix([column]))
    if not isinstance(frame, nw.DataFrame):
        return None
    # By position: pandas takes anything for a name.
    names = [str(name) for name in getattr(x, "columns", frame.columns)]
    if len(names) != len(frame.columns) or not all(isinstance(name, str) for name in getattr(x, "columns", ())):
        names = [str(name) for name in frame.columns]
    _refuse_twice(names, who)
    columns = [_of_series(frame[:, i], name, f"{who}: column {name!r}") for i, name in enumerate(names)]
    return Table(who, tuple(columns), named=True)


def _of_series(series: Any, name: str, where: str) -> Column:
    import narwhals as nw

    dtype = series.dtype
    refuse_missing(where, int(series.null_count()), _first_null(series))
    if dtype.is_numeric():
        if dtype == nw.Decimal:
            series = series.cast(nw.Float64)
        return column_of_array(np.asarray(series.to_numpy()), name, where)
    if dtype == nw.Boolean:
        return Column(name, where, "booleans", np.asarray(series.to_numpy(), dtype=bool))
    if dtype == nw.Datetime:
        unit = dtype.time_unit if dtype.time_unit != "s" else "ms"
        stamps = np.asarray(series.dt.timestamp(unit).to_numpy(), np.int64)
        found = column_of_array(stamps.view(f"datetime64[{unit}]"), name, where)
        return found if dtype.time_zone is None else replace(found, kind="datetimes with a time zone")
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        values = series.to_list()
        if {type(value) for value in values} <= {str}:
            return Column(name, where, "text", values)
        return _of_categories(values, name, where)
    if dtype in (nw.Date, nw.Duration, nw.Time):
        return column_of_objects(series.to_list(), name, where)
    if dtype in (nw.Object, nw.Unknown):
        return column_of_objects(series.to_list(), name, where)
    raise TypeError(f"{where} is of type {dtype}: numbers, booleans, times or text are needed.")


def _of_categories(values: list[Any], name: str, where: str) -> Column:
    """Return the column of a categorical type whose categories are no text."""
    kinds = sorted({type(value).__name__ for value in values})
    if not all(isinstance(value, Hashable) for value in values):
        raise TypeError(f"{where} has categories of type {', '.join(kinds)}: text, numbers or booleans are needed.")
    return Column(name, where, "text", values)


def _first_null(series: Any) -> int | None:
    if not series.null_count():
        return None
    return int(np.argmax(np.asarray(series.is_null().to_numpy(), dtype=bool)))


def listed(names: Iterable[str]) -> str:
    """Return names for a message: the first few, and how many more there are.

    >>> listed("abc"), listed("abcdefghijk")
    ("'a', 'b', 'c'", "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 3 more")
    """
    shown = [repr(name) for name in names]
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")


def near(name: str, names: Sequence[str]) -> str:
    """Return the end of a message that says which name may have been meant.

    >>> near("wieght", ["age", "weight"]), near("zzz", ["age"])
    ("; did you mean 'weight'?", '.')
    """
    found = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {found[0]!r}?" if found else "."


def _refuse_twice(names: Sequence[str], who: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{who} has two columns named {name!r}: rename one of them.")
        seen.add(name)
