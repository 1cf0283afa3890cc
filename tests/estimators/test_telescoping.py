"""Telescoping: normals so far apart that a single log-ratio saturates. Truths are closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.close import assert_close

import kullback as kb
from kullback.estimators import quadratic_logistic, telescoping
from kullback.estimators.logistic import LinearLogistic
from kullback.estimators.telescoping import Quadratic, Telescoping, _between, _path
from kullback.sample import Sample, sample_of


def _shifted(divergence: float, d: int, rows: int = 1000, seed: int = 0) -> tuple[Sample, Sample]:
    rng = np.random.default_rng(seed)
    apart = math.sqrt(2.0 * divergence / d)
    return sample_of(rng.normal(size=(rows, d))), sample_of(rng.normal(size=(rows, d)) + apart)


@pytest.mark.parametrize("d", [1, 10])
@pytest.mark.parametrize("truth", [0.5, 8.0, 15.0, 30.0])
def test_it_follows_distant_normals(truth: float, d: int) -> None:
    x, y = _shifted(truth, d)
    found = telescoping().fit(x, y, np.random.default_rng(0))
    assert abs(found.value(kb.kl).value - truth) < 0.15 * truth + 0.05
    assert found.held_out


def test_where_a_single_log_ratio_saturates() -> None:
    x, y = _shifted(30.0, 10)
    single, many = (
        m.fit(x, y, np.random.default_rng(0)).value(kb.kl).value for m in (quadratic_logistic(), telescoping())
    )
    assert single < 20.0
    assert abs(many - 30.0) < 3.0


@pytest.mark.parametrize(("scale", "relative"), [(5.0, 0.1), (0.2, 0.1)])
def test_scales_as_well_as_places(scale: float, relative: float) -> None:
    rng = np.random.default_rng(0)
    x, y = sample_of(rng.normal(size=1000)), sample_of(1.0 + scale * rng.normal(size=1000))
    truth = float(kb.kl(kb.normal(0, 1), kb.normal(1.0, scale)))
    assert_close(telescoping().fit(x, y, rng).value(kb.kl).value, truth, relative=relative)


def test_equal_distributions_take_one_bridge() -> None:
    rng = np.random.default_rng(0)
    x, y = (sample_of(rng.normal(size=(500, 3))) for _ in range(2))
    assert len(_path(x, y, None)) == 2
    assert abs(telescoping().fit(x, y, rng).value(kb.kl).value) < 0.05


def test_the_path_has_steps_of_one_length() -> None:
    x, y = _shifted(30.0, 1, rows=20_000)
    path = _path(x, y, 6)
    assert path[0] == 0.0 and path[-1] == 1.0 and (np.diff(path) > 0).all()
    # Both have variance 1, and so has all between: distances are those of the means, √60 a.
    assert_close(np.diff(path), np.full(6, 1.0 / 6.0), relative=0.03)


def test_rows_between_have_the_moments_of_the_path() -> None:
    x, y = _shifted(8.0, 1, rows=20_000)
    middle = _between(x, y, 0.6, np.random.default_rng(0)).numbers
    assert abs(middle.mean() - 0.6 * 4.0) < 0.05 and abs(middle.var() - 1.0) < 0.05
    weighted = replace(x, weights=np.where(x.numbers[:, 0] > 0, 2.0, 1e-12))
    assert _between(weighted, y, 0.0, np.random.default_rng(0)).numbers.min() > 0.0


def test_another_learner_a_number_of_bridges_and_the_same_seed() -> None:
    x, y = _shifted(8.0, 2)
    method = telescoping(LinearLogistic(), bridges=6)
    values = [method.fit(x, y, np.random.default_rng(1)).value(kb.kl).value for _ in range(2)]
    assert values[0] == values[1]
    assert abs(values[0] - 8.0) < 1.0


def test_unit_and_origin_do_not_matter_and_constant_columns_say_nothing() -> None:
    x, y = _shifted(8.0, 2, rows=300)
    scale, shift = np.asarray([1e8, 1e-8]), np.asarray([3.0, -1e-3])
    moved = [side.with_numbers(np.column_stack([side.numbers * scale + shift, np.ones(300)])) for side in (x, y)]
    plain, other = (
        telescoping().fit(*pair, np.random.default_rng(0)).value(kb.kl).value for pair in ((x, y), tuple(moved))
    )
    assert_close(other, plain, relative=1e-5)


def test_the_log_ratio_of_normals_is_found_itself() -> None:
    x, y = _shifted(8.0, 1, rows=5000)
    scores = Telescoping().learn(x, y, np.random.default_rng(0))
    at = np.linspace(-1.0, 5.0, 7)
    assert np.abs(scores(sample_of(at)) - (8.0 - 4.0 * at)).max() < 1.0
    assert np.abs(Quadratic().learn(x, x, np.random.default_rng(0))(x)).max() < 1e-6


def test_bad_calls() -> None:
    with pytest.raises(ValueError, match="bridges is 0"):
        telescoping(bridges=0)
    named = sample_of(np.zeros((20, 1)), np.arange(20) % 2)
    with pytest.raises(ValueError, match="no path"):
        telescoping().fit(named, named, np.random.default_rng(0))
