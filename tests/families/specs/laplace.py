"""Laplace."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale):
    return -abs(x - loc) / scale - mp.log(2 * scale)


def kl(mp, p, q):
    d = abs(p["loc"] - q["loc"])
    ratio = p["scale"] / q["scale"]
    return -mp.log(ratio) + d / q["scale"] + ratio * mp.exp(-d / p["scale"]) - 1


def renyi(mp, alpha, p, q):
    a, b = alpha / p["scale"], (1 - alpha) / q["scale"]
    if a + b <= 0:
        return mp.inf
    d = abs(p["loc"] - q["loc"])
    if a == b:
        a *= 1 + mp.mpf(10) ** (-mp.dps // 3)
    total = (a * mp.exp(-b * d) - b * mp.exp(-a * d)) / (a * a - b * b)
    return mp.log(total / (p["scale"] ** alpha * q["scale"] ** (1 - alpha))) / (alpha - 1)


STANDARD = {"loc": 0.0, "scale": 1.0}
SPEC = Spec(
    make=kb.distributions.laplace,
    members=(STANDARD, {"loc": -1.5, "scale": 0.3}, {"loc": 2.0, "scale": 4.0}),
    outcomes=((-3.0, 0.0, 0.7), (-2.0, -1.4), (-9.0, 2.5, 11.0)),
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
        ({"loc": 0.0, "scale": 1e-20}, {"loc": 1.0, "scale": 1.0}),
    ),
    kl=kl,
    digits=150,
    renyi=renyi,
)
