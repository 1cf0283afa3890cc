"""The two-sample tests: what each finds, on fixed seeds and against peers, and what they refuse."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

import kullback as kb
from kullback.infer.two_sample_test import two_sample_test
from kullback.sample import Sample, sample_of
from kullback.testing import TwoSampleTest, two_sample_test_of
from kullback.testing.geometry import points
from kullback.testing.permutation import assignments, p_values, pool
from kullback.testing.quadratic_form import WHOLE, from_features, from_kernel, landmark_features
from tests.close import assert_close

METHODS = ("auto", "classifier", "mmd", "energy", "ks", "moments")


def pair(kind, n, m, d, rng):
    """Two samples that differ in one respect."""
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    if kind == "shift":
        y[:, 0] += 0.5
    elif kind == "scale":
        y *= 1.35
    elif kind == "correlation":
        y[:, 1] = 0.6 * y[:, 0] + 0.8 * y[:, 1]
    elif kind == "two humps in one column":
        y[:, 0] = rng.choice([-0.9, 0.9], m) + np.sqrt(1 - 0.81) * y[:, 0]
    elif kind == "along a narrow direction":
        narrow = np.linalg.cholesky(0.95 + 0.05 * np.eye(d))
        x, y = x @ narrow.T, y @ narrow.T
        y[:, 0] += 0.2
    elif kind == "heavy tails":
        y = rng.standard_t(3, (m, d)) / np.sqrt(3)
    return x, y


@pytest.mark.parametrize(
    "kind", ["shift", "scale", "correlation", "two humps in one column", "along a narrow direction", "heavy tails"]
)
def test_auto_finds_every_kind_of_difference(kind):
    found = 0
    for seed in range(10):
        rng = np.random.default_rng((21, seed))
        x, y = pair(kind, 250, 300, 4, rng)
        found += two_sample_test_of(sample_of(x), sample_of(y), permutations=199, rng=rng).different
    assert found >= 8


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("energy", "shift"),
        ("mmd", "scale"),
        ("ks", "shift"),
        ("moments", "correlation"),
        ("moments", "along a narrow direction"),
        ("classifier", "shift"),
        ("classifier", "correlation"),
    ],
)
def test_each_method_finds_what_it_is_for(method, kind):
    found = 0
    for seed in range(5):
        rng = np.random.default_rng((22, seed))
        x, y = pair(kind, 400, 400, 3, rng)
        found += two_sample_test_of(sample_of(x), sample_of(y), method, permutations=99, rng=rng).different
    assert found >= 4


def test_auto_finds_at_least_what_the_ks_test_of_scipy_does_in_one_column():
    ours, peer = dict.fromkeys(("shift", "scale", "two humps in one column"), 0), {}
    for kind in ours:
        peer[kind] = 0
        for seed in range(40):
            rng = np.random.default_rng((23, seed))
            x, y = pair(kind, 60, 60, 1, rng)
            ours[kind] += two_sample_test_of(sample_of(x), sample_of(y), permutations=199, rng=rng).different
            peer[kind] += stats.ks_2samp(x[:, 0], y[:, 0]).pvalue <= 0.05
    assert all(ours[kind] >= peer[kind] - 3 for kind in ours)
    assert sum(ours.values()) > sum(peer.values()) + 10


def test_statistics_are_those_of_scipy():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=70).round(1), rng.normal(0.3, 1.2, 90).round(1)
    found = two_sample_test_of(sample_of(x), sample_of(y), "ks", permutations=99, rng=rng)
    assert_close(found.statistic, stats.ks_2samp(x, y).statistic, 1e-12)
    found = two_sample_test_of(sample_of(x), sample_of(y), "energy", permutations=99, rng=rng)
    assert_close(found.statistic, stats.energy_distance(x, y) ** 2, 1e-12)
    codes, others = rng.integers(0, 4, 70), rng.integers(0, 5, 90)
    table = np.stack([np.bincount(codes, minlength=5), np.bincount(others, minlength=5)])
    known = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    samples = [Sample(np.empty((len(c), 0)), c[:, None], (5,), ("c",)) for c in (codes, others)]
    found = two_sample_test_of(*samples, "g", permutations=99, rng=rng)
    assert_close(found.statistic, known, 1e-12)


def test_mmd_and_energy_are_their_definitions():
    rng = np.random.default_rng(1)
    x, y = sample_of(rng.normal(size=(15, 3))), sample_of(rng.normal(size=(11, 3)))
    pooled = pool(x, y)
    among = points(pooled.rows)
    z = among.numbers
    squares = ((z[:, None] - z) ** 2).sum(axis=-1)

    def means(matrix):
        return matrix[:15, :15].mean() + matrix[15:, 15:].mean() - 2 * matrix[:15, 15:].mean()

    seen = np.arange(26)[None] < 15
    gaussian = from_kernel(pooled, among, lambda a, b: np.exp(-0.5 * a.squared_distances(b)), rng)
    assert_close(gaussian(seen), [means(np.exp(-0.5 * squares))], 1e-5)
    found = two_sample_test_of(x, y, "energy", permutations=99, rng=rng).statistic
    assert_close(found, -means(np.sqrt(squares)), 1e-5)


def test_landmarks_that_are_all_rows_lose_nothing():
    rng = np.random.default_rng(2)
    pooled = pool(sample_of(rng.normal(size=(40, 2))), sample_of(rng.normal(0.3, 1, (40, 2))))
    among = points(pooled.rows)

    def kernel(a, b):
        return np.exp(-0.5 * a.squared_distances(b))

    labels = np.concatenate(list(assignments(pooled, 50, rng).blocks()))
    whole = from_kernel(pooled, among, kernel, rng)(labels)
    assert_close(from_features(pooled, landmark_features(among, kernel, rng))(labels), whole, 1e-4, 1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_bits_and_columns_may_be_shifted_and_scaled(method):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(60, 2)), rng.normal(0.2, 1, (70, 2))
    first, second = (
        two_sample_test_of(sample_of(x), sample_of(y), method, permutations=99, rng=np.random.default_rng(9))
        for _ in range(2)
    )
    assert first == second
    if method != "classifier":
        moved = two_sample_test_of(
            sample_of(x * [4.0, 0.5] + [8.0, -1.0]),
            sample_of(y * [4.0, 0.5] + [8.0, -1.0]),
            method,
            permutations=99,
            rng=np.random.default_rng(9),
        )
        assert_close(moved.p_value, first.p_value, 1e-12)


def test_many_rows_take_seconds_and_stay_exact_in_level():
    # Above WHOLE rows kernels are found on landmarks; labels are permuted the same way.
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(WHOLE, 5)), rng.normal(size=(WHOLE, 5))
    assert not two_sample_test_of(sample_of(x), sample_of(y), rng=np.random.default_rng(0)).different
    y[:, 0] += 0.2
    found = two_sample_test_of(sample_of(x), sample_of(y), rng=np.random.default_rng(0))
    assert found.p_value == 0.001


def test_parts_of_auto_are_those_of_the_methods_alone():
    rng = np.random.default_rng(5)
    x, y = sample_of(rng.normal(size=(50, 1))), sample_of(rng.normal(0.5, 1, (50, 1)))
    found = two_sample_test_of(x, y, rng=np.random.default_rng(0))
    assert {"energy distance", "means", "covariances", "columns, place and spread"} < set(found.parts)
    # Corrected for their number, p is above the least of them, and not by the whole factor: they go together.
    assert min(found.parts.values()) <= found.p_value <= len(found.parts) * min(found.parts.values())


def test_categories_beside_numbers():
    # Each column alone is the same on both sides; only together they differ.
    rng = np.random.default_rng(6)
    alone, together = 0, 0
    for _ in range(8):
        codes = rng.integers(0, 3, (2, 300))
        numbers = rng.normal(size=(2, 300))
        numbers[1] = np.where(
            codes[1] == 0, np.abs(numbers[1]), -np.abs(numbers[1]) * rng.choice([1, -1], 300, p=[0.75, 0.25])
        )
        x, y = (Sample(numbers[i][:, None], codes[i][:, None], (3,), ("a", "c")) for i in (0, 1))
        together += two_sample_test_of(x, y, permutations=99, rng=rng).different
        alone += two_sample_test_of(x, y, "g", permutations=99, rng=rng).different
    assert together == 8
    assert alone <= 3


def test_rare_categories_do_not_break_the_level():
    # The χ² law of G is far off where most categories hold one row; permutation is not.
    rejected = 0
    for seed in range(100):
        rng = np.random.default_rng((8, seed))
        shares = 1.0 / np.arange(1, 501)
        draws = rng.choice(500, (2, 80, 1), p=shares / shares.sum())
        x, y = (Sample(np.empty((80, 0)), one, (500,), ("c",)) for one in draws)
        rejected += two_sample_test_of(x, y, "g", permutations=99, rng=rng).different
    assert 0 < rejected <= 5 + 5 * np.sqrt(100 * 0.05 * 0.95)


def test_constant_columns_say_nothing():
    x, y = sample_of(np.ones((20, 2))), sample_of(np.ones((15, 2)))
    found = two_sample_test_of(x, y, rng=np.random.default_rng(0))
    assert (found.p_value, found.permutations) == (1.0, 0)
    assert "all rows of both samples are equal" in found.notes
    rng = np.random.default_rng(1)
    numbers = [np.column_stack([rng.normal(size=n), np.full(n, 7.0)]) for n in (30, 40)]
    for method in METHODS:
        found = two_sample_test_of(*map(sample_of, numbers), method, permutations=99, rng=rng)
        assert 0 < found.p_value <= 1


def test_more_columns_than_rows():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(25, 200)), rng.normal(size=(25, 200))
    assert two_sample_test_of(sample_of(x), sample_of(y), rng=np.random.default_rng(0)).p_value > 0.05
    assert two_sample_test_of(sample_of(x), sample_of(y + 0.5), rng=np.random.default_rng(0)).p_value <= 0.01


def test_it_prints_in_one_line():
    found = TwoSampleTest(0.5, 0.25, "energy", (10, 12), 99)
    assert (
        str(found) == "no difference found at level 0.05: p = 0.25  energy distance = 0.5, 99 permutations, n=10, m=12"
    )
    assert not found.different
    assert str(dataclasses.replace(found, p_value=0.01)).startswith("different at level 0.05: p = 0.01")
    auto = TwoSampleTest(1.2, 0.01, "auto", (10, 12), 99, 0.05, "means", {"means": 0.01, "KS": 0.4})
    assert "most by means" in str(auto)


def test_the_verb_reads_tables():
    rng = np.random.default_rng(0)
    x = {"age": rng.normal(40, 10, 150), "town": rng.choice(["a", "b"], 150)}
    y = {"town": rng.choice(["a", "b", "c"], 180, p=[0.4, 0.4, 0.2]), "age": rng.normal(40, 10, 180)}
    found = two_sample_test(x, y, permutations=199, rng=1)
    assert found.different
    assert found == two_sample_test(x, y, permutations=199, rng=1)
    assert found.parts["G of town"] <= 0.01
    with pytest.raises(ValueError, match="same object"):
        two_sample_test(x, x)
    assert kb.two_sample_test is two_sample_test


def test_p_values_of_many_statistics_at_once():
    values = np.array([[2.0, 1.0], [1.0, 1.0], [3.0, 0.0], [0.0, 5.0]])
    assert_close(p_values(values), [0.5, 0.75], 1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_numbers_of_any_size_give_a_p_value(method):
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(40, 2)), rng.standard_cauchy((40, 2)) ** 5
    far = x.copy()
    far[0, 0], far[1, 1] = 1e200, -1e308
    for one, other in ((x, far), (far, y), (x * 1e-310, x[::-1] * 1e-310), (x + 1e12, x[:30] + 1e12)):
        found = two_sample_test_of(sample_of(one), sample_of(other), method, permutations=99, rng=rng)
        assert 0 < found.p_value <= 1
        assert np.isfinite(found.statistic)


def test_categories_alone():
    rng = np.random.default_rng(9)
    codes = rng.integers(0, 4, (2, 200, 2))
    codes[1, :, 1] = np.where(rng.random(200) < 0.6, codes[1, :, 0], codes[1, :, 1])
    x, y = (Sample(np.empty((200, 0)), one, (4, 4), ("a", "b")) for one in codes)
    found = two_sample_test_of(x, y, permutations=99, rng=rng)
    assert found.different
    assert found.parts["G of all columns together"] <= 0.02
    assert found.parts["G of a"] > 0.02


def test_columns_that_a_test_does_not_compare_are_named():
    rng = np.random.default_rng(0)
    tables = [{"size": rng.normal(size=40), "kind": ["a", "b"] * 20, "width": rng.normal(size=40)} for _ in range(2)]
    assert "not compared by method='ks': kind" in kb.two_sample_test(*tables, "ks", rng=0).notes
    assert "not compared by method='g': size, width" in kb.two_sample_test(*tables, "g", rng=0).notes
    assert not any("not compared" in note for note in kb.two_sample_test(*tables, "auto", rng=0).notes)
