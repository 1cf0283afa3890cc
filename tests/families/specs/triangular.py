"""Triangular."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, low, peak, high):
    share = (x - low) / (peak - low) if x < peak else (high - x) / (high - peak)
    return mp.log(2 * share / (high - low))


def kl(mp, p, q):
    """Of equal ends: of three pieces, in which the logarithm of p/q is constant but for the middle one."""
    assert p["low"] == q["low"] and p["high"] == q["high"]
    width = p["high"] - p["low"]
    a, b = ((one["peak"] - one["low"]) / width for one in (p, q))
    if a > b:
        a, b = 1 - a, 1 - b
    if a == b:
        return mp.mpf(0)

    def log(x):
        return mp.log(x) if x else mp.mpf(0)

    def primitive(x):
        return (x - x * x / 2) * log(x) + (1 - x) ** 2 / 2 * log(1 - x) - x / 2

    sides = a * log(b / a if a else mp.mpf(1)) + ((1 - b) ** 2 / (1 - a) * log((1 - b) / (1 - a)))
    middle = ((1 - a) ** 2 - (1 - b) ** 2) / (1 - a)
    return sides - 2 / (1 - a) * (primitive(b) - primitive(a)) - middle * mp.log((1 - a) / b)


STANDARD = {"low": 0.0, "peak": 1.0, "high": 4.0}
SPEC = Spec(
    make=kb.distributions.triangular,
    members=(STANDARD, {"low": 0.0, "peak": 2.5, "high": 4.0}, {"low": -3.0, "peak": 5.0, "high": 6.0}),
    outcomes=((0.2, 0.7, 3.9), (1.0, 3.2), (-2.0, 5.5)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"low": 0.0, "peak": 2.0, "high": 4.0}),
        (STANDARD, {"low": 0.0, "peak": 1.0 + 1e-6, "high": 4.0}),
        (STANDARD, {"low": 0.0, "peak": 1.0 - 1e-12, "high": 4.0}),
        (STANDARD, {"low": 0.0, "peak": 0.0, "high": 4.0}),
        (STANDARD, {"low": 0.0, "peak": 4.0, "high": 4.0}),
        ({"low": 0.0, "peak": 0.0, "high": 1.0}, {"low": 0.0, "peak": 1.0, "high": 1.0}),
        ({"low": 0.0, "peak": 1e-12, "high": 1.0}, {"low": 0.0, "peak": 3e-12, "high": 1.0}),
        ({"low": 0.0, "peak": 1e10, "high": 3e10}, {"low": 0.0, "peak": 1e10 + 1.0, "high": 3e10}),
    ),
    kl=kl,
    digits=120,
)
