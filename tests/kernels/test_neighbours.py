"""Nearest neighbours and balls at every level of this processor: the same bits as a search of all pairs in float64."""

import os
import subprocess
import sys

import numpy as np
import pytest

from kullback.kernels import neighbours
from kullback.kernels.native import native
from tests.close import assert_close
from tests.kernels.test_probabilities import levels

DIMENSIONS = (1, 2, 3, 5, 8, 12, 13, 16, 33, 64)
SIZES = ((1, 3, 1), (5, 7, 5), (65, 40, 3), (300, 70, 90), (1500, 60, 5))


@pytest.fixture(params=levels())
def level(request, monkeypatch):
    monkeypatch.setenv("KULLBACK_KERNELS", request.param)
    native.cache_clear()
    assert native().level == request.param
    yield request.param
    native.cache_clear()


def smooth(rng, m, d):
    return rng.normal(size=(m, d))


def lattice(rng, m, d):
    """Ties at every distance, and equal points."""
    return rng.integers(-2, 3, (m, d)).astype(np.float64)


def repeated(rng, m, d):
    return rng.normal(size=(3, d))[rng.integers(0, 3, m)]


def constant_column(rng, m, d):
    x = rng.normal(size=(m, d))
    x[:, 0] = 3.0
    return x


def huge(rng, m, d):
    return 1e150 * rng.normal(size=(m, d))


def tiny(rng, m, d):
    return 1e-150 * rng.normal(size=(m, d))


def subnormal(rng, m, d):
    return 5e-324 * rng.integers(0, 40, (m, d))


def clusters(rng, m, d):
    """Distances of 1e-6 between points a million apart: float32 sees nothing of them."""
    return 1e6 * np.random.default_rng(7).normal(size=(4, d))[rng.integers(0, 4, m)] + 1e-6 * rng.normal(size=(m, d))


def heavy(rng, m, d):
    return rng.normal(size=(m, d)) / rng.random((m, 1)) ** 3


def one_point(rng, m, d):
    return np.ones((m, d))


def line_in_space(rng, m, d):
    return rng.normal(size=(m, 1)) * np.arange(1.0, d + 1.0)


KINDS = (
    *(smooth, lattice, repeated, constant_column, huge, tiny, subnormal),
    *(clusters, heavy, one_point, line_in_space),
)


def all_distances(points, queries):
    """Return √Σ (q − p)², added up in the order of the columns, one pair of rows after the other."""
    if points.shape[1] == 1:
        return np.abs(queries[:, 0][:, None] - points[:, 0][None, :])
    largest = max(np.abs(points).max(), np.abs(queries).max())
    scale = 500 - np.frexp(largest)[1] if largest else 0
    p, q = np.ldexp(points, scale), np.ldexp(queries, scale)
    total = np.zeros((len(q), len(p)))
    for column in range(p.shape[1]):
        total = total + (q[:, column][:, None] - p[:, column][None, :]) ** 2
    return np.ldexp(np.sqrt(total), -scale)


def all_pairs(points, queries, k, out):
    distances = all_distances(points, queries)
    distances[out] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, order, 1), order


def assert_nearest(found, expected):
    assert found[0].dtype == np.float64
    assert found[1].dtype == np.int64
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


def assert_balls(points, queries, radii, out, seed, **left_out):
    rng = np.random.default_rng(seed)
    # Whole numbers: their sums are the same in any order.
    of_points, of_queries = rng.integers(0, 9, len(points)) + 0.0, rng.integers(1, 9, len(queries)) + 0.0
    inside = (all_distances(points, queries) <= radii[:, None]) & ~out
    counts, sums, pulled = neighbours.within(
        points, queries, radii, query_values=of_queries, point_values=of_points, **left_out
    )
    assert np.array_equal(counts, inside.sum(1))
    assert np.array_equal(sums, inside @ of_points)
    assert np.array_equal(pulled, of_queries @ inside)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("d", DIMENSIONS)
def test_every_search_is_the_search_of_all_pairs(level, d, kind):
    rng = np.random.default_rng(d)
    for m, n, k in SIZES:
        points, queries = kind(rng, m, d), kind(rng, n, d)
        queries[: n // 2] = points[rng.integers(0, m, n // 2)]
        none = np.zeros((n, m), np.bool_)
        found = neighbours.nearest(points, queries, k)
        assert_nearest(found, all_pairs(points, queries, k, none))
        assert_balls(points, queries, found[0][:, -1] * rng.choice([0.5, 1.0, 1.0, 3.0, 1e3], n), none, d)
        own = rng.integers(-1, m, n)
        out = own[:, None] == np.arange(m)[None, :]
        if k < m:
            found = neighbours.nearest(points, queries, k, leave_out=own)
            assert_nearest(found, all_pairs(points, queries, k, out))
        assert_balls(points, queries, found[0][:, -1] * rng.choice([0.5, 1.0, 2.0], n), out, d, leave_out=own)


@pytest.mark.parametrize("kind", (smooth, lattice, repeated, clusters), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("d", (1, 2, 5, 14))
def test_groups_and_the_points_themselves(level, d, kind):
    rng = np.random.default_rng(d)
    points = kind(rng, 700, d)
    alone = np.arange(700)
    found = neighbours.nearest(points, points, 4, leave_out=alone)
    assert_nearest(found, all_pairs(points, points, 4, np.eye(700, dtype=np.bool_)))
    assert_balls(points, points, found[0][:, -1], np.eye(700, dtype=np.bool_), 1, leave_out=alone)
    groups, asked = rng.integers(0, 6, 700), rng.integers(-1, 7, 700)
    out = groups[None, :] == asked[:, None]
    both = (groups, asked)
    found = neighbours.nearest(points, points, 80, leave_out_groups=both)
    assert_nearest(found, all_pairs(points, points, 80, out))
    radii = found[0][:, -1] * rng.choice([0.3, 1.0, 5.0], 700)
    assert_balls(points, points, radii, out, 2, leave_out_groups=both)


@pytest.mark.parametrize("d", (1, 2, 3, 20))
def test_all_points_are_neighbours(level, d):
    points = np.random.default_rng(d).normal(size=(333, d)).round(1)
    none = np.zeros((333, 333), np.bool_)
    assert_nearest(neighbours.nearest(points, points, 333), all_pairs(points, points, 333, none))
    counts = neighbours.within(points, points, np.full(333, np.inf))[0]
    assert np.all(counts == 333)
    assert np.all(neighbours.within(points, points, np.full(333, -1.0))[0] == 0)
    assert np.all(neighbours.within(points, points, np.zeros(333))[0] >= 1)


def crowds_in_crowds(rng, m):
    return np.sum(10.0 ** -(4 * np.arange(5)) * rng.integers(0, 3, (m, 5)), axis=1)


def powers(rng, m):
    return rng.choice([-1.0, 1.0], m) * np.exp2(rng.integers(-1000, 1000, m) + 0.0)


def one_far_away(rng, m):
    return np.where(np.arange(m) == m // 2, 1e300, rng.normal(size=m))


def zeros_of_both_signs(rng, m):
    return rng.choice([-0.0, 0.0, 1.0], m)


def zeros_among_others(rng, m):
    return np.where(rng.random(m) < 0.5, rng.choice([-0.0, 0.0], m), 1e-3 * rng.normal(size=m))


def two_values(rng, m):
    return rng.choice([-1.5, 3.0], m)


def subnormals_among_others(rng, m):
    return np.where(rng.random(m) < 0.5, 5e-324 * rng.integers(-9, 9, m), rng.normal(size=m))


def wider_than_any_number(rng, m):
    return rng.choice([-1.7e308, 1.7e308, 0.0], m) + 1e292 * rng.normal(size=m)


def far_from_the_queries(rng, m):
    """Every other distance is the same number."""
    return np.where(np.arange(m) % 2, 1e17, rng.normal(size=m))


def heaviest(rng, m):
    return rng.standard_cauchy(m) ** 5


def equal(rng, m):
    return np.full(m, 0.1)


LINES = (
    *(crowds_in_crowds, powers, one_far_away, zeros_of_both_signs, zeros_among_others, two_values),
    *(subnormals_among_others, wider_than_any_number, far_from_the_queries, heaviest, equal),
)


@pytest.mark.parametrize("kind", LINES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("m", "k"), [(1, 1), (2, 2), (30, 30), (1500, 4), (6000, 70)])
def test_on_a_line_wherever_the_points_are(level, m, k, kind):
    rng = np.random.default_rng(m)
    points = kind(rng, m)[:, None]
    queries = np.concatenate([points[: min(m, 60)], kind(rng, 40)[:, None], rng.normal(size=(20, 1))])
    none = np.zeros((len(queries), m), np.bool_)
    with np.errstate(over="ignore"):
        expected = all_pairs(points, queries, k, none)
        found = neighbours.nearest(points, queries, k)
        assert_nearest(found, expected)
        assert not np.signbit(found[0]).any()
        few = min(m, 20)
        assert_nearest(neighbours.nearest(points, points[:few], k), (expected[0][:few], expected[1][:few]))
        if kind is wider_than_any_number:  # what is infinitely far away is as far as what is left out
            return
        assert_balls(points, queries, expected[0][:, -1], none, m)
        assert_balls(points, points[:few], expected[0][:few, -1], none[:few], m)
        own = rng.integers(-1, m, len(queries))
        own[: min(m, 60)] = np.arange(min(m, 60))
        out = own[:, None] == np.arange(m)[None, :]
        if k < m:
            assert_nearest(neighbours.nearest(points, queries, k, leave_out=own), all_pairs(points, queries, k, out))
        assert_balls(points, queries, expected[0][:, -1], out, m, leave_out=own)
        groups, asked = rng.integers(0, 3, m), rng.integers(-1, 4, len(queries))
        out = groups[None, :] == asked[:, None]
        if k < m // 4:
            both = (groups, asked)
            found = neighbours.nearest(points, queries, k, leave_out_groups=both)
            assert_nearest(found, all_pairs(points, queries, k, out))


@pytest.mark.parametrize("queries", ["points", "others"])
def test_points_of_one_place_on_a_line_take_no_longer_than_others(level, queries):
    """A search that looked at all equal points for every query would look at 10¹⁰."""
    count = 2000 if level == "numpy" else 100000
    points = np.zeros((count, 1))
    asked = points if queries == "points" else np.linspace(-1.0, 1.0, count)[:, None]
    distances, indices = neighbours.nearest(points, asked, 3)
    assert np.array_equal(distances, np.broadcast_to(np.abs(asked), (count, 3)))
    assert np.array_equal(indices, np.broadcast_to(np.arange(3), (count, 3)))


def test_points_of_one_place_take_no_longer_than_others(level):
    """Equal points are told apart by their indices alone: no leaf that holds only higher ones is looked at."""
    count = 3000 if level == "numpy" else 60000
    points = np.ones((count, 2))
    distances, indices = neighbours.nearest(points, points, 3)
    assert np.all(distances == 0.0)
    assert np.array_equal(indices, np.broadcast_to(np.arange(3), (count, 3)))


@pytest.mark.parametrize("d", (1, 2, 4, 17))
def test_sums_of_any_numbers(level, d):
    rng = np.random.default_rng(d)
    points, queries = rng.normal(size=(2000, d)), rng.normal(size=(500, d))
    of_points, of_queries = rng.random(2000), rng.random(500)
    radii = np.quantile(all_distances(points, queries), 0.2, axis=1)
    inside = all_distances(points, queries) <= radii[:, None]
    counts, sums, pulled = neighbours.within(points, queries, radii, query_values=of_queries, point_values=of_points)
    assert np.array_equal(counts, inside.sum(1))
    assert_close(sums, inside @ of_points, 1e-13)
    assert_close(pulled, of_queries @ inside, 1e-13, 1e-15)
    none = neighbours.within(points, queries, radii)
    assert np.array_equal(none[0], counts)
    assert none[1] is None
    assert none[2] is None


def test_layouts_and_nothing_at_all(level):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 3))
    expected = neighbours.nearest(points, points, 2)
    assert_nearest(neighbours.nearest(np.asfortranarray(points), points[::1], 2), expected)
    assert_nearest(neighbours.nearest(points[::-1][::-1], points.copy(), 2), expected)
    assert neighbours.nearest(points, points[:0], 2)[0].shape == (0, 2)
    assert neighbours.within(points[:0], points, np.ones(200))[0].sum() == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda x: neighbours.nearest(x, x[:, :1], 1), "same d"),
        (lambda x: neighbours.nearest(x, np.where(x > 0, x, np.nan), 1), "queries.* is nan"),
        (lambda x: neighbours.nearest(x, x, 0), "at least 1"),
        (lambda x: neighbours.nearest(x, x, 11), "there are 10 points"),
        (lambda x: neighbours.nearest(x, x, 10, leave_out=np.arange(10)), "1 left out for query 0"),
        (lambda x: neighbours.nearest(x, x, 3, leave_out=np.arange(9)), "leave_out of shape"),
        (lambda x: neighbours.nearest(x, x, 1, leave_out_groups=(np.zeros(10), np.zeros(10))), "10 left out"),
        (lambda x: neighbours.nearest(x, x, 1, leave_out_groups=(-np.ones(10), np.zeros(10))), "numbered from 0"),
        (lambda x: neighbours.within(x, x, np.ones(9)), "radii of shape"),
        (lambda x: neighbours.within(x, x, np.full(10, np.nan)), r"radii\[0\] is nan"),
    ],
)
def test_errors_say_what_is_wrong(wrong, said):
    with pytest.raises(ValueError, match=said):
        wrong(np.random.default_rng(0).normal(size=(10, 2)))


THREADS = """
import hashlib, numpy as np
from kullback.kernels import neighbours
rng, bits = np.random.default_rng(0), hashlib.sha1()
for d, m in ((1, 30000), (2, 40000), (4, 30000), (15, 3000)):
    points, queries = rng.normal(size=(m, d)), rng.normal(size=(m, d))
    distances, indices = neighbours.nearest(points, queries, 4)
    values = rng.random(m)
    found = neighbours.within(points, queries, 2.0 * distances[:, -1], query_values=values, point_values=values)
    for part in (distances, indices, *found):
        bits.update(part.tobytes())
print(bits.hexdigest())
"""


def test_neither_threads_nor_levels_change_a_bit():
    settings = [{"KULLBACK_THREADS": count} for count in ("1", "2", "5")]
    settings += [{"KULLBACK_KERNELS": name} for name in levels() if name != "numpy"]
    found = {
        subprocess.run(
            [sys.executable, "-c", THREADS], env={**os.environ, **setting}, capture_output=True, check=True
        ).stdout
        for setting in settings
    }
    assert len(found) == 1
    assert len(found.pop()) == 41
