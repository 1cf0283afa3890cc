"""Estimators from fitted densities and cells: exact expectations, closed forms, and the laws that they claim."""

import math

import numpy as np
import pytest
from scipy.special import roots_genlaguerre, roots_hermite
from tests.close import assert_close

import kullback.estimators as estimators
from kullback.divergences import chi2, hellinger, jeffreys, js, kl, renyi
from kullback.estimators.gaussian import _kl, _Moments
from kullback.sample import Model, Sample, sample_of

ALL = {
    "normal": estimators.gaussian(),
    "shrunk": estimators.gaussian(shrinkage="auto"),
    "mixture": estimators.gaussian_mixture(most=3, folds=2),
    "kernels": estimators.kernel_density(folds=2),
    "scott": estimators.kernel_density(bandwidth="scott", folds=2),
    "cells": estimators.quantile_histogram(),
}


def rng(seed=0):
    return np.random.default_rng(seed)


def fitted(method, x, y, seed=0):
    x, y = (side if isinstance(side, Sample) else sample_of(side) for side in (x, y))
    return method.fit(x, y, rng(seed))


def of_kl(method, x, y, seed=0):
    return fitted(method, x, y, seed).value(kl).value


def pair(n=300, m=250, d=1, seed=1):
    draws = rng(seed)
    return draws.normal(size=(n, d)), 0.5 + 1.4 * draws.normal(size=(m, d))


@pytest.mark.parametrize("name", ALL)
class TestLaws:
    def test_affine_maps_change_nothing(self, name):
        x, y = pair()
        for scale, shift in ((1e-6, 3.0), (-7.0, 1e3), (1e100, 0.0)):
            moved = of_kl(ALL[name], scale * x + shift, scale * y + shift)
            # A shift of 3 and a scale of 1e-6 leave 9 digits of the numbers; cells may end at another row.
            assert_close(moved, of_kl(ALL[name], x, y), 2e-2 if name == "cells" else 1e-6)

    def test_same_bits_again(self, name):
        x, y = pair()
        first, second = (fitted(ALL[name], x, y).value(kl) for _ in range(2))
        assert first.value == second.value
        assert np.array_equal(first.influence_x, second.influence_x)
        assert np.array_equal(first.influence_y, second.influence_y)

    def test_near_the_truth(self, name):
        truth = math.log(2.0) + (1.0 + 1.0) / 8.0 - 0.5
        draws = rng(3)
        x, y = draws.normal(size=3000), 1.0 + 2.0 * draws.normal(size=3000)
        fit = fitted(ALL[name], x, y)
        value = fit.value(kl)
        assert abs(value.value - truth) < 0.06
        error = math.sqrt(np.square(value.influence_x).mean() / 3000 + np.square(value.influence_y).mean() / 3000)
        efficient = 0.019
        assert 0.7 * efficient < error < 1.5 * efficient
        back = math.log(0.5) + (4.0 + 1.0) / 2.0 - 0.5
        # Kernels and cells say too much and ∞ where Q's tails hold rows and P's none: the models go on there.
        if name in ("normal", "shrunk", "mixture"):
            assert abs(fit.value(kl.reverse).value - back) < 0.15
        affinity = math.sqrt(4.0 / 5.0) * math.exp(-1.0 / 20.0)
        assert abs(fit.value(hellinger).value - math.sqrt(1.0 - affinity)) < 0.02
        assert abs(fit.value(renyi(0.5)).value + 2.0 * math.log(affinity)) < 0.03

    def test_weights_are_odds_of_being_drawn(self, name):
        # Uniform rows with the weight 2x have the density 2x: KL from the uniform is ln 2 − 1/2.
        draws = rng(4)
        x, y = draws.uniform(size=4000), draws.uniform(size=4000)
        weighted = sample_of(x, weights=2.0 * x)
        if name in ("normal", "shrunk"):
            truth = float(np.log(np.sqrt(1 / 12) / np.sqrt(1 / 18))) + (1 / 18 + 1 / 36) * 6 - 0.5
        else:
            truth = math.log(2.0) - 0.5
        assert abs(fitted(ALL[name], weighted, y).value(kl).value - truth) < 0.06

    def test_influences_are_centred(self, name):
        found = fitted(ALL[name], *pair()).value(js)
        assert found.influence_x.shape == (300,)
        assert found.influence_y.shape == (250,)
        assert abs(found.influence_x.mean()) < 1e-9
        assert abs(found.influence_y.mean()) < 1e-9


@pytest.mark.parametrize("name", ["normal", "shrunk", "cells"])
def test_reverse_is_the_arguments_swapped(name):
    x, y = pair()
    for divergence in (kl, renyi(0.7), chi2):
        forth = fitted(ALL[name], x, y).value(divergence)
        back = fitted(ALL[name], y, x).value(divergence.reverse)
        assert_close(back.value, forth.value, 1e-7)
        assert_close(back.influence_y, forth.influence_x, 1e-6, 1e-9)
    both = fitted(ALL[name], x, y).value(jeffreys).value
    assert_close(both, of_kl(ALL[name], x, y) + of_kl(ALL[name], y, x), 0.05 if name == "cells" else 1e-12)


@pytest.mark.parametrize("name", ["normal", "shrunk", "cells"])
def test_order_of_rows(name):
    x, y = pair()
    assert_close(of_kl(ALL[name], x[rng(1).permutation(300)], y[::-1]), of_kl(ALL[name], x, y), 1e-10)


class TestNormals:
    def test_no_bias_at_ten_rows(self):
        # The value is a function of two χ² variances and the gap of the means, which are independent: its mean over
        # their laws, by Gauss quadrature, is KL itself.
        n, m, mean, deviation = 12, 10, 0.8, 1.5
        truth = math.log(deviation) + (1.0 + mean**2) / (2.0 * deviation**2) - 0.5

        def variances(rows):
            nodes, weights = roots_genlaguerre(48, 0.5 * (rows - 1) - 1.0)
            return 2.0 * nodes / rows, weights / weights.sum()

        nodes, weights = roots_hermite(4)
        spread = math.sqrt(1.0 / n + deviation**2 / m)
        gaps, of_gaps = mean + math.sqrt(2.0) * spread * nodes, weights / weights.sum()

        def moments(centre, variance, rows):
            return _Moments(
                np.zeros((1, 1)),
                np.array([centre]),
                np.array([[variance]]),
                np.array([[1.0 / variance]]),
                math.log(variance),
                float(rows),
                np.ones(1),
                0.0,
            )

        total = 0.0
        for variance_p, share_p in zip(*variances(n), strict=True):
            for variance_q, share_q in zip(*variances(m), strict=True):
                for gap, share in zip(gaps, of_gaps, strict=True):
                    value, _, _ = _kl(moments(0.0, variance_p, n), moments(gap, deviation**2 * variance_q, m))
                    total += share_p * share_q * share * value
        assert_close(total, truth, 1e-3)

    def test_the_closed_form(self):
        # So many rows that bias plays no part: the formula at the moments of the samples.
        x, y = pair(4000, 4000, 3, seed=5)
        p, q = np.cov(x.T, bias=True), np.cov(y.T, bias=True)
        gap = x.mean(axis=0) - y.mean(axis=0)
        inverse = np.linalg.inv(q)
        plain = np.trace(inverse @ p) + gap @ inverse @ gap - 3 + np.linalg.slogdet(q)[1] - np.linalg.slogdet(p)[1]
        assert_close(of_kl(estimators.gaussian(), x, y), 0.5 * plain, 0.0, 0.005)

    def test_influences_are_derivatives_in_the_weights(self):
        x, y = pair(400, 300, 2)
        method, step = estimators.gaussian(), 1e-4
        found = fitted(method, x, y).value(kl)
        for side, row in (("x", 3), ("x", 250), ("y", 10), ("y", 299)):
            ends = []
            for amount in (step, -step):
                weights = [np.ones(400), np.ones(300)]
                chosen = weights[side == "y"]
                chosen *= 1.0 - amount
                chosen[row] += amount * len(chosen)
                ends.append(of_kl(method, sample_of(x, weights=weights[0]), sample_of(y, weights=weights[1])))
            expected = (ends[0] - ends[1]) / (2.0 * step)
            actual = (found.influence_x if side == "x" else found.influence_y)[row]
            # What frees of bias is of order 1/n and moves too.
            assert_close(actual, expected, 0.03, 0.02)

    def test_far_apart(self):
        draws = rng(6)
        assert abs(of_kl(estimators.gaussian(), draws.normal(size=1000), 8.0 + draws.normal(size=1000)) - 32.0) < 4.0

    def test_more_columns_than_rows(self):
        draws = rng(7)
        x, y = draws.normal(size=(40, 60)), draws.normal(size=(40, 60))
        with pytest.raises(ValueError, match=r'gaussian\(shrinkage="auto"\)'):
            fitted(estimators.gaussian(), x, y)
        found = fitted(estimators.gaussian(shrinkage="auto"), x, y)
        assert 0.0 < found.diagnostics["shrinkage of P"] < 1.0
        assert 0.0 <= found.value(kl).value < 5.0

    def test_against_a_model(self):
        x = rng(8).normal(size=3000)
        model = Model(
            lambda rows: -0.5 * np.square(rows[:, 0] / 2.0) - math.log(2.0 * math.sqrt(2 * math.pi)), None, "q"
        )
        value = estimators.gaussian().fit(sample_of(x), model, rng()).value(kl)
        assert abs(value.value - math.log(2.0) + 0.375) < 0.03
        assert value.influence_y.shape == (0,)
        with pytest.raises(NotImplementedError, match="rows drawn from Q"):
            estimators.gaussian().fit(sample_of(x), model, rng()).value(js)

    def test_settings(self):
        with pytest.raises(ValueError, match="below 1"):
            estimators.gaussian(shrinkage=1.5)


class TestMixtures:
    def test_humps_that_no_normal_has(self):
        draws = rng(9)
        corners = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
        x = 2.0 * corners[draws.integers(2, size=1500)] + 0.4 * draws.normal(size=(1500, 2))
        y = 2.0 * corners[draws.integers(4, size=1500)] + 0.4 * draws.normal(size=(1500, 2))
        assert abs(of_kl(estimators.gaussian_mixture(folds=3), x, y) - math.log(2.0)) < 0.05
        assert abs(of_kl(estimators.gaussian(), x, y) - math.log(2.0)) > 0.1

    def test_new_rows_are_taken_to_the_same_coordinates(self):
        # Pooled directions of nearly equal variance: their signs must not be found anew for new rows.
        draws = rng(10)
        for size in (801, 802, 803, 804):
            x, y = draws.normal(size=(size, 2)), draws.normal((1.5, 0.0), size=(size, 2))
            x, y = (Sample(np.asfortranarray(side), np.empty((size, 0), np.int64), (), ("a", "b")) for side in (x, y))
            for learner in (estimators.GaussianMixture(most=2), estimators.KernelDensity(0.3)):
                scores = learner.learn(x, y, rng())
                assert scores(x).mean() > 0.7
                assert -scores(y).mean() > 0.7
                fresh = sample_of(np.ascontiguousarray(x.numbers))
                assert_close(scores(fresh), scores(x), 1e-9, 1e-9)

    def test_settings(self):
        with pytest.raises(ValueError, match="at least one component"):
            estimators.gaussian_mixture(most=0)


class TestKernels:
    def test_the_sum_of_kernels(self):
        x, y = pair(50, 40)
        scores = estimators.KernelDensity(0.4).learn(sample_of(x), sample_of(y), rng())
        at = np.array([-1.0, 0.0, 2.5])
        logs = []
        for side in (x[:, 0], y[:, 0]):
            width = 0.4 * side.std()
            kernels = np.exp(-0.5 * np.square((at[:, None] - side) / width)) / (width * math.sqrt(2 * math.pi))
            logs.append(np.log(kernels.mean(axis=1)))
        assert_close(scores(sample_of(at)), logs[0] - logs[1], 1e-9)

    def test_far_rows_have_finite_scores(self):
        x, y = pair()
        scores = estimators.KernelDensity(0.1).learn(sample_of(x), sample_of(y), rng())
        assert np.isfinite(scores(sample_of([1e6, -1e9]))).all()

    def test_rows_in_a_hyperplane(self):
        x, y = pair(d=1)
        with pytest.raises(ValueError, match="1 of 2 directions"):
            fitted(estimators.kernel_density(), np.hstack([x, x]), np.hstack([y, y]))

    def test_settings(self):
        with pytest.raises(ValueError, match="a number above 0"):
            estimators.kernel_density(bandwidth=-1.0)


class TestCells:
    def test_the_plug_in_value_less_its_bias(self):
        x, y = np.repeat([0.0, 1.0, 2.0, 3.0], [40, 30, 20, 10]), np.repeat([0.0, 1.0, 2.0, 3.0], [10, 20, 30, 40])
        found = fitted(estimators.quantile_histogram(cells=4), x, y)
        assert found.diagnostics["cells"] == 4
        p, q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])
        # Σ p ln(p/q) − ½ Σ [(1 − p)/n + (p/q²) q (1 − q)/m], the latter times its correction for thin cells.
        plain, bias = p @ np.log(p / q), 0.5 * ((1 - p) / 100 + p / q * (1 - q) / 100).sum()
        assert abs(found.value(kl).value - (plain - bias)) < 0.3 * bias
        assert_close(found.log_ratio()[0][[0, 99]], np.log([4.0, 0.25]))
        scores = np.log(p / q)
        assert_close(found.value(kl).influence_x[0], scores[0] - p @ scores, 1e-9)

    def test_equal_samples_have_none(self):
        x = rng(11).normal(size=1000)
        assert abs(of_kl(estimators.quantile_histogram(), x, x[::-1])) < 0.03

    def test_infinite_where_a_cell_has_only_p(self):
        value = fitted(estimators.quantile_histogram(), np.arange(100.0), 1000.0 + np.arange(100.0)).value(kl)
        assert value.value == math.inf
        note = fitted(estimators.quantile_histogram(), np.arange(100.0), 1000.0 + np.arange(100.0)).notes[0]
        # One cell lies across the gap.
        assert note == "89 % of P lies in cells where Q has no rows: KL of the cells is infinite"
        assert np.array_equal(value.influence_x, np.zeros(100))

    def test_one_column_only(self):
        with pytest.raises(ValueError, match="takes one column of numbers"):
            fitted(estimators.quantile_histogram(), *pair(d=2))
        with pytest.raises(ValueError, match="at least 2"):
            estimators.quantile_histogram(cells=1)
