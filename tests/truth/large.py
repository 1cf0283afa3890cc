"""Pairs of many outcomes, made again from their seeds: the same bits on every machine.

Only uniform random numbers, additions, multiplications, divisions and `math.fsum` make them, which IEEE 754 fixes to
the last bit; `exp` and sums in NumPy's own order, which differ between processors, do not. The truth of each pair
lies in large.json, made by make_large.py, beside a checksum of the numbers.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergence import Divergence
from kullback.divergences import catalogue

TRUTHS = Path(__file__).with_name("large.json")
KINDS = {"probs": probs, "log_probs": log_probs, "logits": logits, "counts": counts}


@dataclass(frozen=True)
class Case:
    """A pair to be made: two arrays and how each is to be read.

    Attributes:
        name: unique; the key of the truths.
        size: how many outcomes.
        seed: of `numpy.random.default_rng`.
        kinds: how the two arrays are read.
        make: returns the arrays from (generator, size).
        dtype: in which an array library is to hold them: "float64", "float32", "float16", "bfloat16" or "int64".
            The arrays hold these numbers in float64 (bfloat16 has no NumPy dtype), or in int64.
    """

    name: str
    size: int
    seed: int
    kinds: tuple[str, str]
    make: Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
    dtype: str = "float64"

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        p, q = self.make(np.random.default_rng(self.seed), self.size)
        rounded = tuple(x if self.dtype == "int64" else stored_as(x, self.dtype) for x in (p, q))
        return rounded[0], rounded[1]


def known(case: Case, convert: Callable[[np.ndarray, str], Any] | None = None) -> tuple[Any, Any]:
    """Return the two distributions of a case, in NumPy unless `convert(array, dtype)` makes other arrays."""
    p, q = case.arrays()
    kinds, dtype = case.kinds, case.dtype
    if convert is None:
        if dtype == "bfloat16":
            # NumPy has no bfloat16, and float32 numbers are not let off with totals that are right in bfloat16.
            kinds = tuple("counts" if kind == "probs" else kind for kind in kinds)
            dtype = "float32"
        convert = np.ndarray.astype
    return KINDS[kinds[0]](convert(p, dtype)), KINDS[kinds[1]](convert(q, dtype))


def checksum(p: np.ndarray, q: np.ndarray) -> str:
    """Return what shows that the numbers are still those that the truth was computed for."""
    digest = hashlib.sha256()
    for x in (p, q):
        digest.update(np.ascontiguousarray(x).astype(x.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()[:16]


def asked_of(case: Case) -> list[Divergence]:
    """Return the members whose truth is kept: the whole catalogue, or one of a kind where that would take hours."""
    return [divergence for divergence in catalogue if case.size < MILLION or repr(divergence) in _ONE_OF_A_KIND]


@cache
def truths() -> dict[str, dict[str, Any]]:
    """Return, by name of the case, its checksum and its truths by `repr` of the divergence, as decimal strings."""
    return json.loads(TRUTHS.read_text(encoding="utf-8"))


# ---- the same bits everywhere


def stored_as(x: np.ndarray, dtype: str) -> np.ndarray:
    """Return `x` rounded to what `dtype` can hold, as float64."""
    if dtype == "bfloat16":
        bits = x.astype(np.float32).view(np.uint32)
        even = (bits >> np.uint32(16)) & np.uint32(1)
        rounded = ((bits + np.uint32(0x7FFF) + even) >> np.uint32(16)) << np.uint32(16)
        # Infinities stay what they are: there is no NaN here, and no number so large that it would round up to one.
        return np.where(np.isfinite(x), rounded.view(np.float32).astype(np.float64), x)
    return x.astype(dtype).astype(np.float64)


def bell(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return nearly normal numbers of variance 1: twelve uniform ones, less six."""
    total = np.full(size, -6.0)
    for _ in range(12):
        total = total + rng.random(size)
    return total


def exponential(x: np.ndarray) -> np.ndarray:
    """Return nearly exp(x) for |x| < 700, the same on every machine: what is stored matters here, not its error."""
    small = x / 4096.0
    value = np.ones_like(x)
    for k in range(10, 0, -1):
        value = 1.0 + value * small / k
    for _ in range(12):
        value = value * value
    return value


def normalised(x: np.ndarray) -> np.ndarray:
    return x / math.fsum(x.tolist())


def softmax(x: np.ndarray) -> np.ndarray:
    return normalised(exponential(x))


# ---- what the pairs are made of


def masses(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return masses over six orders of magnitude."""
    return (1.0 - rng.random(size)) * (1.0 - rng.random(size)) * (1.0 - rng.random(size))


def apart(rng: np.random.Generator, x: np.ndarray, by: float) -> np.ndarray:
    """Return `x` with every entry changed by a share of up to `by` ≤ 1."""
    return x * (1.0 + by * (2.0 * rng.random(x.size) - 1.0))


def probabilities(by: float):
    def make(rng, size):
        p = masses(rng, size)
        return normalised(p), normalised(apart(rng, p, by))

    return make


def with_zeros(by: float, where: str):
    """Zeros in `where`: "p", "q", or "both" at the same outcomes."""

    def make(rng, size):
        p, none = masses(rng, size), rng.random(size) < 0.3
        q = apart(rng, p, by)
        p, q = (np.where(none, 0.0, x) if where in (name, "both") else x for name, x in (("p", p), ("q", q)))
        return normalised(p), normalised(q)

    return make


def tiny(by: float):
    """Masses from 1 down to 1e-310."""

    def make(rng, size):
        p = np.ldexp(masses(rng, size), -rng.integers(0, 1030, size))
        return p, apart(rng, p, by)

    return make


def logit_pairs(by: float, scale: float = 3.0, offset: float = 0.0):
    def make(rng, size):
        a = scale * bell(rng, size)
        return a + offset, a + by * bell(rng, size) - offset

    return make


def masked_logits(by: float, where: str):
    def make(rng, size):
        a, b = logit_pairs(by)(rng, size)
        none = rng.random(size) < 0.3
        return tuple(np.where(none, -np.inf, x) if where in (name, "both") else x for name, x in (("p", a), ("q", b)))

    return make


def wide_logits(by: float):
    """Gaps of ±1000 inside each, and between the two where `by` is large."""

    def make(rng, size):
        a = 1000.0 * (2.0 * rng.random(size) - 1.0)
        return a, a + by * (2.0 * rng.random(size) - 1.0)

    return make


def log_probabilities(by: float):
    def make(rng, size):
        a, b = logit_pairs(by)(rng, size)
        # Normalised to 2e-9, by a constant that no processor rounds differently.
        whole = [round(math.log(math.fsum(exponential(x).tolist())) * 2.0**28) / 2.0**28 for x in (a, b)]
        return a - whole[0], b - whole[1]

    return make


def count_pairs(first: int, second: int):
    """Counts with different totals: about `first` and `second` per outcome, half of the outcomes seen once in P."""

    def make(rng, size):
        n = np.where(rng.random(size) < 0.5, 1, 1 + rng.integers(0, 2 * first, size))
        return n, np.floor(n * (second / first) * (0.5 + rng.random(size))).astype(np.int64)

    return make


def counts_in_proportion(factor: int):
    """The same counts times `factor`, and one more here and there: far in total, next to nothing apart in shares."""

    def make(rng, size):
        n = 1 + rng.integers(0, 2000, size)
        return n, factor * n + (rng.random(size) < 0.01)

    return make


def softmaxes(by: float):
    def make(rng, size):
        a, b = logit_pairs(by)(rng, size)
        return softmax(a), softmax(b)

    return make


def mixed(by: float, first: str):
    """Logits on one side, probabilities on the other."""

    def make(rng, size):
        a = 3.0 * bell(rng, size)
        p = normalised(apart(rng, softmax(a), by))
        return (a, p) if first == "logits" else (p, a)

    return make


VOCABULARY = 128_256
SMALLER, MIDDLE, MILLION = 10_000, 100_000, 1_000_000

_ONE_OF_A_KIND = {
    *("kl", "kl.reverse", "jeffreys", "js", "tv", "hellinger", "chi2", "renyi(alpha=0.5)", "renyi(alpha=2.0)"),
    *("triangular", "bhattacharyya", "hockey_stick(gamma=1.25)"),
}

_P, _L, _N, _LP = ("probs",) * 2, ("logits",) * 2, ("counts",) * 2, ("log_probs",) * 2

CASES: tuple[Case, ...] = (
    *(
        Case(f"probs, {by:g} apart", SMALLER, 1, _P, probabilities(by))
        for by in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-13, 1e-14)
    ),
    *(Case(f"probs, zeros in {where}, 0.1 apart", SMALLER, 2, _P, with_zeros(0.1, where)) for where in ("p", "q")),
    *(Case(f"probs, zeros in both, {by:g} apart", SMALLER, 3, _P, with_zeros(by, "both")) for by in (1.0, 1e-9)),
    *(Case(f"masses down to 1e-310, {by:g} apart", SMALLER, 4, _N, tiny(by)) for by in (1.0, 1e-3, 1e-9)),
    *(
        Case(f"logits, {by:g} apart", SMALLER, 5, _L, logit_pairs(by))
        for by in (1.0, 1e-1, 1e-3, 1e-6, 1e-9, 1e-12, 1e-14)
    ),
    *(
        Case(f"logits, offsets ±1e6, {by:g} apart", SMALLER, 6, _L, logit_pairs(by, offset=1e6))
        for by in (1.0, 1e-3, 1e-6)
    ),
    *(Case(f"logits, gaps ±1000, {by:g} apart", SMALLER, 7, _L, wide_logits(by)) for by in (1000.0, 1.0, 1e-6, 1e-12)),
    *(Case(f"logits, masked in {where}, 0.1 apart", SMALLER, 8, _L, masked_logits(0.1, where)) for where in ("p", "q")),
    *(Case(f"logits, masked in both, {by:g} apart", SMALLER, 9, _L, masked_logits(by, "both")) for by in (1.0, 1e-9)),
    *(Case(f"log_probs, {by:g} apart", SMALLER, 10, _LP, log_probabilities(by)) for by in (1.0, 1e-3, 1e-9)),
    Case("counts, ten times as many", SMALLER, 11, _N, count_pairs(1000, 10_000), "int64"),
    Case("counts, 1 to 1e9, totals 1e13 and 1e16", SMALLER, 12, _N, count_pairs(10**9, 10**12), "int64"),
    Case("counts in proportion, times 1000", SMALLER, 13, _N, counts_in_proportion(1000), "int64"),
    Case("counts in proportion, times 1e6", SMALLER, 14, _N, counts_in_proportion(10**6), "int64"),
    *(
        Case(f"{first} and {other}, {by:g} apart", SMALLER, 15, (first, other), mixed(by, first))
        for first, other in (("logits", "probs"), ("probs", "logits"))
        for by in (1.0, 1e-3, 1e-6, 1e-9)
    ),
    *(
        Case(f"probs in float32, {by:g} apart", SMALLER, 16, _P, probabilities(by), "float32")
        for by in (1.0, 1e-1, 1e-3, 1e-5, 1e-7)
    ),
    *(
        Case(f"logits in float32, {by:g} apart", SMALLER, 17, _L, logit_pairs(by), "float32")
        for by in (1.0, 1e-2, 1e-4, 1e-6)
    ),
    # What language models give: softmax outputs and logits over a vocabulary. The fourth is row 7 of the peers' page.
    *(
        Case(f"softmax outputs in {dtype}, 0.1 apart", VOCABULARY, 18, _P, softmaxes(0.1), dtype)
        for dtype in ("float32", "float16", "bfloat16")
    ),
    *(
        Case(f"a vocabulary of logits in {dtype}, {by:g} apart", VOCABULARY, 19, _L, logit_pairs(by), dtype)
        for by, dtype in ((1e-4, "float32"), (1e-2, "float32"), (0.1, "bfloat16"), (0.1, "float16"))
    ),
    *(Case(f"1e5 probs, {by:g} apart", MIDDLE, 20, _P, probabilities(by)) for by in (1.0, 1e-3, 1e-9, 1e-14)),
    *(Case(f"1e5 logits, {by:g} apart", MIDDLE, 21, _L, logit_pairs(by)) for by in (1.0, 1e-6, 1e-13)),
    *(Case(f"1e6 probs, {by:g} apart", MILLION, 22, _P, probabilities(by)) for by in (1.0, 1e-3, 1e-9, 1e-14)),
    *(Case(f"1e6 logits, {by:g} apart", MILLION, 23, _L, logit_pairs(by)) for by in (1.0, 1e-6, 1e-13)),
    Case("1e6 counts, a thousand times as many", MILLION, 24, _N, count_pairs(1000, 10**6), "int64"),
    Case("1e6 counts in proportion, times 1000", MILLION, 25, _N, counts_in_proportion(1000), "int64"),
    Case("1e6 softmax outputs in float32, 1e-3 apart", MILLION, 26, _P, softmaxes(1e-3), "float32"),
)
