"""Cells of a cut: they tile the line, hold about equal mass, give atoms a cell, and are counted exactly."""

import math

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from kullback.divergences import js
from kullback.kernels.histogram import CountBetween, count_between_naive, count_whole
from kullback.summaries import Column, Counts, Histogram
from kullback.summaries.histogram import COARSE_CELLS, FINE_CELLS, SPECIALS, cut_histogram, pair_groups
from kullback.summaries.plan import plan_ordered
from tests.close import assert_close

MAX = 1.7976931348623157e308
TINY = 5e-324
EXTREME = (0.0, -0.0, TINY, -TINY, 2.2250738585072014e-308, 1.0, -1.0, 1e300, -1e300, MAX, -MAX, 2.0**53, 2.0**53 + 2)
finite = st.one_of(
    st.sampled_from(EXTREME), st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5).map(float)
)
anything = st.one_of(finite, st.sampled_from([math.inf, -math.inf, math.nan]))


def neighbours(x):
    found = {x, math.nextafter(x, -math.inf), math.nextafter(x, math.inf)}
    return [y for y in found if math.isfinite(y)]


@hypothesis.settings(max_examples=100)
@hypothesis.given(sample=st.lists(finite, max_size=60), integers=st.booleans(), other=st.lists(anything, max_size=20))
def test_every_float_lies_in_exactly_one_cell(sample, integers, other):
    cut = cut_histogram(np.array(sample), integers=integers)
    assert len(cut.groups) == cut.fine == len(cut.edges) + 1
    assert list(cut.groups) == sorted(cut.groups)
    assert set(cut.groups) == set(range(cut.coarse))
    assert all(math.isfinite(edge) for edge in cut.edges)
    assert all(a < b for a, b in zip(cut.edges, cut.edges[1:], strict=False))
    values = np.array([*sample, *other, *EXTREME, *(n for edge in cut.edges[:20] for n in neighbours(edge)), math.inf,
                       -math.inf, math.nan])  # fmt: skip
    bounds = [-math.inf, *cut.edges, math.inf]
    for value, code in zip(values.tolist(), cut.codes(values).tolist(), strict=True):
        if math.isnan(value):
            assert code == cut.fine + SPECIALS.index("NaN")
        elif math.isinf(value):
            assert code == cut.fine + SPECIALS.index("+∞" if value > 0 else "−∞")
        else:
            assert bounds[code] < value <= bounds[code + 1] or (code == cut.fine - 1 and value > bounds[code])
    counted = Histogram.zero(cut)
    counted.update(values, nulls=3)
    cells = np.bincount(cut.codes(values), minlength=cut.fine + 4)
    cells[-1] = 3
    assert counted.counts.cells.tolist() == cells.tolist()
    assert counted.coarse.cells.sum() == len(values) + 3


@hypothesis.settings(max_examples=100)
@hypothesis.given(
    sample=st.lists(st.integers(-30, 30).map(float) | finite, min_size=1, max_size=80),
    repeated=st.lists(st.tuples(finite, st.integers(2, 30)), max_size=4),
)
def test_atoms_have_a_cell_of_their_own(sample, repeated):
    values = np.array([*sample, *(value for value, times in repeated for _ in range(times))])
    cut = cut_histogram(values, integers=False)
    distinct, times = np.unique(values, return_counts=True)
    assert {value for value, n in zip(distinct, times, strict=True) if n * FINE_CELLS >= len(values)} <= set(cut.atoms)
    assert set(cut.atoms) == set(distinct)  # fewer distinct values than cells: all are atoms
    single = cut.is_atom()
    for atom in cut.atoms:
        (cell,) = cut.codes(np.array([atom]))
        others = [n for n in neighbours(atom) if n != atom]
        assert cell not in cut.codes(np.array(others)).tolist(), atom
        assert single[cell] or atom == -MAX
    # A cell said to hold a single value holds one float only.
    for cell in np.flatnonzero(single):
        assert math.nextafter(cut.edges[cell], -math.inf) == cut.edges[cell - 1]


def test_atoms_of_whole_numbers_have_a_cell_of_their_own():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.integers(0, 100_000, 20_000), np.full(3_000, 77)]).astype(float)
    cut = cut_histogram(values, integers=True)
    assert cut.atoms == (77.0,)
    assert {76.0, 77.0} <= set(cut.edges)
    assert all(edge == int(edge) for edge in cut.edges)
    counted = Histogram.zero(cut)
    counted.update(values)
    cell = cut.codes(np.array([77.0]))[0]
    assert counted.counts.cells[cell] == np.count_nonzero(values == 77)
    assert cut.groups.count(cut.groups[cell]) == 1  # heavier than a coarse cell: alone in it too


@pytest.mark.parametrize("integers", [False, True])
@pytest.mark.parametrize("outlier", [1e300, MAX, 1e18])
def test_an_outlier_moves_no_other_edge(outlier, integers):
    values = np.random.default_rng(1).normal(size=50_000) * 1_000
    values = np.round(values) if integers else values
    spoilt = values.copy()
    spoilt[values.argmax()] = outlier
    before, after = cut_histogram(values, integers=integers), cut_histogram(spoilt, integers=integers)
    assert after.edges[:-1] == before.edges[:-1]
    assert after.groups == before.groups
    assert after.edges[-1] == outlier
    # One more row shifts the ranks by one row, and no edge by more than a row.
    added = cut_histogram(np.append(values, outlier), integers=integers)
    ranks = np.searchsorted(np.sort(values), [before.edges[1:-1], np.array(added.edges)[1 : len(before.edges) - 1]])
    if not integers:
        assert np.abs(ranks[0] - ranks[1]).max() <= 1


@hypothesis.settings(max_examples=30)
@hypothesis.given(sample=st.lists(anything, max_size=300), seed=st.integers(0, 2**32 - 1), integers=st.booleans())
def test_the_cut_depends_on_the_values_only(sample, seed, integers):
    values = np.array(sample)
    shuffled = np.random.default_rng(seed).permutation(values)
    before = values.copy()
    assert cut_histogram(values, integers=integers) == cut_histogram(shuffled, integers=integers)
    assert np.array_equal(values, before, equal_nan=True)


@pytest.mark.parametrize("rows", [1_013, 4_000, 65_536, 300_001])
@pytest.mark.parametrize("draw", ["normal", "exponential", "standard_cauchy", "uniform"])
def test_cells_of_continuous_data_have_equal_mass(rows, draw):
    values = getattr(np.random.default_rng(2), draw)(size=rows)
    cut = cut_histogram(values, integers=False)
    found = Histogram.zero(cut)
    found.update(values)
    fine = found.counts.cells[: cut.fine]
    assert fine.sum() == rows
    assert fine[0] == fine[-1] == 0
    assert cut.atoms == ()
    inner = fine[1:-1]
    # The least value is in the first cell, the ranks are whole numbers.
    assert np.abs(inner - rows / FINE_CELLS).max() <= 2
    coarse = found.coarse.cells[1 : cut.coarse - 1]
    assert len(coarse) == COARSE_CELLS
    assert np.abs(coarse - rows / COARSE_CELLS).max() <= 0.5 * rows / FINE_CELLS + 22


@hypothesis.settings(max_examples=50)
@hypothesis.given(
    masses=st.lists(st.integers(1, 50), min_size=1, max_size=150), heavy=st.lists(st.integers(0, 149), max_size=3)
)
def test_there_are_never_many_coarse_cells(masses, heavy):
    for index in set(heavy):
        masses[index % len(masses)] = 3_000
    values = np.repeat(np.arange(len(masses), dtype=float), masses)
    cut = cut_histogram(values, integers=True)
    # At most twice as many as asked for, where heavy atoms alternate with light cells; the two outer ones are empty.
    assert cut.coarse <= 2 * COARSE_CELLS + 3
    found = Histogram.zero(cut)
    found.update(values)
    inner = found.coarse.cells[1 : cut.coarse - 1]
    assert inner.sum() == len(values)
    target = len(values) / COARSE_CELLS
    atoms = found.counts.cells[: cut.fine].max()
    assert inner.max() <= 1.5 * target + 1 or inner.max() <= atoms + 1.5 * target


def test_whole_numbers_beyond_the_floats_are_counted():
    for base in (2**53, -(2**53), 2**62, -(2**63), 2**63 - 4_000):
        values = np.array([base + i for i in range(4_000 if base != 2**63 - 4_000 else 3_999)], np.int64)
        plan = plan_ordered(Column("x", "numeric", "int64"), values.astype(np.float64))
        found = plan.zero()
        found.update_whole(values, 5)
        expected = plan.zero()
        expected.update(values.astype(np.float64), 5)
        assert found.counts.cells.tolist() == expected.counts.cells.tolist()
        assert found.counts.cells[:-4].sum() == len(values)
        distinct, times = np.unique(values.astype(np.float64), return_counts=True)
        assert found.counts.cells[: plan.histogram.fine].max() <= len(values) / 50 + times.max()
        assert plan.histogram.atoms == (tuple(distinct) if len(distinct) <= FINE_CELLS else ())


@hypothesis.settings(max_examples=40)
@hypothesis.given(
    kind=st.sampled_from(["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"]),
    seed=st.integers(0, 2**32 - 1), whole_range=st.booleans(),
)  # fmt: skip
def test_whole_numbers_are_counted_like_floats(kind, seed, whole_range):
    rng = np.random.default_rng(seed)
    info = np.iinfo(kind)
    low, high = (info.min, info.max) if whole_range else (max(info.min, -100), 120)
    values = rng.integers(low, high, 500, dtype=kind, endpoint=True)
    values[:2] = low, high
    cut = cut_histogram(values.astype(np.float64), integers=True)
    whole, plain = Histogram.zero(cut), Histogram.zero(cut)
    whole.update_whole(values, 2)
    plain.update(values.astype(np.float64), 2)
    assert whole.counts.cells.tolist() == plain.counts.cells.tolist()
    assert whole.moments.total == plain.moments.total
    assert (whole.moments.minimum, whole.moments.maximum) == (plain.moments.minimum, plain.moments.maximum)
    assert whole.moments.mean == pytest.approx(plain.moments.mean, rel=1e-12, abs=1e-9)
    assert whole.moments.squares == pytest.approx(plain.moments.squares, rel=1e-10)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"])
def test_counting_whole_numbers_is_counting_them(kind):
    info = np.iinfo(kind)
    for low, high in ((info.min, info.max), (info.min, info.min + 200), (info.max - 200, info.max), (0, 0)):
        values = np.random.default_rng(0).integers(low, high, 1_000, dtype=kind, endpoint=True)
        found = count_whole(values, low, high)
        if high - low >= 1 << 16:
            assert found is None
        else:
            assert found.tolist() == [int(np.count_nonzero(values == x)) for x in range(low, high + 1)]
    assert count_whole(np.empty(0, kind), 0, 0).tolist() == [0]


def ulps(x, count):
    chain = [x]
    for _ in range(count):
        chain.append(math.nextafter(chain[-1], math.inf))
    return [y for y in chain if math.isfinite(y)]


edge_lists = st.one_of(
    st.lists(finite, max_size=30),
    st.lists(st.floats(-1, 1), min_size=3, max_size=250),
    st.tuples(finite, st.integers(3, 40)).map(lambda pair: ulps(*pair)),
    st.tuples(st.lists(finite, max_size=5), finite, st.integers(3, 10)).map(lambda t: t[0] + ulps(t[1], t[2])),
    st.floats(1e-320, 1e-300).map(lambda width: [i * width for i in range(200)]),
    st.tuples(st.floats(-1e3, 1e3), st.floats(1e-9, 1e9)).map(lambda t: [t[0] + i * t[1] for i in range(200)]),
    # Outliers at the outermost edges.
    st.lists(st.floats(-1, 1), min_size=130, max_size=200).map(lambda edges: [-MAX, -1e300, *edges, 1e200, MAX]),
)


@hypothesis.settings(max_examples=150)
@hypothesis.given(edges=edge_lists, extra=st.lists(finite, max_size=50), seed=st.integers(0, 2**32 - 1))
def test_the_fast_counts_are_the_plain_counts(edges, extra, seed):
    edges = np.unique(np.array(edges, np.float64))
    rng = np.random.default_rng(seed)
    near = np.array([n for edge in edges for n in neighbours(edge)] + extra + list(EXTREME))
    values = np.concatenate([near, rng.choice(near, 4_200), rng.normal(size=200)])
    if len(edges) > 1 and math.isfinite(float(edges[-1]) - float(edges[0])):
        values = np.concatenate([values, rng.uniform(edges[0], edges[-1], 1_000)])
    rng.shuffle(values)
    assert len(values) > 4_096
    found = CountBetween(edges)(values)
    assert found.dtype == np.int64
    assert found.tolist() == count_between_naive(values, edges).tolist()
    assert found.sum() == len(values)


def test_the_plain_counts_are_those_of_python():
    values = [1.0, 1.5, 2.0, -math.inf, 5.0, -0.0]
    edges = [0.0, 1.0, 2.0]
    cells = [0, 0, 0, 0]
    for value in values:
        cells[sum(edge < value for edge in edges)] += 1
    assert count_between_naive(np.array(values), np.array(edges)).tolist() == cells == [2, 1, 2, 1]


def test_many_values_are_counted_in_pieces():
    rng = np.random.default_rng(5)
    for rows in (4_095, 4_096, 1 << 15, (1 << 15) + 1, 200_003):
        values = rng.standard_cauchy(rows)
        edges = np.quantile(values, np.linspace(0, 1, 201))
        assert CountBetween(edges)(values).tolist() == count_between_naive(values, edges).tolist()


@hypothesis.settings(max_examples=100)
@hypothesis.given(
    table=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 4)), min_size=1, max_size=30)
)
def test_merging_cells_never_increases_the_divergence(table):
    first, second, groups = (np.array(column) for column in zip(*table, strict=True))
    hypothesis.assume(first.sum() and second.sum())
    p, q = Counts(first).group(groups, 5).cells, Counts(second).group(groups, 5).cells
    assert p.sum() == first.sum()
    fine = float(js(first / first.sum(), second / second.sum()))
    assert float(js(p / p.sum(), q / q.sum())) <= fine * (1 + 1e-12) + 1e-16


@hypothesis.settings(max_examples=30)
@hypothesis.given(values=st.lists(anything, min_size=1, max_size=300), nulls=st.integers(0, 5), size=st.integers(1, 10))
def test_the_cells_of_pairs_are_few_and_of_equal_mass(values, nulls, size):
    found = Histogram.zero(cut_histogram(np.array(values), integers=False))
    found.update(np.array(values), nulls)
    groups = pair_groups(found, size)
    assert len(groups) == len(found.counts.cells)
    assert groups.max() <= size + 1
    masses = np.bincount(groups, found.counts.cells, minlength=size + 2)
    assert masses.sum() == len(values) + nulls
    assert masses[size + 1] == nulls
    assert masses[size] == sum(not math.isfinite(v) for v in values)
    finite_rows = masses[:size].sum()
    if finite_rows:
        heaviest = found.counts.cells[: found.cut.fine].max()
        assert masses[:size].max() <= finite_rows / size + 2 * heaviest


def test_fine_and_coarse_counts_agree():
    values = np.random.default_rng(0).exponential(size=10_000)
    found = Histogram.zero(cut_histogram(values, integers=False))
    found.update(values, 7)
    coarse = found.coarse.cells
    assert_close(coarse[:-4].sum(), 10_000.0)
    assert coarse[-1] == 7
    for cell in range(found.cut.coarse):
        mine = [n for n, group in zip(found.counts.cells, found.cut.groups, strict=False) if group == cell]
        assert coarse[cell] == sum(mine)
