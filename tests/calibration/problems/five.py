"""Five columns."""

import numpy as np

from tests.calibration.laws import exponential, t_radius
from tests.calibration.pair import (
    beside,
    columns_of,
    mapped,
    of_normals,
    radial,
    same,
    scaled,
    shifted,
    t_columns,
    turned,
)
from tests.calibration.problems.two_or_three import GMM_D2, banana

PAIRS = {
    "shift_d5": shifted(5, 1.0),
    "scale_d5": scaled(5, 1.5),
    "corr_d5": of_normals(np.zeros(5), np.full((5, 5), 0.2) + 0.8 * np.eye(5), np.zeros(5), np.eye(5)),
    "t3_d5": t_columns(5, 3, 1.2),
    "mvt_d5": radial(5, t_radius(5, 4), t_radius(5, 4, 1.5)),
    "gmm_d5": turned(beside(GMM_D2, same(3)), 51),
    "banana_d5": mapped(shifted(5, 0.9), *banana(0.8), 5),
    "exponential_d5": columns_of(5, exponential(1), exponential(0.7)),
}
