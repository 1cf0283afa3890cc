"""Negative binomial, with equal numbers of failures where it is held to a formula."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs import geometric


def log_density(mp, x, total_count, probs):
    r = total_count
    return mp.loggamma(r + x) - mp.loggamma(r) - mp.loggamma(x + 1) + x * mp.log(probs) + r * mp.log1p(-probs)


def turned(one):
    return {"probs": 1 - one["probs"]}


def pair(r, p, q):
    return {"total_count": r, "probs": p}, {"total_count": r, "probs": q}


SPEC = Spec(
    make=kb.distributions.negative_binomial,
    members=(
        {"total_count": 5.0, "probs": 0.5},
        {"total_count": 5.0, "probs": 0.3},
        {"total_count": 0.4, "probs": 0.8},
    ),
    outcomes=((0.0, 1.0, 30.0), (0.0, 2.0), (0.0, 1.0, 50.0)),
    log_density=log_density,
    pairs=(
        pair(5.0, 0.5, 0.3),
        pair(5.0, 0.5, 0.5 * (1 + 1e-6)),
        pair(0.4, 0.5, 0.5 * (1 + 1e-12)),
        pair(1e10, 1e-12, 3e-12),
        pair(1e-12, 0.9, 0.99),
        pair(2.5, 1 - 1e-12, 0.5),
        pair(2.5, 0.5, 1 - 1e-12),
        pair(2.5, 1 - 1e-12, 1 - 3e-12),
        pair(2.5, 0.0, 0.3),
        pair(2.5, 0.3, 0.0),
    ),
    kl=lambda mp, p, q: p["total_count"] * geometric.kl(mp, turned(p), turned(q)),
    renyi=lambda mp, alpha, p, q: p["total_count"] * geometric.renyi(mp, alpha, turned(p), turned(q)),
    digits=100,
)
