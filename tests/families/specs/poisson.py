"""Poisson."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.bernoulli import two


def log_density(mp, x, rate):
    return (x * mp.log(rate) if x else 0) - rate - mp.loggamma(x + 1)


def kl(mp, p, q):
    a, b = p["rate"], q["rate"]
    if a == 0:
        return b
    return a * mp.log(a / b) + b - a if b > 0 else mp.inf


def renyi(mp, alpha, p, q):
    a, b = p["rate"], q["rate"]
    if b == 0 < a and alpha > 1:
        return mp.inf
    mixed = a**alpha * b ** (1 - alpha) if a > 0 and b > 0 else 0
    return (mixed - alpha * a - (1 - alpha) * b) / (alpha - 1)


SPEC = Spec(
    make=kb.distributions.poisson,
    members=({"rate": 2.5}, {"rate": 4.0}, {"rate": 80.0}),
    outcomes=((0.0, 1.0, 12.0), (0.0, 4.0), (3.0, 79.0, 80.0, 140.0)),
    log_density=log_density,
    pairs=two(
        "rate",
        (2.5, 4.0),
        (1e8, 1e8 + 100),
        (2.5, 2.5 * (1 + 1e-6)),
        (2.5, 2.5 * (1 + 1e-12)),
        (1e-12, 2e-12),
        (1e10, 1e10 * (1 + 1e-9)),
        (1e-12, 50.0),
        (50.0, 1e-12),
        (1e-300, 1.0),
        (0.0, 2.0),
        (2.0, 0.0),
        (0.0, 0.0),
    ),
    kl=kl,
    renyi=renyi,
)
