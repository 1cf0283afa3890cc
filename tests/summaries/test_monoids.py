"""The laws of all summaries: commutative monoids, whatever the split and the order of the rows, saved without loss."""

import dataclasses
import itertools
import json

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import kullback.summaries
from kullback.records import from_plain, to_json, to_plain
from kullback.summaries import (
    Categories,
    CategoryCut,
    Column,
    ColumnPlan,
    Counts,
    Histogram,
    HistogramCut,
    Moments,
    Pairs,
    Plan,
    Rows,
    Summary,
)
from kullback.summaries.categories import SavedCategories
from kullback.summaries.counts import SavedCounts
from kullback.summaries.histogram import SavedHistogram, cut_histogram
from kullback.summaries.pairs import SavedPairs
from kullback.summaries.table import SavedSummary

NAN = float("nan")
INFINITE = float("inf")
BLOCKS = ("a", "b", "c")
DESIGNS = ("plain", "weights", "blocks", "blocks and weights")
CUT = HistogramCut((-1.5, 0.0, 5e-324, 2.0, 3.0, 1e300), (0, 1, 1, 2, 2, 3, 4), (5e-324, 3.0))

values = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 2.0, 3.0, 5e-324, -1.5, INFINITE, -INFINITE, NAN]),
    st.floats(-100, 100),
)
labels = st.one_of(
    st.none(), st.sampled_from(["", "x", "y", "null", "ä", "a\u0308", "\U0001f600"]), st.text(max_size=3)
)
# Eighths add up without rounding, so that equality can be asked for.
rows = st.lists(
    st.tuples(values, labels, st.integers(0, 40).map(lambda i: i / 8), st.integers(0, 2)), max_size=30
)  # fmt: skip


def design_of(rows, design):
    return Rows(
        np.array([r[2] for r in rows], np.float64) if "weights" in design else None,
        np.array([r[3] for r in rows], np.int64) if "blocks" in design else None,
        BLOCKS,
    )


def histogram(rows, design):
    found = Histogram.zero(CUT, design_of([], design))
    numbers = np.array([NAN if r[0] is None else r[0] for r in rows], np.float64)
    valid = np.array([r[0] is not None for r in rows], bool)
    if design == "plain":
        found.update(numbers[valid], int((~valid).sum()))
    else:
        found.update_rows(numbers, valid, design_of(rows, design))
    return found


def categories(rows, design, cut=CategoryCut()):  # noqa: B008 (frozen)
    found = Categories(cut, design_of([], design))
    distinct = sorted({r[1] for r in rows if r[1] is not None})
    codes = np.array([-1 if r[1] is None else distinct.index(r[1]) for r in rows], np.int64)
    if design == "plain":
        found.update(distinct, np.bincount(codes + 1, minlength=len(distinct) + 1)[1:], int((codes < 0).sum()))
    else:
        found.update_rows(distinct, codes, design_of(rows, design))
    return found


def some_named(rows, design):
    return categories(rows, design, CategoryCut(named=("x", ""), buckets=3))


def counts(rows, design):
    found = Counts.zero(4, design_of([], design))
    found.add(np.array([min(len(r[1] or ""), 3) for r in rows], np.int64), design_of(rows, design))
    return found


def moments(rows, design):
    kept = [r for r in rows if r[0] is not None and np.isfinite(r[0])]
    return Moments.of(np.array([r[0] for r in kept], np.float64), design_of(kept, design).weights)


def pairs(rows, design):
    codes = {
        "n": np.array([0 if r[0] is None or not r[0] > 0 else 1 for r in rows], np.int64),
        "s": np.array([min(len(r[1] or ""), 3) for r in rows], np.int64),
        "b": np.array([r[3] for r in rows], np.int64),
    }
    return Pairs.count(codes, {"n": 2, "s": 4, "b": 3})


PLAN = Plan(
    (
        ColumnPlan("n", "numeric", "float64", histogram=CUT),
        ColumnPlan("s", "categorical", "string", categories=CategoryCut()),
        ColumnPlan("few", "categorical", "string", categories=CategoryCut(named=("x",), buckets=2)),
    )
)


def summary(rows, design):
    few = categories(rows, design, PLAN["few"].categories)
    return Summary(len(rows), {"n": histogram(rows, design), "s": categories(rows, design), "few": few})


MAKE = {
    "Histogram": histogram,
    "Categories": categories,
    "Categories, some named": some_named,
    "Counts": counts,
    "Moments": moments,
    "Pairs": pairs,
    "Summary": summary,
}


def seen(value):
    """What a summary says, as data in which equal is equal; moments apart, since they round."""
    if isinstance(value, Moments):
        return {"total": value.total, "range": (value.minimum, value.maximum) if value.total else None}
    if isinstance(value, Counts):
        squares = None if value.squares is None or not value.cells.any() else value.squares.tolist()
        blocks = {name: cells.tolist() for name, cells in (value.blocks or {}).items() if cells.any()}
        return value.cells.tolist(), squares, blocks
    if isinstance(value, Histogram):
        coarse = value.coarse
        return seen(value.counts), seen(coarse), seen(value.moments)
    if isinstance(value, Categories):
        # Only the order in which values were met may differ; values without a row are no values.
        kept = sorted(label for label, n in value.as_dict().items() if n)
        everything = sorted(value.labels)
        counted = seen(value.aligned(everything))
        assert len(counted[0]) == len(everything) + 1
        picked = [0, *(1 + everything.index(label) for label in kept)]
        pick = lambda cells: None if cells is None else [cells[i] for i in picked]  # noqa: E731
        return kept, pick(counted[0]), pick(counted[1]), {name: pick(cells) for name, cells in counted[2].items()}
    if isinstance(value, Pairs):
        return value.rows, dict(value.sizes), {pair: table.tolist() for pair, table in value.tables.items()}
    assert isinstance(value, Summary)
    return value.rows, {name: seen(column) for name, column in value.columns.items()}


def moments_of(value):
    if isinstance(value, Moments):
        return [value]
    if isinstance(value, Histogram):
        return [value.moments]
    if isinstance(value, Summary):
        return [m for column in value.columns.values() for m in moments_of(column)]
    return []


def assert_same(found, expected):
    assert seen(found) == seen(expected)
    for mine, other in zip(moments_of(found), moments_of(expected), strict=True):
        assert mine.mean == pytest.approx(other.mean, rel=1e-12, abs=1e-12)
        assert mine.squares == pytest.approx(other.squares, rel=1e-10, abs=1e-10)


def test_every_summary_that_merges_is_tested():
    found = {name for name in kullback.summaries.__all__ if hasattr(getattr(kullback.summaries, name), "merge")}
    assert found == {name.split(",")[0] for name in MAKE}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", MAKE)
@hypothesis.settings(max_examples=40)
@hypothesis.given(data=rows, split=st.lists(st.integers(0, 30), max_size=4), seed=st.integers(0, 2**32 - 1))
def test_any_split_and_any_order_gives_the_same(kind, design, data, split, seed):
    make = MAKE[kind]
    whole = make(data, design)
    shuffled = [data[i] for i in np.random.default_rng(seed).permutation(len(data))]
    ends = sorted({0, len(data), *(min(end, len(data)) for end in split)})
    parts = [shuffled[a:b] for a, b in itertools.pairwise(ends)]
    merged = make([], design)
    for part in parts:
        merged = merged.merge(make(part, design))
    assert_same(merged, whole)
    backwards = make([], design)
    for part in parts[::-1]:
        backwards = make(part, design).merge(backwards)
    assert_same(backwards, whole)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", MAKE)
@hypothesis.settings(max_examples=20)
@hypothesis.given(first=rows, second=rows, third=rows)
def test_merging_is_commutative_and_associative_and_leaves_its_arguments(kind, design, first, second, third):
    a, b, c = (MAKE[kind](data, design) for data in (first, second, third))
    before = seen(a), seen(b), seen(c)
    assert_same(a.merge(b), b.merge(a))
    assert_same(a.merge(b).merge(c), a.merge(b.merge(c)))
    assert (seen(a), seen(b), seen(c)) == before


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", MAKE)
@hypothesis.settings(max_examples=20)
@hypothesis.given(data=rows)
def test_zero_is_neutral(kind, design, data):
    found = MAKE[kind](data, design)
    # Also the zero that knows of no weights or blocks.
    for zero in (MAKE[kind]([], design), MAKE[kind]([], "plain")):
        assert_same(found.merge(zero), found)
        assert_same(zero.merge(found), found)


@hypothesis.settings(max_examples=10)
@hypothesis.given(data=rows)
@pytest.mark.parametrize("design", DESIGNS)
def test_the_zero_of_a_plan_is_neutral(design, data):
    found = summary(data, design)
    assert_same(Summary.zero(PLAN).merge(found), found)
    assert_same(found.merge(Summary.zero(PLAN)), found)


def test_rows_with_and_without_blocks_are_not_merged():
    row = [(1.0, "x", 1.0, 0)]
    for kind in ("Counts", "Histogram", "Categories", "Summary"):
        with pytest.raises(ValueError, match="blocks"):
            MAKE[kind](row, "blocks").merge(MAKE[kind](row, "plain"))
        with pytest.raises(ValueError, match="blocks"):
            MAKE[kind](row, "plain").merge(MAKE[kind](row, "blocks"))


def test_rows_without_weights_weigh_one():
    row = [(1.0, "x", 1.0, 0), (None, None, 1.0, 0)]
    for kind in ("Counts", "Histogram", "Categories", "Summary"):
        make = MAKE[kind]
        assert_same(make(row, "plain").merge(make(row, "weights")), make(row + row, "weights"))


def test_different_plans_are_not_merged():
    with pytest.raises(ValueError, match="edges"):
        Histogram.zero(CUT).merge(Histogram.zero(HistogramCut((1.0,), (0, 1))))
    with pytest.raises(ValueError, match="plans"):
        Categories(CategoryCut()).merge(Categories(CategoryCut(named=("x",))))
    with pytest.raises(ValueError, match="different columns"):
        Summary(0, {}).merge(Summary.zero(PLAN))
    with pytest.raises(ValueError, match="two ways"):
        Summary(0, {"n": Categories(CategoryCut())}).merge(Summary(0, {"n": Histogram.zero(CUT)}))
    with pytest.raises(ValueError, match="cells"):
        Pairs(0, {"a": 2}, {}).merge(Pairs(0, {"a": 3}, {}))


@hypothesis.settings(max_examples=40)
@hypothesis.given(numbers=st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.floats(-9, 9))))
def test_moments_are_those_of_plain_sums(numbers):
    from fractions import Fraction

    values = np.array(numbers)
    found = Moments.of(values)
    for value in values:  # one by one
        assert Moments.of(np.array([value])).mean == value
    if not numbers:
        assert found == Moments()
        return
    mean = sum(map(Fraction, numbers)) / len(numbers)
    spread = sum((Fraction(x) - mean) ** 2 for x in numbers)
    merged = Moments()
    for value in numbers:
        merged = merged.merge(Moments.of(np.array([value])))
    largest = max(map(abs, numbers))
    for one in (found, merged):
        assert (one.total, one.minimum, one.maximum) == (len(numbers), min(numbers), max(numbers))
        assert abs(one.mean - float(mean)) <= 1e-13 * largest * len(numbers)
        if spread > Fraction(10) ** 305:
            assert one.squares > 1e304
        else:
            assert one.squares == pytest.approx(
                float(spread), rel=1e-9, abs=1e-13 * largest * largest * len(numbers) + 1e-300
            )


@hypothesis.settings(max_examples=20)
@hypothesis.given(
    data=st.lists(st.tuples(st.floats(-10, 10), st.floats(0, 1e6)), min_size=1, max_size=40), split=st.integers(0, 40)
)
def test_any_weights_give_the_same_to_rounding(data, split):
    values, weights = (np.array(column) for column in zip(*data, strict=True))
    whole = Histogram.zero(CUT, Rows(np.empty(0)))
    whole.update_rows(values, np.ones(len(values), bool), Rows(weights))
    parts = []
    for chosen in (slice(None, split), slice(split, None)):
        part = Histogram.zero(CUT, Rows(np.empty(0)))
        part.update_rows(values[chosen], np.ones(len(values[chosen]), bool), Rows(weights[chosen]))
        parts.append(part)
    merged = parts[0].merge(parts[1])
    assert np.abs(merged.counts.cells - whole.counts.cells).max() <= 1e-12 * weights.sum()
    assert np.abs(merged.counts.squares - whole.counts.squares).max() <= 1e-12 * (weights**2).sum()
    assert merged.moments.mean == pytest.approx(whole.moments.mean, abs=1e-11)
    assert merged.counts.cells.sum() == pytest.approx(weights.sum(), rel=1e-12)


def test_a_weight_of_zero_is_no_row():
    kept, dropped = (1.0, "x", 2.0, 0), (77.0, "gone", 0.0, 1)
    for kind in MAKE:
        if kind in ("Pairs", "Summary"):
            continue
        assert_same(MAKE[kind]([kept, dropped], "weights"), MAKE[kind]([kept], "weights"))
    assert moments([kept, dropped], "weights") == moments([kept], "weights")


SAVED = {
    "Histogram": (SavedHistogram, lambda saved: saved.restore(CUT)),
    "Categories": (SavedCategories, lambda saved: saved.restore(CategoryCut())),
    "Categories, some named": (
        SavedCategories,
        lambda saved: saved.restore(CategoryCut(named=("x", ""), buckets=3)),
    ),
    "Counts": (SavedCounts, lambda saved: saved.restore()),
    "Pairs": (SavedPairs, lambda saved: saved.restore()),
    "Summary": (SavedSummary, lambda saved: saved.restore(PLAN)),
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", SAVED)
@hypothesis.settings(max_examples=10)
@hypothesis.given(data=rows)
def test_saving_is_exact(kind, design, data):
    found = MAKE[kind](data, design)
    plain = found.saved() if isinstance(found, Pairs) else found.to_plain()
    text = to_json(plain)
    record, restore = SAVED[kind]
    restored = restore(from_plain(record, json.loads(text)))
    assert seen(restored) == seen(found)
    assert moments_of(restored) == moments_of(found)
    again = restored.saved() if isinstance(restored, Pairs) else restored.to_plain()
    assert to_json(again) == text


@hypothesis.settings(max_examples=20)
@hypothesis.given(
    numbers=st.lists(st.floats(allow_nan=False), min_size=1), integers=st.booleans(),
    named=st.none() | st.lists(st.text(), max_size=4).map(tuple),
)  # fmt: skip
def test_saving_a_plan_is_exact(numbers, integers, named):
    cut = cut_histogram(np.array(numbers), integers=integers)
    plan = Plan((*PLAN.columns, ColumnPlan("x", "numeric", "float64", histogram=cut),
                 ColumnPlan("c", "text", "string", categories=CategoryCut(7, named, 5))))  # fmt: skip
    restored = from_plain(Plan, json.loads(to_json(plan)))
    assert restored == plan
    assert to_json(restored) == to_json(plan)
    # Bit by bit: 0 and −0 are the same edge, but nothing else is.
    assert np.array_equal(np.array(restored["x"].histogram.edges), np.array(cut.edges))


def test_a_plan_finds_its_columns():
    assert PLAN["n"].histogram == CUT
    with pytest.raises(KeyError, match="nothing"):
        PLAN["nothing"]


def test_columns_are_saved():
    column = Column("x", "skipped", "list", "no")
    assert from_plain(Column, to_plain(column)) == column
    assert dataclasses.replace(column, name="y") != column
