"""Lomax. KL is closed where the scales are equal."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, alpha, scale):
    return mp.log(alpha / scale) - (alpha + 1) * mp.log(1 + x / scale)


def kl(mp, p, q):
    ratio = q["alpha"] / p["alpha"]
    return ratio - 1 - mp.log(ratio)


def renyi(mp, alpha, p, q):
    mixed = alpha * p["alpha"] + (1 - alpha) * q["alpha"]
    if mixed <= 0:
        return mp.inf
    return (mp.log(mixed) - alpha * mp.log(p["alpha"]) - (1 - alpha) * mp.log(q["alpha"])) / (1 - alpha)


SPEC = Spec(
    make=kb.distributions.lomax,
    members=({"alpha": 2.5, "scale": 1.0}, {"alpha": 0.7, "scale": 3.0}, {"alpha": 6.0, "scale": 0.9}),
    outcomes=((0.01, 3.0, 40.0), (0.2, 50.0), (0.1, 1.4)),
    log_density=log_density,
    pairs=tuple(
        ({"alpha": a, "scale": s}, {"alpha": b, "scale": s})
        for a, b, s in (
            (2.5, 0.7, 3.0),
            (2.5, 2.5 * (1 + 1e-6), 1.0),
            (2.5, 2.5 + 1e-12, 1.0),
            (1e10, 1e10 + 1e4, 1e10),
            (1e-12, 3e-12, 1e-12),
            (1e10, 1e-12, 2.0),
            (1e-12, 1e10, 2.0),
            (1.0, 1.6, 0.3),
        )
    ),
    kl=kl,
    renyi=renyi,
)
