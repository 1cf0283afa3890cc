"""Columns: one variable of a sample, whatever library it came from, with what its values are."""

from __future__ import annotations

import datetime as dt
import math
import reprlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from kullback.arrays import AnyArray, widened
from kullback.sample import FloatArray, IntArray

Kind: TypeAlias = Literal["numbers", "booleans", "text", "datetimes", "datetimes with a time zone", "durations"]

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9, "ps": 10**12, "fs": 10**15, "as": 10**18}
_SECONDS = {"m": 60, "h": 3_600, "D": 86_400, "W": 604_800}
_WHOLE = 2**53
_MIDNIGHT = dt.datetime(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Column:
    """One variable.

    Attributes:
        name: how it is printed.
        where: how messages call it: "x: column 'age'".
        kind: what the values are.
        values: an array of numbers, of booleans, or of whole units of time (int64); a list where they are text.
        per_second: how many units of time make a second.
    """

    name: str
    where: str
    kind: Kind
    values: Any
    per_second: int = 1

    @property
    def rows(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def is_time(self) -> bool:
        """Whether the values are units of time."""
        return self.kind not in ("numbers", "booleans", "text")


def column_of_array(array: AnyArray, name: str, where: str) -> Column:
    """Return the column that a NumPy array of one dimension is.

    Raises:
        TypeError: values that are no numbers, booleans, text or times.
        ValueError: missing values.
    """
    kind = array.dtype.kind
    if kind in "iuf":
        return Column(name, where, "numbers", array)
    if kind == "b":
        return Column(name, where, "booleans", array)
    if array.dtype.name == "bfloat16":
        return Column(name, where, "numbers", widened(array))
    if kind in "USTO":
        return column_of_objects(array.tolist(), name, where)
    if kind in "mM":
        return _times(array, name, where)
    if kind == "c":
        raise TypeError(
            f"{where} is complex, and divergences are of real variables: give its parts as two columns, "
            "as in np.column_stack([x.real, x.imag])."
        )
    raise TypeError(f"{where} is of dtype {array.dtype}: numbers, booleans, times or text are needed.")


def column_of_objects(values: Sequence[Any], name: str, where: str) -> Column:
    """Return the column of Python's own objects: text, or times of the `datetime` module.

    Raises:
        TypeError: objects of another type, or of several.
        ValueError: missing values.
    """
    kinds = {type(x) for x in values}
    if not kinds:
        return Column(
            name, where, "numbers", np.empty(0)
        )  # of what, is not known: that there are no rows, is told later
    if not kinds <= {str, bytes}:
        missing = [i for i, x in enumerate(values) if is_missing(x)]
        if missing:
            raise ValueError(_missing(where, len(missing), missing[0]))
    if len(kinds) == 1 or kinds == {str, np.str_}:
        kind = kinds.pop()
        if issubclass(kind, (str, bytes)):
            return Column(name, where, "text", list(values))
        if issubclass(kind, dt.datetime):
            zoned = [x.tzinfo is not None for x in values]
            if any(zoned) and not all(zoned):
                raise TypeError(f"{where} mixes datetimes with and without a time zone: give all of them one.")
            if all(zoned):
                plain = np.array([x.astimezone(dt.UTC).replace(tzinfo=None) for x in values], "datetime64[us]")
                return replace(_times(plain, name, where), kind="datetimes with a time zone")
            return _times(np.array(values, "datetime64[us]"), name, where)
        if issubclass(kind, dt.date):
            return _times(np.array(values, "datetime64[D]"), name, where)
        if issubclass(kind, dt.timedelta):
            return _times(np.array(values, "timedelta64[us]"), name, where)
        if issubclass(kind, dt.time):
            since = [dt.datetime.combine(_MIDNIGHT.date(), x.replace(tzinfo=None)) - _MIDNIGHT for x in values]
            return _times(np.array(since, "timedelta64[us]"), name, where)
        kinds = {kind}
    raise TypeError(_objects(where, sorted(one.__name__ for one in kinds)))


def is_missing(value: Any) -> bool:
    """Return whether a Python object stands for a value that is not there: None, NaN, pandas' NA and NaT.

    >>> [is_missing(x) for x in (None, float("nan"), 0, "", "nan")]
    [True, True, False, False, False]
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and math.isnan(float(value))


def refuse_missing(where: str, count: int, first: int | None = None) -> None:
    """Raise ``ValueError`` if values are missing, with what to do."""
    if count:
        raise ValueError(_missing(where, count, first))


def numbers_of(columns: Sequence[Column]) -> list[FloatArray]:
    """Return one variable of each sample as float64: times in seconds, dates and datetimes since the same one.

    Raises:
        ValueError: NaN, infinities, or whole numbers that float64 does not keep apart.
    """
    if columns[0].is_time:
        return _seconds(columns)
    return [_finite(column) for column in columns]


def finite(array: AnyArray, where: str) -> FloatArray:
    """Return an array of numbers, of one dimension or two, as float64.

    Raises:
        ValueError: NaN, infinities, or whole numbers that float64 does not keep apart.
    """
    with np.errstate(over="ignore"):
        found = array.astype(np.float64, copy=False)
    good = np.isfinite(found)
    if not good.all():
        raise ValueError(_not_finite(found, good, where))
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and found.size and np.abs(found).max() > _WHOLE:
        with np.errstate(invalid="ignore"):
            back = found.astype(array.dtype)
        if not np.array_equal(back, array):
            raise ValueError(
                f"{where} holds whole numbers beyond 2⁵³ ({array.max()}), which float64 does not keep apart. Names of "
                "things? categorical=. Measurements? Subtract what they have in common."
            )
    return found


def codes_of(columns: Sequence[Column]) -> tuple[list[IntArray], tuple[str, ...]]:
    """Return one variable of each sample as codes over the categories of all samples together, and the categories.

    They are in their own order where they have one, else in that in which they come.

    Raises:
        ValueError: NaN.
    """
    if all(not isinstance(column.values, list) for column in columns):
        return _codes_of_arrays(columns)
    seen: dict[Hashable, int] = {}
    for column in columns:
        for value in column.values:
            seen.setdefault(value, len(seen))
    try:
        ordered: list[Any] = sorted(seen)  # pyright: ignore[reportArgumentType]
    except TypeError:
        ordered = list(seen)
    place = {value: code for code, value in enumerate(ordered)}
    found = [np.fromiter((place[value] for value in column.values), np.int64, column.rows) for column in columns]
    return found, tuple(str(value) for value in ordered)


def _codes_of_arrays(columns: Sequence[Column]) -> tuple[list[IntArray], tuple[str, ...]]:
    for column in columns:
        if column.values.dtype.kind == "f":
            bad = np.isnan(column.values)
            refuse_missing(column.where, int(bad.sum()), int(bad.argmax()) if bad.any() else None)
    if columns[0].is_time:
        unit = math.lcm(*(column.per_second for column in columns))
        arrays = [column.values * (unit // column.per_second) for column in columns]
    else:
        arrays = [column.values for column in columns]
    categories, codes = np.unique(np.concatenate(arrays), return_inverse=True)
    ends = np.cumsum([len(array) for array in arrays])[:-1]
    labels = tuple(str(value) for value in categories.tolist())
    return [part.astype(np.int64) for part in np.split(codes.reshape(-1), ends)], labels


def _times(array: AnyArray, name: str, where: str) -> Column:
    unit, step = np.datetime_data(array.dtype)
    if unit in ("Y", "M") and array.dtype.kind == "M":
        array, unit, step = array.astype("datetime64[D]"), "D", 1
    if unit not in _PER_SECOND and unit not in _SECONDS:
        raise TypeError(f"{where} is of dtype {array.dtype}, in which a unit is no fixed number of seconds.")
    missing = np.isnat(array)
    refuse_missing(where, int(missing.sum()), int(missing.argmax()) if missing.any() else None)
    values = array.astype(np.int64) * (step * _SECONDS.get(unit, 1))
    return Column(
        name, where, "datetimes" if array.dtype.kind == "M" else "durations", values, _PER_SECOND.get(unit, 1)
    )


def _seconds(columns: Sequence[Column]) -> list[FloatArray]:
    # Since a common moment near the data: a float64 keeps nanoseconds of days, and only microseconds since 1970.
    origin = 0
    if columns[0].kind != "durations":
        origin = min(int(column.values.min()) // column.per_second for column in columns)
    found: list[FloatArray] = []
    for column in columns:
        start = origin * column.per_second
        near = column.values - start if abs(start) < 2**62 else column.values.astype(np.float64) - start
        found.append(near / column.per_second)
    return found


def _finite(column: Column) -> FloatArray:
    return finite(column.values, column.where)


def _missing(where: str, count: int, first: int | None) -> str:
    name, _, column = where.partition(":")
    at = "" if first is None else f" (the first in row {first})"
    how = f", as in {name}.dropna() of pandas and {name}.drop_nulls() of Polars," if column else ""
    return (
        f"{where} has {count} missing value{'s' * (count != 1)}{at}. Nothing is dropped in silence: drop those "
        f"rows{how} or fill them with a value that makes sense."
    )


def _not_finite(found: FloatArray, good: AnyArray, where: str) -> str:
    place = tuple(int(i) for i in np.argwhere(~good)[0])
    value = float(found[place])
    what = "NaN" if math.isnan(value) else "infinite" if value > 0 else "minus infinite"
    at = f"row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
    rows = int((~good).sum() if good.ndim == 1 else (~good).any(axis=1).sum())
    further = f" (and NaN or infinite in {rows - 1} further row{'s' * (rows != 2)})" if rows > 1 else ""
    name, _, column = where.partition(": column ")
    part = f"{name}[{column}]" if column else name
    whole = "" if good.ndim == 1 else ".all(axis=1)"
    return (
        f"{where} is {what} at {at}{further}. Nothing is dropped in silence: drop such rows, as in "
        f"{name}[np.isfinite({part}){whole}], or fill them with a value that makes sense."
    )


def _objects(where: str, kinds: Sequence[str]) -> str:
    said = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)
    numeric = set(kinds) <= {"int", "float", "Decimal", "Fraction", "bool", "float64", "int64", "float32", "int32"}
    advice = "make them numbers with .astype(float)" if numeric else "numbers, booleans, times or text are needed"
    return f"{where} holds Python objects of type {reprlib.repr(said)[1:-1]}: {advice}."
