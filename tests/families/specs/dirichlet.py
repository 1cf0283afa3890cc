"""Dirichlet."""

import kullback as kb
from tests.families.spec import Spec


def log_beta(mp, a):
    return mp.fsum(mp.loggamma(x) for x in a) - mp.loggamma(mp.fsum(a))


def log_density(mp, x, concentration):
    return mp.fsum((a - 1) * mp.log(v) for a, v in zip(concentration, x, strict=True)) - log_beta(mp, concentration)


def kl(mp, p, q):
    a, b = p["concentration"], q["concentration"]
    whole = mp.digamma(mp.fsum(a))
    return (
        log_beta(mp, b)
        - log_beta(mp, a)
        + mp.fsum((x - y) * (mp.digamma(x) - whole) for x, y in zip(a, b, strict=True))
    )


def renyi(mp, alpha, p, q):
    a, b = p["concentration"], q["concentration"]
    mixed = [alpha * x + (1 - alpha) * y for x, y in zip(a, b, strict=True)]
    if min(mixed) <= 0:
        return mp.inf
    return (log_beta(mp, mixed) - alpha * log_beta(mp, a) - (1 - alpha) * log_beta(mp, b)) / (alpha - 1)


def member(*values):
    return {"concentration": list(values)}


SPEC = Spec(
    make=kb.distributions.dirichlet,
    members=(member(1.0, 2.0, 3.0), member(0.5, 0.25, 4.0), member(20.0, 1.0, 3.0)),
    outcomes=(([0.25, 0.25, 0.5], [0.125, 0.625, 0.25]), ([0.5, 0.25, 0.25],), ([0.75, 0.125, 0.125],)),
    log_density=log_density,
    pairs=(
        (member(1e8, 1e8, 1e8), member(1e8 + 1e3, 1e8, 1e8)),
        (member(1.0, 2.0, 3.0), member(0.5, 0.25, 4.0)),
        (member(1.0, 2.0, 3.0), member(1.0, 2.0, 3.0 + 1e-12)),
        (member(1e-12, 1e-12), member(1e-12, 3e-12)),
        (member(1e-12, 1.0, 1e10), member(1e10, 1.0, 1e-12)),
        (member(1e10, 1e10), member(1e10 * (1.0 + 1e-6), 1e10 * (1.0 + 1e-6))),
        (member(1e10, 1e10), member(1e-12, 1e-12)),
        (member(*[0.125 * i for i in range(1, 30)]), member(*[0.125 * i + 1e-6 for i in range(1, 30)])),
        (member(5.0), member(7.0)),
    ),
    kl=kl,
    digits=90,
    renyi=renyi,
    univariate=False,
)
