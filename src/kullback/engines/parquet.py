"""Parquet: a file read one column at a time, so that memory does not grow with its rows or columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kullback.engines.arrow import BATCH, ArrowSource, readable
from kullback.engines.source import ArrowArray

KEPT_BYTES = 64 << 20
"""A column up to this size is kept between making its plan and counting it, so that it is decoded once."""
_BUFFER = 1 << 20
_DICTIONARY_BYTES = 6
"""A string column that takes fewer bytes per row before compression stores indices into a dictionary."""
SAMPLED_GROUPS = 8
"""Of a larger column, this many row groups, spread evenly, make the plan."""


class ParquetSource(ArrowSource):
    """One Parquet file."""

    def __init__(self, path: Path) -> None:
        try:
            # Not mapped into memory: the pages of a mapped file count as the memory of this process.
            self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER)
            repeated = _repeated_strings(self._file)
            if repeated:  # categories stay dictionary-encoded: no string is decoded more than once
                self._file.close()
                self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER, read_dictionary=repeated)
        except (pa.ArrowException, OSError) as error:
            raise ValueError(f"{path} is not a readable Parquet file: {_one_line(error)}") from None
        self._kept: tuple[str, list[ArrowArray]] | None = None
        self._path = path
        super().__init__(path.name, self._file.schema_arrow, self._file.metadata.num_rows)

    def arrays(self, names: Sequence[str]) -> Iterator[tuple[ArrowArray, ...]]:
        """Yield the columns ``names`` batch by batch."""
        if self._kept is not None:
            kept, arrays = self._kept
            if list(names) == [kept]:
                self._kept = None
                yield from ((array,) for array in arrays)
                return
        yield from self._decode(names, range(self._file.num_row_groups))

    def _decode(self, names: Sequence[str], groups: Sequence[int]) -> Iterator[tuple[ArrowArray, ...]]:
        try:
            for batch in self._file.iter_batches(
                BATCH, row_groups=list(groups), columns=list(names), use_threads=False
            ):
                yield tuple(readable(batch.column(name)) for name in names)
        except (pa.ArrowException, OSError) as error:
            raise ValueError(f"{self._path} is damaged in column {names[0]!r}: {_one_line(error)}") from None

    def sampled_arrays(self, name: str) -> Iterator[ArrowArray]:
        """Yield the whole column if it is small enough to be kept, else some row groups from all over it."""
        groups, whole = self._sampled(name)
        if whole:
            arrays = [array for (array,) in self._decode([name], groups)]
            self._kept = name, arrays
            yield from arrays
        elif not self._is_text(name):
            yield from (array for (array,) in self._decode([name], groups))
        else:  # text takes long to decode: its first rows in each group must do
            for group in groups:
                yield from (array for (array,) in itertools.islice(self._decode([name], [group]), 1))

    def sampled_rows(self, name: str) -> int:
        """Return how many rows `sampled_arrays` yields."""
        groups, whole = self._sampled(name)
        most = BATCH if self._is_text(name) and not whole else self.rows
        return sum(min(most, self._file.metadata.row_group(group).num_rows) for group in groups)

    def _is_text(self, name: str) -> bool:
        return bool(pa.types.is_string(self._file.schema_arrow.field(name).type))

    def _sampled(self, name: str) -> tuple[Sequence[int], bool]:
        """Return the row groups that make the plan, and whether they are read and kept as a whole."""
        groups = self._file.num_row_groups
        if self.rows * (24 if self._is_text(name) else 8) <= KEPT_BYTES:
            return range(groups), True
        return sorted({round(i * (groups - 1) / (SAMPLED_GROUPS - 1)) for i in range(SAMPLED_GROUPS)}), False

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _repeated_strings(file: Any) -> list[str]:
    """Return the string columns whose values repeat enough to be stored as a dictionary."""
    metadata = file.metadata
    leaves = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    found: list[str] = []
    for field in file.schema_arrow:
        if not pa.types.is_string(field.type) or field.name not in leaves or not metadata.num_rows:
            continue
        chunks = [metadata.row_group(g).column(leaves[field.name]) for g in range(metadata.num_row_groups)]
        size = sum(chunk.total_uncompressed_size for chunk in chunks)
        if all(chunk.has_dictionary_page for chunk in chunks) and size < _DICTIONARY_BYTES * metadata.num_rows:
            found.append(field.name)
    return found


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
