"""Gumbel."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale):
    z = (x - loc) / scale
    # Far below, e⁻ᶻ alone decides, and exp(−exp(10²⁰)) is beyond mpmath.
    return -z - mp.exp(min(-z, mp.mpf(200))) - mp.log(scale)


def kl(mp, p, q):
    r, d = p["scale"] / q["scale"], (q["loc"] - p["loc"]) / q["scale"]
    return -mp.log(r) + mp.euler * (r - 1) - d + mp.exp(d) * mp.gamma(1 + r) - 1


STANDARD = {"loc": 0.0, "scale": 1.0}
SPEC = Spec(
    make=kb.distributions.gumbel,
    members=(STANDARD, {"loc": -1.5, "scale": 0.7}, {"loc": 2.0, "scale": 4.0}),
    outcomes=((-2.0, 0.0, 5.0), (-2.0, -1.4), (-9.0, 2.5, 31.0)),
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
)
