"""Binomial."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs import bernoulli


def log_density(mp, x, total_count, probs):
    n = int(total_count)
    return mp.log(mp.binomial(n, int(x))) + x * mp.log(probs) + (n - x) * mp.log1p(-probs)


def kl(mp, p, q):
    return p["total_count"] * bernoulli.kl(mp, {"probs": p["probs"]}, {"probs": q["probs"]})


def renyi(mp, alpha, p, q):
    return p["total_count"] * bernoulli.renyi(mp, alpha, {"probs": p["probs"]}, {"probs": q["probs"]})


def pair(n, p, q):
    return {"total_count": n, "probs": p}, {"total_count": n, "probs": q}


SPEC = Spec(
    make=kb.distributions.binomial,
    members=(
        {"total_count": 12.0, "probs": 0.4},
        {"total_count": 12.0, "probs": 0.1},
        {"total_count": 1000.0, "probs": 0.7},
    ),
    outcomes=((0.0, 5.0, 12.0), (0.0, 1.0, 12.0), (0.0, 3.0, 690.0, 700.0, 1000.0)),
    log_density=log_density,
    pairs=(
        pair(12.0, 0.4, 0.1),
        pair(1e9, 0.5, 0.50001),
        pair(1e9, 0.5, 0.5 * (1 + 1e-12)),
        pair(7.0, 0.2, 0.2 * (1 + 1e-6)),
        pair(1e10, 1e-12, 3e-12),
        pair(3.0, 1 - 1e-12, 0.5),
        pair(5.0, 0.0, 0.2),
        pair(5.0, 1.0, 0.2),
        pair(5.0, 0.2, 0.0),
        pair(0.0, 0.3, 0.4),
        pair(0.0, 0.3, 0.0),
    ),
    kl=lambda mp, p, q: mp.mpf(0) if p["total_count"] == 0 else kl(mp, p, q),
    renyi=lambda mp, alpha, p, q: mp.mpf(0) if p["total_count"] == 0 else renyi(mp, alpha, p, q),
)
