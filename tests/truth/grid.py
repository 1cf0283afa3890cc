"""Short pairs over the whole domain that is promised, whose truth mpmath tells on the spot.

The long ones are in large.py. Both are asked in the same way: `known(pair)` gives P and Q in NumPy, and
`known(pair, convert)` in another array library.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from tests.truth.large import stored_as

APART = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14)

# The least normal number of a dtype, and how far from 1 a total may be for a row that is to count as probabilities.
_RANGE = {"float32": (2.0**-126, 5e-5), "bfloat16": (2.0**-126, 2e-3), "float16": (2.0**-14, 2e-3)}


@dataclass(frozen=True, eq=False)
class Pair:
    """Two arrays and how each is to be read.

    Attributes:
        group: the row of docs/accuracy.md that it counts for.
        name: unique.
        kinds: how the two arrays are read.
        p: numbers of the first, in float64 or int64, rounded to what `dtype` holds.
        q: numbers of the second.
        dtype: in which an array library is to hold them.
        digits: with which the textbook is right to 20 digits.
    """

    group: str
    name: str
    kinds: tuple[str, str]
    p: np.ndarray
    q: np.ndarray
    dtype: str = "float64"
    digits: int = 80

    def arrays(self):
        return self.p, self.q

    def rounded(self, dtype):
        """Return the pair with its numbers rounded to `dtype`, or None where they are not in its range."""
        if self.p.dtype.kind == "i":
            return None
        with np.errstate(over="ignore"):
            p, q = stored_as(self.p, dtype), stored_as(self.q, dtype)
        least, total = _RANGE[dtype]
        for before, after, kind in ((self.p, p, self.kinds[0]), (self.q, q, self.kinds[1])):
            if not np.array_equal(np.isfinite(before), np.isfinite(after)):
                return None
            if kind in ("probs", "counts") and not np.array_equal(before > 0.0, after >= least):
                return None
            if kind in ("probs", "log_probs"):
                masses = after if kind == "probs" else np.exp(after)
                if abs(masses.sum() - 1.0) > total:
                    return None
        return replace(self, name=f"{self.name}, {dtype}", p=p, q=q, dtype=dtype)


def in_domain(divergence, pair):
    """Return whether a pair is promised: a user's f is called with p/q, and may overflow where p/q is extreme."""
    if divergence.name != "f_divergence":
        return True
    logs = [x if "log" in kind else _log(x) for x, kind in zip(pair.arrays(), pair.kinds, strict=True)]
    ratios = (logs[0] - np.max(logs[0]))[np.isfinite(logs[0]) & np.isfinite(logs[1])]
    others = (logs[1] - np.max(logs[1]))[np.isfinite(logs[0]) & np.isfinite(logs[1])]
    return bool(np.all(np.abs(ratios - others) < 200.0))


def _log(x):
    with np.errstate(divide="ignore"):
        return np.log(x.astype(np.float64))


def _pair(group, name, kinds, p, q, digits=80):
    kinds = (kinds, kinds) if isinstance(kinds, str) else kinds
    arrays = [x if (x := np.asarray(a)).dtype.kind == "i" else x.astype(np.float64) for a in (p, q)]
    return Pair(group, f"{group}: {name}", kinds, *arrays, digits=digits)


def _neighbours(rng, size, apart):
    p = rng.dirichlet(np.ones(size))
    q = np.abs(p * (1.0 + apart * rng.standard_normal(size)))
    return p, q / q.sum()


def _near_and_far():
    for size in (2, 3, 7, 40):
        for apart in APART:
            rng = np.random.default_rng([size, round(-math.log10(apart))])
            at = f"K={size}, {apart:g} apart"
            p, q = _neighbours(rng, size, apart)
            yield _pair("probabilities", at, "probs", p, q)
            yield _pair("counts, unequal totals", at, "counts", p * 1e9, q * 1.2345e12)
            a, shift = rng.normal(0.0, 3.0, size), apart * rng.standard_normal(size)
            yield _pair("logits", at, "logits", a, a + shift)
            yield _pair("logits, offsets ±1e6", at, "logits", a + 1e6, a + shift - 1e6)
            log_p, log_q = np.log(p), np.log(p) + apart * np.log1p(rng.random(size))
            yield _pair("log-probabilities", at, "log_probs", log_p, log_q - np.log(np.exp(log_q).sum()))


def _integers():
    n = np.array([10**9, 1, 1, 50, 3])
    m = np.array([10**12, 1000, 999, 50001, 1])
    group = "counts, unequal totals"
    yield _pair(group, "1e9 and 1e12", "counts", n, m)
    yield _pair(group, "1e12 and 1e9", "counts", m, n)
    yield _pair(group, "one more in 1e12", "counts", n, 1000 * n + np.array([1, 0, 0, 0, 0]))
    yield _pair(group, "ones", "counts", np.array([1, 1]), np.array([1, 10**9]))
    yield _pair(group, "three times as many, and one", "counts", np.array([10**9, 1]), np.array([3 * 10**9, 4]))
    yield _pair(group, "beyond 2**53", "counts", np.array([2**60, 2**59, 3]), np.array([2**60 + 2**8, 2**59, 3]))


def _zeros():
    for k, (p, q) in enumerate(
        (
            ([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]),
            ([0.25, 0.25, 0.5], [0.5, 0.5, 0.0]),
            ([0.5, 0.5, 0.0], [0.5, 0.0, 0.5]),
            ([1.0, 0.0], [0.0, 1.0]),
            ([0.0, 0.3, 0.7], [0.0, 0.4, 0.6]),
            ([0.0, 0.3, 0.7], [0.0, 0.3 + 1e-9, 0.7 - 1e-9]),
            ([1.0, 0.0], [1.0, 1e-20]),
            ([1.0, 1e-20], [1.0, 0.0]),
            ([0.5, 0.5 - 1e-9, 1e-9], [0.5, 0.5, 0.0]),
        )
    ):
        yield _pair("zeros in either", f"probabilities {k}", "probs", p, q)
        with np.errstate(divide="ignore"):
            yield _pair("logits, masked", f"logarithms of zeros {k}", "logits", np.log(p), np.log(q))
    for k, (a, b) in enumerate(
        (
            ([0.0, 1.0, -math.inf], [0.0, 1.5, -math.inf]),
            ([0.0, 1.0, -math.inf], [0.0, 1.0, 0.5]),
            ([0.0, 1.0, 0.5], [0.0, 1.0, -math.inf]),
            ([1e6, 1e6 + 1.0, -math.inf], [-1e6, 1.0 - 1e6, -math.inf]),
            ([0.0, 1.0, -math.inf], [0.0, 1.0 + 1e-10, -800.0]),
        )
    ):
        yield _pair("logits, masked", f"{k}", "logits", a, b, 1600)


def _tiny():
    for k, (p, q) in enumerate(
        (
            ([1e-310, 0.4, 0.6], [1e-5, 0.4, 0.6 - 1e-5]),
            ([1e-5, 0.4, 0.6 - 1e-5], [1e-310, 0.4, 0.6]),
            ([1e-310, 0.4, 0.6], [3e-310, 0.5, 0.5]),
            ([1e-310, 0.4, 0.6], [3e-310, 0.4, 0.6]),
            ([1.0, 1e-200], [1.0, 3e-200]),
            ([1.0, 2e-306], [1.0, 5e-306]),
            ([1.0, 1e-200, 1e-290], [1.0, 1e-200 * (1.0 + 1e-9), 1e-250]),
            ([1e-300, 1.0, 1e-17], [1e-100, 1.0, 1e-17]),
            ([5e-324, 1.0], [1e-323, 1.0]),
            ([1e-160, 1.0], [2e-160, 1.0]),
            ([1e-30, 1.0], [2e-30, 1.0]),
            ([1e-30, 0.5, 0.5], [1e-20, 0.25, 0.75]),
        )
    ):
        yield _pair("masses down to 1e-310", f"{k}", "counts", p, q, 800)


def _wide():
    for k, (a, b) in enumerate(
        (
            ([0.0, 0.0], [0.0, -200.0]),
            ([0.0, 0.0], [0.0, -800.0]),
            ([0.0, -200.0], [0.0, -190.0]),
            ([0.0, -1000.0], [0.0, -999.0]),
            ([0.0, 40.0], [0.0, 41.0]),
            ([0.0, -40.0], [0.0, -41.0]),
            ([1000.0, 0.0, -1000.0], [-1000.0, 0.0, 1000.0]),
            ([0.0, 1000.0, 999.0], [0.0, 1000.0, 999.5]),
            ([0.0, -900.0, 1.0], [0.0, -500.0, 1.0 + 1e-10]),
            ([0.0, -500.0, 1.0], [0.0, -900.0, 1.0 + 1e-10]),
            ([3.3, 1000.1, -999.7, 412.6], [5.1, 999.2, -1000.0, 933.3]),
            ([0.1, -356.7, -333.3], [0.3, -300.9, -341.2]),
            ([0.7, -12.3, 650.1, 649.9], [-600.7, 700.3, 1.1, 699.6]),
        )
    ):
        # The least mass is the exponential of the greatest gap, and may be squared.
        gap = max(max(x) - min(x) for x in (a, b))
        yield _pair("logits, gaps to ±1000", f"{k}", "logits", a, b, 100 + math.ceil(2.0 * gap / math.log(10.0)))


def _mixtures():
    for apart in (1.0, 1e-1, 1e-2, 1e-3, 1e-6, 1e-9, 1e-12):
        rng = np.random.default_rng(round(-math.log10(apart)))
        p, q = _neighbours(rng, 5, apart)
        forms = {"probs": (p, q), "counts": (1000.0 * p, 1e6 * q), "logits": (3.0 + np.log(p), np.log(q) - 2.0)}
        forms["log_probs"] = (np.log(p), np.log(q))
        for first in forms:
            for second in forms:
                if ("log" in first) != ("log" in second):
                    name = f"{first} and {second}, {apart:g} apart"
                    yield _pair(
                        f"mixed kinds, {apart:g} apart", name, (first, second), forms[first][0], forms[second][1]
                    )


PAIRS = (*_near_and_far(), *_integers(), *_zeros(), *_tiny(), *_wide())
MIXTURES = tuple(_mixtures())
