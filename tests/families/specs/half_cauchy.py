"""Half-Cauchy."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, scale):
    return mp.log(2 / (mp.pi * scale * (1 + (x / scale) ** 2)))


def kl(mp, p, q):
    return mp.log((p["scale"] + q["scale"]) ** 2 / (4 * p["scale"] * q["scale"]))


SPEC = Spec(
    make=kb.distributions.half_cauchy,
    members=({"scale": 1.0}, {"scale": 0.2}, {"scale": 30.0}),
    outcomes=((0.01, 1.0, 1e5), (0.1, 0.7), (1.0, 45.0)),
    log_density=log_density,
    pairs=(
        ({"scale": 1.0}, {"scale": 2.0}),
        ({"scale": 1.0}, {"scale": 1.0 + 1e-6}),
        ({"scale": 1.0}, {"scale": 1.0 - 1e-12}),
        ({"scale": 1e10}, {"scale": 1e10 + 1.0}),
        ({"scale": 1e-12}, {"scale": 3e-12}),
        ({"scale": 1e-12}, {"scale": 1e12}),
        ({"scale": 1e150}, {"scale": 1e-150}),
        ({"scale": 7.0}, {"scale": 7.0}),
    ),
    kl=kl,
)
