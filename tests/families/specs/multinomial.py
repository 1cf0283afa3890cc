"""Multinomial."""

import kullback as kb
from tests.families.spec import Spec


def normalised(mp, one):
    total = mp.fsum(one["probs"])
    return [x / total for x in one["probs"]]


def log_density(mp, x, total_count, probs):
    chances = normalised(mp, {"probs": probs})
    ways = mp.loggamma(total_count + 1) - mp.fsum(mp.loggamma(k + 1) for k in x)
    return ways + mp.fsum(k * mp.log(p) for k, p in zip(x, chances, strict=True) if k)


def kl(mp, p, q):
    pairs = zip(normalised(mp, p), normalised(mp, q), strict=True)
    return p["total_count"] * mp.fsum(a * mp.log(a / b) for a, b in pairs if a)


def renyi(mp, alpha, p, q):
    pairs = zip(normalised(mp, p), normalised(mp, q), strict=True)
    return p["total_count"] * mp.log(mp.fsum(a**alpha * b ** (1 - alpha) for a, b in pairs)) / (alpha - 1)


def of(n, *probs):
    return {"total_count": n, "probs": list(probs)}


SPEC = Spec(
    make=kb.distributions.multinomial,
    members=(of(4.0, 0.2, 0.3, 0.5), of(4.0, 0.25, 0.25, 0.5), of(4.0, 0.1, 0.8, 0.1)),
    outcomes=(((0.0, 1.0, 3.0), (4.0, 0.0, 0.0)), ((1.0, 1.0, 2.0),), ((0.0, 4.0, 0.0),)),
    log_density=log_density,
    pairs=(
        (of(4.0, 0.2, 0.3, 0.5), of(4.0, 0.25, 0.25, 0.5)),
        (of(1e9, 0.2, 0.3, 0.5), of(1e9, 0.2 + 1e-12, 0.3, 0.5)),
        (of(3.0, 0.2, 0.3, 0.5), of(3.0, 1e-12, 0.5, 0.5)),
        (of(3.0, 0.0, 0.5, 0.5), of(3.0, 0.2, 0.3, 0.5)),
        (of(3.0, 1e-12, 0.5, 0.5), of(3.0, 0.2, 0.3, 0.5)),
        (of(3.0, 1e-300, 0.5, 0.5), of(3.0, 0.2, 0.3, 0.5)),
        (of(0.0, 0.5, 0.25, 0.25), of(0.0, 0.2, 0.3, 0.5)),
        (of(7.0, 0.2, 0.3, 0.5), of(7.0, 0.2, 0.3, 0.5)),
    ),
    kl=kl,
    renyi=renyi,
    univariate=False,
)
