"""Hundreds of columns: regression in principal directions, and learners on leading directions of them."""

import numpy as np
import pytest
from tests.close import assert_close

import kullback as kb
from kullback.estimators import Boosting, CurvedLogistic, OnLeadingDirections, on_leading_directions, stack
from kullback.estimators.cross_fitting import held_out, split
from kullback.estimators.leading_directions import held_out_together
from kullback.estimators.logistic import LinearLogistic
from kullback.estimators.stack import suitable
from kullback.estimators.wide_logistic import MOST_DIRECTIONS, fit_wide, principal_axes
from kullback.infer.threads import few_threads
from kullback.sample import Sample, sample_of


def rows(count, columns, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(size=(count, columns)) + shift


def fit(x, y, seed=0):
    return fit_wide(x, y, sample_of(x), sample_of(y), np.random.default_rng(seed))


@pytest.mark.parametrize("shape", [(40, 15), (15, 40)])
def test_principal_axes_are_those_of_the_covariance_whichever_is_smaller(shape):
    at = rows(*shape) * np.geomspace(1.0, 0.1, shape[1])
    at -= at.mean(axis=0)
    axes, turned = principal_axes(at, np.ones(shape[0]), np.random.default_rng(0))
    count = min(shape[0] - 1, shape[1])
    assert axes.shape == (shape[1], count)
    assert_close(axes.T @ axes, np.eye(count), absolute=1e-9)
    assert_close(turned.T @ turned, np.diag(np.linalg.eigvalsh(at @ at.T)[::-1][:count]), absolute=1e-9)


def test_no_product_of_all_columns_is_made_where_rows_and_columns_are_many():
    axes, turned = principal_axes(rows(60, 50), np.ones(60), np.random.default_rng(0), most=20)
    assert axes.shape == (50, 20)
    assert turned.shape == (60, 20)


@pytest.mark.parametrize("shape", [(300, 200), (60, 200)])
def test_the_slope_and_the_constant_have_the_greatest_posterior_for_their_ridge(shape):
    """Σ (side − chance) z = ridge · slope in the scaled directions: the slope is a multiple of the gradient there."""
    x, y = rows(*shape, shift=0.1), rows(*shape, seed=1)
    found = fit(x, y)
    both = np.concatenate([x, y])
    chance = 1.0 / (1.0 + np.exp(-found.at(both)))
    left = np.repeat([1.0, 0.0], shape[0]) - chance
    assert abs(left.sum()) < 0.2
    gradient = (left @ (both - found.centre)) @ found.axes
    slope = found.slope @ found.axes
    alike = [slope * np.power(found.variances / found.variances[0], power) for power in (0.0, 0.5, 1.0)]
    cosines = [one @ gradient / np.linalg.norm(one) / np.linalg.norm(gradient) for one in alike]
    assert max(cosines) > 0.99


def test_rows_held_out_are_told_apart_no_better_than_new_ones():
    """What is learned beside the regression sees no training row nearer to the truth than it is at new rows."""
    x, y = rows(150, 300, shift=0.05), rows(150, 300, seed=1)
    found = fit(x, y)
    inside = found.at(x).mean() - found.at(y).mean()
    known = found.held_out[:150].mean() - found.held_out[150:].mean()
    new = found.at(rows(4000, 300, 2, 0.05)).mean() - found.at(rows(4000, 300, 3)).mean()
    assert known < 1.3 * new + 0.1
    assert inside > 2.0 * known


def test_nothing_is_learned_where_there_is_nothing():
    found = fit(rows(200, 300), rows(200, 300, seed=1))
    assert np.abs(found.at(rows(500, 300, seed=2))).mean() < 0.1


def test_learners_that_share_their_directions_give_the_same_as_alone():
    x, y = sample_of(rows(120, 140, shift=0.1)), sample_of(rows(120, 140, seed=1))
    folds = split(x, y, 3, np.random.default_rng(0))
    alone = OnLeadingDirections(CurvedLogistic())
    together = held_out_together([alone, LinearLogistic()], x, y, folds, np.random.default_rng(1))
    for learner, found in zip([alone, LinearLogistic()], together, strict=True):
        for one, other in zip(held_out(learner, x, y, folds, np.random.default_rng(1)), found, strict=True):
            assert_close(one, other, relative=1e-12)


DIFFERENCES = {
    "three columns shifted": (lambda x: np.concatenate([x[:, :3] + 0.5, x[:, 3:]], axis=1), 3 * 0.125, 0.5),
    "ten columns wider": (
        lambda x: np.concatenate([1.4 * x[:, :10], x[:, 10:]], axis=1),
        10 * (0.98 - 0.5 - np.log(1.4)),
        0.4,
    ),
    "pairs dependent": (
        lambda x: np.concatenate([0.7 * x[:, 10:20] + np.sqrt(0.51) * x[:, :10], x[:, 10:]], axis=1),
        -10 * 0.5 * np.log(0.51),
        0.4,
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_in_few_of_many_columns_is_found(name):
    change, truth, part = DIFFERENCES[name]
    found = kb.estimate(change(rows(800, 200)), rows(800, 200, seed=1), rng=0)
    assert part * truth < found.value < 1.15 * truth
    assert 0.0 < found.lower_limit < truth
    assert found.outcome == "lower bound only"


@pytest.mark.parametrize("shape", [(300, 200), (40, 300), (40, 3 * MOST_DIRECTIONS)])
@pytest.mark.parametrize("kind", ["normal", "heavy", "rotated"])
def test_the_limit_is_0_where_nothing_differs(shape, kind):
    rng = np.random.default_rng(5)
    x, y = (rng.standard_t(3, shape) if kind == "heavy" else rng.normal(size=shape) for _ in range(2))
    if kind == "rotated":
        spread = np.arange(1, shape[1] + 1) ** -0.5
        mirror = rng.normal(size=shape[1])
        mirror /= np.linalg.norm(mirror)
        x, y = (side * spread - 2.0 * np.outer((side * spread) @ mirror, mirror) for side in (x, y))
    found = kb.estimate(x, y, rng=0)
    assert found.lower_limit == 0.0
    assert found.value < 0.02 + 10.0 / shape[0]


def test_the_answer_says_what_was_made_of_the_columns():
    found = kb.estimate(rows(60, 300), rows(60, 300, seed=1), rng=0)
    assert "300 columns: learned on 12 directions, and linearly on all columns" in found.notes


def test_few_columns_are_learned_from_as_they_are():
    assert not any(isinstance(base, OnLeadingDirections) for base in suitable(*[sample_of(rows(50, 100))] * 2))
    assert any(isinstance(base, OnLeadingDirections) for base in suitable(*[sample_of(rows(50, 129))] * 2))


def test_names_and_weights_and_groups_beside_many_columns():
    rng = np.random.default_rng(0)
    sides = [
        Sample(
            rows(200, 150, seed), rng.choice(2, 200, p=[share, 1 - share])[:, None], (2,),
            weights=np.repeat([0.5, 1.5], 100), groups=np.arange(200) // 2,
        )
        for seed, share in ((0, 0.8), (1, 0.2))
    ]  # fmt: skip
    with few_threads(0):
        found = stack().fit(*sides, np.random.default_rng(0))
    bound = found.lower(kb.kl)
    truth = float(kb.kl([0.8, 0.2], [0.2, 0.8]))
    assert bound is not None
    assert 0.3 * truth < bound.value < 1.3 * truth


def test_shares_of_hundreds_of_columns_name_those_that_differ():
    x, y = rows(300, 160), rows(300, 160, seed=1)
    x[:, 40] += 1.0
    x[:, 90] *= 2.0
    found = kb.estimate(x, y, rng=0)
    shares = found.contributions
    assert set(sorted(shares, key=lambda name: -shares[name])[:2]) == {"column 40", "column 90"}
    assert_close(sum(shares.values()), found.value, relative=1e-9)


def test_directions_and_folds_are_counted():
    with pytest.raises(ValueError, match="directions is 0"):
        on_leading_directions(Boosting(), directions=0)
    with pytest.raises(ValueError, match="no column of numbers"):
        nothing = Sample(np.empty((20, 0)), np.zeros((20, 1), np.int64), (1,))
        on_leading_directions(Boosting()).fit(nothing, nothing, np.random.default_rng(0))
