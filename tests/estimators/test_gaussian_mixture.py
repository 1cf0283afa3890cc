"""Normal mixtures: densities and steps beside their definitions, and what the fits find."""

from __future__ import annotations

import importlib

import mpmath
import numpy as np
import pytest
from tests.close import assert_close

from kullback import estimators
from kullback.sample import Sample, sample_of

mixtures = importlib.import_module("kullback.estimators.gaussian_mixture")


def drawn(rows: int, d: int, seed: int = 0) -> np.ndarray:
    """Three clusters in the first two columns; the last column depends on the first."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(rows, d))
    points[:, :2] += 3.0 * np.array([[0, 0], [1, 0], [0, 1]])[rng.integers(3, size=rows)]
    points[:, -1] += 0.5 * points[:, 0]
    return points


def begun(points: np.ndarray, *, common: bool, many: int = 2, components: int = 3, shares: np.ndarray | None = None):
    """Rows and mixtures of them that begin with rows dealt by chance."""
    shares = np.full(len(points), 1.0 / len(points)) if shares is None else shares
    belongs = np.random.default_rng(1).dirichlet(np.full(components, 0.3), size=(many, len(points)))
    rows = mixtures._Rows(points, shares, common)
    moments = np.swapaxes(belongs * shares[:, None], 1, 2) @ mixtures._features(points).T
    return rows, belongs, rows.maximised(moments[..., : 1 + points.shape[1]] if common else moments)


def by_definition(points: np.ndarray, shares: np.ndarray, belongs: np.ndarray, *, common: bool):
    """Weights, means and covariances of components to which rows belong in part, shape (rows, components)."""
    counted = belongs * shares[:, None]
    weights = counted.sum(axis=0)
    means = (counted.T @ points) / weights[:, None]
    covariances = np.stack([((points - m).T * c) @ (points - m) for m, c in zip(means, counted.T, strict=True)])
    if common:
        return weights, means, np.repeat(covariances.sum(axis=0)[None], len(weights), axis=0)
    return weights, means, covariances / weights[:, None, None]


def exact_parts(row: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> list:
    """weight × density of each component at one row, with 50 digits."""
    found = []
    for weight, mean, covariance in zip(weights, means, covariances, strict=True):
        matrix, gap = mpmath.matrix(covariance.tolist()), mpmath.matrix((row - mean).tolist())
        square = (gap.T * mpmath.lu_solve(matrix, gap))[0]
        volume = mpmath.sqrt(mpmath.det(2 * mpmath.pi * matrix))
        found.append(mpmath.mpf(float(weight)) * mpmath.exp(-square / 2) / volume)
    return found


@pytest.mark.parametrize("common", [True, False])
@pytest.mark.parametrize("d", [1, 4])
class TestSteps:
    def test_the_density_is_that_of_the_components(self, d, common):
        points = drawn(40, max(d, 2))[:, :d]
        rows, belongs, made = begun(points, common=common)
        for one, by in zip(made, belongs, strict=True):
            parts = by_definition(points, rows.shares, by, common=common)
            far = np.vstack([points[:5], 40.0 * points[:2]])
            with mpmath.workdps(50):
                exact = [float(mpmath.log(mpmath.fsum(exact_parts(row, *parts)))) for row in far]
            assert_close(mixtures._log_density(one, far), exact, 1e-11, 1e-11)

    def test_a_step_is_one_of_expectation_and_one_of_maximisation(self, d, common):
        points = drawn(40, max(d, 2))[:, :d]
        shares = np.random.default_rng(2).dirichlet(np.full(40, 5.0))
        rows, belongs, made = begun(points, common=common, shares=shares)
        after, likelihoods = rows.step(made)
        for i, by in enumerate(belongs):
            parts = by_definition(points, shares, by, common=common)
            with mpmath.workdps(50):
                exact = [exact_parts(row, *parts) for row in points]
                sums = [mpmath.fsum(row) for row in exact]
                mean = mpmath.fsum(mpmath.mpf(float(s)) * mpmath.log(t) for s, t in zip(shares, sums, strict=True))
                chances = np.array([[float(part / t) for part in row] for row, t in zip(exact, sums, strict=True)])
            assert_close(likelihoods[i], float(mean), 1e-12, 1e-12)
            expected = by_definition(points, shares, chances, common=common)
            with mpmath.workdps(50):
                density = [float(mpmath.log(mpmath.fsum(exact_parts(row, *expected)))) for row in points[:5]]
            assert_close(mixtures._log_density(after[i], points[:5]), density, 1e-10, 1e-10)

    def test_no_step_loses(self, d, common):
        rows, _, made = begun(drawn(300, max(d, 2))[:, :d], common=common, many=5)
        before = np.full(5, -np.inf)
        for _ in range(30):
            made, likelihoods = rows.step(made)
            assert (likelihoods >= before - 1e-12).all()
            before = likelihoods

    def test_blocks_change_nothing(self, d, common, monkeypatch):
        points = drawn(2500, max(d, 2))[:, :d]
        rows, _, made = begun(points, common=common)
        monkeypatch.setattr(mixtures, "_BLOCK", 10_000)
        whole, likelihood = rows.step(made)
        monkeypatch.setattr(mixtures, "_BLOCK", 700)
        monkeypatch.setattr(mixtures, "_KEPT", 0)
        parts, again = mixtures._Rows(points, rows.shares, common).step(made)
        assert_close(parts, whole, 1e-9, 1e-9)
        assert_close(again, likelihood, 1e-12, 1e-12)


@pytest.mark.parametrize("common", [True, False])
def test_no_variance_is_below_the_floor(common):
    points = drawn(200, 3)
    points[:, 2] = points[:, 0] - points[:, 1]
    rows, _, made = begun(points, common=common)
    for _ in range(20):
        made, likelihoods = rows.step(made)
        assert np.isfinite(likelihoods).all()
    first, second, places = rows.triangle
    halves = made[..., 4:] * np.where(first == second, -2.0, -1.0)
    inverses = halves[..., places]
    variances = 1.0 / np.linalg.eigvalsh(inverses)
    assert_close(variances.min(), 1e-3, 1e-6)
    assert variances.min() > 0.999e-3


def test_a_centre_that_nothing_is_nearest_to():
    points = np.repeat([[0.0, 1.0], [1.0, 0.0]], 30, axis=0)
    x, y = sample_of(points), sample_of(points + np.random.default_rng(3).normal(size=points.shape))
    scores = estimators.GaussianMixture(most=4).learn(x, y, np.random.default_rng(0))
    assert scores(x).mean() > 1.0
    assert np.isfinite(scores(sample_of(100.0 * points))).all()


def test_clusters_in_two_of_ten_turned_columns_are_found():
    draws = np.random.default_rng(4)
    turn = np.linalg.qr(draws.normal(size=(10, 10)))[0]
    corners = 1.5 * np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])

    def rows(count: int) -> tuple[np.ndarray, np.ndarray]:
        made = draws.normal(size=(count, 10))
        made[:, :2] = corners[draws.integers(4, size=count)] + 0.6 * made[:, :2]
        gaps = np.square(made[:, None, :2] - corners).sum(axis=2) / 0.72
        exact = np.log(np.exp(-gaps).mean(axis=1)) - np.log(2 * np.pi * 0.36) - 4 * np.log(2 * np.pi)
        return made @ turn, exact - 0.5 * np.square(made[:, 2:]).sum(axis=1)

    (points, exact), (fresh, truth) = rows(4000), rows(4000)
    found = mixtures._chosen(points, np.full(4000, 1 / 4000), 4000.0, 6, np.random.default_rng(0))
    assert found.shape == (4, 66)
    # 98 numbers fitted to 4000 rows cost 98/8000 nats; 0.006 is two standard deviations of that and of the mean.
    assert abs(float((truth - mixtures._log_density(found, fresh)).mean()) - 98 / 8000) < 0.006
    assert mixtures._log_density(found, points).mean() > exact.mean()


def test_weights_count_rows_again():
    points = drawn(60, 3)
    counts = np.random.default_rng(5).integers(1, 4, size=60)
    rows, _, made = begun(points, common=False, shares=counts / counts.sum())
    again = np.repeat(points, counts, axis=0)
    repeated = mixtures._Rows(again, np.full(len(again), 1 / len(again)), common=False)
    for one, other in zip(rows.step(made), repeated.step(made), strict=True):
        assert_close(one, other, 1e-9, 1e-9)


def test_the_same_seed_gives_the_same_bits_with_more_rows_than_the_starts_see(monkeypatch):
    monkeypatch.setattr(mixtures, "_FIRST_ROWS", 150)
    x, y = (Sample(drawn(400, 4, seed), np.empty((400, 0), np.int64)) for seed in (6, 7))
    one, two, other = (
        estimators.gaussian_mixture(most=3, folds=2).fit(x, y, np.random.default_rng(seed)).log_ratio()
        for seed in (0, 0, 1)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_starts_come_from_rows_that_count(monkeypatch):
    monkeypatch.setattr(mixtures, "_FIRST_ROWS", 10)
    points = drawn(500, 2)
    shares = np.zeros(500)
    shares[:40] = 1 / 40
    found = mixtures._chosen(points, shares, 40.0, 3, np.random.default_rng(0))
    assert np.isfinite(mixtures._log_density(found, points)).all()
