"""Generalised gamma, and what its special cases share."""

import kullback as kb
from tests.families.spec import Spec


def stacy(mp, x, a, d, p):
    return mp.log(p) - d * mp.log(a) - mp.loggamma(d / p) + (d - 1) * mp.log(x) - (x / a) ** p


def bauckhage(mp, one, other):
    """KL between two, each (a, d, p): Bauckhage 2014."""
    (a, d, p), (b, e, q) = one, other
    k = d / p
    logs = mp.log(p / q) + e * mp.log(b) - d * mp.log(a) + mp.loggamma(e / q) - mp.loggamma(k)
    power = mp.exp(mp.loggamma((d + q) / p) - mp.loggamma(k) + q * mp.log(a / b))
    return logs + (mp.digamma(k) / p + mp.log(a)) * (d - e) + power - k


def equal_power_renyi(mp, alpha, one, other):
    """Rényi of gamma distributions (shape, rate): Gil, Alajaji and Linder 2013."""
    (a, r), (b, s) = one, other
    c, t = alpha * a + (1 - alpha) * b, alpha * r + (1 - alpha) * s
    if c <= 0 or t <= 0:
        return mp.inf
    integral = (
        mp.loggamma(c)
        - c * mp.log(t)
        + alpha * (a * mp.log(r) - mp.loggamma(a))
        + (1 - alpha) * (b * mp.log(s) - mp.loggamma(b))
    )
    return integral / (alpha - 1)


def log_density(mp, x, scale, shape, power):
    return stacy(mp, x, scale, shape, power)


def kl(mp, p, q):
    return bauckhage(mp, (p["scale"], p["shape"], p["power"]), (q["scale"], q["shape"], q["power"]))


def of(scale, shape, power):
    return {"scale": scale, "shape": shape, "power": power}


USUAL = of(1.2, 2.5, 1.6)
SPEC = Spec(
    make=kb.distributions.generalised_gamma,
    members=(USUAL, of(0.9, 1.8, 2.1), of(3.0, 0.6, 0.8)),
    outcomes=((0.1, 1.0, 4.0), (0.05, 0.8, 2.0), (1e-3, 2.0, 20.0)),
    log_density=log_density,
    pairs=(
        (USUAL, of(0.9, 1.8, 2.1)),
        (of(0.9, 1.8, 2.1), USUAL),
        (USUAL, of(1.2, 2.5, 1.6 + 1e-12)),
        (USUAL, of(1.2, 2.5 + 1e-6, 1.6)),
        (USUAL, of(1.2 + 1e-12, 2.5 - 1e-12, 1.6 + 1e-12)),
        (of(1.0, 1e10, 1.0), of(1.0 + 1e-6, 1e10, 1.0 + 1e-7)),
        (of(1.0, 1e-12, 1.0), of(2.0, 3e-12, 1.5)),
        (of(1.0, 1e-12, 1.0), of(1.0, 1.0, 1.0)),
        (of(1.0, 1.0, 1.0), of(1.0, 1e-12, 1.0)),
        (of(1.0, 2.0, 0.01), of(1.0, 3.0, 0.02)),
        (of(1e-12, 5.0, 1.0), of(1e-11, 5.0, 1.7)),
        (of(2.0, 300.0, 3.0), of(2.0, 299.9, 3.0003)),
    ),
    kl=kl,
    digits=120,
)
