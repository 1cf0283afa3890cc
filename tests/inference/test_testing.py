"""The G test against SciPy, by enumeration and by simulation; Benjamini and Hochberg by their own table."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from tests.close import assert_close

from kullback.intervals import Blocks, Independent, Weighted
from kullback.testing import benjamini_hochberg, g_test


def williams(table):
    total = table.sum()
    rows = total * (1 / table.sum(axis=1)).sum() - 1
    columns = total * (1 / table.sum(axis=0)).sum() - 1
    return 1 + rows * columns / (6 * total * (table.shape[1] - 1))


@pytest.mark.parametrize("table", [[[30, 70], [50, 50]], [[5, 0, 12, 9], [100, 3, 90, 80]], [[1, 0], [0, 1]]])
def test_statistic_is_the_likelihood_ratio_over_williams_factor(table):
    table = np.array(table, float)
    known = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    found = g_test(Independent(table[0]), Independent(table[1]))
    assert_close(found.statistic, known.statistic / williams(table), 1e-12)
    assert found.degrees == known.dof
    assert_close(found.p_value, stats.chi2.sf(found.statistic, found.degrees), 1e-10)


@pytest.mark.parametrize("factor", [1, 3, 1000, 7919])
def test_identical_columns_have_no_difference_whatever_their_sizes(factor):
    # popmon calls them different by PSI 118 (docs of the peers): it compares counts, not shares.
    cells = np.array([133, 7, 0, 4019, 51, 1])
    found = g_test(Independent(cells), Independent(factor * cells))
    assert (found.statistic, found.p_value) == (0.0, 1.0)
    found = g_test(Blocks([cells, cells]), Blocks([cells, factor * cells]))
    assert (found.statistic, found.p_value) == (0.0, 1.0)


def test_false_alarms_of_two_binomials_by_enumeration():
    # Every pair of counts of 30 and 40 rows, with its exact probability: no simulation.
    for share in (0.3, 0.5):
        alarms = 0.0
        for a, b in itertools.product(range(31), range(41)):
            p_value = g_test(Independent([a, 30 - a]), Independent([b, 40 - b])).p_value if 0 < a + b < 70 else 1.0
            alarms += stats.binom.pmf(a, 30, share) * stats.binom.pmf(b, 40, share) * (p_value < 0.05)
        assert 0.035 < alarms < 0.065


@pytest.mark.parametrize("cells", [5, 10, 50])
def test_two_samples_alarm_at_their_level_where_a_one_sample_test_does_not(cells):
    # evidently's default for up to 1000 rows takes the reference as exact: 33, 46 and 98 % false alarms at 900 rows.
    rng = np.random.default_rng(cells)
    p = np.full(cells, 1 / cells)
    ours, one_sample, repeats = 0, 0, 3000
    for a, b in zip(rng.multinomial(900, p, repeats), rng.multinomial(900, p, repeats), strict=True):
        ours += g_test(Independent(a), Independent(b)).p_value < 0.05
        one_sample += stats.chi2.sf(((b - a) ** 2 / np.maximum(a, 0.5)).sum(), cells - 1) < 0.05
    assert 0.04 < ours / repeats < 0.062
    assert one_sample / repeats > 0.25


def test_blocks_alarm_at_their_level():
    rng = np.random.default_rng(11)
    p = np.array([0.4, 0.3, 0.2, 0.1])
    known, naive, repeats = 0, 0, 1500
    for _ in range(repeats):
        sides = [rng.multinomial(100, rng.dirichlet(30 * p, 40)) for _ in range(2)]
        known += g_test(*map(Blocks, sides)).p_value < 0.05
        naive += g_test(*(Independent(side.sum(axis=0)) for side in sides)).p_value < 0.05
    assert 0.035 < known / repeats < 0.068
    assert naive / repeats > 0.4


def test_weights_alarm_at_their_level():
    rng = np.random.default_rng(12)
    p = np.array([0.4, 0.3, 0.2, 0.1])
    alarms, repeats = 0, 2000
    for _ in range(repeats):
        light, heavy = rng.multinomial(500, p, 2), rng.multinomial(500, p, 2)
        sides = [Weighted(a + 5 * b, a + 25 * b, 1000) for a, b in zip(light, heavy, strict=True)]
        alarms += g_test(*sides).p_value < 0.05
    assert 0.037 < alarms / repeats < 0.065


def test_one_cell_says_nothing():
    found = g_test(Independent([7]), Independent([9]))
    assert (found.statistic, found.degrees, found.p_value) == (0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="P has 1 cells and Q 2"):
        g_test(Independent([7]), Independent([9, 1]))


def test_benjamini_and_hochbergs_own_table():
    # Their 15 p-values of 1995, section 4.1: four hypotheses are rejected at 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    p += [0.7590, 1.0000]
    q = benjamini_hochberg(p)
    assert int((q <= 0.05).sum()) == 4
    assert_close(q[:4], [0.0015, 0.003, 0.0095, 0.035625], 1e-12)
    assert_close(q, stats.false_discovery_control(p), 1e-12)
    shuffled = np.random.default_rng(0).permutation(15)
    assert_close(benjamini_hochberg(np.array(p)[shuffled]), q[shuffled], 1e-15)
    assert len(benjamini_hochberg([])) == 0
    with pytest.raises(ValueError, match="p-values"):
        benjamini_hochberg([0.1, math.nan])
