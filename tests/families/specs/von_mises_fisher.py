"""Von Mises–Fisher."""

import kullback as kb
from tests.families.spec import Spec


def unit(mp, x):
    length = mp.sqrt(mp.fsum(v * v for v in x))
    return [v / length for v in x]


def log_normaliser(mp, d, k):
    order = mp.mpf(d) / 2 - 1
    if not k:
        return mp.log(2) + mp.mpf(d) / 2 * mp.log(mp.pi) - mp.loggamma(mp.mpf(d) / 2)
    return mp.mpf(d) / 2 * mp.log(2 * mp.pi) - order * mp.log(k) + mp.log(mp.besseli(order, k))


def dot(mp, a, b):
    return mp.fsum(x * y for x, y in zip(a, b, strict=True))


def log_density(mp, x, mean_direction, concentration):
    return concentration * dot(mp, x, unit(mp, mean_direction)) - log_normaliser(mp, len(x), concentration)


def kl(mp, p, q):
    k, new = p["concentration"], q["concentration"]
    first, second = unit(mp, p["mean_direction"]), unit(mp, q["mean_direction"])
    d = len(first)
    ratio = mp.besseli(mp.mpf(d) / 2, k) / mp.besseli(mp.mpf(d) / 2 - 1, k) if k else mp.mpf(0)
    return log_normaliser(mp, d, new) - log_normaliser(mp, d, k) + ratio * (k - new * dot(mp, first, second))


def renyi(mp, alpha, p, q):
    k, new = p["concentration"], q["concentration"]
    first, second = unit(mp, p["mean_direction"]), unit(mp, q["mean_direction"])
    d = len(first)
    mixed = [alpha * k * a + (1 - alpha) * new * b for a, b in zip(first, second, strict=True)]
    length = mp.sqrt(dot(mp, mixed, mixed))
    total = alpha * log_normaliser(mp, d, k) + (1 - alpha) * log_normaliser(mp, d, new)
    return (log_normaliser(mp, d, length) - total) / (alpha - 1)


def member(direction, k):
    return {"mean_direction": list(direction), "concentration": k}


NORTH, ASIDE = (0.0, 0.0, 1.0), (0.0, 0.8, 0.6)
NEAR = (0.0, 1e-9, 1.0)
WIDE = (1.0, *[0.0] * 99)
SPEC = Spec(
    make=kb.distributions.von_mises_fisher,
    members=(member(NORTH, 2.0), member(ASIDE, 5.0), member((-0.6, 0.8, 0.0), 0.5)),
    outcomes=((NORTH, ASIDE), ((1.0, 0.0, 0.0),), (ASIDE,)),
    log_density=log_density,
    pairs=(
        (member(NORTH, 2.0), member(ASIDE, 5.0)),
        (member(NORTH, 2.0), member(NORTH, 2.0 + 1e-12)),
        (member(NORTH, 2.0), member(NEAR, 2.0)),
        (member(NORTH, 1e6), member(NEAR, 1e6 + 1e-3)),
        (member(NORTH, 1e-12), member(ASIDE, 2e-12)),
        (member(NORTH, 0.0), member(ASIDE, 3.0)),
        (member(NORTH, 3.0), member(ASIDE, 0.0)),
        (member(NORTH, 50.0), member((0.0, 0.0, -1.0), 40.0)),
        (member((0.6, 0.8), 1000.0), member((0.8, 0.6), 1001.0)),
        (member(WIDE, 30.0), member((0.6, 0.8, *[0.0] * 98), 60.0)),
        (member(WIDE, 30.0), member(WIDE, 30.000001)),
    ),
    kl=kl,
    digits=80,
    renyi=renyi,
    univariate=False,
)
