"""The laws, over the whole catalogue: a member is held to those that it claims, and shown to break the others."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kullback.distributions import counts, log_probs, logits
from kullback.divergence import Law
from kullback.divergences import catalogue, kl
from tests.close import assert_close

members = pytest.mark.parametrize("divergence", catalogue, ids=repr)
quick = settings(max_examples=12, deadline=None, derandomize=True)
summed = [
    divergence for divergence in catalogue if divergence.name != "renyi" or divergence.parameters[0][1] < math.inf
]

whole = st.one_of(st.floats(1e-3, 1.0), st.sampled_from([1e-300, 1e-12, 1.0, 1.0 + 1e-12]))
masses = st.one_of(st.just(0.0), whole)


@st.composite
def pairs(draw, rows=2, least=2, most=6, positive=False):
    size = draw(st.integers(least, most))
    found = []
    for _ in range(rows):
        x = np.array(draw(st.lists(whole if positive else masses, min_size=size, max_size=size)))
        if not x.any():
            x[draw(st.integers(0, size - 1))] = 1.0
        found.append(x / math.fsum(x))
    return found


def claims(law):
    return pytest.mark.parametrize("divergence", [d for d in catalogue if law in d.laws], ids=repr)


def at_most(smaller, larger):
    assert not math.isnan(smaller) and not math.isnan(larger)
    assert smaller <= larger * (1.0 + 1e-12) + 1e-300


# ---- laws of every member


@members
@quick
@given(pairs())
def test_never_negative_never_nan_within_its_range(divergence, pair):
    value = divergence(*pair)
    assert divergence.range[0] <= value <= divergence.range[1]


@members
@quick
@given(pairs(rows=1))
def test_zero_where_equal(divergence, pair):
    (p,) = pair
    assert divergence(p, p) == 0.0
    assert divergence(counts(p), counts(8.0 * p)) == 0.0


@members
@quick
@given(pairs(), st.randoms(use_true_random=False))
def test_order_of_outcomes_does_not_matter(divergence, pair, random):
    order = list(range(len(pair[0])))
    random.shuffle(order)
    assert_close(divergence(pair[0][order], pair[1][order]), divergence(*pair), relative=1e-12, absolute=1e-300)


@members
@quick
@given(pairs())
def test_the_reverse_swaps(divergence, pair):
    p, q = pair
    assert_close(divergence.reverse(p, q), divergence(q, p), relative=1e-12, absolute=1e-300)
    assert divergence.reverse.reverse == divergence


@members
@quick
@given(pairs(), st.integers(0, 60))
def test_counts_are_probabilities_times_anything(divergence, pair, exponent):
    p, q = pair
    scaled = divergence(counts(p * 2.0**exponent), counts(q * 2.0 ** (exponent // 2)))
    assert_close(scaled, divergence(p, q), relative=1e-12, absolute=1e-300)


@members
@quick
@given(pairs(positive=True))
def test_kinds_agree(divergence, pair):
    p, q = (np.maximum(x, 1e-9) for x in pair)
    p, q = p / p.sum(), q / q.sum()
    value = divergence(p, q)
    # The logarithms are rounded, so that these are pairs 1e-15 away.
    close = {"relative": 1e-7, "absolute": 1e-12 if divergence.name != "hellinger" else 1e-7}
    assert_close(divergence(log_probs(np.log(p)), log_probs(np.log(q))), value, **close)
    assert_close(divergence(logits(np.log(p) + 3.0), counts(7.0 * q)), value, **close)


@pytest.mark.parametrize("divergence", summed, ids=repr)
@quick
@given(pairs())
def test_terms_are_not_negative_and_sum_to_the_value(divergence, pair):
    terms = divergence.terms(*pair)
    assert np.all(terms >= 0.0)
    total = np.sum(terms)
    with np.errstate(all="ignore"):
        whole = total if divergence.finish is None else divergence.finish(total) if np.isfinite(total) else math.inf
    value = divergence(*pair)
    if divergence.name in ("renyi", "bhattacharyya", "chernoff") and value > 1.0:
        return  # there the sum is close to 1/(1-alpha), or overflows, and is not what the value is computed from
    assert_close(np.minimum(whole, divergence.range[1]), value, relative=1e-12, absolute=1e-150)


# ---- laws that are claimed


@claims(Law.ZERO_IFF_EQUAL)
@quick
@given(pairs())
def test_zero_only_where_equal(divergence, pair):
    p, q = pair
    if np.max(np.abs(p - q)) > 1e-14:
        assert divergence(p, q) > 0.0


@claims(Law.SYMMETRIC)
@quick
@given(pairs())
def test_symmetric(divergence, pair):
    p, q = pair
    assert_close(divergence(p, q), divergence(q, p), relative=1e-13, absolute=1e-300)
    assert divergence.reverse is divergence


@claims(Law.BOUNDED)
def test_bounded_and_the_bound_is_reached(divergence):
    assert math.isfinite(divergence.range[1])
    assert_close(divergence([1.0, 0.0], [0.0, 1.0]), divergence.range[1], relative=1e-15)


@claims(Law.JOINTLY_CONVEX)
@quick
@given(pairs(rows=4), st.floats(0.1, 0.9))
def test_jointly_convex(divergence, four, share):
    p, q, r, s = four
    mixed = divergence(share * p + (1 - share) * r, share * q + (1 - share) * s)
    mean = share * divergence(p, q) + (1 - share) * divergence(r, s)
    # The mixtures are rounded: what that moves is of the order of the rounding times the root of the value.
    at_most(mixed, mean * (1 + 1e-9) + 1e-12)


@claims(Law.ADDITIVE_OVER_PRODUCTS)
@quick
@given(pairs(), pairs())
def test_additive_over_products(divergence, first, second):
    # Without masses whose product underflows.
    first, second = ([np.where(x > 1e-150, x, 0.0) for x in pair] for pair in (first, second))
    product = [np.outer(a, b) for a, b in zip(first, second, strict=True)]
    value = divergence(*product, axis=(0, 1))
    assert_close(value, divergence(*first) + divergence(*second), relative=1e-9, absolute=1e-13)


@claims(Law.CHAIN_RULE)
@quick
@given(pairs(least=4, most=4, positive=True))
def test_chain_rule(divergence, pair):
    p, q = (x.reshape(2, 2) for x in pair)
    conditional = divergence(counts(p), counts(q))
    weights = (q if divergence.reversed else p).sum(1)
    expected = divergence(p.sum(1), q.sum(1)) + np.sum(weights * conditional)
    assert_close(divergence(p, q, axis=(0, 1)), expected, relative=1e-9, absolute=1e-13)


@claims(Law.DATA_PROCESSING)
@quick
@given(pairs(least=3))
def test_merging_outcomes_never_increases(divergence, pair):
    p, q = pair
    merged = [np.append(x[:-2], x[-2] + x[-1]) for x in (p, q)]
    at_most(divergence(*merged), divergence(p, q) * (1 + 1e-9) + 1e-13)


@claims(Law.METRIC)
@quick
@given(pairs(rows=3))
def test_triangle_inequality(divergence, three):
    p, q, r = three
    at_most(divergence(p, r), divergence(p, q) + divergence(q, r))
    assert {Law.SYMMETRIC, Law.ZERO_IFF_EQUAL} <= divergence.laws


# ---- laws that are not claimed do not hold

POOL = [np.array(x) / sum(x) for x in ([1, 0], [1, 1], [1, 3], [1, 99], [9, 1], [0, 1], [1, 999999])]


def zero_iff_equal(d):
    return all(d(p, q) > 0 for p, q in itertools.permutations(POOL, 2))


def symmetric(d):
    return all(math.isclose(d(p, q), d(q, p), rel_tol=1e-9) for p, q in itertools.permutations(POOL, 2))


def bounded(d):
    return all(d(p, q) <= 1e3 for p, q in itertools.permutations(POOL, 2))


def jointly_convex(d):
    pool = np.array(POOL)
    p, q, r, s = (np.expand_dims(pool, tuple({0, 1, 2, 3} - {i})) for i in range(4))
    return bool(np.all(d((p + r) / 2, (q + s) / 2) <= (d(p, q) + d(r, s)) / 2 * (1 + 1e-9)))


def additive_over_products(d):
    for p, q, r, s in (POOL[1:5], (POOL[0], POOL[1], POOL[0], POOL[1])):
        whole = d(np.outer(p, r), np.outer(q, s), axis=(0, 1))
        if not math.isclose(whole, d(p, q) + d(r, s), rel_tol=1e-9):
            return False
    return True


def chain_rule(d):
    q = np.array([[4, 1], [2, 3]]) / 10
    for p in (np.array([[1, 2], [3, 4]]) / 10, np.array([[1, 2], [7, 0]]) / 10):
        weights = (q if d.reversed else p).sum(1)
        parts = d(p.sum(1), q.sum(1)) + np.sum(weights * d(counts(p), counts(q)))
        if not math.isclose(d(p, q, axis=(0, 1)), parts, rel_tol=1e-9):
            return False
    return True


def metric(d):
    if not symmetric(d):
        return False
    return all(d(p, r) <= (d(p, q) + d(q, r)) * (1 + 1e-9) for p, q, r in itertools.permutations(POOL[1:5], 3))


BROKEN = {
    Law.ZERO_IFF_EQUAL: zero_iff_equal,
    Law.SYMMETRIC: symmetric,
    Law.BOUNDED: bounded,
    Law.JOINTLY_CONVEX: jointly_convex,
    Law.ADDITIVE_OVER_PRODUCTS: additive_over_products,
    Law.CHAIN_RULE: chain_rule,
    Law.METRIC: metric,
}


@pytest.mark.parametrize(
    ("divergence", "law"),
    [(d, law) for d in catalogue for law in Law if law not in d.laws],
    ids=lambda x: x.name if isinstance(x, Law) else repr(x),
)
def test_a_law_that_is_not_claimed_has_a_counter_example(divergence, law):
    if (
        divergence.name == "renyi"
        and law in (Law.CHAIN_RULE, Law.JOINTLY_CONVEX)
        and 0.999 < divergence.parameters[0][1] < 1.001
    ):
        pytest.skip("the order is so near 1 that a law of KL fails only in a late digit")
    assert not BROKEN[law](divergence)


def test_the_checks_of_broken_laws_can_succeed():
    assert all(holds(kl) == (law in kl.laws) for law, holds in BROKEN.items())
