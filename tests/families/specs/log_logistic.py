"""Log-logistic."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, concentration, scale):
    z = x / scale
    return mp.log(concentration / scale) + (concentration - 1) * mp.log(z) - 2 * mp.log1p(z**concentration)


def kl(mp, p, q):
    delta = p["concentration"] * mp.log(p["scale"] / q["scale"])
    return delta * mp.coth(delta / 2) - 2 if delta else delta


def of(concentration, scale):
    return {"concentration": concentration, "scale": scale}


SPEC = Spec(
    make=kb.distributions.log_logistic,
    members=(of(2.5, 1.0), of(2.5, 3.0), of(2.5, 0.2)),
    outcomes=((0.1, 1.0, 6.0), (0.5, 3.0, 20.0), (0.02, 0.2, 2.0)),
    log_density=log_density,
    pairs=(
        (of(2.5, 1.0), of(2.5, 3.0)),
        (of(2.5, 3.0), of(2.5, 0.2)),
        (of(2.5, 1.0), of(2.5, 1.0 + 1e-6)),
        (of(2.5, 1.3), of(2.5, 1.3 - 1e-12)),
        (of(1e10, 1.0), of(1e10, 1.0 + 1e-12)),
        (of(1e-12, 1.0), of(1e-12, 1e10)),
        (of(1.0, 1e-12), of(1.0, 1e10)),
        (of(300.0, 1.0), of(300.0, 9.0)),
        (of(1.0, 1.0), of(1.0, 11.0)),
    ),
    kl=kl,
    digits=100,
)
