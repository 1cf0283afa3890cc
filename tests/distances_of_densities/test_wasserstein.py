"""Wasserstein distances of distributions: quantile functions in mpmath, exact transport plans, laws, limits, errors."""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
import torch

import kullback as kb
from kullback import distributions as d
from kullback.distances.line_transport import line_distance
from tests.close import assert_close
from tests.distances_of_densities.quantiles import truth

w = kb.wasserstein

CROSSING = [
    (("normal", (0.0, 1.0)), ("laplace", (0.5, 1.0)), 2, [0]),
    (("normal", (0.0, 1.0)), ("gumbel", (0.0, 1.5)), 1.5, []),
    (("exponential", (2.0,)), ("weibull", (3.0, 2.0)), 1, []),
    (("logistic", (-1.0, 0.5)), ("uniform", (-1.0, 3.0)), 1, []),
    (("weibull", (0.7, 1.0)), ("log_normal", (0.0, 1.0)), 2, []),
    (("frechet", (4.5, 1.0)), ("pareto", (3.5, 1.0)), 3, []),
    (("pareto", (3.5, 1.0)), ("exponential", (1.0,)), 2, []),
    (("log_logistic", (5.0, 2.0)), ("normal", (2.0, 1.0)), 3, []),
]


@pytest.mark.parametrize(("p", "q", "order", "cuts"), CROSSING)
def test_quadrature_of_quantile_functions(p, q, order, cuts):
    found = w(getattr(d, p[0])(*p[1]), getattr(d, q[0])(*q[1]), order)
    with mp.workdps(25):
        assert_close(found, float(truth(p, q, order, cuts)), 1e-12)


def _normal_truth(m, s, n, t, order):
    """Return the distance of order 1 or 2 of normal distributions in mpmath."""
    shift, stretch = mp.mpf(m) - mp.mpf(n), abs(mp.mpf(s) - mp.mpf(t))
    if order == 2:
        return mp.sqrt(shift**2 + stretch**2)
    if stretch == 0:
        return abs(shift)
    z = shift / stretch
    return stretch * (mp.sqrt(2 / mp.pi) * mp.exp(-z * z / 2) + z * mp.erf(z / mp.sqrt(2)))


@pytest.mark.parametrize("order", [1, 2])
def test_normal_distributions_that_hardly_differ(order):
    rng = np.random.default_rng(2)
    rows = []
    for _ in range(300):
        s = 10.0 ** rng.uniform(-8, 8)
        step = 10.0 ** rng.uniform(-13, 1)
        m = s * rng.choice([0.0, 1.0, 30.0])
        rows.append((m, s, m + rng.choice([0.0, 1.0]) * s * step * rng.normal(), s * (1.0 + rng.choice([0.0, step]))))
    rows.append((0.0, 1.0, 0.0, 1.0 + 1e-12))
    m, s, n, t = np.array(rows).T
    with mp.workdps(50):
        expected = [float(_normal_truth(*row, order)) for row in rows]
    assert_close(w(kb.normal(m, s), kb.normal(n, t), order), expected, 1e-14)


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-12])
def test_quadrature_keeps_its_digits_where_the_distributions_hardly_differ(step):
    """By quadrature alone, without the closed form; the displacement is that of the densities' difference."""
    p, q = kb.normal(0.0, 1.0), kb.normal(0.3 * step, 1.0 + step)
    with mp.workdps(50):
        for order in (1, 2):
            expected = _normal_truth(0.0, 1.0, float(q.loc), float(q.scale), order)
            assert_close(line_distance(p, q, float(order)), float(expected), 1e-10)
    # Of order 1, the difference of the means of gamma distributions, one of which is the greater everywhere.
    a = 2.0 + step
    assert_close(w(d.gamma(2.0, 1.0), d.gamma(a, 1.0), 1), a - 2.0, 1e-10)


LOCATION_SCALE = {
    "normal": (d.normal, ()),
    "laplace": (d.laplace, ()),
    "logistic": (d.logistic, ()),
    "gumbel": (d.gumbel, ()),
    "moyal": (d.moyal, ()),
    "student_t": (lambda m, s, df: d.student_t(df, m, s), (5.5,)),
    "generalised_normal": (d.generalised_normal, (3.0,)),
    "asymmetric_laplace": (d.asymmetric_laplace, (1.7,)),
    "generalised_extreme_value": (d.generalised_extreme_value, (0.1,)),
    "generalised_pareto": (d.generalised_pareto, (0.1,)),
}


@pytest.mark.parametrize("name", LOCATION_SCALE)
def test_closed_forms_of_location_and_scale_are_the_quadrature(name):
    make, rest = LOCATION_SCALE[name]
    for (m, s), (n, t) in itertools.combinations([(0.0, 1.0), (1.0, 1.0), (-0.5, 3.0)], 2):
        p, q = make(m, s, *rest), make(n, t, *rest)
        for order in (1, 2):
            assert_close(w(p, q, order), line_distance(p, q, float(order)), 1e-9)
        if s == t:
            assert_close(w(p, q, 3), abs(m - n), 1e-12)
    near = make(0.0, 1.0, *rest), make(0.0, 1.0 + 1e-12, *rest)
    unit = w(make(0.0, 1.0, *rest), make(0.0, 2.0, *rest))
    assert_close(w(*near) / unit, 1.0 + 1e-12 - 1.0, 1e-12)


FAMILIES = [
    (d.exponential(1.0), d.exponential(3.0)),
    (d.gamma(2.5, 1.0), d.gamma(2.5, 4.0)),
    (d.half_normal(1.0), d.half_normal(2.5)),
    (d.uniform(0.0, 1.0), d.uniform(0.5, 4.0)),
    (d.rayleigh(1.0), d.rayleigh(2.0)),
    (d.weibull(1.5, 1.0), d.weibull(1.5, 2.0)),
    (d.pareto(4.0, 1.0), d.pareto(3.0, 2.0)),
]


@pytest.mark.parametrize(("p", "q"), FAMILIES, ids=lambda one: repr(one))
def test_closed_forms_of_families_are_the_quadrature(p, q):
    for order in (1, 2, 2.5):
        assert_close(w(p, q, order), line_distance(p, q, float(order)), 1e-9)


def _plan(points, masses, others, shares, order):
    """Return the cost of the monotone plan in exact arithmetic."""
    left, right = sorted(zip(points, masses, strict=True)), sorted(zip(others, shares, strict=True))
    total, i, j = Fraction(0), 0, 0
    a, b = left[0][1], right[0][1]
    while True:
        moved = min(a, b)
        total += moved * abs(Fraction(left[i][0]) - Fraction(right[j][0])) ** order
        a, b = a - moved, b - moved
        if a == 0:
            i += 1
            if i == len(left):
                return total
            a = left[i][1]
        if b == 0:
            j += 1
            if j == len(right):
                return total
            b = right[j][1]


def test_points_are_transported_as_an_exact_plan_says():
    rng = np.random.default_rng(5)
    for _ in range(60):
        n, m = rng.integers(1, 9, 2)
        x, y = rng.integers(-20, 20, n) / 4, rng.integers(-20, 20, m) / 4
        a, b = rng.integers(1, 9, n), rng.integers(1, 9, m)
        p, q = d.empirical(x, a / a.sum()), d.empirical(y, b / b.sum())
        for order in (1, 2, 3):
            exact = _plan(
                x,
                [Fraction(int(v), int(a.sum())) for v in a],
                y,
                [Fraction(int(v), int(b.sum())) for v in b],
                order,
            )
            assert_close(w(p, q, order), float(exact) ** (1 / order), 1e-12, 1e-12 if exact == 0 else 0.0)


def _counted(p, q, order, most):
    """Return the distance of counts with masses in mpmath, over the levels of both distribution functions."""
    cumulative = [[mp.mpf(0)], [mp.mpf(0)]]
    for k in range(most):
        for found, mass in zip(cumulative, (p, q), strict=True):
            found.append(found[-1] + mass(k))
    levels = sorted({*cumulative[0], *cumulative[1]})
    total, places = mp.mpf(0), [0, 0]
    for low, high in itertools.pairwise(levels):
        for side in (0, 1):
            while places[side] < most - 1 and cumulative[side][places[side] + 1] <= low:
                places[side] += 1
        total += (high - low) * abs(places[0] - places[1]) ** order
    return total ** (1 / mp.mpf(order))


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("rate", [7.0, 5.0 * (1.0 + 1e-6), 5.0 * (1.0 + 1e-12)])
def test_counts(rate, order):
    def poisson(r):
        return lambda k: mp.exp(k * mp.log(mp.mpf(r)) - mp.mpf(r) - mp.loggamma(k + 1))

    with mp.workdps(40):
        expected = float(_counted(poisson(5.0), poisson(rate), order, 90))
    assert_close(w(d.poisson(5.0), d.poisson(rate), order), expected, 1e-12)


def test_counts_of_several_families():
    n = 12
    with mp.workdps(40):

        def binomial(k):
            return mp.binomial(n, k) * mp.mpf(0.3) ** k * (1 - mp.mpf(0.3)) ** (n - k) if k <= n else mp.mpf(0)

        def geometric(k):
            return mp.mpf(0.2) * (1 - mp.mpf(0.2)) ** k

        expected = [float(_counted(binomial, geometric, order, 500)) for order in (1, 2)]
    for order, value in zip((1, 2), expected, strict=True):
        assert_close(w(d.binomial(n, 0.3), d.geometric(0.2), order), value, 1e-12)


def test_points_beside_densities():
    """A point: moments about it. Poisson beside normal: the integral over each level, cut where it crosses a count."""
    assert_close(w(d.delta(1.0), kb.normal(0.0, 2.0)), math.sqrt(5.0), 1e-15)
    assert_close(w(kb.normal(0.0, 1.0), d.delta(0.0), 3), (2.0 * math.sqrt(2.0 / math.pi)) ** (1 / 3), 1e-12)
    assert_close(w(d.delta([1.0, 2.0]), d.delta(3.0)), [2.0, 1.0])
    # Bernoulli beside uniform: ∫₀^½ u² + ∫_½^1 (1 − u)².
    assert_close(w(d.bernoulli(0.5), d.uniform(0.0, 1.0)), math.sqrt(1.0 / 12.0), 1e-12)
    assert_close(w(d.bernoulli(0.5), d.uniform(0.0, 1.0), 1), 0.25, 1e-12)

    def counts(k):
        return mp.exp(-5) * mp.mpf(5) ** k / mp.factorial(k)

    with mp.workdps(25):
        below, total = mp.mpf(0), mp.mpf(0)
        for k in range(60):
            above = below + counts(k)
            ends = [
                5 + mp.sqrt(10) * mp.erfinv(2 * u - 1) if 0 < u < 1 else s * 30 for u, s in ((below, -1), (above, 1))
            ]
            cut = [ends[0], *([mp.mpf(k)] if ends[0] < k < ends[1] else []), ends[1]]
            total += mp.quad(lambda x, k=k: abs(x - k) * mp.npdf(x, 5, mp.sqrt(5)), cut)
            below = above
    assert_close(w(d.poisson(5.0), kb.normal(5.0, math.sqrt(5.0)), 1), float(total), 1e-11)


def test_vectors():
    a, b = np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([[1.0, -0.2], [-0.2, 3.0]])
    p, q = d.multivariate_normal([1.0, 2.0], a), d.multivariate_normal([0.0, 0.0], b)
    with mp.workdps(40):
        x, y = mp.matrix(a.tolist()), mp.matrix(b.tolist())
        root = mp.sqrtm(y)
        cross = mp.sqrtm(root * x * root)
        expected = mp.sqrt(5 + sum((x + y - 2 * cross)[i, i] for i in range(2)))
    assert_close(w(p, q), float(expected), 1e-14)
    independent = (
        d.independent(d.gamma(1.0, 1.0), d.normal(0.0, 1.0)),
        d.independent(d.gamma(2.0, 1.0), d.normal(1.0, 2.0)),
    )
    parts = [w(x, y) for x, y in zip(independent[0].components, independent[1].components, strict=True)]
    assert_close(w(*independent), math.hypot(*parts), 1e-14)
    scales = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = w(d.independent_of(d.laplace(0.0, scales)), d.independent_of(d.laplace(np.ones(2), 2.0)))
    assert_close(found, np.sqrt((w(d.laplace(0.0, scales), d.laplace(1.0, 2.0)) ** 2).sum(-1)), 1e-14)


def test_it_is_infinite_where_one_has_no_moment():
    assert w(d.cauchy(0.0, 1.0), kb.normal(0.0, 1.0), 1) == math.inf
    assert w(d.student_t(2.0), kb.normal(0.0, 1.0)) == math.inf
    assert w(d.pareto(1.0, 1.0), d.pareto(3.0, 1.0), 1) == math.inf
    assert w(d.cauchy(0.0, 1.0), d.cauchy(1.0, 2.0), 1) == math.inf
    assert w(d.zeta(2.5), d.poisson(1.0)) == math.inf
    # The same tail, moved: every outcome by the same.
    assert_close([w(d.cauchy(0.0, 1.0), d.cauchy(1.0, 1.0), order) for order in (1, 2, 3)], [1.0, 1.0, 1.0])
    assert math.isfinite(w(d.student_t(2.1), kb.normal(0.0, 1.0)))


def test_it_is_a_metric():
    members = [kb.normal(0.0, 1.0), d.gamma(2.0, 1.0), d.laplace(0.5, 2.0), d.uniform(-1.0, 2.0), d.poisson(1.5)]
    for order in (1, 2):
        table = np.array([[float(w(p, q, order)) for q in members] for p in members])
        assert_close(table, table.T, 1e-9)
        assert np.all(np.diag(table) == 0.0)
        for i, j, k in itertools.permutations(range(len(members)), 3):
            assert table[i, k] <= (table[i, j] + table[j, k]) * (1.0 + 1e-9)
    # Orders increase it.
    assert all(w(p, q, 1) <= w(p, q, 2) <= w(p, q, 3) for p, q in itertools.combinations(members[:4], 2))


def test_steep_quantile_functions():
    """A mixture of two components far apart: its quantile function all but jumps."""
    p = d.mixture([0.3, 0.7], [kb.normal(-100.0, 1.0), kb.normal(100.0, 1.0)])
    cut = math.sqrt(2.0) * float(mp.erfinv(2.0 * mp.mpf(0.3) - 1.0))
    # E XY of the monotone plan: the components are reached in order.
    with mp.workdps(25):

        def share(low, high, weight, centre):
            def product(u):
                x = mp.sqrt(2) * mp.erfinv(2 * u - 1)
                return x * (centre + mp.sqrt(2) * mp.erfinv(2 * (u - low) / weight - 1))

            return mp.quad(product, [low, (low + high) / 2, high])

        three = mp.mpf(0.3)
        total = share(mp.mpf(0), three, three, -100) + share(three, mp.mpf(1), 1 - three, 100)
        expected = mp.sqrt(1 + 10001 - 2 * total)
    assert cut < 0.0
    assert_close(w(p, kb.normal(0.0, 1.0)), float(expected), 1e-9)


def test_foreign_objects_libraries_and_slopes():
    import jax
    import jax.numpy as jnp
    import scipy.stats

    theirs = w(scipy.stats.norm(0, 1), torch.distributions.Normal(torch.tensor(3.0), torch.tensor(5.0)))
    assert isinstance(theirs, torch.Tensor)
    assert_close(theirs, 5.0, 1e-6)
    m = np.linspace(-1.0, 1.0, 5)
    assert w(kb.normal(m[:, None], 1.0), kb.normal(m, 2.0)).shape == (5, 5)
    t = torch.tensor(m, requires_grad=True)
    for order in (1, 2):
        assert torch.autograd.gradcheck(lambda x, o=order: w(kb.normal(x, x.exp()), kb.normal(0.3, 2.0), o), (t,))
        assert torch.autograd.gradcheck(
            lambda x: w(d.generalised_normal(x, 1.0 + x * x, 3.0), d.generalised_normal(0.3, 1.5, 3.0)), (t,)
        )
    # A batch of which some are known in closed form.
    mixed = w(d.gamma([1.0, 2.0, 2.0], [1.0, 1.0, 3.0]), d.gamma(2.0, 1.0))
    assert_close(mixed[1:], [0.0, w(d.gamma(2.0, 3.0), d.gamma(2.0, 1.0))], 1e-14)
    with jax.enable_x64(True):
        slope = jax.jit(jax.grad(lambda x: w(kb.normal(x, 1.0), kb.normal(0.5, 2.0))))
        assert_close(slope(0.3), -0.2 / math.sqrt(1.04), 1e-14)
        found = jax.jit(lambda a: w(d.gamma(a, 1.0), d.gamma(2.0, 3.0)))(jnp.array([0.5, 2.0]))
        assert_close(found, w(d.gamma([0.5, 2.0], 1.0), d.gamma(2.0, 3.0)), 1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: w(kb.normal(0, 1), kb.normal(0, 1), 0.5), ValueError, "order is 0.5"),
        (lambda: w(kb.normal(0, 1), kb.normal(0, 1), math.inf), ValueError, "order is inf"),
        (lambda: w(kb.normal(0, 1), kb.normal(0, 1), "2"), TypeError, "order is '2'"),
        (lambda: w([0.5, 0.5], [0.4, 0.6]), TypeError, "kb.distributions.empirical"),
        (lambda: w(kb.normal(0, 1), [0.4, 0.6]), TypeError, "p is the distribution normal.* q is"),
        (lambda: w(kb.normal(0, 1), d.multivariate_normal([0.0, 0.0])), ValueError, "axes"),
        (lambda: w(d.dirichlet([1.0, 2.0]), d.dirichlet([2.0, 2.0])), kb.NotExact, "products of distributions"),
        (lambda: w(d.von_mises(0.0, 1.0), d.von_mises(1.0, 1.0)), kb.NotExact, "angles"),
        (lambda: w(d.cauchy(), d.student_t(1.0, 0.0, 2.0), 1.5), kb.NotExact, "moment of order 1.5"),
        (lambda: w(d.gamma(torch.ones((), requires_grad=True), 1.0), kb.normal(0, 1)), kb.NotExact, "no gradient"),
    ],
)
def test_what_has_no_answer_says_why(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    ("p", "mean"),
    [
        (d.zeta(5.0), mp.zeta(4) / mp.zeta(5)),
        (d.beta(0.01, 3.0), mp.mpf(0.01) / (mp.mpf(0.01) + 3)),
        (d.gamma(0.05, 1.0), mp.mpf(0.05)),
        (d.inverse_gaussian(1.5, 2.0), mp.mpf(1.5)),
        (d.mixture([0.25, 0.75], [kb.normal(0.0, 1.0), d.gamma(2.0, 1.0)]), mp.mpf(1.5)),
    ],
    ids=["zeta", "beta", "gamma", "inverse_gaussian", "mixture"],
)
def test_of_order_one_it_is_the_difference_of_means_where_quantiles_are_ordered(p, mean):
    """Long tails of whole numbers, outcomes below the least number, quantiles found from the distribution function."""
    assert_close(w(p, kb.normal(-30.0, 1.0), 1), float(mean + 30), 1e-12)
