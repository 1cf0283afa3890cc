"""Nakagami."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import bauckhage, equal_power_renyi


def log_density(mp, x, concentration, spread):
    m = concentration
    return mp.log(2) + m * mp.log(m / spread) - mp.loggamma(m) + (2 * m - 1) * mp.log(x) - m * x**2 / spread


def kl(mp, p, q):
    one, other = ((mp.sqrt(d["spread"] / d["concentration"]), 2 * d["concentration"], 2) for d in (p, q))
    return bauckhage(mp, one, other)


def renyi(mp, alpha, p, q):
    one, other = ((d["concentration"], d["concentration"] / d["spread"]) for d in (p, q))
    return equal_power_renyi(mp, alpha, one, other)


def of(concentration, spread):
    return {"concentration": concentration, "spread": spread}


SPEC = Spec(
    make=kb.distributions.nakagami,
    members=(of(2.0, 1.0), of(0.7, 3.0), of(5.0, 0.5)),
    outcomes=((0.2, 1.0, 2.0), (0.05, 1.5, 4.0), (0.3, 0.7, 1.2)),
    log_density=log_density,
    pairs=(
        (of(2.0, 1.0), of(3.0, 1.0)),
        (of(2.0, 1.0), of(0.7, 3.0)),
        (of(2.0, 1.0), of(2.0 + 1e-12, 1.0)),
        (of(2.0, 1.0), of(2.0, 1.0 - 1e-12)),
        (of(2.0, 1.0), of(2.0 + 1e-6, 1.0 + 1e-6)),
        (of(1e10, 1.0), of(1e10 + 1e3, 1.0)),
        (of(1e10, 1.0), of(1.01e10, 1.0 + 1e-9)),
        (of(1e-12, 1.0), of(3e-12, 2.0)),
        (of(1.0, 1.0), of(1e-12, 1.0)),
        (of(1e-12, 1e-12), of(1.0, 1e10)),
    ),
    kl=kl,
    renyi=renyi,
    digits=100,
)
