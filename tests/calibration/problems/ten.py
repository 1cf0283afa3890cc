"""Ten columns."""

import numpy as np

from tests.calibration.laws import log_normal
from tests.calibration.pair import beside, mapped, of_normals, radial, same, scaled, shifted, t_columns, turned
from tests.calibration.problems.two_or_three import GMM_D2


def _surface(x):
    u, v = x.T
    return np.column_stack([u, v, u + v, u - v, u * u, v * v, u * v, np.sin(u), np.cos(v), u * u - v])


_NEIGHBOURS = 0.6 ** np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
_TIED = np.full((10, 10), 0.999) + 0.001 * np.eye(10)

PAIRS = {
    "shift_d10": shifted(10, 1.0),
    "scale_d10": scaled(10, 2**0.5),
    "kldest10d": of_normals(np.zeros(10), _TIED, np.ones(10), _TIED),
    "manifold_d10": mapped(
        of_normals([0, 0], np.eye(2), [0.5, 0.3], [[1.5, 0.3], [0.3, 1.2]]), _surface, lambda x: x[:, :2], 10
    ),
    "gmm_d10": turned(beside(GMM_D2, same(8)), 101),
    "t3_d10": t_columns(10, 3, 1.3),
    "chain_d10": of_normals(np.zeros(10), _NEIGHBOURS, np.full(10, 0.2), 0.5 * _NEIGHBOURS + 0.5 * np.eye(10)),
    "radius_d10": radial(10, log_normal(1.0, 0.35), log_normal(1.2, 0.45)),
}
