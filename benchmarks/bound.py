"""The least that comparing two Parquet files can cost: exact counts and a Jensen-Shannon divergence per column.

    python benchmarks/bound.py reference.parquet current.parquet

PyArrow reads one column and one row group at a time on one thread. Numbers are cut at 19 quantiles, taken from every
16th value of the reference's first row group, and counted by one comparison per edge: for 19 edges cheaper than sorting
(3 to 20 times, depending on the processor). Categories are counted whole, free text by its length. No intervals, no
report: a finished tool is measured against this, in the same session, as a ratio.
"""

import sys
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def batches(path: str, column: str, *, coded: bool = False):
    file = pq.ParquetFile(path, read_dictionary=[column] if coded else [])
    for number in range(file.num_row_groups):
        yield from file.read_row_group(number, columns=[column], use_threads=False).column(0).chunks


def numbers(chunk: pa.Array) -> np.ndarray:
    chunk = chunk.drop_null()
    if pa.types.is_temporal(chunk.type):
        chunk = chunk.view(pa.int64() if chunk.type.bit_width == 64 else pa.int32())
    return chunk.to_numpy(zero_copy_only=False)


def count_numbers(chunks, edges: np.ndarray) -> Counter:
    total = np.zeros(len(edges) + 2, dtype=np.int64)
    for chunk in chunks:
        x = numbers(chunk)
        total[:-1] += np.diff([np.count_nonzero(x <= edge) for edge in edges], prepend=0, append=len(x))
        total[-1] += chunk.null_count
    return Counter(dict(enumerate(total.tolist())))


def count_values(chunks, *, text: bool) -> Counter:
    total: Counter = Counter()
    for chunk in chunks:
        if text:
            chunk = pc.utf8_length(chunk)
        coded = chunk if isinstance(chunk, pa.DictionaryArray) else chunk.dictionary_encode()
        values = coded.dictionary.to_pylist()
        counts = np.bincount(coded.indices.drop_null().to_numpy(), minlength=len(values))
        total.update(dict(zip(values, counts.tolist(), strict=True)))
        total[None] += chunk.null_count
    return total


def js(a: Counter, b: Counter) -> float:
    """The equal-weight Jensen-Shannon divergence of two sets of counts, in nats."""
    keys = a.keys() | b.keys()
    p, q = (np.array([c[k] for k in keys], dtype=float) / c.total() for c in (a, b))
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.nansum(p * np.log(p / m)) + np.nansum(q * np.log(q / m))) / 2


def compare(reference: str, current: str) -> dict[str, float]:
    result = {}
    for field in pq.read_schema(reference):
        strings = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        if strings or pa.types.is_boolean(field.type):
            first = next(batches(reference, field.name)) if strings else None
            sample = first.slice(0, 10_000).drop_null() if first is not None else []
            text = len(sample) > 0 and len(sample.unique()) > len(sample) / 2
            sides = [
                count_values(batches(p, field.name, coded=strings and not text), text=text)
                for p in (reference, current)
            ]
        else:
            x = np.sort(numbers(next(batches(reference, field.name)))[::16])
            edges = np.unique(x[np.arange(1, 20) * len(x) // 20]) if len(x) else x
            sides = [count_numbers(batches(p, field.name), edges) for p in (reference, current)]
        result[field.name] = js(*sides)
    return result


if __name__ == "__main__":
    pa.set_cpu_count(1)
    for name, value in sorted(compare(*sys.argv[1:3]).items(), key=lambda item: -item[1]):
        print(f"{name:<16} {value:.6f}")
