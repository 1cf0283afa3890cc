"""Subsampling of a mean, whose standard error is known."""

import numpy as np
import pytest

from kullback.intervals import subsampling
from kullback.sample import sample_of


def gap(x, y):
    return float(x.numbers.mean() - y.numbers.mean())


def test_a_mean_has_its_standard_error():
    rng = np.random.default_rng(1)
    x, y = sample_of(rng.normal(size=400)), sample_of(rng.normal(0.0, 2.0, 300))
    exact = np.sqrt(x.numbers.var() / 400 + y.numbers.var() / 300)
    found = subsampling.standard_error(gap, x, y, np.random.default_rng(2), repeats=4000)
    # 4000 repeats give the spread to 1.1 % (one standard error).
    assert abs(found / exact - 1.0) < 0.045
    low, high = subsampling.interval(gap, x, y, np.random.default_rng(2), repeats=400)
    assert low < gap(x, y) < high


def test_bad_settings_are_told():
    x = sample_of(np.arange(20.0))
    with pytest.raises(ValueError, match="share is 1"):
        subsampling.standard_error(gap, x, x, np.random.default_rng(0), share=1.0)
    with pytest.raises(ValueError, match="repeats is 1"):
        subsampling.standard_error(gap, x, x, np.random.default_rng(0), repeats=1)
