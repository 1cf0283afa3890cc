"""Permutation p-values against full enumeration, and their law under no difference."""

import itertools
import math

import numpy as np
import pytest

from kullback.estimators.logistic import LinearLogistic
from kullback.sample import Sample, sample_of
from kullback.testing import two_sample_test_of
from kullback.testing.permutation import assignments, on_one_scale, p_values, pool, randomised_p_value
from tests.close import assert_close


def energy_by_definition(x, y):
    """Two times the mean distance across, less those within: straight from the definition, in any dimension."""

    def mean(a, b):
        return np.mean([math.dist(u, v) for u in a for v in b])

    return 2 * mean(x, y) - mean(x, x) - mean(y, y)


def ks_by_definition(x, y):
    return max(abs(np.mean(x <= at) - np.mean(y <= at)) for at in np.concatenate([x, y]))


@pytest.mark.parametrize("decimals", [0, 9])
def test_p_value_is_the_share_of_all_assignments_by_enumeration(decimals):
    # decimals 0 gives many ties, which must count against a difference.
    rng = np.random.default_rng(5)
    for repeat in range(6):
        x = rng.normal(0.6 * repeat, 1, 5).round(decimals)
        y = rng.normal(0, 1, 4).round(decimals)
        both = np.concatenate([x, y])
        for method, by_definition in (
            ("ks", ks_by_definition),
            ("energy", lambda a, b: energy_by_definition(a[:, None], b[:, None])),
        ):
            every = []
            for chosen in itertools.combinations(range(9), 5):
                rest = [i for i in range(9) if i not in chosen]
                every.append(by_definition(both[list(chosen)], both[rest]))
            truth = np.mean(np.array(every) >= every[0] - 1e-9)
            found = two_sample_test_of(sample_of(x), sample_of(y), method, rng=rng)
            assert found.permutations == math.comb(9, 5) - 1
            assert_close(found.p_value, truth, 1e-13)
            assert_close(found.statistic, every[0], 1e-12, 1e-15)


@pytest.mark.parametrize("method", ["auto", "energy", "mmd", "moments", "ks"])
def test_level_is_exact_over_all_assignments(method):
    # If there is no difference every assignment of the eight values is as likely: the share of them with p ≤ α is the
    # true level, to be at most α, and for one statistic without ties α rounded down to what C(8, 4) = 70 allow.
    rng = np.random.default_rng(11)
    values = rng.normal(size=(8, 1)) if method == "ks" else rng.normal(size=(8, 2))
    found = []
    for chosen in itertools.combinations(range(8), 4):
        rest = [i for i in range(8) if i not in chosen]
        x, y = sample_of(values[list(chosen)]), sample_of(values[rest])
        found.append(two_sample_test_of(x, y, method, rng=np.random.default_rng(0)).p_value)
    found = np.array(found)
    assert len(found) == 70
    for alpha in (0.03, 0.05, 0.1, 0.2, 0.5):
        assert np.mean(found <= alpha) <= alpha + 1e-12
    # Not for want of trying: without ties (KS has 4 values here) p-values are as small as 70 assignments allow. x and y
    # may change places, and every statistic is the same then, so that they come in pairs.
    assert np.mean(found <= 0.2) >= (0.02 if method == "ks" else 0.2 - 2 / 70)


@pytest.mark.parametrize("method", ["auto", "energy", "mmd", "moments", "ks", "classifier"])
def test_p_values_are_uniform_without_a_difference(method):
    repeats = 200
    settings = {"learner": LinearLogistic()} if method == "classifier" else {}
    found = []
    for seed in range(repeats):
        rng = np.random.default_rng((7, seed))
        x, y = sample_of(rng.standard_t(3, (30, 2))), sample_of(rng.standard_t(3, (24, 2)))
        found.append(two_sample_test_of(x, y, method, permutations=99, level=0.1, rng=rng, **settings).p_value)
    found = np.array(found)
    # Within five standard errors of a binomial share.
    for alpha in (0.1, 0.3, 0.6):
        error = 5 * math.sqrt(alpha * (1 - alpha) / repeats)
        assert np.mean(found <= alpha) <= alpha + error
        assert np.mean(found <= alpha) >= alpha - error


def test_assignments_keep_how_many_are_of_x_and_begin_with_what_was_seen():
    pooled = pool(sample_of(np.arange(30.0)), sample_of(np.arange(20.0)))
    drawn = assignments(pooled, 200, np.random.default_rng(0))
    labels = np.concatenate(list(drawn.blocks()))
    assert labels.shape == (201, 50)
    assert np.array_equal(labels[0], np.arange(50) < 30)
    assert np.all(labels.sum(axis=1) == 30)
    assert len(np.unique(labels, axis=0)) == 201
    # Every unit is of x in 3/5 of them, within five standard errors.
    assert np.all(np.abs(labels[1:].mean(axis=0) - 0.6) < 5 * math.sqrt(0.24 / 200))


def grouped(rng, groups, size, shift=0.0):
    """Rows that share a value of their group: few independent ones."""
    centres = rng.normal(shift, 1, groups)
    numbers = np.repeat(centres, size) + 0.1 * rng.normal(size=groups * size)
    return Sample(
        numbers[:, None], np.empty((groups * size, 0), np.int64), (), ("a",), None, np.repeat(np.arange(groups), size)
    )


def test_groups_change_sides_as_wholes_by_enumeration():
    rng = np.random.default_rng(3)
    x, y = grouped(rng, 4, 3, 1.0), grouped(rng, 3, 3)
    found = two_sample_test_of(x, y, "energy", permutations=99, rng=rng)
    assert found.permutations == math.comb(7, 4) - 1
    parts = [*x.numbers.reshape(4, 3, 1), *y.numbers.reshape(3, 3, 1)]
    every = []
    for chosen in itertools.combinations(range(7), 4):
        rest = [i for i in range(7) if i not in chosen]
        every.append(
            energy_by_definition(np.concatenate([parts[i] for i in chosen]), np.concatenate([parts[i] for i in rest]))
        )
    assert_close(found.p_value, np.mean(np.array(every) >= every[0] - 1e-9), 1e-13)
    assert "4 and 3 groups" in " ".join(found.notes)


def test_false_alarms_of_clustered_rows_need_groups():
    ignoring, using = 0, 0
    for seed in range(60):
        rng = np.random.default_rng((1, seed))
        x, y = grouped(rng, 12, 10), grouped(rng, 12, 10)
        using += two_sample_test_of(x, y, "ks", permutations=99, rng=rng).different
        plain = [Sample(one.numbers, one.codes, (), ("a",)) for one in (x, y)]
        ignoring += two_sample_test_of(*plain, "ks", permutations=99, rng=rng).different
    assert using <= 60 * 0.05 + 5 * math.sqrt(60 * 0.05 * 0.95)
    assert ignoring > 25


@pytest.mark.parametrize("method", ["auto", "energy", "mmd", "ks", "g", "moments"])
def test_weights_of_1_are_none_and_whole_weights_are_copies_in_the_statistic(method):
    rng = np.random.default_rng(2)
    numbers, codes = (
        [rng.normal(size=(20, 2)), rng.normal(0.4, 1, (25, 2))],
        [rng.integers(0, 3, (n, 1)) for n in (20, 25)],
    )
    samples = [Sample(a, c, (3,), ("a", "b", "c")) for a, c in zip(numbers, codes, strict=True)]
    plain = two_sample_test_of(*samples, method, permutations=99, rng=np.random.default_rng(0))
    ones = [Sample(a, c, (3,), ("a", "b", "c"), np.ones(len(a))) for a, c in zip(numbers, codes, strict=True)]
    found = two_sample_test_of(*ones, method, permutations=99, rng=np.random.default_rng(0))
    assert_close(found.statistic, plain.statistic, 1e-5)
    assert_close(found.p_value, plain.p_value, 1e-12)


def test_whole_weights_are_copies():
    rng = np.random.default_rng(4)
    values, times = rng.normal(size=12), rng.integers(1, 4, 12)
    other, others = rng.normal(size=10), rng.integers(1, 4, 10)
    x, y = sample_of(values, weights=times), sample_of(other, weights=others)
    for method in ("ks", "energy"):
        found = two_sample_test_of(x, y, method, permutations=99, rng=rng).statistic
        copied = two_sample_test_of(
            sample_of(np.repeat(values, times)), sample_of(np.repeat(other, others)), method, permutations=99, rng=rng
        ).statistic
        assert_close(found, copied, 1e-12)


def test_p_values_count_ties_and_rounding_against_a_difference():
    assert_close(p_values(np.array([[1.0, 5.0], [1.0 - 1e-9, 1.0], [0.5, 2.0], [2.0, 3.0]])), [0.75, 0.25], 1e-13)


def test_randomised_p_values_of_constant_statistics_are_uniform():
    rng = np.random.default_rng(0)
    found = np.array([randomised_p_value(np.zeros(10), rng) for _ in range(500)])
    assert 0 < found.min() < found.max() < 1
    assert abs(found.mean() - 0.5) < 5 * math.sqrt(1 / 12 / 500)


def test_the_scale_is_the_same_whichever_assignment_was_seen():
    # Scaled by what is the same in any order: else the p-value would not be exact.
    values = np.random.default_rng(0).gamma(2.0, size=(40, 3)) * [1.0, 1e6, 1e-6]
    order = np.random.default_rng(1).permutation(40)
    assert_close(on_one_scale(values, 0.05)[order], on_one_scale(values[order], 0.05), 1e-13, 1e-15)


def test_bad_input():
    x, y = sample_of(np.arange(12.0)), sample_of(np.arange(15.0))
    weighted = sample_of(np.arange(12.0), weights=np.ones(12))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="weights and y has none"):
        two_sample_test_of(weighted, y, rng=rng)
    with pytest.raises(ValueError, match="groups and x has none"):
        two_sample_test_of(x, grouped(rng, 4, 3), rng=rng)
    with pytest.raises(ValueError, match="must be the same columns"):
        two_sample_test_of(x, sample_of(np.zeros((12, 2))), rng=rng)
    with pytest.raises(ValueError, match="needs at least 19"):
        two_sample_test_of(x, y, permutations=18, rng=rng)
    with pytest.raises(ValueError, match="method is 't'"):
        two_sample_test_of(x, y, "t", rng=rng)
    with pytest.raises(ValueError, match="level is 1"):
        two_sample_test_of(x, y, level=1.0, rng=rng)
    with pytest.raises(ValueError, match="needs a column of categories"):
        two_sample_test_of(x, y, "g", rng=rng)
    codes = sample_of(np.empty((12, 0)), codes=np.arange(12) % 3)
    with pytest.raises(ValueError, match="needs a column of numbers"):
        two_sample_test_of(codes, codes, "ks", rng=rng)
    with pytest.raises(ValueError, match="needs 10 of each"):
        two_sample_test_of(sample_of(np.arange(9.0)), y, "classifier", rng=rng)
