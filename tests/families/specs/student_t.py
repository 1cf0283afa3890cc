"""Student's t."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, df, loc, scale):
    z = (x - loc) / scale
    peak = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2 - mp.log(scale)
    return peak - (df + 1) / 2 * mp.log(1 + z * z / df)


SPEC = Spec(
    make=kb.distributions.student_t,
    members=(
        {"df": 5.0, "loc": 0.0, "scale": 0.8},
        {"df": 2.5, "loc": 1.0, "scale": 2.0},
        {"df": 30.0, "loc": -1.0, "scale": 1.0},
        {"df": 1e8, "loc": 0.0, "scale": 1.0},
    ),
    outcomes=((-3.0, 0.0, 100.0), (-20.0, 1.4), (-9.0, 2.0), (-3.0, 5.0)),
    log_density=log_density,
)
