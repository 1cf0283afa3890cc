"""Multivariate normal, with covariances, Cholesky factors and precisions."""

import kullback as kb
from tests.families.matrices import column, matrix, positive_definite, quadratic, scaled, trace
from tests.families.spec import Spec


def covariance_of(mp, given):
    if "cholesky" in given:
        lower = matrix(mp, given["cholesky"])
        return lower * lower.T
    if "precision" in given:
        return matrix(mp, given["precision"]) ** -1
    if "diagonal" in given:
        return mp.diag(given["diagonal"])
    return matrix(mp, given["covariance"])


def log_density(mp, x, loc, **given):
    sigma = covariance_of(mp, given)
    gap = column(mp, [a - b for a, b in zip(x, loc, strict=True)])
    return -(quadratic(sigma**-1, gap) + mp.log(mp.det(2 * mp.pi * sigma))) / 2


def difference(mp, p, q):
    return column(mp, [a - b for a, b in zip(p["loc"], q["loc"], strict=True)])


def kl(mp, p, q):
    first, second = covariance_of(mp, p), covariance_of(mp, q)
    ratio = second**-1 * first
    gap = quadratic(second**-1, difference(mp, p, q))
    return (trace(mp, ratio) - first.rows - mp.log(mp.det(ratio)) + gap) / 2


def renyi(mp, alpha, p, q):
    first, second = covariance_of(mp, p), covariance_of(mp, q)
    mixed = alpha * second + (1 - alpha) * first
    if not positive_definite(mp, mixed):
        return mp.inf
    logs = mp.log(mp.det(mixed)) - (1 - alpha) * mp.log(mp.det(first)) - alpha * mp.log(mp.det(second))
    return alpha * quadratic(mixed**-1, difference(mp, p, q)) / 2 - logs / (2 * (alpha - 1))


ROUND = [[2.0, 0.5], [0.5, 1.0]]
LONG = [[1.0, -0.7, 0.25], [-0.7, 2.0, 0.125], [0.25, 0.125, 0.5]]
LOWER = [[1.0, 0.0], [0.5, 2.0]]
ZERO = [0.0, 0.0]


def full(rows, loc=ZERO):
    return {"loc": loc, "covariance": rows}


SPEC = Spec(
    make=kb.distributions.multivariate_normal,
    members=(
        full(ROUND),
        full([[1.0, 0.0], [0.0, 3.0]], [1.0, -2.0]),
        full([[0.5, 0.25], [0.25, 1.0]], [0.25, 1.0]),
        {"loc": [0.5, 0.25], "cholesky": LOWER},
        {"loc": [0.5, 0.25], "precision": ROUND},
        {"loc": [0.5, 0.25, 1.0], "diagonal": [1.0, 2.0, 3.0]},
    ),
    outcomes=(
        ([0.0, 0.0], [3.0, -1.0]),
        ([1.0, 1.0],),
        ([1.0, 1.0],),
        ([0.0, 2.0], [5.0, 5.0]),
        ([0.0, 1.0],),
        ([0.0, 1.0, 2.0],),
    ),
    log_density=log_density,
    pairs=(
        (full(ROUND), full([[1.0, 0.25], [0.25, 3.0]], [1.0, 2.0])),
        (full(ROUND), full(scaled(ROUND, 1.0 + 2.0**-20))),
        (full(ROUND), full(scaled(ROUND, 1.0 + 2.0**-40))),
        (full(ROUND), full([[2.0, 0.5 + 1e-12], [0.5 + 1e-12, 1.0]])),
        (full(ROUND, [1e10, 0.0]), full(ROUND, [1e10 + 1e-3, 0.0])),
        (full(ROUND), full(scaled(ROUND, 1e20))),
        (full(scaled(ROUND, 1e20)), full(ROUND)),
        (full(scaled(ROUND, 1e-12)), full(scaled(ROUND, 1.25e-12))),
        (full([[1e10, 0.0], [0.0, 1e-10]]), full(ROUND)),
        (full(LONG, [0.0] * 3), full([[1.0, -0.7, 0.25], [-0.7, 2.0, 0.1250001], [0.25, 0.1250001, 0.5]], [0.0] * 3)),
        ({"loc": ZERO, "cholesky": LOWER}, {"loc": ZERO, "cholesky": [[1.0, 0.0], [0.5 + 1e-12, 2.0]]}),
        ({"loc": ZERO, "cholesky": LOWER}, {"loc": [1e-8, 0.0], "cholesky": scaled(LOWER, 1.0 + 2.0**-30)}),
        ({"loc": ZERO, "precision": ROUND}, {"loc": ZERO, "precision": scaled(ROUND, 1.0 + 2.0**-30)}),
        ({"loc": ZERO, "precision": ROUND}, {"loc": [1.0, 0.0], "precision": [[1.0, 0.0], [0.0, 5.0]]}),
        ({"loc": ZERO, "diagonal": [1.0, 1e-20]}, {"loc": ZERO, "diagonal": [1.0 + 1e-12, 1.0]}),
        ({"loc": ZERO, "diagonal": [1.0, 3.0]}, full(ROUND)),
        (full(ROUND), {"loc": ZERO, "cholesky": LOWER}),
    ),
    kl=kl,
    digits=80,
    renyi=renyi,
    univariate=False,
)
