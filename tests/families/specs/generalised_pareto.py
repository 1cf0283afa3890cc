"""Generalised Pareto. KL is closed where both begin at one place and shape/scale is the same, and for exponential Q."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, loc, scale, shape):
    z = (x - loc) / scale
    return -mp.log(scale) - (z if shape == 0 else (1 + 1 / shape) * mp.log(1 + shape * z))


def kl(mp, p, q):
    if p["loc"] < q["loc"]:
        return mp.inf
    if p["loc"] == q["loc"] and p["shape"] * q["scale"] == q["shape"] * p["scale"]:
        ratio = p["scale"] / q["scale"]
        return ratio - 1 - mp.log(ratio)
    assert q["shape"] == 0
    if p["shape"] >= 1:
        return mp.inf
    mean = p["scale"] / (1 - p["shape"]) + p["loc"] - q["loc"]
    return mp.log(q["scale"] / p["scale"]) - 1 - p["shape"] + mean / q["scale"]


def member(loc, scale, shape):
    return {"loc": loc, "scale": scale, "shape": shape}


SPEC = Spec(
    make=kb.distributions.generalised_pareto,
    members=(member(0.0, 1.0, 0.5), member(0.0, 2.0, 0.0), member(0.0, 1.5, -0.25)),
    outcomes=((0.01, 3.0, 40.0), (0.2, 5.0), (0.1, 3.0, 5.9)),
    log_density=log_density,
    pairs=(
        (member(0.0, 1.0, 0.5), member(0.0, 2.0, 1.0)),
        (member(1.0, 1.0, -0.5), member(1.0, 2.0, -1.0)),
        (member(0.0, 2.0, 0.0), member(0.0, 2.0 + 1e-12, 0.0)),
        (member(0.0, 1e10, 0.0), member(0.0, 1e-12, 0.0)),
        (member(0.0, 1e-12, 0.0), member(0.0, 1e10, 0.0)),
        (member(0.0, 1.0, 0.5), member(-3.0, 2.0, 0.0)),
        (member(0.0, 1.0, 1.5), member(0.0, 2.0, 0.0)),
        (member(2.0, 1.0, -0.5), member(1.0, 2.0, 0.0)),
        (member(0.0, 1.0, 0.5), member(1.0, 2.0, 0.0)),
    ),
    kl=kl,
)
