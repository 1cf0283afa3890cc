"""Rayleigh."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import equal_power_renyi


def log_density(mp, x, scale):
    return mp.log(x) - 2 * mp.log(scale) - (x / scale) ** 2 / 2


def kl(mp, p, q):
    r = (p["scale"] / q["scale"]) ** 2
    return r - 1 - mp.log(r)


def renyi(mp, alpha, p, q):
    k = mp.one
    return equal_power_renyi(mp, alpha, (k, p["scale"] ** -2), (k, q["scale"] ** -2))


SPEC = Spec(
    make=kb.distributions.rayleigh,
    members=({"scale": 1.3}, {"scale": 0.8}, {"scale": 20.0}),
    outcomes=((0.1, 1.0, 5.0), (0.2, 0.9, 3.0), (3.0, 20.0, 70.0)),
    log_density=log_density,
    pairs=tuple(
        ({"scale": a}, {"scale": b})
        for a, b in (
            (1.3, 0.8),
            (0.8, 1.3),
            (1.0, 1.0 + 1e-6),
            (1.3, 1.3 - 1e-12),
            (1e10, 1e10 + 1e-2),
            (1e-12, 3e-12),
            (1.0, 1e-12),
            (1e-12, 1.0),
            (1.0, 0.99),
        )
    ),
    kl=kl,
    renyi=renyi,
)
