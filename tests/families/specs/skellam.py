"""Skellam: masses alone, KL is a sum."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, rate1, rate2):
    bessel = mp.besseli(abs(x), 2 * mp.sqrt(rate1 * rate2))
    return -rate1 - rate2 + x / 2 * mp.log(rate1 / rate2) + mp.log(bessel)


SPEC = Spec(
    make=kb.distributions.skellam,
    members=({"rate1": 3.0, "rate2": 2.0}, {"rate1": 1.0, "rate2": 4.0}, {"rate1": 20.0, "rate2": 30.0}),
    outcomes=((-5.0, 0.0, 1.0, 12.0), (-9.0, 0.0, 3.0), (-10.0, 0.0, 15.0)),
    log_density=log_density,
)
