"""Generalised normal."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale, shape):
    return -((abs(x - loc) / scale) ** shape) - mp.log(2 * scale * mp.gamma(1 + 1 / shape))


def kl(mp, p, q):
    assert p["loc"] == q["loc"]  # the closed form is of equal locations
    a, b, c, d = p["scale"], p["shape"], q["scale"], q["shape"]
    sizes = mp.log(b * c * mp.gamma(1 / d) / (d * a * mp.gamma(1 / b)))
    return sizes + (a / c) ** d * mp.gamma((d + 1) / b) / mp.gamma(1 / b) - 1 / b


STANDARD = {"loc": 0.0, "scale": 1.1, "shape": 1.5}
SPEC = Spec(
    make=kb.distributions.generalised_normal,
    members=(STANDARD, {"loc": 0.0, "scale": 0.8, "shape": 2.4}, {"loc": 2.0, "scale": 4.0, "shape": 0.9}),
    outcomes=((-3.0, 0.1, 0.7), (-1.0, 0.3), (-9.0, 2.5, 11.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 0.0, "scale": 0.8, "shape": 2.4}),
        (STANDARD, {"loc": 0.0, "scale": 1.1, "shape": 1.5 + 1e-6}),
        (STANDARD, {"loc": 0.0, "scale": 1.1 + 1e-12, "shape": 1.5}),
        (STANDARD, {"loc": 0.0, "scale": 1.1 - 1e-7, "shape": 1.5 + 1e-7}),
        ({"loc": 1e10, "scale": 1e10, "shape": 0.7}, {"loc": 1e10, "scale": 1e10 + 1.0, "shape": 0.7}),
        ({"loc": 0.0, "scale": 1e-12, "shape": 3.0}, {"loc": 0.0, "scale": 2e-12, "shape": 1.0}),
        ({"loc": 0.0, "scale": 1e-12, "shape": 3.0}, {"loc": 0.0, "scale": 1.0, "shape": 0.5}),
        ({"loc": 5.0, "scale": 1.0, "shape": 0.2}, {"loc": 5.0, "scale": 1.0, "shape": 2.0}),
    ),
    kl=kl,
    digits=80,
)
