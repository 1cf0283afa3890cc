"""Log-uniform."""

import kullback as kb
from tests.families.spec import Spec


def width(mp, p):
    return mp.log(p["high"] / p["low"])


def log_density(mp, x, low, high):
    return -mp.log(x) - mp.log(mp.log(high / low))


def kl(mp, p, q):
    if p["low"] < q["low"] or p["high"] > q["high"]:
        return mp.inf
    return mp.log(width(mp, q) / width(mp, p))


def renyi(mp, alpha, p, q):
    low, high = max(p["low"], q["low"]), min(p["high"], q["high"])
    if low >= high or (alpha > 1 and (p["low"] < q["low"] or p["high"] > q["high"])):
        return mp.inf
    shared = mp.log(high / low)
    return (mp.log(shared) - alpha * mp.log(width(mp, p)) - (1 - alpha) * mp.log(width(mp, q))) / (alpha - 1)


ONE = {"low": 1.0, "high": 10.0}
SPEC = Spec(
    make=kb.distributions.log_uniform,
    members=(ONE, {"low": 0.5, "high": 20.0}, {"low": 0.25, "high": 40.0}),
    outcomes=((1.1, 5.0), (0.6, 10.0), (0.3, 39.0)),
    log_density=log_density,
    pairs=(
        (ONE, {"low": 0.5, "high": 20.0}),
        ({"low": 0.5, "high": 20.0}, ONE),
        (ONE, {"low": 1.0, "high": 10.0 * (1 + 1e-6)}),
        (ONE, {"low": 1.0 - 1e-12, "high": 10.0}),
        (ONE, {"low": 5.0, "high": 30.0}),
        (ONE, {"low": 20.0, "high": 30.0}),
        ({"low": 1e-12, "high": 1e10}, {"low": 1e-13, "high": 1e10}),
        ({"low": 1.0, "high": 1.0 + 1e-10}, {"low": 1.0 - 1e-10, "high": 1.0 + 1e-9}),
        ({"low": 3.0, "high": 3.0 + 1e-6}, {"low": 1e-10, "high": 1e10}),
    ),
    kl=kl,
    renyi=renyi,
)
