"""Generalised extreme value."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale, shape):
    z = (x - loc) / scale
    w = z if shape == 0 else mp.log(max(1 + shape * z, mp.mpf(10) ** -60)) / shape
    # Far below, e⁻ʷ alone decides, and exp(−exp(10²⁰)) is beyond mpmath.
    return -(1 + shape) * w - mp.exp(min(-w, mp.mpf(200))) - mp.log(scale)


def kl(mp, p, q):
    """Of members with one end: w = ln(1 + ξz)/ξ of P is that of Q times ξ_Q/ξ_P; of Gumbel distributions."""
    if p["shape"] == 0:
        r, d = p["scale"] / q["scale"], (q["loc"] - p["loc"]) / q["scale"]
    else:
        assert p["loc"] == q["loc"] and p["scale"] * q["shape"] == q["scale"] * p["shape"]
        r, d = p["shape"] / q["shape"], mp.mpf(0)
    return -mp.log(r) + mp.euler * (r - 1) - d + mp.exp(d) * mp.gamma(1 + r) - 1


STANDARD = {"loc": 0.0, "scale": 1.0, "shape": 0.5}
SPEC = Spec(
    make=kb.distributions.generalised_extreme_value,
    members=(
        {"loc": 0.0, "scale": 1.0, "shape": 0.25},
        {"loc": -1.5, "scale": 0.7, "shape": -0.3},
        {"loc": 2.0, "scale": 4.0, "shape": 0.0},
        {"loc": 0.0, "scale": 1.0, "shape": 1e-9},
    ),
    outcomes=((-1.0, 0.1, 70.0), (-3.0, -1.4), (-5.0, 2.5, 31.0), (-1.0, 4.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 0.0, "scale": 2.0, "shape": 1.0}),
        (STANDARD, {"loc": 0.0, "scale": 1.0, "shape": 0.5}),
        (STANDARD, {"loc": 0.0, "scale": 1.0 + 2.0**-40, "shape": 0.5 + 2.0**-41}),
        ({"loc": 0.0, "scale": 1.0, "shape": -0.5}, {"loc": 0.0, "scale": 3.0, "shape": -1.5}),
        ({"loc": 1e10, "scale": 1.0, "shape": -1e-3}, {"loc": 1e10, "scale": 2.0, "shape": -2e-3}),
        ({"loc": 0.0, "scale": 1.0, "shape": 0.0}, {"loc": 1.0, "scale": 2.0, "shape": 0.0}),
        ({"loc": 0.0, "scale": 1.0, "shape": 0.0}, {"loc": 1e-6, "scale": 1.0, "shape": 0.0}),
        ({"loc": 0.0, "scale": 1e-12, "shape": 0.0}, {"loc": 0.0, "scale": 1.0, "shape": 0.0}),
    ),
    kl=kl,
)
