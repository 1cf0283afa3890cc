"""Wrapped Cauchy."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, concentration):
    rho = concentration
    return mp.log((1 - rho**2) / (2 * mp.pi * (1 + rho**2 - 2 * rho * mp.cos(x - loc))))


def kl(mp, p, q):
    a, b = (one["concentration"] * mp.expj(one["loc"]) for one in (p, q))
    return mp.log(abs(1 - a * mp.conj(b)) ** 2 / ((1 - abs(a) ** 2) * (1 - abs(b) ** 2)))


SPEC = Spec(
    make=kb.distributions.wrapped_cauchy,
    members=(
        {"loc": 0.4, "concentration": 0.5},
        {"loc": -1.1, "concentration": 0.7},
        {"loc": 0.0, "concentration": 0.05},
    ),
    outcomes=((-2.0, 0.0, 1.0), (-1.0, 2.0), (-0.5, 3.0)),
    log_density=log_density,
    pairs=(
        ({"loc": 0.4, "concentration": 0.5}, {"loc": -1.1, "concentration": 0.7}),
        ({"loc": 0.4, "concentration": 0.5}, {"loc": 0.4 + 1e-6, "concentration": 0.5}),
        ({"loc": 0.4, "concentration": 0.5}, {"loc": 0.4, "concentration": 0.5 + 1e-12}),
        ({"loc": 0.0, "concentration": 0.0}, {"loc": 2.0, "concentration": 1e-12}),
        ({"loc": 0.0, "concentration": 1.0 - 1e-10}, {"loc": 0.0, "concentration": 1.0 - 2e-10}),
        ({"loc": 0.0, "concentration": 1.0 - 1e-10}, {"loc": 3.0, "concentration": 0.0}),
        ({"loc": 3.0, "concentration": 0.9}, {"loc": -3.0, "concentration": 0.9}),
        ({"loc": 1.0, "concentration": 0.3}, {"loc": 1.0 + 1e-9, "concentration": 0.3 - 1e-9}),
    ),
    kl=kl,
)
