"""Plug-in estimates: exact coverage by enumeration, corrected bias, limits at equality and disjointness."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.close import assert_close

from kullback.divergences import chi2, hellinger, jeffreys, jensen_shannon, js, kl, neyman_chi2, renyi, tv
from kullback.estimators import plug_in, rows_to_settle, thin_cells
from kullback.intervals import Blocks, Independent, Weighted
from kullback.intervals.delta import expand

MEASURES = (js, kl, kl.reverse, jeffreys, hellinger, tv, chi2, neyman_chi2, jensen_shannon(weights=(0.2, 0.8)))
by_name = pytest.mark.parametrize("divergence", MEASURES, ids=repr)


@by_name
@pytest.mark.parametrize("factor", [1, 3, 7919])
def test_identical_columns_are_exactly_zero_whatever_their_sizes(divergence, factor):
    cells = np.array([133, 7, 0, 4019, 51])
    found = plug_in(divergence, Independent(cells), Independent(factor * cells))
    assert (found.value, found.low, found.diagnostics["plug-in"]) == (0.0, 0.0, 0.0)
    # Yet a finite sample does not prove that they are the same.
    assert 0.0 < found.high < 0.2


@by_name
def test_a_value_lies_in_its_interval_and_in_the_range(divergence):
    rng = np.random.default_rng(2)
    for _ in range(200):
        k = int(rng.integers(1, 9))
        sides = [
            Independent(
                np.maximum(rng.multinomial(rng.integers(1, 300), rng.dirichlet(np.ones(k))), rng.integers(0, 2))
            )
            for _ in range(2)
        ]
        found = plug_in(divergence, *sides)
        assert not math.isnan(found.value + found.low)
        assert 0.0 <= found.low <= found.value <= found.high <= divergence.range[1]
        assert_close(found.diagnostics["plug-in"], divergence(sides[0].shares, sides[1].shares), 1e-9, 1e-15)


def test_bias_is_the_known_one():
    # E JS = (k − 1)(1/n + 1/m)/8, E KL = (k − 1)(1/n + 1/m)/2, E J = twice that, where P = Q and cells are full.
    p, q = Independent([2_000_000, 3_000_000, 5_000_000]), Independent([400_000, 600_000, 1_000_000])
    c = 1 / p.total + 1 / q.total
    for divergence, factor in ((js, 1 / 8), (hellinger, 1 / 8), (kl, 1 / 2), (jeffreys, 1.0), (chi2, 1.0)):
        assert_close(expand(divergence, p, q).bias, 2 * c * factor, 1e-4)


def test_disjoint_supports_are_the_greatest_value_with_a_lower_end_below():
    p, q = Independent([100, 200, 0, 0]), Independent([0, 0, 50, 70])
    found = plug_in(js, p, q)
    assert_close([found.value, found.high], [math.log(2)] * 2, 1e-12)
    assert 0.6 < found.low < math.log(2)
    assert expand(js, p, q).bias == 0.0


def exact_law(divergence, n, m, k):
    """Mean of the plug-in value for uniform shares, by enumeration of all counts of both sides."""
    cells = [c for c in itertools.product(range(max(n, m) + 1), repeat=k - 1) if sum(c) <= max(n, m)]
    sides = []
    for rows in (n, m):
        counts = np.array([[*c, rows - sum(c)] for c in cells if sum(c) <= rows])
        sides.append((counts, stats.multinomial.pmf(counts, rows, np.full(k, 1 / k))))
    return sides


@pytest.mark.parametrize(("n", "m"), [(40, 40), (15, 60)])
def test_corrected_bias_of_three_cells_by_enumeration(n, m):
    (a, wa), (b, wb) = exact_law(js, n, m, 3)
    p, q = a / n, b / m
    plain = js(p[:, None, :], q[None, :, :])
    exact = float(wa @ plain @ wb)
    # The bias that is subtracted, averaged over the same law, on a grid thin enough to be fast.
    rng = np.random.default_rng(0)
    draws = zip(rng.choice(len(a), 1500, p=wa / wa.sum()), rng.choice(len(b), 1500, p=wb / wb.sum()), strict=True)
    corrections = [expand(js, Independent(a[i]), Independent(b[j])).bias for i, j in draws]
    second_order = (3 - 1) * (1 / n + 1 / m) / 8
    assert abs(np.mean(corrections) - exact) < 0.25 * abs(second_order - exact) + 2 * np.std(corrections) / 38


@pytest.mark.parametrize(("share_p", "share_q"), [(0.5, 0.5), (0.5, 0.6), (0.3, 0.7)])
def test_coverage_of_two_cells_by_enumeration(share_p, share_q):
    # All pairs of counts of 40 and 50 rows with their exact probabilities: the coverage itself, not a simulation.
    n, m = 40, 50
    pa, pb = stats.binom.pmf(np.arange(n + 1), n, share_p), stats.binom.pmf(np.arange(m + 1), m, share_q)
    # Counts beyond the central 1 − 1e-4 are counted as missed.
    rows = [(a, b) for a in np.flatnonzero(pa > 3e-5) for b in np.flatnonzero(pb > 3e-5)]
    truths = {d: float(d([share_p, 1 - share_p], [share_q, 1 - share_q])) for d in (js, tv)}
    covered = dict.fromkeys(truths, 0.0)
    for a, b in rows:
        sides = Independent([a, n - a]), Independent([b, m - b])
        for divergence, truth in truths.items():
            found = plug_in(divergence, *sides)
            covered[divergence] += pa[a] * pb[b] * (found.low - 1e-12 <= truth <= found.high + 1e-12)
    assert min(covered.values()) > 0.925


@pytest.mark.parametrize("cells", [1000, 5000])
def test_many_categories_are_no_drift(cells):
    # Plug-in PSI here is .21 and 4.6: evidently calls it drift every time. Ours are merged and corrected.
    rng = np.random.default_rng(cells)
    p = rng.dirichlet(np.full(cells, 5.0))
    values, lows = [], []
    for _ in range(60):
        sides = [Independent(rng.multinomial(10_000, p)) for _ in range(2)]
        groups = thin_cells(*sides, ordered=False)
        found = plug_in(js, *(side.merge(groups) for side in sides))
        values.append(found.value)
        lows.append(found.low)
        assert found.diagnostics["plug-in"] > 5 * np.mean(values)
    assert np.mean(values) < 0.002
    assert np.mean(np.array(lows) > 0) < 0.1


def test_unequal_sizes_lower_no_ceiling():
    # The n-weighted JS of disjoint columns of 10⁶ and 10³ rows is 0.0079; the equal-weight one is ln 2.
    p, q = Independent([600_000, 400_000, 0]), Independent([0, 0, 1000])
    share = 1_000_000 / 1_001_000
    assert float(jensen_shannon(weights=(share, 1 - share))(p.shares, q.shares)) < 0.008
    assert_close(plug_in(js, p, q).value, math.log(2), 1e-12)


def test_infinite_values_have_a_lower_end_and_say_why():
    p, q = Independent([500, 300, 200]), Independent([600, 400, 0])
    found = plug_in(kl, p, q)
    assert (found.value, found.high) == (math.inf, math.inf)
    assert found.notes == ("infinite: 20 % of P lies where Q has no rows",)
    # Emptiness allows q ≤ 1 − 0.0125^(1/1000) there: KL is at least about 0.2 ln(0.2/0.0044) less the sampling error.
    assert 0.4 < found.low < 0.2 * math.log(0.2 / 0.0044) + 0.8 * math.log(0.8)
    assert math.isfinite(plug_in(kl.reverse, p, q).value)
    both = plug_in(jeffreys, Independent([500, 0, 500]), Independent([500, 500, 0]))
    assert both.low > found.low and "and" in both.notes[0]
    assert "∞" in str(found)
    # One row of a new category (evidently: p = 0 always) proves nothing.
    assert plug_in(kl, Independent([500, 499, 1]), Independent([500, 500, 0])).low == 0.0


@given(st.floats(0.0, 0.3), st.integers(10, 1000))
def test_lower_end_of_an_infinite_value_is_below_what_the_emptiness_allows(share, rows):
    # Were the truth q = 1/rows in the empty cell, KL would be this; the lower end must not claim more.
    a = np.round([1000 * (1 - share), 1000 * share])
    q = np.array([1 - 1 / rows, 1 / rows])
    if a[1] > 0:
        found = plug_in(kl, Independent(a), Independent([rows, 0]))
        assert found.low <= float(kl(a / a.sum(), q)) + 1e-12


def test_blocks_and_weights_widen():
    rng = np.random.default_rng(4)
    p = np.array([0.5, 0.3, 0.2])
    matrices = [rng.multinomial(100, rng.dirichlet(20 * p, 50)) for _ in range(2)]
    naive = [Independent(matrix.sum(axis=0)) for matrix in matrices]
    for divergence in (js, hellinger, tv):
        assert plug_in(divergence, *map(Blocks, matrices)).high > 1.3 * plug_in(divergence, *naive).high
    few = plug_in(js, *(Blocks(matrix[:5]) for matrix in matrices))
    assert few.notes == tuple(f"{side} has only 5 blocks: how they vary is known roughly" for side in "PQ")
    ones = [Weighted(side.counts, side.counts, side.total) for side in naive]
    for divergence in (js, kl, tv):
        expected, found = plug_in(divergence, *naive), plug_in(divergence, *ones)
        assert_close([found.value, found.low, found.high], [expected.value, expected.low, expected.high], 1e-9, 1e-12)


def test_names_units_and_errors():
    p, q = Independent([500, 300, 200]), Independent([450, 300, 250])
    assert str(plug_in(kl.reverse, p, q, level=0.9)).startswith("KL(Q‖P) = 0.00")
    assert plug_in(hellinger, p, q).unit == ""
    assert plug_in(js, p, q).sizes == (1000, 1000)
    with pytest.raises(TypeError, match=r"is not a sum"):
        plug_in(renyi(2), p, q)
    with pytest.raises(ValueError, match="P has 3 cells and Q 2"):
        plug_in(js, p, Independent([1, 2]))
    with pytest.raises(ValueError, match="level is 95"):
        plug_in(js, p, q, level=95)


def test_rows_to_settle_is_what_settles():
    p, q = np.array([500, 300, 200]), np.array([450, 300, 250])
    for divergence, up in ((js, True), (js, False), (hellinger, True), (tv, False)):
        found = plug_in(divergence, Independent(p), Independent(q))
        margin = 0.4 * found.value + 0.6 * (found.high if up else found.low)
        factor = rows_to_settle(found, margin)
        assert 1 < factor < 100
        # With as many rows of the corrected distance the interval ends about at the margin.
        root = math.sqrt if divergence is js else float
        half = (found.high if margin > found.value else found.low, margin)
        assert_close(
            abs(root(half[0]) - root(found.value)) / math.sqrt(factor), abs(root(margin) - root(found.value)), 1e-9
        )
    settled = plug_in(js, Independent(p), Independent(q))
    assert rows_to_settle(settled, settled.value) == math.inf
    assert rows_to_settle(settled, 1.0) == 1.0
    assert rows_to_settle(plug_in(kl, Independent([9, 1]), Independent([10, 0])), 0.1) == math.inf
