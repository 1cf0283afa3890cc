"""Matrix normal."""

import kullback as kb
from tests.families.matrices import column, matrix, quadratic, scaled
from tests.families.spec import Spec
from tests.families.specs import multivariate_normal


def product(mp, rows, columns):
    n, m = len(rows), len(columns)
    return [[rows[i][k] * columns[j][o] for k in range(n) for o in range(m)] for i in range(n) for j in range(m)]


def flat(mp, p):
    return {
        "loc": [x for row in p["loc"] for x in row],
        "covariance": product(mp, p["rows"], p["columns"]),
    }


def log_density(mp, x, loc, rows, columns):
    sigma = matrix(mp, product(mp, rows, columns))
    values = [x[i, j] - loc[i][j] for i in range(len(rows)) for j in range(len(columns))]
    return -(quadratic(sigma**-1, column(mp, values)) + mp.log(mp.det(2 * mp.pi * sigma))) / 2


def kl(mp, p, q):
    return multivariate_normal.kl(mp, flat(mp, p), flat(mp, q))


def renyi(mp, alpha, p, q):
    return multivariate_normal.renyi(mp, alpha, flat(mp, p), flat(mp, q))


ROWS, COLUMNS = [[2.0, 0.5], [0.5, 1.0]], [[1.0, 0.25, 0.0], [0.25, 2.0, -0.5], [0.0, -0.5, 1.5]]
ZERO = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def member(rows=ROWS, columns=COLUMNS, loc=ZERO):
    return {"loc": loc, "rows": rows, "columns": columns}


SOME = [[1.0, -1.0, 0.5], [0.0, 2.0, 0.25]]
SPEC = Spec(
    make=kb.distributions.matrix_normal,
    members=(member(), member([[1.0, 0.0], [0.0, 3.0]], COLUMNS, SOME), member(ROWS, scaled(COLUMNS, 2.0), SOME)),
    outcomes=((SOME, ZERO), (ZERO,), (ZERO, SOME)),
    log_density=log_density,
    pairs=(
        (member(), member([[1.0, 0.25], [0.25, 3.0]], scaled(COLUMNS, 0.5), SOME)),
        (member(), member(scaled(ROWS, 1.0 + 2.0**-30))),
        (member(), member(ROWS, scaled(COLUMNS, 1.0 + 2.0**-30))),
        (member(), member(scaled(ROWS, 2.0), scaled(COLUMNS, 0.5 + 2.0**-30))),
        (member(), member([[2.0, 0.5 + 1e-9], [0.5 + 1e-9, 1.0]])),
        (member(), member(scaled(ROWS, 1e10), scaled(COLUMNS, 1e10))),
        (member(scaled(ROWS, 1e10), scaled(COLUMNS, 1e10)), member()),
        (member(scaled(ROWS, 4.0), scaled(COLUMNS, 0.25)), member(loc=[[1e-9, 0.0, 0.0], [0.0, 0.0, 0.0]])),
    ),
    kl=kl,
    digits=80,
    renyi=renyi,
    univariate=False,
)
