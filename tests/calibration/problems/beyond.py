"""Finite truths beyond the reach of a root-n rate: far apart, or a ratio whose variance is infinite or huge."""

import numpy as np

from tests.calibration.laws import normal, student_t
from tests.calibration.pair import of_normals, on_line, scaled, shifted

PAIRS = {
    "n1_far": of_normals([4], [[1]], [0], [[1]]),
    "n1_narrowq": on_line(normal(), normal(0, 0.5), infinite=["chi2"]),
    "t3_vs_normal": on_line(student_t(3), normal(0, 3**0.5), infinite=["chi2", "log_variance"]),
    "shift_d10_far": shifted(10, 3.0),
    "narrowq_d5": scaled(5, 0.6),
    "wide_d20": of_normals(np.zeros(20), np.eye(20), np.zeros(20), 4 * np.eye(20)),
}
