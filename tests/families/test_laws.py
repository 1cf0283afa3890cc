"""Laws of all families: formula = quadrature, exponential family = same family, invariance, additivity, merging."""

import math

import numpy as np
import pytest

import kullback as kb
from kullback.exact.pair import in_numpy
from kullback.exact.rules import numeric
from kullback.support import Integers
from tests.close import assert_close
from tests.families.spec import all_specs

SPECS = [spec for spec in all_specs() if spec.univariate]
PAIRS = [
    pytest.param(spec, spec.members[i], spec.members[j], id=f"{spec.name}-{i}-{j}")
    for spec in SPECS
    for i, j in ((0, 1), (1, 2))
]
MEASURES = (kb.kl, kb.renyi(0.4), kb.chi2, kb.hellinger, kb.jeffreys, kb.tv, kb.js)


def scalars(p, q):
    return in_numpy(p), in_numpy(q)


@pytest.mark.parametrize("divergence", MEASURES, ids=repr)
@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_the_answer_is_the_sum_or_integral(spec, p, q, divergence):
    pair = spec.make(**p), spec.make(**q)
    value = float(divergence(*pair))
    if math.isinf(value):
        return
    found, _ = numeric.computed(divergence, *scalars(*pair), None)
    assert abs(float(found.value) - value) <= 1e-10 * value + 1e-15, (float(found.value), value)
    assert abs(float(found.value) - value) <= float(found.bound) + 2e-13 * value


@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_the_exponential_family_is_the_same_family(spec, p, q):
    one, other = scalars(spec.make(**p), spec.make(**q))
    both = one.natural(other)
    if both is None:
        assert one.natural(one) is None
        return
    value = float(kb.kl(one, other))
    if math.isinf(value) or np.isnan(both.rest(0.0, 1.0)):
        return  # no one family of these two
    assert_close(both.rest(0.0, 1.0), value, 1e-12)
    assert_close(both.jensen_gap(0.3), 0.7 * float(kb.renyi(0.3)(one, other)), 1e-12)
    # The gap near the ends is KL times the distance to them.
    assert_close(both.jensen_gap(1.0 - 1e-9) / 1e-9, value, 1e-6)


@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_merging_outcomes_never_increases_it(spec, p, q):
    one, other = spec.make(**p), spec.make(**q)
    if one.cdf(np.float64(0.5)) is None or other.cdf(np.float64(0.5)) is None:
        pytest.skip("no distribution function")
    marks = np.unique(np.concatenate([np.asarray(one.landmarks()).ravel(), np.asarray(other.landmarks()).ravel()]))
    if isinstance(one.support, Integers):
        marks = np.unique(np.floor(marks))

    def cells(d):
        below = np.concatenate([[0.0], d.cdf(marks), [1.0]])
        return kb.counts(np.maximum(np.diff(below), 0.0))

    for divergence in (kb.kl, kb.js, kb.tv, kb.hellinger):
        merged = float(divergence(cells(one), cells(other)))
        whole = float(divergence(one, other))
        # Masses of cells come as differences of numbers near 1.
        assert merged <= whole * (1.0 + 1e-9) + 1e-9 or math.isinf(merged)


@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_one_to_one_maps_change_nothing(spec, p, q):
    one, other = spec.make(**p), spec.make(**q)
    if isinstance(one.support, Integers):
        pytest.skip("maps are for densities")
    for divergence in (kb.kl, kb.js):
        wanted = float(divergence(one, other))
        moved = [kb.distributions.affine(d, loc=-3.0, scale=0.25) for d in (one, other)]
        assert_close(float(divergence(*moved)), wanted, 1e-9)


@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_products_add(spec, p, q):
    one, other = spec.make(**p), spec.make(**q)
    ours = kb.distributions.independent(one, kb.normal(0.0, 1.0))
    theirs = kb.distributions.independent(other, kb.normal(1.0, 2.0))
    for divergence in (kb.kl, kb.renyi(0.5), kb.bhattacharyya):
        parts = float(divergence(one, other)) + float(divergence(kb.normal(0.0, 1.0), kb.normal(1.0, 2.0)))
        assert_close(float(divergence(ours, theirs)), parts, 1e-12)
    single = [float(kb.hellinger(*pair)) for pair in ((one, other), (kb.normal(0.0, 1.0), kb.normal(1.0, 2.0)))]
    both = math.sqrt(1.0 - (1.0 - single[0] ** 2) * (1.0 - single[1] ** 2))
    assert_close(float(kb.hellinger(ours, theirs)), both, 1e-10)


EVERY = [pytest.param(spec, spec.members[0], spec.members[1], id=spec.name) for spec in all_specs()]


def answered(divergence, p, q):
    try:
        return divergence(p, q)
    except kb.NotExact as said:
        pytest.skip(str(said))


@pytest.mark.parametrize(("spec", "p", "q"), EVERY)
def test_directions(spec, p, q):
    one, other = spec.make(**p), spec.make(**q)
    forwards, backwards = answered(kb.kl, one, other), answered(kb.kl, other, one)
    assert_close(kb.jeffreys(one, other), forwards + backwards, 1e-12)
    assert_close(kb.kl.reverse(one, other), backwards, 0.0)
    assert_close(kb.kl.reverse.reverse(one, other), forwards, 0.0)
    assert_close(kb.kl(one, other, base=2), forwards / math.log(2.0), 1e-15)
    backwards = answered(kb.renyi(0.3), other, one)
    assert_close(kb.renyi(0.3).reverse(one, other), backwards, 1e-12)
    for symmetric in (kb.js, kb.tv, kb.hellinger) if spec.univariate else (kb.hellinger,):
        assert_close(symmetric(other, one), symmetric(one, other), 1e-12)


@pytest.mark.parametrize(("spec", "p", "q"), EVERY)
def test_chernoff_is_the_greatest_jensen_gap(spec, p, q):
    from scipy.optimize import minimize_scalar

    one, other = spec.make(**p), spec.make(**q)
    found = float(answered(kb.divergences.chernoff, one, other))

    def gap(alpha):
        return float((1.0 - alpha) * kb.renyi(alpha)(one, other))

    inside = minimize_scalar(lambda alpha: -gap(alpha), bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-6})
    # Where one support is the larger the greatest is at an end.
    greatest = max(-inside.fun, gap(1e-12), gap(1.0 - 1e-12))
    assert abs(found - greatest) <= 1e-10 * found


@pytest.mark.parametrize(("spec", "p", "q"), EVERY)
def test_a_batch_is_its_pairs(spec, p, q):
    single = ("dimension",)  # what is one number for a whole batch
    alike = [
        one
        for one in spec.members
        if one.keys() == p.keys()
        and all(np.shape(one[name]) == np.shape(p[name]) for name in p)
        and all(one.get(name) == p.get(name) for name in single)
    ]
    rows, columns = [alike[i % len(alike)] for i in (0, 1, 2)], [alike[i % len(alike)] for i in (1, 0)]

    def batch(given, shape):
        many = {name: np.reshape([one[name] for one in given], shape + np.shape(x)) for name, x in p.items()}
        return spec.make(**many | {name: p[name] for name in single if name in p})

    for divergence in (kb.kl, kb.hellinger):
        found = answered(divergence, batch(rows, (3, 1)), batch(columns, (2,)))
        assert found.shape == (3, 2)
        pairs = [[divergence(spec.make(**a), spec.make(**b)) for b in columns] for a in rows]
        # Vectors of numbers may be rounded otherwise than numbers.
        assert_close(found, pairs, 1e-13, 1e-15)


@pytest.mark.parametrize(("spec", "p", "q"), EVERY)
def test_narrow_parameters_give_narrow_answers(spec, p, q):
    narrow = [{name: np.asarray(x, dtype=np.float32) for name, x in one.items()} for one in (p, q)]
    wide = [{name: np.asarray(x, dtype=np.float64) for name, x in one.items()} for one in narrow]
    try:
        pair, wide_pair = [[spec.make(**one) for one in both] for both in (narrow, wide)]
    except ValueError:
        pytest.skip("rounded to float32 the parameters are not in the domain")
    for divergence in (kb.kl, kb.hellinger):
        found = answered(divergence, *pair)
        assert found.dtype == np.float32
        # What is computed is wide: only the answer is rounded.
        assert_close(found, np.float32(divergence(*wide_pair)), 1e-7)


SCALED = ("cauchy", "gamma", "gumbel", "laplace", "log_logistic", "logistic", "normal", "student_t", "weibull")
NEAR = [pytest.param(spec, spec.members[0], id=spec.name) for spec in SPECS if spec.name in SCALED]


@pytest.mark.parametrize("step", [1e-6, 1e-9])
@pytest.mark.parametrize(("spec", "p"), NEAR)
def test_nearly_equal_members(spec, p, step):
    # To second order in the step KL, half of χ², four times JS and 4 H² are one number: half of the information.
    name = "scale" if "scale" in p else next(iter(p))
    q = p | {name: p[name] * (1.0 + step)}
    one, other = spec.make(**p), spec.make(**q)
    half = float(kb.kl(one, other))
    assert half > 0.0
    for divergence, factor in ((kb.chi2, 0.5), (kb.js, 4.0), (kb.jeffreys, 0.5)):
        assert_close(factor * float(divergence(one, other)), half, 1e-9 + 5.0 * step)
    assert_close(4.0 * float(kb.hellinger(one, other)) ** 2, half, 1e-9 + 5.0 * step)
