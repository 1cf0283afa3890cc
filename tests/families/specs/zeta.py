"""Zeta."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, exponent):
    return -exponent * mp.log(x) - mp.log(mp.zeta(exponent))


def kl(mp, p, q):
    s, t = p["exponent"], q["exponent"]
    return mp.log(mp.zeta(t) / mp.zeta(s)) - (t - s) * mp.zeta(s, derivative=1) / mp.zeta(s)


def renyi(mp, alpha, p, q):
    s, t = p["exponent"], q["exponent"]
    mixed = alpha * s + (1 - alpha) * t
    if mixed <= 1:
        return mp.inf
    return (mp.log(mp.zeta(mixed)) - alpha * mp.log(mp.zeta(s)) - (1 - alpha) * mp.log(mp.zeta(t))) / (alpha - 1)


def two(*values):
    return tuple(({"exponent": s}, {"exponent": t}) for s, t in values)


SPEC = Spec(
    make=kb.distributions.zeta,
    members=({"exponent": 4.0}, {"exponent": 5.0}, {"exponent": 6.0}),
    outcomes=((1.0, 2.0, 1000.0), (1.0, 5.0), (1.0, 2.0)),
    log_density=log_density,
    pairs=two(
        (2.5, 3.5),
        (3.5, 2.5),
        (2.5, 2.5 * (1 + 1e-6)),
        (2.5, 2.5 * (1 + 1e-12)),
        (1.01, 1.02),
        (1.001, 5.0),
        (5.0, 1.001),
        (30.0, 31.0),
        (2.0, 40.0),
    ),
    kl=kl,
    renyi=renyi,
)
