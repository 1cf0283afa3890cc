"""The short pairs of tests/truth/grid.py, those of one kind and length in one array, so that one call asks for many."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from tests.truth.exact import truth_of
from tests.truth.grid import PAIRS, Pair, in_domain
from tests.truth.large import KINDS


@dataclass(frozen=True, eq=False)
class Stack:
    """Pairs of one group, kind and length, one per row."""

    group: str
    kinds: tuple[str, str]
    dtype: str
    pairs: tuple[Pair, ...]

    def known(self, make):
        """Return P and Q, in arrays that `make(array, dtype)` makes."""
        rows = (np.stack([pair.arrays()[i] for pair in self.pairs]) for i in (0, 1))
        return tuple(KINDS[kind](make(x, self.dtype)) for kind, x in zip(self.kinds, rows, strict=True))

    def truths(self, divergence):
        """Return the truth of each row, in float64; NaN for a pair that is not promised."""
        found = [truth_of(divergence, pair) if in_domain(divergence, pair) else np.nan for pair in self.pairs]
        return np.array(found)


def stacks(dtype, every=1):
    """Return every so many pairs of the grid whose numbers `dtype` can hold, rounded to it."""
    found = defaultdict(list)
    for pair in PAIRS[::every]:
        rounded = pair if dtype == "float64" else pair.rounded(dtype)
        if rounded is not None and rounded.p.dtype.kind == "f":
            found[pair.group, pair.kinds, pair.p.size].append(rounded)
    return [Stack(group, kinds, dtype, tuple(pairs)) for (group, kinds, _), pairs in found.items()]


def errors(values, truths, dtype, subnormal=True):
    """Return the relative errors of values in `dtype`.

    They are 0 where a truth is NaN, that is, not promised, and where one below the normal numbers is met to an
    absolute 1e-313 (float32: to its last bit or two). Without `subnormal` numbers, anything between 0 and twice the
    least normal one is right there.
    """
    limits = np.finfo(dtype)
    tiny = float(limits.tiny)
    with np.errstate(all="ignore"):
        expected = truths.astype(dtype).astype(np.float64) if dtype == "float32" else truths
        relative = np.abs(values - truths) / truths
        absolute = np.abs(values - truths)
    same = (values == truths) | (values == expected) & ~(np.isfinite(expected) & (expected >= tiny))
    least = (2.0**-1040 if dtype == "float64" else 2.0**-148) if subnormal else 2.0 * tiny
    same |= (truths < 8.0 * tiny) & (absolute <= least)
    return np.where(same | np.isnan(truths), 0.0, np.where(np.isfinite(relative), relative, np.inf))
