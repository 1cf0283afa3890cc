"""Density ratios by least squares and by likelihood: truths are closed forms, and the formulas they are fitted by."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.close import assert_close

import kullback as kb
from kullback.estimators import kliep, least_squares_ratio
from kullback.estimators.coordinates import Coordinates, squared_distances
from kullback.estimators.cross_fitting import CrossFitted
from kullback.estimators.kliep import LikelihoodRatio
from kullback.estimators.least_squares_ratio import LeastSquaresRatio
from kullback.sample import Sample, sample_of
from kullback.sampling import model_of

METHODS = [least_squares_ratio(), least_squares_ratio(relative=0.2), kliep()]
IDS = ["least squares", "relative", "likelihood"]
A = np.asarray([[2.0, 0.8], [0.8, 1.0]])
D = kb.distributions

PAIRS = {
    "normals": (kb.normal(0, 1), kb.normal(1, 2)),
    "gammas": (D.gamma(3.0, 1.0), D.gamma(2.0, 0.5)),
    "planes": (D.multivariate_normal([0.0, 0.0]), D.multivariate_normal([0.5, 0.5], A)),
    "equal": (kb.normal(0, 1), kb.normal(0, 1)),
}


def _drawn(name: str, rows: int = 1000, seed: int = 0) -> tuple[Sample, Sample, float]:
    p, q = PAIRS[name]
    rng = np.random.default_rng(seed)
    sides = [model_of(one).draw for one in (p, q)]
    assert sides[0] is not None and sides[1] is not None
    return sample_of(sides[0](rows, rng)), sample_of(sides[1](rows, rng)), float(kb.kl(p, q))


def _fit(method: CrossFitted, x: Sample, y: Sample, seed: int = 0):
    return method.fit(x, y, np.random.default_rng(seed))


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_near_the_closed_form_from_a_thousand_rows(method: CrossFitted, name: str) -> None:
    x, y, truth = _drawn(name)
    found = _fit(method, x, y)
    assert np.isfinite(found.at_x).all() and np.isfinite(found.at_y).all()
    assert abs(found.value(kb.kl).value - truth) < 0.1
    assert found.lower(kb.kl).value < truth + 0.1
    assert found.held_out


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_unit_and_origin_do_not_matter_and_the_same_seed_gives_the_same_bits(method: CrossFitted) -> None:
    x, y, _ = _drawn("planes", 300)
    plain, again = (_fit(method, x, y).value(kb.kl).value for _ in range(2))
    scale, shift = np.asarray([1e6, 1e-3]), np.asarray([-5.0, 1e-2])
    moved = [side.with_numbers(side.numbers * scale + shift) for side in (x, y)]
    assert plain == again
    assert_close(_fit(method, moved[0], moved[1]).value(kb.kl).value, plain, relative=1e-5)


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_categories_alone_and_beside_numbers(method: CrossFitted) -> None:
    rng = np.random.default_rng(0)
    p, q = np.asarray([0.5, 0.3, 0.2]), np.asarray([0.2, 0.3, 0.5])
    codes = [rng.choice(3, 1000, p=side)[:, None] for side in (p, q)]
    alone = [sample_of(np.empty((1000, 0)), one) for one in codes]
    counted = float(kb.kl(*(kb.counts(np.bincount(one[:, 0])) for one in codes)))
    assert abs(_fit(method, *alone).value(kb.kl).value - counted) < 0.02
    beside = [sample_of(rng.normal(mean, 1.0, 1000), one) for mean, one in zip((0.0, 0.5), codes, strict=True)]
    assert abs(_fit(method, *beside).value(kb.kl).value - counted - 0.125) < 0.12


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_weights_count(method: CrossFitted) -> None:
    # Rows from N(0, 2²) that weigh as much as they are likelier under N(0, 1) are a sample of N(0, 1).
    rng = np.random.default_rng(1)
    wide = rng.normal(0.0, 2.0, 3000)
    x = sample_of(wide, weights=2.0 * np.exp(-0.375 * wide**2))
    y = sample_of(rng.normal(1.0, 2.0, 1500))
    assert abs(_fit(method, x, y).value(kb.kl).value - float(kb.kl(kb.normal(0, 1), kb.normal(1, 2)))) < 0.12


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_rows_of_a_group_are_not_learned_from_each_other(method: CrossFitted) -> None:
    # Every row five times: a learner that saw copies would tell equal distributions apart.
    rng = np.random.default_rng(2)
    rows = [np.repeat(rng.normal(size=(200, 2)), 5, axis=0) for _ in range(2)]
    codes = [start + np.repeat(np.arange(200), 5) for start in (0, 1000)]
    alone = [sample_of(one) for one in rows]
    grouped = [replace(one, groups=code) for one, code in zip(alone, codes, strict=True)]
    assert abs(_fit(method, *alone).value(kb.kl).value) > 0.2
    assert abs(_fit(method, *grouped).value(kb.kl).value) < 0.15


def test_a_model_is_drawn_from() -> None:
    x, _, truth = _drawn("normals")
    found = least_squares_ratio().fit(x, model_of(PAIRS["normals"][1]), np.random.default_rng(0))
    assert abs(found.value(kb.kl).value - truth) < 0.1
    assert "rows drawn from normal" in found.notes[0]


@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_leave_one_out_in_closed_form_is_leaving_out_one(beta: float) -> None:
    rng = np.random.default_rng(0)
    at_x, at_y = (np.column_stack([rng.random((n, 3)), np.ones(n)]) for n in (7, 9))
    share_x, share_y = (side / side.sum() for side in (rng.random(7) + 0.5, rng.random(9) + 0.5))
    learner = LeastSquaresRatio(beta)
    loss, slopes = learner._fit(at_x, at_y, share_x, share_y)
    moments = (1 - beta) * (at_y.T * share_y) @ at_y + beta * (at_x.T * share_x) @ at_x
    mean = share_x @ at_x
    losses = []
    for ridge in 10.0 ** np.arange(-5.0, 2.0):
        full = moments + ridge * np.eye(4)
        total = 0.0
        for row, s in zip(at_x, share_x, strict=True):
            without = np.linalg.solve(full - beta * s * np.outer(row, row), (mean - s * row) / (1 - s))
            total += s * (0.5 * beta * (row @ without) ** 2 - row @ without)
        for row, s in zip(at_y, share_y, strict=True):
            without = (1 - s) * np.linalg.solve(full - (1 - beta) * s * np.outer(row, row), mean)
            total += 0.5 * (1 - beta) * s * (row @ without) ** 2
        losses.append((total, np.linalg.solve(full, mean)))
    least = min(losses, key=lambda one: one[0])
    assert_close(loss, least[0], relative=1e-9)
    assert_close(slopes, least[1], relative=1e-7)


def test_the_likeliest_ratio_has_the_mean_1() -> None:
    x, y, _ = _drawn("normals", 500)
    scores = LikelihoodRatio().learn(x, y, np.random.default_rng(0))
    assert abs(np.exp(scores(y)).mean() - 1.0) < 0.01
    for other in (0.9, 1.1):
        # and no other power of it that has this mean is likelier for the rows it was fitted to, beyond what its
        # steps leave.
        powered = other * scores(x) - math.log(np.exp(other * scores(y)).mean())
        assert powered.mean() < scores(x).mean() + 0.01


def test_coordinates() -> None:
    rng = np.random.default_rng(0)
    x, y = (sample_of(rng.normal(size=(500, 2)) @ np.linalg.cholesky(A).T, rng.integers(0, 3, 500)) for _ in range(2))
    where = Coordinates.of(x, y)
    assert where(x).shape == (500, 5)
    assert np.abs(np.cov(where(x)[:, :2].T) - np.eye(2) * np.cov(where(x)[:, 0])).max() < 0.3
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    assert_close(squared_distances(a, b), np.square(a[:, None] - b).sum(-1), relative=1e-12)


def test_constant_and_extreme_columns() -> None:
    rng = np.random.default_rng(0)
    x, y = (np.column_stack([rng.normal(mean, 1.0, 200), np.full(200, 3.0)]) for mean in (0.0, 1.0))
    x[0, 0] = 1e12
    for method in METHODS:
        assert math.isfinite(_fit(method, sample_of(x), sample_of(y)).value(kb.kl).value)
        # Nothing to tell them apart by: 0, up to the ridge on the constant.
        constant = sample_of(np.ones(50))
        assert abs(_fit(method, constant, constant).value(kb.kl).value) < 0.05


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="relative is 1"):
        least_squares_ratio(relative=1.0)
    with pytest.raises(ValueError, match="centres is 0"):
        least_squares_ratio(centres=0)
    with pytest.raises(ValueError, match="centres is 0"):
        kliep(centres=0)
    with pytest.raises(ValueError, match="folds is 1"):
        kliep(folds=1)
