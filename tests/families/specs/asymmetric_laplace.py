"""Asymmetric Laplace."""

import kullback as kb
from tests.families.spec import Spec


def distances(one):
    return one["scale"] / one["asymmetry"], one["scale"] * one["asymmetry"]


def log_density(mp, x, loc, scale, asymmetry):
    z = (x - loc) / scale
    return -mp.log(scale * (asymmetry + 1 / asymmetry)) - (z * asymmetry if z > 0 else -z / asymmetry)


def kl(mp, p, q):
    above, below = distances(p)
    other_above, other_below = distances(q)
    d = q["loc"] - p["loc"]
    if d >= 0:
        beyond = above**2 / (above + below) * mp.exp(-d / above)  # E max(X − loc_Q, 0)
    else:
        beyond = above - below - d + below**2 / (above + below) * mp.exp(d / below)
    short = beyond - (above - below - d)
    logs = mp.log((other_above + other_below) / (above + below))
    return logs - 1 + beyond / other_above + short / other_below


STANDARD = {"loc": 0.0, "scale": 1.0, "asymmetry": 2.0}
SPEC = Spec(
    make=kb.distributions.asymmetric_laplace,
    members=(STANDARD, {"loc": -1.5, "scale": 0.3, "asymmetry": 0.7}, {"loc": 2.0, "scale": 4.0, "asymmetry": 1.0}),
    outcomes=((-3.0, 0.1, 0.7), (-2.0, -1.4), (-9.0, 2.5, 11.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 1.0, "scale": 2.0, "asymmetry": 0.5}),
        (STANDARD, {"loc": 0.0, "scale": 1.0, "asymmetry": 2.0 + 1e-6}),
        (STANDARD, {"loc": 0.0, "scale": 1.0 + 1e-12, "asymmetry": 2.0}),
        (STANDARD, {"loc": 1e-12, "scale": 1.0, "asymmetry": 2.0}),
        (STANDARD, {"loc": -1e-7, "scale": 1.0 - 1e-7, "asymmetry": 2.0 + 1e-7}),
        ({"loc": 1e10, "scale": 1e10, "asymmetry": 1e-3}, {"loc": 0.0, "scale": 1e10 + 1.0, "asymmetry": 1e-3}),
        ({"loc": 0.0, "scale": 1e-12, "asymmetry": 1.0}, {"loc": 3e-13, "scale": 1.5e-12, "asymmetry": 1.1}),
        ({"loc": 0.0, "scale": 1e-12, "asymmetry": 3.0}, {"loc": -1.0, "scale": 1.0, "asymmetry": 1e5}),
        ({"loc": 0.0, "scale": 1.0, "asymmetry": 5.5}, {"loc": -80.0, "scale": 1.0, "asymmetry": 1e-3}),
    ),
    kl=kl,
    digits=80,
)
