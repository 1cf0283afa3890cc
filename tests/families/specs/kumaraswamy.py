"""Kumaraswamy. KL is closed where the first shapes are equal; the rest is in tests/families/test_unit_interval.py."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.beta import from_top


def log_density(mp, x, a, b):
    return mp.log(a * b) + (a - 1) * mp.log(x) + (b - 1) * mp.log(from_top(mp, x**a))


def kl(mp, p, q):
    ratio = q["b"] / p["b"]
    return ratio - 1 - mp.log(ratio)


def renyi(mp, alpha, p, q):
    mixed = alpha * p["b"] + (1 - alpha) * q["b"]
    if mixed <= 0:
        return mp.inf
    return (mp.log(mixed) - alpha * mp.log(p["b"]) - (1 - alpha) * mp.log(q["b"])) / (1 - alpha)


SPEC = Spec(
    make=kb.distributions.kumaraswamy,
    members=({"a": 2.0, "b": 3.5}, {"a": 0.6, "b": 0.8}, {"a": 5.0, "b": 1.0}),
    outcomes=((0.1, 0.4, 0.9), (1e-4, 0.5, 0.99), (0.5, 0.95)),
    log_density=log_density,
    pairs=tuple(
        ({"a": a, "b": b}, {"a": a, "b": c})
        for a, b, c in (
            (2.0, 3.5, 0.8),
            (2.0, 3.5, 3.5 * (1 + 1e-6)),
            (0.7, 2.0, 2.0 + 1e-12),
            (1e10, 1e10, 1e10 + 1),
            (1e-12, 1e-12, 3e-12),
            (1.0, 1e10, 1e-12),
            (3.0, 1e-12, 1e10),
            (1.3, 2.2, 1.4),
        )
    ),
    kl=kl,
    renyi=renyi,
)
