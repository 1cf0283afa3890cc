"""Uniform."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, low, high):
    return -mp.log(high - low)


def kl(mp, p, q):
    if p["low"] < q["low"] or p["high"] > q["high"]:
        return mp.inf
    return mp.log((q["high"] - q["low"]) / (p["high"] - p["low"]))


def renyi(mp, alpha, p, q):
    overlap = min(p["high"], q["high"]) - max(p["low"], q["low"])
    if overlap <= 0 or (alpha >= 1 and overlap < p["high"] - p["low"]):
        return mp.inf
    widths = [one["high"] - one["low"] for one in (p, q)]
    return mp.log(overlap / (widths[0] ** alpha * widths[1] ** (1 - alpha))) / (alpha - 1)


STANDARD = {"low": 0.0, "high": 1.0}
SPEC = Spec(
    make=kb.distributions.uniform,
    members=(STANDARD, {"low": -1.5, "high": 1.3}, {"low": -20.0, "high": 24.0}),
    outcomes=((0.2, 0.7), (-1.0, 1.2), (-9.0, 11.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"low": -1.0, "high": 2.0}),
        (STANDARD, {"low": 0.0, "high": 1.0 + 1e-6}),
        (STANDARD, {"low": -1e-12, "high": 1.0}),
        ({"low": -1.0, "high": 2.0}, STANDARD),
        (STANDARD, {"low": 0.5, "high": 1.5}),
        (STANDARD, {"low": 3.0, "high": 4.0}),
        ({"low": 0.0, "high": 1e10}, {"low": -1.0, "high": 1e10 + 1.0}),
        ({"low": 0.0, "high": 1e-12}, {"low": 0.0, "high": 3e-12}),
        ({"low": 0.0, "high": 1e-12}, {"low": -1e12, "high": 1e12}),
    ),
    kl=kl,
    renyi=renyi,
)
