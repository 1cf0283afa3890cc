"""Estimators from counts: laws that all obey, formulas by exact arithmetic, and what peers get wrong."""

import math
from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp
from tests.close import assert_close

import kullback as kb
from kullback import estimators
from kullback.divergences import catalogue
from kullback.estimators.count_functional import functional
from kullback.estimators.counting import joint_counts, symbols_of
from kullback.sample import Model, Sample, sample_of

METHODS = {
    "plug-in": estimators.plug_in_counts(),
    "add ½": estimators.add_constant(),
    "Miller–Madow": estimators.miller_madow(),
    "jackknife": estimators.jackknife(),
    "Zhang–Grabchak": estimators.zhang_grabchak(),
    "augmented": estimators.augmented_plug_in(),
    "Dirichlet": estimators.dirichlet_posterior(number=200),
    "empirical Bayes": estimators.empirical_bayes(),
    "counts": estimators.counts(),
}
by_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
SMOOTH = (kb.kl, kb.kl.reverse, kb.jeffreys, kb.js, kb.hellinger, kb.chi2, kb.renyi(0.7), kb.divergences.tsallis(1.5))

P = np.array([5, 3, 8, 1, 4, 6, 2, 7, 3, 1]) / 40
Q = np.array([2, 6, 5, 3, 6, 4, 2, 5, 3, 4]) / 40


def rng():
    return np.random.default_rng(0)


def coded(codes, weights=None, groups=None):
    found = sample_of(np.empty((len(codes), 0)), np.asarray(codes), weights)
    return Sample(found.numbers, found.codes, found.alphabet, found.names, found.weights, groups)


def drawn(p, rows, seed):
    return coded(np.random.default_rng(seed).choice(len(p), rows, p=p))


def value(method, x, y, divergence=kb.kl):
    return method.fit(x, y, rng()).value(divergence)


def spread(found, x, y):
    of_y = np.square(found.influence_y).mean() / y.rows if found.influence_y.size else 0.0
    return math.sqrt(np.square(found.influence_x).mean() / x.rows + of_y)


@by_method
def test_every_divergence_comes_near_its_truth(method):
    x, y = drawn(P, 40_000, 1), drawn(Q, 40_000, 2)
    fit, answered = method.fit(x, y, rng()), 0
    for divergence in catalogue:
        try:
            found = fit.value(divergence)
        except NotImplementedError as told:
            assert "kb.estimators" in str(told) or "kb.js" in str(told)
            continue
        answered += 1
        assert_close(found.influence_x.mean(), 0.0, absolute=1e-9)
        assert_close(found.influence_y.mean(), 0.0, absolute=1e-9)
        truth = float(divergence(P, Q))
        assert abs(found.value - truth) <= 5.0 * spread(found, x, y) + 2e-4 * max(1.0, truth), divergence
    assert answered >= (3 if method is METHODS["augmented"] else len(catalogue) - 5)


@by_method
def test_the_error_falls_with_the_rows(method):
    errors = []
    for rows in (100, 1600, 25_600):
        found = [value(method, drawn(P, rows, s), drawn(Q, rows, s + 50)).value - kb.kl(P, Q) for s in range(20)]
        errors.append(np.sqrt(np.mean(np.square(np.where(np.isfinite(found), found, 1.0)))))
    assert errors[2] < 0.5 * errors[1] < 0.5 * errors[0]


@by_method
@pytest.mark.parametrize("divergence", SMOOTH, ids=repr)
def test_the_reverse_is_that_of_the_swapped_samples(method, divergence):
    x, y = drawn(P, 700, 3), drawn(Q, 400, 4)
    try:
        found = value(method, x, y, divergence.reverse)
    except NotImplementedError:
        pytest.skip("not of this method")
    if method is METHODS["Dirichlet"] and divergence.name not in ("kl", "jeffreys"):
        pytest.skip("from draws, which are others")
    swapped = value(method, y, x, divergence)
    assert_close(found.value, swapped.value, 1e-7, 1e-9)
    assert_close(found.influence_x, swapped.influence_y, 1e-6, 1e-9)


@by_method
def test_neither_the_order_of_rows_nor_the_names_of_symbols_matter(method):
    x, y = drawn(P, 300, 5), drawn(Q, 500, 6)
    order = np.random.default_rng(7).permutation(300)
    names = np.random.default_rng(8).permutation(10)
    first, second = coded(names[x.codes[order, 0]]), coded(names[y.codes[:, 0]])
    plain, other = value(method, x, y), value(method, first, second)
    assert_close(other.value, plain.value, 1e-9, 1e-12)
    assert_close(other.influence_x, plain.influence_x[order], 1e-9, 1e-12)


@by_method
def test_the_same_seed_gives_the_same_bits(method):
    x, y = drawn(P, 300, 5), drawn(Q, 500, 6)
    for divergence in (kb.kl, kb.kl.reverse):
        first, again = value(method, x, y, divergence), value(method, x, y, divergence)
        assert first.value == again.value
        assert np.array_equal(first.influence_x, again.influence_x)


@by_method
def test_weights_that_are_equal_change_nothing(method):
    x, y = drawn(P, 300, 5), drawn(Q, 500, 6)
    weighted = coded(x.codes[:, 0], np.full(300, 3.0)), coded(y.codes[:, 0], np.full(500, 0.1))
    assert_close(value(method, *weighted).value, value(method, x, y).value, 1e-9, 1e-12)


def test_weights_are_repeated_rows():
    x, y = drawn(P, 60, 5), drawn(Q, 80, 6)
    times = np.random.default_rng(9).integers(1, 5, 60)
    repeated, weighted = coded(np.repeat(x.codes[:, 0], times)), coded(x.codes[:, 0], times)
    for divergence in (kb.kl.reverse, kb.js, kb.hellinger, kb.tv):
        expected = value(METHODS["plug-in"], repeated, y, divergence)
        found = value(METHODS["plug-in"], weighted, y, divergence)
        assert_close(found.value, expected.value, 1e-12)
        assert_close(np.repeat(found.influence_x, times), expected.influence_x, 1e-9, 1e-12)
    # Rows that are not independent of each other say less: the correction of bias is larger.
    mean = float((times / times.sum()) @ (times / times.sum())) ** -1
    assert_close(joint_counts(weighted, y).rows_p, mean, 1e-12)


def test_copies_in_groups_count_once():
    base = np.random.default_rng(10).choice(10, 200, p=P)
    groups = np.repeat(np.arange(200), 5)
    found = joint_counts(coded(np.repeat(base, 5), groups=groups), drawn(Q, 500, 6))
    assert 190.0 < found.rows_p < 210.0
    scattered = joint_counts(coded(np.repeat(base, 5), groups=np.arange(1000) % 250), drawn(Q, 500, 6))
    assert scattered.rows_p > 700.0
    with pytest.raises(ValueError, match="one group"):
        joint_counts(coded(base, groups=np.zeros(200, np.int64)), drawn(Q, 500, 6))


@pytest.mark.parametrize("name", ["plug-in", "add ½", "augmented", "Zhang–Grabchak", "Miller–Madow"])
def test_influences_are_the_derivatives_by_the_weight_of_a_row(name):
    x, y = drawn(P, 2000, 11), drawn(Q, 2000, 12)
    step = 1e-3
    plain = value(METHODS[name], x, y)
    for row in (0, 7, 42):
        weights = np.ones(2000)
        weights[row] += step
        first = value(METHODS[name], coded(x.codes[:, 0], weights), y).value - plain.value
        second = value(METHODS[name], x, coded(y.codes[:, 0], weights)).value - plain.value
        slack = 0.03 * np.abs(plain.influence_x).max()
        assert_close(first * 2000 / step, plain.influence_x[row], 0.02, slack)
        assert_close(second * 2000 / step, plain.influence_y[row], 0.02, slack)


def test_zhang_and_grabchaks_digammas_are_their_series():
    def series(x, y):
        n, m, total = sum(x), sum(y), Fraction(0)
        for a, b in zip(x, y, strict=True):
            if a:
                of_q, product = Fraction(0), Fraction(1)
                for v in range(1, m - b + 1):
                    product *= 1 - Fraction(b, m - v + 1)
                    of_q += product / v
                of_p, product = Fraction(0), Fraction(1)
                for v in range(1, n - a + 1):
                    product *= 1 - Fraction(a - 1, n - v)
                    of_p += product / v
                total += Fraction(a, n) * (of_q - of_p)
        return total

    for x, y in (([3, 0, 5, 2], [1, 4, 0, 6]), ([1, 1, 1], [2, 0, 0]), ([7], [3]), ([4, 9, 0], [0, 0, 5])):
        found = value(METHODS["Zhang–Grabchak"], coded(np.repeat(range(len(x)), x)), coded(np.repeat(range(len(y)), y)))
        assert_close(found.value, float(series(x, y)), 1e-12, 1e-14)


def test_dirichlet_posterior_means():
    x, y = coded([0, 0, 0, 1, 1, 2]), coded([0, 1, 1, 1, 3])
    a, b = [3.5, 2.5, 1.5, 0.5], [1.5, 3.5, 0.5, 1.5]
    with mp.workdps(40):
        total, other = mp.fsum(a), mp.fsum(b)
        own = [mp.digamma(s + 1) - mp.digamma(total + 1) for s in a]
        cross = [mp.digamma(s) - mp.digamma(other) for s in b]
        truth = mp.fsum(s / total * (o - c) for s, o, c in zip(a, own, cross, strict=True))
    fit = estimators.dirichlet_posterior(number=20_000).fit(x, y, rng())
    assert_close(fit.value(kb.kl).value, float(truth), 1e-12)
    draws = fit.draws(kb.kl)
    assert abs(draws.mean() - float(truth)) < 5.0 * draws.std() / math.sqrt(len(draws))
    assert_close(fit.value(kb.js).value, fit.draws(kb.js).mean(), 1e-12)
    assert fit.value(kb.tv).value < 1.0


def leave_one_out(x, y, divergence, constant):
    def plug(a, b):
        a, b = np.array(a, float) + constant, np.array(b, float) + constant
        return float(divergence(a / a.sum(), b / b.sum()))

    def without(counts, i):
        return [c - (j == i) for j, c in enumerate(counts)]

    n, m, whole = sum(x), sum(y), plug(x, y)
    of_x = [plug(without(x, i), y) for i in range(len(x)) if x[i]]
    of_y = [plug(x, without(y, i)) for i in range(len(y)) if y[i]]
    mean_x = sum(c / n * v for c, v in zip([c for c in x if c], of_x, strict=True))
    mean_y = sum(c / m * v for c, v in zip([c for c in y if c], of_y, strict=True))
    return whole + (n - 1) * (whole - mean_x) + (m - 1) * (whole - mean_y)


@pytest.mark.parametrize("divergence", [kb.kl, kb.js, kb.hellinger, kb.chi2, kb.renyi(0.3), kb.tv], ids=repr)
@pytest.mark.parametrize("constant", [0.0, 0.5])
def test_the_jackknife_leaves_out_every_row(divergence, constant):
    x, y = [5, 3, 2, 9], [4, 6, 3, 2]
    found = value(
        estimators.jackknife(constant=constant),
        coded(np.repeat(range(4), x)),
        coded(np.repeat(range(4), y)),
        divergence,
    )
    if constant:
        # Leaving a row out keeps the constants: their share grows.
        assert abs(found.value - leave_one_out(x, y, divergence, constant)) < 0.02
    else:
        assert_close(found.value, leave_one_out(x, y, divergence, constant), 1e-8, 1e-10)


@pytest.mark.parametrize("divergence", [kb.kl, kb.js, kb.jeffreys, kb.hellinger, kb.chi2, kb.renyi(2.0)], ids=repr)
def test_correction_of_bias_by_enumeration(divergence):
    # All pairs of counts of two cells with their exact probabilities.
    from scipy.stats import binom

    n, m, p, q = 120, 150, 0.35, 0.65
    counts = [np.arange(1, rows) for rows in (n, m)]
    masses = [binom.pmf(c, rows, s) for c, rows, s in zip(counts, (n, m), (p, q), strict=True)]
    truth, plain, corrected = float(divergence([p, 1 - p], [q, 1 - q])), 0.0, 0.0
    for a, u in zip(counts[0], masses[0], strict=True):
        for b, v in zip(counts[1], masses[1], strict=True):
            if u * v > 1e-7:
                found = functional(divergence, np.array([a / n, 1 - a / n]), np.array([b / m, 1 - b / m]), n, m)
                plain, corrected = plain + u * v * found.value, corrected + u * v * found.corrected
    # The finish of Rényi's is curved too, which is left.
    assert abs(corrected - truth) < (0.5 if divergence.finish else 0.12) * abs(plain - truth)


def test_what_q_lacks_makes_the_plug_in_infinite_and_says_so():
    x, y = coded([0] * 95 + [1] * 5), coded([0] * 90 + [2] * 10)
    fit = METHODS["plug-in"].fit(x, y, rng())
    found = fit.value(kb.kl)
    assert found.value == math.inf
    assert not found.influence_x.any() and not found.influence_y.any()
    assert fit.infinite(kb.kl) == "infinite: 5 % of P lies where Q has none"
    assert fit.infinite(kb.kl.reverse) == "infinite: 10 % of Q lies where P has none"
    both = "infinite: 5 % of P lies where Q has none and 10 % of Q lies where P has none"
    assert fit.infinite(kb.jeffreys) == both
    assert fit.infinite(kb.js) is None
    assert fit.notes == ("5 % of P lies where Q has none", "10 % of Q lies where P has none")
    assert math.isfinite(fit.value(kb.js).value)


@by_method
def test_unseen_symbols_are_not_dropped(method):
    # A peer drops them and says 0.111 of an infinite truth: more of them must count for more.
    fewer = value(method, coded([0] * 95 + [1] * 5), coded([0] * 100)).value
    more = value(method, coded([0] * 60 + [1] * 40), coded([0] * 100)).value
    assert more > fewer + 0.5 or fewer == more == math.inf
    assert more > 0.8


@by_method
def test_disjoint_supports_are_far_apart_and_never_nan(method):
    x, y = coded(np.arange(200) % 5), coded(np.arange(200) % 5 + 5)
    found = value(method, x, y)
    assert found.value > 3.0 and np.isfinite(found.influence_x).all() and np.isfinite(found.influence_y).all()


@by_method
def test_one_symbol_on_both_sides_is_no_difference(method):
    found = value(method, coded([0] * 30), coded([0] * 20))
    assert_close(found.value, 0.0, absolute=0.06)


def test_a_model_gives_the_probabilities():
    log_q = np.log(Q)
    model = Model(lambda rows: log_q[rows[:, 0].astype(np.int64)], None, "Q")
    x = drawn(P, 30_000, 13)
    for name in ("plug-in", "add ½", "Miller–Madow", "jackknife", "Zhang–Grabchak", "Dirichlet", "counts"):
        found = value(METHODS[name], x, model)
        assert abs(found.value - kb.kl(P, Q)) < 5.0 * spread(found, x, model)
        assert not found.influence_y.size
    # What the sample has not seen is one more symbol: JS sees its share.
    few = coded([0] * 50 + [1] * 50)
    expected = float(kb.js(np.r_[0.5, 0.5, np.zeros(8)], Q))
    assert_close(value(METHODS["plug-in"], few, model, kb.js).value, expected, 1e-12)
    density = Model(lambda rows: np.zeros(len(rows)), None, "a density")
    with pytest.raises(ValueError, match="together, more than 1: a density"):
        METHODS["plug-in"].fit(x, density, rng())
    with pytest.raises(ValueError, match="zhang_grabchak"):
        METHODS["empirical Bayes"].fit(x, model, rng())


def test_symbols_are_distinct_rows_of_all_columns():
    x = Sample(np.array([[0.5], [0.5], [-0.0]]), np.array([[1, 2], [1, 2], [0, 0]]))
    y = Sample(np.array([[0.5], [0.0]]), np.array([[1, 1], [0, 0]]))
    of_x, of_y = symbols_of(x, y)
    assert of_x[0] == of_x[1] != of_y[0]
    assert of_x[2] == of_y[1]
    with pytest.raises(ValueError, match="all 20 rows are different"):
        joint_counts(sample_of(np.arange(10.0)), sample_of(np.arange(10.0) + 0.5))
    with pytest.raises(ValueError, match="no columns"):
        joint_counts(sample_of(np.empty((5, 0))), sample_of(np.empty((5, 0))))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: estimators.add_constant(0.0), "plug_in_counts"),
        (lambda: estimators.augmented_plug_in(-1.0), "must be positive"),
        (lambda: estimators.dirichlet_posterior(0.0), "positive"),
        (lambda: estimators.dirichlet_posterior(number=0), "number is 0"),
        (lambda: estimators.jackknife(constant=-1.0), "at least 0"),
        (lambda: estimators.add_constant(size=1).fit(drawn(P, 50, 1), drawn(Q, 50, 2), rng()), "10 symbols were seen"),
    ],
)
def test_bad_settings_are_told(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_an_alphabet_larger_than_what_was_seen_holds_more():
    x, y = coded([0] * 9 + [1]), coded([0] * 5 + [1] * 5)
    expected_p, expected_q = np.array([9.5, 1.5, 0.5, 0.5]), np.array([5.5, 5.5, 0.5, 0.5])
    found = value(estimators.add_constant(size=4), x, y)
    assert_close(found.value, kb.kl(expected_p / expected_p.sum(), expected_q / expected_q.sum()), 1e-12)
