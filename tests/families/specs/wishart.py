"""Wishart, of scale matrices and of their factors; inverse Wishart."""

import kullback as kb
from tests.families.matrices import (
    log_multigamma,
    matrix,
    multidigamma,
    positive_definite,
    scaled,
    trace,
)
from tests.families.spec import Spec


def scale_of(mp, p):
    if "cholesky" in p:
        lower = matrix(mp, p["cholesky"])
        return lower * lower.T
    return matrix(mp, p["scale"])


def log_normaliser(mp, n, v):
    p = v.rows
    return n / 2 * (p * mp.log(2) + mp.log(mp.det(v))) + log_multigamma(mp, n / 2, p)


def log_density(mp, x, df, **given):
    v = scale_of(mp, given)
    p = v.rows
    return (df - p - 1) / 2 * mp.log(mp.det(x)) - trace(mp, v**-1 * x) / 2 - log_normaliser(mp, df, v)


def inverse_log_density(mp, x, df, scale):
    v = matrix(mp, scale)
    p = v.rows
    logs = df / 2 * mp.log(mp.det(v)) - df * p / 2 * mp.log(2) - log_multigamma(mp, df / 2, p)
    return logs - (df + p + 1) / 2 * mp.log(mp.det(x)) - trace(mp, v * x**-1) / 2


def divergence(mp, n, v, new, u):
    p = v.rows
    ratio = u**-1 * v
    logs = log_multigamma(mp, new / 2, p) - log_multigamma(mp, n / 2, p) + (n - new) / 2 * multidigamma(mp, n / 2, p)
    return logs + n / 2 * (trace(mp, ratio) - p) - new / 2 * mp.log(mp.det(ratio))


def gap(mp, alpha, n, v, new, u):
    """α A(P) + (1 − α) A(Q) − A(mixed), or None where there is no mixed distribution."""
    mixed = alpha * v**-1 + (1 - alpha) * u**-1
    df = alpha * n + (1 - alpha) * new
    if df <= v.rows - 1 or not positive_definite(mp, (mixed + mixed.T) / 2):
        return None
    whole = alpha * log_normaliser(mp, n, v) + (1 - alpha) * log_normaliser(mp, new, u)
    return whole - log_normaliser(mp, df, mixed**-1)


def kl(mp, p, q):
    return divergence(mp, p["df"], scale_of(mp, p), q["df"], scale_of(mp, q))


def inverse_kl(mp, p, q):
    return divergence(mp, p["df"], scale_of(mp, p) ** -1, q["df"], scale_of(mp, q) ** -1)


def renyi(mp, alpha, p, q):
    found = gap(mp, alpha, p["df"], scale_of(mp, p), q["df"], scale_of(mp, q))
    return mp.inf if found is None else found / (1 - alpha)


def inverse_renyi(mp, alpha, p, q):
    found = gap(mp, alpha, p["df"], scale_of(mp, p) ** -1, q["df"], scale_of(mp, q) ** -1)
    return mp.inf if found is None else found / (1 - alpha)


V, U = [[2.0, 0.5], [0.5, 1.0]], [[1.0, -0.25], [-0.25, 3.0]]
LOWER = [[1.0, 0.0], [0.5, 2.0]]
THREE = [[1.0, -0.7, 0.25], [-0.7, 2.0, 0.125], [0.25, 0.125, 0.5]]


def member(df, rows=V):
    return {"df": df, "scale": rows}


def factor(df, rows=LOWER):
    return {"df": df, "cholesky": rows}


PAIRS = (
    (member(4.0), member(5.5, U)),
    (member(4.0), member(4.0 + 1e-12)),
    (member(4.0), member(4.0, scaled(V, 1.0 + 2.0**-30))),
    (member(1e10), member(1e10 * (1.0 + 1e-6), scaled(V, 1.0 / (1.0 + 1e-6)))),
    (member(4.0), member(4.0 * (1.0 + 1e-6), scaled(V, 1.0 / (1.0 + 1e-6)))),
    (member(1.0 + 2.0**-30), member(1.0 + 2.0**-29)),
    (member(1.0 + 2.0**-30), member(1e10)),
    (member(1e10), member(3.0)),
    (member(3.0), member(3.0, scaled(V, 1e20))),
    (member(3.0, scaled(V, 1e20)), member(3.0)),
    (member(3.5, THREE), member(3.75, scaled(THREE, 1.25))),
)
SPECS = (
    Spec(
        make=kb.distributions.wishart,
        members=(member(4.0), member(5.5, U), member(3.0), factor(3.0)),
        outcomes=((V, U), (V,), (U,), (U,)),
        log_density=log_density,
        pairs=(
            *PAIRS,
            (factor(4.0), factor(4.5, [[2.0, 0.0], [-1.0, 1.0]])),
            (factor(4.0), factor(4.0 + 1e-9, scaled(LOWER, 1.0 + 2.0**-30))),
            (factor(1e10), factor(2.5, LOWER)),
        ),
        kl=kl,
        digits=90,
        renyi=renyi,
        univariate=False,
    ),
    Spec(
        make=kb.distributions.inverse_wishart,
        members=(member(4.0), member(5.5, U), member(3.0)),
        outcomes=((V, U), (V,), (U,)),
        log_density=inverse_log_density,
        pairs=PAIRS,
        kl=inverse_kl,
        digits=90,
        renyi=inverse_renyi,
        univariate=False,
    ),
)
