"""Make a synthetic pair of tables, `reference-N.parquet` and `current-N.parquet`, with a known amount of drift.

    python benchmarks/generate.py --rows 5000000 --out benchmarks/data

Twenty columns. What differs between the sides is said in COLUMNS; all else is drawn from the same distribution. Rows
are made and written one row group at a time, each from its own seed, so memory does not grow with the number of rows.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP = 1_048_576
SEED = 20_130_101


def shares(k: int) -> np.ndarray:
    """Cumulative shares of k categories, falling as 1/rank^0.8."""
    p = 1.0 / np.arange(1, k + 1) ** 0.8
    return np.cumsum(p / p.sum())


def labels(prefix: str, k: int) -> pa.Array:
    return pa.array([f"{prefix}{i:05d}" for i in range(k)])


SHARES = {k: shares(k) for k in (10, 100, 10_000)}
LABELS = {k: labels(f"c{k}_", k) for k in (10, 100, 10_000)}
PLANS = pa.array(["free", "basic", "team", "enterprise"])
START = np.datetime64("2025-01-01", "us")


def category(rng: np.random.Generator, n: int, k: int, power: float = 1.0) -> pa.Array:
    """Strings, k of them; a power below 1 moves mass to the frequent ones."""
    index = np.minimum(np.searchsorted(SHARES[k], rng.random(n) ** (1 / power)), k - 1)
    return LABELS[k].take(pa.array(index))


def text(rng: np.random.Generator, n: int) -> pa.Array:
    """Mostly distinct: a category of 100, a space, and a number of 34 bits."""
    number = pc.cast(pa.array(rng.integers(0, 2**34, n)), pa.string())
    return pc.binary_join_element_wise(category(rng, n, 100), number, " ")


# name: (drift, what makes n values). `rng` is the generator, `n` the number of values, `c` is 1 on the current side and
# 0 on the other, `at` is the number of the first row. Nine of the eleven float and integer columns do not drift.
COLUMNS = {
    "normal": ("none", lambda rng, n, c, at: rng.normal(0, 1, n)),
    "lognormal": ("none", lambda rng, n, c, at: rng.lognormal(3, 1, n)),
    "zeros": ("none", lambda rng, n, c, at: np.where(rng.random(n) < 0.3, 0.0, rng.exponential(10, n))),
    "heavy": ("none", lambda rng, n, c, at: rng.standard_cauchy(n)),
    "uniform": ("none", lambda rng, n, c, at: rng.random(n)),
    "cents": ("none", lambda rng, n, c, at: np.round(rng.gamma(2, 25, n), 2)),
    "int_uniform": ("none", lambda rng, n, c, at: rng.integers(0, 1000, n)),
    "poisson": ("none", lambda rng, n, c, at: rng.poisson(4, n)),
    "id": ("none", lambda rng, n, c, at: rng.permutation(np.arange(at, at + n))),
    "shifted": ("mean 0 → 0.05", lambda rng, n, c, at: rng.normal(0.05 * c, 1, n)),
    "scaled": ("standard deviation 1 → 1.1", lambda rng, n, c, at: rng.normal(0, 1 + 0.1 * c, n)),
    "float32": ("none", lambda rng, n, c, at: rng.normal(100, 15, n).astype(np.float32)),
    "nulls": (
        "share missing .05 → .08",
        lambda rng, n, c, at: pa.array(rng.normal(0, 1, n), mask=rng.random(n) < 0.05 + 0.03 * c),
    ),
    "time": (
        "the following 180 days",
        lambda rng, n, c, at: START + (rng.integers(0, 180 * 86_400, n) + c * 180 * 86_400) * 1_000_000,
    ),
    "cat10": ("none", lambda rng, n, c, at: category(rng, n, 10)),
    "cat100": ("mass moves to frequent values", lambda rng, n, c, at: category(rng, n, 100, 1 - 0.05 * c)),
    "cat10k": ("none", lambda rng, n, c, at: category(rng, n, 10_000)),
    "plan": (
        "3 → 4 values: .01 is new",
        lambda rng, n, c, at: PLANS.take(
            pa.array(np.searchsorted(np.array([0.6, 0.9, 1.0 - 0.01 * c]), rng.random(n), "right").clip(0, 2 + c))
        ),
    ),
    "flag": ("share true .30 → .31", lambda rng, n, c, at: rng.random(n) < 0.30 + 0.01 * c),
    "text": ("none", lambda rng, n, c, at: text(rng, n)),
}


def group(side: int, number: int, rows: int) -> pa.Table:
    """One row group; the same arguments always give the same values."""
    seeds = np.random.SeedSequence([SEED, side, number]).spawn(len(COLUMNS))
    return pa.table(
        {
            name: pa.array(make(np.random.default_rng(seed), rows, side, number * GROUP))
            for seed, (name, (_, make)) in zip(seeds, COLUMNS.items(), strict=True)
        }
    )


def write(path: Path, side: int, rows: int) -> None:
    part = path.with_suffix(".parquet.tmp")
    writer = None
    for number, at in enumerate(range(0, rows, GROUP)):
        table = group(side, number, min(GROUP, rows - at))
        writer = writer or pq.ParquetWriter(part, table.schema, compression="snappy")
        writer.write_table(table, row_group_size=GROUP)
        if sys.stderr.isatty():
            print(f"\r{path.name}: {min(at + GROUP, rows):,} of {rows:,} rows", end="", file=sys.stderr)
    if writer is None:
        raise SystemExit("--rows must be at least 1")
    writer.close()
    part.replace(path)


def paths(out: Path, rows: int) -> tuple[Path, Path]:
    return out / f"reference-{rows}.parquet", out / f"current-{rows}.parquet"


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a synthetic pair of tables with a known amount of drift.")
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows in each table")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/data"), help="folder to write to")
    parser.add_argument("--force", action="store_true", help="make the files again where they exist")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for side, path in enumerate(paths(args.out, args.rows)):
        if path.exists() and not args.force:
            print(f"{path} exists")
            continue
        start = time.perf_counter()
        write(path, side, args.rows)
        print(f"\r{path}: {args.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
