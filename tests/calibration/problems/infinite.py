"""P has mass where Q has none: the truth is infinite."""

import numpy as np

from tests.calibration.laws import normal, uniform
from tests.calibration.pair import INFINITE, in_cells, mapped, on_line, reach, with_atoms

PAIRS = {
    "inf_support": reach(on_line(uniform(0, 1.25), uniform(0, 1)), INFINITE),
    "inf_atoms": reach(with_atoms(on_line(normal(), normal()), [0.0], [0.2], [0.0]), INFINITE),
    "inf_symbols": in_cells([3, 2, 2, 1], [3, 3, 2, 0]),
    "inf_half_d3": reach(
        # P fills both halves of the first column, Q one.
        mapped(on_line(uniform(-1, 1), uniform(0, 1)), lambda x: np.hstack([x, x**2, x**3]), lambda x: x[:, :1], 3),
        INFINITE,
    ),
}
