"""Twenty columns."""

import numpy as np

from tests.calibration.pair import beside, of_normals, same, shifted, t_columns, turned
from tests.calibration.problems.two_or_three import GMM_D2

_BLOCK = np.kron(np.eye(10), [[1.0, 0.5], [0.5, 1.0]])

PAIRS = {
    "shift_d20": shifted(20, 1.0),
    "t3_d20": t_columns(20, 3, 1.4),
    "corr_d20": of_normals(np.zeros(20), 0.7 * np.eye(20) + 0.3 * _BLOCK, np.zeros(20), np.eye(20)),
    "sparse_d20": beside(of_normals([0, 0], [[1, 0.6], [0.6, 1]], [0.7, 0], [[1.3, 0], [0, 1.3]]), same(18)),
    "gmm_d20": turned(beside(GMM_D2, same(18)), 201),
    "scale_d20": of_normals(np.zeros(20), np.eye(20), np.full(20, 0.1), np.diag(np.linspace(1, 1.6, 20))),
}
