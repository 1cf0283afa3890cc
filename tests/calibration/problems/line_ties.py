"""Numbers that repeat: rounded, counted, censored, with atoms inside a continuous column."""

import numpy as np
from scipy.special import gammaln, ndtr, stdtr

from tests.calibration.laws import exponential, normal, truncated_normal, uniform
from tests.calibration.pair import lattice, on_line, with_atoms


def _rounded(cdf_p, cdf_q, step, low, high):
    points = np.arange(low, high + 1) * step
    shares = []
    for cdf in (cdf_p, cdf_q):
        at = cdf(points[:-1] + step / 2)
        shares.append(np.diff(np.concatenate([[0.0], at, [1.0]])))
    return lattice(points, *shares)


def _poisson(rate):
    k = np.arange(60)
    return np.exp(k * np.log(rate) - rate - gammaln(k + 1))


PAIRS = {
    "rounded_normal": _rounded(ndtr, lambda x: ndtr((x - 0.5) / 1.2), 0.25, -20, 20),
    "rounded_fine": _rounded(ndtr, lambda x: ndtr((x - 0.4) / 1.1), 0.01, -400, 400),
    "rounded_t3": _rounded(lambda x: stdtr(3, x), lambda x: stdtr(3, (x - 1) / 1.3), 0.5, -200, 200),
    "poisson": lattice(np.arange(60), _poisson(4.0), _poisson(5.5)),
    "likert": lattice(np.arange(1, 8), [1, 2, 4, 6, 5, 3, 1], [2, 3, 4, 4, 4, 3, 2]),
    "zero_inflated": with_atoms(on_line(exponential(1), exponential(0.6)), [0.0], [0.3], [0.45]),
    "censored": with_atoms(
        on_line(truncated_normal(0.5, 1, 0, 12), truncated_normal(0, 1, 0, 12)), [0.0], [ndtr(-0.5)], [0.5]
    ),
    "two_atoms": with_atoms(on_line(normal(), normal(0.5, 1.2)), [-1.0, 1.0], [0.2, 0.1], [0.1, 0.25]),
    "capped": with_atoms(on_line(uniform(0, 1), uniform(0, 1)), [0.0, 1.0], [0.05, 0.25], [0.15, 0.1]),
}
