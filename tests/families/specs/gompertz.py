"""Gompertz."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import equal_power_renyi


def log_density(mp, x, concentration, scale):
    z = x / scale
    return mp.log(concentration / scale) + z - concentration * mp.expm1(z)


def kl(mp, p, q):
    ratio = q["concentration"] / p["concentration"]
    return ratio - 1 - mp.log(ratio)


def renyi(mp, alpha, p, q):
    return equal_power_renyi(mp, alpha, (mp.one, p["concentration"]), (mp.one, q["concentration"]))


def of(concentration, scale):
    return {"concentration": concentration, "scale": scale}


SPEC = Spec(
    make=kb.distributions.gompertz,
    members=(of(1.0, 2.0), of(0.1, 2.0), of(6.0, 2.0)),
    outcomes=((0.1, 1.0, 4.0), (0.5, 4.0, 8.0), (0.01, 0.3, 1.5)),
    log_density=log_density,
    pairs=(
        (of(1.0, 2.0), of(0.1, 2.0)),
        (of(0.1, 2.0), of(6.0, 2.0)),
        (of(1.0, 2.0), of(1.0 + 1e-6, 2.0)),
        (of(1.3, 2.0), of(1.3 - 1e-12, 2.0)),
        (of(1e10, 1.0), of(1e10 + 1.0, 1.0)),
        (of(1e10, 1e-12), of(3.0, 1e-12)),
        (of(1e-12, 1.0), of(2e-12, 1.0)),
        (of(1.0, 1e10), of(1e-12, 1e10)),
    ),
    kl=kl,
    renyi=renyi,
)
