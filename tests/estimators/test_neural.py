"""A neural log-ratio, on tiny networks: truths are closed forms."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.close import assert_close

import kullback as kb
from kullback.estimators import neural
from kullback.estimators.cross_fitting import CrossFitted
from kullback.estimators.neural import NeuralRatio
from kullback.sample import Sample, sample_of

torch = pytest.importorskip("torch")
OBJECTIVES = ("nwj", "dv", "smile")


def _tiny(objective: Any, folds: int = 2) -> CrossFitted:
    return neural(objective, hidden=(8,), folds=folds)


def _normals(rows: int = 500, seed: int = 0) -> tuple[Sample, Sample, float]:
    rng = np.random.default_rng(seed)
    truth = float(kb.kl(kb.normal(0, 1), kb.normal(1, 1.5)))
    return sample_of(rng.normal(size=rows)), sample_of(1.0 + 1.5 * rng.normal(size=rows)), truth


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_near_the_closed_form(objective: str) -> None:
    x, y, truth = _normals()
    found = _tiny(objective).fit(x, y, np.random.default_rng(0))
    assert np.isfinite(found.at_x).all() and np.isfinite(found.at_y).all()
    assert abs(found.value(kb.kl).value - truth) < 0.1
    assert found.lower(kb.kl).value < truth + 0.08
    assert found.held_out


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_equal_distributions_give_almost_0_in_many_columns(objective: str) -> None:
    # A network that is judged on the rows it was trained on finds whole nats here.
    rng = np.random.default_rng(0)
    x, y = (sample_of(rng.normal(size=(300, 20))) for _ in range(2))
    assert abs(_tiny(objective).fit(x, y, rng).value(kb.kl).value) < 0.03


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_categories_and_weights(objective: str) -> None:
    rng = np.random.default_rng(1)
    p, q = np.asarray([0.6, 0.3, 0.1]), np.asarray([0.2, 0.3, 0.5])
    # Drawn evenly, weighted as p.
    x = sample_of(np.empty((1500, 0)), codes := rng.choice(3, 1500)[:, None], weights=p[codes[:, 0]])
    y = sample_of(np.empty((1500, 0)), rng.choice(3, 1500, p=q)[:, None])
    assert abs(_tiny(objective).fit(x, y, rng).value(kb.kl).value - float(kb.kl(p, q))) < 0.12


def test_the_same_seed_gives_the_same_bits_and_the_state_of_torch_stays() -> None:
    x, y, _ = _normals(120)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    values = [_tiny("dv").fit(x, y, np.random.default_rng(5)).value(kb.kl).value for _ in range(2)]
    assert values[0] == values[1]
    assert torch.equal(torch.rand(1), expected)


def test_unit_and_origin_do_not_matter() -> None:
    x, y, _ = _normals(150)
    moved = [side.with_numbers(1e6 * side.numbers - 3.0) for side in (x, y)]
    plain, other = (
        NeuralRatio("smile", (4,)).learn(*pair, np.random.default_rng(0))(pair[0]) for pair in ((x, y), tuple(moved))
    )
    assert_close(other, plain, relative=1e-2, absolute=1e-2)


def test_rows_of_a_group_do_not_stop_the_training_late() -> None:
    rng = np.random.default_rng(2)
    rows = [np.repeat(rng.normal(size=(60, 5)), 5, axis=0) for _ in range(2)]
    sides = [replace(sample_of(one), groups=k * 100 + np.repeat(np.arange(60), 5)) for k, one in enumerate(rows)]
    assert abs(neural(hidden=(32,), folds=2).fit(sides[0], sides[1], rng).value(kb.kl).value) < 0.2


def test_without_a_hidden_layer_it_is_linear_and_far_values_are_cut_off() -> None:
    x, y, _ = _normals(300)
    scores = NeuralRatio("smile", ()).learn(x, y, np.random.default_rng(0))
    at = scores(sample_of([-0.5, 0.0, 0.5, 1e9]))
    assert_close(at[1] - at[0], at[2] - at[1], relative=1e-4)
    assert np.abs(at).max() <= np.log(300)


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "torch" else found(name, *more)
    )
    x, y, _ = _normals(50)
    with pytest.raises(ImportError, match=r'pip install "kullback\[torch\]"'):
        _tiny("dv").fit(x, y, np.random.default_rng(0))
    assert "torch" in sys.modules


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="objective is 'mine'"):
        _tiny("mine")
    with pytest.raises(ValueError, match="hidden is"):
        neural(hidden=(0,))
