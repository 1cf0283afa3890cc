"""Chi."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.generalised_gamma import equal_power_renyi


def log_density(mp, x, df):
    return (1 - df / 2) * mp.log(2) - mp.loggamma(df / 2) + (df - 1) * mp.log(x) - x**2 / 2


def kl(mp, p, q):
    a, b = p["df"] / 2, q["df"] / 2
    return mp.loggamma(b) - mp.loggamma(a) + (a - b) * mp.digamma(a)


def renyi(mp, alpha, p, q):
    return equal_power_renyi(mp, alpha, (p["df"] / 2, mp.one / 2), (q["df"] / 2, mp.one / 2))


SPEC = Spec(
    make=kb.distributions.chi,
    members=({"df": 4.0}, {"df": 6.5}, {"df": 1.0}),
    outcomes=((0.3, 2.0, 7.0), (0.5, 3.0, 9.0), (0.01, 0.7, 4.0)),
    log_density=log_density,
    pairs=tuple(
        ({"df": a}, {"df": b})
        for a, b in (
            (4.0, 6.0),
            (6.5, 4.0),
            (4.0, 4.0 + 1e-6),
            (4.0, 4.0 - 1e-12),
            (1e10, 1e10 + 1.0),
            (1e10, 3.0),
            (1e-12, 2e-12),
            (1e-12, 1.0),
            (1.0, 1e-12),
        )
    ),
    kl=kl,
    renyi=renyi,
    digits=100,
)
