"""The tail index of known laws, at their quantiles."""

import math

import numpy as np
import pytest
from scipy import stats

from kullback.intervals.tail_index import tail_index

QUANTILES = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize("index", [0.5, 1.0, 1.6, 3.0])
def test_powers(index):
    found = tail_index(-np.log1p(-QUANTILES) / index, errors=0.0)
    assert abs(found / index - 1.0) < 0.03


def test_light_tails_have_none():
    # p/q of two normals is log-normal under Q; a bounded ratio has no tail at all.
    assert tail_index(stats.norm.ppf(QUANTILES)) > 4.0
    assert tail_index(QUANTILES) == math.inf
    assert tail_index(np.zeros(100)) == math.inf


def test_the_benefit_of_the_doubt_and_few_rows():
    scores = np.random.default_rng(3).exponential(1 / 1.5, 300)
    assert tail_index(scores) > tail_index(scores, errors=0.0)
    assert tail_index(scores[:39]) is None


def test_a_constant_changes_nothing():
    scores = np.random.default_rng(5).exponential(1.0, 1000)
    assert abs(tail_index(scores + 7.0) - tail_index(scores)) < 1e-6
