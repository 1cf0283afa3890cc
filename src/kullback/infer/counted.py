"""Counts as samples: outcome i as many times as it was counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kullback.arrays import library, to_numpy
from kullback.distribution import Finite
from kullback.distributions.counts import Counts
from kullback.infer.columns import finite
from kullback.sample import IntArray, Sample

LEAST_DRAWS = 10
MOST_COUNTED = 50_000_000
"""Draws that counts may stand for: each becomes a row, of 8 bytes."""


def counted_samples(
    x: object, y: object, categorical: object, weights: object, groups: object
) -> tuple[Sample, Sample]:
    """Return the samples that two `kb.counts` are: outcome i as many times as it was counted.

    Raises:
        TypeError: one of them is something else.
        ValueError: options that mean nothing for counts; counts that are no numbers of draws.
    """
    if not (isinstance(x, Counts) and isinstance(y, Counts)):
        other, who = (y, "y") if isinstance(x, Counts) else (x, "x")
        raise TypeError(
            f"one of the two is kb.counts and {who} is a {type(other).__name__}: give counts of the same outcomes on "
            "both sides."
        )
    for name, given in (("categorical", categorical), ("weights", weights), ("groups", groups)):
        if given is not None:
            raise ValueError(f"{name} says something of columns or rows, and counts have none: leave it out.")
    from kullback.exact.labels import placed

    aligned = placed({"x": x, "y": y}, None, None)
    values = [_whole_counts(one, who) for who, one in aligned.known.items()]
    if len(values[0]) != len(values[1]):
        raise ValueError(f"x counts {len(values[0])} outcomes and y {len(values[1])}: the same outcomes are needed.")
    names = [str(label) for label in aligned.labels] if aligned.labels else [str(i) for i in range(len(values[0]))]
    first, second = (_repeated(one, names, who) for one, who in zip(values, "xy", strict=True))
    return first, second


def counted_sample(x: Counts, who: str) -> Sample:
    """Return the sample that `kb.counts` are, as `counted_samples` does."""
    from kullback.exact.labels import placed

    aligned = placed({who: x}, None, None)
    values = _whole_counts(aligned.known[who], who)
    names = [str(label) for label in aligned.labels] if aligned.labels else [str(i) for i in range(len(values))]
    return _repeated(values, names, who)


def _whole_counts(given: Finite, who: str) -> IntArray:
    if isinstance(given, Counts) and given.add:
        raise ValueError(
            f"{who} has the pseudo-count add={given.add:g}, which is a way to estimate: leave it out, or choose "
            "method=kb.estimators.add_constant."
        )
    values = np.asarray(to_numpy(given.values) if library(given.values) else given.values)
    if values.ndim != 1:
        raise ValueError(f"{who} has counts of shape {values.shape}: one sample has one vector of counts.")
    found = finite(values, who)
    if (found < 0.0).any():
        place = int(np.argmax(found < 0.0))
        raise ValueError(f"{who} counts {found[place]:g} at index {place}, and counts are not negative.")
    if not np.array_equal(found, np.floor(found)):
        place = int(np.argmax(found != np.floor(found)))
        raise ValueError(
            f"{who} counts {found[place]:g} at index {place}: draws are whole. Weighted rows? Give the rows and "
            "weights=. Masses known up to a factor? kb.kl(kb.counts(a), kb.counts(b)) computes."
        )
    return found.astype(np.int64)


def _repeated(values: IntArray, names: Sequence[str], who: str) -> Sample:
    total = float(values.sum(dtype=np.float64))
    if total < LEAST_DRAWS:
        raise ValueError(f"{who} counts {total:g} draws, and at least {LEAST_DRAWS} are needed to estimate anything.")
    if total > MOST_COUNTED:
        raise ValueError(
            f"{who} counts {total:.3g} draws, beyond the {MOST_COUNTED:.0g} that are taken as rows: with so many, "
            "kb.kl(kb.counts(a), kb.counts(b)) is as good as an estimate."
        )
    codes = np.repeat(np.arange(len(values), dtype=np.int64), values)[:, None]
    return Sample(np.empty((len(codes), 0)), codes, (len(values),), ("outcome",), None, None, (tuple(names),))
