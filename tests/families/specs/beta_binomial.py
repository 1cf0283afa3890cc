"""Beta-binomial: the formula is the sum over the outcomes."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, total_count, a, b):
    n = total_count

    def log_beta(u, v):
        return mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v)

    return mp.log(mp.binomial(n, x)) + log_beta(x + a, n - x + b) - log_beta(a, b)


def kl(mp, p, q):
    terms = []
    for k in range(int(p["total_count"]) + 1):
        one, other = log_density(mp, k, **p), log_density(mp, k, **q)
        terms.append(mp.exp(one) * (one - other))
    return mp.fsum(terms)


def pair(n, p, q):
    return {"total_count": n, "a": p[0], "b": p[1]}, {"total_count": n, "a": q[0], "b": q[1]}


SPEC = Spec(
    make=kb.distributions.beta_binomial,
    members=(
        {"total_count": 10.0, "a": 2.0, "b": 3.0},
        {"total_count": 10.0, "a": 0.6, "b": 0.4},
        {"total_count": 50.0, "a": 20.0, "b": 5.0},
    ),
    outcomes=((0.0, 4.0, 10.0), (0.0, 1.0), (0.0, 40.0, 50.0)),
    log_density=log_density,
    pairs=(
        pair(10.0, (2.0, 3.0), (0.6, 0.4)),
        pair(10.0, (2.0, 3.0), (2.0 * (1 + 1e-6), 3.0)),
        pair(10.0, (2.0, 3.0), (2.0, 3.0 * (1 + 1e-12))),
        pair(100.0, (1e-6, 2e-6), (1e-6, 1e-6)),
        pair(5.0, (1e10, 2e10), (2e10, 1e10)),
        pair(5.0, (1e6, 2e6), (1e6 + 1.0, 2e6)),
        pair(20.0, (1e-12, 1.0), (1.0, 1e-12)),
        pair(1.0, (2.0, 3.0), (1.0, 1.0)),
        pair(0.0, (2.0, 3.0), (1.0, 1.0)),
        pair(3.0, (2.0, 2.0), (5.0, 5.0)),
    ),
    kl=kl,
)
