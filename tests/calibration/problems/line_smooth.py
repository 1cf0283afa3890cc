"""Smooth densities on the whole line."""

from tests.calibration.laws import logistic, mixture, normal, skew_normal
from tests.calibration.pair import normal_line, on_line

_CLAW = mixture([5, 1, 1, 1, 1, 1], [normal(), *(normal(i / 2, 0.1) for i in range(-2, 3))])

PAIRS = {
    "n1_kldest": normal_line(0, 1, 1, 2),
    "n1_shift": normal_line(0, 1, 0.7, 1),
    "n1_scale": normal_line(0.2, 1, 0, 1.5),
    "mix_claw": on_line(_CLAW, normal()),
    "two_humps": on_line(mixture([1, 1], [normal(-1.5, 0.6), normal(1.5, 0.6)]), normal(0, 1.7)),
    "small_bump": on_line(mixture([0.9, 0.1], [normal(), normal(2, 0.15)]), normal(0, 1.1)),
    "skewed": on_line(skew_normal(4.0), normal(0.6, 1.0)),
    "normal_logistic": on_line(normal(0.3, 1), logistic(0, 0.7)),
}
