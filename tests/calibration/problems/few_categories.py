"""Categories of which each is seen many times."""

import numpy as np

from tests.calibration.pair import in_cells

_RNG = np.random.default_rng(10)

PAIRS = {
    "cat10": in_cells(_RNG.dirichlet(np.full(10, 3.0)), _RNG.dirichlet(np.full(10, 3.0))),
    "coin": in_cells([0.5, 0.5], [0.3, 0.7]),
    "cat20_ordered": in_cells(np.arange(1, 21), np.arange(1, 21)[::-1] + 8),
    "cat5_near": in_cells([30, 25, 20, 15, 10], [25, 25, 22, 15, 13]),
    "cat8_zero_in_p": in_cells([3, 0, 2, 1, 0, 4, 2, 1], [2, 1, 2, 2, 1, 3, 1, 2]),
    "cat3x3_joint": in_cells([[4, 1, 1], [1, 4, 1], [1, 1, 4]], np.ones((3, 3))),
    "cat_rare": in_cells([0.9, 0.06, 0.03, 0.01], [0.93, 0.05, 0.015, 0.005]),
}
