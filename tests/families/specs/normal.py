"""Normal."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale):
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(2 * mp.pi) / 2


def kl(mp, p, q):
    ratio = p["scale"] / q["scale"]
    return (ratio**2 + ((p["loc"] - q["loc"]) / q["scale"]) ** 2 - 1) / 2 - mp.log(ratio)


def renyi(mp, alpha, p, q):
    mixed = alpha * q["scale"] ** 2 + (1 - alpha) * p["scale"] ** 2
    if mixed <= 0:
        return mp.inf
    gap = mp.log(mixed / (p["scale"] ** (2 * (1 - alpha)) * q["scale"] ** (2 * alpha))) / (2 * (1 - alpha))
    return alpha * (p["loc"] - q["loc"]) ** 2 / (2 * mixed) + gap


STANDARD = {"loc": 0.0, "scale": 1.0}
SPEC = Spec(
    make=kb.normal,
    members=(STANDARD, {"loc": -1.5, "scale": 0.3}, {"loc": 2.0, "scale": 4.0}),
    outcomes=((-3.0, 0.0, 0.7), (-2.0, -1.4), (-9.0, 2.0, 11.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 1.0, "scale": 2.0}),
        (STANDARD, {"loc": 0.0, "scale": 1.0 + 1e-10}),
        (STANDARD, {"loc": 1e-12, "scale": 1.0}),
        (STANDARD, {"loc": 1e-7, "scale": 1.0 - 1e-7}),
        ({"loc": 0.0, "scale": 1e-200}, STANDARD),
        ({"loc": 0.0, "scale": 1e-25}, STANDARD),
        (STANDARD, {"loc": 0.0, "scale": 1e-25}),
        ({"loc": 1e10, "scale": 1e-12}, {"loc": 1e10 + 1e-3, "scale": 2e-12}),
        ({"loc": 1e10, "scale": 1e10}, {"loc": 1e-12, "scale": 1e10 + 1.0}),
        (STANDARD, {"loc": 0.0, "scale": 1.9}),
        (STANDARD, {"loc": 0.0, "scale": 2.1}),
    ),
    kl=kl,
    renyi=renyi,
)
