"""Beta."""

import kullback as kb
from tests.families.spec import Spec


def log_beta(mp, a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def from_top(mp, x):
    """Return 1 − x, and something small where x was rounded to 1 by a quadrature."""
    return 1 - x if x < 1 else mp.mpf(10) ** -40


def log_density(mp, x, a, b):
    return (a - 1) * mp.log(x) + (b - 1) * mp.log(from_top(mp, x)) - log_beta(mp, a, b)


def kl(mp, p, q):
    a, b, c, d = p["a"], p["b"], q["a"], q["b"]
    both = mp.psi(0, a + b)
    logs = (c - a) * (mp.psi(0, a) - both) + (d - b) * (mp.psi(0, b) - both)
    return log_beta(mp, c, d) - log_beta(mp, a, b) - logs


def renyi(mp, alpha, p, q):
    a, b = (alpha * p[name] + (1 - alpha) * q[name] for name in ("a", "b"))
    if a <= 0 or b <= 0:
        return mp.inf
    own, other = log_beta(mp, p["a"], p["b"]), log_beta(mp, q["a"], q["b"])
    return (log_beta(mp, a, b) - alpha * own - (1 - alpha) * other) / (alpha - 1)


FLAT = {"a": 1.0, "b": 1.0}
SPEC = Spec(
    make=kb.distributions.beta,
    members=({"a": 2.0, "b": 3.5}, {"a": 0.4, "b": 0.7}, {"a": 30.0, "b": 1.0}),
    outcomes=((0.1, 0.4, 0.9), (1e-6, 0.5, 0.999), (0.7, 0.99)),
    log_density=log_density,
    pairs=(
        ({"a": 2.0, "b": 3.5}, {"a": 0.4, "b": 0.7}),
        ({"a": 1e6, "b": 1e6}, {"a": 1e6 + 100, "b": 1e6}),
        ({"a": 1e10, "b": 2.0}, {"a": 1e10 + 1e4, "b": 2.0}),
        ({"a": 2.0, "b": 3.5}, {"a": 2.0 + 1e-6, "b": 3.5}),
        ({"a": 2.0, "b": 3.5}, {"a": 2.0 + 1e-12, "b": 3.5 - 1e-12}),
        (FLAT, {"a": 1.0 + 1e-12, "b": 1.0}),
        ({"a": 1e-12, "b": 1e-12}, {"a": 2e-12, "b": 1e-12}),
        ({"a": 1e10, "b": 1e10}, {"a": 1e-10, "b": 1e-10}),
        ({"a": 1e-10, "b": 3.0}, {"a": 1e10, "b": 3.0}),
        ({"a": 67.0, "b": 5e7}, {"a": 0.7, "b": 4.8e-10}),
        ({"a": 1e10, "b": 1e10}, {"a": 1e10 * 1.001, "b": 1e10 * 1.001}),
        (FLAT, {"a": 7.0, "b": 0.25}),
    ),
    kl=kl,
    digits=120,
    renyi=renyi,
)
