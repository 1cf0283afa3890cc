"""Von Mises."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, concentration):
    return concentration * mp.cos(x - loc) - mp.log(2 * mp.pi * mp.besseli(0, concentration))


def kl(mp, p, q):
    a, b = p["concentration"], q["concentration"]
    ratio = mp.besseli(1, a) / mp.besseli(0, a)
    return mp.log(mp.besseli(0, b) / mp.besseli(0, a)) + ratio * (a - b * mp.cos(p["loc"] - q["loc"]))


def renyi(mp, alpha, p, q):
    mixed = alpha * p["concentration"] * mp.expj(p["loc"]) + (1 - alpha) * q["concentration"] * mp.expj(q["loc"])
    total = mp.log(mp.besseli(0, abs(mixed)))
    for weight, one in ((alpha, p), (1 - alpha, q)):
        total -= weight * mp.log(mp.besseli(0, one["concentration"]))
    return total / (alpha - 1)


SPEC = Spec(
    make=kb.distributions.von_mises,
    members=(
        {"loc": 0.4, "concentration": 1.5},
        {"loc": -1.1, "concentration": 7.0},
        {"loc": 0.0, "concentration": 0.05},
    ),
    outcomes=((-2.0, 0.0, 1.0), (-1.0, 2.0), (-0.5, 3.0)),
    log_density=log_density,
    pairs=(
        ({"loc": 0.4, "concentration": 1.5}, {"loc": -1.1, "concentration": 7.0}),
        ({"loc": 0.0, "concentration": 1000.0}, {"loc": 1e-4, "concentration": 1001.0}),
        ({"loc": 0.0, "concentration": 1e6}, {"loc": 0.0, "concentration": 1.001e6}),
        ({"loc": 0.4, "concentration": 1.5}, {"loc": 0.4 + 1e-6, "concentration": 1.5}),
        ({"loc": 0.4, "concentration": 1.5}, {"loc": 0.4, "concentration": 1.5 + 1e-12}),
        ({"loc": 0.0, "concentration": 0.0}, {"loc": 2.0, "concentration": 1e-12}),
        ({"loc": 0.0, "concentration": 1e10}, {"loc": 1e-6, "concentration": 1e10 + 1e4}),
        ({"loc": 0.0, "concentration": 1e6}, {"loc": 3.0, "concentration": 0.1}),
        ({"loc": 0.0, "concentration": 0.1}, {"loc": 3.0, "concentration": 1e6}),
    ),
    kl=kl,
    digits=80,
    renyi=renyi,
)
