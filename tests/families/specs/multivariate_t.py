"""Multivariate t: its density; what is known of it beside normals is in tests/families/test_multivariate.py."""

import kullback as kb
from tests.families.matrices import column, matrix, quadratic
from tests.families.spec import Spec


def log_density(mp, x, df, loc, scale):
    s, d = matrix(mp, scale), len(loc)
    gap = column(mp, [a - b for a, b in zip(x, loc, strict=True)])
    logs = mp.loggamma((df + d) / 2) - mp.loggamma(df / 2) - (d * mp.log(df * mp.pi) + mp.log(mp.det(s))) / 2
    return logs - (df + d) / 2 * mp.log(1 + quadratic(s**-1, gap) / df)


ROUND = [[2.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 1.5]]
SPEC = Spec(
    make=kb.distributions.multivariate_t,
    members=tuple({"df": df, "loc": [0.5, 0.25, 0.0], "scale": ROUND} for df in (5.0, 1.0, 30.0)),
    outcomes=(([0.0, 1.0, 2.0], [20.0, -3.0, 1.0]), ([0.0, 1.0, 2.0],), ([0.5, 0.25, 0.0],)),
    log_density=log_density,
    univariate=False,
)
