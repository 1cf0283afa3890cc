"""The chain rule over categories and over what repeats in numbers."""

import math

import numpy as np
import pytest
from scipy import stats
from tests.close import assert_close
from tests.estimators.test_counts import rng

import kullback as kb
from kullback import estimators
from kullback.estimators.atoms import step_of, ties_of
from kullback.sample import Sample, sample_of

LINEAR = estimators.linear_logistic()


def mixed(rows, shares, means, seed):
    draw = np.random.default_rng(seed)
    codes = draw.choice(len(shares), rows, p=shares)
    return sample_of(draw.normal(np.asarray(means, float)[codes], 1.0), codes)


P = (0.5, 0.3, 0.2), (0.0, 1.0, 2.0)
Q = (0.4, 0.4, 0.2), (0.0, 0.5, 2.0)
TRUTH = kb.kl(P[0], Q[0]) + 0.3 * 0.125
REVERSE = kb.kl(Q[0], P[0]) + 0.4 * 0.125


def spread(found, x, y):
    return math.sqrt(np.square(found.influence_x).mean() / x.rows + np.square(found.influence_y).mean() / y.rows)


@pytest.mark.parametrize("numbers", [LINEAR, estimators.shared_radius()], ids=["logistic", "neighbours"])
def test_the_chain_rule(numbers):
    x, y = mixed(6000, *P, 1), mixed(6000, *Q, 2)
    fit = estimators.strata(numbers=numbers).fit(x, y, rng())
    for divergence, truth in ((kb.kl, TRUTH), (kb.kl.reverse, REVERSE), (kb.jeffreys, TRUTH + REVERSE)):
        found = fit.value(divergence)
        assert abs(found.value - truth) < 4.0 * spread(found, x, y) + 0.005
        assert_close([found.influence_x.mean(), found.influence_y.mean()], [0.0, 0.0], absolute=0.05)


def test_influences_say_how_it_varies():
    values, claimed = [], []
    for seed in range(40):
        x, y = mixed(600, *P, seed), mixed(600, *Q, 500 + seed)
        found = estimators.strata(numbers=LINEAR).fit(x, y, rng()).value(kb.kl)
        values.append(found.value)
        claimed.append(spread(found, x, y))
    assert 0.7 < np.std(values) / np.mean(claimed) < 1.35


def test_the_reverse_is_that_of_the_swapped_samples():
    x, y = mixed(400, *P, 1), mixed(500, *Q, 2)
    method = estimators.strata(numbers=estimators.shared_radius())
    forward, swapped = method.fit(x, y, rng()).value(kb.kl.reverse), method.fit(y, x, rng()).value(kb.kl)
    assert_close(forward.value, swapped.value, 1e-9, 1e-9)
    assert_close(forward.influence_x, swapped.influence_y, 1e-9, 1e-9)


def test_other_divergences_and_the_bound_from_log_ratios():
    x, y = mixed(4000, *P, 1), mixed(4000, *Q, 2)
    fit = estimators.strata(numbers=LINEAR).fit(x, y, rng())
    t = np.linspace(-12.0, 14.0, 20_001)

    def joint(shares, means):
        return np.concatenate([s * stats.norm.pdf(t, m) for s, m in zip(shares, means, strict=True)])

    p, q = joint(*P), joint(*Q)
    truth = float(kb.js(p / p.sum(), q / q.sum()))
    found = fit.value(kb.js)
    assert abs(found.value - truth) < 4.0 * spread(found, x, y) + 0.002
    bound = fit.lower(kb.kl)
    assert bound.value < TRUTH + 3.0 * spread(bound, x, y)
    assert bound.value > 0.5 * TRUTH


def test_cells_with_too_few_rows_are_named():
    # A peer answers NaN where a cell has one row.
    x, y = mixed(300, (0.9, 0.09, 0.01), P[1], 1), mixed(300, *Q, 2)
    with pytest.raises(ValueError, match=r"2 cells have fewer than 50 rows.*\(1\) with \d+ rows of x.*\(2\)"):
        estimators.strata(numbers=LINEAR).fit(x, y, rng())
    found = estimators.strata(numbers=LINEAR, least=2).fit(x, y, rng()).value(kb.kl)
    assert math.isfinite(found.value)


def test_cells_of_one_sample_alone_are_left_to_the_counts():
    x, y = mixed(600, (0.5, 0.5, 0.0), P[1], 1), mixed(600, (0.5, 0.0, 0.5), Q[1], 2)
    found = estimators.strata(numbers=LINEAR).fit(x, y, rng()).value(kb.kl)
    assert found.value > 2.0 and np.isfinite(found.influence_y).all()
    exact = estimators.strata(counts=estimators.plug_in_counts(), numbers=LINEAR).fit(x, y, rng())
    assert exact.value(kb.kl).value == math.inf
    assert "lies where Q has none" in exact.notes[0]


def test_what_strata_cannot_take():
    x = mixed(300, *P, 1)
    with pytest.raises(ValueError, match="no categories"):
        estimators.strata().fit(sample_of(x.numbers), sample_of(x.numbers), rng())
    codes = sample_of(np.empty((300, 0)), x.codes)
    with pytest.raises(ValueError, match="no numbers"):
        estimators.strata().fit(codes, codes, rng())
    with pytest.raises(ValueError, match="least is 1"):
        estimators.strata(least=1)
    with pytest.raises(ValueError, match="least is 0"):
        estimators.atoms(least=0)


def gamma_kl(shape, scale, other_shape, other_scale):
    from scipy.special import gammaln, psi

    return (
        (shape - other_shape) * psi(shape)
        - gammaln(shape)
        + gammaln(other_shape)
        + other_shape * math.log(other_scale / scale)
        + shape * (scale / other_scale - 1.0)
    )


def inflated(rows, zero, shape, scale, seed):
    draw = np.random.default_rng(seed)
    return sample_of(np.where(draw.random(rows) < zero, 0.0, draw.gamma(shape, scale, rows)))


def test_zeros_among_measurements():
    truth = 0.4 * math.log(0.4 / 0.2) + 0.6 * math.log(0.6 / 0.8) + 0.6 * gamma_kl(2.0, 1.0, 2.0, 1.5)
    found = []
    for seed in range(10):
        x, y = inflated(1000, 0.4, 2.0, 1.0, seed), inflated(1000, 0.2, 2.0, 1.5, 100 + seed)
        fit = estimators.atoms().fit(x, y, rng())
        assert fit.diagnostics["tied share"] > 0.2
        assert any("atoms of column 1: 0" in note for note in fit.notes)
        found.append(fit.value(kb.kl).value - truth)
    assert np.sqrt(np.mean(np.square(found))) < 0.04


def rounded_truth(p, q, step):
    edges = (np.arange(-400, 402) - 0.5) * step
    masses = np.diff(p.cdf(edges)), np.diff(q.cdf(edges))
    kept = masses[0] > 0.0
    return float((masses[0][kept] * np.log(masses[0][kept] / masses[1][kept])).sum())


@pytest.mark.parametrize("step", [0.5, 0.1, 0.02])
def test_rounded_numbers(step):
    p, q = stats.norm(0.0, 1.0), stats.norm(0.5, 1.3)
    truth, found = rounded_truth(p, q, step), []
    for seed in range(10):
        draw = np.random.default_rng(seed)
        x, y = (sample_of(np.round(law.rvs(1000, random_state=draw) / step) * step) for law in (p, q))
        fit = estimators.atoms().fit(x, y, rng())
        found.append(fit.value(kb.kl).value - truth)
        assert_close(fit.diagnostics["step"], step, 1e-9)
    # A peer is +40 here.
    assert np.sqrt(np.mean(np.square(found))) < 0.04


def test_rounding_and_zeros_and_categories_together():
    draw = np.random.default_rng(3)

    def side(zero, scale, share):
        numbers = np.where(draw.random(2000) < zero, 0.0, np.ceil(draw.exponential(scale, 2000) / 0.01) * 0.01)
        return sample_of(np.column_stack([numbers, draw.normal(size=2000)]), draw.random(2000) < share)

    x, y = side(0.4, 1.0, 0.5), side(0.2, 1.5, 0.5)
    # Free of rounding the exponential part is ln 1.5 + 1/1.5 − 1.
    truth = 0.4 * math.log(2.0) + 0.6 * math.log(0.75) + 0.6 * (math.log(1.5) + 1.0 / 1.5 - 1.0)
    found = estimators.atoms(inner=LINEAR).fit(x, y, rng()).value(kb.kl)
    assert abs(found.value - truth) < 4.0 * spread(found, x, y) + 0.01


def test_integers_with_few_values_are_counted():
    x, y = (sample_of(np.random.default_rng(s).poisson(rate, 1000)) for s, rate in ((1, 4.0), (2, 6.0)))
    fit = estimators.atoms().fit(x, y, rng())
    counted = estimators.zhang_grabchak().fit(x, y, rng())
    assert_close(fit.value(kb.kl).value, counted.value(kb.kl).value, 1e-12)
    assert "values, counted" in fit.notes[0]


def test_numbers_without_ties_are_left_as_they_are():
    x, y = (sample_of(np.random.default_rng(s).normal(m, 1.0, 500)) for s, m in ((1, 0.0), (2, 0.5)))
    fit = estimators.atoms(inner=LINEAR).fit(x, y, rng())
    assert fit.notes == () and fit.diagnostics["tied share"] == 0.0
    assert abs(fit.value(kb.kl).value - 0.125) < 0.1
    assert estimators.tied_share(x, y) == 0.0


def test_seeds_and_swaps():
    x, y = inflated(500, 0.4, 2.0, 1.0, 1), inflated(700, 0.2, 2.0, 1.5, 2)
    first, again = (estimators.atoms().fit(x, y, rng()).value(kb.kl) for _ in range(2))
    assert first.value == again.value
    swapped = estimators.atoms().fit(y, x, rng()).value(kb.kl.reverse)
    assert_close(swapped.value, first.value, 1e-9)


def test_steps():
    draw = np.random.default_rng(0)
    for step in (0.1, 0.25, 1.0 / 3.0, 7.0, 1e-6):
        values = np.unique(np.round(draw.normal(size=300) * 20) * step + 5.0)
        assert_close(step_of(values), step, 1e-6)
    assert step_of(np.unique(draw.normal(size=300))) is None
    assert step_of(np.array([0.0, 1.0])) is None
    ties = ties_of(np.zeros(10), np.zeros(10))
    assert ties.counted and ties.distinct == 1 and ties.share == 1.0
    # A heap on a grid is an atom of its own, its neighbours are not.
    heap = np.concatenate([np.round(draw.normal(size=3000), 2), np.full(300, 0.5)])
    assert ties_of(heap, heap[:1000]).atoms.tolist() == [0.5]


def test_both_columns_and_the_diagnostics_of_each():
    draw = np.random.default_rng(1)
    x = Sample(np.column_stack([draw.normal(size=200), np.round(draw.normal(size=200), 1)]), np.empty((200, 0), int))
    found = estimators.atoms_of(x, x)
    assert found[1].step is not None and found[1].share > 0.9
    assert found[0].share == 1.0  # x is beside itself
