"""LKJ, of correlation matrices and of their Cholesky factors."""

import kullback as kb
from tests.families.spec import Spec


def log_normaliser(mp, d, eta):
    return mp.fsum(
        mp.mpf(k) / 2 * mp.log(mp.pi) + mp.loggamma(eta + mp.mpf(d - 1 - k) / 2) - mp.loggamma(eta + mp.mpf(d - 1) / 2)
        for k in range(1, d)
    )


def log_density(mp, x, dimension, concentration):
    return (concentration - 1) * mp.log(mp.det(x)) - log_normaliser(mp, int(dimension), concentration)


def factor_log_density(mp, x, dimension, concentration):
    d = int(dimension)
    jacobian = mp.fsum((d - 1 - k) * mp.log(x[k, k]) for k in range(d))
    return log_density(mp, x * x.T, dimension, concentration) + jacobian


def kl(mp, p, q):
    d, a, b = int(p["dimension"]), p["concentration"], q["concentration"]
    mean = mp.fsum(mp.digamma(a + mp.mpf(d - 1 - k) / 2) - mp.digamma(a + mp.mpf(d - 1) / 2) for k in range(1, d))
    return log_normaliser(mp, d, b) - log_normaliser(mp, d, a) + (a - b) * mean


def renyi(mp, alpha, p, q):
    d, a, b = int(p["dimension"]), p["concentration"], q["concentration"]
    mixed = alpha * a + (1 - alpha) * b
    if mixed <= 0:
        return mp.inf
    whole = alpha * log_normaliser(mp, d, a) + (1 - alpha) * log_normaliser(mp, d, b)
    return (log_normaliser(mp, d, mixed) - whole) / (alpha - 1)


def pairs(*rows):
    return tuple(tuple({"dimension": d, "concentration": x} for x in row) for d, *row in rows)


def spec(make, density, outcome):
    return Spec(
        make=make,
        members=tuple({"dimension": 3, "concentration": x} for x in (1.0, 2.5, 0.5)),
        outcomes=((outcome,), (outcome,), (outcome,)),
        log_density=density,
        pairs=pairs(
            (2, 1.5, 4.0),
            (2, 1.0, 1.0 + 1e-12),
            (5, 1e10, 1e10 + 1e4),
            (5, 1e-12, 3e-12),
            (3, 1e-12, 1.0),
            (3, 1.0, 1e-12),
            (10, 0.5, 20.0),
            (50, 2.0, 2.000001),
        ),
        kl=kl,
        digits=90,
        renyi=renyi,
        univariate=False,
    )


R = [[1.0, 0.5, -0.25], [0.5, 1.0, 0.125], [-0.25, 0.125, 1.0]]
L = [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.8, 0.6]]
SPECS = (spec(kb.distributions.lkj, log_density, R), spec(kb.distributions.lkj_cholesky, factor_log_density, L))
