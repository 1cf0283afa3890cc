"""Logistic."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale):
    z = (x - loc) / scale
    return -z - 2 * mp.log(1 + mp.exp(-z)) - mp.log(scale)


def kl(mp, p, q):
    assert p["scale"] == q["scale"]  # the closed form is of equal scales
    d = (p["loc"] - q["loc"]) / p["scale"]
    return d * mp.coth(d / 2) - 2 if d else mp.mpf(0)


STANDARD = {"loc": 0.0, "scale": 1.0}
SPEC = Spec(
    make=kb.distributions.logistic,
    members=(STANDARD, {"loc": -1.5, "scale": 0.3}, {"loc": 2.0, "scale": 4.0}),
    outcomes=((-30.0, 0.0, 0.7), (-2.0, -1.4), (-9.0, 2.5, 11.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 1.3, "scale": 1.0}),
        (STANDARD, {"loc": 1e-12, "scale": 1.0}),
        (STANDARD, {"loc": -1e-6, "scale": 1.0}),
        (STANDARD, {"loc": 2.49, "scale": 1.0}),
        (STANDARD, {"loc": 2.51, "scale": 1.0}),
        (STANDARD, {"loc": 1e10, "scale": 1.0}),
        ({"loc": 1e10, "scale": 1e10}, {"loc": -1e-12, "scale": 1e10}),
        ({"loc": 0.0, "scale": 1e-12}, {"loc": 1e-13, "scale": 1e-12}),
    ),
    kl=kl,
)
