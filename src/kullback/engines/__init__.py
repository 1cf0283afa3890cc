"""Engines: fold summaries over data that is elsewhere. One engine per file; `open_source` finds the right one."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from kullback.engines.source import BlockKey, Request, Source
from kullback.optional import need

# Here, since everything about tables comes by: one sentence instead of "No module named pyarrow".
need("pyarrow", "tables", "kullback.tables")

__all__ = ["BlockKey", "Request", "Source", "is_query", "open_source"]

_QUERY = re.compile(r"\s*(select|with|from|values)\b", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_OWN = re.compile(rb'\s*\{\s*"format"\s*:\s*"kullback\.(profile|comparison)/')
_TEXT_FILES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".gz", ".zst")


def open_source(data: Any, name: str | None = None, *, database: str | Path | None = None) -> Source:
    """Return a `Source` for whatever ``data`` is.

    Arguments
    ---------
    data : a path (Parquet, Arrow/Feather, CSV, JSON; with ``*`` for many files), a URL, an SQL query, a DataFrame
        (pandas, Polars, anything narwhals knows), an Arrow table or stream, or a DuckDB relation.
    name : what to call it in results.
    database : a DuckDB file whose tables an SQL query reads.

    Raises ``ValueError`` or ``FileNotFoundError`` saying what cannot be read, ``TypeError`` for other objects.
    """
    if isinstance(data, Source):
        return data
    if isinstance(data, (str, Path)):
        return _open_text(str(data), name, database)
    return _open_object(data, name)


def is_query(data: Any) -> bool:
    """Return whether ``data`` is an SQL query: a text that begins like one and is no file."""
    if not isinstance(data, str) or not _QUERY.match(data):
        return False
    try:
        return not Path(data).exists()
    except OSError:  # too long for the name of a file
        return True


def _open_text(text: str, name: str | None, database: str | Path | None) -> Source:
    if is_query(text):
        need("duckdb", "tables", "an SQL query")
        from kullback.engines.duckdb import open_query

        return open_query(text, name or "query", database)
    if database is not None:
        raise ValueError(f"--db is for SQL queries, and {text!r} is none: it does not begin with SELECT, FROM or WITH")
    if _URL.match(text) or "*" in text or "?" in text:
        return _open_files(text)
    path = Path(text)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {text}")
    if path.is_dir():
        raise ValueError(f"{text} is a folder; name its files, such as {text.rstrip('/')}/*.parquet")
    if path.stat().st_size == 0:
        raise ValueError(f"{text} is empty")
    suffix = path.suffix.lower()
    if suffix == ".json":
        _refuse_own(path)
    if suffix in (".arrow", ".feather", ".ipc"):
        return _open_arrow_file(path)
    if suffix in _TEXT_FILES:
        return _open_files(text)
    from kullback.engines.parquet import ParquetSource

    return ParquetSource(path)


def _open_files(text: str) -> Source:
    need("duckdb", "tables", "reading CSV, JSON, several files or URLs")
    from kullback.engines.duckdb import open_files

    return open_files(text)


def _refuse_own(path: Path) -> None:
    """Raise ``ValueError`` for a file that kullback wrote: it describes data, it is none."""
    with path.open("rb") as file:
        found = _OWN.match(file.read(100))
    if found is not None:
        use = {
            b"profile": "a profile can only be the reference of a comparison",
            b"comparison": "'kullback report' shows it",
        }[found[1]]
        raise ValueError(f"{path} is a saved {found[1].decode()}, not data: {use}")


def _open_arrow_file(path: Path) -> Source:
    import pyarrow as pa

    from kullback.engines.arrow import TableSource

    try:
        return TableSource(path.name, pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path} is not a readable Arrow file: {error}") from None


def _open_object(data: Any, name: str | None) -> Source:
    import pyarrow as pa

    from kullback.engines.arrow import TableSource

    kind = f"{type(data).__module__.split('.')[0]}.{type(data).__name__}"
    if isinstance(data, (pa.Table, pa.RecordBatch)):
        table = data if isinstance(data, pa.Table) else pa.table(data)
        return TableSource(name or "table", table)
    if kind.startswith(("duckdb.", "_duckdb.")) and hasattr(data, "to_arrow_reader"):
        from kullback.engines.duckdb import open_relation

        return open_relation(data, name or "relation")
    if isinstance(data, pa.RecordBatchReader):
        return _spooled(data, name or "stream")
    from kullback.engines.frames import open_frame

    source = open_frame(data, name)
    if source is not None:
        return source
    if hasattr(data, "__arrow_c_stream__"):
        try:
            return _spooled(pa.RecordBatchReader.from_stream(data), name or "stream")
        except pa.ArrowInvalid as error:  # a single column is a stream too, but not of rows
            if "non-struct" not in str(error):
                raise
    raise TypeError(
        f"{kind} is not a table: pass a path, a DataFrame (pandas, Polars ...), an Arrow table or stream, "
        "or a DuckDB relation. Two arrays of samples? kb.estimate(x, y)."
    )


def _spooled(reader: Any, name: str) -> Source:
    """Write a stream, which can be read once only, to a temporary file that can be read column by column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from kullback.engines.arrow import readable
    from kullback.engines.parquet import ParquetSource

    with tempfile.TemporaryDirectory(prefix="kullback-") as folder:
        path = Path(folder) / "stream.parquet"
        try:
            with pq.ParquetWriter(path, reader.schema, compression="lz4") as writer:
                for batch in reader:
                    columns = [readable(c) if pa.types.is_dictionary(c.type) else c for c in batch.columns]
                    writer.write_batch(pa.record_batch(columns, schema=reader.schema))
        except (pa.ArrowException, OSError) as error:
            message = " ".join(str(error).split())[:200]
            raise ValueError(f"{name} cannot be kept as Parquet: {message}; pass an Arrow table instead") from None
        source = ParquetSource(path)  # kept open: on POSIX the file may go while it is read
        source.name = name
        return source
