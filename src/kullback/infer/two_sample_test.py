"""The verb `kb.two_sample_test`: whether two samples, as users have them, come from one distribution."""

from __future__ import annotations

import numpy as np

from kullback.infer.reading import read_samples
from kullback.testing.two_sample_test import TestMethod, TwoSampleTest, two_sample_test_of


def two_sample_test(
    x: object,
    y: object,
    method: TestMethod = "auto",
    *,
    permutations: int = 999,
    level: float = 0.05,
    categorical: object = None,
    weights: object = None,
    groups: object = None,
    rng: int | np.random.Generator | None = None,
) -> TwoSampleTest:
    """Return the test of whether x and y come from one distribution, with an exact p-value.

    p = (1 + #{permutations with a statistic at least as large})/(1 + permutations): if x and y come from one
    distribution, P(p ≤ α) ≤ α for every α, whatever the distribution and the ties.

    Args:
        x, y: the samples, as `kb.estimate` takes them: shapes (n,) or (n, d), lists, DataFrames.
        method: "auto", several statistics of which the largest counts; "energy" distance; "mmd", Gaussian kernels of
            several bandwidths; "moments", means and covariances; "ks", sup |F − G|; "g", the G test of categories;
            "classifier", trained on some rows and tried on others.
        permutations: how many assignments of the rows to the sides are drawn; all, where there are no more than these.
        level: at which `different` decides.
        categorical: columns that are categories although they are numbers.
        weights: (those of x, those of y) or a column; they stay with their rows.
        groups: (those of x, those of y) or a column: rows that belong together change sides together.
        rng: seed or generator: the same seed gives the same bits.

    Returns:
        Statistic, p-value, and of "auto" the p-value of each statistic by itself.

    Raises:
        TypeError, ValueError: samples that cannot be read, as in `kb.estimate`; a method that does not suit the
            columns; weights or groups on one side only; too few permutations for the level.

    Source: Hemerik and Goeman, TEST 27 (2018), 811-825, theorem 2; of the statistics, `kullback.testing` file by file.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> print(two_sample_test(rng.normal(0, 1, 100), rng.normal(1, 1, 120), "ks", rng=0))
        different at level 0.05: p = 0.001  KS = 0.41, 999 permutations, n=100, m=120
    """
    first, second = read_samples(x, y, categorical=categorical, weights=weights, groups=groups)
    generator = np.random.default_rng(rng)
    return two_sample_test_of(first, second, method, permutations=permutations, level=level, rng=generator)
