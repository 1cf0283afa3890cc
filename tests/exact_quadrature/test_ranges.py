"""Ranges contain what log-densities are on real intervals."""

import numpy as np
import pytest

from kullback.exact.rules.ranges import Range
from kullback.support import Interval
from tests.families.spec import all_specs


@pytest.mark.parametrize("seed", range(4))
def test_ranges_contain_the_log_densities_of_all_families(seed):
    rng = np.random.default_rng(seed)
    asked = 0
    for spec in all_specs():
        for parameters in spec.members if spec.univariate else ():
            density = spec.make(**parameters)
            if not isinstance(density.support, Interval) or density.batch_shape:
                continue
            marks = np.ravel(np.asarray(density.landmarks(), dtype=float))
            low, high = np.sort(rng.uniform(marks.min(), marks.max(), (2, 50)), axis=0)
            x = low + (high - low) * rng.uniform(0.0, 1.0, (40, 1))
            with np.errstate(all="ignore"):
                found = density.log_prob(Range(low, high))
                values = density.log_prob(x)
                known = ~(np.isnan(found.low) | np.isnan(found.high))
                inside = (values >= found.low - 1e-12) & (values <= found.high + 1e-12)
            assert np.all(inside | ~known), spec.name
            asked += int(known.sum())
    assert asked > 3000
