"""Exp-gamma."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import bauckhage, equal_power_renyi


def log_density(mp, x, concentration, rate):
    return concentration * mp.log(rate) - mp.loggamma(concentration) + concentration * x - rate * mp.exp(x)


def kl(mp, p, q):
    one, other = ((1 / d["rate"], d["concentration"], 1) for d in (p, q))
    return bauckhage(mp, one, other)


def renyi(mp, alpha, p, q):
    one, other = ((d["concentration"], d["rate"]) for d in (p, q))
    return equal_power_renyi(mp, alpha, one, other)


def of(concentration, rate):
    return {"concentration": concentration, "rate": rate}


SPEC = Spec(
    make=kb.distributions.exp_gamma,
    members=(of(2.3, 1.4), of(0.8, 0.6), of(6.0, 3.0)),
    outcomes=((-2.0, 0.3, 1.5), (-8.0, 0.0, 2.0), (-0.5, 0.7, 1.5)),
    log_density=log_density,
    pairs=(
        (of(2.3, 1.4), of(0.8, 0.6)),
        (of(1e6, 1.0), of(1e6 + 1, 1.0)),
        (of(2.3, 1.4), of(2.3 + 1e-12, 1.4)),
        (of(2.3, 1.4), of(2.3, 1.4 - 1e-12)),
        (of(2.3, 1.4), of(2.3 + 1e-6, 1.4 + 1e-6)),
        (of(1e10, 1.0), of(1e10 * (1 + 1e-3), 1 + 1e-3)),
        (of(1e10, 1e10), of(1.0, 1e-12)),
        (of(1e-12, 1.0), of(2e-12, 1.0)),
        (of(1.0, 1.0), of(1e-12, 1.0)),
    ),
    kl=kl,
    renyi=renyi,
    digits=100,
)
