"""Frames: pandas, Polars and every other DataFrame that narwhals knows, one column at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa

from kullback.engines.arrow import BATCH, ArrowSource, column_of, readable
from kullback.engines.parquet import ParquetSource
from kullback.engines.source import ArrowArray, Source, check_names
from kullback.summaries import Column


class FrameSource(ArrowSource):
    """A DataFrame in memory; a column is turned to Arrow when it is read."""

    def __init__(self, name: str, frame: nw.DataFrame[Any], names: Sequence[Any]) -> None:
        # By position: a name may be a number or a tuple, which narwhals does not take for a name.
        self._frame, self._names = frame, {str(column): position for position, column in enumerate(names)}
        self.name, self.rows = name, len(frame)
        self.columns = {column: self._column(column) for column in self._names}

    def _column(self, name: str) -> Column:
        try:
            head = self._arrow(name).type
        except (pa.ArrowException, TypeError, ValueError) as error:
            return Column(name, "skipped", "object", f"its values have no common type: {' '.join(str(error).split())}")
        return column_of(name, head)

    def _arrow(self, name: str) -> Any:
        return self._frame[:, self._names[name]].to_arrow()

    def arrays(self, names: Sequence[str]) -> Iterator[tuple[ArrowArray, ...]]:
        """Yield the columns ``names`` batch by batch."""
        table = pa.table(dict(zip(names, map(self._arrow, names), strict=True)))
        for batch in table.to_batches(max_chunksize=BATCH):
            yield tuple(map(readable, batch.columns))


def open_frame(data: Any, name: str | None) -> Source | None:
    """Return a source for a DataFrame or lazy frame, None for any other object."""
    label = name or f"{type(data).__module__.split('.')[0]} {type(data).__name__}"
    try:
        frame: Any = nw.from_native(data, pass_through=True)
    except nw.exceptions.DuplicateError:
        check_names(list(data.columns), label)
        raise
    if isinstance(frame, nw.LazyFrame):
        with tempfile.TemporaryDirectory(prefix="kullback-") as folder:
            path = Path(folder) / "frame.parquet"
            frame.sink_parquet(path)  # one run of the query, in the memory that its engine takes for a stream
            source = ParquetSource(path)
            source.name = label
            return source
    if isinstance(frame, nw.DataFrame):
        names = list(getattr(data, "columns", frame.columns))
        check_names(names, label)
        return FrameSource(label, frame, names)
    return None
