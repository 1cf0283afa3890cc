"""Fréchet."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, concentration, scale):
    z = x / scale
    return mp.log(concentration / scale) - (concentration + 1) * mp.log(z) - z**-concentration


def kl(mp, p, q):
    # That of the Weibull distributions of 1/X.
    k, s, m, t = p["concentration"], 1 / p["scale"], q["concentration"], 1 / q["scale"]
    logs = mp.log(k / s**k) - mp.log(m / t**m) + (k - m) * (mp.log(s) - mp.euler / k)
    return logs + (s / t) ** m * mp.gamma(m / k + 1) - 1


def of(concentration, scale):
    return {"concentration": concentration, "scale": scale}


SPEC = Spec(
    make=kb.distributions.frechet,
    members=(of(1.7, 1.3), of(2.2, 0.8), of(0.9, 2.0)),
    outcomes=((0.5, 1.5, 9.0), (0.4, 0.8, 3.0), (0.5, 3.0, 90.0)),
    log_density=log_density,
    pairs=(
        (of(1.7, 1.3), of(2.2, 0.8)),
        (of(1.7, 1.3), of(1.7, 0.8)),
        (of(1.7, 1.3), of(1.7, 1.3 + 1e-12)),
        (of(1.7, 1.3), of(1.7 + 1e-12, 1.3)),
        (of(1.7, 1.3), of(1.7 - 1e-6, 1.3 + 1e-6)),
        (of(0.3, 1e10), of(0.3, 2e10)),
        (of(0.5, 1e-12), of(0.7, 1e-12)),
        (of(100.0, 1.0), of(100.0, 1.0 + 1e-12)),
        (of(3.0, 1.0), of(1e-3, 1.0)),
    ),
    kl=kl,
    digits=80,
)
