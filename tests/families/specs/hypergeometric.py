"""Hypergeometric: the formula is the sum over the outcomes."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, population, successes, draws):
    ways = mp.binomial(successes, x) * mp.binomial(population - successes, draws - x)
    return mp.log(ways / mp.binomial(population, draws))


def of(m, s, n):
    return {"population": m, "successes": s, "draws": n}


SPEC = Spec(
    make=kb.distributions.hypergeometric,
    members=(of(20.0, 7.0, 12.0), of(60.0, 30.0, 12.0), of(500.0, 200.0, 100.0)),
    outcomes=((0.0, 4.0, 7.0), (0.0, 12.0), (0.0, 40.0, 100.0)),
    log_density=log_density,
)
