"""Bernoulli, given as probabilities and as log-odds."""

import kullback as kb
from tests.families.spec import Spec


def chances(mp, parameters):
    """Return p and 1 − p."""
    if "probs" in parameters:
        return parameters["probs"], 1 - parameters["probs"]
    return 1 / (1 + mp.exp(-parameters["logits"])), 1 / (1 + mp.exp(parameters["logits"]))


def log_density(mp, x, **parameters):
    return mp.log(chances(mp, parameters)[0 if x == 1 else 1])


def of_chances(mp, p, q):
    total = mp.mpf(0)
    for a, b in zip(p, q, strict=True):
        if a > 0:
            total += a * mp.log(a / b) if b > 0 else mp.inf
    return total


def kl(mp, p, q):
    return of_chances(mp, chances(mp, p), chances(mp, q))


def renyi(mp, alpha, p, q):
    total = mp.mpf(0)
    for a, b in zip(chances(mp, p), chances(mp, q), strict=True):
        if a > 0 and b > 0:
            total += a**alpha * b ** (1 - alpha)
        elif a > 0 and alpha > 1:
            return mp.inf
    return mp.log(total) / (alpha - 1)


def two(name, *values):
    return tuple(({name: p}, {name: q}) for p, q in values)


SPECS = (
    Spec(
        make=kb.distributions.bernoulli,
        members=({"probs": 0.5}, {"probs": 0.3}, {"probs": 0.999}),
        outcomes=((0.0, 1.0),) * 3,
        log_density=log_density,
        pairs=two(
            "probs",
            (0.5, 0.25),
            (0.3, 0.3 * (1 + 1e-6)),
            (0.3, 0.3 * (1 + 1e-12)),
            (1e-12, 2e-12),
            (1e-12, 1e-12 * (1 + 1e-9)),
            (1e-300, 0.5),
            (1 - 1e-12, 1 - 2e-12),
            (1 - 1e-12, 1 - 1.001e-12),
            (0.5, 1e-300),
            (0.0, 0.3),
            (1.0, 0.3),
            (0.0, 1e-12),
            (0.3, 0.0),
            (0.3, 1.0),
        ),
        kl=kl,
        renyi=renyi,
        digits=400,
    ),
    Spec(
        make=kb.distributions.bernoulli,
        members=({"logits": 0.0}, {"logits": -1.5}, {"logits": 3.0}),
        outcomes=((0.0, 1.0),) * 3,
        log_density=log_density,
        pairs=two(
            "logits",
            (0.0, -110.0),
            (40.0, 41.0),
            (-40.0, -41.0),
            (0.0, -800.0),
            (1.3, 1.3 + 1e-6),
            (1.3, 1.3 + 1e-12),
            (40.0, 40.0 + 1e-10),
            (-600.0, -600.0001),
            (-300.0, 300.0),
            (1e-12, -1e-12),
        ),
        kl=kl,
        renyi=renyi,
        digits=800,
    ),
)
