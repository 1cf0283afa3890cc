"""Merging thin cells: every group is full, neighbours stay neighbours."""

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kullback.divergences import js
from kullback.estimators import thin_cells
from kullback.intervals import Independent

columns = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 300)), min_size=1, max_size=40).filter(
    lambda cells: any(a for a, _ in cells) and any(b for _, b in cells)
)


@given(columns, st.booleans())
def test_every_group_is_full_or_there_is_one(cells, ordered):
    p, q = (Independent(side) for side in zip(*cells, strict=True))
    groups = thin_cells(p, q, ordered=ordered)
    assert sorted(set(groups.tolist())) == list(range(groups.max() + 1))
    expected = min(p.total, q.total) * (p.counts + q.counts) / (p.total + q.total)
    held = np.bincount(groups, weights=expected)
    # A cell that holds more rows of one side than chance explains is kept.
    most = np.maximum(np.bincount(groups, weights=p.counts), np.bincount(groups, weights=q.counts))
    alone = most >= 5
    assert held[~alone].min(initial=np.inf) >= 5 * (1 - 1e-8) or len(held) == 1
    if ordered:
        assert np.all(np.diff(groups) >= 0) and np.all(np.diff(groups) <= 1)
    else:
        # A cell that is full is left alone, unless all the rare ones together need it.
        full = expected >= 5
        assert len(set(groups[full].tolist())) == int(full.sum())


@given(columns)
def test_the_sides_may_change_places(cells):
    p, q = (Independent(side) for side in zip(*cells, strict=True))
    for ordered in (True, False):
        assert np.array_equal(thin_cells(p, q, ordered=ordered), thin_cells(q, p, ordered=ordered))


def test_half_of_many_rare_categories_vanishing_is_seen():
    # deepchecks puts all of them in one "other" and sees 0.
    p = np.full(500, 1.0 / 500)
    q = np.where(np.arange(500) < 250, 2.0 / 500, 0.0)
    rng = np.random.default_rng(0)
    sides = [Independent(rng.multinomial(1000, share)) for share in (p, q)]
    groups = thin_cells(*sides, ordered=False)
    assert groups.max() > 100
    assert float(js(*(side.merge(groups).shares for side in sides))) > 0.8 * float(js(p, q))


def test_a_million_rare_cells_are_fast():
    rng = np.random.default_rng(0)
    side = Independent(rng.poisson(1.0, 1_000_000))
    for ordered in (True, False):
        start = time.process_time()
        groups = thin_cells(side, side, ordered=ordered)
        assert time.process_time() - start < 2.0
        assert groups.max() > 100_000
