"""Fisher's F."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs import beta_prime


def log_density(mp, x, df1, df2):
    return beta_prime.log_density(mp, x, df1 / 2, df2 / 2, df2 / df1)


def kl(mp, p, q):
    one, other = ({"a": d["df1"] / 2, "b": d["df2"] / 2} for d in (p, q))
    return beta_prime.kl(mp, one, other)


def of(df1, df2):
    return {"df1": df1, "df2": df2}


SPEC = Spec(
    make=kb.distributions.fisher_f,
    members=(of(4.0, 6.0), of(2.0, 3.0), of(8.0, 12.0)),
    outcomes=((0.2, 1.0, 6.0), (0.1, 1.0, 30.0), (0.3, 1.0, 4.0)),
    log_density=log_density,
    # With equal ratios df2/df1 the distributions are images of beta distributions under one map.
    pairs=(
        (of(4.0, 6.0), of(2.0, 3.0)),
        (of(2.0, 3.0), of(8.0, 12.0)),
        (of(1.0, 2.0), of(1.0 + 2**-40, 2.0 + 2**-39)),
        (of(1.0, 4.0), of(1.0 + 2**-20, 4.0 + 2**-18)),
        (of(2.0**33, 2.0**34), of(2.0**33 + 2.0**10, 2.0**34 + 2.0**11)),
        (of(2.0**33, 2.0**34), of(3.0, 6.0)),
        (of(2.0**-40, 2.0**-38), of(2.0**-39, 2.0**-37)),
        (of(1.0, 1.0), of(2.0**-40, 2.0**-40)),
        (of(2.0**-40, 2.0**-40), of(1.0, 1.0)),
    ),
    kl=kl,
    digits=100,
)
