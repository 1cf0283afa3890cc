"""P = Q: the truth and the efficient error are 0."""

import numpy as np

from tests.calibration.laws import student_t
from tests.calibration.pair import beside, in_cells, in_plane, mapped, of_normals, on_line, reach, same
from tests.calibration.problems.two_or_three import _SPIRAL, bumps
from tests.calibration.truth import NOTHING

_SPIRAL_LAW = bumps(_SPIRAL, 0.25)
_EQUAL = of_normals(np.zeros(10), 0.5 * np.eye(10) + 0.5, np.zeros(10), 0.5 * np.eye(10) + 0.5)
_CELLS = in_cells(np.arange(1, 13).reshape(3, 4), np.arange(1, 13).reshape(3, 4))

PAIRS = {
    "null_d1": same(1),
    "null_t2": reach(on_line(student_t(2), student_t(2)), NOTHING),
    "null_spiral_d2": reach(in_plane(_SPIRAL_LAW, _SPIRAL_LAW, half_width=9.5, steps=100), NOTHING),
    "null_d5": same(5),
    "null_corr_d10": reach(_EQUAL, NOTHING),
    "null_cubed_d20": mapped(same(20), lambda x: x**3, np.cbrt, 20),
    "null_d50": same(50),
    "null_mixed": reach(beside(same(3), _CELLS), NOTHING),
}
