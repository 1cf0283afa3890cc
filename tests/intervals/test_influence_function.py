"""Standard errors against their formulas, and how often the limits hold, by adding up all outcomes."""

import math

import numpy as np
import pytest
from scipy import stats

from kullback.estimators.method import Value
from kullback.intervals import influence_function
from kullback.intervals.hull import hull
from kullback.sample import Model, Sample, sample_of
from tests.close import assert_close


def rows(count, **fields):
    return Sample(np.zeros((count, 1)), np.empty((count, 0), np.int64), (), ("a",), **fields)


def test_independent_rows():
    rng = np.random.default_rng(1)
    of_x, of_y = rng.normal(0.0, 2.0, 50), rng.normal(0.0, 1.0, 80)
    found = influence_function.standard_error(Value(0.3, of_x, of_y), rows(50), rows(80))
    assert_close(found, math.sqrt(of_x.var(ddof=1) / 50 + of_y.var(ddof=1) / 80), 1e-13)
    alone = influence_function.standard_error(Value(0.3, of_x, of_y), rows(50), Model(np.sum, None, "a model"))
    assert_close(alone, of_x.std(ddof=1) / math.sqrt(50), 1e-13)


def test_rows_of_a_group_count_together():
    rng = np.random.default_rng(2)
    one = rng.normal(size=30)
    groups = np.repeat(np.arange(30), 4)
    repeated = Value(0.0, np.repeat(one, 4), np.empty(0))
    found = influence_function.standard_error(repeated, rows(120, groups=groups), rows(1))
    # Four copies of a row are one row.
    assert_close(found, one.std(ddof=1) / math.sqrt(30), 1e-12)
    naive = influence_function.standard_error(repeated, rows(120), rows(1))
    assert_close(naive, found / 2.0, 0.02)


def test_few_groups_have_the_quantiles_of_student():
    one = np.array([1.0, -1.0, 2.0, -2.0])
    low, high = influence_function.interval(Value(0.0, one, np.empty(0)), rows(4, groups=np.arange(4)), rows(1), 0.95)
    assert_close(high, stats.t.ppf(0.975, 3) * one.std(ddof=1) / 2.0, 2e-3)
    assert low == -high


def test_groups_of_both_samples_with_one_code_are_one():
    pulls = np.array([1.0, -1.0, 0.5, -0.5, 2.0, -2.0])
    groups = np.arange(6)
    together = influence_function.standard_error(
        Value(0.0, pulls, -pulls), rows(6, groups=groups), rows(6, groups=groups)
    )
    assert together == 0.0


def test_weights_are_shares():
    rng = np.random.default_rng(3)
    weights = rng.uniform(0.5, 2.0, 60)
    sample = rows(60, weights=weights / weights.mean())
    pulls = rng.normal(size=60)
    pulls -= sample.shares @ pulls
    found = influence_function.standard_error(Value(0.0, pulls, np.empty(0)), sample, rows(1))
    products = sample.shares * pulls
    assert_close(found, math.sqrt(np.square(products - products.mean()).sum() * 60 / 59), 1e-12)


@pytest.mark.parametrize("count", [200, 500, 2000])
@pytest.mark.parametrize("expected", [4.0, 10.0, 40.0, 100.0])
def test_the_lower_limit_of_a_mean_with_a_long_lower_tail(count, expected):
    """−1/π with probability π, else 0: of mean −1. All numbers of hits are added up with their probabilities."""
    probability = expected / count
    hits = np.arange(count + 1)
    chances = stats.binom.pmf(hits, count, probability)
    held = plain = 0.0
    for hit, chance in zip(hits, chances, strict=True):
        if chance < 1e-7:
            continue
        pulls = np.zeros(count)
        pulls[:hit] = -1.0 / probability
        value = Value(pulls.mean(), pulls - pulls.mean(), np.empty(0))
        held += chance * (influence_function.lower_limit(value, rows(count), rows(1)) <= -1.0)
        plain += chance * (influence_function.interval(value, rows(count), rows(1))[0] <= -1.0)
    # With no hit at all nothing is known of them.
    blind = chances[0]
    assert held >= 0.965 - blind
    assert held >= plain


def test_a_constant_is_its_own_limit():
    value = Value(0.25, np.zeros(10), np.zeros(10))
    assert influence_function.lower_limit(value, rows(10), rows(10)) == 0.25


def test_the_hull_holds_all_intervals_above_the_limit():
    rng = np.random.default_rng(4)
    x, y = sample_of(rng.normal(size=100)), sample_of(rng.normal(size=90))
    pulls = rng.normal(size=100), rng.normal(size=90)
    first, second = Value(0.5, *pulls), Value(0.7, *pulls)
    wide = Value(0.6, 10.0 * pulls[0], 10.0 * pulls[1])
    near = Value(0.49, *pulls)
    ends = [influence_function.interval(one, x, y, 0.95) for one in (first, second)]
    assert hull(wide, [first, second], x, y, 0.95) == (ends[0][0], ends[1][1])
    # What the least of the estimates claims beyond the bound, one and a half times over.
    assert_close(hull(Value(0.3, *pulls), [first], x, y, 0.95)[1], ends[0][1] + 0.3, 1e-12)
    # A bound that is nearer raises the lower end, and never above the upper.
    limit = influence_function.lower_limit(near, x, y, 0.975)
    assert hull(near, [second], x, y, 0.95)[0] == max(limit, ends[1][0])
    low, high = hull(Value(9.0, *pulls), [first, second], x, y, 0.95)
    assert low == high == ends[1][1]
    with pytest.raises(ValueError, match="no estimate"):
        hull(first, [], x, y)
