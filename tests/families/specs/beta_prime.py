"""Beta prime."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, a, b, scale):
    z = x / scale
    beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return (a - 1) * mp.log(z) - (a + b) * mp.log1p(z) - mp.log(scale) - beta


def log_beta(mp, a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def kl(mp, p, q):
    a, b, c, d = p["a"], p["b"], q["a"], q["b"]
    logs = log_beta(mp, c, d) - log_beta(mp, a, b)
    return logs + (a - c) * mp.digamma(a) + (b - d) * mp.digamma(b) + (c + d - a - b) * mp.digamma(a + b)


def renyi(mp, alpha, p, q):
    a, b = (alpha * p[k] + (1 - alpha) * q[k] for k in ("a", "b"))
    if a <= 0 or b <= 0:
        return mp.inf
    mixed = log_beta(mp, a, b) - alpha * log_beta(mp, p["a"], p["b"]) - (1 - alpha) * log_beta(mp, q["a"], q["b"])
    return mixed / (alpha - 1)


def of(a, b, scale=1.0):
    return {"a": a, "b": b, "scale": scale}


SPEC = Spec(
    make=kb.distributions.beta_prime,
    members=(of(2.0, 3.0), of(0.7, 1.4, 1.0), of(4.0, 2.5, 1.0)),
    outcomes=((0.1, 0.6, 4.0), (0.01, 0.5, 20.0), (0.3, 1.6, 9.0)),
    log_density=log_density,
    pairs=(
        (of(2.0, 3.0), of(3.0, 3.0)),
        (of(2.0, 3.0, 2.5), of(0.7, 1.4, 2.5)),
        (of(2.0, 3.0), of(2.0 + 1e-12, 3.0)),
        (of(2.0, 3.0), of(2.0 - 1e-6, 3.0 + 1e-6)),
        (of(1e10, 2.0), of(1e10 + 1e4, 2.0)),
        (of(1e6, 1e6), of(1e6 + 100, 1e6)),
        (of(1e-12, 1.0), of(2e-12, 1.0)),
        (of(1.0, 1.0), of(1.0, 1e-12)),
        (of(1e-12, 1e-12), of(1.0, 1e10)),
    ),
    kl=kl,
    renyi=renyi,
    digits=100,
)
