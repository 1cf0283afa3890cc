"""Continuous Bernoulli, by its logits and by its probabilities."""

from dataclasses import replace

import kullback as kb
from tests.families.spec import Spec


def log_normaliser(mp, t):
    return mp.log(mp.expm1(t) / t) if t else mp.mpf(0)


def mean(mp, t):
    return 1 / (1 - mp.exp(-t)) - 1 / t if t else mp.mpf(1) / 2


def log_density(mp, x, logits):
    return logits * x - log_normaliser(mp, logits)


def kl(mp, p, q):
    s, t = p["logits"], q["logits"]
    return log_normaliser(mp, t) - log_normaliser(mp, s) - (t - s) * mean(mp, s)


def renyi(mp, alpha, p, q):
    s, t = p["logits"], q["logits"]
    mixed = log_normaliser(mp, alpha * s + (1 - alpha) * t)
    return (mixed - alpha * log_normaliser(mp, s) - (1 - alpha) * log_normaliser(mp, t)) / (alpha - 1)


def with_logits(mp, p):
    return {"logits": mp.log(p["probs"] / (1 - p["probs"]))}


BY_LOGITS = Spec(
    make=kb.distributions.continuous_bernoulli,
    members=({"logits": 0.7}, {"logits": -6.0}, {"logits": 30.0}),
    outcomes=((0.1, 0.5, 0.99), (0.01, 0.3), (0.6, 0.99)),
    log_density=log_density,
    pairs=tuple(
        ({"logits": s}, {"logits": t})
        for s, t in (
            (-500.0, 20.0),
            (0.7, -6.0),
            (0.0, 1e-12),
            (0.0, 3.0),
            (2.0, 2.0 + 1e-6),
            (2.0, 2.0 + 1e-12),
            (-40.0, -41.0),
            (1e10, 1e10 + 1e3),
            (1e10, -1e-12),
            (1e-12, 1e6),
            (-3e4, 3e4),
        )
    ),
    kl=kl,
    digits=100,
    renyi=renyi,
)
BY_PROBS = replace(
    BY_LOGITS,
    members=({"probs": 0.7}, {"probs": 1e-3}, {"probs": 0.5}),
    outcomes=((0.1, 0.5, 0.99), (0.01, 0.3), (0.4, 0.8)),
    log_density=lambda mp, x, probs: log_density(mp, x, **with_logits(mp, {"probs": probs})),
    pairs=tuple(
        ({"probs": s}, {"probs": t})
        for s, t in (
            (0.7, 1e-3),
            (0.3, 0.3 + 1e-12),
            (0.5, 0.5 + 1e-9),
            (0.5, 0.499),
            (1e-12, 2e-12),
            (1.0 - 2.0**-40, 0.5),
            (1e-300, 1.0 - 2.0**-53),
            (0.999, 0.999 + 1e-9),
        )
    ),
    kl=lambda mp, p, q: kl(mp, with_logits(mp, p), with_logits(mp, q)),
    renyi=lambda mp, alpha, p, q: renyi(mp, alpha, with_logits(mp, p), with_logits(mp, q)),
)
SPECS = (BY_LOGITS, BY_PROBS)
