"""Lévy."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import equal_power_renyi


def log_density(mp, x, loc, scale):
    return mp.log(scale / (2 * mp.pi)) / 2 - 3 * mp.log(x - loc) / 2 - scale / (2 * (x - loc))


def kl(mp, p, q):
    ratio = q["scale"] / p["scale"]
    return (ratio - 1 - mp.log(ratio)) / 2


def renyi(mp, alpha, p, q):
    half = mp.one / 2
    return equal_power_renyi(mp, alpha, (half, p["scale"] / 2), (half, q["scale"] / 2))


SPEC = Spec(
    make=kb.distributions.levy,
    members=({"loc": 0.0, "scale": 1.0}, {"loc": 0.0, "scale": 2.5}, {"loc": -1.0, "scale": 0.4}),
    outcomes=((0.2, 1.0, 30.0), (0.5, 4.0, 90.0), (-0.9, 0.0, 8.0)),
    log_density=log_density,
    pairs=tuple(
        ({"loc": m, "scale": a}, {"loc": m, "scale": b})
        for m, a, b in (
            (0.0, 1.0, 2.0),
            (0.0, 2.5, 1.0),
            (3.0, 1.0, 1.0 + 1e-6),
            (-1.0, 1.0, 1.0 - 1e-12),
            (0.0, 1e10, 1e10 + 1.0),
            (0.0, 1e-12, 1.0),
            (0.0, 1.0, 1e-12),
            (1e10, 1e-12, 1e10),
        )
    ),
    kl=kl,
    renyi=renyi,
)
