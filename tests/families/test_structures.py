"""Products, affine and monotone images, truncations, points and histograms lead back to what they are made of."""

import math

import mpmath
import numpy as np
import pytest
import torch

import kullback as kb
from kullback.distributions.transformed import MAPS
from tests.close import assert_close

D = kb.distributions
MEASURES = (
    kb.kl,
    kb.kl.reverse,
    kb.jeffreys,
    kb.renyi(0.3),
    kb.renyi(2),
    kb.hellinger,
    kb.chi2,
    kb.divergences.neyman_chi2,
)
ON_DOMAIN = {
    (-math.inf, math.inf): (kb.normal(0.2, 1.1), kb.normal(-0.3, 0.8)),
    (0.0, math.inf): (D.gamma(2.3, 1.4), D.gamma(1.8, 0.6)),
    (0.0, 1.0): (D.beta(2.0, 3.5), D.beta(1.4, 2.2)),
}


@pytest.mark.parametrize("divergence", (*MEASURES, kb.js, kb.tv), ids=repr)
@pytest.mark.parametrize("name", MAPS)
def test_equal_maps_change_no_divergence(name, divergence):
    p, q = ON_DOMAIN[MAPS[name].domain]
    assert_close(divergence(D.transformed(p, name), D.transformed(q, name)), divergence(p, q), 1e-13)


@pytest.mark.parametrize("name", MAPS)
def test_image_has_total_one_and_the_entropy_that_it_states(name):
    image = D.transformed(ON_DOMAIN[MAPS[name].domain][0], name)
    support = image.support
    mp = mpmath.mp.clone()
    mp.dps = 15

    def density(x):
        return math.exp(float(image.log_prob(np.float64(x))))

    marks = sorted(set(np.ravel(image.landmarks()).tolist()))
    low, high = max(float(support.low), -300.0), min(float(support.high), 700.0 if name == "log" else 1e6)
    ends = [low, *(x for x in marks if low < x < high), high]
    assert abs(mp.quad(density, ends) - 1.0) < 1e-7
    entropy = image.entropy()
    if entropy is not None:
        wanted = mp.quad(lambda x: -density(x) * math.log(density(x)) if density(x) > 0.0 else 0.0, ends)
        assert abs(float(entropy) - wanted) < 1e-6
    u = np.asarray([1e-6, 0.2, 0.5, 0.9, 0.999])
    assert_close(image.cdf(image.quantile(u)), u, 1e-9)
    assert_close(image.survival(image.quantile(u)), 1.0 - u, 1e-6)


@pytest.mark.parametrize("name", MAPS)
def test_declared_tails_are_the_growth_of_the_density(name):
    image = D.transformed(ON_DOMAIN[MAPS[name].domain][0], name)
    tails, support = image.tails, image.support
    if tails is None:
        pytest.skip("the tails of this image are not of a declared form")
    for tail, end, sign in ((tails[0], float(support.low), 1.0), (tails[1], float(support.high), -1.0)):
        growths, found = [], []
        for t in (10.0, 14.0) if math.isfinite(end) or not any(k > 0.5 for k, _ in tail.powers) else (3.0, 4.0):
            if tail.double:
                t = math.log(t)
            x = end + sign * math.exp(-t) if math.isfinite(end) else -sign * math.exp(t)
            if end == 1.0:
                top = image.log_prob_from_top(np.float64(math.exp(-t)))
                log = image.log_prob(np.float64(x)) if top is None else top
            else:
                log = image.log_prob(np.float64(x))
            found.append(-float(log))
            growths.append(
                (math.exp(float(tail.double) * math.exp(t)) if tail.double else 0.0)
                + sum(float(c) * math.exp(k * t) for k, c in tail.powers)
                + float(tail.quadratic) * t * t
                + float(tail.linear) * t
            )
        if tail.exact:
            assert abs((growths[1] - growths[0]) - (found[1] - found[0])) < 0.15 + 1e-6 * abs(found[1]), (tail, end)
        else:
            assert (growths[1] > growths[0]) == (found[1] > found[0])


@pytest.mark.parametrize("divergence", MEASURES, ids=repr)
def test_products_follow_from_their_components(divergence):
    pairs = [
        (kb.normal(0.2, 1.1), kb.normal(-0.3, 1.2)),
        (D.gamma(2.3, 1.4), D.gamma(2.1, 1.1)),
        (D.beta(2, 3), D.beta(2, 2)),
    ]
    p, q = D.independent(*(a for a, _ in pairs)), D.independent(*(b for _, b in pairs))
    value = float(divergence(p, q))
    if kb.divergence.Law.ADDITIVE_OVER_PRODUCTS in divergence.laws:
        wanted = sum(float(divergence(a, b)) for a, b in pairs)
    elif divergence is kb.hellinger:
        wanted = math.sqrt(1 - math.prod(1 - float(divergence(a, b)) ** 2 for a, b in pairs))
    else:
        wanted = math.prod(1 + float(divergence(a, b)) for a, b in pairs) - 1
    assert_close(value, wanted, 1e-13)


def test_batch_axes_become_axes_of_the_outcome():
    a, b = np.arange(1.0, 7.0).reshape(2, 3), np.full((2, 3), 2.0)
    p, q = D.gamma(a, b), D.gamma(2.0, b)
    assert_close(kb.kl(D.independent_of(p), D.independent_of(q)), kb.kl(p, q).sum(-1), 1e-15)
    assert_close(kb.kl(D.independent_of(p, 2), D.independent_of(q, 2)), kb.kl(p, q).sum(), 1e-15)
    assert_close(D.independent_of(p).log_prob(a), p.log_prob(a).sum(-1), 1e-15)
    with pytest.raises(ValueError, match="dims is 3"):
        D.independent_of(p, 3)


def test_independent_normals_are_a_multivariate_normal():
    p = D.independent_of(kb.normal([0.0, 1.0], [1.0, 2.0]))
    q = D.multivariate_normal([1.0, 0.0], [[2.0, 0.5], [0.5, 1.0]])
    same = D.multivariate_normal([0.0, 1.0], [[1.0, 0.0], [0.0, 4.0]])
    assert_close(kb.kl(p, q), kb.kl(same, q), 1e-14)
    assert_close(kb.kl(q, D.independent(kb.normal(0, 1), kb.normal(1, 2))), kb.kl(q, same), 1e-14)


def test_affine_images():
    p, q = D.gamma(2.0, 1.0), D.gamma(3.0, 1.5)
    assert_close(kb.kl(D.affine(p, 1.0, 3.0), D.affine(q, 1.0, 3.0)), kb.kl(p, q), 1e-13)
    assert_close(kb.kl(D.affine(p, 1.0, -3.0), D.affine(q, 1.0, -3.0)), kb.kl(p, q), 1e-13)
    # Moved by hand: the normal family contains its affine images.
    assert_close(
        kb.kl(D.affine(kb.normal(0, 1), 1.0, 3.0), kb.normal(0, 1)), kb.kl(kb.normal(1, 3), kb.normal(0, 1)), 1e-15
    )
    # A shifted gamma against a normal: the mean and the variance decide.
    shifted = D.affine(p, -0.5, 2.0)
    wanted = -float(shifted.entropy()) + 0.5 * math.log(2 * math.pi * 4) + (8.0 + (3.5 - 1.0) ** 2) / 8
    assert_close(kb.kl(shifted, kb.normal(1, 2)), wanted, 1e-13)
    with pytest.raises(ValueError, match="scale is 0"):
        D.affine(p, 0.0, 0.0)


def test_points_have_the_divergences_of_their_masses():
    p, q = D.empirical([3.0, 1.0, 2.0, 2.0]), D.empirical([1.0, 2.0, 3.0, 4.0], [0.1, 0.4, 0.3, 0.2])
    one, other = [0.25, 0.5, 0.25, 0.0], [0.1, 0.4, 0.3, 0.2]
    for divergence in (kb.kl, kb.js, kb.tv, kb.chi2, kb.hellinger, kb.kl.reverse):
        assert_close(divergence(p, q), divergence(one, other), 1e-14)
    assert kb.kl(D.delta(1.0), D.delta(1.0)) == 0.0
    assert kb.kl(D.delta(1.0), D.delta(1.0 + 1e-15)) == math.inf
    assert_close(kb.js(D.delta([1.0, 2.0]), D.delta(2.0)), [math.log(2.0), 0.0], 1e-15)


def test_points_in_a_traced_program():
    import jax

    def value(mass):
        masses = jax.numpy.stack([mass, 1.0 - mass])
        return kb.kl(D.empirical([0.0, 1.0], masses), D.empirical([0.0, 1.0, 2.0], [0.25, 0.5, 0.25]))

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        assert_close(jax.jit(value)(0.5), kb.kl([0.5, 0.5, 0.0], [0.25, 0.5, 0.25]), 1e-14)
        assert_close(jax.grad(value)(0.5), math.log(0.5 / 0.25) - math.log(0.5 / 0.5), 1e-13)
    finally:
        jax.config.update("jax_enable_x64", before)


def test_points_and_densities_share_nothing():
    assert kb.kl(D.delta(0.5), kb.normal(0, 1)) == math.inf
    assert kb.kl(kb.normal(0, 1), D.delta(0.5)) == math.inf
    assert_close(kb.js(kb.normal([0.0, 1.0], 1), D.delta(0.5)), [math.log(2.0)] * 2, 1e-15)
    assert kb.tv(D.empirical([1, 2]), D.beta(1, 1)) == 1.0


def test_points_against_whole_numbers():
    poisson = D.poisson(2.0)
    masses = np.exp(poisson.log_prob(np.asarray([3.0, 5.0])))
    p = D.empirical([3.0, 5.0, 3.0], [0.5, 0.25, 0.25])
    wanted = 0.75 * math.log(0.75 / masses[0]) + 0.25 * math.log(0.25 / masses[1])
    assert_close(kb.kl(p, poisson), wanted, 1e-14)
    assert_close(kb.tv(p, poisson), 0.5 * (0.75 - masses[0] + 0.25 - masses[1] + 1 - masses.sum()), 1e-14)
    assert kb.kl(poisson, p) == math.inf
    assert kb.kl(D.delta(2.5), poisson) == math.inf


def test_histograms_are_compared_between_all_edges():
    p, q = D.histogram([0, 1, 3], [0.5, 0.5]), D.histogram([0, 2, 3], [0.25, 0.75])
    cells = [0.5, 0.25, 0.25], [0.125, 0.125, 0.75]
    for divergence in (kb.kl, kb.js, kb.renyi(0.5), kb.tv):
        assert_close(divergence(p, q), divergence(*cells), 1e-14)
    near = D.histogram([0, 1, 3], [0.5 + 1e-10, 0.5 - 1e-10])
    assert_close(kb.kl(p, near), kb.kl([0.5, 0.5], [0.5 + 1e-10, 0.5 - 1e-10]), 1e-14)
    assert kb.kl(p, D.histogram([0, 1, 2], [0.5, 0.5])) == math.inf
    # Against a density: the means of the cells.
    x = D.histogram([0.0, 1.0, 3.0], [0.5, 0.5])
    second = 0.5 * (1 / 3) + 0.5 * (26 / 6)
    wanted = 0.5 * math.log(0.5) + 0.5 * math.log(0.25) + 0.5 * math.log(2 * math.pi) + second / 2
    assert_close(kb.kl(x, kb.normal(0, 1)), wanted, 1e-14)


NAMES = {"gamma": ("concentration", "rate"), "normal": ("loc", "scale"), "beta": ("a", "b")}
TRUNCATED = (
    (D.gamma(2.3, 1.4), D.gamma(1.8, 0.6), 0.5, 2.0),
    (kb.normal(0.3, 1.2), kb.normal(-0.5, 0.9), -1.0, 2.0),
    (D.beta(2.0, 3.5), D.beta(0.4, 0.7), 0.2, 1.0),
    (kb.normal(0.0, 1.0), kb.normal(0.5, 1.5), 3.0, math.inf),
)


@pytest.mark.parametrize(("p", "q", "low", "high"), TRUNCATED)
def test_truncations(p, q, low, high):
    mp = mpmath.mp.clone()
    mp.dps = 20

    def logs(of):
        own = {name: mp.mpf(float(getattr(of, name))) for name in NAMES[of.name]}
        if of.name == "gamma":
            return lambda x: (own["concentration"] - 1) * mp.log(x) - own["rate"] * x
        if of.name == "beta":
            return lambda x: (own["a"] - 1) * mp.log(x) + (own["b"] - 1) * mp.log(max(1 - x, mp.mpf(10) ** -40))
        return lambda x: -((x - own["loc"]) ** 2) / (2 * own["scale"] ** 2)

    ends = [mp.mpf(low), mp.mpf(high)] if math.isfinite(high) else [mp.mpf(low), 4, 6, 10, mp.inf]
    one, other = logs(p), logs(q)
    totals = [mp.quad(lambda x, f=f: mp.exp(f(x)), ends) for f in (one, other)]
    mean = mp.quad(lambda x: mp.exp(one(x)) * (one(x) - other(x)), ends) / totals[0]
    wanted = mean + mp.log(totals[1] / totals[0])
    first, second = D.truncated(p, low, high), D.truncated(q, low, high)
    assert_close(kb.kl(first, second), float(wanted), 1e-11)
    u = np.asarray([0.01, 0.5, 0.99])
    assert_close(first.cdf(first.quantile(u)), u, 1e-10)
    assert kb.kl(p, first) == math.inf
    # Given that it lies between the ends, P differs from itself by the mass there.
    assert_close(kb.kl(first, p), -float(first.log_mass), 1e-11)


def test_truncated_exponentials_are_in_closed_form():
    p, q = D.truncated(D.exponential(2.0), 0.0, 3.0), D.truncated(D.exponential(1.0), 0.0, 3.0)
    assert kb.how(kb.kl, p, q).parts[0].rule == "structure" if hasattr(kb.how(kb.kl, p, q), "parts") else True
    slope = kb.kl(
        D.continuous_bernoulli(logits=-6.0), D.continuous_bernoulli(logits=-3.0)
    )  # of the same interval, by hand
    assert_close(kb.kl(p, q), slope, 1e-15)


def test_gradients_of_truncations():
    given = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (2.0, 1.3, 0.7, 3.0)]
    x = torch.tensor([0.9, 2.0], dtype=torch.float64)

    def value(a, rate, low, high):
        return D.truncated(D.gamma(a, rate), low, high).log_prob(x)

    assert torch.autograd.gradcheck(value, given, eps=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: D.histogram([0, 1, 1], [0.5, 0.5]), "do not increase"),
        (lambda: D.histogram([0, 1], [0.5, 0.5]), "one edge more"),
        (lambda: D.empirical([1, 2], [0.5, 0.6]), "sum to 1.1"),
        (lambda: D.empirical([]), "no point"),
        (lambda: D.truncated(kb.normal(0, 1), 2.0, 1.0), "low"),
        (lambda: D.truncated(D.gamma(2, 1), -2.0, -1.0), "no mass"),
        (lambda: D.transformed(kb.normal(0, 1), "square"), "monotone"),
        (lambda: D.transformed(kb.normal(0, 1), "cube"), "no map"),
        (lambda: D.independent(), "no distribution"),
        (lambda: kb.kl(D.independent(D.beta(1, 1)), D.independent(D.beta(1, 1), D.beta(1, 1))), "components"),
        (lambda: D.continuous_bernoulli(), "neither"),
        (lambda: D.continuous_bernoulli(1.5), "strictly between"),
        (lambda: D.log_uniform(2.0, 1.0), "low"),
        (lambda: D.pareto(-1.0), "positive"),
    ],
)
def test_what_is_wrong_is_said(make, said):
    with pytest.raises(ValueError, match=said):
        make()
