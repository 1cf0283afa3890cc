"""Discrete uniform."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, low, high):
    return -mp.log(high - low + 1)


def counts(p, q):
    shared = min(p["high"], q["high"]) - max(p["low"], q["low"]) + 1
    return p["high"] - p["low"] + 1, q["high"] - q["low"] + 1, max(shared, 0)


def kl(mp, p, q):
    n, m, shared = counts(p, q)
    return mp.log(m / n) if shared == n else mp.inf


def renyi(mp, alpha, p, q):
    n, m, shared = counts(p, q)
    if shared == 0 or (alpha > 1 and shared < n):
        return mp.inf
    return mp.log(shared * n**-alpha * m ** (alpha - 1)) / (alpha - 1)


def between(a, b):
    return {"low": a, "high": b}


SPEC = Spec(
    make=kb.distributions.discrete_uniform,
    members=(between(1.0, 6.0), between(-3.0, 8.0), between(0.0, 100.0)),
    outcomes=((1.0, 6.0), (-3.0, 0.0, 8.0), (0.0, 50.0)),
    log_density=log_density,
    pairs=(
        (between(1.0, 6.0), between(-3.0, 8.0)),
        (between(1.0, 6.0), between(1.0, 6.0)),
        (between(1.0, 6.0), between(1.0, 5.0)),
        (between(1.0, 6.0), between(4.0, 9.0)),
        (between(1.0, 6.0), between(7.0, 9.0)),
        (between(3.0, 3.0), between(1.0, 1e10)),
        (between(1.0, 1e10), between(1.0, 1e10 + 10.0)),
        (between(0.0, 0.0), between(0.0, 0.0)),
    ),
    kl=kl,
    renyi=renyi,
)
