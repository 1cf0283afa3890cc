"""DuckDB: count columns by SQL where the data is CSV, JSON, many files, remote files or a query."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from kullback.engines.arrow import BATCH, BLOCK_UNITS, DISTINCT_SAMPLE
from kullback.engines.source import PLAN_SAMPLE, BlockKey, Reading, Request, Source, Values, check_names
from kullback.summaries import Categories, Column, ColumnPlan, Histogram, HistogramCut, Kind, Moments
from kullback.summaries.columns import ORDERED
from kullback.summaries.counts import CountArray, Counts

_TABLE = "counted"
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        ["tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint"],
        "numeric",
    ),
    **dict.fromkeys(["uhugeint", "float", "double"], "numeric"),
    "decimal": "decimal",
    "boolean": "boolean",
    **dict.fromkeys(["varchar", "enum", "uuid"], "categorical"),
    **dict.fromkeys(
        ["date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"], "datetime"
    ),
    "timestamptz_ns": "datetime",
    **dict.fromkeys(["time", "time_ns"], "time"),
    "interval": "duration",
    "null": "null",
}
_ARROW_NAMES = {
    "tinyint": "int8",
    "smallint": "int16",
    "integer": "int32",
    "bigint": "int64",
    "utinyint": "uint8",
    "usmallint": "uint16",
    "uinteger": "uint32",
    "ubigint": "uint64",
    "float": "float32",
    "double": "float64",
    "varchar": "string",
    "enum": "string",
    "boolean": "bool",
    "date": "date32[day]",
    "timestamp": "timestamp[us]",
    "timestamp with time zone": "timestamp[us, tz=UTC]",
    "timestamp_s": "timestamp[s]",
    "timestamp_ms": "timestamp[ms]",
    "timestamp_ns": "timestamp[ns]",
    "timestamptz_ns": "timestamp[ns, tz=UTC]",
    "time": "time64[us]",
    "time_ns": "time64[ns]",
    "interval": "duration[us]",
    "null": "null",
}
_NUMBERS_OF = {
    # By way of text to the nearest double: the straight way is an ulp off.
    **dict.fromkeys(["decimal", "hugeint", "uhugeint"], "CAST(CAST({0} AS VARCHAR) AS DOUBLE)"),
    **dict.fromkeys(
        ["timestamp_ns", "timestamptz_ns"],
        "CAST((epoch_ns({0}) - ((epoch_ns({0}) % 1000) + 1000) % 1000) // 1000 AS DOUBLE)",
    ),
    **dict.fromkeys(["date", "timestamp", "timestamp_s", "timestamp_ms"], "CAST(epoch_us({0}) AS DOUBLE)"),
    **dict.fromkeys(["timestamp with time zone", "time", "time_ns", "interval"], "CAST(epoch_us({0}) AS DOUBLE)"),
    "null": "CAST(NULL AS DOUBLE)",
}


class DuckSource(Source):
    """A query result, kept in a DuckDB file of its own while it is read, so that every column sees the same rows."""

    def __init__(self, name: str, connection: duckdb.DuckDBPyConnection, table: str, owner: Any = None) -> None:
        self.name = name
        self._connection, self._table, self._owner = connection, table, owner
        relation = connection.sql(f"SELECT * FROM {table}")
        check_names(relation.columns, name)
        for column in relation.columns:
            if column.lower() == "rowid":  # it would hide DuckDB's own, by which rows are found again
                raise ValueError(
                    f"{name} has a column {column!r}, a name that DuckDB keeps for itself: rename it, as in "
                    f"SELECT * RENAME ({column} AS row) FROM 'file.csv'"
                )
        self._types = {column: type_.id for column, type_ in zip(relation.columns, relation.types, strict=True)}
        self.columns = {
            column: _column(column, type_) for column, type_ in zip(relation.columns, relation.types, strict=True)
        }
        self.rows = self._one(f"SELECT count(*) FROM {table}")[0]

    def sample(self, column: str, size: int = PLAN_SAMPLE, *, kind: Kind | None = None) -> Values:
        """Return every k-th value of a column, about ``size`` in all."""
        stride = max(1, -(-self.rows // size))
        kind = kind or self.columns[column].kind
        found = self._values(column, kind, f"WHERE rowid % {stride} = 0")
        if stride == 1 or kind not in ORDERED or kind == "text" or found.numbers is None:
            return found
        number = self._numbers(column, kind)
        ends = self._one(f"SELECT min({number}), max({number}) FROM {self._table} WHERE isfinite({number})")
        known = np.array([end for end in ends if end is not None], np.float64)  # the plan must know the whole range
        return Values(np.append(found.numbers, known), None, np.append(found.nulls, np.zeros(len(known), bool)))

    def distinct(self, column: str) -> tuple[int, int]:
        """Return how many distinct strings the first rows hold, and how many rows those are."""
        head = f"(SELECT {_quoted(column)} AS x FROM {self._table} LIMIT {DISTINCT_SAMPLE})"
        distinct, rows = self._one(f"SELECT count(DISTINCT x), count(x) FROM {head}")
        return distinct, rows

    def read(self, column: str, plan: ColumnPlan, request: Request) -> Reading:
        """Count a column by one grouping query."""
        from kullback.engines.arrow import row_design_kind

        counts = plan.zero(row_design_kind(request))
        self._check_weights(request)
        if isinstance(counts, Histogram):
            self._read_histogram(column, plan, request, counts)
        else:
            self._read_categories(column, request, counts)
        request.advance(self.rows)
        sampled = self._values(column, plan.kind, self._positions(request))
        head = self._values(column, plan.kind, f"WHERE rowid < {request.head}")
        return Reading(counts, sampled, head)

    def where(self, column: str, value: str) -> DuckSource:
        """Return the rows whose ``column``, as text, is ``value``."""
        table = f"{self._table}_{abs(hash((column, value)))}"
        text = f"coalesce(CAST({_quoted(column)} AS VARCHAR), 'null')"
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {self._table} WHERE {text} = ? ORDER BY rowid", [value]
        )
        return DuckSource(f"{self.name} where {column} = {value}", self._connection, table)

    def close(self) -> None:
        """Close the database and remove its file."""
        if self._owner is not None:
            self._connection.close()
            self._owner.cleanup()
            self._owner = None

    def _numbers(self, column: str, kind: Kind) -> str:
        if kind == "text":
            return f"CAST(length({_quoted(column)}) AS DOUBLE)"
        return _NUMBERS_OF.get(self._types[column], "CAST({0} AS DOUBLE)").format(_quoted(column))

    def _label(self, column: str) -> str:
        return f"CAST({_quoted(column)} AS VARCHAR)"

    def _design(self, request: Request) -> str:
        weight = f"CAST({_quoted(request.weights)} AS DOUBLE)" if request.weights else "1"
        names = [self._block(key) for key in request.blocks]
        block = f"concat_ws('/', {', '.join(names)})" if names else "''"
        return f"{weight} AS w, {block} AS block"

    def _block(self, key: BlockKey) -> str:
        if key.unit is None:
            return f"coalesce({self._label(key.column)}, 'null')"
        if self.columns[key.column].kind != "datetime":
            type_ = self.columns[key.column].type
            raise ValueError(f"blocks {key.column}:{key.unit} needs a datetime column, but {key.column} is {type_}")
        period = f"floor({self._numbers(key.column, 'datetime')} / {BLOCK_UNITS[key.unit]})"
        return f"coalesce(CAST(CAST({period} AS BIGINT) AS VARCHAR), 'null')"

    def _check_weights(self, request: Request) -> None:
        if request.weights is None:
            return
        weight = f"CAST({_quoted(request.weights)} AS DOUBLE)"
        bad = self._one(
            f"SELECT count(*) FILTER (WHERE {weight} IS NULL), count(*) FILTER (WHERE NOT isfinite({weight}) "
            f"OR {weight} < 0) FROM {self._table}"
        )
        if bad[0]:
            raise ValueError(f"the weights in {request.weights!r} hold nulls; give every row a weight")
        if bad[1]:
            raise ValueError(f"the weights in {request.weights!r} hold negative or infinite values")

    def _read_histogram(self, column: str, plan: ColumnPlan, request: Request, counts: Histogram) -> None:
        cut = counts.cut
        inner = f"SELECT {self._numbers(column, plan.kind)} AS x, {self._design(request)} FROM {self._table}"
        cells = f"SELECT {_cell(cut)} AS cell, x, w, block FROM ({inner})"
        weighted = request.weights is not None
        counted = "FILTER (w > 0)" if weighted else ""

        def query(mean: str, spread: str) -> str:
            return (
                f"SELECT cell, block, count(*), sum(w), sum(w * w), {mean}, {spread}, "
                f"min(x) {counted}, max(x) {counted} FROM ({cells}) GROUP BY cell, block"
            )

        mean = "sum(w * x) / nullif(sum(w), 0)" if weighted else "avg(x)"
        try:
            rows = self._connection.execute(query(mean, "0" if weighted else "var_pop(x)")).fetchall()
            overflow = any(row[0] < cut.fine and row[5] is not None and not math.isfinite(row[5]) for row in rows)
        except duckdb.OutOfRangeException:
            rows, overflow = [], True
        if overflow:  # sums or squares beyond the range of a double
            scale = float(1 << 32)
            mean = f"sum(w * (x / {scale})) / nullif(sum(w), 0)" if weighted else f"avg(x / {scale})"
            spread = "CASE WHEN min(x) = max(x) THEN 0 ELSE 'inf'::DOUBLE END"
            rows = self._connection.execute(query(f"{mean} * {scale}", spread)).fetchall()
        tallies: dict[str, list[Any]] = {}
        for cell, block, number, weight, squared, average, variance, low, high in rows:
            tallies.setdefault(block, []).append((cell, weight, squared))
            if cell < cut.fine and average is not None:
                total = float(number if request.weights is None else weight)
                counts.moments = counts.moments.merge(Moments(total, average, variance * total, low, high))
        for block, entries in tallies.items():
            batch = _tally(entries, len(counts.counts.cells), counts.counts)
            counts.counts = counts.counts.merge(batch)
            if counts.blocks is not None:
                groups = cut.all_groups
                coarse = batch.group(groups, int(groups[-1]) + 1)
                counts.blocks.cells = counts.blocks.cells + coarse.cells
                if counts.blocks.squares is not None and coarse.squares is not None:
                    counts.blocks.squares = counts.blocks.squares + coarse.squares
                counts.blocks.add_block(block, coarse.cells)
        if request.weights is not None and counts.moments.total:
            self._weighted_spread(inner, counts)

    def _weighted_spread(self, inner: str, counts: Histogram) -> None:
        moments = counts.moments
        squared = f"SELECT sum(w * (x - ?) ** 2) FROM ({inner}) WHERE isfinite(x) AND w > 0"
        try:
            squares = self._one(squared, [moments.mean])[0]
        except duckdb.OutOfRangeException:
            squares = math.inf
        counts.moments = Moments(moments.total, moments.mean, squares, moments.minimum, moments.maximum)

    def _read_categories(self, column: str, request: Request, counts: Categories) -> None:
        inner = f"SELECT {self._label(column)} AS label, {self._design(request)} FROM {self._table}"
        if request.plain:
            for batch in self._batches(f"SELECT label, count(*) AS n FROM ({inner}) GROUP BY label"):
                labels = batch.column(0).to_pylist()
                number = np.array(batch.column(1).to_pylist(), np.int64)  # to_numpy would import pandas
                known = np.array([label is not None for label in labels])
                nulls = int(number[~known].sum())
                counts.update([label for label in labels if label is not None], number[known], nulls)
            return
        query = f"SELECT block, label, sum(w), sum(w * w) FROM ({inner}) GROUP BY block, label ORDER BY block"
        rows = self._connection.execute(query).fetchall()
        labels = list(dict.fromkeys(label for _, label, _, _ in rows if label is not None))
        position = {label: i + 1 for i, label in enumerate(labels)}
        found = [(block, position.get(label, 0), weight, squared) for block, label, weight, squared in rows]
        batch = _tally([entry for _, *entry in found], len(labels) + 1, counts.counts)
        if batch.blocks is not None:
            for block, entries in _grouped(found):
                batch.blocks[block] = _tally(entries, len(labels) + 1, counts.counts).cells
        counts.add_cells(labels, batch)

    def _values(self, column: str, kind: Kind, condition: str) -> Values:
        if kind in ORDERED:
            query = f"SELECT {self._numbers(column, kind)} AS x FROM {self._table} {condition} ORDER BY rowid"
            found = self._connection.execute(query).fetchnumpy()["x"]
            numbers = np.ma.filled(np.ma.asarray(found, np.float64), np.nan)
            return Values(numbers, None, np.array(np.ma.getmaskarray(np.ma.asarray(found))))
        query = f"SELECT {self._label(column)} FROM {self._table} {condition} ORDER BY rowid"
        strings = [row[0] for row in self._connection.execute(query).fetchall()]
        return Values(None, strings, np.array([string is None for string in strings], bool))

    def _positions(self, request: Request) -> str:
        if not len(request.positions):
            return "WHERE false"
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest(?::BIGINT[]) AS i", [request.positions.tolist()]
        )
        return "WHERE rowid IN (SELECT i FROM wanted)"

    def _batches(self, query: str) -> Iterator[Any]:
        yield from self._connection.sql(query).to_arrow_reader(BATCH)

    def _one(self, query: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
        # Fetched whole: DuckDB 2 lets no other query run while a result is unfinished.
        found = self._connection.execute(query, list(parameters)).fetchall()
        return tuple(found[0]) if found else ()


def open_query(query: str, name: str, database: str | Path | None = None) -> DuckSource:
    """Return the rows of a ``SELECT``, run once; its tables are those of the file ``database``, opened read-only."""
    folder = tempfile.TemporaryDirectory(prefix="kullback-")
    connection = duckdb.connect(str(Path(folder.name) / "rows.duckdb"))
    try:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(f"SET temp_directory = '{_escaped(folder.name)}'")
        if database is not None:
            if not Path(database).exists():
                raise ValueError(f"there is no database {database}")
            try:
                connection.execute(f"ATTACH '{_escaped(str(database))}' AS given (READ_ONLY, TYPE duckdb)")
            except duckdb.Error as error:
                raise ValueError(f"{database} is not a DuckDB file: {_one_line(error)}") from None
            connection.execute("USE given")
        connection.execute(f"CREATE TABLE rows.main.{_TABLE} AS ({query.strip().rstrip(';')})")
        connection.execute("USE rows")
        return DuckSource(name, connection, _TABLE, folder)
    except duckdb.InterruptException:  # what DuckDB makes of Ctrl-C
        connection.close()
        folder.cleanup()
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        connection.close()
        folder.cleanup()
        raise ValueError(f"{name}: {_one_line(error)}") from None
    except BaseException:
        connection.close()
        folder.cleanup()
        raise


def open_files(path: str) -> DuckSource:
    """Return the rows of CSV, JSON or Parquet files: a path, a pattern with ``*``, or a URL that DuckDB reads."""
    reader = _reader(path)
    name = path if "*" in path else path.rsplit("/", 1)[-1]
    try:
        found = open_query(f"SELECT * FROM {reader}('{_escaped(path)}')", name)
        _check_split(found, reader)
        return found
    except ValueError as error:
        if reader != "read_csv" or "onver" not in str(error):
            raise
        # The types were guessed from the first rows and do not hold further down: look at every row.
        return open_query(f"SELECT * FROM read_csv('{_escaped(path)}', sample_size=-1)", name)


def _check_split(source: DuckSource, reader: str) -> None:
    """Raise ``ValueError`` where DuckDB could not split the lines of a CSV file and took them for one column."""
    (name, *others) = source.columns
    delimiter = next((mark for mark in ",;\t|" if mark in name), None)
    if reader == "read_csv" and not others and delimiter is not None:
        source.close()
        raise ValueError(
            f"{source.name} was read as one column, {name!r}: its lines do not all have as many {delimiter!r} "
            "as the first one; repair them"
        )


def open_relation(relation: duckdb.DuckDBPyRelation, name: str) -> DuckSource:
    """Return the rows of a relation of the user's own connection, read once."""
    folder = tempfile.TemporaryDirectory(prefix="kullback-")
    connection = duckdb.connect(str(Path(folder.name) / "rows.duckdb"))
    connection.register("incoming", relation.to_arrow_reader(BATCH))
    connection.execute(f"CREATE TABLE {_TABLE} AS SELECT * FROM incoming")
    connection.unregister("incoming")
    return DuckSource(name, connection, _TABLE, folder)


def _reader(path: str) -> str:
    plain = path.lower()
    for suffix in (".gz", ".zst"):
        plain = plain.removesuffix(suffix)
    if plain.endswith((".json", ".jsonl", ".ndjson")):
        return "read_json"
    return "read_parquet" if plain.endswith((".parquet", ".pq")) else "read_csv"


def _column(name: str, type_: Any) -> Column:
    kind = _KINDS.get(type_.id, "skipped")
    words = _ARROW_NAMES.get(type_.id, str(type_).lower())
    if type_.id == "decimal":
        words = str(type_).lower().replace("decimal(", "decimal128(").replace(",", ", ")
    return Column(name, kind, words, "" if kind != "skipped" else f"values of type {words} are not compared")


def _cell(cut: HistogramCut) -> str:
    """Return the SQL expression of the cell of x: a balanced tree of comparisons."""

    def tree(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        # With an exponent the literal is a double, not a decimal.
        return f"CASE WHEN x <= {cut.edges[middle]:.17e} THEN {tree(low, middle)} ELSE {tree(middle + 1, high)} END"

    fine = cut.fine
    return (
        f"CASE WHEN x IS NULL THEN {fine + 3} WHEN isnan(x) THEN {fine + 2} WHEN x = 'inf'::DOUBLE THEN {fine + 1} "
        f"WHEN x = '-inf'::DOUBLE THEN {fine} ELSE {tree(0, len(cut.edges))} END"
    )


def _tally(entries: Sequence[Sequence[Any]], size: int, like: Counts) -> Counts:
    cells: CountArray = np.zeros(size, like.cells.dtype)
    squares = None if like.squares is None else np.zeros(size)
    for cell, weight, squared in entries:
        cells[cell] += weight
        if squares is not None:
            squares[cell] += squared
    return Counts(cells, squares, None if like.blocks is None else {})


def _grouped(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for block, *entry in rows:
        groups.setdefault(block, []).append(tuple(entry))
    yield from groups.items()


def _quoted(name: str | None) -> str:
    return '"' + str(name).replace('"', '""') + '"'


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _one_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[0].split())[:300] if lines else type(error).__name__
