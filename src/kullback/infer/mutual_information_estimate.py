"""Mutual information from samples: the divergence of the joint distribution from the product of its marginals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from kullback.divergences.kl import kl
from kullback.estimate import Estimate
from kullback.estimators.kraskov import Kraskov
from kullback.infer.estimating import check_level, estimate_samples
from kullback.infer.reading import read_sample
from kullback.sample import Sample

_BLOCKS = 50
"""Blocks of rows within which the product of the marginals is made by exchanging partners."""
_NEIGHBOURS_UP_TO = 3
"""Columns of both sides together, up to which neighbours in the joint space have little bias."""
_LEARNED = ("by stack of log-ratios", "seconds")
"""Diagnostics of the exchange of partners that say something of I."""
_NEAR_CEILING = 1.5
"""How near ln n/k, the most that neighbours give, an estimate may come: of equal columns, where I is infinite, it is
that."""


def mutual_information_estimate(
    x: object,
    y: object,
    *,
    level: float = 0.95,
    categorical: object = None,
    rng: int | np.random.Generator | None = None,
) -> Estimate:
    """Return the mutual information I(X; Y) = KL(joint‖product of the marginals) of paired samples.

    Two or three columns of numbers together: Kraskov's neighbours. Else, and always for the lower limit, `kb.estimate`
    of the rows as they are against rows with exchanged partners: within blocks, so that what shares a row is held out
    together.

    Args:
        x: shape (n,) or (n, d), or a DataFrame.
        y: the same rows' other columns, shape (n,) or (n, e).
        level: of the interval.
        categorical: positions or names of columns of category codes: a pair, those of x and those of y.
        rng: seed or generator, for the exchange of partners and the folds.

    Returns:
        An `Estimate` in nats, named I(X; Y).

    Raises:
        ValueError: different numbers of rows, or samples that cannot be read.

    Source:
        Kraskov, Stögbauer and Grassberger (2004), eq. (8); the exchange of partners: Belghazi and others, "Mutual
        information neural estimation" (2018), section 3.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=500)
        >>> found = kb.mutual_information_estimate(x, x + rng.normal(size=500), rng=0)
        >>> found.low < 0.347 < found.high  # ½ ln 2
        True
    """
    check_level(level)
    of_x, of_y = categorical if isinstance(categorical, tuple) and len(categorical) == 2 else (categorical,) * 2
    first, second = read_sample(x, categorical=of_x), read_sample(y, categorical=of_y)
    if first.rows != second.rows:
        raise ValueError(f"x has {first.rows} rows and y {second.rows}: they are the same rows' columns, in pairs")
    generator = np.random.default_rng(rng)
    joint, product = _joint_and_product(first, second, generator)
    found = estimate_samples(joint, product, of=kl, level=level, rng=generator)
    found = replace(found, divergence="I", direction="X; Y", sizes=(first.rows,))
    numbers_alone = not first.codes.shape[1] and not second.codes.shape[1]
    if not (numbers_alone and first.dimension + second.dimension <= _NEIGHBOURS_UP_TO and _all_differ(joint)):
        return found
    method = Kraskov()
    # Ranks: I does not depend on monotone maps of single columns, and heavy tails do not stretch the distances.
    ranked_x, ranked_y = _ranked(first.numbers), _ranked(second.numbers)
    value = method.information(ranked_x, ranked_y)
    low, high = method.interval(ranked_x, ranked_y, level)
    limit = found.lower_limit if found.lower_limit is not None else 0.0
    # What the rows are like against those with exchanged partners is of no interest here: their columns repeat by the
    # exchange, and what was made for such columns says nothing of I.
    learned = {**found.diagnostics, f"by {found.method}": found.value}
    found = replace(
        found,
        method=method.title,
        notes=(),
        diagnostics={name: number for name, number in learned.items() if name.startswith(_LEARNED)},
        contributions={},
        fit=None,
    )
    if value.value > math.log(first.rows / method.k) - _NEAR_CEILING:
        note = (
            "only a lower bound can be stated: the estimate is near the most that neighbours among so few rows can show"
        )
        return replace(
            found,
            value=max(value.value, limit),
            low=limit,
            high=math.inf,
            lower_limit=limit,
            outcome="lower bound only",
            notes=(note,),
        )
    return replace(
        found,
        value=max(value.value, 0.0),
        low=max(low, 0.0),
        high=max(high, 0.0),
        lower_limit=limit,
        outcome="interval",
    )


def _joint_and_product(x: Sample, y: Sample, rng: np.random.Generator) -> tuple[Sample, Sample]:
    rows = x.rows
    blocks = min(_BLOCKS, max(2, rows // 4))
    order = rng.permutation(rows)
    block_of = np.empty(rows, np.int64)
    block_of[order] = np.arange(rows) * blocks // rows
    partner = np.empty(rows, np.int64)
    for block in range(blocks):
        members = order[block_of[order] == block]
        # A random cycle: no row keeps its partner.
        partner[members] = np.roll(members, 1)
    joint = Sample(
        np.column_stack((x.numbers, y.numbers)),
        np.column_stack((x.codes, y.codes)),
        (*x.alphabet, *y.alphabet),
        _names(x, y),
        groups=block_of,
    )
    product = replace(
        joint,
        numbers=np.column_stack((x.numbers, y.numbers[partner])),
        codes=np.column_stack((x.codes, y.codes[partner])),
    )
    return joint, product


def _names(x: Sample, y: Sample) -> tuple[str, ...]:
    d, e = x.dimension, y.dimension
    parts = (("x", x.names[:d]), ("y", y.names[:e]), ("x", x.names[d:]), ("y", y.names[e:]))
    return tuple(f"{side} {name}" for side, names in parts for name in names)


def _ranked(numbers: np.ndarray) -> np.ndarray:
    from kullback.special import normal_quantile

    n = len(numbers)
    ranks = np.argsort(np.argsort(numbers, axis=0, kind="stable"), axis=0, kind="stable")
    scores = np.array([normal_quantile((i + 0.5) / n) for i in range(n)])
    return scores[ranks]


def _all_differ(sample: Sample) -> bool:
    return all(len(np.unique(column)) == sample.rows for column in sample.numbers.T)
