"""How long `kb.estimate` takes by itself, by rows and columns: writes docs/estimates.md.

    python benchmarks/estimates.py --out docs/estimates.md

Each figure is the wall-clock time of one call in a process of its own that has imported everything and estimated once:
the least of three calls up to 10,000 rows, of one call above. P is normal, Q shifted and stretched a little. The
search for neighbours, on which many estimators rest, is measured beside its peers.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from exact import measure_exact, section

SIZES = (1_000, 10_000, 100_000)
COLUMNS = (1, 2, 5, 10, 50)
EMBEDDINGS = ((60, 2_000), (2_000, 384), (1_000, 1_536), (10_000, 768))
TARGETS = {1_000: 1.0, 10_000: 20.0, 100_000: 60.0}
TARGETS_OF_EMBEDDINGS = (3.0, 4.0, 5.0, 20.0)
LONGEST = 400
CHILD = """
import json, sys, time, resource
import numpy as np
import kullback as kb
n, d, repeats = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
x, y = rng.normal(size=(n, d)), 1.1 * rng.normal(size=(n, d)) + 0.2 / np.sqrt(d)
kb.estimate(x[:200], y[:200], rng=0)
times = []
for _ in range(repeats):
    start = time.perf_counter()
    found = kb.estimate(x, y, rng=0)
    times.append(time.perf_counter() - start)
truth = d * (np.log(1.1) + (1 + 0.04 / d) / (2 * 1.21) - 0.5)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([min(times), found.value, found.low, found.high, float(truth), peak]))
"""


def measured(rows: int, columns: int) -> list[float] | None:
    """Seconds, value, low, high, truth and the peak memory in MiB of one size; None where it took too long."""
    repeats = 3 if rows <= 10_000 else 1
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(rows), str(columns), str(repeats)],
            capture_output=True, text=True, timeout=LONGEST, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    found: list[float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/estimates.md"))
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--columns", type=int, nargs="*", default=COLUMNS)
    parser.add_argument("--embeddings", action=argparse.BooleanOptionalAction, default=True, help="hundreds of columns")
    given = parser.parse_args()
    lines = [
        "# How long an estimate takes",
        "",
        "Written by `benchmarks/estimates.py`: `kb.estimate(x, y)` with everything chosen by itself, wall-clock",
        f"seconds on {os.cpu_count()} cores, the least of three calls (one from 100,000 rows on).",
        "",
        "| rows of each sample | columns | seconds | aimed at | peak memory | KL(P‖Q) | estimate | interval |",
        "|---|---|---|---|---|---|---|---|",
    ]
    sizes = [(rows, columns, TARGETS.get(rows)) for rows in given.rows for columns in given.columns]
    if given.embeddings:
        sizes += [(*size, aim) for size, aim in zip(EMBEDDINGS, TARGETS_OF_EMBEDDINGS, strict=True)]
    for rows, columns, target in sizes:
        found, aim = measured(rows, columns), "" if target is None else target
        if found is None:
            lines.append(f"| {rows:,} | {columns} | over {LONGEST} | {aim} | | | | |")
        else:
            seconds, value, low, high, truth, peak = found
            lines.append(
                f"| {rows:,} | {columns} | {seconds:.2f} | {aim} | {peak:.0f} MiB | {truth:.3f} | "
                f"{value:.3f} | [{low:.3f}, {high:.3f}] |"
            )
        print(lines[-1], flush=True)
    lines += [
        "",
        "## The search for neighbours",
        "",
        "CPU time of one thread, the least of many rounds in turns with the peer, as in [benchmarks](benchmarks.md).",
        "",
        section(measure_exact("nearest neighbours")),
    ]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
