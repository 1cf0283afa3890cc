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
