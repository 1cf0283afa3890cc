"""Clopper and Pearson by enumeration, Kolmogorov's quantile, folded normal sums against quadrature."""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats
from tests.close import assert_close

from kullback.estimators import binned_kolmogorov_smirnov, binned_wasserstein
from kullback.intervals import Blocks, Independent, binomial, folded_normal, kolmogorov


@pytest.mark.parametrize("rows", [1, 7, 50])
def test_clopper_pearson_covers_exactly(rows):
    ends = np.array([binomial.interval(count, rows) for count in range(rows + 1)])
    for share in np.linspace(0.001, 0.999, 57):
        inside = (ends[:, 0] <= share) & (share <= ends[:, 1])
        assert stats.binom.pmf(np.arange(rows + 1), rows, share)[inside].sum() >= 0.95 - 1e-9


@pytest.mark.parametrize(("count", "rows"), [(0, 10), (10, 10), (3, 10), (5, 1_000_000), (400_000, 10**6), (2.5, 31.7)])
def test_clopper_pearson_is_the_beta_quantile(count, rows):
    low, high = binomial.interval(count, rows)
    assert_close(low, special.betaincinv(count, rows - count + 1, 0.025) if count else 0.0, 1e-7)
    assert_close(high, special.betaincinv(count + 1, rows - count, 0.975) if count < rows else 1.0, 1e-7)
    with pytest.raises(ValueError, match="count is"):
        binomial.interval(rows + 1, rows)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.975, 0.9999])
def test_kolmogorov_quantile(level):
    assert_close(kolmogorov.quantile(level), special.kolmogi(1 - level), 1e-10)


def test_moments_of_one_and_two_folded_normals_by_quadrature():
    # Two cells move as one: T = |N(μ, σ)|, whose three moments are integrals.
    p, q = Independent([40, 60]), Independent([50, 50])
    noise = folded_normal._Noise.of(p, q, np.array([0.5, 0.5]), cumulative=False)
    sd = noise.deviations[0]
    for mean in (0.0, 0.3 * sd, sd, 4 * sd):
        law = stats.foldnorm(mean / sd, scale=sd)
        moments = [float(m[0]) for m in noise.moments(np.array([[mean, -mean]]))]
        # Mehler's series is cut at the sixth order: 2 % of a standard deviation at ρ = −1.
        assert_close(moments[0], law.mean(), 1e-6)
        assert_close(moments[1], law.std(), 2e-2)
        assert_close(moments[2], float(law.stats("s")), 0.1, 1e-3)


def test_covariance_of_absolute_values_is_the_known_one():
    # At zero: (2/π)(√(1 − ρ²) + ρ asin ρ − 1), here checked against the double integral and our variance.
    rho = -0.4

    def density(x, y):
        return np.exp(-(x * x - 2 * rho * x * y + y * y) / (2 * (1 - rho**2))) / (2 * math.pi * math.sqrt(1 - rho**2))

    known = 2 / math.pi * (math.sqrt(1 - rho**2) + rho * math.asin(rho) - 1)
    integral = integrate.dblquad(lambda y, x: abs(x * y) * density(x, y), -8, 8, -8, 8, epsabs=1e-8)[0] - 2 / math.pi
    assert_close(known, integral, 1e-5)
    series = sum(c * c * rho**r / math.factorial(r) for r, c in ((2, 2.0), (4, -2.0), (6, 6.0)))
    assert_close(series / (2 * math.pi), known, 2e-3)


@pytest.mark.parametrize("cumulative", [False, True])
def test_moments_of_many_cells_by_simulation(cumulative):
    rng = np.random.default_rng(8)
    k = 12
    shares = rng.dirichlet(np.full(k, 3.0))
    p, q = Independent(5000 * shares), Independent(3000 * shares)
    w = rng.uniform(0.5, 2.0, k)
    w[-1] = 0.0 if cumulative else w[-1]
    noise = folded_normal._Noise.of(p, q, w, cumulative=cumulative)
    difference = rng.multinomial(5000, shares, 100_000) / 5000 - rng.multinomial(3000, shares, 100_000) / 3000
    difference = (np.cumsum(difference, axis=1) if cumulative else difference)[:, noise.kept]
    for scale in (0.0, 0.7, 3.0):
        mean = scale * noise.deviations * np.where(np.arange(len(noise.weights)) % 3, 1.0, -0.5)
        total = np.abs(difference + mean) @ noise.weights
        found = [float(m[0]) for m in noise.moments(mean[None])]
        assert_close(found[0], total.mean(), 1e-2)
        assert_close(found[1], total.std(), 3e-2)
        # The third cumulant is a rough one where cells depend on each other: never too large.
        assert -0.05 < stats.skew(total) - found[2] < (1.0 if cumulative else 0.2)


@pytest.mark.parametrize("effect", [0.0, 0.05, 0.4])
def test_ordered_distances_cover(effect):
    rng = np.random.default_rng(13)
    k = 8
    p = np.full(k, 1 / k)
    q = p * np.exp(effect * np.linspace(-1, 1, k))
    q /= q.sum()
    difference = np.cumsum(p) - np.cumsum(q)
    truth = {"KS": np.abs(difference).max(), "W1": np.abs(difference).sum()}
    missed = dict.fromkeys(truth, 0)
    edges, atoms = np.arange(float(k)), np.ones(k + 1, bool)
    extent = (0.0, k - 1.0)
    for _ in range(300):
        x, y = (Independent(np.append(rng.multinomial(1500, side), 0)) for side in (p, q))
        for found in (
            binned_kolmogorov_smirnov(x, y, atoms=atoms),
            binned_wasserstein(x, y, edges, p_range=extent, q_range=extent, atoms=atoms),
        ):
            name = found.divergence
            missed[name] += not found.low - 1e-12 <= truth[name] <= found.high + 1e-12
            assert 0 <= found.low <= found.value <= found.high
    assert max(missed.values()) < 0.075 * 300


def test_far_away_the_interval_is_that_of_the_delta_method():
    p, q = Independent([4000, 3000, 2000, 1000]), Independent([1000, 2000, 3000, 4000])
    found = folded_normal.interval(p, q, np.full(4, 0.5))
    gradient = 0.5 * np.sign(p.shares - q.shares)
    half = 1.06 * 1.959964 * math.sqrt(p.variance(gradient) + q.variance(gradient))
    assert_close([found.value, found.low, found.high], [0.4, 0.4 - half, 0.4 + half], 2e-3)


def test_identical_sides_and_blocks():
    cells = np.array([50, 30, 20])
    found = folded_normal.interval(Independent(cells), Independent(3 * cells), np.full(3, 0.5))
    assert (found.plug_in, found.value, found.low) == (0.0, 0.0, 0.0)
    assert 0.0 < found.high < 0.2
    assert kolmogorov.interval(Independent([5]), Independent([7])) == (0.0, 0.0)
    rng = np.random.default_rng(1)
    matrices = [rng.multinomial(100, rng.dirichlet([5, 5, 5], 40)) for _ in range(2)]
    widths = [
        kolmogorov.interval(*map(kind, sides))[1]
        for kind, sides in ((Blocks, matrices), (Independent, [m.sum(axis=0) for m in matrices]))
    ]
    assert widths[0] > 1.3 * widths[1]
