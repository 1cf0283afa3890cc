"""Truncated normal."""

import kullback as kb
from tests.families.spec import Spec


def mass(mp, low, high):
    """Return ln(Φ(high) − Φ(low)), of the tail in which the interval lies."""
    if low > 0:
        low, high = -high, -low
    return mp.log(mp.erfc(-high / mp.sqrt(2)) / 2 - mp.erfc(-low / mp.sqrt(2)) / 2)


def ends(one):
    return (one["low"] - one["loc"]) / one["scale"], (one["high"] - one["loc"]) / one["scale"]


def log_density(mp, x, loc, scale, low, high):
    total = mass(mp, *ends({"loc": loc, "scale": scale, "low": low, "high": high}))
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(2 * mp.pi) / 2 - total


def kl(mp, p, q):
    if p["low"] < q["low"] or p["high"] > q["high"]:
        return mp.inf

    def edge(z, power):
        return mp.mpf(0) if mp.isinf(z) else z**power * mp.npdf(z)

    a, b = ends(p)
    log_p, log_q = mass(mp, a, b), mass(mp, *ends(q))
    first = (edge(a, 0) - edge(b, 0)) / mp.exp(log_p)
    second = 1 + (edge(a, 1) - edge(b, 1)) / mp.exp(log_p)
    ratio, d = p["scale"] / q["scale"], (p["loc"] - q["loc"]) / q["scale"]
    square = d * d + 2 * d * ratio * first + ratio**2 * second
    return log_q - log_p - mp.log(ratio) + (square - second) / 2


INFINITY = float("inf")
STANDARD = {"loc": 0.3, "scale": 1.2, "low": -1.0, "high": 2.0}
TAIL = {"loc": 0.0, "scale": 1.0, "low": 30.0, "high": INFINITY}
SPEC = Spec(
    make=kb.distributions.truncated_normal,
    members=(
        STANDARD,
        {"loc": -0.5, "scale": 0.9, "low": -1.0, "high": 2.0},
        {"loc": 0.0, "scale": 3.0, "low": -1.5, "high": 4.0},
    ),
    outcomes=((-0.5, 0.0, 1.9), (-0.9, 1.0), (-1.0, 3.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": -0.5, "scale": 0.9, "low": -1.0, "high": 2.0}),
        (STANDARD, {"loc": 0.3 + 1e-6, "scale": 1.2, "low": -1.0, "high": 2.0}),
        (STANDARD, {"loc": 0.3, "scale": 1.2 + 1e-12, "low": -1.0, "high": 2.0}),
        (STANDARD, {"loc": 0.3, "scale": 1.2, "low": -1.0 - 1e-9, "high": 2.0}),
        (STANDARD, {"loc": -0.5, "scale": 0.9, "low": -INFINITY, "high": INFINITY}),
        (STANDARD, {"loc": 0.0, "scale": 1.0, "low": 0.0, "high": 3.0}),
        (TAIL, {"loc": 1.0, "scale": 1.5, "low": 30.0, "high": INFINITY}),
        (TAIL, {"loc": 1e-6, "scale": 1.0, "low": 30.0, "high": INFINITY}),
        (TAIL, {"loc": 1.0, "scale": 1.0, "low": 0.0, "high": INFINITY}),
        ({"loc": 0.0, "scale": 1e10, "low": -1.0, "high": 1.0}, {"loc": 0.0, "scale": 1.0, "low": -1.0, "high": 1.0}),
    ),
    kl=kl,
    digits=600,
)
