"""Rare categories of two kinds, which no trend of the ratio in the frequency tells apart."""

import numpy as np

from tests.calibration.pair import in_cells


def _zipf(size):
    return np.arange(1, size + 1) ** -1.0


def _thinned(shares, part, factor, seed):
    """Some of the symbols beyond the 50 most frequent are made rarer, picked at random."""
    picked = np.random.default_rng(seed).random(len(shares)) < part
    return shares * np.where(picked & (np.arange(len(shares)) > 50), factor, 1.0)


def _kinds(*kinds):
    """Kinds of symbols, each (how many, their share together)."""
    return np.concatenate([np.full(many, share / many) for many, share in kinds])


PAIRS = {
    "half_rare_tenth": in_cells(_zipf(1000), _thinned(_zipf(1000), 0.5, 0.1, 1)),
    "half_rare_hundredth": in_cells(_zipf(1000), _thinned(_zipf(1000), 0.5, 0.01, 2)),
    "few_rare_hundredth": in_cells(_zipf(1000), _thinned(_zipf(1000), 0.1, 0.01, 3)),
    "tail_two_kinds": in_cells(_kinds((20, 0.7), (600, 0.3)), _kinds((20, 0.7), (300, 0.28), (300, 0.02))),
    "lognormal_unlike": in_cells(
        np.exp(1.5 * np.random.default_rng(4).standard_normal(1000)),
        np.exp(1.5 * np.random.default_rng(5).standard_normal(1000)),
    ),
}
