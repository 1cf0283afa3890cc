"""Memory does not grow with the rows of a Parquet file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

# VmHWM and not ru_maxrss: the latter begins with what the process that forked had, a test runner of several hundred MB.
READ = """
import re, sys
from kullback.tables import profile
found = profile(sys.argv[1])
assert len(found.plan.columns) == 5, found.plan
assert all(column.counts.cells.sum() == found.rows for column in found.summary.columns.values())
print(int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


def write(path, rows, group=250_000):
    rng = np.random.default_rng(0)
    whole = rng.integers(0, 1 << 40, group)
    table = pa.table({
        "x": rng.normal(size=group), "n": whole, "t": pa.array(whole, pa.timestamp("us")),
        "s": pa.array(rng.choice(np.array(["red", "green", "blue"]), group)),
        "text": pa.array(np.char.mod("%x", whole)),
    })  # fmt: skip
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(rows // group):
            writer.write_table(table)
    return path


def peak(path):
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_four_times_the_rows_take_the_same_memory(tmp_path):
    small, large = (peak(write(tmp_path / f"{rows}.parquet", rows)) for rows in (1_000_000, 4_000_000))
    assert 20 < small < 400, "megabytes"
    # One column of 8 bytes a row is kept while it is planned and counted: 24 MB more here, and never more than 64.
    assert large <= small + 24 + 10, f"{large} MB for 4 million rows, {small} MB for 1 million"
