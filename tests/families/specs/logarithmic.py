"""Logarithmic."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.bernoulli import two


def series(mp, x):
    return -mp.log(1 - x)


def log_density(mp, x, probs):
    return x * mp.log(probs) - mp.log(x) - mp.log(series(mp, probs))


def kl(mp, p, q):
    a, b = p["probs"], q["probs"]
    mean = a / ((1 - a) * series(mp, a))
    return mean * mp.log(a / b) + mp.log(series(mp, b) / series(mp, a))


def renyi(mp, alpha, p, q):
    a, b = p["probs"], q["probs"]
    mixed = a**alpha * b ** (1 - alpha)
    if mixed >= 1:
        return mp.inf
    logs = mp.log(series(mp, mixed)) - alpha * mp.log(series(mp, a)) - (1 - alpha) * mp.log(series(mp, b))
    return logs / (alpha - 1)


SPEC = Spec(
    make=kb.distributions.logarithmic,
    members=({"probs": 0.5}, {"probs": 0.7}, {"probs": 0.1}),
    outcomes=((1.0, 2.0, 40.0), (1.0, 7.0), (1.0, 3.0)),
    log_density=log_density,
    pairs=two(
        "probs",
        (0.5, 0.8),
        (0.5, 0.5 * (1 + 1e-6)),
        (0.5, 0.5 * (1 + 1e-12)),
        (0.7, 0.71),
        (1e-12, 2e-12),
        (1e-12, 1e-12 * (1 + 1e-9)),
        (1e-12, 0.5),
        (0.5, 1e-12),
        (1 - 1e-12, 1 - 2e-12),
        (1 - 1e-12, 1 - 1.001e-12),
        (1 - 1e-12, 0.3),
        (0.3, 1 - 1e-12),
    ),
    kl=kl,
    renyi=renyi,
    digits=120,
)
