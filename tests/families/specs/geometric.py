"""Geometric."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.bernoulli import of_chances, two


def log_density(mp, x, probs):
    return x * mp.log1p(-probs) + mp.log(probs)


def kl(mp, p, q):
    a, b = p["probs"], q["probs"]
    return of_chances(mp, (a, 1 - a), (b, 1 - b)) / a


def renyi(mp, alpha, p, q):
    a, b = p["probs"], q["probs"]
    if alpha > 1 and b == 1 and a < 1:
        return mp.inf
    ratio = (1 - a) ** alpha * (1 - b) ** (1 - alpha) if b < 1 else mp.mpf(0)
    if ratio >= 1:
        return mp.inf
    return (alpha * mp.log(a) + (1 - alpha) * mp.log(b) - mp.log(1 - ratio)) / (alpha - 1)


SPEC = Spec(
    make=kb.distributions.geometric,
    members=({"probs": 0.3}, {"probs": 0.45}, {"probs": 0.9}),
    outcomes=((0.0, 1.0, 40.0), (0.0, 7.0), (0.0, 3.0)),
    log_density=log_density,
    pairs=two(
        "probs",
        (0.3, 0.6),
        (1e-6, 2e-6),
        (0.3, 0.3 * (1 + 1e-6)),
        (0.3, 0.3 * (1 + 1e-12)),
        (1e-12, 1e-12 * (1 + 1e-9)),
        (1e-12, 0.5),
        (0.5, 1e-12),
        (0.5, 0.999),
        (0.999, 0.5),
        (1 - 1e-12, 1 - 2e-12),
        (1.0, 0.3),
        (0.3, 1.0),
    ),
    kl=kl,
    renyi=renyi,
    digits=100,
)
