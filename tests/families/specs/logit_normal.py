"""Logit-normal."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs import normal
from tests.families.specs.beta import from_top


def log_density(mp, x, loc, scale):
    rest = from_top(mp, x)
    return normal.log_density(mp, mp.log(x / rest), loc, scale) - mp.log(x * rest)


SPEC = Spec(
    make=kb.distributions.logit_normal,
    members=({"loc": 0.0, "scale": 1.0}, {"loc": -1.5, "scale": 0.3}, {"loc": 1.0, "scale": 2.0}),
    outcomes=((0.1, 0.5, 0.99), (0.1, 0.25), (1e-3, 0.6, 0.99)),
    log_density=log_density,
    pairs=(
        ({"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 2.0}),
        ({"loc": 0.0, "scale": 1.0}, {"loc": 0.0, "scale": 1.0 + 1e-10}),
        ({"loc": 0.0, "scale": 1.0}, {"loc": 1e-12, "scale": 1.0}),
        ({"loc": 0.0, "scale": 1e-200}, {"loc": 0.0, "scale": 1.0}),
        ({"loc": 1e10, "scale": 1e-12}, {"loc": 1e10 + 1e-3, "scale": 2e-12}),
        ({"loc": 0.3, "scale": 1.0 + 1e-6}, {"loc": 0.3, "scale": 1.0}),
        ({"loc": -4.0, "scale": 1e10}, {"loc": 5.0, "scale": 1e9}),
        ({"loc": 0.0, "scale": 1e-12}, {"loc": 1.0, "scale": 1e-12}),
    ),
    kl=normal.kl,
    renyi=normal.renyi,
)
