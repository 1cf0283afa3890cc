"""Run every benchmark in one session and write docs/benchmarks.md and its figures as JSON.

    python benchmarks/run.py                  # flights, 500 thousand and 5 million rows, help and import
    python benchmarks/run.py --huge           # and 25 million rows (5 GB in benchmarks/data)
    python benchmarks/run.py --only flights   # the cases whose name contains a word
    python benchmarks/run.py --quick --out out/benchmarks.md --json out/benchmarks.json   # that it runs, not how fast

Nothing in the page is written by hand: figures come from the run, targets from the cases below, other tools' figures
from benchmarks/peers.json with their date.
"""

import argparse
import datetime
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exact import failures, measure_exact, section
from measure import Case, Result, machine, markdown, measure

HERE = Path(__file__).parent
PYTHON = sys.executable
KULLBACK = str(Path(sys.executable).parent / "kullback")
FLIGHTS = ("examples/data/flights-2013-first-half.parquet", "examples/data/flights-2013-second-half.parquet")
SIZES = {"500k": 500_000, "5M": 5_000_000, "25M": 25_000_000}
PACKAGES = ("kullback", "numpy", "scipy", "scikit-learn", "torch", "pyarrow", "duckdb", "narwhals")


def synthetic(rows: int) -> tuple[str, str]:
    return f"benchmarks/data/reference-{rows}.parquet", f"benchmarks/data/current-{rows}.parquet"


def pair(name: str, files: tuple[str, str], **limits: float) -> Iterator[Case]:
    """The bound and `kullback compare` on the same files."""
    says = {"max_cpu_s": "≤ {} CPU s", "max_ratio": "≤ {} × bound", "max_rss_mb": "≤ {:g} MB"}
    target = ", ".join(says[key].format(value) for key, value in limits.items())
    bound = f"bound, {name}"
    yield Case(bound, [PYTHON, "benchmarks/bound.py", *files])
    yield Case(f"kullback compare, {name}", [KULLBACK, "compare", *files], target, bound, **limits)


def cases(*, huge: bool) -> list[list[Case]]:
    """Groups of cases; those of a group run in turns."""
    report = "out/benchmark-flights.html"
    groups = [
        [
            *pair("flights", FLIGHTS, max_cpu_s=1.2, max_rss_mb=200),
            Case(
                "kullback compare, flights, with report",
                [KULLBACK, "compare", *FLIGHTS, "-o", report],
                "report ≤ 150 kB",
                "bound, flights",
                output=report,
                max_output_kb=150,
            ),
        ],
        [*pair("500k × 20", synthetic(SIZES["500k"]), max_ratio=1.5, max_rss_mb=300)],
        [*pair("5M × 20", synthetic(SIZES["5M"]), max_cpu_s=4, max_ratio=1.5, max_rss_mb=300)],
    ]
    if huge:
        groups.append([*pair("25M × 20", synthetic(SIZES["25M"]), max_ratio=1.5, max_rss_mb=300)])
    groups.append(
        [
            Case("kullback compare --help", [KULLBACK, "compare", "--help"], "≤ 0.3 CPU s", max_cpu_s=0.3),
            Case("import numpy", [PYTHON, "-c", "import numpy"]),
            Case(
                "import kullback",
                [PYTHON, "-c", "import kullback"],
                "≤ 1.5 × import numpy",
                "import numpy",
                max_ratio=1.5,
            ),
        ]
    )
    return groups


def peers() -> str:
    record = json.loads((HERE / "peers.json").read_text(encoding="utf-8"))

    def cell(figures: list[float] | None) -> str:
        return "–" if figures is None else f"{figures[0]:,} s, {figures[1]:,} MB"

    lines = [
        f"Measured {record['measured']}. {record['note']}",
        "",
        "| tool | what was run | flights | 500k × 20 | 5M × 20 |",
        "|---|---|--:|--:|--:|",
    ]
    for p in record["peers"]:
        name = f"{p['name']} {p['version']}".strip()
        cells = [cell(p[size]) for size in ("flights", "rows_500k", "rows_5m")]
        lines.append(f"| {name} | {p['what']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def versions() -> str:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def page(results: list[Result], runs: int, exact: dict[str, Any]) -> str:
    return f"""# Benchmarks

Written by `make bench` on {datetime.date.today().isoformat()}; do not edit. {machine()}; {versions()}.

## Exact divergences

`benchmarks/exact.py`: the contenders of a work run in turns in one process, pinned to one core and told to use one
thread. Times are CPU time per call, the least of all rounds, after a call that is not counted and whose result is held
against the truth. Data: P from the flat Dirichlet law, Q the same with log-normal noise; logits N(0, 9), the student's
with N(0, 1) added; a million random values or more wherever the work has them, so that no branch is learned by heart.
The calls at n = 100 go through 500 pairs in turn. scipy's `cdist` runs on a twentieth of the rows and its time is
multiplied. Neighbours are those of normal queries among as many normal points, found by the kernel itself; in 10
dimensions a twentieth of the queries is asked of SciPy's tree, and its time is multiplied. Most of torch's time on
logits is spent on memory that the system hands out afresh for its temporaries; the row with an allocator that keeps its
memory is without that. The targets are for AVX-512, and a third of them for lesser instructions; "baseline" is what
every processor of the family has.

{section(exact)}

## Tables

Each row is a whole process, pinned to one core and told to use one thread: {runs} runs after one that is not counted,
the rows of a group in turns. CPU is user + system seconds, peak memory the largest of all runs. The bound
(`benchmarks/bound.py`) reads the same files with PyArrow, counts them with NumPy and computes one divergence per
column: no intervals, no tests, no report. For `import kullback` the bound is `import numpy`.

{markdown(results)}

The tables of 500k, 5M and 25M rows are made by `benchmarks/generate.py`: 20 columns on each side, with known drift.

## Other tools

{peers()}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Run every benchmark and write docs/benchmarks.md.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--huge", action="store_true", help="25 million rows too")
    parser.add_argument(
        "--only", default="", help="only groups with a case whose name contains this; prints, writes nothing"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one run, no synthetic tables, small exact works: that it runs"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks.json"))
    args = parser.parse_args()
    Path("out").mkdir(exist_ok=True)

    results: list[Result] = []
    runs = 1 if args.quick else args.runs
    for group in cases(huge=args.huge):
        if not any(args.only in case.name for case in group):
            continue
        if args.quick and any("× 20" in case.name for case in group):
            continue
        for label, rows in SIZES.items():
            if any(f"{label} ×" in case.name for case in group):
                make = [PYTHON, "benchmarks/generate.py", "--rows", str(rows), "--out", "benchmarks/data"]
                subprocess.run(make, check=True)
        results += measure(group, runs)

    exact = measure_exact(args.only, quick=args.quick)

    print(markdown(results))
    print(section(exact))
    failed = [f"{r.case.name}: {r.failed.message}" for r in results if r.failed is not None] + failures(exact)
    if not args.only and not failed:
        args.out.write_text(page(results, runs, exact), encoding="utf-8")
        record: dict[str, Any] = {"date": datetime.date.today().isoformat(), "machine": machine()}
        record |= {"versions": versions(), "exact": exact, "results": [r.as_json() for r in results]}
        args.json.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"wrote {args.out} and {args.json}")
    if failed:
        said = "\n".join(failed)
        raise SystemExit(f"{said}\n{len(failed)} rows failed; {args.out} was left as it is")


if __name__ == "__main__":
    main()
