"""Arrow: count columns of Arrow batches with NumPy, one at a time, in memory that does not grow with the rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from kullback.engines.source import (
    PLAN_SAMPLE,
    ArrowArray,
    ArrowSchema,
    ArrowTable,
    ArrowType,
    BlockKey,
    Reading,
    Request,
    Source,
    Values,
    check_names,
)
from kullback.summaries import Column, ColumnPlan, Histogram, Kind
from kullback.summaries.columns import ORDERED
from kullback.summaries.counts import FloatArray, IntArray, Rows

pc: Any = pyarrow.compute  # its functions are made at run time, where a type checker cannot see them

BATCH = 1 << 18
"""Rows of a batch: large enough that the cost of a call vanishes, small enough for the processor's cache."""
DISTINCT_SAMPLE = 50_000
_SECOND = 1_000_000
_UNITS = {"s": _SECOND, "ms": 1_000, "us": 1}
BLOCK_UNITS = {"minute": 60 * _SECOND, "hour": 3_600 * _SECOND, "day": 86_400 * _SECOND, "week": 7 * 86_400 * _SECOND}


def column_of(name: str, type_: ArrowType) -> Column:
    """Return the kind of an Arrow column."""
    kind, reason = _kind(type_)
    words = _type_words(type_)
    return Column(name, kind, words, reason)


def _type_words(type_: ArrowType) -> str:
    if pa.types.is_dictionary(type_):
        return _type_words(type_.value_type)
    if _is_string(type_):
        return "string"
    if pa.types.is_floating(type_):
        return {16: "float16", 32: "float32", 64: "float64"}[type_.bit_width]
    return str(type_)


def _is_string(type_: ArrowType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)


def _kind(type_: ArrowType) -> tuple[Kind, str]:
    if pa.types.is_dictionary(type_):
        kind, reason = _kind(type_.value_type)
        return ("skipped", reason) if kind == "skipped" else ("categorical", "")
    tests: tuple[tuple[Any, Kind], ...] = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "numeric"),
        (pa.types.is_floating, "numeric"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_date, "datetime"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_time, "time"),
        (pa.types.is_duration, "duration"),
        (_is_string, "categorical"),
        (pa.types.is_null, "null"),
    )
    for test, kind in tests:
        if test(type_):
            return kind, ""
    return "skipped", f"values of type {type_} are not compared"


def readable(array: ArrowArray) -> ArrowArray:
    """Return an array that every Arrow function takes and whose nulls are all in sight.

    Most functions know no string views, and what a dictionary holds as a null is not counted as one.
    """
    type_ = array.type
    if pa.types.is_string_view(type_):
        return array.cast(pa.large_string())
    if pa.types.is_dictionary(type_):
        if pa.types.is_string_view(type_.value_type):
            array = pa.DictionaryArray.from_arrays(array.indices, array.dictionary.cast(pa.large_string()))
        if array.dictionary.null_count:
            valid = ~null_mask(array.dictionary)
            place = pa.array(np.cumsum(valid) - 1, array.indices.type, mask=~valid)
            array = pa.DictionaryArray.from_arrays(place.take(array.indices), array.dictionary.drop_null())
    return array


def to_numbers(array: ArrowArray, kind: Kind) -> FloatArray:
    """Return the values of an array without nulls as float64: times in µs (UTC), text as its length in characters."""
    type_ = array.type
    if kind == "text":
        return text_lengths(array).astype(np.float64)
    if pa.types.is_decimal(type_):
        return _decimals(array)
    if pa.types.is_date32(type_):
        return primitive(array.view(pa.int32())).astype(np.float64) * BLOCK_UNITS["day"]
    if pa.types.is_date64(type_):
        return primitive(array.view(pa.int64())).astype(np.float64) * 1_000
    if pa.types.is_time32(type_):
        return primitive(array.view(pa.int32())).astype(np.float64) * _UNITS[type_.unit]
    if pa.types.is_temporal(type_):
        whole = primitive(array.view(pa.int64()))
        if type_.unit == "ns":
            return (whole // 1_000).astype(np.float64)  # towards the past, also before 1970
        return whole.astype(np.float64) * _UNITS[type_.unit]
    if pa.types.is_boolean(type_):
        return primitive(array.cast(pa.uint8())).astype(np.float64)
    return primitive(array).astype(np.float64, copy=False)


def text_lengths(array: ArrowArray) -> IntArray:
    """Return the number of characters (Unicode code points) of each text of an array without nulls."""
    if pa.types.is_dictionary(array.type):
        return primitive(pc.utf8_length(array.dictionary).cast(pa.int64()).take(array.indices))
    return primitive(pc.utf8_length(array).cast(pa.int64()))


def primitive(array: ArrowArray) -> Any:
    """Return an array of fixed width without nulls as NumPy, over the same memory. (Arrow's own way imports pandas.)"""
    type_ = array.type
    dtype = {"halffloat": "float16", "float": "float32", "double": "float64"}.get(str(type_), str(type_))
    if not len(array):
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]


def _decimals(array: ArrowArray) -> FloatArray:
    """Return decimals as the nearest float64: by way of text, unless the digits fit a float64 exactly."""
    type_ = array.type
    if type_.precision <= 15 and 0 <= type_.scale <= 22:
        wide = array.cast(pa.decimal128(38, type_.scale))
        words = np.frombuffer(wide.buffers()[1], np.int64)[::2][wide.offset : wide.offset + len(wide)]
        return words / 10.0**type_.scale  # both exact, so the quotient is the nearest float64
    return primitive(array.cast(pa.string()).cast(pa.float64()))


def to_labels(array: ArrowArray) -> tuple[list[str], IntArray]:
    """Return the distinct values of an array as text, and the index of each value in them (−1 where null)."""
    if pa.types.is_boolean(array.type):
        return ["false", "true"], _codes(array.cast(pa.int8()))
    if pa.types.is_null(array.type):
        return [], np.full(len(array), -1)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    dictionary: ArrowArray = array.dictionary
    labels: list[Any] = dictionary.cast(pa.string()).to_pylist() if len(dictionary) else []
    codes = _codes(array.indices)
    if dictionary.null_count:  # a null may also stand in the dictionary
        missing = np.array([label is None for label in labels])
        codes[missing[codes] & (codes >= 0)] = -1
        labels = ["" if label is None else label for label in labels]
    return labels, codes


def null_mask(array: ArrowArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return where an array is null. (Arrow's own booleans would import pandas on their way to NumPy.)"""
    if not array.null_count:
        return np.zeros(len(array), bool)
    return primitive(array.is_null().cast(pa.uint8())).astype(bool)


def _codes(indices: ArrowArray) -> IntArray:
    """Return indices as int64, −1 where null."""
    if not indices.null_count:
        return primitive(indices).astype(np.int64)
    codes = np.full(len(indices), -1)
    codes[~null_mask(indices)] = primitive(indices.drop_null())
    return codes


def to_values(array: ArrowArray, kind: Kind) -> Values:
    """Return values as they are sampled: numbers with NaN, or strings with None, where null."""
    nulls = null_mask(array)
    if kind in ORDERED:
        numbers = np.full(len(array), np.nan)
        if not pa.types.is_null(array.type):
            numbers[~nulls] = to_numbers(array.drop_null(), kind)
        return Values(numbers, None, nulls)
    labels, codes = to_labels(array)
    padded: list[str | None] = [*labels, None]
    return Values(None, [padded[code] for code in codes.tolist()], codes < 0)


def block_labels(array: ArrowArray, key: BlockKey) -> tuple[list[str], IntArray]:
    """Return the names of the blocks of a key column, and the block of each row; a null is a block of its own."""
    if key.unit is None:
        labels, codes = to_labels(array)
        return [*labels, "null"], np.where(codes < 0, len(labels), codes)
    if column_of(key.column, array.type).kind != "datetime":
        raise ValueError(f"blocks {key.column}:{key.unit} needs a datetime column, but {key.column} is {array.type}")
    nulls = null_mask(array)
    periods = np.full(len(array), np.iinfo(np.int64).min)
    periods[~nulls] = np.floor_divide(to_numbers(array.drop_null(), "datetime"), BLOCK_UNITS[key.unit]).astype(np.int64)
    found, codes = np.unique(periods, return_inverse=True)
    labels = [str(period) for period in found.tolist()]
    return ["null", *labels[1:]] if nulls.any() else labels, codes


def combine_blocks(arrays: Sequence[ArrowArray], keys: Sequence[BlockKey]) -> tuple[tuple[str, ...], IntArray]:
    """Return names and codes of the blocks that several key columns form together."""
    names: list[str] = [""]
    codes = np.zeros(len(arrays[0]), np.int64)
    for array, key in zip(arrays, keys, strict=True):
        labels, inner = block_labels(array, key)
        found, codes = np.unique(codes * len(labels) + inner, return_inverse=True)
        pairs = [(names[f // len(labels)], labels[f % len(labels)]) for f in found.tolist()]
        names = [label if key is keys[0] else f"{name}/{label}" for name, label in pairs]
    return tuple(names), codes


def row_design(weights: ArrowArray | None, blocks: Sequence[ArrowArray], request: Request) -> Rows:
    """Return the weights and blocks of a batch; ``ValueError`` for weights that are null, negative or not finite."""
    found: FloatArray | None = None
    if weights is not None:
        if weights.null_count:
            raise ValueError(f"the weights in {request.weights!r} hold nulls; give every row a weight")
        found = to_numbers(weights, "numeric")
        if not (np.isfinite(found).all() and (found >= 0).all()):
            worst = found[~(np.isfinite(found) & (found >= 0))][0]
            raise ValueError(f"the weights in {request.weights!r} hold {worst:g}; weights are finite and ≥ 0")
    if not blocks:
        return Rows(found)
    names, codes = combine_blocks(blocks, request.blocks)
    return Rows(found, codes, names)


class ArrowSource(Source):
    """A source of Arrow arrays. Where they come from is the subclass's: it says how to go through some columns."""

    def __init__(self, name: str, schema: ArrowSchema, rows: int) -> None:
        check_names(schema.names, name)
        self.name = name
        self.rows = rows
        self.columns = {field.name: column_of(field.name, field.type) for field in schema}

    @abstractmethod
    def arrays(self, names: Sequence[str]) -> Iterator[tuple[ArrowArray, ...]]:
        """Yield the columns ``names`` batch by batch, together."""

    def sampled_arrays(self, name: str) -> Iterator[ArrowArray]:
        """Yield batches from all over a column from which a plan is made."""
        return (array for (array,) in self.arrays([name]))

    def sampled_rows(self, name: str) -> int:
        """Return how many rows `sampled_arrays` yields."""
        del name
        return self.rows

    def sample(self, column: str, size: int = PLAN_SAMPLE, *, kind: Kind | None = None) -> Values:
        """Return every k-th value of a column, about ``size`` in all."""
        kind = kind or self.columns[column].kind
        stride = max(1, -(-self.sampled_rows(column) // size))  # rounded up: sorting more would not pay
        offset = 0
        parts: list[ArrowArray] = []
        ends: list[ArrowArray] = []
        for array in self.sampled_arrays(column):
            start = -offset % stride
            parts.append(array if stride == 1 else array.take(indices(np.arange(start, len(array), stride))))
            if stride > 1 and self.columns[column].kind in ORDERED:
                ends.append(_ends(array))
            offset += len(array)
        if ends:  # the plan must know the whole range; once, so that it does not depend on the batches
            parts.append(_ends(pa.concat_arrays(ends)))
        return to_values(_joined(parts), kind)

    def distinct(self, column: str) -> tuple[int, int]:
        """Return how many distinct strings the first rows hold, and how many rows those are."""
        for (array,) in self.arrays([column]):
            head = array.slice(0, DISTINCT_SAMPLE).drop_null()
            return len(head.unique()), len(head)
        return 0, 0

    def read(self, column: str, plan: ColumnPlan, request: Request) -> Reading:
        """Count a column."""
        names = [column, *([request.weights] if request.weights else []), *(key.column for key in request.blocks)]
        unique = list(dict.fromkeys(names))
        where = [unique.index(name) for name in names]
        counts = plan.zero(row_design_kind(request))
        shared = SharedLabels()
        sampled: list[ArrowArray] = []
        head: list[ArrowArray] = []
        offset = 0
        for batch in self.arrays(unique):
            array, *design = (batch[i] for i in where)
            if request.plain:
                count_plain(counts, array, plan, shared)
            else:
                weights = design.pop(0) if request.weights else None
                count_rows(counts, array, plan, row_design(weights, design, request))
            inside = request.positions[
                np.searchsorted(request.positions, offset) : np.searchsorted(request.positions, offset + len(array))
            ]
            if len(inside):
                sampled.append(_plain_strings(array.take(indices(inside - offset))))
            if offset < request.head:
                head.append(_plain_strings(array.slice(0, request.head - offset)))
            offset += len(array)
            request.advance(len(array))
        return Reading(counts, to_values(_joined(sampled), plan.kind), to_values(_joined(head), plan.kind))

    def where(self, column: str, value: str) -> ArrowSource:
        """Return the rows whose ``column``, as text, is ``value``."""
        return FilteredSource(self, column, value)


class FilteredSource(ArrowSource):
    """The rows of another source in which one column has one value."""

    def __init__(self, source: ArrowSource, column: str, value: str) -> None:
        self._source, self._column, self._value = source, column, value
        self.name = f"{source.name} where {column} = {value}"
        self.columns = source.columns
        self.rows = sum(int(self._kept(batch[0]).sum()) for batch in source.arrays([column]))

    def _kept(self, array: ArrowArray) -> Any:
        labels, codes = to_labels(array if _is_label(array) else array.cast(pa.string()))
        wanted = np.array([label == self._value for label in labels] + [self._value == "null"])
        return wanted[codes]

    def arrays(self, names: Sequence[str]) -> Iterator[tuple[ArrowArray, ...]]:
        """Yield the columns ``names`` batch by batch, kept rows only."""
        for batch in self._source.arrays(list(dict.fromkeys([*names, self._column]))):
            kept = self._kept(batch[-1] if self._column not in names else batch[list(names).index(self._column)])
            rows = np.flatnonzero(kept)
            if len(rows):
                yield tuple(array.take(indices(rows)) for array in batch[: len(names)])


class TableSource(ArrowSource):
    """An Arrow table in memory (or mapped into it)."""

    def __init__(self, name: str, table: ArrowTable) -> None:
        self._table = table
        super().__init__(name, table.schema, table.num_rows)

    def arrays(self, names: Sequence[str]) -> Iterator[tuple[ArrowArray, ...]]:
        """Yield the columns ``names`` batch by batch."""
        for batch in self._table.select(list(names)).to_batches(max_chunksize=BATCH):
            yield tuple(map(readable, batch.columns))


def row_design_kind(request: Request) -> Rows:
    """Return a `Rows` of no rows that says whether there are weights and blocks."""
    return Rows(
        np.empty(0) if request.weights else None,
        np.empty(0, np.int64) if request.blocks else None,
    )


def count_plain(counts: Any, array: ArrowArray, plan: ColumnPlan, shared: SharedLabels) -> None:
    """Count a batch of rows that each count once."""
    if isinstance(counts, Histogram):
        if pa.types.is_null(array.type):
            counts.update(np.empty(0), len(array))
            return
        nulls = array.null_count
        values = array.drop_null() if nulls else array
        if pa.types.is_dictionary(values.type) and plan.kind != "text":
            values = values.dictionary_decode()
        if pa.types.is_integer(values.type) and values.type != pa.uint64():
            counts.update_whole(primitive(values), nulls)
        elif plan.kind == "text":
            counts.update_whole(text_lengths(values), nulls)
        else:
            counts.update(to_numbers(values, plan.kind), nulls)
        return
    labels, tally = value_counts(array, shared)
    counts.update(labels, tally, len(array) - int(tally.sum()))


class SharedLabels:
    """The labels of the dictionary last seen: the batches of a file share one, and it is turned to text once."""

    def __init__(self) -> None:
        self._dictionary: ArrowArray | None = None
        self._labels: list[str] = []

    def of(self, dictionary: ArrowArray) -> list[str]:
        """Return the values of a dictionary without nulls as text; the same list for the same values."""
        if self._dictionary is None or not self._dictionary.equals(dictionary):
            self._dictionary = dictionary
            self._labels = dictionary.cast(pa.string()).to_pylist() if len(dictionary) else []
        return self._labels


def value_counts(array: ArrowArray, shared: SharedLabels) -> tuple[list[str], IntArray]:
    """Return the distinct values of an array as text, and how often each occurs (some perhaps never)."""
    if pa.types.is_boolean(array.type):
        true = array.true_count
        return ["false", "true"], np.array([len(array) - array.null_count - true, true])
    if pa.types.is_null(array.type):
        return [], np.empty(0, np.int64)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    if array.dictionary.null_count:
        labels, codes = to_labels(array)
        return labels, np.bincount(codes[codes >= 0], minlength=len(labels))
    labels = shared.of(array.dictionary)
    codes = array.indices.drop_null() if array.null_count else array.indices
    return labels, np.bincount(primitive(codes), minlength=len(labels))


def count_rows(counts: Any, array: ArrowArray, plan: ColumnPlan, rows: Rows) -> None:
    """Count a batch of weighted rows, or of rows in blocks."""
    if isinstance(counts, Histogram):
        values = to_values(array, plan.kind if plan.kind in ORDERED else "numeric")
        counts.update_rows(np.asarray(values.numbers), ~values.nulls, rows)
        return
    labels, codes = to_labels(array)
    seen, inverse = np.unique(codes, return_inverse=True)
    if len(seen) and seen[0] < 0:
        inverse, seen = inverse - 1, seen[1:]
    counts.update_rows([labels[i] for i in seen.tolist()], inverse, rows)


def indices(rows: IntArray) -> ArrowArray:
    """Return row numbers as an Arrow array, over the same memory. (``pa.array`` would import pandas for them.)"""
    whole = np.ascontiguousarray(rows, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])


def _is_label(array: ArrowArray) -> bool:
    return pa.types.is_dictionary(array.type) or pa.types.is_boolean(array.type) or _is_string(array.type)


def _ends(array: ArrowArray) -> ArrowArray:
    """Return the least and the greatest finite value of an array; nothing if it has none."""
    type_ = array.type
    if pa.types.is_floating(type_):
        values = primitive(array.drop_null() if array.null_count else array)
        if len(values) and not (np.isfinite(values.min()) and np.isfinite(values.max())):
            values = values[np.isfinite(values)]
        ends = np.array([values.min(), values.max()] if len(values) else [], values.dtype)
        return pa.Array.from_buffers(type_, len(ends), [None, pa.py_buffer(ends)])
    if pa.types.is_duration(type_):
        array = array.view(pa.int64())
    found = pc.min_max(array)
    return pa.concat_arrays([pa.repeat(found[end], 1) for end in ("min", "max")]).view(type_)


def _plain_strings(array: ArrowArray) -> ArrowArray:
    """Return a dictionary array as plain values: dictionaries of different batches cannot be joined."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _joined(arrays: Sequence[ArrowArray]) -> ArrowArray:
    if not arrays:
        return pa.nulls(0)
    return pa.concat_arrays([_plain_strings(array) for array in arrays])
