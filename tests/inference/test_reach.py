"""Rows of P beyond every row of Q: told where they decide, silent where the rows before them do."""

import numpy as np
import pytest

import kullback as kb
from kullback.infer.reach import FAR, LARGE_SHARE, reach
from kullback.sample import sample_of


def _reach(x, y):
    return reach(sample_of(x), sample_of(y))


def test_the_share_beyond_is_counted_on_both_sides():
    y = np.linspace(-1.0, 1.0, 101)
    x = np.concatenate([np.linspace(-1.0, 1.0, 90), [-5.0, -4.0, -3.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]])
    assert _reach(x, y).share == pytest.approx(0.1)


def test_weights_count():
    y = np.linspace(-1.0, 1.0, 101)
    x = np.append(np.zeros(9), 3.0)
    weighted = sample_of(x, weights=np.append(np.ones(9), 9.0))
    assert reach(weighted, sample_of(y)).share == pytest.approx(0.5)


@pytest.mark.parametrize("columns", [1, 3])
def test_a_heavy_tail_beside_a_light_one_is_seen(columns):
    rng = np.random.default_rng(5)
    rows = 2000
    radius = np.sqrt(rng.chisquare(3, (rows, 1)) / 3)
    x, y = rng.normal(size=(rows, columns)) / radius, rng.normal(0.0, 3**0.5, (rows, columns))
    found = _reach(x, y)
    assert found.missing > 4.0 * FAR
    assert "tail" in found.note
    assert _reach(y, x).note is None  # the other way round nothing is beyond


@pytest.mark.parametrize(
    "law",
    [
        lambda rng, rows: rng.normal(size=(rows, 1)),
        lambda rng, rows: rng.uniform(size=(rows, 1)),
        lambda rng, rows: rng.exponential(size=(rows, 1)),
        lambda rng, rows: rng.standard_cauchy(size=(rows, 1)),
        lambda rng, rows: rng.normal(size=(rows, 5)),
        lambda rng, rows: rng.standard_t(3, size=(rows, 4)),
        lambda rng, rows: np.round(rng.normal(size=(rows, 1)), 1),
    ],
)
def test_the_same_law_on_both_sides_is_within_reach(law):
    noted = [_reach(law(rng, 1000), law(rng, 1000)).note for rng in map(np.random.default_rng, range(20))]
    assert sum(note is not None for note in noted) <= 1


def test_a_narrow_q_leaves_only_a_lower_bound():
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.0, 1.0, 500), rng.normal(0.0, 0.5, 500)
    assert _reach(x, y).share > LARGE_SHARE
    found = kb.estimate(x, y, rng=0)
    assert found.outcome == "lower bound only"
    assert found.high == np.inf
    assert any("beyond every row" in note for note in found.notes)
    # Nothing speaks against an upper end of what is bounded, or of the divergence the other way round.
    assert found.of(kb.js).outcome == "interval"
    assert found.of(kb.kl.reverse).outcome == "interval"


def test_many_columns_and_few_rows_say_nothing():
    rng = np.random.default_rng(2)
    found = _reach(rng.normal(size=(200, 20)), rng.normal(size=(200, 20)))
    assert (found.share, found.missing) == (0.0, 0.0)


def test_columns_without_spread_say_nothing():
    y = np.column_stack([np.zeros(300), np.linspace(0.0, 1.0, 300)])
    assert _reach(y + 1.0, y).note is None
