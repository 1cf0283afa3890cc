"""Dirichlet-multinomial: the formula is the sum over the vectors of counts."""

import itertools

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, total_count, concentration):
    n, total = total_count, mp.fsum(concentration)
    found = mp.loggamma(n + 1) + mp.loggamma(total) - mp.loggamma(n + total)
    for k, a in zip(x, concentration, strict=True):
        found += mp.loggamma(k + a) - mp.loggamma(k + 1) - mp.loggamma(a)
    return found


def kl(mp, p, q):
    n, kinds = int(p["total_count"]), len(p["concentration"])
    terms = []
    for x in itertools.product(range(n + 1), repeat=kinds):
        if sum(x) == n:
            one, other = log_density(mp, x, **p), log_density(mp, x, **q)
            terms.append(mp.exp(one) * (one - other))
    return mp.fsum(terms)


def of(n, *concentration):
    return {"total_count": n, "concentration": list(concentration)}


SPEC = Spec(
    make=kb.distributions.dirichlet_multinomial,
    members=(of(4.0, 1.0, 2.0, 3.0), of(4.0, 2.0, 2.0, 2.0), of(4.0, 0.1, 0.5, 7.0)),
    outcomes=(((0.0, 1.0, 3.0), (4.0, 0.0, 0.0)), ((1.0, 1.0, 2.0),), ((0.0, 4.0, 0.0),)),
    log_density=log_density,
    pairs=(
        (of(4.0, 1.0, 2.0, 3.0), of(4.0, 2.0, 2.0, 2.0)),
        (of(4.0, 1.0, 2.0, 3.0), of(4.0, 1.0, 2.0 + 1e-6, 3.0)),
        (of(4.0, 1.0, 2.0, 3.0), of(4.0, 1.0, 2.0, 3.0 + 1e-12)),
        (of(4.0, 1e10, 2e10, 3e10), of(4.0, 2e10, 2e10, 2e10)),
        (of(4.0, 1e-12, 1e-12, 1.0), of(4.0, 1.0, 1e-12, 1.0)),
        (of(4.0, 1.0, 1.0), of(4.0, 3.0, 5.0)),
        (of(1.0, 1.0, 2.0, 3.0), of(1.0, 2.0, 2.0, 2.0)),
        (of(0.0, 1.0, 2.0), of(0.0, 2.0, 2.0)),
    ),
    kl=kl,
    univariate=False,
)
