"""Categories of which most are seen seldom or never."""

import math

import numpy as np

from tests.calibration.pair import in_cells


def _zipf(size, power):
    return np.arange(1, size + 1) ** -float(power)


def _chain(stay, first):
    """Six columns of four states, each the one before it with probability `stay`, else any."""
    step = stay * np.eye(4) + (1 - stay) / 4
    joint = np.asarray(first, dtype=np.float64)
    for _ in range(5):
        joint = joint[..., None] * step
    return joint


_ORDER = np.random.default_rng(1000).permutation(1000)

PAIRS = {
    "zipf1k": in_cells(_zipf(1000, 1.1), _zipf(1000, 0.8)),
    "zipf1k_perm": in_cells(_zipf(1000, 1.0)[_ORDER], _zipf(1000, 0.7)[_ORDER]),
    "zipf10k": in_cells(_zipf(10_000, 1.2), _zipf(10_000, 1.0)),
    "unif1k_null": in_cells(np.ones(1000), np.ones(1000)),
    "unif1k_half": in_cells(np.repeat([1.5, 0.5], 500), np.ones(1000)),
    "cat_chain6": in_cells(_chain(0.6, [0.4, 0.3, 0.2, 0.1]), _chain(0.4, [0.25] * 4)),
    "geometric300": in_cells(0.98 ** np.arange(300), 0.99 ** np.arange(300)),
    "pairs_30x30": in_cells(
        np.outer(_zipf(30, 1), _zipf(30, 1)) * np.where(np.add.outer(range(30), range(30)) % 3 == 0, 2.0, 1.0),
        np.outer(_zipf(30, 1), _zipf(30, math.sqrt(0.5))),
    ),
}
