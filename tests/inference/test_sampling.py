"""Samplings: their covariances against the definition, and design effects that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.close import assert_close

from kullback.intervals import Blocks, Independent, Weighted
from kullback.intervals.design_effects import design_effects

counts = st.lists(st.integers(0, 50), min_size=2, max_size=6).filter(any)


def dense(sampling):
    v = sampling.covariance()
    return np.diag(v.diagonal) + v.factor @ v.core @ v.factor.T


def examples():
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 4, 60)
    weights = rng.uniform(0.5, 3.0, 60)
    matrix = rng.multinomial(30, rng.dirichlet([3, 2, 1, 4], 9))
    return (
        Independent([3, 0, 5, 9]),
        Weighted(np.bincount(rows, weights, 4), np.bincount(rows, weights**2, 4), 60),
        Blocks(matrix),
    )


@pytest.mark.parametrize("sampling", examples(), ids=lambda sampling: type(sampling).__name__)
def test_all_views_of_the_covariance_agree(sampling):
    v = dense(sampling)
    assert_close(np.diag(v), sampling.diagonal(), 1e-12, 1e-17)
    assert_close(v.sum(axis=1), np.zeros(4), 0.0, 1e-15)
    gradient = np.array([1.0, -2.0, 0.5, 4.0])
    assert_close(sampling.variance(gradient), gradient @ v @ gradient, 1e-12)
    assert_close(sampling.variance(gradient + 1e3), sampling.variance(gradient), 1e-9)
    merged = sampling.merge([0, 1, 0, 1])
    assert_close(merged.shares, [sampling.shares[[0, 2]].sum(), sampling.shares[[1, 3]].sum()], 1e-14)
    assert_close(merged.variance([1, 0]), sampling.variance([1, 0, 1, 0]), 1e-12)


def test_weighted_rows_against_the_definition():
    rng = np.random.default_rng(1)
    rows, w = rng.integers(0, 3, 40), rng.uniform(1, 5, 40)
    side = Weighted(np.bincount(rows, w, 3), np.bincount(rows, w**2, 3), 40)
    p = np.bincount(rows, w, 3) / w.sum()
    residuals = (np.eye(3)[rows] - p) * w[:, None] / w.sum()
    assert_close(dense(side), residuals.T @ residuals, 1e-12, 1e-17)
    assert_close(side.effective_rows, w.sum() ** 2 / (w**2).sum(), 1e-13)


@given(counts)
def test_weights_of_one_and_of_any_constant_are_independent_rows(cells):
    cells = np.array(cells, float)
    plain = Independent(cells)
    for w in (1.0, 7.0):
        side = Weighted(w * cells, w * w * cells, cells.sum())
        assert_close(dense(side), dense(plain), 1e-12, 1e-15)
        assert_close(side.effective_rows, cells.sum(), 1e-12)


def test_blocks_of_one_row_are_independent_rows():
    cells = np.array([30, 50, 20])
    blocks = Blocks(np.repeat(np.eye(3), cells, axis=0))
    assert_close(dense(blocks), dense(Independent(cells)) * 100 / 99, 1e-12, 1e-17)
    assert_close(blocks.effective_rows, 99.0, 1e-12)


def test_design_effects_of_independent_rows_are_one():
    effects = design_effects(Independent([30, 40, 30, 0]), Independent([300, 410, 290, 0]))
    assert_close([effects.total, effects.squares, effects.degrees, effects.scale], [2, 2, 2, 1], 1e-12)


def test_rows_told_c_times_have_design_effect_c():
    # Each row five times in its own block: only the distinct rows are information.
    rng = np.random.default_rng(7)
    rows = rng.integers(0, 4, (2, 400))
    sides = [Blocks(5.0 * np.eye(4)[side]) for side in rows]
    assert [side.rows for side in sides] == [2000.0, 2000.0]
    for side in sides:
        assert_close(side.effective_rows, 399.0, 1e-9)
    effects = design_effects(*sides)
    assert_close(effects.scale, 1.0, 0.03)
    assert_close(effects.degrees, 3.0, 0.03)


def test_traces_of_many_cells_need_no_square_matrix():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(10_000))
    blocks = rng.multinomial(500, p, 100)
    effects = design_effects(Blocks(blocks), Independent(rng.multinomial(50_000, p)))
    assert 0.8 < effects.total / 9_000 < 1.3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Independent([0, 0]).shares, "all counts are 0"),
        (lambda: Independent([1, -1]).shares, "at least 0"),
        (lambda: Independent([[1, 2]]).shares, "shape"),
        (lambda: Blocks([[1, 2], [0, 0]]).shares, "1 blocks hold rows"),
        (lambda: Weighted([1, 2], [1], 3).diagonal(), "2 cells"),
    ],
)
def test_what_is_no_sample_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
