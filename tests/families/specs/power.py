"""Power-function."""

import kullback as kb
from tests.families.spec import Spec

NAME = "concentration"


def log_density(mp, x, concentration):
    return mp.log(concentration) + (concentration - 1) * mp.log(x)


def kl(mp, p, q):
    ratio = q[NAME] / p[NAME]
    return ratio - 1 - mp.log(ratio)


def renyi(mp, alpha, p, q):
    mixed = alpha * p[NAME] + (1 - alpha) * q[NAME]
    if mixed <= 0:
        return mp.inf
    return (mp.log(mixed) - alpha * mp.log(p[NAME]) - (1 - alpha) * mp.log(q[NAME])) / (1 - alpha)


SPEC = Spec(
    make=kb.distributions.power,
    members=({NAME: 2.0}, {NAME: 0.3}, {NAME: 12.0}),
    outcomes=((0.1, 0.5, 0.99), (1e-5, 0.7), (0.6, 0.9)),
    log_density=log_density,
    pairs=tuple(
        ({NAME: a}, {NAME: b})
        for a, b in (
            (2.0, 0.3),
            (2.0, 2.0 * (1 + 1e-6)),
            (2.0, 2.0 + 1e-12),
            (1e10, 1e10 + 1),
            (1e-12, 2e-12),
            (1e10, 1e-12),
            (1e-12, 1e10),
            (1.0, 1.6),
        )
    ),
    kl=kl,
    renyi=renyi,
)
