"""Neighbour estimators: against loops over all pairs, exact expectations, and the laws that they claim."""

import math

import mpmath
import numpy as np
import pytest
from scipy.special import digamma
from tests.close import assert_close

import kullback.estimators as estimators
from kullback.divergences import hellinger, jeffreys, js, kl, renyi, tv
from kullback.sample import Model, Sample, sample_of

GRAPHS = {
    "shared": lambda **more: estimators.shared_radius(k=4, **more),
    "nearest": lambda **more: estimators.nearest_neighbours(k=3, **more),
    "bias-reduced": lambda **more: estimators.bias_reduced_neighbours(k=2, **more),
}


def rng(seed=0):
    return np.random.default_rng(seed)


def fitted(method, x, y, seed=0):
    x, y = (side if isinstance(side, Sample) else sample_of(side) for side in (x, y))
    return method.fit(x, y, rng(seed))


def of_kl(method, x, y, seed=0):
    return fitted(method, x, y, seed).value(kl).value


def pair(n=80, m=60, d=2, seed=1):
    draws = rng(seed)
    return draws.normal(size=(n, d)), 0.4 + 1.3 * draws.normal(size=(m, d))


def distances(points, row):
    return np.sqrt(np.square(points - row).sum(axis=1))


def by_loops(name, x, y, weights=None, groups=None):
    """ln(p/q) at the rows of x, one after another."""
    found = []
    wx, wy = weights or (np.ones(len(x)), np.ones(len(y)))
    gx, gy = groups or (np.arange(len(x)), -1 - np.arange(len(y)))
    for i, row in enumerate(x):
        sides = []
        for points, weight, group in ((x, wx, gx), (y, wy, gy)):
            kept = group != gx[i]
            order = np.argsort(distances(points[kept], row), kind="stable")
            sides.append((distances(points[kept], row)[order], (weight[kept] / weight[kept].sum())[order]))
        (dx, px), (dy, py) = sides

        def log_mass(shares, shape=0.0):
            rows = shares.sum() ** 2 / np.square(shares).sum()
            return math.log(shares.sum()) + digamma(rows + shape) - math.log(rows)

        if name == "nearest":
            found.append(x.shape[1] * math.log(dy[2] / dx[2]) + log_mass(px[:3]) - log_mass(py[:3]))
            continue
        k = 4 if name == "shared" else 2
        radius = max(dx[k - 1], dy[k - 1])
        a, b = int((dx <= radius).sum()), int((dy <= radius).sum())
        if name == "shared":
            ahead = dx[k - 1] < radius, dy[k - 1] < radius
            found.append(log_mass(px[:a], ahead[0]) - log_mass(py[:b], ahead[1]))
        else:
            found.append(x.shape[1] * math.log(dy[b - 1] / dx[a - 1]) + log_mass(px[:a]) - log_mass(py[:b]))
    return np.array(found)


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("name", GRAPHS)
def test_log_ratios_are_those_of_loops_over_all_pairs(name, d):
    x, y = pair(d=d)
    fit = fitted(GRAPHS[name](transform=None), x, y)
    at_x, at_y = fit.log_ratio()
    assert_close(at_x, by_loops(name, x, y), 1e-12, 1e-13)
    assert_close(at_y, -by_loops(name, y, x), 1e-12, 1e-13)
    assert_close(fit.value(kl).value, at_x.mean(), 1e-12)
    assert_close(fit.value(kl.reverse).value, -at_y.mean(), 1e-12)
    assert_close(fit.value(jeffreys).value, at_x.mean() - at_y.mean(), 1e-12)


@pytest.mark.parametrize("name", GRAPHS)
def test_weights_count_rows_more_than_once(name):
    x, y = pair()
    weights = rng(2).uniform(0.5, 2.0, len(x)), rng(3).uniform(0.2, 2.0, len(y))
    samples = [sample_of(side, weights=weight) for side, weight in zip((x, y), weights, strict=True)]
    fit = fitted(GRAPHS[name](transform=None), *samples)
    expected = by_loops(name, x, y, weights)
    assert_close(fit.log_ratio()[0], expected, 1e-11, 1e-12)
    assert_close(fit.value(kl).value, weights[0] @ expected / weights[0].sum(), 1e-12)


@pytest.mark.parametrize("name", GRAPHS)
def test_rows_of_a_group_are_no_neighbours(name):
    x, y = pair()
    groups = rng(4).integers(0, 20, len(x)), rng(5).integers(10, 30, len(y))
    samples = [
        Sample(side, np.empty((len(side), 0), np.int64), (), ("a", "b"), None, group)
        for side, group in zip((x, y), groups, strict=True)
    ]
    fit = fitted(GRAPHS[name](transform=None), *samples)
    assert_close(fit.log_ratio()[0], by_loops(name, x, y, groups=groups), 1e-11, 1e-12)


def test_a_group_of_copies_is_no_evidence():
    draws = rng(6)
    x, y = draws.normal(size=(400, 1)), draws.normal(size=(400, 1))
    copied = np.repeat(x, 8, axis=0) + 1e-9 * draws.normal(size=(3200, 1))
    grouped = Sample(copied, np.empty((3200, 0), np.int64), (), ("a",), None, np.repeat(np.arange(400), 8))
    other = Sample(y, np.empty((400, 0), np.int64), (), ("a",), None, 400 + np.arange(400))
    alone = of_kl(estimators.nearest_neighbours(k=5), copied, y)
    together = of_kl(estimators.shared_radius(k=20), grouped, other)
    assert alone > 3.0
    assert abs(together) < 0.1


@pytest.mark.parametrize("ratio", [0.2, 1.0, 3.0, 17.0])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_digammas_of_a_shared_radius_have_no_bias(k, ratio):
    # Rows of x and y come in the order of their distance, each from P with chance η; growth ends with the k-th of the
    # rarer side. The mean of ψ(l + [ahead]) − ψ(r + [ahead]) over all orders is ln(p/q), to all digits.
    with mpmath.workdps(40):
        chance = mpmath.mpf(ratio) / (1 + mpmath.mpf(ratio))

        def ended_by(rare, often):
            total = mpmath.mpf(0)
            ways, digamma = mpmath.binomial(2 * k - 1, k) * often**k * rare**k, mpmath.digamma(k + 1)
            for rows in range(k, 3000):
                total += ways * (digamma - mpmath.digamma(k))
                if ways < mpmath.mpf(10) ** -35:
                    break
                ways *= often * (rows + k) / (rows + 1)
                digamma += mpmath.mpf(1) / (rows + 1)
            return total

        mean = ended_by(1 - chance, chance) - ended_by(chance, 1 - chance)
        assert abs(mean - mpmath.log(ratio)) < mpmath.mpf(10) ** -25


def in_direction(value, x, y, row, side, step=1e-5):
    """The derivative of a value in the weight of a row, the other rows' weights shrinking by as much."""

    def at(amount):
        weights = {"x": np.ones(len(x)), "y": np.ones(len(y))}
        size = len(weights[side])
        weights[side] *= 1.0 - amount
        weights[side][row] += amount * size
        return value(sample_of(x, weights=weights["x"]), sample_of(y, weights=weights["y"]))

    return (at(step) - at(-step)) / (2.0 * step)


@pytest.mark.parametrize("divergence", [kl, kl.reverse, jeffreys])
@pytest.mark.parametrize("name", GRAPHS)
def test_influences_are_the_derivatives_in_the_weights(name, divergence):
    x, y = pair(30, 25)
    method = GRAPHS[name](transform=None)
    found = fitted(method, x, y).value(divergence)

    def value(first, second):
        return method.fit(first, second, rng()).value(divergence).value

    for row in (0, 7, 24):
        assert_close(found.influence_x[row], in_direction(value, x, y, row, "x"), 1e-4, 1e-4)
        assert_close(found.influence_y[row], in_direction(value, x, y, row, "y"), 1e-4, 1e-4)
    assert abs(found.influence_x.mean()) < 1e-12
    assert abs(found.influence_y.mean()) < 1e-12


@pytest.mark.parametrize("d", [1, 2])
def test_influences_give_the_variance_of_leaving_rows_out(d):
    x, y = pair(90, 80, d, seed=3)
    method = estimators.shared_radius(k=5, transform=None)
    found = fitted(method, x, y).value(kl)
    without_x = np.array([of_kl(method, np.delete(x, i, 0), y) for i in range(len(x))])
    without_y = np.array([of_kl(method, x, np.delete(y, i, 0)) for i in range(len(y))])
    jackknife = 0.0
    for influence, left in ((found.influence_x, without_x), (found.influence_y, without_y)):
        rows = len(left)
        jackknife += (rows - 1) / rows * np.square(left - left.mean()).sum()
        assert np.corrcoef(influence, -left)[0, 1] > 0.5
    graph = np.square(found.influence_x).mean() / len(x) + np.square(found.influence_y).mean() / len(y)
    assert 0.7 < math.sqrt(graph / jackknife) < 1.4


@pytest.mark.parametrize("name", GRAPHS)
class TestLaws:
    def test_order_of_rows_and_columns(self, name):
        x, y = pair(d=3)
        shuffled = x[rng(1).permutation(len(x))][:, [2, 0, 1]], y[rng(2).permutation(len(y))][:, [2, 0, 1]]
        for transform in ("whiten", "ranks", None):
            method = GRAPHS[name](transform=transform)
            assert_close(of_kl(method, *shuffled), of_kl(method, x, y), 1e-9)

    def test_affine_maps_change_nothing_after_whitening(self, name):
        x, y = pair(d=3)
        matrix = rng(7).normal(size=(3, 3)) @ np.diag([1e-3, 1.0, 1e4])
        moved = x @ matrix + 5.0, y @ matrix + 5.0
        assert_close(of_kl(GRAPHS[name](), *moved), of_kl(GRAPHS[name](), x, y), 1e-7)

    @pytest.mark.parametrize("scale", [1e-150, 3.0, 1e150])
    def test_scale(self, name, scale):
        x, y = pair()
        assert_close(of_kl(GRAPHS[name](), scale * x, scale * y), of_kl(GRAPHS[name](), x, y), 1e-9)

    def test_monotone_maps_change_nothing_after_ranks(self, name):
        x, y = pair()
        method = GRAPHS[name](transform="ranks")
        assert_close(of_kl(method, np.exp(x), np.exp(y)), of_kl(method, x, y), 1e-12)
        assert_close(of_kl(method, -x, -y), of_kl(method, x, y), 1e-9)

    def test_reverse_is_the_arguments_swapped(self, name):
        x, y = pair()
        back, forth = fitted(GRAPHS[name](), x, y).value(kl.reverse), fitted(GRAPHS[name](), y, x).value(kl)
        assert_close(back.value, forth.value, 1e-12)
        assert_close(back.influence_x, forth.influence_y, 1e-9, 1e-12)
        assert_close(back.influence_y, forth.influence_x, 1e-9, 1e-12)

    def test_same_bits_again(self, name):
        x, y = pair()
        first, second = (fitted(GRAPHS[name](), x, y).value(kl) for _ in range(2))
        assert first.value == second.value
        assert np.array_equal(first.influence_x, second.influence_x)

    def test_error_falls_with_the_rows(self, name):
        truth = math.log(2.0) - 0.375
        errors = []
        for n in (100, 3000):
            draws = [(rng(i).normal(size=n), 2.0 * rng(100 + i).normal(size=n)) for i in range(4)]
            errors.append(np.mean([abs(of_kl(GRAPHS[name](), *draw) - truth) for draw in draws]))
        assert errors[1] < 0.5 * errors[0]
        assert errors[1] < 0.04

    def test_repeated_values_are_told(self, name):
        x, y = pair()
        x[:31] = x[0]
        with pytest.raises(ValueError, match=r"x holds 31 repeated values.*kb\.estimators\.atoms"):
            of_kl(GRAPHS[name](transform=None), x, np.concatenate([y, np.tile(x[0], (5, 1))]))

    def test_columns_and_directions_in_which_nothing_varies(self, name):
        x, y = pair()
        wide = [np.column_stack([side, np.full(len(side), 7.0), side[:, 0] + side[:, 1]]) for side in (x, y)]
        fit = fitted(GRAPHS[name](), *wide)
        assert_close(fit.value(kl).value, of_kl(GRAPHS[name](), x, y), 1e-7)
        assert any("left out" in note for note in fit.notes)
        with pytest.raises(ValueError, match="one and the same row"):
            of_kl(GRAPHS[name](), np.ones((20, 2)), np.ones((20, 2)))

    def test_too_few_rows(self, name):
        with pytest.raises(ValueError, match="neighbours are asked for, and x has"):
            of_kl(GRAPHS[name](), np.arange(2.0), np.arange(10.0))

    def test_columns_of_names_are_refused(self, name):
        x = sample_of(rng().normal(size=20), codes=rng().integers(0, 3, 20))
        with pytest.raises(ValueError, match="strata"):
            fitted(GRAPHS[name](), x, x)

    def test_settings_are_read(self, name):
        with pytest.raises(ValueError, match='"whiten", "ranks" or None'):
            of_kl(GRAPHS[name](transform="sphere"), *pair())
        with pytest.raises(ValueError, match="at least 1"):
            type(GRAPHS[name]())(k=0)


def test_disjoint_supports_are_far_and_finite():
    draws = rng(8)
    x, y = draws.uniform(0, 1, 300), draws.uniform(5, 6, 300)
    for method in (*(make() for make in GRAPHS.values()), estimators.remainder(k=5)):
        found = fitted(method, x, y).value(kl)
        assert 2.0 < found.value < 60.0
        assert np.isfinite(found.influence_x).all()
        assert np.isfinite(found.influence_y).all()


def test_a_surface_in_ten_dimensions():
    # KL of the two planes that are bent: invariant under the map, so that of two-dimensional normals.
    truth = 0.5 * (2 / 1.69 + 2 * 0.49 / 1.69 - 2 + 2 * math.log(1.69))
    draws = rng(9)
    matrix = draws.normal(size=(4, 10))
    x, y = draws.normal(size=(1000, 2)), 0.7 + 1.3 * draws.normal(size=(1000, 2))
    x, y = (np.column_stack([side, np.sin(side)]) @ matrix for side in (x, y))
    assert abs(of_kl(estimators.shared_radius(), x, y) - truth) < 0.13
    assert abs(of_kl(estimators.remainder(), x, y) - truth) < 0.13
    # What the radii of different sizes do, in ten dimensions of which the rows fill two.
    assert of_kl(estimators.nearest_neighbours(), x, y) - truth > 0.3


@pytest.mark.parametrize("method", [estimators.shared_radius(k=10), estimators.remainder(k=10)], ids=["shared", "rest"])
def test_other_divergences(method):
    draws = rng(10)
    x, y = draws.normal(size=4000), 0.5 + 1.2 * draws.normal(size=4000)
    fit = fitted(method, x, y)

    def normal(at, mean, deviation):
        return mpmath.npdf(at, mean, deviation)

    def truth(term):
        return float(mpmath.quad(lambda t: term(normal(t, 0, 1), normal(t, 0.5, 1.2)), [-9, -3, -1, 0, 1, 3, 9]))

    middle = truth(lambda p, q: 0.5 * (p * mpmath.log(2 * p / (p + q)) + q * mpmath.log(2 * q / (p + q))))
    affinity = truth(lambda p, q: mpmath.sqrt(p * q))
    half = truth(lambda p, q: abs(p - q) / 2)
    order = 1.5
    expected = {
        js: (middle, 0.006),
        hellinger: (math.sqrt(1 - affinity), 0.02),
        tv: (half, 0.03),
        renyi(0.5): (-2 * math.log(affinity), 0.02),
        renyi(order): (math.log(truth(lambda p, q: p**order * q ** (1 - order))) / (order - 1), 0.03),
    }
    for divergence, (value, allowed) in expected.items():
        found = fit.value(divergence)
        assert abs(found.value - value) < allowed, (divergence, found.value, value)
        assert abs(found.influence_x.mean()) < 1e-9
        assert found.influence_x.shape == (4000,)


def test_powers_need_neighbours():
    with pytest.raises(NotImplementedError, match="neighbours: more than"):
        fitted(estimators.shared_radius(k=2), *pair()).value(renyi(6.0))


class TestAgainstAModel:
    @staticmethod
    def normal(deviation):
        return Model(
            lambda rows: -0.5 * np.square(rows[:, 0] / deviation) - math.log(deviation * math.sqrt(2 * math.pi)),
            lambda size, draws: deviation * draws.normal(size=(size, 1)),
            f"normal(0, {deviation})",
        )

    def test_the_value_and_its_units(self):
        x = rng(11).normal(size=3000)
        truth = math.log(2.0) - 0.375
        value = estimators.nearest_neighbours().fit(sample_of(x), self.normal(2.0), rng()).value(kl)
        assert abs(value.value - truth) < 0.05
        assert value.influence_y.shape == (0,)
        scaled = estimators.nearest_neighbours().fit(sample_of(1e6 * x), self.normal(2e6), rng()).value(kl)
        assert_close(scaled.value, value.value, 1e-9)
        plain = estimators.nearest_neighbours(transform=None).fit(sample_of(x), self.normal(2.0), rng()).value(kl)
        assert_close(plain.value, value.value, 1e-9)

    def test_rows_are_drawn_for_a_shared_radius(self):
        fit = estimators.shared_radius().fit(sample_of(rng(12).normal(size=2000)), self.normal(2.0), rng())
        assert abs(fit.value(kl).value - math.log(2.0) + 0.375) < 0.06
        assert any("drawn from normal" in note for note in fit.notes)

    def test_infinite_where_the_model_has_nothing(self):
        half = Model(lambda rows: np.where(rows[:, 0] > 0, -rows[:, 0], -np.inf), None, "exponential")
        fit = estimators.nearest_neighbours().fit(sample_of(np.linspace(-1, 3, 101)), half, rng())
        assert fit.value(kl).value == math.inf
        assert np.array_equal(fit.value(kl).influence_x, np.zeros(101))
        assert "% of P lies where Q has nothing" in fit.notes[0]

    def test_refusals(self):
        x = sample_of(rng().normal(size=50))
        with pytest.raises(NotImplementedError, match="rows from Q"):
            estimators.nearest_neighbours().fit(x, self.normal(1.0), rng()).value(js)
        with pytest.raises(ValueError, match="ranks leave no density"):
            estimators.nearest_neighbours(transform="ranks").fit(x, self.normal(1.0), rng())
        flat = sample_of(np.column_stack([x.numbers, 2 * x.numbers]))
        with pytest.raises(ValueError, match="1 of 2 directions"):
            estimators.nearest_neighbours().fit(flat, self.normal(1.0), rng())


class TestRemainder:
    def test_bias_of_neighbours_is_gone_in_five_and_ten_dimensions(self):
        for d, shift, off in ((5, 0.5, 0.1), (10, 0.4, 0.25)):
            truth, draws = 0.5 * d * shift**2, rng(13)
            x, y = draws.normal(size=(1000, d)), shift + draws.normal(size=(1000, d))
            assert truth - of_kl(estimators.shared_radius(), x, y) > off
            assert abs(of_kl(estimators.remainder(), x, y) - truth) < 0.1

    def test_narrow_q(self):
        truth = math.log(0.5) + 2.0 - 0.5
        draws = rng(14)
        x, y = draws.normal(size=1000), 0.5 * draws.normal(size=1000)
        assert truth - of_kl(estimators.shared_radius(), x, y) > 0.2
        assert abs(of_kl(estimators.remainder(), x, y) - truth) < 0.2

    def test_where_the_inner_ratio_sees_nothing_neighbours_do(self):
        draws = rng(15)
        signs = draws.choice([-1.0, 1.0], size=(1500, 2))
        x = 0.25 * draws.normal(size=(1500, 2)) + np.column_stack([signs[:, 0], signs[:, 0]])
        y = 0.25 * draws.normal(size=(1500, 2)) + signs
        # Half of Q's humps are P's, so that the ratio there is 2.
        linear = estimators.linear_logistic()
        assert abs(of_kl(linear, x, y)) < 0.02
        assert abs(of_kl(estimators.remainder(linear, k=5), x, y) - math.log(2.0)) < 0.05

    def test_a_constant_ratio_leaves_a_shared_radius(self):
        x, y = pair()
        constant = estimators.user_log_ratio(lambda rows: np.zeros(len(rows)))
        assert_close(
            of_kl(estimators.remainder(constant, k=4), x, y), of_kl(estimators.shared_radius(k=4), x, y), 1e-12
        )

    def test_the_bound_is_that_of_the_inner_fit(self):
        x, y = pair()
        fit, inner = (fitted(m, x, y) for m in (estimators.remainder(), estimators.quadratic_logistic()))
        assert fit.lower(kl).value == inner.lower(kl).value

    def test_among_all_rows_is_as_without_a_number(self):
        x, y = pair()
        all_of_them = estimators.remainder(rows=80)
        assert of_kl(all_of_them, x, y) == of_kl(estimators.remainder(), x, y)

    def test_among_some_rows(self):
        draws = rng(16)
        signs = draws.choice([-1.0, 1.0], size=(4000, 2))
        x = 0.25 * draws.normal(size=(4000, 2)) + np.column_stack([signs[:, 0], signs[:, 0]])
        weights = draws.uniform(0.5, 1.5, size=4000)
        first, second = sample_of(x, weights=weights), sample_of(0.25 * draws.normal(size=(4000, 2)) + signs)
        linear = estimators.linear_logistic()
        whole, some = (
            fitted(estimators.remainder(linear, k=5, rows=rows), first, second).value(kl) for rows in (None, 1500)
        )
        assert abs(some.value - math.log(2.0)) < 0.05
        # The inner fit sees nothing, so that all noise is that of the rows among which neighbours are looked for.
        for one, other, side in (
            (some.influence_x, whole.influence_x, first),
            (some.influence_y, whole.influence_y, second),
        ):
            assert abs(side.mean(one)) < 1e-12
            assert side.mean(one**2) == pytest.approx(4000 / 1500 * side.mean(other**2), rel=0.2)

    def test_no_more_rows_than_neighbours(self):
        with pytest.raises(ValueError, match="rows is 10"):
            estimators.remainder(k=10, rows=10)

    def test_an_inner_method_without_log_ratios(self):
        with pytest.raises(ValueError, match="gives no log-ratio"):
            fitted(estimators.remainder(Silent()), *pair())


class Silent(estimators.Method):
    title = "silent"

    def fit(self, x, y, rng):
        from kullback.estimators.method import Given

        return Given(x, y, {})
