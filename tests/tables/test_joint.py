"""What pairs of columns say of the joint divergence, against truths by enumeration and quadrature."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest

from kullback.divergences import js
from kullback.engines.source import Values
from kullback.estimators import plug_in, thin_cells
from kullback.intervals.sampling import Independent
from kullback.summaries import Categories, CategoryCut, ColumnPlan, Histogram, Pairs, Plan
from kullback.summaries.categories import bucket_name
from kullback.summaries.histogram import cut_histogram, pair_groups
from kullback.tables.joint import joint_difference
from kullback.tables.pair_cells import COLUMNS, pair_cells
from tests.close import assert_close

LN2 = math.log(2)
NORMAL = NormalDist()
EDGES = np.array([NORMAL.inv_cdf(i / 8) for i in range(1, 8)])


def count(codes, size):
    names = [f"c{i}" for i in range(codes.shape[1])]
    return Pairs.count({name: codes[:, i] for i, name in enumerate(names)}, dict.fromkeys(names, size))


def singles(reference, current, size):
    found = {}
    for i in range(reference.shape[1]):
        p, q = (Independent(np.bincount(side[:, i], minlength=size)) for side in (reference, current))
        groups = thin_cells(p, q, ordered=True)
        found[f"c{i}"] = plug_in(js, p.merge(groups), q.merge(groups))
    return found


def joint(reference, current, size, **options):
    options = {"level": 0.95, "considered": reference.shape[1], "dependent": False, **options}
    return joint_difference(count(reference, size), count(current, size), singles(reference, current, size), **options)


def of_laws(p, q, rows):
    """The difference of two laws of three bits, from counts in exact proportion."""
    sides = []
    for law in (p, q):
        cells = np.array(list(itertools.product((0, 1), repeat=3)))
        weights = np.rint(np.asarray(law) * rows).astype(np.int64)
        sides.append(np.repeat(cells, weights, axis=0))
    return joint(*sides, 2)


def js_of(p, q):
    return float(js(np.ravel(p), np.ravel(q)))


def correlated_cells(correlation):
    """P(both in a cell) for two standard normals on 8 × 8 cells of mass 1/8, by Gauss–Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    ends = np.array([-9.0, *EDGES, 9.0])
    spread = math.sqrt(1 - correlation**2)
    cells = np.zeros((8, 8))
    for i in range(8):
        half = (ends[i + 1] - ends[i]) / 2
        x = ends[i] + half * (nodes + 1)
        density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi) * weights * half
        below = np.array([[NORMAL.cdf((edge - correlation * value) / spread) for edge in EDGES] for value in x])
        cells[i] = density @ np.diff(below, axis=1, prepend=0.0, append=1.0)
    return cells / cells.sum()


def normals(rng, rows, columns, correlation):
    x = rng.normal(size=(rows, columns))
    x[:, 4] = correlation * x[:, 1] + math.sqrt(1 - correlation**2) * x[:, 4]
    return np.searchsorted(EDGES, x)


# --- dependence-only drift


def test_finds_the_pair_whose_correlation_turned():
    truth = js_of(correlated_cells(0.8), correlated_cells(-0.8))
    assert 0.29 < truth < 0.31344  # that of the uncut normals
    rng = np.random.default_rng(3)
    reference, current = (normals(rng, 20_000, 10, r) for r in (0.8, -0.8))
    found = joint(reference, current, 10)
    (pair,) = found.pairs
    assert (pair.first, pair.second) == ("c1", "c4")
    assert pair.joint.low <= truth <= pair.joint.high
    assert_close(pair.interaction, truth, relative=0.03)
    assert 0.2 < found.bound.low <= truth
    assert found.bound.high == LN2
    assert found.source == "pair c1 × c4"
    assert_close(found.tree, truth, relative=0.05)
    assert max(one.high for one in singles(reference, current, 10).values()) < 0.002


def test_value_is_that_of_exact_proportions():
    cells = [np.rint(correlated_cells(r) * 1e7).astype(np.int64) for r in (0.8, -0.8)]
    sides = [Pairs(int(side.sum()), {"a": 8, "b": 8}, {("a", "b"): side}) for side in cells]
    found = joint_difference(*sides, {}, level=0.95, considered=2, dependent=False)
    truth = js_of(*(side / side.sum() for side in cells))
    assert_close(found.pairs[0].interaction, truth, relative=1e-4)
    assert found.bound.low < truth < found.pairs[0].joint.high


# --- no drift, and drift without interaction


def test_no_drift_bounds_nothing():
    rng = np.random.default_rng(0)
    found = joint(rng.integers(0, 8, (20_000, 8)), rng.integers(0, 8, (20_000, 8)), 10)
    assert found.bound.low == 0
    assert found.pairs == ()
    assert 0 <= found.tree < 0.003


@pytest.mark.parametrize("kind", ["independent", "correlated", "skewed"])
@pytest.mark.parametrize("sizes", [(2_000, 2_000), (8_000, 800)])
def test_false_alarms_are_as_rare_as_promised(kind, sizes):
    def table(rows):
        if kind == "independent":
            return rng.integers(0, 8, (rows, 6))
        if kind == "correlated":
            return np.searchsorted(EDGES, 0.9 * rng.normal(size=(rows, 1)) + 0.436 * rng.normal(size=(rows, 6)))
        return np.minimum(rng.pareto(1.2, (rows, 6)).astype(int), 9)

    rng = np.random.default_rng(11)
    repeats, level = 200, 0.9
    bounds = pairs = 0
    for _ in range(repeats):
        found = joint(table(sizes[0]), table(sizes[1]), 10, level=level)
        bounds += found.bound.low > 0
        pairs += bool(found.pairs)
    # Three standard errors of the simulation above the promise.
    most = repeats * (1 - level) + 3 * math.sqrt(repeats * level * (1 - level))
    assert bounds <= most
    assert pairs <= most


def test_columns_that_drift_apart_from_each_other_do_not_interact():
    rng = np.random.default_rng(5)
    reference = np.searchsorted(EDGES, rng.normal(size=(5_000, 6)))
    current = np.searchsorted(EDGES, rng.normal(0.5, 1, size=(5_000, 6)))
    found = joint(reference, current, 8)
    assert found.pairs == ()
    assert found.source.startswith("pair")  # two columns tell more than one
    cells = np.diff([NORMAL.cdf(edge - 0.5) for edge in EDGES], prepend=0, append=1)
    two = js_of(np.full((8, 8), 1 / 64), cells[:, None] * cells)
    assert js_of(np.full(8, 1 / 8), cells) < found.bound.low < two


def test_columns_that_say_the_same_count_once():
    rng = np.random.default_rng(5)
    reference, current = rng.integers(0, 8, (20_000, 3)), np.minimum(*rng.integers(0, 8, (2, 20_000, 3)))
    for side in (reference, current):
        side[:, 1:] = side[:, :1]
    found = joint(reference, current, 8)
    alone = singles(reference, current, 8)["c0"]
    assert found.pairs == ()
    assert alone.low < found.tree < alone.high


# --- the tree is an approximation on either side


def xor(first, second):
    law = np.zeros((2, 2, 2))
    for a, b in itertools.product((0, 1), repeat=2):
        law[a, b, a ^ b] = (first if a else 1 - first) * (second if b else 1 - second)
    return law.ravel()


def test_tree_is_no_bound():
    p, q = xor(0.2, 0.2), xor(0.8, 0.2)
    truth = js_of(p, q)
    assert_close(truth, js_of([0.2, 0.8], [0.8, 0.2]))
    found = of_laws(p, q, 100_000)
    assert found.tree > 1.5 * truth
    assert found.bound.low <= truth

    copies, bits = np.array([0.5, 0, 0, 0, 0, 0, 0, 0.5]), np.full(8, 1 / 8)
    assert of_laws(copies, bits, 80_000).tree > 1.1 * js_of(copies, bits)


def test_pairs_do_not_see_what_only_three_columns_show():
    even = xor(0.5, 0.5)
    found = of_laws(even, np.full(8, 1 / 8), 80_000)
    assert js_of(even, np.full(8, 1 / 8)) > 0.2
    assert found.tree < 1e-3
    assert found.bound.low == 0
    assert found.pairs == ()


# --- the bound


def test_bound_by_a_column_has_its_lower_end_at_the_corrected_level():
    rng = np.random.default_rng(1)
    reference, current = rng.integers(0, 8, (5_000, 4)), rng.integers(0, 8, (5_000, 4))
    current[:, 2] = np.minimum(current[:, 2], rng.integers(0, 12, 5_000))
    p, q = (Independent(50 * np.bincount(side[:, 2], minlength=8)) for side in (reference, current))
    marginals = singles(reference, current, 8) | {"c2": plug_in(js, p, q)}
    found = joint_difference(
        count(reference, 8), count(current, 8), marginals, level=0.95, considered=4, dependent=False
    )
    assert found.source == "column c2"
    assert found.bound.sizes == (250_000, 250_000)
    assert_close(found.bound.low, plug_in(js, p, q, level=1 - 2 * 0.05 / 10).low, relative=1e-5)
    assert found.bound.value == marginals["c2"].value


def test_disjoint_columns_reach_the_ceiling():
    rng = np.random.default_rng(2)
    reference, current = rng.integers(0, 4, (4_000, 3)), rng.integers(0, 4, (4_000, 3))
    current[:, 1] += 4
    found = joint(reference, current, 10)
    assert LN2 - 0.01 < found.bound.low <= found.bound.value <= LN2
    assert found.tree == LN2


def test_notes_say_what_was_counted():
    rng = np.random.default_rng(2)
    sides = [rng.integers(0, 4, (300, 3)) for _ in range(2)]
    notes = " | ".join(joint(*sides, 10, considered=57, dependent=True).notes)
    assert "3 pairs of 3 columns" in notes
    assert "300 and 300 sampled rows" in notes
    assert "6 lower ends (3 pairs, 3 columns)" in notes
    assert "54 of 57 columns are in no pair" in notes
    assert "count sampled rows as independent" in notes
    assert "neighbouring cells were merged" in notes
    assert "depend" not in " | ".join(joint(*sides, 10).notes)


def test_nothing_to_pair():
    one = Pairs(5, {"a": 2}, {})
    assert joint_difference(one, one, {}, level=0.95, considered=1, dependent=False) is None
    empty, some = (Pairs(n, {"a": 2, "b": 2}, {("a", "b"): np.full((2, 2), n // 4)}) for n in (0, 4))
    assert joint_difference(some, empty, {}, level=0.95, considered=2, dependent=False) is None


def test_a_handful_of_rows_is_not_an_error():
    side = Pairs(2, {"a": 10, "b": 10}, {("a", "b"): np.eye(10, dtype=np.int64) * (np.arange(10) < 2)})
    found = joint_difference(side, side, {}, level=0.95, considered=2, dependent=False)
    assert found.bound.low == 0
    assert found.tree == 0


def test_different_cells_are_refused():
    sides = [Pairs(4, {"a": k, "b": 2}, {("a", "b"): np.ones((k, 2), np.int64)}) for k in (2, 3)]
    with pytest.raises(ValueError, match="a × b was counted on different cells"):
        joint_difference(*sides, {}, level=0.95, considered=2, dependent=False)


# --- the cells


def numbers(*values):
    array = np.array([math.nan if v is None else v for v in values], float)
    return Values(array, None, np.array([v is None for v in values]))


def ordered(name, values):
    cut = cut_histogram(values, integers=False)
    histogram = Histogram.zero(cut)
    histogram.update(values)
    return ColumnPlan(name, "numeric", "float64", histogram=cut), histogram


def named(name, counts, nulls=0):
    categories = Categories(CategoryCut())
    categories.update(list(counts), np.array(list(counts.values())), nulls)
    return ColumnPlan(name, "categorical", "string", categories=CategoryCut()), categories


def cells_of(*columns):
    return pair_cells(Plan(tuple(plan for plan, _ in columns)), {plan.name: counts for plan, counts in columns})


def test_ordered_cells_are_the_groups_of_the_reference():
    values = np.random.default_rng(0).normal(size=5_000)
    plan, histogram = ordered("x", values)
    cells = cells_of((plan, histogram))
    probe = numbers(*values[:500], -1e9, 1e9, math.inf, -math.inf, math.nan, None)
    expected = pair_groups(histogram, 8)[plan.histogram.codes(probe.numbers)]
    expected[-1] = 9
    assert cells.codes("x", probe).tolist() == expected.tolist()
    assert cells.sizes == {"x": 10}
    shares = np.bincount(cells.codes("x", numbers(*values)), minlength=10) / len(values)
    assert_close(shares, [1 / 8] * 8 + [0, 0], absolute=0.01)


def test_named_cells_are_the_most_frequent_values():
    counts = {f"v{i}": 100 - i for i in range(12)} | {bucket_name(7): 500}
    cells = cells_of(named("s", counts, nulls=3))
    probe = Values(None, ["v0", "v7", "v8", "never seen", None], np.array([False] * 4 + [True]))
    assert cells.codes("s", probe).tolist() == [0, 7, 8, 8, 9]


def test_columns_that_cannot_tell_anything_are_left_out():
    constant = named("constant", {"a": 5})
    cells = cells_of(constant, named("half", {"a": 5}, nulls=5), named("two", {"a": 5, "b": 1}))
    assert list(cells.columns) == ["half", "two"]
    assert cells.notes == ()


def test_at_most_forty_columns_and_says_so():
    cells = cells_of(*(named(f"c{i}", {"a": 5, "b": 1}) for i in range(COLUMNS + 5)))
    assert list(cells.columns) == [f"c{i}" for i in range(COLUMNS)]
    assert cells.notes == (f"pairs among the first {COLUMNS} of {COLUMNS + 5} columns",)


def test_pairs_are_counted_on_the_cells():
    cells = cells_of(ordered("x", np.arange(80.0)), named("s", {"a": 40, "b": 40}), named("t", {"c": 9, "d": 1}))
    sampled = {
        "x": numbers(0.0, 79.0, None),
        "s": Values(None, ["a", "b", None], np.array([False, False, True])),
        "t": Values(None, ["c", "c", "e"], np.zeros(3, bool)),
    }
    pairs = cells.count(sampled)
    assert list(pairs.tables) == [("x", "s"), ("x", "t"), ("s", "t")]
    assert pairs.tables["s", "t"].tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0, 0, 1, 0]]
    assert list(cells.count(sampled, ["x", "t"]).tables) == [("x", "t")]
