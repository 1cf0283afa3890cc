"""Zipf."""

import kullback as kb
from tests.families.spec import Spec


def harmonic(mp, n, s):
    return mp.fsum(mp.power(k, -s) for k in range(1, int(n) + 1))


def log_density(mp, x, exponent, size):
    return -exponent * mp.log(x) - mp.log(harmonic(mp, size, exponent))


def kl(mp, p, q):
    s, t, n = p["exponent"], q["exponent"], p["size"]
    below = harmonic(mp, n, s)
    mean = mp.fsum(mp.power(k, -s) * mp.log(k) for k in range(1, int(n) + 1)) / below
    return (t - s) * mean + mp.log(harmonic(mp, n, t) / below)


def renyi(mp, alpha, p, q):
    s, t, n = p["exponent"], q["exponent"], p["size"]
    mixed = mp.log(harmonic(mp, n, alpha * s + (1 - alpha) * t))
    return (mixed - alpha * mp.log(harmonic(mp, n, s)) - (1 - alpha) * mp.log(harmonic(mp, n, t))) / (alpha - 1)


def pair(n, s, t):
    return {"exponent": s, "size": n}, {"exponent": t, "size": n}


SPEC = Spec(
    make=kb.distributions.zipf,
    members=({"exponent": 1.1, "size": 200.0}, {"exponent": 2.0, "size": 200.0}, {"exponent": 0.3, "size": 12.0}),
    outcomes=((1.0, 64.0, 200.0), (1.0, 199.0), (1.0, 12.0)),
    log_density=log_density,
    pairs=(
        pair(200.0, 1.1, 2.0),
        pair(200.0, 1.1, 1.1 * (1 + 1e-6)),
        pair(1000.0, 1.0, 1.0 + 1e-12),
        pair(64.0, 0.0, 1.0),
        pair(65.0, 1.0, 0.0),
        pair(2.0, 30.0, 31.0),
        pair(1.0, 2.0, 3.0),
        pair(500.0, 0.0, 60.0),
        pair(500.0, 60.0, 0.0),
    ),
    kl=kl,
    renyi=renyi,
)
