"""Exponential."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import equal_power_renyi


def log_density(mp, x, rate):
    return mp.log(rate) - rate * x


def kl(mp, p, q):
    return q["rate"] / p["rate"] - 1 - mp.log(q["rate"] / p["rate"])


def renyi(mp, alpha, p, q):
    return equal_power_renyi(mp, alpha, (mp.one, p["rate"]), (mp.one, q["rate"]))


SPEC = Spec(
    make=kb.distributions.exponential,
    members=({"rate": 1.0}, {"rate": 0.3}, {"rate": 7.0}),
    outcomes=((0.01, 1.0, 5.0), (0.2, 9.0), (1e-3, 0.1, 2.0)),
    log_density=log_density,
    pairs=tuple(
        ({"rate": a}, {"rate": b})
        for a, b in (
            (1.0, 2.0),
            (1.0, 1.0001),
            (1.0, 1.0 + 1e-6),
            (1.0, 1.0 - 1e-12),
            (3.0, 3.0 + 1e-12),
            (1e10, 1e10 + 1e-2),
            (1e-12, 1.0),
            (1.0, 1e-12),
            (1e-12, 1e10),
        )
    ),
    kl=kl,
    renyi=renyi,
)
