"""Cauchy."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale):
    return -mp.log(mp.pi * scale * (1 + ((x - loc) / scale) ** 2))


def kl(mp, p, q):
    square = (p["scale"] + q["scale"]) ** 2 + (p["loc"] - q["loc"]) ** 2
    return mp.log(square / (4 * p["scale"] * q["scale"]))


def renyi(mp, alpha, p, q):
    z = 1 + ((p["scale"] - q["scale"]) ** 2 + (p["loc"] - q["loc"]) ** 2) / (2 * p["scale"] * q["scale"])
    if alpha == mp.mpf(1) / 2:
        return 2 * mp.log(mp.agm(1, mp.sqrt((1 + z) / 2)))
    below, this = mp.mpf(1), z  # Legendre polynomials of degree 0 and 1
    for n in range(1, int(alpha) - 1):
        below, this = this, ((2 * n + 1) * z * this - n * below) / (n + 1)
    return mp.log(this) / (alpha - 1)


STANDARD = {"loc": 0.0, "scale": 1.0}
SPEC = Spec(
    make=kb.distributions.cauchy,
    members=(STANDARD, {"loc": -1.5, "scale": 0.3}, {"loc": 2.0, "scale": 4.0}),
    outcomes=((-3.0, 0.0, 1e6), (-2.0, -1.4), (-9.0, 2.5, 11.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 1.0, "scale": 2.0}),
        (STANDARD, {"loc": 0.0, "scale": 1.0 + 1e-10}),
        (STANDARD, {"loc": 1e-12, "scale": 1.0}),
        (STANDARD, {"loc": 1e-6, "scale": 1.0 - 1e-6}),
        (STANDARD, {"loc": 3e-7, "scale": 1.0 + 2e-7}),
        ({"loc": 1e10, "scale": 1e10}, {"loc": 1e-12, "scale": 1e10 + 1.0}),
        ({"loc": 1e10, "scale": 1e-5}, {"loc": 1e10 + 3e-5, "scale": 2e-5}),
        ({"loc": 0.0, "scale": 1e-12}, {"loc": 3e-13, "scale": 1.5e-12}),
        ({"loc": 0.0, "scale": 1e-200}, {"loc": 1e100, "scale": 1e200}),
    ),
    kl=kl,
    renyi=renyi,
    orders=(0.5, 2.0, 5.0),
)
