"""What is particular to counts: certain outcomes, chances given as they are, sums, forms across families."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch

import kullback as kb
from tests.close import assert_close

d = kb.distributions


def context(digits=60):
    mp = mpmath.mp.clone()
    mp.dps = digits
    return mp


def summed(p, q, outcomes):
    """Return KL of two laws of few outcomes from their log-masses."""
    log_p, log_q = p.log_prob(outcomes), q.log_prob(outcomes)
    return math.fsum(np.exp(log_p) * (log_p - log_q))


def test_reference_values():
    assert_close(kb.kl(d.bernoulli(logits=0.0), d.bernoulli(logits=-110.0)), 54.30685281944005)
    assert_close(kb.kl(d.bernoulli(logits=40.0), d.bernoulli(logits=41.0)), 1.562882189334989e-18)
    assert_close(kb.kl(d.poisson(1e8), d.poisson(1e8 + 100)), 4.999996666669166665e-5)
    assert_close(kb.kl(d.geometric(1e-6), d.geometric(2e-6)), 0.306853319440888)
    assert_close(kb.kl(d.zeta(2.5), d.zeta(3.5)), 0.1142848581967071439)
    mp = context()
    p, q = mp.mpf(0.5), mp.mpf(0.50001)
    wanted = 1000000000 * (p * mp.log(p / q) + (1 - p) * mp.log((1 - p) / (1 - q)))
    assert_close(kb.kl(d.binomial(1e9, 0.5), d.binomial(1e9, 0.50001)), float(wanted))


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("q", [0.0, 0.3, 0.6, 1.0])
def test_certain_outcomes(p, q):
    # The same as finite distributions, of which nothing is special.
    one, other = [1 - p, p], [1 - q, q]
    for divergence in (kb.kl, kb.tv, kb.hellinger, kb.renyi(0.3), kb.renyi(2), kb.js, kb.jeffreys):
        wanted = divergence(one, other)
        assert_close(divergence(d.bernoulli(p), d.bernoulli(q)), wanted, 1e-13, 1e-16)
    assert_close(kb.kl(d.binomial(3, p), d.binomial(3, q)), 3 * kb.kl(one, other), 1e-13)
    assert_close(kb.kl(d.binomial(0, p), d.binomial(0, q)), 0.0)
    assert_close(d.bernoulli(p).entropy(), kb.entropy(one), 1e-15, 1e-16)


def test_rates_of_zero():
    assert_close(kb.kl(d.poisson([0, 0, 2]), d.poisson([2, 0, 0])), [2.0, 0.0, math.inf])
    assert_close(kb.renyi(2)(d.poisson([0, 0, 2]), d.poisson([2, 0, 0])), [2.0, 0.0, math.inf])
    assert_close(kb.renyi(0.5)(d.poisson([0, 0, 2]), d.poisson([2, 0, 0])), [2.0, 0.0, 2.0])
    assert_close(kb.tv(d.poisson(0), d.poisson(2)), -math.expm1(-2.0))
    assert_close(d.poisson(0).log_prob(np.asarray([0.0, 1.0])), [0.0, -math.inf])


def test_masses_at_the_edges():
    assert_close(d.binomial(0, 0.3).log_prob(np.asarray([0.0, 1.0])), [0.0, -math.inf])
    assert_close(d.binomial(4, 1.0).log_prob(np.asarray([3.0, 4.0])), [-math.inf, 0.0])
    assert_close(d.binomial(4, 0.0).log_prob(np.asarray([0.0, 1.0])), [0.0, -math.inf])
    assert_close(d.geometric(1.0).log_prob(np.asarray([0.0, 1.0])), [0.0, -math.inf])
    assert_close(d.negative_binomial(3, 0.0).log_prob(np.asarray([0.0, 1.0])), [0.0, -math.inf])
    assert_close(d.hypergeometric(0, 0, 0).log_prob(0.0), 0.0)
    assert_close(d.hypergeometric(9, 4, 9).log_prob(np.asarray([3.0, 4.0])), [-math.inf, 0.0])
    assert_close(d.hypergeometric(9, 9, 4).log_prob(np.asarray([4.0])), [0.0], 1e-13, 1e-14)
    assert_close(d.beta_binomial(0, 2, 3).log_prob(0.0), 0.0)
    assert_close(d.zipf(2, 1).log_prob(np.asarray([1.0, 2.0])), [0.0, -math.inf])


EVERY = (
    d.bernoulli(0.3),
    d.binomial(5, 0.3),
    d.geometric(0.3),
    d.poisson(2.0),
    d.negative_binomial(2.5, 0.3),
    d.hypergeometric(20, 7, 12),
    d.zipf(1.5, 20),
    d.zeta(2.5),
    d.logarithmic(0.4),
    d.discrete_uniform(0, 5),
    d.skellam(3, 2),
    d.beta_binomial(5, 2, 3),
)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_nothing_between_whole_numbers(one):
    assert_close(one.log_prob(np.asarray([0.5, 2.5, 1e9 + 0.5])), [-math.inf] * 3)
    assert np.all(np.isfinite(one.log_prob(one.landmarks())))


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_log_concave_where_it_says_so(one):
    low = max(float(one.support.low), -40.0)
    k = np.arange(low, min(float(one.support.high), low + 80.0) + 1.0)
    logs = one.log_prob(k)
    bends = np.diff(logs, 2) if len(k) > 2 else np.zeros(1)
    if getattr(one, "log_concave", False):
        assert np.all(bends <= 1e-12 * (1.0 + np.abs(logs).max()))
    else:
        # Of those that do not say so some are for some parameters; heavy tails never.
        assert one.name in ("negative_binomial", "zipf", "zeta", "logarithmic", "beta_binomial")


@pytest.mark.parametrize(("rate", "k"), [(1e8, 1e8 + 3e4), (1e12, 1e12 - 1e6), (1e-12, 3.0), (700.0, 0.0)])
def test_masses_of_large_counts(rate, k):
    mp = context()
    wanted = mp.mpf(k) * mp.log(mp.mpf(rate)) - mp.mpf(rate) - mp.loggamma(mp.mpf(k) + 1)
    assert_close(d.poisson(rate).log_prob(np.float64(k)), float(wanted), 1e-14, 2e-12)


@pytest.mark.parametrize(("n", "p", "k"), [(1e9, 0.5, 5e8 + 5e4), (1e12, 1e-9, 1100.0), (1e6, 1 - 1e-6, 1e6 - 2)])
def test_masses_of_many_trials(n, p, k):
    mp = context()
    a, b, c = mp.mpf(n), mp.mpf(p), mp.mpf(k)
    ways = mp.loggamma(a + 1) - mp.loggamma(c + 1) - mp.loggamma(a - c + 1)
    wanted = ways + c * mp.log(b) + (a - c) * mp.log1p(-b)
    assert_close(d.binomial(n, p).log_prob(np.float64(k)), float(wanted), 1e-13, 1e-12)


@pytest.mark.parametrize(("one", "two", "k"), [(3.0, 2.0, -4), (300.0, 200.0, 90), (1e5, 1e5, 500), (1e-3, 5.0, 1)])
def test_skellam_masses(one, two, k):
    mp = context()
    a, b = mp.mpf(one), mp.mpf(two)
    bessel = mp.besseli(abs(k), 2 * mp.sqrt(a * b), maxterms=10**6)
    wanted = -a - b + mp.mpf(k) / 2 * mp.log(a / b) + mp.log(bessel)
    assert_close(d.skellam(one, two).log_prob(float(k)), float(wanted), 2e-14)


def test_chances_keep_the_form_in_which_they_are_given():
    near = d.bernoulli(logits=np.asarray([40.0, 700.0])), d.bernoulli(logits=np.asarray([40.0 + 1e-9, 700.0 + 1e-9]))
    mp = context(700)
    wanted = []
    for logit in (40.0, 700.0):
        a, b = mp.mpf(logit), mp.mpf(logit + 1e-9)
        p, q = 1 / (1 + mp.exp(-a)), 1 / (1 + mp.exp(-b))
        wanted.append(float(p * mp.log(p / q) + (1 - p) * mp.log((1 - p) / (1 - q))))
    assert_close(kb.kl(*near), wanted)
    assert_close(kb.kl(d.bernoulli(0.3), d.bernoulli(logits=0.0)), kb.kl([0.7, 0.3], [0.5, 0.5]))
    assert d.bernoulli(logits=0.0).support.high == 1.0
    with pytest.raises(ValueError, match="give one"):
        d.bernoulli(0.3, logits=0.0)
    with pytest.raises(ValueError, match="give one"):
        d.geometric()


def test_closed_forms_across_families():
    k = np.arange(2.0)
    one = d.bernoulli(0.3)
    for other in (
        d.poisson(0.4),
        d.geometric(0.6),
        d.negative_binomial(2.5, 0.2),
        d.binomial(3, 0.2),
        d.beta_binomial(4, 2, 3),
        d.bernoulli(0.6),
    ):
        assert_close(kb.kl(one, other), summed(one, other, k), 1e-13)
    k = np.arange(200.0)
    assert_close(kb.kl(d.geometric(0.3), d.negative_binomial(1, 0.6)), kb.kl(d.geometric(0.3), d.geometric(0.4)))
    assert_close(kb.kl(d.binomial(1, 0.3), one), 0.0, absolute=1e-16)
    assert_close(kb.kl(d.geometric(0.3), d.poisson(2.0)), summed(d.geometric(0.3), d.poisson(2.0), k), 1e-12)
    zeta, series = d.zeta(12.0), d.logarithmic(0.4)
    assert_close(kb.kl(zeta, series), summed(zeta, series, np.arange(1.0, 300.0)), 1e-12)
    die, wait = d.discrete_uniform(0, 5), d.geometric(0.2)
    assert_close(kb.kl(die, wait), summed(die, wait, np.arange(6.0)), 1e-13)


@pytest.mark.parametrize("p", [1e-12, 1e-8, 1e-3, 0.4])
def test_bernoulli_next_to_poisson_and_geometric(p):
    mp = context()
    a = mp.mpf(p)
    lost = a * mp.log(a) + (1 - a) * mp.log1p(-a)
    assert_close(kb.kl(d.bernoulli(p), d.poisson(p)), float(lost + a - a * mp.log(a)))
    s = mp.mpf(1.0 - p)
    wanted = lost - mp.log(s) - a * mp.log(1 - s)
    assert_close(kb.kl(d.bernoulli(p), d.geometric(1.0 - p)), float(wanted))


def test_numbers_of_trials_that_differ():
    assert kb.kl(d.binomial(5, 0.3), d.binomial(4, 0.3)) == math.inf
    p, q = d.binomial(4, 0.3), d.binomial(6, 0.2)
    assert_close(kb.kl(p, q), summed(p, q, np.arange(5.0)), 1e-12)
    p, q = d.negative_binomial(2, 0.3), d.negative_binomial(3.5, 0.25)
    assert_close(kb.kl(p, q), summed(p, q, np.arange(120.0)), 1e-11)
    p, q = d.zipf(1.5, 10), d.zipf(1.2, 40)
    assert_close(kb.kl(p, q), summed(p, q, np.arange(1.0, 11.0)), 1e-12)
    assert kb.kl(q, p) == math.inf


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (2.0, 2.0 + 1e-9), (1e6, 1e6 + 10.0), (0.01, 2.0), (3.0, 3.0)])
def test_total_variation_of_poisson(a, b):
    mp = context(40)
    one, other = mp.mpf(a), mp.mpf(b)
    if a == b:
        wanted = 0.0
    else:
        k = int(mp.floor((other - one) / mp.log(other / one)))
        wanted = float(mp.gammainc(k + 1, one, other, regularized=True))
    assert_close(kb.tv(d.poisson(a), d.poisson(b)), wanted, 1e-13)
    assert_close(kb.tv(d.poisson(b), d.poisson(a)), wanted, 1e-13)


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.4), (0.3, 0.3 + 1e-9), (0.3, 1.0), (1e-6, 2e-6), (0.9, 0.1), (0.3, 0.3)])
def test_total_variation_of_geometric(p, q):
    mp = context(40)
    a, b = mp.mpf(min(p, q)), mp.mpf(max(p, q))
    if a == b:
        wanted = 0
    else:
        k = 0 if b == 1 else int(mp.floor(mp.log(b / a) / mp.log((1 - a) / (1 - b))))
        wanted = (1 - a) ** (k + 1) - (1 - b) ** (k + 1)
    assert_close(kb.tv(d.geometric(p), d.geometric(q)), float(wanted), 1e-13)


def test_distances_along_families():
    def length(one, other, name):
        form = next(f for f in type(one).closed_forms() if f.of == name)
        return form.compute(one, other)

    mp = context(40)
    assert_close(length(d.poisson(2.0), d.poisson(5.0), "fisher_rao"), float(2 * (mp.sqrt(5) - mp.sqrt(2))), 1e-14)
    p, q = mp.mpf(0.3), mp.mpf(0.8)
    arcs = 2 * (mp.asin(mp.sqrt(q)) - mp.asin(mp.sqrt(p)))
    assert_close(length(d.bernoulli(0.3), d.bernoulli(0.8), "fisher_rao"), float(arcs), 1e-14)
    assert_close(length(d.binomial(9, 0.3), d.binomial(9, 0.8), "fisher_rao"), float(3 * arcs), 1e-14)
    waits = 2 * (mp.atanh(mp.sqrt(1 - p)) - mp.atanh(mp.sqrt(1 - q)))
    assert_close(length(d.geometric(0.3), d.geometric(0.8), "fisher_rao"), float(waits), 1e-14)


def vectors(n, kinds):
    return np.asarray([x for x in itertools.product(range(n + 1), repeat=kinds) if sum(x) == n], dtype=float)


def test_multinomial():
    p, q = d.multinomial(4, [0.2, 0.3, 0.5]), d.multinomial(4, logits=[0.0, 0.5, -1.0])
    outcomes = vectors(4, 3)
    assert_close(math.fsum(np.exp(p.log_prob(outcomes))), 1.0)
    assert_close(kb.kl(p, q), summed(p, q, outcomes), 1e-13)
    assert_close(kb.kl(p, q), 4 * kb.kl(kb.probs([0.2, 0.3, 0.5]), kb.logits([0.0, 0.5, -1.0])), 1e-15)
    log_p, log_q = p.log_prob(outcomes), q.log_prob(outcomes)
    assert_close(kb.renyi(2)(p, q), math.log(math.fsum(np.exp(2 * log_p - log_q))), 1e-13)
    assert kb.kl(d.multinomial(3, [0.2, 0.3, 0.5]), p) == math.inf
    assert kb.kl(p, d.multinomial(4, [0.5, 0.5, 0.0])) == math.inf
    assert kb.kl(d.multinomial(0, [0.2, 0.8]), d.multinomial(0, [1.0, 0.0])) == 0.0
    assert_close(kb.kl(d.multinomial([3, 4], [[0.5, 0.5], [0.2, 0.8]]), d.multinomial(4, [0.2, 0.8])), [math.inf, 0.0])
    with pytest.raises(ValueError, match="sum to 2"):
        d.multinomial(4, [[0.5, 0.5], [1.0, 1.0]])


def exact_dirichlet_multinomial(n, a, b):
    mp = context(50)

    def log_mass(x, weights):
        weights = [mp.mpf(w) for w in weights]
        total = mp.fsum(weights)
        found = mp.loggamma(n + 1) + mp.loggamma(total) - mp.loggamma(n + total)
        for k, w in zip(x, weights, strict=True):
            found += mp.loggamma(k + w) - mp.loggamma(k + 1) - mp.loggamma(w)
        return found

    terms = []
    for x in vectors(n, len(a)):
        p, q = log_mass([int(k) for k in x], a), log_mass([int(k) for k in x], b)
        terms.append(mp.exp(p) * (p - q))
    return float(mp.fsum(terms))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]),
        ([1.0, 2.0, 3.0], [1.0, 2.0 + 1e-6, 3.0]),
        ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]),
        ([1e-6, 2e-6, 1.0], [1e-6, 1e-6, 1.0]),
        ([1e8, 1e8, 2e8, 1e8], [1e8 + 1e3, 1e8, 2e8, 1e8]),
    ],
)
def test_dirichlet_multinomial(a, b):
    p, q = d.dirichlet_multinomial(5, a), d.dirichlet_multinomial(5, b)
    assert_close(math.fsum(np.exp(p.log_prob(vectors(5, len(a))))), 1.0, 1e-13)
    assert_close(kb.kl(p, q), exact_dirichlet_multinomial(5, a, b), 1e-12)
    tensor = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(kb.kl(d.dirichlet_multinomial(5, tensor), q), tensor)
    assert torch.isfinite(slope).all()
    assert kb.kl(d.dirichlet_multinomial(4, a), q) == math.inf


def test_categories_are_finite_distributions():
    assert_close(
        kb.js(d.categorical([0.5, 0.5]), d.one_hot_categorical(logits=[0.0, -math.inf])), kb.js([0.5, 0.5], [1, 0])
    )
    with pytest.raises(ValueError, match="give one"):
        d.categorical()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: d.bernoulli(1.2), "probs is 1.2"),
        (lambda: d.binomial(2.5, 0.3), "whole number"),
        (lambda: d.binomial(-1, 0.3), "whole number"),
        (lambda: d.geometric(0.0), r"\(0, 1\]"),
        (lambda: d.negative_binomial(2, 1.0), r"\[0, 1\)"),
        (lambda: d.negative_binomial(0, 0.5), "positive"),
        (lambda: d.poisson(-1.0), "≥ 0"),
        (lambda: d.poisson(math.nan), "≥ 0"),
        (lambda: d.zeta(1.0), "> 1"),
        (lambda: d.zipf(1.0, 0), "≥ 1"),
        (lambda: d.logarithmic(1.0), "between 0 and 1"),
        (lambda: d.discrete_uniform(3, 1), "≥ 1"),
        (lambda: d.discrete_uniform(0.5, 1), "whole number"),
        (lambda: d.hypergeometric(10, 11, 2), "population − successes"),
        (lambda: d.hypergeometric(10, 2, 11), "population − draws"),
        (lambda: d.skellam(0.0, 1.0), "positive"),
        (lambda: d.beta_binomial(3, 0.0, 1.0), "positive"),
        (lambda: d.multinomial(3, 0.5), "vector"),
        (lambda: d.dirichlet_multinomial(3, 0.5), "vector"),
        (lambda: d.multinomial(3, [0.5, 0.4]), "sum to 0.9"),
    ],
)
def test_bad_parameters(make, message):
    with pytest.raises(ValueError, match=message):
        make()
