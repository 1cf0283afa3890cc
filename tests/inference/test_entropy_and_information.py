"""Entropy and mutual information from samples, against exact values."""

from __future__ import annotations

import numpy as np
import pytest

import kullback as kb


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_information_of_normals_is_covered(rho):
    truth = -0.5 * np.log1p(-(rho**2))
    inside = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=300)
        y = rho * x + np.sqrt(1.0 - rho**2) * rng.normal(size=300)
        found = kb.mutual_information_estimate(x, np.exp(y), rng=seed)
        inside += found.low <= truth <= found.high
        assert found.lower_limit is not None and found.lower_limit <= truth
    assert inside >= 5


def test_information_of_more_columns_and_categories():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(400, 3)), rng.normal(size=(400, 2))
    independent = kb.mutual_information_estimate(x, y, rng=0)
    assert independent.value < 0.03 and independent.low == 0.0
    kinds = rng.choice(["a", "b"], 400)
    told = kb.mutual_information_estimate(x[:, :1] + 2.0 * (kinds == "a")[:, None], kinds, rng=0)
    # I = h(mixture) − h(normal), by quadrature: 0.3368 nats.
    assert told.low <= 0.3368 <= told.high


def test_paired_rows_are_needed():
    with pytest.raises(ValueError, match="100 rows and y 99"):
        kb.mutual_information_estimate(np.arange(100.0), np.arange(99.0))


def test_entropy_of_categories_and_of_numbers():
    p, inside = np.array([0.5, 0.3, 0.2]), 0
    for seed in range(100, 120):
        found = kb.entropy_estimate(list(np.random.default_rng(seed).choice(list("abc"), 500, p=p)))
        inside += found.low <= float(kb.entropy(p)) <= found.high
    assert inside >= 16
    rng = np.random.default_rng(0)
    assert found.name == "H(P)"
    x = rng.normal(size=(2000, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    truth = np.log(2.0 * np.pi * np.e) + np.log(2.0)
    found = kb.entropy_estimate(x)
    assert found.low <= truth <= found.high
    assert abs(found.value - truth) < 0.15


def test_numbers_beside_categories_have_no_entropy_together():
    with pytest.raises(ValueError, match="no common unit"):
        kb.entropy_estimate({"a": np.arange(20.0), "b": list("uv" * 10)})


def test_information_by_neighbours_says_nothing_of_the_exchanged_rows():
    x = np.random.default_rng(0).normal(size=300)
    found = kb.mutual_information_estimate(x, x + np.random.default_rng(1).normal(size=300), rng=0)
    assert not found.contributions
    assert not any("repeat" in note or "lies where" in note for note in found.notes)
    assert set(found.diagnostics) == {"by stack of log-ratios, 5 folds", "seconds"}
    with pytest.raises(ValueError, match="holds no fit"):
        found.of(kb.js)
