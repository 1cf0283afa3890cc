"""Log-normal."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.normal import kl, renyi


def log_density(mp, x, loc, scale):
    return -(((mp.log(x) - loc) / scale) ** 2) / 2 - mp.log(scale * x) - mp.log(2 * mp.pi) / 2


STANDARD = {"loc": 0.0, "scale": 1.0}
SPEC = Spec(
    make=kb.distributions.log_normal,
    members=(STANDARD, {"loc": -1.5, "scale": 0.3}, {"loc": 1.0, "scale": 1.6}),
    outcomes=((0.05, 1.0, 7.0), (0.15, 0.4), (0.1, 3.0, 60.0)),
    log_density=log_density,
    pairs=(
        (STANDARD, {"loc": 1.0, "scale": 2.0}),
        (STANDARD, {"loc": 0.0, "scale": 1.0 + 1e-10}),
        (STANDARD, {"loc": 1e-12, "scale": 1.0}),
        (STANDARD, {"loc": 1e-7, "scale": 1.0 - 1e-7}),
        (STANDARD, {"loc": 0.0, "scale": 1e-25}),
        ({"loc": 0.0, "scale": 1e-25}, STANDARD),
        ({"loc": 1e10, "scale": 1e-12}, {"loc": 1e10 + 1e-3, "scale": 2e-12}),
        ({"loc": 1e10, "scale": 1e10}, {"loc": 1e-12, "scale": 1e10 + 1.0}),
    ),
    kl=kl,
    renyi=renyi,
)
