"""Half-normal."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, scale):
    return -((x / scale) ** 2) / 2 + mp.log(2 / mp.pi) / 2 - mp.log(scale)


def kl(mp, p, q):
    ratio = p["scale"] / q["scale"]
    return (ratio**2 - 1) / 2 - mp.log(ratio)


def renyi(mp, alpha, p, q):
    a, b = p["scale"] ** -2, q["scale"] ** -2
    mixed = alpha * a + (1 - alpha) * b
    if mixed <= 0:
        return mp.inf
    return (mp.log(mixed) - alpha * mp.log(a) - (1 - alpha) * mp.log(b)) / (2 * (1 - alpha))


SPEC = Spec(
    make=kb.distributions.half_normal,
    members=({"scale": 1.0}, {"scale": 0.2}, {"scale": 30.0}),
    outcomes=((0.01, 1.0, 5.0), (0.1, 0.7), (1.0, 45.0)),
    log_density=log_density,
    pairs=(
        ({"scale": 1.0}, {"scale": 2.0}),
        ({"scale": 1.0}, {"scale": 1.0 + 1e-6}),
        ({"scale": 1.0}, {"scale": 1.0 - 1e-12}),
        ({"scale": 1e10}, {"scale": 1e10 + 1.0}),
        ({"scale": 1e-12}, {"scale": 3e-12}),
        ({"scale": 1e-25}, {"scale": 1.0}),
        ({"scale": 1.0}, {"scale": 1e-25}),
        ({"scale": 1e-200}, {"scale": 1.0}),
        ({"scale": 1.3}, {"scale": 1.3}),
    ),
    kl=kl,
    digits=80,
    renyi=renyi,
)
