"""Gamma."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import bauckhage, equal_power_renyi


def log_density(mp, x, concentration, rate):
    return concentration * mp.log(rate) - mp.loggamma(concentration) + (concentration - 1) * mp.log(x) - rate * x


def kl(mp, p, q):
    return bauckhage(mp, (1 / p["rate"], p["concentration"], 1), (1 / q["rate"], q["concentration"], 1))


def renyi(mp, alpha, p, q):
    return equal_power_renyi(mp, alpha, (p["concentration"], p["rate"]), (q["concentration"], q["rate"]))


def of(concentration, rate):
    return {"concentration": concentration, "rate": rate}


SPEC = Spec(
    make=kb.distributions.gamma,
    members=(of(2.3, 1.4), of(0.8, 0.6), of(40.0, 3.0)),
    outcomes=((0.1, 1.5, 6.0), (1e-3, 0.7, 9.0), (8.0, 13.0, 20.0)),
    log_density=log_density,
    pairs=(
        (of(2.3, 1.4), of(0.8, 0.6)),
        (of(1e6, 1.0), of(1e6 + 1, 1.0)),
        (of(1e8, 1.0), of(1e8 + 1, 1.0)),
        (of(2.3, 1.4), of(2.3 + 1e-12, 1.4)),
        (of(2.3, 1.4), of(2.3, 1.4 - 1e-12)),
        (of(2.3, 1.4), of(2.3 + 1e-6, 1.4 + 1e-6)),
        (of(1e10, 1.0), of(1e10 * (1 + 1e-3), 1 + 1e-3)),
        (of(1e10, 1.0), of(1e10 + 1, 1.0)),
        (of(1e10, 1e10), of(1.0, 1e-12)),
        (of(1e-12, 1.0), of(2e-12, 1.0)),
        (of(1e-12, 1.0), of(1.0, 1.0)),
        (of(1.0, 1.0), of(1e-12, 1.0)),
        (of(1.0, 1.0), of(1.0, 1e-12)),
        (of(1.0, 1e-12), of(1.0, 1.0)),
        (of(50.0, 2.0), of(75.5, 3.0)),
    ),
    kl=kl,
    renyi=renyi,
    digits=100,
)
