"""Fisher–Rao distances: the eikonal equation with information by quadrature, hyperbolic truth, and what follows."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch

import kullback as kb
from kullback import distributions as d
from tests.close import assert_close

mp.mp.dps = 40


def _t(x, m, s, nu=4.5):
    constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(math.pi * nu)
    return constant - torch.log(s) - (nu + 1) / 2 * torch.log1p(((x - m) / s) ** 2 / nu)


def _logistic(x, m, s):
    z = torch.abs(x - m) / s
    return -z - torch.log(s) - 2 * torch.log1p(torch.exp(-z))


def _normal(x, m, s):
    return -(((x - m) / s) ** 2) / 2 - torch.log(s) - math.log(2 * math.pi) / 2


# Constructor, ln p(x, *θ) and θ.
LINE = {
    "normal": (d.normal, _normal, (0.3, 1.7)),
    "laplace": (d.laplace, lambda x, m, s: -torch.abs(x - m) / s - torch.log(2 * s), (0.5, 1.5)),
    "cauchy": (d.cauchy, lambda x, m, s: -torch.log(math.pi * s * (1 + ((x - m) / s) ** 2)), (0.5, 1.5)),
    "student_t": (lambda m, s: d.student_t(4.5, m, s), _t, (0.5, 1.5)),
    "gumbel": (d.gumbel, lambda x, m, s: -(x - m) / s - torch.exp(-(x - m) / s) - torch.log(s), (0.5, 1.5)),
    "logistic": (d.logistic, _logistic, (0.5, 1.5)),
}
HALF_LINE = {
    "log_normal": (d.log_normal, lambda x, m, s: _normal(torch.log(x), m, s) - torch.log(x), (0.3, 0.7)),
    "weibull": (d.weibull, lambda x, k, s: torch.log(k / s) + (k - 1) * torch.log(x / s) - (x / s) ** k, (1.6, 0.7)),
    "frechet": (d.frechet, lambda x, k, s: torch.log(k / s) - (k + 1) * torch.log(x / s) - (x / s) ** -k, (1.6, 0.7)),
    "log_logistic": (
        d.log_logistic,
        lambda x, k, s: torch.log(k / s) + (k - 1) * torch.log(x / s) - 2 * torch.log1p((x / s) ** k),
        (1.6, 0.7),
    ),
    "inverse_gaussian": (
        d.inverse_gaussian,
        lambda x, m, c: torch.log(c / (2 * math.pi * x**3)) / 2 - c * (x - m) ** 2 / (2 * m * m * x),
        (1.3, 2.1),
    ),
    "exponential": (d.exponential, lambda x, r: torch.log(r) - r * x, (1.7,)),
    "rayleigh": (d.rayleigh, lambda x, s: torch.log(x) - 2 * torch.log(s) - x * x / (2 * s * s), (1.7,)),
    "maxwell": (
        d.maxwell,
        lambda x, s: math.log(2 / math.pi) / 2 + 2 * torch.log(x) - 3 * torch.log(s) - x * x / (2 * s * s),
        (1.7,),
    ),
    "half_normal": (
        d.half_normal,
        lambda x, s: math.log(2 / math.pi) / 2 - torch.log(s) - x * x / (2 * s * s),
        (1.7,),
    ),
    # Of 1 + x, which is what the quadrature below integrates over.
    "pareto": (lambda a: d.pareto(a, 1.0), lambda x, a: torch.log(a) - (a + 1) * torch.log1p(x), (2.3,)),
}
DENSITIES = LINE | HALF_LINE
COUNTS = {
    "poisson": (d.poisson, lambda k, r: k * mp.log(r) - r - mp.loggamma(k + 1), 3.2, 80),
    "bernoulli": (d.bernoulli, lambda k, p: k * mp.log(p) + (1 - k) * mp.log(1 - p), 0.23, 2),
    "binomial": (
        lambda p: d.binomial(7, p),
        lambda k, p: mp.log(mp.binomial(7, k)) + k * mp.log(p) + (7 - k) * mp.log(1 - p),
        0.23,
        8,
    ),
    "geometric": (d.geometric, lambda k, p: k * mp.log(1 - p) + mp.log(p), 0.43, 140),
    "negative_binomial": (
        lambda p: d.negative_binomial(2.5, p),
        lambda k, p: mp.loggamma(k + 2.5) - mp.loggamma(k + 1) - mp.loggamma(2.5) + 2.5 * mp.log(1 - p) + k * mp.log(p),
        0.43,
        160,
    ),
}


def _information(name):
    """Return the Fisher information E ∂ᵢ ln p ∂ⱼ ln p, by the trapezoidal rule in t, x = c ± exp(½π sinh t)."""
    _, log_prob, theta = DENSITIES[name]
    t = torch.linspace(-4.6, 4.6, 4001, dtype=torch.float64)
    away = torch.exp(0.5 * math.pi * torch.sinh(t))
    weights = away * 0.5 * math.pi * torch.cosh(t) * (t[1] - t[0])
    sides = [theta[0] + away, theta[0] - away] if name in LINE else [away]
    total, mass = 0.0, 0.0
    for x in sides:
        at = [torch.full_like(x, value, requires_grad=True) for value in theta]
        logs = log_prob(x, *at)
        seen = torch.isfinite(logs) & (logs > -700.0)
        scores = torch.stack(torch.autograd.grad(torch.where(seen, logs, 0.0).sum(), at))
        shares = torch.where(seen, torch.exp(logs.detach()) * weights, 0.0)
        scores = torch.where(seen, scores, 0.0)
        mass += float(shares.sum())
        total = total + (scores[:, None] * scores[None] * shares).sum(-1)
    assert_close(mass, 1.0, 1e-11)
    return total.numpy()


def _gradient(make, start, theta):
    at = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in theta]
    distance = kb.fisher_rao(make(*(torch.tensor(x, dtype=torch.float64) for x in start)), make(*at))
    distance.backward()
    return float(distance.detach()), np.array([float(x.grad) for x in at])


@pytest.mark.parametrize("name", DENSITIES)
def test_the_distance_grows_at_unit_speed_everywhere(name):
    """|∇d(θ₀, ·)| = 1 in the metric that quadrature finds: only the geodesic distance does that from every θ₀."""
    make, _, theta = DENSITIES[name]
    inverse = np.linalg.inv(_information(name))
    factors = (0.5, 0.9, 1.2, 3.0) if len(theta) == 1 else itertools.product((0.5, 1.2, 3.0), (0.4, 1.1, 2.5))
    for factor in factors:
        start = tuple(x * f for x, f in zip(theta, np.atleast_1d(factor), strict=True))
        distance, slope = _gradient(make, start, theta)
        assert distance > 0.0
        assert_close(slope @ inverse @ slope, 1.0, 1e-9)


@pytest.mark.parametrize("name", COUNTS)
def test_the_distance_of_counts_grows_at_unit_speed(name):
    make, log_prob, theta, most = COUNTS[name]
    with mp.workdps(20):
        at = mp.mpf(theta)
        information = mp.fsum(
            mp.exp(log_prob(k, at)) * mp.diff(lambda v, k=k: log_prob(k, v), at) ** 2 for k in range(most)
        )
    for factor in (0.01, 0.5, 0.99, 1.5):
        _, slope = _gradient(make, (theta * factor,), (theta,))
        assert_close(slope[0] ** 2, float(information), 1e-11)


def _half_plane(shift, a, b):
    return mp.acosh(1 + (shift**2 + (a - b) ** 2) / (2 * a * b))


# Distances in mpmath, from the parameters as given, by inverse hyperbolic cosines of 60 digits.
def _normal_truth(m, s, n, t):
    return mp.sqrt(2) * _half_plane((m - n) / mp.sqrt(2), s, t)


def _gumbel_truth(m, s, n, t):
    c = mp.pi / mp.sqrt(6)
    return c * _half_plane(((m - n) - (1 - mp.euler) * (s - t)) / c, s, t)


def _logistic_truth(m, s, n, t):
    c = mp.sqrt(3 + mp.pi**2) / 3
    return c * _half_plane((m - n) / (c * mp.sqrt(3)), s, t)


TRUTH = {
    "normal": _normal_truth,
    "log_normal": _normal_truth,
    "laplace": lambda m, s, n, t: _half_plane(m - n, s, t),
    "cauchy": lambda m, s, n, t: _half_plane(m - n, s, t) / mp.sqrt(2),
    "gumbel": _gumbel_truth,
    "logistic": _logistic_truth,
    "weibull": lambda k, s, j, t: _gumbel_truth(-mp.log(s), 1 / k, -mp.log(t), 1 / j),
    "frechet": lambda k, s, j, t: _gumbel_truth(mp.log(s), 1 / k, mp.log(t), 1 / j),
    "log_logistic": lambda k, s, j, t: _logistic_truth(mp.log(s), 1 / k, mp.log(t), 1 / j),
    "inverse_gaussian": lambda m, c, n, e: mp.sqrt(2) * _half_plane(mp.sqrt(2 / m) - mp.sqrt(2 / n), c**-0.5, e**-0.5),
    "exponential": lambda r, s: abs(mp.log(r / s)),
    "rayleigh": lambda r, s: 2 * abs(mp.log(r / s)),
    "maxwell": lambda r, s: mp.sqrt(6) * abs(mp.log(r / s)),
    "half_normal": lambda r, s: mp.sqrt(2) * abs(mp.log(r / s)),
    "poisson": lambda r, s: 2 * abs(mp.sqrt(r) - mp.sqrt(s)),
    "bernoulli": lambda p, q: 2 * mp.acos(mp.sqrt(p * q) + mp.sqrt((1 - p) * (1 - q))),
    "geometric": lambda p, q: 2 * abs(mp.atanh(mp.sqrt(1 - p)) - mp.atanh(mp.sqrt(1 - q))),
}


@pytest.mark.parametrize("name", TRUTH)
def test_the_last_digits_nearly_equal_and_far_apart(name):
    make = getattr(d, name)
    count = (
        1 if name in ("exponential", "rayleigh", "maxwell", "half_normal", "poisson", "bernoulli", "geometric") else 2
    )
    rng = np.random.default_rng(7)
    rows = []
    for _ in range(150):
        step = 10.0 ** rng.uniform(-13, 0 if count == 1 else 1.5)
        if name in ("bernoulli", "geometric"):
            p = rng.uniform(0.001, 0.9)
            rows.append((p, p * (1.0 - 0.9 * min(step, 1.0))))
        elif count == 1:
            p = 10.0 ** rng.uniform(-8, 8)
            rows.append((p, p * (1.0 + step)))
        elif name in ("weibull", "frechet", "log_logistic", "inverse_gaussian"):
            a, b = 10.0 ** rng.uniform(-1, 1, 2)
            rows.append((a, b, a * (1.0 + step), b * (1.0 + rng.choice([0.0, step]))))
        else:
            s = 10.0 ** rng.uniform(-8, 8)
            m = s * rng.normal()
            rows.append((m, s, m + s * step * rng.normal(), s * (1.0 + rng.choice([0.0, step]))))
    columns = np.array(rows).T
    found = kb.fisher_rao(make(*columns[:count]), make(*columns[count:]))
    with mp.workdps(60):
        expected = [float(TRUTH[name](*(mp.mpf(float(x)) for x in row))) for row in rows]
    assert_close(found, expected, 2e-14)


@pytest.mark.parametrize("name", DENSITIES)
def test_neighbours_are_as_far_apart_as_relative_entropy_says(name):
    make, _, theta = DENSITIES[name]
    p, q = make(*theta), make(*(x * (1.0 + 1e-7) for x in theta))
    # Laplace's relative entropy has a kink: its third-order terms are larger.
    assert_close(kb.fisher_rao(p, q) ** 2, 2.0 * kb.kl(p, q), 1e-6)


def test_listed_outcomes_lie_on_a_sphere():
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(5), 20), rng.dirichlet(np.ones(5), 20)
    near = p * (1.0 + 1e-9 * rng.normal(size=p.shape))
    near /= near.sum(-1, keepdims=True)

    def truth(a, b):
        with mp.workdps(60):
            a, b = [mp.mpf(float(x)) for x in a], [mp.mpf(float(x)) for x in b]
            a, b = [x / mp.fsum(a) for x in a], [x / mp.fsum(b) for x in b]
            return float(2 * mp.acos(mp.fsum(mp.sqrt(x * y) for x, y in zip(a, b, strict=True))))

    for other in (q, near):
        assert_close(kb.fisher_rao(p, other), [truth(a, b) for a, b in zip(p, other, strict=True)], 1e-13)
    assert_close(kb.fisher_rao([1.0, 0.0], [0.0, 1.0]), math.pi, 1e-15)
    assert_close(kb.fisher_rao(kb.counts([2, 2]), kb.counts([5, 5])), 0.0)
    assert_close(kb.fisher_rao(p.T, q.T, axis=0), kb.fisher_rao(p, q), 1e-14)
    assert_close(kb.fisher_rao(d.multinomial(9, p), d.multinomial(9, q)), 3.0 * kb.fisher_rao(p, q), 1e-14)
    assert_close(
        kb.fisher_rao(d.bernoulli(p[:, 0]), d.bernoulli(q[:, 0])),
        kb.fisher_rao(np.stack([p[:, 0], 1 - p[:, 0]], -1), np.stack([q[:, 0], 1 - q[:, 0]], -1)),
        1e-13,
    )


def test_normal_vectors_of_one_covariance():
    """The path in closed form solves the equations of geodesics among all normal distributions, and has this length."""
    from scipy.integrate import solve_ivp

    covariance = np.array([[2.0, 0.6], [0.6, 0.5]])
    step = np.array([1.5, -0.8])
    delta = math.sqrt(step @ np.linalg.solve(covariance, step))
    radius = math.sqrt(1.0 + delta**2 / 8.0)
    end = math.atanh(delta / (2.0 * math.sqrt(2.0) * radius))
    # In coordinates of the standard normal along `step`: mean √2 R tanh τ, deviation R/cosh τ. At τ = −end:
    outer = np.outer(step, step) / delta**2
    mean_speed = step / delta * math.sqrt(2.0) * radius / math.cosh(end) ** 2
    deviation_speed = radius * math.tanh(end) / math.cosh(end)
    start = np.concatenate([-step / 2.0, covariance.ravel(), mean_speed, (2.0 * deviation_speed * outer).ravel()])

    def field(_, y):
        sigma, mu_dot, sigma_dot = y[2:6].reshape(2, 2), y[6:8], y[8:].reshape(2, 2)
        turn = sigma_dot @ np.linalg.inv(sigma)
        return np.concatenate(
            [mu_dot, sigma_dot.ravel(), turn @ mu_dot, (turn @ sigma_dot - np.outer(mu_dot, mu_dot)).ravel()]
        )

    path = solve_ivp(field, (-end, end), start, rtol=1e-12, atol=1e-13, dense_output=True)
    assert_close(path.y[:2, -1], step / 2.0, 1e-9)
    assert_close(path.y[2:6, -1], covariance.ravel(), 1e-9)
    inverse = np.linalg.inv(covariance)
    whirl = inverse @ start[8:].reshape(2, 2)
    speed = math.sqrt(mean_speed @ inverse @ mean_speed + 0.5 * np.trace(whirl @ whirl))
    found = kb.fisher_rao(d.multivariate_normal(step, covariance), d.multivariate_normal([0.0, 0.0], covariance))
    assert_close(found, 2.0 * end * speed, 1e-12)
    # That of one number, where the covariance is the same in one dimension.
    assert_close(
        kb.fisher_rao(d.multivariate_normal([0.4], [[4.0]]), d.multivariate_normal([-1.0], [[4.0]])),
        kb.fisher_rao(kb.normal(0.4, 2.0), kb.normal(-1.0, 2.0)),
        1e-14,
    )


def test_products_add_up_in_squares():
    one = d.independent(d.exponential(1.0), d.normal(0.0, 1.0)), d.independent(d.exponential(2.0), d.normal(1.0, 3.0))
    parts = [kb.fisher_rao(a, b) for a, b in zip(one[0].components, one[1].components, strict=True)]
    assert_close(kb.fisher_rao(*one), math.hypot(*parts), 1e-15)
    rates = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = kb.fisher_rao(d.independent_of(d.poisson(rates)), d.independent_of(d.poisson(rates + 1.0)))
    assert_close(found, np.sqrt((kb.fisher_rao(d.poisson(rates), d.poisson(rates + 1.0)) ** 2).sum(-1)), 1e-15)


def test_libraries_batches_and_slopes():
    import jax

    m = np.linspace(-1.0, 1.0, 5)
    expected = kb.fisher_rao(kb.normal(m[:, None], 1.0), kb.normal(m, 2.0))
    assert expected.shape == (5, 5)
    assert_close(expected, np.array([[float(_normal_truth(a, 1, b, 2)) for b in m] for a in m]), 1e-14)
    t = torch.tensor(m, requires_grad=True)
    assert_close(
        kb.fisher_rao(torch.distributions.Normal(t[:, None], 1.0), kb.normal(m, 2.0)).detach(), expected, 1e-14
    )
    assert torch.autograd.gradcheck(lambda x: kb.fisher_rao(kb.normal(x, 1.0), kb.normal(0.3, 2.0)), (t,))
    assert torch.autograd.gradcheck(lambda x: kb.fisher_rao(torch.softmax(x, -1), torch.softmax(-2 * x, -1)), (t,))
    same = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    kb.fisher_rao(kb.normal(same, 1.0), kb.normal(0.3, 1.0)).backward()
    assert float(same.grad) == 0.0
    with jax.enable_x64(True):
        traced = jax.jit(lambda x: kb.fisher_rao(kb.normal(x, 1.0), kb.normal(0.3, 2.0)))(m)
        assert_close(traced, kb.fisher_rao(kb.normal(m, 1.0), kb.normal(0.3, 2.0)), 1e-14)


@pytest.mark.parametrize(
    ("p", "q", "error", "words"),
    [
        (d.gamma(1.0, 2.0), d.gamma(2.0, 1.0), kb.NotExact, "gamma and gamma.*exists for pairs of one family"),
        (d.normal(0, 1), d.gamma(2.0, 1.0), kb.NotExact, "normal and gamma"),
        (d.student_t(2.0), d.student_t(3.0, 1.0), kb.NotExact, "none for these parameters"),
        (d.pareto(2.0, 1.0), d.pareto(2.0, 3.0), kb.NotExact, "none for these parameters"),
        ([0.5, 0.5], d.normal(0, 1), TypeError, "fisher_rao: q is the distribution normal.* p is"),
        ([0.5, 0.6], [0.5, 0.5], ValueError, "sums to 1.1"),
        (d.normal(0, 1), d.multivariate_normal([0.0, 0.0]), ValueError, "axes"),
    ],
)
def test_what_has_no_answer_says_why(p, q, error, words):
    with pytest.raises(error, match=words):
        kb.fisher_rao(p, q)


def test_the_axis_belongs_to_listed_outcomes():
    with pytest.raises(TypeError, match="axis belongs to arrays"):
        kb.fisher_rao(kb.normal(0, 1), kb.normal(1, 1), axis=0)
