"""Inverse Gaussian."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, concentration):
    return mp.log(concentration / (2 * mp.pi * x**3)) / 2 - concentration * (x - loc) ** 2 / (2 * loc**2 * x)


def kl(mp, p, q):
    m, a, n, b = p["loc"], p["concentration"], q["loc"], q["concentration"]
    return (mp.log(a / b) - 1 + b / a + b * (m - n) ** 2 / (m * n**2)) / 2


def renyi(mp, alpha, p, q):
    m, a, n, b = p["loc"], p["concentration"], q["loc"], q["concentration"]
    mixed = alpha * a + (1 - alpha) * b
    drift = alpha * a / m**2 + (1 - alpha) * b / n**2
    if mixed <= 0 or drift < 0:
        return mp.inf
    power = (alpha * mp.log(a) + (1 - alpha) * mp.log(b) - mp.log(mixed)) / 2
    return (power + alpha * a / m + (1 - alpha) * b / n - mp.sqrt(mixed * drift)) / (alpha - 1)


def of(loc, concentration):
    return {"loc": loc, "concentration": concentration}


SPEC = Spec(
    make=kb.distributions.inverse_gaussian,
    members=(of(1.5, 2.0), of(0.7, 3.0), of(3.0, 0.5)),
    outcomes=((0.2, 1.0, 5.0), (0.2, 0.6, 2.0), (0.05, 1.0, 20.0)),
    log_density=log_density,
    pairs=(
        (of(1.5, 2.0), of(0.7, 3.0)),
        (of(1.5, 2.0), of(1.5, 2.0 + 1e-12)),
        (of(1.5, 2.0), of(1.5 - 1e-12, 2.0)),
        (of(1.5, 2.0), of(1.5 + 1e-6, 2.0 - 1e-6)),
        (of(1.0, 1e10), of(1.0 + 1e-6, 1e10)),
        (of(1e10, 1.0), of(1e10 + 1.0, 1.0 + 1e-9)),
        (of(1e-12, 1.0), of(2e-12, 1.0)),
        (of(1.0, 1e-12), of(1.0, 3e-12)),
        (of(1e-12, 1e-12), of(1e10, 1e10)),
        (of(1e10, 1e10), of(1e-12, 1e-12)),
    ),
    kl=kl,
    renyi=renyi,
    digits=80,
)
